"""Cut a document into words with parts of speech, once, for all components that need boundaries.

jieba's dictionary cuts names too fine and types roughly, but its boundaries seldom run through a
name: they tell where the modifiers of a head begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc

_KEY = "jiqun_words"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text.

    Attributes:
        starts: Offset of each word.
        ends: End of each word, exclusive.
        texts: The words.
        tags: Parts of speech as in the jieba dictionary (`n`, `vn`, `v`, `p`, `c`, `x`, ...).
        at: For each character the number of the word that it lies in.
    """

    starts: list[int]
    ends: list[int]
    texts: list[str]
    tags: list[str]
    at: list[int]


def cut_words(doc: Doc) -> Words:
    """Return the words of a document; the second call costs nothing."""
    words: Words | None = doc.user_data.get(_KEY)
    if words is None:
        words = doc.user_data[_KEY] = _cut(doc.user_data.get("jiqun_text") or doc.text)
    return words


def _cut(text: str) -> Words:
    import numpy as np
    import rjieba

    tagged = rjieba.tag(text)
    texts, tags = [word for word, _ in tagged], [tag for _, tag in tagged]
    lengths = np.fromiter(map(len, texts), dtype=np.intp, count=len(texts))
    ends = lengths.cumsum().tolist()
    at = np.arange(len(texts)).astype(object).repeat(lengths)  # the characters of a word share one number
    return Words([0, *ends[:-1]], ends, texts, tags, at.tolist())
