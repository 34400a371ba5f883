"""Quote what states a fact, by its place in the text as the user gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ontology.model import CleanText, Evidence

if TYPE_CHECKING:
    from extract.annotate import Candidate


def trim_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


class Quotations:
    """The passages of a document as evidence quotes them; many facts are stated by the same one."""

    def __init__(self, clean: CleanText) -> None:
        self.clean = clean
        self._known: dict[tuple[int, int], tuple[int, int, str, str]] = {}

    def evidence(self, candidate: Candidate, *, speaker: str | None) -> Evidence:
        """Return the evidence of a candidate with offsets into the source text."""
        passage = candidate.start, candidate.end
        if passage not in self._known:
            self._known[passage] = self._quote(*passage)
        start, end, text, place = self._known[passage]
        return Evidence(
            doc=self.clean.source.doc,
            start=start,
            end=end,
            text=text,
            modality=candidate.modality,
            confidence=round(float(candidate.confidence), 4),
            rule=candidate.rule,
            speaker=speaker,
            date=self.clean.metadata.date,
            place=place,
        )

    def _quote(self, start: int, end: int) -> tuple[int, int, str, str]:
        """Return where a passage of the clean text stands in the source, its words, and the place that has a name."""
        start, end = trim_span(self.clean.text, start, end)
        source_start, source_end = self.clean.to_source(start, end)
        return source_start, source_end, self.clean.text[start:end], self.clean.source.place_of(source_start)
