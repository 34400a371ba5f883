"""④ resolve: from mentions and candidates to entities and facts, within and across documents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ontology.iri import entity_id, hashed_id
from ontology.model import (
    ORGANIZATION_CLASSES,
    CleanText,
    Corpus,
    DateValue,
    DocumentRecord,
    Entity,
    Fact,
    FactObject,
    Observation,
)
from ontology.namespace import ALLOWED, is_allowed

from .resolution.aliases import without_rank
from .resolution.background import background
from .resolution.canonical import fold, plain_name
from .resolution.consistency import settle
from .resolution.copies import find_copies, fingerprint_text
from .resolution.doubt import keep_confident, without_loose_statements
from .resolution.evidence import Quotations
from .resolution.grouping import group_document
from .resolution.knowledge import gazetteer, rules
from .resolution.merge import EntityMerge, canonical_name, join_facts, order_ends
from .resolution.policies import joined_titles, policy_attributes
from .resolution.regions import is_self_reference
from .resolution.sets import announced_count, check_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from spacy.tokens import Doc, Span

    from .annotate import Candidate
    from .resolution.aliases import Group

SPEAKERS = frozenset((*ORGANIZATION_CLASSES, "Report", "Person", "Event"))
"""Classes of who can be quoted as saying a fact."""
_VALUES = (Observation, DateValue)
"""What is the object of a fact and no thing."""


def resolve_document(doc: Doc, clean: CleanText, *, packs: Sequence[str] = ("base",)) -> DocumentRecord:
    """Decide which mentions of a document mean the same thing, and which facts it states.

    Args:
        doc: The annotated text: mentions in `doc.spans["mentions"]`, candidates in `doc._.candidates`.
        clean: The text that was annotated, for the way back to the source.
        packs: Packs whose gazetteers it was annotated with.

    Returns:
        The entities and facts of the document, with ids that hold within it.
    """
    groups = [g for g in group_document(doc, packs=packs) if g.score >= rules()["minimum_score"]]
    entities: dict[str, Entity] = {}
    place: dict[tuple[int, int], str] = {}
    names: dict[str, str] = {}
    for group in groups:
        entity = _entity(group, clean.source.doc)
        if entity.id in entities:
            entity = _joined(entities[entity.id], entity)
        entities[entity.id] = entity
        for mention in group.mentions:
            place[mention.start, mention.end] = entity.id
            names[mention.folded] = entity.id
    facts, used = _facts(doc, clean, entities, place, names)
    for statement in used:
        entities[statement.id] = statement
    findings = [*joined_titles(clean, groups), *check_counts(clean.source.doc, entities, facts)]
    return DocumentRecord(
        doc=clean.source.doc,
        sha256=clean.source.sha256,
        metadata=clean.metadata,
        entities=tuple(entities[key] for key in sorted(entities)),
        facts=tuple(facts),
        findings=(*clean.source.findings, *clean.findings, *findings),
        encoding=clean.source.encoding,
        fingerprint=fingerprint_text(clean.text),
        length=len(clean.text),
    )


def _entity(group: Group, doc: str) -> Entity:
    """Return the things that a group of mentions names."""
    names = own = named = {m.name for m in group.mentions}
    if group.local:
        own = {m.name for m in group.mentions if m.folded not in group.local} or names
    if group.label == "Region":
        named = {m.name for m in group.mentions if not is_self_reference(m)} or names
    name = canonical_name(group.label, own)
    seen = tuple(sorted(named.union([without_rank(group.label, n) for n in named])))
    attributes = [("localName", n) for n in seen if fold(n) in group.local] if group.local else []
    identity = group.entity
    if identity:
        attributes.append(("gazetteer", identity))
    if group.label == "Policy":
        attributes += policy_attributes(n for n in seen if fold(n) not in group.local)
    if group.label == "NamedSet" and (count := announced_count(name)):
        attributes.append(("announcedCount", str(count)))
    return Entity(
        id=identity or entity_id(group.label, name),
        type=group.label,
        name=name,
        names=seen,
        docs=(doc,),
        attributes=tuple(sorted(attributes)),
    )


def _joined(a: Entity, b: Entity) -> Entity:
    return replace(
        a,
        names=tuple(sorted({*a.names, *b.names})),
        attributes=tuple(sorted({*a.attributes, *b.attributes})),
    )


def _facts(
    doc: Doc,
    clean: CleanText,
    entities: Mapping[str, Entity],
    place: Mapping[tuple[int, int], str],
    names: Mapping[str, str],
) -> tuple[list[Fact], list[Entity]]:
    """Return the facts of the candidates whose ends are entities, and the statements they speak of."""
    statements: dict[str, Entity] = {}
    everything = dict(entities)

    def lookup(span: Span) -> str | None:
        if span.label_ == "Statement":
            text = plain_name(span.text)
            key = hashed_id("Statement", text)
            if key not in statements:
                statement = Entity(key, "Statement", text, (text,), (clean.source.doc,), attributes=(("text", text),))
                statements[key] = everything[key] = statement
            return key
        start, end = span.start, span.end  # a token is a character
        return place.get((start, end)) or names.get(fold(plain_name(clean.text[start:end])))

    stated = []
    quotations = Quotations(clean)
    for candidate in doc._.candidates or ():
        fact = _fact(candidate, quotations, lookup, lambda end: everything[end].type)
        if fact is not None and _is_possible(fact, everything):
            stated.append((candidate, fact))
    facts = list(settle(doc, stated))
    called_for = {fact.object for fact in facts if fact.relation == "calledFor"}
    facts = [fact for fact in facts if fact.relation != "about" or fact.subject in called_for]
    return join_facts(facts), [statements[key] for key in sorted(statements) if key in called_for]


def _fact(
    candidate: Candidate,
    quotations: Quotations,
    lookup: Callable[[Span], str | None],
    kind_of: Callable[[str], str],
) -> Fact | None:
    """Return what a candidate states, or None when one of its ends is no entity."""
    subject = lookup(candidate.subject)
    value = candidate.object
    obj: FactObject | None = value if isinstance(value, _VALUES) else lookup(value)
    if subject is None or obj is None or subject == obj:
        return None
    speaker = lookup(candidate.speaker) if candidate.speaker is not None else None
    if speaker is not None and kind_of(speaker) not in SPEAKERS:
        speaker = None
    subject, obj = order_ends(subject, candidate.relation, obj)
    evidence = quotations.evidence(candidate, speaker=speaker)
    return Fact(subject, candidate.relation, obj, evidence=(evidence,), role=getattr(candidate, "role", ""))


def _is_possible(fact: Fact, entities: Mapping[str, Entity]) -> bool:
    """Whether the relation may hold between things of these classes."""
    if fact.relation not in ALLOWED:
        return False
    subject = entities[fact.subject].type
    if isinstance(fact.object, str):
        return is_allowed(subject, fact.relation, entities[fact.object].type)
    return subject in ALLOWED[fact.relation][0]


def rename_facts(record: DocumentRecord, id_of: Callable[[Entity], str]) -> Iterator[Fact]:
    """Yield the facts of a document with other ids, but for those that then have one thing at both ends."""
    ids = {entity.id: id_of(entity) for entity in record.entities}
    for fact in record.facts:
        subject = ids[fact.subject]
        obj = ids[fact.object] if isinstance(fact.object, str) else fact.object
        if subject == obj:
            continue
        subject, obj = order_ends(subject, fact.relation, obj)
        if any(e.speaker and ids[e.speaker] != e.speaker for e in fact.evidence):
            evidence = tuple(replace(e, speaker=ids[e.speaker]) if e.speaker else e for e in fact.evidence)
            yield replace(fact, subject=subject, object=obj, evidence=evidence)
        elif (subject, obj) == (fact.subject, fact.object):
            yield fact  # most ids hold in the document and in the corpus
        else:
            yield replace(fact, subject=subject, object=obj)


def merge_records(
    records: Iterable[DocumentRecord],
    *,
    profile: str = "rules",
    packs: tuple[str, ...] = ("base",),
    min_confidence: float = 0.0,
    apart: Collection[tuple[str, str]] = (),
) -> Corpus:
    """Join the records of all documents into one corpus.

    Args:
        records: What `resolve_document` returned, in any order.
        profile: Profile that annotated them.
        packs: Packs that were used.
        min_confidence: Facts of the texts that no evidence supports so well are left out, and counted;
            what the gazetteers know is not touched.
        apart: Pairs of entity ids that are two things, however alike their names are.

    Returns:
        The corpus; the same for every order of the records.
    """
    ordered = sorted(records, key=lambda r: r.doc)
    copies, copy_findings = find_copies(ordered)
    naming = EntityMerge(apart)
    for record in ordered:
        naming.add(record.doc, record.entities)
    entities = naming.finish(gazetteer(tuple(packs)))
    facts = [fact for record in ordered for fact in rename_facts(record, naming.id_of)]
    left_out = 0
    if min_confidence > 0.0:
        facts, left_out = keep_confident(join_facts(facts), min_confidence)
        entities = without_loose_statements(entities, facts)
    parents, background_facts = background({entity.id for entity in entities}, facts, gazetteer(tuple(packs)))
    findings = sorted(
        (*copy_findings, *(f for r in ordered for f in r.findings)),
        key=lambda f: (f.doc, f.start or -1, f.end or -1, f.code, f.message),
    )
    return Corpus(
        documents=tuple(without_content(r, copies) for r in ordered),
        entities=tuple(sorted([*entities, *parents], key=lambda e: e.id)),
        facts=tuple(join_facts([*facts, *background_facts])),
        findings=tuple(findings),
        profile=profile,
        packs=tuple(packs),
        min_confidence=min_confidence,
        left_out=left_out,
    )


def without_content(record: DocumentRecord, copies: Mapping[str, str]) -> DocumentRecord:
    """Return what a corpus keeps of a document: who it is, and what it is a copy of."""
    return replace(record, entities=(), facts=(), findings=(), fingerprint=b"", copy_of=copies.get(record.doc, ""))
