"""Join the names of a document that mean one thing: definitions, shapes of names, back-references."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .canonical import fold, identity_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .mentions import Mention

_HEADED = frozenset(
    ("Zone", "Cluster", "Facility", "Policy", "Initiative", "Event", "GovernmentBody", "Firm", "ResearchOrg",
     "Institution", "Platform", "Role", "Report")
)  # fmt: skip
"""Classes whose names end in what the thing is, so that a tail of a name can stand for the whole."""


@dataclass
class Group:
    """The names of one thing in one document.

    Attributes:
        label: Class.
        mentions: Where it is named.
        local: Folded names that mean it in this document only.
    """

    label: str
    mentions: list[Mention]
    local: set[str] = field(default_factory=set)

    @property
    def entity(self) -> str:
        """Identity in the gazetteer, or empty."""
        known = Counter(m.entity for m in self.mentions if m.entity and m.folded not in self.local)
        return min(known, key=lambda e: (-known[e], e)) if known else ""


class _Forest:
    """Union-find over form numbers."""

    def __init__(self, size: int) -> None:
        self.parent = list(range(size))

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def union(self, a: int, b: int) -> None:
        a, b = self.find(a), self.find(b)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


def group_mentions(mentions: Sequence[Mention], definitions: Sequence[tuple[str, str]] = ()) -> list[Group]:
    """Return the things of a document with their mentions.

    Args:
        mentions: Settled mentions: one class for each name.
        definitions: Pairs (full name, short name) that the document itself gives.
    """
    forms: dict[tuple[str, str], list[Mention]] = defaultdict(list)
    for mention in mentions:
        forms[mention.label, mention.folded].append(mention)
    keys = sorted(forms)
    forest = _Forest(len(keys))
    local: dict[int, set[str]] = defaultdict(set)

    entities: dict[tuple[str, str], int] = {}
    shapes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, (label, folded) in enumerate(keys):
        for entity in sorted({m.entity for m in forms[keys[i]] if m.entity}):
            forest.union(i, entities.setdefault((label, entity), i))
        shapes[label, identity_key(label, folded)].append(i)
    known = {i: {m.entity for m in forms[key] if m.entity} for i, key in enumerate(keys)}
    for members in shapes.values():
        for a, b in pairwise(members):
            if not (known[a] and known[b] and known[a].isdisjoint(known[b])):
                forest.union(a, b)

    names: dict[str, list[int]] = defaultdict(list)
    for i, (_, folded) in enumerate(keys):
        names[folded].append(i)
    for full, short in definitions:
        for a in names.get(fold(full), ()):
            for b in names.get(fold(short), ()):
                forest.union(a, b)
                local[b].add(keys[b][1])

    for i, (label, folded) in enumerate(keys):
        if label not in _HEADED or len(folded) < 2:
            continue
        longer = {
            forest.find(j)
            for j, (other, name) in enumerate(keys)
            if other == label and j != i and len(name) > len(folded) and name.endswith(folded)
        } - {forest.find(i)}
        if len(longer) == 1:
            forest.union(i, longer.pop())
            local[i].add(folded)

    groups: dict[int, Group] = {}
    for i, key in enumerate(keys):
        root = forest.find(i)
        group = groups.setdefault(root, Group(keys[root][0], []))
        group.mentions.extend(forms[key])
        group.local |= local[i]
    for group in groups.values():
        group.mentions.sort(key=lambda m: (m.start, m.end))
    return [groups[root] for root in sorted(groups)]
