"""What comes back from annotators."""

from __future__ import annotations

from dataclasses import dataclass

from .marks import MarkedText


@dataclass(frozen=True, slots=True)
class Returned:
    """One document that came back.

    Attributes:
        doc: Its name.
        marked: What was made of it, None where nothing was.
        problems: What of it is not understood.
    """

    doc: str
    marked: MarkedText | None
    problems: tuple[str, ...] = ()
