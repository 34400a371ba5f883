"""Two lists with 分别 between them: the first goes with the first, the second with the second, and nothing crosses."""

from __future__ import annotations

import pytest
from marked_sentences import facts, read, rule_pipeline

from extract.annotate import Candidate
from extract.components.respectively import OWNERS
from ontology.model import Observation


def observed(marked: str) -> list[tuple[str, str, float]]:
    return [
        (c.subject.text, c.object.measure, c.object.value)
        for c in read(marked)._.candidates
        if isinstance(c.object, Observation)
    ]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (
            "[[Region|甘州市]]和[[Region|兰陵县]]分别重点发展[[Topic|光伏]]和[[Topic|种业]]。",
            {"甘州市 specializesIn 光伏", "兰陵县 specializesIn 种业"},
        ),
        (
            "[[Firm|云岭科技]]、[[Firm|青禾智能]]、[[Firm|江汉数科]]分别推出[[Platform|织机平台]]、[[Platform|稻田平台]]"
            "和[[Platform|码头平台]]。",
            {"云岭科技 develops 织机平台", "青禾智能 develops 稻田平台", "江汉数科 develops 码头平台"},
        ),
        (
            "[[Firm|云岭科技]]与[[Firm|青禾智能]]分别落户[[Zone|东湖园区]]、[[Zone|西山园区]]。",
            {"云岭科技 locatedIn 东湖园区", "青禾智能 locatedIn 西山园区"},
        ),
    ],
)
def test_each_goes_with_its_own(marked: str, expected: set[str]) -> None:
    assert set(facts(marked)) == expected


@pytest.mark.parametrize(
    ("marked", "some"),
    [
        # without 分别 each has both
        ("[[Region|甘州市]]和[[Region|兰陵县]]重点发展[[Topic|光伏]]和[[Topic|种业]]。", "甘州市 specializesIn 种业"),
        # three things are no pairs of two
        (
            "[[Region|甘州市]]和[[Region|兰陵县]]分别重点发展[[Topic|光伏]]、[[Topic|种业]]和[[Topic|旅游]]。",
            "甘州市 specializesIn 种业",
        ),
        # what is not in the clause of 分别 is of both
        (
            "[[Region|甘州市]]和[[Region|兰陵县]]分别签订协议，重点发展[[Topic|光伏]]和[[Topic|种业]]。",
            "甘州市 specializesIn 种业",
        ),
        # behind a semicolon something else begins
        (
            "[[Region|甘州市]]和[[Region|兰陵县]]分别制定方案；重点发展[[Topic|光伏]]和[[Topic|种业]]。",
            "甘州市 specializesIn 种业",
        ),
    ],
)
def test_what_is_not_paired_off_stays_as_it_was(marked: str, some: str) -> None:
    assert some in facts(marked)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        (
            "[[Region|甘州市]]、[[Region|兰陵县]]地区生产总值分别增长6.1%和5.8%。",
            [("甘州市", "地区生产总值增长", 6.1), ("兰陵县", "地区生产总值增长", 5.8)],
        ),
        (
            "[[Region|甘州市]]、[[Region|兰陵县]]产值分别居全省第6位和第14位。",
            [("甘州市", "产值全省位次", 6), ("兰陵县", "产值全省位次", 14)],
        ),
        (
            "[[Region|甘州市]]、[[Region|兰陵县]]两地的上云企业增速分别为18.4%和22.7%。",
            [("甘州市", "上云企业增速", 18.4), ("兰陵县", "上云企业增速", 22.7)],
        ),
        (
            "[[Region|甘州市]]竹纤维、[[Region|兰陵县]]茶叶产值分别增长11.2%和7.6%。",
            [("甘州市", "竹纤维产值增长", 11.2), ("兰陵县", "茶叶产值增长", 7.6)],
        ),
        (
            "[[Region|甘州市]][[Topic|光伏]]、[[Topic|种业]]、[[Topic|旅游]]三大产业产值分别增长7.2%、4.8%和31.5%。",
            [("甘州市", "光伏产值增长", 7.2), ("甘州市", "种业产值增长", 4.8), ("甘州市", "旅游产值增长", 31.5)],
        ),
        (
            "[[Region|甘州市]]新型显示、集成电路产业产值分别增长14.2%、19.5%。",
            [("甘州市", "新型显示产业产值增长", 14.2), ("甘州市", "集成电路产业产值增长", 19.5)],
        ),
        (
            "[[Region|甘州市]]服务业增加值、工业增加值分别达到5210亿元和3890亿元。",
            [("甘州市", "服务业增加值", 5210), ("甘州市", "工业增加值", 3890)],
        ),
        (
            "[[Region|甘州市]]战略性新兴产业、高新技术产业产值分别增长10%、8%。",
            [("甘州市", "战略性新兴产业产值增长", 10), ("甘州市", "高新技术产业产值增长", 8)],
        ),
        (
            "[[Region|甘州市]]城乡居民人均收入分别增长5.3%和8.1%。",
            [("甘州市", "城镇居民人均收入增长", 5.3), ("甘州市", "农村居民人均收入增长", 8.1)],
        ),
        (
            "[[Region|甘州市]]城镇、农村居民人均收入分别增长4.5%、5.5%。",
            [("甘州市", "城镇居民人均收入增长", 4.5), ("甘州市", "农村居民人均收入增长", 5.5)],
        ),
        (
            "[[Region|甘州市]]进口、出口增速分别达到4.5%、5.5%。",
            [("甘州市", "进口增速", 4.5), ("甘州市", "出口增速", 5.5)],
        ),
        (
            "[[Region|甘州市]]对东盟、欧盟出口分别增长15.2%、31%。",
            [("甘州市", "对东盟出口增长", 15.2), ("甘州市", "对欧盟出口增长", 31)],
        ),
        (
            "[[Region|甘州市]][[Topic|光伏]]、[[Topic|种业]]增势较好，产值分别增长14.2%和11.7%。",
            [("甘州市", "光伏产值增长", 14.2), ("甘州市", "种业产值增长", 11.7)],
        ),
        (
            "[[Region|甘州市]]出口额210亿元，进口额120亿元，分别增长3.2%和7.9%。",
            [
                ("甘州市", "出口额", 210),
                ("甘州市", "进口额", 120),
                ("甘州市", "出口额增长", 3.2),
                ("甘州市", "进口额增长", 7.9),
            ],
        ),
    ],
)
def test_each_number_is_of_its_own(marked: str, expected: list[tuple[str, str, float]]) -> None:
    found = [seen for seen in observed(marked) if seen[1:] != ("产业产值", 3)]  # 三大 counts, in the rules alone
    assert found == expected


