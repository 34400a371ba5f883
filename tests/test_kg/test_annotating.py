"""Texts go to annotation teams and come back as gold: nothing is lost, and what is wrong costs itself only."""

from __future__ import annotations

import importlib.util
import itertools
import json
import random
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.annotating import doccano, label_studio
from kg.annotating.gold import to_gold
from kg.annotating.marking import mark_text
from kg.annotating.marks import DATE, FIGURE, LABELS, LINKS, SAME, Link, Mark, MarkedText, marked_text
from kg.annotating.reading import read_date, read_figures
from kg.cli import main
from kg.evaluation import evaluate
from ontology.model import CleanText, SourceText

ROOT = Path(__file__).parents[2]


# --- there and back ---------------------------------------------------------------------------------------------------


@st.composite
def marked_texts(draw: st.DrawFn) -> MarkedText:
    text = draw(st.text(alphabet="云帆 深耕。\n\u2028😀a", min_size=2, max_size=30))
    places = st.integers(0, len(text) - 1).flatmap(lambda s: st.tuples(st.just(s), st.integers(s + 1, len(text))))
    spans = draw(st.lists(st.tuples(places, st.sampled_from(LABELS)), max_size=6, unique=True))
    notes = {DATE: "2024-07", FIGURE: "规模 | > | 4 | 1000000000000 | 元 | 2021"}
    marks = [Mark(*place, label, notes.get(label, "")) for place, label in spans]
    ends = st.integers(0, max(0, len(marks) - 1))
    links = draw(st.lists(st.builds(Link, ends, ends, st.sampled_from(LINKS)), max_size=5)) if marks else []
    return marked_text(draw(st.sampled_from(["a.txt", "sub/b.txt"])), text, marks, links)


def annotated(files: dict[str, bytes], shuffle: random.Random | None = None) -> list[dict[str, Any]]:
    """Do as Label Studio does when somebody takes over what was predicted, and exports it."""
    tasks = json.loads(files[label_studio.TASKS])
    for number, task in enumerate(tasks):
        result = task.pop("predictions")[0]["result"]
        if shuffle:
            shuffle.shuffle(result)
        task |= {"id": number, "annotations": [{"id": number, "result": result, "was_cancelled": False}]}
    return tasks


def exported(files: dict[str, bytes], shuffle: random.Random) -> list[dict[str, Any]]:
    """Do as doccano does: ids of its own, its fields beside those that it was given, in any order."""
    records = []
    for line in files[doccano.TEXTS].decode().rstrip("\n").split("\n"):
        record = json.loads(line)
        ids = {entity["id"]: shuffle.randrange(10**6, 10**9) for entity in record["entities"]}
        for entity in record["entities"]:
            entity["id"] = ids[entity["id"]]
        for relation in record["relations"]:
            relation |= {"from_id": ids[relation["from_id"]], "to_id": ids[relation["to_id"]]}
        shuffle.shuffle(record["entities"])
        records.append({**record, "id": len(records) + 7, "Comments": []})
    return records


@settings(max_examples=150, deadline=None)
@given(marked=marked_texts(), seed=st.integers(0, 9))
def test_what_goes_to_a_tool_comes_back_the_same(marked: MarkedText, seed: int) -> None:
    shuffle = random.Random(seed)
    (studio,) = label_studio.read(annotated(label_studio.write([marked], "jiqun"), shuffle))
    (doc,) = doccano.read(exported(doccano.write([marked], "jiqun"), shuffle))
    assert studio.marked == doc.marked == marked
    assert not studio.problems and not doc.problems


def test_ids_of_a_file_for_doccano_are_never_used_twice() -> None:
    texts = [MarkedText(doc, "云帆", (Mark(0, 2, "Firm"),)) for doc in ("a.txt", "b.txt")]
    lines = doccano.write(texts, "jiqun")[doccano.TEXTS].decode().splitlines()
    assert [entity["id"] for line in lines for entity in json.loads(line)["entities"]] == [0, 1]


