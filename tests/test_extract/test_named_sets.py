from __future__ import annotations

import pytest
from marked_sentences import read

from extract.components.reading import load_lexicon
from extract.components.sets import SetFinder, set_parts


def _members(marked: str) -> list[tuple[str, str, str]]:
    return [(c.subject.text, c.object.text, c.role) for c in read(marked)._.candidates if c.relation == "hasMember"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [("三城一区", ["城", "城", "城", "区"]), ("一港四基地", ["港", *["基地"] * 4]), ("六个高地", ["高地"] * 6)],
)
def test_a_name_tells_its_parts(name: str, parts: list[str]) -> None:
    assert set_parts(name) == parts


def test_members_in_parentheses() -> None:
    found = _members("划定“两城一区”([[Zone|东湖科学城]]、[[Zone|西岭科学城]]、[[Zone|河西经开区]])为载体。")
    assert found == [
        ("两城一区", "东湖科学城", "城"),
        ("两城一区", "西岭科学城", "城"),
        ("两城一区", "河西经开区", "区"),
    ]


def test_members_behind_namely() -> None:
    found = _members(
        "形成“一廊两极”的结构，即以[[Zone|东湖科学城]]为走廊，协同[[Zone|西岭科学城]]、[[Zone|河西经开区]]两极。"
    )
    assert [(member, role) for _, member, role in found] == [
        ("东湖科学城", "廊"),
        ("西岭科学城", "极"),
        ("河西经开区", "极"),
    ]


def test_members_in_front_become_mentions_by_their_last_word() -> None:
    found = _members("推动智能织造创新港、织机总部基地、面料研发基地“一港两基地”的格局完善。[[Region|甘州市]]受益。")
    assert [member for _, member, _ in found] == ["智能织造创新港", "织机总部基地", "面料研发基地"]


def test_too_few_members_have_no_role() -> None:
    found = _members("划定“三城一区”([[Zone|东湖科学城]]、[[Zone|西岭科学城]]、[[Zone|河西经开区]])。")
    assert len(found) == 3 and {role for _, _, role in found} == {""}


def test_a_short_name_that_the_list_defines_is_no_member_of_its_own() -> None:
    doc = read(
        "形成“一廊三极”的结构，即以[[Zone|东湖科学城]]为走廊，协同[[Zone|西岭科学城]]、"
        "[[Zone|河西经济技术开发区]]（下文简称[[Zone|经开区]]）、[[Zone|南山科学城]]三极联动。"
    )
    full, short = (span for span in doc.spans["mentions"] if span.text in ("河西经济技术开发区", "经开区"))
    doc._.aliases, doc._.candidates = [(full, short)], []
    found = [c.object.text for c in SetFinder(load_lexicon(("base",)))(doc)._.candidates]
    assert found == ["东湖科学城", "西岭科学城", "河西经济技术开发区", "南山科学城"]


def test_the_place_in_front_of_the_closing_count_is_a_member() -> None:
    found = _members("形成“一廊两极”的结构，即以[[Zone|东湖科学城]]为走廊，协同[[Zone|西岭科学城]]、棉纺园两极联动。")
    assert [(member, role) for _, member, role in found] == [
        ("东湖科学城", "廊"),
        ("西岭科学城", "极"),
        ("棉纺园", "极"),
    ]
    found = _members("形成“一廊一极”的结构，即[[Zone|东湖科学城]]、[[Zone|西岭科学城]]，改造棉纺园两座厂房。")
    assert [member for _, member, _ in found] == ["东湖科学城", "西岭科学城"]


def test_words_that_only_look_like_namely_begin_no_list() -> None:
    assert not _members("锚定“三区一中心”定位，把[[Region|甘州市]]自由港打造成[[Role|开放门户]]。")


def test_half_of_the_members_are_no_set() -> None:
    assert not _members("形成“三城一区”格局，即[[Zone|东湖科学城]]和[[Zone|西岭科学城]]。")
