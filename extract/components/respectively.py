"""Tell which of several belongs to which: 苏州和无锡分别发展生物医药和集成电路, 甲、乙产值分别增长3%和5%.

Two lists of one length, the word 分别 between them: the first has to do with the first, the second with the second. The
component takes candidates that cross out of what rules and models found, and adds those that go with one that they
found; `figures_of_each` tells `observations` whose each number is and what it measures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from spacy.language import Language

from extract.annotate import text_of

from ..packs import load_packs
from .reading import ACTORS, Lexicon, Mention, Sentence, load_lexicon, read_document
from .triggers import words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from spacy.tokens import Doc

    from extract.annotate import Candidate

    from .quantities import Quantity


Place: TypeAlias = "tuple[int, int]"
Owners: TypeAlias = "dict[object, tuple[frozenset[Place], frozenset[Place]]]"
"""For an observation the members of the list that it is of, and all members."""
OWNERS = "owners"
"""Key of `doc.user_data` for the owners of what was observed."""
NOBODY: tuple[frozenset[Place], frozenset[Place]] = (frozenset(), frozenset())
"""The owners of what is nobody's in particular."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The section `respectively` of the packs, compiled.

    Attributes:
        word: 分别 and its like.
        joint: What stands between members of a list.
        counted: A count of the list behind it: 三大产业, 两地的.
        tail: What a list of things shares behind its last one: 产业产值.
        kind: The first part of that: 产业.
        toward: A word in front of a list that is in front of each of its members: 对.
        measured: What is measured, right behind the word: 分别进出口.
        siblings: Words that share what follows the last of them: 城镇、农村居民收入.
        both: One word for two: 城乡.
        alike: 均 and its like, and 分别: one number behind them is of each in front.
        summary: What a list is of, behind it: 等主要指标.
        relative: What tells a change or a share, of whatever it is: 增速, 占比.
    """

    word: re.Pattern[str]
    joint: re.Pattern[str]
    counted: re.Pattern[str]
    tail: re.Pattern[str]
    kind: re.Pattern[str]
    toward: re.Pattern[str]
    measured: re.Pattern[str]
    siblings: re.Pattern[str]
    both: Mapping[str, Sequence[str]]
    alike: re.Pattern[str]
    summary: re.Pattern[str]
    relative: tuple[str, ...]


@lru_cache(maxsize=8)
def load_wording(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Wording:
    """Compile the section `respectively` of the packs."""
    knowledge = load_packs(packs, exclude_sources=excluded)
    section: Mapping[str, Any] = knowledge.section("respectively")
    heads = words_pattern(knowledge.section("quantities")["measure"]["heads"])
    return Wording(
        re.compile(words_pattern(section.get("words", ()))),
        re.compile(section.get("joint", "(?!)")),
        re.compile(section.get("counted", "(?!)")),
        re.compile(rf"(?:{section.get('kinds', '(?!)')})?(?:{heads})?$"),
        re.compile(rf"(?:{section.get('kinds', '(?!)')})$"),
        re.compile(words_pattern(section.get("toward", ()))),
        re.compile(heads),
        re.compile(words_pattern(section.get("siblings", ()))),
        section.get("both", {}),
        re.compile(section.get("alike", "(?!)")),
        re.compile(section.get("summary", "(?!)")),
        tuple(section.get("relative", ())),
    )


# --- facts ------------------------------------------------------------------------------------------------------------


@Language.factory("jiqun_respectively", default_config={"packs": ["base"], "exclude_sources": []})
def create_respectively(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> Respectively:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return Respectively(load_lexicon(*key), load_wording(*key))


class Respectively:
    """Straighten `doc._.candidates` where the text pairs two lists off."""

    def __init__(self, lexicon: Lexicon, wording: Wording) -> None:
        self.lexicon, self.wording = lexicon, wording

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its candidates straightened."""
        text = text_of(doc)
        owners: Owners = doc.user_data.pop(OWNERS, {})
        if owners:
            doc._.candidates = [c for c in doc._.candidates if not _is_of_another(c, owners)]
        if doc._.candidates and self.wording.word.search(text):
            for sentence in read_document(doc, self.lexicon).sentences:
                for left, right in paired_lists(text, sentence, self.wording):
                    doc._.candidates = list(_straightened(doc._.candidates, left, right))
        return doc


