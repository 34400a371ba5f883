"""Describe each name that a document may mention by what rules, tagger and text say about it.

A row is one (class, folded name) of one document; whether the name stays is decided from the row by
the model that `tools/training/train_judge.py` fits. The same function makes the rows in training and in use.
"""

from __future__ import annotations

import math
import zlib
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ontology.model import ENTITY_CLASSES

from .ties import LEAST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..resolution.mentions import Mention
    from .ties import Ties

FEATURES = (
    "class", "length", "occurrences", "rule_places", "rule_score", "rule_kind", "rule_kinds", "tagger_max",
    "tagger_mean", "tagger_share", "tagger_other_class", "rule_other_class", "tagger_around", "tagger_inside",
    "tagger_crossing", "rule_around_same", "rule_around_other", "rule_inside_same", "rule_crossing",
    "first_place", "in_title", "log_length", "listed", "quoted", "known", "ascii", "digits", "same_class_names",
    "rule_around_count", "wording", "rule_detail",
    "verbs_inside", "marks_inside", "unbalanced", "exercise", "sibling_best", "sibling_worst", "sibling_rule",
    "siblings", "class_share", "neighbours", "tie_subject", "tie_object",
    "ties_subject", "ties_object",
)  # fmt: skip
"""Names of the columns, in order."""

WORDING = FEATURES.index("wording")
EXERCISE = FEATURES.index("exercise")
"""1 for a text that was written to train on, 2 for a passage annotated for it; always 0 for the texts of users."""
BUCKETS = 1 << 15
"""Size of the table of hashed wordings."""

ABSENT = -9.0
"""Score of the tagger where it proposes nothing."""

_ALONE = -12.0
"""Score of the siblings of a name that has none."""
_JOINTS = ("、", "和", "与", "及", "以及")
_NEAR = 30
"""Characters on either side within which other names are counted."""

KINDS = ("lexicon", "region", "suffix", "name", "title", "topic", "anaphora", "person", "definition", "proposal")
"""First words of the names of rules, as `Mention.source` has them."""


_Span: TypeAlias = "tuple[int, int, str, float, float]"
"""Start, end, class, score of the rules, score of the tagger."""


@dataclass(frozen=True, slots=True)
class TaggedSpan:
    """A span that the tagger proposes.

    Attributes:
        start: First character.
        end: End, exclusive.
        label: Class.
        score: Logit; above 0 the tagger alone would keep it.
    """

    start: int
    end: int
    label: str
    score: float


@dataclass(slots=True)
class NameCandidate:
    """A (class, name) of a document with all places where a rule or the tagger sees it."""

    label: str
    folded: str
    mentions: list[Mention] = field(default_factory=list)
    tagged: list[TaggedSpan] = field(default_factory=list)

    @property
    def places(self) -> list[tuple[int, int]]:
        """The spans, each once, in order."""
        return sorted({(m.start, m.end) for m in self.mentions} | {(t.start, t.end) for t in self.tagged})


def _kind(source: str) -> int:
    head = source.partition(":")[0]
    return KINDS.index(head) + 1 if head in KINDS else 0


def collect_names(text: str, mentions: Sequence[Mention], tagged: Sequence[TaggedSpan]) -> list[NameCandidate]:
    """Gather the mentions and tagged spans of a document by class and folded name."""
    from ..resolution.canonical import fold, plain_name

    names: dict[tuple[str, str], NameCandidate] = {}
    for mention in mentions:
        if mention.label in ENTITY_CLASSES and mention.folded:
            names.setdefault(
                (mention.label, mention.folded), NameCandidate(mention.label, mention.folded)
            ).mentions.append(mention)
    for span in tagged:
        folded = fold(plain_name(text[span.start : span.end]))
        if folded:
            names.setdefault((span.label, folded), NameCandidate(span.label, folded)).tagged.append(span)
    return [names[key] for key in sorted(names)]


