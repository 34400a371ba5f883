"""Find named sets and their members: 三城一区, 一廊四极, 一港四基地, 一区三中心.

The name counts its parts; as many places or facilities, listed behind the name, in parentheses or in front of it, are
its members, each in the part that its turn gives it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language
from spacy.tokens import Span

from extract.annotate import Candidate, add_mention, text_of

from .reading import Lexicon, Mention, Reading, load_lexicon, read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Doc

_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NAME = re.compile(
    r"[“\"](?P<name>(?:[一二两三四五六七八九十][大个条]?[一-龥]{1,3}?){2,4})[”\"]|[“\"](?P<single>[二三四五六七八九十][大个条]?[城区港极带廊园谷岛湾轴心核基地高地中心枢纽]{1,2})[”\"]"
)
_PART = re.compile(r"([一二两三四五六七八九十])[大个条]?([^一二两三四五六七八九十]{1,3})")
_MEMBERS = frozenset(("Zone", "Region", "Facility", "Cluster", "Platform", "Role", "ResearchOrg", "Institution"))
_ITEM = re.compile(r"[一-龥A-Za-z0-9]{3,20}?(?=[、和与及，）)”“]|$)")
_KINDS = (("中心", "Facility"), ("基地", "Zone"), ("港", "Zone"), ("区", "Zone"), ("园", "Zone"), ("城", "Zone"))
_BEHIND = 160
"""Characters behind a name in which its members are looked for."""


def set_parts(name: str) -> list[str]:
    """Return the part that each member of a named set has, in order.

    Example:
        >>> set_parts("三城一区")
        ['城', '城', '城', '区']
    """
    return [part for digit, part in _PART.findall(name) for _ in range(_DIGITS[digit])]


@Language.factory("jiqun_sets", default_config={"packs": ["base"], "exclude_sources": []})
def create_sets(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> SetFinder:
    """Create the component."""
    return SetFinder(load_lexicon(tuple(packs), frozenset(exclude_sources)))


class SetFinder:
    """Mark named sets and add candidates of `hasMember`."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def __call__(self, doc: Doc) -> Doc:
        """Find the named sets of a document."""
        reading = read_document(doc, self.lexicon)
        told: set[str] = set()
        for match in _NAME.finditer(reading.text):
            group = match.lastgroup or "name"
            name = match[group]
            parts = set_parts(name)
            if name in told or len(parts) < 2:
                continue
            start, end = match.span(group)
            members = list(self._members(doc, reading, match.start(), match.end(), parts))
            if len(members) < 2 or 2 * len(members) <= len(parts):
                continue
            told.add(name)
            add_mention(doc, start, end, "NamedSet", source="named-set", score=1.0)
            named = Span(doc, start, end, label="NamedSet")
            first = min(match.start(), *(m.start for m in members))
            last = max(match.end(), *(m.end for m in members))
            whole = len(members) == len(parts)
            for index, member in enumerate(members):
                doc._.candidates.append(
                    Candidate(
                        named,
                        "hasMember",
                        member,
                        first,
                        min(last, first + 230),
                        "asserted",
                        "listed-member",
                        0.85 if whole else 0.6,
                        role=parts[index] if whole else "",
                    )
                )
        return doc

    def _members(self, doc: Doc, reading: Reading, start: int, end: int, parts: list[str]) -> Iterator[Span]:
        """Yield the members of a set: in parentheses behind its name, behind 即/包括, else listed in front of it."""
        text = reading.text
        if text[end : end + 1] in "（(" and text[end:]:
            close = min((i for i in (text.find("）", end), text.find(")", end)) if i > 0), default=-1)
            if 0 < close - end < 200:
                yield from self._listed(doc, reading, end + 1, close, parts)
                return
        sentence = next((s for s in reading.sentences if s.start <= start < s.end), None)
        if sentence is None:
            return
        behind = _NAMELY.search(text, end, min(sentence.end, end + 40))
        if behind:
            limit = min(sentence.end, end + _BEHIND)
            again = {(short.start, short.end) for _, short in doc._.aliases or ()}
            mentions = [m for m in _within(reading, behind.end(), limit) if (m.start, m.end) not in again]
            places = [m.span for m in mentions if m.label != "Role"]
            last = self._last_counted(doc, behind.end(), limit, parts, places)
            if last is not None:
                places = sorted((*places, last), key=lambda span: span.start)
            named = places if len(places) >= len(parts) else [m.span for m in mentions]
            yield from named[: len(parts)]
            return
        if text[start - 1 : start] not in "，,。":
            listed_from = max(text.rfind(mark, sentence.start, start) for mark in "，,：:。")
            begin = max(sentence.start, listed_from + 1)
            lead = re.match(r"(?:推动|打造|建设|形成|构建|包括|以|由)", text[begin:start])
            yield from self._listed(doc, reading, begin + (lead.end() if lead else 0), start, parts)

    def _last_counted(self, doc: Doc, start: int, end: int, parts: list[str], places: list[Span]) -> Span | None:
        """Mark the last place of a list where the part that it has is counted behind it: 甲城、乙城和丙园三极."""
        kinds = "|".join(kind for kind, _ in _KINDS)
        for part in dict.fromkeys(parts):
            counted = re.compile(rf"[、和与及](?P<place>[一-龥]{{1,10}}?(?:{kinds}))[一二两三四五六七八九十]{part}")
            for match in counted.finditer(text_of(doc), start, end):
                first, last = match.span("place")
                if any(place.start < last and place.end > first for place in places):
                    continue
                label = next(label for kind, label in _KINDS if match["place"].endswith(kind))
                add_mention(doc, first, last, label, source="named-set", score=0.7)
                return Span(doc, first, last, label=label)
        return None

    def _listed(self, doc: Doc, reading: Reading, start: int, end: int, parts: list[str]) -> Iterator[Span]:
        """Yield the items between two offsets; what is no mention yet becomes one by its last word."""
        text = reading.text
        mentions = {m.start: m for m in _within(reading, start, end)}
        found: list[Span] = []
        for item in re.finditer(r"[^、和与及，,]+", text[start:end]):
            begin, stop = start + item.start(), start + item.end()
            mention = next((m for s, m in mentions.items() if begin <= s and m.end <= stop + 1), None)
            if mention is not None and mention.end >= stop - 1:
                found.append(mention.span)
                continue
            word = item[0].strip("“”（）() ")
            kind = next((label for suffix, label in _KINDS if word.endswith(suffix)), None)
            if kind and 3 <= len(word) <= 24:
                offset = begin + item[0].find(word)
                add_mention(doc, offset, offset + len(word), kind, source="named-set", score=0.7)
                found.append(Span(doc, offset, offset + len(word), label=kind))
        if len(found) >= 2 and abs(len(found) - len(parts)) <= 2:
            yield from found


_NAMELY = re.compile(r"(?<!立)即(?![将可使便])|包括|分别[是为]|(?<![自理缘])由|[：:]")


def _within(reading: Reading, start: int, end: int) -> list[Mention]:
    return [
        m
        for sentence in reading.sentences
        if sentence.start < end and sentence.end > start
        for m in sentence.mentions
        if start <= m.start and m.end <= end and m.label in _MEMBERS
    ]
