"""Find destroyed characters, and restore those that the kind of damage determines.

Some pages went through a program that replaced the GBK codes of full-width punctuation (A3 xx) by
ASCII without minding where characters begin. The pair A3 A1 across 。” (A1 A3 | A1 B1) became `!`;
the byte before it was lost (`?`), and what follows was read one byte out of step until a single byte
brought it back. Reading it one byte later gives all but the first character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from .offsets import Edit

_SITE = re.compile(r"\?(?=[!;?,:()！；？，：（）])")
_DESTROYED = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010fffd]+")
_LONGEST = 16


class Damage(NamedTuple):
    """A damaged place: the edit that repairs it, or None where several repairs are possible."""

    start: int
    end: int
    edit: Edit | None


def find_damage(text: str, *, context: str | None = None) -> Iterator[Damage]:
    """Find bytes out of step and characters that stand for nothing.

    A place is repaired where every byte but the first is known, what they spell is everyday text where
    the damaged reading is not, and one character alone fits in front. Everything else stays and is flagged.

    Args:
        text: The text, pinyin already removed.
        context: The whole document, when `text` is a piece of it.
    """
    last = 0
    places: list[Damage] = []
    for match in _SITE.finditer(text):
        if match.start() < last:
            continue
        place = _look(text, match.start(), context or text)
        if place:
            places.append(place)
            last = place.end
    for match in _DESTROYED.finditer(text):
        if not any(place.start <= match.start() < place.end for place in places):
            places.append(Damage(match.start(), match.end(), None))
    yield from sorted(places, key=lambda place: place.start)


def _look(text: str, start: int, context: str) -> Damage | None:
    """Look at a `?` with punctuation behind it; None where it is an honest question mark."""
    second = ord(text[start + 1])
    trail = (second - 0xFEE0 if second > 0xFF00 else second) + 0x80
    end = start + 2
    while end < len(text) and end - start < _LONGEST and _encode(text[end]):
        end += 1
    run = text[start + 2 : end]
    if not run:
        is_chain = text[start + 2 : start + 3] == "?"  # ???展: a lead byte, A3 BF and an orphan
        return Damage(start, start + 3, None) if is_chain else None
    repairs: list[Damage] = []
    for spelling in dict.fromkeys((run, _simplify(run))):
        codes = [_encode(c) for c in spelling]
        for count, code in enumerate(codes, 1):
            if len(code) == 2 and code[1] < 0x80:  # the second byte was an ASCII letter of its own
                known = bytes([trail]) + b"".join(codes[:count])[:-1]
                restored = _decode(known)
                stop = start + 2 + count
                is_better = not all(map(_is_everyday, _simplify(spelling[:count])))
                if restored and is_better and all(map(_is_everyday, _simplify(restored + text[stop : stop + 2]))):
                    head = _first(text[start - 1 : start], restored, context)
                    edit = Edit(start, stop, head + restored + chr(code[1]), True) if head else None
                    repairs.append(Damage(start, stop, edit))
                break
    if repairs:
        return max(repairs, key=lambda damage: damage.end)
    letters = sum(not _is_everyday(c) for c in _simplify(run[:6]))
    closes = text[end : end + 1].isascii()  # the end of the text included
    return Damage(start, end, None) if letters and closes else None


def _first(before: str, after: str, context: str) -> str:
    """Return the character whose second byte is A3 and that alone fits between its neighbours, or nothing."""
    if after[0] in "”’』」《“":
        return "。"
    fitting = {
        c
        for lead in range(0xA1, 0xF8)
        if (c := _decode(bytes([lead, 0xA3])))
        and _is_everyday(c)
        and (before + c in context or c + after[:1] in context)
    }
    return fitting.pop() if len(fitting) == 1 else ""


def _decode(data: bytes) -> str:
    try:
        return data.decode("gbk")
    except UnicodeDecodeError:
        return ""


def _encode(character: str) -> bytes:
    """Return the GBK code of a character, user-defined zones included, and nothing for ASCII and what GBK lacks."""
    if character < "\x80":
        return b""
    if "\ue000" <= character <= "\ue233":
        row, column = divmod(ord(character) - 0xE000, 94)
        return bytes([0xAA + row, 0xA1 + column])
    if "\ue234" <= character <= "\ue4c5":
        row, column = divmod(ord(character) - 0xE234, 94)
        return bytes([0xF8 + row, 0xA1 + column])
    try:
        return character.encode("gbk")
    except UnicodeEncodeError:
        return b""


def _is_everyday(character: str) -> bool:
    """Say whether a character is punctuation or one of the 3,755 of GB 2312's first level."""
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 1 or 0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7


def _simplify(text: str) -> str:
    from .script import simplify

    return simplify(text)
