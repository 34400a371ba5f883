from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from extract.components.sentences import split_text


def _parts(text: str) -> tuple[list[str], list[str]]:
    sentences, clauses = split_text(text)
    return [text[a:b].strip() for a, b in sentences], [text[a:b].strip() for a, b in clauses]


def test_both_widths_of_punctuation_divide_alike() -> None:
    wide = _parts("甘州市发展氢能，兰陵县发展蔬菜。两地合作：共建园区！")
    narrow = _parts("甘州市发展氢能,兰陵县发展蔬菜。两地合作:共建园区!")
    assert [len(part) for part in wide] == [len(part) for part in narrow] == [2, 4]


def test_titles_parentheses_and_short_quotations_are_not_divided() -> None:
    _, clauses = _parts("印发《关于甲、乙，以及丙的意见》(征求意见稿，内部)，落实“一港，四基地”。")
    assert clauses == ["印发《关于甲、乙，以及丙的意见》(征求意见稿，内部)，", "落实“一港，四基地”。"]


def test_a_number_is_not_divided() -> None:
    assert _parts("产值1,200.5亿元,用时10:30。")[1] == ["产值1,200.5亿元,", "用时10:30。"]


def test_a_line_is_a_sentence_and_a_gap_in_a_headline_divides_clauses() -> None:
    sentences, clauses = _parts("甘州聚力发展 兰陵奋勇争先\n正文开始。")
    assert sentences == ["甘州聚力发展 兰陵奋勇争先", "正文开始。"]
    assert clauses[:2] == ["甘州聚力发展", "兰陵奋勇争先"]


@given(st.text(alphabet="甲乙丙，,。；：:“”《》（）()\n 12.、！", max_size=80))
def test_clauses_cover_the_text_and_stay_in_their_sentence(text: str) -> None:
    sentences, clauses = split_text(text)
    covered = {i for start, end in clauses for i in range(start, end)}
    assert all(i in covered for i, c in enumerate(text) if c not in " \n，,：:。；！" and not c.isspace())
    assert all(any(s <= a and b <= e for s, e in sentences) for a, b in clauses if text[a:b].strip())
    assert clauses == sorted(clauses) and all(a[1] <= b[0] for a, b in itertools.pairwise(clauses))
