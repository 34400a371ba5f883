"""Read a table (.csv, .tsv): one document a row."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

from ontology.errors import UnreadableDocumentError
from ontology.model import Finding

from .record import choose_columns, read_record
from .texts import decode, decoding_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import File, Item


def read(file: File) -> Iterator[Item]:
    """Give the text of each row as a document; its place is `cell=ROW,COLUMN`, counted from 1, header included.

    Raises:
        UnreadableDocumentError: It is no text, has no column with texts, or has too many rows.
    """
    decoded = decode(file.data, doc=file.doc)
    first = decoded.text.partition("\n")[0]
    delimiter = max("\t,;", key=first.count) if not file.name.lower().endswith(".tsv") else "\t"
    csv.field_size_limit(file.limits.characters + 1)
    rows = csv.reader(StringIO(decoded.text, newline=""), delimiter=delimiter)
    try:
        header = next(rows, [])
        columns = choose_columns(header, doc=file.doc)
        yield from decoding_findings(decoded, doc=file.doc, name=file.name)
        column = header.index(columns["text"]) + 1
        is_empty = True
        for number, row in enumerate(rows, start=2):
            if number - 1 > file.limits.rows:
                message = f"{file.doc} has more than {file.limits.rows:,} rows; the rest is left out."
                yield Finding("limit-rows", "error", file.doc, None, None, message)
                return
            if not any(map(str.strip, row)):
                continue
            is_empty = False
            if len(row) > len(header):
                yield _ragged(file, row, header, number=number, text_is_last=column == len(header))
                row[len(header) - 1 :] = [delimiter.join(row[len(header) - 1 :])]
            record = dict(zip(header, row, strict=False))
            place = f"cell={number},{column}"
            yield read_record(file, record, columns, number=number, place=place, encoding=decoded.encoding)
        if is_empty:
            yield Finding("empty-document", "error", file.doc, None, None, f"{file.doc} has a header and no rows.")
    except csv.Error as error:
        raise UnreadableDocumentError(f"{file.doc}, line {rows.line_num}: {error}", doc=file.doc) from error


def _ragged(file: File, row: list[str], header: list[str], *, number: int, text_is_last: bool) -> Finding:
    """Say that a row has more cells than the header; most likely its text holds separators without quotes."""
    done = "the last ones were joined" if text_is_last else "what is too many was joined to the last column"
    message = (
        f"{file.doc}, row {number} has {len(row)} cells, the header {len(header)}; {done}. hint: put texts in quotes"
    )
    return Finding("ragged-row", "warning", f"{file.doc}/{number}", None, None, message)
