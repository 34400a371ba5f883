"""How long the canned questions take at a million triples: `ask` on the embedded stores, plain Oxigraph, rdflib.

    python benchmarks/sparql/questions.py --relationships 175000

Each question is asked with a value for its first parameter (all that it requires), or about everything where it has
none. `ask` is all that a user waits for: names resolved, statement made, rows as Python values. *Plain* is the same
SPARQL given to the same `pyoxigraph.Store` and its solutions counted. What this project adds is said in two ways: the
difference of the two medians, in which two runs of one statement can differ by more than is looked for; and *own*, the
part of `ask` that is spent outside the engine, measured within the same run. *Again* is plain a second time, so that
its difference to plain says what the first way is worth. All kinds take turns and each begins a round as often as the
others; beside the clock stands the time of the processor, which other work on the machine does not stretch, and the
load average. rdflib runs the same SPARQL on `rdflib.Graph` with the super-classes added, and is waited for 5 seconds of
the processor. `--own` measures that part alone, on the store on disk, in minutes: `own.json`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "neo4j")]

from machine import about
from questions import connected, parameter_sets
from synthetic import policy_graph

from kg.exporting.rdf import write_turtle_file
from kg.unprojection import unproject
from queries.ask import prepare
from queries.catalog import load_catalog
from queries.guard import PREFIXES
from queries.store import KnowledgeGraph, create_store, open_graph

SLOWEST = 5
RESULT = Path(__file__).parent / "results.json"
OWN = Path(__file__).parent / "own.json"


def alternate(work: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Return the median milliseconds of each work, by the clock and of the processor; they take turns in each run."""
    clocks = {"ms": time.perf_counter, "cpu_ms": time.process_time}
    taken: dict[str, list[float]] = {f"{name}_{unit}": [] for name in work for unit in clocks}
    turns = list(work.items())
    for turn in range(runs):
        first = turn % len(turns)
        for name, task in turns[first:] + turns[:first]:
            start = {unit: clock() for unit, clock in clocks.items()}
            task()
            for unit, clock in clocks.items():
                taken[f"{name}_{unit}"].append((clock() - start[unit]) * 1000)
    return {name: round(statistics.median(found), 2) for name, found in taken.items()}


class TimedStore:
    """A store that counts the time of the processor spent in it, over the query and all its solutions."""

    def __init__(self, store: Any) -> None:
        self.store = store
        self.seconds = 0.0

    def query(self, *given: Any, **named: Any) -> Any:
        """Run a query."""
        start = time.process_time()
        try:
            return TimedSolutions(self.store.query(*given, **named), self)
        finally:
            self.seconds += time.process_time() - start


class TimedSolutions:
    """The solutions of a query; for `isinstance` they are what the engine gave."""

    def __init__(self, solutions: Any, store: TimedStore) -> None:
        self.solutions, self.store = solutions, store

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        return type(self.solutions)

    @property
    def variables(self) -> Any:
        """What the query asks for."""
        return self.solutions.variables

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        start = time.process_time()
        try:
            return next(self.solutions)
        finally:
            self.store.seconds += time.process_time() - start


def own_milliseconds(engine: KnowledgeGraph, task: Callable[[], object], runs: int) -> float:
    """Return the median milliseconds of the processor that a task spends outside the engine."""
    store, taken = engine.store, []
    try:
        for _ in range(runs):
            timed = TimedStore(store)
            engine.store = timed  # type: ignore[assignment]
            start = time.process_time()
            task()
            taken.append((time.process_time() - start - timed.seconds) * 1000)
    finally:
        engine.store = store
    return round(statistics.median(taken), 2)


def measure_own(turtle: bytes, things: Any, figures: dict[str, Any], runs: int) -> None:
    """Write for all questions what is spent outside the engine, on a store on disk."""
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        figures["statements"] = create_store(Path(folder) / "store", turtle)
        disk = open_graph(Path(folder) / "store")
        len(disk.names)
        for name, question in load_catalog().items():
            params = (parameter_sets(question, things, 1) or [{}])[0]
            own = own_milliseconds(disk, lambda name=name, params=params: disk.ask(name, params), runs)  # type: ignore[misc]
            rows[name] = {"own_cpu_ms": own, "load": round(os.getloadavg()[0], 1)}
            print(f"{name:24} {rows[name]}", flush=True)
    own_times = [row["own_cpu_ms"] for row in rows.values()]
    figures |= {
        "runs": runs,
        "median": round(statistics.median(own_times), 2),
        "max": max(own_times),
        "questions": rows,
    }
    OWN.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


class TooSlowError(Exception):
    """Waited long enough."""


def within(work: Callable[[], object], seconds: int) -> float | None:
    """Return the milliseconds of the processor that some work takes, or None above so many seconds."""

    def stop(number: int, frame: object) -> None:
        raise TooSlowError

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    start = time.process_time()
    try:
        work()
    except TooSlowError:
        return None
    except Exception as error:  # rdflib's own mistakes are part of the comparison
        print(f"  rdflib: {type(error).__name__}: {error}"[:160])
        return None
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return round((time.process_time() - start) * 1000, 2)


