"""Two figures, roles or calls agree, differ, or cannot be compared; what is no conflict is not called one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ontology.assertion import corpus_to_turtle
from ontology.iri import entity_id
from ontology.model import (
    Corpus,
    DocumentMetadata,
    DocumentRecord,
    Entity,
    Evidence,
    Fact,
    FactObject,
    Modality,
    Observation,
)
from queries.rows import Rows
from queries.store import KnowledgeGraph

CITY, REGION, OTHER = (entity_id("Region", name) for name in ("滨海市", "滨海湾", "望海县"))
NAMES = {CITY: "滨海市", REGION: "滨海湾", OTHER: "望海县"}
SCALE, ADDED, REVENUE = "数字经济规模", "数字经济增加值", "数字经济营业收入"


def figure(value: float, comparison: str = "=", period: str | None = "2023", measure: str = SCALE) -> Observation:
    return Observation(measure, value, 1e12, "元", comparison, period)  # type: ignore[arg-type]


def role(name: str) -> str:
    return entity_id("Role", name)


def said(
    subject: str, relation: str, obj: FactObject, doc: str, start: int = 0, modality: Modality = "asserted"
) -> Fact:
    evidence = Evidence(doc, start, start + 5, f"{doc}第{start}字", modality, 0.9, "by-hand")
    return Fact(subject, relation, obj, evidence=(evidence,))


def observed(obj: Observation, doc: str, subject: str = CITY, **more: object) -> Fact:
    return said(subject, "observed", obj, doc, **more)  # type: ignore[arg-type]


def ask(question: str, facts: Sequence[Fact], *, copies: dict[str, str] | None = None, **params: str) -> Rows:
    calls = {
        f.object: f.object.partition("_")[2] for f in facts if f.relation == "calledFor" and isinstance(f.object, str)
    }
    entities = [Entity(key, "Region", name, (name,)) for key, name in NAMES.items()]
    roles = sorted({str(f.object) for f in facts if f.relation == "playsRole"})
    entities += [Entity(key, "Role", key.partition("_")[2]) for key in roles]
    entities += [Entity(key, "Statement", text, (text,), attributes=(("text", text),)) for key, text in calls.items()]
    documents = [
        DocumentRecord(doc, "", DocumentMetadata(), copy_of=(copies or {}).get(doc, "")) for doc in ("a.txt", "b.txt")
    ]
    part = Fact(CITY, "partOf", REGION, origin="background", source="by hand")
    corpus = Corpus(documents=tuple(documents), entities=tuple(entities), facts=(*facts, part))
    return KnowledgeGraph(corpus_to_turtle(corpus)).ask(question, params)


@pytest.mark.parametrize(
    ("one", "other", "verdict", "reason"),
    [
        pytest.param(figure(4), figure(4), "agree", "", id="same"),
        pytest.param(figure(4, ">"), figure(4.2), "agree", "", id="within a bound"),
        pytest.param(figure(4, "~"), figure(4.1), "agree", "", id="about"),
        pytest.param(figure(4), figure(5), "differ", "", id="another value"),
        pytest.param(figure(4, ">"), figure(3), "differ", "", id="outside a bound"),
        pytest.param(figure(4, "<"), figure(5, ">"), "differ", "", id="bounds apart"),
        pytest.param(
            figure(4), figure(5, period="2024"), "not comparable", "period", id="report year against data year"
        ),
        pytest.param(figure(4), figure(5, period=None), "not comparable", "period unknown", id="no period"),
        pytest.param(
            figure(2, measure=ADDED),
            figure(3, measure=REVENUE),
            "not comparable",
            "measure",
            id="added value against revenue",
        ),
    ],
)
def test_two_figures(one: Observation, other: Observation, verdict: str, reason: str) -> None:
    for facts in (
        [observed(one, "a.txt"), observed(other, "b.txt")],
        [observed(other, "a.txt"), observed(one, "b.txt")],
    ):
        (row,) = ask("figure_comparison", facts)
        assert (row["verdict"], row["reason"]) == (verdict, reason)
        assert (row["quote"], row["other_quote"]) == ("a.txt第0字", "b.txt第0字")


def test_a_city_is_not_compared_with_the_region_around_it() -> None:
    facts = [observed(figure(2), "a.txt"), observed(figure(4), "b.txt", REGION)]
    for params in ({}, {"subject": "滨海市"}, {"subject": "滨海湾"}):
        (row,) = ask("figure_comparison", facts, **params)
        assert (row["verdict"], row["reason"]) == ("not comparable", "region")
        assert {row["subject"], row["other_subject"]} == {"滨海市", "滨海湾"}


def test_things_without_a_tie_are_no_pair() -> None:
    assert not ask("figure_comparison", [observed(figure(2), "a.txt"), observed(figure(4), "b.txt", OTHER)])
    assert not ask(
        "figure_comparison",
        [observed(figure(2, measure="钢产量"), "a.txt"), observed(figure(4, measure="粮食产量"), "b.txt")],
    )


def test_a_plan_does_not_contradict_what_is() -> None:
    (row,) = ask("figure_comparison", [observed(figure(4), "a.txt"), observed(figure(5), "b.txt", modality="planned")])
    assert (row["verdict"], row["reason"]) == ("not comparable", "modality")


def test_a_headline_that_leaves_the_year_out_repeats_the_figure() -> None:
    (row,) = ask(
        "figure_comparison", [observed(figure(4, period=None), "a.txt"), observed(figure(4), "a.txt", start=90)]
    )
    assert (row["verdict"], row["reason"]) == ("agree", "repeated")


def test_a_copy_neither_agrees_nor_differs() -> None:
    facts = [observed(figure(4), "a.txt"), observed(figure(5), "b.txt")]
    assert len(ask("figure_comparison", facts)) == 1
    assert not ask("figure_comparison", facts, copies={"b.txt": "a.txt"})


def test_a_verdict_can_be_asked_for() -> None:
    facts = [observed(figure(4), "a.txt"), observed(figure(5), "b.txt"), observed(figure(4), "b.txt", start=9)]
    assert {row["verdict"] for row in ask("figure_comparison", facts)} == {"agree", "differ"}
    assert {row["verdict"] for row in ask("figure_comparison", facts, verdict="differ")} == {"differ"}


def test_roles_of_two_documents() -> None:
    research, use = role("研发"), role("应用")
    rows = ask(
        "role_comparison",
        [
            said(CITY, "playsRole", research, "a.txt"),
            said(CITY, "playsRole", use, "b.txt"),
            said(CITY, "playsRole", research, "b.txt", 20),
            said(CITY, "playsRole", use, "b.txt", 40, "proposed"),
        ],
    )
    found = {(row["role"], row["other_role"], row["verdict"], row["reason"]) for row in rows}
    assert found == {
        ("研发", "研发", "agree", ""),
        ("研发", "应用", "differ", ""),
        ("研发", "应用", "not comparable", "modality"),
    }


@pytest.mark.parametrize(
    ("one", "other", "verdict", "reason"),
    [
        pytest.param("研发", "研发", "agree", "", id="the same function"),
        pytest.param("创新高地", "创新高地", "agree", "", id="the same position"),
        pytest.param("基础研发", "软件研发", "agree", "same function", id="two of one family"),
        pytest.param("研发", "基础研究", "agree", "same function", id="narrower"),
        pytest.param("大规模生产制造", "装备智造", "agree", "same function", id="another word for it"),
        pytest.param("研发", "成果转化", "differ", "", id="two functions"),
        pytest.param("研发", "研发高地", "not comparable", "kind", id="function and position"),
        pytest.param("枢纽", "标杆城市", "not comparable", "kind", id="two positions"),
        pytest.param("创新高地", "产业高地", "not comparable", "kind", id="two positions of one family"),
        pytest.param("研发", "煤都", "not comparable", "kind", id="nobody knows what it is"),
    ],
)
def test_two_roles(one: str, other: str, verdict: str, reason: str) -> None:
    for facts in (
        [said(CITY, "playsRole", role(one), "a.txt"), said(CITY, "playsRole", role(other), "b.txt")],
        [said(CITY, "playsRole", role(other), "a.txt"), said(CITY, "playsRole", role(one), "b.txt")],
    ):
        (row,) = ask("role_comparison", facts)
        assert (row["verdict"], row["reason"]) == (verdict, reason)
        assert {row["role"], row["other_role"]} == {one, other}


def test_a_plan_for_another_role_is_first_of_all_a_plan() -> None:
    facts = [said(CITY, "playsRole", role("研发"), "a.txt")]
    for other in ("研发", "制造", "高地"):
        (row,) = ask("role_comparison", [*facts, said(CITY, "playsRole", role(other), "b.txt", modality="planned")])
        assert (row["verdict"], row["reason"]) == ("not comparable", "modality")


def test_calls_in_the_same_words_keep_their_callers() -> None:
    short, long = "id:Statement_打造数字集群", "id:Statement_加快发展,打造数字集群。"
    facts = [said(CITY, "calledFor", long, "a.txt"), said(OTHER, "calledFor", short, "b.txt")]
    (row,) = ask("call_comparison", facts)
    assert (row["verdict"], row["reason"], row["caller"], row["other_caller"]) == (
        "differ",
        "caller",
        "滨海市",
        "望海县",
    )
    (row,) = ask("call_comparison", [facts[0], said(CITY, "calledFor", short, "b.txt")])
    assert row["verdict"] == "agree"
