"""Count the members of named sets (三城一区) and compare with the number that the name announces."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ontology.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ontology.model import Entity, Fact

_DIGITS = {digit: i for i, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NUMBER = re.compile("[一二三四五六七八九十两]")


def announced_count(name: str) -> int | None:
    """Return how many members a name announces, or None when it announces none, as a list of names does.

    Example:
        >>> announced_count("三城一区")
        4
        >>> announced_count("三一重工、徐工集团等龙头企业")
    """
    if "、" in name:
        return None
    return sum(_DIGITS[digit] for digit in _NUMBER.findall(name)) or None


def check_counts(doc: str, entities: Mapping[str, Entity], facts: Iterable[Fact]) -> list[Finding]:
    """Return a finding for each named set whose members are not as many as announced."""
    members: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.relation == "hasMember":
            members.setdefault(fact.subject, []).append(fact)
    findings = []
    for subject in sorted(members):
        count = announced_count(entities[subject].name)
        if count is not None and count != len(members[subject]):
            evidence = members[subject][0].evidence[0]
            message = f"{entities[subject].name} announces {count} members, the text gives {len(members[subject])}."
            findings.append(Finding("set-count", "warning", doc, evidence.start, evidence.end, message))
    return findings
