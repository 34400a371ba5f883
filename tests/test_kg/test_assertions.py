"""The gate of `[assertions]`: a build that came to too little or too much leaves the last graph as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import fake_stages
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kg
from kg import cli, output
from kg.assertions import NUMBERS, figures
from kg.configuration import FILE, load_assertions
from kg.tally import Tally
from ontology.errors import ConfigurationError, QualityGateError

RULES = kg.Settings(profile="rules")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files_of(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}


def write(text: str) -> None:
    Path(FILE).write_text(text, encoding="utf-8")


def test_a_minimum_that_fails_keeps_the_last_graph_whole(
    stages: SimpleNamespace, texts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["build", str(texts), "--out", "out", "--profile", "rules", "-q"]) == 0
    before = files_of(Path("out"))
    write("[assertions]\nmin.facts = 3\nmin.classes.Firm = 3\nmin.facts_per_document = 1\n")
    assert cli.main(["build", str(texts), "--out", "out", "--profile", "rules", "-q"]) == 0
    (texts / "a.txt").write_text("NAVIGATION", encoding="utf-8")
    capsys.readouterr()
    assert cli.main(["build", str(texts), "--out", "out", "--profile", "rules", "-q"]) == cli.EXIT_GATE
    said = capsys.readouterr().err
    assert "facts: 2, at least 3 wanted" in said and "classes.Firm: 2, at least 3 wanted" in said
    assert "a.txt" in said and FILE in said and "out stays as it was" in said and "hint:" in said
    assert "facts_per_document" not in said and "Traceback" not in said
    assert files_of(Path("out")) == before
    assert output.read_manifest(Path("out")).counts["facts"] == 3
    assert cli.main(["ask", "documents", "--graph", "out"]) == 0


def test_a_maximum_that_fails_stops_the_release_too(
    stages: SimpleNamespace, texts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write("[assertions]\nmax.lost = 0\nmax.relations.develops = 2\n")
    assert cli.main(["build", str(texts), "--out", "out", "--profile", "rules", "-q"]) == cli.EXIT_GATE
    assert "relations.develops: 3, at most 2 wanted" in capsys.readouterr().err
    assert not (Path("out") / output.MANIFEST).exists() and not output.leftovers(Path("out"))
    assert cli.main(["build", str(texts), "--out", "out", "--profile", "rules", "-q", "--no-assertions"]) == 0


def test_a_corpus_on_disk_meets_the_same_gate(stages: SimpleNamespace, texts: Path) -> None:
    def build(**bounds: object) -> None:
        with patch("kg.large.results.LARGE", 0):
            kg.build([texts], out="out", settings=RULES, cache=False, assertions=kg.Assertions.read(bounds))

    build(min={"facts": 3, "documents": 3})
    before = files_of(Path("out"))
    (texts / "b.txt").write_text("华为 鸿蒙平台\n", encoding="utf-8")
    with pytest.raises(QualityGateError, match="entities: 7, at most 6"):
        build(max={"entities": 6})
    assert files_of(Path("out")) == before and not output.leftovers(Path("out"))


def test_a_fact_without_words_is_stopped_though_nobody_asked(
    stages: SimpleNamespace, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(doc: object, clean: object, **options: object) -> object:
        record = fake_stages.fake_resolve(doc, clean, **options)
        return replace(
            record, facts=tuple(replace(f, evidence=(replace(f.evidence[0], text=""),)) for f in record.facts)
        )

    monkeypatch.setattr("extract.resolve.resolve_document", silent)
    with pytest.raises(QualityGateError, match="evidence: 0, at least 1 wanted"):
        kg.build([texts], out="out", settings=RULES, jobs=1)
    some = kg.Assertions.read({"min": {"evidence": 0}})
    assert kg.build([texts], out="out", settings=RULES, jobs=1, assertions=some).exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("assertions = 1", "expected a table"),
        ("[assertions]\nmin = 3", "assertions.min: expected a table"),
        ("[assertions]\nleast.facts = 3", "nothing is called 'least'"),
        ("[assertions]\nmin.fact = 3", "did you mean 'facts'?"),
        ("[assertions]\nmin.classes.Firms = 3", "did you mean 'Firm'?"),
        ("[assertions]\nmin.relations.locatedin = 3", "did you mean 'locatedIn'?"),
        ("[assertions]\nmin.classes = 3", "min.classes: expected a table"),
        ("[assertions]\nmin.facts = '3'", "expected a number"),
        ("[assertions]\nmin.facts = -1", "expected a number from 0"),
        ("[assertions]\nmin.facts = true", "expected a number"),
        ("[assertions]\nmax.facts = nan", "expected a number"),
        ("[assertions]\nmax.facts = inf", "expected a number"),
        ("[assertions]\nmax.facts = 1" + "0" * 400, "expected a number"),
        ("[assertions]\nmin.evidence = 99", "a share from 0 to 1"),
        ("[assertions]\nmin.facts = 3\nmax.facts = 2", "cannot be 3 at least and 2 at most"),
        ("[assertions]\nmax.evidence = 0.5", "cannot be 1 at least"),
    ],
)
def test_a_wrong_table_is_named_with_what_to_do(text: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    write(text)
    with pytest.raises(ConfigurationError) as caught:
        load_assertions()
    assert FILE in str(caught.value) and said in str(caught.value)
    assert cli.main(["build", "texts", "--out", "out"]) == 2 and not Path("out").exists()
    assert cli.main(["config", "--show"]) == 2 and said in capsys.readouterr().err


def test_config_shows_what_is_asserted(capsys: pytest.CaptureFixture[str]) -> None:
    write("[assertions]\nmin.facts = 2_000\nmax.classes.Firm = 7\n")
    assert cli.main(["config", "--show", "--json"]) == 0
    rows = {row["option"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["assertions.min.facts"]["value"] == "2000" and rows["assertions.max.classes.Firm"]["value"] == "7"
    assert rows["assertions.min.evidence"]["value"] == "1" and FILE in rows["assertions.min.facts"]["from"]


numbers = st.dictionaries(st.sampled_from(NUMBERS), st.integers(0, 5) | st.floats(0, 1), max_size=4)


@settings(deadline=None)
@given(numbers, numbers, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_a_build_passes_exactly_when_all_its_numbers_are_within(
    least: dict[str, float], most: dict[str, float], documents: int, firms: int, facts: int
) -> None:
    tally = Tally()
    tally.classes["Firm"], tally.relations["develops"], tally.evidenced = firms, facts, facts
    found = figures(tally, documents)
    is_within = all(found[name] >= bound for name, bound in least.items())
    is_within &= all(found[name] <= bound for name, bound in most.items())
    gate = kg.Assertions(least, most)
    try:
        gate.check(tally, documents, Path("out"))
        assert is_within
    except QualityGateError as error:
        assert not is_within and error.exit_code == 3
