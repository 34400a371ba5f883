"""What every engine gives: the embedded Oxigraph store and a Neo4j server answer the same questions."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from ontology.errors import LimitError, UsageError
from ontology.iri import ONTOLOGY, RESOURCE

from .resolve import Named, NameIndex
from .rows import Cell, Rows

if TYPE_CHECKING:
    from .catalog import Language


class Engine(ABC):
    """A graph that can be asked by name (`ask`), in its query language (`query`), and for its names."""

    language: Language
    """The query language of the engine."""

    @abstractmethod
    def run(self, statement: str, parameters: Mapping[str, Cell]) -> Rows:
        """Run a canned, trusted statement; `parameters` travel beside it where the language has parameters."""

    @abstractmethod
    def query(self, text: str, /, *, max_rows: int | None = None, **bindings: object) -> Rows:
        """Run a reading query in the engine's language.

        Raises:
            LimitError: There are more than `max_rows` rows.
        """

    @abstractmethod
    def all_names(self) -> Iterable[tuple[str, str, str, bool]]:
        """Yield (IRI, class, name, is preferred) for every name of every entity."""

    @cached_property
    def names(self) -> NameIndex:
        """The names in the graph, read when first needed."""
        return NameIndex(self.all_names())

    def ask(self, name: str, /, params: Mapping[str, object] | None = None, **more: object) -> Rows:
        """Answer a canned question, or a question in words.

        Args:
            name: Name of the question (`kg.questions()` lists them), or a question in Chinese or English.
            params: Parameters as a mapping.
            more: Parameters by name: `region="北京"`.

        Raises:
            UsageError: No such question or parameter, or a name that the graph does not know.
        """
        from .ask import ask

        return ask(self, name, params, **more)

    def explain(self, name: str, /, params: Mapping[str, object] | None = None, **more: object) -> str:
        """Say how a question is understood, and show the statement that would run."""
        from .ask import explain

        return explain(self, name, params, **more)

    def questions(self) -> Rows:
        """List the canned questions."""
        from .ask import list_questions

        return list_questions()

    def classes(self) -> Rows:
        """Count the entities of each class."""
        return self.ask("coverage")

    def find(self, name: str, type: str = "entity") -> Named:
        """Return the entity that a name means.

        Raises:
            UsageError: Nothing has the name, or several things have.
        """
        return self.names.resolve(name, (type,))


class CypherEngine(Engine):
    """Questions in Cypher on whatever runs a statement: a driver session, a test double.

    Subclasses implement `execute`; `kg.neo4j` gives one for a server.
    """

    language: Language = "cypher"

    @abstractmethod
    def execute(self, statement: str, parameters: Mapping[str, object]) -> tuple[list[str], Iterable[Iterable[object]]]:
        """Run a statement for reading and return its columns and records."""

    def run(self, statement: str, parameters: Mapping[str, Cell]) -> Rows:
        """Run a canned statement."""
        columns, records = self.execute(statement, parameters)
        return Rows(tuple(columns), [tuple(map(to_cell, record)) for record in records])

    def query(self, text: str, /, *, max_rows: int | None = None, **bindings: object) -> Rows:
        """Run a reading query in Cypher; `bindings` are its `$parameters`.

        Raises:
            LimitError: There are more than `max_rows` rows.
        """
        columns, found = self.execute(text, bindings)
        records = [tuple(map(to_cell, record)) for record in islice(found, None if max_rows is None else max_rows + 1)]
        if max_rows is not None and len(records) > max_rows:
            raise LimitError(f"the answer has more than {max_rows} rows", hint="add LIMIT, or ask for less")
        return Rows(tuple(columns), records)

    def all_names(self) -> Iterable[tuple[str, str, str, bool]]:
        """Yield every name of every entity."""
        _, records = self.execute(
            "MATCH (n:Resource) WHERE n.names IS NOT NULL "
            "RETURN n.uri AS uri, labels(n) AS labels, n.name AS name, n.names + coalesce(n.title, []) AS names",
            {},
        )
        from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES

        known = {*ENTITY_CLASSES, *EXTRA_CLASSES}
        for uri, labels, name, names in records:
            kind = next((label for label in labels if label in known), "Resource")  # type: ignore[attr-defined]
            yield str(uri), kind, str(name), True
            for other in names:  # type: ignore[attr-defined]
                if other != name:
                    yield str(uri), kind, str(other), False


def to_cell(value: object) -> Cell:
    """Return a value as a cell: our IRIs shortened to `id:` and `kg:`, lists joined, the rest as text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return "; ".join(str(to_cell(item)) for item in value)
    text = str(value)
    for namespace, prefix in ((RESOURCE, "id:"), (ONTOLOGY, "kg:")):
        if text.startswith(namespace):
            return prefix + text[len(namespace) :]
    return text


_ILLEGAL_IN_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def iri_term(iri: str) -> str:
    """Write an IRI for a SPARQL text.

    Raises:
        UsageError: It has characters that no IRI may have.
    """
    if _ILLEGAL_IN_IRI.search(iri) or ":" not in iri:
        raise UsageError(f"{iri!r} is no IRI")
    return f"<{iri}>"


def literal_term(value: str | int | float) -> str:
    r"""Write a literal for a SPARQL text, escaped so that nothing in it is read as SPARQL.

    Example:
        >>> literal_term('a" } UNION { ?s ?p ?o')
        '"a\\" } UNION { ?s ?p ?o"'
    """
    if isinstance(value, int | float):
        return repr(value)
    # Characters that no Turtle or SPARQL string may hold as they are go in by number.
    characters = (_ESCAPES.get(c) or (f"\\u{ord(c):04X}" if ord(c) < 0x20 or ord(c) == 0x7F else c) for c in value)
    return '"' + "".join(characters) + '"'
