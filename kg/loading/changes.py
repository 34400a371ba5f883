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

from .statements import LABELS

ORIGINS = ("extracted", "background", "inferred")
"""Origins that a load owns: it may change and remove what has them. `curated` and any other is somebody's own."""

MANAGED = frozenset(
    {
        *PROPERTIES, "name", "names", "nameZh", "nameEn", "pinyin", "docs", "origin", "issuedOn", "date", "doc",
        "factId", "asserted", "modalities", "confidence", "support", "firstDate", "lastDate", "quote", "evidence",
        "rule", REST, NOT_SAID,
    }
)  # fmt: skip
"""Properties that a load owns; others on a node or relationship of ours are the user's."""

Row: TypeAlias = "dict[str, Any]"
Key: TypeAlias = "tuple[str, str, str]"
"""Start, end and fact of a relationship of one type."""

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


def compare_nodes(wanted: Iterable[Node], existing: Iterable[tuple[str, Collection[str], Row]]) -> NodeChanges:
    """Compare the nodes of a graph with those of a database.

    Args:
        wanted: The nodes that should be there.
        existing: Address, labels and properties of every `:Resource` that is there, in any order.
    """
    changes = NodeChanges()
    missing = {node.uri: node for node in wanted}
    ours = frozenset(LABELS)
    for uri, labels, properties in existing:
        node = missing.pop(uri, None) if uri else None
        if node is None:
            if uri and is_ours(uri, properties):
                changes.remove.append(uri)
            continue
        target = storable(node.properties)
        if not is_owned(properties) and properties.get("origin") != target.get("origin"):
            changes.kept += 1
            continue
        difference = _difference(target, properties)
        surplus = tuple(sorted((ours - set(node.labels)).intersection(labels)))
        if difference or not set(node.labels) <= set(labels):
            changes.update[node.labels].append({"uri": uri, "properties": difference})
        if surplus:
            changes.drop_labels[surplus].append({"uri": uri})
        if not difference and not surplus and set(node.labels) <= set(labels):
            changes.unchanged += 1
    for _, node in sorted(missing.items()):
        changes.create[node.labels].append(node)
    return changes


def compare_relationships(
    wanted: Iterable[Relationship], existing: Iterable[tuple[str, str, Row]]
) -> RelationshipChanges:
    """Compare the relationships of one type.

    Args:
        wanted: The relationships of the type that should be there.
        existing: Addresses of start and end, and properties, of those that are there.
    """
    changes = RelationshipChanges()
    missing: dict[Key, Relationship] = {(r.start, r.end, r.fact_id): r for r in wanted}
    for start, end, properties in existing:
        key = (start, end, properties.get("factId") or "")
        relationship = missing.pop(key, None)
        if relationship is None:
            if _is_link(start, key[2], properties) or (key[2].startswith(RESOURCE) and is_owned(properties)):
                changes.remove.append(_row(key, None))
            continue
        target = storable(relationship.properties)
        if not is_owned(properties) and properties.get("origin") != target.get("origin"):
            changes.kept += 1
        elif difference := _difference(target, properties):
            changes.update.append(_row(key, difference))
        else:
            changes.unchanged += 1
    changes.create += [r for _, r in sorted(missing.items())]
    return changes


def node_row(node: Node) -> Row:
    """Return the row that makes a node."""
    return {"uri": node.uri, "properties": storable(node.properties)}


def relationship_row(relationship: Relationship) -> Row:
    """Return the row that makes a relationship."""
    key = (relationship.start, relationship.end, relationship.fact_id)
    return _row(key, storable(relationship.properties))


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


def _row(key: Key, properties: Row | None) -> Row:
    row: Row = {"start": key[0], "end": key[1], "factId": key[2]}
    return row if properties is None else row | {"properties": properties}


def storable(properties: Mapping[str, Any]) -> Row:
    """Return properties as Neo4j can hold them: integers of 64 bits, names that are names, none that is the key.

    Lists without items are left out: the importer cannot write any, and both ways must lead to the same graph.
    """
    return {
        name: float(value) if type(value) is int and not -_LONGEST_INTEGER <= value <= _LONGEST_INTEGER else value
        for name, value in properties.items()
        if name != "uri" and value != [] and name.isidentifier()
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
