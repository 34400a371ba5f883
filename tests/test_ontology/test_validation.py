from __future__ import annotations

import time
from functools import cache

import pytest
from ontology_corpora import (
    CALL,
    CITY,
    FIRM,
    HARBOUR,
    MEETING,
    PLATFORM,
    POLICY,
    ROLE,
    SET,
    TOPIC,
    evidence,
    large_corpus,
    small_corpus,
)
from rdflib import RDF, SH, Graph, URIRef

from ontology.assertion import assert_corpus, serialize_turtle
from ontology.errors import QualityGateError
from ontology.iri import document_id, evidence_id, fact_id
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, Observation
from ontology.resources import load_resource
from ontology.turtle import PREFIXES, parse_turtle
from ontology.validation import SHAPES, Violation, some_shapes, validate_graph

BUILDS = fact_id(FIRM, "develops", PLATFORM)
BUILT = evidence_id(BUILDS, evidence("云帆已建成云谷平台"))
BACKGROUND = fact_id(HARBOUR, "partOf", CITY)
SEEN = "id:Observation_57c3e7c98d3f3e76"
DOC = document_id("a.txt")
PROLOGUE = "".join(f"@prefix {p}: <{n}> .\n" for p, n in PREFIXES.items())

# (what is taken away, what is added, the shape that must say so). "s p" takes all its objects away.
CASES = [
    (f"{FIRM} rdf:type", f"{FIRM} a kg:Nothing", "Entity_class"),
    (f"{FIRM} skos:prefLabel", "", "Entity_name"),
    ("", f'{FIRM} skos:prefLabel "云帆公司"@zh', "Entity_name"),
    (f"{FIRM} skos:prefLabel", f'{FIRM} skos:prefLabel "Yunfan"@en', "Entity_name"),
    ("", f'{FIRM} skos:altLabel ""@zh', "Entity_other_name"),
    (f"{FIRM} kg:origin", "", "Entity_origin"),
    (f"{FIRM} kg:origin", f'{FIRM} kg:origin "guessed"', "Entity_origin"),
    ("", f"{TOPIC} a kg:Role", "Topic"),
    (f"{TOPIC} rdf:type", f"{TOPIC} a kg:Technology", "Technology"),
    ("", "id:Topic_x a kg:Industry", "Industry"),
    ("", f'{FIRM} kg:code "120116"', "Region_only"),
    (f"{HARBOUR} kg:code", f'{HARBOUR} kg:code "12-01"', "Region_code"),
    ("", f'{FIRM} kg:status "draft"', "Policy_only"),
    (f"{POLICY} kg:title", f'{POLICY} kg:title "方案"', "Policy_title"),
    (f"{POLICY} kg:status", f'{POLICY} kg:status "secret"', "Policy_status"),
    (f"{POLICY} kg:planPeriodStart", f'{POLICY} kg:planPeriodStart "24"^^xsd:gYear', "Policy_plan_start"),
    (f"{POLICY} kg:planPeriodStart", f'{POLICY} kg:planPeriodStart "2027"^^xsd:gYear', "Policy_plan_order"),
    (f"{POLICY} kg:planPeriodEnd", f'{POLICY} kg:planPeriodEnd "2026"', "Policy_plan_end"),
    (f"{SET} kg:announcedCount", f"{SET} kg:announcedCount 0", "NamedSet_count"),
    ("", f"{FIRM} kg:announcedCount 3", "NamedSet_only"),
    ("", f'{ROLE} kg:function "制造"@zh', "Role_function"),
    (f"{ROLE} kg:function", f'{ROLE} kg:function ""@zh', "Role_function"),
    ("", f'{FIRM} kg:function "研发"@zh', "Role_only"),
    (f"{CALL} kg:text", "", "Statement_text"),
    ("", f'{FIRM} kg:text "云帆"@zh', "Statement_only"),
    ("", f"{FIRM} kg:mentionedIn id:Document_none", "Document"),
    (f"{DOC} kg:path", "", "Document_path"),
    (f"{DOC} kg:sha256", f'{DOC} kg:sha256 "xyz"', "Document_digest"),
    ("", f'{DOC} dcterms:title "又一个标题"@zh', "Document_title"),
    (f"{DOC} dcterms:date", f'{DOC} dcterms:date "2024-13"^^xsd:gYearMonth', "Document_date"),
    ("id:Run kg:version", "", "Extraction_version"),
    ("id:Run kg:profile", 'id:Run kg:profile "fast"', "Extraction_profile"),
    (f"{SEEN} kg:measure", "", "Observation_measure"),
    (f"{SEEN} kg:value", f"{SEEN} kg:value 4", "Observation_value"),
    (f"{SEEN} kg:factor", "", "Observation_factor"),
    (f"{SEEN} kg:amount", "", "Observation_amount"),
    (f"{SEEN} kg:unit", "", "Observation_unit"),
    (f"{SEEN} kg:comparison", f'{SEEN} kg:comparison "≈"', "Observation_comparison"),
    ("", f'{SEEN} kg:period "2024"', "Observation_period"),
    ("", "id:Observation_x a kg:Observation", "Observation_fact"),
    (f"{BUILDS} kg:subject", "", "Fact_subject"),
    (f"{BUILDS} kg:relation", f"{BUILDS} kg:relation kg:invents", "Fact_relation"),
    ("", f"{BUILDS} kg:object {FIRM}", "Fact_object"),
    (f"{BUILDS} kg:object", f"{BUILDS} kg:object id:Platform_none", "Fact_object_known"),
    (f"{BUILDS} kg:origin", "", "Fact_origin"),
    (f"{BUILDS} kg:evidence", "", "Fact_proof"),
    (f"{BUILDS} kg:evidence", f'{BUILDS} kg:source "hearsay"', "Fact_extracted"),
    (f"{BUILDS} kg:supportCount", f"{BUILDS} kg:supportCount 0", "Fact_supportCount"),
    ("", f"{DOC} kg:copyOf {FIRM}", "Document_copyOf"),
    ("", f"{BUILDS} kg:evidence {FIRM}", "Evidence_class"),
    (f"{BUILT} kg:document", "", "Evidence_document"),
    (f"{BUILT} kg:start", f"{BUILT} kg:start 19", "Evidence_start"),
    (f"{BUILT} kg:start", f"{BUILT} kg:start -1", "Evidence_start"),
    (f"{BUILT} kg:end", f'{BUILT} kg:end "19"', "Evidence_end"),
    (f"{BUILT} kg:quote", f'{BUILT} kg:quote ""@zh', "Evidence_quote"),
    (f"{BUILT} kg:modality", f'{BUILT} kg:modality "hoped"', "Evidence_modality"),
    (f"{BUILT} kg:confidence", f"{BUILT} kg:confidence 1.1", "Evidence_confidence"),
    ("", f'{BUILT} kg:place "on page 3"', "Evidence_place"),
    (f"{BUILT} kg:rule", "", "Evidence_rule"),
    ("", "id:Evidence_x a kg:Evidence", "Evidence_fact"),
    ("", f'{BUILT} kg:speaker "大会"', "Evidence_speaker"),
    (f"{BACKGROUND} kg:origin", f'{BACKGROUND} kg:origin "inferred"', "Fact_premises"),
    ("", f"{BACKGROUND} kg:premise {CITY}", "Fact_premise"),
    ("", f"{BACKGROUND} kg:premise {BACKGROUND}", "Fact_with_premises"),
    ("", f"{BUILT} kg:speaker {HARBOUR}", "Speaker"),
    ("", f"{CITY} kg:develops {PLATFORM}", "Plain"),
    (f"{BACKGROUND} kg:object", f"{BACKGROUND} kg:object {FIRM}", "PartOf_kind"),
]
CASES += [
    ("", f"{POLICY if name != 'Policy' else FIRM} a kg:{name}", name) for name in (*ENTITY_CLASSES, *EXTRA_CLASSES)
]

