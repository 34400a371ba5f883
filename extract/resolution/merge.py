"""Join what several documents say about one thing; the order of the documents changes nothing."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ontology.iri import entity_id
from ontology.model import DocumentRecord, Entity, Evidence, Fact

from .canonical import fold, identity_key, strip_tail
from .knowledge import wordings
from .policies import plan_period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ontology.model import FactObject

    from .knowledge import Gazetteer

INTERNAL = ("gazetteer", "localName")
"""Attributes that a document's record carries for merging and that do not reach the graph."""


def _values(entity: Entity, name: str) -> list[str]:
    return [value for key, value in entity.attributes if key == name]


def cluster_entities(
    records: Sequence[DocumentRecord], *, apart: Collection[tuple[str, str]] = ()
) -> dict[tuple[str, str], int]:
    """Return the cluster number of each (document, entity id).

    First by gazetteer identity or by the shape of the canonical name; then a name that
    exactly one other cluster carries as an alias of more than local scope is that thing too,
    unless one document tells the two apart, a gazetteer does, they are plans of two periods, or somebody decided so.

    Args:
        records: The documents.
        apart: Pairs of ids that are never one thing.
    """
    enemies: defaultdict[str, set[str]] = defaultdict(set)
    for one, other in map(sorted, apart):
        enemies[one].add(other)
        enemies[other].add(one)
    on_its_own = {max(pair) for pair in apart}
    numbers: dict[tuple[str, str, str, str], int] = {}
    cluster: dict[tuple[str, str], int] = {}
    groups: list[_Cluster] = []
    owners: dict[tuple[str, str], set[int]] = defaultdict(set)
    for record in records:
        for entity in record.entities:
            gazetteer = next(iter(_values(entity, "gazetteer")), "")
            shape = identity_key(entity.type, entity.name)
            period = _period(entity)
            alone = entity.id if entity.id in on_its_own else ""
            key = (entity.type, gazetteer, "" if gazetteer else f"{shape}|{period}", "" if gazetteer else alone)
            number = numbers.setdefault(key, len(groups))
            if number == len(groups):
                groups.append(_Cluster(number, pinned=bool(gazetteer)))
            group = groups[number]
            cluster[record.doc, entity.id] = number
            group.docs.add(record.doc)
            group.ids.add(entity.id)
            group.enemies |= enemies.get(entity.id, set())
            group.periods |= {period} - {""}
            group.names |= {(entity.type, fold(entity.name)), (entity.type, f"={shape}")}
            for form in (f"={shape}", *map(fold, _lasting_names(entity))):
                owners[entity.type, form].add(number)

    def find(number: int) -> _Cluster:
        while groups[number].parent != number:
            number = groups[number].parent
        return groups[number]

    for key in sorted(numbers):
        for name in sorted(groups[numbers[key]].names):
            group = find(numbers[key])
            others = [other for other in map(find, owners[name]) if other is not group]
            if len({other.number for other in others}) == 1 and _may_join(group, others[0]):
                keep, gone = (group, others[0]) if group.pinned and not others[0].pinned else (others[0], group)
                gone.parent = keep.number
                keep.docs |= gone.docs
                keep.periods |= gone.periods
                keep.ids |= gone.ids
                keep.enemies |= gone.enemies
    return {place: find(number).number for place, number in cluster.items()}


@dataclass
class _Cluster:
    """Entities of several documents that are one thing."""

    number: int
    pinned: bool
    docs: set[str] = field(default_factory=set)
    periods: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    enemies: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    parent: int = -1

    def __post_init__(self) -> None:
        self.parent = self.number


def _may_join(a: _Cluster, b: _Cluster) -> bool:
    return not (a.docs & b.docs or a.enemies & b.ids or (a.pinned and b.pinned) or len(a.periods | b.periods) > 1)


def _period(entity: Entity) -> str:
    """Return the plan period that the titles of a policy give."""
    if entity.type != "Policy":
        return ""
    return next(filter(None, map(plan_period, sorted(entity.names))), "")


def canonical_name(label: str, names: Iterable[str]) -> str:
    """Return the name of a thing by its forms: the fullest, ties by code point.

    A topic is called by its shortest Chinese form (光伏, not 光伏产品), a person or a meeting by a form without
    title or tail (党的二十大, not 党的二十大报告): so the name does not hang on what else a corpus says.
    """
    forms = sorted(set(names))
    if label == "Topic":
        return min(forms, key=lambda n: (not _CHINESE.search(n), len(fold(n)), n))
    tails = wordings(*_TAILS[label]) if label in _TAILS else ()
    bare = [n for n in forms if strip_tail(fold(n), tails) == fold(n)]
    return min(bare or forms, key=lambda n: (-len(fold(n)), len(n), n))


