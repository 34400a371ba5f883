"""Join the names of a document that mean one thing: definitions, shapes of names, back-references."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from .canonical import fold, identity_key, strip_tail
from .knowledge import rules, wordings
from .policies import plan_period
from .regions import is_self_reference

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .mentions import Mention


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
    def score(self) -> float:
        """The best score of its mentions."""
        return max([m.score for m in self.mentions])

    @property
    def entity(self) -> str:
        """Identity in a gazetteer, or empty."""
        own = f"id:{self.label}_"
        known = [m.entity for m in self.mentions if m.entity.startswith(own) and m.folded not in self.local]
        return min(known, key=lambda entity: (-known.count(entity), entity)) if known else ""


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


class Definition(NamedTuple):
    """A short name that a document itself gives.

    Attributes:
        full: The name that it stands for.
        short: The short name.
        start: Where it is defined.
        sense: The number of the definition where the text gives this short name more than once, else 0.
    """

    full: str
    short: str
    start: int = 0
    sense: int = 0


def group_mentions(mentions: Sequence[Mention], definitions: Sequence[Definition] = ()) -> list[Group]:
    """Return the things of a document with their mentions.

    Args:
        mentions: Settled mentions: one class for each name.
        definitions: Short names that the document itself gives.
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
    ranked: dict[tuple[str, str], list[int]] = defaultdict(list)
    cores = [_core(label, folded) for label, folded, _ in keys]
    for i, key in enumerate(keys):
        label, folded, _ = key
        shapes[label, identity_key(label, min([m.name for m in forms[key]]))].append(i)
        if cores[i] != folded:
            ranked[label, cores[i]].append(i)
    for (label, _), members in shapes.items():
        if len(members) < 2:
            continue
        members = [i for i in members if not keys[i][2].startswith(_SENSE)]
        if label == "Policy" and len({keys[i][2] for i in members} - {""}) > 1:
            continue
        for a, b in pairwise(members):
            forest.union(a, b)
    plain = {key[:2]: i for i, key in enumerate(keys)}
    for name, members in ranked.items():
        for a, b in pairwise([*members, *([plain[name]] if name in plain else [])]):
            forest.union(a, b)
    endings = _longer_names(keys, cores, ("Region", "Topic", *wordings("joined_by_end")), at_end=True)
    beginnings = _longer_names(keys, cores, wordings("joined_by_beginning"), at_end=False)
    _join_regions(keys, forest, endings)
    _join_topics(keys, forest, endings)
    _join_parts(keys, forest, local, endings, beginnings, forms)
    _join_abbreviations(keys, forest, local)

    groups: dict[int, Group] = {}
    for i, key in enumerate(keys):
        root = forest.find(i)
        if root not in groups:
            groups[root] = Group(key[0], [])
        group = groups[root]
        group.mentions.extend(forms[key])
        group.local |= local[i]
        if key[0] == "Region":
            group.local |= {m.folded for m in forms[key] if is_self_reference(m)}
    for group in groups.values():
        group.mentions.sort(key=attrgetter("start", "end"))
    return [groups[root] for root in sorted(groups)]


_Keys = list[tuple[str, str, str]]
_SHORTEST_NAME = 3


_SENSE = "sense "


def _sense(number: int) -> str:
    return f"{_SENSE}{number}"


def _distinct(mention: Mention) -> str:
    """Return what tells mentions of one name apart: its definition, the region meant, the period of a plan."""
    if mention.sense:
        return _sense(mention.sense)
    match mention.label:
        case "Region":
            return mention.entity
        case "Policy":
            return plan_period(mention.name)
    return ""


def _join_definitions(
    keys: _Keys, forest: _Forest, local: dict[int, set[str]], definitions: Sequence[Definition]
) -> None:
    """Join a short name with the full name that the document defines it by."""
    names: dict[str, list[int]] = defaultdict(list)
    for i, (_, folded, _) in enumerate(keys):
        names[folded].append(i)
    for definition in definitions:
        for a in names.get(fold(definition.full), ()):
            for b in names.get(fold(definition.short), ()):
                if definition.sense and keys[b][2] != _sense(definition.sense):
                    continue
                if forest.union(a, b):
                    local[b].add(keys[b][1])


def _longer_names(keys: _Keys, cores: Sequence[str], labels: Collection[str], *, at_end: bool) -> dict[int, list[int]]:
    """Return for each form of some classes the longer forms of its class that end (or begin) with it."""
    by_label: dict[str, dict[str, list[int]]] = {label: defaultdict(list) for label in labels}
    for i, core in enumerate(cores):
        if keys[i][0] in by_label:
            by_label[keys[i][0]][core].append(i)
    longer: dict[int, list[int]] = defaultdict(list)
    for j, core in enumerate(cores):
        forms = by_label.get(keys[j][0], {})
        if len(forms) < 2:
            continue
        for cut in range(1, len(core) - 1) if at_end else range(2, len(core)):
            for i in forms.get(core[cut:] if at_end else core[:cut], ()):
                longer[i].append(j)
    return longer


def _core(label: str, folded: str) -> str:
    """Return what of a name is compared: a firm without legal form and 科技, a thing without what ranks it."""
    if label == "Firm":
        return strip_tail(identity_key(label, folded), wordings("firm", "local_tails"))
    return without_rank(label, folded)


