"""RDF as text: Turtle as `kg build` writes it, and N-Triples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

from ontology.turtle import PREFIXES, iri_token, literal_token, write_turtle

if TYPE_CHECKING:
    import pyoxigraph

    from kg.projection import Triple

_STRING = PREFIXES["xsd"] + "string"
_TYPE = PREFIXES["rdf"] + "type"


def write_turtle_file(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write Turtle; the triples of a graph of `kg build` give the bytes of its `graph.ttl`."""
    tokens: dict[str, str] = {}
    described: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)

    def token(iri: str) -> str:
        found = tokens.get(iri)
        if found is None:
            found = tokens[iri] = iri if iri.startswith("_:") else iri_token(iri)
        return found

    for subject, predicate, obj, kind in triples:
        if kind == "iri":
            written = token(obj)
        else:
            written = literal_token(obj, kind if kind.startswith("@") else _datatype(token(kind or _STRING)))
        described[token(subject)].append(("a" if predicate == _TYPE else token(predicate), written))
    out.write(write_turtle(described))


def write_ntriples(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write N-Triples, a line a triple, sorted."""
    lines = (
        f"{resource(subject)} {resource(predicate)} {resource(obj) if kind == 'iri' else literal(obj, kind)} .\n"
        for subject, predicate, obj, kind in triples
    )
    out.write("".join(sorted(lines)).encode())


def resource(iri: str) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode:
    """Return an IRI, or a blank node for `_:name`."""
    import pyoxigraph

    return pyoxigraph.BlankNode(iri[2:]) if iri.startswith("_:") else pyoxigraph.NamedNode(iri)


def literal(text: str, kind: str) -> pyoxigraph.Literal:
    """Return a literal with its language (`@zh`) or the IRI of its datatype."""
    import pyoxigraph

    if kind.startswith("@"):
        return pyoxigraph.Literal(text, language=kind[1:])
    return pyoxigraph.Literal(text, datatype=pyoxigraph.NamedNode(kind or _STRING))


def _datatype(token: str) -> str:
    return "" if token == "xsd:string" else token
