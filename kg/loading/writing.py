"""Send rows to the server: the next batch is made and sent while the server works on the last."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .changes import Row

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Session
    from neo4j.exceptions import Neo4jError


_STUMBLES = 3
"""How often a batch is sent again because the driver stumbled over an error that it would have repeated."""


class Progress(Protocol):
    """Called while a load runs, always from the thread that loads."""

    def __call__(self, stage: str, done: int, detail: str) -> None:
        """Show where the load is."""


@dataclass(frozen=True, slots=True)
class Step:
    """Things to write with one statement.

    Attributes:
        stage: What is written, for people.
        statement: Cypher that works on `$rows`.
        items: The things.
        row: Makes a row of a thing, when its batch is due: a load of millions holds the rows of a few batches only.
        parameters: Of the statement, beside the rows.
        otherwise: Statements for a batch that a constraint refuses, because somebody else has written part of it.
    """

    stage: str
    statement: str
    items: Sequence[Any]
    row: Callable[[Any], Row] = dict
    parameters: Mapping[str, Any] = field(default_factory=dict)
    otherwise: tuple[str, ...] = ()


Phase = tuple[int, Sequence[Step]]
"""Steps that may run in any order, and how many batches of them the server may work on at the same time."""


class Writer:
    """Writes phases one after the other, each batch in a transaction of its own.

    Attributes:
        counters: What the server counted, over all batches.
    """

    def __init__(self, session: Callable[[], Session], progress: Progress, batch: int) -> None:
        self.session, self.progress, self.batch = session, progress, batch
        self.counters: dict[str, int] = {}

    def write(self, phases: Iterable[Phase]) -> None:
        """Write everything; the first error ends it, and leaves no batch in the making."""
        for width, steps in phases:
            if any(step.items for step in steps):
                self._write_phase(width, steps)

    def _write_phase(self, width: int, steps: Sequence[Step]) -> None:
        waiting: deque[tuple[Future[dict[str, int]], Step, int, float]] = deque()
        with ThreadPoolExecutor(width, thread_name_prefix="load") as pool:
            try:
                for step, start, done, rows in self._batches(steps):
                    # One batch more than the server works on: made, and sent as soon as one is committed.
                    while len(waiting) > width:
                        self._finish(*waiting.popleft())
                    waiting.append((pool.submit(self._send, step, rows), step, done, start))
                while waiting:
                    self._finish(*waiting.popleft())
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    def _batches(self, steps: Sequence[Step]) -> Iterator[tuple[Step, float, int, list[Row]]]:
        """Yield each batch with its step, when that began, and how many things of it are done with this batch."""
        for step in steps:
            start = time.monotonic()
            for first in range(0, len(step.items), self.batch):
                part = step.items[first : first + self.batch]
                yield step, start, first + len(part), [step.row(item) for item in part]

    def _send(self, step: Step, rows: list[Row]) -> dict[str, int]:
        """Write one batch."""
        from neo4j.exceptions import ConstraintError

        parameters = {"rows": rows, **step.parameters}
        try:
            return self._execute((step.statement,), parameters)
        except ConstraintError:
            if not step.otherwise:
                raise
            return self._execute(step.otherwise, parameters)

    def _execute(self, statements: Sequence[str], parameters: dict[str, Any]) -> dict[str, int]:
        """Run statements in a transaction, which the driver repeats for a while when it fails.

        While it takes back what the server refused, the driver can stumble over a result that has failed with the
        rest, and raise that. What counts is what the server said.
        """
        from neo4j.exceptions import DriverError

        for again in range(_STUMBLES, -1, -1):
            try:
                with self.session() as session:
                    return session.execute_write(run_statements, statements, parameters)
            except DriverError as error:
                said = _said_by_server(error)
                if said is None:
                    raise
                if not (again and said.is_retryable()):
                    raise said from error
        raise AssertionError("the last turn returns or raises")

    def _finish(self, sent: Future[dict[str, int]], step: Step, done: int, start: float) -> None:
        for name, count in sent.result().items():
            self.counters[name] = self.counters.get(name, 0) + count
        rate = done / max(time.monotonic() - start, 0.001)
        self.progress(step.stage, done, f"{done:,}/{len(step.items):,}, {rate:,.0f} a second")


def _said_by_server(error: BaseException | None) -> Neo4jError | None:
    """Return what the server said behind an error of the driver, if it said anything."""
    from neo4j.exceptions import Neo4jError

    while error is not None and not isinstance(error, Neo4jError):
        error = error.__cause__ or error.__context__
    return error


def run_statements(tx: ManagedTransaction, statements: Sequence[str], parameters: dict[str, Any]) -> dict[str, int]:
    """Run statements in a transaction and return the counters that are not zero."""
    found: dict[str, int] = {}
    for statement in statements:
        for name, value in vars(tx.run(statement, parameters).consume().counters).items():
            if type(value) is int and value:
                found[name] = found.get(name, 0) + value
    return found
