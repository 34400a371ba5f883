"""Write docs/ontology/index.html from the ontology's Turtle files: run it after every change of them.

With `--check` it writes nothing and only says whether the page is up to date (exit code 1 if not).

pyLODE 3.4.1 was tried first: it does not start from its wheel (it wants its own pyproject.toml), and it knows neither
two languages side by side nor `schema:domainIncludes` nor shapes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "ontology" / "index.html"
sys.path.insert(0, str(ROOT))

from jinja2 import Environment, FileSystemLoader  # noqa: E402
from rdflib import DCTERMS, OWL, RDF, RDFS, SDO, SH, SKOS, Graph, URIRef  # noqa: E402
from rdflib.term import Node  # noqa: E402

from ontology.iri import ONTOLOGY  # noqa: E402
from ontology.resources import load_resource  # noqa: E402

PREFIXES = {
    "http://www.w3.org/2001/XMLSchema#": "xsd:",
    "http://www.w3.org/2004/02/skos/core#": "skos:",
    "http://www.w3.org/ns/org#": "org:",
    "http://www.w3.org/ns/prov#": "prov:",
    "http://www.w3.org/ns/oa#": "oa:",
    "http://purl.org/linked-data/cube#": "qb:",
    "http://purl.org/dc/terms/": "dcterms:",
    "http://purl.org/dc/elements/1.1/": "dc:",
    "http://xmlns.com/foaf/0.1/": "foaf:",
    "https://schema.org/": "schema:",
    "http://data.europa.eu/eli/ontology#": "eli:",
    "http://www.opengis.net/ont/geosparql#": "geo:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs:",
}
ALIGNED = (
    RDFS.subClassOf, RDFS.subPropertyOf, OWL.equivalentClass, OWL.equivalentProperty, SKOS.closeMatch, SKOS.exactMatch,
    SKOS.relatedMatch, SKOS.broadMatch,
)  # fmt: skip


def make_page() -> str:
    """Return the page."""
    ontology, alignment, shapes = (load_resource(f"{name}.ttl") for name in ("jiqun", "alignment", "shapes"))
    home = URIRef(ONTOLOGY.rstrip("#"))
    classes = _terms(ontology, OWL.Class)
    relations = _terms(ontology, OWL.ObjectProperty)
    attributes = _terms(ontology, OWL.DatatypeProperty)
    rules = _rules(shapes)
    sections = []
    for zh, en, terms in (
        ("类", "Classes", classes),
        ("关系", "Relations", relations),
        ("属性", "Attributes", attributes),
    ):
        sections.append({"zh": zh, "en": en, "terms": [_describe(ontology, alignment, rules, term) for term in terms]})
    known = {term["name"]: term for section in sections for term in section["terms"]}
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    return environment.get_template("page.html").render(
        title=_both(ontology, home, RDFS.label),
        definition=_both(ontology, home, SKOS.definition),
        iri=home,
        namespace=ONTOLOGY,
        version=ontology.value(home, OWL.versionInfo),
        licence=ontology.value(home, DCTERMS.license),
        sections=sections,
        known=known,
        hierarchy=[_tree(ontology, term, classes) for term in classes if not _parents(ontology, term, classes)],
        schemes=[_scheme(name) for name in ("topics.ttl", "roles.ttl")],
    )


def _terms(graph: Graph, kind: URIRef) -> list[URIRef]:
    return sorted(
        term for term in graph.subjects(RDF.type, kind) if isinstance(term, URIRef) and term.startswith(ONTOLOGY)
    )


def _describe(
    ontology: Graph, alignment: Graph, rules: dict[str, list[dict[str, str]]], term: URIRef
) -> dict[str, Any]:
    label, definition = _both(ontology, term, RDFS.label), _both(ontology, term, SKOS.definition)
    tags = [
        word
        for kind, word in ((OWL.TransitiveProperty, "传递 transitive"), (OWL.SymmetricProperty, "对称 symmetric"))
        if (term, RDF.type, kind) in ontology
    ]

    def objects(*predicates: URIRef) -> list[str]:
        return _names(obj for predicate in predicates for obj in ontology.objects(term, predicate))

    def subjects(*predicates: URIRef) -> list[str]:
        return _names(subject for predicate in predicates for subject in ontology.subjects(predicate, term))

    return {
        "name": _name(term),
        "zh": label["zh"],
        "en": label["en"],
        "definition_zh": definition["zh"],
        "definition_en": definition["en"],
        "tags": tags,
        "examples": sorted(str(example) for example in ontology.objects(term, SKOS.example)),
        "rules": rules.get(_name(term), []),
        "rows": [
            ("上位 broader", objects(RDFS.subClassOf, RDFS.subPropertyOf)),
            ("下位 narrower", subjects(RDFS.subClassOf, RDFS.subPropertyOf)),
            ("主体 from", objects(RDFS.domain, SDO.domainIncludes)),
            ("客体 to", objects(RDFS.range, SDO.rangeIncludes)),
            (
                "逆关系 inverse",
                _names({*ontology.objects(term, OWL.inverseOf), *ontology.subjects(OWL.inverseOf, term)}),
            ),
            ("作为主体 subject of", subjects(RDFS.domain, SDO.domainIncludes)),
            ("作为客体 object of", subjects(RDFS.range, SDO.rangeIncludes)),
            ("对应 elsewhere", _names(obj for predicate in ALIGNED for obj in alignment.objects(term, predicate))),
        ],
    }


def _rules(shapes: Graph) -> dict[str, list[dict[str, str]]]:
    """Return what the shapes say, by the terms that they aim at or speak of."""
    found: dict[str, list[dict[str, str]]] = {}
    for shape in sorted(set(shapes.subjects(SH.message, None)), key=str):
        aims = {
            _name(target)
            for predicate in (SH.targetClass, SH.targetNode, SH.path, SH.targetObjectsOf, SH.targetSubjectsOf)
            for target in shapes.objects(shape, predicate)
            if isinstance(target, URIRef) and target.startswith(ONTOLOGY)
        }
        message = _both(shapes, shape, SH.message)
        for aim in aims:
            if message not in found.setdefault(aim, []):
                found[aim].append(message)
    return found


MATCHES = (("=", SKOS.exactMatch), ("≈", SKOS.closeMatch), ("⊂", SKOS.broadMatch), ("⊃", SKOS.narrowMatch))


def _scheme(file: str) -> dict[str, Any]:
    graph, official = load_resource(file), load_resource("classifications.ttl")
    scheme = next(graph.subjects(RDF.type, SKOS.ConceptScheme))
    concepts = set(graph.subjects(SKOS.inScheme, scheme))

    def classes(node: Node) -> list[str]:
        return [
            f"{sign} {official.value(official.value(target, SKOS.inScheme), DCTERMS.identifier)} "
            f"{official.value(target, SKOS.notation)} {official.value(target, SKOS.prefLabel)}"
            for sign, predicate in MATCHES
            for target in sorted(official.objects(node, predicate))
        ]

    def concept(node: Node) -> dict[str, Any]:
        label = _both(graph, node, SKOS.prefLabel)
        other = sorted(str(name) for name in graph.objects(node, SKOS.altLabel))
        below = sorted(graph.subjects(SKOS.broader, node), key=lambda child: _both(graph, child, SKOS.prefLabel)["zh"])
        return {**label, "other": other, "classes": classes(node), "below": [concept(child) for child in below]}

    top = sorted((node for node in concepts if not any(graph.objects(node, SKOS.broader))), key=str)
    definition = _both(graph, scheme, SKOS.definition)
    return {
        "name": _name(scheme), **_both(graph, scheme, RDFS.label), "size": len(concepts),
        "definition_zh": definition["zh"], "definition_en": definition["en"],
        "mapped": any(node in concepts for node in official.subjects()), "top": [concept(node) for node in top],
    }  # fmt: skip


def _tree(graph: Graph, term: URIRef, classes: list[URIRef]) -> dict[str, Any]:
    below = [child for child in classes if term in _parents(graph, child, classes)]
    return {"name": _name(term), "below": [_tree(graph, child, classes) for child in below]}


def _parents(graph: Graph, term: URIRef, classes: list[URIRef]) -> set[Node]:
    return {parent for parent in graph.objects(term, RDFS.subClassOf) if parent in classes}


def _both(graph: Graph, subject: Node, predicate: URIRef) -> dict[str, str]:
    texts = {str(getattr(text, "language", "")): str(text) for text in graph.objects(subject, predicate)}
    return {"zh": texts.get("zh", ""), "en": texts.get("en", "")}


def _names(terms: Iterable[Node]) -> list[str]:
    return sorted({_name(term) for term in terms if isinstance(term, URIRef)})


def _name(term: Node) -> str:
    text = str(term)
    if text.startswith(ONTOLOGY):
        return text.removeprefix(ONTOLOGY)
    return next((prefix + text.removeprefix(home) for home, prefix in PREFIXES.items() if text.startswith(home)), text)


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    page = make_page()
    if "--check" in arguments:
        return int(not TARGET.is_file() or TARGET.read_text("utf-8") != page)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(page, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