def _is_of_another(candidate: Candidate, owners: Owners) -> bool:
    """Whether a number that is one's own is told of another member of the list."""
    own, others = owners.get(candidate.object, NOBODY) if candidate.relation == "observed" else NOBODY
    place = (candidate.subject.start, candidate.subject.end)
    return place in others and place not in own


def paired_lists(
    text: str, sentence: Sentence, wording: Wording
) -> Iterator[tuple[Sequence[Mention], Sequence[Mention]]]:
    """Yield the lists of one length on either side of 分别: the last in front, the first in its clause."""
    for found in wording.word.finditer(text, sentence.start, sentence.end):
        lists = list(_lists(text, sentence.mentions, wording))
        before = [members for members in lists if members[-1].end <= found.start()]
        if not before or "；" in text[before[-1][-1].end : found.start()]:
            continue
        behind = next((members for members in lists if members[0].start >= found.end()), ())
        if len(behind) == len(before[-1]) and not _BREAK.search(text, found.end(), behind[0].start):
            yield before[-1], behind


_BREAK = re.compile("[，,；;。]")


def _lists(text: str, mentions: Sequence[Mention], wording: Wording) -> Iterator[Sequence[Mention]]:
    """Yield the longest runs of two or more mentions with nothing but joints between them."""
    run: list[Mention] = []
    for mention in mentions:
        if run and mention.start < run[-1].end:
            continue
        if run and not wording.joint.fullmatch(text, run[-1].end, mention.start):
            if len(run) > 1:
                yield run
            run = []
        run.append(mention)
    if len(run) > 1:
        yield run


def _straightened(
    candidates: Sequence[Candidate], left: Sequence[Mention], right: Sequence[Mention]
) -> Iterator[Candidate]:
    """Yield the candidates but those between members that do not belong together, then those that are missing."""
    pairs: dict[tuple[str, bool], dict[tuple[int, int], Candidate]] = {}
    for candidate in candidates:
        if not hasattr(candidate.object, "start"):
            yield candidate
            continue
        for first, second, is_turned in ((left, right, False), (right, left, True)):
            i, j = _place(first, candidate.subject), _place(second, candidate.object)
            if i is not None and j is not None:
                known = pairs.setdefault((candidate.relation, is_turned), {})
                if (i, j) not in known or known[i, j].confidence < candidate.confidence:
                    known[i, j] = candidate
                if i == j:
                    yield candidate
                break
        else:
            yield candidate
    for (_, is_turned), known in pairs.items():
        best = max(known.values(), key=lambda candidate: candidate.confidence)
        first, second = (right, left) if is_turned else (left, right)
        for number, (subject, obj) in enumerate(zip(first, second, strict=True)):
            fits = (subject.label, obj.label) == (best.subject.label_, best.object.label_)  # type: ignore[union-attr]
            if (number, number) not in known and fits:
                yield replace(best, subject=subject.span, object=obj.span)


def _place(members: Sequence[Mention], span: Any) -> int | None:
    return next((n for n, m in enumerate(members) if m.start <= span.start and span.end <= m.end), None)


# --- figures ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Share:
    """Whose a number is and what it measures, where the text tells it of each.

    Attributes:
        subject: Who it is about, or None for whoever the sentence is about.
        measure: What is measured, or what is put behind the measure of `base`.
        base: Index of the number that this one goes with, or None.
    """

    subject: Mention | None
    measure: str
    base: int | None = None


