"""Regions: full names anywhere, shared short forms in context, compressed rows, what only looks like a place."""

from __future__ import annotations

import pytest
from mention_marks import mark, marks


def regions(text, least=0.5):
    return marks(text, "Region", "regions", least=least)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("项目落在河北省张家口市怀来县。", ["河北省", "张家口市", "怀来县"]),
        ("北京、天津携手，上海跟进。", ["北京", "天津", "上海"]),
        ("服务京津冀与粤港澳大湾区。", ["京津冀", "粤港澳大湾区"]),
        ("雄安新区与上海浦东新区", ["雄安新区", "上海", "上海浦东新区"]),
        ("向德国和东南亚出口", ["德国", "东南亚"]),
        ("合肥都市圈加快成形", ["合肥", "合肥都市圈"]),
        ("西宁—海东都市圈", ["西宁", "西宁—海东都市圈", "海东"]),
        ("向云岭河流域输水", ["云岭河流域"]),
    ],
)
def test_names_are_found(text, expected):
    assert regions(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "坚持和平发展，振兴乡村，深化合作。",
        "走中国式现代化道路",
        "建设乡村振兴示范县",
        "推动沿海城市开放",
        "日照时间长",
        "通道与资源并重，平安建设",
        "提高县域承载力，做好健康县城创建",
        "投入真金白银，确保长治久安",
        "工人在盐田里收盐",
    ],
)
def test_words_are_no_places(text):
    assert regions(text) == []


def test_a_shared_short_form_needs_its_region():
    assert regions("辽宁的朝阳加快转型") == ["辽宁", "朝阳"]
    assert regions("这是朝阳产业") == []


def test_a_row_lends_its_place_to_doubtful_forms():
    assert regions("北京海淀、朝阳等地") == ["北京", "海淀", "朝阳"]


def test_namesakes_are_told_apart_by_their_parent():
    def entity(text):
        doc = mark(text, "regions")
        return next(s._.entity for s in doc.spans["mentions"] if s.text == "鼓楼区")

    assert entity("福州市鼓楼区") == "id:Region_福州市鼓楼区"
    assert entity("南京市鼓楼区") == "id:Region_南京市鼓楼区"
    assert entity("鼓楼区") == ""


def test_compressed_rows_are_their_members():
    doc = mark("京津两地与川渝协作", "regions")
    found = [(s.text, s._.entity) for s in doc.spans["mentions"]]
    assert found == [
        ("京", "id:Region_北京市"),
        ("津", "id:Region_天津市"),
        ("川", "id:Region_四川省"),
        ("渝", "id:Region_重庆市"),
    ]


def test_a_letter_alone_is_no_province():
    assert regions("粤语与沪剧，湘绣和川菜") == []
    assert regions("争取更多机构在湘布局") == ["湘"]


def test_references_back_are_marked_as_such():
    doc = mark("全省推进，我市跟上，全市场反应平稳。", "regions")
    assert [(s.text, s._.source) for s in doc.spans["mentions"]] == [("全省", "anaphora"), ("我市", "anaphora")]


def test_what_a_province_is_called_besides_needs_the_province():
    assert regions("龙江绿碳走俏") == []
    assert regions("黑龙江省推介龙江绿碳") == ["黑龙江省", "龙江"]
    spans = mark("黑龙江省推介龙江绿碳", "regions").spans["mentions"]
    assert {span._.entity for span in spans} == {"id:Region_黑龙江省"}


def test_the_nation_is_china():
    doc = mark("我国发展迅速", "regions")
    assert [(s.text, s._.entity) for s in doc.spans["mentions"]] == [("我国", "id:Region_中国")]


def test_a_town_behind_its_county():
    assert regions("位于怀来县桑园镇") == ["怀来县", "桑园镇"]
    assert "专业镇" not in regions("怀来县专业镇")
