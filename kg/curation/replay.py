"""Replay decisions on a corpus: first what is one thing and what is two, then the facts.

The outcome depends on the set of decisions only, not on their order. A decision that finds nothing to act on is
reported as stale, two that contradict each other are reported and neither counts: no decision is lost without a word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from extract.resolution.doubt import keep_confident, without_loose_statements
from extract.resolution.merge import join_facts, order_ends
from ontology.iri import entity_id
from ontology.model import Corpus, Entity, Evidence, Fact, FactObject, Finding, Modality

from .decisions import ON_FACTS, Decision, Fixed, class_of, is_about, key_of, name_of, to_fact_object, to_record

_Key = tuple[str, str, str]
_Topic = tuple[str, ...]
_FIXED = "comes of a correction"


def replay_decisions(corpus: Corpus, decisions: Iterable[Decision], *, min_confidence: float = 0.0) -> Corpus:
    """Return a corpus as the decisions want it.

    Args:
        corpus: What the documents gave, with no least confidence applied.
        decisions: In any order.
        min_confidence: Facts of the texts below it are left out afterwards; accepted ones have confidence 1.

    Returns:
        The corpus, sorted as before, with findings `decision-stale` and `decision-conflict`.
    """
    replay, decided = _Replay(corpus), list(decisions)
    for actions in (("split", "apart", "merge"), ("reject", "correct", "accept", "add")):
        # What is decided about facts can contradict itself only once it is known what is one thing.
        agreed, conflicts = _without_conflicts((d for d in decided if d.action in actions), replay.now)
        replay.findings += conflicts
        for action in actions:
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
        findings=(*corpus.findings, *replay.findings),
        min_confidence=min_confidence,
        left_out=corpus.left_out + left_out,
    )


def find_contradictions(decisions: Iterable[Decision]) -> list[str]:
    """Return what some decisions decide differently, a sentence each, as far as it shows without any text."""
    decided = list(decisions)
    parts = ([d for d in decided if (d.action in ON_FACTS) == on_facts] for on_facts in (False, True))
    return [finding.message for part in parts for finding in _without_conflicts(part, lambda entity: entity)[1]]


def _without_conflicts(
    decisions: Iterable[Decision], now: Callable[[str], str]
) -> tuple[list[Decision], list[Finding]]:
    """Return the decisions that nobody contradicts, each outcome once, and a finding for each contradiction.

    Args:
        decisions: In any order.
        now: Tells what an entity was merged into.
    """
    in_order = sorted(decisions, key=_sort_key)
    groups: defaultdict[_Topic, list[tuple[Decision, str]]] = defaultdict(list)
    for decision in in_order:
        for topic, stance in _stances(decision, now).items():
            groups[topic].append((decision, stance))
    refused: set[str] = set()
    findings = []
    for topic in sorted(groups):
        group = groups[topic]
        quarrel = [d for d, stance in group if any(_contradict(d, stance, *other) for other in group)]
        if quarrel:
            refused.update(map(_sort_key, quarrel))
            findings.append(_conflict(quarrel))
    agreed: dict[tuple[object, ...], Decision] = {}
    for decision in in_order:
        if _sort_key(decision) not in refused:
            agreed.setdefault((decision.anchor, decision.outcome), decision)
    return list(agreed.values()), findings


def _stances(decision: Decision, now: Callable[[str], str]) -> dict[_Topic, str]:
    """Return what a decision is about, and what it says of it.

    So widely that whatever contradicts it is about the same. To accept a fact and to add it is one; to correct one
    is also to say that the corrected one holds.
    """
    if decision.action in ON_FACTS:
        holds = decision.action in ("accept", "add")
        stances = {_fact_topic(decision, now): "holds" if holds else decision.outcome}
        if decision.action == "correct":
            stances.setdefault(_fact_topic(_as_corrected(decision), now), _FIXED)
        return stances
    if decision.action == "split":
        return {("split", decision.entity): decision.outcome}
    pair: _Topic = ("pair", *sorted((decision.entity, decision.into or decision.other)))
    merge: dict[_Topic, str] = {("merge", decision.entity): decision.outcome} if decision.action == "merge" else {}
    return {pair: decision.action, **merge}


def _as_corrected(decision: Decision) -> Decision:
    """Return a correction as a decision about the fact that it wants."""
    to = decision.to or Fixed()
    subject, relation = to.subject or decision.subject, to.relation or decision.relation
    return replace(decision, subject=subject, relation=relation, object=to.object or decision.object)


def _fact_topic(decision: Decision, now: Callable[[str], str]) -> _Topic:
    return ("fact", *key_of(*_ends(decision, now)))


def _ends(decision: Decision, now: Callable[[str], str]) -> tuple[str, str, FactObject]:
    """Return the fact that a decision is about, as it reads after the merges."""
    obj = to_fact_object(decision.object)
    subject, obj = order_ends(now(decision.subject), decision.relation, now(obj) if isinstance(obj, str) else obj)
    return subject, decision.relation, obj


def _contradict(a: Decision, stance: str, b: Decision, other: str) -> bool:
    """Tell whether two decisions of one topic, with what they say of it, cannot both hold."""
    if a.action in ON_FACTS:
        same_place = not (a.doc and b.doc) or a.doc == b.doc
        same_words = a.quote in b.quote or b.quote in a.quote
        if _FIXED in (stance, other):
            return same_place and same_words and "reject" in (a.action, b.action)
        return same_place and same_words and stance != other
    if a.action == b.action == "split":
        return bool(set(a.docs) & set(b.docs)) and a.new_entity != b.new_entity
    return stance != other


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
        # Under which ids a thing goes: its own, and those of names that the texts already joined to it.
        self.carried = {
            key: {key} | {other for name in e.names if (other := entity_id(e.type, name)) not in self.entities}
            for key, e in self.entities.items()
        }
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
        gone, kept = self.now(decision.entity), self.now(decision.into)
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
        subject, relation, obj = _ends(_as_corrected(decision), self.now)
        evidence = tuple(_decided(e, decision, to.modality or e.modality) for e in taken.evidence)
        origin = taken.origin if evidence else "curated"
        fixed = Fact(subject, relation, obj, origin, evidence, taken.source, taken.role)
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
        subject, relation, obj = _ends(decision, self.now)
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

    def now(self, entity: str) -> str:
        """Return what an entity was merged into, or itself."""
        while entity in self.moved:
            entity = self.moved[entity]
        return entity

    def _key(self, decision: Decision) -> _Key:
        return key_of(*_ends(decision, self.now))

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
