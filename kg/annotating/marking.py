"""Mark in a text what a build says of it: every place of a name, and the words that a fact rests on."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.model import ENTITY_CLASSES, RELATIONS

from .gold import to_note
from .marks import DATE, FIGURE, SAME, Link, Mark, MarkedText, marked_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from ontology.model import CleanText

Record: TypeAlias = "dict[str, Any]"

_INSIDE_OTHERS = ("Region", "Topic")
"""Classes whose names are things of their own inside a longer name of another class."""


@dataclass(frozen=True, slots=True)
class Marking:
    """A marked text, and what could not be marked.

    Attributes:
        marked: The text.
        unplaced: Facts with an end that no word of the text names.
    """

    marked: MarkedText
    unplaced: int = 0


def mark_text(clean: CleanText, entities: Iterable[Record], facts: Iterable[Record]) -> Marking:
    """Mark in a text the entities and facts of a build.

    Args:
        clean: The text as the build cleaned it.
        entities: Lines of `entities.jsonl` about things that the document mentions.
        facts: Lines of `facts.jsonl` from the document.

    Returns:
        The marked text: each name wherever it stands, but for what is only a part of a longer name; each fact
        between the nearest names of its ends.
    """
    writer = _Writer(clean.text)
    for entity in sorted(entities, key=lambda e: str(e["id"])):
        if entity["type"] in ENTITY_CLASSES:
            writer.name(entity)
    writer.drop_parts()
    best: dict[tuple[str, str, str], Record] = {}
    for fact in facts:
        if fact["relation"] in RELATIONS and fact["start"] is not None:
            key = (fact["subject"], fact["relation"], str(fact["object"]))
            if key not in best or fact["confidence"] > best[key]["confidence"]:
                best[key] = fact
    unplaced = sum(not writer.fact(fact, _clean_span(clean, fact)) for _, fact in sorted(best.items()))
    return Marking(writer.written(clean.source.doc), unplaced)


def occurrences(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Yield the places of a name in a text; one in Latin letters does not begin or end within a word."""
    latin = name.isascii() and name.isalnum()
    start = text.find(name) if name else -1
    while start >= 0:
        end = start + len(name)
        around = text[start - 1 : start] + text[end : end + 1]
        if not (latin and any(c.isascii() and c.isalnum() for c in around)):
            yield start, end
        start = text.find(name, start + 1)


def _clean_span(clean: CleanText, fact: Record) -> tuple[int, int]:
    """Return where the evidence for a fact stands in the cleaned text."""
    return bisect_left(clean.starts, fact["start"]), bisect_left(clean.starts, fact["end"])


class _Writer:
    """Marks and links of a text in the making."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places: defaultdict[str, list[Mark]] = defaultdict(list)
        self.figures: dict[Mark, None] = {}
        self.said: list[tuple[Mark, Mark, str]] = []
        self.short: dict[str, Record] = {}

    def name(self, entity: Record) -> None:
        """Mark the names of an entity wherever they stand; of a single character, only where a fact needs it."""
        for name in {entity["name"], *entity["names"]}:
            if len(name) > 1:
                self.places[entity["id"]] += [Mark(*place, entity["type"]) for place in occurrences(self.text, name)]
        self.short[entity["id"]] = entity

    def drop_parts(self) -> None:
        """Drop marks that are only a part of a longer name, but for the last one of an entity."""
        everything = sorted({mark for marks in self.places.values() for mark in marks}, key=lambda m: (m.start, -m.end))
        parts = set(_parts(everything))
        for key, marks in self.places.items():
            kept = sorted({mark for mark in marks if mark not in parts}) or sorted(marks)[:1]
            self.places[key] = kept

    def fact(self, fact: Record, span: tuple[int, int]) -> bool:
        """Link the ends of a fact near its evidence; return whether both have a place."""
        subject, value = self._end(fact["subject"], span), fact["object"]
        if isinstance(value, str):
            end = self._end(value, span)
        else:
            place = _date_place(self.text, value["value"], span) if fact["relation"] == "issuedOn" else None
            place = _figure_place(self.text, value, span) if fact["relation"] == "observed" else place
            label = DATE if fact["relation"] == "issuedOn" else FIGURE
            end = None if place is None else Mark(*place, label, to_note(value))
        if subject is None or end is None:
            return False
        if not isinstance(value, str):
            self.figures[end] = None
        self.said.append((subject, end, fact["relation"]))
        return True

    def written(self, doc: str) -> MarkedText:
        """Return the text with all marks; names of one thing are linked."""
        for marks in self.places.values():
            first: dict[str, Mark] = {}
            for mark in marks:
                first.setdefault(self.text[mark.start : mark.end], mark)
            if len(first) > 1:
                head, *others = sorted(first.values(), key=lambda m: (m.start - m.end, m))
                self.said += [(head, other, SAME) for other in others]
        marks = sorted({mark for marks in self.places.values() for mark in marks} | set(self.figures))
        number = {mark: index for index, mark in enumerate(marks)}
        links = [Link(number[one], number[other], label) for one, other, label in self.said]
        return marked_text(doc, self.text, marks, links)

    def _end(self, entity: str, span: tuple[int, int]) -> Mark | None:
        """Return the mark of an entity in a span, else the last one before it, else the first one behind."""
        known = self.short.get(entity)
        if known is None:
            return None
        marks = self.places[entity]
        if not any(span[0] <= mark.start and mark.end <= span[1] for mark in marks):
            forms = [name for name in (known["name"], *known["names"]) if len(name) == 1]
            window = self.text[span[0] : span[1]]
            found = [place for name in forms for place in occurrences(window, name)]
            if found:
                mark = Mark(span[0] + min(found)[0], span[0] + min(found)[1], known["type"])
                self.places[entity] = marks = sorted({*marks, mark})
        inside = [mark for mark in marks if span[0] <= mark.start and mark.end <= span[1]]
        before = [mark for mark in marks if mark.end <= span[1]]
        return next(iter(inside or before[-1:] or marks), None)


def _parts(marks: Sequence[Mark]) -> Iterator[Mark]:
    """Yield the marks that lie within a longer one of the same class, or of another where they say nothing there.

    Args:
        marks: Sorted by start, the longest first.
    """
    open_marks: list[Mark] = []
    for mark in marks:
        open_marks = [other for other in open_marks if other.end > mark.start]
        around = [o for o in open_marks if mark.end <= o.end and o.end - o.start > mark.end - mark.start]
        if any(mark.label == o.label or mark.label not in _INSIDE_OTHERS for o in around):
            yield mark
        open_marks.append(mark)


def _date_place(text: str, date: str, span: tuple[int, int]) -> tuple[int, int] | None:
    """Return where a date stands in a span: as a date, else as its bare year."""
    from extract.components.dates import find_dates

    window = text[slice(*span)]
    places = [(d.start, d.end) for d in find_dates(window) if d.value.startswith(date) or date.startswith(d.value)]
    places = places or list(occurrences(window, date[:4]))
    return None if not places else (span[0] + places[0][0], span[0] + places[0][1])


def _figure_place(text: str, figure: Mapping[str, Any], span: tuple[int, int]) -> tuple[int, int] | None:
    """Return where a figure stands in a span, with the words that compare it."""
    from .reading import read_figures

    wanted = figure["value"] * figure["factor"]
    for start, end, found in read_figures(text[slice(*span)]):
        if abs(found["value"] * found["factor"] - wanted) <= 1e-6 * max(1.0, abs(wanted)):
            return span[0] + start, span[0] + end
    return None