WRONG_ENDS = {  # relation → (a subject, an object) that may not stand there
    "partOf": (TOPIC, TOPIC), "locatedIn": (TOPIC, FIRM), "issuedBy": (FIRM, TOPIC), "appliesTo": (FIRM, FIRM),
    "addresses": (FIRM, FIRM), "implements": (FIRM, FIRM), "develops": (TOPIC, FIRM), "specializesIn": (POLICY, FIRM),
    "playsRole": (FIRM, FIRM), "collaboratesWith": (TOPIC, TOPIC), "transfersTo": (FIRM, FIRM),
    "memberOf": (TOPIC, FIRM), "affiliatedWith": (FIRM, TOPIC),
    "observed": (None, FIRM), "calledFor": (ROLE, FIRM), "about": (FIRM, FIRM),
    "hasMember": (FIRM, SEEN), "issuedOn": (FIRM, None),
}  # fmt: skip


@pytest.fixture(scope="module")
def good() -> bytes:
    return serialize_turtle(assert_corpus(small_corpus()))


def changed(good: bytes, taken: str, added: str) -> Graph:
    graph = parse_turtle(good)
    if taken:
        subject, predicate = (URIRef(PREFIXES[n.partition(":")[0]] + n.partition(":")[2]) for n in taken.split())
        assert (subject, predicate, None) in graph, taken
        graph.remove((subject, predicate, None))
    return graph + parse_turtle(f"{PROLOGUE}{added} .".encode()) if added else graph


