"""What the files of a build on disk hold, in numbers that change as entities, facts and findings come and go."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from ..tally import Tally

if TYPE_CHECKING:
    from ontology.model import Finding


class Totals:
    """The numbers, which can be kept as text."""

    def __init__(self, kept: str = "[]") -> None:
        """Begin with what `kept` gave, or with nothing."""
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._numbers.update({(of, name): number for of, name, number in json.loads(kept)})

    def kept(self) -> str:
        """Return the numbers as text."""
        return json.dumps([[*name, number] for name, number in sorted(self._numbers.items())])

    def count_entity(self, kind: str, number: int, *, is_background: bool) -> None:
        """Count an entity, or take it back."""
        self._numbers["known" if is_background else "class", kind] += number

    def count_fact(self, relation: str, number: int, *, is_background: bool, pieces: int, is_evidenced: bool) -> None:
        """Count a fact of the files with its pieces of evidence, or take it back."""
        self._numbers["background" if is_background else "relation", relation] += number
        self._numbers["pieces", ""] += number * pieces
        self._numbers["evidenced", ""] += number * is_evidenced

    def count_left_out(self, number: int) -> None:
        """Count a fact below the least confidence, or take it back."""
        self._numbers["left out", ""] += number

    def count_finding(self, finding: Finding, number: int) -> None:
        """Count a finding, or take it back."""
        self._numbers[f"finding {finding.severity}", finding.code] += number

    @property
    def entities(self) -> int:
        """How many entities there are."""
        return sum(self._of("class").values()) + sum(self._of("known").values())

    @property
    def pieces(self) -> int:
        """How many pieces of evidence there are."""
        return self._numbers["pieces", ""]

    def tally(self, lost: list[Finding]) -> Tally:
        """Return what all came to.

        Args:
            lost: The findings that cost a document.
        """
        findings = {
            (of.removeprefix("finding "), code): number
            for (of, code), number in sorted(self._numbers.items())
            if of.startswith("finding ") and number
        }
        return Tally(
            classes=Counter(self._of("class")),
            relations=Counter(self._of("relation")),
            known_entities=sum(self._of("known").values()),
            known_facts=sum(self._of("background").values()),
            evidenced=self._numbers["evidenced", ""],
            findings=Counter(findings),
            lost=lost,
            left_out=self._numbers["left out", ""],
        )

    def _of(self, of: str) -> dict[str, int]:
        return {name: number for (found, name), number in sorted(self._numbers.items()) if found == of and number}
