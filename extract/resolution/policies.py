"""Read what the title of a policy says about the work: its plan period and whether it is a draft."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from ontology.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ontology.model import CleanText

    from .aliases import Group

_PERIOD = re.compile(r"((?:19|20)\d{2})年?\s*[-—–―~至到]+\s*((?:19|20)\d{2})年?")
_DRAFT = re.compile(r"征求意见稿|草案|送审稿|讨论稿|公开征求意见")
_FIVE_YEARS = {"十二五": (2011, 2015), "十三五": (2016, 2020), "十四五": (2021, 2025), "十五五": (2026, 2030)}


def policy_attributes(titles: Iterable[str]) -> list[tuple[str, str]]:
    """Return the attributes of a policy that its titles state; what they do not state stays unknown.

    Example:
        >>> policy_attributes(["大兴区行动方案(2021-2030年)(征求意见稿)"])[:2]
        [('planPeriodEnd', '2030'), ('planPeriodStart', '2021')]
    """
    found: set[tuple[str, str]] = set()
    for title in titles:
        found.add(("title", title))
        plain = unicodedata.normalize("NFKC", title)
        if match := _PERIOD.search(plain):
            found |= {("planPeriodStart", match[1]), ("planPeriodEnd", match[2])}
        else:
            for words, (first, last) in _FIVE_YEARS.items():
                if words in re.sub(r"[“”\"]", "", plain):
                    found |= {("planPeriodStart", str(first)), ("planPeriodEnd", str(last))}
        if _DRAFT.search(plain):
            found.add(("status", "draft"))
    return sorted(found)


@lru_cache(maxsize=16384)
def plan_period(title: str) -> str:
    """Return the years that a title names as its period, or an empty string."""
    match = _PERIOD.search(unicodedata.normalize("NFKC", title))
    return f"{match[1]}-{match[2]}" if match else ""


def joined_titles(clean: CleanText, groups: Sequence[Group]) -> Iterator[Finding]:
    """Yield a finding for each policy that the text cites under several full titles."""
    for group in groups:
        titles: dict[str, tuple[int, int]] = {}
        for mention in group.mentions if group.label == "Policy" else ():
            if mention.folded not in group.local:
                titles.setdefault(mention.name, (mention.start, mention.end))
        if len(titles) > 1:
            start, end = clean.to_source(*[*titles.values()][-1])
            message = "One policy under several titles: " + "; ".join(titles)
            yield Finding("policy-titles-joined", "info", clean.source.doc, start, end, message)
