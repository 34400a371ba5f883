"""The W3C's tests of SPARQL 1.1 queries on the engine behind `kg query` and `kg serve`, with our guard in front.

Known failures are in `w3c_known.toml`, each with its reason; one that is new fails, one that is gone as well.
"""

from __future__ import annotations

import csv
import io
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from tally import ROOT, Tally

from ontology.errors import UsageError
from queries.guard import check_query

SUITE = ROOT.parent / "shared" / "w3c" / "sparql11"
KNOWN = tomllib.loads((Path(__file__).parent / "w3c_known.toml").read_text("utf-8"))["failures"]
MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
FOLDERS = (
    "aggregates", "bind", "bindings", "cast", "construct", "csv-tsv-res", "exists", "functions", "grouping", "json-res",
    "negation", "project-expression", "property-path", "subquery", "syntax-query",
)  # fmt: skip
LEAST = 0.95
"""Share that must hold, whatever is known to fail."""
FORMS = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}


@dataclass(frozen=True)
class Case:
    """A test of a manifest; `result` is None where only the syntax is judged."""

    name: str
    query: Path
    data: tuple[Path, ...]
    named: tuple[Path, ...]
    result: Path | None
    is_valid: bool


def cases() -> Iterator[Case]:
    """Yield the tests that ask."""
    for folder in FOLDERS:
        manifest = SUITE / folder / "manifest.ttl"
        graph = Graph().parse(manifest, publicID=manifest.as_uri())

        def path(node: Any) -> Path:
            return Path(str(node).removeprefix("file://"))

        (entries,) = graph.objects(None, MF.entries)
        for test in Collection(graph, entries):
            kind = str(graph.value(test, RDF.type)).rpartition("#")[2]
            action = graph.value(test, MF.action)
            name = f"{folder}/{str(test).rpartition('#')[2]}"
            if "Syntax" in kind and isinstance(action, URIRef):
                yield Case(name, path(action), (), (), None, kind.startswith("Positive"))
            elif kind in ("QueryEvaluationTest", "CSVResultFormatTest"):
                data = tuple(path(found) for found in graph.objects(action, QT.data))
                named = tuple(path(found) for found in graph.objects(action, QT.graphData))
                result = path(graph.value(test, MF.result))
                yield Case(name, path(graph.value(action, QT.query)), data, named, result, True)


def plain(term: Any) -> object:
    """Return a term as it is compared: numbers by value, blank nodes without their names."""
    if term is None or isinstance(term, ox.NamedNode):
        return None if term is None else term.value
    if isinstance(term, ox.Literal):
        if term.language:
            return (term.value, term.language.lower())
        value = Literal(term.value, datatype=URIRef(term.datatype.value)).toPython()
        is_number = isinstance(value, int | float) or type(value).__name__ == "Decimal"
        return (round(float(value), 9) if is_number else term.value, term.datatype.value)
    return "_:"


def rows(found: ox.QuerySolutions) -> Counter[tuple[object, ...]]:
    names = sorted(variable.value for variable in found.variables)
    return Counter(tuple(plain(solution[name]) for name in names) for solution in found)


def table(text: str) -> list[list[str]]:
    """Return the rows of a CSV as they are compared; blank nodes have no names there, numbers no form."""

    def cell(said: str) -> str:
        if said.startswith("_:"):
            return "_:"
        try:
            return f"{float(said):g}"
        except ValueError:
            return said

    header, *lines = list(csv.reader(io.StringIO(text)))
    order = sorted(range(len(header)), key=header.__getitem__)  # SELECT * has no order of columns
    return sorted([cell(line[k]) for k in order] for line in [header, *lines])


def rows_in_rdf(path: Path) -> Counter[tuple[object, ...]]:
    """Return the rows of a result that is written as RDF."""
    graph = Graph().parse(path)
    (result,) = graph.subjects(RDF.type, RS.ResultSet)
    names = sorted(map(str, graph.objects(result, RS.resultVariable)))
    found: Counter[tuple[object, ...]] = Counter()
    for solution in graph.objects(result, RS.solution):
        bound = {}
        for binding in graph.objects(solution, RS.binding):
            value: Any = graph.value(binding, RS.value)
            if isinstance(value, Literal):
                kind = ox.NamedNode(str(value.datatype)) if value.datatype else None
                value = (
                    ox.Literal(str(value), datatype=kind) if kind else ox.Literal(str(value), language=value.language)
                )
            elif isinstance(value, URIRef):
                value = ox.NamedNode(str(value))
            bound[str(graph.value(binding, RS.variable))] = plain(value)
        found[tuple(bound.get(name) for name in names)] += 1
    return found


def is_right(case: Case) -> bool:
    """Run a test; whether it comes out as the suite says."""
    text = case.query.read_text("utf-8")
    store = ox.Store()
    for data in case.data:
        store.load(path=str(data), base_iri=data.as_uri())
    for data in case.named:
        store.load(path=str(data), base_iri=data.as_uri(), to_graph=ox.NamedNode(data.as_uri()))
    try:
        allowed = check_query(text, graphs=[path.as_uri() for path in (*case.data, *case.named)])
        answer = store.query(allowed, base_iri=case.query.as_uri())
        found = [*answer] if isinstance(answer, ox.QueryTriples) else answer
    except (UsageError, SyntaxError, ValueError, RuntimeError):
        return not case.is_valid
    if case.result is None:
        return case.is_valid
    suffix = case.result.suffix
    if isinstance(found, list):
        wanted = ox.Dataset(ox.Quad(*triple) for triple in (q.triple for q in ox.parse(path=str(case.result))))
        got = ox.Dataset(ox.Quad(*triple) for triple in found)
        for graph in (wanted, got):
            graph.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
        return wanted == got
    if suffix == ".csv":
        assert isinstance(found, ox.QuerySolutions)
        said = found.serialize(format=ox.QueryResultsFormat.CSV)
        assert said is not None
        return table(said.decode()) == table(case.result.read_text("utf-8"))
    if suffix == ".ttl":
        assert isinstance(found, ox.QuerySolutions)
        return rows(found) == rows_in_rdf(case.result)
    if suffix not in FORMS:
        return False
    expected = ox.parse_query_results(path=str(case.result), format=FORMS[suffix])
    if isinstance(expected, ox.QueryBoolean) or isinstance(found, ox.QueryBoolean):
        return bool(expected) == bool(found)
    return rows(expected) == rows(found)  # type: ignore[arg-type]


@pytest.mark.skipif(not SUITE.is_dir(), reason="the W3C's tests (../shared/w3c) are not at hand")
def test_the_queries_of_the_w3c(tally: Tally) -> None:
    failed = []
    for case in cases():
        right = is_right(case)
        failed += [] if right else [case.name]
        tally.tried(right != (case.name in KNOWN), f"{case.name}: {'holds now' if right else 'a new failure'}")
    assert tally.trials > 300
    share = 1 - len(failed) / tally.trials
    assert share >= LEAST, failed
    tally.note = f"{tally.trials - len(failed)} of {tally.trials} hold, {100 * share:.1f} %"
