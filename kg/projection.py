"""Project the RDF graph onto a property graph: what Neo4j and the pictures see.

RDF says a fact three times (the `kg:Fact` node, its evidence, the plain triple). Here a
fact becomes one relationship that carries a summary of its evidence, and everything that
is a literal becomes a property. The projection only reads: same graph, same result,
in the same order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.iri import ONTOLOGY, RESOURCE, hashed_id
from ontology.model import (
    ENTITY_CLASSES,
    EXTRA_CLASSES,
    EXTRA_RELATIONS,
    MODALITIES,
    ORGANIZATION_CLASSES,
    RELATIONS,
)

if TYPE_CHECKING:
    import rdflib

PropertyValue: TypeAlias = "str | int | float | bool | list[str]"

RELATIONSHIP_TYPES: Mapping[str, str] = {
    name: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in (*RELATIONS, *EXTRA_RELATIONS)
}
"""Neo4j's relationship type for each relation: `issuedBy` → `ISSUED_BY`."""

_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_DCTERMS = "http://purl.org/dc/terms/"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_IRI = "iri"
_EVIDENCE, _MODALITY, _CONFIDENCE, _START, _DOCUMENT = (
    ONTOLOGY + name for name in ("evidence", "modality", "confidence", "start", "document")
)
_LISTS = frozenset({"author", "pack", "title"})
"""Attributes that may repeat: always a list, so that a property has one type everywhere."""
_HIDDEN = frozenset({"mentionedIn", "evidence", "origin"})
"""Properties of an entity that are handled by name or are shown otherwise."""

