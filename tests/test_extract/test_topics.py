"""Topics that no list knows: by their row, by their head, and what only stands beside them."""

from __future__ import annotations

import pytest
from mention_marks import marks


def topics(text):
    return marks(text, "Topic", "regions", "names", "topics")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("重点发展人工智能、集成电路、仿生鱼鳞等产业。", "仿生鱼鳞"),
        ("培育云母雕刻、贝壳提纯等产业。", "贝壳提纯"),
        ("聚焦机器人、新材料、星际采矿三个方向", "星际采矿"),
        ("壮大鲜切花产业，", "鲜切花产业"),
    ],
)
def test_unknown_topics_are_found(text, new):
    assert any(new in topic for topic in topics(text))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("培育主导产业，", "主导产业"),
        ("壮大特色产业，", "特色产业"),
        ("集聚人工智能、集成电路、人才等要素。", "人才"),
        ("推进奇石加工、云海观光等项目建设", "云海观光"),
        ("支持学校、医院、社区建设。", "医院"),
    ],
)
def test_what_is_no_topic(text, word):
    assert word not in topics(text)


def test_verbs_are_left_out_of_items():
    assert "石英雕刻" in topics("借助石英雕刻、人工智能、区块链等产业")


def test_parts_of_an_item_are_not_meant():
    found = topics("前瞻布局水下机器人、人工智能、集成电路等产业")
    assert "水下机器人" in found and "机器人" not in found
