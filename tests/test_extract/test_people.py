"""People need a title, a verb of saying, or a byline."""

from __future__ import annotations

import pytest
from mention_marks import marks


def people(text):
    return marks(text, "Person", "people")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("省长陆云舟在会上致辞", ["陆云舟"]),
        ("云岭科技董事长方知远、总经理柳青出席", ["方知远", "柳青"]),
        ("。沈知秋说，技术已经成熟", ["沈知秋"]),
        ("总统卡洛斯访问", ["卡洛斯"]),
        ("作者：章云山 陆小满\n正文", ["章云山", "陆小满"]),
        ("□ 章云山\n正文", ["章云山"]),
        ("来源：晚报　作者：章云山　阅读 30\n正文", ["章云山"]),
        ("总经理高峰在会上致辞", ["高峰"]),  # a word, but a title introduces it
        ("研究员苏云起介绍。后来苏云起又来", ["苏云起", "苏云起"]),
    ],
)
def test_people_are_found(text, expected):
    assert people(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "高质量发展说明问题",
        "主任委员会议",
        "金融机构表示",
        "方向说明",
        "负责人介绍说",
        "市长和省长表示",
        "□ 方向明确之后再谈",
        "三省印发建设方案。方案提出，到2030年建成走廊",
        "。欧盟表示，愿意合作",
        "，全面介绍了园区",
        "。巴方表示感谢，白皮书指出",
    ],
)
def test_words_are_no_people(text):
    assert people(text) == []
