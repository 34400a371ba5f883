"""Put chapters, rows and findings into one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, TypeAlias

from kg.drawing.page import read_styles, template_loader
from kg.drawing.policy import hash_source, unify_newlines
from kg.drawing.style import class_style, load_style, relation_style
from ontology.plugins import load_object
from queries.rows import EVIDENCE_COLUMNS, Cell, Rows

from .chapters import Chapter, View, Words, load_chapters, load_words
from .views import actor_map, agreements, charts, grid, named_sets, row_name, timeline

Record: TypeAlias = "dict[str, Any]"

MOST_ROWS = 1_500
"""Rows of one question in the page; `kg ask` gives the others."""
_PROOF = (*EVIDENCE_COLUMNS, "source")
_CLASSES = frozenset({"class", "issuer_class"})


@dataclass(frozen=True, slots=True)
class _Table:
    columns: tuple[str, ...]
    proved: bool
    records: list[Record]
    total: int


def render_report(
    answers: Mapping[str, Rows], findings: Sequence[Mapping[str, Any]] | None, *, title: str, language: str
) -> str:
    """Return the HTML of a report.

    Args:
        answers: The rows of each question that the chapters name.
        findings: Records of `findings.jsonl`, or None where the source has none.
        title: Heading of the page.
        language: `zh` or `en`, the language that the page opens in.
    """
    from jinja2 import Environment

    environment = Environment(loader=template_loader(), autoescape=True, trim_blocks=False)
    environment.filters["cut"] = _cut
    words, style = load_words(), load_style()
    script = unify_newlines(files("kg").joinpath("templates", "report.js").read_text(encoding="utf-8"))
    script = f'"use strict";\n(() => {{\n{script}\n}})();'
    css = read_styles("report.css")
    environment.globals.update(
        columns=words["columns"],
        text=words["text"],
        value=_value,
        modality=lambda name: style["modalities"].get(name) or {"zh": name, "en": name},
        class_words=class_style,
    )
    filler = _Filler(answers)
    html = environment.get_template("report.html").render(
        heading=title,
        language={"zh": "zh-CN", "en": "en"}[language],
        chapters=[filler.chapter(chapter) for chapter in load_chapters()],
        findings=findings,
        css=css,
        js=script,
        script_hashes=hash_source(script),
        style_hashes=hash_source(css),
    )
    return html.encode("utf-8", errors="replace").decode("utf-8")


def questions() -> list[str]:
    """Return the questions that a report asks, each once."""
    views = [view for chapter in load_chapters() for view in chapter.views]
    return list(dict.fromkeys(question for view in views for question in view.questions))


class _Filler:
    """Fills the views of chapters with what the rows say."""

    def __init__(self, answers: Mapping[str, Rows]) -> None:
        self.answers = answers
        self.titles = {row["doc"]: row for row in answers["documents"]}

    def chapter(self, chapter: Chapter) -> Record:
        views = [
            {"kind": v.kind, "title": v.title, "questions": v.questions, "is_open": v.is_open, "content": self.view(v)}
            for v in chapter.views
        ]
        return {"name": chapter.name, "title": chapter.title, "about": chapter.about, "views": views}

    def view(self, view: View) -> Any:
        rows = [self.answers[question] for question in view.questions]
        if view.kind == "table":
            return self.table(rows[0], view.columns)
        if view.kind == "indicators":
            return [self.chart(chart) for chart in charts(rows[0])]
        if view.kind == "drawing":
            return load_object(view.draw, asked_by="a view of a report")(*rows)
        draw: Mapping[str, Callable[..., Any]] = {
            "grid": grid, "timeline": timeline, "map": actor_map, "sets": named_sets, "agreement": agreements,
        }  # fmt: skip
        return draw[view.kind](*rows)

    def table(self, rows: Rows, columns: tuple[str, ...]) -> _Table:
        proved = "quote" in rows.columns
        shown = columns or tuple(name for name in rows.columns if not proved or name not in _PROOF)
        records = []
        for number, row in zip(range(MOST_ROWS), rows, strict=False):
            record: Record = {"name": row_name(rows.question, number), "cells": [_cell(n, row[n]) for n in shown]}
            if proved:
                record |= {name: _plain(row.get(name)) for name in ("quote", "modality", "doc", "source")}
                document = self.titles.get(row.get("doc"), {})
                record["title"] = _plain(document.get("title")) or record["doc"]
                record["date"] = _plain(document.get("date"))
                record["place"] = f"{_plain(row.get('start'))}–{_plain(row.get('end'))}"
            records.append(record)
        return _Table(shown, proved, records, len(rows))

    def chart(self, chart: Any) -> Record:
        style = load_style()
        bars = [
            {
                "subject": bar.subject, "period": bar.period, "size": abs(bar.amount), "amount": _amount(bar.amount),
                "comparison": bar.comparison, "modality": bar.modality or "asserted", "row": bar.row,
                "bound": style["comparisons"].get(bar.comparison, {"zh": "", "en": ""}),
            }
            for bar in chart.bars
        ]  # fmt: skip
        return {"measure": chart.measure, "unit": chart.unit, "bars": bars}


_SCALES: Mapping[str, tuple[tuple[float, str], ...]] = {
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
    "en": ((1e12, " trillion "), (1e9, " billion "), (1e6, " million ")),
}


def _amount(amount: float) -> Words:
    """Return an amount as people write it in each language.

    Example:
        >>> _amount(2.5e8)["zh"]
        '2.5亿'
    """
    found = {}
    for language, scales in _SCALES.items():
        factor, word = next(((f, w) for f, w in scales if abs(amount) >= f), (1.0, ""))
        found[language] = f"{round(amount / factor, 4):,.10g}{word}"
    return found


def _cell(column: str, value: Cell) -> Record:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    record: Record = {"text": _plain(value), "number": number, "words": None}
    if value is None or value == "":
        return record
    if column in _CLASSES:
        record["words"] = class_style(str(value))
    elif column == "relation":
        record["words"] = relation_style(str(value))
    elif column == "modality":
        record["words"] = load_style()["modalities"].get(str(value))
    elif column == "comparison":
        record["words"] = load_style()["comparisons"].get(str(value))
    elif column == "amount" and isinstance(value, (int, float)):
        record["words"] = _amount(float(value))
    elif column in ("origin", "agreement", "complete", "status"):
        record["words"] = _value(str(value))
    return record


def _value(name: str) -> Words:
    known: Words | None = load_words()["values"].get(name) or load_style()["values"].get(name)
    return known or {"zh": name, "en": name}


def _plain(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _cut(text: str, most: int) -> str:
    """Shorten a name; Latin letters count half."""
    room = 2.0 * most
    for i, letter in enumerate(text):
        room -= 2 if ord(letter) > 0x2E80 else 1.1
        if room < 0:
            return text[: max(1, i - 1)] + "…"
    return text
