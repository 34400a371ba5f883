from __future__ import annotations

from pathlib import Path

import pytest
from ontology_corpora import large_corpus, small_corpus
from rdflib import Graph
from rdflib.compare import isomorphic

from ontology.assertion import assert_corpus, corpus_to_turtle
from ontology.errors import OutputError
from ontology.turtle import curie_token, iri_token, literal_token, parse_turtle, read_turtle, serialize_turtle


def test_what_is_written_is_what_rdflib_reads() -> None:
    graph = assert_corpus(small_corpus())
    assert isomorphic(Graph().parse(data=serialize_turtle(graph), format="turtle"), graph)


def test_reading_agrees_with_rdflib(tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    path.write_bytes(corpus_to_turtle(large_corpus(100)))
    assert isomorphic(read_turtle(path), Graph().parse(path, format="turtle"))


def test_a_foreign_graph_with_blank_nodes_is_written_deterministically() -> None:
    data = (
        b'@prefix ex: <https://example.org/> . ex:a ex:b [ ex:c "x" , 1.5 , true , "1"^^ex:t ] , ( ex:d "e"@en-GB ) .'
    )
    first, second = serialize_turtle(parse_turtle(data)), serialize_turtle(parse_turtle(data))
    assert first == second
    assert isomorphic(parse_turtle(first), parse_turtle(data))


def test_a_type_as_object_is_no_shorthand() -> None:
    data = b"<https://example.org/p> <https://example.org/q> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ."
    assert isomorphic(parse_turtle(serialize_turtle(parse_turtle(data))), parse_turtle(data))


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"@prefix a: <b", "line 1"), (b"<https://a.b/c>\n<https://a.b/c> 'x' y .", "line 2"), (b"\xff\xfe", "line 1")],
)
def test_what_is_no_turtle_is_one_error_with_its_line(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "broken.ttl"
    path.write_bytes(data)
    with pytest.raises(OutputError, match=message) as caught:
        read_turtle(path)
    assert "broken.ttl" in caught.value.message and caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"none\.ttl"):
        read_turtle(tmp_path / "none.ttl")


def test_tokens() -> None:
    assert literal_token('a"b\\\n', "@zh") == '"a\\"b\\\\\\n"@zh'
    assert literal_token("0.9", "xsd:decimal") == "0.9"
    assert literal_token("1", "xsd:decimal") == '"1"^^xsd:decimal'
    assert iri_token("https://w3id.org/jiqun/id/") == "id:"
    assert curie_token("id:-x") == "<https://w3id.org/jiqun/id/-x>"
    assert curie_token("id:a#b") == "id:a%23b"
    assert curie_token("id:a%zz") == "id:a%25zz"
