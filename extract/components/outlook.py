"""Make plans of what stands behind a clause that looks ahead: 到2030年，甘州市建成算力中心.

The passage of a fact begins with the clause of its subject, so that the words that say when are not in it. Whole parts
of reports and plans look ahead, by their headings (三、2026年重点工作) or a sentence that leads to them.
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
    from collections.abc import Mapping, Sequence

    from spacy.tokens import Doc

    from extract.annotate import Candidate

_LONGEST = 40
"""Characters of such a clause."""
_NOT_PLANNED = ("asserted", "proposed")


@dataclass(frozen=True, slots=True)
class Outlook:
    """The wordings of the packs, compiled.

    Attributes:
        ahead: A clause that looks ahead, up to the passage behind it.
        done: What says, in the passage, that it is so already.
        heading: A line that begins a part of a text.
        part_ahead: Within it, that the part looks ahead.
        part_behind: Within it, that it looks back.
        begins: A sentence behind which the text looks ahead up to a heading that looks back.
        notes: The heading of notes that explain the words of a text.
        relations: Whose facts such a part plans.
        standing: Rules whose facts hold whatever is planned.
        part_done: What says in such a part that it is so already.
    """

    ahead: re.Pattern[str]
    done: re.Pattern[str]
    heading: re.Pattern[str]
    part_ahead: re.Pattern[str]
    part_behind: re.Pattern[str]
    begins: re.Pattern[str]
    notes: re.Pattern[str]
    relations: frozenset[str]
    standing: tuple[str, ...]
    part_done: re.Pattern[str]

    def parts_ahead(self, text: str) -> list[tuple[int, int]]:
        """Return the parts of a text that look ahead: first character and end of each, in order."""
        turns: list[tuple[int, bool | None]] = [(m.end(), self._turn(m[0])) for m in self.heading.finditer(text)]
        turns += [(m.end(), True) for m in self.begins.finditer(text)]
        turns += [(m.end(), False) for m in self.notes.finditer(text)]
        parts: list[tuple[int, int]] = []
        since = None
        for place, is_ahead in sorted(turns, key=lambda turn: turn[0]):
            if is_ahead and since is None:
                since = place
            elif is_ahead is False and since is not None:
                parts.append((since, place))
                since = None
        return parts if since is None else [*parts, (since, len(text))]

    def _turn(self, heading: str) -> bool | None:
        if self.part_behind.search(heading):
            return None if self.part_ahead.search(heading) else False
        return True if self.part_ahead.search(heading) else None


@lru_cache(maxsize=8)
def load_outlook(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Outlook:
    """Compile what the section `modality` of the packs says of clauses that look ahead."""
    section: Mapping[str, Any] = load_packs(packs, exclude_sources=excluded).section("modality")
    words, parts = section["words"], section["sections"]
    return Outlook(
        ahead=re.compile(rf"(?:^|[，。；：\s])(?:{words['ahead']})[，：]$"),
        done=re.compile(words["done"]),
        heading=re.compile(parts["heading"]),
        part_ahead=re.compile(parts["ahead"]),
        part_behind=re.compile(parts["behind"]),
        begins=re.compile(parts["begins"]),
        notes=re.compile(parts["notes"]),
        relations=frozenset(parts["relations"]),
        standing=tuple(parts["standing"]),
        part_done=re.compile(parts["done"]),
    )


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
        candidates = doc._.candidates
        parts = self.outlook.parts_ahead(text) if candidates else []
        passages = {(c.start, c.end) for c in candidates if c.modality in _NOT_PLANNED}
        ahead = {passage for passage in passages if self._is_ahead(text, *passage)}
        doc._.candidates = [
            replace(candidate, modality="planned")
            if (candidate.modality in _NOT_PLANNED and (candidate.start, candidate.end) in ahead)
            or self._is_in_part(text, candidate, parts)
            else candidate
            for candidate in candidates
        ]
        return doc

    def _is_in_part(self, text: str, candidate: Candidate, parts: Sequence[tuple[int, int]]) -> bool:
        """Whether a candidate that no word makes a plan stands in a part of the text that looks ahead."""
        return (
            candidate.modality == "asserted"
            and candidate.relation in self.outlook.relations
            and any(start <= candidate.start < end for start, end in parts)
            and not candidate.rule.startswith(self.outlook.standing)
            and self.outlook.part_done.search(text, candidate.start, candidate.end) is None
        )

    def _is_ahead(self, text: str, start: int, end: int) -> bool:
        """Whether the clause in front of a passage looks ahead."""
        if text[start - 1 : start] not in (",", "，", ":", "："):
            return False
        before = text[max(0, start - _LONGEST) : start].replace(",", "，").replace(":", "：")
        return self.outlook.ahead.search(before) is not None and self.outlook.done.search(text, start, end) is None
