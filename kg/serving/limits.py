"""What a query may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one query, and of all that run at once.

    Attributes:
        seconds: Wall time; the kernel ends the process then.
        rows: Rows of an answer (triples of a graph).
        bytes: Size of an answer.
        memory: Bytes that a query may use beyond what the graph takes.
        queries: Queries that run at once.
        long_queries: How many of these may have run for longer than `quick`; one more is ended, so that short
            queries always find a place.
        quick: Seconds after which a query counts as long.
        patience: Seconds that a query waits for a place.
    """

    seconds: float = 10.0
    rows: int = 100_000
    bytes: int = 50_000_000
    memory: int = 2 << 30
    queries: int = 8
    long_queries: int = 4
    quick: float = 0.5
    patience: float = 5.0
