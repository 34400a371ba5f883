"""What is installed is what is in the repository: data files, lock file, names."""

from __future__ import annotations

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

import kg

ROOT = Path(__file__).parents[2]
PACKAGES = ("kg", "ontology", "extract", "queries")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    ignore = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source" / name)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder)]
    subprocess.run([*command, str(folder / "source")], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.mark.integration
def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    source = wheel.parent / "source"
    wanted = {p.relative_to(source).as_posix() for name in PACKAGES for p in (source / name).rglob("*") if p.is_file()}
    assert wanted - inside == set()
    assert {name.split("/")[0] for name in inside} == {*PACKAGES, f"jiqun-{kg.__version__}.dist-info"}


@pytest.mark.integration
def test_the_wheel_works_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(tmp_path / "site"),
    ]
    subprocess.run([*command, str(wheel)], check=True, capture_output=True)
    (tmp_path / "a.txt").write_text("百度推出Apollo自动驾驶平台。杭州市重点发展人工智能产业。", encoding="utf-8")
    code = (
        "import sys; sys.path[:] = ['site', *(p for p in sys.path if p != sys.argv[1])]; import kg.cli\n"
        "assert 'site' in kg.cli.__file__\n"
        "sys.exit(kg.cli.main(['build', 'a.txt', '--out', 'out', '--profile', 'rules']))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    result = subprocess.run(
        [sys.executable, "-c", code, str(ROOT)], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "out" / "manifest.json").exists()
