"""Describe each pair of things that a document may relate: what rules, distance, order and wording say.

Pairs are things, not mentions: the nearest two mentions stand for them, so that a thing named ten times
gives one row a relation. `describe_pairs` makes the rows of a document in columns, for training (`pair_rows`) and for
the component `jiqun_linker` alike.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.model import ENTITY_CLASSES, RELATIONS
from ontology.namespace import allowed_classes

from .rivals import Lookup, Rivals
from .ties import APART, LEAST
from .wordings import BUCKETS, Flat, Hasher, spread, token_buckets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

QUANTITY = "Observation"
CLASSES = (*ENTITY_CLASSES, QUANTITY)
LEARNED = tuple(r for r in RELATIONS if r != "issuedOn")
"""Relations that the model judges; dates of issue are left to the rules."""
RARE = frozenset(("memberOf", "implements", "transfersTo"))
"""Relations of which the annotated texts have few: what a rule finds stays, the model only adds."""

ANY, ACTOR = len(CLASSES), len(CLASSES) + 1
"""Numbers, behind those of the classes, for mentions of every class and of actors."""
NO_ACTOR = 999
"""Distance of the nearest actor where a sentence has none before the object."""
LARGEST = 4_000_000
"""Pairs of mentions that are compared at a time."""
_AND = ("、", "和", "及", "与")
_AND_SO_ON = (*_AND, "等")

ACTORS = frozenset(
    ("Region", "Zone", "Cluster", "Facility", "GovernmentBody", "Firm", "ResearchOrg", "Institution", "Platform")
)

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
    "tie_list_subject", "tie_rank", "object_rank", "object_share", "object_main", "object_opens_text",
    "subject_home", "subject_home_share", "object_home", "object_home_share", "tie_margin",
    "tie_object_any", "tie_subject_in_sentence", "tie_subject_before", "tie_subject_rank", "exercise",
)  # fmt: skip
WORDING = FEATURES.index("wording")
EXERCISE = FEATURES.index("exercise")
"""1 for a text that was written to train on, 2 for a passage annotated for it; always 0 for the texts of users."""


@dataclass(slots=True)
class Thing:
    """One thing of a document, or one observation.

    Attributes:
        label: Class, or `Observation`.
        places: Its mentions, in order.
        score: How sure it is that the thing is there, 0..1.
        inner: Of a region, how often the text names a region that lies in it.
    """

    label: str
    places: list[tuple[int, int]]
    score: float = 1.0
    inner: int = 0


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
class Pair:
    """One possible fact: the indices of its ends, and the nearest mentions."""

    subject: int
    relation: str
    object: int
    near: tuple[tuple[int, int], tuple[int, int]]


@dataclass(slots=True)
class PairRow(Pair):
    """A possible fact with its description."""

    row: list[float]
    grams: list[int]


@dataclass(frozen=True, slots=True)
class PairTable:
    """All possible facts of a document, one a row, in the order of subject, object and relation.

    Attributes:
        subjects: Index of the subject of each row.
        relations: Number of the relation in `LEARNED`.
        objects: Index of the object.
        near: (rows, 4) start and end of the subject's, start and end of the object's nearest mention.
        features: (rows, `FEATURES`).
        rows: Row of each wording.
        buckets: Bucket of each wording, each once a row, by row and bucket.
    """

    subjects: NDArray[Any]
    relations: NDArray[Any]
    objects: NDArray[Any]
    near: NDArray[Any]
    features: NDArray[Any]
    rows: NDArray[Any]
    buckets: NDArray[Any]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.subjects)

    def pair(self, row: int) -> Pair:
        """Return one of the possible facts."""
        a, b, x, y = self.near[row].tolist()
        relation = LEARNED[self.relations[row]]
        return Pair(int(self.subjects[row]), relation, int(self.objects[row]), ((a, b), (x, y)))

    def wording_scores(self, weights: NDArray[Any]) -> NDArray[Any]:
        """Return the sum of the weights of each row's wordings and of the last weight."""
        import numpy as np

        sums: NDArray[Any] = np.bincount(self.rows, weights[self.buckets], minlength=len(self)) + weights[-1]
        return sums


