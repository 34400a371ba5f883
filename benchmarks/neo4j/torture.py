"""Kill the client and the server at random points of a load, load again, and compare with an undisturbed load.

    python benchmarks/neo4j/torture.py                      # 30 kills of the client, 10 of the server

Every kill is SIGKILL after a random one of the steps that a load tells (connected, compared, each batch written), and a
random moment of up to 50 ms more, so that it falls into any part of the next step.
"""

from __future__ import annotations

import argparse
import os
import pickle
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import ROOT, Place, fresh_server, write_result
from synthetic import policy_graph

from kg.load import load_graph
from kg.projection import PropertyGraph

BATCH = 500
_CLIENT = """
import pickle, sys
from kg.load import load_graph
graph = pickle.load(open(sys.argv[1], "rb"))
load_graph(graph, sys.argv[2], password=sys.stdin.readline().strip(), batch=int(sys.argv[3]),
           progress=lambda *news: print(*news[:2], flush=True))
"""


def begin(place: Place, file: Path) -> subprocess.Popen[str]:
    """Start a load in a process of its own; it prints a line a step."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CLIENT, str(file), place.uri, str(BATCH)], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(place.password + "\n")
    process.stdin.close()
    return process


def content(place: Place) -> tuple[list[Any], list[Any]]:
    """Return everything in the database, in a fixed order."""
    nodes = place.run("MATCH (n) RETURN n.uri AS uri, labels(n) AS labels, properties(n) AS properties")
    relationships = place.run(
        "MATCH (a)-[r]->(b) RETURN type(r) AS type, a.uri AS start, b.uri AS end, properties(r) AS properties"
    )
    for node in nodes:
        node["labels"] = sorted(node["labels"])
    return tuple(sorted(map(_frozen, rows)) for rows in (nodes, relationships))  # type: ignore[return-value]


def _frozen(row: dict[str, Any]) -> str:
    return repr({key: sorted(value.items()) if isinstance(value, dict) else value for key, value in row.items()})


def main() -> None:
    """Run the trials and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relationships", type=int, default=12_000)
    parser.add_argument("--clients", type=int, default=30, help="kills of the client")
    parser.add_argument("--servers", type=int, default=10, help="kills of the server")
    parser.add_argument("--seed", type=int, default=4)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    graph = policy_graph(options.relationships)
    with fresh_server() as place:
        file = place.home.parent / "graph.pickle"
        file.write_bytes(pickle.dumps(graph))
        load_graph(PropertyGraph((), ()), **place.credentials)
        process = begin(place, file)
        assert process.stdout is not None
        steps = sum(1 for _ in process.stdout)
        process.wait()
        wanted = content(place)
        assert len(wanted[0]) == len(graph.nodes) and len(wanted[1]) == len(graph.relationships)
        trials = []
        for number in range(options.clients + options.servers):
            of_server = number >= options.clients
            place.wipe()
            step = chance.randrange(steps)
            client = begin(place, file)
            assert client.stdout is not None
            for _ in range(step):
                client.stdout.readline()
            time.sleep(chance.random() * 0.05)
            cut = client.poll() is None
            if of_server:
                os.kill(int((place.home / "pid").read_text()), signal.SIGKILL)
                client.wait(timeout=120)
                place.start()
            else:
                client.kill()
                client.wait()
            place.run("MATCH (n) RETURN count(n)")
            [left] = place.run("MATCH (n) RETURN count(n) AS nodes")
            load_graph(graph, **place.credentials)
            trials.append(
                {"killed": "server" if of_server else "client", "after step": step, "cut off": cut,
                 "nodes left": left["nodes"], "identical": content(place) == wanted}
            )  # fmt: skip
            print(number, trials[-1], flush=True)
        figures = {
            "nodes": len(graph.nodes), "relationships": len(graph.relationships), "batch": BATCH,
            "steps of a load": steps, "trials": len(trials),
            "cut off": sum(bool(t["cut off"]) for t in trials), "identical": sum(bool(t["identical"]) for t in trials),
            "each": trials,
        }  # fmt: skip
    write_result("torture", figures)
    print(f"{figures['identical']} of {figures['trials']} identical, {figures['cut off']} cut off before their end")
    sys.exit(figures["identical"] != figures["trials"])


if __name__ == "__main__":
    main()
