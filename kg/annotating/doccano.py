"""doccano: JSON lines of its task *relation extraction*, for a sequence labelling project with relations.

One text a line, with `entities` (`start_offset`, `end_offset` in code points, `label`) and `relations` (`from_id`,
`to_id`, `type`), the same on its way in and out. doccano keeps fields that it does not know and gives them back: so the
name of the document and the notes travel, each note with the place and class that it belongs to.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

from ..drawing.style import class_style, load_style
from ..output import to_jsonl
from .marks import DATE, FIGURE, LABELS, Link, Mark, MarkedText, marked_text
from .reports import Returned

Record: TypeAlias = "dict[str, Any]"

TEXTS, TYPES = "texts.jsonl", "span_labels.json"


def write(texts: Iterable[MarkedText], version: str) -> dict[str, bytes]:
    """Return the files to import: the texts, and the colours of their labels.

    Args:
        texts: The marked texts.
        version: What made the marks; stands with each text.
    """
    records, number = [], 0
    for marked in texts:
        entities = [
            {"id": number + index, "label": mark.label, "start_offset": mark.start, "end_offset": mark.end}
            for index, mark in enumerate(marked.marks)
        ]
        relations = [
            {"id": index, "from_id": number + link.source, "to_id": number + link.target, "type": link.label}
            for index, link in enumerate(marked.links)
        ]
        notes = [[mark.start, mark.end, mark.label, mark.note] for mark in marked.marks if mark.note]
        said = {"doc": marked.doc, "made_by": version, "notes": notes}
        records.append({"text": marked.text, **said, "entities": entities, "relations": relations})
        number += len(entities)  # an id is never used twice in a file
    types = [
        {"text": name, "background_color": _color(name), "text_color": "#ffffff", "task_type": "Span"}
        for name in LABELS
    ]
    return {TEXTS: to_jsonl(records), TYPES: (json.dumps(types, ensure_ascii=False, indent=1) + "\n").encode()}


def read(records: Iterable[Record]) -> Iterator[Returned]:
    """Yield what annotators made of each line."""
    for number, record in enumerate(records, start=1):
        text, doc = record.get("text"), str(record.get("doc") or f"text-{record.get('id', number)}")
        if not isinstance(text, str) or not isinstance(record.get("entities"), list):
            yield Returned(doc, None, ("no text with entities; export it as JSONL(relation)",))
            continue
        problems: list[str] = []
        yield Returned(doc, _marked(doc, text, record, problems), tuple(problems))


def _marked(doc: str, text: str, record: Record, problems: list[str]) -> MarkedText:
    notes: defaultdict[tuple[int, int, str], list[str]] = defaultdict(list)
    for start, end, label, note in record.get("notes") or ():
        notes[start, end, label].append(note)
    marks: list[Mark] = []
    numbers: dict[int, int] = {}
    for entity in record["entities"]:
        start, end, label = int(entity["start_offset"]), int(entity["end_offset"]), str(entity["label"])
        if not 0 <= start < end <= len(text):
            problems.append(f"outside the text: {entity}")
            continue
        noted = notes[start, end, label]
        numbers[entity["id"]] = len(marks)
        marks.append(Mark(start, end, label, noted.pop(0) if noted else ""))
    links = []
    for relation in record.get("relations") or ():
        one, other = numbers.get(relation["from_id"]), numbers.get(relation["to_id"])
        if one is None or other is None:
            problems.append(f"a relation without an end: {relation}")
        else:
            links.append(Link(one, other, str(relation["type"])))
    return marked_text(doc, text, marks, links)


def _color(name: str) -> str:
    style = load_style()["provenance"][FIGURE] if name in (DATE, FIGURE) else class_style(name)
    return str(style["color"])
