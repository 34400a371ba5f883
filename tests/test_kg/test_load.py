"""What a load must change, said without a server; names, addresses and passwords."""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_queries.conftest import find_id, make_corpus

import kg
from kg.curation import Decision, replay_decisions
from kg.load import load_graph
from kg.loading.changes import (
    DERIVED,
    MARK,
    ORIGINS,
    Found,
    Row,
    compare_graph,
    node_properties,
    node_row,
    relationship_row,
)
from kg.loading.connection import check_uri, find_password
from kg.loading.merge import combine, read_back
from kg.loading.plan import LinkedEvidence, pair_evidence, plan_changes, plan_filling
from kg.loading.statements import FACT_TYPES, LABELS, TYPES, load_statement, quoted, schema_statements
from kg.loading.writing import Phase, Step, Writer
from kg.projection import Node, PropertyGraph, project
from ontology.assertion import assert_corpus
from ontology.errors import ServiceError, UsageError
from ontology.iri import RESOURCE, entity_id, expand
from ontology.model import ORGANIZATION_CLASSES, Corpus
from ontology.namespace import RELATIONS
from queries.catalog import load_catalog


def corpus_of(*docs: str) -> Corpus:
    """The small corpus as if only some of its documents had been read."""
    whole = make_corpus()
    facts = []
    for fact in whole.facts:
        evidence = tuple(piece for piece in fact.evidence if piece.doc in docs)
        if evidence or fact.origin == "background":
            facts.append(dataclasses.replace(fact, evidence=evidence))
    used = {end for fact in facts for end in (fact.subject, fact.object) if isinstance(end, str)}
    used |= {piece.speaker for fact in facts for piece in fact.evidence if piece.speaker}
    entities = []
    for entity in whole.entities:
        mentioned = tuple(doc for doc in entity.docs if doc in docs)
        if mentioned or entity.id in used:
            origin = "extracted" if mentioned else "background"
            entities.append(dataclasses.replace(entity, docs=mentioned, origin=origin))
    documents = tuple(document for document in whole.documents if document.doc in docs)
    return dataclasses.replace(whole, documents=documents, entities=tuple(entities), facts=tuple(facts))


def graph_of(*docs: str) -> PropertyGraph:
    return project(assert_corpus(corpus_of(*docs)))


ONE, PLAN, THREE = "news/one.txt", "plan.txt", "three.txt"


class Store:
    """What a server does with the changes, in a few dictionaries."""

    def __init__(self) -> None:
        self.nodes: dict[str, tuple[set[str], Row]] = {}
        self.relationships: dict[tuple[str, str, str, str], Row] = {}

    def load(self, graph: PropertyGraph) -> int:
        nodes, relationships = compare_graph(graph, self.found())
        writes = 0
        for kind, changes in relationships.items():
            for row in changes.remove:
                del self.relationships[kind, row["start"], row["end"], row["factId"]]
            for row in [*map(relationship_row, changes.create), *changes.update]:
                old = self.relationships.setdefault((kind, row["start"], row["end"], row["factId"]), {})
                self._set(old, row["properties"])
            writes += len(changes.remove) + len(changes.create) + len(changes.update)
        new = {labels: list(map(node_row, group)) for labels, group in nodes.create.items()}
        for part in (new, nodes.update):
            for labels, rows in part.items():
                for row in rows:
                    old_labels, old = self.nodes.setdefault(row["uri"], (set(), {"uri": row["uri"]}))
                    old_labels.update(labels)
                    self._set(old, row["properties"])
                    writes += 1
        for labels, rows in nodes.drop_labels.items():
            for row in rows:
                self.nodes[row["uri"]][0].difference_update(labels)
                writes += 1
        for uri in nodes.remove:
            if not any(uri in key[1:3] for key in self.relationships):
                del self.nodes[uri]
                writes += 1
        return writes

    def found(self) -> Iterable[Found]:
        for uri, (labels, properties) in self.nodes.items():
            mine = [(t, e, dict(p)) for (t, s, e, _), p in self.relationships.items() if s == uri]
            yield uri, labels, dict(properties), mine

    @staticmethod
    def _set(properties: Row, changes: Row) -> None:
        properties.update(changes)
        for name in [name for name, value in properties.items() if value is None]:
            del properties[name]

    def content(self) -> Any:
        return self.nodes, self.relationships


