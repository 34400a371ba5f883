"""Jiqun: Chinese policy prose in, a knowledge graph out.

    import kg

    report = kg.build(["texts"], out="out")
    graph = kg.open_graph("out")
    graph.ask("platforms_of_firm", {"firm": "百度"})

Importing is free: what a name needs is imported when the name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .assertions import Assertions
    from .draw import picture
    from .neo4j_async import neo4j_async
    from .neo4j_engine import neo4j
    from .pipeline import BuildReport, build, open_graph
    from .settings import Settings

__version__ = "0.1.0"

__all__ = [
    "Assertions",
    "BuildReport",
    "Settings",
    "__version__",
    "build",
    "neo4j",
    "neo4j_async",
    "open_graph",
    "picture",
]

_HOMES = {
    "Assertions": "assertions",
    "BuildReport": "pipeline",
    "Settings": "settings",
    "build": "pipeline",
    "neo4j": "neo4j_engine",
    "neo4j_async": "neo4j_async",
    "open_graph": "pipeline",
    "picture": "draw",
}


def __getattr__(name: str) -> object:
    """Import a public name from its module when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