@pytest.mark.parametrize(
    ("marked", "measures"),
    [
        ("[[Region|甘州市]]游客人次、旅游花费均增长10%以上。", ["游客人次增长", "旅游花费增长"]),
        ("[[Region|甘州市]]营业收入、智算规模等主要指标均增长3倍。", ["营业收入增长", "智算规模增长"]),
        ("[[Region|甘州市]]生活垃圾和建筑垃圾利用率都达60%以上。", ["生活垃圾利用率", "建筑垃圾利用率"]),
        ("[[Region|甘州市]]高新技术企业、科技型中小企业均突破200家。", ["高新技术企业", "科技型中小企业"]),
        ("[[Region|甘州市]]废物安全处置率、耕地安全利用率均达100%。", ["废物安全处置率", "耕地安全利用率"]),
        # what is no measure by itself stays together, and so does what is told of a share
        ("[[Region|甘州市]]市场化、国际化程度都超过60%。", ["市场化、国际化程度"]),
        ("[[Region|甘州市]]科技、教育支出占比均超过5%。", ["科技、教育支出占比"]),
        ("[[Region|甘州市]]地区生产总值年均增长5%。", ["地区生产总值年均增长"]),
    ],
)
def test_one_number_may_be_of_all(marked: str, measures: list[str]) -> None:
    assert [measure for _, measure, _ in observed(marked)] == measures


def test_a_number_that_is_one_members_own_is_not_of_another() -> None:
    """A model accepts both figures of both cities."""
    doc = read("[[Region|甘州市]]、[[Region|兰陵县]]产值分别达到5亿元和3亿元。")
    own = [c for c in doc._.candidates if c.relation == "observed"]
    places = [(c.subject.start, c.subject.end) for c in own]
    doc.user_data[OWNERS] = {
        c.object: (frozenset({place}), frozenset(places)) for c, place in zip(own, places, strict=True)
    }
    doc._.candidates = [
        Candidate(a.subject, "observed", b.object, b.start, b.end, "asserted", "linker", 0.9) for a in own for b in own
    ]
    doc = rule_pipeline().get_pipe("jiqun_respectively")(doc)
    assert [(c.subject.text, c.object.value) for c in doc._.candidates] == [("甘州市", 5), ("兰陵县", 3)]


def test_numbers_that_share_a_unit_are_no_part_of_a_measure() -> None:
    found = observed("[[Region|甘州市]]厕所覆盖率、污水治理率、垃圾处理率分别提高20.9、36.2、54个百分点。")
    assert all(not any(c.isdigit() for c in measure) for _, measure, _ in found)
