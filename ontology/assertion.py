"""⑤ assert: say in RDF what a build found.

Every fact is a `kg:Fact` node with its evidence; the plain triple `subject relation object` is
written beside it only where the graph may be taken at its word: one piece of evidence asserts it,
or it is background or curated knowledge. Nothing is a blank node, nothing depends on order or time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from .iri import document_id, evidence_id, fact_id, observation_id
from .model import DateValue, Observation
from .roles import function_of
from .turtle import PREFIXES, curie_token, literal_token, serialize_turtle, write_turtle

if TYPE_CHECKING:
    import rdflib

    from .model import Corpus, DocumentRecord, Entity, Evidence, Fact, FactObject, Origin

__all__ = [
    "assert_corpus", "clean_string", "corpus_to_turtle", "date_kind", "decimal_form", "describe_corpus",
    "describe_document", "describe_entity", "describe_facts", "describe_observation", "describe_run", "distinct_rows",
    "expand_name", "expand_rows", "group_facts", "group_rows", "is_asserted", "main_origin", "plain_row",
    "row_tokens", "rows_to_graph", "rows_to_turtle", "serialize_turtle",
]  # fmt: skip


class Value(NamedTuple):
    """A literal: its lexical form, and a language (`@zh`), a datatype (`xsd:gYear`) or nothing."""

    text: str
    kind: str = ""


Row: TypeAlias = "tuple[str, str, str | Value]"
"""A triple: subject and predicate as prefixed names, the object as a prefixed name or a value."""

ATTRIBUTE_KINDS = {
    "announcedCount": "xsd:integer",
    "function": "@zh",
    "planPeriodEnd": "xsd:gYear",
    "planPeriodStart": "xsd:gYear",
    "text": "@zh",
    "title": "@zh",
    "titleEn": "@en",
}
"""Language or datatype of the attributes that are not plain strings."""

_ATTRIBUTE_PREDICATES = {"nameEn": ("skos:altLabel", "@en")}
_RUN = "id:Run"
_ORIGINS: Sequence[Origin] = ("curated", "extracted", "background", "inferred")
"""When one fact has two origins, the first of these counts."""
_TAKEN_AT_ITS_WORD = frozenset({"background", "curated"})

# What XML, and with it SPARQL results and GraphML, cannot hold: control characters, noncharacters.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DATES = (
    (re.compile(r"[0-9]{4}"), "xsd:gYear", "{}-01-01"),
    (re.compile(r"[0-9]{4}-[0-9]{2}"), "xsd:gYearMonth", "{}-01"),
    (re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), "xsd:date", "{}"),
)


def assert_corpus(corpus: Corpus) -> rdflib.Graph:
    """Return what a build found as an RDF graph.

    Args:
        corpus: Documents, entities and facts, merged.

    Returns:
        The graph that `graph.ttl` holds; see `docs/ontology.md` for how to read it.
    """
    return rows_to_graph(describe_corpus(corpus))


def rows_to_graph(rows: Iterable[Row]) -> rdflib.Graph:
    """Return triples as an RDF graph."""
    from rdflib import Graph, Literal, URIRef

    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    iris: dict[str, URIRef] = {"a": URIRef(PREFIXES["rdf"] + "type")}
    values: dict[Value, Literal] = {}

    def resource(curie: str) -> URIRef:
        found = iris.get(curie)
        if found is None:
            found = iris[curie] = URIRef(expand_name(curie))
        return found

    def literal(value: Value) -> Literal:
        found = values.get(value)
        if found is None:
            text, kind = value
            language = kind[1:] if kind.startswith("@") else None
            found = Literal(text, lang=language, datatype=resource(kind) if kind and not language else None)
            values[value] = found
        return found

    for subject, predicate, obj in rows:
        node = literal(obj) if isinstance(obj, Value) else resource(obj)
        graph.add((resource(subject), resource(predicate), node))
    return graph


def expand_rows(rows: Iterable[Row]) -> Iterator[tuple[str, str, str, str]]:
    """Yield triples in full: subject, predicate, object, and `iri`, a language (`@zh`) or the IRI of a datatype."""
    iri = cache(expand_name)
    kind_of = cache(lambda kind: kind if kind.startswith("@") else expand_name(kind or "xsd:string"))
    for subject, predicate, obj in rows:
        if isinstance(obj, Value):
            text, kind = obj
            if not text.isprintable():
                text = _SURROGATE.sub("\ufffd", text)
            yield iri(subject), iri(predicate), text, kind_of(kind)
        else:
            yield iri(subject), iri(predicate), iri(obj), "iri"


def expand_name(curie: str) -> str:
    """Return the IRI of a prefixed name as the graph has it, in full."""
    if curie == "a":
        return PREFIXES["rdf"] + "type"
    token = curie_token(curie)
    prefix, _, local = token.partition(":")
    return token[1:-1] if token[0] == "<" else PREFIXES[prefix] + local


def corpus_to_turtle(corpus: Corpus) -> bytes:
    """Return `serialize_turtle(assert_corpus(corpus))` without making the graph: several times faster."""
    return rows_to_turtle(describe_corpus(corpus))


def rows_to_turtle(rows: Iterable[Row]) -> bytes:
    """Return triples as Turtle, sorted, each once."""
    return write_turtle(group_rows(rows))


def distinct_rows(corpus: Corpus) -> list[Row]:
    """Return what a build found, each triple once: what the stages after this one read."""
    return list(dict.fromkeys(describe_corpus(corpus)))


def row_tokens(rows: Iterable[Row]) -> Iterator[tuple[str, str, str]]:
    """Yield triples as Turtle writes them: subject, predicate, object."""
    token = cache(lambda curie: curie if curie == "a" else curie_token(curie))

    for subject, predicate, obj in rows:
        written = literal_token(obj.text, obj.kind) if isinstance(obj, Value) else token(obj)
        yield token(subject), token(predicate), written


def group_rows(rows: Iterable[Row]) -> dict[str, list[tuple[str, str]]]:
    """Return for each subject its (predicate, object) pairs, all three as Turtle writes them."""
    described: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for subject, predicate, obj in row_tokens(rows):
        described[subject].append((predicate, obj))
    return described


def describe_corpus(corpus: Corpus) -> Iterator[Row]:
    """Return what a build found, one triple at a time."""
    return chain(
        describe_run(corpus),
        chain.from_iterable(map(describe_document, corpus.documents)),
        chain.from_iterable(map(describe_entity, corpus.entities)),
        describe_facts(corpus.facts, {r.doc: r.copy_of for r in corpus.documents if r.copy_of}),
    )


def describe_facts(facts: Iterable[Fact], copies: Mapping[str, str]) -> Iterator[Row]:
    """Return what some facts say, for a corpus whose facts are not all in memory.

    Args:
        facts: All facts with the same subject, relation and object come together.
        copies: For each document that is a copy the one that it is a copy of.
    """
    return chain.from_iterable(_describe_fact(group, copies) for group in group_facts(facts))


def clean_string(text: str) -> str:
    r"""Return a text without what no RDF or XML reader accepts; a lone surrogate becomes U+FFFD.

    Example:
        >>> clean_string("京津冀\x00数字产业")
        '京津冀数字产业'
    """
    if text.isprintable():  # most are, and this is the fastest way to know
        return text
    return _SURROGATE.sub("\ufffd", _ILLEGAL.sub("", text))


def describe_run(corpus: Corpus) -> Iterator[Row]:
    """Yield what is said of a build as a whole."""
    yield _RUN, "a", "kg:Extraction"
    yield _RUN, "a", "prov:Activity"
    yield _RUN, "kg:version", _string(corpus.version)
    yield _RUN, "kg:profile", _string(corpus.profile)
    for pack in corpus.packs:
        yield _RUN, "kg:pack", _string(pack)


def describe_document(record: DocumentRecord) -> Iterator[Row]:
    """Yield what is said of a document, and that the build used it."""
    document, metadata = _document(record.doc), record.metadata
    yield document, "a", "kg:Document"
    yield document, "kg:path", _string(record.doc)
    if record.sha256:
        yield document, "kg:sha256", _string(record.sha256)
    yield _RUN, "prov:used", document
    if metadata.title:
        yield document, "dcterms:title", _zh(metadata.title)
    if metadata.date:
        yield document, "dcterms:date", _date(metadata.date)
    if metadata.outlet:
        yield document, "kg:outlet", _string(metadata.outlet)
    for author in metadata.authors:
        yield document, "kg:author", _string(author)
    if record.copy_of:
        yield document, "kg:copyOf", _document(record.copy_of)


def describe_entity(entity: Entity) -> Iterator[Row]:
    """Yield what is said of an entity, but for its facts."""
    yield entity.id, "a", f"kg:{entity.type}"
    if entity.subtype and entity.subtype != entity.type:
        yield entity.id, "a", f"kg:{entity.subtype}"
    name = _zh(entity.name)
    yield entity.id, "skos:prefLabel", name
    for other in entity.names:
        label = _zh(other)
        if label.text and label != name:
            yield entity.id, "skos:altLabel", label
    for doc in entity.docs:
        yield entity.id, "kg:mentionedIn", _document(doc)
    yield entity.id, "kg:origin", Value(entity.origin)
    for attribute, text in entity.attributes:
        predicate, kind = _ATTRIBUTE_PREDICATES.get(attribute, (f"kg:{attribute}", ATTRIBUTE_KINDS.get(attribute, "")))
        yield entity.id, predicate, Value(clean_string(text), kind)
    if entity.type == "Role" and (function := function_of(entity.name)):
        yield entity.id, "kg:function", _zh(function)


def group_facts(facts: Iterable[Fact]) -> Iterator[tuple[str, list[Fact]]]:
    """Bring the facts together that are one fact, same subject, relation and object; yield each group with its id."""
    groups: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[fact_id(fact.subject, fact.relation, fact.object)].append(fact)
    yield from groups.items()


def _describe_fact(group: tuple[str, list[Fact]], copies: Mapping[str, str]) -> Iterator[Row]:
    node, facts = group
    first = facts[0].object
    subject, predicate, obj = plain_row(facts[0].subject, facts[0].relation, first)
    if isinstance(first, Observation):
        yield from describe_observation(str(obj), first)
    origin = main_origin(facts)
    yield node, "a", "kg:Fact"
    yield node, "kg:subject", subject
    yield node, "kg:relation", predicate
    yield node, "kg:object", obj
    yield node, "kg:origin", Value(origin)
    for fact in facts:
        if fact.source:
            yield node, "kg:source", _string(fact.source)
        if fact.role:
            yield node, "kg:memberRole", _zh(fact.role)
        for premise in fact.premises:
            yield node, "kg:premise", premise
    seen: set[str] = set()
    modalities: set[str] = set()
    independent: set[str] = set()
    for evidence in (piece for fact in facts for piece in fact.evidence):
        name = evidence_id(node, evidence)
        if name in seen:  # one passage and one rule are one piece; the best comes first
            continue
        seen.add(name)
        modalities.add(evidence.modality)
        independent.add(copies.get(evidence.doc, evidence.doc))
        yield node, "kg:evidence", name
        yield from _describe_evidence(name, evidence)
    if independent:
        yield node, "kg:supportCount", Value(str(len(independent)), "xsd:integer")
    if "asserted" in modalities or any(fact.origin in _TAKEN_AT_ITS_WORD for fact in facts):
        yield subject, predicate, obj


def is_asserted(fact: Fact) -> bool:
    """Whether the graph may be taken at its word about a fact, so that the plain triple is there."""
    return fact.origin in _TAKEN_AT_ITS_WORD or any(piece.modality == "asserted" for piece in fact.evidence)


def plain_row(subject: str, relation: str, obj: FactObject) -> Row:
    """Return the plain triple of a fact."""
    return subject, f"kg:{relation}", _object(subject, obj)


def _object(subject: str, obj: FactObject) -> str | Value:
    if isinstance(obj, Observation):
        return observation_id(subject, obj)
    return _date(obj.value) if isinstance(obj, DateValue) else obj


def main_origin(facts: Iterable[Fact]) -> Origin:
    """Return the origin of what several facts state that are one."""
    origins = {fact.origin for fact in facts}
    return next(origin for origin in _ORIGINS if origin in origins)


def describe_observation(node: str, observation: Observation) -> Iterator[Row]:
    """Yield what is said of something measured."""
    yield node, "a", "kg:Observation"
    yield node, "a", "qb:Observation"
    yield node, "kg:measure", _zh(observation.measure)
    yield node, "kg:value", _double(observation.value)
    yield node, "kg:factor", _double(observation.factor)
    yield node, "kg:amount", _double(_multiply(observation.value, observation.factor))
    yield node, "kg:unit", _string(observation.unit)
    yield node, "kg:comparison", Value(observation.comparison)
    if observation.period:
        yield node, "kg:period", _string(observation.period)


def _describe_evidence(node: str, evidence: Evidence) -> Iterator[Row]:
    yield node, "a", "kg:Evidence"
    yield node, "kg:document", _document(evidence.doc)
    yield node, "kg:start", Value(str(evidence.start), "xsd:integer")
    yield node, "kg:end", Value(str(evidence.end), "xsd:integer")
    yield node, "kg:quote", _zh(evidence.text)
    yield node, "kg:modality", Value(evidence.modality)
    yield node, "kg:confidence", Value(decimal_form(evidence.confidence), "xsd:decimal")
    yield node, "kg:rule", _string(evidence.rule)
    if evidence.place:
        yield node, "kg:place", _string(evidence.place)
    if evidence.speaker:
        yield node, "kg:speaker", evidence.speaker


_document = lru_cache(maxsize=16384)(document_id)


def _string(text: str) -> Value:
    return Value(clean_string(text))


def _zh(text: str) -> Value:
    return Value(clean_string(text), "@zh")


def _date(text: str) -> Value:
    """Return a date with the type its form has; what is no date stays a string, which validation reports."""
    kind = date_kind(text)
    return Value(text, kind) if kind else _string(text)


def date_kind(text: str) -> str:
    """Return the datatype that the form of a date gives it, or nothing for what is no date.

    Example:
        >>> date_kind("2022"), date_kind("2022-07"), date_kind("2022-13")
        ('xsd:gYear', 'xsd:gYearMonth', '')
    """
    for pattern, kind, first_day in _DATES:
        if pattern.fullmatch(text):
            try:
                date.fromisoformat(first_day.format(text))
            except ValueError:
                break
            return kind
    return ""


def _double(number: float) -> Value:
    """Return a number in the one spelling that rdflib and Oxigraph both leave as it is."""
    return Value(repr(float(number)), "xsd:double")


def decimal_form(number: float) -> str:
    """Return a number with one or two decimals: `0.9`, `0.85`, `1.0`."""
    text = f"{number:.2f}"
    return text[:-1] if text.endswith("0") else text


def _multiply(value: float, factor: float) -> float:
    """Multiply as on paper: 1.1 × 1e12 is 1.1e12, not 1100000000000.0001."""
    return float(Decimal(repr(float(value))) * Decimal(repr(float(factor))))
