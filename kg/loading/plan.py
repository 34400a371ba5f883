"""Decide in which order a graph, or what must change, is written: pure values, no server needed.

An empty database gets a shorter way. Everything is created instead of looked for first, and a piece of evidence comes
together with its links to document and subject. It stays exactly once, because each of these rows has a key that a
constraint guards (`uri` of a node, `factId` of a fact): when somebody else has written part of a batch in the
meantime, the server refuses the batch as a whole, and the statements for a database with something in it take over.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from kg.projection import Node, PropertyGraph, Relationship

from .changes import CURATED, ORIGINS, NodeChanges, RelationshipChanges, Row, by_type, node_row, relationship_row
from .statements import ABOUT, FACT_TYPES, IN_DOCUMENT, load_statement
from .writing import Phase, Step

_OWNED = {"origins": ORIGINS, "curated": CURATED}
"""Parameters of the statements that remove: they look once more whether it is still ours."""

AT_ONCE = 2
"""Batches that the server works on at the same time where they hardly ever wait for each other."""


@dataclass(frozen=True, slots=True)
class LinkedEvidence:
    """A piece of evidence with the two links that every build gives it."""

    node: Node
    about: Relationship
    in_document: Relationship


def plan_filling(graph: PropertyGraph) -> Iterator[Phase]:
    """Yield the phases that bring a graph into an empty database.

    Creating relationships shares the locks of their nodes until the commit, so that batches can run beside each other.
    What no constraint guards (evidence with more or other links, the relation `about`) is merged, one batch at a time.
    """
    evidence, links = pair_evidence(graph)
    paired = {piece.node.uri for piece in evidence}
    groups: defaultdict[tuple[str, ...], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.uri not in paired:
            groups[node.labels].append(node)
    yield AT_ONCE, [_create_nodes(names, nodes) for names, nodes in sorted(groups.items())]
    yield AT_ONCE, [_create_evidence(evidence)]
    found = by_type(graph)
    facts = {kind: [r for r in found.get(kind, ()) if r.fact_id] for kind in FACT_TYPES}
    yield AT_ONCE, [_create_facts(kind, group) for kind, group in facts.items()]
    yield from _merge_relationships({kind: group for kind, group in links.items() if kind not in facts})
    yield from _merge_relationships({kind: [r for r in found.get(kind, ()) if not r.fact_id] for kind in facts})


def plan_changes(nodes: NodeChanges, relationships: Mapping[str, RelationshipChanges]) -> Iterator[Phase]:
    """Yield the phases of what must change: what goes, nodes, relationships, at last nodes that nobody needs."""
    for kind, changes in relationships.items():
        facts = [row for row in changes.remove if row["factId"]]
        links = [row for row in changes.remove if not row["factId"]]
        delete = load_statement("delete_facts", type_=kind)
        yield 1, [Step(f"remove {kind}", delete, facts, parameters=_OWNED)]
        yield 1, [Step(f"remove {kind}", load_statement("delete_links", type_=kind), links)]
    new = [_merge_nodes(names, group) for names, group in sorted(nodes.create.items())]
    yield AT_ONCE, new
    for name, groups in (("merge_nodes", nodes.update), ("drop_labels", nodes.drop_labels)):
        for names, rows in sorted(groups.items()):
            yield 1, [Step(names[-1], load_statement(name, labels_=names), rows)]
    for kind, changes in relationships.items():
        # `compare_graph` gives them by their ends: a fixed order of locks, so that two loads at the
        # same time rarely wait for each other in a circle.
        yield from _merge_relationships({kind: changes.create})
        for statement, keyed in (("merge_facts", True), ("merge_links", False)):
            changed = sorted((row for row in changes.update if bool(row["factId"]) is keyed), key=_ends)
            yield 1, [Step(kind, load_statement(statement, type_=kind), changed)]
    leftover = [{"uri": uri} for uri in sorted(nodes.remove)]
    yield 1, [Step("remove nodes", load_statement("delete_nodes"), leftover, parameters=_OWNED)]


def pair_evidence(graph: PropertyGraph) -> tuple[list[LinkedEvidence], dict[str, list[Relationship]]]:
    """Return the evidence that has exactly one link of each kind, by document, and what else has these types.

    Links to a node that the graph does not have count as others: creating the evidence must not depend on them.
    """
    found = by_type(graph)
    kinds = {ABOUT: [r for r in found.get(ABOUT, ()) if _is_evidence_link(r)], IN_DOCUMENT: found.get(IN_DOCUMENT, [])}
    uris = {node.uri for node in graph.nodes}
    single = {}
    for kind, links in kinds.items():
        counts = Counter(link.start for link in links)
        single[kind] = {link.start: link for link in links if counts[link.start] == 1 and link.end in uris}
    pairs = [
        LinkedEvidence(node, single[ABOUT][node.uri], single[IN_DOCUMENT][node.uri])
        for node in graph.nodes
        if node.labels[-1] == "Evidence" and node.uri in single[ABOUT] and node.uri in single[IN_DOCUMENT]
    ]
    pairs.sort(key=lambda piece: (piece.in_document.end, piece.node.uri))
    paired = {piece.node.uri for piece in pairs}
    others = {kind: [r for r in found.get(kind, ()) if r.start not in paired] for kind in kinds}
    return pairs, others


def evidence_row(piece: LinkedEvidence) -> Row:
    """Return the row that makes a piece of evidence and its links."""
    about, in_document = relationship_row(piece.about), relationship_row(piece.in_document)
    row = node_row(piece.node) | {"about": about["end"], "document": in_document["end"]}
    row |= {"factId": about["factId"], "aboutProperties": about["properties"]}
    return row | {"documentProperties": in_document["properties"]}


def _is_evidence_link(link: Relationship) -> bool:
    """Tell a link of evidence from a fact of the relation `about`, which has the same type."""
    return bool(link.fact_id) and "support" not in link.properties


def _create_nodes(names: tuple[str, ...], nodes: list[Node]) -> Step:
    merge = load_statement("merge_nodes", labels_=names)
    return Step(names[-1], load_statement("create_nodes", labels_=names), nodes, node_row, otherwise=(merge,))


def _merge_nodes(names: tuple[str, ...], nodes: list[Node]) -> Step:
    return Step(names[-1], load_statement("merge_nodes", labels_=names), nodes, node_row)


def _create_evidence(pairs: list[LinkedEvidence]) -> Step:
    names = ("Resource", "Evidence")
    merge = (load_statement("merge_nodes", labels_=names), load_statement("merge_evidence_links"))
    return Step("Evidence", load_statement("create_evidence"), pairs, evidence_row, otherwise=merge)


def _create_facts(kind: str, facts: list[Relationship]) -> Step:
    merge = load_statement("merge_facts", type_=kind)
    return Step(kind, load_statement("create_facts", type_=kind), facts, relationship_row, otherwise=(merge,))


def _merge_relationships(groups: Mapping[str, Iterable[Relationship]]) -> Iterator[Phase]:
    for kind, found in groups.items():
        group = list(found)
        for statement, keyed in (("merge_facts", True), ("merge_links", False)):
            part = [r for r in group if bool(r.fact_id) is keyed]
            yield 1, [Step(kind, load_statement(statement, type_=kind), part, relationship_row)]


def _ends(row: Row) -> tuple[str, str, str]:
    return row["start"], row["end"], row["factId"]
