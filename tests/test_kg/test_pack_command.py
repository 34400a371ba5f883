"""`kg pack`: list, new, check, with the exit codes of the README."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kg
from kg import cli
from kg.settings import Settings


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main(["pack", *map(str, arguments)])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_list_names_the_packs_and_what_they_are_for(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "list", "--format", "json")
    rows = json.loads(out)
    assert code == 0 and rows[0]["pack"] == "base" and "gba" in [row["pack"] for row in rows]
    assert all(row["summary"] for row in rows)


def test_a_new_pack_passes_its_check_and_a_build_uses_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "new", "yunnan")
    assert (code, err) == (0, "") and "kg pack check ./yunnan" in out
    code, out, err = run(capsys, "check", "yunnan")
    assert (code, out) == (0, "") and "1 name" in err and "1 example and 1 counter-example hold" in err
    (tmp_path / "a.txt").write_text("日前，云岭国际科学城在环滇池科创圈揭牌。", encoding="utf-8")
    names = {e.name for e in kg.build(["a.txt"], out="plain", settings=Settings()).corpus.entities}
    settings = Settings.choose(packs=("./yunnan",), profile="rules")
    corpus = kg.build(["a.txt"], out="out", settings=settings).corpus
    more = {e.id: e for e in corpus.entities}
    assert {"id:Zone_云岭科学城", "id:Region_环滇池科创圈"} <= more.keys()
    assert not {"云岭科学城", "环滇池科创圈"} & names
    assert ("id:Zone_云岭科学城", "locatedIn", "id:Region_昆明市") in {
        (f.subject, f.relation, f.object) for f in corpus.facts if f.origin == "background"
    }


@pytest.mark.parametrize(
    ("old", "new", "exit_code", "said"),
    [
        ('"孵出"', '"催熟"', 3, "wording.toml:"),
        ("confidence = 0.6", "confidence = 6", 2, "from 0 to 1"),
        ("counterexamples", "contraexamples", 2, "counterexamples"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_code(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, old: str, new: str, exit_code: int, said: str
) -> None:
    assert run(capsys, "new", "mine", "--in", tmp_path)[0] == 0
    file = tmp_path / "mine" / "wording.toml"
    file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    code, out, err = run(capsys, "check", tmp_path / "mine")
    assert code == exit_code and said in out and f"{file}:" in out and err.startswith(str(tmp_path / "mine"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "did you mean 'check'?"),
        (["check"], "kg pack list"),
        (["check", "atlantis"], "atlantis"),
        (["new", "gba"], "comes with the package"),
        (["new", "Über"], "small letters"),
    ],
)
def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    code, out, err = run(capsys, *arguments)
    assert code == 2 and said in err and out == ""
