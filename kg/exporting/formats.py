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


def _write_jsonld(source: Source, out: BinaryIO) -> None:
    from .jsonld import write_jsonld

    write_jsonld(source.triples(), out)


def _write_nquads(source: Source, out: BinaryIO) -> None:
    from .datasets import write_nquads

    write_nquads(source.triples(), out)


def _write_trig(source: Source, out: BinaryIO) -> None:
    from .datasets import write_trig

    write_trig(source.triples(), out)


def _write_graphml(source: Source, out: BinaryIO) -> None:
    from .graphml import write_graphml

    write_graphml(source.property_graph(), out)


def _write_csv(source: Source, folder: Path) -> str:
    from .tables import write_tables

    return write_tables(source.triples(), folder)


FORMATS: Mapping[str, Format] = {
    "ttl": Format("Turtle, the bytes of graph.ttl", write=_write_turtle),
    "nt": Format("N-Triples, sorted", write=_write_ntriples),
    "jsonld": Format("JSON-LD with a context that reads well, nodes sorted", write=_write_jsonld),
    "nq": Format(
        "N-Quads, sorted: every triple, and what each document asserts in a graph of its own", write=_write_nquads
    ),
    "trig": Format("TriG: the same dataset", write=_write_trig),
    "graphml": Format("GraphML for Gephi, yEd, Cytoscape, networkx", write=_write_graphml),
    "csv": Format("a folder of two tables, entities.csv and facts.csv, for spreadsheets", write_folder=_write_csv),
    "neo4j-csv": Format("a folder of CSV files for `neo4j-admin database import full`", write_folder=_write_neo4j_csv),
}
"""Formats by name; another one is one more line here."""
