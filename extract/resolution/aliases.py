"""Join the names of a document that mean one thing: definitions, shapes of names, back-references."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .canonical import fold, identity_key
from .policies import plan_period
from .regions import is_self_reference

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
        """Identity in a gazetteer, or empty."""
        known = Counter(
            m.entity for m in self.mentions if m.entity.startswith(f"id:{self.label}_") and m.folded not in self.local
        )
        return min(known, key=lambda e: (-known[e], e)) if known else ""


class _Forest:
    """Union-find over form numbers; forms that a gazetteer tells apart stay apart."""

    def __init__(self, entities: Sequence[set[str]]) -> None:
        self.parent = list(range(len(entities)))
        self.entities = [set(known) for known in entities]

    def find(self, item: int) -> int:
        while self.parent[item] != item:
            self.parent[item] = self.parent[self.parent[item]]
            item = self.parent[item]
        return item

    def union(self, a: int, b: int) -> bool:
        a, b = self.find(a), self.find(b)
        if a == b:
            return True
        if self.entities[a] and self.entities[b] and self.entities[a].isdisjoint(self.entities[b]):
            return False
        low, high = min(a, b), max(a, b)
        self.parent[high] = low
        self.entities[low] |= self.entities[high]
        return True


def group_mentions(mentions: Sequence[Mention], definitions: Sequence[tuple[str, str]] = ()) -> list[Group]:
    """Return the things of a document with their mentions.

    Args:
        mentions: Settled mentions: one class for each name.
        definitions: Pairs (full name, short name) that the document itself gives.
    """
    forms: dict[tuple[str, str, str], list[Mention]] = defaultdict(list)
    for mention in mentions:
        forms[mention.label, mention.folded, _distinct(mention)].append(mention)
    keys = sorted(forms)
    known = [{m.entity for m in forms[key] if m.entity} for key in keys]
    forest = _Forest(known)
    local: dict[int, set[str]] = defaultdict(set)

    same: dict[tuple[str, str], int] = {}
    for i, (label, _, _) in enumerate(keys):
        for entity in sorted(known[i]):
            forest.union(i, same.setdefault((label, entity), i))
    _join_definitions(keys, forest, local, definitions)
    shapes: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i, (label, *_) in enumerate(keys):
        shapes[label, identity_key(label, min(m.name for m in forms[keys[i]]))].append(i)
    for (label, _), members in shapes.items():
        if label == "Policy" and len({keys[i][2] for i in members} - {""}) > 1:
            continue
        for a, b in pairwise(members):
            forest.union(a, b)
    _join_compounds(keys, forest)
    _join_tails(keys, forest, local)

    groups: dict[int, Group] = {}
    for i, key in enumerate(keys):
        group = groups.setdefault(forest.find(i), Group(key[0], []))
        group.mentions.extend(forms[key])
        group.local |= local[i] | {m.folded for m in forms[key] if is_self_reference(m)}
    for group in groups.values():
        group.mentions.sort(key=lambda m: (m.start, m.end))
    return [groups[root] for root in sorted(groups)]


_Keys = list[tuple[str, str, str]]


def _distinct(mention: Mention) -> str:
    """Return what tells mentions of one name apart: the region meant, the period of a plan."""
    match mention.label:
        case "Region":
            return mention.entity
        case "Policy":
            return plan_period(mention.name)
    return ""


def _join_definitions(
    keys: _Keys, forest: _Forest, local: dict[int, set[str]], definitions: Sequence[tuple[str, str]]
) -> None:
    """Join a short name with the full name that the document defines it by."""
    names: dict[str, list[int]] = defaultdict(list)
    for i, (_, folded, _) in enumerate(keys):
        names[folded].append(i)
    for full, short in definitions:
        for a in names.get(fold(full), ()):
            for b in names.get(fold(short), ()):
                if forest.union(a, b):
                    local[b].add(keys[b][1])


def _join_compounds(keys: _Keys, forest: _Forest) -> None:
    """Join 四川绵阳 with 绵阳 where 四川 is a region too."""
    regions = {folded: i for i, (label, folded, _) in enumerate(keys) if label == "Region"}
    for name, i in sorted(regions.items()):
        for cut in range(len(name) - 2, 1, -1):
            inner = regions.get(name[cut:])
            if inner is not None and name[:cut] in regions:
                forest.union(i, inner)
                break


def _join_tails(keys: _Keys, forest: _Forest, local: dict[int, set[str]]) -> None:
    """Join a name with the one longer name of its class that ends in it."""
    for i, (label, folded, _) in enumerate(keys):
        if label not in _HEADED or len(folded) < 2:
            continue
        longer = {
            forest.find(j)
            for j, (other, name, _) in enumerate(keys)
            if other == label and len(name) > len(folded) and name.endswith(folded)
        } - {forest.find(i)}
        if len(longer) == 1 and forest.union(i, longer.pop()):
            local[i].add(folded)
