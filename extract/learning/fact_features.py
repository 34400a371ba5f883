"""Describe each pair of things that a document may relate: what rules, distance, order and wording say.

Pairs are things, not mentions: the nearest two mentions stand for them, so that a thing named ten times
gives one row a relation. `pair_rows` is used alike in training and in the component `jiqun_linker`.
"""

from __future__ import annotations

import math
import zlib
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ontology.model import ENTITY_CLASSES, RELATIONS
from ontology.namespace import allowed_classes

from .ties import APART, LEAST

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

QUANTITY = "Observation"
CLASSES = (*ENTITY_CLASSES, QUANTITY)
LEARNED = tuple(r for r in RELATIONS if r != "issuedOn")
"""Relations that the model judges; dates of issue are left to the rules."""
RARE = frozenset(("memberOf", "implements", "transfersTo"))
"""Relations of which the annotated texts have few: what a rule finds stays, the model only adds."""

ACTORS = frozenset(
    ("Region", "Zone", "Cluster", "Facility", "GovernmentBody", "Firm", "ResearchOrg", "Institution", "Platform")
)
BUCKETS = 1 << 16
"""Size of the table of hashed wordings."""

FEATURES = (
    "relation", "subject_class", "object_class", "sentences_between", "gap", "subject_first", "same_clause",
    "clauses_between", "mentions_between", "actors_between", "like_object_between", "like_subject_between",
    "object_inside", "subject_inside", "shared_sentences", "subject_places", "object_places", "subject_rank",
    "subject_share", "subject_in_head", "actors_before_object", "actor_distance", "subject_opens_sentence",
    "rule", "rule_other_subject", "rule_other_relation", "rule_reverse", "rule_subject_in_sentence",
    "rule_object_any", "subject_score", "object_score", "log_length", "regions", "object_listed", "subject_main",
    "nearest_actor_is_subject", "object_first_place", "wording", "rules_of_relation", "object_sentence_length",
    "number_in_sentence", "subject_length", "object_length", "list_size_object", "list_size_subject",
    "rule_list_object", "rule_list_subject", "same_list", "verbs_between", "object_in_name", "subject_first_line",
    "tie", "tie_other_relation", "tie_other_subject", "tie_other_object", "tie_reverse", "tie_list_object",
    "tie_list_subject", "tie_rank", "object_rank", "object_share", "object_main", "object_opens_text", "exercise",
)  # fmt: skip
WORDING = FEATURES.index("wording")
EXERCISE = FEATURES.index("exercise")
"""1 for a text that was written to train on, denser than real ones; always 0 for the texts of users."""


@dataclass(slots=True)
class Thing:
    """One thing of a document, or one observation.

    Attributes:
        label: Class, or `Observation`.
        places: Its mentions, in order.
        score: How sure it is that the thing is there, 0..1.
    """

    label: str
    places: list[tuple[int, int]]
    score: float = 1.0


@dataclass(slots=True)
class Reading:
    """What the features need of one document.

    Attributes:
        text: The clean text.
        sentences: Starts of the sentences, in order.
        clauses: Starts of the clauses, in order.
        things: Entities first, then observations.
        rules: (subject, relation, object) → confidence of the best rule, ends as indices of `things`.
        verbs: Spans of the verbs, in order.
        windows: Windows that the net saw, in order.
        ties: (subject, relation, object) → the net's best score, where it is above `ties.LEAST`.
    """

    text: str
    sentences: list[int]
    clauses: list[int]
    things: list[Thing]
    rules: dict[tuple[int, str, int], float] = field(default_factory=dict)
    verbs: list[tuple[int, int]] = field(default_factory=list)
    windows: list[tuple[int, int]] = field(default_factory=list)
    ties: dict[tuple[int, str, int], float] = field(default_factory=dict)


@dataclass(slots=True)
class PairRow:
    """One possible fact: the indices of its ends, the nearest mentions, and its description."""

    subject: int
    relation: str
    object: int
    near: tuple[tuple[int, int], tuple[int, int]]
    row: list[float]
    grams: list[int]


