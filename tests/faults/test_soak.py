"""Builds, questions, a server and loads over and over: answers stay right, memory and descriptors stay where they were.

`SOAK_SECONDS` says how long (an hour in full size), `SOAK_NEO4J=no` leaves the loads out. Now and then a document is
damaged or a process of the server is killed: what went wrong once must not be paid for ever after.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from neo4j_testing import TestDatabase
from serving import Server, children
from tally import CORPUS, ROOT, RULES, Tally

import kg
from kg import output
from kg.load import load_graph
from kg.projection import project

QUESTIONS = ("platforms_of_firm", "transfers", "documents", "indicators", "roles_of_regions")
ASKED = ("ASK {}", "SELECT ?x { ?x a kg:Organization } ORDER BY ?x", "SELECT ?s ?q { ?s kg:quote ?q } ORDER BY ?s ?q")
SMALL = ROOT / "tests" / "test_kg" / "small.ttl"
WARM = 0.2
"""Share of the time after which memory is watched: caches fill at first."""
GROWTH_AN_HOUR = 0.05
JUDGED = 1 / 6
"""Hours from which on the growth of memory is judged."""
NOISE = 24 << 20
"""Bytes that a process may differ by for reasons of its allocator, however long it runs."""


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def unfetched() -> set[int]:
    """Return the dead processes that this one has not asked about; those of earlier tests may be among them."""
    return {pid for pid in children(os.getpid()) if "zombie" in Path(f"/proc/{pid}/status").read_text()}


class Watch:
    """Notes what processes hold, by name, with the time."""

    def __init__(self) -> None:
        self.start = time.monotonic()
        self.seen: dict[str, list[tuple[float, int]]] = {}

    def note(self, name: str, value: int) -> None:
        self.seen.setdefault(name, []).append((time.monotonic() - self.start, value))

    def slope_an_hour(self, name: str) -> tuple[float, float]:
        """Return the growth of something in an hour and its median, both after the time to get warm."""
        points = [(at, value) for at, value in self.seen[name] if at >= WARM * self.seen[name][-1][0]]
        if len(points) < 3:
            return 0.0, float(points[-1][1])
        slope = statistics.linear_regression(*zip(*points, strict=True)).slope
        return slope * 3600, statistics.median(value for _, value in points)


def corpora(folder: Path, most: int) -> list[Path]:
    """Four sets of texts that follow each other, one with a damaged document."""
    files = sorted(CORPUS.glob("*.txt"), key=lambda path: (path.stat().st_size, path.name))
    sets = []
    for number, chosen in enumerate((files[:1], files[1 : 1 + most], files[:most], files[:2])):
        place = folder / f"texts-{number}"
        place.mkdir()
        for path in chosen:
            shutil.copy(path, place)
        sets.append(place)
    (sets[3] / "damaged.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)) * 8)
    return sets


@pytest.fixture
def loaded(request: pytest.FixtureRequest, size: Callable[[int, int], int]) -> TestDatabase | None:
    """Where to load to; nowhere in the small size and where no server can be had."""
    if size(1, 2) == 1 or os.environ.get("SOAK_NEO4J") == "no":
        return None
    try:
        database: TestDatabase = request.getfixturevalue("database")
    except pytest.skip.Exception:
        return None
    return database


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    found: list[Server] = []
    yield found
    for server in found:
        server.process.kill()


@pytest.mark.integration
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured through /proc")
def test_it_runs_for_hours(
    tally: Tally,
    tmp_path: Path,
    loaded: TestDatabase | None,
    servers: list[Server],
    size: Callable[[int, int], int],
) -> None:
    seconds = float(os.environ.get("SOAK_SECONDS", size(5, 3600)))
    chance, watch, out = random.Random(7), Watch(), tmp_path / "out"
    sets, first = corpora(tmp_path, size(1, 5)), dict[Any, Any]()
    rounds = killed = loads = 0
    unfetched_before = unfetched()

    def same(key: Any, value: Any, where: str) -> None:
        tally.tried(first.setdefault(key, value) == value, f"round {rounds}: {where} is another than at first")

    while not rounds or time.monotonic() - watch.start < seconds:
        rounds += 1
        number = rounds % len(sets)
        report = kg.build([sets[number]], out=out, settings=RULES, jobs=1, cache=bool(rounds % 3))
        same(("build", number), dict(report.manifest.sha256), f"build {number}")
        graph = kg.open_graph(out)
        for question in QUESTIONS:
            same((question, number), sorted(map(repr, graph.ask(question))), question)
        if loaded is not None and rounds % 3 == 0:
            load_graph(project(graph.graph), **loaded.credentials)
            same(("load", number), loaded.snapshot(), "what is in the database")
            again = load_graph(project(graph.graph), **loaded.credentials)
            tally.tried(not again.changed, f"round {rounds}: a second load changed something")
            loads += 1
        if rounds % 40 == 1:  # another server from time to time
            if servers:
                tally.tried(servers.pop().stop() == 0, f"round {rounds}: the server did not end well")
            servers.append(Server(SMALL, "--timeout", "30"))
        server = servers[-1]
        for text in ASKED * 3:
            if chance.random() < 0.01 and (victims := [c for k in children(server.process.pid) for c in children(k)]):
                os.kill(chance.choice(victims), signal.SIGKILL)
                killed += 1
            reply = server.query(text)
            if reply.status == 200:
                same(text, reply.body, text)
            else:
                tally.tried(reply.status == 503, f"round {rounds}: {reply.status} {reply.text[:200]}")
        strays = [
            path for path in out.iterdir() if path.name.startswith(".") and path.suffix == output.TEMPORARY_SUFFIX
        ]
        tally.tried(not strays, f"round {rounds}: {strays} is left")
        watch.note("memory of the builder", resident(os.getpid()))
        watch.note("files of the builder", descriptors(os.getpid()))
        if rounds % 40 > 5 or seconds < 600:
            for keeper in children(server.process.pid):
                watch.note("memory of the keeper", resident(keeper))
            watch.note("memory of the server", resident(server.process.pid))
            watch.note("files of the server", descriptors(server.process.pid))
        if rounds % 20 == 0:
            now = (f"{name} {values[-1][1]:,}" for name, values in watch.seen.items())
            print(f"round {rounds}, {time.monotonic() - watch.start:.0f} s: {', '.join(now)}", flush=True)
    hours = (time.monotonic() - watch.start) / 3600
    told = []
    for name in watch.seen:
        slope, median = watch.slope_an_hour(name)
        is_memory = name.startswith("memory")
        allowed = max(GROWTH_AN_HOUR * median, NOISE / hours) if is_memory else 4 / hours
        unit, divisor = (" MiB", 2**20) if is_memory else ("", 1)
        said = f"{name} {median / divisor:.0f}{unit}"
        if is_memory and hours < JUDGED:  # in so little time only the caches fill
            slope = 0.0
        else:
            said += f", {slope / divisor:+.1f}{unit} an hour"
        tally.tried(slope <= allowed, said)
        told.append(said)
    zombies = unfetched() - unfetched_before
    tally.tried(not zombies, f"{len(zombies)} dead processes were never fetched")
    tally.note = f"{rounds} rounds in {hours * 60:.0f} min, {loads} loads, {killed} killed; " + "; ".join(told)
