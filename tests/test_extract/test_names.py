"""Names of the gazetteers and terms of the lexicons, where they are names and where they are not."""

from __future__ import annotations

import pytest
from mention_marks import mark, marks


def test_forms_of_a_name_have_one_entity():
    doc = mark("工信部发布消息，工业和信息化部解读。", "regions", "names")
    found = {s.text: s._.entity for s in doc.spans["mentions"] if s.label_ == "GovernmentBody"}
    assert found == {"工信部": "id:GovernmentBody_工业和信息化部", "工业和信息化部": "id:GovernmentBody_工业和信息化部"}


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("国家发展改革委印发通知", "GovernmentBody", "国家发展改革委"),
        ("华为与腾讯参会", "Firm", "华为"),
        ("推进“东数西算”工程", "Initiative", "“东数西算”工程"),
        ("党的二十大召开", "Event", "党的二十大"),
        ("清华大学承担课题", "ResearchOrg", "清华大学"),
    ],
)
def test_well_known_names(text, label, name):
    assert name in marks(text, label, "regions", "names")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("加强生产管理", "Firm"),
        ("我国网上零售", "Firm"),
        ("会见财政部长", "GovernmentBody"),
        ("入驻福州大学城", "ResearchOrg"),
    ],
)
def test_parts_of_other_words_are_no_names(text, label):
    assert marks(text, label, "regions", "names") == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("优化工商业电价", []),
        ("国家电影局发布", []),
        ("退役军人参加培训", []),
        ("化工、建材等产业", ["化工", "建材"]),
        ("打造文旅新场景", ["文旅"]),
    ],
)
def test_the_end_of_a_word_and_the_beginning_of_the_next_are_no_topic(text, names):
    assert marks(text, "Topic", "regions", "names", least=0.0) == names


def test_the_longest_term_wins():
    assert marks("发展新能源汽车、生物医药。", "Topic", "names") == ["新能源汽车", "生物医药"]


def test_a_term_inside_an_organisation_is_found_too():
    text = "成立京津冀数字经济联盟"
    assert "数字经济" in marks(text, "Topic", "regions", "names")


def test_a_place_in_a_brand_is_no_place():
    assert marks("宁德时代投产", "Region", "regions", "names") == []
    assert marks("宁德市投产", "Region", "regions", "names") == ["宁德市"]


def test_latin_terms_are_whole_words():
    assert marks("部署5G网络", "Topic", "names") == ["5G"]
    assert "5G" not in marks("装机15GW", "Topic", "names")


def test_neighbours_weigh_a_term():
    def score(text):
        doc = mark(text, "names")
        return next(s._.score for s in doc.spans["mentions"] if s.text == "机器人")

    assert score("发展、机器人、") > score("采用云上机器人售卖")