_CHINESE = re.compile("[一-龥]")
_TAILS = {"Person": ("title", "tails"), "Event": ("event", "tails")}


def merge_entities(
    records: Sequence[DocumentRecord], known: Gazetteer, *, apart: Collection[tuple[str, str]] = ()
) -> tuple[list[Entity], dict[tuple[str, str], str]]:
    """Return the entities of a corpus, and for each (document, local id) the id in the corpus."""
    cluster = cluster_entities(records, apart=apart)
    members: dict[int, list[tuple[str, Entity]]] = defaultdict(list)
    for record in records:
        for entity in record.entities:
            members[cluster[record.doc, entity.id]].append((record.doc, entity))
    named: dict[str, list[tuple[str, Entity]]] = defaultdict(list)
    names: dict[str, str] = {}
    for number in sorted(members):
        group = members[number]
        new_id, name = _identity([entity for _, entity in group], known)
        named[new_id].extend(group)
        names[new_id] = name
    claimed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for new_id, group in named.items():
        for _, entity in group:
            for name in (entity.name, *entity.names):
                claimed[entity.type, fold(name)].add(new_id)
    entities, ids = [], {}
    for new_id in sorted(named):
        group = named[new_id]
        kind = group[0][1].type
        for doc, entity in group:
            ids[doc, entity.id] = new_id
        forms = {
            name
            for _, entity in group
            for name in entity.names
            if name in _lasting_names(entity) or not claimed[kind, fold(name)] - {new_id}
        }
        attributes = {pair for _, e in group for pair in e.attributes if pair[0] not in INTERNAL}
        attributes.update(known.codes(new_id))
        entities.append(
            Entity(
                id=new_id,
                type=kind,
                name=names[new_id],
                names=tuple(sorted(forms)),
                docs=tuple(sorted({doc for doc, _ in group})),
                subtype=min((e.subtype for _, e in group if e.subtype), default=""),
                attributes=tuple(sorted(attributes)),
            )
        )
    return entities, ids


def _lasting_names(entity: Entity) -> set[str]:
    """Return the names that mean an entity beyond the document that uses them."""
    local = {fold(name) for name in _values(entity, "localName")}
    return {entity.name, *(name for name in entity.names if fold(name) not in local)}


def _identity(group: Sequence[Entity], known: Gazetteer) -> tuple[str, str]:
    """Return the id and the name of what a cluster of entities is."""
    kind = group[0].type
    pinned = sorted({value for entity in group for value in _values(entity, "gazetteer")})
    if pinned and known.preferred(pinned[0]):
        return pinned[0], known.preferred(pinned[0])
    name = canonical_name(kind, (entity.name for entity in group))
    if kind == "Statement":
        return group[0].id, name
    return entity_id(kind, name), name


def fact_key(fact: Fact) -> tuple[str, str, str]:
    """Return what two statements of one fact have in common, sortable."""
    return fact.subject, fact.relation, fact.object if isinstance(fact.object, str) else repr(fact.object)


def order_ends(subject: str, relation: str, obj: FactObject) -> tuple[str, FactObject]:
    """Return the ends of a fact; those of the symmetric relation in one fixed order."""
    if relation == "collaboratesWith" and isinstance(obj, str) and obj < subject:
        return obj, subject
    return subject, obj


def evidence_order(evidence: Evidence) -> tuple[object, ...]:
    """Sort key of evidence: the best first, then by place."""
    return (
        evidence.modality != "asserted",
        -evidence.confidence,
        evidence.doc,
        evidence.start,
        evidence.end,
        evidence.rule,
        evidence.modality,
        evidence.speaker or "",
    )


def join_facts(facts: Iterable[Fact]) -> list[Fact]:
    """Return each fact once with all its evidence, sorted."""
    joined: dict[tuple[str, str, str], Fact] = {}
    for fact in facts:
        key = fact_key(fact)
        old = joined.get(key)
        if old is None:
            joined[key] = fact
        else:
            role = min(filter(None, (old.role, fact.role)), default="")
            joined[key] = replace(old, evidence=(*old.evidence, *fact.evidence), role=role)
    return [replace(fact, evidence=_distinct_evidence(fact.evidence)) for _, fact in sorted(joined.items())]


def _distinct_evidence(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return one piece for each passage and rule, the best first."""
    distinct: dict[tuple[str, int, int, str], Evidence] = {}
    for piece in sorted(evidence, key=evidence_order):
        distinct.setdefault((piece.doc, piece.start, piece.end, piece.rule), piece)
    return tuple(distinct.values())
