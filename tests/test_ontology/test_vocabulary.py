from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from ontology_corpora import CITY, FIRM, PLATFORM, TOPIC, small_corpus
from rdflib import DC, DCTERMS, FOAF, ORG, OWL, PROV, QB, RDF, RDFS, SH, SKOS, BNode, Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from ontology import namespace
from ontology.assertion import ATTRIBUTE_KINDS, assert_corpus
from ontology.iri import ONTOLOGY, entity_id, expand
from ontology.model import (
    COMPARISONS,
    ENTITY_CLASSES,
    EXTRA_CLASSES,
    EXTRA_RELATIONS,
    MODALITIES,
    ORGANIZATION_CLASSES,
    RELATIONS,
    Origin,
)
from ontology.resources import TURTLE_FILES, load_context, load_resource
from ontology.roles import function_of
from ontology.validation import SHAPES

ROOT = Path(__file__).parents[2]
SUBTYPES = {"Industry", "Technology"}
PROVENANCE = {"Document", "Evidence", "Fact", "Extraction", "Observation"}
ABSTRACT = {"Entity", "Organization"}


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return load_resource("jiqun.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return load_resource("shapes.ttl")


def kg(name: str) -> URIRef:
    return URIRef(ONTOLOGY + name)


def local(term: Node) -> str:
    return str(term).removeprefix(ONTOLOGY)


def terms(ontology: Graph) -> list[Node]:
    return sorted({s for s in ontology.subjects() if str(s).startswith(ONTOLOGY)}, key=str)


def listed(shapes: Graph, name: str) -> set[str]:
    members = shapes.value(URIRef(SHAPES + name), SH["in"])
    assert members is not None, name
    return {local(member) for member in shapes.items(members)}


# --- ontology, shapes and model say the same ---


def test_the_classes_are_those_of_the_model(ontology: Graph, shapes: Graph) -> None:
    found = {local(c) for c in ontology.subjects(RDF.type, OWL.Class) if not isinstance(c, BNode)}
    assert found == {*ENTITY_CLASSES, *EXTRA_CLASSES, *SUBTYPES, *PROVENANCE, *ABSTRACT} == set(namespace.CLASSES)
    assert listed(shapes, "Entity_class") == {*ENTITY_CLASSES, *EXTRA_CLASSES, *SUBTYPES}
    assert {local(c) for c in shapes.objects(None, SH.targetClass)} == found - ABSTRACT


def test_the_relations_are_those_of_the_model(ontology: Graph, shapes: Graph) -> None:
    known = {*RELATIONS, *EXTRA_RELATIONS}
    assert set(namespace.RELATIONS) == known == listed(shapes, "Fact_relation") == set(namespace.ALLOWED)
    assert known <= {local(t) for t in terms(ontology)}
    targets = {local(node) for node in shapes.objects(None, SH.targetNode)}
    assert targets == known | {"Fact", "Policy"}  # these two are the handles of the SPARQL shapes


def test_the_values_are_those_of_the_model(shapes: Graph) -> None:
    assert listed(shapes, "Evidence_modality") == set(MODALITIES)
    assert listed(shapes, "Observation_comparison") == set(COMPARISONS)
    assert listed(shapes, "Fact_origin") == listed(shapes, "Entity_origin") == set(Origin.__args__)  # type: ignore[attr-defined]


def test_domain_and_range_are_what_the_shapes_allow(ontology: Graph) -> None:
    from rdflib import SDO

    def spelled_out(relation: str, *properties: Node) -> frozenset[str]:
        ends = {local(o) for p in properties for o in ontology.objects(kg(relation), p)}
        names = ends & set(namespace.CLASSES)
        below = {c for c in namespace.CLASSES if names & set(namespace.superclasses(c))}
        if "Entity" in names:
            return frozenset({*ENTITY_CLASSES, *EXTRA_CLASSES, *SUBTYPES})
        return frozenset(names | below) - ABSTRACT

    for relation in namespace.RELATIONS:
        subjects, objects = namespace.allowed_classes(relation)
        assert spelled_out(relation, RDFS.domain, SDO.domainIncludes) == subjects, relation
        assert spelled_out(relation, RDFS.range, SDO.rangeIncludes) == objects, relation


def test_the_module_is_generated_from_the_files() -> None:
    spec = importlib.util.spec_from_file_location("generate_namespace", ROOT / "tools" / "generate_namespace.py")
    assert spec and spec.loader
    script: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (ROOT / "ontology" / "namespace.py").read_text(encoding="utf-8")
    assert script.generate() == written, "run `python tools/generate_namespace.py`"


def test_what_is_asserted_is_declared(ontology: Graph) -> None:
    graph = assert_corpus(small_corpus())
    used = {term for triple in graph for term in (triple[1], triple[2]) if str(term).startswith(ONTOLOGY)}
    assert used <= set(terms(ontology))
    assert {kg(name) for name in ATTRIBUTE_KINDS} <= set(terms(ontology))


def test_the_property_graph_has_the_same_super_classes() -> None:
    projection = pytest.importorskip("kg.projection")
    for name in (*ENTITY_CLASSES, *EXTRA_CLASSES, *SUBTYPES):
        assert projection.superclasses(name) == namespace.superclasses(name)


def test_the_terms_cost_nothing_to_import() -> None:
    code = "import sys, ontology.namespace; print(sorted({'rdflib', 'pyoxigraph', 'pyshacl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_allowed_classes() -> None:
    assert namespace.allowed_classes("issuedOn") == (frozenset({"Policy", "Report", "Initiative"}), frozenset())
    assert namespace.allowed_classes("affiliatedWith")[1] == frozenset(ORGANIZATION_CLASSES)
    assert namespace.is_allowed("Firm", "partOf", "ResearchOrg") and namespace.is_allowed("Zone", "partOf", "Zone")
    assert not namespace.is_allowed("Zone", "partOf", "Region")
    assert not namespace.is_allowed("Region", "locatedIn", "Region")
    assert namespace.is_allowed("Event", "observed", "Observation")
    with pytest.raises(KeyError):
        namespace.allowed_classes("invents")


# --- every term is explained ---


@pytest.mark.parametrize("name", ["jiqun.ttl", "topics.ttl", "roles.ttl"])
def test_every_term_has_labels_and_definitions_in_both_languages(name: str) -> None:
    graph = load_resource(name)
    for term in [*terms(graph), *graph.subjects(RDF.type, OWL.Ontology)]:
        for predicate in (RDFS.label, SKOS.definition):
            found = [o.language for o in graph.objects(term, predicate) if isinstance(o, Literal) and str(o).strip()]
            assert sorted(map(str, found)) == ["en", "zh"], (term, predicate)


def test_every_class_of_entities_and_every_relation_has_an_example(ontology: Graph) -> None:
    for name in (
        *ENTITY_CLASSES,
        *EXTRA_CLASSES,
        "Organization",
        "Observation",
        *SUBTYPES,
        *RELATIONS,
        *EXTRA_RELATIONS,
    ):
        assert (kg(name), SKOS.example, None) in ontology, name


def test_labels_are_not_shared(ontology: Graph) -> None:
    """Two classes, or two properties, with one label would be one to a reader."""
    for kinds in ({OWL.Class}, {OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property}):
        seen: dict[Node, Node] = {}
        for term in terms(ontology):
            if kinds & set(ontology.objects(term, RDF.type)):
                for label in ontology.objects(term, RDFS.label):
                    assert seen.setdefault(label, term) == term, label


def test_every_shape_speaks_both_languages(shapes: Graph) -> None:
    for shape in {*shapes.subjects(RDF.type, SH.PropertyShape), *shapes.subjects(RDF.type, SH.NodeShape)}:
        holder = shapes.value(shape, SH.sparql) or shape
        found = {m.language for m in shapes.objects(holder, SH.message) if isinstance(m, Literal)}
        assert found == {"zh", "en"}, shape


# --- other vocabularies ---

# From the files that the vocabularies' owners publish, where rdflib has no closed namespace for them.
OA = {"SpecificResource", "TextPositionSelector", "TextQuoteSelector", "hasSource", "start", "end", "exact"}
ELI = {"LegalResource"}


def test_terms_of_other_vocabularies_are_spelled_right() -> None:
    from rdflib.namespace import GEO, SDO

    closed = {str(n): n for n in (DC, DCTERMS, FOAF, GEO, ORG, OWL, PROV, QB, RDF, RDFS, SDO, SKOS)}
    fixed = {"http://www.w3.org/ns/oa#": OA, "http://data.europa.eu/eli/ontology#": ELI}
    checked = 0
    for name in ("jiqun.ttl", "alignment.ttl"):
        for term in {t for triple in load_resource(name) for t in triple if isinstance(t, URIRef)}:
            for prefix, known in (*closed.items(), *fixed.items()):
                if str(term).startswith(prefix):
                    name_there = str(term)[len(prefix) :]
                    assert name_there in known, term  # type: ignore[operator]
                    checked += 1
    assert checked > 60


def test_only_our_terms_are_aligned(ontology: Graph) -> None:
    graph, known = load_resource("alignment.ttl"), set(terms(ontology))
    for subject in {s for s in graph.subjects() if isinstance(s, URIRef)}:
        assert subject in known or subject in (kg("Observations"), kg("ObservationStructure")), subject


def closure(*graphs: Graph) -> Graph:
    import owlrl

    whole = Graph()
    for graph in graphs:
        whole += graph
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics, axiomatic_triples=False, datatype_axioms=False).expand(whole)
    return whole