def loaded(*graphs: PropertyGraph) -> Store:
    store = Store()
    for graph in graphs:
        store.load(graph)
    return store


def test_a_second_load_writes_nothing() -> None:
    store = loaded(graph_of(ONE, PLAN, THREE))
    assert store.load(graph_of(ONE, PLAN, THREE)) == 0


@pytest.mark.parametrize("before", [(ONE,), (PLAN, THREE), (ONE, PLAN, THREE), ()])
@pytest.mark.parametrize("after", [(ONE,), (THREE,), (ONE, PLAN, THREE), ()])
def test_whatever_was_there_the_last_load_decides(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    assert loaded(graph_of(*before), graph_of(*after)).content() == loaded(graph_of(*after)).content()


@pytest.mark.parametrize(("first", "second"), [((ONE,), (PLAN, THREE)), ((THREE,), (ONE,)), ((PLAN,), (ONE, THREE))])
def test_documents_merge_to_what_they_are_together(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    together = graph_of(*first, *second)
    assert combine(graph_of(*first), graph_of(*second)) == together
    assert combine(together, graph_of(*first)) == together
    assert combine(together, together) == together


def test_merging_replaces_what_a_document_said() -> None:
    said_less = corpus_of(PLAN)
    said_less = dataclasses.replace(
        said_less, facts=tuple(f for f in said_less.facts if f.relation != "playsRole" or f.origin == "background")
    )
    merged = combine(graph_of(ONE, PLAN), project(assert_corpus(said_less)))
    roles = [r for r in merged.relationships if r.type == "PLAYS_ROLE"]
    assert roles and all(r.properties["support"] == 1 for r in roles)
    before = [r for r in graph_of(ONE, PLAN).relationships if r.type == "PLAYS_ROLE"]
    assert len(roles) < len(before)
    assert {r.fact_id for r in roles} == {r.fact_id for r in graph_of(ONE).relationships if r.type == "PLAYS_ROLE"}


# --- what a user made stays -------------------------------------------------------------------------------------------


def test_properties_and_labels_of_a_user_stay() -> None:
    graph = graph_of(ONE)
    store = loaded(graph)
    uri, (labels, properties) = next(item for item in store.nodes.items() if "Region" in item[1][0])
    labels.add("Favourite")
    properties["note"] = "mine"
    assert store.load(graph) == 0
    store.load(graph_of(ONE, PLAN))
    assert "Favourite" in store.nodes[uri][0] and store.nodes[uri][1]["note"] == "mine"


def test_what_a_user_changed_in_our_properties_is_set_right() -> None:
    graph = graph_of(ONE)
    store = loaded(graph)
    key = next(key for key in store.relationships if key[0] == "PLAYS_ROLE")
    store.relationships[key]["confidence"] = 0.1
    store.relationships[key]["memberRole"] = "not ours"
    assert store.load(graph) == 1
    assert store.content() == loaded(graph).content()


@pytest.mark.parametrize("origin", ["curated", "me"])
def test_a_relationship_with_an_origin_of_its_own_is_left_alone(origin: str) -> None:
    store = loaded(graph_of(ONE))
    key = next(key for key in store.relationships if key[0] == "PLAYS_ROLE")
    store.relationships[key] |= {"origin": origin, "confidence": 1.0}
    kept = dict(store.relationships[key])
    assert store.load(graph_of(ONE)) == 0
    store.load(graph_of())
    assert store.relationships[key] == kept and set(key[1:3]) <= set(store.nodes)


def with_decisions(*added: tuple[str, str, str, str], docs: tuple[str, ...] = (ONE,)) -> PropertyGraph:
    """The small corpus with facts that somebody added."""
    decisions = (
        Decision(action="add", by="李", reason=reason, subject=subject, relation=relation, object=obj)
        for subject, relation, obj, reason in added
    )
    return project(assert_corpus(replay_decisions(corpus_of(*docs), decisions)))


NEW = (find_id("河北省"), "playsRole", entity_id("Role", "算力支撑"), "园区规划")
SAID = (find_id("北京市"), "playsRole", find_id("研发"), "确认")


def test_what_was_decided_goes_with_the_decision() -> None:
    graph = with_decisions(NEW, SAID)
    store = loaded(graph)
    fact = next(r for r in graph.relationships if r.end.endswith("Role_算力支撑"))
    key = (fact.type, fact.start, fact.end, fact.fact_id)
    assert store.relationships[key]["origin"] == store.nodes[fact.end][1]["origin"] == "curated"
    assert store.load(graph) == 0
    assert store.load(with_decisions(SAID)) > 0 and key not in store.relationships and fact.end not in store.nodes
    assert store.content() == loaded(with_decisions(SAID)).content()
    store.load(graph_of(ONE))
    assert store.content() == loaded(graph_of(ONE)).content(), "what a text says as well is the text's again"
    assert store.load(graph) > 0 and store.content() == loaded(graph).content()


@pytest.mark.parametrize("source", [None, "areas table"])
def test_what_a_user_took_over_is_not_taken_back_when_somebody_decides_the_same(source: str | None) -> None:
    store = loaded(graph_of(ONE))
    key = next(k for k in store.relationships if k[0] == "PLAYS_ROLE" and k[1].endswith("北京市"))
    store.relationships[key] |= {"origin": "curated", "source": source} if source else {"origin": "curated"}
    kept = dict(store.relationships[key])
    for graph in (with_decisions(SAID), graph_of(ONE), graph_of()):
        store.load(graph)
        assert store.relationships[key] == kept


def test_a_decision_that_an_earlier_version_loaded_is_known_again() -> None:
    graph = with_decisions(NEW, SAID)
    store = loaded(graph)
    for properties in [p for _, p in store.nodes.values()] + list(store.relationships.values()):
        properties.pop(MARK, None)
    store.load(graph)
    assert store.content() == loaded(graph).content()


def test_a_decided_fact_that_a_user_gives_a_word_of_their_own_stays() -> None:
    store = loaded(with_decisions(NEW))
    key = next(k for k in store.relationships if k[2].endswith("Role_算力支撑"))
    store.relationships[key]["origin"] = "me"
    store.load(graph_of(ONE))
    assert key in store.relationships and key[2] in store.nodes


def test_merging_keeps_what_was_decided() -> None:
    def merged(*graphs: PropertyGraph) -> PropertyGraph:
        store = Store()
        for graph in graphs:
            store.load(combine(read_back(store.found()), graph))
        return read_back(store.found())

    decided = with_decisions(NEW, SAID)
    assert read_back(loaded(decided).found()) == read_back(loaded(decided, decided).found())
    together = merged(decided, graph_of(PLAN))
    roles = {(r.start, r.end): r.properties for r in together.relationships if r.type == "PLAYS_ROLE"}
    added, confirmed = (roles[expand(s), expand(o)] for s, _, o, _ in (NEW, SAID))
    assert added["origin"] == confirmed["origin"] == "curated" and not added.get("evidence")
    assert confirmed["support"] == 2 and confirmed["source"] == "李, 确认"
    assert merged(decided, graph_of(PLAN), graph_of(PLAN)) == together
    silent = corpus_of(ONE)
    silent = dataclasses.replace(silent, facts=tuple(f for f in silent.facts if f.relation != "playsRole"))
    left = merged(decided, project(assert_corpus(silent)))
    (fact,) = (r for r in left.relationships if (r.start, r.end) == (expand(SAID[0]), expand(SAID[2])))
    assert fact.properties["asserted"] is True and fact.properties["support"] == 0
    assert not {"evidence", "quote", "rule", "confidence", "supportCount"} & fact.properties.keys()


def test_a_relationship_without_fact_keeps_its_ends() -> None:
    store = loaded(graph_of(ONE))
    ends = sorted(uri for uri, (labels, _) in store.nodes.items() if "Role" in labels or "Region" in labels)[:2]
    store.relationships["COLLABORATES_WITH", ends[0], ends[1], ""] = {"since": 2020}
    store.load(PropertyGraph((), ()))
    assert set(store.nodes) == set(ends) and len(store.relationships) == 1


def test_nodes_that_are_not_ours_are_not_touched() -> None:
    found: list[Any] = [("https://example.org/x", ["Resource"], {}, []), (None, ["Resource"], {}, [])]
    changes, _ = compare_graph(PropertyGraph((), ()), found)
    assert changes.remove == []


@pytest.mark.parametrize(
    ("labels", "shown"),
    [
        (("Resource", "Organization", "Firm"), "Firm"),
        (("Resource", "Topic", "Industry"), "Topic"),
        (("Resource", "Statement"), "Statement"),
    ],
)
def test_what_an_index_holds_of_an_entity_is_worked_out(labels: tuple[str, ...], shown: str) -> None:
    own: dict[str, Any] = {"name": "甲", "names": ["甲"], "docs": ["a.txt", "b.txt"], "origin": "extracted"}
    node = Node(RESOURCE + "Firm_甲", labels, own)
    assert node_properties(node) == own | {"entityClass": shown, "documentCount": 2}
    assert node_properties(Node(node.uri, labels, {**own, "docs": []}))["documentCount"] == 0
    for other in (Node(node.uri, labels, {"quote": "甲"}), Node(node.uri, labels[:1], own)):
        assert not DERIVED & node_properties(other).keys()


def test_what_is_worked_out_for_the_server_stays_there() -> None:
    graph = graph_of(ONE, PLAN)
    nodes = read_back(loaded(graph).found()).nodes
    assert [n.properties.keys() & DERIVED for n in nodes] == [set()] * len(graph.nodes)


def test_the_question_for_organizations_knows_all_their_classes() -> None:
    wanted = ", ".join(f"'{name}'" for name in sorted(ORGANIZATION_CLASSES))
    assert f"'Organization' THEN [{wanted}]" in load_catalog()["entities"].texts["cypher"]


def test_a_class_that_changed_changes_its_labels() -> None:
    store = loaded(PropertyGraph((Node(RESOURCE + "Topic_5G", ("Resource", "Topic"), {"origin": "extracted"}),), ()))
    technology = Node(RESOURCE + "Topic_5G", ("Resource", "Topic", "Technology"), {"origin": "extracted"})
    store.load(PropertyGraph((technology,), ()))
    assert store.nodes[technology.uri][0] == {"Resource", "Topic", "Technology"}
    store.load(PropertyGraph((dataclasses.replace(technology, labels=("Resource", "Topic")),), ()))
    assert store.nodes[technology.uri][0] == {"Resource", "Topic"}


def test_values_that_neo4j_cannot_hold_do_not_stop_a_load() -> None:
    node = Node(RESOURCE + "NamedSet_x", ("Resource", "NamedSet"), {"announcedCount": 10**30, "uri": "stolen"})
    created, _ = compare_graph(PropertyGraph((node,), ()), [])
    row = node_row(created.create[node.labels][0])
    assert row == {"uri": node.uri, "properties": {"announcedCount": 1e30}}
    nan = Node(RESOURCE + "Observation_x", ("Resource", "Observation"), {"value": float("nan")})
    there: Found = (nan.uri, nan.labels, {"uri": nan.uri, "value": float("nan")}, [])
    assert not compare_graph(PropertyGraph((nan,), ()), [there])[0].update


def test_the_origin_decides_what_is_ours() -> None:
    assert set(ORIGINS) == {"extracted", "background", "inferred"}


# --- what is written, and when ----------------------------------------------------------------------------------------


def keys(graph: PropertyGraph) -> list[tuple[str, ...]]:
    nodes: list[tuple[str, ...]] = [(node.uri,) for node in graph.nodes]
    return sorted([*nodes, *((r.type, r.start, r.end, r.fact_id) for r in graph.relationships)])


def keys_written(phases: Iterable[Phase]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for _, steps in phases:
        for step in steps:
            for item in step.items:
                if isinstance(item, LinkedEvidence):
                    found.append((item.node.uri,))
                    found += [(r.type, r.start, r.end, r.fact_id) for r in (item.about, item.in_document)]
                elif isinstance(item, Node):
                    found.append((item.uri,))
                else:
                    found.append((item.type, item.start, item.end, item.fact_id))
    return sorted(found)


def evidence_uris(graph: PropertyGraph) -> set[str]:
    return {node.uri for node in graph.nodes if node.labels[-1] == "Evidence"}


@given(lost=st.sets(st.integers(0, 400)), doubled=st.sets(st.integers(0, 400), max_size=5))
@settings(max_examples=30, deadline=None)
def test_filling_writes_each_thing_once_whatever_the_links_of_evidence(lost: set[int], doubled: set[int]) -> None:
    whole = graph_of(ONE, PLAN, THREE)
    relationships = [r for i, r in enumerate(whole.relationships) if i not in lost]
    relationships += [dataclasses.replace(r, end=whole.nodes[0].uri) for r in relationships if len(r.start) in doubled]
    relationships = list({(r.type, r.start, r.end, r.fact_id): r for r in relationships}.values())
    graph = PropertyGraph(tuple(n for i, n in enumerate(whole.nodes) if i + 200 not in lost), tuple(relationships))
    assert keys_written(plan_filling(graph)) == keys(graph)


def test_evidence_comes_with_its_links_only_when_it_has_just_these() -> None:
    graph = graph_of(ONE, PLAN, THREE)
    pairs, others = pair_evidence(graph)
    assert {pair.node.uri for pair in pairs} == evidence_uris(graph)
    assert not any(r.start in evidence_uris(graph) for group in others.values() for r in group)
    first = pairs[0]
    elsewhere = dataclasses.replace(first.about, end=pairs[-1].about.end, fact_id="another")
    more = PropertyGraph(graph.nodes, (*graph.relationships, elsewhere))
    no_document = PropertyGraph(tuple(n for n in graph.nodes if n.uri != first.in_document.end), graph.relationships)
    for changed in (more, no_document):
        pairs, others = pair_evidence(changed)
        assert first.node.uri not in {pair.node.uri for pair in pairs}
        assert first.about in others["ABOUT"] and first.in_document in others["IN_DOCUMENT"]


def test_what_is_created_is_guarded_by_a_constraint() -> None:
    graph = graph_of(ONE, PLAN, THREE)
    for width, steps in plan_filling(graph):
        for step in steps:
            if "CREATE" in step.statement:
                assert step.otherwise and all("MERGE" in other for other in step.otherwise)
            else:
                assert width == 1 and "MERGE" in step.statement
    merged = [step for _, steps in plan_filling(graph) for step in steps if "CREATE" not in step.statement]
    items = [item for step in merged for item in step.items]
    assert items == [r for r in graph.relationships if r.type == "ABOUT" and "support" in r.properties] != []


def test_nothing_to_change_sends_nothing() -> None:
    graph = graph_of(ONE)
    assert keys_written(plan_changes(*compare_graph(graph, loaded(graph).found()))) == []


class Server:
    """Sessions that remember what is written, and how many batches at a time."""

    def __init__(self, seconds: float = 0.0, fail_at: int = -1) -> None:
        self.seconds, self.fail_at = seconds, fail_at
        self.batches: list[list[int]] = []
        self.busy = self.most = 0
        self.lock = threading.Lock()

    def __call__(self) -> Any:
        return self

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute_write(self, _: object, statements: tuple[str, ...], parameters: dict[str, Any]) -> dict[str, int]:
        with self.lock:
            number = len(self.batches)
            self.batches.append([row["n"] for row in parameters["rows"]])
            self.busy += 1
            self.most = max(self.most, self.busy)
        time.sleep(self.seconds)
        with self.lock:
            self.busy -= 1
        if number == self.fail_at:
            raise ValueError("no more")
        return {"nodes_created": len(parameters["rows"])}


def numbered(numbers: Iterable[int], made: list[int]) -> Step:
    def row(number: int) -> Row:
        made.append(number)
        return {"n": number}

    return Step("numbers", "UNWIND $rows AS row", list(numbers), row)


def test_the_next_batch_is_made_while_the_server_works_and_no_more() -> None:
    made: list[int] = []
    ahead: list[int] = []

    def watch(stage: str, done: int, detail: str) -> None:
        ahead.append(len(made) - done)

    server = Server(seconds=0.01)
    writer = Writer(server, watch, 10)
    writer.write([(1, [numbered(range(95), made)])])
    assert server.batches == [list(range(i, min(i + 10, 95))) for i in range(0, 95, 10)] and server.most == 1
    assert writer.counters == {"nodes_created": 95}
    assert max(ahead) <= 20 and ahead[0] > 0 and ahead[-1] == 0


def test_a_phase_waits_for_the_one_before() -> None:
    server = Server(seconds=0.01)
    made: list[int] = []
    phases = [(2, [numbered(range(40), made), numbered(range(40, 60), made)]), (1, [numbered(range(60, 90), made)])]
    Writer(server, lambda *_: None, 10).write(phases)
    assert server.most == 2 and sorted(n for batch in server.batches for n in batch) == list(range(90))
    assert [min(batch) >= 60 for batch in server.batches] == [False] * 6 + [True] * 3


def test_the_first_error_ends_a_load() -> None:
    server = Server(seconds=0.005, fail_at=3)
    with pytest.raises(ValueError, match="no more"):
        Writer(server, lambda *_: None, 10).write([(2, [numbered(range(1000), [])]), (1, [numbered(range(9), [])])])
    assert len(server.batches) < 10 and server.busy == 0


# --- names in statements ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x`) DETACH DELETE n //", "Firm`", "", "resource", "Firm:Zone", "P\\u0060"])
def test_only_names_of_the_ontology_get_into_a_statement(name: str) -> None:
    with pytest.raises(UsageError):
        quoted(name)
    with pytest.raises(UsageError):
        load_statement("merge_nodes", labels_=("Resource", name))
    with pytest.raises(UsageError):
        load_statement("merge_facts", type_=name)


def test_every_class_and_relation_can_be_loaded() -> None:
    graph = graph_of(ONE, PLAN, THREE)
    assert {label for node in graph.nodes for label in node.labels} <= set(LABELS)
    assert {r.type for r in graph.relationships} <= set(TYPES)
    assert len(FACT_TYPES) == len(RELATIONS) - 2
    for name in (*LABELS, *TYPES):
        assert name.replace("_", "").isalnum() and name.isascii()


def test_the_schema_is_idempotent_and_for_community() -> None:
    statements = schema_statements()
    assert all("IF NOT EXISTS" in s for s in statements) and not any(
        "__" in s.replace("fact___", "") for s in statements[:1]
    )
    assert not any(word in s for s in statements for word in ("IS NOT NULL", "NODE KEY", "IS ::", "RELATIONSHIP KEY"))
    assert sum("r.factId IS UNIQUE" in s for s in statements) == len(FACT_TYPES)
    assert any("'cjk'" in s for s in statements)


# --- addresses and passwords ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "uri", ["", "http://localhost", "localhost:7687", "bolt://", "bolt://h:port", "file:///etc/passwd"]
)
def test_what_is_no_address_is_refused(uri: str) -> None:
    with pytest.raises(UsageError):
        check_uri(uri)


def test_an_address_with_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError) as caught:
        check_uri("bolt://neo4j:geheim@localhost")
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("uri", "full"), [("bolt://localhost", "bolt://localhost:7687"), ("neo4j+s://[::1]:1", "neo4j+s://[::1]:1")]
)
def test_addresses(uri: str, full: str) -> None:
    assert check_uri(uri) == full


