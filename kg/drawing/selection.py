"""Choose what a picture shows: entities of some classes, around one of them, the best connected first."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ontology.errors import UsageError
from ontology.iri import RESOURCE, fold_name

from .style import load_style

if TYPE_CHECKING:
    from kg.projection import Node, PropertyGraph, Relationship

CORE = 300
"""Nodes in the opening view: more than this nobody reads at once."""
AGGREGATE_ABOVE = 3_000
"""Nodes above which a page opens with groups instead of nodes: a picture of more is a ball, and slow."""
CEILING = 60_000
"""Nodes in one page: more than this the browser needs too long to read it."""
HOPS = 2
PROVENANCE = ("Document", "Evidence", "Extraction", "Observation")


@dataclass(frozen=True, slots=True)
class Selection:
    """What one page holds.

    Attributes:
        nodes: Entities, sorted by IRI.
        relationships: The facts between them.
        core: IRIs of the opening view, at most `CORE`.
        focus: IRI that the page opens on, or empty.
        total: Entities that were asked for, before the ceiling.
    """

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]
    core: frozenset[str]
    focus: str
    total: int


def select(
    graph: PropertyGraph, *, focus: str | None = None, types: Sequence[str] | None = None, limit: int = CEILING
) -> Selection:
    """Choose the nodes and relationships of a page.

    Args:
        graph: The whole graph.
        focus: A name, a pinyin-free alias, or an `id:`; only its surroundings are taken, two steps wide.
        types: Class names, English or Chinese; `Organization` stands for its sub-classes too.
        limit: The most nodes that a page may hold.

    Raises:
        UsageError: No node has the name, or no class is called so; the hint suggests some.
    """
    if limit < 1:
        raise UsageError(f"the limit of nodes is {limit}", hint="give a whole number from 1")
    entities = {node.uri: node for node in graph.nodes if node.labels[-1] not in PROVENANCE}
    wanted = _class_names(types, entities.values()) if types else None
    degrees = _degrees(graph.relationships, entities)
    centre = find_node(entities.values(), focus, degrees).uri if focus else ""
    chosen = {
        uri for uri, node in entities.items() if wanted is None or uri == centre or wanted.intersection(node.labels)
    }
    relationships = [r for r in graph.relationships if r.start in chosen and r.end in chosen]
    degrees = _degrees(relationships, chosen)
    ranked = sorted(chosen, key=lambda uri: (_is_background(entities[uri]), -degrees[uri], uri))
    ranked.sort(key=lambda uri: -degrees[uri])
    if centre:
        steps = _steps_from(centre, relationships)
        ranked = sorted((uri for uri in ranked if uri in steps), key=lambda uri: (steps[uri], -degrees[uri], uri))
    kept = set(ranked[:limit])
    inside = tuple(r for r in relationships if r.start in kept and r.end in kept)
    return Selection(
        nodes=tuple(entities[uri] for uri in sorted(kept)),
        relationships=inside,
        core=_core(ranked[:limit], inside),
        focus=centre,
        total=len(ranked),
    )


def find_node(nodes: Iterable[Node], name: str, degrees: Mapping[str, int]) -> Node:
    """Return the node that a person means by a name: of several the best connected one.

    Raises:
        UsageError: None is called so.
    """
    nodes = list(nodes)
    folded = fold_name(name)
    by_name: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        local = node.uri.removeprefix(RESOURCE)
        for known in {local, f"id:{local}", node.uri, *_names(node)}:
            by_name[fold_name(known)].append(node)
    found = by_name.get(folded)
    if found:
        return min(found, key=lambda node: (-degrees.get(node.uri, 0), node.uri))
    spoken = {known: node for node in nodes for known in _names(node)}
    close = [known for known in sorted(spoken) if folded and (folded in fold_name(known) or fold_name(known) in folded)]
    close.sort(key=lambda known: (-degrees.get(spoken[known].uri, 0), known))
    close += [known for known in difflib.get_close_matches(name, sorted(spoken), n=5, cutoff=0.4) if known not in close]
    hint = f"did you mean {_quoted(close[:5])}?" if close else "`kg draw OUT` without --focus shows what there is"
    raise UsageError(f"no node is called '{name}'", hint=hint)


def _names(node: Node) -> list[str]:
    names = node.properties.get("names")
    english = node.properties.get("nameEn")
    return [*(names if isinstance(names, list) else []), *([str(english)] if english else [])]


def _class_names(types: Sequence[str], nodes: Iterable[Node]) -> set[str]:
    known = {label: label for node in nodes for label in node.labels[1:]}
    for name, style in load_style()["classes"].items():
        known |= {name: name, style["zh"]: name, style["en"]: name}
    folded = {key.casefold().replace(" ", ""): value for key, value in known.items()}
    wanted = set()
    for name in types:
        found = folded.get(name.casefold().replace(" ", ""))
        if found is None:
            close = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
            classes = ", ".join(load_style()["classes"])
            hint = f"did you mean {_quoted(close)}?" if close else f"one of {classes}"
            raise UsageError(f"no class is called '{name}'", hint=hint)
        wanted.add(found)
    return wanted


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _degrees(relationships: Iterable[Relationship], among: Iterable[str]) -> dict[str, int]:
    """Count the neighbours of each node; those known from background only count as nothing."""
    sets: dict[str, set[str]] = {uri: set() for uri in among}
    for relationship in relationships:
        if relationship.start in sets and relationship.end in sets and relationship.start != relationship.end:
            sets[relationship.start].add(relationship.end)
            sets[relationship.end].add(relationship.start)
    return {uri: len(neighbours) for uri, neighbours in sets.items()}


def _is_background(node: Node) -> bool:
    return node.properties.get("origin") == "background"


def _steps_from(centre: str, relationships: Sequence[Relationship]) -> dict[str, int]:
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for relationship in relationships:
        neighbours[relationship.start].add(relationship.end)
        neighbours[relationship.end].add(relationship.start)
    steps = {centre: 0}
    edge = [centre]
    for step in range(1, HOPS + 1):
        edge = sorted({other for uri in edge for other in neighbours[uri]} - steps.keys())
        steps |= dict.fromkeys(edge, step)
    return steps


def _core(ranked: Sequence[str], relationships: Sequence[Relationship]) -> frozenset[str]:
    if len(ranked) <= CORE:
        return frozenset(ranked)
    top = set(ranked[:CORE])
    ends = {
        uri for r in relationships if r.start in top and r.end in top and r.start != r.end for uri in (r.start, r.end)
    }
    return frozenset(ends or top)