def figures_of_each(
    text: str, sentence: Sentence, quantities: Sequence[Quantity], wording: Wording, growth: re.Pattern[str]
) -> dict[int, Share]:
    """Return, by index, the numbers that belong each to one of a list, with what they are of.

    Args:
        text: The clean text.
        sentence: The sentence that they are in.
        quantities: Its numbers, in order.
        wording: The wordings of the packs.
        growth: What says that something grows, in full.
    """
    shares: dict[int, Share] = {}
    for found in wording.word.finditer(text, sentence.start, sentence.end):
        series = _series(text, quantities, found.end(), wording)
        if len(series) < 2:
            continue
        verb = text[found.end() : quantities[series[0]].start].strip()
        suffix = verb if growth.fullmatch(verb) or wording.measured.fullmatch(verb) else ""
        earlier = range(series[0] - len(series), series[0])
        if earlier.start >= 0 and not text[quantities[earlier[-1]].end : found.start()].strip(" ，、"):
            shares |= {n: Share(None, suffix, base) for n, base in zip(series, earlier, strict=True)}
            continue
        members = _members(text, sentence, found.start(), len(series), wording)
        shares |= {n: replace(share, measure=share.measure + suffix) for n, share in zip(series, members, strict=False)}
    return shares


def figures_of_all(
    text: str, sentence: Sentence, quantities: Sequence[Quantity], wording: Wording, growth: re.Pattern[str]
) -> dict[int, list[str]]:
    """Return, by index, the numbers that are of each of a list, with what is measured: 游客人次、旅游花费均增长10%.

    Takes what `figures_of_each` takes. Lists of actors are left out: who a number is about is not told here; so are
    lists of what is no measure by itself (市场化、产业化指数均超过60%).
    """
    measures: dict[int, list[str]] = {}
    for found in wording.alike.finditer(text, sentence.start, sentence.end):
        series = _series(text, quantities, found.end(), wording)
        if len(series) != 1:
            continue
        start = _clause_start(text, sentence, found.start())
        summary = wording.summary.search(text, start, found.start())
        end = summary.start() if summary else found.start()
        mentions = [m for m in sentence.mentions if start <= m.start and m.end <= end]
        count = len(_parts(text, start, end, mentions, wording))
        members = _members(text, sentence, end, count, wording) if count > 1 else []
        verb = text[found.end() : quantities[series[0]].start].strip()
        if not members or any(share.subject for share in members):
            continue
        if _are_measures(text[start:end], members, wording):
            suffix = verb if growth.fullmatch(verb) or wording.measured.fullmatch(verb) else ""
            measures[series[0]] = [share.measure + suffix for share in members]
    return measures


def _are_measures(words: str, members: Sequence[Share], wording: Wording) -> bool:
    """Whether what stands in a list are measures, all of one kind or all known."""
    measures = [share.measure for share in members]
    if any(len(measure) < 3 and not _is_measure(measure, wording) for measure in measures):
        return False
    if any(measure.endswith(wording.relative) and measure not in words for measure in measures):
        return False
    return len({measure[-1] for measure in measures}) == 1 or all(_is_measure(m, wording) for m in measures)


def _is_measure(words: str, wording: Wording) -> bool:
    return any(found.end() == len(words) for found in wording.measured.finditer(words))


def _clause_start(text: str, sentence: Sentence, end: int) -> int:
    return max(sentence.start, *(text.rfind(mark, sentence.start, end) + 1 for mark in _MARKS))


def _series(text: str, quantities: Sequence[Quantity], start: int, wording: Wording) -> list[int]:
    """Return the indices of the numbers that follow each other behind a place."""
    series: list[int] = []
    for number, quantity in enumerate(quantities):
        if quantity.number < start:
            continue
        if series and not wording.joint.fullmatch(text, quantities[series[-1]].end, quantity.start):
            break
        if not series and (quantity.start - start > _FAR or re.search("[，。；：]", text[start : quantity.start])):
            break
        series.append(number)
    return series


_MARKS = "，。；：,;:\n"
"""Between clauses, also in texts that write them as ASCII."""
_FAR = 12
"""Characters between the word and the first number."""


