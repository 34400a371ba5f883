"""Replay decisions on a corpus: first what is one thing and what is two, then the facts.

The outcome depends on the set of decisions only, not on their order. A decision that finds nothing to act on is
reported as stale, two that contradict each other are reported and neither counts: no decision is lost without a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from extract.resolution.doubt import keep_confident, without_loose_statements
from extract.resolution.merge import join_facts, order_ends
from ontology.iri import entity_id
from ontology.model import Corpus, Entity, Evidence, Fact, FactObject, Finding, Modality

from .decisions import ON_FACTS, Decision, class_of, is_about, key_of, name_of, to_fact_object, to_record

_Key = tuple[str, str, str]


def replay_decisions(corpus: Corpus, decisions: Iterable[Decision], *, min_confidence: float = 0.0) -> Corpus:
    """Return a corpus as the decisions want it.

    Args:
        corpus: What the documents gave, with no least confidence applied.
        decisions: In any order.
        min_confidence: Facts of the texts below it are left out afterwards; accepted ones have confidence 1.

    Returns:
        The corpus, sorted as before, with findings `decision-stale` and `decision-conflict`.
    """
    agreed, conflicts = _without_conflicts(decisions)
    replay = _Replay(corpus)
    for action in ("split", "apart", "merge", "reject", "correct", "accept", "add"):
        for decision in agreed:
            if decision.action == action:
                replay.apply(decision)
    facts, left_out = keep_confident(join_facts(replay.facts.values()), min_confidence)
    entities = without_loose_statements(replay.entities.values(), facts)
    known = {entity.id for entity in entities}
    for key in sorted({end for f in facts for end in (f.subject, f.object) if isinstance(end, str)} - known):
        entities.append(Entity(key, class_of(key), name_of(key), (name_of(key),), origin="curated"))
    return replace(
        corpus,
        entities=tuple(sorted(entities, key=lambda e: e.id)),
        facts=tuple(facts),
        findings=(*corpus.findings, *conflicts, *replay.findings),
        min_confidence=min_confidence,
        left_out=corpus.left_out + left_out,
    )


def _without_conflicts(decisions: Iterable[Decision]) -> tuple[list[Decision], list[Finding]]:
    """Return the decisions that nobody contradicts, each outcome once, and a finding for each contradiction."""
    groups: defaultdict[tuple[str, ...], list[Decision]] = defaultdict(list)
    for decision in sorted(decisions, key=_sort_key):
        for topic in _topics(decision):
            groups[topic].append(decision)
    refused: set[str] = set()
    findings = []
    for topic in sorted(groups):
        quarrel = [d for d in groups[topic] if any(_contradict(d, other) for other in groups[topic])]
        if quarrel:
            refused.update(map(_sort_key, quarrel))
            findings.append(_conflict(quarrel))
    agreed: dict[tuple[object, ...], Decision] = {}
    for decision in sorted(decisions, key=_sort_key):
        if _sort_key(decision) not in refused:
            agreed.setdefault((decision.anchor, decision.outcome), decision)
    return list(agreed.values()), findings


def _topics(decision: Decision) -> list[tuple[str, ...]]:
    """Return what a decision is about, so widely that whatever contradicts it is about the same."""
    if decision.action in ON_FACTS:
        obj = to_fact_object(decision.object)
        subject, obj = order_ends(decision.subject, decision.relation, obj)
        return [("fact", *key_of(subject, decision.relation, obj))]
    if decision.action == "split":
        return [("split", decision.entity)]
    pair = ("pair", *sorted((decision.entity, decision.into or decision.other)))
    return [pair, ("merge", decision.entity)] if decision.action == "merge" else [pair]


def _contradict(a: Decision, b: Decision) -> bool:
    """Tell whether two decisions of one topic cannot both hold."""
    if a.action in ON_FACTS:
        same_place = not (a.doc and b.doc) or a.doc == b.doc
        same_words = a.quote in b.quote or b.quote in a.quote
        return same_place and same_words and _stance(a) != _stance(b)
    if a.action == b.action == "split":
        return bool(set(a.docs) & set(b.docs)) and a.new_entity != b.new_entity
    if a.action == b.action == "merge":
        return a.entity == b.entity and a.into != b.into
    return a.action != b.action


def _stance(decision: Decision) -> str:
    """Return what a decision makes of a fact; to accept it and to add it is one."""
    return "holds" if decision.action in ("accept", "add") else decision.outcome


def _conflict(quarrel: Sequence[Decision]) -> Finding:
    told = "; ".join(dict.fromkeys(f"{d.by}: {d.action} ({d.reason})" for d in quarrel))
    message = f"Decided differently, so not at all: {_about(quarrel[0])}: {told}"
    return Finding("decision-conflict", "warning", quarrel[0].doc, None, None, message)


class _Replay:
    """A corpus in the making."""

    def __init__(self, corpus: Corpus) -> None:
        self.entities = {entity.id: entity for entity in corpus.entities}
        self.facts = {key_of(f.subject, f.relation, f.object): f for f in corpus.facts}
        self.moved: dict[str, str] = {}
        self.carried = {key: {key} for key in self.entities}
        self.enemies: defaultdict[str, list[Decision]] = defaultdict(list)
        self.findings: list[Finding] = []

    def apply(self, decision: Decision) -> None:
        acted = getattr(self, f"_{decision.action}")(decision)
        if not acted:
            message = f"Nothing to {decision.action} any more: {_about(decision)} ({decision.by}: {decision.reason})"
            self.findings.append(Finding("decision-stale", "warning", decision.doc, None, None, message))

    # --- entities

    def _split(self, decision: Decision) -> bool:
        old, docs = self.entities.get(decision.entity), set(decision.docs)
        if old is None or not docs & set(old.docs) or decision.new_entity == old.id:
            return False
        there = self.entities.get(decision.new_entity)
        theirs_docs = tuple(sorted(docs & set(old.docs)))
        moved = Entity(decision.new_entity, old.type, decision.name, (decision.name,), theirs_docs, old.subtype)
        self.entities[moved.id] = moved if there is None else _joined(there, moved)
        self.carried.setdefault(moved.id, {moved.id})
        self.entities[old.id] = replace(old, docs=tuple(sorted(set(old.docs) - docs)))
        facts: list[Fact] = []
        for fact in self.facts.values():
            theirs = tuple(e for e in fact.evidence if e.doc in docs)
            if not theirs:
                facts.append(fact)
                continue
            others = tuple(e for e in fact.evidence if e.doc not in docs)
            if others or fact.source:
                facts.append(replace(fact, evidence=others))
            facts.append(_renamed(replace(fact, evidence=theirs, source=""), {old.id: moved.id}))
        self._set(facts)
        ends = {end for f in self.facts.values() for end in (f.subject, f.object)}
        if not self.entities[old.id].docs and old.id not in ends:
            del self.entities[old.id]
        return True

    def _merge(self, decision: Decision) -> bool:
        gone, kept = self._now(decision.entity), self._now(decision.into)
        if gone == kept:
            return decision.entity in self.moved  # others had it merged already
        if gone not in self.entities:
            return False
        carried = self.carried.get(kept, {kept}) | self.carried[gone]
        against = [e for key in sorted(carried) for e in self.enemies[key] if {e.entity, e.other} <= carried]
        if against:
            self.findings.append(_conflict([decision, *against]))
            return True
        self.carried[kept] = carried
        old = self.entities.pop(gone)
        # Merged wherever it turns up: the texts of today need not use the other name.
        into = self.entities.get(kept) or replace(old, id=kept, name=name_of(kept))
        self.entities[kept] = _joined(into, old)
        self.moved[gone] = kept
        self._set(_renamed(fact, {gone: kept}) for fact in self.facts.values())
        return True

    def _apart(self, decision: Decision) -> bool:
        """Keep later decisions from merging the two; that the texts do not is up to whoever joined the documents."""
        for one, other in ((decision.entity, decision.other), (decision.other, decision.entity)):
            self.enemies[one].append(decision)
            there = self.entities.get(one)
            names = there.names if there is not None and other not in self.entities else ()
            if other in {entity_id(class_of(one), name) for name in names}:
                return False  # one document has both names for one thing
        return True

    # --- facts

    def _reject(self, decision: Decision) -> bool:
        return self._take(decision) is not None

    def _correct(self, decision: Decision) -> bool:
        taken, to = self._take(decision), decision.to
        if taken is None or to is None:
            return False
        subject = self._now(to.subject) if to.subject else taken.subject
        obj = taken.object if to.object is None else self._end(to_fact_object(to.object))
        subject, obj = order_ends(subject, to.relation or taken.relation, obj)
        evidence = tuple(_decided(e, decision, to.modality or e.modality) for e in taken.evidence)
        origin = taken.origin if evidence else "curated"
        fixed = Fact(subject, to.relation or taken.relation, obj, origin, evidence, taken.source, taken.role)
        self._set([*self.facts.values(), fixed])
        return True

    def _accept(self, decision: Decision) -> bool:
        key = self._key(decision)
        fact = self.facts.get(key)
        if fact is None or not any(is_about(decision, e.doc, e.text) for e in fact.evidence):
            return fact is not None and not fact.evidence and not decision.doc and not decision.quote
        evidence = (
            _decided(e, decision, e.modality) if is_about(decision, e.doc, e.text) else e for e in fact.evidence
        )
        self.facts[key] = replace(fact, evidence=tuple(evidence))
        return True

    def _add(self, decision: Decision) -> bool:
        subject, relation, obj = self._ends(decision)
        words = f": “{decision.quote}”" if decision.quote else ""
        place = f" ({decision.doc})" if decision.doc else ""
        added = Fact(subject, relation, obj, "curated", source=f"{decision.by}, {decision.reason}{words}{place}")
        there = self.facts.get(key_of(subject, relation, obj))
        if there is not None:
            added = replace(there, origin="curated", source=added.source)
        self.facts[key_of(subject, relation, obj)] = added
        return True

    def _take(self, decision: Decision) -> Fact | None:
        """Take away what a decision is about, and return it; None when there is nothing."""
        key = self._key(decision)
        fact = self.facts.get(key)
        if fact is None:
            return None
        everything = not decision.doc and not decision.quote
        taken = tuple(e for e in fact.evidence if is_about(decision, e.doc, e.text))
        if not taken and not everything:
            return None
        left = tuple(e for e in fact.evidence if e not in taken)
        if left:
            self.facts[key] = replace(fact, evidence=left)
        else:
            del self.facts[key]
        return replace(fact, evidence=taken)

    # --- ids

    def _now(self, entity: str) -> str:
        while entity in self.moved:
            entity = self.moved[entity]
        return entity

    def _end(self, obj: FactObject) -> FactObject:
        return self._now(obj) if isinstance(obj, str) else obj

    def _ends(self, decision: Decision) -> tuple[str, str, FactObject]:
        obj = self._end(to_fact_object(decision.object))
        subject, obj = order_ends(self._now(decision.subject), decision.relation, obj)
        return subject, decision.relation, obj

    def _key(self, decision: Decision) -> _Key:
        return key_of(*self._ends(decision))

    def _set(self, facts: Iterable[Fact]) -> None:
        joined = join_facts(f for f in facts if f.subject != f.object)
        self.facts = {key_of(f.subject, f.relation, f.object): f for f in joined}


def _decided(evidence: Evidence, decision: Decision, modality: Modality) -> Evidence:
    return replace(evidence, modality=modality, confidence=1.0, rule=f"{decision.action}ed/{decision.by}")


def _renamed(fact: Fact, ids: Mapping[str, str]) -> Fact:
    obj = ids.get(fact.object, fact.object) if isinstance(fact.object, str) else fact.object
    subject, obj = order_ends(ids.get(fact.subject, fact.subject), fact.relation, obj)
    evidence = (replace(e, speaker=ids.get(e.speaker, e.speaker)) if e.speaker else e for e in fact.evidence)
    return replace(fact, subject=subject, object=obj, evidence=tuple(evidence))


def _joined(kept: Entity, gone: Entity) -> Entity:
    return replace(
        kept,
        names=tuple(sorted({*kept.names, *gone.names, gone.name})),
        docs=tuple(sorted({*kept.docs, *gone.docs})),
        origin="extracted" if "extracted" in (kept.origin, gone.origin) else kept.origin,
        attributes=tuple(sorted({*kept.attributes, *gone.attributes})),
    )


def _about(decision: Decision) -> str:
    if decision.action in ON_FACTS:
        words = f" “{decision.quote}”" if decision.quote else ""
        return f"{decision.subject} {decision.relation} {decision.object}{words}"
    return f"{decision.entity} → {decision.into or decision.other or decision.name}"


def _sort_key(decision: Decision) -> str:
    return str(sorted(to_record(decision).items(), key=str))