@cache
def shapes_graph() -> Graph:
    return load_resource("shapes.ttl")


@cache
def only(*names: str) -> Graph:
    """Return some of the shapes: setting all of them up would take most of the time of a test."""
    return some_shapes(shapes_graph(), [URIRef(SHAPES + name) for name in names])


def violations(graph: Graph, name: str) -> list[Violation]:
    return [v for v in validate_graph(graph, only(name)) if short(v) == name]


def short(violation: Violation) -> str:
    return violation.shape.removeprefix("shape:")


def fact(subject: str, relation: str, obj: str) -> str:
    return (
        f"id:Fact_x a kg:Fact ; kg:subject {subject} ; kg:relation kg:{relation} ; kg:object {obj} ;"
        f' kg:origin "curated" ; kg:source "a test"'
    )


def test_a_good_graph_has_no_violation(good: bytes) -> None:
    assert validate_graph(parse_turtle(good)) == []
    assert validate_graph(assert_corpus(large_corpus(60))) == []


def test_an_empty_graph_has_no_violation() -> None:
    assert validate_graph(Graph()) == []


def test_the_graph_is_not_changed(good: bytes) -> None:
    graph = parse_turtle(good)
    validate_graph(graph)
    assert serialize_turtle(graph) == good


@pytest.mark.parametrize(("taken", "added", "shape"), CASES, ids=[f"{c[2]}-{i}" for i, c in enumerate(CASES)])
def test_a_mistake_is_found_by_its_shape(good: bytes, taken: str, added: str, shape: str) -> None:
    assert violations(changed(good, taken, added), shape)


@pytest.mark.parametrize("relation", WRONG_ENDS)
def test_the_ends_of_a_relation_have_the_right_classes(good: bytes, relation: str) -> None:
    subject, obj = WRONG_ENDS[relation]
    name = relation[0].upper() + relation[1:]
    right_object = '"2024"^^xsd:gYear' if relation == "issuedOn" else SEEN if relation == "observed" else PLATFORM
    if subject:
        found = violations(changed(good, "", fact(subject, relation, right_object)), f"{name}_from")
        assert {(v.focus, v.path) for v in found} == {("id:Fact_x", "rdf:type")}
        assert found[0].value.startswith("kg:")
    if obj:
        found = violations(changed(good, "", fact(HARBOUR, relation, obj)), f"{name}_to")
        assert {v.focus for v in found} == {"id:Fact_x"}
    literal, shape = (FIRM, f"{name}_to") if relation == "issuedOn" else ('"2024"', f"{name}_to_node")
    found = violations(changed(good, "", fact(POLICY, relation, literal)), shape)
    assert {v.focus for v in found} == {"id:Fact_x"}


@pytest.mark.parametrize("value", ['"2024"', '"2024-00"^^xsd:gYearMonth', '"2023-02-30"^^xsd:date', '"24"^^xsd:gYear'])
def test_a_date_that_is_no_date_is_found(good: bytes, value: str) -> None:
    found = validate_graph(changed(good, "", fact(POLICY, "issuedOn", value)))
    assert [(v.focus, v.shape) for v in found] == [("id:Fact_x", "shape:IssuedOn_to")]


