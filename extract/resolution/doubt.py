"""Leave out what a build is told not to trust: evidence below a confidence, and what is then without ground."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from ontology.model import Entity, Fact, FactObject


def keep_confident(facts: Iterable[Fact], least: float) -> tuple[list[Fact], int]:
    """Return the facts that have evidence of at least this confidence, and how many have none.

    Weaker evidence of a kept fact goes, too: it must not make a triple of what only a doubtful reading
    asserts. A statement that nobody calls for any more has no topics either. Facts without evidence
    (background) stay.

    Args:
        facts: Joined facts, each once.
        least: The least confidence, 0..1, as `facts.jsonl` writes it, with four digits.
    """
    everything = list(facts)
    kept = [sure for fact in everything if (sure := with_sure_evidence(fact, least)) is not None]
    called_for = {fact.object for fact in kept if fact.relation == "calledFor"}
    grounded = [fact for fact in kept if is_grounded(fact, called_for)]
    return grounded, len(everything) - len(grounded)


def with_sure_evidence(fact: Fact, least: float) -> Fact | None:
    """Return a fact with the evidence of at least this confidence, or None where there was other evidence only."""
    evidence = tuple(piece for piece in fact.evidence if round(piece.confidence, 4) >= least)
    return replace(fact, evidence=evidence) if evidence or not fact.evidence else None


def is_grounded(fact: Fact, called_for: Container[FactObject]) -> bool:
    """Whether a fact is not about a statement that nobody calls for."""
    return fact.relation != "about" or fact.subject in called_for


def without_loose_statements(entities: Iterable[Entity], facts: Iterable[Fact]) -> list[Entity]:
    """Return the entities without the statements that no fact calls for."""
    called_for = {fact.object for fact in facts if fact.relation == "calledFor"}
    return [entity for entity in entities if entity.type != "Statement" or entity.id in called_for]
