"""Make documents of the records of a table: which column is the text, and what the others say of it."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ontology.errors import DocumentError, UnreadableDocumentError
from ontology.model import DocumentMetadata, Finding, Place

from .names import document_name
from .texts import media_type_of, source_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .values import File, Item

_DATE = re.compile(
    r"(?P<year>(?:19|20)\d\d)(?:\s*[-/.年]\s*(?P<month>\d{1,2})(?:\s*[-/.月]\s*(?P<day>\d{1,2}))?)?(?!\d)"
)
_BETWEEN = re.compile(r"[\s,，、;；]+")


@lru_cache(maxsize=1)
def _known() -> Mapping[str, list[str]]:
    return tomllib.loads(files(__package__).joinpath("columns.toml").read_text("utf-8"))


def choose_columns(names: Sequence[str], *, doc: str) -> dict[str, str]:
    """Return which column is the text, the title, the date, … by the names of the columns.

    Raises:
        UnreadableDocumentError: No column is called as a text is.
    """
    folded = {name.strip().casefold(): name for name in reversed(names)}
    chosen = {}
    for role, known in _known().items():
        found = next((folded[name] for name in known if name in folded), None)
        if found is not None:
            chosen[role] = found
    if "text" not in chosen:
        there = ", ".join(names[:12]) or "none"
        raise UnreadableDocumentError(
            f"{doc} has no column with texts; its columns: {there}.",
            doc=doc,
            code="no-text-column",
            hint="call the column text or 正文",
        )
    return chosen


def read_record(
    file: File, record: Mapping[str, str], columns: Mapping[str, str], *, number: int, place: str, encoding: str
) -> Item:
    """Return the document of one record, or a finding where it holds no text."""
    name = record.get(columns["id"], "").strip() if "id" in columns else ""
    doc = f"{file.doc}/{document_name(name.replace('/', '_'))[:100] or number}"
    text = record.get(columns["text"], "")
    try:
        return source_text(
            file,
            text,
            doc=doc,
            media_type=media_type_of(text),
            encoding=encoding,
            places=[Place(0, place)],
            metadata=_metadata(record, columns),
        )
    except DocumentError as error:
        code = getattr(error, "code", "empty-document")
        return Finding(code, "error", doc, None, None, f"{error.message} ({place})")


def _metadata(record: Mapping[str, str], columns: Mapping[str, str]) -> DocumentMetadata:
    def value(role: str) -> str:
        return record.get(columns.get(role, ""), "").strip()

    authors = tuple(filter(None, _BETWEEN.split(value("authors"))))
    return DocumentMetadata(value("title") or None, _day(value("date")), value("outlet") or None, authors)


def _day(text: str) -> str | None:
    """Return a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""
    found = _DATE.search(text)
    if found is None:
        compact = re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", text)
        return "-".join(compact.groups()) if compact else None
    year, month, day = found["year"], int(found["month"] or 0), int(found["day"] or 0)
    if not 1 <= month <= 12:
        return year
    return f"{year}-{month:02}-{day:02}" if 1 <= day <= 31 else f"{year}-{month:02}"