ERRORS = URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")


@pytest.fixture(scope="module")
def reasoned() -> Graph:
    return closure(load_resource("jiqun.ttl", "alignment.ttl"), assert_corpus(small_corpus()), one_of_each())


def one_of_each() -> Graph:
    """Return one thing of each class, and every relation between every two that it may hold between."""
    graph = Graph()
    made = {name: URIRef(f"https://example.org/{name}") for name in {*namespace.CLASSES} - ABSTRACT}
    for name, thing in made.items():
        graph.add((thing, RDF.type, kg(name)))
    for relation in namespace.RELATIONS:
        subjects, objects = namespace.allowed_classes(relation)
        for subject in subjects:
            for obj in objects:
                if namespace.is_allowed(subject, relation, obj):
                    graph.add((made[subject], kg(relation), made[obj]))
    return graph


def test_ontology_alignment_and_graph_are_consistent(reasoned: Graph) -> None:
    assert not list(reasoned.subjects(RDF.type, OWL.Nothing))
    assert not list(reasoned.subjects(RDF.type, ERRORS))
    assert not [c for c in reasoned.subjects(RDFS.subClassOf, OWL.Nothing) if c != OWL.Nothing]


def test_a_generic_client_sees_what_it_knows(reasoned: Graph) -> None:
    firm, platform = URIRef(expand(FIRM)), URIRef(expand(PLATFORM))
    assert (firm, RDF.type, ORG.Organization) in reasoned and (firm, RDF.type, kg("Entity")) in reasoned
    assert (URIRef(expand(TOPIC)), RDF.type, SKOS.Concept) in reasoned
    fact = next(s for s in reasoned.subjects(kg("object"), platform))
    assert (fact, RDF.predicate, kg("develops")) in reasoned and (fact, RDF.type, RDF.Statement) in reasoned
    evidence = next(o for o in reasoned.objects(fact, kg("evidence")) if str(o).startswith(expand("id:Evidence_")))
    assert (evidence, kg("supports"), fact) in reasoned
    assert (evidence, URIRef("http://www.w3.org/ns/oa#start"), Literal(10)) in reasoned
    assert (evidence, PROV.wasQuotedFrom, None) in reasoned
    observation = next(reasoned.subjects(RDF.type, kg("Observation")))
    assert (observation, QB.dataSet, kg("Observations")) in reasoned
    assert (URIRef(expand(CITY)), kg("hasPart"), None) in reasoned


