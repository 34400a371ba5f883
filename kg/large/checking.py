"""Hold portions against the shapes, and tell what the files say of their facts: work that any process can do."""

from __future__ import annotations

import itertools
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

from ontology.iri import fact_id
from ontology.model import Corpus

from .. import output
from ..processing.clean_parts import digest_of
from ..processing.records import encode_value
from ..processing.workers import process_in_order
from ..refusal import refuse_facts
from .portions import Portions
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ontology.assertion import Row
    from ontology.model import Fact, Finding
    from ontology.validation import Violation

    from ..processing.clean_parts import CleanParts

WORTH_A_WORKER = 10_000
"""Pieces of evidence: less than this for each of several processes is checked sooner here than they start."""
SMALL = 2_000
"""Pieces of evidence: a corpus with less is held against the shapes as a whole."""


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


def clean_task() -> Callable[[Corpus], bool]:
    """Return the work on a portion of a corpus in memory: whether the shapes find nothing wrong with it."""
    return _is_clean


def _is_clean(corpus: Corpus) -> bool:
    from ontology.assertion import distinct_rows
    from ontology.validation import validate_rows

    return not validate_rows(distinct_rows(corpus))


def find_violations(corpus: Corpus, rows: Sequence[Row], parts: CleanParts, *, jobs: int) -> list[Violation]:
    """Return what the shapes find wrong with a corpus in memory, asking only about what the last build did not have.

    Small corpora are asked about as a whole, and so is one of which a portion is not clean.

    Args:
        corpus: The corpus.
        rows: Its triples.
        parts: What is known to be clean; what is found so is added.
        jobs: The most processes that work at once.
    """
    from ontology.validation import validate_rows

    if sum(len(fact.evidence) for fact in corpus.facts) < SMALL:
        return validate_rows(rows)
    frame = Corpus(
        profile=corpus.profile, packs=corpus.packs, version=corpus.version, min_confidence=corpus.min_confidence
    )
    entities = {entity.id: entity for entity in corpus.entities}
    documents = {record.doc: record for record in corpus.documents}
    portions = Portions(frame, entities.get, documents.get)
    everything = itertools.chain(
        (portion.corpus for portion in portions.of_facts(corpus.facts)),
        portions.of_entities(corpus.entities),
        portions.of_documents(corpus.documents),
    )
    unknown = [(digest, part) for part in everything if not parts.is_known(digest := digest_of(part))]
    workers = min(jobs, sum(len(part.facts) for _, part in unknown) // WORTH_A_WORKER)
    for digest, is_clean in process_in_order(unknown, clean_task, jobs=workers):
        if not is_clean:
            return validate_rows(rows)
        parts.found.append(digest)
    return []


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


def _key(fact: Fact) -> str:
    return fact_id(fact.subject, fact.relation, fact.object)
