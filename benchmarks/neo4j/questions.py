"""How long the canned questions take on a big graph: warm, with what a person would give, and about everything.

    python benchmarks/neo4j/questions.py --relationships 1000000

*Given* sets the first parameter of a question (all that it requires), three times with different things of the graph. A
question without parameters, and one asked about everything, may answer with a good part of the graph: it is measured
apart, once, with its number of rows (-1: no answer in 20 seconds).
"""

from __future__ import annotations

import argparse
import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import Place, server_tool, write_result
from synthetic import WORDS, policy_graph

from kg.exporting.neo4j_csv import write_import_files
from kg.loading.statements import schema_statements
from kg.projection import PropertyGraph, superclasses
from queries.catalog import Parameter, Question, load_catalog

RUNS = 10
SLOWEST = 20.0
"""Seconds after which an answer is no longer waited for."""
VALUES = {
    "text": WORDS[0], "year": "2024", "class": "Firm", "modality": "planned", "relation": "develops",
    "confidence": 0.41, "topics": 12, "documents": 2,
}  # fmt: skip


def parameter_sets(question: Question, things: dict[str, list[str]], count: int = 3) -> list[dict[str, object]]:
    """Return values for the first parameter, or for all required ones; nothing for a question without parameters."""
    chosen = [p for p in question.parameters if p.required] or list(question.parameters[:1])
    chance = random.Random(question.name)
    return [{p.name: _value(p, things, chance) for p in chosen} for _ in range(count)] if chosen else []


def _value(parameter: Parameter, things: dict[str, list[str]], chance: random.Random) -> object:
    if not parameter.is_entity:
        return VALUES.get(parameter.name) or VALUES[parameter.types[0]]
    kind = next((kind for kind in parameter.types if things.get(kind)), "Region")
    return chance.choice(things[kind])


def connected(graph: PropertyGraph) -> dict[str, list[str]]:
    """Return the entities of each class that facts are about."""
    facts = (r for r in graph.relationships if r.type not in ("ABOUT", "IN_DOCUMENT"))
    degrees = Counter(end for r in facts for end in (r.start, r.end))
    found: dict[str, list[str]] = {}
    for node in graph.nodes:
        if degrees[node.uri] and "names" in node.properties:
            for kind in (node.labels[-1], *superclasses(node.labels[-1])):
                found.setdefault(kind, []).append(node.uri)
    found["entity"] = [uri for kind in ("Region", "Firm", "Zone") for uri in found.get(kind, ())]
    return found


def ask_all(place: Place, graph: PropertyGraph, only: Collection[str] = ()) -> dict[str, Any]:
    """Ask every question, or only some, and return milliseconds."""
    from neo4j import Query
    from neo4j.exceptions import Neo4jError

    things = connected(graph)
    figures: dict[str, Any] = {"relationships": len(graph.relationships), "questions": {}}
    every: list[float] = []
    with place.driver() as driver, driver.session() as session:

        def ask(statement: str, parameters: dict[str, object]) -> tuple[float, int]:
            start = time.perf_counter()
            try:
                rows = len(session.run(Query(statement, timeout=SLOWEST), parameters).values())  # type: ignore[arg-type]
            except Neo4jError as error:
                if "TransactionTimedOut" not in str(error.code):
                    raise
                rows = -1
            return (time.perf_counter() - start) * 1000, rows

        for name, question in load_catalog().items():
            if only and name not in only:
                continue
            found: dict[str, Any] = {}
            times: list[float] = []
            for given in parameter_sets(question, things):
                statement = question.statement("cypher", {key: f"${key}" for key in given})
                if ask(statement, given)[1] < 0:
                    found["gave up"] = True
                    break
                ask(statement, given)
                measured = [ask(statement, given) for _ in range(RUNS)]
                times += [milliseconds for milliseconds, _ in measured]
                found.setdefault("rows", []).append(measured[-1][1])
            if times:
                found |= {"median": round(statistics.median(times), 1), "p95": round(_p95(times), 1)}
                every += times
            if not only and not any(p.required for p in question.parameters):
                statement = question.statement("cypher", {})
                milliseconds, rows = ask(statement, {})
                found["everything"] = {"milliseconds": round(milliseconds), "rows": rows}
            figures["questions"][name] = found
            print(name, found, flush=True)
    p95s = {name: found["p95"] for name, found in figures["questions"].items() if "p95" in found}
    figures["p95 of all"] = round(_p95(every), 1)
    figures["p95 under 100 ms"] = sum(value < 100 for value in p95s.values())
    figures["with parameters"] = len(p95s)
    return figures


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, int(len(values) * 0.95) - 1)] if values else 0.0


@contextlib.contextmanager
def imported_server(graph: PropertyGraph) -> Iterator[Place]:
    """Run a server with a graph that came by the bulk path, which is faster; a load then makes the indexes."""
    tool = server_tool()
    with tempfile.TemporaryDirectory(prefix="jiqun-neo4j-") as folder:
        place = Place(Path(folder) / "home", *tool.free_ports(2))
        write_import_files(graph, Path(folder) / "import")
        tool.import_folder(Path(folder) / "import", place.home, heap="2g")
        try:
            place.start()
            for statement in schema_statements():
                place.run(statement)
            place.run("CALL db.awaitIndexes(1200)")
            yield place
        finally:
            tool.remove(place.home)


def main() -> None:
    """Load and ask."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relationships", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="*", default=[], help="names of questions, into a file of their own")
    options = parser.parse_args()
    graph = policy_graph(options.relationships)
    with imported_server(graph) as place:
        name = "questions_again" if options.only else "questions"
        write_result(name, ask_all(place, graph, options.only))


if __name__ == "__main__":
    main()