def test_what_cannot_be_is_noticed() -> None:
    wrong = Graph()
    for name in ("Firm", "Region"):
        wrong.add((URIRef("https://example.org/x"), RDF.type, kg(name)))
    found = closure(load_resource("jiqun.ttl"), wrong)
    assert list(found.subjects(RDF.type, ERRORS)) or list(found.subjects(RDF.type, OWL.Nothing))


# --- concept schemes ---


@pytest.mark.parametrize(("name", "kind", "least"), [("topics.ttl", "Topic", 150), ("roles.ttl", "Role", 25)])
def test_a_concept_scheme_is_sound(name: str, kind: str, least: int) -> None:
    graph = load_resource(name)
    concepts = set(graph.subjects(RDF.type, kg(kind)))
    scheme = next(graph.subjects(RDF.type, SKOS.ConceptScheme))
    assert len(concepts) >= least
    named: dict[tuple[str, str], Node] = {}
    for concept in concepts:
        labels = {
            label.language: label for label in graph.objects(concept, SKOS.prefLabel) if isinstance(label, Literal)
        }
        assert set(labels) == {"zh", "en"}, concept
        assert str(concept) == expand(entity_id(kind, str(labels["zh"])))
        assert graph.value(concept, SKOS.inScheme) == scheme
        broader = set(graph.objects(concept, SKOS.broader))
        assert broader <= concepts and bool(broader) != ((concept, SKOS.topConceptOf, scheme) in graph), concept
        assert set(graph.objects(concept, RDF.type)) <= {kg(kind), kg("Industry"), kg("Technology")}
        assert concept not in set(graph.transitive_objects(concept, SKOS.broader)) - {concept}
        above = [node for parent in broader for node in graph.transitive_objects(parent, SKOS.broader)]
        assert concept not in above, f"{concept} is broader than itself"
        for label in {*graph.objects(concept, SKOS.prefLabel), *graph.objects(concept, SKOS.altLabel)}:
            key = (str(label), str(getattr(label, "language", "")))
            assert named.setdefault(key, concept) == concept, f"{label} names two concepts"


