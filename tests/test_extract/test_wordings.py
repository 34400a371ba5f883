"""Each wording of the packs proves itself: its examples hold, its counterexamples do not."""

from __future__ import annotations

import pytest
from marked_sentences import facts

from extract.components.modality import load_modality, read_modality
from extract.components.quantities import find_quantities, load_grammar
from extract.packs import load_packs, pack_names

PACKS = ("base", *(name for name in pack_names() if name != "base"))


def _wordings(section: str, key: str) -> list[dict]:
    return list(load_packs(PACKS).section(section).get(key, ()))


def _cases(rows: list[dict], kind: str) -> list:
    return [pytest.param(row, text, id=f"{row['name']}-{i}") for row in rows for i, text in enumerate(row[kind])]


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("relations", "pattern"), "examples"))
def test_example_of_a_relation_gives_its_fact(row: dict, example: str) -> None:
    text, fact = example.split(" => ")
    assert fact in facts(text, packs=PACKS)


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("relations", "pattern"), "counterexamples"))
def test_counterexample_of_a_relation_does_not_give_its_fact(row: dict, example: str) -> None:
    text, fact = example.split(" => ")
    assert fact not in facts(text, packs=PACKS)


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("members", "wording"), "examples"))
def test_example_of_a_membership_gives_its_fact(row: dict, example: str) -> None:
    text, fact = example.split(" => ")
    assert fact in facts(text, packs=PACKS)


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("members", "wording"), "counterexamples"))
def test_counterexample_of_a_membership_does_not_give_its_fact(row: dict, example: str) -> None:
    text, fact = example.split(" => ")
    assert fact not in facts(text, packs=PACKS)


def test_every_wording_of_a_relation_has_an_example() -> None:
    assert [row["name"] for row in _wordings("relations", "pattern") if not row["examples"]] == []


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("quantities", "wording"), "examples"))
def test_example_of_a_quantity_is_one(row: dict, example: str) -> None:
    found = list(find_quantities(example, load_grammar(PACKS)))
    comparison, value, factor, unit = row.get("expect", (None,) * 4)
    assert len(found) == 1
    assert found[0].comparison == comparison
    if example == row["examples"][0]:
        assert (found[0].value, found[0].factor, found[0].unit) == (value, factor, unit)


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("quantities", "wording"), "counterexamples"))
def test_counterexample_of_a_quantity_is_none(row: dict, example: str) -> None:
    assert list(find_quantities(example, load_grammar(PACKS))) == []


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("modality", "wording"), "examples"))
def test_example_of_a_modality_has_it(row: dict, example: str) -> None:
    assert read_modality(example, load_modality(PACKS)) == row["name"]


@pytest.mark.parametrize(("row", "example"), _cases(_wordings("modality", "wording"), "counterexamples"))
def test_counterexample_of_a_modality_has_another(row: dict, example: str) -> None:
    assert read_modality(example, load_modality(PACKS)) != row["name"]
