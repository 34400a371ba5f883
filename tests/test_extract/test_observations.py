from __future__ import annotations

import pytest
from marked_sentences import facts, read

from ontology.model import Observation


def _observed(marked: str, *, date: str | None = None) -> list[tuple[str, Observation]]:
    return [
        (c.subject.text, c.object)
        for c in read(marked, date=date)._.candidates
        if c.relation == "observed" and isinstance(c.object, Observation)
    ]


def test_subject_measure_value_unit_comparison_and_period() -> None:
    ((subject, seen),) = _observed("2021年[[Region|甘州市]]数字经济规模超过4万亿元。")
    assert (subject, seen) == ("甘州市", Observation("数字经济规模", 4, 1e12, "元", ">", "2021"))


def test_growth_takes_the_measure_of_the_level_before_it() -> None:
    found = _observed("[[Region|甘州市]]数字经济增加值达2万亿元，同比增长7.5%左右。")
    assert [(o.measure, o.value, o.unit, o.comparison) for _, o in found] == [
        ("数字经济增加值", 2, "元", "="),
        ("数字经济增加值同比增长", 7.5, "%", "~"),
    ]


def test_a_share_of_something_is_a_share() -> None:
    found = _observed("[[Region|甘州市]]汽车出口20亿元，占全国的10%。")
    assert found[1][1].measure == "汽车出口占全国比重"


def test_from_then_to_now_has_two_periods() -> None:
    found = _observed("[[Region|甘州市]]人均GDP从2020年的5.2万元提高到2025年的7.4万元。")
    assert [(o.measure, o.value, o.period) for _, o in found] == [("人均GDP", 5.2, "2020"), ("人均GDP", 7.4, "2025")]


def test_counted_things_give_their_noun() -> None:
    found = _observed("[[Region|兰陵县]]新增省级智能工厂3家、绿色工厂5家，培育120余家龙头企业。")
    assert [(o.measure, o.value, o.unit, o.comparison) for _, o in found] == [
        ("新增省级智能工厂", 3, "家", "="),
        ("绿色工厂", 5, "家", "="),
        ("龙头企业", 120, "家", ">"),
    ]


def test_numbers_in_a_row_count_the_noun_behind_the_last() -> None:
    found = _observed("[[Platform|云岭数据平台]]开放25类、310项、约2亿余条气象数据，服务农业。")
    assert {(o.measure, o.value, o.unit) for _, o in found} == {
        ("气象数据", 25, "类"),
        ("气象数据", 310, "项"),
        ("气象数据", 2, "条"),
    }


@pytest.mark.parametrize(
    ("marked", "measure"),
    [
        ("[[Region|甘州市]]整合了全市5.6万P算力。", "算力"),
        ("[[Region|甘州市]]打造20个“数据要素×”应用场景。", "“数据要素×”应用场景"),
        ("[[Region|甘州市]]推进“三个中心”定位。", "中心"),
        ("[[Region|甘州市]]去年数字经济占GDP比重达50%。", "数字经济占GDP比重"),
    ],
)
def test_a_measure_reads_as_a_noun(marked: str, measure: str) -> None:
    assert [seen.measure for _, seen in _observed(marked)] == [measure]


def test_the_subject_is_carried_from_the_sentence_before() -> None:
    found = _observed("[[Zone|东湖园区]]去年开园。目前已入驻40家企业。")
    assert [subject for subject, _ in found] == ["东湖园区"]


def test_a_number_in_the_name_of_a_plant_is_about_the_plant() -> None:
    ((subject, seen),) = _observed("[[Facility|甘州400万千瓦光伏项目]]并网发电。")
    assert (subject, seen.measure, seen.value, seen.unit) == ("甘州400万千瓦光伏项目", "装机容量", 400, "千瓦")


@pytest.mark.parametrize(
    "marked",
    [
        "[[Region|甘州市]]2024年召开大会。",
        "[[Region|甘州市]]建成5G网络。",
        "[[Policy|甘州市50条措施]]已出台。",
        "[[Region|甘州市]]集聚上百家企业。",
    ],
)
def test_what_is_no_measurement_is_none(marked: str) -> None:
    assert _observed(marked) == []


def test_a_work_report_tells_about_its_province() -> None:
    report = (
        "现代化产业体系加快构建。数字经济核心产业营收增长12%以上。[[Region|青海]]特色产业提质升级。"
        "新增国家级绿色工厂20家以上。全省算力规模突破3万P。"
    )
    assert {subject for subject, _ in _observed(report)} == {"青海"}


def test_the_passage_quotes_the_clause_with_the_number() -> None:
    (candidate,) = (c for c in read("[[Region|甘州市]]开局良好，实现产值30亿元，势头良好。")._.candidates)
    text = "甘州市开局良好，实现产值30亿元，势头良好。"
    assert text[candidate.start : candidate.end].endswith("实现产值30亿元，")


def test_facts_are_found_in_ascii_punctuation_too() -> None:
    wide = "[[Region|甘州市]]增加值达2万亿元，同比增长7.5%。"
    assert facts(wide) == facts(wide.replace("，", ","))


def test_people_counted_without_a_unit_are_people() -> None:
    found = _observed("[[Region|甘州市]]从业人员12万，参会人数1.5万。")
    assert [(o.measure, o.value, o.unit) for _, o in found] == [("从业人员", 12, "人"), ("参会人数", 1.5, "人")]


