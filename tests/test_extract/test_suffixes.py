"""Names by their heads: where they begin, and phrases that are no names."""

from __future__ import annotations

import pytest
from mention_marks import marks

ALL = ("regions", "names", "suffixes")


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("加快建设张北数据中心集群", "Cluster", "张北数据中心集群"),
        ("支持福州高新区发展", "Zone", "福州高新区"),
        ("设立云岭关键金属综合试验区，", "Zone", "云岭关键金属综合试验区"),
        ("走进合肥滨湖产业园，", "Zone", "合肥滨湖产业园"),
        ("开工建设平庆铁路、", "Facility", "平庆铁路"),
        ("北京市经济和信息化局表示", "GovernmentBody", "北京市经济和信息化局"),
        ("与宜宾市政府签约", "GovernmentBody", "宜宾市政府"),
        ("由云岭重装光电科技有限公司研发", "Firm", "云岭重装光电科技有限公司"),
        ("依托云岭新材料研究院，", "ResearchOrg", "云岭新材料研究院"),
        ("成立京津冀数字经济联盟，", "Institution", "京津冀数字经济联盟"),
        ("举办第三届云岭发展论坛", "Event", "第三届云岭发展论坛"),
        ("推出“开物”工业互联网平台", "Platform", "“开物”工业互联网平台"),
        ("实施“数据要素×”行动", "Initiative", "“数据要素×”行动"),
        ("日本驻上海总领事馆", "GovernmentBody", "日本驻上海总领事馆"),
    ],
)
def test_names_are_found_whole(text, label, name):
    assert name in marks(text, label, *ALL)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("建设一批产业园区", "Zone"),
        ("各类创新平台", "Platform"),
        ("吸引跨国公司和上市公司", "Firm"),
        ("成立专家委员会", "GovernmentBody"),
        ("建设国家重点实验室", "Facility"),
        ("实施重大工程", "Initiative"),
        ("建设世界一流大学", "ResearchOrg"),
        ("新建17个智算中心", "Cluster"),
    ],
)
def test_general_phrases_are_no_names(text, label):
    assert marks(text, label, "regions", "suffixes") == []


def test_a_part_begins_with_its_owner():
    assert "中国科学院云岭技术研究所" in marks("中国科学院云岭技术研究所挂牌", "ResearchOrg", *ALL)


def test_what_stands_between_a_verb_and_the_region_belongs_to_the_name():
    assert "科创广西先行试验区" in marks("打造科创广西先行试验区，", "Zone", *ALL)


@pytest.mark.parametrize(
    ("text", "label", "names"),
    [
        ("支持云帆智联、海量光子等领军企业", "Firm", ["云帆智联", "海量光子"]),
        ("加快白石沟、青石岭、平山湖等煤矿建设", "Facility", ["白石沟", "青石岭", "平山湖"]),
    ],
)
def test_rows_take_the_class_of_their_end(text, label, names):
    assert marks(text, label, *ALL) == names


def test_a_row_of_products_is_no_row_of_firms():
    assert marks("拥有传感器、变压器、新能源等企业", "Firm", *ALL) == []