def test_the_interface_of_label_studio_offers_every_class_and_relation() -> None:
    view = ElementTree.fromstring(label_studio.write([], "jiqun")[label_studio.INTERFACE])
    assert [label.get("value") for label in view.iter("Label")] == list(LABELS)
    assert [relation.get("value") for relation in view.iter("Relation")] == list(LINKS)
    names = {element.get("name") for element in view.iter() if element.get("name")}
    assert all(element.get("toName") in names for element in view.iter() if element.get("toName"))
    assert view.find("Text").get("value") == "$text"  # type: ignore[union-attr]


# --- what a build says, marked in its text ----------------------------------------------------------------------------

TEXT = "2024年7月,滨海市印发《滨海市算力条例》。\n云帆科技集团(简称云帆)在滨海建成云谷平台,滨海算力规模超过4万亿元。"
ENTITIES = [
    {"id": "id:Region_滨海市", "type": "Region", "name": "滨海市", "names": ["滨海", "滨海市"]},
    {"id": "id:Policy_滨海市算力条例", "type": "Policy", "name": "滨海市算力条例", "names": ["滨海市算力条例"]},
    {"id": "id:Firm_云帆科技集团", "type": "Firm", "name": "云帆科技集团", "names": ["云帆", "云帆科技集团"]},
    {"id": "id:Platform_云谷平台", "type": "Platform", "name": "云谷平台", "names": ["云谷平台"]},
    {"id": "id:Topic_算力", "type": "Topic", "name": "算力", "names": ["算力"]},
    {"id": "id:Statement_x", "type": "Statement", "name": "建成", "names": []},
]
FIGURE_SAID = {"measure": "算力规模", "value": 4, "factor": 10**12, "unit": "元", "comparison": ">", "period": None}


def clean_of(text: str, raw: str = "") -> CleanText:
    places = tuple(range(len(text)))
    return CleanText(SourceText("a.txt", raw or text), text, places, tuple(i + 1 for i in places))


def fact(subject: str, relation: str, obj: object, words: str) -> dict[str, Any]:
    start = TEXT.index(words)
    base = {"doc": "a.txt", "origin": "extracted", "confidence": 0.9, "text": words, "rule": "r"}
    return {**base, "subject": subject, "relation": relation, "object": obj, "start": start, "end": start + len(words)}


FIRST, SECOND = TEXT.split("\n")
FACTS = [
    fact("id:Policy_滨海市算力条例", "issuedOn", {"value": "2024-07"}, FIRST),
    fact("id:Policy_滨海市算力条例", "issuedBy", "id:Region_滨海市", FIRST),
    fact("id:Policy_滨海市算力条例", "addresses", "id:Topic_算力", FIRST),
    fact("id:Firm_云帆科技集团", "develops", "id:Platform_云谷平台", SECOND),
    fact("id:Firm_云帆科技集团", "locatedIn", "id:Region_滨海市", SECOND),
    fact("id:Region_滨海市", "observed", FIGURE_SAID, SECOND),
]


def shown(marked: MarkedText) -> tuple[set[str], set[str]]:
    """Return marks and links by their words."""
    words = [f"{marked.text[m.start : m.end]}/{m.label}" for m in marked.marks]
    return set(words), {f"{words[k.source]} {k.label} {words[k.target]}" for k in marked.links}


def test_names_and_facts_are_marked_where_they_stand() -> None:
    marking = mark_text(clean_of(TEXT), ENTITIES, FACTS)
    marks, links = shown(marking.marked)
    assert marks == {
        "2024年7月/Date", "滨海市/Region", "滨海/Region", "滨海市算力条例/Policy", "算力/Topic", "云帆科技集团/Firm",
        "云帆/Firm", "云谷平台/Platform", "超过4万亿元/Observation",
    }  # fmt: skip
    assert links == {
        "滨海市算力条例/Policy issuedOn 2024年7月/Date", "滨海市算力条例/Policy issuedBy 滨海市/Region",
        "滨海市算力条例/Policy addresses 算力/Topic", "云帆科技集团/Firm develops 云谷平台/Platform",
        "云帆科技集团/Firm locatedIn 滨海/Region", "滨海/Region observed 超过4万亿元/Observation",
        "云帆科技集团/Firm sameAs 云帆/Firm", "滨海市/Region sameAs 滨海/Region",
    }  # fmt: skip
    assert marking.unplaced == 0


