"""Values on disk, read back sorted: what a build holds of its documents and facts when they are many.

One SQLite file in the output folder, gone when the build ends, however it ends: its name is that of a leftover, which
the next build removes. SQLite sorts beyond its memory in files of its own (where: the variable SQLITE_TMPDIR).
"""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from typing import TYPE_CHECKING, Any

from ontology.errors import LimitError

from ..processing.records import decode_value, encode_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

_ROWS, _BYTES = 1000, 1 << 20
"""Rows and bytes that are written at once."""
_READ = 100
"""Rows that are read at once: the results of documents take 30 kilobytes."""


class Tables:
    """The file that tables are in.

    As a context manager: removed at its end; what SQLite cannot do, for lack of disk above all, is a `LimitError`.
    """

    def __init__(self, path: Path) -> None:
        """Begin the file.

        Args:
            path: Where it is to be.
        """
        self._path = path
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE", "cache_size = -8192"):
            self.database.execute(f"PRAGMA {pragma}").fetchall()
        self.database.execute("BEGIN")

    def __enter__(self) -> Tables:
        return self

    def copy_to(self, path: Path) -> None:
        """Write all that was added to a file of its own, for others to read."""
        self.database.execute("COMMIT")
        self.database.execute("VACUUM INTO ?", (str(path),))
        self.database.execute("BEGIN")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()
        with contextlib.suppress(OSError):
            self._path.unlink()
        if isinstance(error, sqlite3.Error):
            raise LimitError(
                f"The work file {self._path} cannot be written: {error}.",
                hint="free some disk; the variable SQLITE_TMPDIR says where sorting takes place",
            ) from error


class Table:
    """Values of `ontology.model`, and tuples of them and of text, each with a key."""

    def __init__(self, tables: Tables, name: str) -> None:
        """Make an empty table.

        Args:
            tables: The file.
            name: An identifier.
        """
        self._database, self._name = tables.database, name
        self._waiting: list[tuple[bytes, bytes]] = []
        self._bytes = 0
        self._database.execute(f"CREATE TABLE {name} (key BLOB, value BLOB)")

    def add(self, key: bytes, value: object) -> None:
        """Add a value; a key may repeat."""
        self.add_encoded(key, encode_value(value))

    def add_encoded(self, key: bytes, data: bytes) -> None:
        """Add a value as `encode_value` gives it."""
        self._waiting.append((key, data))
        self._bytes += len(data)
        if len(self._waiting) >= _ROWS or self._bytes >= _BYTES:
            self._flush()

    def sorted(self) -> Iterator[tuple[bytes, Any]]:
        """Yield keys and values by key; those of one key in the order they came."""
        yield from self._read("ORDER BY key, rowid")

    def values(self) -> Iterator[Any]:
        """Yield the values in the order they came."""
        return (value for _, value in self._read("ORDER BY rowid"))

    def index(self) -> None:
        """Prepare `get`."""
        self._flush()
        self._database.execute(f"CREATE INDEX {self._name}_key ON {self._name} (key)")

    def get(self, key: bytes) -> Any:
        """Return the value of a key, or None."""
        return _get(self._database, self._name, key)

    def drop(self) -> None:
        """Remove the table; others take its place on disk."""
        self._database.execute(f"DROP TABLE {self._name}")

    def _flush(self) -> None:
        self._database.executemany(f"INSERT INTO {self._name} VALUES (?, ?)", self._waiting)
        self._waiting.clear()
        self._bytes = 0

    def _read(self, order: str) -> Iterator[tuple[bytes, Any]]:
        self._flush()
        cursor = self._database.execute(f"SELECT key, value FROM {self._name} {order}")
        while rows := cursor.fetchmany(_READ):
            for key, data in rows:
                yield key, decode_value(data)


class Lookup:
    """Tables that another process has written and indexed, to be read by key."""

    def __init__(self, path: Path) -> None:
        """Open the file, which must not change any more.

        Args:
            path: The file, or a copy of it.
        """
        self._database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)

    def get(self, name: str, key: bytes) -> Any:
        """Return the value of a key in a table, or None."""
        return _get(self._database, name, key)


def _get(database: sqlite3.Connection, name: str, key: bytes) -> Any:
    row = database.execute(f"SELECT value FROM {name} WHERE key = ?", (key,)).fetchone()
    return None if row is None else decode_value(row[0])


def sort_key(*parts: str | int) -> bytes:
    """Return bytes that sort as a tuple of text without NUL (by code point) and whole numbers from 0 does."""
    return b"\0".join(
        part.to_bytes(8, "big") if isinstance(part, int) else part.encode("utf-8", "surrogatepass") for part in parts
    )


def by_key(rows: Iterator[tuple[bytes, Any]]) -> Iterator[list[Any]]:
    """Yield the values of each key together."""
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        yield [value for _, value in group]
