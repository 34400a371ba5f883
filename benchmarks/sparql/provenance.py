"""Which form of provenance: nodes for facts, named graphs, or RDF 1.2 triple terms. Sizes, loading, four questions.

    python benchmarks/sparql/provenance.py --relationships 20000

The same made-up graph is written in three forms. `nodes` is what `kg build` writes. In `graphs` the plain triple of a
fact stands in a graph that the fact names; in `terms` the fact reifies a triple term; both do without `kg:subject`,
`kg:relation` and `kg:object`. Times are the least of several runs, the forms taking turns, so that what else the
machine does counts little.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[1] / "neo4j")]

import pyoxigraph as ox
from machine import about
from questions import connected
from synthetic import policy_graph

from kg.exporting.rdf import literal, resource
from kg.unprojection import unproject
from ontology.iri import ONTOLOGY
from ontology.turtle import PREFIXES

RUNS = 7
RESULT = Path(__file__).parent / "provenance.json"
PARTS = tuple(ONTOLOGY + name for name in ("subject", "relation", "object"))
RDF = PREFIXES["rdf"]

PATTERNS = {
    "nodes": "?fact kg:relation {relation} ; kg:subject {subject} ; kg:object {object} .",
    "graphs": "GRAPH ?fact {{ {subject} {relation} {object} }}",
    "terms": "?fact rdf:reifies <<( {subject} {relation} {object} )>> .",
}
EVIDENCE = " ?fact kg:evidence ?e . ?e kg:modality ?modality ; kg:quote ?quote ; kg:document ?doc ."


def questions(form: str, region: str) -> dict[str, str]:
    """Return the four questions in the syntax of a form."""

    def fact(subject: str = "?s", relation: str = "?p", obj: str = "?o") -> str:
        return PATTERNS[form].format(subject=subject, relation=relation, object=obj)

    return {
        "one thing, one relation": f"SELECT * {{ {fact(f'<{region}>', 'kg:specializesIn')} {EVIDENCE} }}",
        "all of one relation": f"SELECT * {{ {fact('?s', 'kg:develops')} {EVIDENCE} }}",
        "all about one thing": (
            f"SELECT * {{ {{ {fact(f'<{region}>')} }} UNION {{ {fact('?s', '?p', f'<{region}>')} }} {EVIDENCE} }}"
        ),
        "count by relation": (f"SELECT ?p ?modality (COUNT(*) AS ?n) {{ {fact()} {EVIDENCE} }} GROUP BY ?p ?modality"),
    }


def forms(triples: list[tuple[str, str, str, str]]) -> dict[str, list[ox.Quad]]:
    """Return the quads of the graph in each form."""
    facts: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    found: dict[str, list[ox.Quad]] = {form: [] for form in PATTERNS}
    for subject, predicate, obj, kind in triples:
        node: Any = resource(obj) if kind == "iri" else literal(obj, kind)
        quad = ox.Quad(resource(subject), ox.NamedNode(predicate), node)
        found["nodes"].append(quad)
        if predicate in PARTS:
            facts[subject][predicate] = node
        elif not (predicate == RDF + "type" and obj == ONTOLOGY + "Fact"):
            found["graphs"].append(quad)
            found["terms"].append(quad)
    for fact, parts in facts.items():
        subject, relation, obj = (parts[name] for name in PARTS)
        found["graphs"].append(ox.Quad(subject, relation, obj, ox.NamedNode(fact)))
        term = ox.Triple(subject, relation, obj)
        found["terms"].append(ox.Quad(ox.NamedNode(fact), ox.NamedNode(RDF + "reifies"), term))
    return found


def main() -> None:
    """Write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relationships", type=int, default=20_000)
    made = policy_graph(parser.parse_args().relationships)
    region = max(connected(made)["Region"], key=lambda uri: sum(uri in (r.start, r.end) for r in made.relationships))
    figures: dict[str, Any] = {"machine": about(), "forms": {}}
    stores = {}
    for form, quads in forms(list(unproject(made))).items():
        data = io.BytesIO()
        ordered = sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad)))
        kind = ox.RdfFormat.TRIG if form == "graphs" else ox.RdfFormat.TURTLE
        ox.serialize(
            ordered if form == "graphs" else (quad.triple for quad in ordered), data, kind, prefixes=dict(PREFIXES)
        )
        raw = data.getvalue()
        loads = []
        for _ in range(3):
            store = ox.Store()
            start = time.perf_counter()
            store.bulk_load(raw, format=kind)
            loads.append(time.perf_counter() - start)
        assert len(store) == len(set(quads))
        stores[form] = store
        figures["forms"][form] = {
            "statements": len(store), "MB": round(len(raw) / 1e6, 2),
            "MB_gzip": round(len(gzip.compress(raw)) / 1e6, 2), "load_s": round(min(loads), 2),
        }  # fmt: skip
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    rows: dict[str, set[int]] = defaultdict(set)
    prefixes = dict(PREFIXES)
    for _ in range(RUNS):
        for form, store in stores.items():
            for name, text in questions(form, region).items():
                start = time.perf_counter()
                rows[name].add(sum(1 for _ in store.query(text, prefixes=prefixes)))  # type: ignore[misc,union-attr]
                times[name][form].append((time.perf_counter() - start) * 1000)
    assert all(len(counts) == 1 for counts in rows.values()), f"the forms answer differently: {rows}"
    figures["questions_ms"] = {
        name: {"rows": rows[name].pop(), **{form: round(min(taken), 2) for form, taken in by_form.items()}}
        for name, by_form in times.items()
    }
    RESULT.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(RESULT.read_text("utf-8"))


if __name__ == "__main__":
    main()
