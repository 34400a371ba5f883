"""Against a real server: load once, load twice, ask the same questions, get the same rows."""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from neo4j_testing import TestDatabase, load_tool
from test_queries.conftest import make_corpus

import kg
from kg import cli
from kg.draw import draw_page
from kg.exporting.neo4j_csv import write_import_files
from kg.exporting.rdf import write_turtle_file
from kg.exporting.sources import ServerSource
from kg.inferring import infer_facts
from kg.load import load_graph
from kg.loading.changes import node_properties, storable
from kg.loading.statements import FACT_TYPES, schema_statements
from kg.neo4j_engine import Neo4jGraph
from kg.projection import Node, PropertyGraph, Relationship, project, read_property_graph, superclasses
from kg.report import report_page
from ontology.assertion import assert_corpus, corpus_to_turtle
from ontology.errors import LimitError, ServiceError, UsageError
from ontology.iri import RESOURCE, entity_id, expand
from queries.ask import resolve_parameters
from queries.catalog import Question, load_catalog
from queries.resolve import fits
from queries.store import KnowledgeGraph

pytestmark = pytest.mark.neo4j
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def graph() -> PropertyGraph:
    return project(assert_corpus(make_corpus()))


def without(graph: PropertyGraph, doc: str) -> PropertyGraph:
    """The graph without the nodes and links of one document; facts keep their summaries."""
    gone = {n.uri for n in graph.nodes if doc in (n.properties.get("doc"), n.properties.get("path"))}
    nodes = tuple(n for n in graph.nodes if n.uri not in gone)
    relationships = tuple(
        r
        for r in graph.relationships
        if r.start not in gone and r.end not in gone and set(r.properties.get("evidence", [""])) - gone  # type: ignore[arg-type]
    )
    return PropertyGraph(nodes, relationships)


def snapshot_of(graph: PropertyGraph) -> tuple[dict[str, Any], dict[tuple[str, ...], Any]]:
    """What a database must hold that holds a graph and nothing else."""
    nodes = {n.uri: (sorted(n.labels), {**node_properties(n), "uri": n.uri}) for n in graph.nodes}
    return nodes, {(r.type, r.start, r.end, r.fact_id): storable(r.properties) for r in graph.relationships}


# --- loading ----------------------------------------------------------------------------------------------------------


def test_a_load_brings_everything_and_a_second_changes_nothing(database: TestDatabase, graph: PropertyGraph) -> None:
    told: list[str] = []
    promised = load_graph(graph, **database.credentials, dry_run=True)
    assert promised.nodes["created"] == len(graph.nodes) and database.snapshot() == ({}, {})
    report = load_graph(graph, **database.credentials, batch=100, progress=lambda *news: told.append(news[0]))
    assert report.nodes == promised.nodes and report.relationships == promised.relationships
    assert report.counters["relationships_created"] == len(graph.relationships)
    assert "PLAYS_ROLE" in told
    nodes, relationships = database.snapshot()
    assert (nodes, relationships) == snapshot_of(graph)
    again = load_graph(graph, **database.credentials)
    assert again.counters == {} and not again.changed and again.nodes["unchanged"] == len(graph.nodes)


def test_the_schema_is_there_and_online(database: TestDatabase, graph: PropertyGraph) -> None:
    load_graph(graph, **database.credentials)
    constraints = database.run("SHOW CONSTRAINTS YIELD type, labelsOrTypes, properties RETURN *")
    unique = {t for c in constraints if c["type"] == "RELATIONSHIP_UNIQUENESS" for t in c["labelsOrTypes"]}
    assert unique == set(FACT_TYPES)
    assert {"type": "UNIQUENESS", "labelsOrTypes": ["Resource"], "properties": ["uri"]} in constraints
    indexes = database.run("SHOW INDEXES YIELD name, state RETURN *")
    assert {index["state"] for index in indexes} == {"ONLINE"}
    assert len(indexes) >= len(schema_statements())


def test_full_text_search_finds_chinese(database: TestDatabase, graph: PropertyGraph) -> None:
    load_graph(graph, **database.credentials)
    found = database.run(
        "CALL db.index.fulltext.queryNodes('names', '数据中心') YIELD node, score RETURN node.name AS name"
    )
    assert found[0]["name"] == "张家口国家数据中心集群"
    quotes = database.run(
        "CALL db.index.fulltext.queryNodes('quotes', '集成电路') YIELD node RETURN node.quote AS quote LIMIT 3"
    )
    assert quotes and all("集成电路" in row["quote"] for row in quotes)
    facts = database.run(
        "CALL db.index.fulltext.queryRelationships('facts', '侧重研发') YIELD relationship AS r RETURN r.quote AS q"
    )
    assert facts[0]["q"] == "北京侧重研发"
    assert database.run("CALL db.index.fulltext.queryNodes('names', 'baidu') YIELD node RETURN node.name AS name")


