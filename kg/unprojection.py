"""Turn a property graph back into RDF: the inverse of `kg/projection.py`.

A property graph does not say everything that RDF says: languages and datatypes of literals, which of two names is
English, facts that are no relationship, things that are none of ours. Most of it follows from the ontology. What does
not, a loaded graph carries with it: `keep_rest` compares, and puts what would be lost on the node concerned as `rdf`,
and what would be made up as `rdfNot`. A graph of `kg build` has neither.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from ontology.assertion import ATTRIBUTE_KINDS, date_kind, decimal_form
from ontology.iri import ONTOLOGY, document_id, expand
from ontology.namespace import PROPERTIES
from ontology.turtle import PREFIXES

from .projection import RELATIONSHIP_TYPES, Node, PropertyGraph, PropertyValue, Relationship, Triple

REST, NOT_SAID = "rdf", "rdfNot"
"""Properties for what the others do not say, and for what they would wrongly say: `predicate object`, as N-Triples."""

_Pair: TypeAlias = "tuple[str, str, str]"
"""Predicate, object, kind of object."""

_IRI, _STRING, _ZH, _EN = "iri", PREFIXES["xsd"] + "string", "@zh", "@en"
_TYPE = PREFIXES["rdf"] + "type"
_PREF, _ALT = PREFIXES["skos"] + "prefLabel", PREFIXES["skos"] + "altLabel"
_TITLE, _DATE, _USED = PREFIXES["dcterms"] + "title", PREFIXES["dcterms"] + "date", PREFIXES["prov"] + "used"
_RELATIONS = {kind: name for name, kind in RELATIONSHIP_TYPES.items()}
_FOREIGN_TYPES = {"Extraction": (PREFIXES["prov"] + "Activity",), "Observation": (PREFIXES["qb"] + "Observation",)}
_KINDS: Mapping[str, str] = {
    **{name: kind if kind[0] == "@" else PREFIXES["xsd"] + kind[4:] for name, kind in ATTRIBUTE_KINDS.items()},
    **dict.fromkeys(("quote", "measure", "memberRole"), _ZH),
}
_SAID_OTHERWISE = frozenset(
    {"uri", "name", "names", "nameZh", "nameEn", "pinyin", "docs", "doc", "issuedOn", "speaker", REST, NOT_SAID}
)
_SUMMARY = frozenset(
    {"factId", "origin", "asserted", "modalities", "confidence", "support", "firstDate", "lastDate", "quote", "rule",
     "evidence", "premises"}
)  # fmt: skip
"""Properties of a relationship that are worked out from its evidence, or name other facts."""
_PROPERTIES = frozenset(PROPERTIES)
_TAKEN_AT_ITS_WORD = ("background", "curated")

_TOKEN = re.compile(r'(<[^>]*>) (?:<([^>]*)>|"((?:[^"\\]|\\.)*)"(@[A-Za-z0-9-]+|\^\^<[^>]*>)?)', re.DOTALL)


def unproject(graph: PropertyGraph) -> Iterator[Triple]:
    """Yield the RDF that a property graph stands for.

    Args:
        graph: What `project` gave, or what was read back from a server.

    Yields:
        Each triple once; strings have the datatype `xsd:string`.
    """
    found = _Unprojection(graph).run()
    for node in graph.nodes:
        pairs = found[node.uri]
        pairs.update(pair for pair in map(_parse, _strings(node.properties.get(REST))) if pair[0])
        pairs.difference_update(map(_parse, _strings(node.properties.get(NOT_SAID))))
    for subject, described in found.items():
        for predicate, obj, kind in described:
            yield subject, predicate, obj, kind


def keep_rest(graph: PropertyGraph, triples: Iterable[Triple]) -> PropertyGraph:
    """Return a property graph from which `unproject` gives exactly these triples back.

    Args:
        graph: The projection of the triples.
        triples: The RDF graph.
    """
    wanted: defaultdict[str, set[_Pair]] = defaultdict(set)
    for subject, predicate, obj, kind in triples:
        wanted[subject].add((predicate, obj, kind or _STRING))
    made = _Unprojection(graph).run()
    nodes = {node.uri: node for node in graph.nodes}
    for uri in sorted(wanted.keys() | made.keys()):
        rest, surplus = wanted[uri] - made[uri], made[uri] - wanted[uri]
        if not rest and not surplus:
            continue
        node = nodes.get(uri) or Node(uri, ("Resource",), {})
        more: dict[str, PropertyValue] = {}
        if rest:
            more[REST] = sorted(map(_write, rest))
        if surplus:
            more[NOT_SAID] = sorted(map(_write, surplus))
        nodes[uri] = Node(uri, node.labels, {**node.properties, **more})
    return PropertyGraph(tuple(nodes[uri] for uri in sorted(nodes)), graph.relationships)


class _Unprojection:
    def __init__(self, graph: PropertyGraph) -> None:
        self.graph = graph
        self.found: defaultdict[str, set[_Pair]] = defaultdict(set)
        self.originals = {
            str(node.properties["path"]): str(node.properties["copyOf"])
            for node in graph.nodes
            if node.labels[-1] == "Document" and "path" in node.properties and "copyOf" in node.properties
        }
        self.quoted = {n.uri: str(n.properties.get("doc", "")) for n in graph.nodes if n.labels[-1] == "Evidence"}
        self.dated: defaultdict[str, set[str]] = defaultdict(set)
        self.paths = {
            str(node.properties["path"]): node.uri
            for node in graph.nodes
            if node.labels[-1] == "Document" and "path" in node.properties
        }

    def run(self) -> defaultdict[str, set[_Pair]]:
        for node in self.graph.nodes:
            self.node(node)
        for relationship in self.graph.relationships:
            if relationship.type == "IN_DOCUMENT":
                self.say(relationship.start, "document", relationship.end, _IRI)
            elif relationship.type == "ABOUT" and "support" not in relationship.properties:
                self.about(relationship)
            else:
                self.fact(relationship)
        for fact, sources in self.dated.items():
            self.say(fact, "supportCount", str(len(sources)), PREFIXES["xsd"] + "integer")
        return self.found

    def say(self, subject: str, name: str, value: str, kind: str) -> None:
        self.found[subject].add((name if ":" in name else ONTOLOGY + name, value, kind))

    # --- nodes

    def node(self, node: Node) -> None:
        name = node.labels[-1]
        if name == "Resource":
            return
        for kind in (name, *(label for label in node.labels[1:-1] if label == "Topic")):
            self.say(node.uri, _TYPE, ONTOLOGY + kind, _IRI)
        for kind in _FOREIGN_TYPES.get(name, ()):
            self.say(node.uri, _TYPE, kind, _IRI)
        if name == "Document":
            self.document(node)
        elif name == "Extraction":
            for uri in self.paths.values():
                self.say(node.uri, _USED, uri, _IRI)
        elif name == "Evidence":
            if speaker := node.properties.get("speaker"):
                self.say(node.uri, "speaker", str(speaker), _IRI)
        elif "names" in node.properties:
            self.entity(node)
        self.literals(node.uri, node.properties, _DOCUMENT_OWN if name == "Document" else frozenset())

    def document(self, node: Node) -> None:
        if title := node.properties.get("title"):
            self.say(node.uri, _TITLE, str(title), _ZH)
        if date := node.properties.get("date"):
            self.say(node.uri, _DATE, str(date), _datatype(date_kind(str(date))))
        if original := node.properties.get("copyOf"):
            self.say(node.uri, "copyOf", self.paths.get(str(original)) or expand(document_id(str(original))), _IRI)

    def entity(self, node: Node) -> None:
        name, english = str(node.properties["name"]), node.properties.get("nameEn")
        self.say(node.uri, _PREF, name, _ZH)
        for other in _strings(node.properties["names"]):
            if other == english:
                self.say(node.uri, _ALT, other, _EN)
            elif other != name:
                self.say(node.uri, _ALT, other, _ZH)
        for path in _strings(node.properties.get("docs")):
            self.say(node.uri, "mentionedIn", self.paths.get(path) or expand(document_id(path)), _IRI)

    def literals(self, uri: str, properties: Mapping[str, PropertyValue], without: Collection[str]) -> None:
        for name, value in properties.items():
            if name in _SAID_OTHERWISE or name in without or name not in _PROPERTIES:  # others may be a user's
                continue
            for item in value if isinstance(value, list) else [value]:
                self.say(uri, name, *_literal(name, item))

    # --- relationships

    def about(self, link: Relationship) -> None:
        fact, relation = link.fact_id, str(link.properties.get("relation", ""))
        self.say(fact, "evidence", link.start, _IRI)
        value = link.properties.get("value")
        if value is None:
            return
        if "supportCount" in link.properties:  # counted anew: documents may have come and gone since
            doc = self.quoted.get(link.start, "")
            self.dated[fact].add(self.originals.get(doc, doc))
        kind = _datatype(date_kind(str(value)))
        self.head(fact, link.end, relation, str(value), kind, str(link.properties.get("origin", "extracted")))
        if self.evidence_asserts(link.start) or link.properties.get("origin") in _TAKEN_AT_ITS_WORD:
            self.say(link.end, relation, str(value), kind)

    def fact(self, relationship: Relationship) -> None:
        relation = _RELATIONS.get(relationship.type)
        if relation is None:
            return
        properties = relationship.properties
        origin = str(properties.get("origin", "extracted"))
        if properties.get("asserted"):
            self.say(relationship.start, relation, relationship.end, _IRI)
        premises = _strings(properties.get("premises"))
        if origin == "inferred" and not premises and not properties.get("support"):
            return
        fact = relationship.fact_id
        self.head(fact, relationship.start, relation, relationship.end, _IRI, origin)
        for evidence in _strings(properties.get("evidence")):
            self.say(fact, "evidence", evidence, _IRI)
        for premise in premises:
            self.say(fact, "premise", premise, _IRI)
        self.literals(fact, properties, _SUMMARY)

    def head(self, fact: str, subject: str, relation: str, obj: str, kind: str, origin: str) -> None:
        self.say(fact, _TYPE, ONTOLOGY + "Fact", _IRI)
        self.say(fact, "subject", subject, _IRI)
        self.say(fact, "relation", ONTOLOGY + relation, _IRI)
        self.say(fact, "object", obj, kind)
        self.say(fact, "origin", origin, _STRING)

    def evidence_asserts(self, uri: str) -> bool:
        return (ONTOLOGY + "modality", "asserted", _STRING) in self.found[uri]


_DOCUMENT_OWN = frozenset({"title", "date", "copyOf"})


def _literal(name: str, value: str | int | float | bool) -> tuple[str, str]:
    """Return the lexical form and the datatype or language of a value of a property."""
    if isinstance(value, bool):
        return str(value).lower(), PREFIXES["xsd"] + "boolean"
    if isinstance(value, int):
        return str(value), PREFIXES["xsd"] + "integer"
    if isinstance(value, float):
        if name == "confidence":
            return decimal_form(value), PREFIXES["xsd"] + "decimal"
        return repr(value), PREFIXES["xsd"] + "double"
    return value, _KINDS.get(name, _STRING)


def _datatype(kind: str) -> str:
    return PREFIXES["xsd"] + kind.removeprefix("xsd:") if kind else _STRING


def _strings(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    return [value] if isinstance(value, str) else []


def _write(pair: _Pair) -> str:
    predicate, obj, kind = pair
    if kind == _IRI:
        return f"<{predicate}> <{obj}>"
    text = obj.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    suffix = "" if kind == _STRING else kind if kind.startswith("@") else f"^^<{kind}>"
    return f'<{predicate}> "{text}"{suffix}'


def _parse(text: str) -> _Pair:
    found = _TOKEN.fullmatch(text)
    if found is None:  # a user has changed it: it says nothing that we understand
        return "", "", ""
    predicate, iri, literal, suffix = found[1][1:-1], found[2], found[3], found[4] or ""
    if iri is not None:
        return predicate, iri, _IRI
    value = re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), literal)
    return predicate, value, suffix[3:-1] if suffix.startswith("^^") else suffix or _STRING
