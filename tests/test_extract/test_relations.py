"""Every relation, on sentences of our own: what must be found and what must not."""

from __future__ import annotations

import pytest
from marked_sentences import facts, read

FOUND = [
    # partOf
    ("[[Region|甘肃省]][[Region|甘州市]]是交通要道。", "甘州市 partOf 甘肃省"),
    ("[[ResearchOrg|{{ResearchOrg|江汉大学}}材料学院]]挂牌。", "江汉大学材料学院 partOf 江汉大学"),
    ("[[Region|江北都市圈]]包括[[Region|甘州市]]和[[Region|兰陵县]]。", "甘州市 partOf 江北都市圈"),
    ("[[Region|京津冀]]三地往来密切。[[Region|天津市]]拥有港口，[[Region|北京]]汇聚人才。", "天津市 partOf 京津冀"),
    # locatedIn
    ("[[Facility|甘雄城际铁路]]开工。[[Region|甘州市]]与[[Region|雄山县]]相连。", "甘雄城际铁路 locatedIn 甘州市"),
    ("[[Facility|甘雄城际铁路]]开工。[[Region|甘州市]]与[[Region|雄山县]]相连。", "甘雄城际铁路 locatedIn 雄山县"),
    ("[[Zone|{{Region|甘州}}高新区]]扩容。", "甘州高新区 locatedIn 甘州"),
    ("[[Firm|云岭科技]]总部位于[[Region|甘州市]]。", "云岭科技 locatedIn 甘州市"),
    ("[[Event|草原电博会]]在[[Region|甘州市]]、[[Region|兰陵县]]举行。", "草原电博会 locatedIn 兰陵县"),
    ("在[[Zone|东湖园区]]，[[Facility|织机超算中心]]正式投运。", "织机超算中心 locatedIn 东湖园区"),
    ("位于[[Region|甘州市]]的[[ResearchOrg|河西实验室]]取得突破。", "河西实验室 locatedIn 甘州市"),
    ("在[[Region|甘州市]]、[[Region|兰陵县]]等地培育[[Zone|东湖园区]]。", "东湖园区 locatedIn 甘州市"),
    ("在[[Region|甘州市]]布局一批具有[[Topic|储能]]功能的[[Zone|东湖园区]]。", "东湖园区 locatedIn 甘州市"),
    # issuedBy, issuedOn
    (
        "2024年3月，[[GovernmentBody|甘州市工信局]]印发《[[Policy|算力行动计划]]》。",
        "算力行动计划 issuedBy 甘州市工信局",
    ),
    ("2024年3月，[[GovernmentBody|甘州市工信局]]印发《[[Policy|算力行动计划]]》。", "算力行动计划 issuedOn 2024-03"),
    ("[[ResearchOrg|河西研究院]]发布的《[[Report|算力白皮书]]》显示，需求旺盛。", "算力白皮书 issuedBy 河西研究院"),
    # appliesTo, addresses, implements
    ("《[[Policy|{{Region|甘州市}}{{Topic|数据要素}}条例]]》施行。", "甘州市数据要素条例 appliesTo 甘州市"),
    ("《[[Policy|{{Region|甘州市}}{{Topic|数据要素}}条例]]》施行。", "甘州市数据要素条例 addresses 数据要素"),
    ("[[Event|草原电博会]]聚焦[[Topic|储能]]、[[Topic|氢能]]。", "草原电博会 addresses 氢能"),
    ("[[Region|甘州市]]启动[[Initiative|千企上云行动]]。", "千企上云行动 appliesTo 甘州市"),
    # develops
    ("[[Firm|云岭科技]]打造的[[Platform|“织机”平台]]服务千家企业。", "云岭科技 develops “织机”平台"),
    ("[[Facility|织机超算中心]]由[[Firm|云岭科技]]、[[Firm|青禾智能]]联合建设。", "青禾智能 develops 织机超算中心"),
    ("[[Region|甘州市]]加快建设[[Zone|东湖园区]]和[[Zone|西岭园区]]。", "甘州市 develops 西岭园区"),
    ("[[Firm|云岭科技]][[Platform|“织机”平台]]上线。", "云岭科技 develops “织机”平台"),
    ("[[Region|甘州市]]打造具有国际影响力的[[Zone|东湖科学城]]。", "甘州市 develops 东湖科学城"),
    ("[[Region|甘州市]]建成了一批具备中试条件的[[Facility|河西实验室]]。", "甘州市 develops 河西实验室"),
    # specializesIn
    ("[[Region|甘州市]]立足资源优势，重点发展[[Topic|光伏]]、[[Topic|储能]]等产业。", "甘州市 specializesIn 储能"),
    ("[[Zone|东湖园区]]涵盖[[Topic|生物医药]]。重点培育[[Topic|医疗器械]]。", "东湖园区 specializesIn 生物医药"),
    ("支持[[Region|兰陵县]]发展[[Topic|蔬菜加工]]。", "兰陵县 specializesIn 蔬菜加工"),
    ("[[Cluster|{{Region|甘州}}{{Topic|光伏}}产业集群]]壮大。", "甘州光伏产业集群 specializesIn 光伏"),
    # playsRole
    ("[[Region|甘州市]]定位[[Role|基础研发]]，[[Region|兰陵县]]着重[[Role|成果转化]]。", "兰陵县 playsRole 成果转化"),
    ("“[[Region|甘州]][[Role|研发]]、[[Region|兰陵]][[Role|转化]]”的格局形成。", "兰陵 playsRole 转化"),
    ("作为[[Role|交通枢纽城市]]，[[Region|甘州市]]客流大增。", "甘州市 playsRole 交通枢纽城市"),
    ("支持[[Region|甘州市]]、[[Region|兰陵县]]等建设[[Role|国家级光伏基地]]。", "甘州市 playsRole 国家级光伏基地"),
    # collaboratesWith
    ("[[Region|甘州市]]与[[Region|兰陵县]]、[[Region|沂水县]]签署合作协议。", "甘州市 collaboratesWith 沂水县"),
    ("[[Zone|东湖园区]]携手[[ResearchOrg|江汉大学]]攻关难题。", "东湖园区 collaboratesWith 江汉大学"),
    ("[[Region|甘州市]]、[[Region|兰陵县]]协同发展。", "甘州市 collaboratesWith 兰陵县"),
    # transfersTo
    ("[[Region|兰陵县]]承接[[Region|甘州市]]电子产业。", "甘州市 transfersTo 兰陵县"),
    ("推动[[Region|甘州市]]创新成果往[[Region|兰陵县]]转移转化。", "甘州市 transfersTo 兰陵县"),
    ("工厂从[[Region|甘州市]]转移到[[Region|江淮省]][[Region|兰陵县]]。", "甘州市 transfersTo 兰陵县"),
    # affiliatedWith
    ("[[ResearchOrg|江汉大学]]教授[[Person|张远山]]说。", "张远山 affiliatedWith 江汉大学"),
    ("[[Institution|甘州商会]]会长、[[Firm|云岭科技]]董事长[[Person|李闻溪]]出席。", "李闻溪 affiliatedWith 甘州商会"),
    ("[[Person|张远山]]（[[ResearchOrg|河西研究院]]研究员）", "张远山 affiliatedWith 河西研究院"),
    (
        "[[Person|张远山]]1 [[Person|李闻溪]]2\n1 [[ResearchOrg|江汉大学]]\n2 [[ResearchOrg|河西研究院]]",
        "李闻溪 affiliatedWith 河西研究院",
    ),
    (
        "文 | [[Person|张远山]] [[Person|李闻溪]]\n棉花变了样。\n（作者单位：[[ResearchOrg|江汉大学]]）",
        "李闻溪 affiliatedWith 江汉大学",
    ),
    (
        "来源：晚报 作者：[[Person|张远山]] 阅读 30\n棉花变了样。\n（作者系[[ResearchOrg|江汉大学]]教授，文责自负）",
        "张远山 affiliatedWith 江汉大学",
    ),
    ("在[[Region|甘州市]]和[[Region|兰陵县]]培育[[Zone|东湖园区]]。", "东湖园区 locatedIn 甘州市"),
]

