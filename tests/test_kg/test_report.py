"""The report as text: its rows are those of `kg ask`, its drawings rest on rows, its policy holds."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_queries.conftest import make_corpus

from kg import cli
from kg.report import report_page, write_report
from kg.reporting.chapters import load_chapters, load_words
from kg.reporting.page import questions
from kg.reporting.views import actor_map, agreements, charts, grid, named_sets, timeline
from ontology.assertion import corpus_to_turtle
from ontology.errors import OutputError, UsageError
from ontology.model import MODALITIES
from queries.catalog import load_catalog
from queries.rows import Rows
from queries.store import KnowledgeGraph


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return KnowledgeGraph(corpus_to_turtle(make_corpus()))


@pytest.fixture(scope="module")
def page(graph: KnowledgeGraph) -> str:
    finding = {"code": "lost-x", "severity": "error", "doc": "a.txt", "start": None, "end": None}
    return report_page(graph, findings=[finding | {"message": "因此失去"}])


def table_rows(page: str, question: str) -> list[str]:
    """The text of each row of a question's table."""
    rows = re.findall(rf'<tr id="{question}-\d+">(.*?)</tr>', page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "\t", row)) for row in rows]


@pytest.mark.parametrize("question", questions())
def test_every_row_of_ask_is_in_the_report_with_its_words(graph: KnowledgeGraph, page: str, question: str) -> None:
    rows = graph.ask(question)
    shown = table_rows(page, question)
    if question in {q for c in load_chapters() for v in c.views if v.kind == "table" for q in v.questions}:
        assert len(shown) == len(rows)
    for row, text in zip(rows, shown, strict=False):
        for column in ("region", "topic", "policy", "actor", "measure", "quote", "doc", "member"):
            if row.get(column):
                assert str(row[column]) in text


def test_chapters_ask_questions_that_there_are_and_all_words_are_in_both_languages() -> None:
    assert set(questions()) <= set(load_catalog())
    for table in load_words().values():
        assert all(words["zh"] and words["en"] for words in table.values())
    for chapter in load_chapters():
        for view in chapter.views:
            known = load_catalog()[view.questions[0]].columns
            assert set(view.columns) <= set(known), view
            if view.kind == "table":
                assert {*(view.columns or known), "words"} <= load_words()["columns"].keys()


def test_every_drawn_thing_leads_to_a_row_that_is_there(page: str) -> None:
    anchors = set(re.findall(r' id="([^"]+)"', page))
    named = {name for names in re.findall(r'data-rows="([^"]+)"', page) for name in names.split(" ")}
    assert len(named) > 10
    assert named <= anchors
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


def test_one_file_with_a_policy_that_names_its_script_and_style(page: str) -> None:
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])  # type: ignore[index]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    blocks = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", page, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        assert f"'sha256-{base64.b64encode(hashlib.sha256(''.join(block).encode()).digest()).decode()}'" in policy
    markup = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    assert not re.findall(r"""\s(?:on\w+|style)=|(?:src|action)=["']|href="(?!#|data:,)""", markup)


def test_same_graph_same_report(graph: KnowledgeGraph) -> None:
    assert report_page(graph) == report_page(graph)


def test_findings_are_listed_or_said_to_be_elsewhere(graph: KnowledgeGraph, page: str) -> None:
    assert "因此失去" in page and "lost-x" in page
    assert load_words()["text"]["findings_unknown"]["zh"] in report_page(graph)
    assert load_words()["text"]["findings_none"]["zh"] in report_page(graph, findings=[])


def test_a_graph_without_facts_gives_a_report_that_says_so(tmp_path: Path) -> None:
    page = report_page(KnowledgeGraph(b""), findings=[])
    assert page.count(html.escape(load_words()["text"]["nothing"]["zh"])) >= 10
    with pytest.raises(UsageError, match="fr"):
        report_page(KnowledgeGraph(b""), language="fr")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        write_report(KnowledgeGraph(b""), tmp_path / "file" / "page.html")


# --- the views


EVIDENCE = ("modality", "origin", "doc", "start", "end", "quote")


def rows(question: str, columns: str, *records: tuple[object, ...]) -> Rows:
    return Rows((*columns.split(), *EVIDENCE), [(*r, "extracted", "a.txt", 0, 1, "q") for r in records], question)  # type: ignore[misc]


def test_the_grid_keeps_the_strongest_modality_and_all_rows() -> None:
    roles = rows(
        "roles_of_regions",
        "region role",
        ("北京", "研发", "proposed"),
        ("北京", "研发", "asserted"),
        ("天津", "制造", "planned"),
    )
    topics = rows("topics_of_region", "place class topic", ("北京", "Region", "算力", "problem"))
    found = grid(roles, topics)
    assert found.columns == ("北京", "天津")
    (_, role_lines), (_, topic_lines) = found.groups
    marks = dict(role_lines)
    assert marks["研发"][0].modality == "asserted"  # type: ignore[union-attr]
    assert marks["研发"][0].rows == ("roles_of_regions-1", "roles_of_regions-0")  # type: ignore[union-attr]
    assert marks["研发"][1] is None
    assert marks["制造"][1].modality == "planned"  # type: ignore[union-attr]
    assert topic_lines[0][1][0].modality == "problem"  # type: ignore[union-attr]


