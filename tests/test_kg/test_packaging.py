"""What is installed is what is in the repository: data files, lock file, names."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from environments import EMPTY, make_environment

import kg
from kg.settings import FULL_MODELS

ROOT = Path(__file__).parents[2]
PACKAGES = ("kg", "ontology", "extract", "queries")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
CORE_MEBIBYTES = 400
"""What `pip install jiqun` may take as du counts, without pip itself and without bytecode (docs/install.md)."""
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_name(line: str) -> str:
    return canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0])


def locked() -> dict[str, str]:
    return {canonical(name): version for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, re.M)}


def test_no_other_distribution_brings_a_package_of_our_names() -> None:
    owners = packages_distributions()
    for name in PACKAGES:
        assert set(owners.get(name, ["jiqun"])) == {"jiqun"}, f"{name} is brought by {owners[name]}"


def test_the_version_is_said_once() -> None:
    assert "version" in PROJECT["dynamic"]
    assert distribution("jiqun").version == kg.__version__
    assert f"## {kg.__version__}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_dependency_is_locked_with_hashes() -> None:
    extras = PROJECT["optional-dependencies"]
    wanted = [*PROJECT["dependencies"], *extras["full"], *extras["serve"], *extras["dev"], *extras["test-browser"]]
    pinned = locked()
    assert [line for line in wanted if requirement_name(line) not in pinned] == []
    for block in re.split(r"\n(?=[\w])", LOCK):
        if "==" in block.split("\n")[0]:
            assert "--hash=sha256:" in block, block.split("\n")[0]


def test_the_lock_names_no_address_and_no_path() -> None:
    assert not re.search(r"https?://|^-|find-links|index-url|(?<!\w)/\w", re.sub(r"#.*", "", LOCK), re.M)


def test_what_is_installed_is_what_is_locked() -> None:
    """The tests speak for the locked versions only where those are the ones that run."""
    pinned = locked()
    for line in PROJECT["dependencies"]:
        name = requirement_name(line)
        assert distribution(name).version == pinned[name], f"run `make install`: {name}"


def copy_source(folder: Path, *, mode: int, mtime: int, backwards: bool = False) -> Path:
    """Copy what a release is made of, as another machine might have it: other modes, times and order of creation."""
    names = (*PACKAGES, *PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"])
    files = {p for name in names for p in (ROOT / name).rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    files |= {ROOT / name for name in (*names, "pyproject.toml", "README.md", "LICENSE") if (ROOT / name).is_file()}
    for file in sorted(files, reverse=backwards):
        target = folder / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        target.chmod(mode | (file.stat().st_mode & 0o100))
        os.utime(target, (mtime, mtime))
    return folder


def make_release(source: Path, into: Path, *, umask: int, **variables: str) -> dict[str, Path]:
    """Build sdist and wheel as `make dist` does; return them by name."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1764374400", **variables}
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(into), str(source)]
    subprocess.run(command, check=True, capture_output=True, env=environment, umask=umask, cwd=into.parent)
    return {path.name: path for path in into.iterdir()}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A release, made from a copy, so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("release")
    source = copy_source(folder / "source", mode=0o644, mtime=1_700_000_000)
    return make_release(source, folder / "dist", umask=0o022)


@pytest.fixture(scope="module")
def wheel(release: dict[str, Path]) -> Path:
    return release[f"jiqun-{kg.__version__}-py3-none-any.whl"]


@pytest.mark.integration
def test_the_same_commit_gives_the_same_bytes_anywhere(release: dict[str, Path], tmp_path: Path) -> None:
    source = copy_source(tmp_path / "else where", mode=0o660, mtime=1_750_000_001, backwards=True)
    variables = {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai", "LC_ALL": "C"}
    again = make_release(source, tmp_path / "dist", umask=0o077, **variables)
    assert len(release) == 2 and release.keys() == again.keys()
    for name, path in release.items():
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (path, again[name])]
        assert digests[0] == digests[1], name


@pytest.mark.integration
def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    source = wheel.parents[1] / "source"
    wanted = {p.relative_to(source).as_posix() for name in PACKAGES for p in (source / name).rglob("*") if p.is_file()}
    assert wanted <= inside and {f"extract/models/{name}" for name in FULL_MODELS} <= inside
    assert {name.split("/")[0] for name in inside} == {*PACKAGES, f"jiqun-{kg.__version__}.dist-info"}


@pytest.mark.integration
def test_the_wheel_works_in_an_empty_environment_and_is_no_larger_than_promised(wheel: Path, tmp_path: Path) -> None:
    """The core alone, with locked versions, used from another directory; nothing of this environment is in sight."""
    python = make_environment(tmp_path / "venv", [], wheel)
    here = tmp_path / "elsewhere"
    here.mkdir()
    (here / "a.txt").write_text("百度推出Apollo自动驾驶平台。杭州市重点发展人工智能产业。", encoding="utf-8")
    for command in (
        "kg --version", "kg build a.txt --out out", "kg ask platforms_of_firm --graph out", "kg draw out --focus 百度",
        "kg validate out", "kg export out --format graphml --out out.graphml", "kg doctor out",
    ):  # fmt: skip
        words = [str(python.with_name("kg")), *command.split()[1:]]
        done = subprocess.run(words, cwd=here, env=EMPTY, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert json.loads((here / "out" / "manifest.json").read_text("utf-8"))["profile"] == "rules"
    site = python.parents[1] / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    ours = [path for path in site.iterdir() if not path.name.startswith("pip")]
    files = [file for path in ours for file in (path.rglob("*") if path.is_dir() else [path]) if file.suffix != ".pyc"]
    assert sum(file.lstat().st_blocks for file in files) * 512 / 2**20 <= CORE_MEBIBYTES
