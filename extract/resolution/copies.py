"""Find the documents that are copies of others: reprints, cut or framed versions, texts spun with other words.

Two texts count as one when they share three in ten of their three-character pieces: whole sentences that stand in
another order, a third cut off, or every fourth word replaced still leave that; texts of different writers on one topic
share about one in twenty (docs/trust.md). The pieces are compared by MinHash and a locality-sensitive index.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ontology.model import DocumentRecord, Finding

if TYPE_CHECKING:
    from rensa import RMinHash

SHARED = 0.3
"""The least estimated Jaccard similarity of two texts that count as one."""

SHORTEST = 100
"""Texts of fewer letters and digits say too little to tell a copy from a formula."""

_PIECE = 3
_PERMUTATIONS, _BANDS, _SEED = 256, 128, 20240601
"""Two hashes a band: of pairs at the threshold one in 170,000 is overlooked, one in 150 at half of it is compared."""


def fingerprint_text(text: str) -> bytes:
    """Return what tells whether two texts share most of their words; empty for a text too short to tell.

    Only letters and digits count, so that punctuation, spaces and line breaks make no difference.
    """
    from rensa import RMinHash

    letters = "".join(filter(str.isalnum, text))
    if len(letters) < SHORTEST:
        return b""
    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.update(sorted({letters[i : i + _PIECE] for i in range(len(letters) - _PIECE + 1)}))
    return bytes(sketch.__getstate__())


def mark_copies(records: Iterable[DocumentRecord]) -> tuple[list[DocumentRecord], list[Finding]]:
    """Say of each document which one it is a copy of, if any.

    Args:
        records: The records of a corpus, in any order.

    Returns:
        The records sorted by document, with `copy_of` set, and a finding for each copy.
    """
    ordered = sorted(records, key=lambda r: r.doc)
    originals = Originals()
    for record in ordered:
        originals.add(record)
    copies, findings = originals.find_copies()
    return [replace(record, copy_of=copies.get(record.doc, "")) for record in ordered], findings


class Originals:
    """Which documents of a corpus are copies of which others.

    The original of several is the one with the earliest date, then the longest, then the first by name; documents
    without a date come last. A copy is always a copy of an original, never of another copy, so that texts which both
    resemble a third, but not each other, are not taken for one.
    """

    def __init__(self) -> None:
        self._documents: list[tuple[str, int, str, bytes]] = []

    def add(self, record: DocumentRecord) -> None:
        """Take note of a document; some kilobytes are held of it."""
        if record.fingerprint:
            date = record.metadata.date or "9999-99-99"
            self._documents.append((date, -record.length, record.doc, record.fingerprint))

    def find_copies(self) -> tuple[dict[str, str], list[Finding]]:
        """Return for each copy its original, and a finding for each copy, sorted by document."""
        if len(self._documents) < 2:
            return {}, []
        from rensa import RMinHashLSH

        index = RMinHashLSH(threshold=SHARED, num_perm=_PERMUTATIONS, num_bands=_BANDS)
        by_age = sorted(self._documents)
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


def _sketch(state: bytes) -> RMinHash:
    from rensa import RMinHash

    sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_SEED)
    sketch.__setstate__(state)
    return sketch
