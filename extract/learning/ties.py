"""Score pairs of spans for relations from the hidden states of the tagger.

Biaffine attention (Dozat & Manning 2017): each span is its first and last hidden state; one query, one key a
relation, turned by the places where the spans begin (rotary positions), and a bias for either end. The tagger's
network was trained on names and relations at once (`tools/training/network.py`), so that one pass gives both.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ontology.model import RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from threadpoolctl import ThreadpoolController

TIED = tuple(r for r in RELATIONS if r != "issuedOn")
"""Relations that are scored; of `observed` the object is a number."""
RELATION_HEAD = 32
"""Width of a query or key."""
LEAST = -2.0
"""Lower scores say no more than this one."""
APART = -9.0
"""Score of two spans that no window holds together."""

Pair: TypeAlias = "tuple[tuple[int, int], tuple[int, int]]"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The hidden states of one window.

    Attributes:
        start: First character of the window.
        end: End, exclusive.
        states: (characters, width) as float16.
    """

    start: int
    end: int
    states: NDArray[Any]


class Ties(Protocol):
    """What the net says of pairs of spans in one text."""

    @property
    def windows(self) -> Sequence[tuple[int, int]]:
        """The windows that the net saw, in order."""

    def above_least(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        """Yield (relation, subject, object, score) above `LEAST`: indices of `TIED`, `spans` and `spans`."""


@lru_cache(maxsize=1)
def load_ties() -> dict[str, NDArray[Any]]:
    """Load the packaged weights of `pair_scores`."""
    import io

    import numpy as np

    with np.load(io.BytesIO((files("extract") / "models" / "ties.npz").read_bytes())) as packed:
        return {name: packed[name].astype(np.float32) for name in packed.files}


@lru_cache(maxsize=1)
def _linear_algebra() -> ThreadpoolController:
    """Return the way to say how many threads numpy may take: for matrices as small as ours, waiting costs more."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def pair_scores(weights: Mapping[str, NDArray[Any]], hidden: Hidden, spans: Sequence[tuple[int, int]]) -> NDArray[Any]:
    """Return (relation, subject, object) scores of all pairs of spans of a window; above 0 the net would say yes."""
    import numpy as np

    first = np.array([a - hidden.start for a, _ in spans])
    last = np.array([b - 1 - hidden.start for _, b in spans])
    both = np.concatenate([hidden.states[first], hidden.states[last]], -1).astype(np.float32)
    qk = (both @ weights["relate"] + weights["relate_bias"]).reshape(len(spans), len(TIED), 2, RELATION_HEAD)
    turned = _turn(qk, first + 1)  # the window's first character stands behind the mark of its beginning
    product = np.einsum("srd,ord->rso", turned[:, :, 0], turned[:, :, 1], optimize=True) / np.sqrt(RELATION_HEAD)
    subject, obj = (both @ weights["subject"]).T, (both @ weights["object"]).T
    scores: NDArray[Any] = product + subject[:, :, None] + obj[:, None, :] + weights["bias"][:, None, None]
    return scores


def _turn(x: NDArray[Any], position: NDArray[Any]) -> NDArray[Any]:
    """Turn the last dimension by the position of the first."""
    import numpy as np

    angle = position[:, None].astype(np.float32) * 10000 ** (
        -np.arange(0, RELATION_HEAD, 2, dtype=np.float32) / RELATION_HEAD
    )
    cos, sin = (np.repeat(f(angle), 2, -1)[:, None, None, :] for f in (np.cos, np.sin))
    other = np.empty_like(x)
    other[..., ::2], other[..., 1::2] = -x[..., 1::2], x[..., ::2]
    turned: NDArray[Any] = x * cos + other * sin
    return turned


class HiddenTies:
    """Scores pairs of spans from the hidden states of a text."""

    def __init__(self, hidden: Sequence[Hidden], weights: Mapping[str, NDArray[Any]]) -> None:
        self.hidden = hidden
        self.weights = weights

    @property
    def windows(self) -> list[tuple[int, int]]:
        """The windows that the net saw, in order."""
        return [(h.start, h.end) for h in self.hidden]

    def above_least(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        """Yield (relation, subject, object, score) above `LEAST`."""
        import numpy as np

        order = sorted(range(len(spans)), key=lambda i: spans[i])
        place = 0
        for hidden in self.hidden:
            while place < len(order) and spans[order[place]][0] < hidden.start:
                place += 1
            here = []
            while place < len(order) and spans[order[place]][0] < hidden.end:
                if spans[order[place]][1] <= hidden.end:
                    here.append(order[place])
                place += 1
            if len(here) < 2:
                continue
            with _linear_algebra().limit(limits=1, user_api="blas"):
                scores = pair_scores(self.weights, hidden, [spans[i] for i in here])
            relation, subject, obj = np.nonzero(scores > LEAST)
            # Ten times a float32 is exact as a float64, so that this rounds as Python does.
            rounded = np.rint(scores[relation, subject, obj].astype(np.float64) * 10) / 10
            names = np.array(here)
            apart = subject != obj
            columns = (relation, names[subject], names[obj], rounded)
            yield from zip(*(column[apart].tolist() for column in columns), strict=True)
