"""The sample corpus: what is found in it, in any order, and in any spelling."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import kg
from extract.annotate import annotate, build_nlp
from extract.clean import clean_text
from extract.read import read_documents
from extract.resolve import merge_records, resolve_document
from kg.evaluation import Evaluation, evaluate, load_gold
from kg.output import entity_record, fact_records
from kg.settings import Settings
from ontology.model import ENTITY_CLASSES, RELATIONS, Corpus, DocumentRecord, SourceText

EXAMPLES = Path(__file__).parents[2] / "examples"
FLOOR = json.loads(Path(__file__).with_name("sample_floor.json").read_text(encoding="utf-8"))
NOISY = "05_guizhou-big-data"


@cache
def records() -> tuple[DocumentRecord, ...]:
    return tuple(process(source) for source in read_documents([EXAMPLES / "corpus"]) if isinstance(source, SourceText))


@cache
def pipeline():
    return build_nlp()


def process(source: SourceText) -> DocumentRecord:
    clean = clean_text(source)
    return resolve_document(annotate(pipeline(), clean), clean)


@cache
def corpus() -> Corpus:
    return merge_records(records())


def judge(corpus: Corpus, gold: dict) -> Evaluation:
    entities = [entity_record(entity) for entity in corpus.entities]
    facts = [record for fact in corpus.facts for record in fact_records(fact)]
    return evaluate(gold, entities, facts)


def test_all_nine_texts_are_read():
    assert len(records()) == 9
    assert {r.encoding for r in records()} >= {"utf-8", "gb18030", "big5"}


@pytest.mark.parametrize("kind", ["entity", "fact"])
def test_scores_do_not_fall(kind: str):
    found = judge(corpus(), load_gold(EXAMPLES / "gold")).tallies[kind]
    assert found.f1 >= FLOOR["rules"][kind], f"{kind} F1 {found.f1:.3f} fell under {FLOOR['rules'][kind]}"


@pytest.mark.integration
def test_scores_of_the_models_do_not_fall(tmp_path: Path):
    report = kg.build([EXAMPLES / "corpus"], out=tmp_path, settings=Settings(profile="full"))
    tallies = judge(report.corpus, load_gold(EXAMPLES / "gold")).tallies
    assert {k: tallies[k].f1 >= floor for k, floor in FLOOR["full"].items()} == {"entity": True, "fact": True}


def test_gold_annotates_what_stands_in_the_texts():
    gold = load_gold(EXAMPLES / "gold")
    assert {r.doc.rsplit(".", 1)[0] for r in records()} == set(gold)
    assert {e["type"] for g in gold.values() for e in g["entities"]} == set(ENTITY_CLASSES)
    assert {f["r"] for g in gold.values() for f in g["facts"]} == set(RELATIONS)
    for answers in gold.values():
        keys = {e["key"] for e in [*answers["entities"], *answers["optional_entities"]]}
        assert {f[end] for f in [*answers["facts"], *answers["optional"]] for end in ("s", "o") if end in f} <= keys


def test_every_class_is_found():
    assert {e.type for e in corpus().entities if e.origin == "extracted"} >= set(ENTITY_CLASSES)


def test_every_relation_is_found():
    assert {f.relation for f in corpus().facts if f.origin == "extracted"} >= set(RELATIONS)


def test_every_modality_is_found():
    found = {e.modality for f in corpus().facts for e in f.evidence}
    assert found == {"asserted", "planned", "proposed", "problem"}


def test_order_changes_nothing():
    assert merge_records(reversed(records())) == corpus()
    middle = len(records()) // 2
    assert merge_records([*records()[middle:], *records()[:middle]]) == corpus()


def test_noisy_traditional_text_is_its_clean_twin():
    (noisy,) = [r for r in records() if r.doc.startswith(NOISY)]
    text = (EXAMPLES / "twins" / f"{NOISY}.txt").read_text(encoding="utf-8")
    twin = process(SourceText(noisy.doc, text))
    assert {(e.id, e.names) for e in noisy.entities} == {(e.id, e.names) for e in twin.entities}
    assert {(f.subject, f.relation, f.object) for f in noisy.facts} == {
        (f.subject, f.relation, f.object) for f in twin.facts
    }
    gold = {NOISY: load_gold(EXAMPLES / "gold")[NOISY]}
    for kind in ("entity", "fact"):
        ours, clean = (judge(merge_records([r]), gold).tallies[kind].f1 for r in (noisy, twin))
        assert abs(ours - clean) <= 0.01


def test_every_quote_leads_back_to_the_source():
    sources = {s.doc: s for s in read_documents([EXAMPLES / "corpus"]) if isinstance(s, SourceText)}
    pieces = {e for fact in corpus().facts for e in fact.evidence}
    assert pieces
    for piece in pieces:
        clean = clean_text(sources[piece.doc])
        inside = [i for i, start in enumerate(clean.starts) if piece.start <= start < piece.end]
        assert clean.text[inside[0] : inside[-1] + 1].strip() == piece.text
