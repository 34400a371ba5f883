from __future__ import annotations

import gc
from pathlib import Path
from types import SimpleNamespace

import pytest

import kg
from kg.processing.collector import NEW_VALUES, collect_seldom


def test_cycles_are_looked_for_seldom_and_then_as_before() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError), collect_seldom():
        assert gc.get_threshold() == (NEW_VALUES, *before[1:])
        raise ValueError
    assert gc.get_threshold() == before


def test_a_build_leaves_the_collector_as_it_was(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    before = gc.get_threshold()
    kg.build([texts], out=tmp_path / "out", jobs=1)
    assert gc.get_threshold() == before
