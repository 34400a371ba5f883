"""What the pipeline says of a text without annotation, for the tagger to learn (`tools/training/label_texts.py`)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from kg.settings import missing_for_full

ROOT = Path(__file__).parents[2]
TEXT = """　　合肥高新区聚焦人工智能和量子信息，科大讯飞在园区建设语音产业基地。
　　2024年，安徽省新能源汽车产量达168.4万辆，增长94.5%。全省还将打造一批先进制造业集群。
　　2024年3月5日，安徽省人民政府印发《安徽省人工智能产业发展规划》。
"""

pytestmark = pytest.mark.skipif(bool(missing_for_full()), reason="the extra full is not installed")


@pytest.fixture(scope="module")
def tool() -> Any:
    sys.path.insert(0, str(ROOT / "tools" / "training"))
    try:
        import label_texts
    finally:
        sys.path.pop(0)
    return label_texts


@pytest.fixture(scope="module")
def labelled(tool: Any) -> dict[str, Any]:
    models = ROOT / "extract" / "models"
    found: dict[str, Any] = tool.label(tool.load_pipeline(models, models), "a", TEXT)
    return found


def test_what_is_sure_is_learned_and_stands_in_the_text(labelled: dict[str, Any]) -> None:
    sure = {(e["type"], e["name"]) for e in labelled["entities"]}
    assert {("Zone", "合肥高新区"), ("Firm", "科大讯飞"), ("Topic", "人工智能")} <= sure
    for entity in (*labelled["entities"], *labelled["optional_entities"]):
        assert all(form in TEXT for form in (entity["name"], *entity["aliases"]))


def test_nothing_is_both_right_and_in_doubt(labelled: dict[str, Any]) -> None:
    parts = ("entities", "optional_entities")
    forms = [(e["type"], n) for part in parts for e in labelled[part] for n in (e["name"], *e["aliases"])]
    assert len(forms) == len(set(forms))


def test_facts_join_what_is_annotated(labelled: dict[str, Any]) -> None:
    keys = {e["key"] for part in ("entities", "optional_entities") for e in labelled[part]}
    facts = [*labelled["facts"], *labelled["optional"]]
    assert {f["s"] for f in facts} | {f["o"] for f in facts if "o" in f} <= keys
    assert any(f["r"] == "observed" and (f["value"], f["unit"]) == (94.5, "%") for f in facts)


def test_a_passage_that_shares_a_sentence_is_known_again(tool: Any) -> None:
    copied = "编者按。" + TEXT.replace("　", "").replace("\n", " ")
    other = "合肥高新区今年的工作重点是优化营商环境，服务中小企业，完善配套设施，提高办事效率。"
    assert len(tool.runs(copied, 3) & tool.runs(TEXT, 1)) > 3
    assert not tool.runs(other, 3) & tool.runs(TEXT, 1)
