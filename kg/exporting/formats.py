"""The formats of `kg export`: each a name, what it is, and a function that writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from .sources import Source


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        about: One line for `kg export --help`.
        write: Writes a source as one stream of bytes; None for a format that is a folder.
        write_folder: Writes a source into a folder and returns news for people; None for a stream.
    """

    about: str
    write: Callable[[Source, BinaryIO], None] | None = None
    write_folder: Callable[[Source, Path], str] | None = None


def _write_turtle(source: Source, out: BinaryIO) -> None:
    from .rdf import write_turtle_file

    write_turtle_file(source.triples(), out)


def _write_ntriples(source: Source, out: BinaryIO) -> None:
    from .rdf import write_ntriples

    write_ntriples(source.triples(), out)


def _write_neo4j_csv(source: Source, folder: Path) -> str:
    from .neo4j_csv import write_import_files

    return str(write_import_files(source.property_graph(), folder))


FORMATS: Mapping[str, Format] = {
    "ttl": Format("Turtle, the bytes of graph.ttl", write=_write_turtle),
    "nt": Format("N-Triples, sorted", write=_write_ntriples),
    "neo4j-csv": Format("a folder of CSV files for `neo4j-admin database import full`", write_folder=_write_neo4j_csv),
}
"""Formats by name; another one is one more line here."""
