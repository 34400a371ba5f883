"""Find pinyin that was inserted behind the characters it spells: 数(shù)字, 京津冀(Jīng-Jīn-Jì)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from .data import load_data
from .offsets import Edit

_TONES = "\u0300\u0301\u0304\u030c"
_LETTERS = (
    "A-Za-z\u00c0-\u00fc\u0100\u0101\u0112\u0113\u011a\u011b\u012a\u012b\u014c\u014d\u016a\u016b\u01cd-\u01dc"
    "\u0143\u0144\u0147\u0148\u01f8\u01f9\u1e3e\u1e3f\u0251\u0261\u0300-\u030c"
)
_INSERT = re.compile(
    rf"[(（\[〔［](?P<text>[{_LETTERS}][{_LETTERS}'’ ·,\-‐–]{{0,60}}[1-5]?)[)）\]〕］]",
)
_HAN = re.compile("[㐀-鿿豈-﫿𠀀-𯿿]")
_SEPARATOR = re.compile(r"['’ ·,\-‐–]+")
_LOOK_ALIKES = str.maketrans("ɑɡ", "ag")
_DIGIT = re.compile("[1-5]$")


def find_pinyin(text: str, *, is_expected: bool = False) -> Iterator[Edit]:
    """Find pinyin inserts, each with its brackets.

    One syllable with a tone mark behind a Chinese character is an insert. Several syllables must
    spell the characters before them (Málaga is legal pinyin, but does not spell 马拉加). A syllable
    without a mark must spell the character, in a document that has inserts: (men), (he), (LED) stay.

    Args:
        text: The text, before conversion to Simplified.
        is_expected: The document is known to have inserts.

    Yields:
        Deletions that belong to the character before them.
    """
    doubtful: list[tuple[int, Edit, tuple[str, ...]]] = []
    found: list[Edit] = []
    for match in _INSERT.finditer(text):
        start = match.start()
        is_stacked = bool(found) and found[-1].end == start
        if not is_stacked and (start == 0 or not _HAN.match(text[start - 1])):
            continue
        syllables, is_toned = _syllables(match["text"])
        if not syllables:
            continue
        edit = Edit(start, match.end(), "", True)
        if is_toned and len(syllables) == 1:
            found.append(edit)
        elif is_toned:
            if _spells(text[max(0, start - len(syllables)) : start], syllables):
                found.append(edit)
        else:
            doubtful.append((start, edit, syllables))
    if doubtful and (found or is_expected):
        for start, edit, syllables in doubtful:
            if _spells(text[max(0, start - len(syllables)) : start], syllables):
                found.append(edit)
        found.sort()
    yield from found


@lru_cache(maxsize=4096)
def _syllables(text: str) -> tuple[tuple[str, ...], bool]:
    """Split an insert into toneless syllables, and say whether a tone was marked; () where it is no pinyin."""
    plain = unicodedata.normalize("NFD", text.translate(_LOOK_ALIKES).lower())
    without = "".join(c for c in plain if c not in _TONES)
    is_toned = without != plain
    without = unicodedata.normalize("NFC", without)
    if _DIGIT.search(without):
        without = without[:-1]
    if not without.isalpha() and not _SEPARATOR.search(without):
        return (), False
    if text.isupper() and not is_toned:
        return (), False
    legal = _legal()
    syllables: list[str] = []
    for word in _SEPARATOR.split(without):
        parts = _split_word(word, legal) if word else ()
        if parts is None:
            return (), False
        syllables += parts
    return tuple(syllables), is_toned


@lru_cache(maxsize=1)
def _legal() -> frozenset[str]:
    return frozenset(str(load_data("pinyin.toml")["syllables"]).split())


def _split_word(word: str, legal: frozenset[str]) -> tuple[str, ...] | None:
    """Split a word into legal syllables, longest first: xiongan → xiong an."""
    tails: list[tuple[str, ...] | None] = [None] * len(word) + [()]
    for start in range(len(word) - 1, -1, -1):
        for end in range(min(start + 6, len(word)), start, -1):
            tail = tails[end]
            if tail is not None and word[start:end] in legal:
                tails[start] = (word[start:end], *tail)
                break
    return tails[0]


def _spells(before: str, syllables: tuple[str, ...]) -> bool:
    """Say whether syllables spell the characters before them, one each."""
    import pypinyin

    if len(before) != len(syllables) or not all(_HAN.match(c) for c in before):
        return False
    for character, syllable in zip(before, syllables, strict=True):
        readings = pypinyin.pinyin(character, style=pypinyin.Style.NORMAL, heteronym=True)[0]
        if syllable.replace("v", "ü") not in {reading.replace("v", "ü") for reading in readings}:
            return False
    return True
