from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.components.quantities import chinese_number, find_quantities, load_grammar


def _found(text: str) -> list[tuple[str, float, float, str]]:
    return [(q.comparison, q.value, q.factor, q.unit) for q in find_quantities(text, load_grammar(("base",)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("营收1.8万亿元", ("=", 1.8, 1e12, "元")),
        ("200余万个经营主体", (">", 200, 1e4, "个")),
        ("超2万家企业", (">", 2, 1e4, "家")),
        ("近百分之", None),
        ("提高0.6个百分点", ("=", 0.6, 1, "个百分点")),
        ("扩大1.5倍", ("=", 1.5, 1, "倍")),
        ("不少于60台", (">=", 60, 1, "台")),
        ("税率15%以下", ("<=", 15, 1, "%")),
        ("约120公里", ("~", 120, 1, "公里")),
        ("算力5.6万P", ("=", 5.6, 1e4, "P")),
        ("规划面积600平方公里", ("=", 600, 1, "平方公里")),
        ("五千万千瓦时", ("=", 5000, 1e4, "千瓦时")),
        ("5000万千瓦时", ("=", 5000, 1e4, "千瓦时")),
        ("3千家", ("=", 3000, 1, "家")),
        ("惠及近300万群众", ("<", 300, 1e4, "人")),
        ("突破千亿元大关", (">", 1000, 1e8, "元")),
        ("百余家企业", (">", 100, 1, "家")),
        ("一千四百多件", (">", 1400, 1, "件")),
        ("占地3．4平方公里", ("=", 3.4, 1, "平方公里")),
        ("成千上万家企业", None),
        ("六大产业集群", ("=", 6, 1, "个")),
        ("超七成", (">", 70, 1, "%")),
        ("发放券额2亿美元", ("=", 2, 1e8, "美元")),
    ],
)
def test_a_quantity_has_value_factor_unit_and_comparison(text: str, expected: tuple | None) -> None:
    assert _found(text) == ([expected] if expected else [])


def test_a_range_is_two_bounds() -> None:
    assert _found("10-20家") == [(">=", 10, 1, "家"), ("<=", 20, 1, "家")]
    assert _found("5%至8%") == [(">=", 5, 1, "%"), ("<=", 8, 1, "%")]


def test_the_last_of_a_list_says_what_the_others_are_short_for() -> None:
    assert _found("分别高于全国12.7个、12个百分点") == [("=", 12.7, 1, "个百分点"), ("=", 12, 1, "个百分点")]
    assert _found("新增3个和7.5个百分点") == [("=", 3, 1, "个百分点"), ("=", 7.5, 1, "个百分点")]
    assert _found("建成3个、5个园区") == [("=", 3, 1, "个"), ("=", 5, 1, "个")]


@pytest.mark.parametrize("text", ["60岁以上老年人", "3岁以下婴幼儿", "现年61岁的专家", "寿命很长，61岁"])
def test_an_age_of_people_measures_nothing(text: str) -> None:
    assert _found(text) == []


def test_several_in_a_row_are_kept_apart() -> None:
    assert _found("新增甲类3家、乙类5家") == [("=", 3, 1, "家"), ("=", 5, 1, "家")]


@pytest.mark.parametrize(
    "text", ["2024年", "第5批", "12345热线", "T1000级", "文献[12]", "三城一区", "二十大", "一支队伍"]
)
def test_what_only_looks_like_a_number_is_none(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    ("word", "value"), [("十", 10), ("二十三", 23), ("一百零五", 105), ("两千", 2000), ("百二", 102)]
)
def test_numerals_in_words(word: str, value: int) -> None:
    assert chinese_number(word) == value


@given(st.floats(min_value=0.1, max_value=9999, allow_nan=False).map(lambda x: round(x, 2)))
def test_scale_never_changes_the_amount(value: float) -> None:
    (found,) = find_quantities(f"投资{value}千万元", load_grammar(("base",)))
    assert found.value * found.factor == pytest.approx(value * 1e7)
