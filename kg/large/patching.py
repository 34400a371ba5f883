"""Change some blocks of a sorted file: they are found by halving, all else is copied."""

from __future__ import annotations

import hashlib
import json
import mmap
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from extract.resolution.merge import fact_key
from ontology.model import DateValue, Fact, Finding, Observation
from ontology.turtle import subject_order

from .state import Stale, finding_key
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ontology.model import FactObject

_CHUNK = 1 << 20
_FEW = 4
"""Blocks with one key that are passed one by one; where more are, the last is found by halving."""
_ID = re.compile(rb'\{"id": ("[^"\\]*(?:\\.[^"\\]*)*")')
"""How the line of an entity begins, which may be as long as its documents are many."""


class SortedFile:
    """A file of blocks, each with a key, sorted by it; blocks with one key stand together.

    As a context manager: closed at its end.
    """

    def __init__(self, path: Path, boundary: bytes, key_of: Callable[[bytes], bytes]) -> None:
        """Open the file.

        Args:
            path: The file.
            boundary: What stands where a block begins, right after its first byte.
            key_of: Returns the key of a block, given its bytes.
        """
        self._path, self._boundary, self._key_of = path, boundary, key_of
        self._handle = path.open("rb")
        self._size = path.stat().st_size
        self._found: dict[bytes, tuple[int, int]] = {}
        self._map = mmap.mmap(self._handle.fileno(), 0, access=mmap.ACCESS_READ) if self._size else None
        self._first = 0 if boundary == b"\n" else self._next(0)

    def __enter__(self) -> SortedFile:
        return self

    def __exit__(self, *_: object) -> None:
        if self._map is not None:
            self._map.close()
        self._handle.close()

    def find(self, key: bytes) -> tuple[int, int]:
        """Return where the blocks with a key begin and end; where there are none, both are where they belong."""
        if key not in self._found:
            start = end = self._first_from(lambda found: found < key)
            for _ in range(_FEW):
                following = self._next(end)
                if self._map is None or end == self._size or self._key_of(self._map[end:following]) != key:
                    break
                end = following
            else:
                end = self._first_from(lambda found: found <= key, end)
            self._found[key] = start, end
        return self._found[key]

    def block(self, key: bytes) -> bytes:
        """Return the blocks with a key."""
        start, end = self.find(key)
        return self._map[start:end] if self._map is not None else b""

    def patched(self, changes: Mapping[bytes, bytes], digest: str) -> Iterator[bytes]:
        """Yield the file with other blocks.

        Args:
            changes: For each key its new blocks; none where they are to go.
            digest: SHA-256 of the file as it is to be.

        Raises:
            Stale: It is not the file that it should be; known at the end.
        """
        found = hashlib.sha256()
        position = 0
        with ThreadPoolExecutor(1) as pool:  # whoever takes the chunks makes a digest of them meanwhile
            for key in (*sorted(changes), None):
                start, end = (self._size, self._size) if key is None else self.find(key)
                for chunk in self._read(position, start):
                    taken = pool.submit(found.update, chunk)
                    yield chunk
                    taken.result()
                for chunk in self._read(start, end):
                    found.update(chunk)
                if key is not None:
                    yield changes[key]
                position = end
        if found.hexdigest() != digest:
            raise Stale(f"{self._path} is not the file that was written")

    def _read(self, start: int, end: int) -> Iterator[bytes]:
        self._handle.seek(start)
        while start < end:
            chunk = self._handle.read(min(_CHUNK, end - start))
            if not chunk:
                raise Stale(f"{self._path} became shorter")
            start += len(chunk)
            yield chunk

    def _first_from(self, comes_before: Callable[[bytes], bool], low: int | None = None) -> int:
        """Return where the first block begins whose key does not come before."""
        low, high = self._first if low is None else low, self._size
        while low < high:
            start = self._last_until((low + high) // 2, low)
            end = self._next(start)
            assert self._map is not None
            if comes_before(self._key_of(self._map[start:end])):
                low = end
            else:
                high = start
        return low

    def _last_until(self, position: int, low: int) -> int:
        """Return where the last block begins that begins not behind a position."""
        assert self._map is not None
        found = self._map.rfind(self._boundary, max(0, low - 1), position - 1 + len(self._boundary))
        return max(low, found + 1)

    def _next(self, start: int) -> int:
        """Return where the block after the one that begins here begins."""
        found = -1 if self._map is None else self._map.find(self._boundary, start)
        return self._size if found < 0 else found + 1


def open_turtle(path: Path) -> SortedFile:
    """Open a `graph.ttl`: a block is what is said of a subject."""
    return SortedFile(path, b"\n\n", _key_of_subject)


def open_facts(path: Path) -> SortedFile:
    """Open a `facts.jsonl`: a block is a line, and the lines of a fact have one key."""
    return SortedFile(path, b"\n", _key_of_line)


def open_entities(path: Path) -> SortedFile:
    """Open an `entities.jsonl`: a block is a line."""
    return SortedFile(path, b"\n", _key_of_entity)


def open_findings(path: Path) -> SortedFile:
    """Open a `findings.jsonl`: a block is a line, and lines that say the same of one place have one key."""
    return SortedFile(path, b"\n", _key_of_finding)


def _key_of_subject(block: bytes) -> bytes:
    subject, space, _ = block[1:].partition(b" ")
    if not space:
        raise Stale("graph.ttl holds what no build writes")
    return sort_key(*subject_order(subject.decode("utf-8", "surrogatepass")))


def _key_of_line(line: bytes) -> bytes:
    try:
        record = json.loads(line)
        return sort_key(*fact_key(Fact(record["subject"], record["relation"], _object(record["object"]))))
    except (ValueError, KeyError, TypeError) as error:
        raise Stale("facts.jsonl holds what no build writes") from error


def _key_of_entity(line: bytes) -> bytes:
    found = _ID.match(line)
    if found is None:
        raise Stale("entities.jsonl holds what no build writes")
    return sort_key(json.loads(found[1]))


def _key_of_finding(line: bytes) -> bytes:
    try:
        return finding_key(Finding(**json.loads(line)))
    except (ValueError, TypeError) as error:
        raise Stale("findings.jsonl holds what no build writes") from error


def _object(value: str | dict[str, object]) -> FactObject:
    """Return the object that `object_record` wrote."""
    if isinstance(value, str):
        return value
    if "measure" not in value:
        return DateValue(str(value["value"]))
    measure, number, factor, unit, comparison, period = value.values()
    return Observation(measure, float(number), float(factor), unit, comparison, period)  # type: ignore[arg-type]
