from __future__ import annotations

import pytest

from extract.components.dates import find_dates


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2024年3月印发", ["2024-03"]),
        ("2021-06-27发布", ["2021-06-27"]),
        ("2023年12月5日召开", ["2023-12-05"]),
        ("截至2024年底", ["2024"]),
        ("“十四五”期间建成", ["十四五"]),
        ("上半年完成", ["上半年"]),
        ("2024年前三季度", ["2024前三季度"]),
        ("2024-2026年", ["2024-2026"]),
        ("近5年投入", ["近5年"]),
        ("T1000碳纤维、5G网络、2000家企业", []),
    ],
)
def test_dates_are_found_with_their_values(text: str, values: list[str]) -> None:
    assert [date.value for date in find_dates(text)] == values


def test_this_year_is_the_year_of_publication() -> None:
    dates = list(find_dates("今年已建成，去年开工，6月3日揭牌", published="2025-07-01"))
    assert [(d.value, d.exact) for d in dates] == [("2025", True), ("2024", True), ("2025-06-03", True)]
    assert [d.value for d in find_dates("今年已建成")] == ["今年"]


def test_a_work_report_says_which_year_is_this_one() -> None:
    from extract import annotate as annotation
    from extract.clean import clean_text
    from ontology.model import SourceText

    nlp = annotation.build_nlp(profile="rules")

    def years(title: str) -> list[str]:
        clean = clean_text(SourceText("a.txt", f"{title}\n今年甘州市将建成园区3个，去年建成2个。"))
        doc = nlp.get_pipe("jiqun_dates")(annotation.start_doc(nlp, clean))
        return [date.value for date in doc.user_data["dates"] if date.start > len(title)]

    assert years("甘州市政府工作报告(2026年)") == ["2026", "2025"]
    assert years("2026年甘州市政府工作报告") == ["2026", "2025"]
    assert years("甘州市2026年产业规划") == ["今年", "去年"]


def test_a_year_looked_forward_to_is_marked() -> None:
    assert [d.future for d in find_dates("到2030年建成；2020年开工")] == [True, False]


def test_a_plan_in_a_title_is_no_period() -> None:
    assert list(find_dates("“十五五”规划纲要")) == []
