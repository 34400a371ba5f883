"""Cleaning a whole text: what goes, what stays, and that every character leads back to its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.clean import clean_fragment, clean_text, to_clean
from ontology.errors import EmptyDocumentError
from ontology.model import CleanText, Place, SourceText

PROSE = "示例市依托高新区建设数字产业集群,2023年规模超过300亿元,同比增长7.5%。"
TWIN = "示例市依托高新區(qū)建設(shè)數(shù)字產(chǎn)業(yè)集群,2023年規(guī)模超過300億元,同比增長7.5%。"


def clean(text: str, media_type: str = "text/plain") -> CleanText:
    return clean_text(SourceText("a.txt", text, media_type))


def codes(result: CleanText) -> list[str]:
    return [finding.code for finding in result.findings]


def test_a_clean_text_stays_as_it_is() -> None:
    text = f"示例市产业集群见闻\n{PROSE}\n瞭望塔下的乾坤广场著名,余杭与海淀的里程不短,后来者意味着什么?\n"
    result = clean(text)
    assert result.text == text
    assert result.starts == tuple(range(len(text)))
    assert result.ends == tuple(range(1, len(text) + 1))
    assert result.findings == ()


def test_a_noisy_twin_becomes_the_same_text() -> None:
    result = clean(TWIN)
    assert result.text == PROSE
    assert {"pinyin-removed", "script-traditional"} <= set(codes(result))


def test_an_insert_belongs_to_the_character_before_it() -> None:
    result = clean(TWIN)
    place = result.text.index("区")
    start, end = result.to_source(place, place + 1)
    assert result.source.text[start:end] == "區(qū)"


def test_punctuation_keeps_its_width() -> None:
    text = "甲市,乙市，丙区;丁县；（试点）与(示范)。"
    assert clean(text).text == text


def test_white_space_and_invisible_characters() -> None:
    result = clean("\u3000\u3000示例省\u200b发布\xa0公告。\r\n\r\n\t第二段\u2028第三段  完 \n")
    assert result.text == "示例省发布 公告。\n第二段\n第三段 完\n"


def test_letters_and_digits_become_narrow_and_radicals_characters() -> None:
    assert clean("２０２４年５Ｇ增长７％,⾼新区").text == "2024年5G增长7%,高新区"


def test_letter_spaced_lines_are_closed_up() -> None:
    assert (
        clean("关 于 加 快 数 字 化 的 意 见\n百度 Apollo 平台 与 车企").text
        == "关于加快数字化的意见\n百度 Apollo 平台 与 车企"
    )


def test_note_numbers_go_and_document_numbers_stay() -> None:
    text = "需求上升[1],技术成熟[13][14]。见国发〔2018〕145号与国发[2021]12号,合资公司[示例科技(惠州)有限公司]成立。"
    expected = "需求上升,技术成熟。见国发〔2018〕145号与国发[2021]12号,合资公司[示例科技(惠州)有限公司]成立。"
    assert clean(text).text == expected


def test_frame_of_a_page_goes_with_a_finding_each() -> None:
    text = "\n".join(
        [
            "您现在的位置:首页 > 要闻 > 正文",
            "示例市数字产业集群再添新平台",
            "时间:2023-05-06 08:00    来源:示例日报",
            PROSE,
            "(记者 王小明)",
            "(作者单位:示例大学数字经济研究院)",
            "【本文作者为示例大学教授】",
            "责编:李 四/美编:赵 五",
            "关键词: 数字经济",
            "上一篇:旧闻",
            "凡本网注明“来源”的作品,均转载自其它媒体。",
            "示ICP备00000000号-1",
            "相关新闻",
            "另一条新闻的标题",
        ]
    )
    result = clean(text)
    assert result.text.split("\n") == [
        "示例市数字产业集群再添新平台",
        PROSE,
        "(记者 王小明)",
        "(作者单位:示例大学数字经济研究院)",
        "【本文作者为示例大学教授】",
        "",
    ]
    assert result.metadata.title == "示例市数字产业集群再添新平台"
    assert result.metadata.date == "2023-05-06"
    assert result.metadata.outlet == "示例日报"
    assert result.metadata.authors == ("王小明",)
    dropped = [text[f.start : f.end] for f in result.findings if f.code == "boilerplate"]
    assert len(dropped) == 9
    assert dropped[-1] == "另一条新闻的标题"
    assert {f.severity for f in result.findings} == {"info"}


def test_a_list_in_the_text_is_no_list_of_links() -> None:
    text = f"{PROSE}\n热门\n{PROSE}\n"
    assert clean(text).text == text


def test_nothing_but_navigation_is_an_error() -> None:
    with pytest.raises(EmptyDocumentError, match=r"a\.txt"):
        clean("首页 > 要闻 > 正文\n示ICP备00000000号\n")


def test_html_loses_markup_and_frame_and_keeps_offsets() -> None:
    page = f"""<!DOCTYPE html><html><head><title>数字产业观察 - 示例网</title>