@lru_cache(maxsize=16384)
def without_rank(label: str, name: str) -> str:
    """Return a name without what ranks the thing in front of it: 低空测试场 for 全国首个低空测试场."""
    rank = _ranked().match(name) if label in wordings("joined_without_rank") else None
    return name[rank.end() :] if rank and len(name) - rank.end() >= _SHORTEST_NAME else name


@cache
def _ranked() -> re.Pattern[str]:
    return re.compile(rules()["ranked"])


def _join_regions(keys: _Keys, forest: _Forest, longer: dict[int, list[int]]) -> None:
    """Join 四川绵阳, 环青海湖 with the region that their name ends in, 陆屋镇 with 陆屋 if no other is called so."""
    named = {key[1]: i for i, key in enumerate(keys) if key[0] == "Region"}
    tails = wordings("region", "local_tails")
    for name, i in named.items():
        core = strip_tail(name, tails)
        if core != name and core in named and not forest.entities[forest.find(named[core])]:
            forest.union(i, named[core])
    shorter: dict[int, list[int]] = defaultdict(list)
    for j, names in longer.items():
        for i in names:
            if keys[i][0] == "Region":
                shorter[i].append(j)
    for i in sorted(shorter, key=lambda i: (not forest.entities[forest.find(i)], -len(keys[i][1]), keys[i])):
        for j in sorted(shorter[i], key=lambda j: (-len(keys[j][1]), keys[j])):
            roots = {forest.find(k) for k in longer[j]}
            if (keys[j][2] or len(roots) == 1) and forest.union(i, j):
                break


def _join_topics(keys: _Keys, forest: _Forest, endings: dict[int, list[int]]) -> None:
    """Join a topic with itself made longer by a word that adds nothing: 光伏 and 光伏产品, 光纤 and 新型光纤."""
    topics = {key[1]: i for i, key in enumerate(keys) if key[0] == "Topic"}
    tails, heads = wordings("topic", "local_tails"), wordings("topic", "local_heads")
    for name, i in sorted(topics.items()):
        if name in wordings("topic", "apart"):
            continue
        for tail in tails if name.endswith(tails) else ():
            core = name.removesuffix(tail)
            if core != name and core in topics and core not in wordings("topic", "bound"):
                forest.union(i, topics[core])
        for head in heads if name.startswith(heads) else ():
            core = name.removeprefix(head)
            if core != name and core in topics and len(endings.get(topics[core], ())) == 1:
                forest.union(i, topics[core])


def _join_parts(
    keys: _Keys,
    forest: _Forest,
    local: dict[int, set[str]],
    endings: dict[int, list[int]],
    beginnings: dict[int, list[int]],
    forms: Mapping[tuple[str, str, str], Sequence[Mention]],
) -> None:
    """Join a name with the one longer name of its class that ends in it, or begins with it.

    Where several end in it, the only one that the text had named when it first used the short one. A name that the
    text defines means what it was defined to mean, and nothing that ends in the same words.
    """
    defined = set(local)
    by_end, by_beginning = wordings("joined_by_end"), wordings("joined_by_beginning")
    for i in sorted((endings.keys() | beginnings.keys()) - defined):
        label, folded, _ = keys[i]
        ending = endings.get(i, []) if label in by_end else []
        beginning = beginnings.get(i, []) if label in by_beginning else []
        for longer in filter(None, (ending, beginning)):
            roots = {forest.find(j) for j in longer} - {forest.find(i)}
            if len(roots) > 1 and longer is ending and label in wordings("joined_by_end_of_first"):
                first = min(m.start for m in forms[keys[i]])
                before = [j for j in longer if min(m.start for m in forms[keys[j]]) < first]
                roots = {forest.find(j) for j in before} - {forest.find(i)}
            if len(roots) == 1 and forest.union(i, roots.pop()):
                local[i].add(folded)


def _join_abbreviations(keys: _Keys, forest: _Forest, local: dict[int, set[str]]) -> None:
    """Join a name with the one longer name of its class that it leaves characters out of: 合新高铁, 合肥至新沂高铁.

    The last characters are the same: what kind of thing it is is not left out. Where it begins is only in some classes
    (武清开发区, 天津武清经济技术开发区).
    """
    alike: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    by_abbreviation, by_inner = wordings("joined_by_abbreviation"), wordings("joined_by_inner_abbreviation")
    for i, (label, folded, _) in enumerate(keys):
        if len(folded) < _SHORTEST_NAME:
            continue
        if label in by_abbreviation:
            alike[label, folded[0], folded[-1]].append(i)
        if label in by_inner:
            alike[label, "", folded[-1]].append(i)
    for (_, beginning, _), forms in alike.items():
        if len(forms) < 2:
            continue
        for i in forms:
            short = keys[i][1]
            longer = [j for j in forms if _abbreviates(short, keys[j][1], beginning)]
            roots = {forest.find(j) for j in longer} - ({forest.find(i)} if beginning else set())
            if len(roots) == 1 and forest.union(i, roots.pop()):
                local[i].add(short)


def _abbreviates(short: str, long: str, beginning: str) -> bool:
    """Whether a name leaves characters out of a longer one, the beginning too where none is given."""
    return len(long) > len(short) and (long[0] != short[0] or bool(beginning)) and _leaves_out(short, long)


def _leaves_out(short: str, long: str) -> bool:
    """Whether all characters of the short name stand in the long one in this order."""
    rest = iter(long)
    return all(character in rest for character in short)
