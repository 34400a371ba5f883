"""Label Studio: a list of tasks with predictions to be corrected; what comes back is its export named JSON.

See the pages *Label Studio task format* and *Import pre-annotations* of its documentation. Offsets count code points,
as ours do. The notes are a text area of each region, relations have labels; `labels.xml` is the labelling
interface that goes with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias
from xml.etree import ElementTree

from ..drawing.style import class_style, load_style
from .marks import DATE, FIGURE, LABELS, LINKS, Link, Mark, MarkedText, marked_text
from .reports import Returned

Record: TypeAlias = "dict[str, Any]"

TASKS, INTERFACE = "tasks.json", "labels.xml"
_REGION = {"from_name": "label", "to_name": "text"}
_NOTE = {"from_name": "note", "to_name": "text"}


def write(texts: Iterable[MarkedText], version: str) -> dict[str, bytes]:
    """Return the files to import: the tasks, and the labelling interface.

    Args:
        texts: The marked texts.
        version: What made the marks; Label Studio shows it beside them.
    """
    tasks = [_task(text, version) for text in texts]
    return {
        TASKS: (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode(),
        INTERFACE: _interface().encode(),
    }


def read(tasks: Iterable[Record]) -> Iterator[Returned]:
    """Yield what annotators made of each task, None for a task that nobody annotated.

    Of several annotations the ground truth counts, else the last one.
    """
    for number, task in enumerate(tasks, start=1):
        data = task.get("data") or {}
        text, doc = data.get("text"), data.get("doc") or f"task-{task.get('id', number)}"
        if not isinstance(text, str):
            yield Returned(str(doc), None, ("no text under data.text; export it as JSON, not as JSON-MIN or CSV",))
            continue
        made = [a for a in task.get("annotations") or () if not a.get("was_cancelled")]
        if not made:
            yield Returned(str(doc), None, ("nobody has annotated it",))
            continue
        chosen = max(made, key=lambda a: (bool(a.get("ground_truth")), str(a.get("updated_at") or ""), _number(a)))
        problems = [f"{len(made)} annotations, one of them counts"] if len(made) > 1 else []
        yield Returned(str(doc), _marked(str(doc), text, chosen.get("result") or (), problems), tuple(problems))


def _number(annotation: Mapping[str, Any]) -> int:
    return int(annotation["id"]) if str(annotation.get("id", "")).isdecimal() else 0


def _task(marked: MarkedText, version: str) -> Record:
    result: list[Record] = []
    for number, mark in enumerate(marked.marks):
        value = {"start": mark.start, "end": mark.end, "text": marked.text[mark.start : mark.end]}
        result.append({"id": f"m{number}", **_REGION, "type": "labels", "value": {**value, "labels": [mark.label]}})
        if mark.note:
            note = {"start": mark.start, "end": mark.end, "text": [mark.note]}
            result.append({"id": f"m{number}", **_NOTE, "type": "textarea", "value": note})
    for link in marked.links:
        ends = {"from_id": f"m{link.source}", "to_id": f"m{link.target}"}
        result.append({"type": "relation", **ends, "direction": "right", "labels": [link.label]})
    return {
        "data": {"text": marked.text, "doc": marked.doc},
        "predictions": [{"model_version": version, "result": result}],
    }


def _marked(doc: str, text: str, result: Iterable[Record], problems: list[str]) -> MarkedText:
    marks: list[Mark] = []
    numbers: dict[str, int] = {}
    notes: dict[str, str] = {}
    relations = []
    for item in result:
        value = item.get("value") or {}
        if item.get("type") == "relation":
            relations.append(item)
        elif item.get("type") == "textarea":
            said = value.get("text") or ""
            notes[str(item.get("id"))] = said if isinstance(said, str) else " ".join(said)
        elif item.get("type") == "labels":
            place = _place(text, value)
            if place is None or not value.get("labels"):
                problems.append(f"a region without label or outside the text: {value}")
                continue
            numbers[str(item.get("id"))] = len(marks)
            marks.append(Mark(*place, str(value["labels"][0])))
    links = []
    for item in relations:
        ends = [numbers.get(str(item.get(key))) for key in ("from_id", "to_id")]
        if None in ends or not item.get("labels"):
            problems.append(f"a relation without label or end: {item.get('from_id')} → {item.get('to_id')}")
            continue
        one, other = reversed(ends) if item.get("direction") == "left" else ends
        links += [Link(one or 0, other or 0, str(label)) for label in item["labels"]]
    noted = [Mark(m.start, m.end, m.label, notes.get(key, "")) for key, m in zip(numbers, marks, strict=True)]
    return marked_text(doc, text, noted, links)


def _place(text: str, value: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return where a region is: at its offsets, or where its words stand nearest to them."""
    start, end, words = int(value.get("start", -1)), int(value.get("end", -1)), value.get("text")
    if 0 <= start < end <= len(text) and (not words or text[start:end] == words):
        return start, end
    if not words:
        return None
    before, behind = text.rfind(words, 0, max(start, 0) + len(words)), text.find(words, max(start, 0))
    found = [place for place in (before, behind) if place >= 0]
    at = min(found, key=lambda place: abs(place - start), default=None)
    return None if at is None else (at, at + len(words))


def _interface() -> str:
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Style").text = ".htx-text { white-space: pre-wrap; }"
    labels = ElementTree.SubElement(view, "Labels", name="label", toName="text")
    for name in LABELS:
        style = load_style()["provenance"][FIGURE] if name in (DATE, FIGURE) else class_style(name)
        hint = "日期" if name == DATE else style["zh"]
        ElementTree.SubElement(labels, "Label", value=name, background=style["color"], hint=hint)
    ElementTree.SubElement(view, "Text", name="text", value="$text", granularity="symbol")
    shown = ElementTree.SubElement(view, "View", visibleWhen="region-selected")
    hint = "measure | comparison | value | factor | unit | period"
    ElementTree.SubElement(
        shown, "TextArea", name="note", toName="text", perRegion="true", editable="true", placeholder=hint
    )
    relations = ElementTree.SubElement(view, "Relations")
    for name in LINKS:
        ElementTree.SubElement(relations, "Relation", value=name)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"
