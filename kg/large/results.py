"""The results of documents, as bytes: in memory while they are few, on disk when they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ontology.model import DocumentRecord, Finding

from ..processing.records import decode_value, encode_value
from .tables import Table, Tables, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from ..processing.records import Result

LARGE = 16 << 20
"""Bytes of results from which on a corpus is built on disk: some 1,500 news items."""


class Results:
    """The results of a build, one after the other in, sorted by document out."""

    def __init__(self, path: Path) -> None:
        """Begin with nothing.

        Args:
            path: Where to put the work file when it is needed.
        """
        self._path = path
        self._few: list[tuple[str, bytes, str, str]] = []
        self._many: Table | None = None
        self._entries: Table | None = None
        self.bytes = 0
        self.tables: Tables | None = None
        self.findings: list[Finding] = []

    @property
    def are_many(self) -> bool:
        """Whether they went to disk."""
        return self.tables is not None

    def are_many_with(self, known: int) -> bool:
        """Whether they would have gone to disk with so many bytes more."""
        return self.bytes + known >= LARGE

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.tables is not None:
            self.tables.__exit__(kind, error, trace)

    def add(self, result: Result, entry: str = "", stamp: str = "") -> None:
        """Take in what became of a document, where the cache has that, and the stamp of its file."""
        if isinstance(result, Finding):
            self.findings.append(result)
            return
        data = encode_value(result)
        self.bytes += len(data)
        self._keep(result.doc, data, entry, stamp)
        if self._many is None and self.bytes >= LARGE:
            self.tables = Tables(self._path)
            self._many, self._entries = Table(self.tables, "results"), Table(self.tables, "entries")
            for few in self._few:
                self._keep(*few)
            self._few.clear()

    def _keep(self, doc: str, data: bytes, entry: str, stamp: str) -> None:
        if self._many is None or self._entries is None:
            self._few.append((doc, data, entry, stamp))
        else:
            self._many.add_encoded(sort_key(doc), data)
            self._entries.add(sort_key(doc), (entry, len(data), stamp))

    def done(self) -> None:
        """Take in no more; now they can be read."""
        if self._many is not None:
            self._many.index()

    def __iter__(self) -> Iterator[DocumentRecord]:
        """Yield the records sorted by document, one at a time, as often as asked."""
        if self._many is None:
            yield from (decode_value(data) for _, data, _, _ in sorted(self._few))
        else:
            yield from (record for _, record in self._many.sorted())

    def items(self) -> Iterator[tuple[DocumentRecord, tuple[str, int, str]]]:
        """Yield the records sorted by document, each with where the cache has it, its bytes, the stamp of its file."""
        if self._entries is None:
            entries = iter([(entry, len(data), stamp) for _, data, entry, stamp in sorted(self._few)])
        else:
            entries = (entry for _, entry in self._entries.sorted())
        return zip(self, entries, strict=True)
