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
from .totals import Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from extract.resolution.copies import Age
    from extract.resolution.merge import Form, Key
    from ontology.model import DocumentRecord, Entity, FactObject, Finding

    from ..tally import Tally

TOLD, REFUSED, LEFT_OUT = range(3)
"""What became of a fact: it is in the files, the shapes refuse it, it is below the least confidence."""
TITLE, LASTING, CLAIMED = 1, 2, 4
"""What a form of a name is to the entities of a key: of a canonical name, of one that means it everywhere, of any."""

_ROWS = 1000
SKETCHES = 256
"""Documents whose rows are together, a kilobyte each."""
_DAY = 86_400.0
_TABLES = (
    "about (name TEXT PRIMARY KEY, value BLOB)",
    "documents (number INTEGER PRIMARY KEY, name BLOB, entry TEXT, size INTEGER, stamp TEXT, age BLOB, copy_of BLOB,"
    " record BLOB)",
    "sketches (block INTEGER PRIMARY KEY, value BLOB)",
    "groups (number INTEGER PRIMARY KEY, name BLOB, id BLOB, documents BLOB, value BLOB)",
    "found_forms (form INTEGER, number INTEGER, flags INTEGER)",
    "forms (form INTEGER, number INTEGER, flags INTEGER, PRIMARY KEY (form, number)) WITHOUT ROWID",
    "entities (id BLOB, is_background INTEGER, is_known INTEGER, degree INTEGER, value BLOB)",
    "incoming (key BLOB, document INTEGER, value BLOB)",
    "facts (key BLOB, fate INTEGER, is_background INTEGER, pieces INTEGER, is_evidenced INTEGER, is_known INTEGER,"
    " is_asserted INTEGER, called BLOB, object BLOB, best BLOB)",
    "findings (key BLOB, source BLOB, is_error INTEGER, value BLOB)",
)
_INDEXES = (
    ("UNIQUE INDEX", "documents_name", "documents (name)"),
    ("INDEX", "documents_copy_of", "documents (copy_of) WHERE copy_of != x''"),
    ("UNIQUE INDEX", "groups_name", "groups (name)"),
    ("INDEX", "groups_id", "groups (id)"),
    ("UNIQUE INDEX", "entities_id", "entities (id)"),
    ("INDEX", "entities_rank", "entities (is_background, degree DESC, id)"),
    ("INDEX", "entities_known", "entities (is_background, id) WHERE is_known"),
    ("INDEX", "incoming_key", "incoming (key)"),
    ("INDEX", "incoming_document", "incoming (document)"),
    ("UNIQUE INDEX", "facts_key", "facts (key, is_background)"),
    ("INDEX", "facts_known", "facts (key) WHERE is_known"),
    ("INDEX", "facts_background", "facts (key) WHERE is_background"),
    ("INDEX", "facts_called", "facts (called) WHERE called IS NOT NULL"),
    ("INDEX", "facts_best", "facts (fate, pieces DESC, key) WHERE pieces > 1"),
    ("INDEX", "findings_source", "findings (source)"),
    ("INDEX", "findings_key", "findings (key)"),
    ("INDEX", "findings_error", "findings (key) WHERE is_error"),
)

