"""The embedded store: opened only when whole, asked only for reading."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from ontology.errors import LimitError, OutputError, UsageError
from queries.guard import check_query
from queries.store import KnowledgeGraph, create_store, is_store, open_graph


def _write_output(out: Path, turtle: bytes) -> Path:
    out.mkdir()
    (out / "graph.ttl").write_bytes(turtle)
    files = {"graph.ttl": {"sha256": hashlib.sha256(turtle).hexdigest()}}
    (out / "manifest.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    return out


def test_an_output_folder_is_opened(small_turtle: bytes, tmp_path: Path) -> None:
    graph = open_graph(_write_output(tmp_path / "out", small_turtle))
    assert graph.ask("roles_of_regions")
    assert open_graph(tmp_path / "out" / "graph.ttl").ask("roles_of_regions")


def test_a_damaged_output_is_refused(small_turtle: bytes, tmp_path: Path) -> None:
    out = _write_output(tmp_path / "out", small_turtle)
    (out / "graph.ttl").write_bytes(small_turtle + b"\n# edited")
    with pytest.raises(OutputError, match="not the file that its manifest describes"):
        open_graph(out)
    (out / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(OutputError, match="damaged"):
        open_graph(out)
    (out / "manifest.json").unlink()
    with pytest.raises(OutputError, match="did not finish"):
        open_graph(out)
    with pytest.raises(OutputError, match="no graph at"):
        open_graph(tmp_path / "nothing")


def test_official_classes_of_topics_can_be_asked(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.query(
        """SELECT ?code ?words { GRAPH <https://w3id.org/jiqun/ontology> {
        ?why owl:annotatedSource id:Topic_操作系统 ; owl:annotatedTarget ?class ; skos:note ?words .
        id:Topic_操作系统 skos:broadMatch ?class . ?class skos:notation ?code } }"""
    )
    assert rows.records == [("6511", "包括操作系统、数据库、中间件")]
    assert not small_graph.query("ASK { id:Topic_操作系统 skos:broadMatch ?class }")[0]["answer"], "not among the facts"


def test_a_store_on_disk_is_the_same_graph(small_graph: KnowledgeGraph, small_turtle: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "store"
    assert create_store(folder, small_turtle) == len(small_graph.store)
    stored = open_graph(folder)
    everything = "SELECT * WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o"
    assert stored.query(everything).records == small_graph.query(everything).records
    assert (
        stored.ask("roles_of_regions", region="北京").records
        == small_graph.ask("roles_of_regions", region="北京").records
    )
    assert set(stored.graph) == set(small_graph.graph)
    assert open_graph(folder).ask("coverage"), "two readers at once"
    with pytest.raises(UsageError, match="only read"):
        stored.query("CLEAR ALL")
    with pytest.raises(RuntimeError, match="read-write"):
        stored.store.clear()


def test_opening_a_store_parses_nothing(small_turtle: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_store(tmp_path / "store", small_turtle)
    (tmp_path / "store" / "graph.ttl").write_text("this is no Turtle", encoding="utf-8")
    assert open_graph(tmp_path / "store").ask("coverage")


def test_a_store_is_written_whole_or_not_at_all(small_turtle: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with pytest.raises(OutputError, match="no Turtle"):
        create_store(folder, b"no turtle")
    assert list(tmp_path.iterdir()) == [], "nothing is left"
    create_store(folder, small_turtle)
    with pytest.raises(OutputError, match="no Turtle"):
        create_store(folder, b"no turtle")
    assert open_graph(folder).ask("coverage"), "the old one stays"
    create_store(folder, b"")
    assert not open_graph(folder).ask("coverage"), "a new one takes its place"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    with pytest.raises(OutputError, match="not empty"):
        create_store(tmp_path / "mine", small_turtle)
    assert not is_store(tmp_path / "mine")


def test_a_damaged_store_is_refused(small_turtle: bytes, tmp_path: Path) -> None:
    create_store(tmp_path / "store", small_turtle)
    for file in (tmp_path / "store" / "oxigraph").iterdir():
        file.unlink()
    with pytest.raises(OutputError, match="damaged"):
        open_graph(tmp_path / "store")


def test_what_is_no_turtle_is_refused() -> None:
    with pytest.raises(OutputError, match="no Turtle"):
        KnowledgeGraph(b"<p> this is html </p>")


def test_rdflib_sees_the_file_as_it_is(small_graph: KnowledgeGraph) -> None:
    count = small_graph.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")[0]["n"]
    assert 0 < len(small_graph.graph) < int(str(count)), "the store has super-classes besides"


def test_super_classes_can_be_asked_for(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.query("SELECT ?x WHERE { ?x a kg:Organization } ORDER BY ?x")
    assert "id:Firm_百度" in rows.column("x")
    assert "id:GovernmentBody_工业和信息化部" in rows.column("x")
    assert not any("Topic" in str(x) for x in rows.column("x"))


def test_the_ontology_is_at_hand(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.query(
        "SELECT ?label WHERE { GRAPH <https://w3id.org/jiqun/ontology> { kg:Firm rdfs:label ?label } } ORDER BY ?label"
    )
    assert set(rows.column("label")) == {"firm", "企业"}


def test_all_forms_of_query(small_graph: KnowledgeGraph) -> None:
    assert small_graph.query("ASK { ?x a kg:Firm }")[0] == {"answer": True}
    assert small_graph.query("CONSTRUCT WHERE { ?x kg:develops ?y }").columns == ("subject", "predicate", "object")
    assert small_graph.query("DESCRIBE id:Firm_百度")
    assert small_graph.query("SELECT * WHERE { } LIMIT 0").records == []


def test_values_become_python_values(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.query(
        "SELECT (1 AS ?i) (1.5 AS ?d) (2e0 AS ?f) (true AS ?b) ('x'@zh AS ?s) (?u AS ?n) (kg:Firm AS ?k) WHERE {}"
    )
    assert rows.records == [(1, 1.5, 2.0, True, "x", None, "kg:Firm")]


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { id:a kg:b id:c }",
        "DELETE WHERE { ?s ?p ?o }",
        "PREFIX x: <urn:x>\nCLEAR ALL",
        "LOAD <http://127.0.0.1:9/x>",
        "DROP GRAPH <urn:x>",
    ],
)
def test_updates_are_refused(small_graph: KnowledgeGraph, update: str) -> None:
    before = len(small_graph.store)
    with pytest.raises(UsageError, match="only read"):
        small_graph.query(update)
    assert len(small_graph.store) == before


SERVICE = "SERVICE <http://127.0.0.1:9/> { ?a ?b ?c }"


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * WHERE {{ {SERVICE} }}",
        f"SELECT * WHERE {{ {{ SELECT * WHERE {{ {SERVICE} }} }} }}",
        f"SELECT * WHERE {{ ?s ?p ?o FILTER EXISTS {{ {SERVICE} }} }}",
        f"SELECT * WHERE {{ ?s ?p ?o MINUS {{ {SERVICE} }} }}",
        f"SELECT * WHERE {{ BIND (EXISTS {{ {SERVICE} }} AS ?x) }}",
        f"ASK {{ OPTIONAL {{ {SERVICE} }} }}",
        f"CONSTRUCT {{ ?a ?b ?c }} WHERE {{ {SERVICE} }}",
        "SELECT * WHERE { ?s ?p ?g SERVICE SILENT ?g { ?a ?b ?c } }",
        "SELECT * WHERE { sErViCe <http://127.0.0.1:9/> { ?a ?b ?c } }",
        "SELECT * WHERE { S\\u0045RVICE <http://127.0.0.1:9/> { ?a ?b ?c } }",
        "SELECT * WHERE { ?x ?y ?z FILTER(?x<'>') SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } FILTER(?x = '') }",
        "SELECT * FROM <http://127.0.0.1:9/> WHERE { ?a ?b ?c }",
        "SELECT * FROM NAMED <file:///etc/passwd> WHERE { GRAPH ?g { ?a ?b ?c } }",
    ],
)
def test_nothing_leaves_this_machine(small_graph: KnowledgeGraph, query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_graph, "store", None)  # it must not even be asked
    with pytest.raises(UsageError):
        small_graph.query(query)


def test_harmless_words_are_let_through(small_graph: KnowledgeGraph) -> None:
    check_query("SELECT * WHERE { ?s ?p 'customer service' } # from here")
    assert not small_graph.query("SELECT * WHERE { ?s ?p 'customer service from us' }")


@pytest.mark.parametrize(
    "query", ["", "SELECT", "SELECT * WHERE { ?s ?p }", "SELECT * WHERE { ?s nope:x ?o }", "{" * 90]
)
def test_what_does_not_parse_is_explained(small_graph: KnowledgeGraph, query: str) -> None:
    with pytest.raises(UsageError, match="no SPARQL"):
        small_graph.query(query)


def test_too_long_a_query_is_refused() -> None:
    with pytest.raises(UsageError, match="limit"):
        check_query("x" * 1_000_001)


def test_rows_can_be_limited(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(LimitError):
        small_graph.query("SELECT * WHERE { ?s ?p ?o }", max_rows=10)
    assert len(small_graph.query("SELECT * WHERE { ?s ?p ?o } LIMIT 10", max_rows=10)) == 10


@pytest.mark.parametrize(
    ("query", "bindings", "count"),
    [
        ("SELECT ?o WHERE { ?s kg:develops ?o }", {"s": "id:Firm_百度"}, 1),
        ("# { a brace\nSELECT ?o WHERE { ?s kg:develops ?o }", {"s": "id:Firm_百度"}, 1),
        ("CONSTRUCT { ?s kg:x ?o } WHERE { ?s kg:develops ?o }", {"s": "id:Firm_百度"}, 1),
        ("SELECT ?s WHERE { ?s kg:amount ?o }", {"o": 2.0e12}, 1),
        ("SELECT ?s WHERE { ?s kg:amount ?a FILTER (?a > ?o) }", {"o": 2.0e12}, 1),
        ("SELECT ?s WHERE { ?s kg:modality ?m }", {"m": 'x" } UNION { ?s ?p ?o'}, 0),
        ("ASK { ?s kg:develops ?o }", {"s": "id:Firm_京东"}, 1),
    ],
)
def test_variables_can_be_bound(
    small_graph: KnowledgeGraph, query: str, bindings: dict[str, object], count: int
) -> None:
    assert len(small_graph.query(query, **bindings)) == count


def test_binding_an_absent_variable_is_a_mistake(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="no variable"):
        small_graph.query("SELECT * WHERE { ?s ?p ?o }", x=1)


def test_rdflib_terms_can_be_bound(small_graph: KnowledgeGraph) -> None:
    from rdflib import URIRef

    firm = URIRef("https://w3id.org/jiqun/id/Firm_百度")
    assert small_graph.query("SELECT ?o WHERE { ?s kg:develops ?o }", s=firm).column("o") == ["id:Platform_开物平台"]


def test_an_entity_is_described(small_graph: KnowledgeGraph) -> None:
    found = small_graph.entity("北京")
    assert found["id"] == "id:Region_北京市"
    assert found["type"] == "Region"
    assert found["code"] == "110000"
    assert "北京" in (found["altLabel"] or [])  # type: ignore[operator]
    assert {row["class"] for row in small_graph.classes()} >= {"Region", "Firm", "Policy"}
