from __future__ import annotations

import pytest
from marked_sentences import read

from extract.resolution.sets import announced_count


def _members(marked: str) -> list[tuple[str, str, str]]:
    return [
        (c.subject._.name or c.subject.text, c.object.text, c.role)
        for c in read(marked)._.candidates
        if c.relation == "hasMember"
    ]


def test_firms_listed_as_ones_of_a_kind_are_a_group() -> None:
    found = _members("兰陵县引进[[Firm|云帆科技]]、[[Firm|长丰集团]]等龙头企业。")
    assert found == [
        ("云帆科技、长丰集团等龙头企业", "云帆科技", "龙头企业"),
        ("云帆科技、长丰集团等龙头企业", "长丰集团", "龙头企业"),
    ]


def test_where_a_group_is_at_work_belongs_to_the_group() -> None:
    found = _members(
        "依托[[Firm|云帆科技]]、[[Firm|长丰集团]]、[[Firm|天辰股份]]、[[Firm|金泽控股]]等头部平台企业，"
        "在[[Zone|东湖科学城]]、[[Zone|河西经开区]]等区域布局新业态。"
    )
    assert {name for name, _, _ in found} == {"云帆科技、长丰集团、天辰股份等头部平台企业"}
    assert [(member, role) for _, member, role in found[4:]] == [
        ("东湖科学城", "布局区域"),
        ("河西经开区", "布局区域"),
    ]


@pytest.mark.parametrize(
    "marked",
    [
        "引进[[Firm|云帆科技]]、[[Firm|长丰集团]]等企业。",
        "引进[[Firm|云帆科技]]等龙头企业。",
        "支持[[Firm|云帆科技]]、[[Firm|长丰集团]]等加快培育龙头企业。",
        "支持[[Firm|云帆科技]]、[[Firm|长丰集团]]等做强企业。",
        "引进[[Firm|云帆科技]]、[[Firm|长丰集团]]，培育龙头企业。",
        "在[[Zone|东湖科学城]]、[[Zone|河西经开区]]等龙头企业集聚的地方。",
        "引进[[Firm|云帆科技]]、[[Zone|河西经开区]]等龙头企业。",
    ],
)
def test_what_is_no_group_of_a_kind(marked: str) -> None:
    assert not _members(marked)


def test_places_beside_a_group_are_not_where_it_is_at_work() -> None:
    found = _members(
        "[[Firm|云帆科技]]、[[Firm|长丰集团]]等链主企业参会，会议在[[Region|兰陵县]]、[[Region|甘州市]]同时举行。"
    )
    assert [member for _, member, _ in found] == ["云帆科技", "长丰集团"]


def test_a_group_announces_no_number_by_the_numerals_in_its_name() -> None:
    assert announced_count("三一重工、徐工集团等龙头企业") is None
    assert announced_count("三城一区") == 4
