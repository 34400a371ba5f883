"""What Jiqun is made of: the bill of materials is that of the lock, no licence is unknown, no audit ends in silence."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def chain() -> ModuleType:
    pytest.importorskip("cyclonedx")
    spec = importlib.util.spec_from_file_location("supply_chain", ROOT / "tools" / "supply" / "chain.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_no_package_of_the_lock_has_a_licence_that_nobody_allowed(chain: ModuleType) -> None:
    packages = chain.read_lock(chain.LOCK.read_text("utf-8"))
    assert len(packages) > 100
    assert list(chain.refused(packages)) == [], "look at the licence; tools/supply/licences.toml says which are allowed"


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("MIT", True), ("MIT AND Apache-2.0", True), ("GPL-3.0-only OR MIT", True), ("GPL-3.0-only", False),
        ("MIT AND AGPL-3.0-only", False), ("MIT OR", False), ("", False), ("Proprietary", False), ("W3C", False),
        ("LGPL-2.1-or-later", False), ("Apache-2.0 WITH LLVM-exception", False), ("(MIT OR GPL-2.0-only) AND ISC", True)
    ],
)  # fmt: skip
def test_the_gate_lets_through_what_the_list_has(chain: ModuleType, expression: str, passes: bool) -> None:
    assert chain.is_allowed(expression) is passes


def test_a_new_package_under_an_unknown_licence_is_named(
    chain: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chain, "licence_of", lambda name: "Sushiware" if name == "rdflib" else "MIT")
    monkeypatch.setattr(chain.sys, "argv", ["chain.py", "licences"])
    assert chain.main() == 1
    said = capsys.readouterr().err
    assert "rdflib" in said and "Sushiware" in said and "licences.toml" in said


def test_the_bill_of_materials_is_that_of_the_lock(chain: ModuleType) -> None:
    packages = chain.read_lock(chain.LOCK.read_text("utf-8"))
    text = chain.SBOM.read_text("utf-8")
    bill = json.loads(text)
    brought = {(entry["name"], entry["version"]) for entry in chain.DATA["brought"]}
    listed = {(component["name"], component["version"]) for component in bill["components"]}
    assert listed == {(package.name, package.version) for package in packages} | brought, "run `make sbom`"
    assert bill["specVersion"] == "1.6" and "timestamp" not in text
    assert not re.search(r"(?<!\$schema\": \")https?://(?!cyclonedx\.org)", text), "an address is in it"
    named = {component["bom-ref"] for component in bill["components"]} | {"jiqun"}
    assert {node["ref"] for node in bill["dependencies"]} == named
    reached, wanted = set(), {"jiqun"}
    edges = {node["ref"]: set(node.get("dependsOn", ())) for node in bill["dependencies"]}
    while wanted:
        reached |= wanted
        wanted = {ref for name in wanted for ref in edges[name]} - reached
    assert reached == named, "something that nobody wants is locked"
    scopes = {component["name"]: component["scope"] for component in bill["components"]}
    assert scopes["rdflib"] == scopes["starlette"] == "required" and scopes["pytest"] == scopes["mkdocs"] == "excluded"


def test_the_same_lock_gives_the_same_bytes(chain: ModuleType) -> None:
    for package in chain.read_lock(chain.LOCK.read_text("utf-8")):
        try:
            installed = distribution(package.name).version
        except PackageNotFoundError:
            installed = ""
        if installed != package.version:
            pytest.skip(f"{package.name} {package.version} is locked, {installed or 'none'} installed: make install")
    assert chain.make_sbom() == chain.make_sbom() == chain.SBOM.read_text("utf-8"), "run `make sbom`"


@pytest.mark.parametrize(
    ("code", "out", "error", "result", "said"),
    [
        (0, "", "", 0, ""),
        (1, "x 1.0 CVE-1", "Found 1 known vulnerability in 1 package", 1, ""),
        (1, "", "Traceback…\nConnectionError: no route", 0, "NOT AUDITED: ConnectionError: no route"),
        (2, "", "", 0, "NOT AUDITED: pip-audit ended with 2"),
    ],
)
def test_an_audit_that_could_not_be_done_says_so(
    chain: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    code: int, out: str, error: str, result: int, said: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(chain, "find_spec", lambda name: SimpleNamespace())
    done = subprocess.CompletedProcess([], code, out, error)
    monkeypatch.setattr(chain.subprocess, "run", lambda *words, **options: done)
    assert chain.audit() == result
    assert said in capsys.readouterr().err
    monkeypatch.setattr(chain, "find_spec", lambda name: None)
    assert chain.audit() == 0 and "NOT AUDITED" in capsys.readouterr().err