def test_every_shape_has_a_case(good: bytes) -> None:
    shapes = load_resource("shapes.ttl")
    targets = {SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
    named = {str(s).removeprefix(SHAPES) for s, p in shapes.subject_predicates() if p in targets}
    tried = {case[2] for case in CASES}
    for relation, (subject, obj) in WRONG_ENDS.items():
        name = relation[0].upper() + relation[1:]
        tried |= {f"{name}_from"} if subject else set()
        tried |= {f"{name}_to", f"{name}_to_node"} if obj else {f"{name}_to"}
    assert named - tried == {"Observed_from"}  # any entity may be its subject; what is none is no entity at all


def test_a_violation_names_node_shape_value_and_quote(good: bytes) -> None:
    graph = changed(good, f"{BUILT} kg:modality", f'{BUILT} kg:modality "hoped"')
    (found,) = validate_graph(graph)
    assert found.focus == BUILT
    assert (found.shape, found.path, found.value) == ("shape:Evidence_modality", "kg:modality", "hoped")
    assert found.quote == "云帆已建成云谷平台"
    assert "情态" in found.message_zh and "modality" in found.message_en
    assert "hoped" in found.message and "情态" in found.message


def test_the_quote_behind_an_observation_and_a_fact_is_found(good: bytes) -> None:
    (found,) = validate_graph(changed(good, f"{SEEN} kg:unit", ""))
    assert (found.focus, found.quote) == (SEEN, "滨海算力规模超过1.1万亿次")
    found = validate_graph(changed(good, f"{BUILDS} kg:relation", f"{BUILDS} kg:relation kg:locatedIn"))[0]
    assert (found.focus, found.shape, found.value) == (BUILDS, "shape:LocatedIn_to", "kg:Platform")
    assert found.quote.startswith("云帆")


def test_each_class_and_relation_is_allowed_where_the_contract_says(good: bytes) -> None:
    """A fact of each relation between fitting ends passes."""
    ends = {
        "issuedBy": (POLICY, MEETING), "appliesTo": (POLICY, HARBOUR), "addresses": (POLICY, TOPIC),
        "implements": (POLICY, POLICY), "collaboratesWith": (FIRM, HARBOUR), "transfersTo": (HARBOUR, CITY),
        "memberOf": (FIRM, PLATFORM), "hasMember": (SET, POLICY),
        "develops": (POLICY, PLATFORM), "partOf": (FIRM, FIRM),
    }  # fmt: skip
    for relation, (subject, obj) in ends.items():
        assert validate_graph(changed(good, "", fact(subject, relation, obj))) == [], relation


def test_shapes_that_cannot_be_run_are_an_error(good: bytes) -> None:
    broken = parse_turtle(
        b"@prefix sh: <http://www.w3.org/ns/shacl#> ."
        b"<x:s> a sh:NodeShape ; sh:targetNode <x:y> ; sh:in <x:one> , <x:two> ."
    )
    with pytest.raises(QualityGateError):
        validate_graph(parse_turtle(good), broken)


def test_validation_keeps_pace() -> None:
    """Ten thousand triples took 0.6 s of a core when this was written; a shape that explodes would take minutes."""
    graph = assert_corpus(large_corpus(500))
    start = time.process_time()
    assert validate_graph(graph) == []
    assert (time.process_time() - start) / len(graph) < 3.0 / 10_000


def test_numbers_that_are_none_are_found() -> None:
    from dataclasses import replace

    from ontology.model import Corpus, Entity, Fact

    corpus = Corpus(
        entities=(Entity(CITY, "Region", "津城"),),
        facts=(Fact(CITY, "observed", Observation("", 1, 1, "", "="), evidence=(evidence("津城"),)),),
        documents=(replace(small_corpus().documents[0]),),
    )
    assert {short(v) for v in validate_graph(assert_corpus(corpus))} == {"Observation_measure", "Observation_unit"}


def test_there_is_no_inference() -> None:
    shapes = load_resource("shapes.ttl")
    assert not list(shapes.subjects(RDF.type, SH.rule)) and (None, SH.entailment, None) not in shapes
