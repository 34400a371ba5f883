"""Find the documents that are copies of others: reprints, cut or framed versions, texts spun with other words.

Two texts count as one when they share three in ten of their three-character pieces: whole sentences that stand in
another order, a third cut off, or every fourth word replaced still leave that; texts of different writers on one topic
share about one in twenty (docs/trust.md). The pieces are compared by MinHash and a locality-sensitive index.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from functools import cache
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from ontology.model import DocumentRecord, Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rensa import RMinHash

Age: TypeAlias = "tuple[str, int, str]"
"""What tells which of several documents is the original: date, less its length, name."""
Copy: TypeAlias = "tuple[str, float]"
"""The original of a copy, and the share of pieces that they have in common."""

SHARED = 0.3
"""The least estimated Jaccard similarity of two texts that count as one."""

SHORTEST = 100
"""Texts of fewer letters and digits say too little to tell a copy from a formula."""

_NO_LETTERS = re.compile(r"[\W_]+")
_PIECE = 3
_PERMUTATIONS, _BANDS, _SEED = 256, 128, 20240601
"""Two hashes a band: of pairs at the threshold one in 170,000 is overlooked, one in 150 at half of it is compared."""

FEW = 5000
"""Documents up to which all go into the index: it takes ten kilobytes of each and compares more and more of them."""
_FIRST = 1024
"""Documents that there is room for at first."""
_NOBODY = 2**32 - 1
"""The hash of a text without pieces."""
_HASHES, _DRAWS = 4, 2048
"""Hashes that two texts must share, how often they are drawn: at the threshold one pair in 8 million is missed."""


def fingerprint_text(text: str) -> bytes:
    """Return what tells whether two texts share most of their words; empty for a text too short to tell.

    Only letters and digits count, so that punctuation, spaces and line breaks make no difference.
    """
    letters = _NO_LETTERS.sub("", text)
    if len(letters) < SHORTEST:
        return b""
    sketch = _rensa().RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.update(letters[i : i + _PIECE] for i in range(len(letters) - _PIECE + 1))  # in any order, any times
    return bytes(sketch.__getstate__())


def find_copies(records: Iterable[DocumentRecord]) -> tuple[dict[str, str], list[Finding]]:
    """Return for each copy its original, and a finding for each copy, sorted by document.

    Args:
        records: In any order; each is let go before the next is taken, two kilobytes are held of it.
    """
    documents = sorted((age_of(record), record.fingerprint) for record in records if record.fingerprint)
    may_resemble = [True] * len(documents)
    if len(documents) > FEW:
        sketches = Sketches()
        for _, fingerprint in documents:
            sketches.add(fingerprint)
        may_resemble = sketches.find_resembling()
    found = copies_among(
        (age[2], fingerprint) for (age, fingerprint), may in zip(documents, may_resemble, strict=True) if may
    )
    findings = [copy_finding(doc, *found[doc]) for doc in sorted(found)]
    return {doc: found[doc][0] for doc in sorted(found)}, findings


def age_of(record: DocumentRecord) -> Age:
    """Return what decides which of several documents is the original of the others."""
    return record.metadata.date or "9999-99-99", -record.length, record.doc


def copy_finding(doc: str, original: str, shared: float) -> Finding:
    """Return the finding that a document is a copy of another one.

    Args:
        doc: The copy.
        original: The other one.
        shared: The share of pieces that they have in common, up to 1.
    """
    return Finding(
        "document-copy", "info", doc, None, None,
        f"{doc} is a copy of {original} ({round(shared * 100)} % of the pieces are the same): "
        "the two count as one where support is counted",
    )  # fmt: skip


def copies_among(documents: Iterable[tuple[str, bytes]]) -> dict[str, Copy]:
    """Return the copies among some documents.

    The original of several is the one with the earliest date, then the longest, then the first by name; documents
    without a date come last. A copy is always a copy of an original, never of another copy, so that texts which both
    resemble a third, but not each other, are not taken for one.

    Args:
        documents: Names and fingerprints in the order of `age_of`; who resembles nobody may be left out.
    """
    index = _rensa().RMinHashLSH(threshold=SHARED, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    originals: list[tuple[str, RMinHash]] = []
    found: dict[str, Copy] = {}
    for doc, fingerprint in documents:
        sketch = _sketch(fingerprint)
        alike = [(originals[other][1].jaccard(sketch), -other) for other in index.query(sketch)]
        shared, other = max(alike, default=(0.0, 0))
        if shared >= SHARED:
            found[doc] = (originals[-other][0], shared)
        else:
            index.insert(len(originals), sketch)
            originals.append((doc, sketch))
    return found


class Known(Protocol):
    """What is known of documents and who resembles whom; documents go by numbers."""

    def age(self, number: int) -> bytes:
        """Return what sorts as the ages of the documents do."""

    def original(self, number: int) -> int | None:
        """Return whose copy a document was found to be, itself where it is none, None for a new one."""

    def copies_of(self, number: int) -> Collection[int]:
        """Return the documents that were found to be copies of one."""

    def alike(self, number: int) -> Collection[tuple[int, float]]:
        """Return the documents that share enough with one, and how much that is."""


def renew_copies(again: Iterable[int], known: Known) -> dict[int, tuple[int, float]]:
    """Find out what `copies_among` finds, where some documents came, went or have another text.

    Whether a document is a copy depends on older ones alone, so that those which may have become something else are
    looked at from the oldest on.

    Args:
        again: Documents that came or have another text, and copies of those that went or had another text.
        known: What was found before. Documents that went are in it no more.

    Returns:
        For each document that was looked at its original, or itself where it is no copy, and how much it shares.
    """
    became: dict[int, tuple[int, float]] = {}
    asked = set(again)
    waiting = [(known.age(number), number) for number in asked]
    heapify(waiting)

    def is_original(number: int) -> bool:
        return (became[number][0] if number in became else known.original(number)) == number

    def ask(numbers: Iterable[int]) -> None:
        for number in numbers:
            if number not in asked:
                asked.add(number)
                heappush(waiting, (known.age(number), number))

    while waiting:
        age, number = heappop(waiting)
        alike = [(known.age(other), other, shared) for other, shared in known.alike(number)]
        older = [(-shared, when, other) for when, other, shared in alike if when < age and is_original(other)]
        less, _, original = min(older, default=(-1.0, age, number))
        became[number] = (original, -less)
        before = known.original(number)
        if original == number and before != number:
            ask(other for when, other, _ in alike if when > age)
        elif original != number and before == number:
            ask(known.copies_of(number))
    return became


class Sketches:
    """The fingerprints of documents in one array, a kilobyte each, outside of Python's own memory.

    Attributes:
        count: How many there are.
    """

    def __init__(self) -> None:
        """Begin with none."""
        import numpy as np

        self.count = 0
        self._hashes = np.empty((_FIRST, _PERMUTATIONS), dtype=np.uint32)

    def add(self, fingerprint: bytes) -> None:
        """Add a document by its fingerprint, which is empty for one that resembles nobody."""
        if self.count == len(self._hashes):
            self._hashes.resize((2 * self.count, _PERMUTATIONS), refcheck=False)
        self._hashes[self.count] = _sketch(fingerprint).digest() if fingerprint else _NOBODY
        self.count += 1

    def rows(self) -> NDArray[np.uint32]:
        """Return a row for each document, in the order they came."""
        return self._hashes[: self.count]

    def find_resembling(self) -> list[bool]:
        """Return for each document whether it may share enough with another one; all, where they are few."""
        import numpy as np

        if self.count <= FEW:
            return [True] * self.count
        found = np.zeros(self.count, dtype=bool)
        _mark_partners(self.rows(), found)
        marked: list[bool] = found.tolist()
        return marked


def row_of(fingerprint: bytes) -> bytes:
    """Return what `Sketches` has of one document, as bytes."""
    sketches = Sketches()
    sketches.add(fingerprint)
    return sketches.rows().tobytes()


def sketch_rows(data: bytes) -> NDArray[np.uint32]:
    """Return the rows that some bytes hold."""
    import numpy as np

    return np.frombuffer(data, dtype=np.uint32).reshape(-1, _PERMUTATIONS)


def find_alike(rows: NDArray[np.uint32], place: int) -> list[tuple[int, float]]:
    """Return the documents that share enough with one for `copies_among` to see it, and how much that is.

    Args:
        rows: As `Sketches` has them, in two dimensions.
        place: The row of the document.
    """
    import numpy as np

    same = rows == rows[place]
    in_a_band = same.reshape(len(rows), _BANDS, -1).all(axis=2).any(axis=1)
    shared = same.mean(axis=1)
    found = np.flatnonzero(in_a_band & (shared >= SHARED))
    return [(other, float(shared[other])) for other in found.tolist() if other != place]


@cache
def _rensa() -> Any:
    """Return the library, which is to give back at once what an index held; else a process keeps it to its end."""
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "0")  # read when the library is loaded
    import rensa

    return rensa


def _mark_partners(hashes: NDArray[np.uint32], found: NDArray[np.bool_]) -> None:
    """Mark the documents that may share enough with another one.

    Documents are sorted by a few of their hashes at a time, so that those which share them stand together. That takes
    one kilobyte and a fixed time for each document, where an index of all compares a share of all pairs.
    """
    import numpy as np

    random = np.random.default_rng(_SEED)
    for _ in range(_DRAWS):
        mixed = np.zeros(len(hashes), dtype=np.uint64)
        for column in random.choice(_PERMUTATIONS, _HASHES, replace=False):
            mixed = (mixed ^ hashes[:, column]) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
        order = np.argsort(mixed)
        ordered = mixed[order]
        for step in (1, 2, 3):
            same = np.flatnonzero(ordered[step:] == ordered[:-step])
            one, other = order[same], order[same + step]
            if step < 3:
                new = np.flatnonzero(~(found[one] & found[other]))
                for part in np.split(new, range(FEW, len(new), FEW)):
                    enough = part[(hashes[one[part]] == hashes[other[part]]).mean(axis=1) >= SHARED]
                    found[one[enough]] = found[other[enough]] = True
            else:  # four and more share them: the outer ones count without a look
                found[one] = found[other] = True


def _sketch(state: bytes) -> RMinHash:
    sketch = _rensa().RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.__setstate__(state)
    return sketch
