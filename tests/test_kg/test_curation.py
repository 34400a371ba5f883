"""Decisions of people: kept in a sorted file, replayed in any order, anchored to words, never lost without a word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.resolve import merge_records
from kg.cli import main
from kg.curation import (
    Decision,
    find_contradictions,
    format_decisions,
    merge_decisions,
    read_decisions,
    replay_decisions,
)
from kg.curation.decisions import Fixed, is_about, pairs_apart, to_record
from kg.output import entity_record, fact_records, finding_record, to_jsonl
from kg.pipeline import process_documents
from kg.processing.cache import DocumentCache, open_cache
from kg.reviewing.ledger import Ledger
from kg.settings import Settings
from ontology.assertion import corpus_to_turtle
from ontology.errors import ConfigurationError
from ontology.iri import entity_id
from ontology.model import Corpus, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact, Observation

CITY, FIRM, TWIN, PLATFORM, TOPIC = IDS = tuple(
    entity_id(kind, name)
    for kind, name in (
        ("Region", "滨海市"), ("Firm", "云帆"), ("Firm", "云帆科技"), ("Platform", "云谷平台"), ("Topic", "算力"),
    )
)  # fmt: skip
SCALE = Observation("数字经济规模", 4, 1e12, "元", ">", "2023")
SCALE_JSON = {"measure": "数字经济规模", "value": 4, "factor": 1e12, "unit": "元", "comparison": ">", "period": "2023"}
BY = {"by": "李", "reason": "原文如此"}


def piece(doc: str, text: str, start: int = 0) -> Evidence:
    return Evidence(doc, start, start + len(text), text, "asserted", 0.5, "rule")


FACTS = (
    Fact(
        FIRM, "develops", PLATFORM, evidence=(piece("a.txt", "云帆建成云谷平台"), piece("b.txt", "云帆的云谷平台上线"))
    ),
    Fact(FIRM, "locatedIn", CITY, evidence=(piece("b.txt", "云帆落户滨海市"),)),
    Fact(CITY, "observed", SCALE, evidence=(piece("a.txt", "滨海市规模超4万亿元"),)),
    Fact(TWIN, "specializesIn", TOPIC, evidence=(piece("a.txt", "云帆科技深耕算力"),)),
)


def corpus_of(facts: Sequence[Fact] = FACTS) -> Corpus:
    docs = {key: {e.doc for f in facts for e in f.evidence if key in (f.subject, f.object)} for key in IDS}
    names = {key: key.partition("_")[2] for key in IDS}
    kinds = {key: key[3:].partition("_")[0] for key in IDS}
    entities = (Entity(k, kinds[k], names[k], (names[k],), tuple(sorted(docs[k]))) for k in sorted(IDS))
    documents = (DocumentRecord(doc, "", DocumentMetadata()) for doc in ("a.txt", "b.txt"))
    return Corpus(tuple(documents), tuple(entities), tuple(facts))


def lines_of(text: str, folder: Path) -> tuple[Decision, ...]:
    path = folder / "decisions.jsonl"
    path.write_text(text, encoding="utf-8")
    return read_decisions(path)


def decide(action: str, **fields: object) -> Decision:
    return Decision(action, **{**BY, **fields})  # type: ignore[arg-type]


def on_develops(action: str, **fields: object) -> Decision:
    return decide(action, subject=FIRM, relation="develops", object=PLATFORM, **fields)


def stated(corpus: Corpus) -> dict[tuple[object, ...], list[str]]:
    return {(f.subject, f.relation, f.object): [e.doc for e in f.evidence] for f in corpus.facts}


def test_a_rejected_passage_costs_that_evidence_and_a_fact_without_any_goes() -> None:
    some = replay_decisions(corpus_of(), [on_develops("reject", doc="a.txt", quote="云帆建成云谷平台")])
    assert stated(some)[FIRM, "develops", PLATFORM] == ["b.txt"]
    assert (FIRM, "develops", PLATFORM) not in stated(replay_decisions(corpus_of(), [on_develops("reject")]))
    figure = decide("reject", subject=CITY, relation="observed", object=SCALE_JSON)
    assert (CITY, "observed", SCALE) not in stated(replay_decisions(corpus_of(), [figure]))


def test_decisions_hold_to_the_words_wherever_they_stand() -> None:
    moved = replace(FACTS[0], evidence=(piece("a.txt", "据悉,云帆建成云谷平台,", start=400),))
    corpus = replay_decisions(corpus_of([moved]), [on_develops("reject", doc="a.txt", quote="云帆建成云谷平台")])
    assert not corpus.facts and not corpus.findings


def test_what_is_accepted_stays_whatever_the_least_confidence() -> None:
    accepted = on_develops("accept", doc="b.txt", quote="云帆的云谷平台上线")
    corpus = replay_decisions(corpus_of(), [accepted], min_confidence=0.9)
    (fact,) = corpus.facts
    assert [(e.doc, e.confidence, e.rule) for e in fact.evidence] == [("b.txt", 1.0, "accepted/李")]
    assert corpus.left_out == 3


def test_a_corrected_fact_keeps_its_words() -> None:
    other = entity_id("Region", "望海县")
    fixed = decide(
        "correct", subject=FIRM, relation="locatedIn", object=CITY, to=Fixed(object=other, modality="planned")
    )
    corpus = replay_decisions(corpus_of(), [fixed])
    (fact,) = (f for f in corpus.facts if f.relation == "locatedIn")
    assert fact.object == other
    assert [(e.text, e.modality) for e in fact.evidence] == [("云帆落户滨海市", "planned")]
    assert {e.id: (e.name, e.origin) for e in corpus.entities}[other] == ("望海县", "curated")


def test_an_added_fact_says_who_added_it_and_why() -> None:
    added = decide("add", subject=TWIN, relation="locatedIn", object=CITY, doc="a.txt", quote="总部在滨海")
    (fact,) = (
        f for f in replay_decisions(corpus_of(), [added]).facts if f.subject == TWIN and f.relation == "locatedIn"
    )
    assert (fact.origin, fact.source) == ("curated", "李, 原文如此: “总部在滨海” (a.txt)")


def test_merged_entities_are_one_and_decisions_about_either_hold() -> None:
    merge = decide("merge", entity=TWIN, into=FIRM)
    reject = decide("reject", subject=TWIN, relation="specializesIn", object=TOPIC)
    corpus = replay_decisions(corpus_of(), [merge])
    assert (FIRM, "specializesIn", TOPIC) in stated(corpus)
    assert {e.id: e.names for e in corpus.entities}[FIRM] == ("云帆", "云帆科技")
    both = replay_decisions(corpus_of(), [merge, reject])
    assert (FIRM, "specializesIn", TOPIC) not in stated(both) and not both.findings


def test_a_split_entity_is_two_by_document() -> None:
    corpus = replay_decisions(corpus_of(), [decide("split", entity=FIRM, docs=("b.txt",), name="云帆物流")])
    other = entity_id("Firm", "云帆物流")
    assert stated(corpus)[FIRM, "develops", PLATFORM] == ["a.txt"]
    assert stated(corpus)[other, "develops", PLATFORM] == ["b.txt"]
    assert (other, "locatedIn", CITY) in stated(corpus)
    assert {e.id: e.docs for e in corpus.entities}[other] == ("b.txt",)


def test_what_finds_nothing_is_reported_as_stale() -> None:
    gone = on_develops("reject", doc="a.txt", quote="云帆早已离开")
    (finding,) = replay_decisions(corpus_of(), [gone]).findings
    assert (finding.code, finding.severity, finding.doc) == ("decision-stale", "warning", "a.txt")
    assert "云帆早已离开" in finding.message and "李" in finding.message


def test_two_who_decide_differently_are_both_told_and_neither_counts() -> None:
    other = replace(on_develops("reject"), by="王")
    corpus = replay_decisions(corpus_of(), [on_develops("accept"), other])
    (finding,) = corpus.findings
    assert finding.code == "decision-conflict" and "李" in finding.message and "王" in finding.message
    assert stated(corpus) == stated(corpus_of())
    same = replay_decisions(corpus_of(), [on_develops("reject"), other])
    assert not same.findings and (FIRM, "develops", PLATFORM) not in stated(same)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (on_develops("accept", doc="a.txt", quote="云帆建成云谷平台"), on_develops("reject")),
        (on_develops("correct", to=Fixed(modality="planned")), on_develops("correct", to=Fixed(modality="proposed"))),
        (decide("add", subject=TWIN, relation="locatedIn", object=CITY),
         decide("reject", subject=TWIN, relation="locatedIn", object=CITY)),
        (decide("merge", entity=TWIN, into=FIRM), decide("apart", entity=FIRM, other=TWIN)),
        (decide("merge", entity=TWIN, into=FIRM), decide("merge", entity=TWIN, into=entity_id("Firm", "远航"))),
        (decide("split", entity=FIRM, docs=("b.txt",), name="甲"),
         decide("split", entity=FIRM, docs=("a.txt", "b.txt"), name="乙")),
    ],
)  # fmt: skip
def test_a_contradiction_of_two_files_names_both_people(mine: Decision, theirs: Decision, tmp_path: Path) -> None:
    files = [lines_of(format_decisions([d]), tmp_path) for d in (mine, replace(theirs, by="王"))]
    corpus = replay_decisions(corpus_of(), [d for file in files for d in file])
    (finding,) = (f for f in corpus.findings if f.code == "decision-conflict")
    assert "李" in finding.message and "王" in finding.message
    assert stated(corpus) == stated(corpus_of()), "neither counts"


def test_what_becomes_a_contradiction_by_a_merge_or_a_correction_is_told() -> None:
    merge, chart = decide("merge", entity=TWIN, into=FIRM), entity_id("Platform", "海图平台")
    added = decide("add", subject=TWIN, relation="develops", object=chart)
    rejected = replace(decide("reject", subject=FIRM, relation="develops", object=chart), by="王")
    assert [f.code for f in replay_decisions(corpus_of(), [added, rejected]).findings] == ["decision-stale"]
    assert [f.code for f in replay_decisions(corpus_of(), [merge, added, rejected]).findings] == ["decision-conflict"]
    corrected = on_develops("correct", to=Fixed(object=chart))
    corpus = replay_decisions(corpus_of(), [corrected, rejected])
    assert [f.code for f in corpus.findings] == ["decision-conflict"] and stated(corpus) == stated(corpus_of())


def test_what_goes_together_is_no_contradiction() -> None:
    accepted, added = on_develops("accept", doc="a.txt"), replace(on_develops("add"), by="王")
    elsewhere = replace(on_develops("reject", doc="b.txt"), by="王")
    assert not replay_decisions(corpus_of(), [accepted, added]).findings
    assert not replay_decisions(corpus_of(), [accepted, elsewhere]).findings


def test_an_entity_is_merged_wherever_it_turns_up() -> None:
    alone = [f for f in FACTS if f.subject == TWIN]
    corpus = corpus_of(alone)
    corpus = replace(corpus, entities=tuple(e for e in corpus.entities if e.id != FIRM))
    merged = replay_decisions(corpus, [decide("merge", entity=TWIN, into=FIRM)])
    assert not merged.findings and (FIRM, "specializesIn", TOPIC) in stated(merged)
    assert {e.id: e.name for e in merged.entities}[FIRM] == "云帆"


def test_what_is_kept_apart_is_not_merged_by_a_detour() -> None:
    third = entity_id("Firm", "远航")
    detour = [decide("merge", entity=TWIN, into=third), replace(decide("merge", entity=FIRM, into=third), by="王")]
    corpus = replay_decisions(corpus_of(), [*detour, replace(decide("apart", entity=FIRM, other=TWIN), by="张")])
    (finding,) = corpus.findings
    assert finding.code == "decision-conflict" and "张" in finding.message
    assert {FIRM, TWIN} & {e.id for e in corpus.entities}, "one of them stays itself"


def test_what_is_kept_apart_is_not_merged_under_a_name_that_the_texts_joined() -> None:
    company = entity_id("Firm", "云帆公司")
    decided = [decide("merge", entity=company, into=TWIN), replace(decide("apart", entity=FIRM, other=TWIN), by="王")]
    records = [record_of("a.txt", "云帆公司"), record_of("b.txt", "云帆"), record_of("c.txt", "云帆科技")]
    corpus = replay_decisions(merge_records(records, apart=[(FIRM, TWIN)]), decided)
    assert [f.code for f in corpus.findings] == ["decision-conflict"]
    assert not any({"云帆", "云帆科技"} <= {*e.names} for e in corpus.entities)


def record_of(doc: str, firm: str, *names: str) -> DocumentRecord:
    """Return what a document says: that a firm, by these names, is in the city."""
    one, city = entity_id("Firm", firm), Entity(CITY, "Region", "滨海市", ("滨海市",), (doc,))
    fact = Fact(one, "locatedIn", CITY, evidence=(piece(doc, f"{firm}落户滨海市"),))
    entities = (Entity(one, "Firm", firm, (firm, *names), (doc,)), city)
    return DocumentRecord(doc, "", DocumentMetadata(), entities, (fact,))


def test_names_that_the_texts_join_are_kept_apart_when_somebody_says_so() -> None:
    company = entity_id("Firm", "云帆公司")
    records = [record_of("a.txt", "云帆公司"), record_of("b.txt", "云帆")]
    assert FIRM not in {e.id for e in merge_records(records).entities}, "they are joined"
    for pair in ((FIRM, company), (company, FIRM)):
        corpus = merge_records(records, apart=[pair])
        assert {e.id: e.docs for e in corpus.entities if e.type == "Firm"} == {FIRM: ("b.txt",), company: ("a.txt",)}
        assert {f.subject for f in corpus.facts if f.relation == "locatedIn" and f.evidence} == {FIRM, company}
    apart = [decide("apart", entity=company, other=FIRM)]
    assert not replay_decisions(merge_records(records, apart=[(FIRM, company)]), apart).findings
    both = replay_decisions(merge_records([record_of("a.txt", "云帆公司", "云帆")], apart=[(FIRM, company)]), apart)
    assert [f.code for f in both.findings] == ["decision-stale"], "one document has both names for one thing"


ALL = (
    on_develops("reject", doc="a.txt", quote="云帆建成云谷平台"),
    on_develops("accept", doc="a.txt", quote="云帆建成云谷平台"),
    on_develops("accept"),
    on_develops("correct", doc="b.txt", to=Fixed(modality="planned")),
    decide("reject", subject=CITY, relation="observed", object={**SCALE_JSON, "value": 4.0}),
    decide("correct", subject=FIRM, relation="locatedIn", object=CITY, to=Fixed(subject=TWIN)),
    decide("add", subject=TWIN, relation="locatedIn", object=CITY),
    decide("add", subject=FIRM, relation="specializesIn", object=TOPIC),
    decide("merge", entity=TWIN, into=FIRM),
    decide("merge", entity=FIRM, into=TWIN),
    decide("split", entity=FIRM, docs=("b.txt",), name="云帆物流"),
    decide("reject", subject=FIRM, relation="partOf", object=TWIN),
)


def test_the_file_is_sorted_one_decision_a_line_and_reads_back(tmp_path: Path) -> None:
    text = format_decisions(ALL)
    assert text.splitlines() == sorted(set(text.splitlines())) and len(text.splitlines()) == len(ALL)
    back = lines_of("\n" + text + text, tmp_path)
    assert format_decisions(back) == text


def test_equal_numbers_are_one_line(tmp_path: Path) -> None:
    figures = [decide("reject", subject=CITY, relation="observed", object=SCALE_JSON | {"value": v}) for v in (4, 4.0)]
    text = format_decisions(figures)
    assert text.count("\n") == 1 and format_decisions(lines_of(text, tmp_path)) == text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": "burn"}, "action"),
        ({"colour": "red"}, "colour"),
        ({"reason": ""}, "reject needs 'reason'"),
        ({"subject": "云帆"}, "no entity id"),
        ({"relation": "likes"}, "no relation 'likes'"),
        ({"object": {"colour": "red"}}, "`object` is an entity id"),
        ({"into": FIRM}, "reject has no 'into'"),
        ({"object": CITY}, "does not hold between a Firm and a Region"),
    ],
)
def test_a_line_that_is_wrong_is_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    record = {"action": "reject", "subject": FIRM, "relation": "develops", "object": PLATFORM, **BY} | change
    with pytest.raises(ConfigurationError) as caught:
        lines_of(format_decisions(ALL[:1]) + json.dumps(record) + "\n<<<<<<< HEAD\n", tmp_path)
    assert "decisions.jsonl:2: " in caught.value.message and message in caught.value.message
    assert "decisions.jsonl:3: " in caught.value.message


SEQUENCES = int(os.environ.get("KG_EDIT_SEQUENCES", "150"))
"""Random ways of editing; `make trust` tries a thousand."""
LINES = [f"{firm} {platform}" for firm in ("云帆", "云帆科技", "云帆公司") for platform in ("云谷平台", "海图平台")]
COMPANY, CHART = entity_id("Firm", "云帆公司"), entity_id("Platform", "海图平台")
MOVES = tuple(
    replace(move, reason=f"理由{chr(0x4E00 + number)}")  # by its reason, a decision is found in what is told of it
    for number, move in enumerate(
        (
            on_develops("reject", doc="a.txt", quote="云帆 云谷平台"),
            on_develops("accept", doc="a.txt"),
            replace(on_develops("reject"), by="王"),
            on_develops("correct", doc="b.txt", to=Fixed(modality="planned")),
            on_develops("correct", to=Fixed(subject=TWIN)),
            decide("accept", subject=TWIN, relation="develops", object=CHART),
            replace(decide("reject", subject=TWIN, relation="develops", object=PLATFORM), by="王"),
            decide("add", subject=COMPANY, relation="develops", object=CHART),
            replace(decide("reject", subject=TWIN, relation="develops", object=CHART), by="王"),
            decide("add", subject=FIRM, relation="specializesIn", object=TOPIC, doc="c.txt", quote="云帆深耕算力"),
            decide("add", subject=CITY, relation="observed", object=SCALE_JSON),
            decide("merge", entity=TWIN, into=FIRM),
            replace(decide("merge", entity=FIRM, into=TWIN), by="王"),
            decide("merge", entity=COMPANY, into=TWIN),
            replace(decide("apart", entity=FIRM, other=TWIN), by="王"),
            decide("apart", entity=FIRM, other=COMPANY),
            decide("split", entity=FIRM, docs=("b.txt",), name="云帆物流"),
            decide("split", entity=PLATFORM, docs=("a.txt", "c.txt"), name="云谷二号"),
        )
    )
)
EDITS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["decide", "decide", "undo"]), st.sampled_from(MOVES)),
        st.tuples(st.sampled_from(["a.txt", "b.txt", "c.txt"]), st.lists(st.sampled_from(LINES), max_size=3)),
        st.tuples(st.just("remove"), st.sampled_from(["a.txt", "b.txt", "c.txt"])),
    ),
    min_size=1,
    max_size=12,
)


def outcome(inputs: Path, decisions: Sequence[Decision], cache: DocumentCache | None) -> tuple[Corpus, bytes]:
    """Build these documents with these decisions; return the corpus and its bytes but for picture and manifest."""
    results, _ = process_documents([inputs], Settings(), cache=cache)
    records = [result for result in results if isinstance(result, DocumentRecord)]
    corpus = replay_decisions(merge_records(records, apart=pairs_apart(decisions)), decisions)
    lines = [
        *map(entity_record, corpus.entities),
        *(line for fact in corpus.facts for line in fact_records(fact)),
        *sorted(map(finding_record, corpus.findings), key=str),
    ]
    return corpus, corpus_to_turtle(corpus) + to_jsonl(lines)


def is_lost(decision: Decision, others: Sequence[Decision], corpus: Corpus) -> bool:
    """Tell whether a corpus neither shows what somebody decided nor tells of it."""
    told = "".join(finding.message for finding in corpus.findings)
    if decision.reason in told:
        return False
    merged = {d.entity: d.into for d in others if d.action == "merge" and d.reason not in told}

    def now(entity: str) -> str:
        return now(merged[entity]) if entity in merged else entity

    facts = {(f.subject, f.relation, f.object): f for f in corpus.facts}
    entities = {e.id: e for e in corpus.entities}
    if decision.action == "merge":
        ends = {end for f in corpus.facts for end in (f.subject, f.object)}
        return decision.entity in entities.keys() | ends
    if decision.action == "apart":
        both = {decision.entity.partition("_")[2], decision.other.partition("_")[2]}
        return now(decision.entity) == now(decision.other) or any(both <= {*e.names} for e in entities.values())
    if decision.action == "split":
        return now(decision.new_entity) not in entities
    to = decision.to or Fixed()
    wanted = to.object or decision.object
    end = now(wanted) if isinstance(wanted, str) else SCALE
    fact = facts.get((now(to.subject or decision.subject), decision.relation, end))
    pieces = [] if fact is None else [e for e in fact.evidence if is_about(decision, e.doc, e.text)]
    if decision.action == "reject":
        return bool(pieces)
    if decision.action == "add":
        return fact is None or fact.origin != "curated"
    return not any(e.confidence == 1 for e in pieces) and not (fact and not fact.evidence)


@settings(max_examples=SEQUENCES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, data=st.data())
def test_any_way_of_editing_comes_to_the_same_as_a_build_from_scratch(
    stages: SimpleNamespace, edits: list[tuple[str, object]], data: st.DataObject
) -> None:
    """Documents come, change and go, people decide and take back; each step builds on the cache of those before."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inputs, ledger = folder / "texts", Ledger(folder / "decisions.jsonl")
        inputs.mkdir()
        (inputs / "first.txt").write_text(LINES[0], "utf-8")
        wanted: dict[str, Decision] = {}
        cache = open_cache(folder / "cache", Settings())
        for action, what in edits:
            if isinstance(what, Decision):
                line = format_decisions([what])
                if action == "decide":
                    ledger.decide(to_record(what))
                    wanted = {k: d for k, d in wanted.items() if (d.by, d.anchor) != (what.by, what.anchor)}
                    wanted[line] = what
                elif wanted.pop(line, None):
                    ledger.withdraw(to_record(what))
            elif isinstance(what, list):
                (inputs / action).write_text("\n".join(what) or "云帆", "utf-8")
            else:
                (inputs / str(what)).unlink(missing_ok=True)
            corpus, incremental = outcome(inputs, ledger.read(), cache)
            assert not [d for d in wanted.values() if is_lost(d, list(wanted.values()), corpus)]
        text = ledger.path.read_text("utf-8") if ledger.path.exists() else ""
        assert text == format_decisions(wanted.values()), "all of them are in the file"
        shuffled = lines_of("".join(data.draw(st.permutations(text.splitlines(keepends=True)))), folder)
        assert incremental == outcome(inputs, shuffled, None)[1]


