"""JSON-LD with the context of the ontology: short names, Chinese strings as strings, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    import rdflib

    from kg.projection import Triple


def write_jsonld(triples: Iterable[Triple], out: BinaryIO) -> None:
    """Write JSON-LD, nodes by their IRI, the context in the file."""
    import rdflib

    from ontology.resources import load_context

    graph = rdflib.Graph(bind_namespaces="none")
    for subject, predicate, obj, kind in sorted(triples):
        node: rdflib.term.Node
        if kind == "iri":
            node = _resource(obj)
        else:
            # `normalize=False`: rdflib would spell numbers anew.
            datatype = None if kind.startswith("@") else rdflib.URIRef(kind)
            if datatype == rdflib.XSD.string:
                datatype = None
            language = kind[1:] if kind.startswith("@") else None
            node = rdflib.Literal(obj, lang=language, datatype=datatype, normalize=False)
        graph.add((_resource(subject), rdflib.URIRef(predicate), node))
    context = load_context()["@context"]
    record = json.loads(graph.serialize(format="json-ld", context=context, auto_compact=False))
    nodes = record.get("@graph")
    if isinstance(nodes, list):
        record["@graph"] = sorted((_ordered(node) for node in nodes), key=lambda node: str(node.get("iri", "")))
    out.write((json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode())


def _ordered(node: dict[str, object]) -> dict[str, object]:
    """Sort the values of a node that are lists: order means nothing there, and the same graph gives the same bytes."""

    def key(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)

    return {name: sorted(value, key=key) if isinstance(value, list) else value for name, value in node.items()}


def _resource(iri: str) -> rdflib.URIRef | rdflib.BNode:
    import rdflib

    return rdflib.BNode(iri[2:]) if iri.startswith("_:") else rdflib.URIRef(iri)
