"""What the tagger component does with a span before it becomes a mention."""

from __future__ import annotations

import pytest

from extract.components.tagger import _without_lone_bracket


@pytest.mark.parametrize(
    ("text", "name", "kept"),
    [
        ("承接布(棉布)、线(棉线)", "棉布)", "棉布"),
        ("承接布（棉布）、线（棉线）", "（棉线", "棉线"),
        ("承接布(棉布)、线(棉线)", "布(棉布)", "布(棉布)"),
        ("东湖科学城（西区）扩建", "东湖科学城（西区）", "东湖科学城（西区）"),
        ("棉布与棉线", "棉布", "棉布"),
    ],
)
def test_a_bracket_without_partner_is_no_part_of_a_name(text: str, name: str, kept: str) -> None:
    start = text.index(name)
    first, last = _without_lone_bracket(text, start, start + len(name))
    assert text[first:last] == kept
