"""Read JSON lines (.jsonl): one document a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ontology.errors import DocumentError
from ontology.model import Finding

from .record import choose_columns, read_record
from .texts import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import File, Item


def read(file: File) -> Iterator[Item]:
    """Give the text of each line as a document; a line that is no object costs itself only.

    Raises:
        UnreadableDocumentError: It is no text.
    """
    decoded = decode(file.data, doc=file.doc)
    count = 0
    for number, line in enumerate(decoded.text.split("\n"), start=1):
        if not line.strip():
            continue
        count += 1
        if count > file.limits.rows:
            message = f"{file.doc} has more than {file.limits.rows:,} lines; the rest is left out."
            yield Finding("limit-rows", "error", file.doc, None, None, message)
            return
        doc = f"{file.doc}/{number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Finding("unreadable-record", "error", doc, None, None, f"{file.doc}, line {number}: {error}")
            continue
        if not isinstance(value, dict):
            message = f'{file.doc}, line {number}: expected an object, such as {{"text": …}}.'
            yield Finding("unreadable-record", "error", doc, None, None, message)
            continue
        record = {key: _words(item) for key, item in value.items()}
        try:
            columns = choose_columns(list(record), doc=doc)
        except DocumentError as error:
            hint = f" hint: {error.hint}" if error.hint else ""
            yield Finding("no-text-column", "error", doc, None, None, error.message + hint)
            continue
        yield read_record(file, record, columns, number=number, place=f"line={number}", encoding=decoded.encoding)
    if not count:
        yield Finding("empty-document", "error", file.doc, None, None, f"{file.doc} holds nothing but white space.")


def _words(value: object) -> str:
    """Return what a value says as one string; a list is joined as names are."""
    if isinstance(value, list):
        return ", ".join(map(_words, value))
    return "" if value is None else str(value)
