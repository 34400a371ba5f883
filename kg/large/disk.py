"""What builds on disk have in common, be they of a whole corpus (`build`) or of what has changed in one (`update`)."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ontology.assertion import is_asserted
from ontology.iri import fact_id
from ontology.model import Corpus, Entity, Fact, Finding

from .. import output
from ..processing.collector import give_back
from ..processing.records import encode_value
from ..refusal import violation_finding
from ..tally import Tally, is_evidenced
from .checking import check_portion
from .portions import Portions
from .state import LEFT_OUT, TOLD, FactRow
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from extract.resolution.knowledge import Gazetteer
    from ontology.model import DocumentRecord
    from ontology.validation import Violation

    from ..settings import Settings
    from .checking import Checked
    from .state import State

RECENT = 4_000
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


class DiskBuild:
    """The way from the results of documents to files that wait to be renamed.

    In memory are the distinct entities, who is who, and the portion in hand; all else lies in files.
    """

    def __init__(
        self,
        state: State,
        out: Path,
        settings: Settings,
        version: str,
        find_entity: Callable[[str], Entity | None],
        find_document: Callable[[str], DocumentRecord | None],
    ) -> None:
        """Begin.

        Args:
            state: What is kept of the corpus.
            out: The output folder.
            settings: Packs, profile and least confidence.
            version: Version of the distribution.
            find_entity: Returns an entity by its id, with the first of its documents.
            find_document: Returns a document by its name.
        """
        self.state, self.out, self.settings = state, out, settings
        self.frame = Corpus(
            profile=settings.profile,
            packs=settings.packs,
            version=version,
            min_confidence=settings.min_confidence,
        )
        self.background: dict[bytes, Fact] = {}
        self.portions = Portions(self.frame, find_entity, find_document)
        self.violations: set[Violation] = set()
        self.written = Written()

    def run(self, stage: Callable[[str], AbstractContextManager[None]]) -> Written:
        """Do it, and return what is written.

        Args:
            stage: Times what happens inside as a stage.
        """
        from extract.resolution.canonical import forget_names

        for name, step in (
            ("resolve", self.resolve), ("validate", self.validate), ("draw", self.draw), ("write", self.write)
        ):  # fmt: skip
            with stage(name):
                step()
                forget_names()
                give_back()
        return self.written

    def resolve(self) -> None:
        """Find the entities and facts that are to be told."""
        raise NotImplementedError

    def validate(self) -> None:
        """Hold them against the shapes."""
        raise NotImplementedError

    def write(self) -> None:
        """Write all files that are not written yet, but for the manifest."""
        raise NotImplementedError

    def known(self) -> Gazetteer:
        """Return what the gazetteers of the packs know."""
        from extract.resolution.knowledge import gazetteer

        return gazetteer(self.settings.packs)

    # --- validate

    def check(self, corpora: Iterable[Corpus]) -> None:
        """Hold portions without facts against the shapes."""
        for corpus in corpora:
            self.note(check_portion(corpus))

    def note(self, checked: Checked) -> None:
        """Keep what the shapes say of a portion."""
        findings = iter(checked.findings)  # of each fact as many as it has evidence
        for fact in checked.refused:
            for finding in itertools.islice(findings, len(fact.evidence)):
                self.add_finding(finding, key_of(fact))
        self.violations.update(checked.violations)

    def tell_violations(self) -> None:
        """Make findings of what is wrong."""
        self.written.violations = sorted(self.violations)
        for finding in map(violation_finding, self.written.violations):
            self.add_finding(finding, b"")

    def add_finding(self, finding: Finding, source: bytes) -> None:
        """Keep a finding with what it goes with."""
        self.state.add_finding(finding, source)

    def keep_fact(self, fact: Fact, fate: int) -> FactRow:
        """Keep what became of a fact, and return it as it is kept."""
        from extract.resolution.background import is_known

        is_background = fact.origin == "background"
        value = None if isinstance(fact.object, str) else encode_value(fact.object)
        row = FactRow(
            key_of(fact),
            fate,
            is_background,
            len(fact.evidence),
            is_evidenced(fact),
            not is_background and fate != LEFT_OUT and is_known(fact, self.known()),
            is_asserted(fact),
            value,
            encode_value(replace(fact, evidence=fact.evidence[:PICTURED_EVIDENCE])) if fate == TOLD else None,
        )
        self.state.add_fact(row)
        return row

    def keep_entity(self, entity: Entity, degree: int) -> None:
        """Keep an entity with the number of its facts."""
        self.state.add_entity(entity, degree=degree, is_known=self.known().knows(entity.id))

    # --- draw

    def draw(self) -> None:
        """Draw the best connected entities and the best supported facts between them."""
        from ..draw import draw_page
        from ..pictured import project_corpus

        chosen = self.state.best_connected(PICTURED)
        facts = self.best_facts({entity.id for entity in chosen})
        pieces = max(1, PICTURED_PIECES // max(1, len(facts)))
        facts = [replace(fact, evidence=fact.evidence[:pieces]) for fact in facts]
        page = draw_page(project_corpus(self.portions.with_documents(chosen, facts)), total=self.state.totals.entities)
        self.write_file(output.PAGE, [page.encode()])

    def best_facts(self, chosen: Iterable[str]) -> list[Fact]:
        """Return the best supported facts between some entities, with their best evidence."""
        names = {entity_id.encode("utf-8", "surrogatepass") for entity_id in chosen}
        best: list[tuple[bytes, int]] = []
        for key, has_entity, is_background in self.state.best_supported():
            subject, _, obj = key.split(b"\0", 2)
            if subject in names and (not has_entity or obj in names):
                best.append((key, is_background))
                if len(best) == PICTURED_FACTS:
                    break
        return [self.state.best_of(key, is_background=is_background) for key, is_background in best]

    def joined(self, same: Sequence[Fact]) -> tuple[Fact, bool]:
        """Return what several documents say of one fact, and whether any of it is as sure as it has to be."""
        from extract.resolution.doubt import with_sure_evidence
        from extract.resolution.merge import join_facts

        (whole,) = join_facts(same)
        sure = with_sure_evidence(whole, self.settings.min_confidence) if self.settings.min_confidence > 0.0 else whole
        return (whole, False) if sure is None else (sure, True)

    # --- write

    def count(self) -> None:
        """Count what the files hold, but for the triples."""
        tally = self.written.tally = self.state.tally()
        self.written.counts |= {
            "documents": self.state.count("documents"),
            "lost": len(tally.lost),
            "entities": self.state.totals.entities,
            "facts": sum(tally.relations.values()) + tally.known_facts,
            "evidence": self.state.totals.pieces,
            "findings": sum(tally.findings.values()),
            "violations": len(self.written.violations),
            "left_out": tally.left_out,
        }

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


def line_of_entity(entity: Entity) -> bytes:
    """Return the line of `entities.jsonl` of an entity with all its documents."""
    return output.to_line(output.entity_record(entity)).encode()


def line_of_finding(finding: Finding) -> bytes:
    """Return the line of `findings.jsonl` of a finding."""
    return output.to_line(output.finding_record(finding)).encode()


def name_of(fact: Fact) -> str:
    """Return the id of a fact."""
    return fact_id(fact.subject, fact.relation, fact.object)


def key_of(fact: Fact) -> bytes:
    """Return what sorts as facts do."""
    from extract.resolution.merge import fact_key

    return sort_key(*fact_key(fact))
