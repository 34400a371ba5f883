"""What stands behind a clause that looks ahead is planned, whatever its own words say."""

from __future__ import annotations

import pytest
from marked_sentences import read

SENTENCE = "[[Region|甘州市]]建成[[Facility|河西算力中心]]。"


def modalities(marked: str) -> set[str]:
    return {c.modality for c in read(marked)._.candidates if c.relation == "develops"}


@pytest.mark.parametrize(
    "before",
    [
        "到2030年，",
        "到2030年底,",
        "未来五年，",
        "力争到2030年，",
        "“十五五”期间，",
        "产业基础雄厚。下一步，",
        "2026年工作安排：",
    ],
)
def test_a_clause_that_looks_ahead_makes_a_plan(before: str) -> None:
    assert modalities(before + SENTENCE) == {"planned"}


@pytest.mark.parametrize("before", ["", "2020年，", "截至2020年，", "五年来，", "到2030年的规划印发以后，"])
def test_other_clauses_do_not(before: str) -> None:
    assert modalities(before + SENTENCE) == {"asserted"}


def test_what_is_done_by_then_is_done() -> None:
    assert modalities("到2020年，[[Region|甘州市]]已建成[[Facility|河西算力中心]]。") == {"asserted"}


def test_what_is_not_done_yet_is_a_problem() -> None:
    assert modalities("[[Region|甘州市]]尚未建成[[Facility|河西算力中心]]。") == {"problem"}
