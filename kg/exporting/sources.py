"""Where an export takes its graph from: a folder that `kg build` wrote, a Turtle file, or a Neo4j server."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.projection import PropertyGraph, Triple


class Source(ABC):
    """A graph, as RDF and as a property graph."""

    @abstractmethod
    def triples(self) -> Iterable[Triple]:
        """Return its triples, each once."""

    @abstractmethod
    def property_graph(self) -> PropertyGraph:
        """Return it as nodes and relationships, with all that the way back to RDF needs."""


@dataclass(frozen=True, slots=True)
class FolderSource(Source):
    """A folder that `kg build` wrote, or a Turtle file.

    Attributes:
        path: The folder or file.
    """

    path: Path

    @property
    def file(self) -> Path:
        """The Turtle file; in a folder the one that its manifest vouches for, or the N-Quads of a build on Spark."""
        from kg.output import GRAPH, QUADS, read_manifest

        if self.path.is_file():
            return self.path
        manifest = read_manifest(self.path)
        return self.path / (GRAPH if GRAPH in manifest.sha256 else QUADS)

    def triples(self) -> Iterable[Triple]:
        """Read the triples."""
        from kg.projection import read_triples

        return dict.fromkeys(read_triples(self.file))

    def property_graph(self) -> PropertyGraph:
        """Read it as nodes and relationships."""
        from kg.projection import read_property_graph

        return read_property_graph(self.file, keep_all=True)


@dataclass(frozen=True, slots=True)
class ServerSource(Source):
    """What `kg load` brought into a Neo4j server; what a user added there is left out.

    Attributes:
        uri: Address of the server.
        user: Who reads.
        password: Their password.
        database: Name of the database, or None for the user's home database.
    """

    uri: str
    user: str
    password: str
    database: str | None = None

    def triples(self) -> Iterable[Triple]:
        """Read the graph and turn it back into RDF."""
        from kg.unprojection import unproject

        return unproject(self.property_graph())

    def property_graph(self) -> PropertyGraph:
        """Read the graph."""
        from kg.load import read_graph

        return read_graph(self.uri, user=self.user, password=self.password, database=self.database)
