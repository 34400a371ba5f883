"""When a policy, report or initiative was issued."""

from __future__ import annotations

import pytest
from marked_sentences import read

from extract.annotate import annotate, build_nlp
from extract.clean import clean_text
from ontology.model import DateValue, SourceText


def _dates(marked: str, *, date: str | None = None) -> set[tuple[str, str]]:
    return {
        (c.subject.text, c.object.value)
        for c in read(marked, date=date)._.candidates
        if c.relation == "issuedOn" and isinstance(c.object, DateValue)
    }


@pytest.mark.parametrize(
    ("marked", "value"),
    [
        ("1998年7月，国务院颁发《[[Policy|甘州市矿区管理办法]]》，批准两省试点。", "1998-07"),
        ("2021年印发的《[[Policy|甘州市矿区管理办法]]》实施以来成效明显。", "2021"),
        ("2023年12月，论坛在甘州召开，发布《[[Policy|甘州市矿区管理办法]]》。", "2023-12"),
        ("2022年通过印发《[[Policy|甘州市矿区管理办法]]》，完善了分配制度。", "2022"),
        ("2022年4月，《[[Policy|甘州市矿区管理办法]]》获批；", "2022-04"),
        ("2022年《[[Policy|甘州市矿区管理办法]]》的出台，是一个信号。", "2022"),
        ("《[[Policy|甘州市矿区管理办法]]》由两市政府于2023年联合印发。", "2023"),
        ("《[[Policy|甘州市矿区管理办法]]》（市发展改革委2020年12月印发）要求分类管理。", "2020-12"),
        ("《[[Policy|甘州市矿区管理办法]]》自2023年1月1日起施行。", "2023-01-01"),
        ("为此制定《[[Policy|甘州市矿区管理办法]]》。办法由市政府于2024年4月印发，有效期三年。", "2024-04"),
    ],
)
def test_the_date_beside_the_verb_of_issuing(marked: str, value: str) -> None:
    assert _dates(marked) == {("甘州市矿区管理办法", value)}


def test_this_year_is_the_year_of_the_document() -> None:
    found = _dates("今年3月，市人大常委会表决通过《[[Policy|甘州市矿区条例]]》。", date="2023-05-06")
    assert found == {("甘州市矿区条例", "2023-03")}


@pytest.mark.parametrize(
    "marked",
    [
        "2021年以来，市政府出台《[[Policy|甘州市矿区管理办法]]》等文件。",
        "到2027年，《[[Policy|甘州市矿区管理办法]]》全面实施。",
        "按照《[[Policy|甘州市矿区管理办法]]》，到2030年产值达到50亿元。",
        "2021年批准立项，随后出台《[[Policy|甘州市矿区管理办法]]》。",
        "2021年印发《甲办法》后，又出台《[[Policy|甘州市矿区管理办法]]》。",
        "《[[Policy|甘州市矿区管理办法]]》和国务院2023年公布的《乙条例》要求一致。",
    ],
)
def test_other_dates_are_not_those_of_issuing(marked: str) -> None:
    assert _dates(marked) == set()


def test_the_day_of_coming_into_force_gives_way_to_that_of_issuing() -> None:
    text = "2022年5月，市政府印发《[[Policy|甘州市矿区条例]]》。《[[Policy|甘州市矿区条例]]》自2023年1月1日起施行。"
    assert _dates(text) == {("甘州市矿区条例", "2022-05")}


def test_a_campaign_begins_when_its_period_does() -> None:
    assert _dates("2019年至今，工信部实施[[Initiative|甘州产业集群专项行动]]。") == {("甘州产业集群专项行动", "2019")}


def test_what_a_date_is_told_of_has_happened() -> None:
    doc = read("2024年3月，市政府印发了《[[Policy|甘州市矿区发展计划]]》，推动矿区转型。")
    assert [c.modality for c in doc._.candidates if c.relation == "issuedOn"] == ["asserted"]


NOTICE = """甘州市人民政府办公室关于印发《甘州市矿区转型实施方案》的通知
各县（区）人民政府，市政府各部门：
《甘州市矿区转型实施方案》已经市政府同意，现印发给你们，请认真组织实施。
甘州市人民政府办公室
2021年5月18日
一、总体要求
到2025年，全市建成绿色矿山10座。
"""

REGULATION = """甘州市数据条例
（2024年10月30日甘州市第十六届人民代表大会常务委员会第二十二次会议通过）
第一条　为了促进数据流通，制定本条例。
"""


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [(NOTICE, "甘州市矿区转型实施方案", "2021-05-18"), (REGULATION, "甘州市数据条例", "2024-10-30")],
)
def test_a_document_bears_the_date_of_its_signature_or_adoption(text: str, name: str, value: str) -> None:
    doc = annotate(build_nlp(), clean_text(SourceText("a.txt", text)))
    found = {(c.subject.text, c.object.value) for c in doc._.candidates if c.relation == "issuedOn"}
    assert (name, value) in found
