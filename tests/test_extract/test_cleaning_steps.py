"""The single steps of cleaning, and the proofs that their data files bring along."""

from __future__ import annotations

import re

import pytest

from extract.cleaning.boilerplate import Line, find_boilerplate, find_citations, line_rules
from extract.cleaning.data import load_data
from extract.cleaning.frontmatter import lift_front_matter
from extract.cleaning.offsets import Draft, Edit
from extract.cleaning.pinyin import find_pinyin
from extract.cleaning.script import convert_script, is_traditional

BOILERPLATE = load_data("boilerplate.toml")


def lines_of(text: str) -> list[Line]:
    return [Line(m.start(), m.end(), m.group()) for m in re.finditer("[^\n]+", text)]


def without_pinyin(text: str) -> str:
    draft = Draft(text)
    draft.apply(find_pinyin(text))
    return draft.text


def simplified(text: str, *, traditional: bool) -> str:
    draft = Draft(text)
    convert_script(draft, document_is_traditional=traditional)
    return draft.text


def test_edits_keep_offsets() -> None:
    draft = Draft("甲(jiǎ)乙&amp;丙")
    assert draft.apply([Edit(1, 6, "", True), Edit(7, 12, "&")]) == 2
    assert draft.text == "甲乙&丙"
    assert list(zip(draft.starts, draft.ends, strict=True)) == [(0, 6), (6, 7), (7, 12), (12, 13)]


@pytest.mark.parametrize("number", range(len(BOILERPLATE["line"])))
def test_each_boilerplate_rule_proves_itself(number: int) -> None:
    data, rule = BOILERPLATE["line"][number], line_rules()[number]
    assert data["examples"] and data["counterexamples"]
    assert [example for example in data["examples"] if not rule.matches(example)] == []
    for counterexample in data["counterexamples"]:
        assert [r.name for r in line_rules() if r.matches(counterexample)] == []


def test_tail_and_citation_prove_themselves() -> None:
    heading = re.compile(BOILERPLATE["tail"]["regex"])
    assert all(heading.fullmatch(example) for example in BOILERPLATE["tail"]["examples"])
    assert not any(heading.fullmatch(example) for example in BOILERPLATE["tail"]["counterexamples"])
    assert all(list(find_citations(example)) for example in BOILERPLATE["citation"]["examples"])
    assert not any(list(find_citations(example)) for example in BOILERPLATE["citation"]["counterexamples"])


def test_sections_above_the_headline_are_a_path() -> None:
    lines = lines_of("首页\n产业频道\n商圈资讯\n示例集团电池材料新厂在天津开工\n正文从这里开始,讲的是新厂。")
    assert [index for index, _, _ in find_boilerplate(lines)] == [0, 1, 2]


def test_a_short_headline_is_no_path() -> None:
    lines = lines_of(
        "首页\n园区介绍\n"
        + "园区位于示例市东部,面积二十平方公里,聚集企业三百家,以新材料与装备制造为主,产值连年增长。" * 2
    )
    assert [index for index, _, _ in find_boilerplate(lines)] == [0]


@pytest.mark.parametrize(
    ("noisy", "expected"),
    [
        ("數(shù)字經(jīng)濟", "數字經濟"),
        ("京津冀（Jīng-Jīn-Jì）协同", "京津冀协同"),
        ("北京(Běijīng)市", "北京市"),
        ("雄安(Xióng'ān)新区", "雄安新区"),
        ("发[fā]展", "发展"),
        ("数(shu\u0300)据", "数据"),
        ("法(fɑ̌)律", "法律"),
        ("经(jing1)济与数(shù)据", "经济与数据"),
        ("数(shù)字(zi)化(hua)", "数字化"),
        ("(DÀO)道(DÀO)路", "(DÀO)道路"),
        ("世界知识产权组织(WIPO)", "世界知识产权组织(WIPO)"),
        ("5.6万P(算力单位PETAFLOPS)", "5.6万P(算力单位PETAFLOPS)"),
        ("灯(LED)数(shù)据", "灯(LED)数据"),
        ("人(men)", "人(men)"),
        ("小数(men)与数(shù)据", "小数(men)与数据"),
        ("马拉加(Málaga)", "马拉加(Málaga)"),
        ("咖啡(café)", "咖啡(café)"),
        ("苏珊(Susan)", "苏珊(Susan)"),
    ],
)
def test_pinyin(noisy: str, expected: str) -> None:
    assert without_pinyin(noisy) == expected


