"""Hash the words around and between two mentions into buckets, for all pairs of a document at once.

The bucket of a wording is `crc32(relation|place|gram)`, cut to the table's size. A CRC is linear over GF(2): that of
two strings joined is the one's, moved on by the length of the other, xor the other's own. So a gram is hashed once,
however many relations and places it is asked for with.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BUCKETS = 1 << 16
"""Size of the table of hashed wordings."""
PLACES = ("lo", "ro", "lo1", "lo2", "ro2", "eo", "es", "rs", "rs2", "ls2", "sb", "so", "ob", "os", "far",
          "LO2", "LO3", "RO2", "RO3", "RS2", "VO", "VO-1", "SVO", "OV", "SV")  # fmt: skip
"""Where a gram stands: before or behind (l, r) the object or subject (o, s), between them, in capitals around the
coordination that the end is in, V for verbs."""
_NUMBER = {place: number for number, place in enumerate(PLACES)}
_ONES = 0xFFFFFFFF
_BITS = 16


def hashed(relation: str, place: str, gram: str) -> int:
    """Return the bucket of a wording; the same in every process."""
    return zlib.crc32(f"{relation}|{place}|{gram}".encode()) % BUCKETS


class Hasher:
    """Makes tokens of grams and buckets of tokens; a token is a whole number that knows place, gram and length."""

    def __init__(self) -> None:
        self._grams: dict[str, tuple[int, int]] = {"": (0, 0)}

    def token(self, place: str, gram: str) -> int:
        """Return the token of a gram at one of `PLACES`."""
        found = self._grams.get(gram)
        if found is None:
            data = gram.encode()
            own = (zlib.crc32(data, _ONES) ^ _ONES) % BUCKETS  # the CRC that begins with a register of zeros
            found = self._grams[gram] = own, len(data) * len(PLACES) << _BITS
        own, length = found
        return length + (_NUMBER[place] << _BITS) | own

    def bigrams(self, place: str, piece: str) -> list[int]:
        """Return the tokens of every two characters of a piece of text."""
        return [self.token(place, piece[k : k + 2]) for k in range(len(piece) - 1)]

    def bigrams_at(self, places: Sequence[str], piece: str) -> list[list[int]]:
        """Return the tokens of every two characters for each of some places."""
        first = self.bigrams(places[0], piece)
        moves = [_NUMBER[place] - _NUMBER[places[0]] << _BITS for place in places]
        return [[token + move for token in first] for move in moves]


def token_buckets(names: tuple[str, ...], relations: NDArray[Any], tokens: NDArray[Any]) -> NDArray[Any]:
    """Return the buckets of tokens, each with a relation (its number in `names`)."""
    if not len(tokens):
        return tokens
    column = tokens >> _BITS
    longest = int(column.max()) // len(PLACES)
    table = _beginnings(names, longest // 32 * 32 + 32)
    buckets: NDArray[Any] = (tokens ^ table[relations, column]) & (BUCKETS - 1)
    return buckets


@lru_cache(maxsize=8)
def _beginnings(names: tuple[str, ...], lengths: int) -> NDArray[Any]:
    """Return (relation, length and place) what the beginning of a wording adds to a gram of so many bytes."""
    import numpy as np

    started = [[zlib.crc32(f"{relation}|{place}|".encode()) for place in PLACES] for relation in names]
    rows = [[zlib.crc32(bytes(n), crc) % BUCKETS for n in range(lengths) for crc in places] for places in started]
    return np.array(rows, dtype=np.int64)


def spread(starts: NDArray[Any], lengths: NDArray[Any]) -> NDArray[Any]:
    """Return the numbers start, start + 1, … of each run, one run behind the other."""
    import numpy as np

    ends = np.cumsum(lengths)
    return np.repeat(starts - ends + lengths, lengths) + np.arange(int(ends[-1]) if len(ends) else 0)


class Flat:
    """Lists of tokens, one behind the other, so that a list is a start and a length."""

    def __init__(self) -> None:
        self.tokens: list[int] = []

    def add(self, tokens: Sequence[int]) -> tuple[int, int]:
        """Append a list; return its start and its length."""
        start = len(self.tokens)
        self.tokens += tokens
        return start, len(tokens)
