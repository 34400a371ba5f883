"""A Neo4j database for tests, that of NEO4J_URI or one of their own, and the script that starts its server."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from neo4j import Driver

_TOOLS = Path(__file__).parents[1] / "tools" / "neo4j"


@dataclass(frozen=True)
class TestDatabase:
    """An empty database on a real server."""

    __test__ = False
    uri: str
    user: str
    password: str
    driver: Driver
    home: Path | None = None
    http: int = 0

    @property
    def credentials(self) -> dict[str, Any]:
        return {"uri": self.uri, "user": self.user, "password": self.password}

    def run(self, statement: str, **parameters: object) -> list[dict[str, Any]]:
        with self.driver.session() as session:
            return session.run(statement, parameters).data()

    def wipe(self) -> None:
        self.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")

    def snapshot(self) -> tuple[dict[str, Any], dict[tuple[str, ...], Any]]:
        """Everything that is there, in a form that can be compared."""
        nodes = {
            r["uri"]: (sorted(r["labels"]), r["properties"])
            for r in self.run("MATCH (n) RETURN n.uri AS uri, labels(n) AS labels, properties(n) AS properties")
        }
        relationships: dict[tuple[str, ...], Any] = {}
        for r in self.run(
            "MATCH (a)-[r]->(b) RETURN type(r) AS type, a.uri AS start, b.uri AS end, properties(r) AS properties"
        ):
            key = (r["type"], r["start"], r["end"], r["properties"].get("factId", ""))
            assert key not in relationships, f"twice: {key}"
            relationships[key] = r["properties"]
        return nodes, relationships


def load_tool(name: str) -> ModuleType:
    """Import a script of `tools/neo4j`, which is no package."""
    spec = importlib.util.spec_from_file_location(f"neo4j_tool_{name}", _TOOLS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    """A server that lives as long as the tests, on ports of its own; without Java, Maven or containers they skip."""
    script = load_tool("server")
    home = tmp_path_factory.mktemp("neo4j")
    try:
        bolt, http = script.free_ports(2)
        with opened(start_server(script, home, bolt, http), home, http) as database:
            if database.run("MATCH (n) RETURN n.uri LIMIT 1"):
                pytest.fail(f"the database at {database.uri} (NEO4J_URI) is not empty, and these tests would empty it")
            yield database
            database.wipe()
    finally:
        if not os.environ.get("NEO4J_URI"):
            script.remove(home)


def start_server(script: ModuleType, home: Path, bolt: int, http: int) -> Any:
    """Start the server of a folder; the test skips, or fails when CI is set, where none can be had."""
    try:
        return script.start(
            home, bolt=bolt, http=http, page_cache="128m", flags=script.QUICK_START, wait=600, for_caller=True
        )
    except script.MissingToolsError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))


@contextmanager
def opened(server: Any, home: Path, http: int) -> Iterator[TestDatabase]:
    """Open the database of a server, with connections of its own."""
    from neo4j import GraphDatabase

    auth = (server.user, server.password) if server.password else None
    with GraphDatabase.driver(server.uri, auth=auth, notifications_min_severity="OFF") as driver:
        yield TestDatabase(server.uri, server.user, server.password, driver, home, http)


@pytest.fixture
def database(neo4j_server: TestDatabase) -> TestDatabase:
    """The server's database, empty."""
    neo4j_server.wipe()
    return neo4j_server