NOT_FOUND = [
    (
        "依托[[Firm|云岭科技]]、[[Firm|青禾智能]]，在[[Zone|东湖园区]]、[[Zone|西岭园区]]布局。",
        "云岭科技 locatedIn 东湖园区",
    ),
    ("[[Region|甘州市]]定位[[Role|基础研发]]，[[Region|兰陵县]]着重[[Role|成果转化]]。", "兰陵县 playsRole 基础研发"),
    ("[[Region|甘州市]]与[[Region|兰陵县]]都下了雪。", "甘州市 collaboratesWith 兰陵县"),
    ("[[Region|京]][[Region|津]]两地联动。", "津 partOf 京"),
    ("[[Region|京津冀]]机场群成形。[[Region|天津市]]拥有港口。", "天津市 partOf 京津冀"),
    ("[[Facility|甘雄城际铁路]]开工。[[Region|甘州市]]、[[Region|甘泉县]]同日发文。", "甘雄城际铁路 locatedIn 甘州市"),
    ("[[Firm|云岭科技]]在[[Region|甘州市]]发布新品。", "甘州市 locatedIn 云岭科技"),
    ("《[[Policy|算力行动计划]]》发布后，[[Firm|云岭科技]]加快布局。", "算力行动计划 issuedBy 云岭科技"),
    ("[[Region|甘州市]]推动出口，具备条件的[[Zone|东湖园区]]繁忙。", "甘州市 develops 东湖园区"),
    (
        "文 | [[Person|张远山]]\n棉花变了样。\n（作者单位：[[ResearchOrg|江汉大学]]、[[ResearchOrg|河西研究院]]）",
        "张远山 affiliatedWith 江汉大学",
    ),
    (
        "文 | [[Person|张远山]] [[Person|李闻溪]]\n下雪。\n（作者系[[ResearchOrg|江汉大学]]教授[[Person|李闻溪]]）",
        "张远山 affiliatedWith 江汉大学",
    ),
    (
        "[[Person|张远山]]说棉花变了样。\n（作者单位：[[ResearchOrg|江汉大学]]）",
        "张远山 affiliatedWith 江汉大学",
    ),
    (
        "文 | [[Person|张远山]]\n书里说到棉花，作者是[[ResearchOrg|江汉大学]]的一位教授。",
        "张远山 affiliatedWith 江汉大学",
    ),
    ("[[Person|张远山]]会见[[Firm|云岭科技]]代表。", "张远山 affiliatedWith 云岭科技"),
    ("[[Region|兰陵县]]承接[[Region|甘州市]]电子产业。", "兰陵县 transfersTo 甘州市"),
    ("工厂从[[Region|甘州市]]转移到[[Region|江淮省]][[Region|兰陵县]]。", "江淮省 transfersTo 兰陵县"),
    ("[[GovernmentBody|甘州市发展改革委]]重点发展[[Topic|光伏]]。", "甘州市发展改革委 specializesIn 光伏"),
]


