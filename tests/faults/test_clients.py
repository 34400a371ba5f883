"""Many clients at `kg serve`: beside queries that never end, and while its processes are killed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import Server, children, state_of
from siege import BOMBS, QUESTIONS, besiege
from tally import ROOT, Tally

SMALL = ROOT / "tests" / "test_kg" / "small.ttl"
STATED = 250
"""Milliseconds within which 95 of 100 `ASK {}` are answered beside bombs, on a machine that does nothing else."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found through /proc")


def _answering(server: Server) -> list[int]:
    """Return the processes that answer, or wait for a question."""
    return [pid for keeper in children(server.process.pid) for pid in children(keeper)]


def _left_behind(server: Server, waiting: int, seconds: float) -> list[str]:
    """Return what the processes are doing, when there are still more than those that wait after so many seconds."""
    end = time.monotonic() + seconds
    while len(left := _answering(server)) > waiting:
        if time.monotonic() > end:
            return [f"{pid} {state_of(pid)}" for pid in left]
        time.sleep(0.1)
    return []


@pytest.mark.integration
def test_bombs_leave_room_for_others(tally: Tally, size: Callable[[int, int], int]) -> None:
    """Each bomb is stopped at its limit with a reason, twenty others are answered meanwhile, memory is given back."""
    timeout = 3.0
    server = Server(SMALL, "--timeout", f"{timeout:g}")
    try:
        assert server.query("ASK {}").status == 200
        waiting = len(_answering(server))
        found = besiege(
            server, clients=size(6, 20), seconds=size(8, 90), bombers=size(2, 3), bombs=BOMBS, kill_every=0,
            limit=timeout + size(30, 1) + 5.0,  # five seconds of patience for a place come before
        )  # fmt: skip
        left = _left_behind(server, waiting, 20)
        code = server.stop()
    finally:
        server.process.kill()
    for status, count in (*found.statuses.items(), *found.bombs.items()):
        for _ in range(count):
            tally.tried(status in (200, 400, 422, 503, 504), f"{status} came back")
    tally.violations += found.wrong
    tally.tried(found.hung == 0 and code == 0, f"{found.hung} clients hung, exit {code}")
    tally.tried(not left, f"still there: {left}")
    p95 = found.ask_p95 * 1000
    tally.tried(p95 <= size(20_000, STATED), f"ASK {{}}: 95 of 100 within {p95:.0f} ms")
    assert found.bombs.total() >= size(2, len(BOMBS)) and set(found.bombs) & {422, 504}
    tally.note = f"ASK {{}}: 95 of 100 within {p95:.0f} ms; bombs came back with {dict(found.bombs)}"


@pytest.mark.integration
def test_clients_outlive_killed_processes(tally: Tally, size: Callable[[int, int], int]) -> None:
    """Once a second a process is killed that answers, or the one with the graph: no wrong answer, no client hangs."""
    server = Server(SMALL, "--timeout", "3")
    try:
        known = {text: server.query(text).body for text in QUESTIONS}
        found = besiege(
            server, clients=size(8, 48), seconds=size(6, 60), kill_every=size(1, 2) / 2, keeper_every=size(2, 10)
        )
        after = {text: server.query(text).body for text in QUESTIONS}
        code = server.stop()
    finally:
        server.process.kill()
    for status, count in found.statuses.items():
        for _ in range(count):
            tally.tried(status in (200, 503, 504), f"{status} came back")
    tally.violations += found.wrong
    tally.tried(found.hung == 0 and code == 0, f"{found.hung} clients hung, exit {code}")
    tally.tried(after == known, "once nobody is killed any more, the answers are not as before")
    assert found.killed.total() >= size(2, 30) and found.killed["keeper"] >= size(1, 3)
    killed = f"{found.killed.total()} killed, {found.killed['keeper']} of these with the graph"
    tally.note = f"{found.statuses[200]} right answers, {killed}, {dict(found.statuses)}"
