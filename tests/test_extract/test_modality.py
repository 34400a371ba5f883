"""Modality of passages, speakers of facts, and what is called for."""

from __future__ import annotations

import pytest
from marked_sentences import facts, read

from extract.components.modality import read_modality


@pytest.mark.parametrize(
    ("passage", "modality"),
    [
        ("甘州市已建成算力中心", "asserted"),
        ("甘州市将打造算力高地", "planned"),
        ("到2030年，产业规模达到500亿元", "planned"),
        ("截至2023年底，产业规模达到500亿元", "asserted"),
        ("兰陵县要加大承接力度", "proposed"),
        ("支持兰陵县发展氢能", "proposed"),
        ("数字人才占比偏低", "problem"),
        ("着力补齐短板", "proposed"),
        ("需求旺盛", "asserted"),
    ],
)
def test_a_passage_has_its_modality(passage: str, modality: str) -> None:
    assert read_modality(passage) == modality


def test_the_clause_of_the_object_decides() -> None:
    assert read_modality("甘州市已建成一期，将建设二期") == "planned"


def test_a_fact_has_the_modality_of_its_passage() -> None:
    (candidate,) = read("[[Region|甘州市]]拟建设[[Zone|东湖园区]]。")._.candidates
    assert (candidate.relation, candidate.modality) == ("develops", "planned")


def test_a_fact_in_somebodys_words_has_its_speaker() -> None:
    doc = read("[[Person|张远山]]表示，[[Region|甘州市]]重点发展[[Topic|光伏]]。")
    (candidate,) = (c for c in doc._.candidates if c.relation == "specializesIn")
    assert candidate.speaker is not None and candidate.speaker.text == "张远山"


def test_a_report_that_shows_a_figure_is_its_speaker() -> None:
    doc = read("《[[Report|算力白皮书]]》显示，[[Region|甘州市]]算力规模达5万P。")
    (candidate,) = (c for c in doc._.candidates if c.relation == "observed")
    assert candidate.subject.text == "甘州市"
    assert candidate.speaker is not None and candidate.speaker.text == "算力白皮书"


def test_a_meeting_calls_for_something_about_a_topic() -> None:
    found = facts("[[Event|河西经济工作会议]]提出，要因地制宜发展[[Topic|储能]]，打造创新高地。")
    assert "河西经济工作会议 calledFor 要因地制宜发展储能，打造创新高地" in found
    assert "要因地制宜发展储能，打造创新高地 about 储能" in found


def test_a_quotation_is_called_for_to_its_closing_mark() -> None:
    found = facts("[[Event|河西论坛]]强调：“加快发展[[Topic|氢能]]。建设美丽家园。”会后参观。")
    assert "河西论坛 calledFor 加快发展氢能。建设美丽家园。" in found


def test_telling_is_not_calling() -> None:
    assert not any("calledFor" in fact for fact in facts("[[Person|张远山]]介绍，一期工程面积很大。"))


@pytest.mark.parametrize(
    "marked",
    [
        "[[Person|张远山]]表示，在双方努力下，两市关系实现跨越式发展。",
        "[[Person|张远山]]指出，光伏产业发展势头良好，规模再创新高。",
        "[[Person|张远山]]提出全球棉花倡议五年来，得到各方积极响应。",
        "[[Event|河西论坛]]通过规划建议，为发展储能擘画了蓝图。",
        "[[Person|张远山]]提出的重大倡议，要推动两市合作。",
        "[[Event|河西论坛]]）：外地客商表示，要加快发展储能。",
        "[[Person|张远山]]强调，建设统一市场是构建新格局的战略支撑。",
        "[[Event|河西论坛]]，按照“四个机关”要求，加快建设储能基地。",
        "[[Policy|河西规划]]印发时，他指出，要加快发展储能。",
        "[[Person|张远山]]提出全球棉花倡议五年来，各国要加强合作成了共识。",
    ],
)
def test_what_nobody_is_told_to_do_is_no_call(marked: str) -> None:
    assert not any("calledFor" in fact for fact in facts(marked))


def test_what_is_asked_stands_behind_the_verb_that_says_it() -> None:
    found = facts("[[Person|张远山]]对储能产业提出明确要求，强调要加快布局储能项目。")
    assert [fact for fact in found if "calledFor" in fact] == ["张远山 calledFor 要加快布局储能项目"]


@pytest.mark.parametrize(
    "said",
    [
        "表示，甘州市将全力支持储能企业",
        "指出，储能是大势所趋，各县要加快布局",
        "表示，愿同兰陵县深化合作",
        "强调，不得违规上马项目",
        "要求，发展储能产业",
        "建议，发展储能产业",
    ],
)
def test_what_somebody_is_told_or_willing_to_do_is_a_call(said: str) -> None:
    found = facts(f"[[Person|张远山]]{said}。")
    assert f"张远山 calledFor {said.partition('，')[2]}" in found


@pytest.mark.parametrize(
    ("marked", "spoken"),
    [
        (
            "“[[Region|甘州市]]重点发展[[Topic|光伏]]。产业基础雄厚。”日前，教授[[Person|张远山]]接受记者采访时说。",
            True,
        ),
        ("“[[Region|甘州市]]重点发展[[Topic|光伏]]，“东数西算”也在推进。”[[Person|张远山]]表示。", True),
        (
            "“[[Region|甘州市]]重点发展[[Topic|光伏]]。产业基础雄厚。?日前，教授[[Person|张远山]]接受记者采访时说。",
            True,
        ),
        ("[[Region|甘州市]]重点发展[[Topic|光伏]]，参与“东数西算”，[[Person|张远山]]说。", False),
        ("“产业基础雄厚。”李四说。[[Region|甘州市]]重点发展[[Topic|光伏]]。[[Person|张远山]]说。", False),
        ("“产业基础雄厚。”\n[[Region|甘州市]]重点发展[[Topic|光伏]]。\n[[Person|张远山]]接受采访时说。", False),
    ],
)
def test_who_stands_behind_a_quotation_has_said_it(marked: str, spoken: bool) -> None:
    (candidate,) = (c for c in read(marked)._.candidates if c.relation == "specializesIn")
    assert (candidate.speaker.text if candidate.speaker is not None else None) == ("张远山" if spoken else None)
