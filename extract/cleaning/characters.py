"""Make characters alike that differ only in their encoding: spaces, line ends, letters and digits, radicals.

Punctuation keeps its width: what comes after treats `,` and `，` alike, and quotes stay as written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .data import load_data
from .offsets import Draft, Edit

_LINE_END = re.compile("\r\n")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u202a-\u202e\ufe00-\ufe0f\x00-\x08\x0e-\x1f\x7f]+")
_ALIKE = re.compile(
    "[\t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"  # spaces
    "\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029"  # line ends
    "０-９Ａ-Ｚａ-ｚ％"  # full-width letters and digits
    "\u2e80-\u2fd5\uf900-\ufad9]"  # radicals and compatibility ideographs
)
_LINE_ENDS = frozenset("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


def unify_characters(draft: Draft) -> None:
    """Replace character for character what only looks different, and drop what cannot be seen."""
    if "\r" in draft.text:
        draft.apply(Edit(m.start(), m.end(), "\n") for m in _LINE_END.finditer(draft.text))
    draft.exchange(_ALIKE.sub(_alike, draft.text))
    draft.apply(Edit(m.start(), m.end()) for m in _INVISIBLE.finditer(draft.text))


def _alike(match: re.Match[str]) -> str:
    character = match.group()
    if character in _LINE_ENDS:
        return "\n"
    if character.isspace():
        return " "
    plain = _radicals().get(character) or unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


@lru_cache(maxsize=1)
def _radicals() -> dict[str, str]:
    pairs = load_data("radicals.toml")["pairs"]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))
