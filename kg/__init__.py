"""Jiqun: Chinese policy prose in, a knowledge graph out.

    import kg

    report = kg.build(["texts"], out="out")
    graph = kg.open_graph("out")
    graph.ask("platforms_of_firm", {"firm": "百度"})

Importing is free: what a name needs is imported when the name is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ontology.lazy import lazy_names

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
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
