"""Mark industries and technologies that no list knows: neighbours in a row, heads like 产业 and 制造.

人工智能、氢能、低空飞行器等产业: when some items of a row are topics, so are the others; and a row that
ends in 等产业 or 等领域 is one of topics whatever its items are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spacy.language import Language

from extract.annotate import add_mention, mentions_of, text_of
from extract.packs import load_packs
from extract.segmentation import cut_words

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from extract.segmentation import Words

_CLAUSE = re.compile(r"[^，。；：！？\n]+")
_ITEM = re.compile(r"[一-龥A-Za-z0-9+\-]{2,12}")
_JOINED = re.compile(r"以及|[和及与]")


@Language.factory("jiqun_topics", default_config={"packs": ["base"], "exclude_sources": []})
class TopicMarker:
    """Mark topics by the company they keep and by their heads."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Compile the wordings of the packs."""
        knowledge = load_packs(packs, exclude_sources=exclude_sources)
        wording = knowledge.section("topics")
        self.lead = re.compile(wording.get("lead", r"(?!)"))
        self.close = re.compile(wording.get("close", r"(?!)"))
        self.cut = re.compile(wording.get("cut", r"(?!)"))
        self.not_topic = re.compile(wording.get("not_topic", r"(?!)"))
        self.not_row = re.compile(wording.get("not_row", r"(?!)"))
        self.lead_words = frozenset(knowledge.section("suffixes").get("lead", ()))
        self.nominal = frozenset(wording.get("nominal", []))
        self.generic = frozenset(wording.get("generic", []))
        self.head = re.compile(wording.get("head", r"(?!)"))
        self.not_head = re.compile(wording.get("not_head", r"(?!)"))
        self.head_scores: dict[str, float] = wording.get("head_scores", {})
        self.stop = frozenset(wording.get("stop", []))

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its further topics marked."""
        text = text_of(doc)
        known: dict[int, int] = {}
        other: set[int] = set()
        for span in mentions_of(doc).values():
            if span.label == "Topic" and span.score >= 0.5:
                known[span.end] = span.start
            elif span.label != "Topic":
                other.update(range(span.start, span.end))
        words = cut_words(doc)
        for clause in _CLAUSE.finditer(text):
            if text.find("、", *clause.span()) >= 0:
                self._row(doc, text, clause.start(), clause.end(), known, other, words)
        self._heads(doc, text, known, other, words)
        return doc

    def _heads(self, doc: Doc, text: str, known: dict[int, int], other: set[int], words: Words) -> None:
        """Mark noun phrases that end in the head of a trade or a technique: 向海经济, 高原康养产业."""
        for match in self.head.finditer(text):
            end = match.end()
            if words.ends[words.at[end - 1]] != end or end in known or end - 1 in other:
                continue
            start = self._phrase(text, end, other, words)
            item = text[start:end]
            if len(item) < len(match.group()) + 2 or match.start() in known or self.not_head.search(item):
                continue
            score = self.head_scores.get(match.group(), 0.5)
            add_mention(doc, start, end, "Topic", source="topic:head", score=score)

    def _phrase(self, text: str, end: int, other: set[int], words: Words) -> int:
        """Walk left from the end of a phrase over the words that can modify a noun."""
        number = words.at[end - 1]
        start = words.starts[number]
        for n in range(number - 1, max(-1, number - 5), -1):
            tag, word = words.tags[n], words.texts[n]
            if tag[0] not in "nabjlvztiegs" or (tag == "v" and word not in self.nominal) or tag in ("vd", "ad"):
                break
            if word in self.stop or words.starts[n] in other or end - words.starts[n] > 12:
                break
            start = words.starts[n]
        return start

    def _row(
        self,
        doc: Doc,
        text: str,
        start: int,
        end: int,
        known: dict[int, int],
        other: set[int],
        words: Words,
    ) -> None:
        """Judge the items of the rows of a clause."""
        pieces: list[tuple[int, int]] = []
        position = start
        while (mark := text.find("、", position, end)) >= 0:
            pieces.append((position, mark))
            position = mark + 1
        pieces.append((position, end))
        # The first item begins after the last verb before it, the last one ends before 等 or the next word.
        first = pieces[0]
        begin = max((lead.end() for lead in self.lead.finditer(text, *first)), default=first[0])
        closing = self.close.search(text, *pieces[-1])
        if closing and self.not_row.match(text, closing.start()):
            return
        is_topical = bool(closing and closing["topical"])
        spans = [(begin, first[1]), *pieces[1:-1], *self._last(text, pieces[-1], closing)]
        marks = [known.get(e) == s or (e in known and known[e] > s) for s, e in spans]
        support = sum(marks)
        if not (is_topical or (support >= 2 and support * 2 >= len(spans)) or (support >= 1 and len(spans) <= 3)):
            return
        whole: list[tuple[int, int]] = []
        for s, e in spans:
            if known.get(e) == s:
                continue
            s = self._strip(text, s, e, other, words, is_first=s == begin)
            if known.get(e) != s and self._is_item(text, s, e, other, words):
                score = 0.7 if is_topical and support else 0.6 if support >= 2 or is_topical else 0.5
                add_mention(doc, s, e, "Topic", source="topic:row", score=score)
                whole.append((s, e))
        for span in mentions_of(doc).values() if whole else ():
            # Of 家政物业 in a row neither 家政 nor 物业 is meant.
            inside = any(s <= span.start and span.end <= e and (s, e) != (span.start, span.end) for s, e in whole)
            if span.label == "Topic" and inside:
                span.score = min(span.score, 0.45)

    def _strip(self, text: str, start: int, end: int, other: set[int], words: Words, *, is_first: bool) -> int:
        """Leave out the verb, preposition or region that an item begins with."""
        position = start
        while position < end:
            number = words.at[position]
            word, tag = words.texts[number], words.tags[number]
            is_verb = tag in ("d", "p", "vd", "m", "q", "r", "ul", "c") or word in self.lead_words
            is_verb = (is_verb or (is_first and tag == "v")) and word not in self.nominal
            if words.starts[number] != position or not (is_verb or position in other):
                break
            position = words.ends[number]
        return position if end - position >= 2 else start

    def _last(self, text: str, piece: tuple[int, int], closing: re.Match[str] | None) -> list[tuple[int, int]]:
        start, end = piece
        if closing:
            end = closing.start()
        if joined := _JOINED.search(text, start, end):
            tail = self.cut.search(text, joined.end(), end)
            return [(start, joined.start()), (joined.end(), tail.start() if tail else end)]
        tail = self.cut.search(text, start, end)
        return [(start, tail.start() if tail else end)]

    def _is_item(self, text: str, start: int, end: int, other: set[int], words: Words) -> bool:
        item = text[start:end]
        if not _ITEM.fullmatch(item) or item in self.generic or self.not_topic.search(item):
            return False
        if end - 1 in other or start in other:
            return False
        numbers = range(words.at[start], words.at[end - 1] + 1)
        if any(words.texts[n] in self.lead_words or words.tags[n][0] in "urp" for n in numbers):
            return False
        return words.tags[numbers[0]][0] not in "mrpdcfut"