def _allowed() -> dict[tuple[str, str], list[str]]:
    table: dict[tuple[str, str], list[str]] = defaultdict(list)
    for relation in LEARNED:
        subjects, objects = allowed_classes(relation)
        for s in CLASSES:
            for o in CLASSES:
                if s in subjects and o in objects and s != QUANTITY and _like(relation, s, o):
                    table[s, o].append(relation)
    return dict(table)


_ORGANIZATIONS = frozenset(("GovernmentBody", "Firm", "ResearchOrg", "Institution"))


def _like(relation: str, subject: str, obj: str) -> bool:
    """Whether partOf joins two things of a kind."""
    return relation != "partOf" or subject == obj or {subject, obj} <= _ORGANIZATIONS


def hashed(relation: str, place: str, gram: str) -> int:
    """Return the bucket of a wording; the same in every process."""
    return zlib.crc32(f"{relation}|{place}|{gram}".encode()) % BUCKETS


class _Index:
    """Mentions of a document in order, with running counts by class."""

    def __init__(self, reading: Reading) -> None:
        spans = sorted((a, b, i) for i, t in enumerate(reading.things) if t.label != QUANTITY for a, b in t.places)
        self.starts = [s[0] for s in spans]
        self.spans = spans
        self.counts: dict[str, list[int]] = {}
        labels = [reading.things[i].label for _, _, i in spans]
        for label in {*labels, "*", "actor"}:
            run, total = [0], 0
            for here in labels:
                total += label in ("*", here) or (label == "actor" and here in ACTORS)
                run.append(total)
            self.counts[label] = run

    def between(self, label: str, a: int, b: int) -> int:
        """Return how many mentions of a class begin in [a, b)."""
        run = self.counts.get(label)
        if run is None or b <= a:
            return 0
        return run[bisect_right(self.starts, b - 1)] - run[bisect_right(self.starts, a - 1)]

    def actor_before(self, reading: Reading, offset: int, floor: int) -> tuple[int, int] | None:
        """Return (thing, start) of the nearest actor that begins in [floor, offset)."""
        i = bisect_right(self.starts, offset - 1) - 1
        while i >= 0 and self.starts[i] >= floor:
            thing = self.spans[i][2]
            if reading.things[thing].label in ACTORS and self.spans[i][1] <= offset:
                return thing, self.starts[i]
            i -= 1
        return None


class _Ties:
    """What the net says of two things, beside what it says of their rivals."""

    def __init__(self, reading: Reading) -> None:
        self.ties = reading.ties
        starts = [a for a, _ in reading.windows]
        self.windows = [{bisect_right(starts, a) for a, _ in t.places} for t in reading.things]
        self.by_pair: dict[tuple[int, int], list[tuple[float, str]]] = defaultdict(list)
        self.by_object: dict[tuple[str, int], list[tuple[float, int]]] = defaultdict(list)
        self.by_subject: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(list)
        for (s, r, o), score in reading.ties.items():
            self.by_pair[s, o].append((score, r))
            self.by_object[r, o].append((score, s))
            self.by_subject[s, r].append((score, o))
        for rivals in (self.by_pair, self.by_object, self.by_subject):
            for found in rivals.values():
                found.sort(reverse=True)

    def features(
        self, s: int, relation: str, o: int, siblings_o: Sequence[int], siblings_s: Sequence[int]
    ) -> list[float]:
        """Return the last columns of `FEATURES`."""
        least = LEAST if self.windows[s] & self.windows[o] else APART
        own = self.ties.get((s, relation, o), least)
        others = self.by_object.get((relation, o), ())
        return [
            own,
            next((score for score, r in self.by_pair.get((s, o), ()) if r != relation), least),
            next((score for score, i in others if i != s), LEAST),
            next((score for score, i in self.by_subject.get((s, relation), ()) if i != o), LEAST),
            next((score for score, _ in self.by_pair.get((o, s), ())), least),
            max((self.ties.get((s, relation, k), APART) for k in siblings_o if k != o), default=APART),
            max((self.ties.get((k, relation, o), APART) for k in siblings_s if k != s), default=APART),
            float(sum(score > own for score, _ in others)),
        ]


