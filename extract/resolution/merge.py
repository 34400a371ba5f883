"""Join what several documents say about one thing; the order of the documents changes nothing."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ontology.iri import entity_id
from ontology.model import Entity, Evidence, Fact

from .canonical import fold, identity_key, strip_tail
from .knowledge import wordings
from .policies import plan_period

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence

    from ontology.model import FactObject

    from .knowledge import Gazetteer

Key: TypeAlias = tuple[str, str, str, str]
Form: TypeAlias = tuple[str, str]
"""A class and a folded name."""
_Item = TypeVar("_Item")

INTERNAL = ("gazetteer", "localName")
"""Attributes that a document's record carries for merging and that do not reach the graph."""


def _values(entity: Entity, name: str) -> list[str]:
    return [value for key, value in entity.attributes if key == name]


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
    if len(forms) == 1:
        return forms[0]
    if label == "Topic":
        return min(forms, key=lambda n: (not _CHINESE.search(n), len(fold(n)), n))
    tails = wordings(*_TAILS[label]) if label in _TAILS else ()
    bare = [n for n in forms if strip_tail(fold(n), tails) == fold(n)]
    return min(bare or forms, key=lambda n: (-len(fold(n)), len(n), n))


_CHINESE = re.compile("[一-龥]")
_TAILS = {"Person": ("title", "tails"), "Event": ("event", "tails")}


