"""What a build on disk keeps for the next one into the same folder, so that only what changes is made anew.

A SQLite file in the cache, one for each output folder: which documents there were and what each stated, which names
mean one thing, what was made of each fact. It holds for the files of the build that wrote it, and for the same code and
settings. What the files themselves hold, sorted as they are, is not held a second time.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
import sqlite3
import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from extract.resolution.copies import age_of, row_of
from extract.resolution.merge import EntityGroup
from ontology.errors import LimitError
from ontology.model import Fact

from .. import output
from ..processing import records
from ..processing.cache import KEPT
from ..processing.records import encode_value
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from extract.resolution.copies import Age
    from extract.resolution.merge import Key
    from ontology.model import DocumentRecord, FactObject, Finding

TOLD, REFUSED, LEFT_OUT = range(3)
"""What became of a fact: it is in the files, the shapes refuse it, it is below the least confidence."""

_ROWS = 1000
SKETCHES = 256
"""Documents whose rows are together, a kilobyte each."""
_DAY = 86_400.0
_TABLES = (
    "about (name TEXT PRIMARY KEY, value BLOB)",
    "documents (number INTEGER PRIMARY KEY, name BLOB, entry TEXT, size INTEGER, stamp TEXT, age BLOB, copy_of BLOB,"
    " record BLOB)",
    "sketches (block INTEGER PRIMARY KEY, value BLOB)",
    "groups (name BLOB, id BLOB, documents BLOB, value BLOB)",
    "incoming (key BLOB, document INTEGER, value BLOB)",
    "facts (key BLOB, fate INTEGER, is_background INTEGER, pieces INTEGER, is_evidenced INTEGER, is_known INTEGER,"
    " is_asserted INTEGER, object BLOB, best BLOB)",
    "findings (key BLOB, source BLOB, value BLOB)",
)
_INDEXES = (
    ("UNIQUE INDEX", "documents_name", "documents (name)"),
    ("INDEX", "documents_copy_of", "documents (copy_of) WHERE copy_of != x''"),
    ("UNIQUE INDEX", "groups_name", "groups (name)"),
    ("INDEX", "incoming_key", "incoming (key)"),
    ("INDEX", "incoming_document", "incoming (document)"),
    ("UNIQUE INDEX", "facts_key", "facts (key, is_background)"),
    ("INDEX", "findings_source", "findings (source)"),
)

_logger = logging.getLogger(__name__)


class Stale(Exception):
    """What was kept does not fit what is there, or does not say enough."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """What is kept of a fact beside the passages.

    Attributes:
        key: Sorts as facts do.
        fate: `TOLD`, `REFUSED` or `LEFT_OUT`.
        is_background: Whether only gazetteers state it.
        pieces: Its pieces of evidence.
        is_evidenced: Whether all of them have words and place, or it has a source.
        is_known: Whether gazetteers know what a text states.
        is_asserted: Whether the graph has the plain triple.
        encoded: The object where it is an observation or a date; None where it is an entity, which stands in the key.
        best: The fact with its best evidence, encoded, where it is told.
    """

    key: bytes
    fate: int
    is_background: bool
    pieces: int
    is_evidenced: bool
    is_known: bool
    is_asserted: bool
    encoded: bytes | None
    best: bytes | None

    @property
    def relation(self) -> str:
        """The relation, which stands in the key."""
        return self.key.split(b"\0", 2)[1].decode()

    def value(self) -> FactObject:
        """Return the object."""
        if self.encoded is None:
            return _decoded(self.key.split(b"\0", 2)[2])
        value: FactObject = _value(self.encoded)
        return value

    def values(self) -> tuple[object, ...]:
        """Return the columns."""
        return (
            self.key, self.fate, self.is_background, self.pieces, self.is_evidenced, self.is_known, self.is_asserted,
            self.encoded, self.best,
        )  # fmt: skip


class State:
    """The file: one that is begun is written in one go; one that is opened changes as a whole, with `keep`, or not."""

    def __init__(self, path: Path, *, is_new: bool) -> None:
        """Open the file, or begin it.

        Args:
            path: Where it is.
            is_new: Whether it is to be begun.
        """
        self.path, self.is_new = path, is_new
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._seen: set[int] = set()
        self._waiting: dict[str, list[tuple[object, ...]]] = {}
        pragmas = ("journal_mode = OFF", "synchronous = OFF") if is_new else ("synchronous = NORMAL",)
        for pragma in (*pragmas, "locking_mode = EXCLUSIVE", "cache_size = -8192"):
            self.database.execute(f"PRAGMA {pragma}").fetchall()
        self.database.execute("BEGIN")
        for table in _TABLES if is_new else ():
            self.database.execute(f"CREATE TABLE {table}")

    def close(self) -> None:
        """Let go of the file; what was not kept is as it was, and a file that was begun and not kept is gone."""
        self.database.close()
        if self.is_new:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)

    def keep(self, folder: Path, out: Path, decisive: str) -> None:
        """Keep all for the next build, which finds it with `find_state`; what cannot be kept costs that build time.

        Args:
            folder: Folder of the cache.
            out: The output folder, whole.
            decisive: What decides beside the documents.
        """
        try:
            if self.is_new:
                self.change("INSERT INTO about VALUES ('used', ?)", (int(time.time()),))
            self.change("INSERT OR REPLACE INTO about VALUES ('fits', ?)", (_fitting(out, decisive),))
            self.database.execute("COMMIT")
            if self.is_new:
                self.database.close()
                with self.path.open("rb+") as handle:
                    os.fsync(handle.fileno())
                shutil.move(self.path, path_of(folder, out))
        except (OSError, sqlite3.Error) as error:
            _logger.warning("what the next build could use is not kept: %s", error)

    def index(self) -> None:
        """Prepare to find rows by what they are known by."""
        for kind, name, place in _INDEXES:
            self.change(f"CREATE {kind} IF NOT EXISTS {name} ON {place}")

    # --- documents

    def see_file(self, doc: str, stamp: str) -> str | None:
        """Return where the cache has a document whose file is as it was, and note that it is; None where it is not."""
        found = self.row("SELECT number, entry FROM documents WHERE name = ? AND stamp = ?", (sort_key(doc), stamp))
        if found is None:
            return None
        self._seen.add(found[0])
        return str(found[1])

    def see(self, doc: str, entry: str, stamp: str) -> bool:
        """Tell whether a document is as it was, and note so, with the stamp that its file has now."""
        found = self.row("SELECT number, stamp FROM documents WHERE name = ? AND entry = ?", (sort_key(doc), entry))
        if found is None:
            return False
        self._seen.add(found[0])
        if found[1] != stamp:
            self.change("UPDATE documents SET stamp = ? WHERE number = ?", (stamp, found[0]))
        return True

    def entries(self) -> Iterator[str]:
        """Yield where the cache has the documents."""
        return (entry for (entry,) in self.rows("SELECT entry FROM documents"))

    def is_due(self) -> bool:
        """Tell, once a day, that the entries of the cache are to be marked as used."""
        (used,) = self.row("SELECT value FROM about WHERE name = 'used'") or (0,)
        if time.time() - used < _DAY:
            return False
        self.change("UPDATE about SET value = ? WHERE name = 'used'", (int(time.time()),))
        return True

    def document(self, doc: str) -> DocumentRecord | None:
        """Return a document without entities, facts and findings."""
        found = self.row("SELECT record FROM documents WHERE name = ?", (sort_key(doc),))
        return None if found is None else _value(found[0])

    def names(self) -> list[tuple[int, str]]:
        """Return the numbers and names of the documents, in the order of the names."""
        rows = self.rows("SELECT number, name FROM documents ORDER BY name")
        return [(number, name.decode("utf-8", "surrogatepass")) for number, name in rows]

    def set_document(self, record: DocumentRecord) -> None:
        """Say something else of a document."""
        values = encode_value(record), sort_key(record.copy_of), sort_key(record.doc)
        self.change("UPDATE documents SET record = ?, copy_of = ? WHERE name = ?", values)

    def original_of(self, doc: str) -> str:
        """Return what a document is a copy of, or nothing."""
        (found,) = self.row("SELECT copy_of FROM documents WHERE name = ?", (sort_key(doc),)) or (b"",)
        return _decoded(found)

    def unseen(self) -> set[int]:
        """Return the numbers of the documents that `see` has not found as they were."""
        return {number for (number,) in self.rows("SELECT number FROM documents")} - self._seen

    def size(self) -> int:
        """Return the bytes of all results that were found as they were."""
        return sum(size for number, size in self.rows("SELECT number, size FROM documents") if number in self._seen)

    def add_document(self, number: int, record: DocumentRecord, entry: str, size: int, stamp: str) -> None:
        """Add a document, or put another text in its place.

        Args:
            number: Its number.
            record: Without entities, facts and findings.
            entry: Where the cache has all of it.
            size: Bytes of that.
            stamp: What tells that its file is as it was, or nothing.
        """
        age, original = age_key(age_of(record)), sort_key(record.copy_of)
        self.add("documents", (number, sort_key(record.doc), entry, size, stamp, age, original, encode_value(record)))

    def add_sketches(self, rows: NDArray[np.uint32]) -> None:
        """Add what tells which documents resemble each other, a row for each number."""
        for block, start in enumerate(range(0, len(rows), SKETCHES)):
            self.add("sketches", (block, rows[start : start + SKETCHES].tobytes()))

    def set_sketches(self, rows: Mapping[int, bytes]) -> None:
        """Set the rows of some numbers."""
        nobody = row_of(b"")
        for block in sorted({number // SKETCHES for number in rows}):
            (found,) = self.row("SELECT value FROM sketches WHERE block = ?", (block,)) or (b"",)
            value = bytearray(found)
            for number in sorted(number for number in rows if number // SKETCHES == block):
                start = number % SKETCHES * len(nobody)
                value += nobody * ((start + len(nobody) - len(value)) // len(nobody))
                value[start : start + len(nobody)] = rows[number]
            self.change("INSERT OR REPLACE INTO sketches VALUES (?, ?)", (block, bytes(value)))

    def sketches(self) -> bytes:
        """Return the rows of all numbers after each other."""
        return b"".join(value for (value,) in self.rows("SELECT value FROM sketches ORDER BY block"))

    # --- entities, facts, findings

    def add_group(self, group: EntityGroup, numbers: array[int], entity_id: str | None) -> None:
        """Add the entities of a key, or put them in the place of those that were there.

        Args:
            group: What all documents say of them; its documents and ids are not kept.
            numbers: Those of the documents that mention them.
            entity_id: Their id in the corpus, where it is known already.
        """
        value = encode_value((
            group.key, group.first[2], group.periods, group.titles, group.names, group.lasting, group.attributes,
            group.subtype,
        ))  # fmt: skip
        self.add("groups", (_name(group.key), _encoded(entity_id), numbers.tobytes(), value))

    def groups(self) -> Iterator[tuple[EntityGroup, array[int], str | None]]:
        """Yield the entities of all keys, the numbers of the documents that mention them, their ids if known."""
        for entity_id, numbers, value in self.rows("SELECT id, documents, value FROM groups"):
            yield _group(value), array("I", numbers), None if entity_id is None else _decoded(entity_id)

    def group(self, key: Key) -> tuple[EntityGroup, array[int], str] | None:
        """Return what `groups` yields of one key, or None."""
        found = self.row("SELECT id, documents, value FROM groups WHERE name = ?", (_name(key),))
        return None if found is None else (_group(found[2]), array("I", found[1]), _decoded(found[0]))

    def drop_group(self, key: Key) -> None:
        """Forget the entities of a key."""
        self.change("DELETE FROM groups WHERE name = ?", (_name(key),))

    def name_groups(self, ids: Iterable[tuple[Key, str]]) -> None:
        """Set the ids in the corpus of the entities of some keys."""
        self.change("CREATE UNIQUE INDEX IF NOT EXISTS groups_name ON groups (name)")
        rows = ((_encoded(entity_id), _name(key)) for key, entity_id in ids)
        self.database.executemany("UPDATE groups SET id = ? WHERE name = ?", rows)

    def add_incoming(self, key: bytes, number: int, fact: Fact) -> None:
        """Add a fact as one document states it."""
        self.add("incoming", (key, number, encode_value(fact)))

    def incoming(self) -> Iterator[tuple[bytes, Fact]]:
        """Yield all facts as documents state them: those with one key together, in the order of the keys."""
        rows = self.rows("SELECT key, value FROM incoming ORDER BY key, document, rowid")
        return ((key, _value(value)) for key, value in rows)

    def incoming_of(self, key: bytes) -> list[Fact]:
        """Return a fact as each document states it."""
        rows = self.rows("SELECT value FROM incoming WHERE key = ? ORDER BY document, rowid", (key,))
        return [_value(value) for (value,) in rows]

    def keys_of(self, number: int) -> list[bytes]:
        """Return the keys of the facts that a document states."""
        return [key for (key,) in self.rows("SELECT key FROM incoming WHERE document = ?", (number,))]

    def keys_of_background(self) -> list[bytes]:
        """Return the keys of the facts that only gazetteers state."""
        return [key for (key,) in self.rows("SELECT key FROM facts WHERE is_background")]

    def known_facts(self) -> Iterator[Fact]:
        """Yield the facts of the texts that gazetteers know, without their evidence."""
        for (key,) in self.rows("SELECT key FROM facts WHERE is_known"):
            subject, relation, obj = map(_decoded, key.split(b"\0", 2))
            yield Fact(subject, relation, obj)

    def called_for(self) -> set[str]:
        """Return the statements that a fact calls for which is not left out."""
        keys = (key.split(b"\0", 2) for (key,) in self.rows("SELECT key FROM facts WHERE fate != ?", (LEFT_OUT,)))
        return {_decoded(statement) for _, relation, statement in keys if relation == b"calledFor"}

    def fact_rows(self, key: bytes) -> list[FactRow]:
        """Return what is kept of the fact with a key: as the texts state it, as gazetteers do, both or none."""
        return [_fact_row(row) for row in self.rows("SELECT * FROM facts WHERE key = ?", (key,))]

    def best_of(self, key: bytes, *, is_background: int) -> Fact:
        """Return a fact that is told, with its best evidence."""
        found = self.row("SELECT best FROM facts WHERE key = ? AND is_background = ?", (key, is_background))
        assert found is not None
        fact: Fact = _value(found[0])
        return fact

    def fact_rows_about(self, subject: str, relation: str = "") -> Iterator[FactRow]:
        """Yield what is kept of the facts with a subject, and a relation where one is given, in order."""
        start = sort_key(subject, relation) if relation else sort_key(subject, "")
        end = start[:-1] + b"\1" if not relation else start + b"\1"
        return map(_fact_row, self.rows("SELECT * FROM facts WHERE key >= ? AND key < ? ORDER BY key", (start, end)))

    def add_finding(self, finding: Finding, source: bytes) -> None:
        """Add a finding.

        Args:
            finding: What was found.
            source: What it goes with.
        """
        start, end = (0 if offset is None else offset + 1 for offset in (finding.start, finding.end))
        key = sort_key(finding.doc, start, end, finding.code, finding.message)
        self.add("findings", (key, source, encode_value(finding)))

    def findings(self) -> Iterator[Finding]:
        """Yield the findings, those of a document together."""
        return (_value(value) for (value,) in self.rows("SELECT value FROM findings ORDER BY key, rowid"))

    # --- rows

    def add(self, table: str, row: tuple[object, ...]) -> None:
        """Add a row; many are written at once."""
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= _ROWS:
            self._flush(table)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        (number,) = self.row(f"SELECT count(*) FROM {table}") or (0,)
        return int(number)

    def row(self, select: str, values: Iterable[object] = ()) -> tuple[Any, ...] | None:
        """Return the first row that a SELECT finds, or None; all that was added is there."""
        self._flush_all()
        found: tuple[Any, ...] | None = self.database.execute(select, tuple(values)).fetchone()
        return found

    def rows(self, select: str, values: Iterable[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Yield what a SELECT finds; all that was added is there."""
        self._flush_all()
        cursor = self.database.execute(select, tuple(values))
        while rows := cursor.fetchmany(_ROWS):
            yield from rows

    def change(self, statement: str, values: Iterable[object] = ()) -> None:
        """Do what a statement says to all that was added."""
        self._flush_all()
        self.database.execute(statement, tuple(values))

    def _flush_all(self) -> None:
        for table in tuple(self._waiting):
            self._flush(table)

    def _flush(self, table: str) -> None:
        rows = self._waiting.pop(table, [])
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self.database.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)


