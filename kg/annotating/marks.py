"""A text with marks: what passes between a build, the tools of annotation teams, and gold files.

Names are marked with their class. What a date or a figure says stands in a note beside its words, so that it can be
set right: `2024-07`, or `measure | comparison | value | factor | unit | period`. A link is a relation, or `sameAs`
between two names of one thing.
"""

from __future__ import annotations

from dataclasses import dataclass

from ontology.model import ENTITY_CLASSES, RELATIONS

DATE, FIGURE = "Date", "Observation"
SAME = "sameAs"
LABELS = (*ENTITY_CLASSES, DATE, FIGURE)
"""What a mark may be called."""
LINKS = (*RELATIONS, SAME)
"""What a link may be called."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A stretch of a text that names something.

    Attributes:
        start: Offset in the text, in code points.
        end: End offset, exclusive.
        label: One of `LABELS`.
        note: What a date or a figure says; empty for names.
    """

    start: int
    end: int
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """A relation between two marks, by their places in the list.

    Attributes:
        source: Number of the mark that is its subject.
        target: Number of the mark that is its object.
        label: One of `LINKS`.
    """

    source: int
    target: int
    label: str


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A document as annotators see it.

    Attributes:
        doc: Its name.
        text: The cleaned text.
        marks: Sorted; they may lie within each other.
        links: Sorted.
    """

    doc: str
    text: str
    marks: tuple[Mark, ...] = ()
    links: tuple[Link, ...] = ()


def marked_text(doc: str, text: str, marks: list[Mark], links: list[Link]) -> MarkedText:
    """Return a marked text with marks and links in order, whatever the order in which they were found."""
    order = sorted(range(len(marks)), key=lambda number: marks[number])
    place = {number: index for index, number in enumerate(order)}
    moved = {Link(place[link.source], place[link.target], link.label) for link in links}
    return MarkedText(doc, text, tuple(marks[number] for number in order), tuple(sorted(moved)))
