"""The training texts of our own: every annotation can be read and names what its text names."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import pytest

from ontology.namespace import is_allowed

TRAINING = Path(__file__).parents[2] / "tools" / "training"


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("annotations", TRAINING / "annotations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


annotations = _module()


def test_all_annotations_fit_their_texts() -> None:
    paths = sorted((TRAINING / "texts").glob("*.ann"))
    assert len(paths) > 100
    facts = 0
    for path in paths:
        gold = annotations.read_annotation(path, path.with_suffix(".txt").read_text("utf-8"))
        classes = {e["key"]: e["type"] for e in (*gold["entities"], *gold["optional_entities"])}
        assert all(fact["s"] in classes for fact in gold["facts"])
        facts += len(gold["facts"])
    assert facts > 5000


def test_annotated_passages_fit_the_texts_that_they_were_cut_from(shared: Path) -> None:
    paths = sorted((TRAINING / "passages").glob("*.ann"))
    assert len(paths) > 200
    for path in paths:
        annotations.read_annotation(path, annotations.passage_text(path, shared / "bulk"))


def test_a_passage_of_another_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "news.txt").write_text("云岭科技在甘州市投产。\n江汉数科随后也到。\n", "utf-8")
    annotation = tmp_path / "r1.ann"
    head = "# text | news.txt | 0 | 11 | {}\n# title | 甘州新闻\nE | Firm | 云岭科技\n"
    annotation.write_text(head.format(hashlib.sha256("云岭科技在甘州市投产。".encode()).hexdigest()[:12]), "utf-8")
    assert annotations.passage_text(annotation, tmp_path) == "甘州新闻\n云岭科技在甘州市投产。\n"
    annotation.write_text(head.format("0" * 12), "utf-8")
    with pytest.raises(annotations.AnnotationError, match=r"r1\.ann: characters 0 to 11 of .*news\.txt are not those"):
        annotations.passage_text(annotation, tmp_path)


def test_most_facts_join_classes_that_the_ontology_allows() -> None:
    allowed = wrong = 0
    for path in (TRAINING / "texts").glob("*.ann"):
        gold = annotations.read_annotation(path, path.with_suffix(".txt").read_text("utf-8"))
        classes = {e["key"]: {e["type"], *e["also"]} for e in (*gold["entities"], *gold["optional_entities"])}
        for fact in gold["facts"]:
            if "o" in fact:
                pairs = ((s, o) for s in classes[fact["s"]] for o in classes[fact["o"]])
                if any(is_allowed(s, fact["r"], o) for s, o in pairs):
                    allowed += 1
                else:
                    wrong += 1
    assert wrong < 0.03 * allowed


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("E | Town | 北京", "no such class: Town"),
        ("E | Region | 上海", "not in the text: 上海"),
        ("F | 北京 | likes | 百度", "no such relation: likes"),
        ("F | 北京 | locatedIn | 百度", "no such entity: 北京"),
        ("X | 北京", "a line starts with"),
    ],
)
def test_a_wrong_line_is_named_with_its_place(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "x.ann"
    path.write_text(f"# a comment\nE | Firm | 百度\n{line}\n", "utf-8")
    with pytest.raises(annotations.AnnotationError, match=r"x\.ann:3: ") as error:
        annotations.read_annotation(path, "百度在北京推出平台。")
    assert reason in str(error.value)


def test_an_annotation_becomes_the_gold_format(tmp_path: Path) -> None:
    path = tmp_path / "x.ann"
    path.write_text(
        "E | Region | 北京市 | 北京\n? | Firm/Platform | 百度\nF | 北京市 | observed | 产值 | > | 2 | 1e8 | 元 | 2024\n"
        "O | 百度 | locatedIn | 北京市\n",
        "utf-8",
    )
    gold = annotations.read_annotation(path, "2024年北京市产值超2亿元，百度在北京。")
    assert gold["entities"] == [{"key": "e1", "type": "Region", "name": "北京市", "aliases": ["北京"], "also": []}]
    assert gold["optional_entities"][0]["also"] == ["Platform"]
    assert gold["facts"] == [
        {"s": "e1", "r": "observed", "measure": "产值", "value": 2.0, "factor": 1e8, "unit": "元", "comparison": ">",
         "period": "2024"}
    ]  # fmt: skip
    assert gold["optional"] == [{"s": "o1", "r": "locatedIn", "o": "e1"}]
