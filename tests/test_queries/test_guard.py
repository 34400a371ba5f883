"""Nothing that is asked leaves this machine: two parsers, one text, and a canary that listens."""

from __future__ import annotations

import contextlib

import pytest
from canary import Canary
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.errors import UsageError
from queries.guard import ONTOLOGY_GRAPH, RefusedQueryError, check_query, normalize_query
from queries.store import KnowledgeGraph


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


GROUPS = (
    "{{ {} }}", "{{ ?s ?p ?o FILTER EXISTS {} }}", "{{ ?s ?p ?o FILTER NOT EXISTS {} }}", "{{ ?s ?p ?o OPTIONAL {} }}",
    "{{ ?s ?p ?o MINUS {} }}", "{{ {{ ?s ?p ?o }} UNION {} }}", "{{ GRAPH ?g {} }}", "{{ {{ SELECT * {} }} }}",
    "{{ BIND(EXISTS {} AS ?b) }}", "{{ ?s ?p ?o FILTER(!EXISTS {} && ?s = ?o) }}",
    "{{ {{ SELECT ?s {{}} HAVING (EXISTS {}) }} }}",
    "{{ {{ SELECT ?s {{}} ORDER BY (EXISTS {}) }} }}", "{{ {{ SELECT (EXISTS {} AS ?x) {{}} }} }}",
    "{{ ?s ?p ?o FILTER(?s IN (1, IF(EXISTS {}, 1, 2))) }}",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(GROUPS), max_size=5))
def test_no_group_within_a_group_hides_a_call(groups: list[str]) -> None:
    pattern = "{ SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }"
    for group in groups:
        pattern = group.format(pattern)
    with pytest.raises(RefusedQueryError, match="SERVICE"):
        check_query(f"SELECT * {pattern}")


def test_a_filter_in_exists_in_exists_hides_no_call(canary: Canary, small_graph: KnowledgeGraph) -> None:
    call = f"FILTER NOT EXISTS {{ ?d ?e ?f OPTIONAL {{ SERVICE SILENT <{canary.address}> {{ ?g ?h ?i }} }} }}"
    with pytest.raises(RefusedQueryError, match="SERVICE"):
        small_graph.query(f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ ?a ?b ?c {call} }} }}")
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
