"""Find the documents that are copies of others: reprints, cut or framed versions, texts spun with other words.

Two texts count as one when they share three in ten of their three-character pieces: whole sentences that stand in
another order, a third cut off, or every fourth word replaced still leave that; texts of different writers on one topic
share about one in twenty (docs/trust.md). The pieces are compared by MinHash and a locality-sensitive index.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from ontology.model import DocumentRecord, Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rensa import RMinHash

Age: TypeAlias = "tuple[str, int, str, bytes]"
"""What tells which of several documents is the original: date, less its length, name; and its fingerprint."""

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
_HASHES, _DRAWS = 4, 2048
"""Hashes that two texts must share, how often they are drawn: at the threshold one pair in 8 million is missed."""


def fingerprint_text(text: str) -> bytes:
    """Return what tells whether two texts share most of their words; empty for a text too short to tell.

    Only letters and digits count, so that punctuation, spaces and line breaks make no difference.
    """
    from rensa import RMinHash

    letters = _NO_LETTERS.sub("", text)
    if len(letters) < SHORTEST:
        return b""
    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.update(letters[i : i + _PIECE] for i in range(len(letters) - _PIECE + 1))  # in any order, any times
    return bytes(sketch.__getstate__())


def find_copies(records: Iterable[DocumentRecord]) -> tuple[dict[str, str], list[Finding]]:
    """Return for each copy its original, and a finding for each copy, sorted by document.

    Args:
        records: In any order; each is let go before the next is taken, a kilobyte is held of it.
    """
    ages = [age_of(record) for record in records if record.fingerprint]
    return copies_among(ages, find_resembling(ages))


def age_of(record: DocumentRecord) -> Age:
    """Return what decides which of several documents is the original of the others."""
    return record.metadata.date or "9999-99-99", -record.length, record.doc, record.fingerprint


def copies_among(documents: Iterable[Age], resembling: Container[str]) -> tuple[dict[str, str], list[Finding]]:
    """Return for each copy its original, and a finding for each copy, sorted by document.

    The original of several is the one with the earliest date, then the longest, then the first by name; documents
    without a date come last. A copy is always a copy of an original, never of another copy, so that texts which both
    resemble a third, but not each other, are not taken for one.

    Args:
        documents: In any order.
        resembling: Those that may resemble another one; who resembles nobody changes nothing.
    """
    by_age = sorted(document for document in documents if document[2] in resembling)
    if len(by_age) < 2:
        return {}, []
    from rensa import RMinHashLSH

    index = RMinHashLSH(threshold=SHARED, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    originals: dict[int, RMinHash] = {}
    found: dict[str, tuple[str, float]] = {}
    for place, (_, _, doc, fingerprint) in enumerate(by_age):
        sketch = _sketch(fingerprint)
        alike = [(originals[other].jaccard(sketch), -other) for other in index.query(sketch)]
        shared, other = max(alike, default=(0.0, 0))
        if shared >= SHARED:
            found[doc] = (by_age[-other][2], shared)
        else:
            originals[place] = sketch
            index.insert(place, sketch)
    findings = [
        Finding(
            "document-copy", "info", doc, None, None,
            f"{doc} is a copy of {original} ({round(shared * 100)} % of the pieces are the same): "
            "the two count as one where support is counted",
        )
        for doc, (original, shared) in sorted(found.items())
    ]  # fmt: skip
    return {doc: original for doc, (original, _) in sorted(found.items())}, findings


def find_resembling(documents: Sequence[Age]) -> set[str]:
    """Return the documents that may share enough with another one; some say so that do not, all where they are few."""
    import numpy as np

    if len(documents) <= FEW:
        return {doc for _, _, doc, _ in documents}
    hashes = _hashes(documents)
    found = np.zeros(len(hashes), dtype=bool)
    _mark_partners(hashes, found)
    return _marked(documents, found)


def find_resembling_new(documents: Sequence[Age], new: Container[str]) -> set[str]:
    """Return the new ones of some documents that share enough with another one, and those that they share it with."""
    import numpy as np

    hashes = _hashes(documents)
    found = np.zeros(len(hashes), dtype=bool)
    for place, (_, _, doc, _) in enumerate(documents):
        if doc in new:
            alike = (hashes == hashes[place]).mean(axis=1) >= SHARED
            alike[place] = False
            found |= alike
            found[place] |= alike.any()
    return _marked(documents, found)


def _hashes(documents: Sequence[Age]) -> NDArray[np.uint32]:
    import numpy as np

    hashes = np.empty((len(documents), _PERMUTATIONS), dtype=np.uint32)
    for place, (_, _, _, fingerprint) in enumerate(documents):
        hashes[place] = _sketch(fingerprint).digest()
    return hashes


def _marked(documents: Sequence[Age], found: NDArray[np.bool_]) -> set[str]:
    return {doc for (_, _, doc, _), is_marked in zip(documents, found.tolist(), strict=True) if is_marked}


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
    from rensa import RMinHash

    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.__setstate__(state)
    return sketch
