"""Connections to Neo4j that break in a load, before, after and during a COMMIT: nothing lost, nothing twice."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from bolt_proxy import Fault, Proxy
from neo4j_testing import TestDatabase
from tally import IS_FULL, ROOT, Tally

from kg.load import load_graph
from kg.projection import PropertyGraph, project
from ontology.errors import JiqunError, ServiceError
from queries.store import open_graph

SMALL = ROOT / "tests" / "test_kg" / "small.ttl"
BATCH = 40
"""Small enough that a load of this graph takes many transactions."""
KINDS = (
    ("cut", "after", "commit"), ("cut", "before", "commit"), ("reset", "after", "commit"), ("cut", "before", "message"),
    ("cut", "after", "message"), ("reset", "before", "message"), ("stall", "before", "message"),
    ("stall", "before", "commit"),
)  # fmt: skip


@pytest.fixture
def proxy(database: TestDatabase) -> Iterator[Proxy]:
    address = urlsplit(database.uri)
    found = Proxy(address.hostname or "127.0.0.1", address.port or 7687)
    yield found
    found.close()


@pytest.mark.neo4j
@pytest.mark.integration
def test_a_load_survives_its_connection(
    tally: Tally, database: TestDatabase, proxy: Proxy, size: Callable[[int, int], int]
) -> None:
    """The load ends well or with an error of ours; loaded again, the database is that of an undisturbed load."""
    graph = project(open_graph(SMALL).graph)
    through = {"uri": proxy.uri, "user": database.user, "password": database.password, "batch": BATCH}
    load_graph(PropertyGraph((), ()), **database.credentials)  # constraints and indexes
    database.wipe()
    proxy.arm(None)
    load_graph(graph, **through)  # type: ignore[arg-type]
    wanted, messages, commits = database.snapshot(), proxy.messages, proxy.commits
    assert commits > 8
    chance = random.Random(7)
    recovered = 0
    for number in range(size(4, 50)):
        kind, moment, at = KINDS[number % len(KINDS)]
        fault = Fault(kind, moment, at, chance.randint(1, commits if at == "commit" else messages), 1, size(1, 30))
        database.wipe()
        proxy.arm(fault)
        start, told = time.monotonic(), ""
        try:
            load_graph(graph, **through)  # type: ignore[arg-type]
            recovered += 1
        except JiqunError as error:
            told = error.message if isinstance(error, ServiceError) and error.hint else f"{error!r} is no ServiceError"
        except Exception as error:
            tally.violations.append(f"{fault}: {type(error).__name__} got out: {error}")
        taken = time.monotonic() - start
        proxy.arm(None)
        load_graph(graph, **through)  # type: ignore[arg-type]
        is_same = database.snapshot() == wanted
        is_done = not load_graph(graph, **database.credentials).changed
        is_right = is_same and is_done and "is no" not in told and taken < 60 + fault.seconds
        tally.tried(is_right, f"{fault}: same {is_same}, done {is_done}, {taken:.0f} s, {told}")
    tally.note = f"{recovered} loads went on by themselves, the others ended with exit 4 and were loaded again"


@pytest.mark.neo4j
@pytest.mark.integration
@pytest.mark.skipif(not IS_FULL, reason="the driver tries for half a minute; make torture")
def test_a_server_that_stays_away_is_told_of(tally: Tally, database: TestDatabase, proxy: Proxy) -> None:
    """From some moment on every message is cut off: the load ends within its time, and goes on when all is well."""
    graph = project(open_graph(SMALL).graph)
    through = {"uri": proxy.uri, "user": database.user, "password": database.password, "batch": BATCH}
    load_graph(graph, **through)  # type: ignore[arg-type]
    wanted = database.snapshot()
    database.wipe()
    proxy.arm(Fault("reset", "before", "message", 60, times=10**9))
    start = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        load_graph(graph, **through)  # type: ignore[arg-type]
    taken = time.monotonic() - start
    tally.tried(taken < 120 and caught.value.exit_code == 4 and caught.value.hint, f"{taken:.0f} s, {caught.value}")
    proxy.arm(None)
    load_graph(graph, **through)  # type: ignore[arg-type]
    tally.tried(database.snapshot() == wanted, "the second load differs")
    tally.note = f"told after {taken:.0f} s"
