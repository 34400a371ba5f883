"""Questions to a graph: canned ones in SPARQL and Cypher, free SPARQL, and questions in words.

Importing is free: who prints rows or lists questions does not pay for engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ontology.lazy import lazy_names

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
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