Triple: TypeAlias = "tuple[str, str, str, str]"
"""Subject, predicate, object, kind of object: `iri`, `@zh`, or the IRI of a datatype."""
_Values: TypeAlias = "tuple[tuple[str, str], ...]"
"""Objects and their kinds, sorted, each once."""
_Description: TypeAlias = "dict[str, _Values]"
"""What is said of a subject: predicate → objects."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: an entity, a document, a piece of evidence or an observation.

    Attributes:
        uri: Its IRI, in full.
        labels: `Resource`, then super-classes, then the class itself, last.
        properties: Everything literal; lists hold strings only.
    """

    uri: str
    labels: tuple[str, ...]
    properties: Mapping[str, PropertyValue]


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship between two nodes.

    Attributes:
        fact_id: IRI of the `kg:Fact` that it stands for; for `ABOUT` the fact that the evidence
            supports; empty for `IN_DOCUMENT`.
        type: UPPER_SNAKE_CASE.
        start: IRI of the start node.
        end: IRI of the end node.
        properties: Everything literal.
    """

    fact_id: str
    type: str
    start: str
    end: str
    properties: Mapping[str, PropertyValue]


@dataclass(frozen=True, slots=True)
class PropertyGraph:
    """Nodes sorted by IRI; relationships sorted by type, ends and fact."""

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]


def project(graph: rdflib.Graph) -> PropertyGraph:
    """Project an RDF graph onto a property graph.

    Every `kg:Fact` becomes a relationship, whatever its modality: `asserted` and `modalities`
    say how far to believe it. The exception is `issuedOn`, whose object is a date: it becomes
    the property `issuedOn` of its subject. A plain triple between two entities that no fact
    stands for (a reasoner's, a user's) becomes a relationship of origin `inferred` without premises.

    Args:
        graph: A graph in the shape that `kg build` writes.

    Returns:
        The property graph, in a fixed order.
    """
    return Projection(_from_rdflib(graph)).run()


def read_property_graph(path: Path, *, keep_all: bool = False) -> PropertyGraph:
    """Read `graph.ttl` straight into a property graph.

    Parses with Oxigraph, which takes a small part of the time that rdflib needs for the same file.

    Args:
        path: A Turtle file.
        keep_all: Keep also what a property graph does not say, so that the way back gives the same RDF
            (`kg/unprojection.py`).

    Raises:
        OutputError: The file is missing or is no Turtle.
    """
    if not keep_all:
        return Projection(read_triples(path)).run()
    from .unprojection import keep_rest

    triples = list(read_triples(path))
    return keep_rest(Projection(triples).run(), triples)


def superclasses(name: str) -> tuple[str, ...]:
    """Return the super-classes of a class, the most general one first.

    Example:
        >>> superclasses("Firm")
        ('Organization',)
    """
    if name in ORGANIZATION_CLASSES:
        return ("Organization",)
    return ("Topic",) if name in ("Industry", "Technology") else ()


def to_pinyin(name: str) -> str:
    """Return the pinyin of a name, run together, then its initials: what people type to find it.

    Example:
        >>> to_pinyin("百度")
        'baidu bd'
    """
    from pypinyin import Style, lazy_pinyin

    def keep_words(rest: str) -> Any:
        return re.findall(r"\w+", rest)

    syllables = [syllable.lower() for syllable in lazy_pinyin(name, style=Style.NORMAL, errors=keep_words)]
    initials = "".join(syllable[:1] for syllable in syllables)
    return f"{''.join(syllables)} {initials}".strip()


def _from_rdflib(graph: rdflib.Graph) -> Iterator[Triple]:
    from rdflib import Literal

    for subject, predicate, obj in graph:
        kind = _IRI
        if isinstance(obj, Literal):
            kind = f"@{obj.language}" if obj.language else str(obj.datatype or "")
        yield str(subject), str(predicate), str(obj), kind


def read_triples(path: Path) -> Iterator[Triple]:
    """Read the triples of a Turtle file, or of the default graph of a folder of N-Quads.

    Raises:
        OutputError: The file is missing or is no Turtle.
    """
    import pyoxigraph

    from ontology.errors import OutputError

    if path.is_dir():
        for part in sorted(path.glob("*.nq")):
            yield from read_triples(part)
        return
    are_quads = path.suffix == ".nq"
    form = pyoxigraph.RdfFormat.N_QUADS if are_quads else pyoxigraph.RdfFormat.TURTLE
    try:
        for quad in pyoxigraph.parse(path=str(path), format=form):
            if not isinstance(quad.graph_name, pyoxigraph.DefaultGraph):
                continue
            obj = quad.object
            if isinstance(obj, pyoxigraph.Literal):
                kind = f"@{obj.language}" if obj.language else obj.datatype.value
                yield _value(quad.subject), quad.predicate.value, obj.value, kind
            else:
                yield _value(quad.subject), quad.predicate.value, _value(obj), _IRI
    except OSError as error:
        hint = "`kg build` writes it"
        if path.with_suffix(".nq").is_dir():  # what the engine 'spark' writes
            hint = f"kg export {path.parent} --format ttl --out graph.ttl makes one"
        raise OutputError(f"cannot read {path}: {error.strerror or error}", hint=hint) from error
    except SyntaxError as error:
        said = f"{path} is no N-Quads: {error}" if are_quads else f"{path} is no Turtle: {error}"
        raise OutputError(said, hint="run `kg build` again") from error


def _value(term: Any) -> str:
    """Return an IRI, or a blank node as `_:name`."""
    import pyoxigraph

    return str(term.value) if isinstance(term, pyoxigraph.NamedNode) else str(term)


def _sorted_out(triples: Iterable[Triple]) -> tuple[dict[str, _Description], list[tuple[str, str, str]]]:
    """Return what is said of each subject, and the plain triples."""
    described: defaultdict[str, _Description] = defaultdict(dict)
    plain: list[tuple[str, str, str]] = []
    relations = {ONTOLOGY + name: name for name in RELATIONSHIP_TYPES}
    others: defaultdict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for subject, predicate, obj, kind in triples:
        if predicate in relations:
            if kind == _IRI:
                plain.append((subject, relations[predicate], obj))
            continue
        about = described[subject]
        if predicate not in about:
            about[predicate] = ((obj, kind),)
        else:
            others[subject, predicate].append((obj, kind))
    for (subject, predicate), more in others.items():
        about = described[subject]
        about[predicate] = tuple(sorted({*about[predicate], *more}))
    return described, plain


class Projection:
    """One run: the described subjects sorted out by class, then relationships, then nodes."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        """Sort triples out.

        Args:
            triples: In any order; one may come several times.
        """
        self.described, self.plain = _sorted_out(triples)
        self.by_class: defaultdict[str, list[str]] = defaultdict(list)
        self.classes: dict[str, str] = {}
        for uri in sorted(self.described):
            name = _most_specific(tuple([o for o, _ in self.described[uri].get(_RDF_TYPE, ())]))
            if name:
                self.classes[uri] = name
                self.by_class[name].append(uri)
        self.paths = {uri: self.text(uri, "path") or uri for uri in self.by_class["Document"]}
        self.dates = {uri: self.first(uri, _DCTERMS + "date") for uri in self.by_class["Document"]}
        self.issued_on: defaultdict[str, set[str]] = defaultdict(set)

    def run(self) -> PropertyGraph:
        """Return nodes and relationships."""
        relationships = [*self.facts(), *self.about_links(), *self.document_links()]
        nodes = [self.node(uri, name) for uri, name in self.classes.items() if name in _NODE_CLASSES]
        relationships.sort(key=ORDER)
        return PropertyGraph(tuple(nodes), tuple(relationships))

    # --- reading one subject

    def values(self, uri: str, predicate: str) -> _Values:
        """Return the objects that a subject has of a predicate, with their kinds."""
        return self.described.get(uri, _NOTHING).get(predicate, ())

    def first(self, uri: str, predicate: str) -> str:
        """Return the first of them, or nothing."""
        return _first(self.described.get(uri, _NOTHING), predicate)

    def text(self, uri: str, name: str) -> str:
        """Return the first object of a predicate of ours, or nothing."""
        return self.first(uri, _in_full(name))

    # --- nodes

    def node(self, uri: str, name: str) -> Node:
        """Return the node of a subject with a class."""
        labels = _labels(name)
        if name == "Document":
            return Node(uri, labels, self.document(uri))
        if name == "Evidence":
            return Node(uri, labels, self.evidence(uri))
        if name in ("Observation", "Extraction"):
            return Node(uri, labels, self.literals(uri))
        return Node(uri, labels, self.entity(uri))

    def document(self, uri: str) -> dict[str, PropertyValue]:
        """Return the properties of a document."""
        title = self.first(uri, _DCTERMS + "title")
        properties: dict[str, PropertyValue] = {"name": title or self.paths[uri]}
        properties |= {"title": title} if title else {}
        properties |= {"date": self.dates[uri]} if self.dates[uri] else {}
        if original := self.text(uri, "copyOf"):
            properties["copyOf"] = self.paths.get(original, original)
        return properties | self.literals(uri)

    def evidence(self, uri: str) -> dict[str, PropertyValue]:
        """Return the properties of a piece of evidence."""
        properties = self.literals(uri)
        document = self.text(uri, "document")
        properties["doc"] = self.paths.get(document, document)
        if speaker := self.text(uri, "speaker"):
            properties["speaker"] = speaker
        return properties

    def entity(self, uri: str) -> dict[str, PropertyValue]:
        """Return the properties of an entity."""
        preferred = self.values(uri, _SKOS + "prefLabel")
        labels = [*preferred, *self.values(uri, _SKOS + "altLabel")]
        zh = next((value for value, kind in preferred if kind.startswith("@zh")), "")
        en = next((value for value, kind in labels if kind.startswith("@en")), "")
        name = zh or (preferred[0][0] if preferred else "") or self.text(uri, "text") or _local(uri)
        properties: dict[str, PropertyValue] = {
            "name": name,
            "names": [name, *sorted({value for value, _ in labels} - {name})],
            "nameZh": zh or name,
            "pinyin": to_pinyin(name[:60]),
            "docs": sorted(self.paths.get(doc, doc) for doc, _ in self.values(uri, ONTOLOGY + "mentionedIn")),
            "origin": self.text(uri, "origin") or "extracted",
        }
        if en:
            properties["nameEn"] = en
        properties |= self.literals(uri)
        if self.issued_on[uri]:
            properties["issuedOn"] = sorted(self.issued_on[uri])
        return properties

    def literals(self, uri: str) -> dict[str, PropertyValue]:
        """Return the `kg:` literals of a subject as properties."""
        found: dict[str, PropertyValue] = {}
        about = self.described[uri]
        for predicate, name in _property_names(tuple(about)):
            if len(about[predicate]) == 1 and name not in _LISTS:  # nearly always
                value, kind = about[predicate][0]
                if kind != _IRI:
                    found[name] = _scalar(value, kind)
            elif values := [(value, kind) for value, kind in about[predicate] if kind != _IRI]:
                is_list = len(values) > 1 or name in _LISTS
                found[name] = [value for value, _ in values] if is_list else _scalar(*values[0])
        return found

    # --- relationships

    def facts(self) -> Iterator[Relationship]:
        """Yield the facts between nodes, and the plain triples that none stands for."""
        covered: set[tuple[str, str, str]] = set()
        for uri in self.by_class["Fact"]:
            subject, relation = self.text(uri, "subject"), self.text(uri, "relation").removeprefix(ONTOLOGY)
            objects = self.values(uri, ONTOLOGY + "object")
            if not subject or not objects or relation not in RELATIONSHIP_TYPES:
                continue
            obj, kind = objects[0]
            covered.add((subject, relation, obj))
            if kind != _IRI:
                self.issued_on[subject].add(obj)
            elif subject in self.classes and obj in self.classes:
                yield Relationship(uri, RELATIONSHIP_TYPES[relation], subject, obj, self.summary(uri))
        for subject, relation, obj in sorted(set(self.plain) - covered):
            if subject in self.classes and obj in self.classes:
                fact = RESOURCE + hashed_id("Fact", _curie(subject), relation, _curie(obj)).removeprefix("id:")
                properties: dict[str, PropertyValue] = {"factId": fact, "origin": "inferred", "asserted": True}
                properties |= {"modalities": [], "support": 0, "evidence": []}
                yield Relationship(fact, RELATIONSHIP_TYPES[relation], subject, obj, properties)

    def summary(self, fact: str) -> dict[str, PropertyValue]:
        """Return what all the evidence for a fact comes to."""
        uris = [uri for uri, kind in self.values(fact, _EVIDENCE) if kind == _IRI]
        premises = [uri for uri, kind in self.values(fact, ONTOLOGY + "premise") if kind == _IRI]
        summed_up = sum_up(fact, self.text(fact, "origin") or "extracted", map(self.piece, uris), self.dates, premises)
        return self.literals(fact) | summed_up

    def piece(self, uri: str) -> Piece:
        """Return a piece of evidence as it is ranked."""
        about = self.described.get(uri, _NOTHING)
        order = MODALITY_ORDER.get(_first(about, _MODALITY), len(MODALITY_ORDER))
        confidence = _scalar(_first(about, _CONFIDENCE) or "0", _XSD + "decimal")
        doubt = -(confidence if isinstance(confidence, float) else 0.0)
        start = _first(about, _START)
        place = int(start) if start.isdigit() else 0
        return order, doubt, _first(about, _DOCUMENT), place, uri, self.text(uri, "quote"), self.text(uri, "rule")

    def about_links(self) -> Iterator[Relationship]:
        """Link each piece of evidence to the subject of its fact.

        The link says what the fact says: relation, object (for a date, which is no node, its value), origin and number
        of independent documents. So the way from evidence to fact needs no search among the relationships of a subject
        that has thousands.
        """
        for fact in self.by_class["Fact"]:
            subject = self.text(fact, "subject")
            value, value_kind = next(iter(self.values(fact, ONTOLOGY + "object")), ("", _IRI))
            properties: dict[str, PropertyValue] = {
                "factId": fact,
                "relation": self.text(fact, "relation").removeprefix(ONTOLOGY),
                "object" if value_kind == _IRI else "value": value,
                "origin": self.text(fact, "origin") or "extracted",
            }
            if count := self.text(fact, "supportCount"):
                properties["supportCount"] = _scalar(count, _XSD + "integer")
            for evidence, kind in self.values(fact, _EVIDENCE):
                if kind == _IRI and self.classes.get(evidence) == "Evidence" and subject in self.classes:
                    yield Relationship(fact, "ABOUT", evidence, subject, dict(properties))

    def document_links(self) -> Iterator[Relationship]:
        """Link each piece of evidence to its document."""
        for evidence in self.by_class["Evidence"]:
            document = self.text(evidence, "document")
            if document in self.paths:
                yield Relationship("", "IN_DOCUMENT", evidence, document, {})


_NODE_CLASSES = frozenset(
    {
        *ENTITY_CLASSES, *EXTRA_CLASSES, "Organization", "Industry", "Technology", "Document", "Evidence", "Extraction",
        "Observation",
    }
)  # fmt: skip
_CLASSES = _NODE_CLASSES | {"Fact"}


MODALITY_ORDER: Mapping[str, int] = {modality: order for order, modality in enumerate(MODALITIES)}
ORDER = attrgetter("type", "start", "end", "fact_id")
"""How relationships are sorted."""

Piece: TypeAlias = "tuple[int, float, str, int, str, str, str]"
"""A piece of evidence: its modality's order, less its confidence, IRI of its document, start, IRI, quote, rule."""
_CONVERSIONS: Mapping[str, Callable[[str], int | float | bool]] = {
    **{_XSD + name: int for name in ("integer", "int", "nonNegativeInteger", "positiveInteger")},
    **{_XSD + name: float for name in ("double", "decimal", "float")},
    _XSD + "boolean": lambda value: value in ("true", "1"),
}
_NOTHING: _Description = {}