def begin_state(path: Path) -> State:
    """Begin a file.

    Raises:
        LimitError: It cannot be written.
    """
    try:
        return State(path, is_new=True)
    except sqlite3.Error as error:
        raise _cannot_write(path, error) from error


def find_state(folder: Path, out: Path, decisive: str) -> State | None:
    """Open what the last build into a folder kept, if its files are as it left them.

    Args:
        folder: Folder of the cache.
        out: The output folder.
        decisive: What decides beside the documents.
    """
    path = path_of(folder, out)
    if not path.is_file():
        return None
    state = None
    try:
        state = State(path, is_new=False)
        if state.row("SELECT value FROM about WHERE name = 'fits'") == (_fitting(out, decisive),):
            os.utime(path)
            return state
    except (OSError, sqlite3.Error) as error:
        _logger.info("what the last build kept: %s", error)
    if state is not None:
        state.close()
    return None


def path_of(folder: Path, out: Path) -> Path:
    """Return where in a cache a build into a folder keeps what the next one can use."""
    return folder / f"{KEPT}{hashlib.sha256(os.fsencode(out.resolve())).hexdigest()[:16]}"


def source_of(number: int) -> bytes:
    """Return what the findings of a document go with."""
    return b"document %d" % number


def copy_source(number: int) -> bytes:
    """Return what the finding goes with that a document is a copy."""
    return b"copy %d" % number