@lru_cache(maxsize=1)
def _allowed() -> NDArray[Any]:
    """Return (class of the subject, class of the object, relation) whether the relation may hold."""
    import numpy as np

    table = np.zeros((len(CLASSES), len(CLASSES), len(LEARNED)), dtype=bool)
    for r, relation in enumerate(LEARNED):
        subjects, objects = allowed_classes(relation)
        for i, s in enumerate(CLASSES):
            for k, o in enumerate(CLASSES):
                table[i, k, r] = s in subjects and o in objects and s != QUANTITY and _like(relation, s, o)
    return table


_ORGANIZATIONS = frozenset(("GovernmentBody", "Firm", "ResearchOrg", "Institution"))


def _like(relation: str, subject: str, obj: str) -> bool:
    """Whether partOf joins two things of a kind."""
    return relation != "partOf" or subject == obj or {subject, obj} <= _ORGANIZATIONS


class _Index:
    """Mentions of a document in order, with running counts by class."""

    def __init__(self, reading: Reading) -> None:
        import numpy as np

        spans = sorted((a, b, i) for i, t in enumerate(reading.things) if t.label != QUANTITY for a, b in t.places)
        self.starts = [s[0] for s in spans]
        self.spans = spans
        labels = [reading.things[i].label for _, _, i in spans]
        self._starts = np.array(self.starts, dtype=np.int64)
        here = np.array([CLASSES.index(label) for label in labels], dtype=np.int64)
        acts = np.array([label in ACTORS for label in labels], dtype=bool)
        marked = [here == number for number in range(len(CLASSES))]
        runs = np.zeros((len(CLASSES) + 2, len(labels) + 1), dtype=np.int64)
        runs[:, 1:] = np.cumsum([*marked, np.ones(len(labels), dtype=bool), acts], axis=1)
        self._runs = runs

    def between(self, kinds: NDArray[Any] | int, a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        """Return how many mentions of a class, a number in `CLASSES`, `ANY` or `ACTOR`, begin in [a, b)."""
        import numpy as np

        last, first = np.searchsorted(self._starts, b), np.searchsorted(self._starts, a)
        found: NDArray[Any] = np.where(b > a, self._runs[kinds, last] - self._runs[kinds, first], 0)
        return found

    def actor_before(self, reading: Reading, offset: int, floor: int) -> tuple[int, int] | None:
        """Return (thing, start) of the nearest actor that begins in [floor, offset)."""
        i = bisect_right(self.starts, offset - 1) - 1
        while i >= 0 and self.starts[i] >= floor:
            thing = self.spans[i][2]
            if reading.things[thing].label in ACTORS and self.spans[i][1] <= offset:
                return thing, self.starts[i]
            i -= 1
        return None


Run: TypeAlias = "tuple[int, int, tuple[int, ...]]"
"""First character and end of a coordination, and the things in it."""
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


class _Places:
    """Mentions of all things, one thing behind the other, with what depends on one end of a pair alone."""

    def __init__(self, reading: Reading, index: _Index, lists: Lists) -> None:
        import numpy as np

        flat = [(i, number, a, b) for i, t in enumerate(reading.things) for number, (a, b) in enumerate(t.places)]
        self.first = np.cumsum([0, *(len(t.places) for t in reading.things)])[:-1]
        self.thing, self.number, self.start, self.end = np.array(flat, dtype=np.int64).reshape(-1, 4).T
        starts, size = np.array(reading.sentences, dtype=np.int64), len(reading.text)
        self.line = np.searchsorted(starts, self.start, side="right") - 1
        bounds = np.concatenate([[0], starts, [size]])
        self.sentence_start, self.sentence_end = bounds[self.line + 1], bounds[self.line + 2]
        self.clause = np.searchsorted(np.array(reading.clauses, dtype=np.int64), self.start, side="right")
        text = reading.text
        self.listed = np.array([text[x - 1 : x] in _AND or text[y : y + 1] in _AND_SO_ON for _, _, x, y in flat])
        actors = [
            index.actor_before(reading, a, floor) or (-1, a - NO_ACTOR)
            for a, floor in zip(self.start.tolist(), self.sentence_start.tolist(), strict=True)
        ]
        self.actor, self.actor_start = np.array(actors, dtype=np.int64).reshape(-1, 2).T
        self.inside = np.array([_inside_any(index, reading, x, y) for _, _, x, y in flat])
        self.runs = [lists.around(a, b) for _, _, a, b in flat]
        known = {run: number for number, run in enumerate(dict.fromkeys(self.runs))}
        self.run = np.array([known[run] for run in self.runs], dtype=np.int64)
        self.run_size = np.array([len(run[2]) for run in known], dtype=np.int64)
        self.run_first = np.cumsum([0, *self.run_size])[:-1]
        self.run_members = np.array([member for run in known for member in run[2]], dtype=np.int64)


class _Prominence:
    """Of which things a document speaks most."""

    def __init__(self, things: Sequence[Thing]) -> None:
        import numpy as np

        weight = Counter({i: len(t.places) for i, t in enumerate(things) if t.label in ACTORS})
        regions = Counter({i: n for i, n in weight.items() if things[i].label == "Region"})
        total = sum(regions.values()) or 1
        order = sorted(regions, key=lambda i: (-regions[i], i))
        ranked = sorted(weight, key=lambda i: (-weight[i], i))
        self.regions = len(order)
        self.main = order[0] if order else -1
        self.rank, self.share = np.full(len(things), 99.0), np.zeros(len(things))
        for rank, i in enumerate(order):
            self.rank[i], self.share[i] = rank, regions[i] / total
        # A work report names the towns of a province more often than the province itself.
        home = {i: n + things[i].inner for i, n in regions.items()}
        self.home = min(home, key=lambda i: (-home[i], i)) if home else -1
        self.home_share = np.zeros(len(things))
        for i, n in home.items():
            self.home_share[i] = n / total
        self.prominent = np.zeros(len(things), dtype=bool)
        self.prominent[[*ranked[:3], *order[:2], *([self.home] if home else ())]] = True


def describe_pairs(reading: Reading, *, reach: int = 2) -> PairTable:
    """Describe each relation that the classes of two things allow.

    Args:
        reading: The document.
        reach: Sentences that may lie between the ends; the region and the actors that a document speaks
            of most are paired with everything.
    """
    import numpy as np

    index, lists, prominence = _Index(reading), Lists(reading), _Prominence(reading.things)
    places = _Places(reading, index, lists)
    pairs = _near_pairs(reading, places, prominence, reach)
    row, relation = np.nonzero(_allowed()[pairs.kinds(reading)])
    table = np.zeros((len(row), len(FEATURES)))
    columns = _pair_columns(reading, index, places, prominence, pairs, reach)
    for name, values in columns.items():
        table[:, FEATURES.index(name)] = values[row] if isinstance(values, np.ndarray) else values
    for name, values in _row_columns(reading, places, pairs, row, relation).items():
        table[:, FEATURES.index(name)] = values
    rows, buckets = _row_wordings(reading, places, pairs, row, relation)
    s, o = pairs.subject_place, pairs.object_place
    near = np.stack([places.start[s], places.end[s], places.start[o], places.end[o]], axis=1)
    return PairTable(pairs.subject[row], relation, pairs.object[row], near[row], table, rows, buckets)


def pair_rows(reading: Reading, *, reach: int = 2) -> Iterator[PairRow]:
    """Yield the rows of `describe_pairs` one by one, as models are fitted on them."""
    import numpy as np

    table = describe_pairs(reading, reach=reach)
    ends = np.searchsorted(table.rows, np.arange(len(table) + 1))
    for i in range(len(table)):
        pair, grams = table.pair(i), table.buckets[ends[i] : ends[i + 1]].tolist()
        yield PairRow(pair.subject, pair.relation, pair.object, pair.near, table.features[i].tolist(), grams)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of things that some relation may hold between, by subject and object, with their nearest mentions."""

    subject: NDArray[Any]
    object: NDArray[Any]
    subject_place: NDArray[Any]
    object_place: NDArray[Any]
    distance: NDArray[Any]

    def kinds(self, reading: Reading) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the numbers of the classes of both ends."""
        kinds = _kinds(reading)
        return kinds[self.subject], kinds[self.object]


def _kinds(reading: Reading) -> NDArray[Any]:
    import numpy as np

    return np.array([CLASSES.index(thing.label) for thing in reading.things], dtype=np.int64)


def _near_pairs(reading: Reading, places: _Places, prominence: _Prominence, reach: int) -> _Pairs:
    """Find the nearest mentions of any two things, and keep the pairs that a text may relate.

    The nearest are the first by sentences between, then by characters, then by order; of a subject 60 mentions are
    looked at, of an object 40. All this is one whole number, so that the nearest is the least.
    """
    import numpy as np

    joinable: NDArray[Any] = np.asarray(_allowed().any(axis=2))
    kinds = _kinds(reading)
    known = _known_pairs(reading, kinds)
    objects, subjects = np.flatnonzero(places.number < 40), np.flatnonzero(places.number < 60)
    x, y, line, j = (of[objects] for of in (places.start, places.end, places.line, places.number))
    object_first = np.flatnonzero(places.number[objects] == 0)
    thing_of_column = places.thing[objects][object_first]
    found: list[tuple[NDArray[Any], ...]] = []
    for chunk in _chunks(places, subjects, len(objects)):
        a, b = places.start[chunk, None], places.end[chunk, None]
        apart = np.abs(places.line[chunk, None] - line)
        gap = np.where((a < y) & (x < b), 0, np.where(b <= x, x - b, a - y + 4))
        key = (((apart << 27) | gap) << 12) | (j << 6) | places.number[chunk, None]
        subject_first = np.flatnonzero(places.number[chunk] == 0)
        thing_of_row = places.thing[chunk][subject_first]
        key = np.minimum.reduceat(np.minimum.reduceat(key, subject_first, axis=0), object_first, axis=1)
        s, o = thing_of_row[:, None], thing_of_column[None, :]
        may = joinable[kinds[s], kinds[o]] & (s != o)
        close = (key >> 39) <= reach
        may &= close | prominence.prominent[s] | (o == prominence.main) | np.isin(s * len(kinds) + o, known)
        row, column = np.nonzero(may)
        found.append((thing_of_row[row], thing_of_column[column], key[row, column]))
    nothing = (np.zeros(0, dtype=np.int64),) * 3
    subject, obj, key = (np.concatenate(part) for part in zip(nothing, *found, strict=True))
    return _Pairs(subject, obj, places.first[subject] + (key & 63), places.first[obj] + ((key >> 6) & 63), key >> 39)


def _chunks(places: _Places, subjects: NDArray[Any], width: int) -> Iterator[NDArray[Any]]:
    """Yield the mentions of subjects, whole things at a time, so that tables stay small."""
    import numpy as np

    begins = [*np.flatnonzero(places.number[subjects] == 0).tolist(), len(subjects)]
    start = 0
    for end, after in pairwise([*begins[1:], 0]):
        if not after or (after - start) * width > LARGEST:
            yield subjects[start:end]
            start = end


def _known_pairs(reading: Reading, kinds: NDArray[Any]) -> NDArray[Any]:
    """Return keys of the pairs that a rule or the net says something of."""
    import numpy as np

    s, r, o = _triples([*reading.rules, *reading.ties])
    fits = _allowed()[kinds[s], kinds[o], r]
    return np.unique(s[fits] * len(kinds) + o[fits])


def _triples(keys: Sequence[tuple[int, str, int]]) -> NDArray[Any]:
    """Return subjects, numbers of relations and objects."""
    import numpy as np

    number = {relation: i for i, relation in enumerate(LEARNED)}
    return np.array([(s, number[r], o) for s, r, o in keys], dtype=np.int64).reshape(-1, 3).T


def _pair_columns(
    reading: Reading, index: _Index, places: _Places, prominence: _Prominence, pairs: _Pairs, reach: int
) -> dict[str, NDArray[Any] | float]:
    """Return the features that are the same for all relations of a pair."""
    import numpy as np

    s, o, p, q = pairs.subject, pairs.object, pairs.subject_place, pairs.object_place
    a, b, x, y = places.start[p], places.end[p], places.start[q], places.end[q]
    low, high = np.minimum(b, y), np.maximum(a, x)
    start, end = places.sentence_start[q], places.sentence_end[q]
    kind_s, kind_o = pairs.kinds(reading)
    near, here = pairs.distance <= reach, pairs.distance == 0
    things = reading.things
    count = np.array([len(thing.places) for thing in things])
    score = np.array([thing.score for thing in things])
    first = np.array([thing.places[0] if thing.places else (0, 0) for thing in things]).reshape(-1, 2)
    lines = [set(x.tolist()) for x in np.split(places.line, places.first[1:])] if things else []
    shared = [len(lines[i] & lines[k]) for i, k in zip(s.tolist(), o.tolist(), strict=True)]
    verbs = np.array([v[0] for v in reading.verbs], dtype=np.int64)
    size = len(reading.text)

    def between(kinds: NDArray[Any] | int) -> NDArray[Any]:
        return np.where(near, index.between(kinds, low, high), -1)

    return {
        "subject_class": kind_s,
        "object_class": kind_o,
        "sentences_between": np.minimum(pairs.distance, 9),
        "gap": np.clip(high - low, 0, 400),
        "subject_first": a < x,
        "same_clause": places.clause[p] == places.clause[q],
        "clauses_between": np.minimum(np.abs(places.clause[p] - places.clause[q]), 20),
        "mentions_between": between(ANY),
        "actors_between": between(ACTOR),
        "like_object_between": between(kind_o),
        "like_subject_between": between(kind_s),
        "object_inside": (a <= x) & (y <= b),
        "subject_inside": (x <= a) & (b <= y),
        "shared_sentences": np.array(shared),
        "subject_places": count[s],
        "object_places": count[o],
        "subject_rank": prominence.rank[s],
        "subject_share": prominence.share[s],
        "subject_in_head": first[s, 0] < 60,
        "actors_before_object": index.between(ACTOR, start, x),
        "actor_distance": x - places.actor_start[q],
        "subject_opens_sentence": here & (a - start < 4),
        "subject_score": score[s],
        "object_score": score[o],
        "log_length": math.log(max(2, size)),
        "regions": float(prominence.regions),
        "object_listed": places.listed[q],
        "subject_main": s == prominence.main,
        "nearest_actor_is_subject": places.actor[q] == s,
        "object_first_place": x / max(1, size),
        "object_sentence_length": end - start,
        "number_in_sentence": index.between(ANY, start, end),
        "subject_length": b - a,
        "object_length": y - x,
        "list_size_object": places.run_size[places.run[q]],
        "list_size_subject": places.run_size[places.run[p]],
        "same_list": (places.run[p] == places.run[q]) & ((b <= x) | (y <= a)),
        "verbs_between": np.where(
            here, np.searchsorted(verbs, high, side="right") - np.searchsorted(verbs, low, side="right"), -1
        ),
        "object_in_name": places.inside[q],
        "subject_first_line": first[s, 1] <= reading.text.find("\n"),
        "object_rank": prominence.rank[o],
        "object_share": prominence.share[o],
        "object_main": o == prominence.main,
        "object_opens_text": first[o, 0] < 60,
        "subject_home": s == prominence.home,
        "subject_home_share": prominence.home_share[s],
        "object_home": o == prominence.home,
        "object_home_share": prominence.home_share[o],
        **_rule_columns(reading, places, pairs),
    }


def _rule_columns(reading: Reading, places: _Places, pairs: _Pairs) -> dict[str, NDArray[Any] | float]:
    """Return what the rules say of a pair whatever the relation."""
    import numpy as np

    things, lines = len(reading.things), len(reading.sentences) + 1
    kinds, allowed = _kinds(reading), _allowed()
    any_object = np.zeros(things)
    reverse: dict[int, float] = defaultdict(float)
    fired: dict[int, float] = defaultdict(float)
    of_thing = np.split(places.line, places.first[1:]) if things else []
    for (s, relation, o), confidence in reading.rules.items():
        any_object[o] = max(any_object[o], confidence)
        if allowed[kinds[o], kinds[s], LEARNED.index(relation)]:
            reverse[o * things + s] = max(reverse[o * things + s], confidence)
        for line in set(of_thing[o].tolist()):
            key = s * lines + line + 1
            fired[key] = max(fired[key], confidence)
    return {
        "rule_object_any": any_object[pairs.object],
        "rule_reverse": Lookup(reverse).get(pairs.subject * things + pairs.object, 0.0),
        "rule_subject_in_sentence": Lookup(fired).get(pairs.subject * lines + places.line[pairs.object_place] + 1, 0.0),
    }


def _row_columns(
    reading: Reading, places: _Places, pairs: _Pairs, row: NDArray[Any], relation: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Return the features that depend on the relation: what rules and net say of it and of its rivals."""
    import numpy as np

    things, relations = len(reading.things), len(LEARNED)
    s, o = pairs.subject[row], pairs.object[row]

    def key(s: NDArray[Any], r: NDArray[Any], o: NDArray[Any]) -> NDArray[Any]:
        keys: NDArray[Any] = (s * relations + r) * things + o
        return keys

    rs, rr, ro = _triples(list(reading.rules))
    confidence = np.array(list(reading.rules.values()), dtype=np.float64)
    ts, tr, to = _triples(list(reading.ties))
    tied = np.array(list(reading.ties.values()), dtype=np.float64)
    rules = Lookup(dict(zip(key(rs, rr, ro).tolist(), confidence.tolist(), strict=True)))
    ties = Lookup(dict(zip(key(ts, tr, to).tolist(), tied.tolist(), strict=True)))
    own_rule = rules.get(key(s, relation, o), 0.0)
    unruled = own_rule == 0
    starts = [a for a, _ in reading.windows]
    windows = [{bisect_right(starts, a) for a, _ in thing.places} for thing in reading.things]
    together = [
        not windows[i].isdisjoint(windows[k])
        for i, k in zip(pairs.subject.tolist(), pairs.object.tolist(), strict=True)
    ]
    least = np.where(np.array(together, dtype=bool), LEAST, APART)[row]
    own = ties.get(key(s, relation, o), least)
    of_pair = Rivals(ts * things + to, tr, tied)
    of_object = Rivals(tr * things + to, ts, tied)
    of_subject = Rivals(ts * relations + tr, to, tied)

    def among(run: NDArray[Any], end: NDArray[Any], subject: bool) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the best that rules and net say of the others of a coordination in the place of one end."""
        size = places.run_size[run]
        inside = np.flatnonzero(size)
        member = places.run_members[spread(places.run_first[run[inside]], size[inside])]
        which = np.repeat(inside, size[inside])
        keys = key(member, relation[which], o[which]) if subject else key(s[which], relation[which], member)
        other = member != end[which]
        ruled, said = np.zeros(len(run)), np.full(len(run), APART)
        if len(inside):
            first = np.cumsum(size[inside]) - size[inside]
            ruled[inside] = np.maximum.reduceat(np.where(other, rules.get(keys, 0.0), -np.inf), first)
            said[inside] = np.maximum.reduceat(np.where(other, ties.get(keys, APART), -np.inf), first)
        return np.where(np.isinf(ruled), 0.0, ruled), np.where(np.isinf(said), APART, said)

    other_relation = of_pair.best_other(s * things + o, relation, least)
    other_subject = of_object.best_other(relation * things + o, s, LEAST)
    rule_o, tie_o = among(places.run[pairs.object_place[row]], o, subject=False)
    rule_s, tie_s = among(places.run[pairs.subject_place[row]], s, subject=True)
    return {
        "relation": relation,
        "rule": own_rule,
        "rule_other_subject": np.where(unruled, _best(rr * things + ro, confidence).get(relation * things + o, 0.0), 0),
        "rule_other_relation": np.where(unruled, _best(rs * things + ro, confidence).get(s * things + o, 0.0), 0),
        "rules_of_relation": np.bincount(rr, minlength=relations)[relation],
        "rule_list_object": rule_o,
        "rule_list_subject": rule_s,
        "tie": own,
        "tie_other_relation": other_relation,
        "tie_other_subject": other_subject,
        "tie_other_object": of_subject.best_other(s * relations + relation, o, LEAST),
        "tie_reverse": of_pair.best_other(o * things + s, np.full(len(row), -1), least),
        "tie_list_object": tie_o,
        "tie_list_subject": tie_s,
        "tie_rank": of_object.count_above(relation * things + o, own),
        "tie_margin": own - np.maximum(other_relation, other_subject),
        **_tied_sentence_columns(reading, places, pairs, row),
    }


def _best(keys: NDArray[Any], values: NDArray[Any]) -> Lookup:
    """Return the greatest value of each key."""
    found: dict[int, float] = {}
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        found[key] = max(found.get(key, value), value)
    return Lookup(found)


def _tied_sentence_columns(
    reading: Reading, places: _Places, pairs: _Pairs, row: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Return what the net says of the subject and the other things of the object's sentence, in any relation."""
    import numpy as np

    things, lines = len(reading.things), len(reading.sentences) + 1
    s, o = pairs.subject[row], pairs.object[row]
    here = places.line[pairs.object_place[row]] + 1
    subjects, _, objects = _triples(list(reading.ties))
    scores = np.array(list(reading.ties.values()), dtype=np.float64)
    of_thing = np.split(places.line + 1, places.first[1:]) if things else []
    stands = [np.unique(of_thing[i]) for i in objects.tolist()]
    size = np.array([len(x) for x in stands], dtype=np.int64)
    line = np.concatenate([*stands, np.zeros(0, dtype=np.int64)])
    subject, obj, score = (np.repeat(x, size) for x in (subjects, objects, scores))
    in_line = _best(subject * lines + line, score)

    def strongest(groups: NDArray[Any], members: NDArray[Any], scores: NDArray[Any]) -> Rivals:
        """Return rivals of which each is one member of a group, whatever the relations that speak for it."""
        keys, values = _best(groups * things + members, scores).items()
        return Rivals(keys // things, keys % things, values)

    return {
        "tie_object_any": strongest(objects, subjects, scores).best_other(o, s, LEAST),
        "tie_subject_in_sentence": strongest(subject * lines + line, obj, score).best_other(s * lines + here, o, LEAST),
        "tie_subject_before": in_line.get(s * lines + here - 1, LEAST),
        "tie_subject_rank": strongest(line, subject, score).count_above(here, in_line.get(s * lines + here, LEAST)),
    }


def _row_wordings(
    reading: Reading, places: _Places, pairs: _Pairs, row: NDArray[Any], relation: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return rows and buckets of the wordings around and between the mentions, each once a row."""
    import numpy as np

    text, hasher, flat = reading.text, Hasher(), Flat()
    verb_starts = [v[0] for v in reading.verbs]
    nothing = (0, 0)
    around_object, around_subject, near_subject, verb_before = ([nothing] * len(places.thing) for _ in range(4))
    verb_at = np.full(len(places.thing), -1)
    for q in np.unique(pairs.object_place).tolist():
        x, y, run = int(places.start[q]), int(places.end[q]), places.runs[q]
        tokens = _object_tokens(hasher, text, x, y, run)
        i, verbal = _verb_tokens(hasher, reading, verb_starts, run, int(places.sentence_start[q]))
        around_object[q] = flat.add([*tokens, *verbal])
        if i >= 0:
            verb_at[q] = reading.verbs[i][0]
            verb_before[q] = flat.add([hasher.token("SVO", text[slice(*reading.verbs[i])])])
    for p in np.unique(pairs.subject_place).tolist():
        a, b, run = int(places.start[p]), int(places.end[p]), places.runs[p]
        around_subject[p] = flat.add(_subject_tokens(hasher, reading, verb_starts, a, b, run))
        near_subject[p] = flat.add(
            [
                *hasher.bigrams("rs", text[b : b + 6]),
                hasher.token("rs2", text[b : b + 2]),
                hasher.token("ls2", text[max(0, a - 2) : a]),
            ]
        )
    p, q = pairs.subject_place, pairs.object_place
    a, b, x, y = places.start[p], places.end[p], places.start[q], places.end[q]
    here, forward, backward = pairs.distance == 0, b <= x, y <= a
    far = flat.add([hasher.token("far", "")])
    behind, before = (flat.add(tokens)[0] for tokens in hasher.bigrams_at(("sb", "ob"), text))
    joined = [nothing] * len(p)
    for i in np.flatnonzero(here & ((forward & (x - b <= 4)) | (backward & (a - y <= 4)))).tolist():
        place, piece = ("so", text[b[i] : x[i]]) if forward[i] else ("os", text[y[i] : a[i]])
        joined[i] = flat.add([hasher.token(place, piece)])
    run_end = np.array([run[1] for run in places.runs], dtype=np.int64)
    served = here & (verb_at[q] >= 0) & (run_end[p] <= verb_at[q])
    gap = np.clip(np.where(forward, x - b, np.where(backward, a - y, 0)), 1, 60) - 1
    segments = (
        _listed(around_object)[q],
        _listed(around_subject)[p],
        np.where(here[:, None], _listed(near_subject)[p], far),
        np.stack([np.where(forward, behind + b, before + y), np.where(here, gap, 0)], axis=1),
        _listed(joined),
        np.where(served[:, None], _listed(verb_before)[q], 0),
    )
    start, length = np.stack(segments, axis=1).reshape(-1, 2).T
    tokens = np.array(flat.tokens, dtype=np.int64)[spread(start, length)]
    size = length.reshape(-1, len(segments)).sum(axis=1)
    which = spread((np.cumsum(size) - size)[row], size[row])
    number = np.repeat(np.arange(len(row)), size[row])
    buckets = token_buckets(LEARNED, np.repeat(relation, size[row]), tokens[which])
    once = np.sort(number * BUCKETS + buckets)  # np.unique hashes, four times as slow
    once = once[np.diff(once, prepend=-1) > 0]
    return once // BUCKETS, once % BUCKETS


def _listed(segments: Sequence[tuple[int, int]]) -> NDArray[Any]:
    """Return starts and lengths in two columns."""
    import numpy as np

    return np.array(segments, dtype=np.int64).reshape(-1, 2)


def _object_tokens(hasher: Hasher, text: str, x: int, y: int, run: Run) -> list[int]:
    """Return the wordings around an object and the coordination that it is in."""
    token = hasher.token
    return [
        *hasher.bigrams("lo", text[max(0, x - 8) : x]),
        *hasher.bigrams("ro", text[y : y + 6]),
        token("lo1", text[max(0, x - 1) : x]),
        token("lo2", text[max(0, x - 2) : x]),
        token("ro2", text[y : y + 2]),
        token("eo", text[max(x, y - 2) : y]),
        token("LO2", text[max(0, run[0] - 2) : run[0]]),
        token("LO3", text[max(0, run[0] - 3) : run[0]]),
        token("RO2", text[run[1] : run[1] + 2]),
        token("RO3", text[run[1] : run[1] + 3]),
    ]


def _verb_tokens(
    hasher: Hasher, reading: Reading, verb_starts: Sequence[int], run: Run, sentence: int
) -> tuple[int, list[int]]:
    """Return the verb before an object in its sentence (-1 for none), and the verbs around it as tokens."""
    text, verbs, tokens = reading.text, reading.verbs, []
    i = bisect_right(verb_starts, run[0] - 1) - 1
    if i < 0 or verbs[i][0] < sentence or verbs[i][1] > run[0]:
        i = -1
    else:
        tokens.append(hasher.token("VO", text[slice(*verbs[i])]))
        if i >= 1 and verbs[i - 1][0] >= sentence:
            tokens.append(hasher.token("VO-1", text[slice(*verbs[i - 1])]))
    j = bisect_right(verb_starts, run[1] - 1)
    if j < len(verbs) and verbs[j][0] - run[1] <= 8:
        tokens.append(hasher.token("OV", text[slice(*verbs[j])]))
    return i, tokens


def _subject_tokens(
    hasher: Hasher, reading: Reading, verb_starts: Sequence[int], a: int, b: int, run: Run
) -> list[int]:
    """Return the wordings at the end of a subject and behind the coordination that it is in."""
    text, verbs = reading.text, reading.verbs
    tokens = [hasher.token("es", text[max(a, b - 2) : b]), hasher.token("RS2", text[run[1] : run[1] + 2])]
    k = bisect_right(verb_starts, run[1] - 1)
    if k < len(verbs) and verbs[k][0] - run[1] <= 12:
        tokens.append(hasher.token("SV", text[slice(*verbs[k])]))
    return tokens


def _inside_any(index: _Index, reading: Reading, x: int, y: int) -> bool:
    """Whether a mention stands inside a longer one."""
    i = bisect_right(index.starts, x) - 1
    while i >= 0 and index.starts[i] > x - 40:
        a, b, _ = index.spans[i]
        if a <= x and y <= b and (a, b) != (x, y):
            return True
        i -= 1
    return False