_FACTS = "SELECT key, fate, is_background, pieces, is_evidenced, is_known, is_asserted, object, best FROM facts"

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

    def ends(self) -> tuple[str, ...]:
        """Return the entities that it is about."""
        ends = ends_of(self.key)
        return ends if self.encoded is None else ends[:1]

    def values(self) -> tuple[object, ...]:
        """Return the columns."""
        _, relation, obj = self.key.split(b"\0", 2)
        return (
            self.key, self.fate, self.is_background, self.pieces, self.is_evidenced, self.is_known, self.is_asserted,
            obj if relation == b"calledFor" else None, self.encoded, self.best,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupRow:
    """What is kept of the entities of a key.

    Attributes:
        number: Its place in the file.
        group: What all documents say of them; its documents and ids are not kept.
        documents: Numbers of the documents that mention them, ascending.
        id: Their id in the corpus, where it is known already.
    """

    number: int
    group: EntityGroup
    documents: array[int]
    id: str | None


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
        self.totals = Totals()
        pragmas = ("journal_mode = OFF", "synchronous = OFF") if is_new else ("synchronous = NORMAL",)
        for pragma in (*pragmas, "locking_mode = EXCLUSIVE", "cache_size = -8192"):
            self.database.execute(f"PRAGMA {pragma}").fetchall()
        self.database.execute("BEGIN")
        for table in _TABLES if is_new else ():
            self.database.execute(f"CREATE TABLE {table}")
        if not is_new:
            (kept,) = self.row("SELECT value FROM about WHERE name = 'totals'") or ("[]",)
            self.totals = Totals(kept)

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
            for name, value in (("totals", self.totals.kept()), ("fits", _fitting(out, decisive))):
                self.change("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))
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
        self.change("INSERT INTO forms SELECT * FROM found_forms ORDER BY form, number")
        self.change("DROP TABLE found_forms")
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

    # --- entities

    def add_group(self, row: GroupRow) -> None:
        """Add the entities of a key, or put them in the place of those with the same number."""
        group = row.group
        value = encode_value((
            group.key, group.first[2], group.periods, group.titles, group.names, group.lasting, group.attributes,
            group.subtype,
        ))  # fmt: skip
        self.add("groups", (row.number, _name(group.key), _encoded(row.id), row.documents.tobytes(), value))
        table = "found_forms" if self.is_new else "forms"
        for form, flags in forms_of(group).items():
            self.add(table, (form, row.number, flags))

    def group(self, key: Key) -> GroupRow | None:
        """Return the entities of a key, or None."""
        return self._group("name = ?", _name(key))

    def group_at(self, number: int) -> GroupRow:
        """Return the entities with a number.

        Raises:
            Stale: There are none.
        """
        found = self._group("number = ?", number)
        if found is None:
            raise Stale("names are kept of which nothing else is known")
        return found

    def _group(self, condition: str, value: object) -> GroupRow | None:
        found = self.row(f"SELECT number, value, documents, id FROM groups WHERE {condition}", (value,))
        if found is None:
            return None
        number, data, documents, entity_id = found
        return GroupRow(number, _group(data), array("I", documents), None if entity_id is None else _decoded(entity_id))

    def groups_called(self, entity_id: str) -> list[int]:
        """Return the numbers of the entities that have an id in the corpus."""
        return [number for (number,) in self.rows("SELECT number FROM groups WHERE id = ?", (_encoded(entity_id),))]

    def last_group(self) -> int:
        """Return the highest number that entities have."""
        (last,) = self.row("SELECT ifnull(max(number), -1) FROM groups") or (-1,)
        return int(last)

    def drop_group(self, row: GroupRow) -> None:
        """Forget the entities of a key."""
        self.change("DELETE FROM groups WHERE number = ?", (row.number,))
        for form in forms_of(row.group):
            self.change("DELETE FROM forms WHERE form = ? AND number = ?", (form, row.number))

    def carriers(self, form: int) -> list[tuple[int, int]]:
        """Return the numbers of the entities that carry a form of a name, and what it is to each."""
        return list(self.rows("SELECT number, flags FROM forms WHERE form = ?", (form,)))

    def claimants(self, form: int) -> Iterator[tuple[int, str]]:
        """Yield the numbers and ids of the entities that have a name, but for those without id."""
        select = (
            "SELECT number, id FROM forms JOIN groups USING (number) WHERE form = ? AND flags & ? AND id IS NOT NULL"
        )
        return ((number, _decoded(entity_id)) for number, entity_id in self.rows(select, (form, CLAIMED)))

    def name_groups(self, ids: Iterable[tuple[Key, str]]) -> None:
        """Set the ids in the corpus of the entities of some keys."""
        self.change("CREATE UNIQUE INDEX IF NOT EXISTS groups_name ON groups (name)")
        rows = ((_encoded(entity_id), _name(key)) for key, entity_id in ids)
        self.database.executemany("UPDATE groups SET id = ? WHERE name = ?", rows)

    def add_entity(self, entity: Entity, *, degree: int, is_known: bool) -> None:
        """Add an entity.

        Args:
            entity: With as many of its documents as the picture shows.
            degree: How many facts of the texts it has.
            is_known: Whether a gazetteer has it.
        """
        is_background = entity.origin != "extracted"
        self.totals.count_entity(entity.type, 1, is_background=is_background)
        self.add("entities", (sort_key(entity.id), is_background, is_known, degree, encode_value(entity)))

    def drop_entity(self, entity: Entity) -> int:
        """Remove an entity, and return how many facts of the texts it had."""
        (degree,) = self.row("SELECT degree FROM entities WHERE id = ?", (sort_key(entity.id),)) or (0,)
        self.change("DELETE FROM entities WHERE id = ?", (sort_key(entity.id),))
        self.totals.count_entity(entity.type, -1, is_background=entity.origin != "extracted")
        return int(degree)

    def entity(self, entity_id: str) -> Entity | None:
        """Return an entity with the first of its documents, or None."""
        found = self.row("SELECT value FROM entities WHERE id = ?", (sort_key(entity_id),))
        return None if found is None else _value(found[0])

    def entity_ids(self, *, is_background: bool) -> set[str]:
        """Return the entities of gazetteers that texts mention, or those that none does."""
        select = "SELECT id FROM entities WHERE is_background = ? AND is_known"
        return {_decoded(found) for (found,) in self.rows(select, (is_background,))}

    def add_degrees(self, degrees: Mapping[str, int]) -> None:
        """Add to how many facts of the texts entities have."""
        rows = ((more, sort_key(entity_id)) for entity_id, more in degrees.items() if more)
        self._flush_all()
        self.database.executemany("UPDATE entities SET degree = degree + ? WHERE id = ?", rows)

    def best_connected(self, most: int) -> list[Entity]:
        """Return so many entities, those of the texts with the most facts first."""
        select = "SELECT value FROM entities ORDER BY is_background, degree DESC, id LIMIT ?"
        return [_value(value) for (value,) in self.rows(select, (most,))]

    # --- facts, findings

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

    def add_fact(self, row: FactRow) -> None:
        """Add what becomes of a fact."""
        self._count_fact(row, 1)
        self.add("facts", row.values())

    def drop_facts(self, key: bytes, *, is_background: bool) -> list[FactRow]:
        """Remove the fact with a key that texts state, or gazetteers; return what was kept of it."""
        rows = [row for row in self.fact_rows(key) if row.is_background == is_background]
        for row in rows:
            self._count_fact(row, -1)
        self.change("DELETE FROM facts WHERE key = ? AND is_background = ?", (key, is_background))
        return rows

    def keys_of_background(self) -> list[bytes]:
        """Return the keys of the facts that only gazetteers state."""
        return [key for (key,) in self.rows("SELECT key FROM facts WHERE is_background")]

    def known_facts(self) -> Iterator[Fact]:
        """Yield the facts of the texts that gazetteers know, without their evidence."""
        for (key,) in self.rows("SELECT key FROM facts WHERE is_known"):
            subject, relation, obj = map(_decoded, key.split(b"\0", 2))
            yield Fact(subject, relation, obj)

    def is_called_for(self, statement: str) -> bool:
        """Whether a fact calls for a statement which is not left out."""
        values = _encoded(statement), LEFT_OUT
        return self.row("SELECT 1 FROM facts WHERE called = ? AND fate != ? LIMIT 1", values) is not None

    def fact_rows(self, key: bytes) -> list[FactRow]:
        """Return what is kept of the fact with a key: as the texts state it, as gazetteers do, both or none."""
        return [_fact_row(row) for row in self.rows(f"{_FACTS} WHERE key = ?", (key,))]

    def best_of(self, key: bytes, *, is_background: int) -> Fact:
        """Return a fact that is told, with its best evidence."""
        found = self.row("SELECT best FROM facts WHERE key = ? AND is_background = ?", (key, is_background))
        assert found is not None
        fact: Fact = _value(found[0])
        return fact

    def best_supported(self) -> Iterator[tuple[bytes, bool, bool]]:
        """Yield the keys of the facts that are told, those with the most evidence first, then by key.

        With each comes whether its object is an entity, and whether only gazetteers state it.
        """
        for condition in ("pieces > 1", "pieces = 1", "pieces = 0 AND is_background"):
            select = f"SELECT key, object IS NULL, is_background FROM facts WHERE fate = ? AND {condition}"
            yield from self.rows(f"{select} ORDER BY pieces DESC, key", (TOLD,))

    def fact_rows_about(self, subject: str, relation: str = "") -> Iterator[FactRow]:
        """Yield what is kept of the facts with a subject, and a relation where one is given, in order."""
        start = sort_key(subject, relation) if relation else sort_key(subject, "")
        end = start[:-1] + b"\1" if not relation else start + b"\1"
        return map(_fact_row, self.rows(f"{_FACTS} WHERE key >= ? AND key < ? ORDER BY key", (start, end)))

    def add_finding(self, finding: Finding, source: bytes) -> None:
        """Add a finding.

        Args:
            finding: What was found.
            source: What it goes with.
        """
        key = finding_key(finding)
        self.totals.count_finding(finding, 1)
        self.add("findings", (key, source, finding.severity == "error", encode_value(finding)))

    def drop_findings(self, source: bytes) -> list[bytes]:
        """Remove the findings that go with something, and return their keys."""
        rows = list(self.rows("SELECT key, value FROM findings WHERE source = ?", (source,)))
        for _, value in rows:
            self.totals.count_finding(_value(value), -1)
        self.change("DELETE FROM findings WHERE source = ?", (source,))
        return [key for key, _ in rows]

    def findings(self) -> Iterator[Finding]:
        """Yield the findings, those of a document together."""
        return (_value(value) for (value,) in self.rows("SELECT value FROM findings ORDER BY key, rowid"))

    def findings_of(self, key: bytes) -> Iterator[Finding]:
        """Yield the findings with a key."""
        return (
            _value(value) for (value,) in self.rows("SELECT value FROM findings WHERE key = ? ORDER BY rowid", (key,))
        )

    # --- numbers

    def _count_fact(self, row: FactRow, number: int) -> None:
        """Count a fact, or take it back."""
        if row.fate == LEFT_OUT:
            self.totals.count_left_out(number)
        elif row.fate == TOLD:
            self.totals.count_fact(
                row.relation,
                number,
                is_background=row.is_background,
                pieces=row.pieces,
                is_evidenced=row.is_evidenced,
            )

    def tally(self) -> Tally:
        """Return what all came to."""
        lost = self.rows("SELECT value FROM findings WHERE is_error ORDER BY key, rowid")
        return self.totals.tally([_value(value) for (value,) in lost])

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


def forms_of(group: EntityGroup) -> dict[int, int]:
    """Return the forms of the names of a group, and what each is to it: `TITLE`, `LASTING` and `CLAIMED`, added up.

    A form is a number of 64 bits, which two forms share once among some 10^19 pairs.
    """
    found: dict[int, int] = {}
    for flag, forms in (
        (TITLE, group.title_forms()),
        (LASTING, group.lasting_forms()),
        (CLAIMED, group.claimed_forms()),
    ):
        for form in map(form_number, forms):
            found[form] = found.get(form, 0) | flag
    return found


def form_number(form: Form) -> int:
    """Return the number of a form of a name."""
    digest = hashlib.blake2b("\0".join(form).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def ends_of(key: bytes) -> tuple[str, str]:
    """Return the subject of a fact, and the object where that is an entity, by its key."""
    subject, _, obj = key.split(b"\0", 2)
    return _decoded(subject), _decoded(obj)


def finding_key(finding: Finding) -> bytes:
    """Return what sorts as findings do."""
    start, end = (0 if offset is None else offset + 1 for offset in (finding.start, finding.end))
    return sort_key(finding.doc, start, end, finding.code, finding.message)


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
