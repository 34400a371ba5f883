"""Write and read Turtle: fast, and the same graph always as the same bytes.

rdflib's own Turtle writer needs minutes where this one needs seconds, and its parser lets eight
kinds of exception escape. Here Oxigraph parses, and the writer sorts: documents, then entities by
name, then facts, observations and evidence, each with its properties in a fixed order.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import OutputError
from .iri import ONTOLOGY, RESOURCE

if TYPE_CHECKING:
    import rdflib

PREFIXES: Mapping[str, str] = {
    "dcterms": "http://purl.org/dc/terms/",
    "id": RESOURCE,
    "kg": ONTOLOGY,
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Prefixes of `graph.ttl`."""

Described: TypeAlias = "Mapping[str, Iterable[tuple[str, str]]]"
"""For each subject its (predicate, object) pairs, all three as Turtle writes them."""

_HEADER = "# Written by `kg build`; a correction belongs into a pack or a text, not here.\n"
_SECTIONS = {"Run": 0, "Document": 1, "Fact": 3, "Observation": 4, "Evidence": 5}
_ENTITIES = 2
_PREDICATES = (
    "a", "skos:prefLabel", "skos:altLabel", "kg:path", "dcterms:title", "kg:subject", "kg:relation", "kg:object",
    "kg:document", "kg:start", "kg:end", "kg:quote",
)  # fmt: skip
"""What a reader wants to see first; the others follow by name."""
_RANK = {predicate: f"{index:02}" for index, predicate in enumerate(_PREDICATES)}

# Letters that RFC 3987 and Turtle's local names both allow; other planes are rare enough to be encoded.
_LETTER = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff"
)
_LETTER += "\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd"
_is_local = re.compile(rf"(?:(?:[{_LETTER}0-9_]|%[0-9A-Fa-f]{{2}})(?:[{_LETTER}0-9_-]|%[0-9A-Fa-f]{{2}})*)?").fullmatch
_is_number = re.compile(r"[+-]?[0-9]+|[+-]?[0-9]*\.[0-9]+").fullmatch
_NOT_IN_IRI = re.compile(
    r"[^!#-;=?-Z_a-z~%\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd]"
    r"|%(?![0-9A-Fa-f]{2})"
)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')


def literal_token(text: str, kind: str = "") -> str:
    """Return a literal as Turtle writes it.

    Args:
        text: The lexical form.
        kind: A language (`@zh`), a datatype (`xsd:gYear`), or nothing for a string.

    Example:
        >>> literal_token("百度", "@zh"), literal_token("2022", "xsd:gYear"), literal_token("17", "xsd:integer")
        ('"百度"@zh', '"2022"^^xsd:gYear', '17')
    """
    if kind in ("xsd:integer", "xsd:decimal") and _is_number(text) and ("." in text) == (kind == "xsd:decimal"):
        return text
    quoted = f'"{text.translate(_ESCAPES)}"'
    if not kind:
        return quoted
    return quoted + kind if kind[0] == "@" else f"{quoted}^^{kind}"


def iri_token(iri: str) -> str:
    """Return an IRI as Turtle writes it, with a prefix where that is legal.

    Example:
        >>> iri_token("https://w3id.org/jiqun/id/Firm_百度"), iri_token("https://example.org/a b")
        ('id:Firm_百度', '<https://example.org/a%20b>')
    """
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace) and _is_local(iri, len(namespace)):
            return f"{prefix}:{iri[len(namespace) :]}"
    return f"<{_NOT_IN_IRI.sub(_percent, iri)}>"


def curie_token(curie: str) -> str:
    """Return a prefixed name as Turtle writes it: itself, unless its local part needs an IRI in full."""
    prefix, _, local = curie.partition(":")
    if _is_local(local):
        return curie
    local = _NOT_IN_IRI.sub(_percent, local).replace("#", "%23")
    return f"{prefix}:{local}" if _is_local(local) else f"<{PREFIXES[prefix]}{local}>"


def write_turtle(described: Described) -> bytes:
    """Return described subjects as Turtle, sorted."""
    return b"".join(stream_turtle((subject, described[subject]) for subject in sorted(described, key=subject_order)))


def stream_turtle(subjects: Iterable[tuple[str, Iterable[tuple[str, str]]]]) -> Iterator[bytes]:
    """Yield described subjects as Turtle, one after the other.

    Args:
        subjects: Subjects as Turtle writes them, each once and sorted by `subject_order`, with their pairs.
    """
    yield "".join(
        [_HEADER, *(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())]
    ).encode()
    for subject, pairs in subjects:
        yield write_subject(subject, pairs)


