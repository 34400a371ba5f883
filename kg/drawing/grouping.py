"""Put the nodes of a large picture into groups: by region, by community, by class; each node is in one of each kind.

A region has what lies in it or is tied to it, nearest first; where there are too many regions, small ones count to the
region that they are part of. Communities are found by moving nodes to where most of their neighbours are (Louvain).
Nothing is random: the same graph has the same groups.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Edge: TypeAlias = "tuple[int, int]"

MOST_GROUPS = 60
"""Groups of one kind: more than this nobody tells apart."""
REST = -1
"""The number that stands for a group of all that is left over."""
_LEVELS, _ROUNDS = 3, 6


@dataclass(frozen=True, slots=True)
class Groups:
    """Groups of one kind.

    Attributes:
        heads: For each group the node that it is called after, or `REST`.
        of: For each node the number of its group.
    """

    heads: tuple[int, ...]
    of: tuple[int, ...]


def group_by_region(regions: Sequence[int], parents: Mapping[int, int], count: int, edges: Sequence[Edge]) -> Groups:
    """Group nodes by the region that they are nearest to.

    Args:
        regions: The nodes that are regions.
        parents: Region → the region that it is part of.
        count: How many nodes there are.
        edges: Pairs of nodes.
    """
    neighbours = _neighbours(count, edges)
    home: dict[int, int] = {region: region for region in regions}
    edge = sorted(home)
    while edge:
        votes: defaultdict[int, Counter[int]] = defaultdict(Counter)
        for node in edge:
            for other in neighbours[node]:
                if other not in home:
                    votes[other][home[node]] += 1
        edge = sorted(votes)
        for node in edge:
            home[node] = min(votes[node].items(), key=lambda item: (-item[1], item[0]))[0]
    return _largest(_lift(home, parents), count)


def group_by_community(count: int, edges: Sequence[Edge]) -> Groups:
    """Group nodes into communities, each called after its best connected node."""
    weights: list[dict[int, float]] = [defaultdict(float) for _ in range(count)]
    for a, b in edges:
        if a != b:
            weights[a][b] += 1.0
            weights[b][a] += 1.0
    degrees = [len(w) for w in weights]
    member_of = list(range(count))
    for _ in range(_LEVELS):
        moved = _move(weights)
        names = {name: i for i, name in enumerate(sorted(set(moved)))}
        member_of = [names[moved[m]] for m in member_of]
        if len(names) == len(weights):
            break
        joined: list[dict[int, float]] = [defaultdict(float) for _ in names]
        for node, links in enumerate(weights):
            here = joined[names[moved[node]]]
            for other, weight in links.items():
                here[names[moved[other]]] += weight
        weights = joined
    heads: dict[int, int] = {}
    for node in sorted(range(count), key=lambda n: (-degrees[n], n)):
        heads.setdefault(member_of[node], node)
    alone = {node for node in range(count) if degrees[node] == 0}
    return _largest({node: heads[member_of[node]] for node in range(count) if node not in alone}, count)


def group_by_class(classes: Sequence[str]) -> Groups:
    """Group nodes by class, each group called after its first node."""
    first: dict[str, int] = {}
    for node, name in enumerate(classes):
        first.setdefault(name, node)
    return _largest({node: first[name] for node, name in enumerate(classes)}, len(classes))


def _neighbours(count: int, edges: Sequence[Edge]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(count)]
    for a, b in edges:
        if a != b:
            found[a].append(b)
            found[b].append(a)
    return found


def _lift(home: dict[int, int], parents: Mapping[int, int]) -> dict[int, int]:
    """Let the smallest regions count to their parents until few enough are left or none has a parent."""
    sizes = Counter(home.values())
    into = {region: region for region in sizes}

    def final(region: int) -> int:
        while into[region] != region:
            region = into[region]
        return region

    for region in sorted(sizes, key=lambda r: (sizes[r], r)):
        if sum(1 for r in into if into[r] == r) <= MOST_GROUPS:
            break
        parent = parents.get(region)
        if parent is not None and parent in into and final(parent) != region:
            into[region] = parent
    return {node: final(region) for node, region in home.items()}


def _largest(head_of: Mapping[int, int], count: int) -> Groups:
    """Number the groups, the largest first; those beyond `MOST_GROUPS` and nodes without one become the rest."""
    sizes = Counter(head_of.values())
    heads = sorted(sizes, key=lambda head: (-sizes[head], head))
    if len(heads) > MOST_GROUPS or len(head_of) < count:
        heads = [*heads[: MOST_GROUPS - 1], REST]
    number = {head: i for i, head in enumerate(heads)}
    rest = number.get(REST, 0)
    return Groups(tuple(heads), tuple(number.get(head_of.get(node, REST), rest) for node in range(count)))


def _move(weights: Sequence[Mapping[int, float]]) -> list[int]:
    """Move each node to the community that gains most modularity, until none moves or the rounds are over."""
    strength = [sum(links.values()) for links in weights]
    whole = sum(strength) or 1.0
    community = list(range(len(weights)))
    total = list(strength)
    for _ in range(_ROUNDS):
        moves = 0
        for node, links in enumerate(weights):
            here, own = community[node], strength[node]
            near: defaultdict[int, float] = defaultdict(float)
            for other, weight in links.items():
                if other != node:
                    near[community[other]] += weight
            total[here] -= own
            best, most = here, near.get(here, 0.0) - own * total[here] / whole
            for candidate, weight in near.items():
                gain = weight - own * total[candidate] / whole
                if gain > most + 1e-12 or (gain > most - 1e-12 and candidate < best):
                    best, most = candidate, gain
            total[best] += own
            community[node] = best
            moves += best != here
        if moves * 200 < len(weights):
            break
    return community