class EntityMerge:
    """The entities of a corpus, coming together from one document after the other.

    What is held grows with distinct entities and the numbers of the documents that mention them, not with the records.
    First all documents are added, sorted by name; then `finish` says what there is, and `id_of` who is who.

    Entities are one thing by gazetteer identity or by the shape of the canonical name; then a name that exactly one
    other cluster carries as an alias of more than local scope is that thing too, unless one document tells the two
    apart, a gazetteer does, they are plans of two periods, or somebody decided so.

    Args:
        apart: Pairs of ids that are never one thing.
    """

    def __init__(self, apart: Collection[tuple[str, str]] = ()) -> None:
        self._enemies: defaultdict[str, set[str]] = defaultdict(set)
        for one, other in apart:
            self._enemies[one].add(other)
            self._enemies[other].add(one)
        self._on_its_own = {max(pair) for pair in apart}
        self._docs: list[str] = []
        self._numbers: dict[Key, int] = {}
        self._groups: list[_Cluster] = []
        self._owners: dict[Form, int | set[int]] = {}
        self._ids: dict[int, str] = {}
        self._named: dict[str, tuple[str, list[_Cluster]]] = {}

    def add(self, doc: str, entities: Iterable[Entity]) -> None:
        """Take in the entities of a document that comes after all before it."""
        place = len(self._docs)
        self._docs.append(doc)
        for entity in entities:
            key = self._key(entity)
            number = self._numbers.setdefault(key, len(self._groups))
            if number == len(self._groups):
                self._groups.append(_Cluster(number, entity.type, bool(key[1]), (place, entity.id)))
            group = self._groups[number]
            group.take(place, entity)
            if self._enemies:
                group.ids |= {entity.id}
                group.enemies |= self._enemies.get(entity.id, set())

    def add_groups(self, docs: Sequence[str], groups: Iterable[EntityGroup]) -> None:
        """Take in the entities of all documents, those of each key already together.

        Args:
            docs: All documents, sorted by name.
            groups: One for each key, in any order.
        """
        places = {doc: place for place, doc in enumerate(docs)}
        self.add_placed(docs, ((group, array("I", sorted(places[doc] for doc in group.docs))) for group in groups))

    def add_placed(self, docs: Sequence[str], groups: Iterable[tuple[EntityGroup, array[int]]]) -> None:
        """Take in the entities of all documents, with the places of theirs in place of the names.

        Args:
            docs: All documents, sorted by name.
            groups: One for each key, in any order, with where the documents that mention it stand in `docs`, ascending.
        """
        self._docs = list(docs)
        for group, places in sorted(groups, key=lambda placed: (placed[1][0], *placed[0].first[1:])):
            number = self._numbers.setdefault(group.key, len(self._groups))
            cluster = _Cluster(number, group.key[0], bool(group.key[1]), (places[0], group.first[2]))
            cluster.docs = places
            cluster.periods, cluster.titles, cluster.names = group.periods, group.titles, group.names
            cluster.lasting, cluster.attributes, cluster.subtype = group.lasting, group.attributes, group.subtype
            self._groups.append(cluster)

    def groups(self) -> Iterator[tuple[EntityGroup, array[int]]]:
        """Yield what `add_placed` takes, of all that was added; call it before `finish`."""
        for key, number in self._numbers.items():
            cluster = self._groups[number]
            place, entity_id = cluster.first
            yield EntityGroup(
                key, (self._docs[place], 0, entity_id), (), (), cluster.periods, cluster.titles, cluster.names,
                cluster.lasting, cluster.attributes, cluster.subtype,
            ), cluster.docs  # fmt: skip

    def finish(self, known: Gazetteer) -> list[Entity]:
        """Join what is one thing, and return the entities of the corpus, sorted by id."""
        self.join(known)
        return self.entities(known)

    def join(self, known: Gazetteer) -> None:
        """Join what is one thing; `id_of` and the like know it from then on."""
        self._join()
        self._owners = {}
        members: dict[int, list[_Cluster]] = defaultdict(list)
        for group in self._groups:
            members[self._find(group.number).number].append(group)
        self._named = {}
        for number in sorted(members):
            new_id, name = _identity(members[number], known)
            _, groups = self._named.get(new_id, ("", []))
            self._named[new_id] = name, groups + members[number]
            self._ids[number] = new_id

    def entities(self, known: Gazetteer, taken: Container[Form] = ()) -> list[Entity]:
        """Return the entities of the corpus, sorted by id; to be called once, after `join`.

        Args:
            known: What gazetteers know.
            taken: Names that entities carry, too, which were not taken in.
        """
        named, self._named = self._named, {}
        claimed: dict[Form, str | None] = {}
        for new_id, (_, groups) in named.items():
            for group in groups:
                for form in _forms_of_names(group):
                    is_taken = claimed.get(form, new_id) != new_id or form in taken
                    claimed[form] = None if is_taken else new_id
        return [self._entity(new_id, *named[new_id], claimed, known) for new_id in sorted(named)]

    def id_of(self, entity: Entity) -> str:
        """Return the id in the corpus of an entity of a document."""
        return self.id_of_key(self._key(entity))

    def _entity(
        self,
        new_id: str,
        name: str,
        groups: Sequence[_Cluster],
        claimed: Mapping[Form, str | None],
        known: Gazetteer,
    ) -> Entity:
        kind = groups[0].type
        lasting = {form for group in groups for form in group.lasting}
        forms = {form for group in groups for form in group.names}
        attributes = {pair for group in groups for pair in group.attributes if pair[0] not in INTERNAL}
        attributes.update(known.attributes(new_id))
        if kind == "Statement":  # the words in one document; in another they may stand without a comma
            attributes = {pair for pair in attributes if pair[0] != "text"} | {("text", name)}
        return Entity(
            id=new_id,
            type=kind,
            name=name,
            names=tuple(sorted(f for f in forms if f in lasting or claimed.get((kind, fold(f)), new_id) == new_id)),
            docs=tuple(self._docs[place] for place in sorted({place for group in groups for place in group.docs})),
            subtype=min((group.subtype for group in groups if group.subtype), default=""),
            attributes=tuple(sorted(attributes)),
        )

    def id_of_group(self, group: EntityGroup) -> str:
        """Return the id in the corpus of the entities of a group."""
        return self.id_of_key(group.key)

    def id_of_key(self, key: Key) -> str:
        """Return the id in the corpus of the entities of a key."""
        return self._ids[self._find(self._numbers[key]).number]

    def ids(self) -> Iterator[tuple[Key, str]]:
        """Yield each key and the id in the corpus of its entities."""
        return ((key, self.id_of_key(key)) for key in self._numbers)

    def _key(self, entity: Entity) -> Key:
        """Return the key of an entity; of a pair to be kept apart, one is known also by its id."""
        key = naming_key(entity)
        return key if key[1] or entity.id not in self._on_its_own else (*key[:3], entity.id)

    def _own(self, kind: str, form: str, number: int) -> None:
        """Note who carries a form of a name; mostly it is one, so a set comes with the second."""
        owner = self._owners.setdefault((kind, form), number)
        if isinstance(owner, set):
            owner.add(number)
        elif owner != number:
            self._owners[kind, form] = {owner, number}

    def _join(self) -> None:
        for group in self._groups:
            for form in group.forms():
                self._own(group.type, form, group.number)
        shared = {number for owner in self._owners.values() if isinstance(owner, set) for number in owner}
        for key in sorted(key for key, number in self._numbers.items() if number in shared):
            own = self._groups[self._numbers[key]]
            for form in sorted(own.forms_of_titles()):
                group = self._find(own.number)
                owner = self._owners.get((own.type, form), ())
                others = [self._find(number) for number in ((owner,) if isinstance(owner, int) else owner)]
                others = [other for other in others if other is not group]
                if len({other.number for other in others}) == 1 and _may_join(group, others[0]):
                    keep, gone = (group, others[0]) if group.pinned and not others[0].pinned else (others[0], group)
                    gone.parent = keep.number
                    keep.docs = array("I", sorted({*keep.docs, *gone.docs}))
                    keep.periods = _united(keep.periods, gone.periods)
                    keep.ids |= gone.ids
                    keep.enemies |= gone.enemies

    def _find(self, number: int) -> _Cluster:
        while self._groups[number].parent != number:
            number = self._groups[number].parent
        return self._groups[number]


