"""One entity for one thing within a document, never two things in one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resolution_cases import entity, names, parse

from extract.annotate import annotate, build_nlp
from extract.clean import clean_text
from extract.resolution.canonical import fold, identity_key, plain_name
from extract.resolution.grouping import group_document
from extract.resolution.merge import canonical_name
from extract.resolution.policies import policy_attributes
from extract.resolution.sets import announced_count
from extract.resolve import resolve_document
from ontology.model import ENTITY_CLASSES, DateValue, Observation, SourceText


def test_gazetteer_joins_the_forms_of_a_region():
    record = parse("[[Region:id:Region_北京市|北京]]与[[Region:id:Region_北京市|北京市]]海淀区")
    (only,) = record.entities
    assert only.id == "id:Region_北京市"
    assert only.names == ("北京", "北京市")


def test_gazetteer_keeps_namesakes_apart():
    record = parse("[[Region:id:Region_吉林省|吉林]]的[[Region:id:Region_吉林市|吉林市]]")
    assert {e.id for e in record.entities} == {"id:Region_吉林省", "id:Region_吉林市"}


def test_a_thing_is_also_called_by_its_name_without_what_ranks_it():
    (only,) = parse("[[Facility|全国首个低空测试场]]通航").entities
    assert only.names == ("低空测试场", "全国首个低空测试场")
    (other,) = parse("[[Firm|第一汽车集团]]投产").entities
    assert other.names == ("第一汽车集团",)


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[[Firm|新港宏齐科技股份有限公司]]成立。[[Firm|宏齐科技]]投产,[[Firm|宏齐科技股份有限公司]]扩建", 1),
        ("[[Topic|集成电路]]与[[Topic|集成电路产业]]、[[Topic|集成电路领域]]", 1),
        ("[[Zone|滨海高级别自动驾驶示范区]]扩区,[[Zone|示范区]]通车", 1),
        ("[[Zone|滨海自动驾驶示范区]]与[[Zone|临江数据要素示范区]],[[Zone|示范区]]通车", 3),
        ("[[Zone|滨海自动驾驶示范区]]扩区,[[Zone|示范区]]通车,[[Zone|临江数据要素示范区]]开工", 2),
        ("[[Zone|全国首个低空测试区]]揭牌,[[Zone|滨海低空测试区]]扩区,[[Zone|测试区]]通航", 1),
        ("[[Facility|西北最大的储能电站]]开工,[[Facility|储能电站]]明年投产", 1),
        ("[[Facility|全球首座储能电站]]与[[Facility|全国最大的光伏电站]]", 2),
        ("[[Firm|百度]]、[[Platform|百度Apollo平台]]和[[Firm|百度智能云]]", 3),
        ("[[Facility|北岭至河口铁路]]开工,[[Facility|北河铁路]]全长百里", 1),
        ("[[Facility|北岭至河口铁路]]与[[Facility|北仓至河西铁路]],[[Facility|北河铁路]]", 3),
        ("[[Zone|天河云岭经济技术开发区]]扩区,[[Zone|云岭开发区]]投产", 1),
        ("[[Zone|天河云岭经济技术开发区]]与[[Zone|滨江云岭港经济开发区]],[[Zone|云岭开发区]]", 3),
        ("[[Institution|天河云岭产业投资基金]]与[[Institution|云岭基金]]", 1),
        ("[[ResearchOrg|滨城工业云研究院]]与[[ResearchOrg|滨城工业云研究院天河分院]]", 2),
        ("[[Firm|云岭光电科技股份有限公司]]与[[Firm|云岭光电]]", 1),
        ("[[Firm|滨城云岭光电技术有限公司]]与[[Firm|云岭光电]]", 1),
        ("[[Region|青梧镇]]与[[Region|青梧]]", 1),
        ("[[Region:id:Region_青梧县|青梧]]与[[Region|青梧镇]]", 2),
        ("[[Topic|文化和旅游]]与[[Topic|文旅产业]]", 1),
        ("[[Topic|无人机]]与[[Topic|无人机整机]]", 1),
        ("[[ResearchOrg|滨城大学]]与[[ResearchOrg|滨城师范大学]]", 2),
        ("[[Event|党的二十大]]、[[Event|二十大]]与[[Event|二十届三中全会]]", 2),
        ("[[Event|党的二十届三中全会]]召开,[[Event|三中全会]]提出", 1),
        ("[[Policy|滨城算力建设方案(2024-2027年)]]和[[Policy|滨城算力建设方案]]", 1),
        ("[[Initiative|东数西算]]与[[Initiative|“东数西算”工程]]", 1),
        ("[[Topic|数字产业]]与[[Topic|数字技术]]", 2),
        ("[[Topic|人工智能]]与[[Topic|人工智能芯片]]", 2),
        ("[[Person|赵云舟]]说,[[Person|赵云舟教授]]又说", 1),
        ("[[Region|四川]][[Region|绵阳]]即[[Region|四川绵阳]]", 2),
    ],
)
def test_one_thing_is_one_entity(marked: str, expected: int):
    assert len(parse(marked).entities) == expected


def test_definition_joins_names_that_share_no_shape():
    marked = "[[Zone|北港经济技术开发区]](下文简称[[Zone|亦港]])扩区"
    assert len(parse(marked).entities) == 2
    (joined,) = parse(marked, aliases=[("北港经济技术开发区", "亦港")]).entities
    assert joined.name == "北港经济技术开发区"
    assert joined.names == ("亦港", "北港经济技术开发区")


def test_self_reference_means_the_region_of_the_title():
    zhejiang, jiangsu = "[[Region:id:Region_浙江省|浙江]]", "[[Region:id:Region_江苏省|江苏]]"
    facts = [("全省", "specializesIn", "算力")]
    record = parse(
        f"{zhejiang}省政府工作报告\n[[Region|全省]]增长,与{jiangsu}和{jiangsu}合作,[[Topic|算力]]领先", facts
    )
    assert names(record) == {"浙江": {"浙江"}, "江苏": {"江苏"}, "算力": {"算力"}}
    (fact,) = record.facts
    assert fact.subject == "id:Region_浙江省"


def test_self_reference_in_a_digest_means_the_region_before_it():
    zhejiang, jiangsu = "[[Region:id:Region_浙江省|浙江]]", "[[Region:id:Region_江苏省|江苏]]"
    facts = [("全省", "specializesIn", "算力")]
    record = parse(f"两省经济\n{zhejiang}增长。{jiangsu}增长。[[Region|全省]]重在[[Topic|算力]]。", facts)
    assert [f.subject for f in record.facts] == ["id:Region_江苏省"]


def test_unanswered_self_reference_is_nothing():
    assert parse("[[Region|全省]]增长").entities == ()


def test_one_name_has_one_class():
    record = parse("[[Zone|云谷]]与[[Zone|云谷]]、[[Platform|云谷]]")
    assert [e.type for e in record.entities] == ["Zone"]


def test_nested_name_of_the_class_needs_a_place_of_its_own():
    record = parse("[[Topic|人形机器人]]")
    assert names(record) == {"人形机器人": {"人形机器人"}}


def _defined(text: str) -> dict[str, set[str]]:
    """Return the policies of a text, whose short names are defined in it, with their names."""
    clean = clean_text(SourceText("a.txt", text))
    record = resolve_document(annotate(build_nlp(), clean), clean)
    return {e.name: set(e.names) for e in record.entities if e.type == "Policy"}


def test_a_defined_name_is_no_part_of_another_policy():
    found = _defined(
        "甘州市印发《关于加强算力建设的若干措施》（以下简称《若干措施》）。《若干措施》提出发展储能。"
        "甘州海关发布《支持外贸企业发展若干措施》。"
    )
    assert set(found) == {"关于加强算力建设的若干措施", "支持外贸企业发展若干措施"}


def test_a_short_name_that_is_defined_again_means_something_else_from_there_on():
    text = (
        "甘州市公布《甘州市边界管理办法》（以下简称《办法》）。《办法》要求发展绿色建筑。"
        "兰陵县公布《兰陵县数据登记办法》（以下简称《办法》）。《办法》要求培育数据交易产业。"
    )
    assert set(_defined(text)) == {"甘州市边界管理办法", "兰陵县数据登记办法"}
    doc = annotate(build_nlp(), clean_text(SourceText("a.txt", text)))
    groups = {min(m.start for m in g.mentions): g for g in group_document(doc) if g.label == "Policy"}
    assert [[text[m.start : m.end] for m in g.mentions] for _, g in sorted(groups.items())] == [
        ["甘州市边界管理办法", "办法", "办法"],
        ["兰陵县数据登记办法", "办法", "办法"],
    ]


def test_the_same_definition_twice_is_one():
    found = _defined(
        "甘州市公布《甘州市边界管理办法》（以下简称《办法》）。《甘州市边界管理办法》（以下简称《办法》）施行。"
    )
    assert set(found) == {"甘州市边界管理办法"}


def test_policy_is_a_work_with_titles():
    record = parse("《[[Policy|滨城算力方案(2024-2027年)(征求意见稿)]]》,即《[[Policy|滨城算力方案]]》")
    (policy,) = record.entities
    assert dict(policy.attributes) == {
        "planPeriodStart": "2024",
        "planPeriodEnd": "2027",
        "status": "draft",
        "title": "滨城算力方案(2024-2027年)(征求意见稿)",
    }
    assert [v for k, v in policy.attributes if k == "title"] == [
        "滨城算力方案",
        "滨城算力方案(2024-2027年)(征求意见稿)",
    ]


@pytest.mark.parametrize(
    ("title", "period"),
    [
        ("行动纲要(2020-2022年)", ("2020", "2022")),
        ("三年行动计划（2024—2026年）", ("2024", "2026")),
        ("“十四五”数字经济规划", ("2021", "2025")),
        ("指数报告(2024)", None),
    ],
)
def test_plan_period_is_read_from_the_title(title: str, period: tuple[str, str] | None):
    found = dict(policy_attributes([title]))
    assert (found.get("planPeriodStart"), found.get("planPeriodEnd")) == (period or (None, None))


def test_facts_join_over_their_names():
    record = parse(
        "[[Firm|百度]]推出[[Platform|开物平台]]。[[Firm|百度公司]]运营[[Platform|开物平台]]",
        [("百度", "develops", "开物平台"), ("百度公司", "develops", "开物平台", "planned")],
    )
    (fact,) = record.facts
    assert fact.evidence[0].modality == "asserted"


def test_fact_about_itself_is_none():
    record = parse("[[Region|滨城]]与[[Region|滨城市]]协同", [("滨城", "collaboratesWith", "滨城市")])
    assert record.facts == ()


def test_symmetric_fact_has_one_direction():
    marked = "[[Region|滨城]]与[[Region|临江]]协同"
    one = parse(marked, [("滨城", "collaboratesWith", "临江")])
    other = parse(marked, [("临江", "collaboratesWith", "滨城")])
    assert one.facts == other.facts


def test_fact_of_impossible_classes_is_dropped():
    pytest.importorskip("ontology.namespace")
    record = parse("[[Topic|算力]]建设[[Region|滨城]]", [("算力", "develops", "滨城")])
    assert record.facts == ()


def test_values_stay_values():
    seen = Observation("规模", 4, 1e12, "元", ">", "2021")
    record = parse(
        "[[Region|滨城]]规模超4万亿元,[[Policy|滨城方案]]",
        [("滨城", "observed", seen), ("滨城方案", "issuedOn", DateValue("2022"))],
    )
    assert {f.object for f in record.facts} == {seen, DateValue("2022")}


def test_named_set_announces_its_count():
    marked = "[[Zone|甲科学城]]、[[Zone|乙科学城]]、[[Zone|丙科学城]]组成[[NamedSet|三城一区]]"
    members = [("三城一区", "hasMember", f"{name}科学城") for name in "甲乙丙"]
    record = parse(marked, members)
    assert dict(entity(record, "三城一区").attributes) == {"announcedCount": "4"}
    (finding,) = record.findings
    assert (finding.code, finding.severity) == ("set-count", "warning")


@pytest.mark.parametrize(("name", "count"), [("三城一区", 4), ("一港四基地", 5), ("六个高地", 6), ("核心区", None)])
def test_announced_count(name: str, count: int | None):
    assert announced_count(name) == count


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("世\n界级绿色石化产业集群", "世界级绿色石化产业集群"),
        ("《示例市数字经济 \r\n  促进条例》", "示例市数字经济促进条例"),
        ("示例市\nAI中心", "示例市AI中心"),
        ("Beijing\nE-Town", "Beijing E-Town"),
        ("新时代 新征程", "新时代 新征程"),
    ],
)
def test_a_line_end_within_a_chinese_name_is_no_part_of_it(text: str, name: str):
    assert plain_name(text) == name


_NAMES = st.text(alphabet="北京市省数字产业技术(2024年)“”《》Aa ·\n", min_size=1, max_size=12)


@settings(deadline=None)
@given(_NAMES)
def test_folding_twice_changes_nothing(name: str):
    assert fold(fold(name)) in (fold(name), fold(fold(fold(name))))
    assert plain_name(plain_name(name)) == plain_name(name)


@settings(deadline=None)
@given(st.sampled_from(ENTITY_CLASSES), _NAMES)
def test_identity_depends_on_the_folded_name_alone(label: str, name: str):
    assert identity_key(label, name) == identity_key(label, fold(name)) or "(" in fold(name)


def test_statement_hangs_on_who_called_for_it():
    marked = "[[Event|滨城大会]]提出[[Statement|要发展算力和量子信息]],[[Topic|算力]]先行"
    facts = [("滨城大会", "calledFor", "要发展算力和量子信息"), ("要发展算力和量子信息", "about", "算力")]
    record = parse(marked, facts)
    (statement,) = [e for e in record.entities if e.type == "Statement"]
    assert dict(statement.attributes) == {"text": "要发展算力和量子信息"}
    assert {(f.subject, f.relation) for f in record.facts} == {
        ("id:Event_滨城大会", "calledFor"),
        (statement.id, "about"),
    }
    assert [e.type for e in parse(marked, facts[1:]).entities if e.type == "Statement"] == []


@pytest.mark.parametrize(
    ("label", "forms", "name"),
    [
        ("Topic", ["光伏产品", "光伏", "光伏产业"], "光伏"),
        ("Topic", ["AI", "人工智能技术", "人工智能"], "人工智能"),
        ("Event", ["党的二十大报告", "二十大", "党的二十大"], "党的二十大"),
        ("Person", ["赵云舟教授", "赵云舟"], "赵云舟"),
        ("Firm", ["宏齐", "宏齐科技股份有限公司"], "宏齐科技股份有限公司"),
    ],
)
def test_canonical_name(label: str, forms: list[str], name: str):
    assert canonical_name(label, forms) == name
    assert canonical_name(label, reversed(forms)) == name


def test_two_titles_of_one_policy_are_told():
    marked = "《[[Policy|滨城算力方案]]》后更名,见《[[Policy|滨城算力方案(2024-2027年)]]》"
    (finding,) = parse(marked).findings
    assert finding.code == "policy-titles-joined"
    assert "滨城算力方案(2024-2027年)" in finding.message


def test_policy_is_no_speaker():
    clean_marked = "[[Policy|滨城方案]]提出,[[Firm|新松]]研发[[Topic|机器人]]。[[Person|赵云舟]]说"
    for speaker, expected in (("滨城方案", None), ("赵云舟", "id:Person_赵云舟")):
        record = parse(clean_marked, [("新松", "specializesIn", "机器人")], speaker=speaker)
        assert record.facts[0].evidence[0].speaker == expected
