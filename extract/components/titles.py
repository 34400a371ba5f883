"""Mark titles in 《》, quoted names with and without a head, and plans that are called by their years.

The head noun of a title says whether it is a policy or a report: 规划 and 条例 against 报告 and 指数;
newspapers are institutions, books are nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import add_mention, text_of
from extract.packs import load_packs

from .triggers import open_repeat

if TYPE_CHECKING:
    from spacy.tokens import Doc

_TITLE = re.compile(r"《(?P<title>[^《》\n]{2,80}(?:《[^《》\n]{2,40}》[^《》\n]{0,30})?)》")
_PERIOD = re.compile(r"[（(][^（）()]{1,20}[)）]$")
_QUOTED = re.compile(r"“(?P<name>[^“”\n]{2,24})”")


@Language.factory("jiqun_titles", default_config={"packs": ["base"], "exclude_sources": []})
class TitleMarker:
    """Mark titles and quoted names."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Compile the wordings of the packs."""
        wording = load_packs(packs, exclude_sources=exclude_sources).section("titles")
        self.report = re.compile(wording.get("report", r"(?!)"))
        self.policy = re.compile(wording.get("policy", r"(?!)"))
        self.medium = re.compile(wording.get("medium", r"(?!)"))
        self.patterns = [
            (
                row.get("hints", ()),
                re.compile(open_repeat(row["regex"])),
                row["class"],
                f"title:{row['name']}",
                float(row["score"]),
            )
            for row in wording.get("pattern", [])
        ]

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its titles marked."""
        text = text_of(doc)
        for match in _TITLE.finditer(text):
            self._title(doc, match)
        for hints, pattern, label, source, score in self.patterns:
            if hints and not any(hint in text for hint in hints):
                continue  # a word that every match holds is found a hundred times faster than that there is no match
            for match in pattern.finditer(text):
                add_mention(doc, *match.span("name"), label, source=source, score=score)
        return doc

    def _title(self, doc: Doc, match: re.Match[str]) -> None:
        title = match["title"]
        core = _PERIOD.sub("", title).strip()
        start, end = match.span("title")
        if self.report.search(core):
            add_mention(doc, start, end, "Report", source="title:report", score=0.9)
        elif self.policy.search(core):
            add_mention(doc, start, end, "Policy", source="title:policy", score=0.95)
        elif self.medium.search(core):
            add_mention(doc, start, end, "Institution", source="title:medium", score=0.6)
