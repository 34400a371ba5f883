"""Our scores, on hand-made cases, and digit for digit against the reference scorer where it is there."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from typing import Any

import pytest

from kg.evaluation import Evaluation, Tally, evaluate, fold_for_scoring, load_build, load_gold
from ontology.errors import OutputError, UsageError

GOLD_ROOT = Path(__file__).parents[3] / "shared" / "gold"
SCORER = GOLD_ROOT / "score.py"

GOLD: dict[str, Any] = {
    "a": {
        "entities": [
            {"key": "e1", "type": "Firm", "name": "百度", "aliases": ["百度公司"]},
            {"key": "e2", "type": "Platform", "name": "开物工业互联网平台", "also": ["Institution"]},
            {"key": "e3", "type": "Region", "name": "北京市", "aliases": ["北京"]},
            {"key": "e4", "type": "Region", "name": "天津市", "aliases": ["天津"]},
        ],
        "optional_entities": [{"key": "o1", "type": "Topic", "name": "人工智能"}],
        "facts": [
            {"s": "e1", "r": "develops", "o": "e2"},
            {"s": "e3", "r": "collaboratesWith", "o": "e4"},
            {
                "s": "e3",
                "r": "observed",
                "measure": "规模",
                "value": 4,
                "factor": 1e12,
                "unit": "元",
                "comparison": ">",
            },
        ],
        "optional": [{"s": "e1", "r": "locatedIn", "o": "e3"}],
    }
}


def entity(kind: str, name: str, *names: str, doc: str = "news/a.txt") -> dict[str, Any]:
    return {"id": f"id:{kind}_{name}", "type": kind, "name": name, "names": [name, *names], "docs": [doc]}


def fact(subject: str, relation: str, obj: object, confidence: float = 0.9) -> dict[str, Any]:
    return {
        "doc": "news/a.txt", "subject": f"id:{subject}", "relation": relation, "object": obj, "origin": "extracted",
        "confidence": confidence, "text": "原文", "rule": "r",
    }  # fmt: skip


BAIDU, KAIWU = entity("Firm", "百度公司"), entity("Institution", "“开物”工业互联网平台")
BEIJING, TIANJIN, AI = entity("Region", "北京"), entity("Region", "天津"), entity("Topic", "人工智能")


def counts(tally: Tally) -> tuple[int, int, int]:
    return tally.right, tally.spurious, tally.missed


def test_right_spurious_missed_and_optional() -> None:
    result = evaluate(GOLD, [BAIDU, KAIWU, BEIJING, AI, entity("Firm", "腾讯")], [])
    assert counts(result.tallies["entity"]) == (3, 1, 1)
    assert [(m.kind, m.what) for m in result.mistakes if m.label in ("Firm", "Region")] == [
        ("spurious", "腾讯"),
        ("missed", "天津市"),
    ]


def test_two_nodes_for_one_thing_and_one_node_for_two_cost() -> None:
    twice = evaluate(GOLD, [entity("Firm", "百度"), {**BAIDU, "id": "id:other"}], [])
    assert [m.kind for m in twice.mistakes if m.label == "Firm"] == ["duplicate"]
    merged = evaluate(GOLD, [entity("Region", "北京", "天津")], [])
    assert [m.kind for m in merged.mistakes if m.label == "Region"][:1] == ["merged"]


def test_facts_need_relation_and_both_ends_and_symmetry_counts() -> None:
    facts = [
        fact("Firm_百度公司", "develops", KAIWU["id"]),
        fact("Region_天津", "collaboratesWith", BEIJING["id"]),
        fact("Firm_百度公司", "locatedIn", BEIJING["id"]),
        fact("Firm_百度公司", "specializesIn", AI["id"]),
        fact("Region_北京", "observed", {"value": 4, "factor": 1e12, "unit": "元", "comparison": "="}, 0.4),
        fact("Region_北京", "partOf", TIANJIN["id"], 0.3),
    ]
    result = evaluate(GOLD, [BAIDU, KAIWU, BEIJING, TIANJIN, AI], facts)
    assert counts(result.tallies["fact"]) == (3, 1, 0)
    assert counts(result.tallies["fact:observed (all fields)"]) == (0, 1, 0)
    assert [(m.what, m.evidence) for m in result.mistakes if m.label == "partOf"] == [("北京 -> 天津", "原文")]
    assert [(b.low, b.count, b.right) for b in result.calibration()] == [(0.0, 2, 1), (0.9, 2, 2)]


@pytest.mark.parametrize("field", ["background", "inferred", "curated"])
def test_only_extracted_facts_count(field: str) -> None:
    wrong = {**fact("Region_北京", "partOf", TIANJIN["id"]), "origin": field}
    assert evaluate(GOLD, [BEIJING, TIANJIN], [wrong]).tallies["fact:partOf"] == Tally()


def test_folding() -> None:
    assert fold_for_scoring(" “开物”（工业）互联网·平台 ") == "开物工业互联网平台"
    assert fold_for_scoring("(WIPO)") == "wipo"
    assert fold_for_scoring(None) == ""


def test_no_gold_and_no_build_are_errors_of_ours(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No gold files"):
        load_gold(tmp_path)
    with pytest.raises(OutputError, match=r"entities\.jsonl"):
        load_build(tmp_path)
    (tmp_path / "entities.jsonl").write_text('{"id": 1}\n{', encoding="utf-8")
    with pytest.raises(OutputError, match="line 2"):
        load_build(tmp_path)


@pytest.mark.skipif(not SCORER.exists(), reason="the reference scorer lies beside the repository, and is not there")
@pytest.mark.parametrize("folder", ["seeds", "dev", "train"])
@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_the_reference_scorer_to_the_digit(folder: str, seed: int) -> None:
    spec = importlib.util.spec_from_file_location("reference_scorer", SCORER)
    assert spec and spec.loader
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    gold = load_gold(GOLD_ROOT / folder)
    entities, facts = damaged_copy(gold, random.Random(seed))
    tallies, errors = reference.score(gold, {e["id"]: e for e in entities}, facts)
    ours = evaluate(gold, entities, facts)
    assert_same(ours, tallies, errors)
    assert ours.tallies["fact"].right > 20 and ours.tallies["fact"].spurious > 5, "the comparison would show nothing"


def assert_same(ours: Evaluation, tallies: Any, errors: list[tuple[str, ...]]) -> None:
    assert {k: counts(t) for k, t in ours.tallies.items() if counts(t) != (0, 0, 0)} == {
        k: (t.tp, t.fp, t.fn) for k, t in tallies.items() if (t.tp, t.fp, t.fn) != (0, 0, 0)
    }
    assert {k: (t.precision, t.recall, t.f1) for k, t in ours.tallies.items()} == {
        k: tallies[k].prf() for k in ours.tallies
    }
    assert [(m.doc, m.kind, m.label, m.what) for m in ours.mistakes] == [tuple(row) for row in errors]


def damaged_copy(gold: dict[str, Any], rng: random.Random) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Make a build out of gold, with things left out, doubled, merged, renamed and turned round."""
    entities: dict[str, dict[str, Any]] = {}
    facts = []
    for doc, answers in gold.items():
        ids = {}
        for e in [*answers["entities"], *answers.get("optional_entities", [])]:
            if rng.random() < 0.15:
                continue
            names = [e["name"], *e.get("aliases", [])]
            kind = rng.choice([e["type"], e["type"], e["type"], *e.get("also", []), "Firm"])
            identifier = f"id:{kind}_{rng.choice(names)}" + rng.choice(["", "", "", "_2"])
            node = entities.setdefault(
                identifier, {"id": identifier, "type": kind, "name": rng.choice(names), "names": [], "docs": []}
            )
            node["names"] = sorted({*node["names"], *rng.sample(names, k=rng.randint(1, len(names)))})
            node["docs"] = sorted({*node["docs"], f"{doc}.txt"})
            ids[e["key"]] = identifier
        for f in [*answers["facts"], *answers.get("optional", [])]:
            if f["s"] not in ids or rng.random() < 0.2:
                continue
            obj: object = ids.get(f.get("o", ""), "id:nothing")
            if "o" not in f:
                obj = {k: f[k] for k in ("measure", "value", "factor", "unit", "comparison", "period") if k in f}
            relation = rng.choice([f["r"]] * 6 + ["develops", "partOf"])
            ends = (ids[f["s"]], obj)
            if isinstance(obj, str) and rng.random() < 0.2:
                ends = (obj, ids[f["s"]])
            origin = rng.choice(["extracted"] * 5 + ["background"])
            record = {"doc": f"x/{doc}.txt", "subject": ends[0], "relation": relation, "object": ends[1]}
            facts += [{**record, "origin": origin, "confidence": rng.random()}] * rng.choice([1, 1, 2])
    rng.shuffle(facts)
    return list(entities.values()), facts
