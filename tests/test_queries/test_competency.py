"""The competency questions on the seed texts: each answer with the place in the text that says so.

Places are code points of the raw files; a row counts when it has the expected values and its evidence covers at
least half of the expected place (or lies within it). The texts themselves are not part of the project, and these
tests are skipped where they are not at hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from queries.store import KnowledgeGraph, open_graph

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the seed texts (../shared/seeds) are not at hand")


@dataclass(frozen=True)
class Case:
    """One expected row: the question, its parameters, the document, the place, and some values."""

    number: str
    question: str
    params: dict[str, Any]
    doc: str
    start: int
    end: int
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        values = (*self.params.values(), *self.values.values())
        return f"{self.number}-{self.question}-{self.doc}-{self.start}" + "".join(f"-{value}" for value in values)


CASES = [
    # 1-4: division of labour
    Case("1", "roles_of_regions", {"region": "北京"}, "002", 3151, 3190, {"modality": "proposed"}),
    Case("1", "roles_of_regions", {"region": "天津"}, "002", 3151, 3190, {"role": "创新应用", "modality": "proposed"}),
    Case("1", "roles_of_regions", {"region": "河北"}, "002", 3151, 3190, {"modality": "proposed"}),
    Case("2", "roles_of_regions", {"region": "河北"}, "000", 405, 419, {"role": "转化"}),
    Case("2", "roles_of_regions", {"region": "北京"}, "000", 405, 419, {"role": "研发"}),
    Case("2", "transfers", {"taker": "河北"}, "000", 744, 761),
    Case("2", "transfers", {"giver": "北京", "taker": "河北"}, "000", 766, 797),
    Case("2", "transfers", {"giver": "天津", "taker": "河北"}, "000", 766, 797),
    Case("2", "topics_of_region", {"place": "河北"}, "000", 766, 797, {"topic": "信息技术服务"}),
    Case("3", "roles_of_regions", {"region": "雄安新区"}, "000", 1233, 1258, {"role": "研发"}),
    Case("3", "cooperation", {"partner": "雄安新区"}, "000", 1261, 1287),
    Case("4", "role_agreement", {"region": "天津"}, "000", 320, 328, {"role": "研发"}),
    Case("4", "role_agreement", {"region": "天津"}, "002", 3167, 3175, {"role": "创新应用"}),
    Case(
        "4",
        "role_comparison",
        {"region": "天津"},
        "000",
        388,
        419,
        {"verdict": "differ", "role": "研发", "other_role": "创新应用", "other_quote": "天津着重创新应用"},
    ),
    Case(
        "4",
        "role_comparison",
        {"region": "天津"},
        "000",
        320,
        328,
        {"verdict": "not comparable", "reason": "modality", "role": "研发", "other_quote": "天津着重创新应用"},
    ),
    # 5-9: policies
    Case(
        "5",
        "policies_by_year",
        {"topic": "数字经济"},
        "004",
        3106,
        3131,
        {"policy": "北京市数字经济促进条例", "year": "2022"},
    ),
    Case(
        "5",
        "policies_by_year",
        {"region": "北京"},
        "004",
        3228,
        3252,
        {"policy": "关于推进北京市数据专区建设的指导意见", "year": None},
    ),
    Case("5", "policies_by_year", {"topic": "数据要素"}, "004", 3337, 3388, {"year": "2023"}),
    Case("5", "policies_by_year", {"topic": "数据要素"}, "004", 3515, 3551, {"year": "2024"}),
    Case("6", "policies_by_topic", {"topic": "数字经济"}, "004", 7610, 7715),
    Case("6", "policies_by_topic", {}, "004", 8142, 8232),
    Case("6", "policies_by_topic", {}, "004", 8425, 8544),
    Case("6", "policies_by_topic", {}, "004", 8786, 8872),
    Case("7", "plan_periods", {}, "004", 7610, 7715, {"period_start": "2020", "period_end": "2022"}),
    Case("7", "plan_periods", {}, "004", 8494, 8544, {"period_start": "2023", "period_end": "2025"}),
    Case("7", "plan_periods", {}, "004", 8839, 8872, {"period_start": "2024", "period_end": "2026"}),
    Case("7", "plan_periods", {}, "004", 3515, 3551, {"period_start": "2024", "period_end": "2026"}),
    Case("7", "plan_periods", {}, "004", 9888, 9920, {"period_start": "2024", "period_end": "2027"}),
    Case("7", "draft_policies", {}, "004", 9300, 9351),
    Case("8", "policy_titles", {"policy": "北京市算力基础设施建设实施方案"}, "004", 1978, 2002),
    Case("8", "policy_titles", {"policy": "北京市算力基础设施建设实施方案"}, "004", 9888, 9920),
    Case(
        "9",
        "builders",
        {"builder": "北京市政务服务和数据管理局"},
        "004",
        4282,
        4312,
        {"thing": "北京市公共数据开放平台"},
    ),
    Case("9", "indicators", {"subject": "北京市公共数据开放平台"}, "004", 4318, 4327, {"amount": 2e6}),
    Case("9", "indicators", {"subject": "北京市公共数据开放平台"}, "004", 4349, 4371, {"amount": 256.0}),
    Case("9", "indicators", {"subject": "北京市公共数据开放平台"}, "004", 4349, 4371, {"amount": 3158.0}),
    # 10-13: named sets
    *(
        Case(
            "10",
            "members_of_set",
            {"set": "三城一区"},
            "004",
            9168,
            9211,
            {"member": member, "announced": 4, "members": 4},
        )
        for member in ("中关村科学城", "怀柔科学城", "未来科学城", "北京经济技术开发区")
    ),
    *(
        Case("11", "members_of_set", {"set": "一廊四极"}, "004", 2028, 2106, {"member": member, "role": role})
        for member, role in (("中关村科学城", "廊"), ("怀柔科学城", "极"), ("首钢园", "极"))
    ),
    Case("12", "members_of_set", {"set": "一港四基地"}, "004", 2451, 2532, {"announced": 5, "members": 5}),
    Case("13", "members_of_set", {"set": "一区三中心"}, "004", 3753, 3809, {"announced": 4, "members": 4}),
    # 14-16: firms, platforms, zones
    *(
        Case(
            "14",
            "members_of_set",
            {"set": "百度、京东、字节跳动等头部平台企业"},
            "004",
            5570,
            5630,
            {"member": member, "role": role},
        )
        for member, role in (
            ("百度", "头部平台企业"),
            ("京东", "头部平台企业"),
            ("字节跳动", "头部平台企业"),
            ("小米", "头部平台企业"),
            ("快手", "头部平台企业"),
            ("中关村", "布局区域"),
            ("未来科学城", "布局区域"),
            ("北京经济技术开发区", "布局区域"),
        )
    ),
    Case("15", "indicators", {"measure": "企业"}, "004", 5794, 5824, {"value": 150.0}),
    Case("15", "indicators", {"measure": "里程"}, "004", 5846, 5877, {"value": 3000.0, "factor": 1e4}),
    Case("16", "platforms_of_firm", {"firm": "百度智能云"}, "004", 6290, 6334),
    Case("16", "platforms_of_firm", {"firm": "字节跳动"}, "004", 6386, 6401, {"platform": "火山引擎"}),
    Case("16", "platforms_of_firm", {"firm": "北京国际大数据交易所"}, "004", 3834, 3888),
    *(
        Case("16", "actors_in_zone", {"zone": "中关村人工智能产业园"}, "004", 5878, 5915, {"actor": firm})
        for firm in ("字节跳动", "商汤科技")
    ),
    # 17-20: indicators
    Case("17", "indicators", {"subject": "北京", "year": "2024"}, "004", 1033, 1065, {"amount": 2e12, "unit": "元"}),
    Case("17", "indicators", {"subject": "北京", "year": "2024"}, "004", 1033, 1065, {"value": 7.5, "comparison": "~"}),
    Case(
        "17", "indicators", {"subject": "北京", "year": "2024"}, "004", 1097, 1116, {"amount": 3e12, "comparison": ">"}
    ),
    Case("18", "reports", {}, "004", 916, 965, {"issuer": "工业和信息化部电子第五研究所"}),
    Case("18", "figures_of_speaker", {}, "004", 968, 991, {"subject": "北京市", "value": 50.0, "comparison": ">"}),
    Case(
        "19", "indicators", {"subject": "京津冀", "year": "2021"}, "003", 176, 220, {"amount": 4e12, "comparison": ">"}
    ),
    Case("19", "figures_of_speaker", {"speaker": "蓝庆新"}, "003", 176, 220),
    Case("20", "indicators", {"measure": "算力"}, "004", 1838, 1868, {"value": 5.6}),
    Case(
        "20",
        "indicators",
        {"subject": "高级别自动驾驶示范区"},
        "004",
        2358,
        2376,
        {"value": 600.0, "unit": "平方公里"},
    ),
    Case(
        "20", "indicators", {"subject": "北京国际大数据交易所"}, "004", 3999, 4045, {"amount": 1e10, "comparison": "<"}
    ),
    Case(
        "20",
        "indicators",
        {"subject": "北京国际大数据交易所"},
        "004",
        3999,
        4045,
        {"amount": 3000.0, "comparison": ">"},
    ),
    # 21-22: meetings
    Case("21", "calls_of_meetings", {"caller": "二十届中央财经委员会第一次会议"}, "002", 546, 579),
    Case("21", "calls_of_meetings", {"caller": "中央经济工作会议"}, "002", 2280, 2323),
    Case("21", "calls_of_meetings", {"caller": "二十届三中全会"}, "001", 276, 304),
    Case("22", "who_called_for", {"text": "具有国际竞争力的数字产业集群"}, "000", 43, 98),
    Case("22", "who_called_for", {"text": "具有国际竞争力的数字产业集群"}, "001", 276, 304),
    Case("22", "calls_of_meetings", {"caller": "二十大"}, "002", 1687, 1722),
    # 23: infrastructure
    Case("23", "facilities", {}, "000", 1568, 1590, {"facility": "京津冀枢纽"}),
    Case("23", "clusters", {}, "000", 1590, 1614, {"cluster": "张家口国家数据中心集群", "modality": "proposed"}),
    *(Case("23", "zones_of_region", {"region": place}, "000", 1590, 1643) for place in ("怀来", "张北", "宣化")),
    Case(
        "23",
        "actors_in_zone",
        {"zone": "雄安新区"},
        "000",
        1355,
        1369,
        {"actor": "中国雄安数字交易中心", "modality": "proposed"},
    ),
    # 24-25: people and technologies
    Case("24", "people_affiliations", {"person": "蓝庆新"}, "003", 335, 401),
    Case(
        "24",
        "people_affiliations",
        {"person": "高婴劢"},
        "001",
        263,
        274,
        {"organization": "中国电子信息产业发展研究院"},
    ),
    Case("24", "people_affiliations", {"person": "杨季枫"}, "004", 10248, 10261, {"organization": "上海大学管理学院"}),
    Case("25", "topics_by_modality", {"modality": "proposed"}, "000", 535, 545, {"topic": "6G"}),
    Case("25", "topics_by_modality", {"modality": "proposed"}, "000", 575, 581, {"topic": "区块链"}),
    Case("25", "topics_by_modality", {"modality": "proposed"}, "000", 616, 644, {"topic": "人工智能"}),
    *(
        Case("25", "topics_by_modality", {}, "000", 1920, 1974, {"topic": topic})
        for topic in ("集成电路", "新型显示", "存储", "智能终端", "软件", "人工智能")
    ),
    # agreement across documents
    Case(
        "19",
        "figure_comparison",
        {"subject": "京津冀"},
        "003",
        32,
        70,
        {"verdict": "agree", "reason": "repeated", "amount": 4e12, "other_quote": "2021年京津冀数字经济规模"},
    ),
    Case(
        "22",
        "call_comparison",
        {"text": "数字产业集群"},
        "000",
        43,
        98,
        {"verdict": "differ", "caller": "二十大", "other_caller": "二十届三中全会"},
    ),
]

BACKGROUND = [("张家口", "怀来"), ("张家口", "张北"), ("张家口", "宣化")]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    from kg.pipeline import build

    out = tmp_path_factory.mktemp("competency") / "out"
    build([SEEDS], out=out)
    return open_graph(out)


def _agrees(row: dict[str, Any], case: Case) -> bool:
    if not str(row["doc"]).startswith(case.doc):
        return False
    common = min(row["end"], case.end) - max(row["start"], case.start)
    if 2 * common < min(case.end - case.start, row["end"] - row["start"]):
        return False
    return all(_fits(row[column], value) for column, value in case.values.items())


def _fits(cell: Any, value: Any) -> bool:
    """Compare a value; a name may have more to it (研发 in 数字研发), a comparison may not."""
    return value in cell if isinstance(value, str) and isinstance(cell, str) and len(value) > 1 else cell == value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_the_graph_answers(case: Case, seeds: KnowledgeGraph) -> None:
    rows = seeds.ask(case.question, case.params)
    assert any(_agrees(row, case) for row in rows), f"none of {len(rows)} rows"


@pytest.mark.parametrize(("whole", "part"), BACKGROUND)
def test_what_the_gazetteer_knows_says_so(whole: str, part: str, seeds: KnowledgeGraph) -> None:
    rows = [row for row in seeds.ask("parts_of", whole=whole) if str(row["part"]).startswith(part)]
    assert rows
    assert all(row["origin"] == "background" and row["source"] for row in rows)


def test_no_text_says_which_of_a_group_is_where(seeds: KnowledgeGraph) -> None:
    """Five firms and three zones are one group, not fifteen facts."""
    rows = seeds.ask("actors_in_zone")
    assert not [row for row in rows if row["start"] is not None and 5570 <= row["start"] < 5630]


def test_figures_that_tell_of_different_things_are_no_conflict(seeds: KnowledgeGraph) -> None:
    """Added value is no revenue, Beijing is not Jing-Jin-Ji, and no two figures of the seeds contradict each other."""
    assert not seeds.ask("figure_comparison", verdict="differ")
    assert not seeds.ask("figure_comparison", verdict="agree", subject="北京")


def test_all_agreements_of_figures_and_all_different_calls_are_found_and_no_others(seeds: KnowledgeGraph) -> None:
    """The headline of 003 repeats both figures of its first sentence; two meetings called for one thing."""
    agreed = seeds.ask("figure_comparison", verdict="agree")
    assert {(row["subject"], row["unit"], row["reason"]) for row in agreed} == {
        ("京津冀", "元", "repeated"), ("京津冀", "%", "repeated"),
    }  # fmt: skip
    assert len(agreed) == 2 and all(row["doc"] == row["other_doc"] and row["doc"][:3] == "003" for row in agreed)
    differing = seeds.ask("call_comparison", verdict="differ")
    assert {(row["caller"], row["other_caller"]) for row in differing} == {("党的二十大", "党的二十届三中全会")}
    assert not seeds.ask("call_comparison", verdict="agree"), "two calls, never one merged meeting"


def test_roles_are_in_dispute_only_where_they_divide_the_labour(seeds: KnowledgeGraph) -> None:
    """Tianjin and Hebei get other functions in 002 than in 000, Beijing does research in both.

    What else Beijing is to be (高地, 样板示范城市) is beside the point.
    """
    found = {
        (row["region"], row["verdict"], row["reason"], frozenset((row["role"], row["other_role"])))
        for row in seeds.ask("role_comparison")
    }
    disputed = {(region, tuple(sorted(roles))) for region, verdict, _, roles in found if verdict == "differ"}
    assert {region for region, _ in disputed} == {"天津市", "河北省"}
    agreed = {(region, reason) for region, verdict, reason, _ in found if verdict == "agree"}
    assert agreed == {("北京市", "same function")}
    assert {reason for _, verdict, reason, _ in found if verdict == "not comparable"} == {"modality", "kind"}


def test_nothing_is_made_up(seeds: KnowledgeGraph) -> None:
    """A meeting without a date, a policy without a year, an author without a name stay so."""
    policies = seeds.ask("policies_by_year", region="北京")
    assert {row["year"] for row in policies if row["policy"] == "关于推进北京市数据专区建设的指导意见"} == {None}
    assert not seeds.query("SELECT ?e WHERE { ?f kg:subject ?e ; kg:relation kg:issuedOn . ?e a kg:Event }")
    assert not [row for row in seeds.ask("entities", {"class": "Person"}) if "京师" in str(row["name"])]


def test_no_case_is_there_twice() -> None:
    assert len({case.key for case in CASES}) == len(CASES)
