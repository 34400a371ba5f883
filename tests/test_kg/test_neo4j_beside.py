"""Our graph beside what other tools bring and need: neosemantics' conventions, rdflib-neo4j, GraphRAG retrievers."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re
from pathlib import Path

import pytest
from neo4j_testing import TestDatabase
from test_queries.conftest import make_corpus

from kg.load import load_graph, read_graph
from kg.projection import PropertyGraph, project
from ontology.assertion import assert_corpus
from ontology.iri import ONTOLOGY

pytestmark = pytest.mark.neo4j
DOCS = (Path(__file__).parents[2] / "docs" / "neo4j.md").read_text("utf-8")


@pytest.fixture
def loaded(database: TestDatabase) -> tuple[TestDatabase, PropertyGraph]:
    graph = project(assert_corpus(make_corpus()))
    load_graph(graph, **database.credentials)
    return database, graph


def test_what_neosemantics_imports_beside_our_graph_stays(loaded: tuple[TestDatabase, PropertyGraph]) -> None:
    database, graph = loaded
    [constraint] = database.run(
        "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties WHERE name = 'n10s_unique_uri' RETURN *"
    )
    assert (constraint["labelsOrTypes"], constraint["properties"]) == (["Resource"], ["uri"])
    database.run(  # what n10s.rdf.import writes: nodes merged by `uri`, labels, properties, bare relationships
        "MERGE (a:Resource {uri: 'https://example.org/park'}) SET a:Park, a.label = 'Park' "
        "MERGE (b:Resource {uri: $uri}) SET b.comment = 'theirs' "
        "MERGE (a)-[:LOCATED_IN]->(b) MERGE (b)-[:SEE_ALSO]->(a)",
        uri=next(node.uri for node in graph.nodes if node.labels[-1] == "Region"),
    )
    before = database.snapshot()
    assert load_graph(graph, **database.credentials).counters == {}
    assert database.snapshot() == before
    back = read_graph(**database.credentials)
    assert [n.uri for n in back.nodes] == [n.uri for n in graph.nodes]
    assert len(back.relationships) == len(graph.relationships)
    load_graph(PropertyGraph((), ()), **database.credentials)
    left = database.run("MATCH (a)-[r]->(b) RETURN type(r) AS type ORDER BY type")
    assert [row["type"] for row in left] == ["LOCATED_IN", "SEE_ALSO"]


def test_what_rdflib_neo4j_adds_stays(loaded: tuple[TestDatabase, PropertyGraph]) -> None:
    peer = pytest.importorskip("rdflib_neo4j")
    from rdflib import RDF, Graph, URIRef

    database, graph = loaded
    config = peer.Neo4jStoreConfig(
        auth_data=None, batching=True, handle_vocab_uri_strategy=peer.HANDLE_VOCAB_URI_STRATEGY.IGNORE
    )
    firm = next(node.uri for node in graph.nodes if node.labels[-1] == "Firm")
    with contextlib.redirect_stdout(io.StringIO()):
        store = Graph(store=peer.Neo4jStore(config=config, neo4j_driver=database.driver))
        store.add((URIRef("https://example.org/x"), RDF.type, URIRef(ONTOLOGY + "Firm")))
        store.add((URIRef("https://example.org/x"), URIRef(ONTOLOGY + "knows"), URIRef(firm)))
        store.close(commit_pending_transaction=True)
    assert load_graph(graph, **database.credentials).counters == {}
    assert database.run("MATCH (:Firm)-[:knows]->(f:Firm) RETURN f.uri AS uri") == [{"uri": firm}]


def embed(text: str) -> list[float]:
    """Pairs of characters, counted into 512 places: enough to find words again."""
    vector = [0.0] * 512
    for i in range(len(text) - 1):
        vector[int(hashlib.sha256(text[i : i + 2].encode()).hexdigest(), 16) % 512] += 1.0
    return vector


def statements() -> tuple[str, str]:
    """The index and the retrieval query, as the page has them."""
    index, query = re.findall(r"```cypher\n((?:CREATE VECTOR|// retrieval_query).*?)```", DOCS, re.DOTALL)
    return index, query


def test_passages_are_retrieved_by_words_and_vectors(loaded: tuple[TestDatabase, PropertyGraph]) -> None:
    database, graph = loaded
    index, retrieval = statements()
    rows = [{"uri": n.uri, "e": embed(str(n.properties["quote"]))} for n in graph.nodes if n.labels[-1] == "Evidence"]
    database.run("UNWIND $rows AS row MATCH (e:Evidence {uri: row.uri}) SET e.embedding = row.e", rows=rows)
    try:
        database.run(index)
        database.run("CALL db.awaitIndexes(120)")
        found = database.run(
            "CALL db.index.vector.queryNodes('passages', 3, $vector) YIELD node, score " + retrieval,
            vector=embed("北京侧重研发"),
        )
        assert found[0]["quote"] == "北京侧重研发" and found[0]["subject"] == "北京市" and found[0]["object"]
        assert load_graph(graph, **database.credentials).counters == {}, "a load leaves vectors alone"
        graphrag = pytest.importorskip("neo4j_graphrag.retrievers")
        retriever = graphrag.HybridCypherRetriever(database.driver, "passages", "quotes", retrieval)
        answer = retriever.search(query_text="北京侧重研发", query_vector=embed("北京侧重研发"), top_k=3)
        assert any("北京侧重研发" in item.content for item in answer.items)
    finally:
        database.run("DROP INDEX passages IF EXISTS")
