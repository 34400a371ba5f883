"""Mark people: Chinese and transliterated names beside a title or a verb of saying, and bylines.

A surname alone proves nothing (高, 方, 金 are words), so a name needs a title in front of it, a verb
of saying behind it, or a line of nothing but names; and what is a word (方案提出) needs the title.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import add_mention, text_of
from extract.packs import load_packs

if TYPE_CHECKING:
    from spacy.tokens import Doc


_INTRODUCED = frozenset({"title", "foreign"})
"""Kinds of names with a title in front of them: there even 高峰 is a name."""


@Language.factory("jiqun_people", default_config={"packs": ["base"], "exclude_sources": []})
class PersonMarker:
    """Mark named people."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Compile the wordings of the packs."""
        wording = load_packs(packs, exclude_sources=exclude_sources).section("people")
        surnames = "|".join((*wording.get("compound_surnames", ()), f"[{wording.get('surnames', '')}]"))
        chinese = f"(?:{surnames})(?:[一-龥]{{2}}|[一-龥])"
        foreign = f"[{wording.get('transliteration', '')}]{{2,6}}(?:·[{wording.get('transliteration', '')}]{{1,6}})?"
        titles, verbs = wording.get("titles", "(?!)"), wording.get("verbs", "(?!)")
        after, suffixes = wording.get("after", "(?!)"), wording.get("suffixes", "(?!)")
        end = rf"(?={suffixes}|{verbs}|{after}|[，。；、：！？“（(\s]|$)"
        self.not_name = re.compile(wording.get("not_name", "(?!)"))
        self.words = frozenset(wording.get("words", "").split())
        self.patterns = [
            (re.compile(rf"(?:{titles})(?P<name>{chinese}){end}"), "title", 0.75),
            (re.compile(rf"(?:{titles})(?P<name>{foreign}){end}"), "foreign", 0.7),
            (
                re.compile(rf"(?:^|[\n，。；：、“”）)])(?P<name>{chinese})(?=(?:{suffixes})?(?:{verbs}))"),
                "saying",
                0.65,
            ),
            (re.compile(rf"(?<=[、和])(?P<name>{chinese})(?={wording.get('after_row', '(?!)')})"), "row", 0.55),
        ]
        self.byline = re.compile(rf"(?m)^(?:{wording.get('byline', '')})(?P<names>(?:{chinese}\d*[\s，、,]*)+)$")
        self.byline_name = re.compile(chinese + r"(?=\d|[\s，、,]|$)")

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its people marked."""
        text = text_of(doc)
        found: dict[str, float] = {}
        for pattern, kind, score in self.patterns:
            for match in pattern.finditer(text):
                name = match["name"]
                if not self.not_name.search(name) and (kind in _INTRODUCED or name not in self.words):
                    add_mention(doc, *match.span("name"), "Person", source=f"person:{kind}", score=score)
                    found[name] = max(score, found.get(name, 0.0))
        for line in self.byline.finditer(text):
            for match in self.byline_name.finditer(text, *line.span("names")):
                if not self.not_name.search(match.group()):
                    add_mention(doc, *match.span(), "Person", source="person:byline", score=0.7)
                    found.setdefault(match.group(), 0.7)
        # Whoever was introduced once is known by name afterwards.
        for name, score in found.items():
            if len(name) > 2:
                for match in re.finditer(re.escape(name), text):
                    add_mention(doc, *match.span(), "Person", source="person:again", score=score)
        return doc
