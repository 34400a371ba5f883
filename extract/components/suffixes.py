"""Mark names by their heads: …示范区, …集群, …实验室, …委员会, …有限公司, …研究院, …平台, …大会, …行动.

The head says the class; the art is to find where the name begins. Words are taken in from the head
leftwards as long as they can modify a noun; a region, a quoted part or a part in parentheses is taken
whole, and a region usually is where a name begins. What is left after generic words (国家级, 重点, 公共)
are cut from the front must hold something specific, or the phrase is no name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spacy.language import Language

from extract.annotate import add_mention, mentions_of, text_of
from extract.packs import load_packs
from extract.segmentation import cut_words

from .triggers import words_alternatives

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spacy.tokens import Doc

    from extract.segmentation import Words

_OPENING = {"”": "“", "）": "（", ")": "(", "》": "《"}
_JOINTS = "·—-－+＋×&"
_LONGEST = 30
_OWNERS = ("Firm", "ResearchOrg", "Institution", "GovernmentBody")
"""Classes whose names can stand in front of the name of a part of theirs: 中国科学院|…研究所."""

_COINED = ("nz", "nr", "nrt", "nt", "x")
"""Parts of speech under which the dictionary keeps coined words and names."""

_BRAND_STOPS = ("m", "q", "p", "u", "ul", "uj", "c", "r", "d", "f", "mq")

_DATE = re.compile(r"(?:19|20)\d\d年(?:\d{1,2}月(?:\d{1,2}日)?)?")
_DATELESS = frozenset(("GovernmentBody", "Firm", "Institution", "ResearchOrg"))
_CUT = re.compile(r"^(?:\d+(?=[一-龥])(?![年月日届号级万千亿个家条项大期])|[经将以好至较在从](?=[一-龥]{3}))")
_ITEM = re.compile(r"[一-龥A-Za-z0-9·（）()]{2,12}")
_BRAND = re.compile(r"[一-龥]{2}")
_JOINED = re.compile(r"(、|和|以及)")
_LATIN = re.compile(r"[A-Za-z]")


@dataclass(frozen=True)
class Grammar:
    """How names of a class are built.

    Attributes:
        label: The class.
        heads: Pattern of their heads; what follows a head must not match `tail`.
        tail: Pattern of continuations that make another word of a head.
        lead: Verbs that never are part of the name: it begins behind the last of them.
        inner: Verbs that can be part of it.
        joined: Whether 和 and 与 can stand inside.
        scores: By what the name begins with or holds: `region`, `quote`, `latin`, `specific`, `lead`.
        generic: Words that make no name specific.
        not_name: Pattern of phrases that are none.
        longest: Length in characters.
        extension: How far a name reaches in front of the region in it.
        strip: Words cut from the front of a name.
        takes_any: Whether any word but a boundary can be part of the name (the full names of companies).
        topical: Whether a known field in front of the head is part of the name as a whole (具身智能产业|联盟).
    """

    label: str
    heads: re.Pattern[str]
    tail: re.Pattern[str]
    lead: frozenset[str]
    inner: frozenset[str]
    joined: bool
    scores: Mapping[str, float]
    generic: frozenset[str]
    not_name: re.Pattern[str]
    longest: int
    extension: int
    takes_any: bool
    strip: frozenset[str]
    topical: bool = False


@dataclass(slots=True)
class _Phrase:
    """A stretch of text that may be a name."""

    start: int
    has_region: bool = False
    has_quote: bool = False
    is_bounded: bool = False
    fields: tuple[int, ...] = ()


def read_grammars(wording: Mapping[str, Any]) -> list[Grammar]:
    """Compile the tables of `[suffixes]`; the keys of the table itself hold for all classes."""
    shared = {key: value for key, value in wording.items() if not isinstance(value, dict)}
    grammars = []
    for label, table in wording.items():
        if not isinstance(table, dict) or "heads" not in table:
            continue
        grammars.append(
            Grammar(
                table.get("label", label),
                _compile_heads(table["heads"]),
                re.compile(table.get("tail", r"(?!)")),
                frozenset((*shared.get("lead", ()), *table.get("lead", ()))),
                frozenset((*shared.get("inner", ()), *table.get("inner", ()))),
                bool(table.get("joined", False)),
                {**shared.get("scores", {}), **table.get("scores", {})},
                frozenset((*shared.get("generic", ()), *table.get("generic", ()))),
                re.compile(table.get("not_name", r"(?!)")),
                int(table.get("longest", _LONGEST)),
                int(table.get("extension", 8)),
                bool(table.get("any", False)),
                frozenset(table.get("strip", ())),
                bool(table.get("topical", False)),
            )
        )
    return grammars


def _compile_heads(heads: Sequence[str]) -> re.Pattern[str]:
    """Return a pattern that finds the longest of the heads, the plain words among them in one pass."""
    ordered = sorted(heads, key=len, reverse=True)
    words = [head for head in ordered if head == re.escape(head)]
    others = [head for head in ordered if head != re.escape(head)]
    if not words or (others and len(others[-1]) <= len(words[0])):  # they must be tried in turn
        return re.compile("|".join(ordered))
    return re.compile("|".join([*others, *words_alternatives(words)]))


ASSIGNED = "suffix:role:assigned"
"""Source of a role that a text assigns to the place in front of it in so many words."""
_ROLES = re.compile(r"(?:(?!以及)[^、和与及])+")
_LONGEST_ROLE = 16


@Language.factory("jiqun_suffixes", default_config={"packs": ["base"], "exclude_sources": []})
class SuffixMarker:
    """Mark the names that heads give away."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Compile the grammars of the packs."""
        knowledge = load_packs(packs, exclude_sources=exclude_sources)
        wording = knowledge.section("suffixes")
        self.grammars = read_grammars(wording)
        self.brands = re.compile(wording.get("brands", r"(?!)"))
        self.brand_ends = re.compile(wording.get("brand_ends", r"(?!)"))
        self.duties = re.compile(wording.get("duties", r"(?!)"))
        self.assignments = re.compile(wording.get("assignments", r"(?!)"))
        self.rows = [(re.compile(row["close"]), row["class"], float(row["score"])) for row in wording.get("row", [])]

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with these names marked."""
        text, words = text_of(doc), cut_words(doc)
        regions: dict[int, int] = {}
        names: dict[int, int] = {}
        topics: dict[int, int] = {}
        for span in mentions_of(doc).values():
            if span.label == "Topic":
                if span.score >= 0.5:
                    topics[span.end] = min(span.start, topics.get(span.end, span.start))
            elif span.label == "Region":
                if span.score >= 0.5 and not span.source.startswith("anaphora"):
                    regions[span.end] = span.start
            elif span.label in _OWNERS and span.source.startswith("name:"):
                names[span.end] = span.start
        self._rows(doc, text, words)
        self._brands(doc, text, words, regions)
        for end in regions:
            duty = self.duties.match(text, end)
            if duty:
                add_mention(doc, *duty.span("name"), "Role", source="suffix:role:duty", score=0.6)
            assigned = self.assignments.match(text, end)
            if assigned:
                for part in _ROLES.finditer(text, *assigned.span("names")):
                    if 2 <= len(part[0]) <= _LONGEST_ROLE:
                        add_mention(doc, *part.span(), "Role", source=ASSIGNED, score=0.9)
        begins = frozenset(regions.values())
        for grammar in self.grammars:
            for match in grammar.heads.finditer(text):
                end = match.end()
                if words.ends[words.at[end - 1]] != end or grammar.tail.match(text, end) or end in regions:
                    continue
                phrase = find_start(text, match.start(), words, regions, names, grammar, topics)
                self._judge(doc, text, phrase, match, words, regions, begins, grammar)
        return doc

    def _brands(self, doc: Doc, text: str, words: Words, regions: Mapping[int, int]) -> None:
        """Mark brands: two characters that are no word and a last part that firms have, between clear ends."""
        for match in self.brands.finditer(text):
            start, end = match.start() - 2, match.end()
            if start < 0 or not _BRAND.fullmatch(text, start, match.start()):
                continue
            first, last = words.at[start], words.at[match.start() - 1]
            if match.start() in regions:
                continue
            is_word = first == last and words.tags[first] not in _COINED
            is_open = (
                start == 0 or start in regions or not "一" <= text[start - 1] <= "龥" or text[start - 1] in "与和及"
            )
            if is_word or not is_open or words.starts[first] != start or not self.brand_ends.match(text, end):
                continue
            if words.ends[words.at[end - 1]] == end and not any(
                tag in _BRAND_STOPS for tag in words.tags[first : last + 1]
            ):
                add_mention(doc, start, end, "Firm", source="suffix:firm:brand", score=0.55)

    def _rows(self, doc: Doc, text: str, words: Words) -> None:
        """Mark the items of rows whose end names their class."""
        spans = [span for span in mentions_of(doc).values() if span.score >= 0.5]
        known = {span.end: span.start for span in spans}
        topics = {span.end for span in spans if span.label == "Topic"}
        for close, label, score in self.rows:
            for match in close.finditer(text):
                end = match.start()
                begin = max(text.rfind(mark, max(0, end - 80), end) for mark in "，。；：\n“”")
                pieces = _JOINED.split(text[begin + 1 : end])
                if len(pieces) < 3 or (label == "Firm" and any(stop in topics for stop in range(begin + 2, end + 1))):
                    continue
                position = begin + 1
                for number, piece in enumerate(pieces):
                    start, stop = position, position + len(piece)
                    position = stop
                    if number % 2 or not piece:
                        continue
                    if number == 0:
                        start = self._behind_lead(start, stop, words)
                    if stop in known and known[stop] <= start + 1:
                        continue
                    if _ITEM.fullmatch(text[start:stop]) and words.starts[words.at[start]] == start:
                        add_mention(doc, start, stop, label, source=f"row:{label.lower()}", score=score)

    def _behind_lead(self, start: int, stop: int, words: Words) -> int:
        lead = self.grammars[0].lead if self.grammars else frozenset()
        for number in range(words.at[stop - 1], words.at[start] - 1, -1):
            if words.texts[number] in lead or words.tags[number][0] in "pvud":
                return words.ends[number]
        return start

    def _judge(
        self,
        doc: Doc,
        text: str,
        phrase: _Phrase,
        head: re.Match[str],
        words: Words,
        regions: Mapping[int, int],
        begins: frozenset[int],
        grammar: Grammar,
    ) -> None:
        start, end = phrase.start, head.end()
        if start not in phrase.fields:
            start = trim(text, start, head.start(), words, begins, grammar)
        cut = _CUT.match(text[start:end])
        if cut and (cut.group().isdigit() or start + 1 in begins or text[start] in "将以好"):
            start += cut.end()
        name = text[start:end]
        if len(name) > grammar.longest or grammar.not_name.search(name):
            return
        kind = measure(text, start, head.start(), words, regions, grammar, phrase)
        score = grammar.scores.get(kind, 0.0)
        if kind == "specific" and phrase.is_bounded:
            kind, score = "bounded", max(score, grammar.scores.get("bounded", 0.0))
        if score:
            source = f"suffix:{grammar.label.lower()}:{kind}"
            add_mention(doc, start, end, grammar.label, source=source, score=score)


def find_start(
    text: str,
    head: int,
    words: Words,
    regions: Mapping[int, int],
    names: Mapping[int, int],
    grammar: Grammar,
    topics: Mapping[int, int] | None = None,
) -> _Phrase:
    """Walk left from a head to where its name begins."""
    fields = topics if topics is not None and grammar.topical else {}
    phrase = _Phrase(head)
    # The head may begin inside a word (高新|区): the rest of the word belongs to the name.
    whole = head in regions or head in names or head in fields
    position = phrase.start = head if whole else words.starts[words.at[head]]
    while position > 0 and head - position < _LONGEST:
        before = text[position - 1]
        if position in names:
            position = phrase.start = names[position]
            phrase.has_region = True
            break
        if position in regions:
            position = phrase.start = regions[position]
            phrase.has_region = True
            continue
        if position in fields and fields[position] < position - 1:
            position = phrase.start = fields[position]
            phrase.fields = (*phrase.fields, position)
            continue
        if phrase.has_region and before == "驻" and position - 1 in regions:
            position -= 1
            continue
        if before in _OPENING:
            opening = text.rfind(_OPENING[before], max(0, position - 30), position - 1)
            if opening < 0 or "\n" in text[opening:position]:
                break
            position = phrase.start = opening
            phrase.has_quote = phrase.has_quote or before == "”"
            if before in "”》" and not _can_modify(text, position, words, regions, grammar):
                break
            continue
        if phrase.has_region and phrase.start == position and before not in "—-－":
            _extend(text, phrase, words, grammar)
            break
        if before in _JOINTS:
            position -= 1
            continue
        number = words.at[position - 1]
        word, tag = words.texts[number], words.tags[number]
        if _is_boundary(word, grammar):
            phrase.is_bounded = True
            break
        if not _is_modifier(word, tag, grammar):
            break
        position = phrase.start = words.starts[number]
    else:
        phrase.is_bounded = position == 0
    return phrase


def _is_boundary(word: str, grammar: Grammar) -> bool:
    return word in grammar.lead or word in "，。、；：！？\n“（(【 "


def _extend(text: str, phrase: _Phrase, words: Words, grammar: Grammar) -> None:
    """Take in what stands between a boundary and the region of a name: 科创|广西先行试验区, 香港STC|青海实验室."""
    position = phrase.start
    while position > 0 and phrase.start - position <= grammar.extension:
        number = words.at[position - 1]
        word, tag = words.texts[number], words.tags[number]
        if _is_boundary(word, grammar):
            phrase.is_bounded = True
            phrase.start = position
            return
        if tag[0] not in "njm" and tag not in ("eng", "b", "vn") and not (grammar.takes_any and tag[0] not in "pucry"):
            return
        position = words.starts[number]


def _can_modify(text: str, position: int, words: Words, regions: Mapping[int, int], grammar: Grammar) -> bool:
    """Say whether what stands in front of a quoted part belongs to the name: 量子信息“千家场景”行动."""
    if position == 0 or position in regions:
        return position in regions
    number = words.at[position - 1]
    word, tag = words.texts[number], words.tags[number]
    return tag[0] == "n" and word not in grammar.lead and word not in grammar.generic


def _is_modifier(word: str, tag: str, grammar: Grammar) -> bool:
    if word in grammar.inner or (grammar.joined and word in ("和", "与", "及")):
        return True
    if tag in ("m", "q", "mq"):
        return word[-1] not in "个家项条座批所处类名位次件"
    if grammar.takes_any:
        return tag[0] not in "pucryx" and tag != "d"
    return tag[0] in "nabgijltsz" or tag in ("vn", "eng", "f", "k", "h", "an", "vi")


def trim(text: str, start: int, head: int, words: Words, begins: frozenset[int], grammar: Grammar) -> int:
    """Cut conjunctions, quantities and words of praise from the front of a name, and a date from an organisation's.

    Where a region begins, in `begins`, nothing more is cut.
    """
    if grammar.label in _DATELESS and (date := _DATE.match(text, start)) and date.end() < head:
        start = date.end()
    while start < head and start not in begins:
        number = words.at[start]
        word, tag = words.texts[number], words.tags[number]
        is_loose = word in ("和", "与", "及", "等", "以及") or tag in ("mq", "q", "u", "ul", "uj", "c", "p", "d")
        if words.starts[number] != start or not (
            is_loose or word in grammar.lead or word in grammar.strip or text[start] in _JOINTS
        ):
            break
        start = words.ends[number]
    return start


def measure(
    text: str, start: int, head: int, words: Words, regions: Mapping[int, int], grammar: Grammar, phrase: _Phrase
) -> str:
    """Say what makes a name specific, or return an empty string when nothing does."""
    if phrase.has_region:
        return "region"
    if "“" in text[start:head]:
        return "quote"
    rest = [
        words.texts[number]
        for number in dict.fromkeys(words.at[start:head])
        if words.texts[number] not in grammar.generic and words.tags[number] not in ("m", "q", "c", "x", "mq")
    ]
    if any(_LATIN.search(word) for word in rest):
        return "latin"
    return "specific" if rest else ""
