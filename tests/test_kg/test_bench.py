"""What `make bench --compare` calls worse."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCALE = Path(__file__).parents[2] / "benchmarks" / "scale"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    """The script; its siblings are no package, and its peers need not be installed."""
    before = list(sys.path)
    sys.path.insert(0, str(SCALE))
    try:
        spec = importlib.util.spec_from_file_location("scale_bench", SCALE / "bench.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path[:] = before
        for name in ("documents", "stages", "record"):
            sys.modules.pop(name, None)


def test_a_ratio_that_lost_more_than_fifteen_percent_is_named(bench: ModuleType) -> None:
    kept = {"a": 2.0, "b": 2.0, "c": 2.0, "gone": 1.0}
    assert bench.regressions(kept, {"a": 1.71, "b": 1.69, "c": 9.0, "new": 0.1}) == ["b: 2.00 → 1.69 (-16%)"]


def test_ratios_are_those_of_peers_in_the_same_round(bench: ModuleType) -> None:
    stages = {"read": 1.0, "clean": 1.0, "resolve": 2.0, "the whole": 8.0}
    rounds = [
        {**stages, "annotate": 4.0, "jieba.posseg": 8.0, "spaCy zh + EntityRuler": 1.0},
        {**stages, "annotate": 40.0, "jieba.posseg": 80.0, "spaCy zh + EntityRuler": 10.0},  # all else works, too
    ]
    found = bench.ratios_of(rounds, [{"load": 10.0, "rdflib-neo4j": 2.0, "a MERGE a row": 5.0}])
    assert found["annotate to jieba.posseg"] == 2.0 and found["annotate to spaCy zh + EntityRuler"] == 0.25
    assert found["a document to jieba.posseg"] == 1.409 and found["the whole to jieba.posseg"] == 5.5
    assert found["load to rdflib-neo4j"] == 5.0 and "assert to rdflib" not in found


def test_a_planted_regression_is_printed_and_ends_with_one(
    bench: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Without a clock: a run is kept, the next is the same, and in the third `annotate` takes a fifth longer."""
    slower = 1.0
    stages = {
        "read": 1.0,
        "clean": 1.0,
        "resolve": 2.0,
        "merge": 1.0,
        "jieba.posseg": 8.0,
        "spaCy zh + EntityRuler": 1.0,
    }
    graph = {"the whole": 9.0, "assert": 1.0, "rdflib": 3.0}
    counts = {"facts": 7, "questions": 2}
    monkeypatch.setattr("extract.annotate.build_nlp", lambda profile: None)
    monkeypatch.setattr(bench, "make_posseg", lambda: None)
    monkeypatch.setattr(bench, "make_ruler", lambda: None)
    monkeypatch.setattr(bench, "write_corpus", lambda folder, texts, count: 1000)
    monkeypatch.setattr(bench, "measure_documents", lambda *_: {**stages, "annotate": 4.0 * slower})
    monkeypatch.setattr(bench, "measure_graph", lambda texts: (dict(graph), dict(counts), None))
    monkeypatch.setattr(
        bench, "measure_load", lambda projected: {"load": 9.0, "rdflib-neo4j": 3.0, "a MERGE a row": 1.0}
    )
    results = str(tmp_path / "results" / "bench.json")

    def run(*options: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["bench.py", "--results", results, *options])
        return bench.main(), capsys.readouterr().out

    assert run()[0] == 0
    code, said = run("--compare")
    assert code == 0 and "worse by more than 15%: 0 of 10 ratios" in said
    slower = 1.2
    code, said = run("--compare")
    assert code == 1 and "annotate to jieba.posseg: 2.00 → 1.67 (-17%)" in said
    assert "read to jieba.posseg" in said.partition("worse by")[0] and "read to jieba.posseg:" not in said
