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
        self._few: list[tuple[str, bytes]] = []
        self._bytes = 0
        self._many: Table | None = None
        self.tables: Tables | None = None
        self.findings: list[Finding] = []

    @property
    def are_many(self) -> bool:
        """Whether they went to disk."""
        return self.tables is not None

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.tables is not None:
            self.tables.__exit__(kind, error, trace)

    def add(self, result: Result) -> None:
        """Take in what became of a document."""
        if isinstance(result, Finding):
            self.findings.append(result)
            return
        if self._many is not None:
            self._many.add(sort_key(result.doc), result)
            return
        data = encode_value(result)
        self._few.append((result.doc, data))
        self._bytes += len(data)
        if self._bytes >= LARGE:
            self.tables = Tables(self._path)
            self._many = Table(self.tables, "results")
            for doc, kept in self._few:
                self._many.add(sort_key(doc), decode_value(kept))
            self._few.clear()

    def done(self) -> None:
        """Take in no more; now they can be read."""
        if self._many is not None:
            self._many.index()

    def __iter__(self) -> Iterator[DocumentRecord]:
        """Yield the records sorted by document, one at a time, as often as asked."""
        if self._many is None:
            yield from (decode_value(data) for _, data in sorted(self._few))
        else:
            yield from (record for _, record in self._many.sorted())