def test_a_scale_of_the_size_of_an_industry_is_no_figure() -> None:
    assert _observed("[[Region|甘州市]]形成电子信息五千亿级产业集群，打造千亿级园区。") == []


@pytest.mark.parametrize(
    ("marked", "measure", "place"),
    [
        ("[[Region|甘州市]]软件业务收入位居全国第5位。", "软件业务收入全国位次", 5),
        ("[[Region|甘州市]]综合实力位列全国第十二。", "综合实力全国位次", 12),
        ("[[Region|甘州市]]工业增加值居全省首位，势头良好。", "工业增加值全省位次", 1),
        ("[[Region|甘州市]]专利数居副省级城市第3位。", "专利数副省级城市位次", 3),
        ("[[Region|甘州市]]进出口突破百亿元、稳居全国第4位。", "进出口全国位次", 4),
    ],
)
def test_a_place_in_an_order_is_measured(marked: str, measure: str, place: int) -> None:
    seen = _observed(marked)[-1][1]
    assert (seen.measure, seen.value, seen.unit, seen.comparison) == (measure, place, "位", "=")


@pytest.mark.parametrize(
    "marked",
    [
        "[[Region|甘州市]]建成全国第一家智能工厂。",
        "[[Region|甘州市]]完成全国第三次经济普查。",
        "[[Region|甘州市]]入选全国第一批试点。",
        "[[Region|甘州市]]规模位居全国前列。",
    ],
)
def test_what_is_first_of_its_kind_has_no_place(marked: str) -> None:
    assert not [seen for _, seen in _observed(marked) if seen.unit == "位"]


@pytest.mark.parametrize(
    ("words", "measure"),
    [
        ("市场主体", "市场主体"),
        ("有效发明专利", "有效发明专利"),
        ("现代服务业增加值", "现代服务业增加值"),
        ("地区生产总值", "地区生产总值"),
        ("在校学生", "在校学生"),
        ("已建成基站", "基站"),
        ("全市新增市场主体", "新增市场主体"),
    ],
)
def test_only_whole_words_are_dropped_from_a_measure(words: str, measure: str) -> None:
    assert [seen.measure for _, seen in _observed(f"2024年，[[Region|甘州市]]{words}达到26万个。")] == [measure]


@pytest.mark.parametrize(
    ("marked", "measure"),
    [
        ("[[Zone|东湖园区]]20余家优质企业正陆续入驻。", "优质企业"),
        ("[[Region|甘州市]]120名科技特派员开展服务。", "科技特派员"),
        ("[[Zone|东湖园区]]年产300万套汽车灯具生产线投产。", "汽车灯具年产量"),
    ],
)
def test_what_is_counted_is_a_noun(marked: str, measure: str) -> None:
    assert [seen.measure for _, seen in _observed(marked)] == [measure]


def test_a_number_that_grows_is_of_what_stands_before_both() -> None:
    found = _observed("[[Region|甘州市]]年度重点项目从2020年的31个增至2024年的300个。")
    assert [(o.measure, o.value, o.period) for _, o in found] == [
        ("年度重点项目", 31, "2020"),
        ("年度重点项目", 300, "2024"),
    ]


@pytest.mark.parametrize(
    ("words", "measure", "numbers"),
    [
        ("每万人专利拥有量从28件提高到70件", "每万人专利拥有量", [28, 70]),
        ("市属企业由66户整合至12户", "市属企业", [66, 12]),
        ("中职学校由71所优化整合为47所", "中职学校", [71, 47]),
    ],
)
def test_how_a_number_changed_is_no_noun(words: str, measure: str, numbers: list[float]) -> None:
    assert [(seen.measure, seen.value) for _, seen in _observed(f"[[Region|甘州市]]{words}。")] == [
        (measure, number) for number in numbers
    ]


def test_a_mean_over_years_is_one() -> None:
    found = _observed("[[Region|甘州市]]地区生产总值突破3千亿元、年均增长4.7%。")
    assert [seen.measure for _, seen in found] == ["地区生产总值", "地区生产总值年均增长"]


def test_who_tells_a_figure_is_not_what_it_is_about() -> None:
    assert _observed("[[GovernmentBody|甘州市统计局]]今天公布，上半年工业增加值增长5.2%。") == []
    ((subject, _),) = _observed("[[GovernmentBody|甘州市统计局]]新建3个调查站。")
    assert subject == "甘州市统计局"


def test_a_text_goes_on_from_a_plant_to_other_matters() -> None:
    text = "[[Facility|东湖水库]]下闸蓄水。秋收全面展开。各地安排冬种。全年出栏生猪30万头。"
    assert [subject for subject, _ in _observed(text)] == []


@pytest.mark.parametrize(
    ("words", "measure"),
    [
        ("已完成40平方公里范围内的路侧设备布设，", "路侧设备布设范围"),
        ("已实现300平方公里区域内的信号覆盖，", "信号覆盖范围"),
        ("已实现40平方公里范围内的自动驾驶，", "自动驾驶范围"),
        ("已实现40平方公里范围内的设备已全部联网，", "面积"),
    ],
)
def test_how_far_something_reaches_is_no_area_of_its_own(words: str, measure: str) -> None:
    assert _observed(f"[[Zone|临川示范区]]{words}计划再扩容。")[0][1].measure == measure


def test_within_a_time_nothing_has_a_reach() -> None:
    assert not [o for _, o in _observed("[[Zone|临川示范区]]已实现24小时内的应急监测，") if "范围" in o.measure]