@pytest.mark.parametrize(("marked", "fact"), FOUND, ids=[fact for _, fact in FOUND])
def test_what_a_sentence_states_is_found(marked: str, fact: str) -> None:
    assert fact in facts(marked)


@pytest.mark.parametrize(("marked", "fact"), NOT_FOUND, ids=[fact for _, fact in NOT_FOUND])
def test_what_a_sentence_does_not_state_is_not_found(marked: str, fact: str) -> None:
    assert fact not in facts(marked)


def test_a_work_report_speaks_of_its_province_throughout() -> None:
    found = facts(
        "全力推进新型工业化。做强[[Topic|新材料]]、[[Topic|装备制造]]产业。打造[[Role|西部算力高地]]。"
        "支持[[Region|甘州市]]建设[[Zone|东湖园区]]。[[Region|青海]]特色优势更加彰显。全省发展[[Topic|氢能]]。"
    )
    assert {"青海 specializesIn 新材料", "青海 specializesIn 装备制造", "青海 playsRole 西部算力高地"} <= found
    assert {"青海 specializesIn 氢能", "甘州市 develops 东湖园区"} <= found


def test_what_opened_in_a_work_report_its_region_built() -> None:
    found = facts(
        "全力推进新型工业化，做强实体经济。打造一批产业集群，扩大有效投资。[[Region|青海]]特色优势更加彰显。全省深化各项改革，激发市场活力。"
        "[[Facility|甘雄高铁]]、[[Facility|东湖电厂]]建成投产。[[Facility|西岭水库]]等3个重大项目相继开工。[[Facility|南山机场]]加强管理。"
    )
    assert {f"青海 develops {name}" for name in ("甘雄高铁", "东湖电厂", "西岭水库")} <= found
    assert "青海 develops 南山机场" not in found


