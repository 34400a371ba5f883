"""Parameters as people write them, errors that help, and nothing that gets out of a parameter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.errors import UsageError
from queries.ask import ask, explain, list_questions
from queries.catalog import load_catalog
from queries.engine import literal_term
from queries.store import KnowledgeGraph


@pytest.mark.parametrize("name", ["北京", "北京市", "Beijing", "beijing", "Beijing City", "北 京", "id:Region_北京市"])
def test_a_region_has_many_names(small_graph: KnowledgeGraph, name: str) -> None:
    rows = small_graph.ask("roles_of_regions", region=name)
    assert {row["region"] for row in rows} == {"北京市"}
    assert rows.parameters == {"region": "北京市 (Region)"}


def test_traditional_characters_are_read(small_graph: KnowledgeGraph) -> None:
    pytest.importorskip("opencc")
    assert small_graph.ask("policies_by_topic", topic="數據要素")


def test_evidence_is_on_each_row(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask("roles_of_regions", region="天津")
    assert [(row["role"], row["modality"], row["doc"], row["quote"]) for row in rows] == [
        ("创新应用", "proposed", "plan.txt", "天津着重创新应用"),
        ("研发", "asserted", "news/one.txt", "京津具有研发优势"),
    ]
    assert all(isinstance(row["start"], int) and isinstance(row["end"], int) for row in rows)


def test_disagreement_is_told_with_both_quotes(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask("role_agreement", region="天津")
    assert {(row["role"], row["agreement"], row["doc"]) for row in rows} == {
        ("创新应用", "one", "plan.txt"),
        ("研发", "one", "news/one.txt"),
    }
    assert {row["agreement"] for row in small_graph.ask("role_agreement", region="北京")} == {"all"}


def test_an_undated_policy_comes_with_year_unknown(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask("policies_by_year", topic="数据要素")
    assert {(row["policy"], row["year"]) for row in rows} == {("数据专区意见", None), ("数据条例", "2022")}
    assert {row["policy"] for row in small_graph.ask("policies_by_year", year=2023)} == {"人工智能行动方案"}
    assert not small_graph.ask("policies_by_year", topic="数据要素", year="2023")


def test_background_carries_its_source(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask("parts_of", whole="张家口")
    assert [(row["part"], row["origin"], row["source"], row["quote"]) for row in rows] == [
        ("怀来县", "background", "areas table", None)
    ]


def test_zones_are_found_in_regions_within(small_graph: KnowledgeGraph) -> None:
    zones = {row["zone"]: row["place"] for row in small_graph.ask("zones_of_region", region="北京")}
    assert zones == {"中关村科学城": "海淀区", "北京经济技术开发区": "北京市"}


def test_members_are_counted_against_the_announced_number(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask("members_of_set", set="“三城一区”")
    assert {(row["member"], row["role"], row["announced"], row["members"]) for row in rows} == {
        ("中关村科学城", "廊", 4, 3),
        ("怀柔科学城", "极", 4, 3),
        ("未来科学城", None, 4, 3),
    }
    assert small_graph.ask("named_sets")[0]["complete"] is False


def test_figures_keep_bound_unit_and_speaker(small_graph: KnowledgeGraph) -> None:
    rows = small_graph.ask("indicators", subject="河北", measure="增加值", year="2024")
    row = rows[0]
    assert (row["comparison"], row["value"], row["factor"], row["amount"], row["unit"]) == (
        "~",
        1.1,
        1e12,
        1.1e12,
        "元",
    )
    assert (row["period"], row["speaker"]) == ("2024", "王小明")
    conflicting = small_graph.ask("indicator_conflicts")
    assert {row["amount"] for row in conflicting} == {2.0e12, 2.1e12}


def test_unknown_question_gets_a_suggestion(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="No question named 'platform_of_firms'") as caught:
        small_graph.ask("platform_of_firms")
    assert "'platforms_of_firm'" in caught.value.hint
    assert str(len(load_catalog())) in caught.value.hint
    assert small_graph.ask("roles-of-regions").question == "roles_of_regions"


def test_mistakes_in_parameters_are_all_told(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(UsageError) as caught:
        small_graph.ask("policies_by_year", topik="x", region="北京京", year="soon")
    for words in ("topik", "北京京", "soon", "did you mean 'topic'"):
        assert words in str(caught.value)


def test_a_missing_parameter_is_explained(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="needs entity") as caught:
        small_graph.ask("evidence_for")
    assert "kg ask evidence_for --entity" in caught.value.hint


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"region": "北亰市"}, "did you mean 北京市"),
        ({"region": "百度"}, "is a Firm, Platform in this graph"),
        ({"region": "吉林"}, "can mean 2 things"),
        ({"region": ""}, "is empty"),
    ],
)
def test_names_that_do_not_resolve(small_graph: KnowledgeGraph, params: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        small_graph.ask("roles_of_regions", params)


def test_an_ambiguous_name_lists_what_it_can_mean(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(UsageError) as caught:
        small_graph.ask("actors_in_zone", zone="经开区")
    assert "id:Zone_北京经济技术开发区" in str(caught.value)
    assert "id:Zone_武汉经济技术开发区" in str(caught.value)
    assert small_graph.ask("actors_in_zone", zone="亦庄")[0]["actor"] == "百度"


@pytest.mark.parametrize(("value", "shown"), [("Firm", "Firm"), ("firm", "Firm"), ("Organization", "Organization")])
def test_classes_are_parameters(small_graph: KnowledgeGraph, value: str, shown: str) -> None:
    rows = small_graph.ask("entities", {"class": value})
    assert rows.parameters == {"class": shown}
    assert "百度" in rows.column("name")
    with pytest.raises(UsageError, match="did you mean Firm"):
        small_graph.ask("entities", {"class": "Frim"})


@pytest.mark.parametrize("value", ["nan", "inf", "two", "1e999"])
def test_numbers_are_finite(small_graph: KnowledgeGraph, value: str) -> None:
    with pytest.raises(UsageError):
        small_graph.ask("well_supported", documents=value)


def test_explain_shows_what_would_run(small_graph: KnowledgeGraph) -> None:
    text = small_graph.explain("roles_of_regions", region="北京")
    assert "region: 北京市 (Region)" in text
    assert "VALUES ?region_iri { <https://w3id.org/jiqun/id/Region_北京市> }" in text
    assert "everything" in explain(small_graph, "roles_of_regions")


def test_questions_are_listed() -> None:
    rows = list_questions()
    assert rows.columns == ("name", "parameters", "summary", "summary_zh")
    assert len(rows) == len(load_catalog())


# --- injection

HOSTILE = [
    '集群" } UNION { ?s ?p ?o } #',
    "集群') || true || ('",
    '"\n} SELECT * WHERE { ?s ?p ?o',
    "\\",
    '\\" } #',
    "\\u0022) } UNION { ?fact kg:quote ?quote } #",
    "\u0000\u001f\u007f",
    "> } SERVICE <http://127.0.0.1:9/> { ?s ?p ?o",
    "$text",
    "${text} {text} %s",
    "集群' OR 1=1 //",
    "*/ MATCH (n) DETACH DELETE n //",
    '""" ?s ?p ?o """',
    "🀄\U0010ffff",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_finds_nothing(small_graph: KnowledgeGraph, text: str) -> None:
    assert not small_graph.ask("who_called_for", text=text)
    assert not small_graph.ask("indicators", measure=text)


@pytest.mark.parametrize("text", [*HOSTILE, "id:Region_x> } #", "https://w3id.org/jiqun/id/x> ?p ?o . <y", "<>"])
def test_hostile_names_are_no_names(small_graph: KnowledgeGraph, text: str) -> None:
    with pytest.raises(UsageError):
        small_graph.ask("evidence_for", entity=text)


@settings(max_examples=150, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_any_text_stays_a_text(small_graph: KnowledgeGraph, text: str) -> None:
    """What goes into a statement comes out of it as the same string."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    assert small_graph.run(f"SELECT ?x WHERE {{ BIND ({literal_term(text)} AS ?x) }}", {})[0]["x"] == text