def main() -> None:
    """Make the graph, open it in each way, ask everything, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relationships", type=int, default=175_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-rdflib", action="store_true")
    parser.add_argument("--own", action="store_true", help="only what is spent outside the engine, on disk")
    options = parser.parse_args()
    made = policy_graph(options.relationships)
    data = io.BytesIO()
    write_turtle_file(unproject(made), data)
    turtle = data.getvalue()
    figures: dict[str, Any] = {"machine": about(), "bytes": len(turtle)}
    if options.own:
        measure_own(turtle, connected(made), figures, options.runs)
        return
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        memory = KnowledgeGraph(turtle)
        figures["parse_s"] = round(time.perf_counter() - start, 2)
        figures["triples"] = int(str(memory.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"]))
        start = time.perf_counter()
        create_store(Path(folder) / "store", turtle)
        figures["create_store_s"] = round(time.perf_counter() - start, 2)
        start = time.perf_counter()
        disk = open_graph(Path(folder) / "store")
        figures["open_store_s"] = round(time.perf_counter() - start, 3)
        for name, engine in (("memory", memory), ("disk", disk)):
            start = time.perf_counter()
            len(engine.names)
            figures[f"names_{name}_s"] = round(time.perf_counter() - start, 2)
        graph = None
        if not options.no_rdflib:
            import rdflib

            start = time.perf_counter()
            graph = rdflib.Graph()
            graph.parse(data=turtle, format="turtle")
            figures["rdflib_parse_s"] = round(time.perf_counter() - start, 1)
            kinds = "SELECT ?s ?c { ?s a ?c }"
            for solution in memory.store.query(kinds):  # type: ignore[union-attr]
                graph.add((rdflib.URIRef(solution[0].value), rdflib.RDF.type, rdflib.URIRef(solution[1].value)))
        print(json.dumps(figures, ensure_ascii=False), flush=True)
        rows: dict[str, Any] = {}
        things = connected(made)
        for name, question in load_catalog().items():
            params = (parameter_sets(question, things, 1) or [{}])[0]
            statement = prepare(memory, name, params).statement
            answered = memory.ask(name, params)

            def plain(engine: KnowledgeGraph, statement: str = statement) -> int:
                return sum(1 for _ in engine.store.query(statement, prefixes=dict(PREFIXES)))  # type: ignore[misc,union-attr]

            work: dict[str, Callable[[], object]] = {
                "ask": lambda name=name, params=params: memory.ask(name, params),  # type: ignore[misc]
                "plain": lambda plain=plain: plain(memory),  # type: ignore[misc]
                "disk_ask": lambda name=name, params=params: disk.ask(name, params),  # type: ignore[misc]
                "disk_plain": lambda plain=plain: plain(disk),  # type: ignore[misc]
                "disk_again": lambda plain=plain: plain(disk),  # type: ignore[misc]
            }
            for task in work.values():  # what each costs when it was done before
                task()
            row: dict[str, Any] = {"rows": len(answered), **alternate(work, options.runs)}
            row["own_cpu_ms"] = own_milliseconds(memory, work["ask"], options.runs)
            row["disk_own_cpu_ms"] = own_milliseconds(disk, work["disk_ask"], options.runs)
            if graph is not None:
                row["rdflib_cpu_ms"] = within(lambda statement=statement, g=graph: list(g.query(statement)), SLOWEST)
            row["load"] = round(os.getloadavg()[0], 1)
            rows[name] = row
            print(f"{name:24} {row}", flush=True)
    figures["questions"] = rows
    for where, prefix in (("memory", ""), ("disk", "disk_")):
        added = [row[f"{prefix}ask_cpu_ms"] - row[f"{prefix}plain_cpu_ms"] for row in rows.values()]
        figures[f"added_{where}_cpu_ms"] = {
            "median": round(statistics.median(added), 2),
            "max": round(max(added), 2),
            "above_50": sorted(n for n, more in zip(rows, added, strict=True) if more > 50),
        }
        own = {name: row[f"{prefix}own_cpu_ms"] for name, row in rows.items()}
        figures[f"own_{where}_cpu_ms"] = {
            "median": round(statistics.median(own.values()), 2),
            "max": round(max(own.values()), 2),
            "most": max(own, key=lambda name: own[name]),
        }
    again = {name: abs(row["disk_again_cpu_ms"] - row["disk_plain_cpu_ms"]) for name, row in rows.items()}
    most = max(again, key=lambda name: again[name])
    figures["plain_twice_disk_cpu_ms"] = {"max": round(again[most], 2), "most": most}
    for where, prefix in (("memory", ""), ("disk", "disk_")):
        asked = [row for row in rows.values() if row.get("rdflib_cpu_ms")]
        ratios = [row["rdflib_cpu_ms"] / max(row[f"{prefix}ask_cpu_ms"], 0.1) for row in asked]
        if ratios:
            figures[f"rdflib_ratio_{where}"] = {
                "median": round(statistics.median(ratios), 1), "least": round(min(ratios), 1), "answered": len(ratios)
            }  # fmt: skip
            # Where rdflib was stopped, it needs at least the time that it was waited for.
            at_least = {
                name: (row["rdflib_cpu_ms"] or SLOWEST * 1000) / max(row[f"{prefix}ask_cpu_ms"], 0.1)
                for name, row in rows.items()
            }
            figures[f"rdflib_twice_{where}"] = {
                "shown": sum(ratio >= 2 for ratio in at_least.values()),
                "not shown": sorted(name for name, ratio in at_least.items() if ratio < 2),
            }
    RESULT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    summed = ("added", "own", "plain_", "rdflib_r", "rdflib_t")
    print({key: value for key, value in figures.items() if key.startswith(summed)})


if __name__ == "__main__":
    main()
