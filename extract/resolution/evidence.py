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


def quote_evidence(clean: CleanText, candidate: Candidate, *, speaker: str | None) -> Evidence:
    """Return the evidence of a candidate with offsets into the source text."""
    start, end = trim_span(clean.text, candidate.start, candidate.end)
    source_start, source_end = clean.to_source(start, end)
    return Evidence(
        doc=clean.source.doc,
        start=source_start,
        end=source_end,
        text=clean.text[start:end],
        modality=candidate.modality,
        confidence=round(float(candidate.confidence), 4),
        rule=candidate.rule,
        speaker=speaker,
        date=clean.metadata.date,
        place=clean.source.place_of(source_start),
    )
