"""Spell out names that share their head: 芜湖、蚌埠、合肥人工智能产业园 are three parks.

The text writes the head once, behind the last of them, so that the others stand nowhere as they are called. Two forms
are read, and only where the head is a kind of thing and not part of a name (北京、河北雄安新区 are no two new areas):

- places in front of a whole name that begins with a place: each has such a thing, and what the text says of the whole
  name it says of all of them;
- two or more of *place and field* in front of 等 or a number and a kind: 徐州工程机械、盐城新能源等12个集群. Fields
  without places count where the number is theirs and the kind has a rank (A、B、C3个国家级制造业创新中心).

The last component, since what is said of the whole name must be settled before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Span

from extract.annotate import Candidate, add_mention, mentions_of, text_of

from ..packs import load_packs
from ..resolution.sets import announced_count
from .modality import read_modality
from .reading import plain_region
from .triggers import words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spacy.tokens import Doc

SOURCE = "shared-head"
SCORE = 0.75
"""How often such a name, and what it says, is right."""
OF_EACH = ("locatedIn", "partOf", "hasMember")
"""Relations that hold of the whole name alone: each of the others lies elsewhere."""
_LONGEST = 10
"""Characters of a field."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The section `shared_heads` of the packs, compiled.

    Attributes:
        joint: What stands between the members.
        count: What stands between the last member and the kind; its group `number` is how many there are.
        kind: A kind of thing, with the groups `level`, `field` and `head`.
        classes: Class by head.
        never: What is in no field.
    """

    joint: re.Pattern[str]
    count: re.Pattern[str]
    kind: re.Pattern[str]
    classes: Mapping[str, str]
    never: re.Pattern[str]


@lru_cache(maxsize=8)
def load_wording(packs: tuple[str, ...]) -> Wording:
    """Compile the section `shared_heads` of the packs."""
    section: Mapping[str, Any] = load_packs(packs).section("shared_heads")
    classes = {head: label for label, heads in section.get("heads", {}).items() for head in heads}
    levels = words_pattern(section.get("levels", ()))
    kind = rf"(?P<level>{levels}*)(?P<field>\w{{0,8}}?)(?P<head>{words_pattern(classes)})"
    return Wording(
        re.compile(words_pattern(section.get("joints", ()))),
        re.compile(section.get("count", "(?!)")),
        re.compile(kind),
        classes,
        re.compile(words_pattern(section.get("never", ()))),
    )


@Language.factory("jiqun_shared_heads", default_config={"packs": ["base"]})
def create_shared_heads(nlp: Language, name: str, packs: list[str]) -> SharedHeads:
    """Create the component with the wordings of the packs."""
    return SharedHeads(load_wording(tuple(packs)))


@dataclass(frozen=True, slots=True)
class Member:
    """One of the things that share a head.

    Attributes:
        start: Where its own words begin.
        end: Where they end, exclusive.
        place: The place that they begin with, or None.
        field: What else they name, where that is known.
    """

    start: int
    end: int
    place: Span | None
    field: Span | None


class _Page:
    """The mentions of a document by where they begin and end; the longest of a class."""

    def __init__(self, doc: Doc) -> None:
        self.doc, self.text = doc, text_of(doc)
        self.mentions = sorted(mentions_of(doc).values(), key=lambda m: (m.start, -m.end, m.label))
        self.begin = {(m.start, m.label): m.span for m in reversed(self.mentions)}
        self.end = {(m.end, m.label): m.span for m in reversed(self.mentions)}

    def within(self, label: str, start: int, end: int) -> bool:
        """Whether something of a class is named between two offsets."""
        return any(a >= start and b <= end and k == label for a, b, k in mentions_of(self.doc))


class SharedHeads:
    """Adds the things whose head stands only behind the last of them, and what is said of them."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording

    def __call__(self, doc: Doc) -> Doc:
        """Spell out the coordinations of a document."""
        page = _Page(doc)
        labels = set(self.wording.classes.values())
        found: list[Candidate] = []
        stands_for: dict[Any, Any] = {}
        for whole in page.mentions:
            if whole.label in labels:
                for place, facts in self._of_places(page, whole.span):
                    stands_for[_place_of(place)] = _place_of(whole.span)
                    found += facts
        found += self._of_fields(page)
        told: Sequence[Candidate] = doc._.candidates or ()
        doc._.candidates = [*(_without_stand_ins(told, stands_for) if stands_for else told), *found]
        return doc

    def _of_places(self, page: _Page, whole: Span) -> Iterator[tuple[Span, list[Candidate]]]:
        """Yield the places in front of a whole name that begins with a place, and what is said of their things."""
        own = page.begin.get((whole.start, "Region"))
        if own is None or own.end >= whole.end or not self._is_kind(page, own.end, whole.end):
            return
        at = whole.start
        bare = not _is_official(own)
        while (joint := self._joint_before(page.text, at)) and (place := page.end.get((at - len(joint), "Region"))):
            at = place.start
            if bare and _is_official(place):  # 芜湖市和合肥高新区: the city itself
                return
            name = f"{page.text[place.start : place.end]}{page.text[own.end : whole.end]}"
            thing = _named(page.doc, place.start, place.end, whole.label_, name)
            facts = [_said(page.doc, thing, "locatedIn", place, whole.end)]
            for fact in page.doc._.candidates or ():
                told: dict[str, Any] = {"rule": SOURCE, "confidence": min(fact.confidence, SCORE)}
                if _place_of(fact.object) == _place_of(whole):
                    facts.append(replace(fact, object=thing, **told))
                elif _place_of(fact.subject) == _place_of(whole) and _holds_of_each(fact):
                    facts.append(replace(fact, subject=thing, **told))
            yield place, facts

    def _is_kind(self, page: _Page, start: int, end: int) -> bool:
        """Whether what stands behind a place says only what kind of thing is meant."""
        kind = self.wording.kind.fullmatch(page.text, start, end)
        if kind is None or page.within("Region", start, end):
            return False
        return not kind["field"] or bool(kind["level"]) or page.within("Topic", start, end)

    def _of_fields(self, page: _Page) -> Iterator[Candidate]:
        """Yield what the names say whose kind stands behind 等 or a number."""
        for count in self.wording.count.finditer(page.text):
            kind = self.wording.kind.match(page.text, count.end())
            if kind is None or self.wording.never.search(kind["field"]):
                continue
            members = list(self._members(page, count.start()))
            number = count["number"] or ""
            said = int(number) if number.isdigit() else announced_count(number)
            placed = sum(m.place is not None for m in members)
            counted = said == len(members) and bool(kind["level"])
            if len(members) < 2 or not (placed >= 2 or counted):
                continue
            for member in members:
                name = f"{page.text[member.start : member.end]}{kind[0]}"
                thing = _named(page.doc, member.start, member.end, self.wording.classes[kind["head"]], name)
                if member.place is not None:
                    yield _said(page.doc, thing, "locatedIn", member.place, kind.end())
                if member.field is not None:
                    yield _said(page.doc, thing, "specializesIn", member.field, kind.end())

    def _members(self, page: _Page, at: int) -> Iterator[Member]:
        """Yield what is coordinated in front of an offset, the last first."""
        while (member := self._member_before(page, at)) is not None:
            yield member
            joint = self._joint_before(page.text, member.start)
            if not joint:
                return
            at = member.start - len(joint)

    def _member_before(self, page: _Page, at: int) -> Member | None:
        field = page.end.get((at, "Topic"))
        for start in range(at - 2, max(-1, at - 2 * _LONGEST), -1):
            if not page.text[start].isalnum() or self.wording.joint.search(page.text, start, at):
                break
            place = page.begin.get((start, "Region"))
            if place is None or not 2 <= at - place.end <= _LONGEST:
                continue
            own = field if field is not None and field.start >= place.end else None
            between = page.text[place.end : at if own is None else own.start]
            if self.wording.never.search(between) or page.text[place.end : at].endswith(tuple(self.wording.classes)):
                break
            return Member(start, at, place, own)
        return None if field is None else Member(field.start, at, None, field)

    def _joint_before(self, text: str, at: int) -> str:
        return next(
            (text[at - n : at] for n in (2, 1) if at >= n and self.wording.joint.fullmatch(text, at - n, at)), ""
        )


