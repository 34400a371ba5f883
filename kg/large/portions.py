"""A corpus in portions: so many facts, entities or documents at once, with all that the shapes see around them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from ..refusal import refuse_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ontology.model import Corpus, DocumentRecord, Entity, Fact, Finding
    from ontology.validation import Violation

_Value = TypeVar("_Value")

PORTION = 4_000
"""Pieces of evidence, entities or documents that are held against the shapes at once."""
SHOWN_DOCUMENTS = 50
"""Documents of an entity that the picture has."""
CHECKED_DOCUMENTS = 5
"""Documents of an entity that the shapes see with it; each document is checked by itself, too."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the shapes say of a portion.

    Attributes:
        refused: Facts that are to be left out.
        findings: A finding for each passage that states one of them.
        violations: What is wrong besides.
    """

    refused: tuple[Fact, ...]
    findings: tuple[Finding, ...]
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Portions:
    """Makes small corpora, each complete around what it is about.

    Attributes:
        frame: A corpus without documents, entities and facts.
        find_entity: Returns the entity of an id, or None.
        find_document: Returns the document of a name, or None.
    """

    frame: Corpus
    find_entity: Callable[[str], Entity | None]
    find_document: Callable[[str], DocumentRecord | None]

    def of_facts(self, facts: Iterable[Fact]) -> Iterator[Corpus]:
        """Yield facts with their ends and documents; one with much evidence comes in several portions."""
        portion: list[Fact] = []
        size = 0
        for fact in facts:
            for start in range(0, len(fact.evidence) or 1, PORTION):
                part = replace(fact, evidence=fact.evidence[start : start + PORTION])
                portion.append(part)
                size += len(part.evidence) or 1
                if size >= PORTION:
                    yield self._around(portion)
                    portion, size = [], 0
        if portion:
            yield self._around(portion)

    def of_entities(self, entities: Iterable[Entity]) -> Iterator[Corpus]:
        """Yield entities with the first of their documents."""
        for portion in _portions(entities, PORTION // 10):
            yield self.with_documents([with_few_documents(entity, CHECKED_DOCUMENTS) for entity in portion], [])

    def of_documents(self, documents: Iterable[DocumentRecord]) -> Iterator[Corpus]:
        """Yield documents, each with the one that it is a copy of."""
        for portion in _portions(documents, PORTION):
            wanted = {name for d in portion for name in (d.doc, d.copy_of) if name}
            yield replace(self.frame, documents=self._look_up(wanted))

    def with_documents(self, entities: list[Entity], facts: list[Fact]) -> Corpus:
        """Return a corpus of some entities and facts with the documents of both, and those that these are copies of."""
        wanted = {doc for entity in entities for doc in entity.docs} | {e.doc for fact in facts for e in fact.evidence}
        wanted |= {record.copy_of for record in self._look_up(wanted) if record.copy_of}
        return replace(self.frame, documents=self._look_up(wanted), entities=tuple(entities), facts=tuple(facts))

    def _around(self, facts: list[Fact]) -> Corpus:
        """Return a corpus of some facts: with their ends, their speakers and the documents of their evidence."""
        ids = {end for fact in facts for end in (fact.subject, fact.object) if isinstance(end, str)}
        ids |= {e.speaker for fact in facts for e in fact.evidence if e.speaker}
        found = (self.find_entity(key) for key in sorted(ids))
        return self.with_documents([replace(entity, docs=()) for entity in found if entity is not None], facts)

    def _look_up(self, docs: Iterable[str]) -> tuple[DocumentRecord, ...]:
        found = (self.find_document(doc) for doc in sorted(docs))
        return tuple(record for record in found if record is not None)


def check_portion(corpus: Corpus) -> Checked:
    """Hold a portion against the shapes, and again without the facts that they refuse."""
    from ontology.assertion import distinct_rows
    from ontology.validation import validate_rows

    found = validate_rows(distinct_rows(corpus))
    allowed, refused, findings = refuse_facts(corpus.facts, found)
    if refused:
        found = validate_rows(distinct_rows(replace(corpus, facts=tuple(allowed))))
    return Checked(tuple(refused), tuple(findings), tuple(found))


def with_few_documents(entity: Entity, most: int = SHOWN_DOCUMENTS) -> Entity:
    """Return an entity with the first of its documents."""
    return replace(entity, docs=entity.docs[:most])


def _portions(values: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    remaining = iter(values)
    while portion := list(itertools.islice(remaining, size)):
        yield portion
