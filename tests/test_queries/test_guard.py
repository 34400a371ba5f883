"""Nothing that is asked leaves this machine: two parsers, one text, and a canary that listens."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.errors import UsageError
from queries.guard import ONTOLOGY_GRAPH, RefusedQueryError, check_query, normalize_query
from queries.store import KnowledgeGraph


class Canary:
    """A server on loopback that notes who calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.calls.append(self.path)
                self.send_response(404)
                self.end_headers()

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/x"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.server.shutdown()
    canary.server.server_close()


def test_the_canary_sings(canary: Canary, small_graph: KnowledgeGraph) -> None:
    with pytest.raises(OSError, match="404"):
        list(small_graph.store.query(f"SELECT * {{ SERVICE <{canary.address}> {{ ?s ?p ?o }} }}"))  # type: ignore[arg-type]
    assert canary.calls
    canary.calls.clear()


HIDDEN = [
    "SELECT * {{ ?s ?p ?o . # all\r {service} \n }}",
    'SELECT * {{ BIND("x\\u005C" AS ?u) {service} # " AS ?u) \n }}',
    'SELECT * {{ BIND("x\\U0000005C" AS ?u) {service} # " AS ?u) \n }}',
    "SELECT * {{ ?s ?p ?o . # \\u000D {service} \n }}",
    "SELECT * {{ ?s ?p ?o . # \\u0085 {service} \n }}",
    "SELECT * {{ ?s ?p ?o . #\x0c {service} \n }}",
    'SELECT * {{ ?s ?p ?o . FILTER(?o != "\\u0022 {service} \\u0022") }}',
    "SELECT * {{ ?s ?p ?o . \\u0053ERVICE <{address}> {{ ?x ?y ?z }} }}",
    "SELECT * {{ ?s ?p ?o FILTER(?s<'>') {service} FILTER(?s = '') }}",
]


@pytest.mark.parametrize("form", HIDDEN)
def test_no_hiding_place_is_left(canary: Canary, small_graph: KnowledgeGraph, form: str) -> None:
    text = form.format(service=f"SERVICE <{canary.address}> {{ ?x ?y ?z }}", address=canary.address)
    with contextlib.suppress(UsageError):
        small_graph.query(text)
    assert not canary.calls


PIECES = [
    '"', "'", '"""', "'''", "\\", "\\u005C", "\\u0022", "\\u4EAC", "\\\\u0022", "#", "\n", "\r", "<", ">", "{", "}",
    "?s ?p ?o .", 'BIND("a" AS ?a)', "FILTER(?s != 'b')", "FILTER EXISTS {", "FROM <urn:x>",
]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(before=st.lists(st.sampled_from(PIECES), max_size=6), after=st.lists(st.sampled_from(PIECES), max_size=6))
def test_no_mixture_calls_out(canary: Canary, small_graph: KnowledgeGraph, before: list[str], after: list[str]) -> None:
    text = f"SELECT * {{ {' '.join(before)} SERVICE <{canary.address}> {{ ?x ?y ?z }} {' '.join(after)} }}"
    with contextlib.suppress(UsageError):
        small_graph.query(text)
    assert not canary.calls, text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 101 + "}" * 101, "ASK { FILTER(" + "!" * 99 + "true) }", "ASK { FILTER(" + "((" * 5_000,
        "ASK { FILTER(" + " || ".join(["1=1"] * 3_100) + ") }", "SELECT * { ?s " + "/".join(["a"] * 3_100) + " ?o }",
    ],
)  # fmt: skip
def test_what_would_overflow_the_engine_is_refused(small_graph: KnowledgeGraph, text: str) -> None:
    with pytest.raises(UsageError, match=r"too deeply|more than"):
        small_graph.query(text)


def test_long_lists_and_brackets_in_words_are_no_depth(small_graph: KnowledgeGraph) -> None:
    names = " ".join(f"'((( {{{{ {number} - + * /'" for number in range(2_000))
    assert small_graph.query(f"SELECT ?x {{ VALUES ?x {{ {names} }} }} # {'(' * 500}") is not None


def test_escapes_of_chinese_are_read(small_graph: KnowledgeGraph) -> None:
    assert small_graph.query(r"SELECT ?x { ?x skos:prefLabel '\u767E\u5EA6'@zh ; a kg:Firm }")
    assert normalize_query("a\r\nb\rc") == "a\nb\nc"


def test_from_names_a_graph_of_the_store_or_is_refused(small_graph: KnowledgeGraph) -> None:
    assert small_graph.query(f"SELECT ?x FROM <{ONTOLOGY_GRAPH}> {{ ?x a owl:Class }}")
    for elsewhere in ("http://127.0.0.1:9/", "file:///etc/passwd"):
        for clause in (
            f"FROM <{elsewhere}>",
            f"FROM NAMED <{elsewhere}>",
            f"FROM <{ONTOLOGY_GRAPH}> FROM <{elsewhere}>",
        ):
            for form in (f"SELECT * {clause} {{ ?s ?p ?o }}", f"ASK {clause} {{}}", f"DESCRIBE <urn:x> {clause}",
                         f"CONSTRUCT {{ ?s ?p ?o }} {clause} WHERE {{ ?s ?p ?o }}"):  # fmt: skip
                with pytest.raises(RefusedQueryError, match="FROM"):
                    check_query(form)