def _members(text: str, sentence: Sentence, end: int, count: int, wording: Wording) -> list[Share]:
    """Return what each of so many numbers is of: 甲、乙产值, or 甲、乙增势较好，产值."""
    start = _clause_start(text, sentence, end)
    mentions = [m for m in sentence.mentions if start <= m.start and m.end <= end]
    parts = _parts(text, start, end, mentions, wording)
    if count == 2 and len(parts) == 1 and (pair := _pair(text, *parts[0], wording)):
        return pair
    if len(parts) == 1:  # the list is in the clause before
        lists = [run for run in _lists(text, sentence.mentions, wording) if run[-1].end <= start and len(run) == count]
        tail = text[start:end].strip()
        if not lists or any(m.label in ACTORS for m in mentions):
            return []
        if all(m.label in ACTORS for m in lists[-1]):
            return [Share(m, tail) for m in lists[-1]]
        return [Share(None, m.text + tail) for m in lists[-1]]
    if len(parts) != count:
        return []
    owners = [next((m for m in mentions if m.start == a and m.label in ACTORS), None) for a, _ in parts]
    rests = [text[owner.end if owner else a : b].strip(" 的") for owner, (a, b) in zip(owners, parts, strict=True)]
    if all(owners):
        rests[-1] = wording.counted.sub("", rests[-1])
        if not any(rests[:-1]):
            return [Share(owner, rests[-1]) for owner in owners] if rests[-1] else []
        tail = _tail(rests[-1], wording)
        items = [*rests[:-1], rests[-1][: len(rests[-1]) - len(tail)]]
        full = [_joined(item, tail, wording) for item in items if item]
        return [Share(owner, item) for owner, item in zip(owners, full, strict=True)] if all(items) else []
    if any(owners[1:]):
        return []
    last, (begin, stop) = rests[-1], parts[-1]
    are_named = {m.end for m in mentions}.issuperset(b for _, b in parts[:-1])
    inside = next((m for m in mentions if are_named and m.start == begin and m.end < stop), None)
    tail = _tail(last, wording)
    if inside is not None:
        kind = wording.kind.search(inside.text)
        tail = max((kind[0] if kind else "") + text[inside.end : stop], tail, key=len)
    sibling = wording.siblings.match(last)
    if sibling and all(wording.siblings.fullmatch(rest) for rest in rests[:-1]):
        return [Share(None, word + last[sibling.end() :]) for word in (*rests[:-1], sibling[0])]
    items = [*rests[:-1], last[: len(last) - len(tail)]]
    tail = wording.counted.sub("", tail)
    shared = wording.toward.match(rests[0])
    if shared:  # 对东盟、欧盟出口
        items = [items[0], *(shared[0] + item for item in items[1:])]
    return [Share(None, _joined(item, tail, wording)) for item in items] if all(items) else []


def _pair(text: str, start: int, end: int, wording: Wording) -> list[Share]:
    """Return what two numbers are of where one word stands for both: 城乡居民收入."""
    for word, members in wording.both.items():
        place = text.find(word, start, end)
        if place >= 0:
            return [Share(None, (member + text[place + len(word) : end]).strip()) for member in members]
    return []


def _joined(item: str, tail: str, wording: Wording) -> str:
    """Return a member with what the list shares, unless it has that, the first part of it, or a measure itself."""
    if (tail and item[-1] == tail[-1]) or _is_measure(item, wording):
        return item
    kind = wording.kind.search(item)
    return item + (tail.removeprefix(kind[0]) if kind and kind[0] else tail)


def _tail(words: str, wording: Wording) -> str:
    found = wording.tail.search(words)
    return found[0] if found else ""


def _parts(text: str, start: int, end: int, mentions: Sequence[Mention], wording: Wording) -> list[tuple[int, int]]:
    """Return where the members of a list stand, joints inside names aside."""
    parts, begin = [], start
    for joint in wording.joint.finditer(text, start, end):
        if not joint[0] or any(m.start < joint.end() and joint.start() < m.end for m in mentions):
            continue
        parts.append((begin, joint.start()))
        begin = joint.end()
    parts.append((begin, end))
    return [(a, b) for a, b in parts if text[a:b].strip()]
