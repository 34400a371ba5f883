"""The words around a quote: documents read and cleaned as the build did, one when it is asked for."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ontology.errors import DocumentError
from ontology.model import CleanText, SourceText

AROUND = 160
"""Characters that are shown on either side."""


@dataclass(frozen=True, slots=True)
class Context:
    """A quote between what stands before and after it."""

    before: str
    quote: str
    after: str


class Texts:
    """The documents behind a graph.

    Args:
        inputs: Files and folders, as they were given to the build; none when nobody knows them.
    """

    def __init__(self, inputs: Sequence[Path] = ()) -> None:
        self.inputs = tuple(inputs)
        self._sources: dict[str, SourceText] | None = None
        self._lock = threading.Lock()
        self._clean = lru_cache(maxsize=200)(self._clean_one)

    def forget(self) -> None:
        """Read the documents anew when they are needed next."""
        with self._lock:
            self._sources = None
            self._clean.cache_clear()

    def around(self, doc: str, quote: str, start: int) -> Context | None:
        """Return what stands around a quote, None when the document or the quote is not there.

        Args:
            doc: The document.
            quote: Its words, cleaned.
            start: Offset in the source text; where the quote stands more than once, the nearest is meant.
        """
        with self._lock:
            clean = self._clean(doc)
        if clean is None or not quote:
            return None
        near = bisect_left(clean.starts, start)
        before, behind = clean.text.rfind(quote, 0, near + len(quote)), clean.text.find(quote, near)
        found = [place for place in (before, behind) if place >= 0]
        if not found:
            return None
        at = min(found, key=lambda place: abs(place - near))
        end = at + len(quote)
        return Context(clean.text[max(0, at - AROUND) : at], quote, clean.text[end : end + AROUND])

    def _clean_one(self, doc: str) -> CleanText | None:
        from extract.clean import clean_text
        from extract.read import read_documents

        if self._sources is None:
            read = read_documents(self.inputs) if self.inputs else ()
            self._sources = {item.doc: item for item in read if isinstance(item, SourceText)}
        try:
            return clean_text(self._sources[doc])
        except (KeyError, DocumentError):
            return None
