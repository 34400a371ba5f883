"""Pitfalls of ontologies, after the catalogue of OOPS! (Poveda-Villalón et al.), and the page made from the files.

Not here, because other tests have them: labels and definitions (P08), undeclared terms (P34, P35), shared labels (P32),
consistency under OWL RL.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SDO, SKOS, Graph, URIRef
from rdflib.term import Node

from ontology.iri import ONTOLOGY
from ontology.resources import load_resource

ROOT = Path(__file__).parents[2]
DOMAIN, RANGE = (RDFS.domain, SDO.domainIncludes), (RDFS.range, SDO.rangeIncludes)
FOR_ANY_ENTITY = {"origin", "source", "note"}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return load_resource("jiqun.ttl")


def ours(graph: Graph, *kinds: URIRef) -> set[URIRef]:
    found = {term for kind in kinds for term in graph.subjects(RDF.type, kind)}
    return {term for term in found if isinstance(term, URIRef) and term.startswith(ONTOLOGY)}


def objects(graph: Graph, term: Node, predicates: tuple[URIRef, ...]) -> set[Node]:
    return {obj for predicate in predicates for obj in graph.objects(term, predicate)}


def find_pitfalls(graph: Graph) -> Iterator[str]:
    """Yield what is found, with the number of the catalogue."""
    classes, relations = ours(graph, OWL.Class), ours(graph, OWL.ObjectProperty)
    attributes = ours(graph, OWL.DatatypeProperty)
    properties = relations | attributes
    used = {obj for obj in graph.objects() if obj in classes} | {
        s for s in graph.subjects(RDFS.subClassOf) if s in classes
    }
    yield from (f"P04 {term} is connected with nothing" for term in classes - used)
    for relation in relations:
        for inverse in graph.objects(relation, OWL.inverseOf):
            if objects(graph, relation, DOMAIN) != objects(graph, inverse, RANGE):
                yield f"P05 {relation} and {inverse} are no inverses: their ends differ"
            if inverse == relation:
                yield f"P25 {relation} is its own inverse"
        if (relation, RDF.type, OWL.SymmetricProperty) in graph:
            if objects(graph, relation, DOMAIN) != objects(graph, relation, RANGE):
                yield f"P28 {relation} is symmetric between different classes"
            if set(graph.objects(relation, OWL.inverseOf)):
                yield f"P26 {relation} is symmetric and has an inverse"
        meets = objects(graph, relation, DOMAIN) & objects(graph, relation, RANGE)
        if (relation, RDF.type, OWL.TransitiveProperty) in graph and not meets:
            yield f"P29 {relation} is transitive, and its ends never meet"
    for predicate in (RDFS.subClassOf, RDFS.subPropertyOf):
        for term in classes | properties:
            if any(term in graph.transitive_objects(parent, predicate) for parent in graph.objects(term, predicate)):
                yield f"P06 {term} is above itself"
    for term in classes:
        if any(
            term in graph.transitive_objects(other, RDFS.subClassOf) for other in graph.objects(term, OWL.disjointWith)
        ):
            yield f"P10 {term} is disjoint with what is below it"
    for term in properties:
        name = term.removeprefix(ONTOLOGY)
        if not objects(graph, term, DOMAIN) and name not in FOR_ANY_ENTITY:
            yield f"P11 {term} has no domain"
        if not objects(graph, term, RANGE):
            yield f"P11 {term} has no range"
        for predicate in (RDFS.domain, RDFS.range):
            if len(set(graph.objects(term, predicate))) > 1:
                yield f"P19 {term} has several of {predicate}, which means all at once"
    yield from (f"P22 {term} is no ClassName" for term in classes if not re.fullmatch(r".*#([A-Z][a-z]+)+", term))
    yield from (f"P22 {term} is no propertyName" for term in properties if not re.fullmatch(r".*#[a-z]+\w*", term))
    for term in classes & properties:
        yield f"P23 {term} is a class and a property"
    for prop in relations:
        if any(str(obj).startswith("http://www.w3.org/2001/XMLSchema#") for obj in graph.objects(prop, RDFS.range)):
            yield f"P23 {prop} is no relation: its range is a datatype"
    home = URIRef(ONTOLOGY.rstrip("#"))
    if (home, RDF.type, OWL.Ontology) not in graph:
        yield "P38 there is no declaration of the ontology"
    if graph.value(home, DCTERMS.license) is None:
        yield "P41 there is no licence"
    if re.search(r"\.(ttl|owl|rdf|html)\b", home):
        yield "P36 the IRI names a file"
    for subject in set(graph.subjects()):
        if isinstance(subject, URIRef) and not subject.startswith(ONTOLOGY.rstrip("#")):
            yield f"P40 {subject} belongs to others"


def test_no_pitfall_is_fallen_into(ontology: Graph) -> None:
    assert sorted(find_pitfalls(ontology)) == []


@pytest.mark.parametrize(
    ("number", "added"),
    [
        ("P04", "kg:Lonely a owl:Class ."),
        ("P05", "kg:x a owl:ObjectProperty ; rdfs:domain kg:Firm ; rdfs:range kg:Zone ; owl:inverseOf kg:partOf ."),
        ("P06", "kg:Entity rdfs:subClassOf kg:Firm ."),
        ("P11", "kg:x a owl:DatatypeProperty ."),
        ("P19", "kg:planPeriodStart rdfs:domain kg:Firm ."),
        ("P22", "kg:lower_class a owl:Class ; rdfs:subClassOf kg:Entity ."),
        ("P23", "kg:x a owl:ObjectProperty ; rdfs:domain kg:Firm ; rdfs:range xsd:date ."),
        ("P26", "kg:collaboratesWith owl:inverseOf kg:partOf ."),
        ("P28", "kg:collaboratesWith schema:rangeIncludes kg:Report ."),
        ("P29", "kg:x a owl:ObjectProperty , owl:TransitiveProperty ; rdfs:domain kg:Firm ; rdfs:range kg:Zone ."),
        ("P40", "foaf:Person rdfs:subClassOf kg:Person ."),
    ],
)
def test_a_pitfall_is_noticed(ontology: Graph, number: str, added: str) -> None:
    prefixes = "".join(f"@prefix {prefix}: <{name}> .\n" for prefix, name in {
        "kg": ONTOLOGY, "owl": OWL, "rdfs": RDFS, "schema": SDO, "xsd": "http://www.w3.org/2001/XMLSchema#",
        "foaf": "http://xmlns.com/foaf/0.1/", "skos": SKOS,
    }.items())  # fmt: skip
    spoilt = ontology + Graph().parse(data=prefixes + added, format="turtle")
    assert any(found.startswith(number) for found in find_pitfalls(spoilt))


def test_the_page_is_made_from_the_files() -> None:
    module = runpy.run_path(str(ROOT / "tools" / "ontology" / "make_page.py"))
    page = module["make_page"]()
    assert (ROOT / "docs" / "ontology" / "index.html").read_text("utf-8") == page, "run tools/ontology/make_page.py"
    ontology = load_resource("jiqun.ttl")
    for term in ours(ontology, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty):
        assert f'<article id="{term.removeprefix(ONTOLOGY)}">' in page
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(re.findall(r'id="([^"]+)"', page)), "every link leads somewhere"
    assert not re.search(r'(src|href)="https?:', page), "nothing is loaded from elsewhere"
