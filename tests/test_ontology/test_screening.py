"""The quick look may suspect too much, never too little: whatever pySHACL finds, it has to suspect."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ontology_corpora import CITY, FIRM, HARBOUR, PLATFORM, POLICY, large_corpus, small_corpus
from rdflib import SH, BNode, Graph, URIRef
from test_validation import CASES, WRONG_ENDS, changed, fact

from ontology.assertion import Row, Value, distinct_rows, rows_to_graph, serialize_turtle
from ontology.resources import load_resource
from ontology.screening import Screen
from ontology.turtle import parse_turtle
from ontology.validation import SHAPES, validate_graph, validate_rows

PREFIX = (
    b"@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix x: <https://example.org/> . "
    b"@prefix xsd: <http://www.w3.org/2001/XMLSchema#> . "
)


@cache
def screen() -> Screen:
    return Screen.of(load_resource("shapes.ttl"))


def short(shapes: object) -> set[str]:
    return {str(shape).removeprefix(SHAPES) for shape in shapes}  # type: ignore[attr-defined]


def suspected(graph: Graph) -> set[str]:
    return short(screen().broken(serialize_turtle(graph)))


def test_each_of_our_shapes_is_a_question() -> None:
    assert screen().unknown == frozenset()
    assert len(screen().questions) > 100


def test_a_good_corpus_breaks_no_shape() -> None:
    assert screen().suspects(distinct_rows(small_corpus())) == frozenset()
    assert screen().suspects(distinct_rows(large_corpus(200))) == frozenset()


@pytest.mark.parametrize(("taken", "added", "shape"), CASES, ids=[f"{c[2]}-{i}" for i, c in enumerate(CASES)])
def test_each_mistake_is_suspected(taken: str, added: str, shape: str) -> None:
    good = serialize_turtle(rows_to_graph(distinct_rows(small_corpus())))
    assert shape in suspected(changed(good, taken, added))


@pytest.mark.parametrize("relation", WRONG_ENDS)
def test_wrong_ends_are_suspected(relation: str) -> None:
    good = serialize_turtle(rows_to_graph(distinct_rows(small_corpus())))
    subject, obj = WRONG_ENDS[relation]
    name = relation[0].upper() + relation[1:]
    if subject:
        assert f"{name}_from" in suspected(changed(good, "", fact(subject, relation, PLATFORM)))
    if obj:
        assert f"{name}_to" in suspected(changed(good, "", fact(HARBOUR, relation, obj)))


@pytest.mark.parametrize(
    "value",
    [
        Value("2023-02-30", "xsd:date"), Value("02024", "xsd:gYear"), Value("+1", "xsd:integer"),
        Value("0.90", "xsd:decimal"), Value("1e3", "xsd:double"), Value("yes", "xsd:boolean"),
    ],
)  # fmt: skip
def test_what_a_store_would_spell_anew_is_left_to_the_shapes(value: Value) -> None:
    """A store that keeps 02024 as the year 2024 cannot be asked whether it has four digits."""
    rows = [*distinct_rows(small_corpus()), (POLICY, "kg:planPeriodStart", value)]
    assert screen().suspects(rows) == frozenset(screen().questions)


_VALUES = st.one_of(
    st.sampled_from([FIRM, HARBOUR, CITY, "id:Nothing", "kg:Firm", "kg:Fact", "kg:Evidence", "kg:locatedIn"]),
    st.builds(Value, st.sampled_from(["", "draft", "云帆", "x"]), st.sampled_from(["", "@zh", "@en", "xsd:string"])),
    st.builds(Value, st.sampled_from(["-1", "0", "7", "120116"]), st.just("xsd:integer")),
    st.builds(Value, st.sampled_from(["0.5", "1.1"]), st.just("xsd:decimal")),
)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_triples_that_were_changed_at_random_are_judged_as_before(data: st.DataObject) -> None:
    rows: list[Row] = distinct_rows(small_corpus())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(rows) - 1))
        subject, predicate, _ = rows[place]
        match data.draw(st.sampled_from(["gone", "changed", "added", "moved"])):
            case "gone":
                del rows[place]
            case "changed":
                rows[place] = (subject, predicate, data.draw(_VALUES))
            case "added":
                rows.append((subject, predicate, data.draw(_VALUES)))
            case _:
                rows.append((data.draw(st.sampled_from(rows))[0], predicate, rows[place][2]))
    rows = list(dict.fromkeys(rows))
    expected = validate_graph(rows_to_graph(rows))
    assert {v.shape.removeprefix("shape:") for v in expected} <= short(screen().suspects(rows)) | {"Date"}
    assert validate_rows(rows) == expected


@pytest.mark.parametrize(
    ("demand", "holds", "fails"),
    [
        ("sh:path x:p ; sh:minCount 2", "x:a x:p 1 , 2", "x:a x:p 1"),
        ("sh:path x:p ; sh:maxCount 2", "x:a x:p 1 , 2", "x:a x:p 1 , 2 , 3"),
        ("sh:path ( x:p x:q ) ; sh:nodeKind sh:IRI", "x:a x:p x:b . x:b x:q x:c", "x:a x:p x:b . x:b x:q 1"),
        ("sh:path [ sh:inversePath x:p ] ; sh:minCount 1", "x:b x:p x:a", "x:a x:p x:b"),
        ("sh:path [ sh:alternativePath ( x:p x:q ) ] ; sh:minCount 1", "x:a x:q 1", "x:a x:r 1"),
        ("sh:path x:p ; sh:lessThanOrEquals x:q", "x:a x:p 1 ; x:q 1", "x:a x:p 2 ; x:q 1"),
        ("sh:path x:p ; sh:hasValue 1", "x:a x:p 1 , 2", "x:a x:p 2"),
        ("sh:path x:p ; sh:maxExclusive 3 ; sh:minExclusive 0", "x:a x:p 1", "x:a x:p 3"),
        ("sh:path x:p ; sh:maxLength 2", 'x:a x:p "ab"', 'x:a x:p "abc"'),
        ("sh:not [ sh:class x:C ]", "x:a x:p 1", "x:a a x:C"),
        ("sh:and ( [ sh:class x:C ] [ sh:path x:p ; sh:minCount 1 ] )", "x:a a x:C ; x:p 1", "x:a a x:C"),
        ("sh:property [ sh:path x:p ; sh:datatype xsd:integer ]", "x:a x:p 1", 'x:a x:p "1"'),
    ],
)
def test_each_kind_of_demand_is_put_into_sparql(demand: str, holds: str, fails: str) -> None:
    kind = "sh:PropertyShape" if demand.startswith("sh:path") else "sh:NodeShape"
    shapes = parse_turtle(PREFIX + f"x:S a {kind} ; sh:targetNode x:a ; {demand} .".encode())
    made = Screen.of(shapes)
    assert not made.unknown
    for text, is_broken in ((holds, False), (fails, True)):
        turtle = PREFIX + f"{text} .".encode()
        assert bool(made.broken(turtle)) == is_broken
        assert bool(validate_graph(parse_turtle(turtle), shapes)) == is_broken


@pytest.mark.parametrize(
    "demand", ["sh:closed true", "sh:path [ sh:zeroOrMorePath x:p ] ; sh:minCount 1", 'sh:path x:p ; sh:flags "i"']
)
def test_a_demand_that_it_does_not_know_is_left_to_pyshacl(demand: str) -> None:
    shapes = parse_turtle(PREFIX + f"x:S a sh:NodeShape ; sh:targetNode x:a ; {demand} .".encode())
    assert Screen.of(shapes).suspects([]) == {URIRef("https://example.org/S")}


def test_every_named_shape_is_known_to_the_screen() -> None:
    shapes = load_resource("shapes.ttl")
    targets = {SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
    named = {s for s, p in shapes.subject_predicates() if p in targets and not isinstance(s, BNode)}
    assert named == set(screen().questions)