def age_key(age: Age) -> bytes:
    """Return bytes that sort as ages do."""
    date, less_length, doc = age
    return sort_key(date, 2**62 + less_length, doc)


@contextlib.contextmanager
def explain_sqlite(state: State) -> Iterator[None]:
    """Turn what SQLite says into an error of ours, or into a reason to do without what an earlier build kept.

    Raises:
        LimitError: A new file cannot be written.
        Stale: A kept file cannot be read or written, or is not what a build wrote.
    """
    try:
        yield
    except sqlite3.Error as error:
        if not state.is_new:
            raise Stale(str(error)) from error
        raise _cannot_write(state.path, error) from error


def _cannot_write(path: Path, error: sqlite3.Error) -> LimitError:
    hint = "free some disk; the variable SQLITE_TMPDIR says where sorting takes place"
    return LimitError(f"The work file {path} cannot be written: {error}.", hint=hint)


def _fitting(out: Path, decisive: str) -> str:
    manifest = (out / output.MANIFEST).read_bytes()
    return hashlib.sha256(f"{decisive} {output.sha256_of(manifest)}".encode()).hexdigest()


def _name(key: Key) -> bytes:
    return repr(key).encode()


def _encoded(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogatepass")


def _value(data: bytes) -> Any:
    """Return what `encode_value` was given.

    Raises:
        Stale: It is damaged.
    """
    try:
        return records.decode_value(data)
    except Exception as error:  # pickle raises nearly anything on damaged bytes
        raise Stale(f"what was kept is damaged: {error}") from error


def _group(value: bytes) -> EntityGroup:
    key, first, *said = _value(value)
    return EntityGroup(key, ("", 0, first), (), (), *said)


def _fact_row(row: tuple[Any, ...]) -> FactRow:
    key, fate, is_background, pieces, is_evidenced, is_known, is_asserted, value, best = row
    flags = bool(is_evidenced), bool(is_known), bool(is_asserted)
    return FactRow(key, fate, bool(is_background), pieces, *flags, value, best)
