"""Many clients at a server while some send queries that never end and its processes are killed."""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from serving import Server, children

QUESTIONS = (
    "ASK {}",
    "SELECT ?x { ?x a kg:Organization } ORDER BY ?x",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?s ?q { ?s kg:quote ?q } ORDER BY ?s ?q",
)
_PAIRS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
_DOUBLED = " ".join(f"BIND(CONCAT(?x{k}, ?x{k}) AS ?x{k + 1})" for k in range(40))
BOMBS = (
    f"SELECT (COUNT(*) AS ?n) {{ {_PAIRS} FILTER(?a != ?j) }}",
    f"SELECT * {{ {_PAIRS} }} ORDER BY ?a ?f ?i ?l",
    f"SELECT DISTINCT * {{ {_PAIRS} }}",
    f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {_PAIRS} BIND(CONCAT(STR(?a), STR(?d), STR(?g), STR(?j)) AS ?x) }}",
    f"SELECT (GROUP_CONCAT(?c) AS ?x) {{ {_PAIRS} }}",
    f"SELECT ?b (SUM(STRLEN(STR(?c))) AS ?n) {{ {_PAIRS} }} GROUP BY ?b ORDER BY DESC(?n)",
    f"ASK {{ {_PAIRS} FILTER(?a = ?d && ?d != ?a) }}",
    f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {_PAIRS} }}",
    f"DESCRIBE ?a ?d ?g ?j {{ {_PAIRS} FILTER(STRLEN(STR(?a)) > 10000) }}",
    f"SELECT * {{ {_PAIRS} }}",
    "SELECT (COUNT(*) AS ?n) { ?a (!<x:y>)* ?b . ?b (!<x:y>)* ?c . ?c (!<x:y>)* ?d . ?d (!<x:y>)* ?e }",
    "SELECT (COUNT(*) AS ?n) { ?a ((!<x:y>|^!<x:y>)/(!<x:y>|^!<x:y>)*)* ?b . ?c ((!<x:y>|^!<x:y>)+)+ ?d . ?e ?f ?g }",
    f"SELECT * {{ BIND('aaaaaaaaaaaaaaaa' AS ?x0) {_DOUBLED} }}",
    f"SELECT (STRLEN(?x30) AS ?n) {{ ?s ?p ?o BIND(STR(?o) AS ?x0) {_DOUBLED} }}",
    f"SELECT * {{ {_PAIRS} FILTER(REGEX(CONCAT(STR(?c), STR(?f), STR(?i)), '^(a+)+(b|.+)+$')) }}",
    f"SELECT * {{ {_PAIRS} FILTER NOT EXISTS {{ ?m ?n ?o . ?q ?r ?s FILTER(?m = ?s && ?a = ?l) }} }}",
    f"SELECT * {{ ?a ?b ?c MINUS {{ {_PAIRS} FILTER(?c = ?l) }} }}",
    "SELECT * { " + " ".join(f"OPTIONAL {{ ?s{k} ?p{k} ?o{k} }}" for k in range(30)) + " }",
    "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{k} {{ {' '.join(map(str, range(99)))} }}" for k in range(8))
    + " }",
    "SELECT (COUNT(*) AS ?n) { " + " UNION ".join([f"{{ {_PAIRS} }}"] * 50) + " }",
    f"SELECT (MAX(SHA512(CONCAT(STR(?a), STR(?f)))) AS ?x) {{ {_PAIRS} }}",
)
"""Queries that need more than anybody has: of time, memory, rows or bytes."""


@dataclass
class Siege:
    """What came of it.

    Attributes:
        statuses: How often each status, or error of a connection, came back to those that ask what can be answered.
        bombs: The same of those that sent queries that never end.
        wrong: What should not have been: another answer than the known one, half an answer, one after its time.
        hung: Clients that did not end.
        asks: Seconds that each `ASK {}` took.
        killed: How many processes were killed, by kind.
        longest: Seconds of the longest request.
    """

    statuses: Counter[int | str] = field(default_factory=Counter)
    bombs: Counter[int | str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    hung: int = 0
    asks: list[float] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0

    @property
    def ask_p95(self) -> float:
        """Seconds within which 95 of 100 `ASK {}` were answered."""
        return statistics.quantiles(self.asks, n=20)[-1] if len(self.asks) > 20 else max(self.asks, default=0.0)


def besiege(
    server: Server, *, clients: int, seconds: float, bombers: int = 2, bombs: Sequence[str] = BOMBS[:1],
    kill_every: float = 1.0, keeper_every: int = 10, limit: float = 0.0,
) -> Siege:  # fmt: skip
    """Ask with many clients for some time.

    Args:
        server: Whom.
        clients: How many ask what can be answered; each its own sequence of questions.
        seconds: For how long.
        bombers: How many more send what cannot.
        bombs: What they send, one after the other.
        kill_every: Seconds between two kills of a process that answers; 0 for none.
        keeper_every: Each so many-th kill is of the process with the graph.
        limit: The most seconds that a bomb may take; 0 for any.
    """
    found = Siege()
    known = {text: server.query(text).body for text in QUESTIONS}
    end = time.monotonic() + seconds

    def ask(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < end:
            text = chance.choice(QUESTIONS)
            start = time.monotonic()
            try:
                reply = server.query(text)
            except OSError as error:
                found.statuses[type(error).__name__] += 1
                continue
            taken = time.monotonic() - start
            found.longest = max(found.longest, taken)
            found.statuses[reply.status] += 1
            if reply.status == 200 and reply.body != known[text]:
                found.wrong.append(f"another answer to {text}")
            if text == "ASK {}" and reply.status == 200:
                found.asks.append(taken)

    def bomb(number: int) -> None:
        turn = number
        while time.monotonic() < end:
            text = bombs[turn % len(bombs)]
            turn += bombers
            start = time.monotonic()
            try:
                reply = server.query(text)
            except OSError as error:
                found.bombs[type(error).__name__] += 1
                continue
            taken = time.monotonic() - start
            found.bombs[reply.status] += 1
            if limit and taken > limit:
                found.wrong.append(f"{taken:.1f} s: {text[:80]}")
            if reply.status == 200 and not _is_whole(reply.body, reply.type):
                found.wrong.append(f"half an answer with 200: {text[:80]}")

    threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(clients)]
    threads += [threading.Thread(target=bomb, args=(number,), daemon=True) for number in range(bombers)]
    for thread in threads:
        thread.start()
    while kill_every and time.monotonic() < end:
        time.sleep(kill_every)
        _kill_one(server, found.killed, keeper_every)
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()) + 60)
    found.hung = sum(thread.is_alive() for thread in threads)
    return found


def _kill_one(server: Server, killed: Counter[str], keeper_every: int) -> None:
    keepers = [pid for pid in children(server.process.pid) if children(pid)]
    answering = [pid for keeper in keepers for pid in children(keeper)]
    kind, victims = ("keeper", keepers) if killed.total() % keeper_every == keeper_every - 1 else ("child", answering)
    if victims:
        try:
            os.kill(random.choice(victims), signal.SIGKILL)
        except ProcessLookupError:
            return
        killed[kind] += 1


def _is_whole(body: bytes, media_type: str) -> bool:
    if "json" not in media_type:
        return not body or body.endswith(b"\n")  # a DESCRIBE that finds nothing is whole without a line
    try:
        json.loads(body)
    except ValueError:
        return False
    return True
