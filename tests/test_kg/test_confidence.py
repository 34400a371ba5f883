"""`--min-confidence` leaves out what is doubtful, says so, and touches nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import kg
from extract.resolve import merge_records
from kg import cli
from kg.confidence import describe_trade, load_trades
from kg.settings import PROFILES, Settings
from ontology.errors import ConfigurationError
from ontology.iri import entity_id
from ontology.model import DocumentMetadata, DocumentRecord, Entity, Evidence, Fact

ROOT = Path(__file__).parents[2]
BEIJING, HAIDIAN = entity_id("Region", "北京市"), entity_id("Region", "海淀区")
CALLER, CALL, TOPIC = "id:Event_甲大会", "id:Statement_1", "id:Topic_氢能"


def evidence(confidence: float, modality: Any = "asserted", doc: str = "a.txt", start: int = 0) -> Evidence:
    return Evidence(doc, start, start + 2, "甲乙", modality, confidence, "test")


def record(*facts: Fact, doc: str = "a.txt") -> DocumentRecord:
    things = [
        Entity(BEIJING, "Region", "北京市", ("北京市",), (doc,), attributes=(("gazetteer", BEIJING),)),
        Entity(HAIDIAN, "Region", "海淀区", ("海淀区",), (doc,), attributes=(("gazetteer", HAIDIAN),)),
        Entity(CALLER, "Event", "甲大会", ("甲大会",), (doc,)),
        Entity(TOPIC, "Topic", "氢能", ("氢能",), (doc,)),
        Entity(CALL, "Statement", "发展氢能", ("发展氢能",), (doc,), attributes=(("text", "发展氢能"),)),
    ]
    return DocumentRecord(doc, "sha", DocumentMetadata(), tuple(things), facts)


def test_evidence_below_goes_and_facts_without_any_are_counted() -> None:
    strong = Fact(HAIDIAN, "specializesIn", TOPIC, evidence=(evidence(0.9, "planned"), evidence(0.4, start=9)))
    weak = Fact(BEIJING, "specializesIn", TOPIC, evidence=(evidence(0.4),))
    corpus = merge_records([record(strong, weak)], min_confidence=0.5)
    extracted = [fact for fact in corpus.facts if fact.origin == "extracted"]
    assert [(f.subject, [e.modality for e in f.evidence]) for f in extracted] == [(HAIDIAN, ["planned"])]
    assert (corpus.left_out, corpus.min_confidence) == (1, 0.5)


def test_the_limit_itself_is_kept_as_it_is_written() -> None:
    fact = Fact(BEIJING, "specializesIn", TOPIC, evidence=(evidence(0.89996),))
    assert merge_records([record(fact)], min_confidence=0.9).left_out == 0


def test_background_is_not_touched_and_takes_over_what_was_left_out() -> None:
    stated = Fact(HAIDIAN, "partOf", BEIJING, evidence=(evidence(0.3),))
    plain, strict = (merge_records([record()], min_confidence=x) for x in (0.0, 1.0))
    assert [f for f in plain.facts if f.origin == "background"] == [f for f in strict.facts if f.origin == "background"]
    (fact,) = (
        f
        for f in merge_records([record(stated)], min_confidence=0.9).facts
        if (f.subject, f.object) == (HAIDIAN, BEIJING)
    )
    assert fact.origin == "background"


def test_a_statement_that_nobody_calls_for_goes_with_its_topics() -> None:
    calls = Fact(CALLER, "calledFor", CALL, evidence=(evidence(0.4),))
    about = Fact(CALL, "about", TOPIC, evidence=(evidence(0.95),))
    corpus = merge_records([record(calls, about)], min_confidence=0.9)
    assert [f for f in corpus.facts if f.origin == "extracted"] == [] and corpus.left_out == 2
    assert CALL not in {entity.id for entity in corpus.entities}
    assert CALL in {entity.id for entity in merge_records([record(calls, about)]).entities}


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_what_is_no_confidence_is_refused(wrong: float) -> None:
    with pytest.raises(ConfigurationError, match="0 to 1"):
        Settings.choose(min_confidence=wrong)


@pytest.mark.parametrize("word", ["1.5", "much"])
def test_wrong_usage_is_2(word: str, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["build", str(texts), "--out", str(tmp_path / "o"), "--min-confidence", word])
    said = capsys.readouterr()
    assert code == 2 and "confidence" in said.err and said.out == "" and not (tmp_path / "o" / "manifest.json").exists()


def test_the_closing_table_and_the_manifest_say_it(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["build", str(texts), "--profile", "rules", "--out", str(tmp_path / "out")]
    assert cli.main([*arguments, "--min-confidence", "0.95"]) == 0
    said = capsys.readouterr().out
    assert "left out    3 facts below confidence 0.95" in said
    assert "precision" in said and "docs/confidence.md" in said
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["min_confidence"] == 0.95 and manifest["counts"]["left_out"] == 3
    assert (tmp_path / "out" / "facts.jsonl").read_text("utf-8") == ""
    assert cli.main(arguments) == 0
    assert "left out" not in capsys.readouterr().out


def test_the_python_call_takes_it_too(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    assert kg.build([texts], out=tmp_path, settings=Settings(), min_confidence=0.95).corpus.left_out == 3


def test_more_confidence_promises_more_precision_for_less_recall() -> None:
    for profile in PROFILES:
        trades = load_trades(profile)
        assert trades[0].least == 0.0 and trades[0].kept == 1.0
        assert [t.recall for t in trades] == sorted((t.recall for t in trades), reverse=True)
        assert trades[-1].precision > trades[0].precision + 0.1
    assert "measured at 0.90" in describe_trade("full", 0.93)[0]
    assert describe_trade("none", 0.5) == []


def test_the_page_has_the_figures_that_the_table_shows() -> None:
    page = (ROOT / "docs" / "confidence.md").read_text("utf-8")
    for profile in PROFILES:
        for trade in load_trades(profile):
            assert f"| {trade.least:.2f} | {trade.precision:.3f} | {trade.recall:.3f} |" in page


@pytest.mark.integration
def test_real_builds_agree_byte_for_byte_and_keep_only_the_sure(tmp_path: Path) -> None:
    texts = sorted((ROOT / "examples" / "corpus").glob("*"))
    settings = Settings(profile="rules", min_confidence=0.8)
    reports = [kg.build(order, out=tmp_path / n, settings=settings) for n, order in (("a", texts), ("b", texts[::-1]))]
    for name in ("facts.jsonl", "entities.jsonl", "graph.ttl", "findings.jsonl", "manifest.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    rows = [json.loads(line) for line in (tmp_path / "a" / "facts.jsonl").read_text("utf-8").splitlines()]
    assert rows and all(row["confidence"] >= 0.8 for row in rows if row["origin"] == "extracted")
    everything = kg.build(texts, out=tmp_path / "all", settings=Settings(profile="rules"))
    count = [sum(f.origin == "extracted" for f in r.corpus.facts) for r in (everything, reports[0])]
    assert count[0] - count[1] == reports[0].corpus.left_out > 0 and reports[0].exit_code == 0
