"""A build asks the shapes about what has changed since the last one only, and writes what a fresh one would."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from fake_stages import violation

import kg
from kg import output
from kg.processing.cache import CLEAN, FOLDER
from ontology import validation
from ontology.iri import fact_id

RULES = kg.Settings(profile="rules")
CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
DEVELOPS = fact_id("id:Firm_百度", "develops", "id:Platform_开物平台")
NEW = "甘肃省发展光伏产业，云帆科技有限公司在兰州市建设光伏产业园。"


def files_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in (*output.FILES, output.MANIFEST)}


@contextmanager
def counted(*, is_large: bool) -> Iterator[list[int]]:
    """Yield how many triples each question to the shapes was about, with small portions."""
    asked: list[int] = []
    ask = validation.validate_rows

    def count(rows, *more):  # type: ignore[no-untyped-def]
        asked.append(len(rows))
        return ask(rows, *more)

    with (
        patch("ontology.validation.validate_rows", count),
        patch("kg.large.checking.SMALL", 0),
        patch("kg.large.portions.PORTION", 40),
        patch("kg.large.results.LARGE", 0 if is_large else 1 << 30),
    ):
        yield asked


@pytest.mark.parametrize("is_large", [False, True], ids=["memory", "disk"])
def test_one_document_more_asks_about_less(tmp_path: Path, is_large: bool) -> None:
    texts, out = tmp_path / "texts", tmp_path / "out"
    shutil.copytree(CORPUS, texts)
    with counted(is_large=is_large) as first:
        kg.build([texts], out=out, settings=RULES, jobs=1)
    (texts / "new.txt").write_text(NEW, encoding="utf-8")
    with counted(is_large=is_large) as second:
        kg.build([texts], out=out, settings=RULES, jobs=1)
    with counted(is_large=is_large) as fresh:
        kg.build([texts], out=tmp_path / "fresh", settings=RULES, jobs=1, cache=False)
    assert files_of(out) == files_of(tmp_path / "fresh")
    assert len(first) > 10 and sum(second) < 0.6 * sum(fresh), "names come in portions of four here"


@pytest.mark.parametrize("damage", [b"", b"no digests", None])
def test_without_what_is_known_all_is_asked_again(tmp_path: Path, damage: bytes | None) -> None:
    texts, out = tmp_path / "texts", tmp_path / "out"
    shutil.copytree(CORPUS, texts)
    with counted(is_large=False) as first:
        kg.build([texts], out=out, settings=RULES, jobs=1)
    (known,) = (out / FOLDER).glob(f"{CLEAN}*")
    known.unlink() if damage is None else known.write_bytes(damage)
    (texts / "new.txt").write_text(NEW, encoding="utf-8")
    with counted(is_large=False) as second:
        kg.build([texts], out=out, settings=RULES, jobs=1)
    assert len(second) >= len(first)


def test_other_shapes_are_asked_about_all(tmp_path: Path) -> None:
    texts, out = tmp_path / "texts", tmp_path / "out"
    shutil.copytree(CORPUS, texts)
    with counted(is_large=False) as first:
        kg.build([texts], out=out, settings=RULES, jobs=1)
    (texts / "new.txt").write_text(NEW, encoding="utf-8")
    with counted(is_large=False) as second, patch("kg.processing.clean_parts.code_digest", lambda: "other"):
        kg.build([texts], out=out, settings=RULES, jobs=1)
    assert len(second) >= len(first)


def test_what_is_wrong_is_what_a_look_at_the_whole_finds(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    stages.violations = [violation(focus=DEVELOPS), violation(focus="id:Firm_腾讯")]
    whole = kg.build([texts], out=tmp_path / "whole", settings=RULES)
    with patch("kg.large.checking.SMALL", 0), patch("kg.large.portions.PORTION", 1):
        parts = kg.build([texts], out=tmp_path / "parts", settings=RULES)
    assert whole.violations and whole.violations == parts.violations
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "parts")