_JOINTS = ("、", "和", "及", "与", "以及", "或", "，", ",")


class Lists:
    """Coordinations: runs of mentions with nothing but a joint between them, one class a run."""

    def __init__(self, reading: Reading) -> None:
        spans = sorted(
            (a, b, thing.label, i)
            for i, thing in enumerate(reading.things)
            if thing.label != QUANTITY
            for a, b in thing.places
        )
        outer: list[tuple[int, int, str, int]] = []
        for span in spans:
            if not outer or span[0] >= outer[-1][1]:
                outer.append(span)
            elif span[1] > outer[-1][1] and span[0] == outer[-1][0]:
                outer[-1] = span
        self.run: dict[tuple[int, int], tuple[int, int, tuple[int, ...]]] = {}
        run: list[tuple[int, int, str, int]] = []
        for span in outer:
            if run and run[-1][2] == span[2] and reading.text[run[-1][1] : span[0]] in _JOINTS:
                run.append(span)
            else:
                self._close(run)
                run = [span]
        self._close(run)

    def _close(self, run: Sequence[tuple[int, int, str, int]]) -> None:
        if run:
            whole = (run[0][0], run[-1][1], tuple(s[3] for s in run))
            for a, b, _, _ in run:
                self.run[a, b] = whole

    def around(self, a: int, b: int) -> tuple[int, int, tuple[int, ...]]:
        """Return first character, end and members of the run that a mention is in; itself where it is in none."""
        return self.run.get((a, b), (a, b, ()))


