"""Titles and quoted names: the head noun tells policy from report, the verb tells a campaign."""

from __future__ import annotations

import pytest
from mention_marks import marks

ALL = ("regions", "names", "titles")


@pytest.mark.parametrize(
    ("text", "label", "name"),
    [
        ("印发《云岭省数据条例》。", "Policy", "云岭省数据条例"),
        ("《云岭市产业行动计划（2024-2027年）》", "Policy", "云岭市产业行动计划（2024-2027年）"),
        ("《网络零售指南（征求意见稿）》", "Policy", "网络零售指南（征求意见稿）"),
        ("发布《云岭数字发展报告（2023年）》", "Report", "云岭数字发展报告（2023年）"),
        ("《云岭日报》报道", "Institution", "云岭日报"),
        ("编制“十五五”规划纲要", "Policy", "“十五五”规划纲要"),
        ("今年出台清洁能源产业高质量发展规划，", "Policy", "清洁能源产业高质量发展规划"),
        ("入选全国专精特新企业百强，", "Report", "全国专精特新企业百强"),
        ("实施先进制造业集群培育提升行动，", "Initiative", "先进制造业集群培育提升行动"),
        ("实施甲乙提升工程和薄弱环节改造工程，", "Initiative", "薄弱环节改造工程"),
        ("推进“一河一策”。", "Initiative", "一河一策"),
        ("主持召开深入推进甲乙协同发展座谈会时", "Event", "深入推进甲乙协同发展座谈会"),
        ("上线“掌上办”平台", "Platform", "掌上办"),
        ("打造全国重要的数据产业高地，", "Role", "全国重要的数据产业高地"),
        ("报市人民政府批准", "GovernmentBody", "市人民政府"),
    ],
)
def test_titles_and_quotes(text, label, name):
    assert name in marks(text, label, *ALL)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("小说《云上的日子》", "Policy"),
        ("小说《云上的日子》", "Report"),
        ("落实各项政策措施。", "Policy"),
        ("实施重大工程，", "Initiative"),
        ("召开会议，", "Event"),
        ("“平台”经济", "Platform"),
        ("“十四五”时期", "Policy"),
        ("打造“屏谷”", "Initiative"),
    ],
)
def test_what_is_none(text, label):
    found = marks(text, label, "titles")
    assert found == []
