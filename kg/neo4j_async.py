"""Ask a Neo4j server without waiting in line: `kg.neo4j` for programs with an event loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from queries.engine import CypherEngine
from queries.rows import Rows

from .loading.connection import driver_settings, translated_errors
from .neo4j_engine import login, plain

if TYPE_CHECKING:
    from neo4j import AsyncDriver, AsyncManagedTransaction

    from queries.resolve import NameIndex

Answer: TypeAlias = "tuple[list[str], list[list[object]]]"
_Result = TypeVar("_Result")


def neo4j_async(
    uri: str | None = None,
    *,
    user: str | None = None,
    password: str | None = None,
    password_file: Path | str | None = None,
    database: str | None = None,
) -> AsyncNeo4jGraph:
    """Open a graph on a Neo4j server whose `.ask()` and `.query()` are awaited.

    Args:
        uri: As for `kg.neo4j`, and so are the others.
        user: Who asks.
        password: Better left out.
        password_file: A file with the password.
        database: Name of the database; the user's home database when left out.

    Raises:
        UsageError: The address is none.

    Example:
        >>> async with kg.neo4j_async("bolt://localhost:7687") as graph:  # doctest: +SKIP
        ...     print(await graph.ask("roles_of_regions", region="北京"))
    """
    from neo4j import AsyncGraphDatabase

    address, user, password = login(uri, user, password, password_file)
    with translated_errors(address):
        driver = AsyncGraphDatabase.driver(address, **driver_settings(user, password))
    return AsyncNeo4jGraph(driver, address, database)


class AsyncNeo4jGraph:
    """A graph on a Neo4j server: the answers of `kg.neo4j`, awaited. Close it, or use it in an `async with`."""

    def __init__(self, driver: AsyncDriver, uri: str, database: str | None = None) -> None:
        self.driver = driver
        self.uri = uri
        self.database = database
        self._names: NameIndex | None = None

    def __repr__(self) -> str:
        return f"<AsyncNeo4jGraph {self.uri}>"

    async def __aenter__(self) -> AsyncNeo4jGraph:
        with translated_errors(self.uri):
            await self.driver.verify_connectivity()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.driver.close()

    async def ask(self, name: str, /, params: Mapping[str, object] | None = None, **more: object) -> Rows:
        """Answer a canned question, or a question in words.

        Args:
            name: Name of the question, or a question in Chinese or English.
            params: Parameters as a mapping.
            more: Parameters by name: `region="北京"`.

        Raises:
            UsageError: No such question or parameter, or a name that the graph does not know.
            ServiceError: The server cannot be reached.
        """
        return await self._with_answers(lambda engine: engine.ask(name, params, **more))

    async def query(self, text: str, /, *, max_rows: int | None = None, **bindings: object) -> Rows:
        """Run a reading query in Cypher; `bindings` are its `$parameters`.

        Raises:
            UsageError: The server refuses the query: it is no Cypher, or it would write.
            ServiceError: The server cannot be reached.
            LimitError: There are more than `max_rows` rows.
        """
        return await self._with_answers(lambda engine: engine.query(text, max_rows=max_rows, **bindings))

    async def _with_answers(self, work: Callable[[CypherEngine], _Result]) -> _Result:
        """Do something that asks an engine, fetching what it asks for in between; the names are fetched once."""
        engine = _Replay()
        if self._names is not None:
            engine.names = self._names
        while True:
            try:
                result = work(engine)
            except _UnansweredError as needed:
                engine.answers[needed.key] = await self._execute(needed.statement, needed.parameters)
            else:
                self._names = engine.__dict__.get("names", self._names)
                return result

    async def _execute(self, statement: str, parameters: Mapping[str, object]) -> Answer:
        from neo4j import READ_ACCESS

        async def read(tx: AsyncManagedTransaction) -> Answer:
            result = await tx.run(statement, dict(parameters))
            return list(result.keys()), [[plain(value) for value in record] async for record in result]

        with translated_errors(self.uri):
            async with self.driver.session(
                database=self.database, default_access_mode=READ_ACCESS, fetch_size=5_000
            ) as session:
                return await session.execute_read(read)


class _UnansweredError(Exception):
    """An engine without a server was asked something that it has no answer for yet."""

    def __init__(self, statement: str, parameters: Mapping[str, object]) -> None:
        super().__init__(statement)
        self.statement, self.parameters = statement, parameters
        self.key = (statement, repr(sorted(parameters.items(), key=str)))


class _Replay(CypherEngine):
    """An engine that answers from what was fetched before, so that the rest of the way can be as everywhere else."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {}

    def execute(self, statement: str, parameters: Mapping[str, object]) -> tuple[list[str], Iterable[Iterable[object]]]:
        needed = _UnansweredError(statement, parameters)
        if needed.key not in self.answers:
            raise needed
        return self.answers[needed.key]