def write_subject(subject: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return what is said of one subject as Turtle; all three as Turtle writes them."""
    out: list[str] = []
    lines = sorted({(_RANK.get(p, p), p, o) for p, o in pairs})
    last = ""
    for _, predicate, obj in lines:
        if predicate == last:
            out.append(f" , {obj}")
        elif last:
            out.append(f" ;\n    {predicate} {obj}")
        else:
            out.append(f"\n{subject} {predicate} {obj}")
        last = predicate
    out.append(" .\n")
    return _SURROGATE.sub("\ufffd", "".join(out)).encode()


def change_objects(block: bytes, predicate: str, gone: Collection[str], came: Collection[str]) -> bytes:
    """Return what `write_subject` would write of a subject if a predicate had some other objects.

    Args:
        block: What it has written.
        predicate: Has an object there, and will have one; all are names, and none a literal.
        gone: Objects that it has no more, as Turtle writes them.
        came: Objects that it has from now on.

    Raises:
        ValueError: The predicate is not there, or would not be.
    """
    start = block.index(f" {predicate} ".encode()) + len(predicate) + 2
    end = block.index(b"\n", start) - 2
    objects = set(block[start:end].split(b" , ")).difference(name.encode() for name in gone)
    objects.update(name.encode() for name in came)
    if not objects:
        raise ValueError(f"{predicate} would have no object")
    return block[:start] + b" , ".join(sorted(objects)) + block[end:]


def count_pairs(block: bytes) -> int:
    """Return how many predicates with an object `write_subject` has written of a subject."""
    bare = _QUOTED.sub(b"", block)
    return 1 + bare.count(b" , ") + bare.count(b" ;\n") if bare else 0


def serialize_turtle(graph: rdflib.Graph) -> bytes:
    """Return a graph as Turtle: equal graphs give equal bytes, whatever order they were made in.

    Blank nodes, of which our own graphs have none, get canonical names first, which is slow.
    """
    from rdflib import RDF, BNode, Literal
    from rdflib.compare import to_canonical_graph

    if any(isinstance(term, BNode) for triple in graph for term in triple):
        graph = to_canonical_graph(graph)
    tokens: dict[Any, str] = {RDF.type: "a"}
    described: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    def token(term: Any) -> str:
        found = tokens.get(term)
        if found is None:
            found = tokens[term] = term.n3() if isinstance(term, BNode) else iri_token(str(term))
        return found

    for subject, predicate, obj in graph:
        if isinstance(obj, Literal):
            kind = f"@{obj.language}" if obj.language else token(obj.datatype) if obj.datatype else ""
            written = literal_token(str(obj), "" if kind == "xsd:string" else kind)
        else:
            written = "rdf:type" if (written := token(obj)) == "a" else written
        described[token(subject)].append((token(predicate), written))
    return write_turtle(described)


def read_turtle(path: Path) -> rdflib.Graph:
    """Read a Turtle file into an rdflib graph.

    Args:
        path: The file.

    Raises:
        OutputError: It is missing or is no Turtle; the message has the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror or error}", hint="`kg build` writes it") from error
    return parse_turtle(data, name=str(path))


def parse_turtle(data: bytes, *, name: str = "input") -> rdflib.Graph:
    """Parse Turtle into an rdflib graph.

    Args:
        data: UTF-8 bytes.
        name: What to call them in an error message.

    Raises:
        OutputError: They are no Turtle.
    """
    import pyoxigraph
    from rdflib import BNode, Graph, Literal, URIRef

    graph = Graph(bind_namespaces="none")
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    iris: dict[str, URIRef] = {}
    literals: dict[Any, Literal] = {}

    def resource(term: Any) -> URIRef | BNode:
        if isinstance(term, pyoxigraph.BlankNode):
            return BNode(term.value)
        value: str = term.value
        found = iris.get(value)
        if found is None:
            found = iris[value] = URIRef(value)
        return found

    def node(term: Any) -> URIRef | BNode | Literal:
        if not isinstance(term, pyoxigraph.Literal):
            return resource(term)
        found = literals.get(term)
        if found is None:
            datatype = None if term.language or term.datatype.value == xsd_string else resource(term.datatype)
            found = literals[term] = Literal(term.value, lang=term.language, datatype=datatype)
        return found

    xsd_string = PREFIXES["xsd"] + "string"
    try:
        for quad in pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE):
            graph.add((resource(quad.subject), resource(quad.predicate), node(quad.object)))
    except SyntaxError as error:
        hint = "`kg build` writes graph.ttl anew"
        raise OutputError(f"{name}, line {error.lineno}: no Turtle: {error.msg}", hint=hint) from error
    return graph


def subject_order(token: str) -> tuple[int, str]:
    """Return the sort key of a subject in a Turtle file: its section, then its name."""
    if token.startswith("id:"):
        return _SECTIONS.get(token[3:].partition("_")[0], _ENTITIES), token
    return _ENTITIES, token


def _percent(match: re.Match[str]) -> str:
    from urllib.parse import quote

    return quote(match[0], safe="", errors="replace")
