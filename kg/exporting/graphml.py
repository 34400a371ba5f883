"""GraphML: the property graph for Gephi, yEd, Cytoscape, igraph and networkx."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from ontology.assertion import clean_string

if TYPE_CHECKING:
    from kg.projection import PropertyGraph


def write_graphml(graph: PropertyGraph, out: BinaryIO) -> None:
    """Write nodes and relationships with all their properties.

    GraphML knows no lists: they are written as JSON (`["a", "b"]`). A node has its class as `label_class`, all
    its labels as `labels`; a relationship has its type as `type` and its fact as `fact`.
    """
    import networkx

    made: Any = networkx.MultiDiGraph()
    for node in graph.nodes:
        made.add_node(node.uri, label_class=node.labels[-1], labels=_cell(list(node.labels)), **_cells(node.properties))
    for edge in graph.relationships:
        made.add_edge(edge.start, edge.end, type=edge.type, fact=edge.fact_id, **_cells(edge.properties))
    networkx.write_graphml(made, out, encoding="utf-8", prettyprint=True)


def _cells(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _cell(value) for name, value in properties.items()}


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return json.dumps([clean_string(str(item)) for item in value], ensure_ascii=False)
    return clean_string(value) if isinstance(value, str) else value