def test_what_is_no_longer_said_goes_and_what_a_user_made_stays(database: TestDatabase, graph: PropertyGraph) -> None:
    load_graph(graph, **database.credentials)
    less = without(graph, "three.txt")
    assert len(less.nodes) < len(graph.nodes)
    database.run("MATCH (n:Firm) SET n:Favourite, n.note = 'mine'")
    database.run(
        "MATCH (a:Person), (b:Platform) WITH a, b LIMIT 1 "
        "CREATE (a)-[:AFFILIATED_WITH {origin: 'curated', factId: $mine}]->(b), (a)-[:KNOWS]->(:Friend {name: 'x'})",
        mine=RESOURCE + "Fact_mine",
    )
    report = load_graph(less, **database.credentials)
    assert report.relationships["removed"] > 0
    nodes, relationships = database.snapshot()
    wanted = snapshot_of(less)[1]
    assert {k: v for k, v in relationships.items() if k in wanted} == wanted
    assert sorted(k[0] for k in relationships.keys() - wanted.keys()) == ["AFFILIATED_WITH", "KNOWS"]
    assert {n.uri for n in less.nodes} <= nodes.keys()
    assert database.run("MATCH (n:Firm:Favourite {note: 'mine'}) RETURN count(n) > 0 AS found") == [{"found": True}]
    again = load_graph(less, **database.credentials)
    assert again.counters == {}
    database.wipe()
    load_graph(less, **database.credentials)
    fresh = database.snapshot()
    load_graph(graph, **database.credentials)
    load_graph(less, **database.credentials)
    assert database.snapshot() == fresh


def test_merging_keeps_what_other_documents_say(database: TestDatabase, graph: PropertyGraph) -> None:
    from test_load import ONE, PLAN, THREE, graph_of

    load_graph(graph_of(ONE, PLAN), **database.credentials)
    load_graph(graph_of(THREE), **database.credentials, mode="merge")
    merged = database.snapshot()
    database.wipe()
    load_graph(graph_of(ONE, PLAN, THREE), **database.credentials)
    assert database.snapshot() == merged
    assert load_graph(graph_of(PLAN), **database.credentials, mode="merge").counters == {}


