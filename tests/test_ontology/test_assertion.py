from __future__ import annotations

import random
from dataclasses import replace

import pyoxigraph
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ontology_corpora import (
    CITY,
    FIRM,
    HARBOUR,
    PLATFORM,
    POLICY,
    ROLE,
    SET,
    TOPIC,
    evidence,
    large_corpus,
    small_corpus,
)
from rdflib import RDF, SKOS, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from ontology.assertion import assert_corpus, clean_string, corpus_to_turtle, serialize_turtle
from ontology.iri import document_id, entity_id, evidence_id, expand, fact_id, hashed_id, observation_id
from ontology.model import Corpus, DateValue, DocumentMetadata, DocumentRecord, Entity, Fact, Observation
from ontology.turtle import parse_turtle

XSD = "http://www.w3.org/2001/XMLSchema#"


def kg(name: str) -> URIRef:
    return URIRef(expand(f"kg:{name}"))


def res(curie: str) -> URIRef:
    return URIRef(expand(curie))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return assert_corpus(small_corpus())


def test_a_fact_has_a_node_its_evidence_and_a_plain_triple(graph: Graph) -> None:
    node = res(fact_id(FIRM, "develops", PLATFORM))
    assert graph.value(node, kg("subject")) == res(FIRM)
    assert graph.value(node, kg("relation")) == kg("develops")
    assert graph.value(node, kg("object")) == res(PLATFORM)
    assert {str(graph.value(piece, kg("modality"))) for piece in graph.objects(node, kg("evidence"))} == {
        "asserted",
        "planned",
    }
    assert (res(FIRM), kg("develops"), res(PLATFORM)) in graph


def test_what_is_only_planned_is_no_plain_triple(graph: Graph) -> None:
    assert (res(fact_id(FIRM, "locatedIn", HARBOUR)), RDF.type, kg("Fact")) in graph
    assert (res(FIRM), kg("locatedIn"), res(HARBOUR)) not in graph


def test_background_is_taken_at_its_word_and_names_its_source(graph: Graph) -> None:
    node = res(fact_id(HARBOUR, "partOf", CITY))
    assert (res(HARBOUR), kg("partOf"), res(CITY)) in graph
    assert str(graph.value(node, kg("source"))) == "areas of our own making"
    assert graph.value(node, kg("evidence")) is None


@pytest.mark.parametrize(
    ("text", "datatype"),
    [
        ("2022", "gYear"),
        ("2022-07", "gYearMonth"),
        ("2022-07-29", "date"),
        ("2022-13", ""),
        ("2023-02-29", ""),
        ("去年", ""),
    ],
)
def test_a_date_has_the_type_of_its_form(text: str, datatype: str) -> None:
    corpus = Corpus(facts=(Fact(POLICY, "issuedOn", DateValue(text), evidence=(evidence("印发"),)),))
    found = assert_corpus(corpus).value(res(POLICY), kg("issuedOn"))
    assert found == Literal(text, datatype=URIRef(XSD + datatype) if datatype else None)


def test_an_observation_is_hashed_from_its_subject_and_fields(graph: Graph) -> None:
    node = next(graph.objects(res(HARBOUR), kg("observed")))
    assert str(graph.value(node, kg("amount"))) == "1100000000000.0"
    whole, real = Observation("规模", 4, 1e12, "元"), Observation("规模", 4.0, 1e12, "元")
    assert observation_id(HARBOUR, whole) == observation_id(HARBOUR, real) != observation_id(CITY, whole)
    assert fact_id(HARBOUR, "observed", whole) == fact_id(HARBOUR, "observed", real)


def test_attributes_have_their_types(graph: Graph) -> None:
    assert graph.value(res(POLICY), kg("planPeriodStart")) == Literal("2024", datatype=URIRef(XSD + "gYear"))
    assert graph.value(res(SET), kg("announcedCount")) == Literal(3)
    assert graph.value(res(ROLE), kg("function")) == Literal("研发", lang="zh")
    assert set(graph.objects(res(FIRM), SKOS.prefLabel)) == {Literal("云帆", lang="zh")}
    assert Literal("Yunfan", lang="en") in set(graph.objects(res(FIRM), SKOS.altLabel))
    assert set(graph.objects(res(TOPIC), RDF.type)) == {kg("Topic"), kg("Technology")}


def test_the_role_of_a_member_is_on_the_fact(graph: Graph) -> None:
    assert graph.value(res(fact_id(SET, "hasMember", HARBOUR)), kg("memberRole")) == Literal("港", lang="zh")


