"""`kg ask --as-of`: what was not yet known, not yet so, or not yet issued is not in the answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.as_of import view_as_of
from kg.cli import main
from ontology.assertion import corpus_to_turtle
from ontology.iri import entity_id
from ontology.model import (
    Corpus,
    DateValue,
    DocumentMetadata,
    DocumentRecord,
    Entity,
    Evidence,
    Fact,
    FactObject,
    Modality,
    Observation,
)
from queries.store import KnowledgeGraph

CITY, FIRM, PLATFORM, POLICY, TOPIC = (
    entity_id(kind, name)
    for kind, name in (
        ("Region", "滨海市"), ("Firm", "云帆"), ("Platform", "云谷平台"), ("Policy", "算力方案"), ("Topic", "算力"),
    )
)  # fmt: skip
DATES = {"early.txt": "2022-05-01", "late.txt": "2024-03-01", "undated.txt": None}


def said(subject: str, relation: str, obj: FactObject, *places: tuple[str, Modality]) -> Fact:
    pieces = (Evidence(doc, 0, 5, f"{doc}说", modality, 0.9, "by-hand") for doc, modality in places)
    return Fact(subject, relation, obj, evidence=tuple(pieces))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    facts = (
        said(FIRM, "develops", PLATFORM, ("early.txt", "planned"), ("late.txt", "asserted")),
        said(FIRM, "locatedIn", CITY, ("late.txt", "asserted")),
        said(CITY, "observed", Observation("数字经济规模", 3, 1e12, "元", "=", "2022"), ("undated.txt", "asserted")),
        said(CITY, "observed", Observation("数字经济规模", 4, 1e12, "元", "=", "2024"), ("undated.txt", "asserted")),
        said(POLICY, "issuedOn", DateValue("2023-11"), ("undated.txt", "asserted")),
        said(POLICY, "addresses", TOPIC, ("undated.txt", "asserted")),
    )
    docs = {key: {e.doc for f in facts if key in (f.subject, f.object) for e in f.evidence} for key in _names()}
    entities = (
        Entity(key, key[3:].partition("_")[0], name, (name,), tuple(sorted(docs[key])))
        for key, name in _names().items()
    )
    documents = (DocumentRecord(doc, "", DocumentMetadata(date=date)) for doc, date in DATES.items())
    path = tmp_path_factory.mktemp("as_of") / "graph.ttl"
    path.write_bytes(corpus_to_turtle(Corpus(tuple(documents), tuple(sorted(entities, key=lambda e: e.id)), facts)))
    return path


def _names() -> dict[str, str]:
    return {key: key.partition("_")[2] for key in (CITY, FIRM, PLATFORM, POLICY, TOPIC)}


def asked(path: Path, year: int, question: str, **params: str) -> list[dict[str, object]]:
    return list(KnowledgeGraph(view_as_of(path, year).turtle).ask(question, params))  # type: ignore[arg-type]


def test_evidence_of_later_documents_goes_and_with_it_what_nothing_else_says(path: Path) -> None:
    (row,) = asked(path, 2023, "platforms_of_firm")
    assert (row["doc"], row["modality"]) == ("early.txt", "planned")
    assert {row["doc"] for row in asked(path, 2024, "platforms_of_firm")} == {"early.txt", "late.txt"}
    assert {row["doc"] for row in asked(path, 2023, "evidence_for", entity="云帆")} == {"early.txt"}


def test_a_fact_that_only_later_documents_assert_is_no_triple_and_counts_anew(path: Path) -> None:
    query = "SELECT ?o WHERE { ?s kg:develops ?o }"
    assert not KnowledgeGraph(view_as_of(path, 2023).turtle).query(query)
    assert KnowledgeGraph(view_as_of(path, 2024).turtle).query(query)
    assert [row["support"] for row in asked(path, 2023, "evidence_for", entity="云谷平台")] == [1]


def test_figures_of_later_years_are_not_known_yet(path: Path) -> None:
    assert [row["amount"] for row in asked(path, 2023, "indicators")] == [3e12]
    assert [row["amount"] for row in asked(path, 2024, "indicators")] == [3e12, 4e12]


def test_what_is_issued_later_is_not_there_yet(path: Path) -> None:
    assert not asked(path, 2022, "policies_by_year")
    assert not asked(path, 2022, "policies_by_topic")
    assert [row["year"] for row in asked(path, 2023, "policies_by_year")] == ["2023"]


def test_documents_are_counted(path: Path) -> None:
    view = view_as_of(path, 2023)
    assert (view.documents, view.undated, view.later) == (2, 1, 1)


def test_after_the_last_date_nothing_is_missing(path: Path) -> None:
    everything = KnowledgeGraph(path.read_bytes()).query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }")
    assert set(
        KnowledgeGraph(view_as_of(path, 2024).turtle).query("SELECT ?s ?p ?o WHERE { ?s ?p ?o }").records
    ) == set(everything.records)


def test_the_command_says_what_it_left_out(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "indicators", "--graph", str(path), "--as-of", "2023", "--format", "csv"]) == 0
    out, err = capsys.readouterr()
    assert "2022" in out and "2024" not in out
    assert "as of 2023: 2 documents (1 without a date), 1 later ones left out" in err
    assert main(["ask", "indicators", "--graph", str(path), "--as-of", "soon"]) == 2
