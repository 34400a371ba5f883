"""The worked example of docs/ontology.md is a graph that holds, and its questions have answers."""

from __future__ import annotations

import re
from pathlib import Path

from ontology.turtle import parse_turtle, serialize_turtle
from ontology.validation import validate_graph

PAGE = (Path(__file__).parents[2] / "docs" / "ontology.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)


def test_the_example_is_what_kg_build_would_write() -> None:
    (turtle,) = blocks("turtle")
    graph = parse_turtle(turtle.encode())
    assert validate_graph(graph) == []
    assert serialize_turtle(graph).decode().partition("\n")[2].strip() == turtle.strip()


def test_the_questions_have_the_answers_that_the_text_gives() -> None:
    graph = parse_turtle(blocks("turtle")[0].encode())
    so, said = (list(graph.query(query)) for query in blocks("sparql")[:2])
    assert [tuple(map(str, row)) for row in so] == [("云帆", "云谷平台")]  # type: ignore[arg-type]
    assert [(str(row[1])[-9:], str(row[3])) for row in said] == [  # type: ignore[index]
        ("#develops", "asserted"),
        ("locatedIn", "planned"),
    ]


def test_the_python_example_is_right() -> None:
    from ontology.namespace import allowed_classes, is_allowed

    assert allowed_classes("playsRole") == (frozenset({"Region", "Zone", "Cluster"}), frozenset({"Role"}))
    assert not is_allowed("Zone", "partOf", "Region")