def test_a_town_that_is_helped_is_not_what_a_report_is_about() -> None:
    report = "全力推进新型工业化。发展[[Topic|氢能]]。打造一批集群。支持[[Region|甘州市]]开展试点。"
    assert "甘州市 specializesIn 氢能" not in facts(report)
    assert "甘州市 specializesIn 氢能" in facts(report.replace("支持[[Region|甘州市]]", "[[Region|甘州市]]"))


def test_passages_are_short_and_hold_the_object() -> None:
    marked = "[[Region|甘州市]]气候干旱，光照充足，重点发展[[Topic|光伏]]，农业也有基础。" * 3
    doc = read(marked)
    assert doc._.candidates
    for candidate in doc._.candidates:
        assert candidate.end - candidate.start <= 200
        assert candidate.start <= candidate.object.start < candidate.object.end <= candidate.end


def test_the_same_text_gives_the_same_candidates() -> None:
    marked = FOUND[0][0] + FOUND[12][0] + FOUND[19][0]
    first, second = read(marked)._.candidates, read(marked)._.candidates
    assert [(c.start, c.end, c.relation, c.rule, c.confidence) for c in first] == [
        (c.start, c.end, c.relation, c.rule, c.confidence) for c in second
    ]


def test_a_long_sentence_takes_no_longer_than_it_should() -> None:
    import time

    marked = "[[Region|甘州市]]发展" + "、".join(f"[[Topic|产业{i}号]]" for i in range(400)) + "。"
    read("[[Region|甘州市]]发展[[Topic|光伏]]。")
    start = time.perf_counter()
    read(marked)
    assert time.perf_counter() - start < 5


def test_an_affiliation_survives_a_rival_class():
    """A laboratory may be taken for a facility as well."""
    from extract.annotate import annotate, build_nlp
    from extract.clean import clean_text
    from ontology.model import SourceText

    doc = annotate(build_nlp(), clean_text(SourceText("a.txt", "据之江实验室主任王坚介绍,实验室已经建成。")))
    found = {(c.subject.text, c.object.text) for c in doc._.candidates if c.relation == "affiliatedWith"}
    assert found == {("王坚", "之江实验室")}


def test_an_authors_note_and_the_byline_are_two_pieces_of_evidence() -> None:
    doc = read("文 | [[Person|张远山]]\n棉花变了样。\n（作者单位：[[ResearchOrg|江汉大学]]）")
    passages = {doc.text[c.start : c.end] for c in doc._.candidates if c.relation == "affiliatedWith"}
    assert passages == {"文 | 张远山", "（作者单位：江汉大学）"}


