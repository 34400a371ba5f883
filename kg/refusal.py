"""Tell what the shapes do not allow, and leave out the facts that they refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ontology.iri import fact_id
from ontology.model import Finding

from .output import object_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ontology.model import Fact
    from ontology.validation import Violation


def refuse_facts(
    facts: Iterable[Fact], violations: Sequence[Violation]
) -> tuple[list[Fact], list[Fact], list[Finding]]:
    """Return the facts that the shapes allow, those that they do not, and a finding for each passage that states these.

    A reading that makes a role lie in a region is a mistake of the extraction; it costs that fact, not the build.
    """
    wrong = {violation.focus: violation for violation in violations}
    allowed, refused, findings = [], [], []
    for fact in facts:
        violation = wrong.get(fact_id(fact.subject, fact.relation, fact.object))
        if violation is None:
            allowed.append(fact)
            continue
        refused.append(fact)
        stated = f"{fact.subject} {fact.relation} {object_record(fact.object)}"
        message = f"Left out: {stated}. {violation.message}"
        findings += [Finding("fact-refused", "warning", e.doc, e.start, e.end, message) for e in fact.evidence]
    return allowed, refused, findings


def violation_finding(violation: Violation) -> Finding:
    """Return a violated shape as a finding about the whole graph."""
    where = f"{violation.focus} ({violation.shape})"
    quote = f" “{violation.quote}”" if violation.quote else ""
    return Finding("shape-violated", "warning", "", None, None, f"{where}: {violation.message}{quote}")