def test_a_fact_with_an_end_that_no_word_names_is_counted() -> None:
    absent = fact("id:Firm_云帆科技集团", "develops", "id:Platform_海图平台", SECOND)
    assert mark_text(clean_of(TEXT), ENTITIES, [absent]).unplaced == 1


def test_marks_become_the_gold_that_the_build_agrees_with() -> None:
    record = to_gold(mark_text(clean_of(TEXT), ENTITIES, FACTS).marked).record
    by_key = {entity["key"]: entity for entity in record["entities"]}
    assert {e["name"]: e["aliases"] for e in record["entities"]}["云帆科技集团"] == ["云帆"]
    said = {(by_key[f["s"]]["name"], f["r"]): f for f in record["facts"]}
    assert said["滨海市算力条例", "issuedOn"]["value"] == "2024-07"
    figure = {key: value for key, value in said["滨海市", "observed"].items() if key not in ("s", "r")}
    assert figure == {key: value for key, value in FIGURE_SAID.items() if value is not None}
    entities = [{**e, "docs": ["a.txt"]} for e in ENTITIES]
    result = evaluate({"a": record}, entities, FACTS)
    assert not result.mistakes and result.tallies["fact"].right == len(FACTS)
    assert result.tallies["fact:observed (all fields)"].right == 1


def test_dates_and_figures_that_nobody_noted_are_read_from_their_words() -> None:
    assert [read_date(words) for words in ("2024年7月29日", "2024", "近日")] == ["2024-07-29", "2024", None]
    ((start, end, said),) = read_figures("规模超过4万亿元")
    assert (start, end, said) == (2, 8, {"value": 4.0, "factor": 1e12, "unit": "元", "comparison": ">"})
    text = "滨海市算力规模超过4万亿元"
    marks = (Mark(0, 3, "Region"), Mark(3, 13, FIGURE))
    (found,) = to_gold(MarkedText("a.txt", text, marks, (Link(0, 1, "observed"),))).record["facts"]
    assert (found["measure"], found["value"], found["comparison"]) == ("算力规模", 4.0, ">")


@pytest.mark.parametrize(
    ("label", "link", "note", "told"),
    [
        ("Hero", "develops", "", "no class 'Hero'"),
        ("Platform", "loves", "", "no relation 'loves'"),
        ("Region", "develops", "", "not between a Firm and a Region"),
        ("Platform", SAME, "", "are not one thing"),
        ("Platform", "observed", "", "no figure"),
        (FIGURE, "observed", "规模 ~ 4", "no figure"),
        (DATE, "develops", "", "its object is a Date"),
        ("Date", "issuedOn", "", "its subject is a Firm"),
    ],
)
def test_what_is_not_understood_is_told_and_costs_only_itself(label: str, link: str, note: str, told: str) -> None:
    marks = (Mark(0, 2, "Firm"), Mark(3, 7, label, note), Mark(8, 10, "Platform"))
    links = (Link(0, 1, link), Link(0, 2, "develops"))
    gold = to_gold(MarkedText("a.txt", "云帆在云谷平台上星海", marks, links))
    assert any(told in problem for problem in gold.problems)
    assert [f["r"] for f in gold.record["facts"]] == ["develops"]


def test_of_several_annotations_one_counts_and_none_is_told() -> None:
    def annotation(number: int, label: str, **fields: object) -> dict[str, Any]:
        value = {"start": 0, "end": 2, "text": "云帆", "labels": [label]}
        region = {"id": "x", "type": "labels", "from_name": "label", "to_name": "text", "value": value}
        return {"id": number, "result": [region], **fields}

    task = {"id": 5, "data": {"text": "云帆", "doc": "a.txt"}}
    late, truth = annotation(2, "Platform"), annotation(1, "Firm", ground_truth=True)
    (two,) = label_studio.read([{**task, "annotations": [late, truth, annotation(3, "Topic", was_cancelled=True)]}])
    assert two.marked == MarkedText("a.txt", "云帆", (Mark(0, 2, "Firm"),)) and "2 annotations" in two.problems[0]
    (none,) = label_studio.read([{**task, "annotations": []}])
    assert none.marked is None and "nobody" in none.problems[0]


