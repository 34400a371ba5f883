"""Find short names that a text defines, and mark them wherever they stand in it.

中关村国家自主创新示范区（以下简称“示范区”）: `doc._.aliases` gets the pair of spans, and every later 示范区 that
is no part of a longer name becomes a mention of the same class.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import add_mention, mentions_of, text_of
from extract.packs import load_packs

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from extract.annotate import Mention


@Language.factory("jiqun_definitions", default_config={"packs": ["base"], "exclude_sources": []})
class DefinitionMarker:
    """Mark defined short names."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Compile the wordings of the packs."""
        wording = load_packs(packs, exclude_sources=exclude_sources).section("definitions")
        self.patterns = [
            (re.compile(row["regex"]), bool(row.get("repeats", True))) for row in wording.get("pattern", [])
        ]
        self.not_short = re.compile(wording.get("not_short", r"(?!)"))

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its aliases and their mentions."""
        text = text_of(doc)
        by_end: dict[int, Mention] = {}
        for span in mentions_of(doc).values():
            best = by_end.get(span.end)
            if span.score >= 0.4 and not span.source.startswith("anaphora"):
                key = (span.end - span.start, span.score)
                if best is None or key > (best.end - best.start, best.score):
                    by_end[span.end] = span
        for pattern, repeats in self.patterns:
            for match in pattern.finditer(text):
                full = self._full(text, match.start(), by_end)
                start, end = match.span("short")
                if (
                    full is None
                    or self.not_short.search(match["short"])
                    or match["short"] == text[full.start : full.end]
                ):
                    continue
                self._define(doc, full, start, end)
                if repeats and len(match["short"]) > 1:
                    self._repeat(doc, full, match["short"], end)
        return doc

    def _full(self, text: str, end: int, by_end: dict[int, Mention]) -> Mention | None:
        """Return the mention that ends in front of a definition, closing marks aside."""
        while end > 0 and text[end - 1] in "》”，, ":
            if end in by_end:
                return by_end[end]
            end -= 1
        return by_end.get(end)

    def _define(self, doc: Doc, full: Mention, start: int, end: int) -> None:
        from spacy.tokens import Span

        score = max(0.5, full.score)
        add_mention(doc, start, end, full.label, source="definition", score=score, entity=full.entity)
        long, short = Span(doc, full.start, full.end, label=full.label), Span(doc, start, end, label=full.label)
        doc._.aliases.append((long, short))

    def _repeat(self, doc: Doc, full: Mention, short: str, after: int) -> None:
        text = text_of(doc)
        longer = [
            (span.start, span.end)
            for span in mentions_of(doc).values()
            if span.end - span.start > len(short) and span.end > after and short in text[span.start : span.end]
        ]
        position = text.find(short, after)
        while position >= 0:
            end = position + len(short)
            if not any(s <= position and end <= e for s, e in longer):
                add_mention(doc, position, end, full.label, source="definition:again", score=0.7, entity=full.entity)
            position = text.find(short, end)
