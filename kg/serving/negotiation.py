"""Which form an answer takes: the formats there are, and what an `Accept` header wants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SOLUTIONS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/xml",
)
"""Formats of SELECT and ASK; the first is for those who want none in particular."""

GRAPHS = ("text/turtle", "application/n-triples", "application/rdf+xml", "application/ld+json")
"""Formats of CONSTRUCT and DESCRIBE."""

_WRITERS = {
    "application/sparql-results+json": ("QueryResultsFormat", "JSON"),
    "application/json": ("QueryResultsFormat", "JSON"),
    "application/sparql-results+xml": ("QueryResultsFormat", "XML"),
    "application/xml": ("QueryResultsFormat", "XML"),
    "text/csv": ("QueryResultsFormat", "CSV"),
    "text/tab-separated-values": ("QueryResultsFormat", "TSV"),
    "text/turtle": ("RdfFormat", "TURTLE"),
    "application/n-triples": ("RdfFormat", "N_TRIPLES"),
    "application/rdf+xml": ("RdfFormat", "RDF_XML"),
    "application/ld+json": ("RdfFormat", "JSON_LD"),
}


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """Return the format that an `Accept` header likes best, or None when it likes none (RFC 9110, 12.5.1).

    Example:
        >>> choose("text/csv;q=0.5, text/*;q=0.9, */*;q=0.1", SOLUTIONS)
        'text/tab-separated-values'
    """
    if not accept or not accept.strip():
        return offered[0]
    ranges = [_read_range(item) for item in accept.split(",") if item.strip()]

    def quality(media_type: str) -> float:
        fitting = [(len(pattern.replace("*", "")), q) for pattern, q in ranges if _fits(media_type, pattern)]
        return max(fitting)[1] if fitting else 0.0

    best = max(offered, key=lambda media_type: (quality(media_type), -offered.index(media_type)))
    return best if quality(best) > 0 else None


def writer_format(media_type: str) -> Any:
    """Return pyoxigraph's name of a format."""
    import pyoxigraph

    home, name = _WRITERS[media_type]
    return getattr(getattr(pyoxigraph, home), name)


def with_charset(media_type: str) -> str:
    """Return a media type as the header says it."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _read_range(item: str) -> tuple[str, float]:
    pattern, *parameters = (part.strip().lower() for part in item.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return pattern, min(1.0, max(0.0, float(value)))
            except ValueError:
                return pattern, 0.0
    return pattern, 1.0


def _fits(media_type: str, pattern: str) -> bool:
    kind, _, _ = pattern.partition("/")
    return pattern in ("*/*", "*", media_type) or (pattern.endswith("/*") and media_type.startswith(kind + "/"))
