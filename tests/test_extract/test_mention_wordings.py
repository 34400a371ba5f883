"""Every wording of the mention components proves itself on its own examples."""

from __future__ import annotations

import re

import pytest

from extract.packs import load_packs

ROWS = [
    pytest.param(row, id=f"{section}:{row['name']}")
    for section in ("titles", "definitions")
    for row in load_packs().section(section)["pattern"]
]


@pytest.mark.parametrize("row", ROWS)
def test_examples_match_and_counterexamples_do_not(row):
    pattern = re.compile(row["regex"])
    assert row["examples"] and row["counterexamples"]
    assert [text for text in row["examples"] if not pattern.search(text)] == []
    assert [text for text in row["counterexamples"] if pattern.search(text)] == []


@pytest.mark.parametrize("row", ROWS)
def test_the_mention_is_a_named_group(row):
    assert {"name", "short"} & set(re.compile(row["regex"]).groupindex)
