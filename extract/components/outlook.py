"""Make plans of what stands behind a clause that looks ahead: 到2030年，甘州市建成算力中心.

The passage of a fact begins with the clause of its subject, so that the words that say when are not in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spacy.language import Language

from extract.annotate import text_of

from ..packs import load_packs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spacy.tokens import Doc

_LONGEST = 40
"""Characters of such a clause."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The wordings of the packs, compiled.

    Attributes:
        ahead: A clause that looks ahead, up to the passage behind it.
        done: What says, in the passage, that it is so already.
    """

    ahead: re.Pattern[str]
    done: re.Pattern[str]


@lru_cache(maxsize=8)
def load_outlook(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Outlook:
    """Compile what the section `modality` of the packs says of clauses that look ahead."""
    words: Mapping[str, Any] = load_packs(packs, exclude_sources=excluded).section("modality")["words"]
    return Outlook(re.compile(rf"(?:^|[，。；：\s])(?:{words['ahead']})[，：]$"), re.compile(words["done"]))


@Language.factory("jiqun_outlook", default_config={"packs": ["base"], "exclude_sources": []})
def create_outlook(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> OutlookFinder:
    """Create the component with the wordings of the packs; it runs behind those that find facts."""
    return OutlookFinder(load_outlook(tuple(packs), frozenset(exclude_sources)))


class OutlookFinder:
    """Change the modality of candidates in `doc._.candidates`."""

    def __init__(self, outlook: Outlook) -> None:
        self.outlook = outlook

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with what is still to come as planned."""
        text = text_of(doc)
        doc._.candidates = [
            replace(candidate, modality="planned")
            if candidate.modality in ("asserted", "proposed") and self._is_ahead(text, candidate.start, candidate.end)
            else candidate
            for candidate in doc._.candidates
        ]
        return doc

    def _is_ahead(self, text: str, start: int, end: int) -> bool:
        before = text[max(0, start - _LONGEST) : start].replace(",", "，").replace(":", "：")
        return self.outlook.ahead.search(before) is not None and self.outlook.done.search(text, start, end) is None