# --- questions in words


@pytest.mark.parametrize(
    ("text", "name", "params"),
    [
        ("北京有哪些数据要素政策?", "policies_by_year", {"topic", "region"}),
        ("2023年有哪些政策?", "policies_by_year", {"year"}),
        ("百度开发了哪些平台?", "platforms_of_firm", {"firm"}),
        ("三城一区由哪些成员组成?", "members_of_set", {"set"}),
        ("天津的职能定位是什么?", "roles_of_regions", {"region"}),
        ("王小明在哪个单位任职?", "people_affiliations", {"person"}),
        ("中央经济会议提出了什么?", "calls_of_meetings", {"caller"}),
        ("谁提出了“数字产业集群”?", "who_called_for", {"text"}),
        ("哪些政策是征求意见稿?", "draft_policies", set()),
        ("北京的增加值是多少?", "indicators", {"subject", "measure"}),
        ("北京有哪些指标?", "indicators", {"subject"}),
        ("北京向河北转移了什么?", "transfers", {"giver", "taker"}),
        ("which platforms does 百度 develop?", "platforms_of_firm", {"firm"}),
        ("工信部发布了哪些政策?", "policies_by_issuer", {"issuer"}),
    ],
)
def test_questions_in_words(small_graph: KnowledgeGraph, text: str, name: str, params: set[str]) -> None:
    rows = ask(small_graph, text)
    assert (rows.question, set(rows.parameters)) == (name, params)
    assert rows.note.startswith(f"understood: {name}")


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("北京2024年的数字经济增加值是多少", "数字经济增加值"),
        ("北京的增加值规模有多少", "增加值"),
        ("北京的人口是多少", None),
    ],
)
def test_a_question_about_a_figure_means_what_is_measured(
    small_graph: KnowledgeGraph, text: str, measure: str | None
) -> None:
    rows = ask(small_graph, text)
    assert rows.parameters.get("measure") == measure
    assert rows
    assert measure is None or all(measure in str(row["measure"]) for row in rows)


