"""A mistake in a pack, with its place."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

Severity: TypeAlias = Literal["error", "unproved", "warning"]
"""`error`: a build would fail or go wrong; `unproved`: an example does not hold; `warning`: it may be meant."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, or may be.

    Attributes:
        file: The file, as a path.
        line: Its line, counted from 1; 0 where no line can be named.
        severity: How bad it is.
        message: What is wrong.
        hint: What to do about it.
    """

    file: str
    line: int
    severity: Severity
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{place}: {self.severity}: {self.message}"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


class SourceFile:
    """A file of a pack with its lines, so that a mistake can be shown where it stands."""

    def __init__(self, path: Traversable) -> None:
        self.path = path
        self.lines = path.read_bytes().decode("utf-8", "replace").splitlines()

    def line_of(self, *words: str) -> int:
        """Return the line of the second word at or behind the first one's, else the first one's; 0 where none is."""
        start = self._next(words[0], 0)
        return (self._next(words[1], start - 1) if len(words) > 1 and start else 0) or start

    def _next(self, word: str, index: int) -> int:
        for number, line in enumerate(self.lines[index:], start=index + 1):
            if word in line and not line.lstrip().startswith("#"):
                return number
        return 0

    def problem(self, severity: Severity, message: str, *words: str, hint: str = "") -> Problem:
        """Return a problem at the line that holds these words."""
        return Problem(str(self.path), self.line_of(*words) if words else 0, severity, message, hint)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a suggestion for a misspelt word, or an empty string."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""
