"""Ask a Neo4j server what the embedded graph is asked: the same questions, the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ontology.errors import LimitError
from queries.engine import CypherEngine, to_cell
from queries.rows import Rows

from .loading.connection import DEFAULT_URI, DEFAULT_USER, check_uri, connect, find_password, translated_errors

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction


def neo4j(
    uri: str | None = None,
    *,
    user: str | None = None,
    password: str | None = None,
    password_file: Path | str | None = None,
    database: str | None = None,
) -> Neo4jGraph:
    """Open a graph that `kg load` brought into Neo4j.

    Args:
        uri: Address of the server; `NEO4J_URI` when left out.
        user: Who asks; `NEO4J_USER`, else `neo4j`.
        password: Better left out: it is then taken from `password_file`, `NEO4J_PASSWORD`, the file that
            `NEO4J_PASSWORD_FILE` names, or asked for at the terminal.
        password_file: A file with the password.
        database: Name of the database; the user's home database when left out.

    Raises:
        ServiceError: The server cannot be reached or refuses the user.
        UsageError: The address is none.

    Example:
        >>> with kg.neo4j("bolt://localhost:7687") as graph:  # doctest: +SKIP
        ...     print(graph.ask("roles_of_regions", region="北京"))
    """
    address, user, password = login(uri, user, password, password_file)
    with translated_errors(address):
        driver = connect(address, user=user, password=password)
    return Neo4jGraph(driver, address, database)


def login(
    uri: str | None, user: str | None, password: str | None, password_file: Path | str | None
) -> tuple[str, str, str]:
    """Return address, user and password, those that are not given from where they are kept."""
    import os

    user = user or os.environ.get("NEO4J_USER", DEFAULT_USER)
    address = check_uri(uri or os.environ.get("NEO4J_URI", DEFAULT_URI))
    if password is None:
        password = find_password(password_file, user=user, prompt=True)
    return address, user, password


class Neo4jGraph(CypherEngine):
    """A graph on a Neo4j server: `.ask()` and `.query()` as the embedded graph has them, the latter in Cypher.

    Sessions are for reading: the server refuses a statement that would write. Close it, or use it in a `with`.
    """

    def __init__(self, driver: Driver, uri: str, database: str | None = None) -> None:
        self.driver = driver
        self.uri = uri
        self.database = database

    def __repr__(self) -> str:
        return f"<Neo4jGraph {self.uri}>"

    def __enter__(self) -> Neo4jGraph:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.driver.close()

    def query(self, text: str, /, *, max_rows: int | None = None, **bindings: object) -> Rows:
        """Run a reading query in Cypher.

        Args:
            text: The query.
            max_rows: The largest answer that is wanted.
            bindings: Its `$parameters`.

        Raises:
            UsageError: The server refuses the query: it is no Cypher, or it would write.
            ServiceError: The server cannot be reached.
            LimitError: There are more than `max_rows` rows.
        """
        columns, records = self.execute(text, bindings)
        rows = Rows(tuple(columns), [tuple(map(to_cell, record)) for record in records])
        if max_rows is not None and len(rows) > max_rows:
            raise LimitError(f"the answer has more than {max_rows} rows", hint="add LIMIT, or ask for less")
        return rows

    def execute(self, statement: str, parameters: Mapping[str, object]) -> tuple[list[str], Iterable[Iterable[object]]]:
        """Run a statement for reading."""
        from neo4j import READ_ACCESS

        def read(tx: ManagedTransaction) -> tuple[list[str], list[list[object]]]:
            result = tx.run(statement, dict(parameters))
            return list(result.keys()), [[plain(value) for value in record] for record in result]

        with (
            translated_errors(self.uri),
            self.driver.session(database=self.database, default_access_mode=READ_ACCESS, fetch_size=5_000) as session,
        ):
            return session.execute_read(read)


def plain(value: Any) -> Any:
    """Return what a cell can hold: a node's address, a relationship's fact or type, a path as both in turn."""
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        return value.get("uri") or value.get("name") or ":".join(sorted(value.labels))
    if isinstance(value, Relationship):
        return value.get("factId") or value.type
    if isinstance(value, Path):
        parts: list[Any] = [plain(value.nodes[0])]
        for relationship, node in zip(value.relationships, value.nodes[1:], strict=True):
            parts += [relationship.type, plain(node)]
        return parts
    return [plain(item) for item in value] if isinstance(value, list) else value
