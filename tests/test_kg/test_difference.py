"""`kg diff`: what is new, gone, revised or changed, as words, JSON and a page; what moved is no difference."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kg.cli import main
from kg.difference import compare_builds
from kg.output import ENTITIES, FACTS, GRAPH, Manifest, entity_record, fact_records, sha256_of, to_jsonl, write_output
from ontology.assertion import corpus_to_turtle
from ontology.iri import entity_id
from ontology.model import Corpus, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact, Observation

CITY, FIRM, PLATFORM = entity_id("Region", "滨海市"), entity_id("Firm", "云帆"), entity_id("Platform", "云谷平台")
ENTITIES_OF = (
    Entity(CITY, "Region", "滨海市", ("滨海市",), ("a.txt",)),
    Entity(FIRM, "Firm", "云帆", ("云帆",), ("a.txt",)),
    Entity(PLATFORM, "Platform", "云谷平台", ("云谷平台",), ("a.txt",)),
)
BUILT = Evidence("a.txt", 0, 9, "云帆建成云谷平台", "asserted", 0.9, "builds")
DEVELOPS = Fact(FIRM, "develops", PLATFORM, evidence=(BUILT,))
LOCATED = Fact(FIRM, "locatedIn", CITY, evidence=(replace(BUILT, text="云帆落户滨海市", start=20, end=27),))


def scale(value: float, text: str) -> Fact:
    observation = Observation("数字经济规模", value, 1e12, "元", ">", "2023")
    return Fact(CITY, "observed", observation, evidence=(replace(BUILT, text=text, start=40, end=60),))


def written(
    folder: Path, facts: Sequence[Fact], entities: Sequence[Entity] = ENTITIES_OF, documents: Sequence[str] = ("a.txt",)
) -> Path:
    records = tuple(DocumentRecord(doc, "0" * 64, DocumentMetadata()) for doc in documents)
    corpus = Corpus(documents=records, entities=tuple(entities), facts=tuple(facts))
    data = {
        GRAPH: corpus_to_turtle(corpus),
        ENTITIES: to_jsonl(map(entity_record, entities)),
        FACTS: to_jsonl(record for fact in facts for record in fact_records(fact)),
    }
    write_output(folder, data, Manifest("0", "rules", ("base",), {}, {n: sha256_of(d) for n, d in data.items()}))
    return folder


def test_the_same_facts_are_no_difference_wherever_they_stand(tmp_path: Path) -> None:
    moved = replace(DEVELOPS, evidence=(replace(BUILT, start=100, end=109, confidence=0.7, rule="other"),))
    old, new = written(tmp_path / "old", [DEVELOPS, LOCATED]), written(tmp_path / "new", [LOCATED, moved])
    difference = compare_builds(old, new)
    assert not difference
    assert list(difference.to_lines("zh")) == ["没有差异"]


def test_new_and_gone_facts_come_with_their_words(tmp_path: Path) -> None:
    difference = compare_builds(written(tmp_path / "old", [DEVELOPS]), written(tmp_path / "new", [LOCATED]))
    assert difference.counts["new"] == difference.counts["gone"] == 1
    (new,), (gone,) = difference.kinds["new"], difference.kinds["gone"]
    assert (new["subject"], new["relation"], new["object"]) == ("云帆", "locatedIn", "滨海市")
    assert [piece["text"] for piece in gone["evidence"]] == ["云帆建成云谷平台"]
    lines = "\n".join(difference.to_lines("en"))
    assert "云帆 — develops → 云谷平台" in lines and "“云帆落户滨海市” a.txt [20,27), asserted" in lines


def test_another_value_for_the_same_thing_is_revised(tmp_path: Path) -> None:
    old = written(tmp_path / "old", [scale(4, "规模超4万亿元")])
    difference = compare_builds(old, written(tmp_path / "new", [scale(4.2, "规模超4.2万亿元")]))
    assert {kind for kind, records in difference.kinds.items() if records} == {"revised"}
    assert ["  滨海市 — 观测到", "数字经济规模 >4万亿元 (2023)", "现为 >4.2万亿元"][1:] == list(
        difference.to_lines("zh")
    )[3].split(" → ")[1:]


def test_more_evidence_and_another_modality_change_a_fact(tmp_path: Path) -> None:
    planned = replace(BUILT, modality="planned")
    other = replace(BUILT, doc="b.txt", text="云谷平台由云帆运营")
    old = written(tmp_path / "old", [DEVELOPS])
    new = written(tmp_path / "new", [replace(DEVELOPS, evidence=(planned, other))], documents=("a.txt", "b.txt"))
    difference = compare_builds(old, new)
    (changed,) = difference.kinds["changed"]
    assert [(p["doc"], p["modality"]) for p in changed["added"]] == [("a.txt", "planned"), ("b.txt", "asserted")]
    assert [(p["doc"], p["modality"]) for p in changed["removed"]] == [("a.txt", "asserted")]
    assert difference.kinds["new_documents"] == [{"doc": "b.txt"}]


def test_entities_come_go_and_change(tmp_path: Path) -> None:
    city, firm, _ = ENTITIES_OF
    renamed = replace(firm, names=("云帆", "云帆科技"))
    added = Entity(entity_id("Firm", "海纳"), "Firm", "海纳", ("海纳",), ("a.txt",))
    difference = compare_builds(
        written(tmp_path / "old", [LOCATED]), written(tmp_path / "new", [LOCATED], [city, renamed, added])
    )
    assert [e["name"] for e in difference.kinds["new_entities"]] == ["海纳"]
    assert [e["name"] for e in difference.kinds["gone_entities"]] == ["云谷平台"]
    (changed,) = difference.kinds["changed_entities"]
    assert changed["changes"] == {"names": {"old": ["云帆"], "new": ["云帆", "云帆科技"]}}


def test_the_command_prints_json_writes_a_page_and_ends_as_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoken = replace(BUILT, text="<b>云帆</b>落户滨海市")
    old = str(written(tmp_path / "old", [DEVELOPS]))
    new = str(written(tmp_path / "new", [DEVELOPS, replace(LOCATED, evidence=(spoken,))]))
    page = tmp_path / "changes.html"
    assert main(["diff", old, new, "--json", "--page", str(page), "--lang", "zh"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["new"] == 1
    html = page.read_text(encoding="utf-8")
    assert "新增的事实" in html and "&lt;b&gt;云帆&lt;/b&gt;" in html and "<b>" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert main(["diff", old, new, "--exit-code", "--quiet"]) == 1
    assert main(["diff", old, old, "--exit-code", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_a_folder_that_was_not_built_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(written(tmp_path / "old", [DEVELOPS])), str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err
