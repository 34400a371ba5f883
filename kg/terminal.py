"""Text for a terminal: columns, colour where it is wanted, a progress line."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, TextIO

from queries.formats import display_width

if TYPE_CHECKING:
    from collections.abc import Sequence

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class Style:
    """Colour for one stream: only on a terminal, never with `NO_COLOR` or a dumb terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Look once at the stream and the environment."""
        self.is_on = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str, name: str) -> str:
        """Return the text in a colour or weight, or as it is."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.is_on else text


def pad(text: str, width: int, *, align: str = "left") -> str:
    """Fill a text with spaces up to a width in columns."""
    space = " " * max(0, width - display_width(text))
    return space + text if align == "right" else text + space


def shorten(text: str, width: int) -> str:
    """Cut a text to a width in columns, with an ellipsis where something is left out."""
    if display_width(text) <= width:
        return text
    kept = text
    while kept and display_width(kept) > width - 1:
        kept = kept[:-1]
    return kept + "…"


def format_columns(rows: Sequence[Sequence[str | int]], *, style: Style) -> str:
    """Lay out rows whose first one is the heading; numbers to the right."""
    widths = [max(display_width(str(row[i])) for row in rows) for i in range(len(rows[0]))]
    numeric = [len(rows) > 1 and all(isinstance(row[i], int) for row in rows[1:]) for i in range(len(rows[0]))]

    def line(row: Sequence[str | int]) -> str:
        cells = (
            pad(str(cell), width, align="right" if number else "left")
            for cell, width, number in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(cells).rstrip()

    return "\n".join([style(line(rows[0]), "bold"), *map(line, rows[1:])])


class ProgressLine:
    """A line on stderr that follows a build: rewritten in place on a terminal, one line now and then in a log."""

    def __init__(
        self, stream: TextIO, *, quiet: bool = False, patience: float | None = None, interval: float | None = None
    ) -> None:
        """Remember the stream.

        Args:
            stream: Where to write, usually stderr.
            quiet: Write nothing at all.
            patience: Seconds of work that need no word; one on a terminal, five in a log.
            interval: Seconds between two lines where the stream is no terminal; `KG_PROGRESS`, else 15.
        """
        self._stream, self._quiet = stream, quiet
        self._is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        if interval is None:
            wished = os.environ.get("KG_PROGRESS", "")
            interval = float(wished) if wished.isdecimal() else 15.0
        usual = 1.0 if self._is_terminal else min(5.0, interval)
        self._patience = usual if patience is None else patience
        self._interval = 0.1 if self._is_terminal else interval
        self._start = time.monotonic()
        self._last = self._start - self._interval
        self._shown = False
        self._documents = 0

    def __call__(self, stage: str, done: int, detail: str) -> None:
        """Show where the build is."""
        if self._quiet:
            return
        if stage == "read" and done:
            self._documents = done
        now = time.monotonic()
        if now - self._start < self._patience or now - self._last < self._interval:
            return
        self._last = now
        number = f" {self._documents}" if stage == "read" and done else ""
        text = f"{now - self._start:4.0f} s  {stage}{number}  {detail}".rstrip()
        if self._is_terminal:
            text = "".join(c if c.isprintable() else " " for c in text)
            self._stream.write("\r\x1b[2K" + shorten(text, terminal_width(self._stream) - 1))
            self._shown = True
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[2K")
            self._stream.flush()
            self._shown = False


def terminal_width(stream: TextIO) -> int:
    """Return the columns of a terminal, or 100 where there is none to ask."""
    try:
        return int(os.environ.get("COLUMNS") or os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return 100
