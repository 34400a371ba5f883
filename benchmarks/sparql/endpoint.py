"""Many clients at `kg serve` while its processes are killed and bombs go off: wrong answers, hung clients, p95.

    python benchmarks/sparql/endpoint.py --clients 50 --seconds 60

Each client asks one of a few questions with known answers, again and again. Once a second a process that answers is
killed, and now and then the one that has the graph; two clients send queries that never end. An answer is *wrong* when
its status is 200 and its rows are not the known ones; 503 and 504 are refusals, counted by number.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks" / "neo4j")]

from machine import about
from serving import Server
from siege import besiege


def main() -> None:
    """Run the clients and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graph", type=Path, default=ROOT / "tests" / "test_kg" / "small.ttl")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    server = Server(options.graph, "--timeout", "3")
    found = besiege(server, clients=options.clients - 2, seconds=options.seconds)
    code = server.stop()
    figures = {
        "machine": about(), "clients": options.clients, "seconds": options.seconds, "killed": dict(found.killed),
        "statuses": {str(status): count for status, count in found.statuses.items()},
        "bombs": {str(status): count for status, count in found.bombs.items()}, "wrong": len(found.wrong),
        "hung": found.hung, "longest_s": round(found.longest, 2), "exit": code,
        "ask_p95_ms": round(found.ask_p95 * 1000),
    }  # fmt: skip
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
