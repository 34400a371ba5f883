"""Write a report: the answers to the canned questions, chapter by chapter, as one page that opens offline.

The rows are those of `kg ask`; `kg/report.toml` says which questions make which chapter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queries.engine import Engine


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """What was written: the file, and the rows of each question."""

    path: Path
    rows: Mapping[str, int]


def report_page(
    graph: Engine,
    *,
    findings: Sequence[Mapping[str, Any]] | None = None,
    title: str | None = None,
    language: str = "zh",
) -> str:
    """Return a report on a graph as HTML.

    Args:
        graph: What `kg.open_graph` or `kg.neo4j` gave.
        findings: Records of `findings.jsonl`; None where there are none to be had.
        title: Heading of the page.
        language: `zh` or `en`, the language that the page opens in.

    Raises:
        UsageError: There is no such language.
    """
    return _render(graph, findings, title, language)[0]


def write_report(
    graph: Engine,
    path: Path | str,
    *,
    findings: Sequence[Mapping[str, Any]] | None = None,
    title: str | None = None,
    language: str = "zh",
) -> WrittenReport:
    """Write a report into a file, whole or not at all.

    Args:
        graph: See `report_page`.
        path: The HTML file to write.
        findings: See `report_page`.
        title: See `report_page`.
        language: See `report_page`.

    Raises:
        OutputError: The file cannot be written.
        UsageError: There is no such language.
    """
    from .output import write_file

    html, rows = _render(graph, findings, title, language)
    path = Path(path)
    write_file(path, html.encode("utf-8"))
    return WrittenReport(path, rows)


def read_findings(folder: Path) -> list[dict[str, Any]]:
    """Read `findings.jsonl` of a folder that `kg build` wrote.

    Raises:
        OutputError: It is missing or damaged.
    """
    from ontology.errors import OutputError

    from .output import FINDINGS

    path = folder / FINDINGS
    try:
        return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}", hint="run `kg build` again") from error
    except ValueError as error:
        raise OutputError(f"{path}: damaged: {error}", hint="run `kg build` again") from error


def _render(
    graph: Engine, findings: Sequence[Mapping[str, Any]] | None, title: str | None, language: str
) -> tuple[str, dict[str, int]]:
    from .drawing.page import check_language
    from .reporting.chapters import load_words
    from .reporting.page import questions, render_report

    check_language(language)
    answers = {question: graph.ask(question) for question in questions()}
    heading = title or load_words()["text"]["title"][language]
    html = render_report(answers, findings, title=heading, language=language)
    return html, {question: len(rows) for question, rows in answers.items()}
