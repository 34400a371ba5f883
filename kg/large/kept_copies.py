"""Which documents were found to be copies of which, as the last build kept it."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from extract.resolution.copies import find_alike, sketch_rows

from .state import Stale

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

    from .state import State

ASKED = 2_000
"""Documents of which may be asked who resembles them, before all is made anew: 15 ms for each 100,000 documents."""
_GONE = -1


class KeptCopies:
    """`extract.resolution.copies.Known` of what is kept."""

    def __init__(self, state: State, new: Collection[int]) -> None:
        """Begin.

        Args:
            state: With the documents and rows as they are now, and whose copies they were.
            new: Documents that came or have another text.
        """
        self.state, self.new, self.asked = state, new, 0
        self.age = lru_cache(maxsize=None)(self._age)
        self.original = lru_cache(maxsize=None)(self._original)

    @cached_property
    def rows(self) -> NDArray[np.uint32]:
        """What tells which documents resemble each other, a row for each number."""
        return sketch_rows(self.state.sketches())

    def _age(self, number: int) -> bytes:
        (age,) = self.state.row("SELECT age FROM documents WHERE number = ?", (number,)) or (b"",)
        return bytes(age)

    def _original(self, number: int) -> int | None:
        if number in self.new:
            return None
        (name,) = self.state.row("SELECT copy_of FROM documents WHERE number = ?", (number,)) or (b"",)
        if not name:
            return number
        (original,) = self.state.row("SELECT number FROM documents WHERE name = ?", (name,)) or (_GONE,)
        return int(original)

    def copies_of(self, number: int) -> list[int]:
        """Return the documents that were found to be copies of one."""
        copies = (
            "SELECT number FROM documents WHERE copy_of != x''"
            " AND copy_of = (SELECT name FROM documents WHERE number = ?)"
        )
        return [copy for (copy,) in self.state.rows(copies, (number,))]

    def alike(self, number: int) -> list[tuple[int, float]]:
        """Return the documents that share enough with one, and how much that is."""
        self.asked += 1
        if self.asked > ASKED:
            raise Stale("too many documents may have become copies")
        return find_alike(self.rows, number)