def test_nothing_is_a_blank_node(graph: Graph) -> None:
    assert not [term for triple in graph for term in triple if isinstance(term, BNode)]


def test_one_fact_of_two_origins_is_one_node() -> None:
    said = Fact(HARBOUR, "partOf", CITY, evidence=(evidence("滨海属于津城"),))
    known = Fact(HARBOUR, "partOf", CITY, "background", source="a table")
    found = assert_corpus(Corpus(facts=(known, said)))
    node = res(fact_id(HARBOUR, "partOf", CITY))
    assert [str(o) for o in found.objects(node, kg("origin"))] == ["extracted"]
    assert found.value(node, kg("source")) is not None and found.value(node, kg("evidence")) is not None


def test_one_passage_and_rule_is_one_piece_of_evidence() -> None:
    first = evidence("云帆建设云谷")
    second = replace(first, confidence=0.5, modality="planned")
    found = assert_corpus(Corpus(facts=(Fact(FIRM, "develops", PLATFORM, evidence=(first, second)),)))
    (piece,) = found.objects(res(fact_id(FIRM, "develops", PLATFORM)), kg("evidence"))
    assert [str(o) for o in found.objects(piece, kg("modality"))] == ["asserted"]
    assert piece == res(evidence_id(fact_id(FIRM, "develops", PLATFORM), first))


def test_the_order_of_a_corpus_does_not_change_a_byte() -> None:
    corpus = small_corpus()
    expected = corpus_to_turtle(corpus)
    shuffled = [list(part) for part in (corpus.documents, corpus.entities, corpus.facts)]
    for seed in range(3):
        for part in shuffled:
            random.Random(seed).shuffle(part)
        again = Corpus(tuple(shuffled[0]), tuple(shuffled[1]), tuple(shuffled[2]))
        assert corpus_to_turtle(again) == expected
        assert serialize_turtle(assert_corpus(again)) == expected


def test_the_short_way_to_turtle_writes_what_the_graph_writes() -> None:
    corpus = large_corpus(300)
    assert corpus_to_turtle(corpus) == serialize_turtle(assert_corpus(corpus))


def test_strings_lose_only_what_no_reader_accepts() -> None:
    assert clean_string("甲\x00乙\x1b\ud83d丙\ufffe\t丁\n") == "甲乙\ufffd丙\t丁\n"


def test_ids_survive_lone_surrogates() -> None:
    assert entity_id("Firm", "云\ud800帆") == "id:Firm_云%3F帆"
    assert hashed_id("Fact", "\ud800").startswith("id:Fact_")
    assert document_id("a b/\udfff.txt") == "id:Document_a%20b%2F%3F%2Etxt"


NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\"'\\<>{}|^`%#?;,.:@()[]/ \n\r\t\x00\x85\u2028\u202e\ufeff"),
        st.sampled_from("\ufffd\ufffe\ue000\ud800\udfff·“”《》ªµ²①𠀀%2"),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(name=NASTY, other=NASTY, doc=NASTY, words=NASTY, raw=NASTY)
def test_any_name_gives_legal_turtle_that_reads_back(name: str, other: str, doc: str, words: str, raw: str) -> None:
    firm, place, odd = entity_id("Firm", name), entity_id("Region", other), f"id:{raw}"
    piece = evidence(words, doc=doc, rule=words, speaker=odd)
    measured = Observation(words, 1.5, 1e4, words, ">", words or None)
    corpus = Corpus(
        (DocumentRecord(doc, "", DocumentMetadata(words, words, words, (words,))),),
        (
            Entity(firm, "Firm", name, (other, name), (doc,), attributes=(("status", words),)),
            Entity(odd, "Region", raw),
        ),
        (
            Fact(firm, "locatedIn", place, evidence=(piece,), source=words),
            Fact(odd, "observed", measured, evidence=(piece,)),
            Fact(odd, "issuedOn", DateValue(words), "curated"),
        ),
        packs=(words,),
    )
    graph = assert_corpus(corpus)
    data = serialize_turtle(graph)
    assert corpus_to_turtle(corpus) == data
    by_rdflib, by_oxigraph = Graph().parse(data=data, format="turtle"), parse_turtle(data)
    assert isomorphic(graph, by_rdflib) and isomorphic(graph, by_oxigraph)
    assert serialize_turtle(by_rdflib) == data == serialize_turtle(by_oxigraph)
    assert len(list(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE))) == len(graph)


def test_a_changed_corpus_changes_the_bytes() -> None:
    corpus = small_corpus()
    assert corpus_to_turtle(replace(corpus, version="9.9")) != corpus_to_turtle(corpus)
