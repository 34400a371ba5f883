"""Score relations between the things of a document with the relation net.

The net reads windows of whole sentences, each with a sentence or two before it and, in front, the names that the
document speaks of most (a work report names its province once and means it everywhere). It shares the lower half
of its layers with the tagger; where each class of thing stands is added to the characters before its own layers.
Pairs of mentions are scored; a pair of things has the score of its best pair of mentions. Training and use share
this module.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ontology.errors import ConfigurationError

from .fact_features import ABSENT, ACTORS, CLASSES, LEARNED, Reading, Thing
from .tagging import BEGIN, END, UNKNOWN, lac_codes, sentence_spans, word_codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WINDOW = 330
"""Characters of a window without what is put in front."""
BEFORE = 90
"""Characters of the sentences before that are read as context."""
LONGEST = 508
"""Characters of a window with everything."""
HEADER_NAMES, HEADER_LENGTH = 5, 60
NEAREST = 2
"""Pairs of mentions that stand for a pair of things in a window."""
LAYERS_OF_TYPES = 2
"""Nested mentions that a character can be in."""

_NAMED = ACTORS | {"Policy", "Initiative", "Event"}


@dataclass(frozen=True, slots=True)
class Place:
    """A mention in a window: characters, class, thing, sentence, and whether it stands in the header."""

    start: int
    end: int
    label: str
    thing: int
    sentence: int
    header: bool


@dataclass(slots=True)
class Window:
    """Inputs of the net for one window."""

    text: str
    words: list[int]
    lac: list[int]
    places: list[Place]


def header(text: str, things: Sequence[Thing]) -> list[tuple[int, str]]:
    """Return the things that a document speaks of most, each with a name from the text."""
    weights = sorted(
        (-(len(t.places) * (2 if t.label == "Region" else 1)), t.places[0][0], i)
        for i, t in enumerate(things)
        if t.label in _NAMED
    )
    chosen: list[tuple[int, str]] = []
    length = 0
    for _, _, i in weights[:HEADER_NAMES]:
        a, b = max(things[i].places, key=lambda s: min(s[1] - s[0], 14))
        if length + b - a <= HEADER_LENGTH:
            chosen.append((i, text[a:b]))
            length += b - a + 1
    return chosen


def relation_windows(reading: Reading) -> list[Window]:
    """Return the windows of a document with the mentions in them."""
    text, things = reading.text, reading.things
    words, lac = word_codes(text), lac_codes(text)
    sentences = sentence_spans(text)
    names = header(text, things)
    marked = sorted((a, b, t.label, i) for i, t in enumerate(things) for a, b in t.places)
    windows = []
    first = 0
    while first < len(sentences):
        last = first
        while last + 1 < len(sentences) and sentences[last + 1][1] - sentences[first][0] <= WINDOW:
            last += 1
        low = first
        while low > 0 and sentences[first][0] - sentences[low - 1][0] <= BEFORE:
            low -= 1
        windows.append(_window(text, words, lac, names, things, sentences, marked, low, last))
        first = last + 1
    return windows


def _window(
    text: str,
    words: Sequence[int],
    lac: Sequence[int],
    names: Sequence[tuple[int, str]],
    things: Sequence[Thing],
    sentences: Sequence[tuple[int, int]],
    marked: Sequence[tuple[int, int, str, int]],
    low: int,
    last: int,
) -> Window:
    a, b = sentences[low][0], sentences[last][1]
    front, places = "", []
    for thing, name in names:
        places.append(Place(len(front), len(front) + len(name), things[thing].label, thing, -1, True))
        front += name + "、"
    front += "\n"
    offset = len(front) - a
    sentence = low
    for start, end, label, thing in marked:
        if start < a or end > b:
            continue
        while sentence < last and sentences[sentence][1] <= start:
            sentence += 1
        places.append(Place(start + offset, end + offset, label, thing, sentence, False))
    blank = [0] * len(front)
    return Window(
        (front + text[a:b])[:LONGEST],
        (blank + list(words[a:b]))[:LONGEST],
        (blank + list(lac[a:b]))[:LONGEST],
        [p for p in places if p.end <= LONGEST],
    )


def distance_code(subject: Place, obj: Place) -> tuple[int, int]:
    """Return how far two mentions are apart: a key to sort by, and the code that the net sees."""
    beside = subject.start < obj.end and obj.start < subject.end
    gap = 0 if beside else max(obj.start - subject.end, subject.start - obj.end)
    in_header = 1 if subject.header else 2 if obj.header else 0
    apart = 3 if in_header else abs(subject.sentence - obj.sentence)
    if in_header:
        return apart * 1000 + gap, 58 + (in_header == 2)
    near = next((i for i, limit in enumerate((2, 8, 20, 45, 100)) if gap < limit), 5)
    return apart * 1000 + gap, (min(apart, 2) * 2 + (subject.start < obj.start)) * 6 + near


def mention_pairs(
    places: Sequence[Place], wanted: Iterable[tuple[int, int]]
) -> list[tuple[int, int, int, tuple[int, int]]]:
    """Return (subject place, object place, distance code, pair of things) for the nearest mentions of each pair."""
    where: dict[int, list[int]] = defaultdict(list)
    for i, place in enumerate(places):
        where[place.thing].append(i)
    pairs = []
    for pair in wanted:
        options = []
        for i in where.get(pair[0], ()):
            for j in where.get(pair[1], ()):
                if not (places[i].header and places[j].header):
                    key, code = distance_code(places[i], places[j])
                    options.append((key, i, j, code))
        pairs += [(i, j, code, pair) for _, i, j, code in sorted(options)[:NEAREST]]
    return pairs


def class_layers(places: Sequence[Place], length: int) -> list[list[int]]:
    """Return for each character the codes of the classes that it is inside of, the longest mention first."""
    layers = [[0] * LAYERS_OF_TYPES for _ in range(length)]
    for place in sorted(places, key=lambda p: p.start - p.end):
        code = CLASSES.index(place.label)
        for k in range(LAYERS_OF_TYPES):
            if all(layers[i + 1][k] == 0 for i in range(place.start, place.end)):
                for i in range(place.start, place.end):
                    layers[i + 1][k] = 2 + 2 * code
                layers[place.start + 1][k] = 1 + 2 * code
                break
    return layers


class RelationNet:
    """Scores the relations of a document."""

    def __init__(self, session: Any, characters: Sequence[str]) -> None:
        self.session = session
        self.number = {c: i for i, c in enumerate(characters)}

    @classmethod
    def load(cls) -> RelationNet:
        """Load the packaged net, one thread.

        Raises:
            ConfigurationError: onnxruntime is not installed, or the net is not in the package.
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise ConfigurationError(
                "The profile 'full' needs the extra 'full'.", hint="pip install 'jiqun[full]', or --profile rules"
            ) from error
        folder = files("extract") / "models"
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            blob = (folder / "relations.onnx").read_bytes()
            characters = (folder / "characters.txt").read_text("utf-8").split("\n")
        except FileNotFoundError as error:
            raise ConfigurationError(
                "The relation net is not in the package.", hint="make models, or --profile rules"
            ) from error
        return cls(onnxruntime.InferenceSession(blob, options, providers=["CPUExecutionProvider"]), characters)

    def scores(self, reading: Reading, wanted: Sequence[tuple[int, int]]) -> Mapping[tuple[int, str, int], float]:
        """Return the logit of each relation for the wanted pairs of things that share a window."""
        best: dict[tuple[int, str, int], float] = {}
        for window in relation_windows(reading):
            pairs = mention_pairs(window.places, wanted)
            if not pairs:
                continue
            for (_, _, _, (s, o)), row in zip(pairs, self._run(window, pairs), strict=True):
                for relation, score in zip(LEARNED, row, strict=True):
                    key = (s, relation, o)
                    best[key] = max(best.get(key, ABSENT), round(float(score), 3))
        return best

    def _run(self, window: Window, pairs: Sequence[tuple[int, int, int, tuple[int, int]]]) -> Any:
        import numpy as np

        number = self.number
        ids = [BEGIN, *[number.get(c) or number.get(c.lower(), UNKNOWN) for c in window.text], END]
        feeds = {
            "ids": [ids],
            "words": [[0, *window.words, 0]],
            "lac": [[0, *window.lac, 0]],
            "classes": [class_layers(window.places, len(ids))],
            "mentions": [[p.start + 1, p.end, CLASSES.index(p.label)] for p in window.places],
            "pairs": [[i, j] for i, j, _, _ in pairs],
            "distances": [code for _, _, code, _ in pairs],
        }
        return self.session.run(None, {k: np.array(v, dtype=np.int64) for k, v in feeds.items()})[0]
