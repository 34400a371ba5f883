"""A distribution beside Jiqun adds a reader, a pack, a question and a view, and never replaces one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from extract.documents import find_formats
from ontology.errors import ConfigurationError
from ontology.plugins import find_plugins

ROOT = Path(__file__).parents[2]
SUBTITLES = """1
00:00:05,000 --> 00:00:09,000
织云数科打造“织锦”工业互联网平台。

2
00:00:10,000 --> 00:00:14,000
合肥市已形成人工智能产业优势。
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, installed into a folder of its own."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(ROOT / "examples" / "plugin", folder / "source")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(folder / "site"), str(source)], check=True, capture_output=True)
    return folder / "site"


@pytest.fixture(scope="module")
def kg(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("work")
    (folder / "talk.srt").write_text(SUBTITLES, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)])}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kg", *words]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)

    return run


@pytest.mark.integration
def test_reader_pack_question_and_view_of_another_distribution_work(
    kg: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    built = kg("build", "talk.srt", "--pack", "yunling", "--profile", "rules", "--jobs", "1", "--out", "out", "--json")
    assert built.returncode == 0, built.stderr
    assert '"yunling"' in built.stdout
    firm = kg("query", "SELECT ?place { ?f kg:subject id:Firm_织云 ; kg:evidence/kg:place ?place }", "--format", "csv")
    assert "t=00:00:05" in firm.stdout, firm.stderr
    asked = kg("ask", "shared_topics", "--format", "csv")
    assert asked.stdout.split() == ["topic,places", "人工智能,1"], asked.stderr
    assert "yunling" in kg("pack", "list").stdout
    reported = kg("report", "out", "--out", "report.html")
    assert reported.returncode == 0, reported.stderr


def entry(group: str, name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, group)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Pretend that these entry points are there."""

    def install(*points: EntryPoint) -> None:
        for found in (find_plugins, find_formats):
            found.cache_clear()
        chosen = lambda group: [point for point in points if point.group == group]  # noqa: E731
        monkeypatch.setattr("importlib.metadata.entry_points", chosen)

    yield install
    for found in (find_plugins, find_formats):
        found.cache_clear()


def test_a_plugin_replaces_nothing(installed: Callable[..., None]) -> None:
    installed(entry("jiqun.readers", "pdf", "elsewhere:read"))
    with pytest.raises(ConfigurationError, match=r"'pdf', which comes with jiqun"):
        find_formats()


def test_two_plugins_of_one_name_are_named(installed: Callable[..., None]) -> None:
    installed(entry("jiqun.packs", "a", "one"), entry("jiqun.packs", "a", "two"))
    with pytest.raises(ConfigurationError, match="both bring"):
        find_plugins("jiqun.packs")


def test_a_broken_plugin_says_so_when_it_is_used(installed: Callable[..., None]) -> None:
    installed(entry("jiqun.readers", "srt", "no_such_module:read"))
    reader = find_formats()[".srt"]
    with pytest.raises(ConfigurationError, match="no_such_module"):
        reader.reader()
