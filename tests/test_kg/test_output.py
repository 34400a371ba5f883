"""Whole files or none, one writer, a manifest that notices."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from kg import output
from kg.curation import format_decisions, parse_decision, read_decisions
from kg.report import read_findings
from ontology.errors import LimitError, OutputError
from ontology.model import DateValue, Entity, Evidence, Fact, Finding, Observation

FILES = {name: f"{name}\n".encode() for name in output.FILES}


def manifest() -> output.Manifest:
    digests = {name: output.sha256_of(data) for name, data in FILES.items()}
    return output.Manifest("0.1.0", "rules", ("base",), {"documents": 1}, digests)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    output.write_output(tmp_path / "out", FILES, manifest())
    assert output.read_manifest(tmp_path / "out") == manifest()
    assert {p.name for p in (tmp_path / "out").iterdir()} == {*output.FILES, output.MANIFEST}


@pytest.mark.parametrize("name", output.FILES)
def test_a_changed_file_is_noticed(tmp_path: Path, name: str) -> None:
    output.write_output(tmp_path, FILES, manifest())
    (tmp_path / name).write_bytes(FILES[name][:-1])
    with pytest.raises(OutputError, match=name):
        output.read_manifest(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(OutputError, match=name):
        output.read_manifest(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"version": "0.1.0"}', b"\xff\xfe"])
def test_a_damaged_manifest_is_an_error_of_ours(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / output.MANIFEST).write_bytes(damage)
    with pytest.raises(OutputError, match="damaged"):
        output.read_manifest(tmp_path)


def test_an_unfinished_or_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="not to the end") as caught:
        output.read_manifest(tmp_path)
    assert "kg build" in caught.value.hint
    with pytest.raises(OutputError, match="No output folder"):
        output.read_manifest(tmp_path / "nowhere")


@pytest.mark.parametrize("call", ["fsync", "replace"])
@pytest.mark.parametrize("nth", [1, 3, 5])
def test_a_failing_disk_leaves_whole_files_and_no_temporaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, nth: int
) -> None:
    output.write_output(tmp_path, FILES, manifest())
    real, count = getattr(os, call), [0]

    def failing(*args: object) -> object:
        count[0] += 1
        if count[0] == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*args)

    monkeypatch.setattr(output.os, call, failing)
    with pytest.raises(LimitError, match="No space left"):
        output.write_output(tmp_path, {name: b"new" for name in FILES}, manifest())
    monkeypatch.undo()
    assert output.leftovers(tmp_path) == []
    assert all((tmp_path / name).read_bytes() in (FILES[name], b"new") for name in FILES)
    if call == "fsync":  # nothing was renamed yet: all is as before
        assert output.read_manifest(tmp_path) == manifest()


def test_a_folder_that_is_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("no folder")
    with pytest.raises(OutputError, match="out"), output.writer_lock(tmp_path / "out"):
        pass
    with pytest.raises(OutputError, match="out"):
        output.write_file(tmp_path / "out" / "page.html", b"")


def _hold_lock(out: Path, ready: object) -> None:
    with output.writer_lock(out):
        ready.set()  # type: ignore[attr-defined]
        time.sleep(60)


def test_two_writers_exclude_each_other_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    other = context.Process(target=_hold_lock, args=(tmp_path, ready))
    other.start()
    try:
        assert ready.wait(30)
        with pytest.raises(OutputError, match="Another process"), output.writer_lock(tmp_path):
            pass
    finally:
        os.kill(other.pid or 0, signal.SIGKILL)
        other.join()
    with output.writer_lock(tmp_path):
        pass


def test_leftovers_of_a_killed_build_are_found_and_removed(tmp_path: Path) -> None:
    stale = tmp_path / f".graph.ttl.123{output.TEMPORARY_SUFFIX}"
    stale.write_bytes(b"half a gra")
    (tmp_path / ".hidden").write_bytes(b"the user's")
    assert output.remove_leftovers(tmp_path) == [stale]
    assert not stale.exists() and (tmp_path / ".hidden").exists()


def test_entity_line_has_the_contract_keys() -> None:
    entity = Entity(
        "id:Policy_x", "Policy", "x", ("x", "《x》"), ("a.txt",), attributes=(("title", "x"), ("title", "y"))
    )
    record = output.entity_record(entity)
    assert {"id", "type", "name", "names", "docs"} <= record.keys()
    assert record["attributes"] == {"title": ["x", "y"]}


def test_fact_lines_one_for_each_piece_of_evidence() -> None:
    evidence = tuple(Evidence("a.txt", i, i + 5, "百度推出", "asserted", 0.9, "launches") for i in (0, 10))
    fact = Fact("id:Firm_百度", "develops", "id:Platform_开物", evidence=evidence)
    first, second = output.fact_records(fact)
    assert list(first) == [
        "doc", "fact", "subject", "relation", "object", "origin", "modality", "speaker", "confidence", "start", "end",
        "text", "rule", "date", "source", "place",
    ]  # fmt: skip
    assert (first["start"], second["start"]) == (0, 10)
    assert first["fact"] == second["fact"]


def test_a_background_fact_has_one_line_with_its_source() -> None:
    fact = Fact("id:Region_海淀区", "partOf", "id:Region_北京市", origin="background", source="regions.tsv")
    (record,) = output.fact_records(fact)
    assert (record["doc"], record["origin"], record["source"], record["start"]) == (
        "",
        "background",
        "regions.tsv",
        None,
    )


def test_objects_as_in_the_contract() -> None:
    observation = Observation("数字经济规模", 4.0, 1e12, "元", ">", "2021")
    assert json.dumps(output.object_record(observation), ensure_ascii=False) == (
        '{"measure": "数字经济规模", "value": 4, "factor": 1000000000000, '
        '"unit": "元", "comparison": ">", "period": "2021"}'
    )
    assert output.object_record(DateValue("2022-07")) == {"value": "2022-07"}
    assert output.object_record("id:Topic_5G") == "id:Topic_5G"


def test_jsonl_is_utf8_one_record_a_line() -> None:
    records = [output.finding_record(Finding("c", "info", "文.txt", 0, 1, "a\nb\u2028c"))] * 2
    data = output.to_jsonl(records)
    assert data.count(b"\n") == 2
    assert [json.loads(line) for line in data.decode().split("\n")[:-1]] == records


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path: Path) -> None:
    text = "前\u2028后\u2029\x85末\x0b\x1c"
    finding = Finding("code", "warning", text, 0, 1, text)
    (tmp_path / output.FINDINGS).write_bytes(output.to_jsonl([output.finding_record(finding)]))
    assert [record["message"] for record in read_findings(tmp_path)] == [text]
    fact = {"subject": "id:Firm_a", "relation": "develops", "object": "id:Platform_b"}
    decision = parse_decision({"action": "reject", "by": text, "reason": text, **fact})
    (tmp_path / "decisions.jsonl").write_text(format_decisions([decision]), "utf-8")
    assert read_decisions(tmp_path / "decisions.jsonl") == (decision,)