def test_the_first_paragraph_of_a_text_is_no_title() -> None:
    """A zone in the title of a rule is what the rule is about; in a paragraph it is one of many."""
    after = "\n" + "示范区收棉花。" * 5
    titled = read("[[Region|甘州市]][[Zone|东湖示范区]]条例" + after)
    begun = read("棉花要变样，路还很长。" * 10 + "[[Region|甘州市]]要建[[Zone|东湖示范区]]。" + after)
    mains = [doc.user_data["reading"].main.text for doc in (titled, begun)]
    assert mains == ["东湖示范区", "甘州市"]


def _passages(marked: str, relation: str) -> list[tuple[str, str, str]]:
    doc = read(marked)
    return [
        (c.subject.text, c.object.text, doc.text[c.start : c.end]) for c in doc._.candidates if c.relation == relation
    ]


def test_how_two_work_together_belongs_to_what_is_said() -> None:
    found = _passages(
        "通过打造“众包分包”联动模式，推进[[Region|甘州市]]与[[Region|兰陵县]]联动发展。", "collaboratesWith"
    )
    assert [passage for *_, passage in found] == ["通过打造“众包分包”联动模式，推进甘州市与兰陵县联动发展。"]


def test_a_passage_with_its_means_is_no_longer_than_any_other() -> None:
    told = f"{'今后' * 50}推进[[Region|甘州市]]与[[Region|兰陵县]]联动发展。"
    found = _passages(f"通过{'长' * 70}，以及{'长' * 70}，{told}", "collaboratesWith")
    assert [passage for *_, passage in found] == [f"{'今后' * 50}推进甘州市与兰陵县联动发展。"]


@pytest.mark.parametrize(
    "lead",
    [
        "今年建成三条公路，",
        "通过打造联动模式，园区面貌一新。",
        "依托综合保税区，搭建服务平台，",
        "通过" + "长" * 190 + "，",
    ],
)
def test_what_is_told_before_is_no_means(lead: str) -> None:
    found = _passages(f"{lead}推进[[Region|甘州市]]与[[Region|兰陵县]]联动发展。", "collaboratesWith")
    assert [passage for *_, passage in found] == ["推进甘州市与兰陵县联动发展。"]


SERIES = "[[Zone|东湖示范区]]聚集了一批企业。在[[Topic|光伏]]和[[Topic|储能]]领域，攻关高效电池；在[[Topic|纺织]]方面，"


def test_sentences_that_open_with_a_field_each_go_through_what_their_subject_does() -> None:
    found = _passages(f"{SERIES}探索智能织造，形成新业态。", "specializesIn")
    assert {("东湖示范区", topic) for topic in ("光伏", "储能", "纺织")} <= {(s, o) for s, o, _ in found}
    assert ("东湖示范区", "纺织", "在纺织方面，探索智能织造，") in found


@pytest.mark.parametrize(
    "marked",
    [
        "[[Zone|东湖示范区]]聚集了一批企业。在[[Topic|光伏]]领域，攻关高效电池。",
        "[[Region|中国]]迈上新台阶。在[[Topic|光伏]]领域，攻关电池；在[[Topic|纺织]]领域，探索织造。",
        "[[Zone|东湖示范区]]迈上新台阶。在[[Topic|光伏]]领域，攻关电池。\n在[[Topic|纺织]]领域，探索织造。",
        "[[Zone|东湖示范区]]迈上新台阶。用好[[Topic|光伏]]领域，攻关电池；看准[[Topic|纺织]]领域，探索织造。",
    ],
)
def test_what_is_no_series_of_fields(marked: str) -> None:
    assert not [c for c in read(marked)._.candidates if c.rule == "field-in-series"]


def test_the_end_of_a_line_is_a_region_and_no_zone_that_begins_alike() -> None:
    ends = _passages("[[Facility|石雄高铁]]贯通，[[Zone|雄州科技园]]开园，[[Region|石门市]]受益。", "locatedIn")
    assert {o for s, o, _ in ends if s == "石雄高铁"} == {"石门市"}