# --- the whole way ----------------------------------------------------------------------------------------------------


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir() if path.is_file() and path.name != ".lock"}


def test_a_build_replays_the_decisions_and_removing_a_document_takes_back_what_only_it_said(
    stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    decisions = tmp_path / "decisions.jsonl"
    maker, product = entity_id("Firm", "腾讯"), entity_id("Platform", "觅影平台")
    decided = [decide("reject", subject=maker, relation="develops", object=product, doc="a.txt", quote="腾讯 觅影平台")]
    decisions.write_text(format_decisions(decided), encoding="utf-8")
    out = tmp_path / "out"
    command = ["build", str(texts), "--out", str(out), "--profile", "rules", "--quiet", "--decisions", str(decisions)]
    assert main(command) == 0
    first = contents(out)
    assert "腾讯" not in first["facts.jsonl"].decode() and "华为" in first["facts.jsonl"].decode()
    gone = (texts / "a.txt").read_text(encoding="utf-8")
    (texts / "a.txt").unlink()
    assert main(command) == 0
    second = contents(out)
    assert "decision-stale" in second["findings.jsonl"].decode()
    assert [json.loads(line)["doc"] for line in second["facts.jsonl"].splitlines()] == ["sub/a.txt", "b.txt"]
    (texts / "a.txt").write_text(gone, encoding="utf-8")
    assert main(command) == 0
    assert contents(out) == first


def test_a_wrong_file_of_decisions_costs_nothing_that_was_there(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "decisions.jsonl"
    bad.write_text("{}\n", encoding="utf-8")
    out = tmp_path / "out"
    assert main(["build", str(texts), "--out", str(out), "--profile", "rules", "--decisions", str(bad)]) == 2
    assert "decisions.jsonl:1" in capsys.readouterr().err and not out.exists()


# --- two people -------------------------------------------------------------------------------------------------------

FILES = st.frozensets(st.integers(0, len(MOVES) - 1), max_size=8)


@settings(max_examples=100, deadline=None)
@given(base=FILES, mine=FILES, theirs=FILES)
def test_two_files_come_together_as_sets_and_only_what_is_new_is_told(
    base: frozenset[int], mine: frozenset[int], theirs: frozenset[int]
) -> None:
    def of(numbers: frozenset[int]) -> list[Decision]:
        return [MOVES[number] for number in numbers]

    merged = merge_decisions(of(base), of(mine), of(theirs))
    assert merged.text == format_decisions(of((mine & theirs) | (mine - base) | (theirs - base)))
    assert merge_decisions(of(base), of(theirs), of(mine)) == merged
    assert not set(merged.contradictions) & {*find_contradictions(of(mine)), *find_contradictions(of(theirs))}
    assert merge_decisions(of(base), of(mine), of(base)).text == format_decisions(of(mine))


class Repository:
    """A repository in which two people decide, with the merge driver that the docs tell of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "decisions.jsonl"
        (folder / ".gitattributes").write_text("decisions.jsonl merge=decisions\n", encoding="utf-8")
        self.git("init", "-q", "-b", "main")
        self.git("config", "merge.decisions.driver", f"{sys.executable} -m kg decisions merge %O %A %B")

    def git(self, *words: str) -> subprocess.CompletedProcess[str]:
        name = ("-c", "user.name=a", "-c", "user.email=a@b")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(
            ["git", *name, *words], cwd=self.folder, capture_output=True, text=True, check=False, env=environment
        )

    def merge(self, common: Sequence[Decision], mine: Sequence[Decision], theirs: Sequence[Decision]) -> str:
        """Let two people go on from a common file, merge, and return what git and the driver complain of."""
        for branch, decided in (("main", common), ("li", mine), ("wang", theirs)):
            if branch != "main":
                self.git("checkout", "-q", "-b", branch, "main")
            self.path.write_text(format_decisions(decided), encoding="utf-8")
            self.git("add", ".")
            self.git("commit", "-q", "-m", branch)
        done = self.git("merge", "-q", "li")
        return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_in_git_what_either_adds_is_there_and_what_one_withdrew_beside_it_is_not(tmp_path: Path) -> None:
    repository, ordered = Repository(tmp_path), sorted(MOVES[:3], key=lambda d: format_decisions([d]))
    withdrawn, added, common = ordered[0], ordered[1], ordered[2]
    assert not repository.merge([withdrawn, common], [common], [withdrawn, added, common])
    assert repository.path.read_text("utf-8") == format_decisions([added, common])


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_in_git_only_what_two_decide_differently_is_a_conflict_and_names_both(tmp_path: Path) -> None:
    accepted, rejected = on_develops("accept"), replace(on_develops("reject"), by="王")
    elsewhere, same = decide("merge", entity=TWIN, into=FIRM), replace(on_develops("accept"), by="王")
    repository = Repository(tmp_path)
    told = repository.merge([elsewhere], [elsewhere, accepted], [elsewhere, rejected])
    assert "CONFLICT" in told and "李: accept" in told and "王: reject" in told
    both = read_decisions(repository.path)
    assert format_decisions(both) == format_decisions([elsewhere, accepted, rejected]), "no marks, nothing lost"
    assert [f.code for f in replay_decisions(corpus_of(), both).findings] == ["decision-conflict"]
    (tmp_path / "other").mkdir()
    assert not Repository(tmp_path / "other").merge([elsewhere], [elsewhere, accepted], [elsewhere, same])


def test_files_are_checked_for_what_they_decide_differently(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, decided in (("li", on_develops("accept")), ("wang", replace(on_develops("reject"), by="王"))):
        (tmp_path / name).write_text(format_decisions([decided]), encoding="utf-8")
    assert main(["decisions", "check", str(tmp_path / "li")]) == 0 and not capsys.readouterr().err
    assert main(["decisions", "check", str(tmp_path / "li"), str(tmp_path / "wang")]) == 1
    assert "王: reject" in capsys.readouterr().err
    assert main(["decisions", "merge", str(tmp_path / "li")]) == 2 and "BASE" in capsys.readouterr().err
