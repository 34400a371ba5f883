"""What comes after the documents when their facts do not fit in memory: join, check, write, one fact after the other.

In memory are the distinct entities, who is who, and the portion in hand; all else lies in `tables`. The bytes are
those of a build in memory but for `graph.html`, which shows the best connected entities only.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ontology.iri import fact_id
from ontology.model import Corpus, Entity, Fact, Finding

from .. import output
from ..processing.clean_parts import digest_of
from ..processing.workers import process_in_order
from ..refusal import violation_finding
from ..tally import Tally
from .checking import WORTH_A_WORKER, Told, check_portion, encoded_blocks, portion_task, tell_facts
from .portions import Portions, with_few_documents
from .tables import Table, by_key, sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ontology.validation import Violation

    from ..processing.clean_parts import CleanParts
    from ..settings import Settings
    from .checking import Checked
    from .portions import Portion
    from .results import Results

RECENT = 10_000
"""Documents that are not read again while portions ask for them: a kilobyte each."""
PICTURED = 3_000
"""Entities in the picture, the best connected ones."""
PICTURED_FACTS = 20_000
"""Facts between them, the best supported ones."""
PICTURED_EVIDENCE = 5
"""The best pieces of evidence of each of them."""
PICTURED_PIECES = 40_000
"""Pieces of evidence of all of them; where they are more, each has fewer."""

_COUNTED = ("documents", "lost", "entities", "facts", "evidence", "triples", "findings", "violations", "left_out")


@dataclass(slots=True)
class Written:
    """What is written and waits to be renamed.

    Attributes:
        files: The temporary file of each name.
        counts: As in the manifest.
        digests: SHA-256 of each file.
        tally: What the build came to.
        violations: What the shapes found wrong, refused facts aside.
    """

    files: dict[str, Path] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    digests: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    violations: list[Violation] = field(default_factory=list)


def build_large(
    results: Results,
    out: Path,
    settings: Settings,
    *,
    version: str,
    jobs: int,
    parts: CleanParts,
    stage: Callable[[str], AbstractContextManager[None]],
) -> Written:
    """Take a corpus from the results of its documents to files that wait to be renamed.

    Args:
        results: On disk.
        out: The output folder.
        settings: Packs, profile and least confidence.
        version: Version of the distribution.
        jobs: The most processes that work at once.
        parts: What is known to be clean; what is found so is added.
        stage: Times what happens inside as a stage.
    """
    build = _LargeBuild(results, out, settings, version, jobs, parts)
    with stage("resolve"):
        build.resolve()
    with stage("validate"):
        build.validate()
    with stage("draw"):
        build.draw()
    with stage("write"):
        build.write()
    return build.written


class _LargeBuild:
    def __init__(
        self, results: Results, out: Path, settings: Settings, version: str, jobs: int, parts: CleanParts
    ) -> None:
        assert results.tables is not None
        self.parts = parts
        self.results, self.out, self.settings, self.jobs = results, out, settings, jobs
        self.frame = Corpus(
            profile=settings.profile,
            packs=settings.packs,
            version=version,
            min_confidence=settings.min_confidence,
        )
        self.incoming = Table(results.tables, "incoming")
        self.joined = Table(results.tables, "joined")
        self.documents = Table(results.tables, "documents")
        self.findings = Table(results.tables, "findings")
        self.blocks = Table(results.tables, "blocks")
        self.copies: dict[str, str] = {}
        self.entities: dict[str, Entity] = {}
        find_document = lru_cache(maxsize=RECENT)(lambda doc: self.documents.get(sort_key(doc)))
        self.portions = Portions(self.frame, lambda key: self.entities.get(key), find_document)
        self.background: list[Fact] = []
        self.called_for: set[str] = set()
        self.refused: set[str] = set()
        self.pieces = 0
        self.violations: set[Violation] = set()
        self.degrees: Counter[str] = Counter()
        self.written = Written()
        self.find(results.findings)

    # --- resolve

    def resolve(self) -> None:
        from extract.resolution.background import background, is_known
        from extract.resolution.doubt import with_sure_evidence, without_loose_statements
        from extract.resolution.knowledge import gazetteer
        from extract.resolution.merge import fact_key, join_facts
        from extract.resolve import merge_documents, without_content

        packs, least = self.settings.packs, self.settings.min_confidence
        merged = merge_documents(self.results, packs=packs)
        self.copies = dict(merged.copies)
        self.find(merged.findings)
        for record in self.results:
            self.find(record.findings)
            self.documents.add(sort_key(record.doc), without_content(record, self.copies))
            for fact in merged.facts_of(record):
                self.incoming.add(sort_key(*fact_key(fact)), fact)
        self.documents.index()
        known = gazetteer(packs)
        stated: list[Fact] = []
        everything = 0
        for group in by_key(self.incoming.sorted()):
            (joined,) = join_facts(group)
            everything += 1
            sure = with_sure_evidence(joined, least) if least > 0.0 else joined
            if sure is None:
                continue
            self.joined.add(b"", sure)
            if sure.relation == "calledFor" and isinstance(sure.object, str):
                self.called_for.add(sure.object)
            if is_known(sure, known):
                stated.append(replace(sure, evidence=()))
        self.incoming.drop()
        entities = list(merged.entities)
        if least > 0.0:
            entities = without_loose_statements(
                entities, (Fact("", "calledFor", statement) for statement in self.called_for)
            )
        parents, self.background = background(entities, stated, known)
        self.entities = {entity.id: entity for entity in sorted([*entities, *parents], key=lambda e: e.id)}
        kept = 0
        for fact in self.extracted():
            kept += 1
            self.pieces += len(fact.evidence)
            for end in (fact.subject, fact.object):
                if isinstance(end, str):
                    self.degrees[end] += 1
        self.written.tally.left_out = everything - kept

    def extracted(self) -> Iterator[Fact]:
        """Yield the facts of the texts that are not left out, in order."""
        from extract.resolution.doubt import is_grounded

        facts = self.joined.values()
        if self.settings.min_confidence > 0.0:
            facts = (fact for fact in facts if is_grounded(fact, self.called_for))
        return (fact for fact in facts if not self.refused or _name(fact) not in self.refused)

    def facts(self) -> Iterator[Fact]:
        """Yield all facts, in order."""
        from extract.resolution.merge import fact_key

        background = (fact for fact in self.background if _name(fact) not in self.refused)
        return heapq.merge(self.extracted(), background, key=fact_key)

    # --- validate

    def validate(self) -> None:
        """Hold the graph against the shapes in portions, each about some nodes and what they are linked to.

        What `facts.jsonl` and the graph say of the facts that are allowed comes with it, from the same process.
        """
        self.write_file(output.FACTS, self.fact_lines())
        about_entities = self.portions.of_entities(self.entities.values())
        about_documents = self.portions.of_documents(self.documents.values())
        for corpus in itertools.chain(about_entities, about_documents):
            digest = digest_of(corpus)
            if not self.parts.is_known(digest):
                self.note(check_portion(corpus), digest)
        self.written.violations = sorted(self.violations)
        self.find(map(violation_finding, self.written.violations))

    def fact_lines(self) -> Iterator[bytes]:
        """Yield the lines of each portion of facts, and keep what the graph says of them."""
        jobs = min(self.jobs, self.pieces // WORTH_A_WORKER)
        for (portion, digest), result in process_in_order(self.fact_portions(), portion_task, jobs=jobs):
            told = Told.of(result)
            self.note(told.checked, digest)
            facts: Iterable[Fact] = portion.corpus.facts if portion.part_of is None else (portion.part_of,)
            if self.refused:
                facts = [fact for fact in facts if _name(fact) not in self.refused]
            if not portion.is_last:
                continue
            lines, blocks = told.lines, told.blocks
            if portion.part_of is not None:
                lines, blocks = tell_facts(tuple(facts), self.copies)
            for fact in facts:
                self.written.counts["facts"] += 1
                self.written.counts["evidence"] += len(fact.evidence)
                self.written.tally.count_fact(fact)
            self.keep_blocks(blocks)
            yield lines

    def fact_portions(self) -> Iterator[tuple[tuple[Portion, bytes], tuple[Corpus, bool, bool]]]:
        """Yield each portion of facts and its digest, and what a process needs for it."""
        for portion in self.portions.of_facts(self.facts()):
            digest = digest_of(portion.corpus)
            is_clean = digest in self.parts.known
            yield (portion, digest), (portion.corpus, portion.part_of is None, is_clean)

    def note(self, checked: Checked, digest: bytes) -> None:
        """Keep what the shapes say of a portion."""
        if checked.is_clean:
            self.parts.found.append(digest)
        self.refused.update(map(_name, checked.refused))
        self.find(checked.findings)
        self.violations.update(checked.violations)

    def keep_blocks(self, blocks: Iterable[tuple[bytes, bytes]]) -> None:
        for key, data in blocks:
            self.blocks.add_encoded(key, data)

    # --- draw

    def draw(self) -> None:
        """Draw the best connected entities and the best supported facts between them."""
        from ontology.assertion import distinct_rows

        from ..draw import draw_page
        from ..projection import project_rows

        def rank(entity: Entity) -> tuple[bool, int, str]:
            return entity.origin != "extracted", -self.degrees[entity.id], entity.id

        chosen = {entity.id: entity for entity in heapq.nsmallest(PICTURED, self.entities.values(), key=rank)}
        between = (
            (len(fact.evidence), replace(fact, evidence=fact.evidence[:PICTURED_EVIDENCE]))
            for fact in self.facts()
            if fact.subject in chosen and (not isinstance(fact.object, str) or fact.object in chosen)
        )
        facts = [fact for _, fact in heapq.nlargest(PICTURED_FACTS, between, key=lambda ranked: ranked[0])]
        pieces = max(1, PICTURED_PIECES // max(1, len(facts)))
        facts = [replace(fact, evidence=fact.evidence[:pieces]) for fact in facts]
        corpus = self.portions.with_documents([with_few_documents(entity) for entity in chosen.values()], facts)
        page = draw_page(project_rows(distinct_rows(corpus)), total=len(self.entities))
        self.write_file(output.PAGE, [page.encode()])

    # --- write

    def write(self) -> None:
        """Write all files but the manifest."""
        from ontology.assertion import describe_document, describe_entity, describe_run
        from ontology.turtle import stream_turtle

        tally, counts = self.written.tally, self.written.counts
        self.keep_blocks(encoded_blocks(describe_run(self.frame)))
        documents = 0
        for record in self.documents.values():
            documents += 1
            self.keep_blocks(encoded_blocks(describe_document(record)))
        for entity in self.entities.values():
            tally.count_entity(entity)
            self.keep_blocks(encoded_blocks(describe_entity(entity)))
        self.write_file(
            output.ENTITIES, (output.to_line(output.entity_record(e)).encode() for e in self.entities.values())
        )
        counts |= {"documents": documents, "entities": len(self.entities)}
        self.write_file(output.GRAPH, stream_turtle(self.subjects()))
        self.write_file(output.FINDINGS, self.finding_lines())
        counts |= {"lost": len(tally.lost), "findings": sum(tally.findings.values())}
        counts |= {"violations": len(self.written.violations), "left_out": tally.left_out}

    def subjects(self) -> Iterator[tuple[str, set[tuple[str, str]]]]:
        """Yield each subject of the graph with all that is said of it."""
        for group in by_key(self.blocks.sorted()):
            pairs = {(predicate, obj) for _, pairs in group for predicate, obj in pairs}
            self.written.counts["triples"] += len(pairs)
            yield group[0][0], pairs

    def find(self, findings: Iterable[Finding]) -> None:
        """Keep findings where those of a document stand together."""
        for finding in findings:
            start, end = (0 if offset is None else offset + 1 for offset in (finding.start, finding.end))
            self.findings.add(sort_key(finding.doc, start, end, finding.code, finding.message), finding)

    def finding_lines(self) -> Iterator[bytes]:
        for _, finding in self.findings.sorted():
            self.written.tally.count_finding(finding)
            yield output.to_line(output.finding_record(finding)).encode()

    def write_file(self, name: str, chunks: Iterable[bytes]) -> None:
        """Write a temporary file and take its digest."""
        digest = hashlib.sha256()
        path = output.temporary_path(self.out, name)
        with output.explain_trouble(self.out), path.open("wb") as handle:
            for chunk in chunks:
                handle.write(chunk)
                digest.update(chunk)
        self.written.files[name] = path
        self.written.digests[name] = digest.hexdigest()


def _name(fact: Fact) -> str:
    return fact_id(fact.subject, fact.relation, fact.object)
