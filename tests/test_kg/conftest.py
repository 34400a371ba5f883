"""A real Neo4j server, the one that NEO4J_URI names or one of their own, and a real browser."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from browser_testing import Browser, find_browser
from neo4j_testing import TestDatabase, load_tool


@pytest.fixture(scope="session")
def neo4j_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestDatabase]:
    """A server that lives as long as the tests, on ports of its own; without Java, Maven or containers they skip."""
    from neo4j import GraphDatabase

    script = load_tool("server")
    home = tmp_path_factory.mktemp("neo4j")
    try:
        bolt, http = script.free_ports(2)
        server = script.start(
            home, bolt=bolt, http=http, page_cache="128m", flags=script.QUICK_START, wait=600, for_caller=True
        )
    except script.MissingToolsError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    try:
        with GraphDatabase.driver(
            server.uri,
            auth=(server.user, server.password) if server.password else None,
            notifications_min_severity="OFF",
        ) as driver:
            database = TestDatabase(server.uri, server.user, server.password, driver, home, http)
            if database.run("MATCH (n) RETURN n.uri LIMIT 1"):
                pytest.fail(f"the database at {server.uri} (NEO4J_URI) is not empty, and these tests would empty it")
            yield database
            database.wipe()
    finally:
        if not os.environ.get("NEO4J_URI"):
            script.remove(home)


@pytest.fixture
def database(neo4j_server: TestDatabase) -> TestDatabase:
    """The server's database, empty."""
    neo4j_server.wipe()
    return neo4j_server


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    missing = [what for what, path in zip(("Chromium", "chromedriver"), find_browser(), strict=True) if not path]
    try:
        import selenium  # noqa: F401
    except ImportError:
        missing.append("selenium")
    if missing:
        message = f"no {' and no '.join(missing)} on this machine"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    found = Browser(tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("downloads"))
    yield found
    found.driver.quit()
