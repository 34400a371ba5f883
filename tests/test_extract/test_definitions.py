"""Short names that a text defines hold in that text, and only where it says so."""

from __future__ import annotations

from mention_marks import mark, marks


def aliases(text):
    return [(full.text, short.text) for full, short in mark(text)._.aliases]


def test_called_below():
    text = "北京经济技术开发区（以下简称“经开区”）扩容。经开区已有企业百家。"
    assert aliases(text) == [("北京经济技术开发区", "经开区")]
    assert marks(text, "Zone").count("经开区") == 2


def test_the_mark_takes_class_and_entity_of_the_full_name():
    doc = mark("北京经济技术开发区（下文简称经开区）。经开区很大。")
    short = [s for s in doc.spans["mentions"] if s.text == "经开区"]
    assert {s._.entity for s in short} == {"id:Zone_北京经济技术开发区"}
    assert len(short) == 2


def test_a_policy_by_its_title():
    assert aliases("《云岭省数据条例》（以下简称《条例》）施行。") == [("云岭省数据条例", "条例")]
    assert aliases("《云岭省数据条例》（以下简称“条例”）施行。") == [("云岭省数据条例", "条例")]


def test_latin_short_names():
    assert aliases("世界知识产权组织（WIPO）发布") == [("世界知识产权组织", "WIPO")]


def test_nothing_is_defined_without_a_name_in_front():
    assert aliases("这件事（以下简称“此事”）过去了。") == []
    assert aliases("北京（2024）") == []


def test_part_of_a_longer_name_is_not_marked_again():
    text = "北京经济技术开发区（简称经开区）与武汉经开区合作"
    assert marks(text, "Zone").count("经开区") == 1