@dataclass(slots=True)
class _Cluster:
    """Entities of several documents that are one thing.

    Attributes:
        number: Its place among all.
        type: Class of its entities.
        pinned: Whether a gazetteer says what it is.
        first: The first document that mentions it, by number, and the id it has there.
        docs: Numbers of the documents that mention it, ascending; of joined clusters those of all.
        periods: Plan periods of a policy, likewise.
        titles: Canonical names in the documents.
        names: All names in the documents.
        lasting: Those of the names that mean it beyond a document.
        attributes: Pairs, without names of local scope.
        subtype: The first by name.
        ids: Ids of its entities in their documents, where some are to be kept apart.
        enemies: Ids that they are to be kept apart from.
        parent: Number of the cluster that it was joined to, or its own.
    """

    number: int
    type: str
    pinned: bool
    first: tuple[int, str]
    docs: array[int] = field(default_factory=lambda: array("I"))
    periods: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    subtype: str = ""
    ids: frozenset[str] = frozenset()
    enemies: frozenset[str] = frozenset()
    parent: int = -1

    def __post_init__(self) -> None:
        self.parent = self.number

    def take(self, place: int, entity: Entity) -> None:
        """Take in an entity of a document that comes not before the last one."""
        if not self.docs or self.docs[-1] != place:
            self.docs.append(place)
        if period := _period(entity):
            self.periods = _united(self.periods, (period,))
        self.titles = _united(self.titles, (entity.name,))
        self.names = _united(self.names, entity.names)
        self.lasting = _united(self.lasting, _lasting_names(entity))
        self.attributes = _united(self.attributes, (pair for pair in entity.attributes if pair[0] != "localName"))
        self.subtype = min(filter(None, (self.subtype, entity.subtype)), default="")

    def forms_of_titles(self) -> set[str]:
        """Return the canonical names as they are compared, and their shapes."""
        return _forms_of_titles(self.type, self.titles)

    def forms(self) -> set[str]:
        """Return all that it is known by beyond a document."""
        return self.forms_of_titles().union(map(fold, self.lasting))


@dataclass(frozen=True, slots=True)
class EntityGroup:
    """Entities of one key from all documents: what `group_entities` makes of them, wherever that runs.

    Attributes:
        key: What they have in common.
        first: The first of them: its document, its place among the entities there, its id there.
        docs: Documents that mention it.
        ids: Their ids in the documents.
        periods: Plan periods of a policy.
        titles: Canonical names in the documents.
        names: All names in the documents.
        lasting: Those of the names that mean it beyond a document.
        attributes: Pairs, without names of local scope.
        subtype: The first by name.
    """

    key: Key
    first: tuple[str, int, str]
    docs: tuple[str, ...]
    ids: tuple[str, ...]
    periods: tuple[str, ...]
    titles: tuple[str, ...]
    names: tuple[str, ...]
    lasting: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    subtype: str

    @property
    def type(self) -> str:
        """Class of the entities."""
        return self.key[0]

    def title_forms(self) -> set[Form]:
        """Return by what another one that carries it may be the same thing: canonical names, and their shapes."""
        return {(self.type, form) for form in _forms_of_titles(self.type, self.titles)}

    def lasting_forms(self) -> set[Form]:
        """Return the names that mean it beyond a document, as they are compared."""
        return {(self.type, fold(name)) for name in self.lasting}

    def claimed_forms(self) -> set[Form]:
        """Return all names, as they are compared: one of local scope is kept where nobody else carries it."""
        return _forms_of_names(self)