def test_every_role_is_a_function_or_a_position() -> None:
    graph = load_resource("roles.ttl")
    functions, positions = (set(graph.objects(kg(name), SKOS.member)) for name in ("Functions", "Positions"))
    assert functions.isdisjoint(positions)
    assert functions | positions == set(graph.subjects(SKOS.topConceptOf, kg("Roles")))
    for concept in graph.subjects(SKOS.inScheme, kg("Roles")):
        (top,) = {*graph.transitive_objects(concept, SKOS.broader)} & (functions | positions)
        name = next(str(o) for o in graph.objects(top, SKOS.prefLabel) if getattr(o, "language", "") == "zh")
        for label in (*graph.objects(concept, SKOS.prefLabel), *graph.objects(concept, SKOS.altLabel)):
            if getattr(label, "language", "") == "zh":
                assert function_of(str(label)) == function_of(f"重要{label}") == (name if top in functions else "")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("数字研发", "研发"), ("产业研发", "研发"), ("研发设计", "研发"), ("工业设计", "设计"), ("整车制造", "制造"),
        ("融合应用", "融合发展"), ("产业数字化转型", "数字化转型"), ("绿色转型", ""), ("成果转化高地", ""),
        ("制造强市", ""), ("全国科技创新中心", ""), ("国际综合交通枢纽", ""), ("国家物流枢纽", ""),
        ("现代物流", "商贸物流"), ("研", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_role_that_is_not_listed_is_what_its_name_ends_with(name: str, family: str) -> None:
    assert function_of(name) == family


# --- official classifications ---

MATCHES = {SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch}
NOTATIONS = {"GBT4754-2017": r"[A-T]|\d{2,4}", "NBS-Order-33": r"0[1-5]"}


@pytest.fixture(scope="module")
def official() -> Graph:
    return load_resource("classifications.ttl")


def matches(graph: Graph) -> set[tuple[Node, ...]]:
    return {triple for triple in graph if triple[1] in MATCHES}


def find_faults(official: Graph) -> Iterator[str]:
    """Yield what is wrong with the classes, the mappings and their sources."""
    topics = set(load_resource("topics.ttl").subjects(RDF.type, kg("Topic")))
    classes = set(official.subjects(RDF.type, SKOS.Concept))
    for subject in {*official.subjects()} - topics - classes:
        if not (set(official.objects(subject, RDF.type)) or set(official.objects(subject, DCTERMS.title))):
            yield f"{subject} is nothing that is described"
    for concept in classes:
        scheme = str(official.value(concept, SKOS.inScheme)).removeprefix(expand("id:"))
        notation = str(official.value(concept, SKOS.notation))
        labels = [o for o in official.objects(concept, SKOS.prefLabel) if isinstance(o, Literal)]
        if not re.fullmatch(NOTATIONS.get(scheme, "-"), notation) or str(concept) != expand(f"id:{scheme}_{notation}"):
            yield f"{concept} has no code of its classification"
        if [o.language for o in labels] != ["zh"] or not re.fullmatch(r"[一-龥、（）]+", str(labels[0])):
            yield f"{concept} has no name, or one that is none"
        parents = list(official.objects(concept, SKOS.broader))
        if bool(parents) == bool(set(official.objects(concept, SKOS.topConceptOf))) or len(parents) > 1:
            yield f"{concept} has not one place"
        for parent in parents:
            above = str(official.value(parent, SKOS.notation))
            if not notation.startswith(above) and not above.isalpha():
                yield f"{concept} is not below {parent} by its code"
    reasons: dict[tuple[Node, ...], list[Node]] = {}
    for reason in official.subjects(RDF.type, OWL.Axiom):
        parts = (OWL.annotatedSource, OWL.annotatedProperty, OWL.annotatedTarget)
        reasons.setdefault(tuple(official.value(reason, part) or reason for part in parts), []).append(reason)
    for triple in matches(official) | set(reasons):
        if triple not in matches(official) or len(reasons.get(triple, [])) != 1:
            yield f"{triple} is not said once and given a reason once"
        if triple[0] not in topics or triple[2] not in classes:
            yield f"{triple} leads from or to nowhere"
    for found in reasons.values():
        if not str(official.value(found[0], SKOS.note) or "").strip():
            yield f"{found[0]} quotes nothing"
    for described in {*classes, *(reason for found in reasons.values() for reason in found)}:
        sources = list(official.objects(described, DCTERMS.source))
        if not sources or any((source, DCTERMS.title, None) not in official for source in sources):
            yield f"{described} has no source that is named"
    for source in set(official.objects(None, DCTERMS.source)):
        if not re.search(r"\d{4}-\d\d-\d\d", str(official.value(source, RDFS.comment))):
            yield f"{source} was read at no date"
    ends: dict[tuple[Node, Node], set[Node]] = {}
    for topic, predicate, target in matches(official):
        ends.setdefault((topic, target), set()).add(predicate)
    yield from (f"{pair} correspond in several ways" for pair, predicates in ends.items() if len(predicates) > 1)
    for topic in {topic for topic, _, _ in matches(official)}:
        same = [o for o in official.objects(topic, SKOS.exactMatch)]
        if len({official.value(o, SKOS.inScheme) for o in same}) != len(same):
            yield f"{topic} is two classes of one classification"


def test_every_mapping_to_an_official_class_has_its_source(official: Graph) -> None:
    assert sorted(find_faults(official)) == []
    assert len(matches(official)) >= 100


def test_the_same_names_are_the_same_thing(official: Graph) -> None:
    """What is called the same, up to the words of every class, is nothing else."""
    topics = load_resource("topics.ttl")
    for topic, target in official.subject_objects(SKOS.exactMatch):
        names = {str(o) for p in (SKOS.prefLabel, SKOS.altLabel) for o in topics.objects(topic, p)}
        assert str(official.value(target, SKOS.prefLabel)) in names, topic


@pytest.mark.parametrize(
    ("fault", "added"),
    [
        ("given a reason", "id:Topic_光伏 skos:exactMatch id:GBT4754-2017_C ."),
        ("nowhere", "id:Topic_光伏 skos:closeMatch id:GBT4754-2017_9999 ."),
        ("nothing that is described", "id:Topic_无此领域 skos:closeMatch id:GBT4754-2017_C ."),
        ("several ways", "id:Topic_光伏 skos:exactMatch id:GBT4754-2017_3825 ."),
        ("no code", 'id:GBT4754-2017_39x a skos:Concept ; skos:notation "39x" ; skos:prefLabel "某业"@zh .'),
        ("no name", 'id:GBT4754-2017_77 a skos:Concept ; skos:notation "77" ; skos:prefLabel "  "@zh .'),
        ("by its code", "id:GBT4754-2017_3973 skos:broader id:GBT4754-2017_36 ."),
        ("no source", "id:Mapping_x a owl:Axiom ."),
        ("read at no date", "id:GBT4754-2017_C dcterms:source <https://example.org/> ."),
    ],
)
def test_a_fault_of_a_mapping_is_noticed(official: Graph, fault: str, added: str) -> None:
    spoilt = Graph().parse(data=_PREFIXES + added, format="turtle") + official
    assert any(fault in found for found in find_faults(spoilt))


_PREFIXES = "".join(f"@prefix {prefix}: <{home}> .\n" for prefix, home in {
    "id": expand("id:"), "skos": SKOS, "owl": OWL, "dcterms": DCTERMS,
}.items())  # fmt: skip


def test_topics_and_official_classes_are_consistent(ontology: Graph, official: Graph) -> None:
    found = closure(ontology, official)
    assert not list(found.subjects(RDF.type, ERRORS)) and not list(found.subjects(RDF.type, OWL.Nothing))


# --- JSON-LD ---


def test_the_context_knows_every_property() -> None:
    context = load_context()["@context"]
    relations = {*namespace.RELATIONS} - {"issuedOn"}
    assert all(context[name]["@type"] == "@id" for name in relations)
    for name, kind in ATTRIBUTE_KINDS.items():
        assert context[name] == ({"@language": kind[1:]} if kind[0] == "@" else {"@type": kind})


def test_json_ld_loses_nothing_and_reads_well() -> None:
    import pyoxigraph

    graph = assert_corpus(small_corpus())
    text = graph.serialize(format="json-ld", context=load_context()["@context"], auto_compact=False)
    assert isomorphic(Graph().parse(data=text, format="json-ld"), graph)
    assert len(list(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.JSON_LD))) == len(graph)
    firm = next(node for node in json.loads(text)["@graph"] if node["iri"] == FIRM)
    assert firm["type"] == "Firm" and firm["prefLabel"] == "云帆" and firm["develops"] == PLATFORM
    assert ONTOLOGY not in json.dumps(json.loads(text)["@graph"])


def test_all_files_are_read_alike_by_rdflib() -> None:
    """Compared without the blank nodes of lists and restrictions: naming those takes rdflib a minute."""

    def named(graph: Graph) -> set[tuple[Node, ...]]:
        return {triple for triple in graph if not any(isinstance(term, BNode) for term in triple)}

    for name in TURTLE_FILES:
        ours, theirs = load_resource(name), Graph().parse(ROOT / "ontology" / name, format="turtle")
        assert len(ours) == len(theirs) and named(ours) == named(theirs), name
    assert len(load_resource()) > 1500
