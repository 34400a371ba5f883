"""Text for a terminal: tables that know how wide Chinese is, colour where it is wanted, a progress line."""

from __future__ import annotations

import csv
import io
import json
import os
import time
import unicodedata
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMATS = ("table", "json", "csv", "markdown")

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_ELLIPSIS = "…"


class Style:
    """Colour for one stream: only on a terminal, never with `NO_COLOR` or a dumb terminal."""

    def __init__(self, stream: TextIO) -> None:
        """Look once at the stream and the environment."""
        self.is_on = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def __call__(self, text: str, name: str) -> str:
        """Return the text in a colour or weight, or as it is."""
        return f"\x1b[{_CODES[name]}m{text}\x1b[0m" if self.is_on else text


def width_of(text: str) -> int:
    """Return how many columns a text takes: two for each Chinese character.

    Example:
        >>> width_of("GB/T 国标")
        9
    """
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, width: int, *, align: str = "left") -> str:
    """Fill a text with spaces up to a width in columns."""
    space = " " * max(0, width - width_of(text))
    return space + text if align == "right" else text + space


def shorten(text: str, width: int) -> str:
    """Cut a text to a width in columns, with an ellipsis where something is left out."""
    if width_of(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += width_of(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + _ELLIPSIS


def format_table(
    columns: Sequence[str], rows: Sequence[Sequence[object]], *, style: Style, max_width: int | None = None
) -> str:
    """Lay rows out in columns; numbers to the right; long cells cut when a width is given.

    Args:
        columns: Headings.
        rows: Cells in the order of the headings.
        style: Whether there is colour.
        max_width: Columns of the terminal, None for no limit.
    """
    cells = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max([width_of(head), *(width_of(row[i]) for row in cells)]) for i, head in enumerate(columns)]
    if max_width is not None:
        widths = _fit(widths, max_width - 2 * (len(widths) - 1))
    is_number = [bool(rows) and all(isinstance(row[i], int | float) for row in rows) for i in range(len(columns))]
    aligns = ["right" if number else "left" for number in is_number]

    def line(values: Sequence[str]) -> str:
        parts = [pad(shorten(v, w), w, align=a) for v, w, a in zip(values, widths, aligns, strict=True)]
        return "  ".join(parts).rstrip()

    return "\n".join([style(line(columns), "bold"), *map(line, cells)])


def format_rows(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    kind: str,
    style: Style,
    max_width: int | None = None,
) -> str:
    """Return rows in one of `FORMATS`."""
    if kind == "json":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        return json.dumps(records, ensure_ascii=False, indent=2)
    if kind == "csv":
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([["" if cell is None else cell for cell in row] for row in rows])
        return buffer.getvalue().rstrip("\n")
    if kind == "markdown":
        lines = [columns, ["---"] * len(columns), *rows]
        return "\n".join(
            "| " + " | ".join(_one_line(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
        )
    return format_table(columns, rows, style=style, max_width=max_width)


class ProgressLine:
    """A line on stderr that follows a build: rewritten in place on a terminal, one line now and then in a log."""

    def __init__(self, stream: TextIO, *, quiet: bool = False, patience: float = 1.0, interval: float = 15.0) -> None:
        """Remember the stream.

        Args:
            stream: Where to write, usually stderr.
            quiet: Write nothing at all.
            patience: Seconds of work that need no word.
            interval: Seconds between two lines where the stream is no terminal.
        """
        self._stream, self._quiet, self._patience, self._interval = stream, quiet, patience, interval
        self._is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._start = time.monotonic()
        self._last = self._start + patience - (0.1 if self._is_terminal else interval)
        self._shown = False
        self._documents = 0

    def __call__(self, stage: str, done: int, detail: str) -> None:
        """Show where the build is."""
        if self._quiet:
            return
        if stage == "read" and done:
            self._documents = done
        now = time.monotonic()
        if now - self._start < self._patience or now - self._last < (0.1 if self._is_terminal else self._interval):
            return
        self._last = now
        number = f" {self._documents}" if stage == "read" and done else ""
        text = f"{now - self._start:4.0f} s  {stage}{number}  {detail}".rstrip()
        if self._is_terminal:
            columns = terminal_width(self._stream)
            self._stream.write("\r\x1b[2K" + shorten(text, columns - 1))
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


def _one_line(cell: object) -> str:
    """Return a cell as one line without control characters; nothing for None."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:g}" if abs(cell) < 1e15 else f"{cell:.3e}"
    if isinstance(cell, list | tuple):
        cell = "、".join(str(part) for part in cell)
    return "".join(c if c.isprintable() else " " for c in str(cell))


def _fit(widths: list[int], total: int) -> list[int]:
    """Narrow the widest columns until they fit; none gets narrower than 8."""
    widths = list(widths)
    while sum(widths) > total:
        widest = max(range(len(widths)), key=lambda i: widths[i])
        if widths[widest] <= 8:
            break
        widths[widest] -= 1
    return widths
