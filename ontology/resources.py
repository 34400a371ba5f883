"""The files that say what exists, as graphs and as paths."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from .turtle import parse_turtle

if TYPE_CHECKING:
    import rdflib

TURTLE_FILES = ("jiqun.ttl", "alignment.ttl", "shapes.ttl", "topics.ttl", "roles.ttl", "classifications.ttl")
"""The ontology, how it reads in other vocabularies, the shapes, two concept schemes, official classifications."""

CONTEXT = "context.jsonld"


def read_resource(name: str) -> bytes:
    """Return one of the package's data files.

    Args:
        name: One of `TURTLE_FILES`, or `CONTEXT`.
    """
    return files(__package__).joinpath(name).read_bytes()


def load_resource(*names: str) -> rdflib.Graph:
    """Return one or several of the package's Turtle files as one graph.

    Args:
        names: Some of `TURTLE_FILES`; all of them but the shapes when none is given.
    """
    from rdflib import Graph

    graph: Graph | None = None
    for name in names or tuple(n for n in TURTLE_FILES if n != "shapes.ttl"):
        part = parse_turtle(read_resource(name), name=name)
        graph = part if graph is None else graph + part
    assert graph is not None
    return graph


def load_context() -> dict[str, Any]:
    """Return the JSON-LD context of the graph."""
    context: dict[str, Any] = json.loads(read_resource(CONTEXT))
    return context
