"""Questions to a graph: canned ones in SPARQL and Cypher, free SPARQL, and questions in words."""

from __future__ import annotations

from .engine import CypherEngine, Engine
from .rows import Rows
from .store import KnowledgeGraph, open_graph

__all__ = ["CypherEngine", "Engine", "KnowledgeGraph", "Rows", "open_graph"]