<meta name="PubDate" content="2024-05-06 10:00">
<style>p {{ color: red }}</style><script>var a = "<p>不是正文</p>";</script></head><body>
<nav><a href="/">首页</a><a href="/b">要闻</a></nav><div class="bread-crumb">首页 &gt; 要闻</div>
<h1>示例市发布&nbsp;行动方案</h1>
<div class="content share"><p>{PROSE}</p><p>第二段含<b>加粗</b>与&ldquo;引语&rdquo;,
换行也不断句。<!-- 注释 --></p><table><tr><td>甲</td><td>乙</td></tr></table></div>
<footer>版权所有</footer></body></html>"""
    result = clean(page, "text/html")
    assert result.text.split("\n") == [
        "示例市发布 行动方案",
        PROSE,
        "第二段含加粗与“引语”,换行也不断句。",
        "甲 乙",
        "",
    ]
    assert result.metadata.title == "数字产业观察"
    assert result.metadata.date == "2024-05-06"
    for word in ("示例市发布", PROSE, "加粗", "换行也不断句"):
        place = result.text.index(word)
        start, end = result.to_source(place, place + len(word))
        assert page[start:end] == word
    quote = result.text.index("“")
    assert page[slice(*result.to_source(quote, quote + 1))] == "&ldquo;"


def test_an_unclosed_frame_does_not_swallow_the_page() -> None:
    assert PROSE in clean(f"<nav><a>首页</a><p>{PROSE}</p>", "text/html").text


def test_a_class_that_marks_most_of_the_page_is_no_frame() -> None:
    assert PROSE in clean(f'<div class="main-menu"><p>{PROSE}</p></div><p>完</p>', "text/html").text


def test_markdown_loses_marks_and_keeps_words() -> None:
    text = f"""---
title: 示例市行动方案
date: 2024-01-02
author: 王小明
---
# 总体要求

