"""The order of the stages: what one bad document costs, what a failed stage leaves, same input same bytes."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from fake_stages import violation

import kg
from kg import output, pipeline
from kg.processing.cache import FOLDER
from kg.settings import missing_for_full
from ontology.errors import ConfigurationError, LimitError, OutputError, UsageError
from ontology.iri import fact_id

RULES = kg.Settings(profile="rules")


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def test_writes_every_file_of_the_contract(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert report.exit_code == 0
    manifest = output.read_manifest(tmp_path / "out")
    assert manifest.counts["documents"] == 3 and manifest.counts["facts"] == 3 and manifest.counts["evidence"] == 4
    assert (manifest.profile, manifest.packs, manifest.version) == ("rules", ("base",), kg.__version__)
    assert {f["doc"] for f in lines(tmp_path / "out" / "facts.jsonl")} == {"a.txt", "b.txt", "sub/a.txt"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*output.FILES, output.MANIFEST, output.LOCK, FOLDER}


@pytest.mark.parametrize(
    ("text", "code"), [("BUG", "internal-error"), ("NAVIGATION", "empty-document"), ("", "empty-document")]
)
def test_a_bad_document_costs_itself_only(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, text: str, code: str
) -> None:
    (texts / "bad.txt").write_text(text, encoding="utf-8")
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert report.exit_code == 1
    (finding,) = [f for f in lines(tmp_path / "out" / "findings.jsonl") if f["severity"] == "error"]
    assert (finding["doc"], finding["code"]) == ("bad.txt", code)
    assert output.read_manifest(tmp_path / "out").lost == ("bad.txt",)
    assert len(report.corpus.facts) == 3


def test_memory_is_a_limit_not_a_bug(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    (texts / "huge.txt").write_text("MEMORY", encoding="utf-8")
    with pytest.raises(LimitError, match="memory"):
        kg.build([texts], out=tmp_path / "out", settings=RULES)


def test_violated_shapes_are_findings_and_exit_3(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    stages.violations = [violation()]
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert report.exit_code == 3
    (finding,) = [f for f in lines(tmp_path / "out" / "findings.jsonl") if f["code"] == "shape-violated"]
    assert all(word in finding["message"] for word in ("id:Firm_百度", "FirmShape", "百度推出平台"))


def test_a_fact_that_no_shape_allows_costs_itself_only(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    wrong = fact_id("id:Firm_百度", "develops", "id:Platform_开物平台")
    stages.violations = [violation(focus=wrong, message="no such thing")]
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert report.exit_code == 0 and len(report.corpus.facts) == 2
    refused = [f for f in lines(tmp_path / "out" / "findings.jsonl") if f["code"] == "fact-refused"]
    assert [(f["doc"], f["start"], f["end"]) for f in refused] == [("a.txt", 0, 7), ("b.txt", 0, 7)]
    assert "no such thing" in refused[0]["message"]
    assert wrong.removeprefix("id:") not in (tmp_path / "out" / "graph.ttl").read_text("utf-8")


def test_a_failing_stage_leaves_the_last_build_as_it_was(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    kg.build([texts], out=out, settings=RULES)
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    (texts / "c.txt").write_text("中兴 新支点平台", encoding="utf-8")
    stages.page = RuntimeError("no page today")
    with pytest.raises(RuntimeError):
        kg.build([texts], out=out, settings=RULES)
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


def test_order_of_the_input_changes_no_byte(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    inputs = [texts / "sub", texts / "b.txt"]
    (texts / "sub" / "c.txt").write_text("中兴 新支点平台", encoding="utf-8")
    kg.build(inputs, out=tmp_path / "one", settings=RULES)
    kg.build(inputs[::-1], out=tmp_path / "two", settings=RULES)
    for name in (*output.FILES, output.MANIFEST):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_two_documents_of_one_name_are_named_both(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        kg.build([texts / "a.txt", texts / "sub"], out=tmp_path / "out", settings=RULES)
    assert str(texts / "a.txt") in caught.value.message and str(texts / "sub" / "a.txt") in caught.value.message


def test_a_second_writer_is_turned_away(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    with output.writer_lock(tmp_path / "out"), pytest.raises(OutputError, match="Another process"):
        kg.build([texts], out=tmp_path / "out", settings=RULES)


def test_no_input_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No input"):
        kg.build([], out=tmp_path)


def test_progress_hears_of_every_document(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    heard: list[tuple[str, int, str]] = []
    kg.build([texts], out=tmp_path / "out", settings=RULES, progress=lambda *what: heard.append(what))
    assert [detail for stage, done, detail in heard if stage == "read" and done] == ["a.txt", "b.txt", "sub/a.txt"]
    assert [stage for stage, done, _ in heard if not done] == ["read", "resolve", "assert", "validate", "draw", "write"]


def test_importing_the_package_imports_nothing_heavy() -> None:
    import subprocess

    heavy = "{'spacy', 'rdflib', 'neo4j', 'pyvis', 'pydantic', 'onnxruntime', 'pyoxigraph', 'pyshacl', 'numpy'}"
    code = f"import sys, kg, kg.cli; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_public_names_resolve() -> None:
    assert kg.build is pipeline.build and kg.open_graph is pipeline.open_graph
    assert set(kg.__all__) <= set(dir(kg))
    with pytest.raises(AttributeError, match="nothing_like_this"):
        kg.nothing_like_this  # noqa: B018


# --- the real stages --------------------------------------------------------------------------------------------------

TEXTS = {
    "杭州.txt": "2023年5月,杭州市人民政府印发《杭州市数字经济促进办法》。该市重点发展人工智能和云计算产业。",
    "苏州.txt": "苏州工业园区聚焦生物医药和纳米技术,集聚企业超过2000家。华为在苏州设立研究所。",
    "合肥.txt": "合肥综合性国家科学中心位于合肥市。科大讯飞推出讯飞开放平台。",
}


@pytest.mark.integration
def test_real_stages_same_bytes_in_any_order_and_hash_seed(tmp_path: Path) -> None:
    import subprocess

    folder = tmp_path / "texts"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text * 3, encoding="utf-8")
    files = sorted(folder.iterdir())
    for run in ("1", "2"):
        random.Random(run).shuffle(files)
        command = [sys.executable, "-m", "kg", "build", "--profile", "rules", "--quiet", "--out", str(tmp_path / run)]
        environment = {"PYTHONHASHSEED": run, "PATH": "", "PYTHONIOENCODING": "utf-8"}
        subprocess.run([*command, *map(str, files)], check=True, env=environment, cwd=Path(kg.__file__).parents[1])
    first = output.read_manifest(tmp_path / "1")
    assert first == output.read_manifest(tmp_path / "2")
    assert first.counts["entities"] >= 8 and first.counts["facts"] >= 3 and first.counts["violations"] == 0


# --- settings ---------------------------------------------------------------------------------------------------------


def test_the_best_profile_that_can_run_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.settings.missing_for_full", lambda: "")
    assert kg.Settings.choose().profile == "full"
    monkeypatch.setattr("kg.settings.missing_for_full", lambda: "not installed: onnxruntime")
    assert kg.Settings.choose().profile == "rules"
    with pytest.raises(ConfigurationError, match="onnxruntime"):
        kg.Settings.choose(profile="full")
    with pytest.raises(ConfigurationError, match="profile"):
        kg.Settings.choose(profile="best")


def test_packs_follow_the_base_once() -> None:
    assert kg.Settings.choose(packs=("guizhou", "base", "guizhou"), profile="rules").packs == ("base", "guizhou")


def test_what_full_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.settings.FULL_PACKAGES", ("no_such_package_1",))
    assert missing_for_full() == "not installed: no_such_package_1"
    monkeypatch.setattr("kg.settings.FULL_PACKAGES", ())
    monkeypatch.setattr("kg.settings.FULL_MODELS", ("no-such.onnx",))
    assert missing_for_full() == "not in extract/models: no-such.onnx"
    if sys.platform == "linux":
        monkeypatch.setattr("kg.settings.OPENMP", "libnosuch.so.1")
        assert "libnosuch.so.1" in missing_for_full()