NAME = st.sampled_from(["甲", "乙", "丙", "<b>", ""])
RECORD = st.tuples(NAME, NAME, st.sampled_from([*MODALITIES, None]))


@given(st.lists(RECORD, max_size=40), st.lists(RECORD, max_size=40))
def test_no_row_gets_lost_in_a_grid_or_map(first: list[tuple[object, ...]], second: list[tuple[object, ...]]) -> None:
    roles = rows("roles_of_regions", "region role", *first)
    topics = rows("topics_of_region", "place class topic", *((a, "Region", b, m) for a, b, m in second))
    found = grid(roles, topics)
    marked = [row for _, lines in found.groups for _, marks in lines for mark in marks if mark for row in mark.rows]
    assert sorted(marked) == sorted(
        [f"roles_of_regions-{i}" for i in range(len(first))] + [f"topics_of_region-{i}" for i in range(len(second))]
    )
    places = rows("actors_in_zone", "actor class zone", *((a, "Firm", b, m) for a, b, m in first))
    platforms = rows("platforms_of_firm", "organization class platform", *((a, "Firm", b, m) for a, b, m in second))
    tied = actor_map(places, platforms)
    assert sorted(row for tie in tied.located for row in tie.rows) == sorted(
        f"actors_in_zone-{i}" for i in range(len(first))
    )
    assert sorted(row for tie in tied.runs for row in tie.rows) == sorted(
        f"platforms_of_firm-{i}" for i in range(len(second))
    )
    for tie in tied.located:
        row = first[int(tie.rows[0].rpartition("-")[2])]
        assert (tied.actors[tie.end][0], tied.zones[tie.start]) == row[:2]


def test_the_timeline_takes_the_earliest_year_the_period_the_status_and_other_titles() -> None:
    years = rows(
        "policies_by_year",
        "policy year",
        ("乙", None, "asserted"),
        ("甲", 2023, "asserted"),
        ("甲", "2022", "asserted"),
    )
    periods = rows("plan_periods", "policy period_start period_end status", ("丙", "2019", "2025", "draft", "planned"))
    titles = rows("policy_titles", "policy title", ("甲", "甲", "asserted"), ("甲", "甲条例", "asserted"))
    found = timeline(years, periods, titles)
    assert [(p.policy, p.year, p.start, p.end, p.status, p.titles) for p in found.periods] == [
        ("丙", None, 2019, 2025, "draft", ()),
        ("甲", 2022, None, None, "", ("甲条例",)),
        ("乙", None, None, None, "", ()),
    ]
    assert (found.first, found.last) == (2019, 2025)


def test_figures_of_one_measure_stand_together_with_their_bounds() -> None:
    columns = "subject measure comparison value factor amount unit period speaker"
    found = charts(
        rows(
            "indicators", columns,
            ("北京", "规模", ">", 4, 1e8, 4e8, "元", "2023", None, "asserted"),
            ("天津", "规模", "=", 2, 1e8, 2e8, "元", "2023", None, "planned"),
            ("天津", "规模", "=", 2, 1, 2, "家", None, None, "asserted"),
            ("天津", "规模", "=", 2, 1e8, 2e8, "元", "2023", None, "planned"),
        )
    )  # fmt: skip
    assert [(c.measure, c.unit, [(b.subject, b.comparison, b.modality) for b in c.bars]) for c in found] == [
        ("规模", "元", [("北京", ">", "asserted"), ("天津", "=", "planned")]),
    ]


def test_sets_and_agreement(graph: KnowledgeGraph) -> None:
    (found,) = named_sets(graph.ask("named_sets"), graph.ask("members_of_set"))
    assert found.name == "三城一区" and len(found.members) == found.found
    places = {a.region: a for a in agreements(graph.ask("role_agreement"))}
    tianjin = places["天津市"]
    assert tianjin.documents == 2
    assert {role: count for role, count, _ in tianjin.roles} == {"研发": 1, "创新应用": 1}


# --- the command


def test_the_command_writes_a_report_and_says_where(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"

    def run(*words: object) -> tuple[int, str, str]:
        code = cli.main([str(word) for word in words])
        return code, *capsys.readouterr()

    assert run("build", texts, "--out", out, "--profile", "rules", "-q")[0] == 0
    code, told, news = run("report", out, "--title", "年度报告", "--lang", "en")
    assert (code, told.strip()) == (0, str(out / "report.html"))
    assert re.match(r"\d+ questions, [\d,]+ rows", news)
    page = (out / "report.html").read_text("utf-8")
    assert '<html lang="en">' in page and "<h1>年度报告</h1>" in page
    assert run("report")[0] == 2
    assert run("report", out, "--neo4j", "bolt://localhost:1")[0] == 2
    (out / "findings.jsonl").write_text("{")
    code, _, news = run("report", out)
    assert code == 2 and "findings.jsonl" in news
