"""Measure all nine stages and the whole in one run, each in turn with its named peer, and compare with kept results.

    python -m pip install -e '.[bench]'
    python benchmarks/scale/bench.py                  # and keep the results
    python benchmarks/scale/bench.py --compare        # or say which ratios are more than 15 % worse than the kept ones

| stage | peer on the same input |
|---|---|
| annotate | jieba.posseg; spaCy's Chinese pipeline with characters as tokens and an EntityRuler of the pack's names |
| assert | rdflib: the same triples added to a `Graph`, which then writes Turtle |
| validate | pySHACL alone, on the same graph and shapes |
| load | rdflib-neo4j (edges and classes only); the driver with one MERGE a row |
| ask | rdflib's own store with the same SPARQL |
| draw | plain pyvis with the same nodes and edges |

Read, clean, resolve, the four stages of a document together and the whole have no peer that does the same;
jieba.posseg, which reads the same text, is their measure: by one of ours, a stage would look worse when another gets
better. A ratio is the peer's processor seconds by ours, both summed over documents or batches that took turns, so above
1 we are faster; for loading, client and server together count, and what differs in size is told in relationships
a second.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from documents import LENGTH, ROOT, write_corpus

sys.path[:0] = [str(ROOT / folder) for folder in (".", "benchmarks", "benchmarks/neo4j")]

from record import describe_machine, write_figures
from stages import make_posseg, make_ruler
from stages import measure as measure_documents

RESULTS = ROOT / "benchmarks" / "scale" / "results" / "bench.json"
ALLOWED = 0.15
"""Share by which a ratio may be worse than the kept one."""
PACKAGES = ("jieba", "neo4j", "pyoxigraph", "pyshacl", "pyvis", "rdflib", "rdflib-neo4j", "spacy")
QUESTIONS = 6
"""One canned question of so many is asked."""
PATIENCE = 5
"""Processor seconds that rdflib is waited for over one question."""

PEERS = {
    "annotate": ("jieba.posseg", "spaCy zh + EntityRuler"),
    "assert": ("rdflib",),
    "validate": ("pySHACL alone",),
    "load": ("rdflib-neo4j", "a MERGE a row"),
    "ask": ("rdflib's store",),
    "draw": ("plain pyvis",),
}


YARDSTICK = "jieba.posseg"
"""What stages without a peer are measured by."""


def timed(seconds: dict[str, float], name: str, work: Callable[[], Any]) -> Any:
    """Run some work and add its processor seconds."""
    start = time.process_time()
    found = work()
    seconds[name] = seconds.get(name, 0.0) + time.process_time() - start
    return found


def measure_graph(texts: Path) -> tuple[dict[str, float], dict[str, int], Any]:
    """Return seconds of assert, validate, ask, draw, their peers and the whole; what there was; the projected graph."""
    import kg
    from kg.draw import draw_page
    from kg.pictured import project_corpus
    from ontology.assertion import distinct_rows, rows_to_graph, rows_to_turtle
    from ontology.resources import load_resource
    from ontology.validation import validate_rows

    seconds: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as out:
        settings = kg.Settings(profile="rules")
        report = timed(seconds, "the whole", lambda: kg.build([texts], out=out, settings=settings, jobs=1, cache=False))
    corpus = report.corpus
    rows = timed(seconds, "assert", lambda: distinct_rows(corpus))
    turtle = timed(seconds, "assert", lambda: rows_to_turtle(rows))
    graph = timed(seconds, "rdflib", lambda: rows_to_graph(rows))
    timed(seconds, "rdflib", lambda: graph.serialize(format="turtle"))
    shapes = load_resource("shapes.ttl")
    validate_rows([])  # the shapes are read once in a process
    timed(seconds, "validate", lambda: validate_rows(rows))
    timed(seconds, "pySHACL alone", lambda: _with_pyshacl(graph, shapes))
    projected = timed(seconds, "draw", lambda: project_corpus(corpus))
    timed(seconds, "draw", lambda: draw_page(projected))
    timed(seconds, "plain pyvis", lambda: _with_pyvis(projected))
    counts = dict(report.manifest.counts)
    counts["questions"] = _ask(seconds, turtle, projected)
    return seconds, counts, projected


def _with_pyshacl(graph: Any, shapes: Any) -> object:
    import pyshacl

    return pyshacl.validate(graph, shacl_graph=shapes, inference="none")


def _with_pyvis(projected: Any) -> str:
    from pyvis.network import Network

    hidden = ("Document", "Evidence")
    shown = {n.uri: str(n.properties.get("name", n.uri)) for n in projected.nodes if n.labels[-1] not in hidden}
    network = Network(directed=True, cdn_resources="in_line")
    for uri, name in shown.items():
        network.add_node(uri, label=name, title=name)
    for fact in projected.relationships:
        if fact.start in shown and fact.end in shown:
            network.add_edge(fact.start, fact.end, title=str(fact.properties.get("quote", "")))
    return str(network.generate_html())


def _ask(seconds: dict[str, float], turtle: bytes, projected: Any) -> int:
    """Ask some questions, each both ways; return how many rdflib answered in time."""
    import rdflib
    from questions import connected, parameter_sets

    from queries.ask import prepare
    from queries.catalog import load_catalog
    from queries.store import KnowledgeGraph

    ours = KnowledgeGraph(turtle)
    theirs = rdflib.Graph()
    theirs.parse(data=turtle, format="turtle")
    for subject, kind in ours.store.query("SELECT ?s ?c { ?s a ?c }"):  # type: ignore[misc,union-attr]
        theirs.add((rdflib.URIRef(subject.value), rdflib.RDF.type, rdflib.URIRef(kind.value)))
    len(ours.names)
    things = connected(projected)
    answered = 0
    for name, question in sorted(load_catalog().items())[::QUESTIONS]:
        params = (parameter_sets(question, things, 1) or [{}])[0]
        statement = prepare(ours, name, params).statement
        start = time.process_time()
        if _in_time(lambda statement=statement: list(theirs.query(statement))):  # type: ignore[misc]
            seconds["rdflib's store"] = seconds.get("rdflib's store", 0.0) + time.process_time() - start
            timed(seconds, "ask", lambda name=name, params=params: ours.ask(name, params))  # type: ignore[misc]
            answered += 1
    return answered


def _in_time(work: Callable[[], object]) -> bool:
    import signal

    def stop(number: int, frame: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        work()
    except Exception as error:  # rdflib's own mistakes, and that it takes too long, are part of the comparison
        print(f"  rdflib: {type(error).__name__}: {error}"[:120], file=sys.stderr)
        return False
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return True


def measure_load(projected: Any) -> dict[str, float]:
    """Return relationships a processor second of client and server together, for each way on a fresh server."""
    from load_rate import peer
    from machine import Place, fresh_server

    from kg.load import load_graph

    def ours(place: Place) -> int:
        load_graph(projected, **place.credentials)
        return len(projected.relationships)

    def theirs(place: Place) -> int:
        return int(peer(place, projected)["edges"])

    def by_row(place: Place) -> int:
        with place.driver() as driver, driver.session() as session:
            session.run("CREATE CONSTRAINT FOR (n:Resource) REQUIRE n.uri IS UNIQUE").consume()
            merge = "MERGE (n:Resource {uri: $uri}) SET n += $p"
            for node in projected.nodes:
                session.run(merge, uri=node.uri, p=dict(node.properties)).consume()
            ends = "MATCH (a:Resource {uri: $a}) MATCH (b:Resource {uri: $b})"
            for r in projected.relationships:
                merge = f"{ends} MERGE (a)-[r:{r.type} {{factId: $f}}]->(b) SET r += $p"
                session.run(merge, a=r.start, b=r.end, f=r.fact_id, p=dict(r.properties)).consume()
        return len(projected.relationships)

    rates = {}
    for name, run in (("load", ours), ("rdflib-neo4j", theirs), ("a MERGE a row", by_row)):
        with fresh_server() as place:
            before = sum(place.processor_seconds())
            rates[name] = run(place) / (sum(place.processor_seconds()) - before)
    return rates


def ratios_of(rounds: list[dict[str, float]], rates: list[dict[str, float]]) -> dict[str, float]:
    """Return how many times as fast as its peer each stage is: the median over the rounds."""
    found = {}
    for stage, peers in PEERS.items():
        for peer in peers:
            if stage == "load":
                values = [rate[stage] / rate[peer] for rate in rates]
            else:
                values = [seconds[peer] / seconds[stage] for seconds in rounds if seconds.get(stage)]
            if values:
                found[f"{stage} to {peer}"] = round(statistics.median(values), 3)
    parts = {stage: (stage,) for stage in ("read", "clean", "resolve", "the whole")}
    parts["a document"] = ("read", "clean", "annotate", "resolve")
    for stage, names in parts.items():
        values = [seconds[YARDSTICK] / sum(seconds[name] for name in names) for seconds in rounds]
        found[f"{stage} to {YARDSTICK}"] = round(statistics.median(values), 3)
    return found


def regressions(kept: Mapping[str, float], found: Mapping[str, float], allowed: float = ALLOWED) -> list[str]:
    """Return a line for each ratio that is worse than the kept one by more than the allowed share.

    Args:
        kept: Ratios of an earlier run; above 1 means faster than the peer.
        found: Ratios of this run. One that was not measured this time is no regression.
        allowed: The share, 0.15 for 15 %.
    """
    lines = []
    for name in sorted(kept.keys() & found.keys()):
        change = found[name] / kept[name] - 1
        if change < -allowed:
            lines.append(f"{name}: {kept[name]:.2f} → {found[name]:.2f} ({change:+.0%})")
    return lines


def main() -> int:
    """Measure, print a table, and keep or compare the results; return 1 where a ratio became worse."""
    bulk = ROOT.parent / "shared" / "bulk"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100, help=f"of about {LENGTH} characters")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-load", action="store_true", help="start no Neo4j server")
    parser.add_argument("--compare", action="store_true", help="compare with the kept results instead of keeping these")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--texts", type=Path, default=bulk if bulk.is_dir() else ROOT / "examples" / "corpus")
    options = parser.parse_args()
    if options.compare and not options.results.is_file():
        parser.error(f"no kept results in {options.results}: run without --compare first")
    from extract.annotate import build_nlp
    from kg.processing.collector import collect_seldom

    nlp = build_nlp(profile="rules")
    peers = {"jieba.posseg": make_posseg(), "spaCy zh + EntityRuler": make_ruler()}
    rounds, rates = [], []
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder, "texts")
        characters = write_corpus(texts, options.texts, options.documents)
        for number in range(options.rounds):
            seconds = measure_documents(texts, nlp, peers, False)
            seconds["resolve"] += seconds.pop("merge")
            with collect_seldom():  # as a build does, for the peers as well
                more, counts, projected = measure_graph(texts)
            rounds.append({**seconds, **more})
            if not options.no_load:
                rates.append(measure_load(projected))
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    ratios = ratios_of(rounds, rates)
    medians = {name: statistics.median(r[name] for r in rounds if name in r) for name in rounds[0]}
    print(_table(medians, ratios, characters, counts, rates, peak))
    if options.compare:
        kept = json.loads(options.results.read_text("utf-8"))
        worse = regressions(kept["ratios"], ratios)
        print(f"worse by more than {ALLOWED:.0%}: {len(worse)} of {len(ratios)} ratios", *worse, sep="\n")
        return 1 if worse else 0
    figures = {"characters": characters, "counts": counts, "peak MB": round(peak), "ratios": ratios}
    write_figures(options.results, describe_machine(PACKAGES), {**figures, "seconds": rounds, "load rates": rates})
    return 0


def _table(
    medians: Mapping[str, float], ratios: Mapping[str, float], characters: int, counts: Mapping[str, int],
    rates: list[dict[str, float]], peak: float,
) -> str:  # fmt: skip
    out = io.StringIO()
    print("stage or peer             processor s   characters/s      facts/s", file=out)
    for name, seconds in medians.items():
        print(f"{name:24} {seconds:12.3f} {characters / seconds:14,.0f} {counts['facts'] / seconds:12,.0f}", file=out)
    for name in ("load", *PEERS["load"]):
        if rates:
            rate = statistics.median(found[name] for found in rates)
            print(f"{name:24} {rate:12,.0f} relationships a processor second", file=out)
    print(
        f"\n{characters:,} characters, {counts['facts']:,} facts, {counts['questions']} questions, {peak:.0f} MB",
        file=out,
    )
    for name, ratio in ratios.items():
        print(f"{name:40} {ratio:8.2f}", file=out)
    return out.getvalue().rstrip()


if __name__ == "__main__":
    sys.exit(main())
