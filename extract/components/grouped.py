"""Find organizations that a text lists as ones of a kind: 甲、乙、丙等龙头企业.

What is told of such a list is told of the group. Where it is at work (在丁、戊等区域布局), no text says which of them
is where; so the list becomes a named set with organizations and places as its members, not a fact for each pair.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from spacy.language import Language
from spacy.tokens import Span

from extract.annotate import Candidate, add_mention
from extract.packs import load_packs

from .reading import Lexicon, Reading, Sentence, find_passage, load_lexicon, read_document

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from .reading import Group

_PLACES = frozenset(("Region", "Zone", "Cluster"))
_CONFIDENCE = 0.8
_NAMED = 3
"""How many of its members stand in the name of a group."""


class GroupWording(NamedTuple):
    """What makes a list a group, and where a group is at work."""

    classes: frozenset[str]
    kind: re.Pattern[str]
    place: re.Pattern[str]
    at_work: re.Pattern[str]
    role: str


@lru_cache(maxsize=8)
def load_group_wording(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> GroupWording:
    """Compile the section `relations.grouped` of the packs."""
    section = load_packs(packs, exclude_sources=excluded).section("relations")["grouped"]
    return GroupWording(
        classes=frozenset(section["classes"]),
        kind=re.compile(section["kind"]),
        place=re.compile(section["place"]),
        at_work=re.compile(section["at_work"]),
        role=section["role"],
    )


@Language.factory("jiqun_grouped", default_config={"packs": ["base"], "exclude_sources": []})
def create_grouped(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> GroupFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return GroupFinder(load_lexicon(*key), load_group_wording(*key))


class GroupFinder:
    """Mark groups of organizations as named sets and add candidates of `hasMember`."""

    def __init__(self, lexicon: Lexicon, wording: GroupWording) -> None:
        self.lexicon = lexicon
        self.wording = wording

    def __call__(self, doc: Doc) -> Doc:
        """Find the groups of a document."""
        reading = read_document(doc, self.lexicon)
        for sentence in reading.sentences:
            for index, group in enumerate(sentence.groups):
                if len(group) > 1 and all(member.label in self.wording.classes for member in group):
                    self._mark(doc, reading, sentence, index)
        return doc

    def _mark(self, doc: Doc, reading: Reading, sentence: Sentence, index: int) -> None:
        """Mark one list as a group if the words behind it say of what kind they are."""
        group = sentence.groups[index]
        kind = self.wording.kind.match(reading.text, group[-1].end, sentence.end)
        if kind is None:
            return
        start, end = kind.span("kind")
        name = f"{'、'.join(member.text for member in group[:_NAMED])}等{kind['kind']}"
        add_mention(doc, start, end, "NamedSet", source="listed-group", score=1.0, name=name)
        named = Span(doc, start, end, label="NamedSet")
        places = self._places(reading, sentence, index, end)
        last = places[-1].end if places else end
        passage = find_passage(reading, sentence, group[0].start, last)
        for members, role in ((group, kind["kind"]), (places, self.wording.role)):
            for member in members:
                candidate = Candidate(
                    named, "hasMember", member.span, *passage, "asserted", "listed-group", _CONFIDENCE, role=role
                )
                doc._.candidates.append(candidate)

    def _places(self, reading: Reading, sentence: Sentence, index: int, end: int) -> Group:
        """Return the places where a group is told to be at work, behind the words that say of what kind it is."""
        for places in sentence.groups[index + 1 :]:
            if places[0].label not in _PLACES:
                return []
            if self.wording.place.fullmatch(reading.text, end, places[0].start):
                there = self.wording.at_work.match(reading.text, places[-1].end, sentence.end)
                return places if there else []
        return []
