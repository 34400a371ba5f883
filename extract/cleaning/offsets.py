"""Edit a text and remember where each remaining character was."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace `[start, end)` of a draft.

    Attributes:
        start: Offset in the draft.
        end: End offset, exclusive.
        replacement: What stands there afterwards; empty deletes.
        attach: A deleted span belongs to the character before it, as a pinyin insert does;
            the characters of a replacement belong together and each maps to the whole span.
    """

    start: int
    end: int
    replacement: str = ""
    attach: bool = False


class Draft:
    """A text on its way to being clean, with a source span for each character.

    Attributes:
        text: The text as it is now.
        starts: For each character, the source offset of its first character.
        ends: For each character, the end offset of its last character in the source.
    """

    __slots__ = ("ends", "starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        offsets = list(range(len(text) + 1))  # a character ends where the next one starts: most numbers are in both
        self.starts = offsets[:-1]
        self.ends = offsets[1:]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the source span of a draft span; an empty span gives an empty one."""
        if start >= end:
            at = self.starts[start] if start < len(self.starts) else (self.ends[-1] if self.ends else 0)
            return at, at
        return self.starts[start], self.ends[end - 1]

    def exchange(self, text: str) -> None:
        """Put a text of the same length in place, character for character."""
        if len(text) != len(self.text):
            raise ValueError(f"{len(text)} characters cannot stand for {len(self.text)}")
        self.text = text

    def apply(self, edits: Iterable[Edit]) -> int:
        """Carry out edits, sorted and without overlap, and return how many there were.

        A replacement as long as what it replaces maps character for character; any other
        maps each of its characters to the whole span.
        """
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = count = 0
        for start, end, replacement, attach in edits:
            count += 1
            pieces.append(self.text[position:start])
            starts += self.starts[position:start]
            ends += self.ends[position:start]
            position = end
            if replacement and len(replacement) == end - start and not attach:
                starts += self.starts[start:end]
                ends += self.ends[start:end]
            elif replacement:
                source_start, source_end = self.span(start, end)
                starts += [source_start] * len(replacement)
                ends += [source_end] * len(replacement)
            elif attach and ends:
                ends[-1] = self.ends[end - 1]
            pieces.append(replacement)
        if not count:
            return 0
        pieces.append(self.text[position:])
        starts += self.starts[position:]
        ends += self.ends[position:]
        self.text, self.starts, self.ends = "".join(pieces), starts, ends
        return count