def test_words_outweigh_offsets_that_a_browser_counted_otherwise() -> None:
    value = {"start": 3, "end": 5, "text": "云帆", "labels": ["Firm"]}  # a browser took 😀 for two
    region = {"id": "x", "type": "labels", "value": value}
    task = {"data": {"text": "😀在云帆", "doc": "a.txt"}, "annotations": [{"result": [region]}]}
    (found,) = label_studio.read([task])
    assert found.marked is not None and found.marked.marks == (Mark(2, 4, "Firm"),)


# --- the command ------------------------------------------------------------------------------------------------------


def load_training() -> ModuleType:
    folder = str(ROOT / "tools" / "training")
    sys.path.insert(0, folder)
    try:
        spec = importlib.util.spec_from_file_location("training_gold", f"{folder}/gold.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(folder)


@pytest.mark.parametrize("form", ["label-studio", "doccano"])
def test_from_a_build_to_a_tool_to_gold_to_scores_and_training(
    stages: SimpleNamespace, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    texts, out, tasks, gold = (tmp_path / name for name in ("texts", "out", "tasks", "data/gold/curated"))
    texts.mkdir()
    (texts / "a.txt").write_text("百度 开物平台\n腾讯 觅影平台\n", encoding="utf-8")
    (texts / "b.txt").write_text("百度 开物平台\n", encoding="utf-8")
    assert main(["build", str(texts), "--out", str(out), "--profile", "rules", "--quiet"]) == 0
    command = ["annotate", "export", str(out), "--texts", str(texts), "--format", form, "--out", str(tasks)]
    assert main(command) == 0
    assert "2 texts, 6 marks, 3 links" in capsys.readouterr().err
    files = {path.name: path.read_bytes() for path in tasks.iterdir()}
    back = tmp_path / "back.json"
    if form == "doccano":
        lines = exported(files, random.Random(1))
        back.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    else:
        back.write_text(json.dumps(annotated(files)), encoding="utf-8")
    assert main(["annotate", "import", str(back), "--out", str(gold)]) == 0
    assert "2 gold files" in capsys.readouterr().err
    assert main(["eval", str(gold), str(out), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["figures"]["fact"]["f1"] == scores["figures"]["entity"]["f1"] == 1
    read = {text.stem: text for text in itertools.islice(load_training().read_corpora(tmp_path / "data"), 2)}
    assert {stem: sorted({span.label for span in text.spans}) for stem, text in read.items()} == {
        "a": ["Firm", "Platform"], "b": ["Firm", "Platform"],
    }  # fmt: skip


def test_import_keeps_what_is_there_and_says_what_it_cannot_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    back, gold = tmp_path / "back.jsonl", tmp_path / "gold"
    line = {
        "text": "云帆",
        "doc": "a.txt",
        "entities": [{"id": 1, "label": "Firm", "start_offset": 0, "end_offset": 2}],
    }
    back.write_text(json.dumps(line) + "\n", encoding="utf-8")
    command = ["annotate", "import", str(back), "--out", str(gold)]
    assert main(command) == 0 and main(command) == 0, "the same again changes nothing"
    (gold / "a.json").write_text("{}", encoding="utf-8")
    assert main(command) == 2 and "a.json" in capsys.readouterr().err
    assert main([*command, "--replace"]) == 0 and json.loads((gold / "a.json").read_text("utf-8"))["entities"]
    back.write_text(json.dumps({"text": "云帆"}) + "\n" + json.dumps(line) + "\n", encoding="utf-8")
    assert main(command) == 1 and "JSONL(relation)" in capsys.readouterr().err
    back.write_text("<html>", encoding="utf-8")
    assert main(command) == 2 and "no JSON" in capsys.readouterr().err


def test_export_says_which_documents_are_not_at_hand(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["build", str(texts), "--out", str(out), "--profile", "rules", "--quiet"]) == 0
    (texts / "b.txt").unlink()
    command = ["annotate", "export", str(out), "--texts", str(texts), "--out", str(tmp_path / "tasks")]
    assert main([*command, "--format", "doccano"]) == 1
    assert "b.txt: the build has it" in capsys.readouterr().err
    assert main(command) == 2 and "--format" in capsys.readouterr().err
