"""Make the gold file of a marked text: what `kg eval` scores against and the training reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ontology.model import COMPARISONS, RELATIONS
from ontology.namespace import ALLOWED, is_allowed

from .marks import DATE, FIGURE, LABELS, LINKS, SAME, Mark, MarkedText
from .reading import read_date, read_figures

Record: TypeAlias = "dict[str, Any]"

_DATE = re.compile(r"\d{4}(-\d\d){0,2}")
_FIELDS = ("measure", "comparison", "value", "factor", "unit", "period")


@dataclass(frozen=True, slots=True)
class Gold:
    """The gold of a text, and what of its annotation is not understood.

    Attributes:
        record: The content of the gold file.
        problems: Sentences, each about one mark or link that does not count.
    """

    record: Record
    problems: tuple[str, ...] = ()


def to_gold(marked: MarkedText) -> Gold:
    """Return the gold of a marked text.

    Equal words of one class are one thing, and so is what `sameAs` links. Marks and links that are not understood
    cost only themselves.
    """
    problems: list[str] = []
    owners = _things(marked, problems)
    entities: dict[int, Record] = {}
    for number in range(len(marked.marks)):
        head = owners.get(number)
        if head is not None:
            mark = marked.marks[number]
            thing = entities.setdefault(head, {"type": mark.label, "names": {}})
            thing["names"].setdefault(_words(marked, mark))
    keys, records = {}, []
    for index, (head, thing) in enumerate(entities.items(), start=1):
        name, *aliases = sorted(thing["names"], key=lambda form: -len(form))  # the fullest, ties as they come
        keys[head] = f"e{index}"
        records.append({"key": keys[head], "type": thing["type"], "name": name, "aliases": aliases, "also": []})
    facts: dict[str, Record] = {}
    for link in marked.links:
        if link.label not in RELATIONS:
            continue  # one thing, or told above
        one, other = marked.marks[link.source], marked.marks[link.target]
        subject = keys.get(owners.get(link.source, -1))
        found = _fact(marked, one, other, link.label, keys.get(owners.get(link.target, -1)))
        if isinstance(found, str):
            problems.append(f"{_words(marked, one)} —{link.label}→ {_words(marked, other)}: {found}")
        else:
            fact = {"s": subject, "r": link.label, **found}
            facts.setdefault(str(fact), fact)
    record = {"doc": marked.doc, "entities": records, "facts": list(facts.values())}
    return Gold({**record, "optional_entities": [], "optional": []}, tuple(problems))


def to_note(value: Mapping[str, Any]) -> str:
    """Return what a date or a figure of `facts.jsonl` says, as annotators read and change it."""
    if "measure" not in value:
        return str(value["value"])
    return " | ".join(str("" if value[key] is None else value[key]) for key in _FIELDS)


def _things(marked: MarkedText, problems: list[str]) -> dict[int, int]:
    """Return for each mark of a name the number of the first mark that names the same thing."""
    parent: dict[int, int] = {}
    first: dict[tuple[str, str], int] = {}
    for number, mark in enumerate(marked.marks):
        if mark.label not in LABELS:
            problems.append(f"{_words(marked, mark)}: no class {mark.label!r}")
        elif mark.label not in (DATE, FIGURE):
            parent[number] = first.setdefault((mark.label, _words(marked, mark)), number)

    def find(number: int) -> int:
        while parent[number] != number:
            number = parent[number]
        return number

    for link in marked.links:
        one, other = marked.marks[link.source], marked.marks[link.target]
        if link.label not in LINKS:
            problems.append(f"{_words(marked, one)} → {_words(marked, other)}: no relation {link.label!r}")
        elif link.label == SAME:
            if link.source in parent and link.target in parent and one.label == other.label:
                heads = sorted((find(link.source), find(link.target)))
                parent[heads[1]] = heads[0]
            else:
                told = f"{_words(marked, one)} = {_words(marked, other)}"
                problems.append(f"{told}: a {one.label} and a {other.label} are not one thing")
    return {number: find(number) for number in parent}


def _fact(marked: MarkedText, one: Mark, other: Mark, relation: str, obj: str | None) -> Record | str:
    """Return what a gold fact says beside its subject and relation, or what is wrong with it."""
    if one.label not in ALLOWED[relation][0]:
        return f"its subject is a {one.label}"
    if relation == "issuedOn":
        date = other.note.strip() or read_date(_words(marked, other))
        return {"value": date} if date and _DATE.fullmatch(date) else "its object is no date such as 2024-07"
    if relation == "observed":
        figure = _read_note(other.note) if other.note.strip() else next(_figures(_words(marked, other)), None)
        form = " | ".join(_FIELDS)
        return figure or f"its object is no figure; a note says {form}"
    if obj is None:
        return f"its object is a {other.label}"
    if not is_allowed(one.label, relation, other.label):
        return f"not between a {one.label} and a {other.label}"
    return {"o": obj}


def _figures(words: str) -> Iterator[Record]:
    for start, _, fields in read_figures(words):
        yield {"measure": words[:start].strip(), **fields}


def _read_note(note: str) -> Record | None:
    parts = [part.strip() for part in note.split("|")]
    if len(parts) not in (5, 6) or parts[1] not in COMPARISONS:
        return None
    try:
        figure = {"measure": parts[0], "value": float(parts[2]), "factor": float(parts[3]), "unit": parts[4]}
    except ValueError:
        return None
    period = {"period": parts[5]} if len(parts) == 6 and parts[5] else {}
    return {**figure, "comparison": parts[1], **period}


def _words(marked: MarkedText, mark: Mark) -> str:
    return marked.text[mark.start : mark.end]