@pytest.mark.parametrize(
    ("traditional", "expected"),
    [
        ("意味著隨著著力決定著", "意味着随着着力决定着"),
        ("編著、卓著、專著、著名、名著、著作權、顯著、原著", "编著、卓著、专著、著名、名著、著作权、显著、原著"),
        ("融合著創新、談論著未來", "融合着创新、谈论着未来"),
        ("後來、皇后、里程、裡面、乾坤、乾燥、餘杭、於是", "后来、皇后、里程、里面、乾坤、干燥、余杭、于是"),
        ("臺灣與台灣的平臺", "台湾与台湾的平台"),
        ("衞星啓動綫上標誌着", "卫星启动线上标志着"),
        ("昇騰芯片", "昇腾芯片"),
        ("資訊智慧網路", "资讯智慧网路"),
    ],
)
def test_traditional_by_phrase(traditional: str, expected: str) -> None:
    assert simplified(traditional, traditional=True) == expected


@pytest.mark.parametrize(
    "text", ["乾坤未定,瞭望著名,於丹与后稷", "昇腾芯片", "编著卓著乾隆", "台湾、里程、头发、范围、钟南山"]
)
def test_simplified_text_is_left_alone(text: str) -> None:
    assert not is_traditional(text)
    assert simplified(text, traditional=False) == text


def test_a_traditional_name_in_a_simplified_text() -> None:
    text = "示例市与臺灣積體電路公司签约,项目在著名园区落地,后续里程不短。"
    assert simplified(text, traditional=False) == "示例市与台湾积体电路公司签约,项目在著名园区落地,后续里程不短。"


def test_script_data_proves_itself() -> None:
    import opencc

    proofs = load_data("script.toml")["proofs"]
    to_traditional = opencc.OpenCC("s2tw")
    for word in [*proofs["examples"], *proofs["counterexamples"]]:
        assert simplified(to_traditional.convert(word), traditional=True) == word


@pytest.mark.parametrize(
    ("text", "date", "outlet", "authors"),
    [
        ("题目在这里写着\n发布时间：2011-04-19\n发布人：-示例新闻网\n", "2011-04-19", "示例新闻网", ()),
        ("题目在这里写着\n2024-03-20 09:33 来源:示例参考报\n", "2024-03-20", "示例参考报", ()),
        ("题目在这里写着\n高新行业门户 2022-06-29\n", "2022-06-29", "高新行业门户", ()),
        ("题目在这里写着\n某人 2024年11月9日 21:26 阅读数 3 #科技\n", "2024-11-09", None, ()),
        ("题目在这里写着\n文 | 张小三 李四光\n", None, None, ("张小三", "李四光")),
        ("题目在这里写着\n作者：张 三\n", None, None, ("张三",)),
        ("题目在这里写着\n正文一段。(本报记者 张小三、李四光)\n", None, None, ("张小三", "李四光")),
        ("题目在这里写着\n张小三1 李四光²\n（示例大学经济学院，示例 100000）\n", None, None, ("张小三", "李四光")),
        ("题目在这里写着\n发布日期：\n2018年11月28日\n", "2018-11-28", None, ()),
        ("题目在这里写着\n示例网消息（联播）：会议开幕。\n", None, "示例网", ()),
    ],
)
def test_front_matter(text: str, date: str | None, outlet: str | None, authors: tuple[str, ...]) -> None:
    metadata, _ = lift_front_matter(lines_of(text), set())
    assert (metadata.title, metadata.date, metadata.outlet, metadata.authors) == (
        "题目在这里写着",
        date,
        outlet,
        authors,
    )


def test_no_front_matter_in_plain_prose() -> None:
    text = "截至2024年12月31日,示例市集群企业达到三百家,其中记者走访了十家,能源来源:风电与光伏,作者众多。" * 2
    metadata, bylines = lift_front_matter(lines_of(text), set())
    assert (metadata.title, metadata.date, metadata.outlet, metadata.authors, bylines) == (
        None,
        None,
        None,
        (),
        frozenset(),
    )


def test_adoption_dates_stay_in_the_text() -> None:
    _, bylines = lift_front_matter(
        lines_of("示例省关于集群的批复\n成文日期：2018年11月23日\n发布日期：2018-11-28\n"), set()
    )
    assert bylines == {2}
