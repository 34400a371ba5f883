"""CSV tables for people and spreadsheets: a table is a query in this folder."""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.projection import Triple

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Without it spreadsheets take Chinese for something else."""


def write_tables(triples: Iterable[Triple], folder: Path) -> str:
    """Write each table as `NAME.csv` (UTF-8 with a byte order mark) and return news for people."""
    from kg.exporting.rdf import write_turtle_file
    from kg.output import write_files
    from queries.formats import format_csv
    from queries.store import KnowledgeGraph

    turtle = io.BytesIO()
    write_turtle_file(triples, turtle)
    graph = KnowledgeGraph(turtle.getvalue())
    files, news = {}, []
    for item in sorted(resources.files(__package__).iterdir(), key=lambda item: item.name):
        if item.name.endswith(".rq"):
            rows = graph.query(item.read_text(encoding="utf-8"))
            name = item.name.removesuffix(".rq") + ".csv"
            files[name] = BYTE_ORDER_MARK + format_csv(rows).encode()
            news.append(f"{len(rows):,} rows in {folder / name}")
    write_files(folder, files)
    return "\n".join(news)
