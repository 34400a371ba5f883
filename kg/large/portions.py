"""A corpus in portions: so many facts, entities or documents at once, with all that the shapes see around them."""

from __future__ import annotations

import itertools
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ontology.model import Corpus, DocumentRecord, Entity, Fact

_Value = TypeVar("_Value")

PORTION = 4_000
"""Pieces of evidence, entities or documents that are held against the shapes at once."""
SHOWN_DOCUMENTS = 20
"""Documents of an entity that the picture has."""
CHECKED_DOCUMENTS = 5
"""Documents of an entity that the shapes see with it; each document is checked by itself, too."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Some facts with what the shapes see around them.

    Attributes:
        corpus: The facts with their ends, speakers and documents.
        part_of: The fact that it has only a part of, with much evidence, or None where its facts are whole.
        is_last: Whether it is the last part of that fact, or has whole facts.
    """

    corpus: Corpus
    part_of: Fact | None = None
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class Portions:
    """Makes small corpora, each complete around what it is about.

    Where a portion ends depends on names more than on what comes before: one fact more leaves most as they were.

    Attributes:
        frame: A corpus without documents, entities and facts.
        find_entity: Returns the entity of an id, or None.
        find_document: Returns the document of a name, or None.
    """

    frame: Corpus
    find_entity: Callable[[str], Entity | None]
    find_document: Callable[[str], DocumentRecord | None]

    def of_facts(self, facts: Iterable[Fact]) -> Iterator[Portion]:
        """Yield facts with their ends and documents; one with much evidence comes in several portions of its own."""
        portion: list[Fact] = []
        size = 0
        for fact in facts:
            pieces = len(fact.evidence) or 1
            is_new = bool(portion) and fact.subject != portion[-1].subject
            if portion and (size + pieces > PORTION or (is_new and size >= PORTION // 4 and _may_begin(fact.subject))):
                yield Portion(self._around(portion))
                portion, size = [], 0
            if pieces <= PORTION:
                portion.append(fact)
                size += pieces
                continue
            for start in range(0, pieces, PORTION):
                part = replace(fact, evidence=fact.evidence[start : start + PORTION])
                yield Portion(self._around([part]), fact, start + PORTION >= pieces)
        if portion:
            yield Portion(self._around(portion))

    def of_entities(self, entities: Iterable[Entity]) -> Iterator[Corpus]:
        """Yield entities with the first of their documents."""
        for portion in _by_name(entities, PORTION // 10):
            yield self.with_documents([with_few_documents(entity, CHECKED_DOCUMENTS) for entity in portion], [])

    def of_documents(self, documents: Iterable[DocumentRecord]) -> Iterator[Corpus]:
        """Yield documents, each with the one that it is a copy of."""
        for portion in _portions(documents, PORTION):
            wanted = {name for d in portion for name in (d.doc, d.copy_of) if name}
            yield replace(self.frame, documents=self._look_up(wanted))

    def with_documents(self, entities: list[Entity], facts: list[Fact]) -> Corpus:
        """Return a corpus of some entities and facts with the documents of both, and those that these are copies of."""
        wanted = {doc for entity in entities for doc in entity.docs} | {e.doc for fact in facts for e in fact.evidence}
        found = self._look_up(wanted)
        originals = {record.copy_of for record in found if record.copy_of}
        documents = sorted((*found, *self._look_up(originals - wanted)), key=lambda record: record.doc)
        return replace(self.frame, documents=tuple(documents), entities=tuple(entities), facts=tuple(facts))

    def _around(self, facts: list[Fact]) -> Corpus:
        """Return a corpus of some facts: with their ends, their speakers and the documents of their evidence."""
        ids = {end for fact in facts for end in (fact.subject, fact.object) if isinstance(end, str)}
        ids |= {e.speaker for fact in facts for e in fact.evidence if e.speaker}
        found = (self.find_entity(key) for key in sorted(ids))
        return self.with_documents([replace(entity, docs=()) for entity in found if entity is not None], facts)

    def _look_up(self, docs: Iterable[str]) -> tuple[DocumentRecord, ...]:
        found = (self.find_document(doc) for doc in sorted(docs))
        return tuple(record for record in found if record is not None)


def with_few_documents(entity: Entity, most: int = SHOWN_DOCUMENTS) -> Entity:
    """Return an entity with the first of its documents."""
    return replace(entity, docs=entity.docs[:most])


def _may_begin(name: str) -> bool:
    """Whether a portion may begin with what has this name: one of sixteen, whatever else there is."""
    return zlib.crc32(name.encode("utf-8", "surrogatepass")) % 16 == 0


def _by_name(entities: Iterable[Entity], size: int) -> Iterator[list[Entity]]:
    portion: list[Entity] = []
    for entity in entities:
        if portion and (len(portion) >= size or (len(portion) >= size // 4 and _may_begin(entity.id))):
            yield portion
            portion = []
        portion.append(entity)
    if portion:
        yield portion


def _portions(values: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    remaining = iter(values)
    while portion := list(itertools.islice(remaining, size)):
        yield portion
