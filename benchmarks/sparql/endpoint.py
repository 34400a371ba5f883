"""Many clients at `kg serve` while its processes are killed and bombs go off: wrong answers, hung clients, p95.

    python benchmarks/sparql/endpoint.py --clients 50 --seconds 60

Each client asks one of a few questions with known answers, again and again. Once a second a process that answers is
killed, and now and then the one that has the graph; two clients send queries that never end. An answer is *wrong* when
its status is 200 and its rows are not the known ones; 503 and 504 are refusals, counted by number.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks" / "neo4j")]

from machine import about
from serving import Server, children

BOMB = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != ?j) }"
QUESTIONS = (
    "ASK {}",
    "SELECT ?x { ?x a kg:Organization } ORDER BY ?x",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?s ?q { ?s kg:quote ?q } ORDER BY ?s ?q",
)


def main() -> None:
    """Run the clients and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", type=Path, default=ROOT / "tests" / "test_kg" / "small.ttl")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    server = Server(options.graph, "--timeout", "3")
    known = {text: server.query(text).body for text in QUESTIONS}
    statuses: Counter[int | str] = Counter()
    asks: list[float] = []
    wrong: list[str] = []
    end = time.monotonic() + options.seconds
    longest = [0.0]

    def client(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < end:
            text = BOMB if number < 2 else chance.choice(QUESTIONS)
            start = time.monotonic()
            try:
                reply = server.query(text)
            except OSError as error:
                statuses[type(error).__name__] += 1
                continue
            taken = time.monotonic() - start
            longest[0] = max(longest[0], taken)
            statuses[reply.status] += 1
            if reply.status == 200 and reply.body != known.get(text):
                wrong.append(text)
            if text == "ASK {}" and reply.status == 200:
                asks.append(taken)

    threads = [threading.Thread(target=client, args=(number,), daemon=True) for number in range(options.clients)]
    for thread in threads:
        thread.start()
    killed = Counter[str]()
    while time.monotonic() < end:
        time.sleep(1)
        keepers = [pid for pid in children(server.process.pid) if children(pid)]
        answering = [pid for keeper in keepers for pid in children(keeper)]
        whom = keepers if keepers and sum(killed.values()) % 10 == 9 else answering
        if whom:
            with_kind = "keeper" if whom is keepers else "child"
            try:
                os.kill(random.choice(whom), signal.SIGKILL)
                killed[with_kind] += 1
            except ProcessLookupError:
                continue
    for thread in threads:
        thread.join(30)
    hung = sum(thread.is_alive() for thread in threads)
    code = server.stop()
    figures = {
        "machine": about(), "clients": options.clients, "seconds": options.seconds, "killed": dict(killed),
        "statuses": {str(status): count for status, count in statuses.items()}, "wrong": len(wrong), "hung": hung,
        "longest_s": round(longest[0], 2), "exit": code,
        "ask_p95_ms": round(statistics.quantiles(asks, n=20)[-1] * 1000) if len(asks) > 20 else None,
    }  # fmt: skip
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