- 推动**数字经济**发展,见[《示例条例》](https://example.org/a_(b))
- *加强*与`kg`

| 市 | 规模 |
|----|------|
| 甲 | 3 |

![图](a.png)
> {PROSE}
"""
    result = clean(text, "text/markdown")
    assert result.text.split("\n") == [
        "总体要求",
        "推动数字经济发展,见《示例条例》",
        "加强与kg",
        "市 规模",
        "甲 3",
        PROSE,
        "",
    ]
    assert (result.metadata.title, result.metadata.date, result.metadata.authors) == (
        "示例市行动方案",
        "2024-01-02",
        ("王小明",),
    )


def test_wrapped_lines_are_joined() -> None:
    paragraph = "示例省以数据要素为牵引加快培育新一代信息技术产业集群支持龙头企业与高校院所共建创新联合体"
    paragraph += "推动成果就地转化惠及全省。"
    rows = [paragraph[i : i + 20] for i in range(0, len(paragraph), 20)]
    wrapped = "\n".join("\n".join(rows) for _ in range(4))
    result = clean(wrapped)
    assert result.text == "\n".join([paragraph] * 4)
    assert "lines-joined" in codes(result)


PRINTED = """\
示例市石化产业集群发展规划
一、发展基础
示例市是重要的石化产业基地。2024 年，示例石化经济技术开发区实现工业总产值
2900 亿元，拥有规模以上企业168 家。
二、发展目标
到2030 年，绿色石化产业集群产值突破8000 亿元，研发经费投入强度达到3.2%。示
例市将建设绿色石化产业集群。
"""


def test_a_page_that_was_set_is_wrapped_though_few_of_its_lines_are_full() -> None:
    """A plan of a page has headings and last lines of paragraphs; in a text file nothing says that it was set."""
    result = clean_text(SourceText("a.pdf", PRINTED, places=(Place(0, "page=1&line=1"),)))
    assert "实现工业总产值2900" in result.text and "。示例市将建设" in result.text
    assert result.text.count("\n") == PRINTED.count("\n") - 2 and "lines-joined" in codes(result)
    assert clean(PRINTED).text.count("\n") == PRINTED.count("\n")


def test_a_page_of_cells_and_titles_keeps_its_lines() -> None:
    rows = [f"示例市{kind}数字产业集群重点企业{'名录' * n}" for n, kind in enumerate("甲乙丙丁戊己庚", start=1)]
    text = "\n".join(rows) + "\n"
    assert clean_text(SourceText("a.pdf", text, places=(Place(0, "page=1&line=1"),))).text == text


def test_lines_of_a_list_are_not_joined() -> None:
    text = "".join(f"示例市{name}区数字产业集群重点企业培育名录\n" for name in "东西南北中前后左右")
    text = "".join(f"{i}. {line}\n" for i, line in enumerate(text.split("\n"), 1) if line)
    assert clean(text).text == text


def test_damage_is_flagged_and_left() -> None:
    result = clean("有所作为?!苯\ue3d3?,对外开放。数据\ufffd\ufffd平台")
    places = [
        (f.severity, result.source.text[f.start : f.end]) for f in result.findings if f.code == "damaged-characters"
    ]
    assert places == [("warning", "?!苯\ue3d3"), ("warning", "\ufffd\ufffd")]
    assert "苯" in result.text


def test_damage_is_repaired_where_it_is_determined() -> None:
    good = "专家说,形势很好。”奥特斯CEO告诉记者,企业将扩大投资。"
    data = good.encode("gbk")
    at = data.index("。”".encode("gbk"))
    stream = data[at + 1 :]  # the lead byte of 。 is lost, the rest is read one byte out of step
    end = stream.index(b"CEO") + 1
    damaged = data[:at].decode("gbk") + "?" + stream[:end].decode("gbk") + stream[end:].decode("gbk")
    assert damaged != good
    result = clean(damaged)
    assert result.text == good
    assert codes(result) == ["bytes-repaired"]
    assert result.findings[0].severity == "warning"


def test_honest_question_marks_stay() -> None:
    text = "如何创造新蓝海?专家说,创新是关键。真的吗?!(笑)怎么办?”他问。\n"
    result = clean(text)
    assert result.text == text
    assert result.findings == ()


def test_to_clean_leads_back() -> None:
    result = clean(TWIN)
    for place, start in enumerate(result.starts):
        assert to_clean(result, start) == place
    with pytest.raises(IndexError):
        to_clean(result, len(TWIN) + 1)


# Laws -----------------------------------------------------------------------------------------------------------------

_PIECES = st.sampled_from(
    [
        *"数字经济产业集群發展區經業務時後里著干",
        *"，。、,.!?()（）“”《》[]#*_-|<>&;:: ",
        "\n", "\r\n", "\u3000", "\xa0", "\u200b", "(fā)", "(Jīng-Jīn-Jì)", "(WIPO)", "[1]", "&nbsp;", "&amp;",
        "<p>", "</p>", "<br>", "<b>", "</b>", "<script>x</script>", "<nav>首页</nav>", "**", "[文](u)", "# ",
        "首页 > 要闻\n", "来源:示例日报\n", "2024-01-02 ", "\ue3d3", "?!", "５Ｇ", "12",
    ]
)  # fmt: skip
_TEXTS = st.lists(_PIECES, min_size=1, max_size=60).map("".join)


@settings(deadline=None)
@given(text=_TEXTS, media_type=st.sampled_from(["text/plain", "text/markdown", "text/html"]))
def test_offsets_rise_and_stay_inside(text: str, media_type: str) -> None:
    try:
        result = clean(text, media_type)
    except EmptyDocumentError:
        return
    assert len(result.starts) == len(result.ends) == len(result.text)
    assert list(result.starts) == sorted(result.starts)
    assert list(result.ends) == sorted(result.ends)
    assert all(0 <= start <= end <= len(text) for start, end in zip(result.starts, result.ends, strict=True))
    for place, character in enumerate(result.text):
        if not character.isspace():
            start, end = result.to_source(place, place + 1)
            assert start < end
    for finding in result.findings:
        if finding.start is not None and finding.end is not None:
            assert 0 <= finding.start <= finding.end <= len(text)


@settings(deadline=None)
@given(text=_TEXTS)
def test_cleaning_settles(text: str) -> None:
    words = re.sub(r"[<>&\[\]#*_|?]", "", text)
    try:
        once = clean(words).text
        twice = clean(once).text
    except EmptyDocumentError:
        return
    assert clean(twice).text == twice


_CLAUSES = st.lists(
    st.sampled_from(
        ["數(shù)字經(jīng)濟發展", "意味著新動能", "示例市著力創新", "北京(Běijīng)", "瞭望塔",
         "5.6萬P(算力單位PETAFLOPS)",
         "里程與後來", "(WIPO)報告[2]", "“開物”平臺", "百度Apollo", "乾坤", "編著與卓著"]
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@settings(deadline=None)
@given(clauses=_CLAUSES, data=st.data())
def test_a_quote_is_its_source_cleaned(clauses: list[str], data: st.DataObject) -> None:
    result = clean(",".join(clauses) + "。")
    bounds = [0, *(m.end() for m in re.finditer("[,。]", result.text))]
    first = data.draw(st.integers(0, len(bounds) - 2))
    last = data.draw(st.integers(first + 1, len(bounds) - 1))
    start, end = result.to_source(bounds[first], bounds[last])
    assert clean_fragment(result, start, end) == result.text[bounds[first] : bounds[last]]