def pair_rows(reading: Reading, *, reach: int = 2) -> Iterator[PairRow]:
    """Yield a row for each relation that the classes of two things allow.

    Args:
        reading: The document.
        reach: Sentences that may lie between the ends; the region and the actors that a document speaks
            of most are paired with everything.
    """
    table = _allowed()
    things = reading.things
    index = _Index(reading)
    sentence = [[bisect_right(reading.sentences, a) - 1 for a, _ in t.places] for t in things]
    weight = Counter({i: len(t.places) for i, t in enumerate(things) if t.label in ACTORS})
    regions = Counter({i: n for i, n in weight.items() if things[i].label == "Region"})
    total = sum(regions.values()) or 1
    rank = {i: r for r, (i, _) in enumerate(sorted(regions.items(), key=lambda x: (-x[1], x[0])))}
    ranked = sorted(weight, key=lambda i: (-weight[i], i))
    prominent = {*ranked[:3], *[i for i, r in rank.items() if r < 2]}
    main = next((i for i, r in rank.items() if r == 0), -1)
    by_object: dict[tuple[str, int], float] = defaultdict(float)
    by_pair: dict[tuple[int, int], float] = defaultdict(float)
    any_object: dict[int, float] = defaultdict(float)
    by_relation: Counter[str] = Counter()
    fired: dict[tuple[int, int], float] = defaultdict(float)
    for (s, r, o), c in reading.rules.items():
        by_object[r, o] = max(by_object[r, o], c)
        by_pair[s, o] = max(by_pair[s, o], c)
        any_object[o] = max(any_object[o], c)
        by_relation[r] += 1
        for line in set(sentence[o]):
            fired[s, line] = max(fired[s, line], c)
    lines = [set(x) for x in sentence]
    lists = Lists(reading)
    net = _Ties(reading)
    verb_starts = [v[0] for v in reading.verbs]
    first_line = reading.text.find("\n")
    for s, subject in enumerate(things):
        if subject.label == QUANTITY:
            continue
        for o, obj in enumerate(things):
            relations = table.get((subject.label, obj.label)) if s != o else None
            if not relations:
                continue
            near = _nearest(subject, obj, sentence[s], sentence[o])
            if near is None:
                continue
            distance, i, j = near
            known = any((s, r, o) in reading.rules or (s, r, o) in reading.ties for r in relations)
            if distance > reach and s not in prominent and o != main and not known:
                continue
            (a, b), (x, y) = subject.places[i], obj.places[j]
            low, high = min(b, y), max(a, x)
            clause_s, clause_o = bisect_right(reading.clauses, a), bisect_right(reading.clauses, x)
            start = reading.sentences[sentence[o][j]] if sentence[o][j] >= 0 else 0
            end = (
                reading.sentences[sentence[o][j] + 1]
                if sentence[o][j] + 1 < len(reading.sentences)
                else len(reading.text)
            )
            actor = index.actor_before(reading, x, start)
            shared = len(lines[s] & lines[o])
            base = [
                float(CLASSES.index(subject.label)),
                float(CLASSES.index(obj.label)),
                float(min(distance, 9)),
                float(min(max(0, high - low), 400)),
                float(a < x),
                float(clause_s == clause_o),
                float(min(abs(clause_s - clause_o), 20)),
                float(index.between("*", low, high)) if distance <= reach else -1.0,
                float(index.between("actor", low, high)) if distance <= reach else -1.0,
                float(index.between(obj.label, low, high)) if distance <= reach else -1.0,
                float(index.between(subject.label, low, high)) if distance <= reach else -1.0,
                float(a <= x and y <= b),
                float(x <= a and b <= y),
                float(shared),
                float(len(subject.places)),
                float(len(obj.places)),
                float(rank.get(s, 99)),
                regions.get(s, 0) / total,
                float(subject.places[0][0] < 60),
                float(index.between("actor", start, x)),
                float(x - actor[1]) if actor else 999.0,
                float(distance == 0 and a - start < 4),
            ]
            tail = [
                fired.get((s, sentence[o][j]), 0.0),
                any_object.get(o, 0.0),
                subject.score,
                obj.score,
                math.log(max(2, len(reading.text))),
                float(len(rank)),
                float(
                    reading.text[x - 1 : x] in ("、", "和", "及", "与")
                    or reading.text[y : y + 1] in ("、", "和", "及", "与", "等")
                ),
                float(s == main),
                float(actor is not None and actor[0] == s),
                x / max(1, len(reading.text)),
            ]
            run_s, run_o = lists.around(a, b), lists.around(x, y)
            same_list = float(run_s == run_o and (b <= x or y <= a))
            grams = _grams(reading.text, (a, b), (x, y), distance)
            grams += _list_grams(reading, verb_starts, run_s, run_o, distance, start)
            verbs_between = bisect_right(verb_starts, high) - bisect_right(verb_starts, low)
            for relation in relations:
                rule = reading.rules.get((s, relation, o), 0.0)
                row = [
                    float(LEARNED.index(relation)),
                    *base,
                    rule,
                    by_object.get((relation, o), 0.0) if not rule else 0.0,
                    by_pair.get((s, o), 0.0) if not rule else 0.0,
                    max((reading.rules.get((o, r, s), 0.0) for r in relations), default=0.0),
                    *tail,
                    0.0,
                    float(by_relation[relation]),
                    float(end - start),
                    float(index.between("*", start, end)),
                    float(b - a),
                    float(y - x),
                    float(len(run_o[2])),
                    float(len(run_s[2])),
                    max((reading.rules.get((s, relation, k), 0.0) for k in run_o[2] if k != o), default=0.0),
                    max((reading.rules.get((k, relation, o), 0.0) for k in run_s[2] if k != s), default=0.0),
                    same_list,
                    float(verbs_between) if distance == 0 else -1.0,
                    float(_inside_any(index, reading, x, y)),
                    float(subject.places[0][1] <= first_line),
                    *net.features(s, relation, o, run_o[2], run_s[2]),
                    float(rank.get(o, 99)),
                    regions.get(o, 0) / total,
                    float(o == main),
                    float(obj.places[0][0] < 60),
                    0.0,
                ]
                yield PairRow(
                    s, relation, o, ((a, b), (x, y)), row, [hashed(relation, place, gram) for place, gram in grams]
                )


