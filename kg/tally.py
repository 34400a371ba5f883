"""What a build came to, in numbers: counted as entities, facts and findings go by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ontology.model import Corpus, Entity, Fact, Finding


@dataclass(slots=True)
class Tally:
    """What a build came to.

    Attributes:
        classes: Extracted entities by class.
        relations: Extracted facts by relation.
        known_entities: Entities that no text mentions.
        known_facts: Facts that no text states, but for the inferred ones.
        inferred: Facts that follow from others.
        evidenced: Facts all of whose evidence has its words and their place; of those that no text states, a source.
            Inferred facts, which rest on others, are not among them.
        findings: Findings by severity and code.
        lost: The findings that cost a document.
        left_out: Facts below the least confidence.
    """

    classes: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    known_entities: int = 0
    known_facts: int = 0
    inferred: int = 0
    evidenced: int = 0
    findings: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: list[Finding] = field(default_factory=list)
    left_out: int = 0

    @classmethod
    def of(cls, corpus: Corpus) -> Tally:
        """Count what a corpus holds."""
        tally = cls(left_out=corpus.left_out)
        for entity in corpus.entities:
            tally.count_entity(entity)
        for fact in corpus.facts:
            tally.count_fact(fact)
        for finding in corpus.findings:
            tally.count_finding(finding)
        return tally

    def count_entity(self, entity: Entity) -> None:
        """Count an entity."""
        if entity.origin == "extracted":
            self.classes[entity.type] += 1
        else:
            self.known_entities += 1

    def count_fact(self, fact: Fact) -> None:
        """Count a fact."""
        if fact.origin == "inferred":
            self.inferred += 1
            return
        if fact.origin == "extracted":
            self.relations[fact.relation] += 1
        else:
            self.known_facts += 1
        self.evidenced += is_evidenced(fact)

    def count_finding(self, finding: Finding) -> None:
        """Count a finding."""
        self.findings[finding.severity, finding.code] += 1
        if finding.severity == "error":
            self.lost.append(finding)


def is_evidenced(fact: Fact) -> bool:
    """Whether all evidence of a fact has its words and their place, or it has a source where no text states it."""
    if fact.origin == "extracted" or fact.evidence:
        return bool(fact.evidence) and all(e.doc and e.text and e.start < e.end for e in fact.evidence)
    return bool(fact.source)
