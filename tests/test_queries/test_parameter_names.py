"""Names as people write them."""

from __future__ import annotations

import pytest

from ontology.errors import UsageError
from queries.resolve import NameIndex, normalize, shorten

ID = "https://w3id.org/jiqun/id/"
INDEX = NameIndex(
    (ID + f"{kind}_{name}", kind, spelling, spelling == name)
    for kind, name, spellings in [
        ("Region", "内蒙古自治区", ["内蒙古自治区", "内蒙古"]),
        ("Region", "朝阳市", ["朝阳市"]),
        ("Region", "朝阳区", ["朝阳区"]),
        ("Region", "陕西省", ["陕西省"]),
        ("Zone", "朝阳开发区", ["朝阳开发区"]),
        ("Topic", "数据要素", ["数据要素"]),
        ("Topic", "数据", ["数据"]),
        ("Topic", "AI", ["AI"]),
        ("Event", "党的十九大", ["党的十九大"]),
        ("Firm", "TCL科技", ["TCL科技", "TCL"]),
    ]
    for spelling in spellings
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("内蒙古", ["内蒙古自治区"]),
        ("陕西", ["陕西省"]),
        ("Shaanxi", []),
        ("shanxi", ["陕西省"]),
        ("朝阳", ["朝阳区", "朝阳市", "朝阳开发区"]),
        ("朝阳市", ["朝阳市"]),
        ("tcl", ["TCL科技"]),
        ("ＴＣＬ科技", ["TCL科技"]),
        ("《数据要素》", ["数据要素"]),
        ("十九大", ["党的十九大"]),
        ("", []),
    ],
)
def test_names_are_found_at_the_strictest_reading(name: str, found: list[str]) -> None:
    assert [thing.name for thing in INDEX.find(name)] == found


def test_the_likeliest_class_comes_first() -> None:
    assert [thing.name for thing in INDEX.find("朝阳", ("Region", "Zone"))] == ["朝阳区", "朝阳市"]
    assert [thing.type for thing in INDEX.find("朝阳", ("Zone", "Region"))] == ["Zone"]


def test_an_iri_names_one_thing() -> None:
    for spelling in ("id:Region_朝阳区", ID + "Region_朝阳区", f"<{ID}Region_朝阳区>"):
        assert INDEX.resolve(spelling).name == "朝阳区"


def test_what_is_like_it_is_suggested() -> None:
    assert INDEX.suggest("数据要")[0] == "数据要素"
    with pytest.raises(UsageError, match=r"did you mean .*陕西省"):
        INDEX.resolve("陕西西省", ("Region",))
    with pytest.raises(UsageError, match="is a Topic"):
        INDEX.resolve("数据", ("Region",))


def test_the_longest_name_is_read_in_a_text() -> None:
    assert [(m.text, m.start) for m in INDEX.scan("内蒙古的数据要素和TCL")] == [
        ("内蒙古", 0),
        ("数据要素", 4),
        ("TCL", 9),
    ]


@pytest.mark.parametrize("text", ["MAINTAIN", "AIDS", "aim"])
def test_latin_names_are_whole_words(text: str) -> None:
    assert not INDEX.scan(text)


def test_short_forms_keep_two_characters() -> None:
    assert shorten("北京市") == "北京"
    assert shorten("通州") == "通州"
    assert shorten(normalize("武汉经济技术开发区")) == "武汉"
