"""Find the line ends that only a fixed line width made, as in mails, PDF extracts and old pages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Sequence
from functools import lru_cache

from .boilerplate import Line

_ENDS = re.compile(r"[。！？!?：:；;…][”’」』）)】》]*$")
_STARTS = re.compile(
    r"[（(]?[一二三四五六七八九十百\d]+[)）、.．]|第[一二三四五六七八九十百\d]+[条章节]|[●■◆•·○-]|——|[【《〔]|https?:"
)
_SLACK = 3
_TYPESET_SLACK = 8
_FEWEST = 6
_FEWEST_TYPESET = 2
_NARROWEST, _WIDEST = 30, 120
"""Columns of a width that lines are wrapped at; a character takes one or two."""


def find_wraps(text: str, lines: Sequence[Line], dropped: Container[int], *, is_typeset: bool = False) -> list[int]:
    """Return the indices of lines that go on in the next line.

    A text counts as wrapped when no line is longer than some width between 30 and 120 columns and
    at least half of its lines, six or more, reach that width. A short line, an indented next line, a
    blank line, the end of a sentence and a list mark all end a paragraph.

    What was typeset was wrapped anyhow, and a page or two with headings have few full lines. So it counts as
    wrapped, too, when two lines or more have that width and go on, and these are at least three quarters of
    its longer lines that do not end a sentence.

    Args:
        text: The text.
        lines: Its lines.
        dropped: Indices of lines that are no text.
        is_typeset: The lines were set by their look (a PDF): letters and figures are as wide as they are,
            so that full lines differ more in columns.
    """
    kept = [i for i in range(len(lines)) if i not in dropped]
    if len(kept) < _FEWEST or any(lines[i].end - lines[i].start > _WIDEST for i in kept):
        return []
    widths = {i: _width(text[text.rfind("\n", 0, lines[i].start) + 1 : lines[i].end]) for i in kept}
    widest = max(widths.values())
    slack = _TYPESET_SLACK if is_typeset else _SLACK
    full = [i for i in kept if widths[i] >= widest - slack]
    if not _NARROWEST <= widest <= _WIDEST:
        return []
    wraps = [i for i in full if goes_on(text, lines, i)]
    if len(full) >= max(_FEWEST, len(kept) / 2):
        return wraps
    open_ended = [i for i in kept if widths[i] > widest / 2 and not _ENDS.search(lines[i].text)]
    is_wrapped = is_typeset and len(wraps) >= _FEWEST_TYPESET and len(wraps) >= len(open_ended) * 3 / 4
    return wraps if is_wrapped else []


def goes_on(text: str, lines: Sequence[Line], i: int) -> bool:
    """Say whether nothing but the line end speaks against joining a line with the next."""
    if i + 1 >= len(lines) or _ENDS.search(lines[i].text) or _STARTS.match(lines[i + 1].text):
        return False
    between = text[lines[i].end : lines[i + 1].start]
    return between.count("\n") == 1 and not between.split("\n")[1].startswith("  ")


def _width(text: str) -> int:
    return len(text) + sum(map(_is_wide, text))


@lru_cache(maxsize=8192)
def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"