def _nearest(subject: Thing, obj: Thing, lines_s: Sequence[int], lines_o: Sequence[int]) -> tuple[int, int, int] | None:
    best = None
    for j, (x, y) in enumerate(obj.places[:40]):
        for i, (a, b) in enumerate(subject.places[:60]):
            apart = abs(lines_s[i] - lines_o[j])
            gap = 0 if a < y and x < b else (x - b if b <= x else a - y + 4)
            key = (apart, gap, j, i)
            if best is None or key < best:
                best = key
    return None if best is None else (best[0], best[3], best[2])


def _inside_any(index: _Index, reading: Reading, x: int, y: int) -> bool:
    """Whether a mention stands inside a longer one."""
    i = bisect_right(index.starts, x) - 1
    while i >= 0 and index.starts[i] > x - 40:
        a, b, _ = index.spans[i]
        if a <= x and y <= b and (a, b) != (x, y):
            return True
        i -= 1
    return False


def _list_grams(
    reading: Reading,
    verb_starts: Sequence[int],
    run_s: tuple[int, int, tuple[int, ...]],
    run_o: tuple[int, int, tuple[int, ...]],
    distance: int,
    sentence: int,
) -> list[tuple[str, str]]:
    """Return the verbs and words around the coordinations that the two ends are in."""
    text, verbs = reading.text, reading.verbs
    grams = [
        ("LO2", text[max(0, run_o[0] - 2) : run_o[0]]),
        ("LO3", text[max(0, run_o[0] - 3) : run_o[0]]),
        ("RO2", text[run_o[1] : run_o[1] + 2]),
        ("RO3", text[run_o[1] : run_o[1] + 3]),
        ("RS2", text[run_s[1] : run_s[1] + 2]),
    ]
    i = bisect_right(verb_starts, run_o[0] - 1) - 1
    if i >= 0 and verbs[i][0] >= sentence and verbs[i][1] <= run_o[0]:
        verb = text[verbs[i][0] : verbs[i][1]]
        grams.append(("VO", verb))
        if i >= 1 and verbs[i - 1][0] >= sentence:
            grams.append(("VO-1", text[verbs[i - 1][0] : verbs[i - 1][1]]))
        if distance == 0 and run_s[1] <= verbs[i][0]:
            grams.append(("SVO", verb))
    j = bisect_right(verb_starts, run_o[1] - 1)
    if j < len(verbs) and verbs[j][0] - run_o[1] <= 8:
        grams.append(("OV", text[verbs[j][0] : verbs[j][1]]))
    k = bisect_right(verb_starts, run_s[1] - 1)
    if k < len(verbs) and verbs[k][0] - run_s[1] <= 12:
        grams.append(("SV", text[verbs[k][0] : verbs[k][1]]))
    return grams


def _grams(text: str, subject: tuple[int, int], obj: tuple[int, int], distance: int) -> list[tuple[str, str]]:
    """Return the wordings around and between two mentions with where they stand."""
    (a, b), (x, y) = subject, obj
    grams: list[tuple[str, str]] = []

    def add(place: str, piece: str) -> None:
        grams.extend((place, piece[k : k + 2]) for k in range(len(piece) - 1))

    add("lo", text[max(0, x - 8) : x])
    add("ro", text[y : y + 6])
    grams.append(("lo1", text[max(0, x - 1) : x]))
    grams.append(("lo2", text[max(0, x - 2) : x]))
    grams.append(("ro2", text[y : y + 2]))
    grams.append(("eo", text[max(x, y - 2) : y]))
    grams.append(("es", text[max(a, b - 2) : b]))
    if distance == 0:
        add("rs", text[b : b + 6])
        grams.append(("rs2", text[b : b + 2]))
        grams.append(("ls2", text[max(0, a - 2) : a]))
        if b <= x:
            add("sb", text[b:x][:60])
            if x - b <= 4:
                grams.append(("so", text[b:x]))
        elif y <= a:
            add("ob", text[y:a][:60])
            if a - y <= 4:
                grams.append(("os", text[y:a]))
    else:
        grams.append(("far", ""))
    return sorted(set(grams))
