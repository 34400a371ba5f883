"""Rows and how they are printed."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontology.errors import UsageError
from queries.formats import FORMATS, display_width, format_rows, format_table, wrap_text
from queries.rows import Rows

ROWS = Rows(
    ("region", "value", "sure", "quote"),
    [
        ("北京市", 2.0, True, "2024年北京数字经济增加值达到2万亿元,同比增长百分之七点五,居全国前列"),
        ("天津|市", None, False, "line\nbreak <b>\x1b[31m"),
    ],
)
cells = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())


def test_rows_are_dictionaries() -> None:
    assert len(ROWS) == 2
    assert ROWS
    assert ROWS[0]["region"] == "北京市"
    assert [row["sure"] for row in ROWS] == [True, False]
    assert ROWS.column("value") == [2.0, None]
    assert not Rows(("a",), [])


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
def test_a_table_fits_the_terminal(width: int) -> None:
    text = format_table(ROWS, width=width)
    assert max(map(display_width, text.splitlines())) <= width
    assert text.endswith("(2 rows)\n")
    assert "\x1b" not in text


def test_a_table_loses_nothing() -> None:
    squeezed = "".join(format_table(ROWS, width=60).split())
    assert sum(squeezed.count(c) for c in "增长百分之七点五") >= 8


def test_columns_line_up_with_wide_characters() -> None:
    lines = format_table(Rows(("a", "b"), [("北京", "x"), ("TCL", "x")])).splitlines()
    assert {display_width(line[: line.rindex("x")]) for line in lines[2:4]} == {6}


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells, cells), max_size=5), st.integers(20, 120))
def test_any_rows_can_be_printed(records: list[tuple[str, str, str]], width: int) -> None:
    rows = Rows(("a", "b", "c"), records)
    assert max(map(display_width, format_table(rows, width=width).splitlines())) <= width
    for form in FORMATS:
        format_rows(rows, form, width=width)


@settings(deadline=None)
@given(st.text(max_size=50), st.integers(2, 20))
def test_wrapping_keeps_all_that_is_no_space(text: str, width: int) -> None:
    pieces = wrap_text(text, width)
    assert "".join("".join(pieces).split(" ")) == "".join(text.split(" "))
    assert all(display_width(piece) <= width for piece in pieces)


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells), max_size=5))
def test_json_and_csv_can_be_read_back(records: list[tuple[object, object]]) -> None:
    rows = Rows(("a", "b"), records)  # type: ignore[arg-type]
    assert json.loads(rows.to_json()) == list(rows)
    read = list(csv.reader(io.StringIO(rows.to_csv(), newline="")))
    assert read[0] == ["a", "b"]
    assert len(read) == len(records) + 1


@pytest.mark.parametrize(
    "cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1+1", "=cmd|' /C calc'!A0", "-2+3"]
)
def test_what_begins_like_a_formula_is_text_in_csv(cell: str) -> None:
    rows = Rows(("a", "b"), [(cell, "-")])
    assert list(csv.reader(io.StringIO(rows.to_csv(), newline="")))[1] == [f"'{cell}", "'-"]
    assert json.loads(rows.to_json())[0]["a"] == cell, "other formats lose nothing"


def test_the_sign_of_a_figure_is_no_formula() -> None:
    assert Rows(("comparison", "other"), [("=", "==")]).to_csv().splitlines()[1] == "=,'=="


@settings(deadline=None)
@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_numbers_stay_numbers_in_csv(number: float) -> None:
    read = list(csv.reader(io.StringIO(Rows(("a",), [(number,)]).to_csv(), newline="")))[1][0]
    assert type(number)(read) == number


@settings(deadline=None)
@given(st.text(max_size=8))
def test_no_text_in_csv_can_be_a_formula(text: str) -> None:
    read = list(csv.reader(io.StringIO(Rows(("a", "b"), [(text, "")]).to_csv(), newline="")))[1][0]
    assert read in (text, f"'{text}")
    assert read == "=" or (read[:1] not in {*"=+@\t\r\n"} and (read[:1] != "-" or float(read) <= 0))


def test_markdown_and_html_are_escaped() -> None:
    markdown = ROWS.to_markdown()
    assert "天津\\|市" in markdown
    assert "&lt;b&gt;" in markdown
    assert markdown.count("\n") == 4
    page = ROWS._repr_html_()
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_frames_are_made_when_the_library_is_there() -> None:
    for module, method in (("pandas", ROWS.to_pandas), ("polars", ROWS.to_polars)):
        try:
            __import__(module)
        except ImportError:
            with pytest.raises(UsageError, match=module):
                method()
        else:
            frame = method()
            assert list(frame.columns) == list(ROWS.columns)
            assert frame.shape == (2, 4)


def test_an_unknown_format_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="No format"):
        format_rows(ROWS, "xml")
