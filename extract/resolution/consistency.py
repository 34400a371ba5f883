"""Take back facts of a document that others of it rule out.

Each fact was found, or accepted by a model, on its own. Together they say more: a figure is about one thing, what is
part of a part is not told to be part of the whole in the same breath, a zone named after two provinces does not lie
in both, and what one builds on is not what one builds.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from extract.annotate import mentions_of, text_of
from ontology.model import DateValue, Observation

from .knowledge import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from spacy.tokens import Doc

    from extract.annotate import Candidate
    from ontology.model import Fact

    Stated = tuple[Candidate, Fact]

_LISTED = re.compile(r"[、和与及/]?|[^，。；\n]{0,60}、[^，。；\n]{0,60}")
"""What stands between two things of one coordination."""
_DASH = re.compile(r"[—–-]")
_LONGEST_LIST = 60


def settle(doc: Doc, stated: Sequence[Stated]) -> Iterator[Fact]:
    """Yield the facts of a document that stay beside each other.

    Args:
        doc: The annotated text.
        stated: Candidates with the facts that they are, in any order.
    """
    unmeasured = {id(seen) for seen in doc.user_data.get("unmeasured", ())}
    figures: dict[int, list[Stated]] = defaultdict(list)
    for pair in stated:
        candidate, _ = pair
        if isinstance(candidate.object, Observation):
            figures[id(candidate.object)].append(pair)
    gone = {id(fact) for pairs in figures.values() for fact in _of_others(doc, pairs)}
    gone |= {id(fact) for fact in _told_by_parts(fact for _, fact in stated)}
    for candidate, fact in stated:
        if id(candidate.object) in unmeasured or id(fact) in gone:
            continue
        if not (_is_namesake(doc, candidate) or _is_with_a_third(doc, candidate) or _is_only_used(doc, candidate)):
            yield fact


def _of_others(doc: Doc, pairs: Sequence[Stated]) -> Iterator[Fact]:
    """Yield what says of things that a figure is about them though it is about another one.

    It is about the thing that it stands right in front of (总规模50亿元的甲基金), else about none that is much less
    sure than the surest, unless the two are coordinated.
    """
    if len({fact.subject for _, fact in pairs}) < 2:
        return
    margin = float(rules()["consistency"]["figure_margin"])
    described = _described(doc, pairs)
    best, surest = max(pairs, key=lambda pair: (pair[0].confidence, -pair[0].subject.start))
    text = text_of(doc)
    for candidate, fact in pairs:
        if described:
            if fact.subject not in described:
                yield fact
        elif fact.subject != surest.subject and candidate.confidence < best.confidence - margin:
            first, second = sorted((candidate.subject, best.subject), key=lambda span: span.start)
            if first.end > second.start or not _LISTED.fullmatch(text, first.end, second.start):
                yield fact


def _described(doc: Doc, pairs: Sequence[Stated]) -> set[str]:
    """Return the subjects whose name follows the figure and 的."""
    ends = {id(seen): quantity.end for quantity, seen in doc.user_data.get("measured", ())}
    end = ends.get(id(pairs[0][0].object))
    if end is None or text_of(doc)[end : end + 1] != "的":
        return set()
    kinds = rules()["consistency"]["described"]
    return {fact.subject for c, fact in pairs if c.subject.start == end + 1 and c.subject.label_ in kinds}


def _is_namesake(doc: Doc, candidate: Candidate) -> bool:
    """Whether a region stands in a name beside others of whose people or things it tells: 湘琼产业园, 中国—中亚论坛."""
    whole, part = candidate.subject, candidate.object
    if candidate.relation not in ("locatedIn", "appliesTo") or isinstance(part, Observation | DateValue):
        return False
    start, end, text = part.start, part.end, text_of(doc)
    if not (whole.start <= start and end <= whole.end):
        return False
    table = rules()["consistency"]
    if whole.label_ in table["compressed"] and end - start == 1:
        known = mentions_of(doc)
        return any((at, at + 1, "Region") in known for at in (start - 1, end) if whole.start <= at < whole.end)
    beside = (text[start - 1] if start > whole.start else "") + text[end : min(end + 1, whole.end)]
    return whole.label_ in table["dashed"] and bool(_DASH.search(beside))


def _is_with_a_third(doc: Doc, candidate: Candidate) -> bool:
    """Whether two that are told to work together are but those with whom a third one does: 同重庆、四川签署协议."""
    if candidate.relation != "collaboratesWith" or isinstance(candidate.object, Observation | DateValue):
        return False
    first, second = sorted((candidate.subject, candidate.object), key=lambda span: span.start)
    before, listed, together = _partners()
    text = text_of(doc)
    return (
        first.end <= second.start
        and listed.fullmatch(text, first.end, second.start) is not None
        and before.search(text, max(0, first.start - _LONGEST_LIST), first.start) is not None
        and together.match(text, second.end) is None
    )


def _is_only_used(doc: Doc, candidate: Candidate) -> bool:
    """Whether somebody is told to build what the text says he builds on: 依托甲平台建设乙平台."""
    if candidate.relation != "develops" or isinstance(candidate.object, Observation | DateValue):
        return False
    start = candidate.object.start
    return _used().search(text_of(doc), max(0, start - _WORD), start) is not None


_WORD = 4
"""Characters of such a word with a quotation mark."""


@cache
def _used() -> re.Pattern[str]:
    return re.compile(rules()["consistency"]["used"])


@cache
def _partners() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    table = rules()["consistency"]
    return re.compile(table["with_whom"]), re.compile(table["listed"]), re.compile(table["together"])


def _told_by_parts(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Yield what follows from two other facts, one of them of the same passage, or says the same less exactly.

    A district that a passage tells to be part of a city which is part of a province is not told to be part of the
    province; and what is part of a zone is not told to lie in it as well.
    """
    told: dict[str, dict[tuple[str, str], list[Fact]]] = {"partOf": defaultdict(list), "locatedIn": defaultdict(list)}
    wholes: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.relation in told and isinstance(fact.object, str):
            told[fact.relation][fact.subject, fact.object].append(fact)
            wholes[fact.subject].add(fact.object)
    for (part, whole), parts in told["partOf"].items():
        between = [m for m in wholes[part] if whole in wholes[m] and part not in wholes[m] and m not in wholes[whole]]
        nearer = [f for m in between for told_of in told.values() for f in told_of.get((part, m), ())]
        for fact in parts:
            if any(_overlap(fact, other) for other in nearer):
                yield fact
        yield from told["locatedIn"].get((part, whole), ())


def _overlap(one: Fact, other: Fact) -> bool:
    return any(a.start < b.end and b.start < a.end for a in one.evidence for b in other.evidence)
