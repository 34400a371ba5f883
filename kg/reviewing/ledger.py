"""The file of decisions while people work on it: each click is a line at once, and can be taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ontology.errors import UsageError

from ..curation import Decision, format_decisions, parse_decision, read_decisions
from ..output import write_file


@dataclass(frozen=True, slots=True)
class _Step:
    """What one click did to the file."""

    added: tuple[Decision, ...]
    removed: tuple[Decision, ...]


class Ledger:
    """A file of decisions.

    The file is read anew before each change, so that what an editor or git wrote meanwhile stays. It is sorted, and
    whole at any moment.

    Args:
        path: The file; made by the first decision when missing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._steps: list[_Step] = []
        self._lock = threading.Lock()

    def read(self) -> tuple[Decision, ...]:
        """Return what is decided.

        Raises:
            ConfigurationError: Lines of the file are wrong; it says which.
        """
        return read_decisions(self.path) if self.path.exists() else ()

    @property
    def undoable(self) -> int:
        """How many clicks can be taken back."""
        return len(self._steps)

    def decide(self, record: Mapping[str, Any]) -> Decision:
        """Write a decision down; it takes the place of what the same person decided about the same thing before.

        Raises:
            ConfigurationError: The decision, or a line of the file, is wrong.
            OutputError: The file cannot be written.
        """
        decision = parse_decision(record)
        self._change(lambda old: [d for d in old if (d.by, d.anchor) != (decision.by, decision.anchor)] + [decision])
        return decision

    def withdraw(self, record: Mapping[str, Any]) -> Decision:
        """Remove a decision.

        Raises:
            UsageError: It is not in the file.
        """
        decision = parse_decision(record)
        if decision not in self.read():
            raise UsageError("That decision is not in the file any more.", hint="reload the page")
        self._change(lambda old: [d for d in old if d != decision])
        return decision

    def undo(self) -> None:
        """Take back the last click that this server wrote down.

        Raises:
            UsageError: There is none.
        """
        if not self._steps:
            raise UsageError("There is nothing to take back.", hint="the list of decisions can remove older ones")
        step = self._steps[-1]
        self._change(lambda old: [*(d for d in old if d not in step.added), *step.removed], is_undo=True)

    def _change(self, make: Callable[[Iterable[Decision]], Iterable[Decision]], *, is_undo: bool = False) -> None:
        with self._lock:
            old = self.read()
            new = tuple(make(old))
            write_file(self.path, format_decisions(new).encode())
            if is_undo:
                self._steps.pop()
            else:
                added, removed = (tuple(d for d in a if d not in b) for a, b in ((new, old), (old, new)))
                self._steps.append(_Step(added, removed))
