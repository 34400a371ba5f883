"""Questions in words: 127 phrasings to which the trigger words were fitted, and 90 in three parts to which none was.

`unseen` was written when the trigger words were done, `before` when their synonyms were not yet there, and `after` when
they were done. The first two had been read, with what became of each, before the synonyms were written; `after` is
what a phrasing meets that nobody has seen.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ontology.errors import UsageError
from queries.catalog import load_catalog
from queries.resolve import NameIndex, load_wordings
from queries.store import KnowledgeGraph
from queries.understanding import understand

PHRASINGS = [json.loads(line) for line in (Path(__file__).parent / "phrasings.jsonl").read_text("utf-8").splitlines()]
TUNED = [phrasing for phrasing in PHRASINGS if phrasing["part"] == "tuned"]
MEASURED = {"unseen": (40, 29, 5), "before": (25, 20, 1), "after": (25, 20, 2)}
"""Phrasings of each part, how many find their question, and how many are understood as something else."""


def judge(graph: KnowledgeGraph, phrasing: dict[str, Any]) -> str:
    """Return `right`, `refused` (it said that it did not understand) or `wrong`."""
    try:
        found = understand(graph, phrasing["text"])
    except UsageError as error:
        assert "did not understand" in error.message
        return "refused" if phrasing["questions"] else "right"
    values = {name: value.partition(" (")[0] for name, value in found.shown.items()}
    fits = found.question.name in phrasing["questions"] and phrasing["params"].items() <= values.items()
    return "right" if fits else "wrong"


def marked(phrasing: dict[str, Any]) -> Any:
    marks = [pytest.mark.xfail(strict=True)] if phrasing.get("expect") == "fail" else []
    return pytest.param(phrasing, id=phrasing["text"], marks=marks)


@pytest.mark.parametrize("phrasing", [marked(phrasing) for phrasing in TUNED])
def test_a_phrasing_finds_its_question(small_graph: KnowledgeGraph, phrasing: dict[str, Any]) -> None:
    assert judge(small_graph, phrasing) == "right"


@pytest.mark.parametrize("part", MEASURED)
def test_phrasings_that_nothing_was_fitted_to(small_graph: KnowledgeGraph, part: str) -> None:
    """As measured; those left over were not understood, and it said so.

    Without synonyms: 27 right and 7 wrong of `unseen`, 13 and 2 of `before`, 11 and 4 of `after`. Do not mend a trigger
    word for one of these; write new ones and move these to `tuned`.
    """
    verdicts = [judge(small_graph, phrasing) for phrasing in PHRASINGS if phrasing["part"] == part]
    phrasings, right, wrong = MEASURED[part]
    assert len(verdicts) == phrasings
    assert verdicts.count("right") >= right
    assert verdicts.count("wrong") <= wrong


def test_synonyms_are_of_trigger_words() -> None:
    """No synonym hangs on a word that is no trigger, and none is written twice."""
    triggers = {word for question in load_catalog().values() for group in question.triggers for word in group}
    synonyms = load_wordings()["synonyms"]
    assert synonyms.keys() - triggers == set()
    assert [word for word, others in synonyms.items() if word in others or len(set(others)) < len(others)] == []


def test_a_synonym_counts_as_its_trigger_word(small_graph: KnowledgeGraph) -> None:
    found = understand(small_graph, "海淀区有哪些产业园?")
    assert (found.question.name, found.keywords[0]) == ("zones_of_region", "产业园")


def test_every_question_is_asked_for_in_words() -> None:
    assert load_catalog().keys() - {name for phrasing in PHRASINGS for name in phrasing["questions"]} <= {
        "modality_overview",
        "policies_of_many_topics",
    }


def test_names_are_told_apart_by_where_they_stand(small_graph: KnowledgeGraph) -> None:
    """Cues: the same two regions, the other way round."""
    there = understand(small_graph, "北京把哪些成果转移到河北?").shown
    back = understand(small_graph, "河北把哪些成果转移到北京?").shown
    assert (there["giver"], there["taker"]) == (back["taker"], back["giver"]) == ("北京市 (Region)", "河北省 (Region)")


def test_a_word_inside_a_longer_one_does_not_count(small_graph: KnowledgeGraph) -> None:
    assert understand(small_graph, "有哪些并称").question.name == "named_sets", "并称 holds 称, as in 王小明称…"


def test_a_question_about_a_name_uses_it_or_is_refused(small_graph: KnowledgeGraph) -> None:
    with pytest.raises(UsageError, match="王小明"):
        understand(small_graph, "王小明有哪些集群?")


def test_spaces_between_latin_words_stay(small_graph: KnowledgeGraph) -> None:
    assert understand(small_graph, "Where are the clusters?").question.name == "clusters"
    assert understand(small_graph, "北京 重点 发展 什么 产业").question.name == "topics_of_region"


NAMES = NameIndex(
    [
        ("i:1", "Region", "天津市", True),
        ("i:1", "Region", "天津", False),
        ("i:2", "Zone", "天津经济技术开发区", True),
        ("i:2", "Zone", "天津开发区", False),
        ("i:3", "Zone", "横琴深度合作区", True),
        ("i:3", "Zone", "合作区", False),
    ]
)


def test_what_a_thing_is_called_comes_before_what_it_is_called_for_short() -> None:
    (mention,) = NAMES.scan("天津和谁合作")
    assert [thing.type for thing in mention.things] == ["Region", "Zone"]
    assert mention.likely == 1
    assert [mention.text for mention in NAMES.scan("天津开发区和合作区")] == ["天津开发区", "合作区"]


def test_a_group_is_found_by_what_it_is_a_group_of() -> None:
    names = NameIndex([("i:1", "NamedSet", "云帆科技、长丰集团等头部平台企业", True)])
    assert names.resolve("头部平台企业", ["NamedSet"]).iri == "i:1"


def test_firms_and_meetings_are_found_without_what_people_leave_off() -> None:
    names = NameIndex(
        [
            ("i:1", "Firm", "云帆集团股份有限公司", True),
            ("i:2", "Event", "2025第三届河西数字峰会", True),
            ("i:3", "Platform", "云帆集团", True),
        ]
    )
    assert names.resolve("云帆").iri == "i:1"
    assert names.resolve("河西数字峰会").iri == "i:2"


@pytest.mark.parametrize(
    ("text", "measure"),
    [("北京的数字经济增加值涨到多少", "数字经济增加值"), ("北京的人工智能增加收入是多少", None)],
)
def test_a_measure_makes_a_strange_question_clear(small_graph: KnowledgeGraph, text: str, measure: str | None) -> None:
    try:
        found = understand(small_graph, text).params.get("measure")
    except UsageError:
        found = None
    assert found == measure