def _named(doc: Doc, start: int, end: int, label: str, name: str) -> Span:
    """Add a mention under its full name; it takes the character behind it along, which stands for the head."""
    add_mention(doc, start, end + 1, label, source=SOURCE, score=SCORE, name=name)
    return Span(doc, start, end + 1, label=label)


def _said(doc: Doc, thing: Span, relation: str, other: Span, end: int) -> Candidate:
    """Return what a name says; the passage is whole clauses, up to the end of the kind."""
    clauses = doc.user_data["clauses"]
    start = max((first for first, _ in clauses if first <= thing.start), default=0)
    end = min((last for _, last in clauses if last >= end), default=end)
    return Candidate(thing, relation, other, start, end, read_modality(text_of(doc)[start:end]), SOURCE, SCORE)


def _is_official(place: Span) -> bool:
    """Whether a place is called with its rank: 芜湖市, not 芜湖."""
    return plain_region(place.text) != place.text


def _holds_of_each(fact: Candidate) -> bool:
    return isinstance(fact.object, Span) and fact.relation not in OF_EACH


def _place_of(end: object) -> Any:
    """Return where an end of a fact stands, or the value that it is."""
    return (end.start, end.end) if isinstance(end, Span) else end


def _without_stand_ins(facts: Sequence[Candidate], stands_for: Mapping[Any, Any]) -> Iterator[Candidate]:
    """Yield the facts but for those of places that stand for a thing of theirs, of which the same is said.

    What is said of the parks of three cities is not said of the cities.
    """
    said = {(_place_of(f.subject), f.relation, _place_of(f.object)) for f in facts if _holds_of_each(f)}
    for fact in facts:
        subject, obj = _place_of(fact.subject), _place_of(fact.object)
        meant = {(stands_for.get(subject), fact.relation, obj), (subject, fact.relation, stands_for.get(obj))}
        if said.isdisjoint(meant):
            yield fact
