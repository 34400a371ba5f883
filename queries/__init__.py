"""Questions to a graph: canned ones in SPARQL and Cypher, free SPARQL, and questions in words.

Importing is free: who prints rows or lists questions does not pay for engines.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .engine import CypherEngine, Engine
    from .rows import Rows
    from .store import KnowledgeGraph, open_graph

__all__ = ["CypherEngine", "Engine", "KnowledgeGraph", "Rows", "open_graph"]

_HOMES = {
    "CypherEngine": "engine",
    "Engine": "engine",
    "KnowledgeGraph": "store",
    "Rows": "rows",
    "open_graph": "store",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
