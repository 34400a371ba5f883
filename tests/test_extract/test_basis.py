"""A policy that is made because of another one carries it out."""

from __future__ import annotations

import pytest
from marked_sentences import facts

PLAN, STEPS = "[[Policy|数字陇原规划]]", "[[Policy|甘州市数字经济方案]]"


@pytest.mark.parametrize(
    "marked",
    [
        f"为贯彻落实《{PLAN}》，[[Region|甘州市]]制定《{STEPS}》。",
        f"为深入贯彻《{PLAN}》精神，结合实际，市政府研究制定了《{STEPS}》。",
        f"根据《{PLAN}》，编制了《{STEPS}》。",
        f"按照[[Initiative|数字陇原规划]]的要求，[[Region|甘州市]]出台《{STEPS}》。",
    ],
)
def test_what_is_made_to_carry_something_out_implements_it(marked: str) -> None:
    assert "甘州市数字经济方案 implements 数字陇原规划" in facts(marked)


@pytest.mark.parametrize(
    "marked",
    [
        f"[[Region|甘州市]]印发《{PLAN}》，另制定《{STEPS}》。",
        f"根据《{PLAN}》，[[Region|甘州市]]产值增长；另有部门制定《{STEPS}》。",
        f"根据《{PLAN}》，[[Region|甘州市]]学习《{STEPS}》。",
        f"根据《{PLAN}》。[[Region|甘州市]]制定《{STEPS}》。",
    ],
)
def test_two_policies_in_a_sentence_alone_do_not(marked: str) -> None:
    assert not [fact for fact in facts(marked) if " implements " in fact]
