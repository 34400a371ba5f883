"""A shell completes commands, options, their words, and names of questions."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kg import cli
from kg.completion import SCRIPTS
from queries.catalog import load_catalog


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["bu"], {"build"}),
        ([""], set(cli._COMMANDS)),
        (["build", "--prof"], {"--profile"}),
        (["build", "--profile", ""], {"rules", "full"}),
        (["query", "--format", "j"], {"json"}),
        (["ask", "platforms_of_f"], {"platforms_of_firm"}),
        (["ask", "platforms_of_firm", "--fi"], {"--firm"}),
        (["pack", "c"], {"check"}),
        (["build", "te"], set()),
        (["nothing", ""], set()),
    ],
)
def test_words(words: list[str], expected: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "--words", *words]) == 0
    assert set(capsys.readouterr().out.split()) == expected


def test_all_questions_are_offered(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["completion", "--words", "ask", ""])
    assert capsys.readouterr().out.split() == sorted(load_catalog())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_asks_for_the_word_under_the_cursor(tmp_path: Path) -> None:
    script = (
        f'kg() {{ "{sys.executable}" -m kg "$@"; }}\n{SCRIPTS["bash"]}\n'
        "COMP_WORDS=(kg ask platforms_of_fi); COMP_CWORD=2; _kg; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
        "COMP_WORDS=(kg va); COMP_CWORD=1; _kg; printf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    result = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.split() == ["platforms_of_firm", "validate"]


def test_a_build_says_its_result_as_json(
    stages: object, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", str(texts), "--out", str(tmp_path / "o"), "--profile", "rules", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    written = json.loads((tmp_path / "o" / "manifest.json").read_text("utf-8"))
    assert record == {"out": str(tmp_path / "o"), **written}
