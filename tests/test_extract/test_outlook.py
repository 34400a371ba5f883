"""What stands behind a clause that looks ahead is planned, whatever its own words say."""

from __future__ import annotations

import pytest
from marked_sentences import read

SENTENCE = "[[Region|甘州市]]建成[[Facility|河西算力中心]]。"


def modalities(marked: str) -> set[str]:
    return {c.modality for c in read(marked)._.candidates if c.relation == "develops"}


@pytest.mark.parametrize(
    "before",
    [
        "到2030年，",
        "到2030年底,",
        "未来五年，",
        "力争到2030年，",
        "“十五五”期间，",
        "产业基础雄厚。下一步，",
        "2026年工作安排：",
    ],
)
def test_a_clause_that_looks_ahead_makes_a_plan(before: str) -> None:
    assert modalities(before + SENTENCE) == {"planned"}


@pytest.mark.parametrize("before", ["", "2020年，", "截至2020年，", "五年来，", "到2030年的规划印发以后，"])
def test_other_clauses_do_not(before: str) -> None:
    assert modalities(before + SENTENCE) == {"asserted"}


def test_what_is_done_by_then_is_done() -> None:
    assert modalities("到2020年，[[Region|甘州市]]已建成[[Facility|河西算力中心]]。") == {"asserted"}


def test_what_is_not_done_yet_is_a_problem() -> None:
    assert modalities("[[Region|甘州市]]尚未建成[[Facility|河西算力中心]]。") == {"problem"}


REPORT = """甘州市政府工作报告
一、2025年工作回顾
{back}
二、{heading}
{lead}
{ahead}
"""


def _report(heading: str = "2026年重点工作", lead: str = "", ahead: str = SENTENCE) -> set[str]:
    return modalities(REPORT.format(back="产业稳步发展。", heading=heading, lead=lead, ahead=ahead))


@pytest.mark.parametrize(
    "heading",
    ["2026年重点工作", "“十五五”时期主要目标任务", "关于2026年工作", "保障措施", "总体要求", "2026年工作安排"],
)
def test_a_part_that_tells_what_is_to_be_done_plans(heading: str) -> None:
    assert _report(heading) == {"planned"}


def test_a_sentence_that_leads_to_what_is_to_be_done_plans() -> None:
    assert _report("一鼓作气勇争先", "今年重点抓好以下八个方面工作：") == {"planned"}


@pytest.mark.parametrize(
    "heading",
    [
        "“十四五”发展成就",
        "产业发展现状",
        "一鼓作气勇争先",
        "目标任务完成情况",
        "居民收入消费和社会保障",
        "主要做法和措施",
    ],
)
def test_other_parts_tell_what_is_so(heading: str) -> None:
    assert _report(heading) == {"asserted"}


def test_what_was_done_before_is_so_in_a_part_that_plans_too() -> None:
    assert _report(ahead="去年[[Region|甘州市]]建成[[Facility|河西算力中心]]。") == {"asserted"}


def test_a_part_that_looks_back_ends_one_that_plans() -> None:
    text = "一、工作安排\n抓紧推进。\n二、工作回顾\n" + SENTENCE
    assert modalities(text) == {"asserted"}


def test_notes_below_a_plan_are_no_plan() -> None:
    assert modalities("一、2026年重点工作\n抓紧推进。\n名词解释\n" + SENTENCE) == {"asserted"}


@pytest.mark.parametrize("before", ["开展“四大慢病”防治。", "开展贯彻八项规定精神学习教育。", "办好民生实事。"])
def test_a_number_in_a_sentence_leads_to_no_list(before: str) -> None:
    assert modalities(before + SENTENCE) == {"asserted"}


def test_where_a_place_lies_is_no_plan() -> None:
    doc = read("一、2026年重点工作\n[[Zone|甘州市东湖园区]]开园，[[Region|甘州市]]建成[[Facility|河西算力中心]]。")
    assert {c.modality for c in doc._.candidates if c.relation == "locatedIn"} <= {"asserted"}


def test_what_a_name_says_is_no_plan() -> None:
    doc = read("一、2026年重点工作\n[[Zone|东湖{{Topic|光伏}}产业园]]，[[Region|甘州市]]发展[[Topic|棉花]]。")
    found = {c.rule: c.modality for c in doc._.candidates if c.object.text == "光伏"}
    assert found["topic-in-name"] == "asserted"


def test_a_heading_that_looks_both_ways_changes_nothing() -> None:
    heading = "“十四五”发展成就和“十五五”主要目标任务"
    assert modalities(f"一、{heading}\n{SENTENCE}") == {"asserted"}
    assert modalities(f"一、工作安排\n抓紧推进。\n二、{heading}\n{SENTENCE}") == {"planned"}
