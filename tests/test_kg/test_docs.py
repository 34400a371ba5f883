"""The documents say what is so: links lead somewhere, commands exist, and the README's commands run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kg import cli

ROOT = Path(__file__).parents[2]
PAGES = sorted(p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MADE = set(re.findall(r'"([a-z]+/[a-z-]+\.md)"', (ROOT / "tools" / "site" / "hooks.py").read_text("utf-8")))
"""Pages of the site that are made when it is built."""
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
COMMAND = re.compile(r"^\$ (.+(?:\\\n.+)*)$", re.M)


def commands(page: Path) -> list[str]:
    return [c for block in BLOCK.findall(page.read_text("utf-8")) for c in COMMAND.findall(block)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    links = [link for link in links if not (page.parent == ROOT / "docs" and link in MADE)]
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for command in commands(page):
        words = shlex.split(command.split(" | ")[0], comments=True)
        if words[0] == "make":
            assert set(words[1:]) <= targets, command
        if words[0] == "kg" and len(words) > 1 and not words[1].startswith("-"):
            assert words[1] in cli._COMMANDS, command


def test_named_files_exist() -> None:
    """Paths in backquotes in the pages about the code are paths of the code."""
    for page in (ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"):
        for path in re.findall(r"`((?:kg|ontology|extract|queries|docs|tests)/[^`\s]*)`", page.read_text("utf-8")):
            if "NAME" not in path:
                assert list(ROOT.glob(path.rstrip("/"))), f"{page.name}: {path}"


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    """No absolute path of a machine, no address of a package registry, in any tracked text file."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = (
        subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    )
    bad = re.compile(
        r"https?://(?:registry|files|packages|index|mirrors?|pypi)\.|(?<![\w.-])/(?:root|work|home/\w+)/|--find-links"
    )
    for name in filter(None, tracked):
        path = ROOT / name
        if path.is_file() and path != Path(__file__) and path.stat().st_size < 3_000_000:
            data = path.read_bytes()
            if b"\0" not in data[:8000]:
                hit = bad.search(data.decode("utf-8", "replace"))
                assert hit is None, f"{name}: {hit and hit[0]}"


@pytest.mark.integration
def test_the_commands_and_the_code_of_the_readme_run(tmp_path: Path) -> None:
    """Run them in order, in a copy of what they need; `make` lines are run by CI itself."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    ran = 0
    for command in commands(ROOT / "README.md"):
        if command.startswith("kg ") and not command.startswith("kg load"):
            result = subprocess.run(
                ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
            )
            assert result.returncode == 0, f"{command}\n{result.stdout}\n{result.stderr}"
            ran += 1
    assert ran >= 3
    for code in re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.M | re.S):
        subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=300)
