"""What Jiqun is made of: a bill of materials, a gate for licences, a look for known vulnerabilities.

    python tools/supply/chain.py sbom        # sbom.json (CycloneDX 1.6) from requirements.lock
    python tools/supply/chain.py licences    # each locked package with its licence; 1 when one is not allowed
    python tools/supply/chain.py audit       # pip-audit over requirements.lock; says loudly when it cannot be done
    python tools/supply/chain.py lock        # the part of the lock that the core needs; with extras: lock full serve
    python tools/supply/chain.py lock build  # the part that building the wheel needs

The bill holds no time, no address and no path, so the same lock gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
SBOM = ROOT / "sbom.json"
DATA = tomllib.loads((Path(__file__).parent / "licences.toml").read_text("utf-8"))
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
TOOLS = ("dev", "docs", "test-browser")
"""Extras of people who work on Jiqun; the others are for people who use it."""


@dataclass(frozen=True)
class Package:
    """A line of the lock.

    Attributes:
        name: As the lock writes it.
        version: The exact one.
        needed_by: Packages of the lock that want it, `jiqun` among them.
        digest: SHA-256 over the digests that the lock allows for its files.
    """

    name: str
    version: str
    needed_by: tuple[str, ...]
    digest: str


def read_lock(text: str) -> list[Package]:
    """Return the packages of a lock, with who wants them."""
    packages = []
    for block in re.split(r"\n(?=[\w])", text):
        if found := re.match(r"([\w.-]+)==([^\s\\]+)", block):
            wanted = re.findall(r"^    #(?: via)? +([\w.-]+)", block.replace("# via\n", "#\n"), re.M)
            hashes = sorted(re.findall(r"--hash=sha256:(\w+)", block))
            digest = hashlib.sha256("".join(hashes).encode()).hexdigest()
            packages.append(Package(found[1], found[2], tuple(sorted(set(wanted))), digest))
    return sorted(packages, key=lambda package: package.name)


def licence_of(name: str) -> str:
    """Return the licence of an installed package as an SPDX expression, or what it says where that is none.

    Raises:
        PackageNotFoundError: It is not installed.
    """
    if name in DATA["packages"]:
        return str(DATA["packages"][name])
    metadata = distribution(name).metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
    said = [c.rpartition(" :: ")[2] for c in classifiers]
    said = said or [str(metadata.get("License") or "").strip().partition("\n")[0]]
    return " AND ".join(sorted(str(DATA["said"].get(word, word)) for word in said))


def is_allowed(expression: str) -> bool:
    """Say whether the list of licences lets an SPDX expression pass."""
    from license_expression import ExpressionError, get_spdx_licensing

    licensing = get_spdx_licensing()
    try:
        tree = licensing.parse(expression, validate=True)
    except ExpressionError:
        return False

    def passes(node: Any) -> bool:
        if isinstance(node, licensing.AND):
            return all(map(passes, node.args))
        if isinstance(node, licensing.OR):
            return any(map(passes, node.args))
        return str(node) in DATA["allowed"]

    return tree is not None and passes(tree)


def refused(packages: list[Package]) -> Iterator[str]:
    """Yield a sentence for each package whose licence is not allowed, or not known."""
    for package in packages:
        try:
            licence = licence_of(package.name)
        except PackageNotFoundError:
            continue  # for another system or Python; the lock of that one meets the gate there
        if not is_allowed(licence):
            yield f"{package.name} {package.version}: {licence or 'no licence named'}"


def make_sbom() -> str:
    """Return the bill of materials as JSON."""
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentScope, ComponentType
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
    from cyclonedx.output.json import JsonV1Dot6
    from license_expression import get_spdx_licensing
    from packageurl import PackageURL

    text = LOCK.read_text("utf-8")
    packages = read_lock(text)

    def licences(name: str) -> list[Any]:
        expression = licence_of(name)
        is_known = not get_spdx_licensing().validate(expression).errors
        return [LicenseExpression(expression) if is_known else DisjunctiveLicense(name=expression)]

    version = re.search(r'__version__ = "([^"]+)"', (ROOT / "kg" / "__init__.py").read_text("utf-8"))
    assert version is not None
    root = Component(
        name="jiqun", version=version[1], type=ComponentType.APPLICATION, bom_ref="jiqun",
        licenses=[LicenseExpression(PROJECT["license"])],
        properties=[Property(name="jiqun:requirements.lock:sha256", value=hashlib.sha256(text.encode()).hexdigest())],
    )  # fmt: skip
    used = for_users(packages)
    components = {
        package.name: Component(
            name=package.name, version=package.version, type=ComponentType.LIBRARY, bom_ref=package.name,
            purl=PackageURL("pypi", None, package.name, package.version), licenses=licences(package.name),
            scope=ComponentScope.REQUIRED if package.name in used else ComponentScope.EXCLUDED,
            properties=[Property(name="jiqun:hashes:sha256", value=package.digest)],
        )
        for package in packages
    }  # fmt: skip
    for entry in DATA["brought"]:
        digest = hashlib.sha256((ROOT / entry["file"]).read_bytes()).hexdigest() if "file" in entry else ""
        components[entry["name"]] = Component(
            name=entry["name"], version=entry["version"], type=ComponentType(entry["kind"]), bom_ref=entry["name"],
            purl=PackageURL.from_string(entry["purl"]), licenses=[LicenseExpression(entry["licence"])],
            scope=ComponentScope.REQUIRED,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)] if digest else [],
        )  # fmt: skip
    bom = Bom(components=components.values(), serial_number=uuid.uuid5(uuid.NAMESPACE_URL, "jiqun:" + root.version))
    bom.metadata.component = root
    direct = [components[p.name] for p in packages if "jiqun" in p.needed_by]
    bom.register_dependency(root, [*direct, *(components[entry["name"]] for entry in DATA["brought"])])
    for name in components:
        bom.register_dependency(components[name], [components[p.name] for p in packages if name in p.needed_by])
    record = json.loads(JsonV1Dot6(bom).output_as_string())
    record["metadata"].pop("timestamp", None)
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def for_users(packages: list[Package]) -> set[str]:
    """Return what comes with the core and the extras that are no tools."""
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for name in extras if name not in TOOLS for line in extras[name])]
    return brought_by(lines, packages)


def brought_by(lines: list[str], packages: list[Package]) -> set[str]:
    """Return the names of what lines of requirements bring, with what that brings in turn."""
    wanted = {re.split(r"[^\w.-]", line)[0].replace("_", "-").lower() for line in lines}
    found: set[str] = set()
    while wanted:
        found |= wanted
        wanted = {package.name for package in packages if found & set(package.needed_by)} - found
    return found


def part_of_lock(extras: list[str]) -> str:
    """Return the lines of the lock, with their hashes, for the core and these extras, or for `build` alone.

    So there is one lock: what a container or an empty environment gets has the versions that were tested.

    Raises:
        KeyError: There is no such extra.
    """
    if extras == ["build"]:
        lines = PYPROJECT["build-system"]["requires"]
    else:
        added = (line for name in extras for line in PROJECT["optional-dependencies"][name])
        lines = [*PROJECT["dependencies"], *added]
    text = LOCK.read_text("utf-8")
    names = brought_by(lines, read_lock(text))
    blocks = re.findall(r"^[\w.-]+==.*\n(?: .*\n)*", text, re.M)
    return "".join(block for block in blocks if block.partition("==")[0] in names)


def audit() -> int:
    """Look for known vulnerabilities; 1 when there are some, 0 with a loud word when nobody could be asked."""
    if find_spec("pip_audit") is None:
        return skip("pip-audit is not installed; `make audit` installs it")
    words = ["-r", str(LOCK), "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    try:
        done = subprocess.run([sys.executable, "-m", "pip_audit", *words], check=False, timeout=600,
                              capture_output=True, text=True)  # fmt: skip
    except subprocess.TimeoutExpired:
        return skip("no answer in ten minutes")
    print(done.stdout, end="")
    if done.returncode == 0:
        print("no known vulnerability in requirements.lock")
        return 0
    if re.search(r"Found \d+ known vulnerabilit", done.stdout + done.stderr):
        print(done.stderr, end="", file=sys.stderr)
        return 1
    return skip(done.stderr.strip().rpartition("\n")[2] or f"pip-audit ended with {done.returncode}")


def skip(why: str) -> int:
    """Say that nothing was looked at, so that nobody takes silence for good news."""
    line = "=" * 100
    print(f"{line}\nNOT AUDITED: {why}\nNobody has looked for known vulnerabilities.\n{line}", file=sys.stderr)
    return 0


def main() -> int:
    """Do what the command line says."""
    wanted, *rest = sys.argv[1:] or [""]
    if wanted == "lock":
        print(part_of_lock(rest), end="")
        return 0
    wanted = "" if rest else wanted
    if wanted == "sbom":
        SBOM.write_text(make_sbom(), "utf-8")
        return 0
    if wanted == "licences":
        packages = read_lock(LOCK.read_text("utf-8"))
        for sentence in (wrong := list(refused(packages))):
            print(f"not allowed: {sentence}", file=sys.stderr)
        if wrong:
            print("hint: look at the licence; tools/supply/licences.toml says which may come along", file=sys.stderr)
        else:
            print(f"{len(packages)} packages, all under licences of tools/supply/licences.toml")
        return 1 if wrong else 0
    if wanted == "audit":
        return audit()
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
