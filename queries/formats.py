"""Print rows: a table that fits a terminal and counts Chinese as two columns, JSON, CSV, Markdown.

Pure functions from `Rows` to text. Nothing here shortens a value: what does not fit is wrapped.
"""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ontology.errors import UsageError

if TYPE_CHECKING:
    from .rows import Cell, Rows

_GAP = "  "
_NARROWEST = 4
_FORMULA = re.compile(r"(?!(?:=|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\Z)\s*[=+\-@＝＋－＠]|[\t\r\n]")
"""What a spreadsheet may take for a formula, by OWASP's list: also behind spaces and in full width, but no
number, and no lone `=`, which figures have in their column `comparison`."""


def format_rows(rows: Rows, form: str = "table", *, width: int = 100, unit: tuple[str, str] = ("row", "rows")) -> str:
    """Print rows in one of `FORMATS`.

    Args:
        rows: What a question answered.
        form: `table`, `json`, `csv` or `markdown`.
        width: Columns of the terminal, for `table`.
        unit: What one row and several are called below a table.

    Raises:
        UsageError: No such format.
    """
    if form == "table":
        return format_table(rows, width=width, unit=unit)
    if form not in _PLAIN:
        raise UsageError(f"No format named {form!r}", hint=f"one of {', '.join(FORMATS)}")
    return _PLAIN[form](rows)


def format_table(rows: Rows, *, width: int = 100, unit: tuple[str, str] = ("row", "rows")) -> str:
    """Print an aligned table no wider than `width`; long cells go on below themselves.

    Where the columns cannot fit even so, each row becomes a block with one line a column.
    """
    if not rows.columns:
        return "(no columns)\n"
    cells = [[_shown(cell) for cell in record] for record in rows.records]
    widths = _fit([list(column) for column in zip(rows.columns, *cells, strict=True)], width)
    if widths is None:
        return _blocks(rows.columns, cells, width) + _count(rows, unit)
    lines = [_line(rows.columns, widths), _line(["─" * w for w in widths], widths)]
    for row in cells:
        wrapped = [wrap_text(cell, w) for cell, w in zip(row, widths, strict=True)]
        for index in range(max(len(part) for part in wrapped)):
            lines.append(_line([part[index] if index < len(part) else "" for part in wrapped], widths))
    return "\n".join(lines) + "\n" + _count(rows, unit)


def format_json(rows: Rows) -> str:
    """Print a JSON array with one object a row."""
    if not rows:
        return "[]\n"
    exact = (
        {key: str(c) if isinstance(c, float) and not math.isfinite(c) else c for key, c in row.items()} for row in rows
    )
    body = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in exact)
    return f"[\n{body}\n]\n"


def format_csv(rows: Rows) -> str:
    """Print RFC 4180 CSV with a header; an unknown value is an empty field.

    Names and quotes come from strangers' documents, and a spreadsheet would run a text that begins like a formula: such
    a cell gets an apostrophe in front, which makes it text. Numbers stay numbers.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(rows.columns)
    writer.writerows(["" if cell is None else _harmless(_number(cell)) for cell in record] for record in rows.records)
    return out.getvalue()


def format_markdown(rows: Rows) -> str:
    """Print a Markdown table; bars, angle brackets and line breaks in cells are escaped."""

    def escape(text: str) -> str:
        for character in "\\`*_[]|":
            text = text.replace(character, "\\" + character)
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    lines = [list(rows.columns), ["---"] * len(rows.columns)]
    lines += [[escape(_shown(cell)) for cell in record] for record in rows.records]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


_PLAIN: Mapping[str, Callable[[Rows], str]] = {"json": format_json, "csv": format_csv, "markdown": format_markdown}
FORMATS = ("table", *_PLAIN)


def display_width(text: str) -> int:
    """Return how many terminal columns a text takes.

    Example:
        >>> display_width("Apollo平台")
        10
    """
    return sum(_character_width(character) for character in text)


def wrap_text(text: str, width: int) -> list[str]:
    """Break a text into pieces of at most `width` columns, at spaces of Latin text, anywhere in Chinese.

    Example:
        >>> wrap_text("数据要素", 4)
        ['数据', '要素']
    """
    lines: list[str] = []
    line, used = "", 0
    for character in text:
        taken = _character_width(character)
        if used + taken > width and line:
            head, space, tail = line.rpartition(" ")
            keep = bool(space) and bool(head) and character != " " and len(tail) < len(line) / 2
            lines.append(head if keep else line.rstrip(" "))
            line = tail if keep else ""
            used = display_width(line)
            if character == " ":
                continue
        line += character
        used += taken
    return [*lines, line] if line or not lines else lines


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _number(cell: Cell) -> str | int | bool | None:
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return cell


def _harmless(cell: str | int | bool | None) -> str | int | bool | None:
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def _shown(cell: Cell) -> str:
    """Return a cell as one line that cannot drive a terminal: control characters become spaces or `�`."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    text = " ".join(str(_number(cell)).split())
    return "".join("�" if unicodedata.category(c) == "Cc" or c in _BIDI else c for c in text)


_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _fit(columns: list[list[str]], width: int) -> list[int] | None:
    """Choose widths: what the cells want, the widest made narrower until all fit; None where they cannot."""
    wanted = [max(display_width(cell) for cell in column) for column in columns]
    least = [max(_NARROWEST, display_width(column[0])) for column in columns]
    widths = list(map(max, wanted, least))
    room = width - len(_GAP) * (len(columns) - 1)
    if sum(least) > room:
        return None
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda i: (widths[i] - least[i], widths[i]))
        rest = sorted(widths[i] for i in range(len(widths)) if i != widest and widths[i] > least[i])
        target = max(least[widest], min(widths[widest] - 1, rest[-1] if rest else 0))
        widths[widest] = max(target, widths[widest] - (sum(widths) - room))
    if any(want > 24 and got < 12 for want, got in zip(wanted, widths, strict=True)):
        return None
    return widths


def _line(cells: list[str] | tuple[str, ...], widths: list[int]) -> str:
    padded = (cell + " " * (width - display_width(cell)) for cell, width in zip(cells, widths, strict=True))
    return _GAP.join(padded).rstrip()


def _blocks(columns: tuple[str, ...], cells: list[list[str]], width: int) -> str:
    margin = max(display_width(column) for column in columns) + len(_GAP)
    lines = []
    for number, row in enumerate(cells, start=1):
        lines.append(f"── {number} ".ljust(min(width, 40), "─"))
        for column, cell in zip(columns, row, strict=True):
            for index, part in enumerate(wrap_text(cell, max(_NARROWEST, width - margin))):
                label = column if index == 0 else ""
                lines.append(label + " " * (margin - display_width(label)) + part)
    return "".join(f"{line}\n" for line in lines)


def _count(rows: Rows, unit: tuple[str, str]) -> str:
    counted = f"{len(rows)} {unit[len(rows) != 1]}"
    return f"({counted})\n" if counted.isascii() else f"\uff08{counted}\uff09\n"