def test_a_name_alone_gives_what_is_said_of_it(small_graph: KnowledgeGraph) -> None:
    assert small_graph.ask("雄安新区?").question == "evidence_for"


@pytest.mark.parametrize("text", ["今天天气怎么样?", "上海有哪些好吃的?", "?", "what is love?"])
def test_what_is_not_understood_is_said(small_graph: KnowledgeGraph, text: str) -> None:
    with pytest.raises(UsageError, match="did not understand"):
        small_graph.ask(text)


def test_what_was_left_aside_is_said(small_graph: KnowledgeGraph) -> None:
    assert "彩虹" in small_graph.ask("彩虹百度开发了哪些平台?").note


LIMITED = [q.name for q in load_catalog().values() if q.parameter("limit")]


@pytest.mark.parametrize("name", LIMITED)
@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_gives_the_first_rows_and_says_so(small_graph: KnowledgeGraph, name: str, limit: int) -> None:
    whole = small_graph.ask(name)
    assert whole and whole.cut_at == 0
    some = small_graph.ask(name, limit=limit)
    assert some.records == whole.records[:limit]
    assert some.cut_at == (limit if len(whole) >= limit else 0)


@pytest.mark.parametrize("limit", ["0", "-1", "2.5", "many", "1 } DELETE", "²"])
def test_what_is_no_limit_is_refused(small_graph: KnowledgeGraph, limit: str) -> None:
    with pytest.raises(UsageError, match="whole number"):
        small_graph.ask("entities", limit=limit)
