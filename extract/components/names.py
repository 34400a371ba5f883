"""Mark names that packs know: entities of the gazetteers and terms of the lexicons.

Each class of terms has an automaton of its own, longest match first, so that a topic inside the name
of an organisation is found too, and 新能源汽车 is not also 新能源.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from spacy.language import Language

from extract.annotate import add_mention
from extract.packs import load_packs

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from extract.packs import LexiconEntry, Name

_LATIN = re.compile(r"[A-Za-z0-9]")
_OPAQUE = ("Firm", "ResearchOrg", "Institution", "Platform", "Person")


def automaton(keys: list[str]) -> Any:
    """Return an automaton that finds the longest of the keys from left to right."""
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(keys, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)


def is_torn(text: str, start: int, end: int) -> bool:
    """Say whether a span cuts through a Latin word or a number."""
    return bool(
        (start > 0 and _LATIN.match(text[start]) and _LATIN.match(text[start - 1]))
        or (end < len(text) and _LATIN.match(text[end - 1]) and _LATIN.match(text[end]))
    )


@Language.factory("jiqun_names", default_config={"packs": ["base"], "exclude_sources": []})
class NameMarker:
    """Mark gazetteer names and lexicon terms."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Build the automata from the names and lexicons of the packs."""
        knowledge = load_packs(packs, exclude_sources=exclude_sources)
        wording = knowledge.section("names")
        self.forms: dict[str, Name] = {}
        self.hidden: dict[str, Name] = {}
        for entity in knowledge.names:
            for form in entity.names:
                self.forms.setdefault(form, entity)
            for form in entity.hidden:
                self.hidden.setdefault(form, entity)
        self.form_keys = [*self.forms, *(form for form in self.hidden if form not in self.forms)]
        self.form_automaton = automaton([*self.form_keys, *wording.get("blockers", [])])
        blockers = wording.get("term_blockers", [])
        by_class: dict[str, dict[str, LexiconEntry]] = {}
        for entry in knowledge.lexicon:
            if entry.score < 0.5:
                continue
            by_class.setdefault(entry.entity_class, {})[entry.name] = entry
        self.lexicons = [
            (label, list(terms.values()), automaton([*terms, *(b for b in blockers if b not in terms)]))
            for label, terms in by_class.items()
        ]

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its known names marked."""
        text = doc.text
        self._mark_names(doc, text)
        for label, entries, matcher in self.lexicons:
            source = f"lexicon:{label.lower()}"
            for index, start, end in matcher.find_matches_as_indexes(text):
                if index < len(entries) and not is_torn(text, start, end):
                    add_mention(doc, start, end, label, source=source, score=round(entries[index].score, 3))
        return doc

    def _mark_names(self, doc: Doc, text: str) -> None:
        matches = [
            (self.form_keys[index], start, end)
            for index, start, end in self.form_automaton.find_matches_as_indexes(text)
            if index < len(self.form_keys) and not is_torn(text, start, end)
        ]
        named = {self.forms[form].id for form, _, _ in matches if form in self.forms}
        for form, start, end in matches:
            entity = self.forms.get(form)
            if entity is None:
                entity = self.hidden[form]
                if entity.id not in named:
                    continue
            label = entity.entity_class
            add_mention(doc, start, end, label, source=f"name:{label.lower()}", score=0.9, entity=entity.id)
