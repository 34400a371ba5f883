"""What might be a name is offered to the judge, with a score that says nothing by itself."""

from __future__ import annotations

import re

import pytest
from mention_marks import mark, marks

from extract.annotate import PROPOSING, build_nlp
from extract.components.proposals import Pattern
from extract.packs import load_packs

ALL = ("regions", "names", "topics", "titles", "suffixes", "people", "definitions", "proposals")
WORDING = load_packs().section("proposals")
LEAST_KEPT = 0.4


def proposed(text: str, label: str) -> list[str]:
    return marks(text, label, *ALL, least=0.1)


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        # Functions of places: any head, behind 和, 的 or the name of the place, bare behind 以…为.
        ("努力建设面向西南的冷链集散中心和促进文化交融样板。", "Role", "促进文化交融样板"),
        ("努力建设面向西南的冷链集散中心。", "Role", "面向西南的冷链集散中心"),
        ("努力建设面向西南的冷链集散中心。", "Role", "冷链集散中心"),
        ("加快洛阳区域性消费枢纽建设", "Role", "区域性消费枢纽"),
        ("以洛阳、南阳为战略支点", "Role", "战略支点"),
        ("洛阳定位精密加工和检验检测，", "Role", "精密加工"),
        ("洛阳定位精密加工和检验检测，", "Role", "检验检测"),
        ("做强商贸流通、文化交往等核心功能", "Role", "文化交往"),
        ("打造精品果蔬培育、优质种苗供应、果蔬出口基地，", "Role", "优质种苗供应"),
        ("“洛阳研发+南阳生产”模式", "Role", "研发"),
        # Names by wide heads, also with verbs inside, and the items of rows.
        ("坐落在优化种质资源实验室，", "Facility", "优化种质资源实验室"),
        ("建设银杏种质引进平台，", "Platform", "银杏种质引进平台"),
        ("开工建设梅溪、竹岭等风电项目", "Facility", "梅溪"),
        ("推动梅溪古桥、竹岭茶园等景区升级", "Zone", "竹岭茶园"),
        ("实施春季护林、夏季清河等行动", "Initiative", "春季护林"),
        ("形成了梅溪童装、竹岭五金等6个省级集群", "Cluster", "梅溪童装"),
        ("持续推行“一窗通”服务", "Initiative", "一窗通"),
        ("登录“掌中办”办理", "Platform", "掌中办"),
        ("，平安洛阳建设取得进展", "Initiative", "平安洛阳"),
        # Firms by what only firms do, and by what stands in front of them.
        ("推进贝翎产业园建设", "Firm", "贝翎"),
        ("乐器公司贝翎3日称", "Firm", "贝翎"),
        ("推动贝翎35万套轴承项目", "Firm", "贝翎"),
        ("与翎川光电联手", "Firm", "翎川光电"),
        # Products and trades.
        ("从事阀芯、密封圈生产，", "Topic", "密封圈"),
        ("，花椒产量增长一成", "Topic", "花椒"),
        ("依托膜蒸馏重点实验室，", "Topic", "膜蒸馏"),
    ],
)
def test_what_might_be_a_name_is_offered(text: str, label: str, name: str) -> None:
    assert name in proposed(text, label)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("入驻的公司降低价格，", "Firm"),
        ("推动企业全球布局", "Firm"),
        ("这座城市发展迅速。", "Role"),
        ("从事的工作很多", "Topic"),
        ("支持北京、天津等地建设的3个项目", "Facility"),
        ("启动于2024年，", "Initiative"),
        ("会议指出，要坚持问题导向。", "Facility"),
        ("会议指出，要坚持问题导向。", "Initiative"),
    ],
)
def test_common_phrases_are_not_even_offered(text: str, label: str) -> None:
    assert proposed(text, label) == []


def test_proposals_do_not_count_without_a_judge() -> None:
    scores = [row["score"] for kind in ("head", "row", "pattern") for row in WORDING[kind]]
    assert max(scores) < LEAST_KEPT
    assert f"jiqun_{PROPOSING}" not in build_nlp(profile="rules").pipe_names
    assert f"jiqun_{PROPOSING}" in build_nlp(profile="proposals").pipe_names


def test_what_others_marked_keeps_its_score() -> None:
    text = "建设张北云计算基地，"
    plain, offered = mark(text, *ALL[:-1]), mark(text, *ALL)
    before = {(s.start, s.end, s.label_): s._.score for s in plain.spans["mentions"]}
    after = {(s.start, s.end, s.label_): s._.score for s in offered.spans["mentions"]}
    assert before.items() <= after.items()


@pytest.mark.parametrize("row", [pytest.param(row, id=row["name"]) for row in WORDING["pattern"]])
def test_wordings_prove_themselves(row: dict) -> None:
    pattern = re.compile(row["regex"])
    assert row["examples"] and row["counterexamples"]
    assert [text for text in row["examples"] if not pattern.search(text)] == []
    assert [text for text in row["counterexamples"] if pattern.search(text)] == []


def test_a_wording_without_the_name_is_a_cue_behind_it() -> None:
    cue = Pattern("cue", "Firm", re.compile("总部"), 0.2, False, True)
    assert not cue.is_named