def _first(about: _Description, predicate: str) -> str:
    found = about.get(predicate)
    return found[0][0] if found else ""


@lru_cache(maxsize=4096)
def _most_specific(types: tuple[str, ...]) -> str:
    """Return the class of a subject: of several, the one with most super-classes, then the first by name."""
    known = {name for iri in types if (name := iri.removeprefix(ONTOLOGY)) in _CLASSES}
    return min(known, key=lambda name: (-len(superclasses(name)), name)) if known else ""


@cache
def _labels(name: str) -> tuple[str, ...]:
    return ("Resource", *superclasses(name), name)


@cache
def _in_full(name: str) -> str:
    return ONTOLOGY + name


@lru_cache(maxsize=4096)
def _property_names(predicates: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return those of `kg:` that may be properties, each with its name, in the order of names."""
    names = sorted(predicate.removeprefix(ONTOLOGY) for predicate in predicates if predicate.startswith(ONTOLOGY))
    return [(ONTOLOGY + name, name) for name in names if name not in _HIDDEN]


def _scalar(value: str, kind: str) -> str | int | float | bool:
    convert = _CONVERSIONS.get(kind)
    try:
        return convert(value) if convert else value
    except ValueError:
        return value


def sum_up(
    fact: str, origin: str, pieces: Iterable[Piece], dates: Mapping[str, str], premises: list[str]
) -> dict[str, PropertyValue]:
    """Return what all the evidence for a fact comes to; the best piece lends its quote and rule.

    Args:
        fact: Its IRI.
        origin: Where it comes from.
        pieces: The best is asserted, then surest, then first in reading order.
        dates: Of the documents, by IRI.
        premises: Facts that it follows from.
    """
    ranked = sorted(pieces)
    orders = {piece[0] for piece in ranked}
    documents = {piece[2] for piece in ranked}
    when = sorted(date for date in (dates.get(document, "") for document in documents) if date)
    properties: dict[str, PropertyValue] = {
        "factId": fact,
        "origin": origin,
        "asserted": origin in ("background", "curated") or MODALITY_ORDER["asserted"] in orders,
        "modalities": [modality for modality, order in MODALITY_ORDER.items() if order in orders],
        "support": len(documents),
        "evidence": [piece[4] for piece in ranked],
    }
    if when:
        properties |= {"firstDate": when[0], "lastDate": when[-1]}
    if premises:
        properties["premises"] = premises
    if ranked:
        *_, quote, rule = ranked[0]
        properties |= {"confidence": -min(piece[1] for piece in ranked), "quote": quote, "rule": rule}
    return properties


def _local(uri: str) -> str:
    return uri.removeprefix(RESOURCE).partition("_")[2] or uri


def _curie(uri: str) -> str:
    return "id:" + uri.removeprefix(RESOURCE) if uri.startswith(RESOURCE) else uri
