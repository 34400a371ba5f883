"""Propose names with a low score, for a judge that sees the whole document (profile `full`).

The other components mark what they are sure of. This one offers what might be a name: noun phrases before
wide heads (…中心, …样板), items of rows that their end gives a class to (A、B等景区), words in front of what
only firms do, terms in quotation marks. Alone it decides nothing: every score is below the least that
`extract.resolve` keeps, so that in the profile `rules` a proposal is as good as unsaid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spacy.language import Language

from extract.annotate import add_mention, mentions_of, text_of
from extract.packs import load_packs
from extract.segmentation import cut_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Set

    from spacy.tokens import Doc

    from extract.segmentation import Words

_STOPS = "，。；：、！？“”《》\n（）()【】 ,;"
_LONGEST = 26
_SHUT = frozenset("prcudxy")
"""First letters of the parts of speech that end a noun phrase on its left."""

_AND = ("和", "与", "及", "以及")
_COINED = ("nz", "nr", "nrt", "nt", "x", "eng", "ns", "nrfg")
"""Parts of speech under which the dictionary keeps coined words and names."""

_POINTING = frozenset("这那该各其每本")
_NEVER = frozenset("的了和与在是为等将被把对从向以及不其这那")

_ITEM = re.compile(r"[一-龥A-Za-z0-9·+\-—.%]{2,22}")


@dataclass(frozen=True, slots=True)
class Head:
    """A family of heads whose phrases are proposed as one class.

    Attributes:
        name: What it is called in the source of a mention.
        label: The class.
        pattern: The heads.
        score: Score of the proposals.
        open: Whether a phrase can hold 的.
        most: How many beginnings are proposed for one head.
        least: Characters in front of the head.
        verbs: Verbs behind which a phrase is likelier than elsewhere.
    """

    name: str
    label: str
    pattern: re.Pattern[str]
    score: float
    open: bool
    most: int
    least: int
    verbs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wording whose group `name`, or else the words in front of it, is proposed, whole or item by item.

    Attributes:
        name: What it is called in the source of a mention.
        label: The class.
        regex: The wording.
        score: Score of the proposals.
        split: Whether the items of the group are proposed, not the group.
        unknown: Whether a name of nothing but common words is left out.
    """

    name: str
    label: str
    regex: re.Pattern[str]
    score: float
    split: bool
    unknown: bool

    @property
    def is_named(self) -> bool:
        """Whether the wording holds the name; else it is a cue behind the name."""
        return "name" in self.regex.groupindex


