"""A corpus in portions: so many facts, entities or documents at once, with all that the shapes see around them."""

from __future__ import annotations

import itertools
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ontology.iri import fact_id

from .. import output
from ..processing.records import encode_value
from ..refusal import refuse_facts
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from ontology.assertion import Row
    from ontology.model import Corpus, DocumentRecord, Entity, Fact, Finding
    from ontology.validation import Violation

_Value = TypeVar("_Value")

PORTION = 4_000
"""Pieces of evidence, entities or documents that are held against the shapes at once."""
SHOWN_DOCUMENTS = 20
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
            if portion and size + pieces > PORTION:
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


_NOTHING: tuple[tuple[bytes, bytes], ...] = ()


def portion_task() -> Callable[[tuple[Corpus, bool]], tuple[object, ...]]:
    """Return the work on a portion of facts that any process can do; `Told.of` reads what it returns."""
    return _work_on_portion


def _work_on_portion(given: tuple[Corpus, bool]) -> tuple[object, ...]:
    corpus, are_whole = given
    checked = check_portion(corpus)
    lines, blocks = b"", _NOTHING
    if are_whole:
        refused = set(map(_key, checked.refused)) if checked.refused else set()
        allowed = [fact for fact in corpus.facts if not refused or _key(fact) not in refused]
        copies = {record.doc: record.copy_of for record in corpus.documents if record.copy_of}
        lines, blocks = tell_facts(allowed, copies)
    return checked.refused, checked.findings, tuple(map(astuple, checked.violations)), lines, blocks


@dataclass(frozen=True, slots=True)
class Told:
    """What the shapes say of a portion of facts, and what the files say of those that they allow.

    Attributes:
        checked: What the shapes say.
        lines: Of `facts.jsonl`.
        blocks: What the graph says of each subject: key to sort by, and the subject with its pairs, encoded.
    """

    checked: Checked
    lines: bytes
    blocks: Sequence[tuple[bytes, bytes]]

    @classmethod
    def of(cls, result: tuple[Any, ...]) -> Told:
        """Read what the work on a portion returns, in this process or from another one."""
        from ontology.validation import Violation

        refused, findings, violations, lines, blocks = result
        return cls(Checked(refused, findings, tuple(Violation(*found) for found in violations)), lines, blocks)


def tell_facts(facts: Sequence[Fact], copies: Mapping[str, str]) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """Return the lines of some facts, and what the graph says of each subject that they are about.

    Args:
        facts: Whole facts, each once.
        copies: For each document that is a copy the one that it is a copy of.
    """
    from ontology.assertion import describe_facts

    lines = "".join(output.to_line(record) for fact in facts for record in output.fact_records(fact))
    return lines.encode(), encoded_blocks(describe_facts(facts, copies))


def encoded_blocks(rows: Iterable[Row]) -> tuple[tuple[bytes, bytes], ...]:
    """Return what the graph says of each subject: a key that sorts as in `graph.ttl`, subject and pairs encoded."""
    from ontology.assertion import group_rows
    from ontology.turtle import subject_order

    return tuple(
        (sort_key(*subject_order(subject)), encode_value((subject, pairs)))
        for subject, pairs in group_rows(rows).items()
    )


def with_few_documents(entity: Entity, most: int = SHOWN_DOCUMENTS) -> Entity:
    """Return an entity with the first of its documents."""
    return replace(entity, docs=entity.docs[:most])


def _portions(values: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    remaining = iter(values)
    while portion := list(itertools.islice(remaining, size)):
        yield portion


def _key(fact: Fact) -> str:
    return fact_id(fact.subject, fact.relation, fact.object)