def name_rows(text: str, names: Sequence[NameCandidate], ties: Ties | None = None) -> list[list[float]]:
    """Return one row of `FEATURES` for each name.

    Args:
        text: The clean text.
        names: The names of the document.
        ties: What the net says of pairs of their places; a thing that much is said of is rather a thing.
    """
    spans: list[_Span] = []
    for name in names:
        rule = {(m.start, m.end): m.score for m in name.mentions}
        tagger = {(t.start, t.end): t.score for t in name.tagged}
        spans += [(a, b, name.label, rule.get((a, b), 0.0), tagger.get((a, b), ABSENT)) for a, b in name.places]
    spans.sort()
    at: dict[int, list[int]] = defaultdict(list)
    for i, (a, b, *_) in enumerate(spans):
        for block in range(a // 16, (b - 1) // 16 + 1):
            at[block].append(i)
    other: dict[str, list[NameCandidate]] = defaultdict(list)
    per_class: dict[str, int] = defaultdict(int)
    for name in names:
        other[name.folded].append(name)
        per_class[name.label] += 1
    title_end = text.find("\n") if 0 <= text.find("\n") <= 60 else 0
    company = _Company(text, spans)
    rows = [_row(text, name, other[name.folded], spans, at, per_class, title_end) for name in names]
    for row, name, tied in zip(rows, names, _best_ties(names, ties), strict=True):
        row += [*company.describe(name), *tied]
    return rows


class _Company:
    """What a name stands together with: its siblings in a coordination, its class, the names around."""

    def __init__(self, text: str, spans: Sequence[_Span]) -> None:
        self.text = text
        self.begin: dict[tuple[int, str], _Span] = {}
        self.end: dict[tuple[int, str], _Span] = {}
        of_class: dict[str, list[bool]] = defaultdict(list)
        for span in spans:
            a, b, label, _, tagger = span
            for table, key in ((self.begin, (a, label)), (self.end, (b, label))):
                if key not in table or table[key][4] < tagger:
                    table[key] = span
            of_class[label].append(tagger > 0)
        self.share = {label: sum(found) / len(found) for label, found in of_class.items()}
        self.sure = [a for a, _, _, _, tagger in spans if tagger > 0]

    def describe(self, name: NameCandidate) -> list[float]:
        """Return the columns `sibling_best` to `neighbours`."""
        places = name.places[:20]
        siblings = [sibling for place in places for sibling in self._siblings(name.label, *place)]
        near = [bisect_left(self.sure, b + _NEAR) - bisect_left(self.sure, a - _NEAR) for a, b in places]
        return [
            max((span[4] for span in siblings), default=_ALONE),
            min((span[4] for span in siblings), default=_ALONE),
            max((span[3] for span in siblings), default=0.0),
            float(len(siblings)),
            self.share[name.label],
            float(max(near)),
        ]

    def _siblings(self, label: str, a: int, b: int) -> Iterator[_Span]:
        """Yield the names of the class before and behind a place, with nothing but a joint between."""
        for joint in _JOINTS:
            if self.text.endswith(joint, 0, a) and (before := self.end.get((a - len(joint), label))):
                yield before
            if self.text.startswith(joint, b) and (behind := self.begin.get((b + len(joint), label))):
                yield behind


def _best_ties(names: Sequence[NameCandidate], ties: Ties | None) -> list[list[float]]:
    """Return for each name the best score that any of its places has as subject and as object, and how many speak."""
    best = [[LEAST, LEAST, 0.0, 0.0] for _ in names]
    owners: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, name in enumerate(names):
        for place in name.places:
            owners[place].append(i)
    places = sorted(owners)
    as_subject, as_object = [LEAST] * len(places), [LEAST] * len(places)
    subject_count, object_count = [0] * len(places), [0] * len(places)
    for _, s, o, score in ties.above_least(places) if ties is not None else ():
        if score > as_subject[s]:
            as_subject[s] = score
        if score > as_object[o]:
            as_object[o] = score
        if score > 0:
            subject_count[s] += 1
            object_count[o] += 1
    for place, *said in zip(places, as_subject, as_object, subject_count, object_count, strict=True):
        for i in owners[place]:
            best[i] = [float(max(pair)) for pair in zip(best[i], said, strict=True)]
    return best


def _row(
    text: str,
    name: NameCandidate,
    rivals: Sequence[NameCandidate],
    spans: Sequence[_Span],
    at: dict[int, list[int]],
    per_class: dict[str, int],
    title_end: int,
) -> list[float]:
    places = name.places
    scores = [t.score for t in name.tagged]
    surface = text[places[0][0] : places[0][1]]
    best = max(name.mentions, key=lambda m: m.score, default=None)
    around = inside = crossing = ABSENT
    rule_same = rule_other = rule_in = rule_cross = 0.0
    covered = listed = quoted = 0
    for a, b in places[:20]:
        seen = set()
        is_covered = False
        for block in range(a // 16, (b - 1) // 16 + 1):
            for i in at[block]:
                if i in seen:
                    continue
                seen.add(i)
                x, y, label, rule, tagger = spans[i]
                if y <= a or x >= b or (x, y) == (a, b):
                    continue
                if x <= a and b <= y:
                    if label == name.label:
                        around, rule_same = max(around, tagger), max(rule_same, rule)
                    else:
                        rule_other = max(rule_other, rule)
                    is_covered = is_covered or rule > 0 or tagger > 0
                elif a <= x and y <= b:
                    if label == name.label:
                        inside, rule_in = max(inside, tagger), max(rule_in, rule)
                else:
                    crossing, rule_cross = max(crossing, tagger), max(rule_cross, rule)
        covered += is_covered
        listed += text[a - 1 : a] in ("、", "和", "及", "与") or text[b : b + 1] in ("、", "和", "及", "与", "等")
        quoted += text[a - 1 : a] in ("“", "《", "「", '"')
    count = len(places)
    return [
        float(ENTITY_CLASSES.index(name.label)),
        float(len(surface)),
        float(text.count(surface)),
        float(len(name.mentions)),
        best.score if best else 0.0,
        float(_kind(best.source) if best else len(KINDS) + 1),
        float(len({_kind(m.source) for m in name.mentions})),
        max(scores, default=ABSENT),
        sum(scores) / len(scores) if scores else ABSENT,
        len(scores) / count,
        max((t.score for r in rivals if r is not name for t in r.tagged), default=ABSENT),
        max((m.score for r in rivals if r is not name for m in r.mentions), default=0.0),
        around,
        inside,
        crossing,
        rule_same,
        rule_other,
        rule_in,
        rule_cross,
        places[0][0] / max(1, len(text)),
        float(places[0][1] <= title_end),
        math.log(max(2, len(text))),
        listed / min(count, 20),
        quoted / min(count, 20),
        float(any(m.entity for m in name.mentions)),
        float(surface.isascii()),
        float(any(c.isdigit() for c in surface)),
        float(per_class[name.label]),
        covered / min(count, 20),
        0.0,
        float(zlib.crc32(best.source.encode()) % 61 + 1) if best else 0.0,
        float(_verbs(surface)),
        float(sum(c in "，,。；;：:、（）()" for c in surface)),
        float(any(surface.count(a) != surface.count(b) for a, b in ("()", "（）", "“”", "《》"))),
        0.0,
    ]


def _verbs(surface: str) -> int:
    """Return how many words of two and more characters of a name are verbs (rjieba)."""
    import rjieba

    return sum(len(word) > 1 and tag[0] == "v" and tag != "vn" for word, tag in rjieba.tag(surface))


def name_grams(text: str, name: NameCandidate) -> list[int]:
    """Return the buckets of how a name begins and ends and what stands around it, by class."""
    grams = set()
    for a, b in name.places[:12]:
        surface = text[a:b]
        for place, piece in (
            ("b1", text[max(0, a - 1) : a]),
            ("b2", text[max(0, a - 2) : a]),
            ("a1", text[b : b + 1]),
            ("a2", text[b : b + 2]),
            ("s1", surface[:1]),
            ("s2", surface[:2]),
            ("e1", surface[-1:]),
            ("e2", surface[-2:]),
            ("e3", surface[-3:]),
        ):
            grams.add(zlib.crc32(f"{name.label}|{place}|{piece}".encode()) % BUCKETS)
        for k in range(len(surface) - 1):
            grams.add(zlib.crc32(f"{name.label}|in|{surface[k : k + 2]}".encode()) % BUCKETS)
    return sorted(grams)