def test_an_open_connection_to_another_machine_is_told(caplog: pytest.LogCaptureFixture) -> None:
    check_uri("bolt://127.0.0.1")
    assert not caplog.records
    check_uri("bolt://db.example.org")
    assert "not encrypted" in caplog.text


def test_where_the_password_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("NEO4J_PASSWORD", "NEO4J_PASSWORD_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert find_password() == ""
    file = tmp_path / "secret"
    file.write_text("aus der Datei\r\n", "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("NEO4J_PASSWORD_FILE", str(file))
    assert find_password() == "aus der Datei" and not caplog.records
    monkeypatch.setenv("NEO4J_PASSWORD", "from the environment")
    assert find_password() == "from the environment"
    assert find_password(file) == "aus der Datei"
    if os.name == "posix":
        file.chmod(0o644)
        find_password(file)
        assert "chmod 600" in caplog.text and "aus der Datei" not in caplog.text
    with pytest.raises(UsageError):
        find_password(tmp_path / "missing")


def test_nobody_there_is_a_service_error_with_one_line() -> None:
    with pytest.raises(ServiceError) as caught:
        load_graph(PropertyGraph((), ()), "bolt://127.0.0.1:1", password="geheim")
    assert caught.value.exit_code == 4 and "\n" not in caught.value.message and "127.0.0.1:1" in caught.value.message
    assert "geheim" not in str(caught.value)
    with pytest.raises(ServiceError):
        kg.neo4j("bolt://127.0.0.1:1", password="geheim")