def _forms_of_titles(kind: str, titles: Iterable[str]) -> set[str]:
    return {form for title in titles for form in (fold(title), f"={identity_key(kind, title)}")}


def _forms_of_names(group: EntityGroup | _Cluster) -> set[Form]:
    return {(group.type, fold(name)) for name in (*group.titles, *group.names)}


def naming_key(entity: Entity) -> Key:
    """Return what an entity is known by in every document: class, and gazetteer identity or shape and plan period."""
    for key, value in entity.attributes:
        if key == "gazetteer":
            return entity.type, value, "", ""
    return entity.type, "", f"{identity_key(entity.type, entity.name)}|{_period(entity)}", ""


def group_entities(key: Key, entities: Iterable[tuple[str, int, Entity]]) -> EntityGroup:
    """Bring the entities of one key together.

    Args:
        key: Their key.
        entities: Document, place among the entities of the document, entity; sorted.
    """
    docs: dict[str, int] = {}
    ids: dict[str, None] = {}
    first: tuple[str, int, str] | None = None
    cluster = _Cluster(0, key[0], bool(key[1]), (0, ""))
    for doc, number, entity in entities:
        first = first or (doc, number, entity.id)
        ids[entity.id] = None
        cluster.take(docs.setdefault(doc, len(docs)), entity)
    assert first is not None
    return EntityGroup(
        key, first, tuple(docs), tuple(ids), cluster.periods, cluster.titles, cluster.names, cluster.lasting,
        cluster.attributes, cluster.subtype,
    )  # fmt: skip


def united_group(one: EntityGroup, other: EntityGroup) -> EntityGroup:
    """Return what groups of one key, of different documents, are together, but for their documents and ids."""
    return EntityGroup(
        one.key, min(one.first, other.first), (), (), _united(one.periods, other.periods),
        _united(one.titles, other.titles), _united(one.names, other.names), _united(one.lasting, other.lasting),
        _united(one.attributes, other.attributes), min(filter(None, (one.subtype, other.subtype)), default=""),
    )  # fmt: skip


def _united(known: tuple[_Item, ...], further: Iterable[_Item]) -> tuple[_Item, ...]:
    """Return the items with those that are new: of a few, in half the memory that a set takes."""
    new = [item for item in dict.fromkeys(further) if item not in known]
    return (*known, *new) if new else known


def _may_join(a: _Cluster, b: _Cluster) -> bool:
    return not (
        (a.pinned and b.pinned)
        or a.enemies & b.ids
        or len({*a.periods, *b.periods}) > 1
        or _share_document(a.docs, b.docs)
    )


def _share_document(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether two ascending sequences have a number in common."""
    few, many = sorted((a, b), key=len)
    places = ((number, bisect_left(many, number)) for number in few)
    return any(place < len(many) and many[place] == number for number, place in places)


def _lasting_names(entity: Entity) -> Sequence[str]:
    """Return the names that mean an entity beyond the document that uses them."""
    local = {fold(name) for name in _values(entity, "localName")}
    if not local:
        return entity.names
    return [name for name in entity.names if name == entity.name or fold(name) not in local]


def _identity(groups: Sequence[_Cluster], known: Gazetteer) -> tuple[str, str]:
    """Return the id and the name of what some clusters are."""
    kind = groups[0].type
    pinned = sorted({value for group in groups for key, value in group.attributes if key == "gazetteer"})
    if pinned and known.preferred(pinned[0]):
        return pinned[0], known.preferred(pinned[0])
    name = canonical_name(kind, (title for group in groups for title in group.titles))
    if kind == "Statement":
        return min(group.first for group in groups)[1], name
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
    same: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        same.setdefault(fact_key(fact), []).append(fact)
    return [_joined_fact(same[key]) for key in sorted(same)]


def _joined_fact(same: Sequence[Fact]) -> Fact:
    if len(same) == 1 and len(same[0].evidence) < 2:
        return same[0]
    evidence = _distinct_evidence(piece for fact in same for piece in fact.evidence)
    return replace(same[0], evidence=evidence, role=min((fact.role for fact in same if fact.role), default=""))


def _distinct_evidence(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return one piece for each passage and rule, the best first."""
    distinct: dict[tuple[str, int, int, str], Evidence] = {}
    for piece in sorted(evidence, key=evidence_order):
        distinct.setdefault((piece.doc, piece.start, piece.end, piece.rule), piece)
    return tuple(distinct.values())
