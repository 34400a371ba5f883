"""Join what several documents say about one thing; the order of the documents changes nothing."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from ontology.iri import entity_id
from ontology.model import DocumentRecord, Entity, Evidence, Fact

from .canonical import fold, identity_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ontology.model import FactObject

INTERNAL = ("gazetteer", "localName")
"""Attributes that a document's record carries for merging and that do not reach the graph."""


def _values(entity: Entity, name: str) -> list[str]:
    return [value for key, value in entity.attributes if key == name]


def cluster_entities(records: Sequence[DocumentRecord]) -> dict[tuple[str, str], int]:
    """Return the cluster number of each (document, entity id).

    First by gazetteer identity or by the shape of the canonical name; then a name that
    exactly one other cluster carries as an alias of more than local scope is that thing too,
    unless one document tells the two apart.
    """
    keys: dict[tuple[str, ...], int] = {}
    cluster: dict[tuple[str, str], int] = {}
    docs: dict[int, set[str]] = defaultdict(set)
    aliases: dict[tuple[str, str], set[int]] = defaultdict(set)
    canonical: dict[int, set[tuple[str, str]]] = defaultdict(set)
    pinned: dict[int, str] = {}
    for record in records:
        for entity in record.entities:
            gazetteer = next(iter(_values(entity, "gazetteer")), "")
            shape = gazetteer or identity_key(entity.type, entity.name)
            key = ("gazetteer" if gazetteer else "shape", entity.type, shape)
            number = keys.setdefault(key, len(keys))
            cluster[record.doc, entity.id] = number
            docs[number].add(record.doc)
            if gazetteer:
                pinned[number] = gazetteer
            canonical[number].add((entity.type, fold(entity.name)))
            local = {fold(n) for n in _values(entity, "localName")}
            for name in (entity.name, *entity.names):
                if fold(name) not in local or name == entity.name:
                    aliases[entity.type, fold(name)].add(number)

    parent = {number: number for number in docs}

    def find(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    order = {number: key for key, number in keys.items()}
    for number in sorted(docs, key=lambda n: order[n]):
        for name in sorted(canonical[number]):
            others = {find(n) for n in aliases[name]} - {find(number)}
            if len(others) != 1:
                continue
            other = others.pop()
            root = find(number)
            if docs[root] & docs[other] or (root in pinned and other in pinned):
                continue
            keep, gone = (other, root) if other in pinned or root not in pinned else (root, other)
            parent[gone] = keep
            docs[keep] |= docs[gone]
    return {place: find(number) for place, number in cluster.items()}


def canonical_name(names: Iterable[str], gazetteer_name: str = "") -> str:
    """Return the name of a thing: the gazetteer's, else the fullest form, ties by code point."""
    if gazetteer_name:
        return gazetteer_name
    return min(names, key=lambda n: (-len(fold(n)), len(n), n))


def merge_entities(records: Sequence[DocumentRecord]) -> tuple[list[Entity], dict[tuple[str, str], str]]:
    """Return the entities of a corpus, and for each (document, local id) the id in the corpus."""
    cluster = cluster_entities(records)
    members: dict[int, list[tuple[str, Entity]]] = defaultdict(list)
    for record in records:
        for entity in record.entities:
            members[cluster[record.doc, entity.id]].append((record.doc, entity))
    named: dict[str, list[tuple[str, Entity]]] = defaultdict(list)
    for group in members.values():
        kind = group[0][1].type
        name = canonical_name({e.name for _, e in group})
        if kind == "Statement":
            named[group[0][1].id].extend(group)
        else:
            named[entity_id(kind, name)].extend(group)
    strong: dict[tuple[str, str], set[str]] = defaultdict(set)
    for new_id, group in named.items():
        for _, entity in group:
            local = {fold(n) for n in _values(entity, "localName")}
            strong[entity.type, fold(entity.name)].add(new_id)
            for name in entity.names:
                if fold(name) not in local:
                    strong[entity.type, fold(name)].add(new_id)
    entities, ids = [], {}
    for new_id in sorted(named):
        group = named[new_id]
        kind = group[0][1].type
        name = canonical_name({e.name for _, e in group})
        names = set()
        for _, entity in group:
            local = {fold(n) for n in _values(entity, "localName")}
            names |= {n for n in entity.names if fold(n) not in local or not strong[kind, fold(n)] - {new_id}}
        for doc, entity in group:
            ids[doc, entity.id] = new_id
        attributes = {pair for _, e in group for pair in e.attributes if pair[0] not in INTERNAL}
        entities.append(
            Entity(
                id=new_id,
                type=kind,
                name=name,
                names=tuple(sorted(names)),
                docs=tuple(sorted({doc for doc, _ in group})),
                subtype=min((e.subtype for _, e in group if e.subtype), default=""),
                origin="extracted",
                attributes=tuple(sorted(attributes)),
            )
        )
    return entities, ids


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
        joined[key] = fact if old is None else replace(old, evidence=(*old.evidence, *fact.evidence))
    return [
        replace(fact, evidence=tuple(sorted(set(fact.evidence), key=evidence_order)))
        for _, fact in sorted(joined.items())
    ]
