"""What follows from facts is marked, names its rule and premises, and never mixes with what a text says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packed import read_page

from kg.cli import main
from kg.draw import draw_page
from kg.inferring import infer_facts, without_inferred
from kg.inferring.catalog import load_rules
from kg.loading.merge import combine
from kg.output import fact_records
from kg.projection import PropertyGraph, read_property_graph
from kg.unprojection import unproject
from ontology.assertion import assert_corpus, corpus_to_turtle
from ontology.iri import entity_id, expand, fact_id
from ontology.model import Corpus, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact, Modality, Observation
from ontology.validation import validate_graph
from queries.store import KnowledgeGraph

COUNTRY, PROVINCE, CITY, COUNTY, ZONE, PARK, FIRM, OTHER = IDS = tuple(
    entity_id(kind, name)
    for kind, name in (
        ("Region", "中国"), ("Region", "海东省"), ("Region", "滨海市"), ("Region", "望海县"), ("Zone", "滨海高新区"),
        ("Zone", "云帆园"), ("Firm", "云帆"), ("Firm", "远航"),
    )
)  # fmt: skip
FIRMS = Observation("入驻企业", 150, 1, "家", ">", "2024")


def stated(
    subject: str, relation: str, obj: object, modality: Modality = "asserted", origin: str = "extracted"
) -> Fact:
    if origin != "extracted":
        return Fact(subject, relation, obj, origin, source="table")  # type: ignore[arg-type]
    piece = Evidence("a.txt", 0, 4, "原文如此", modality, 0.9, "rule")
    return Fact(subject, relation, obj, evidence=(piece,))  # type: ignore[arg-type]


FACTS = (
    stated(COUNTY, "partOf", CITY, origin="background"),
    stated(CITY, "partOf", PROVINCE, origin="background"),
    stated(PROVINCE, "partOf", COUNTRY, origin="background"),
    stated(ZONE, "locatedIn", COUNTY),
    stated(PARK, "locatedIn", ZONE),
    stated(FIRM, "locatedIn", PARK),
    stated(FIRM, "collaboratesWith", OTHER),
    stated(ZONE, "observed", FIRMS),
)


def corpus_of(*facts: Fact) -> Corpus:
    ends = {end for f in facts for end in (f.subject, f.object) if isinstance(end, str)}
    entities = [
        Entity(key, key[3:].partition("_")[0], key.partition("_")[2], (key.partition("_")[2],), ("a.txt",))
        for key in sorted(ends)
    ]
    return Corpus((DocumentRecord("a.txt", "", DocumentMetadata()),), tuple(entities), tuple(facts))


def inferred(corpus: Corpus) -> dict[tuple[str, str, object], Fact]:
    return {(f.subject, f.relation, f.object): f for f in infer_facts(corpus).facts if f.origin == "inferred"}


def test_what_follows_names_its_rule_and_its_premises() -> None:
    found = inferred(corpus_of(*FACTS))
    at_least = replace(FIRMS, comparison=">=")
    assert {(s, r): o for s, r, o in found if s in (COUNTY, OTHER) and r != "observed"} == {
        (COUNTY, "partOf"): PROVINCE,
        (OTHER, "collaboratesWith"): FIRM,
    }
    assert {o for s, r, o in found if (s, r) == (FIRM, "locatedIn")} == {ZONE, COUNTY, CITY, PROVINCE}
    assert {s for s, r, o in found if (r, o) == ("observed", at_least)} == {COUNTY, CITY, PROVINCE}
    fact = found[COUNTY, "partOf", PROVINCE]
    assert fact.source == "part_of_part" and not fact.evidence
    assert set(fact.premises) == {fact_id(f.subject, f.relation, f.object) for f in FACTS[:2]}


def test_nothing_follows_from_a_plan_and_nothing_stated_is_inferred() -> None:
    planned = stated(ZONE, "locatedIn", COUNTY, modality="planned")
    assert not inferred(corpus_of(FACTS[0], planned))
    said = stated(ZONE, "locatedIn", CITY, modality="planned")
    assert (ZONE, "locatedIn", CITY) not in inferred(corpus_of(*FACTS, said))


@pytest.mark.parametrize(
    "figure",
    [
        replace(FIRMS, unit="%"),
        replace(FIRMS, comparison="<"),
        replace(FIRMS, comparison="~"),
        replace(FIRMS, measure="人均收入", unit="元"),
        replace(FIRMS, measure="计划投资", unit="元"),
        replace(FIRMS, measure="企业数增长", unit="家"),
    ],
)
def test_only_sums_of_a_zone_are_rolled_up_to_its_region(figure: Observation) -> None:
    facts = (stated(ZONE, "locatedIn", COUNTY), stated(ZONE, "observed", figure))
    assert not inferred(corpus_of(*facts))


def test_a_zone_in_two_regions_at_once_is_not_rolled_up_to_either() -> None:
    elsewhere = entity_id("Region", "对岸市")
    straddling = [*FACTS[:2], stated(ZONE, "locatedIn", COUNTY), stated(ZONE, "observed", FIRMS)]
    assert any(relation == "observed" for _, relation, _ in inferred(corpus_of(*straddling)))
    straddling.append(stated(ZONE, "locatedIn", elsewhere))
    assert not any(relation == "observed" for _, relation, _ in inferred(corpus_of(*straddling)))


def test_circles_come_to_an_end() -> None:
    circle = (stated(ZONE, "locatedIn", PARK), stated(PARK, "locatedIn", ZONE), stated(FIRM, "locatedIn", PARK))
    assert set(inferred(corpus_of(*circle))) == {(FIRM, "locatedIn", ZONE)}


PAIRS = st.tuples(st.sampled_from(IDS[1:4]), st.just("partOf"), st.sampled_from(IDS[:4])) | st.tuples(
    st.sampled_from(IDS[4:]), st.just("locatedIn"), st.sampled_from(IDS[1:6])
)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(PAIRS, unique=True, max_size=8), data=st.data())
def test_inference_is_closed_well_founded_and_blind_to_order(
    pairs: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    facts = [stated(*pair) for pair in pairs if pair[0] != pair[2]]
    corpus = corpus_of(*facts)
    result = infer_facts(corpus)
    shuffled = replace(corpus, facts=tuple(data.draw(st.permutations(facts))))
    assert infer_facts(shuffled).facts == result.facts
    assert [f for f in result.facts if f.origin != "inferred"] == sorted(
        facts, key=lambda f: (f.subject, f.relation, str(f.object))
    )
    founded = {fact_id(f.subject, f.relation, f.object) for f in facts}
    left = [f for f in result.facts if f.origin == "inferred"]
    while fresh := [f for f in left if founded.issuperset(f.premises)]:
        founded |= {fact_id(f.subject, f.relation, f.object) for f in fresh}
        left = [f for f in left if f not in fresh]
    assert not left, "every premise rests, step by step, on what is stated"


def test_the_graph_holds_its_shapes_and_its_plain_triples_are_those_of_texts_and_tables() -> None:
    corpus = infer_facts(corpus_of(*FACTS))
    graph = assert_corpus(corpus)
    assert not validate_graph(graph)
    store = KnowledgeGraph(corpus_to_turtle(corpus))
    assert not store.query("ASK { id:Firm_云帆 kg:locatedIn id:Region_滨海市 }").records[0][0]
    (row,) = store.query(
        "SELECT (COUNT(?p) AS ?n) WHERE { ?f kg:origin 'inferred' ; kg:premise ?p ; kg:object id:Zone_滨海高新区 }"
    )
    assert row["n"] == 2


def test_the_property_graph_carries_the_premises_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_bytes(corpus_to_turtle(infer_facts(corpus_of(*FACTS))))
    graph = read_property_graph(path, keep_all=True)
    (found,) = (
        r
        for r in graph.relationships
        if (r.type, r.end) == ("LOCATED_IN", expand(PROVINCE)) and r.start == expand(FIRM)
    )
    assert found.properties["origin"] == "inferred" and found.properties["asserted"] is False
    assert len(found.properties["premises"]) == 2  # type: ignore[arg-type]
    assert not any("rdf" in node.properties or "rdfNot" in node.properties for node in graph.nodes)
    assert set(unproject(graph)) == {
        (s, p, o, k or "http://www.w3.org/2001/XMLSchema#string") for s, p, o, k in _triples(path)
    }


def _triples(path: Path) -> list[tuple[str, str, str, str]]:
    from kg.projection import read_triples

    return list(read_triples(path))


def test_bringing_loads_together_drops_what_follows_from_facts_that_are_gone(tmp_path: Path) -> None:
    def graph_of(corpus: Corpus) -> PropertyGraph:
        path = tmp_path / "graph.ttl"
        path.write_bytes(corpus_to_turtle(corpus))
        return read_property_graph(path, keep_all=True)

    old, new = graph_of(infer_facts(corpus_of(*FACTS))), graph_of(corpus_of(*FACTS[:3]))
    left = combine(old, new)  # a.txt says nothing any more but what the tables say
    assert {r.properties["origin"] for r in left.relationships} == {"background", "inferred"}
    assert {(r.start, r.end) for r in left.relationships if r.properties["origin"] == "inferred"} == {
        (expand(COUNTY), expand(PROVINCE))
    }


def test_every_rule_says_in_both_languages_what_it_means() -> None:
    rules = load_rules()
    assert len(rules) == 5 and all(rule.summary["zh"] and rule.summary["en"] for rule in rules.values())


def test_the_page_says_by_which_rule_and_from_which_facts(tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_bytes(corpus_to_turtle(infer_facts(corpus_of(*FACTS))))
    page = read_page(draw_page(read_property_graph(path)))
    facts = {edge["u"]: edge for edge in page["edges"]}
    (edge,) = (e for e in facts.values() if e.get("s") == dict(load_rules()["part_of_part"].summary))
    names = [[page["nodes"][facts[fact][end]]["label"] for end in ("from", "to")] for fact in edge["b"]]
    assert sorted(names) == [["望海县", "滨海市"], ["滨海市", "海东省"]]
    assert page["page"]["modalityOrder"][-1] == "inferred"


def test_a_build_infers_only_when_asked_and_answers_with_or_without(
    stages: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = DocumentRecord("a.txt", "", DocumentMetadata(), corpus_of(*FACTS).entities, FACTS)
    monkeypatch.setattr("extract.resolve.resolve_document", lambda *_, **__: made)
    (tmp_path / "a.txt").write_text("原文如此", encoding="utf-8")
    out = tmp_path / "out"
    command = ["build", str(tmp_path / "a.txt"), "--out", str(out), "--profile", "rules", "--no-cache"]
    assert main([*command, "--quiet"]) == 0
    assert "inferred" not in (out / "facts.jsonl").read_text("utf-8") + (out / "manifest.json").read_text("utf-8")
    before = (out / "graph.ttl").read_bytes()
    assert main([*command, "--infer"]) == 0
    assert "that follow by rules" in capsys.readouterr().out
    lines = [json.loads(line) for line in (out / "facts.jsonl").read_text("utf-8").splitlines()]
    said = [line for line in lines if line["origin"] == "inferred"]
    assert said and all(line["premises"] and line["source"] and not line["doc"] for line in said)
    assert not [line for line in lines if line["origin"] != "inferred" and "premises" in line]
    turtle, number = without_inferred(out / "graph.ttl")
    assert number == len(said) and set(KnowledgeGraph(turtle).graph) == set(KnowledgeGraph(before).graph)
    ask = ["ask", "zones_of_region", "--region", "滨海市", "--graph", str(out), "--json"]
    capsys.readouterr()
    assert main(ask) == 0
    everything = json.loads(capsys.readouterr().out)
    assert main([*ask, "--stated"]) == 0
    assert [row for row in everything if row["origin"] != "inferred"] == json.loads(capsys.readouterr().out)
    assert len(everything) > len([row for row in everything if row["origin"] != "inferred"])


def test_facts_without_premises_read_as_before() -> None:
    (line,) = fact_records(FACTS[0])
    assert "premises" not in line
