"""RDF datasets, N-Quads and TriG: the graph as it is, and what each document says in a graph of its own.

The default graph holds every triple, so nothing is lost. The graph named after a document holds the plain triples that
a passage of it asserts: what a client of named graphs can use without knowing about facts and evidence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from ontology.iri import ONTOLOGY
from ontology.turtle import PREFIXES

from .rdf import literal, resource

if TYPE_CHECKING:
    import pyoxigraph

    from kg.projection import Triple

_PARTS = ("subject", "relation", "object")


def write_nquads(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write N-Quads, a line a quad, sorted."""
    out.write("".join(sorted(f"{quad} .\n" for quad in quads_of(triples))).encode())


def write_trig(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write TriG with our prefixes, the default graph first."""
    import pyoxigraph

    quads = sorted(quads_of(triples), key=lambda quad: (str(quad.graph_name), str(quad)))
    pyoxigraph.serialize(quads, out, pyoxigraph.RdfFormat.TRIG, prefixes=dict(PREFIXES))


def quads_of(triples: Iterable[Triple]) -> Iterator[pyoxigraph.Quad]:
    """Yield each triple in the default graph, and what a document asserts in its graph."""
    import pyoxigraph

    given = dict.fromkeys(triples)
    for subject, predicate, obj, kind in given:
        node = resource(obj) if kind == "iri" else literal(obj, kind)
        yield pyoxigraph.Quad(resource(subject), pyoxigraph.NamedNode(predicate), node)
    for (subject, predicate, obj, kind), document in sorted(_asserted(given)):
        node = resource(obj) if kind == "iri" else literal(obj, kind)
        home = pyoxigraph.NamedNode(document)
        yield pyoxigraph.Quad(resource(subject), pyoxigraph.NamedNode(predicate), node, home)


def _asserted(triples: Iterable[Triple]) -> set[tuple[Triple, str]]:
    """Return the plain triples that are there, each with the documents of which a passage asserts it."""
    said: defaultdict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
    evidence: defaultdict[str, list[str]] = defaultdict(list)
    present = set(triples)
    for subject, predicate, obj, kind in present:
        name = predicate.removeprefix(ONTOLOGY)
        if name in (*_PARTS, "modality", "document"):
            said[subject][name] = (obj, kind)
        elif name == "evidence":
            evidence[subject].append(obj)
    found = set()
    for fact, pieces in evidence.items():
        parts = said[fact]
        if any(part not in parts for part in _PARTS):
            continue
        triple = (parts["subject"][0], parts["relation"][0], *parts["object"])
        for piece in pieces:
            if (
                triple in present
                and said[piece].get("modality", ("", ""))[0] == "asserted"
                and "document" in said[piece]
            ):
                found.add((triple, said[piece]["document"][0]))
    return found
