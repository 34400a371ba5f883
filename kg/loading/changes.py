"""Find what must change in a database so that it holds a graph: pure values, no server needed.

What is ours and no longer wanted goes. What a user made stays: relationships without a fact of ours or with an
origin of their own, nodes that such a relationship needs, labels and properties that we never write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kg.projection import Node, PropertyGraph, Relationship
from kg.unprojection import NOT_SAID, REST
from ontology.iri import RESOURCE
from ontology.namespace import PROPERTIES

from .statements import LABELS, TYPES

ORIGINS = ("extracted", "background", "inferred")
"""Origins that a load owns: it may change and remove what has them. `curated` and any other is somebody's own."""

MANAGED = frozenset(
    {
        *PROPERTIES, "name", "names", "nameZh", "nameEn", "pinyin", "docs", "origin", "issuedOn", "date", "doc",
        "factId", "asserted", "modalities", "confidence", "support", "firstDate", "lastDate", "quote", "evidence",
        "rule", "premises", REST, NOT_SAID,
    }
)  # fmt: skip
"""Properties that a load owns; others on a node or relationship of ours are the user's."""

Row: TypeAlias = "dict[str, Any]"
Found: TypeAlias = "tuple[str, Collection[str], Row, Iterable[tuple[str, str, Row]]]"
"""What a database has of a `:Resource`: address, labels, properties; of what starts there type, end and properties."""

_OURS = frozenset(LABELS)
_LONGEST_INTEGER = 2**63 - 1


@dataclass(slots=True)
class NodeChanges:
    """What must change about nodes.

    Attributes:
        create: Nodes that are not there, by labels; `node_row` makes their rows when they are sent, so that a load of
            millions holds the rows of one batch only.
        update: Rows of nodes that differ, by labels; a property that must go is None.
        drop_labels: Rows of nodes with labels of ours that they should not have, by those labels.
        remove: Addresses of nodes of ours that are no longer wanted.
        unchanged: How many are as they should be.
        kept: How many differ and are left to their user.
    """

    create: defaultdict[tuple[str, ...], list[Node]] = field(default_factory=lambda: defaultdict(list))
    update: defaultdict[tuple[str, ...], list[Row]] = field(default_factory=lambda: defaultdict(list))
    drop_labels: defaultdict[tuple[str, ...], list[Row]] = field(default_factory=lambda: defaultdict(list))
    remove: list[str] = field(default_factory=list)
    unchanged: int = 0
    kept: int = 0


@dataclass(slots=True)
class RelationshipChanges:
    """What must change about relationships of one type: what to create, rows, and counts as in `NodeChanges`."""

    create: list[Relationship] = field(default_factory=list)
    update: list[Row] = field(default_factory=list)
    remove: list[Row] = field(default_factory=list)
    unchanged: int = 0
    kept: int = 0


def compare_graph(
    graph: PropertyGraph, existing: Iterable[Found]
) -> tuple[NodeChanges, dict[str, RelationshipChanges]]:
    """Compare a graph with what a database has.

    Args:
        graph: What should be there.
        existing: What is there, in any order; it may be a stream.

    Returns:
        What must change about nodes, and about relationships of each type.
    """
    nodes = {node.uri: node for node in graph.nodes}
    starting: defaultdict[str, dict[tuple[str, str, str], Relationship]] = defaultdict(dict)
    for r in graph.relationships:
        starting[r.start][r.type, r.end, r.fact_id] = r
    of_nodes = NodeChanges()
    of_types = {kind: RelationshipChanges() for kind in TYPES}
    for uri, labels, properties, outgoing in existing:
        _compare_node(of_nodes, uri, labels, properties, nodes.pop(uri, None) if uri else None)
        missing = starting.get(uri, {})
        for kind, end, own in outgoing:
            fact = own.get("factId") or ""
            _compare_relationship(of_types[kind], uri, end, fact, own, missing.pop((kind, end, fact), None))
    for _, node in sorted(nodes.items()):
        of_nodes.create[node.labels].append(node)
    for _, left in sorted(starting.items()):
        for (kind, _, _), r in sorted(left.items()):
            of_types.setdefault(kind, RelationshipChanges()).create.append(r)
    return of_nodes, of_types