@Language.factory("jiqun_proposals", default_config={"packs": ["base"], "exclude_sources": []})
class ProposalMarker:
    """Mark what might be a name."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Compile the wordings of the packs."""
        knowledge = load_packs(packs, exclude_sources=exclude_sources)
        wording, suffixes = knowledge.section("proposals"), knowledge.section("suffixes")
        self.lead = frozenset((*suffixes.get("lead", ()), *wording.get("lead", ())))
        self.generic = frozenset(suffixes.get("generic", ()))
        self.loose = frozenset(wording.get("loose", ()))
        self.around = frozenset(wording.get("around", ()))
        self.follow = frozenset(wording.get("follow", ()))
        self.heads = [_head(row) for row in wording.get("head", ())]
        self.rows = [(re.compile(row["close"]), row["class"], float(row["score"])) for row in wording.get("row", ())]
        self.patterns = [
            Pattern(
                row["name"],
                row["class"],
                re.compile(row["regex"]),
                float(row["score"]),
                bool(row.get("split", False)),
                bool(row.get("unknown", False)),
            )
            for row in wording.get("pattern", ())
        ]

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its proposals added."""
        text, words = text_of(doc), cut_words(doc)
        regions = {}
        for span in mentions_of(doc).values():
            if span.label == "Region" and span.score >= 0.5 and not span.source.startswith("anaphora"):
                regions[span.end] = span.start
        for head in self.heads:
            self._heads(doc, text, words, regions, head)
        for close, label, score in self.rows:
            for match in close.finditer(text):
                for start, end in self._items(text, words, match.start()):
                    is_place = regions.get(end) == start and label != "Cluster"
                    if not is_place and (label == "Role" or text[start:end] not in self.generic):
                        self._add(doc, start, end, label, "row", score)
        for pattern in self.patterns:
            self._pattern(doc, text, words, regions, pattern)
        return doc

    @staticmethod
    def _add(doc: Doc, start: int, end: int, label: str, source: str, score: float) -> None:
        add_mention(doc, start, end, label, source=f"proposal:{source}", score=score)

    def _heads(self, doc: Doc, text: str, words: Words, regions: Mapping[int, int], head: Head) -> None:
        begun = set(regions.values())
        for match in head.pattern.finditer(text):
            end = match.end()
            number = words.at[end - 1]
            if words.ends[number] != end or end in regions or not self._ends(text, end, words):
                continue
            starts = list(dict.fromkeys(self._starts(text, match.start(), words, regions, head)))
            for start in dict.fromkeys((*starts[: head.most - 1], *starts[-1:])):
                if match.start() - start < head.least or text[start] in _POINTING:
                    continue
                bonus = self._bonus(text, start, match.start(), words, begun, head)
                if bonus is not None:
                    closed = end >= len(text) or text[end] in _STOPS
                    score = round(head.score + bonus + 0.03 * closed, 2)
                    self._add(doc, start, end, head.label, head.name, score)

    def _bonus(self, text: str, start: int, at: int, words: Words, begun: Set[int], head: Head) -> float | None:
        """Weigh a phrase by what stands before it and what it begins with; None where it says nothing special."""
        before = words.texts[words.at[start - 1]] if start else "\n"
        if head.verbs:
            return 0.06 if before in head.verbs else 0.0
        if {words.texts[n] for n in range(words.at[start], words.at[max(start, at - 1)] + 1)} <= self.generic:
            return None
        return 0.06 * (start in begun) + 0.04 * (before in self.lead or before in _STOPS)

    def _ends(self, text: str, end: int, words: Words) -> bool:
        """Say whether a phrase can end here: no noun goes on behind it."""
        if end >= len(text) or text[end] in _STOPS:
            return True
        number = words.at[end]
        return words.texts[number] in self.follow or words.tags[number][0] != "n"

    def _starts(self, text: str, at: int, words: Words, regions: Mapping[int, int], head: Head) -> Iterator[int]:
        """Yield where the phrase before a head may begin, the nearest first."""
        position = at if at in regions else words.starts[words.at[at]]
        while position > 0 and at - position < _LONGEST:
            before = text[position - 1]
            if position in regions:
                if head.label == "Role":
                    yield position
                position = regions[position]
                yield position
                continue
            if before == "”":
                opening = text.rfind("“", max(0, position - 24), position - 1)
                if opening < 0 or "\n" in text[opening:position]:
                    break
                position = opening
                continue
            if before in _STOPS:
                break
            number = words.at[position - 1]
            word, tag = words.texts[number], words.tags[number]
            if word in _AND or (word == "的" and head.open):
                yield position
            elif word in self.lead:
                yield position
                if tag[0] in _SHUT or not self._is_inner(text, words, number, regions):
                    return
            elif tag[0] in _SHUT:
                break
            elif tag[0] in "mq" and position != at:
                yield position
            position = words.starts[number]
        yield position

    def _is_inner(self, text: str, words: Words, number: int, regions: Mapping[int, int]) -> bool:
        """Say whether a verb may be part of a name: behind a noun, 和, 在 or a verb of publishing."""
        start = words.starts[number]
        if number == 0 or start in regions or len(words.texts[number]) < 2:
            return False
        before, tag = words.texts[number - 1], words.tags[number - 1]
        if before in self.around:
            return True
        return before not in self.lead and before not in _STOPS and (tag[0] == "n" or tag == "vn")

    def _items(self, text: str, words: Words, end: int) -> Iterator[tuple[int, int]]:
        """Yield the items of the row that ends here."""
        begin = max(text.rfind(mark, max(0, end - 90), end) for mark in "，。；：\n（,;")
        position = begin + 1
        pieces = re.split("(、|和|以及|与|及)", text[position:end])
        for number, piece in enumerate(pieces):
            start, stop = position, position + len(piece)
            position = stop
            if number % 2 or not piece:
                continue
            if text[start] in "“《" and text[stop - 1] in "”》":
                start, stop = start + 1, stop - 1
            elif number == 0:
                start = self._behind_lead(start, stop, words)
            if stop > start and _ITEM.fullmatch(text, start, stop):
                yield start, stop

    def _behind_lead(self, start: int, stop: int, words: Words) -> int:
        for number in range(words.at[stop - 1], words.at[start] - 1, -1):
            if words.texts[number] in self.lead or words.tags[number][0] in "pud" or words.texts[number] == "的":
                return words.ends[number]
        return start

    def _pattern(self, doc: Doc, text: str, words: Words, regions: Mapping[int, int], pattern: Pattern) -> None:
        for match in pattern.regex.finditer(text):
            start, end = (
                match.span("name")
                if pattern.is_named
                else self._before(match.start(), words, regions if pattern.label == "Topic" else {})
            )
            pieces = [(start, end)]
            if pattern.split:
                parts = re.finditer(r"(?:(?!以及)[^、和与及])+", text[start:end])
                pieces = [(start + part.start(), start + part.end()) for part in parts]
            for first, last in pieces:
                if last - first < 2 or (last in regions and pattern.label in ("Firm", "Topic")):
                    continue
                if pattern.label != "Role" and text[first:last] in self.generic:
                    continue
                if not pattern.unknown or self._is_unknown(first, last, words):
                    self._add(doc, first, last, pattern.label, pattern.name, pattern.score)

    def _before(self, end: int, words: Words, regions: Mapping[int, int]) -> tuple[int, int]:
        """Return the words in front of a cue, back to a mark, a verb or a particle."""
        number = words.at[end - 1] if end else 0
        start = end
        while end and number >= 0 and words.ends[number] <= end and end - words.starts[number] <= 8:
            word, tag = words.texts[number], words.tags[number]
            if word in _STOPS or word in self.lead or word in self.loose or (tag[0] in _SHUT and word != "之"):
                break
            start = words.starts[number]
            if start in regions:
                break
            number -= 1
        return start, end

    def _is_unknown(self, start: int, end: int, words: Words) -> bool:
        """Say whether the words of a span can be a coined name: one of them is none of the common words."""
        first, last = words.at[start], words.at[end - 1]
        if words.starts[first] != start or words.ends[last] != end or last - first > 4:
            return False
        texts, tags = words.texts[first : last + 1], words.tags[first : last + 1]
        if any(word in self.lead or word in self.loose or word in _NEVER for word in texts):
            return False
        if any(tag in _COINED for tag in tags):
            return True
        import rjieba

        # Without its guesses the dictionary cuts what it does not know into characters.
        return any(len(word) == 1 for word in rjieba.cut("".join(texts), False))


def _head(row: Mapping[str, Any]) -> Head:
    heads = sorted(row["heads"], key=len, reverse=True)
    return Head(
        row["name"],
        row["class"],
        re.compile("|".join(heads)),
        float(row["score"]),
        bool(row.get("open", False)),
        int(row.get("most", 2)),
        int(row.get("least", 2)),
        frozenset(row.get("verbs", ())),
    )
