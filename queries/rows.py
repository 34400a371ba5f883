"""Rows: what a question or a query answers, whatever engine it ran on."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Cell: TypeAlias = "str | int | float | bool | None"

EVIDENCE_COLUMNS = ("modality", "origin", "doc", "start", "end", "quote")
"""The columns that say where a row comes from; they end the columns of every question about facts."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The answer to a question: named columns and records, iterable as dictionaries.

    Identifiers are shortened to `id:…` and `kg:…`; an unknown value is None.

    Attributes:
        columns: Names of the columns.
        records: One tuple a row, in the order of the columns.
        question: Name of the canned question, or empty.
        parameters: The parameters as they were understood: name, then what it stands for.
        note: What was understood of a question in words, for people; empty otherwise.
        cut_at: The number of rows at which the parameter `limit` of the question may have cut the answer; 0 if not.

    Examples:
        >>> rows = Rows(("region", "role"), [("北京市", "研发")])
        >>> rows[0]["role"]
        '研发'
    """

    columns: tuple[str, ...]
    records: Sequence[tuple[Cell, ...]]
    question: str = ""
    parameters: Mapping[str, Cell] = field(default_factory=dict)
    note: str = ""
    cut_at: int = 0

    def __iter__(self) -> Iterator[dict[str, Cell]]:
        for record in self.records:
            yield dict(zip(self.columns, record, strict=True))

    def __len__(self) -> int:
        return len(self.records)

    def __bool__(self) -> bool:
        return bool(self.records)

    def __getitem__(self, index: int) -> dict[str, Cell]:
        return dict(zip(self.columns, self.records[index], strict=True))

    def column(self, name: str) -> list[Cell]:
        """Return the values of one column."""
        index = self.columns.index(name)
        return [record[index] for record in self.records]

    def to_pandas(self) -> Any:
        """Return a pandas data frame; pandas must be installed.

        Raises:
            UsageError: pandas is not there.
        """
        frame: Any = _optional("pandas")
        return frame.DataFrame.from_records(list(self.records), columns=list(self.columns))

    def to_polars(self) -> Any:
        """Return a polars data frame; polars must be installed.

        Raises:
            UsageError: polars is not there.
        """
        frame: Any = _optional("polars")
        return frame.DataFrame(list(self.records), schema=list(self.columns), orient="row", infer_schema_length=None)

    def to_json(self) -> str:
        """Return a JSON array of objects."""
        from .formats import format_json

        return format_json(self)

    def to_csv(self) -> str:
        """Return RFC 4180 CSV with a header line; texts that a spreadsheet would run get an apostrophe in front."""
        from .formats import format_csv

        return format_csv(self)

    def to_markdown(self) -> str:
        """Return a Markdown table."""
        from .formats import format_markdown

        return format_markdown(self)

    def to_table(self, width: int = 120) -> str:
        """Return a table for a terminal of so many columns."""
        from .formats import format_table

        return format_table(self, width=width)

    def __str__(self) -> str:
        return self.to_table()

    def _repr_html_(self) -> str:
        """Return an HTML table for notebooks; every cell is escaped."""
        head = "".join(f"<th>{html.escape(column)}</th>" for column in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in record) + "</tr>"
            for record in self.records
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _optional(module: str) -> Any:
    import importlib

    from ontology.errors import UsageError

    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"{module} is not installed", hint=f"pip install {module}") from error