def _compare_node(
    changes: NodeChanges, uri: str, labels: Collection[str], properties: Row, wanted: Node | None
) -> None:
    if wanted is None:
        if uri and is_ours(uri, properties):
            changes.remove.append(uri)
        return
    target = storable(wanted.properties)
    if not is_owned(properties) and properties.get("origin") != target.get("origin"):
        changes.kept += 1
        return
    difference = _difference(target, properties)
    surplus = tuple(sorted((_OURS - set(wanted.labels)).intersection(labels)))
    complete = set(wanted.labels) <= set(labels)
    if difference or not complete:
        changes.update[wanted.labels].append({"uri": uri, "properties": difference})
    if surplus:
        changes.drop_labels[surplus].append({"uri": uri})
    if not difference and not surplus and complete:
        changes.unchanged += 1


def _compare_relationship(
    changes: RelationshipChanges, start: str, end: str, fact: str, properties: Row, wanted: Relationship | None
) -> None:
    if wanted is None:
        if _is_link(start, fact, properties) or (fact.startswith(RESOURCE) and is_owned(properties)):
            changes.remove.append(_row(start, end, fact, None))
        return
    target = storable(wanted.properties)
    if not is_owned(properties) and properties.get("origin") != target.get("origin"):
        changes.kept += 1
    elif difference := _difference(target, properties):
        changes.update.append(_row(start, end, fact, difference))
    else:
        changes.unchanged += 1


def node_row(node: Node) -> Row:
    """Return the row that makes a node."""
    return {"uri": node.uri, "properties": storable(node.properties)}


def relationship_row(relationship: Relationship) -> Row:
    """Return the row that makes a relationship."""
    return _row(relationship.start, relationship.end, relationship.fact_id, storable(relationship.properties))


def by_type(graph: PropertyGraph) -> dict[str, list[Relationship]]:
    """Return the relationships of a graph by type."""
    found: defaultdict[str, list[Relationship]] = defaultdict(list)
    for relationship in graph.relationships:
        found[relationship.type].append(relationship)
    return dict(found)


def is_owned(properties: Mapping[str, Any]) -> bool:
    """Tell whether a load may change or remove what has these properties."""
    return properties.get("origin", "extracted") in ORIGINS


def is_ours(uri: str, properties: Mapping[str, Any]) -> bool:
    """Tell whether a node was made by a load: by its address, or because it keeps RDF of other addresses."""
    return (uri.startswith(RESOURCE) or REST in properties) and is_owned(properties)


def _is_link(start: str, fact: str, properties: Mapping[str, Any]) -> bool:
    """Tell whether a relationship is a link of evidence of ours: to a document it has not even a fact."""
    return (start or "").startswith(RESOURCE + "Evidence_") and (bool(fact) or not set(properties) - MANAGED)


def _row(start: str, end: str, fact: str, properties: Row | None) -> Row:
    row: Row = {"start": start, "end": end, "factId": fact}
    return row if properties is None else row | {"properties": properties}


def storable(properties: Mapping[str, Any]) -> Row:
    """Return properties as Neo4j can hold them: integers of 64 bits, names that are names, none that is the key.

    Lists without items are left out: the importer cannot write any, and both ways must lead to the same graph.
    """
    return {
        name: float(value) if type(value) is int and not -_LONGEST_INTEGER <= value <= _LONGEST_INTEGER else value
        for name, value in properties.items()
        if name != "uri" and value != [] and (name in MANAGED or name.isidentifier())
    }


def _difference(target: Row, properties: Row) -> Row:
    """Return what must be set, with None for what must go; empty when all is as it should be."""
    changed: Row = {
        name: value for name, value in target.items() if name not in properties or not _is_same(properties[name], value)
    }
    changed |= {name: None for name in properties.keys() - target.keys() if name in MANAGED and name != "uri"}
    return changed


def _is_same(old: object, new: object) -> bool:
    if type(old) is not type(new):
        return False
    return old == new or (old != old and new != new)