def test_a_document_that_goes_changes_and_comes_back_takes_and_brings_just_what_it_says(
    database: TestDatabase, stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way, from the folder of texts to the server: a.txt says the same as b.txt, and more."""
    monkeypatch.setenv("NEO4J_PASSWORD", database.password)
    out = tmp_path / "out"

    def load(*, into: Path = out) -> tuple[dict[str, Any], dict[tuple[str, ...], Any]]:
        assert cli.main(["build", str(texts), "--out", str(into), "--profile", "rules", "--quiet"]) == 0
        command = ["load", str(into), "--neo4j", database.uri, "--user", database.user, "--quiet"]
        assert cli.main(command) == 0
        return database.snapshot()

    def from_scratch() -> tuple[dict[str, Any], dict[tuple[str, ...], Any]]:
        database.wipe()
        return load(into=tmp_path / f"scratch{len(list(tmp_path.iterdir()))}")

    said, before = (texts / "a.txt").read_text("utf-8"), load()
    (texts / "a.txt").unlink()
    gone = load()
    assert not [uri for uri, (_, p) in gone[0].items() if "a.txt" in (p.get("doc"), p.get("path"))]
    facts = {
        (start.rpartition("_")[2], end.rpartition("_")[2]) for kind, start, end, _ in gone[1] if kind == "DEVELOPS"
    }
    assert facts == {("百度", "开物平台"), ("华为", "盘古平台")}, (
        "what only a.txt said is gone, what b.txt says too stays"
    )

    def of_others(state: tuple[dict[str, Any], dict[tuple[str, ...], Any]]) -> list[object]:
        """Return what has nothing to do with a.txt."""
        nodes, relationships = state
        about = {uri for uri, (_, p) in nodes.items() if "a.txt" in (p.get("doc"), p.get("path"), *p.get("docs", ()))}
        kept = [pair for pair in nodes.items() if pair[0] not in about and "Extraction" not in pair[1][0]]
        return [kept, [r for r in relationships.items() if not about & {*r[0], *r[1].get("evidence", ())}]]

    known = dict(of_others(before)[0]) | dict(of_others(before)[1])  # type: ignore[call-overload]
    after = gone[0] | gone[1]
    assert known and {key: after.get(key) for key in known} == known, "nothing else has changed"
    assert from_scratch() == gone
    (texts / "a.txt").write_text("腾讯 混元平台\n", encoding="utf-8")
    changed = load()
    assert any(key[2].endswith("混元平台") for key in changed[1]) and from_scratch() == changed
    (texts / "a.txt").write_text(said, encoding="utf-8")
    assert load() == before


def test_a_decision_that_is_withdrawn_takes_its_fact_along(
    database: TestDatabase, stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way again, with a file of decisions: a line that is taken out, a fact that is rejected afterwards."""
    monkeypatch.setenv("NEO4J_PASSWORD", database.password)
    file = tmp_path / "decisions.jsonl"
    firm = entity_id("Firm", "百度")
    platform, other, said = (entity_id("Platform", name) for name in ("文心", "混元", "开物平台"))

    def decision(action: str, obj: str) -> str:
        ends = {"subject": firm, "relation": "develops", "object": obj}
        return json.dumps({"action": action, "by": "李", "reason": "公告", **ends}, ensure_ascii=False)

    def load(*lines: str) -> tuple[dict[str, Any], dict[tuple[str, ...], Any]]:
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        build = ["build", str(texts), "--out", str(tmp_path / "out"), "--profile", "rules", "--quiet"]
        assert cli.main([*build, "--decisions", str(file)]) == 0
        command = ["load", str(tmp_path / "out"), "--neo4j", database.uri, "--user", database.user, "--quiet"]
        assert cli.main(command) == 0
        return database.snapshot()

    before = load()
    with_two = load(decision("add", platform), decision("add", other), decision("add", said))
    assert {expand(platform), expand(other)} == with_two[0].keys() - before[0].keys()
    assert [p["origin"] for k, p in with_two[1].items() if k not in before[1]] == ["curated", "curated"]
    back = tmp_path / "back.ttl"
    monkeypatch.setenv("NEO4J_USER", database.user)
    assert cli.main(["export", "--from-neo4j", database.uri, "--format", "ttl", "--out", str(back)]) == 0
    assert back.read_bytes() == (tmp_path / "out" / "graph.ttl").read_bytes(), "what was decided comes back too"
    database.run(
        "MATCH (a {uri: $a}), (b {uri: $b}) MERGE (a)-[:COLLABORATES_WITH {origin: 'curated'}]->(b)",
        a=expand(firm), b=expand(entity_id("Firm", "华为")),
    )  # fmt: skip
    one_left = load(decision("add", platform), decision("add", said))
    assert expand(other) not in one_left[0] and expand(platform) in one_left[0]
    mine = [key for key in one_left[1] if key[0] == "COLLABORATES_WITH"]
    assert len(mine) == 1, "what a user made stays, of the same origin"
    gone = load(decision("add", platform), decision("reject", platform))
    assert gone[0] == before[0]
    assert {key: gone[1][key] for key in gone[1].keys() - set(mine)} == before[1]
    assert set(mine) <= gone[1].keys()


def test_what_was_inferred_is_loaded_asked_and_given_back(database: TestDatabase, tmp_path: Path) -> None:
    turtle = corpus_to_turtle(infer_facts(make_corpus()))
    file = tmp_path / "graph.ttl"
    file.write_bytes(turtle)
    graph = read_property_graph(file, keep_all=True)
    load_graph(graph, **database.credentials)
    found = database.run("MATCH ()-[r {origin: 'inferred'}]->() RETURN r.premises AS premises, r.asserted AS asserted")
    assert found and all(row["premises"] and row["asserted"] is False for row in found)
    assert _all_differences(file, database) == {}
    source = ServerSource(database.uri, database.user, database.password, None)
    back = io.BytesIO()
    write_turtle_file(source.triples(), back)
    assert back.getvalue() == turtle
    less = corpus_to_turtle(make_corpus())
    file.write_bytes(less)
    load_graph(read_property_graph(file), **database.credentials)
    assert not database.run("MATCH ()-[r {origin: 'inferred'}]->() RETURN r")


@pytest.mark.parametrize("survived", [1, 4, 9])
def test_a_load_that_was_cut_off_is_finished_by_the_next(
    database: TestDatabase, graph: PropertyGraph, survived: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.loading import writing

    write, done = writing.run_statements, []

    def cut(*arguments: Any) -> Any:
        if len(done) == survived:
            raise KeyboardInterrupt
        done.append(1)
        return write(*arguments)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(writing, "run_statements", cut)
        load_graph(graph, **database.credentials, batch=30)
    load_graph(graph, **database.credentials)
    nodes, relationships = database.snapshot()
    assert len(nodes) == len(graph.nodes) and len(relationships) == len(graph.relationships)
    assert load_graph(graph, **database.credentials).counters == {}


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_what_another_load_wrote_since_the_look_does_no_harm(
    database: TestDatabase, graph: PropertyGraph, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg import load

    some = {node.uri for node in graph.nodes[:: round(1 / share)]}
    relationships = tuple(r for r in graph.relationships if {r.start, r.end} <= some)
    load_graph(PropertyGraph(tuple(n for n in graph.nodes if n.uri in some), relationships), **database.credentials)
    with monkeypatch.context() as patch:
        patch.setattr(load._Load, "is_empty", lambda _: True)
        load_graph(graph, **database.credentials, batch=40)
    assert database.snapshot() == snapshot_of(graph)
    assert load_graph(graph, **database.credentials).counters == {}


@pytest.mark.parametrize("code", ["Neo.ClientError.Schema.ConstraintValidationFailed", "Neo.TransientError.General.X"])
def test_what_the_server_said_counts_when_the_driver_stumbles_over_it(
    database: TestDatabase, graph: PropertyGraph, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen now and then on a busy machine: taking a refused transaction back raises in turn."""
    from neo4j.exceptions import Neo4jError, ResultFailedError

    from kg.loading import writing

    write, stumbles = writing.run_statements, []

    def stumble(tx: Any, statements: Any, parameters: Any) -> Any:
        if statements[0].startswith("UNWIND $rows AS row\nCREATE") and len(stumbles) < 3:
            stumbles.append(statements)
            said = Neo4jError._hydrate_neo4j(code=code, message="refused")
            raise ResultFailedError(None, "The result has failed.") from said  # type: ignore[arg-type]
        return write(tx, statements, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(writing, "run_statements", stumble)
        load_graph(graph, **database.credentials, batch=40)
    assert len(stumbles) == 3 and database.snapshot() == snapshot_of(graph)
    with monkeypatch.context() as patch, pytest.raises(ServiceError, match="The result has failed"):
        patch.setattr(
            writing,
            "run_statements",
            lambda *_: (_ for _ in ()).throw(ResultFailedError(None, "The result has failed.")),
        )  # type: ignore[arg-type]
        load_graph(PropertyGraph((), ()), **database.credentials)


_LOAD = """
import sys
from pathlib import Path
from kg.load import load_graph
from kg.projection import read_property_graph
print("begins", flush=True)
load_graph(read_property_graph(Path(sys.argv[1]), keep_all=True), sys.argv[2], user=sys.argv[3],
           password=sys.stdin.readline().strip(), batch=int(sys.argv[4]))
"""


def begin_load(database: TestDatabase, file: Path, batch: int) -> subprocess.Popen[str]:
    """Start a load in a process of its own, which can be killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", _LOAD, str(file), database.uri, database.user, str(batch)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(database.password + "\n")
    process.stdin.close()
    assert process.stdout.readline() == "begins\n"
    return process


def test_loads_that_are_killed_and_two_processes_at_once(database: TestDatabase, tmp_path: Path) -> None:
    """A small form of `make torture-neo4j`."""
    file = tmp_path / "graph.ttl"
    file.write_bytes(corpus_to_turtle(make_corpus()))
    wanted = snapshot_of(read_property_graph(file))
    load_graph(PropertyGraph((), ()), **database.credentials)
    for wait in (0.4, 1.2):
        killed = begin_load(database, file, 10)
        time.sleep(wait)
        killed.kill()
        killed.wait()
        load_graph(read_property_graph(file), **database.credentials)
        assert database.snapshot() == wanted
        database.wipe()
    both = [begin_load(database, file, 10) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert database.snapshot() == wanted


def test_two_loads_at_once_give_one_graph(database: TestDatabase, graph: PropertyGraph) -> None:
    load_graph(PropertyGraph((), ()), **database.credentials)
    errors: list[BaseException] = []

    def load() -> None:
        try:
            load_graph(graph, **database.credentials, batch=20)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    nodes, relationships = database.snapshot()
    assert len(nodes) == len(graph.nodes) and len(relationships) == len(graph.relationships)


HOSTILE = (
    "x'}) DETACH DELETE n //",
    'x"} ) MATCH (n) DETACH DELETE n RETURN "',
    "`) DETACH DELETE n //",
    "\\u0027}) MATCH (n) DETACH DELETE n //",
    "$rows",
    "'; DROP CONSTRAINT n10s_unique_uri; '",
    "LOAD CSV FROM 'http://127.0.0.1:1/x' AS x",
    "\x00\n\r\u2028\u202e\ufeff",
    "{} [] () :Label -[:TYPE]->",
    "CALL dbms.shutdown()",
)


def test_nothing_in_names_quotes_or_parameters_is_executed(database: TestDatabase) -> None:
    uris = [f"{RESOURCE}Firm_{i}_{text}" for i, text in enumerate(HOSTILE)]
    nodes = [
        Node(
            uri,
            ("Resource", "Organization", "Firm"),
            {"name": text, "names": [text], "origin": "extracted", text: text},
        )
        for uri, text in zip(uris, HOSTILE, strict=True)
    ]
    evidence = [
        Node(RESOURCE + f"Evidence_{i}", ("Resource", "Evidence"), {"quote": text, "doc": text, "modality": text})
        for i, text in enumerate(HOSTILE)
    ]
    relationships = [
        Relationship(
            RESOURCE + f"Fact_{i}_{text}",
            "PART_OF",
            uris[i],
            uris[0],
            {
                "factId": RESOURCE + f"Fact_{i}_{text}",
                "origin": "extracted",
                "quote": text,
                "evidence": [evidence[i].uri],
                "asserted": True,
            },
        )
        for i, text in enumerate(HOSTILE)
    ]
    hostile = PropertyGraph(tuple(nodes + evidence), tuple(relationships))
    load_graph(hostile, **database.credentials)
    loaded = database.snapshot()
    assert len(loaded[0]) == 2 * len(HOSTILE) and len(loaded[1]) == len(HOSTILE)
    assert load_graph(hostile, **database.credentials).counters == {}
    with kg.neo4j(database.uri, user=database.user, password=database.password) as server:
        for text in HOSTILE:
            for name in ("search_quotes", "indicators", "parts_of"):
                question = load_catalog().get(name)
                if question:
                    for parameter in question.parameters:
                        try:
                            server.ask(name, {parameter.name: text})
                        except UsageError as error:
                            assert "Neo4j" not in error.message
            assert server.query("RETURN $text AS text", text=text).records == [(text,)]
    for label in HOSTILE:
        with pytest.raises(UsageError):
            load_graph(PropertyGraph((Node("x", ("Resource", label), {}),), ()), **database.credentials)
        with pytest.raises(UsageError):
            load_graph(PropertyGraph((), (Relationship("", label, "x", "y", {}),)), **database.credentials)
    assert database.snapshot() == loaded


def test_a_wrong_password_is_a_service_error_that_does_not_repeat_it(database: TestDatabase) -> None:
    with pytest.raises(ServiceError) as caught:
        load_graph(PropertyGraph((), ()), database.uri, user=database.user, password="geheim-falsch")
    assert "geheim-falsch" not in str(caught.value) and caught.value.hint


def test_a_database_that_is_not_there(database: TestDatabase) -> None:
    with pytest.raises(UsageError):
        load_graph(PropertyGraph((), ()), **database.credentials, database="nowhere")


# --- and back ---------------------------------------------------------------------------------------------------------


def test_what_was_loaded_comes_back_as_the_same_rdf(database: TestDatabase, tmp_path: Path, monkeypatch: Any) -> None:
    from kg.cli import main

    file = tmp_path / "graph.ttl"
    file.write_bytes(corpus_to_turtle(make_corpus()))
    monkeypatch.setenv("NEO4J_PASSWORD", database.password)
    monkeypatch.setenv("NEO4J_USER", database.user)
    assert main(["load", str(file), "--neo4j", database.uri, "--quiet"]) == 0
    database.run("MATCH (n:Firm) SET n.note = 'mine' CREATE (n)-[:KNOWS]->(:Friend)")
    back = tmp_path / "back.ttl"
    assert main(["export", "--from-neo4j", database.uri, "--format", "ttl", "--out", str(back)]) == 0
    assert back.read_bytes() == file.read_bytes()


def test_turtle_with_things_of_others_comes_back_too(database: TestDatabase, tmp_path: Path) -> None:
    from rdflib.compare import isomorphic

    from kg.exporting import FORMATS, ServerSource
    from ontology.turtle import read_turtle

    file = tmp_path / "more.ttl"
    more = """
    <https://example.org/库> a <https://example.org/Library> ; skos:prefLabel "a \\"b\\""@en-GB .
    id:Firm_云帆 skos:altLabel "云帆集团"@zh , "Cloud Sail"@en ; kg:collaboratesWith <https://example.org/库> .
    """
    file.write_text((Path(__file__).parent / "small.ttl").read_text("utf-8") + more, "utf-8")
    kept = read_property_graph(file, keep_all=True)
    load_graph(kept, **database.credentials)
    assert load_graph(kept, **database.credentials).counters == {}
    write = FORMATS["ttl"].write
    assert write is not None
    with (tmp_path / "back.ttl").open("wb") as out:
        write(ServerSource(database.uri, database.user, database.password), out)
    assert isomorphic(read_turtle(tmp_path / "back.ttl"), read_turtle(file))
    load_graph(PropertyGraph((), ()), **database.credentials)
    assert database.snapshot() == ({}, {})


@pytest.mark.skipif("NEO4J_URI" in os.environ, reason="the importer needs a server that does not run")
def test_the_importer_gives_the_graph_that_bolt_gives(
    database: TestDatabase, graph: PropertyGraph, tmp_path: Path
) -> None:
    from neo4j import GraphDatabase

    labels = ("Resource", "Organization", "Firm")
    texts = ["", '"', 'a"b', "\\", "\\n\n\r\n,;|'`", " x ", "\u2028\u202e\ufeff", "null", "=1+1", *HOSTILE[:7]]
    odd = [
        Node(f"{RESOURCE}Firm_{i}", labels, {"name": text, "names": [text or "x", "a;b", "c|d"], "docs": []})
        for i, text in enumerate(texts)
    ]
    odd += [Node(f"{RESOURCE}Firm_n{i}", labels, {"title": v}) for i, v in enumerate([2**62, 1e-300, True, ["x"], "x"])]  # type: ignore[dict-item]
    whole = PropertyGraph((*graph.nodes, *odd), graph.relationships)
    load_graph(whole, **database.credentials)
    over_bolt = database.snapshot()
    write_import_files(whole, tmp_path / "import")
    script, home = load_tool("server"), tmp_path / "home"
    if script.container_engine():
        pytest.skip("the importer is tried without containers")
    try:
        assert "IMPORT DONE" in script.import_folder(tmp_path / "import", home, heap="512m", flags=script.QUICK_START)
        bolt, http = script.free_ports(2)
        server = script.start(home, bolt=bolt, http=http, page_cache="128m", flags=script.QUICK_START, for_caller=True)
        with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
            imported = TestDatabase(server.uri, server.user, server.password, driver, home)
            assert imported.snapshot() == over_bolt
            assert load_graph(whole, **imported.credentials).changed is False
            assert imported.snapshot() == over_bolt
    finally:
        script.remove(home)


# --- the documented model ---------------------------------------------------------------------------------------------


def _model() -> ModuleType:
    return load_tool("model")


def test_the_page_about_the_model_is_up_to_date() -> None:
    model = _model()
    assert model.TARGET.read_text("utf-8") == model.page(), "run tools/neo4j/model.py"


def _above(names: Iterable[str]) -> set[str]:
    return {label for name in names for label in (name, *superclasses(name))}


@pytest.mark.skipif("NEO4J_URI" in os.environ, reason="NEO4J_URI names a server that these tests did not start")
def test_our_server_is_for_this_machine_and_keeps_its_password_to_itself(neo4j_server: TestDatabase) -> None:
    if neo4j_server.home is None or not (neo4j_server.home / "pid").is_file():
        pytest.skip("the server runs in a container")
    home = neo4j_server.home
    assert (home / "password").stat().st_mode & 0o077 == 0
    for file in home.rglob("*"):
        if file.is_file() and file.suffix in (".log", ".args", ".conf"):
            assert neo4j_server.password not in file.read_text("utf-8", "replace"), file
    addresses = re.findall(r"listen_address=(.*)", (home / "neo4j.conf").read_text("utf-8"))
    assert addresses and all(address.startswith("127.0.0.1") for address in addresses)


# --- asking -----------------------------------------------------------------------------------------------------------


class Pair:
    """One graph on both engines."""

    def __init__(self, embedded: KnowledgeGraph, server: Neo4jGraph, user: str = "", password: str = "") -> None:
        self.embedded, self.server, self.user, self.password = embedded, server, user, password


@pytest.fixture(scope="module")
def small(neo4j_server: TestDatabase, graph: PropertyGraph) -> Iterator[Pair]:
    neo4j_server.wipe()
    load_graph(graph, **neo4j_server.credentials)
    with kg.neo4j(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password) as server:
        yield Pair(KnowledgeGraph(corpus_to_turtle(make_corpus())), server, neo4j_server.user, neo4j_server.password)


def parameter_sets(question: Question, graph: KnowledgeGraph, entities: int = 2) -> list[dict[str, object]]:
    """None where none is needed; then names that the answers have, words, years, numbers, one by one and together."""
    chance = random.Random(question.name)
    values: dict[str, list[object]] = {}
    words = {
        "text": ["数字经济", "集群"],
        "year": ["2024", "2023"],
        "number": [2, 0.7],
        "count": [1, 3],
        "class": ["Firm", "Organization"],
    }
    words |= {"modality": ["proposed", "asserted"], "relation": ["partOf", "develops"]}
    for parameter in question.parameters:
        if parameter.is_entity:
            known = [t.iri for t in graph.names.things.values() if fits(t, parameter.types)]
            named = {t.name: t.iri for t in graph.names.things.values() if fits(t, parameter.types)}
            needed = {p.name: next(iter(known), "") for p in question.parameters if p.required and p.is_entity}
            answered: list[str] = []
            if not any(p.required for p in question.parameters) and known:
                cells = {str(c) for row in graph.ask(question.name).records for c in row}
                answered = [named[name] for name in sorted(named.keys() & cells)]
            if needed and not known:
                return []
            chosen = chance.sample(answered, min(entities, len(answered))) or chance.sample(
                known, min(entities, len(known))
            )
            values[parameter.name] = list(chosen)
        else:
            values[parameter.name] = list(words[parameter.types[0]])
    required = {p.name: values[p.name] for p in question.parameters if p.required}
    sets = [{name: found[i % len(found)] for name, found in required.items()} for i in range(2 if required else 1)]
    for name, found in values.items():
        sets += [sets[0] | {name: value} for value in found if name not in required]
    if all(values.values()):
        sets.append({name: found[-1] for name, found in values.items()})
    return [dict(items) for items in dict.fromkeys(tuple(sorted(s.items(), key=str)) for s in sets)]


def differences(pair: Pair, question: Question) -> list[str]:
    """Say where the two engines answer differently; each gets the parameters as addresses."""
    found = []
    for params in parameter_sets(question, pair.embedded):
        given = resolve_parameters(pair.embedded, question, params)
        expected = pair.embedded.ask(question.name, params).records
        statement = question.statement("cypher", {name: item.term for name, item in given.items()})
        got = pair.server.run(statement, {name: item.value for name, item in given.items()}).records
        if [tuple(map(_exact, r)) for r in got] != [tuple(map(_exact, r)) for r in expected]:
            a, b = set(map(repr, expected)), set(map(repr, got))
            found.append(f"{params}: {len(expected)} rows, {len(got)}; {sorted(a - b)[:2]} | {sorted(b - a)[:2]}")
    return found


def _exact(cell: object) -> object:
    """Numbers are equal whatever their type, and up to the last bits of a sum."""
    return float(f"{cell:.12g}") if isinstance(cell, int | float) and not isinstance(cell, bool) else cell


@pytest.mark.parametrize("name", sorted(load_catalog()))
def test_every_question_gives_equal_rows(small: Pair, name: str) -> None:
    assert differences(small, load_catalog()[name]) == []


def test_names_are_understood_as_in_the_embedded_graph(small: Pair) -> None:
    mine = sorted(small.embedded.all_names())
    theirs = sorted(small.server.all_names())
    assert {(i, k, n) for i, k, n, _ in theirs} == {(i, k, n) for i, k, n, _ in mine}
    for name, value in (("neighbours", "北京"), ("evidence_for", "京东")):
        asked = {"entity": value}
        rows, others = small.embedded.ask(name, asked), small.server.ask(name, asked)
        assert (
            rows.records == others.records and rows.parameters == others.parameters and rows.columns == others.columns
        )
    assert small.server.ask("北京侧重什么职能").records == small.embedded.ask("北京侧重什么职能").records


def test_answers_can_be_awaited(small: Pair) -> None:
    import asyncio

    async def work() -> None:
        uri, user = small.server.uri, neo4j_user
        async with kg.neo4j_async(uri, user=user, password=neo4j_password) as graph:
            questions: list[tuple[str, dict[str, object]]] = [("北京侧重什么职能", {})]
            questions += [("roles_of_regions", {"region": "北京"}), ("neighbours", {"entity": "京东"})]
            answers = await asyncio.gather(*(graph.ask(name, given) for name, given in questions))
            for (name, given), rows in zip(questions, answers, strict=True):
                expected = small.server.ask(name, given)
                assert rows.records == expected.records and rows.parameters == expected.parameters
            assert (await graph.query("RETURN $n AS n", n=3)).records == [(3,)]
            for wrong in ("CREATE (n:Firm)", "SELEKT"):
                with pytest.raises(UsageError):
                    await graph.query(wrong)
            with pytest.raises(UsageError):
                await graph.ask("neighbours", entity="没有这个名字")
            with pytest.raises(LimitError):
                await graph.query("UNWIND range(1, 10) AS i RETURN i", max_rows=5)

    neo4j_user, neo4j_password = small.user, small.password
    asyncio.run(work())


def test_answers_become_data_frames(small: Pair) -> None:
    pytest.importorskip("pandas")
    rows = small.server.ask("roles_of_regions", region="北京")
    frame = rows.to_pandas()
    assert list(frame.columns) == list(rows.columns) and len(frame) == len(rows) > 0
    assert frame["start"].dtype.kind == "i" and frame.to_dict("records") == list(rows)
    assert list(small.server.query("MATCH (n:Firm) RETURN n.name AS name ORDER BY name").to_pandas()["name"])


def test_free_queries_read_and_never_write(small: Pair) -> None:
    rows = small.server.query(
        "MATCH p = (n:Firm)-[r:MEMBER_OF]->(m) RETURN n, r, m, p, [1, 2] AS list, 1.5 AS number, null AS none"
    )
    assert rows.columns == ("n", "r", "m", "p", "list", "number", "none")
    assert rows[0]["n"] == "id:Firm_京东" and str(rows[0]["r"]).startswith("id:Fact_") and rows[0]["list"] == "1; 2"
    assert "MEMBER_OF" in str(rows[0]["p"]) and rows[0]["none"] is None
    for writing in (
        "CREATE (n:Firm)",
        "MATCH (n) DETACH DELETE n",
        "MATCH (n) SET n.x = 1",
        "DROP CONSTRAINT n10s_unique_uri",
    ):
        with pytest.raises(UsageError):
            small.server.query(writing)
    with pytest.raises(UsageError) as caught:
        small.server.query("SELEKT")
    assert "SELEKT" in caught.value.message
    with pytest.raises(LimitError):
        small.server.query("UNWIND range(1, 10) AS i RETURN i", max_rows=5)


@pytest.mark.parametrize("name", sorted(load_catalog()))
def test_no_question_scans_everything(small: Pair, name: str) -> None:
    question = load_catalog()[name]
    for params in parameter_sets(question, small.embedded, entities=1):
        given = resolve_parameters(small.embedded, question, params)
        statement = question.statement("cypher", {key: item.term for key, item in given.items()})
        with small.server.driver.session() as session:
            plan = session.run("EXPLAIN " + statement, {key: item.value for key, item in given.items()}).consume().plan
        operators = dict(_operators(plan or {}))
        assert operators and not operators.keys() & {
            "AllNodesScan",
            "CartesianProduct",
            "UndirectedAllRelationshipsScan",
            "DirectedAllRelationshipsScan",
        }
        # Every node is a :Resource, and most are evidence: who asks about a thing goes through neither.
        if any(parameter.is_entity and parameter.name in params for parameter in question.parameters):
            assert not re.search(r":(Resource|Evidence)\b", operators.get("NodeByLabelScan", "")), operators


def _operators(plan: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the operators of a plan with what they work on."""
    yield re.sub(r"@.*", "", str(plan.get("operatorType", ""))), str(plan.get("args", {}).get("Details", ""))
    for child in plan.get("children", ()):
        yield from _operators(child)


# --- real texts -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graph of the sample corpus."""
    out = tmp_path_factory.mktemp("sample")
    kg.build([ROOT / "examples" / "corpus"], out=out, settings=kg.Settings(profile="rules"))
    return out / "graph.ttl"


def _all_differences(turtle: Path, database: TestDatabase) -> dict[str, list[str]]:
    load_graph(read_property_graph(turtle), **database.credentials)
    with kg.neo4j(database.uri, user=database.user, password=database.password) as server:
        pair = Pair(KnowledgeGraph(turtle.read_bytes()), server)
        return {q.name: found for q in load_catalog().values() if (found := differences(pair, q))}


@pytest.mark.integration
def test_the_database_is_as_the_page_says(database: TestDatabase, sample: Path) -> None:
    load_graph(read_property_graph(sample), **database.credentials)
    model = _model()
    [found] = database.run("CALL db.schema.visualization() YIELD nodes, relationships RETURN *")
    assert len(found["nodes"]) > 20
    allowed = model.relationships()
    for start, kind, end in found["relationships"]:
        starts, ends = ({"Resource"} | _above(names) for names in allowed.get(kind, ((), ())))
        ours = start["name"] in starts and end["name"] in ends
        # The server tells every label that starts a type with every label that ends it.
        evidence = kind in model.EVIDENCE_LINKS and start["name"] in ("Evidence", "Resource", "Statement")
        assert ours or evidence, f"({start['name']})-[{kind}]->({end['name']})"
    exact = (
        "MATCH (a)-[r]->(b) WHERE r.support IS NOT NULL RETURN DISTINCT labels(a) AS a, type(r) AS kind, labels(b) AS b"
    )
    for row in database.run(exact):
        assert set(row["a"]) & _above(allowed[row["kind"]][0]) and set(row["b"]) & _above(allowed[row["kind"]][1]), row
    described = model.properties()
    for row in database.run("CALL db.schema.nodeTypeProperties()"):
        groups = {"entity"} | set(row["nodeLabels"])
        names = {name for group in groups for name in described.get(group, ())}
        assert row["propertyName"] in names, row
    for row in database.run("CALL db.schema.relTypeProperties() YIELD relType, propertyName"):
        names = set(described["fact"]) | (set(described["about"]) if row["relType"] == ":`ABOUT`" else set())
        assert row["propertyName"] is None or row["propertyName"] in names, row


@pytest.mark.integration
def test_the_sample_corpus_gives_equal_rows(database: TestDatabase, sample: Path) -> None:
    assert _all_differences(sample, database) == {}


@pytest.mark.integration
def test_the_seed_texts_give_equal_rows(database: TestDatabase, tmp_path: Path, shared: Path) -> None:
    kg.build([shared / "seeds"], out=tmp_path / "out", settings=kg.Settings(profile="rules"))
    assert _all_differences(tmp_path / "out" / "graph.ttl", database) == {}


def test_picture_and_report_from_a_server_are_those_of_the_folder(
    database: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turtle = tmp_path / "graph.ttl"
    turtle.write_bytes(corpus_to_turtle(make_corpus()))
    load_graph(read_property_graph(turtle, keep_all=True), **database.credentials)
    monkeypatch.setenv("NEO4J_PASSWORD", database.password)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["draw", "--neo4j", database.uri, "--focus", "北京", "--out", "focus.html"]) == 0
    assert cli.main(["draw", "--neo4j", database.uri]) == 0
    assert cli.main(["report", "--neo4j", database.uri, "--title", "报告"]) == 0
    whole = read_property_graph(turtle)
    assert (tmp_path / "focus.html").read_text("utf-8") == draw_page(whole, focus="北京")
    assert (tmp_path / "drawing.html").read_text("utf-8") == draw_page(whole)
    drawn = (tmp_path / "report.html").read_text("utf-8")
    assert drawn == report_page(KnowledgeGraph(turtle.read_bytes()), title="报告")
