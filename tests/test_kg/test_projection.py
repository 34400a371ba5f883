"""The projection of RDF onto nodes and relationships."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import rdflib

from kg.draw import draw_page
from kg.pictured import project_corpus
from kg.projection import (
    RELATIONSHIP_TYPES,
    Node,
    PropertyGraph,
    Relationship,
    Triple,
    project,
    read_property_graph,
    superclasses,
    to_pinyin,
)
from kg.unprojection import unproject
from ontology.assertion import assert_corpus
from ontology.errors import OutputError
from ontology.iri import ONTOLOGY, RESOURCE
from ontology.model import Corpus, DateValue, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact, Observation

TURTLE = (Path(__file__).parent / "small.ttl").read_text("utf-8")
PREFIXES = "".join(line for line in TURTLE.splitlines(keepends=True) if line.startswith("@prefix"))


def graph_of(turtle: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=turtle, format="turtle")


@pytest.fixture(scope="module")
def projected() -> PropertyGraph:
    return project(graph_of(TURTLE))


def node(graph: PropertyGraph, local: str) -> Node:
    return next(n for n in graph.nodes if n.uri == RESOURCE + local)


def relationship(graph: PropertyGraph, fact: str) -> Relationship:
    return next(r for r in graph.relationships if r.fact_id == RESOURCE + fact and r.type != "ABOUT")


def test_a_corpus_and_its_graph_are_one_picture() -> None:
    """With all that a fact may have: several origins, sources, premises, a role, speakers, a page, evidence twice."""
    entities = (
        Entity(
            "id:Firm_云帆", "Firm", "云帆", ("云帆", "云帆\x00科技"), ("a.txt",), attributes=(("nameEn", "Yunfan"),)
        ),
        Entity("id:Platform_云谷", "Platform", "云谷", ("云谷",), ("a.txt", "b.txt")),
        Entity("id:Policy_方案", "Policy", "方案", ("方案",), ("a.txt",), attributes=(("title", "方案"),)),
        Entity(
            "id:Region_滨海", "Region", "滨海", ("滨海",), (), origin="background", attributes=(("code", "120116"),)
        ),
        Entity("id:Topic_算力", "Topic", "算力", ("算力",), ("b.txt",), subtype="Technology"),
    )
    said = Evidence("a.txt", 3, 9, "云帆建成云谷", "asserted", 0.9, "builds")
    again = Evidence("b.txt", 0, 6, "云帆建\x01云谷", "planned", 0.456, "builds", place="第2页", speaker="id:Firm_云帆")
    copied = Evidence("c.txt", 0, 6, "云帆建成云谷", "asserted", 0.95, "model")
    develops = Fact("id:Firm_云帆", "develops", "id:Platform_云谷", evidence=(said, again, copied, said))
    scale = Observation("规模", 1.1, 1e12, "次", ">", "2023")
    facts = (
        develops,
        replace(develops, origin="background", source="名录", evidence=()),
        replace(develops, origin="curated", source="决定", role="首批", evidence=(said,)),
        Fact("id:Firm_云帆", "observed", scale, evidence=(said,)),
        Fact("id:Policy_方案", "issuedOn", DateValue("2024-03"), evidence=(said, again)),
        Fact(
            "id:Platform_云谷", "locatedIn", "id:Region_滨海", origin="inferred", source="rule", premises=("id:Fact_2",)
        ),
        Fact("id:Platform_云谷", "locatedIn", "id:Region_无", evidence=(again,)),
        Fact("id:Firm_无", "develops", "id:Platform_云谷", evidence=(said,)),
    )
    documents = (
        DocumentRecord("a.txt", "00" * 32, DocumentMetadata("云谷", "2024-03")),
        DocumentRecord("b.txt", "", DocumentMetadata(None, "2023")),
        DocumentRecord("c.txt", "", DocumentMetadata(), copy_of="a.txt"),
    )
    corpus = Corpus(documents, entities, facts)
    whole = project(assert_corpus(corpus))
    facts_shown = {r.fact_id for r in whole.relationships if "support" in r.properties}
    for_picture = project_corpus(corpus)
    assert for_picture.nodes == whole.nodes
    assert for_picture.relationships == tuple(
        r
        for r in whole.relationships
        if "support" in r.properties or (r.type == "ABOUT" and r.fact_id not in facts_shown)
    )
    assert [r.type for r in for_picture.relationships] == ["ABOUT"] * 3 + ["DEVELOPS", "LOCATED_IN", "OBSERVED"]
    assert draw_page(for_picture) == draw_page(whole)


def test_an_entity_carries_its_labels_and_names(projected: PropertyGraph) -> None:
    firm = node(projected, "Firm_云帆")
    assert firm.labels == ("Resource", "Organization", "Firm")
    assert firm.properties == {
        "name": "云帆",
        "names": ["云帆", "Yunfan", "云帆科技"],
        "nameZh": "云帆",
        "nameEn": "Yunfan",
        "pinyin": "yunfan yf",
        "docs": ["b.txt", "news/a.txt"],
        "origin": "extracted",
    }


def test_attributes_become_properties_of_one_type(projected: PropertyGraph) -> None:
    policy = node(projected, "Policy_方案").properties
    assert policy["title"] == ["云谷方案", "云谷方案(2024-2026年)"]
    assert policy["planPeriodStart"] == "2024"
    assert policy["status"] == "draft"
    assert policy["issuedOn"] == ["2024-01"]
    assert node(projected, "Region_滨海").properties["code"] == "120116"
    assert node(projected, "NamedSet_三城").properties["announcedCount"] == 3


def test_the_most_specific_class_comes_last(projected: PropertyGraph) -> None:
    assert node(projected, "Topic_算力").labels == ("Resource", "Topic", "Technology")
    assert superclasses("Region") == ()


def test_a_fact_becomes_one_relationship_with_its_evidence_summed_up(projected: PropertyGraph) -> None:
    fact = relationship(projected, "Fact_1")
    assert (fact.type, fact.start, fact.end) == ("DEVELOPS", RESOURCE + "Firm_云帆", RESOURCE + "Platform_云谷")
    assert fact.properties == {
        "factId": RESOURCE + "Fact_1",
        "origin": "extracted",
        "asserted": True,
        "modalities": ["asserted", "planned"],
        "support": 2,
        "confidence": 0.95,
        "firstDate": "2023",
        "lastDate": "2024-03-20",
        "quote": "云帆已建成云谷平台",
        "rule": "built",
        "evidence": [RESOURCE + "Evidence_2", RESOURCE + "Evidence_1"],
    }


def test_a_planned_fact_is_there_but_not_asserted() -> None:
    planned = TURTLE.replace('kg:modality "asserted"', 'kg:modality "planned"')
    fact = relationship(project(graph_of(planned)), "Fact_1")
    assert fact.properties["asserted"] is False
    assert fact.properties["modalities"] == ["planned"]


def test_background_facts_are_asserted_and_name_their_source(projected: PropertyGraph) -> None:
    fact = relationship(projected, "Fact_2")
    assert fact.properties == {
        "factId": RESOURCE + "Fact_2",
        "origin": "background",
        "asserted": True,
        "modalities": [],
        "support": 0,
        "evidence": [],
        "source": "areas.csv",
    }


def test_the_role_in_a_named_set_stays_on_the_relationship(projected: PropertyGraph) -> None:
    fact = relationship(projected, "Fact_5")
    assert (fact.type, fact.properties["memberRole"]) == ("HAS_MEMBER", "核心")


def test_a_date_is_a_property_and_its_evidence_still_leads_to_the_node(projected: PropertyGraph) -> None:
    assert not [r for r in projected.relationships if r.type == "ISSUED_ON"]
    about = [r for r in projected.relationships if r.type == "ABOUT" and r.start == RESOURCE + "Evidence_3"]
    properties = {"factId": RESOURCE + "Fact_3", "relation": "issuedOn", "value": "2024-01", "origin": "extracted"}
    assert [(r.end, r.properties) for r in about] == [(RESOURCE + "Policy_方案", properties)]


def test_a_link_of_evidence_says_what_its_fact_says() -> None:
    counted = project(graph_of(TURTLE + "id:Fact_1 kg:supportCount 2 ."))
    fact = relationship(counted, "Fact_1")
    links = [r for r in counted.relationships if r.type == "ABOUT" and r.fact_id == fact.fact_id]
    assert {link.start for link in links} == set(fact.properties["evidence"])  # type: ignore[arg-type]
    for link in links:
        assert link.end == fact.start
        assert link.properties == {
            "factId": fact.fact_id,
            "relation": next(n for n, kind in RELATIONSHIP_TYPES.items() if kind == fact.type),
            "object": fact.end,
            "origin": fact.properties["origin"],
            "supportCount": fact.properties["supportCount"],
        }


def test_an_observation_is_a_node(projected: PropertyGraph) -> None:
    observation = node(projected, "Observation_1")
    assert observation.labels == ("Resource", "Observation")
    assert observation.properties == {
        "measure": "算力规模",
        "value": 4.0,
        "factor": 1e4,
        "amount": 4e4,
        "unit": "P",
        "comparison": ">",
        "period": "2023",
    }
    assert relationship(projected, "Fact_4").type == "OBSERVED"


def test_evidence_leads_to_its_document(projected: PropertyGraph) -> None:
    evidence = node(projected, "Evidence_1")
    assert evidence.properties == {
        "quote": "云帆将建设云谷平台",
        "start": 10,
        "end": 20,
        "doc": "b.txt",
        "modality": "planned",
        "confidence": 0.95,
        "rule": "builds",
        "speaker": RESOURCE + "Region_天津",
    }
    links = [(r.start, r.end) for r in projected.relationships if r.type == "IN_DOCUMENT"]
    assert (evidence.uri, RESOURCE + "Document_b") in links
    document = node(projected, "Document_a").properties
    assert (document["name"], document["path"], document["date"]) == ("滨海建云谷", "news/a.txt", "2024-03-20")


def test_a_plain_triple_without_a_fact_is_inferred(projected: PropertyGraph) -> None:
    inferred = [r for r in projected.relationships if r.properties.get("origin") == "inferred"]
    assert [(r.type, r.start) for r in inferred] == [("COLLABORATES_WITH", RESOURCE + "Region_天津")]


def test_every_end_is_a_node_and_the_order_is_fixed(projected: PropertyGraph) -> None:
    uris = [n.uri for n in projected.nodes]
    assert uris == sorted(set(uris))
    assert {r.start for r in projected.relationships} | {r.end for r in projected.relationships} <= set(uris)
    keys = [(r.type, r.start, r.end, r.fact_id) for r in projected.relationships]
    assert keys == sorted(keys)


def test_statement_order_in_the_file_changes_nothing(projected: PropertyGraph) -> None:
    statements = re.split(r"(?<= \.)\n", TURTLE.partition(PREFIXES)[2])
    random.Random(7).shuffle(statements)
    assert project(graph_of(PREFIXES + "\n".join(statements))) == projected


def test_reading_the_file_gives_the_same_as_projecting_the_graph(projected: PropertyGraph, tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    assert read_property_graph(path) == projected


def test_a_missing_or_broken_file_is_an_output_error(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"graph\.ttl"):
        read_property_graph(tmp_path / "graph.ttl")
    (tmp_path / "graph.ttl").write_text("id:a a ", encoding="utf-8")
    with pytest.raises(OutputError, match="no Turtle"):
        read_property_graph(tmp_path / "graph.ttl")


def test_relationship_types_are_upper_snake_case() -> None:
    assert RELATIONSHIP_TYPES["issuedBy"] == "ISSUED_BY"
    assert RELATIONSHIP_TYPES["collaboratesWith"] == "COLLABORATES_WITH"
    assert RELATIONSHIP_TYPES["observed"] == "OBSERVED"


@pytest.mark.parametrize(
    ("name", "expected"), [("重庆", "chongqing cq"), ("百度Apollo平台", "baiduapollopingtai bdapt"), ("5G", "5g 5")]
)
def test_pinyin_is_what_people_type(name: str, expected: str) -> None:
    assert to_pinyin(name) == expected


def test_a_hundred_thousand_triples_take_seconds(tmp_path: Path) -> None:
    lines = [PREFIXES, "id:Document_d a kg:Document ; kg:path 'd.txt' ."]
    for i in range(5_000):
        other = (i * 7) % 5_000
        lines += [
            f"id:Firm_{i} a kg:Firm ; skos:prefLabel '企{i}'@zh ; kg:mentionedIn id:Document_d .",
            f"id:Fact_{i} a kg:Fact ; kg:subject id:Firm_{i} ; kg:relation kg:memberOf ; kg:object id:Firm_{other} ;",
            f"  kg:origin 'extracted' ; kg:evidence id:Evidence_{i} . id:Firm_{i} kg:memberOf id:Firm_{other} .",
            f"id:Evidence_{i} a kg:Evidence ; kg:document id:Document_d ; kg:start {i} ; kg:end {i + 9} ;",
            f"  kg:quote '企业{i}合作'@zh ; kg:modality 'asserted' ; kg:confidence 0.9 ; kg:rule 'r' .",
        ]
    path = tmp_path / "graph.ttl"
    path.write_text("\n".join(lines), encoding="utf-8")
    started = time.process_time()
    graph = read_property_graph(path)
    assert time.process_time() - started < 8
    assert len(graph.nodes) == 10_001
    assert len(graph.relationships) == 15_000


def test_a_copy_names_its_original_and_the_count_of_independent_documents_travels() -> None:
    copied = (
        TURTLE + "id:Document_a kg:copyOf id:Document_b .\nid:Fact_1 kg:supportCount 1 .\nid:Fact_3 kg:supportCount 1 ."
    )
    triples = set(_triples(graph_of(copied)))
    found = project(graph_of(copied))
    assert node(found, "Document_a").properties["copyOf"] == "b.txt"
    assert (
        relationship(found, "Fact_1").properties["support"],
        relationship(found, "Fact_1").properties["supportCount"],
    ) == (2, 1)
    back = set(unproject(found))
    said = {t for t in triples if t[1] in (ONTOLOGY + "copyOf", ONTOLOGY + "supportCount")}
    assert len(said) == 3 and said <= back


def _triples(graph: rdflib.Graph) -> Iterator[Triple]:
    from kg.projection import _from_rdflib

    yield from _from_rdflib(graph)
