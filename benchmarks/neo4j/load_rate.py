"""How fast a load is: beside the bare driver with the same batches, and beside rdflib-neo4j with the same edges.

    python benchmarks/neo4j/load_rate.py --relationships 100000 --rounds 3
    python benchmarks/neo4j/load_rate.py --relationships 1000000 --name load_1m --questions

Each contestant gets a fresh server, in turn. The server of the last load of ours is also asked all questions.
The bare driver sends the batches of `kg load`, made beforehand. rdflib-neo4j runs as its README says (batching, 5,000
in a batch, it makes its constraint itself) and gets the edges and the classes of the nodes, sorted by subject, without
properties and evidence texts, which it cannot load. The ceiling is what this server takes at most: nodes with nothing
but their address and relationships with nothing at all, created, with no index but the one of the addresses.

Seconds of the clock depend on who else works on the machine; the processor seconds of server and client hardly do.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import Place, fresh_server, resident, write_result
from synthetic import policy_graph

from kg.load import BATCH, load_graph
from kg.loading.changes import by_type
from kg.loading.plan import plan_filling
from kg.loading.statements import schema_statements
from kg.projection import PropertyGraph
from ontology.iri import ONTOLOGY

LIMIT = 600.0


class Memory:
    """Samples of the memory of this process while something runs."""

    def __init__(self) -> None:
        self.samples: list[int] = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self) -> Memory:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def watch(self) -> None:
        """Take a sample a second."""
        while not self.done.wait(1.0):
            self.samples.append(resident())


def ours(place: Place, graph: PropertyGraph) -> dict[str, Any]:
    """Load with `kg load`, then load again."""
    before, began, spent = resident(), time.monotonic(), place.processor_seconds()
    writing: list[float] = []

    def watch(stage: str, *_: object) -> None:
        if not writing and stage not in ("schema", "compare", "read"):
            writing.append(time.monotonic() - began)

    with Memory() as memory:
        first = load_graph(graph, **place.credentials, progress=watch)
    of_first = _since(place, spent)
    start, spent = time.monotonic(), place.processor_seconds()
    with Memory() as memory_again:
        again = load_graph(graph, **place.credentials)
    tenths = [memory.samples[int(i * (len(memory.samples) - 1) / 10)] for i in range(11)] if memory.samples else []
    return {
        "seconds": first.seconds, "rate": len(graph.relationships) / first.seconds, "before writing": sum(writing),
        **of_first, "second load": again.seconds, "second load, processor": _since(place, spent),
        "second load, share": again.seconds / first.seconds, "second load, counters": dict(again.counters),
        "memory before": before, "memory in tenths of the load": tenths,
        "memory peak of the second load": max(memory_again.samples, default=0), "wall": time.monotonic() - start,
    }  # fmt: skip


def bare(place: Place, graph: PropertyGraph) -> dict[str, Any]:
    """Send the same batches, made beforehand, with the driver alone; schema and preparing do not count."""
    batches: list[tuple[str, list[Any]]] = []
    for _, steps in plan_filling(graph):
        for step in steps:
            batches += [(step.statement, part) for part in _parts([step.row(item) for item in step.items])]
    return _send(place, schema_statements(), batches, len(graph.relationships))


def ceiling(place: Place, graph: PropertyGraph) -> dict[str, Any]:
    """Create nodes with addresses and relationships without properties."""
    batches: list[tuple[str, list[Any]]] = []
    create = "UNWIND $rows AS row CREATE (:Resource {uri: row})"
    batches += [(create, part) for part in _parts([node.uri for node in graph.nodes])]
    for kind, found in by_type(graph).items():
        create = "UNWIND $rows AS row MATCH (a:Resource {uri: row[0]}) MATCH (b:Resource {uri: row[1]}) "
        create += f"CREATE (a)-[:{kind}]->(b)"
        batches += [(create, part) for part in _parts([[r.start, r.end] for r in found])]
    schema = [statement for statement in schema_statements() if "n10s_unique_uri" in statement]
    return _send(place, schema, batches, len(graph.relationships))


def _send(place: Place, schema: list[str], batches: list[tuple[str, list[Any]]], count: int) -> dict[str, Any]:
    with place.driver() as driver, driver.session() as session:
        for statement in schema:
            session.run(statement).consume()
        session.run("CALL db.awaitIndexes(600)").consume()
        start, before = time.monotonic(), place.processor_seconds()
        for statement, rows in batches:
            session.run(statement, rows=rows).consume()
        seconds = time.monotonic() - start
    return {"seconds": seconds, "rate": count / seconds, **_since(place, before)}


def _since(place: Place, before: tuple[float, float]) -> dict[str, float]:
    """Return the processor seconds of server and client since a moment."""
    server, client = (now - then for now, then in zip(place.processor_seconds(), before, strict=True))
    return {"server, processor seconds": round(server, 1), "client, processor seconds": round(client, 1)}


def peer(place: Place, graph: PropertyGraph) -> dict[str, Any]:
    """Stream the edges and classes through rdflib-neo4j, as far as it gets in ten minutes."""
    import contextlib
    import io

    from rdflib import RDF, URIRef
    from rdflib_neo4j import HANDLE_VOCAB_URI_STRATEGY, Neo4jStore, Neo4jStoreConfig

    edges = sorted(graph.relationships, key=lambda r: r.start)
    classes = {node.uri: URIRef(ONTOLOGY + node.labels[-1]) for node in graph.nodes}
    triples = []
    for start, group in itertools.groupby(edges, key=lambda r: r.start):
        subject = URIRef(start)
        triples.append([(subject, RDF.type, classes[start])])
        triples[-1] += [(subject, URIRef(ONTOLOGY + r.type), URIRef(r.end)) for r in group]
    quiet = io.StringIO()
    with place.driver() as driver, contextlib.redirect_stdout(quiet):
        config = Neo4jStoreConfig(
            auth_data=None, batching=True, batch_size=BATCH, handle_vocab_uri_strategy=HANDLE_VOCAB_URI_STRATEGY.IGNORE
        )
        store = Neo4jStore(config=config, neo4j_driver=driver)
        start_time, before = time.monotonic(), place.processor_seconds()
        store.open({}, create=True)
        done = 0
        for described in triples:
            for triple in described:
                store.add(triple)
            done += len(described) - 1
            if time.monotonic() - start_time > LIMIT:
                break
        store.close(commit_pending_transaction=True)
        seconds, spent = time.monotonic() - start_time, _since(place, before)
    [found] = place.run("MATCH ()-[r]->() RETURN count(r) AS edges")
    return {"seconds": seconds, "edges": found["edges"], "sent": done, "rate": found["edges"] / seconds, **spent}


def _parts(rows: list[Any]) -> list[list[Any]]:
    return [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]


CONTESTANTS = {"peer": peer, "ours": ours, "bare": bare, "ceiling": ceiling}


def main() -> None:
    """Run the rounds and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relationships", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--name", default="load", help="of the file in results/")
    parser.add_argument("--without", nargs="*", default=[], choices=sorted(CONTESTANTS))
    parser.add_argument("--questions", action="store_true", help="ask the server of the last load of ours")
    options = parser.parse_args()
    graph = policy_graph(options.relationships)
    figures: dict[str, Any] = {"nodes": len(graph.nodes), "relationships": len(graph.relationships), "rounds": []}
    for number in range(options.rounds):
        of_round: dict[str, Any] = {}
        for name, run in CONTESTANTS.items():
            if name in options.without:
                continue
            with fresh_server() as place:
                of_round[name] = run(place, graph)
                print(number, name, of_round[name], flush=True)
                if name == "ours" and options.questions and number == options.rounds - 1:
                    from questions import ask_all

                    write_result(f"questions_{options.name}", ask_all(place, graph))
        figures["rounds"].append(of_round)
    for name in CONTESTANTS:
        rates = [r[name]["rate"] for r in figures["rounds"] if name in r]
        if rates:
            figures[f"{name}, median rate"] = statistics.median(rates)
    for name in ("bare", "peer", "ceiling"):
        if f"{name}, median rate" in figures and "ours, median rate" in figures:
            figures[f"ours to {name}"] = figures["ours, median rate"] / figures[f"{name}, median rate"]
    write_result(options.name, figures)


if __name__ == "__main__":
    main()
