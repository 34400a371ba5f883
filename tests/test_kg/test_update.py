"""A build on disk that starts from what the last one kept writes what a fresh one would, and works on what is new."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from fake_stages import fake_resolve, violation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
import kg.large.state
from kg import output
from kg.large.patching import SortedFile
from kg.large.state import TOLD, FactRow, Stale
from kg.processing.cache import FOLDER, KEPT, DocumentCache
from ontology.iri import document_id, fact_id
from ontology.model import CleanText, Corpus, DocumentRecord, Entity

RULES = kg.Settings(profile="rules")
CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
DEVELOPS = fact_id("id:Firm_百度", "develops", "id:Platform_开物平台")


def files_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in (*output.FILES, output.MANIFEST)}


@pytest.fixture
def updates() -> Iterator[list[str]]:
    """Have all corpora built on disk, and note of each build that starts from the last one how it ended."""
    from kg.large import update

    ended: list[str] = []
    real = update.Update.run

    def note(*values: object) -> object:
        try:
            written = real(*values)  # type: ignore[arg-type]
        except Stale as reason:
            ended.append(str(reason))
            raise
        ended.append("")
        return written

    with (
        patch("kg.large.results.LARGE", 0),
        patch("kg.large.update.WORTH_IT", 0),
        patch("kg.large.update.Update.run", note),
    ):
        yield ended


def write(texts: Path, corpus: dict[str, str]) -> None:
    shutil.rmtree(texts, ignore_errors=True)
    for name, text in corpus.items():
        path = texts / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def assert_as_fresh(texts: Path, folder: Path, **options: object) -> None:
    """Build from what the last build kept, and again from nothing, and compare."""
    kept = kg.build([texts], out=folder / "out", settings=RULES, **options)
    fresh = kg.build([texts], out=folder / "fresh", settings=RULES, cache=False, **options)
    assert files_of(folder / "out") == files_of(folder / "fresh")
    assert (kept.tally, kept.violations, kept.lost) == (fresh.tally, fresh.violations, fresh.lost)


names = st.sampled_from(["a.txt", "b.txt", "c.txt", "sub/a.txt", "sub/é.txt"])
lines = st.sampled_from(
    [
        *("百度 开物平台", "百度 觅影平台", "百度≡百度在线 开物平台", "腾讯 觅影平台", "腾讯≡百度在线 盘古平台"),
        *("百度 呼吁 建平台", "百度 号召 建平台", "腾讯 或许 建平台", "华为 呼吁 建，平台", "NAVIGATION"),
        *("海淀区", "北京市", "海淀区 属于 北京市"),  # gazetteers know them, and that
    ]
)
changes = st.dictionaries(names, st.none() | st.lists(lines, max_size=3).map("\n".join), min_size=1, max_size=3)


def corpora_of(history: list[dict[str, str | None]]) -> list[dict[str, str]]:
    """Apply changes one after the other: texts that come, are others, or go."""
    corpus: dict[str, str | None] = {"one.txt": "中兴 新支点平台"}  # where all are lost, nothing goes to disk
    found = []
    for change in history:
        corpus = corpus | change
        found.append({name: text for name, text in corpus.items() if text is not None})
    return found


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(changes, min_size=2, max_size=4).map(corpora_of),
    st.sampled_from([0.0, 0.5, 0.95]),
    st.booleans(),
    st.sampled_from([-1, 2]),
)
def test_whatever_came_and_went_the_files_are_those_of_a_fresh_build(
    stages: SimpleNamespace,
    updates: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    history: list[dict[str, str]],
    least: float,
    is_refused: bool,
    settled: int,
) -> None:
    """Whether files that have not changed are read again (`settled`) or not."""
    stages.violations = [violation(focus=DEVELOPS)] if is_refused else []
    folder = tmp_path_factory.mktemp("history")
    updates.clear()
    for corpus in history:
        write(folder / "texts", corpus)
        with patch("extract.read.SETTLED", settled):
            assert_as_fresh(folder / "texts", folder, min_confidence=least)
    changed = sum(one != other for one, other in itertools.pairwise(history))
    assert updates == [""] * changed
    assert not list((folder / "out").glob(f".*{output.TEMPORARY_SUFFIX}"))
    shutil.rmtree(folder)


PARTS = ["".join(chr(0x4E00 + (i * 7919 + kind * 104729) % 20000) for i in range(200)) for kind in range(4)]
copied = st.tuples(st.integers(0, 3), st.integers(0, 40)).map(
    lambda made: PARTS[made[0]][: 200 - 5 * made[1]] + PARTS[(made[0] + 1) % 4][: 5 * made[1]] + "\n百度 开物平台"
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.dictionaries(names, copied, min_size=1), min_size=2, max_size=4))
def test_whatever_was_copied_of_what_the_files_are_those_of_a_fresh_build(
    stages: SimpleNamespace,
    updates: list[str],
    tmp_path_factory: pytest.TempPathFactory,
    history: list[dict[str, str]],
) -> None:
    """Copies come and go, with what they are copies of, and become copies of others."""
    folder = tmp_path_factory.mktemp("history")
    updates.clear()
    for corpus in history:
        write(folder / "texts", corpus)
        assert_as_fresh(folder / "texts", folder)
    assert updates == [""] * sum(one != other for one, other in itertools.pairwise(history))
    shutil.rmtree(folder)


def test_a_refused_fact_is_told_of_as_long_as_it_is_there(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    stages.violations = [violation(focus=DEVELOPS)]
    (texts / "a.txt").write_text("百度 开物平台", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "new.txt").write_text("中兴 新支点平台", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    assert "fact-refused" in (tmp_path / "out" / output.FINDINGS).read_text("utf-8") and updates == [""]


def test_only_new_documents_are_processed_and_read(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "new.txt").write_text("中兴 新支点平台", encoding="utf-8")
    found: list[str] = []
    find = DocumentCache.find
    monkeypatch.setattr(DocumentCache, "find", lambda cache, key: found.append(key) or find(cache, key))
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert (updates, report.reused, len(found)) == ([""], 3, 1), "one look for the new one, none for the others"


def test_files_that_have_not_changed_are_not_even_read(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was changed is read, though it has the same size and time; what is only touched is as it was."""
    monkeypatch.setattr("extract.read.SETTLED", -1)
    opened: list[str] = []
    read = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: opened.append(path.name) or read(path))
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    names = {path.name for path in texts.rglob("*.txt")}
    assert names <= set(opened)
    path = texts / "b.txt"
    times = path.stat().st_mtime_ns
    path.write_bytes(read(path).replace("百度".encode(), "腾讯".encode()))
    os.utime(path, ns=(times, times))
    os.utime(texts / "a.txt")
    for expected in ({"a.txt", "b.txt"}, set()):
        opened.clear()
        kg.build([texts], out=tmp_path / "out", settings=RULES)
        assert set(opened) & names == expected
    assert updates == [""]
    assert_as_fresh(texts, tmp_path)


def test_where_too_many_may_have_become_copies_all_is_made_anew(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.large.kept_copies.ASKED", 2)
    same = "".join(chr(0x4E00 + 7 * i) for i in range(150))
    for name in ("0", "1", "2"):
        (texts / f"copy{name}.txt").write_text(f"{same}\n百度 开物平台{name}", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "copy0.txt").unlink()
    assert_as_fresh(texts, tmp_path)
    (texts / "copy3.txt").write_text(f"{same}\n百度 开物平台\n百度 觅影平台", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    assert updates == ["", "too many documents may have become copies"]


def test_a_name_for_two_things_renames_what_others_say(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    """A document more tells that 百度 is 百度在线: facts of the documents before it are about that, and no longer
    when it goes."""
    before = kg.build([texts], out=tmp_path / "out", settings=RULES).manifest
    (texts / "z.txt").write_text("百度≡百度在线 文心平台", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    facts = (tmp_path / "out" / output.FACTS).read_text("utf-8")
    assert facts.count('"subject": "id:Firm_百度在线"') == 3 and '"id:Firm_百度"' not in facts
    (texts / "z.txt").unlink()
    assert_as_fresh(texts, tmp_path)
    assert kg.output.read_manifest(tmp_path / "out") == before and updates == ["", ""]


def test_an_entity_that_is_of_another_class_now_is_looked_at_with_all_that_is_said_of_it(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shapes may say something else of facts that are as they were."""

    def resolve(doc: object, clean: CleanText, **options: Any) -> DocumentRecord:
        record = fake_resolve(doc, clean, **options)
        subtype = "UnicornFirm" if clean.source.doc == "new.txt" else ""
        return replace(record, entities=tuple(replace(entity, subtype=subtype) for entity in record.entities))

    monkeypatch.setattr("extract.resolve.resolve_document", resolve)
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "new.txt").write_text("百度 丁平台", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    assert updates == ["an entity has another class"]


def test_the_picture_has_the_best_connected_and_what_is_best_supported_between_them(
    stages: SimpleNamespace, updates: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a build that starts from the last one as of a fresh one; what only gazetteers know comes last."""
    monkeypatch.setattr("kg.large.disk.PICTURED", 4)
    monkeypatch.setattr("kg.large.disk.PICTURED_FACTS", 3)
    pictures: list[tuple[list[str], list[str]]] = []
    totals: list[int] = []

    def project(corpus: Corpus) -> Corpus:
        ends = [f"{f.subject}-{f.object}".replace("id:Firm_", "").replace("id:Platform_", "") for f in corpus.facts]
        pictures.append(([entity.name for entity in corpus.entities], ends))
        return corpus

    monkeypatch.setattr("kg.pictured.project_corpus", project)
    monkeypatch.setattr("kg.draw.draw_page", lambda _, total: totals.append(total) or "")
    corpus = {
        "1.txt": "百度 甲平台\n百度 乙平台\n百度 丙平台\n腾讯 丙平台",
        "2.txt": "百度 丙平台\n腾讯 乙平台\n华为 丁平台",
        "3.txt": "百度 呼吁 建平台",
    }
    write(tmp_path / "texts", corpus)
    kg.build([tmp_path / "texts"], out=tmp_path / "out", settings=RULES)
    first = (["百度", "腾讯", "丙平台", "乙平台"], ["百度-丙平台", "百度-乙平台", "腾讯-丙平台"])
    assert (pictures, totals) == ([first], [9])
    write(tmp_path / "texts", {**corpus, "4.txt": "腾讯 乙平台\n腾讯 甲平台\n腾讯 丁平台"})
    assert_as_fresh(tmp_path / "texts", tmp_path)
    then = (["百度", "腾讯", "丁平台", "丙平台"], ["百度-丙平台", "腾讯-丁平台", "腾讯-丙平台"])
    assert (pictures[1:], totals[1:]) == ([then, then], [9, 9])
    write(tmp_path / "texts", corpus)
    assert_as_fresh(tmp_path / "texts", tmp_path)
    assert (pictures[3:], updates) == ([first, first], ["", ""])


def test_the_picture_has_the_first_documents_of_an_entity_only(
    stages: SimpleNamespace, updates: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    monkeypatch.setattr(
        "kg.pictured.project_corpus", lambda corpus: shown.extend(len(entity.docs) for entity in corpus.entities)
    )
    corpus = {f"{number:02}.txt": "百度 甲平台" for number in range(30)}
    write(tmp_path / "texts", corpus)
    kg.build([tmp_path / "texts"], out=tmp_path / "out", settings=RULES)
    write(tmp_path / "texts", {**corpus, "more.txt": "百度 甲平台"})
    assert_as_fresh(tmp_path / "texts", tmp_path)
    assert (shown, updates) == ([20] * 6, [""])


def test_what_gazetteers_know_comes_last_in_the_picture(tmp_path: Path) -> None:
    """Of what is known, the region has most facts: of texts it has none."""
    state = kg.large.state.begin_state(tmp_path / "state")
    with contextlib.closing(state):
        for name, origin, degree in (("甲", "background", 9), ("乙", "extracted", 0), ("丙", "extracted", 2)):
            state.add_entity(Entity(f"id:Region_{name}", "Region", name, origin=origin), degree=degree, is_known=True)
        told = [("乙", 0, True), ("丙", 1, False), ("丁", 3, False), ("甲", 3, False)]
        for name, pieces, is_background in told:
            key = f"id:Region_{name}\0partOf\0id:Region_x".encode()
            state.add_fact(FactRow(key, TOLD, is_background, pieces, pieces != 1, False, True, None, b""))
        assert [entity.name for entity in state.best_connected(9)] == ["丙", "乙", "甲"]
        found = [key.decode()[10] for key, _, _ in state.best_supported()]
        assert found == ["丁", "甲", "丙", "乙"]
        assert (state.tally().evidenced, state.tally().known_facts, state.totals.pieces) == (3, 1, 7)


# --- what was kept, or what it is about, is not as it was left --------------------------------------------------------


def kept_in(out: Path) -> Path:
    (path,) = (out / FOLDER).glob(f"{KEPT}*")
    return path


@pytest.mark.parametrize("damage", ["cut", "other bytes", "empty", "a hole", "values"])
def test_what_is_damaged_is_not_used(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, damage: str
) -> None:
    for number in range(60):
        (texts / f"{number}.txt").write_text(f"企业{number} 平台{number}", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    path = kept_in(tmp_path / "out")
    data = path.read_bytes()
    made = {"cut": data[: len(data) // 2], "other bytes": b"x" * len(data), "empty": b""}
    if damage == "values":
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("UPDATE groups SET value = x'80'")
            database.commit()
    else:
        path.write_bytes(made.get(damage, data[:8192] + bytes(len(data) - 8192)))
    (texts / "new.txt").write_text("中兴 新支点平台", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    (texts / "new.txt").unlink()
    updates.clear()
    assert_as_fresh(texts, tmp_path)
    assert updates == [""], "a new one was kept"


@pytest.mark.parametrize("made", ["腾迅", "", "\n{}\n"], ids=["other words", "words missing", "strange lines"])
@pytest.mark.parametrize("name", [output.GRAPH, output.FACTS, output.ENTITIES, output.FINDINGS])
def test_files_that_somebody_edited_are_written_anew(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, name: str, made: str
) -> None:
    (texts / "腾讯.txt").write_text("NAVIGATION\n腾讯 混元平台", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    path = tmp_path / "out" / name
    text = path.read_text("utf-8")
    assert "腾讯" in text
    path.write_text(text.replace("腾讯", made), encoding="utf-8")
    (texts / "new.txt").write_text("中兴 新支点平台", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    assert updates and updates != [""]


def test_a_call_that_only_others_make_hardly_is_no_ground_any_more(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    (texts / "a.txt").write_text("百度 号召 建平台", encoding="utf-8")
    (texts / "b.txt").write_text("腾讯 或许 建平台", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES, min_confidence=0.5)
    (texts / "a.txt").unlink()
    assert_as_fresh(texts, tmp_path, min_confidence=0.5)
    assert updates == [""] and '"about"' not in (tmp_path / "out" / output.FACTS).read_text("utf-8")


def test_a_call_that_a_document_makes_hardly_any_more_and_then_again(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    """What it says of the statement itself is the same."""
    for how, number in (("呼吁", 1), ("或许", 0), ("呼吁", 1)):
        (texts / "b.txt").write_text(f"腾讯 {how} 建平台", encoding="utf-8")
        assert_as_fresh(texts, tmp_path, min_confidence=0.5)
        assert (tmp_path / "out" / output.ENTITIES).read_text("utf-8").count('"type": "Statement"') == number
    assert updates == ["", ""]


def test_what_two_copies_of_a_new_document_state_counts_once(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    """The new document has both texts in it, but not what both state."""
    one, other = ("".join(chr(0x4E00 + start + 7 * i) for i in range(150)) for start in (0, 3000))
    (texts / "a.txt").write_text(f"{one}\n百度 开物平台", encoding="utf-8")
    (texts / "b.txt").write_text(f"{other}\n百度 开物平台", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert "kg:supportCount 2" in (tmp_path / "out" / output.GRAPH).read_text("utf-8")
    (texts / "z.txt").write_text(f"{one}{other}", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    assert "kg:supportCount 2" not in (tmp_path / "out" / output.GRAPH).read_text("utf-8")
    (texts / "z.txt").unlink()
    assert_as_fresh(texts, tmp_path)
    assert updates == ["", ""]


def test_results_that_the_cache_has_lost_are_made_anew(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    """Of a document that goes, what it said has to be known."""
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    for path in (tmp_path / "out" / FOLDER).glob("*/*/*"):
        path.unlink()
    (texts / "b.txt").unlink()
    assert_as_fresh(texts, tmp_path)
    assert updates == ["the cache does not have all documents any more"]


def test_a_build_that_fails_leaves_what_was_kept(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    before = files_of(tmp_path / "out")
    (texts / "b.txt").write_text("百度 文心平台", encoding="utf-8")
    stages.page = RuntimeError("no page today")
    with pytest.raises(RuntimeError, match="no page"):
        kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert files_of(tmp_path / "out") == before
    stages.page = "<!doctype html>"
    assert_as_fresh(texts, tmp_path)
    assert updates == [""]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize("kept", [False, True], ids=["before", "after"])
def test_killed_at_any_rename_the_next_build_is_a_fresh_one(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, kept: bool
) -> None:
    """Each rename in turn, and the end of the transaction: a state that does not fit the files is not used."""
    shutil.copytree(texts, tmp_path / "before")
    (texts / "b.txt").write_text("百度≡百度在线 文心平台", encoding="utf-8")
    deaths = 0
    for nth in range(1, 20):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        kg.build([tmp_path / "before"], out=tmp_path / "out", settings=RULES)
        child = os.fork()
        if not child:
            left = [nth]

            def dying(call: Callable[..., object], left: list[int] = left) -> Callable[..., object]:
                def die(*values: object) -> object:
                    left[0] -= 1
                    if not left[0] and not kept:
                        os._exit(9)
                    made = call(*values)
                    if not left[0]:
                        os._exit(9)
                    return made

                return die

            os.replace = dying(os.replace)  # type: ignore[assignment]
            kg.large.state.State.keep = dying(kg.large.state.State.keep)  # type: ignore[method-assign]
            kg.build([texts], out=tmp_path / "out", settings=RULES)
            os._exit(0)
        deaths += os.waitpid(child, 0)[1] != 0
        assert_as_fresh(texts, tmp_path)
    assert deaths >= 8, "six files, what is kept of documents and of the build"


@pytest.mark.parametrize("focus", ["id:Firm_中兴", document_id("new.txt")])
def test_what_the_shapes_find_wrong_is_looked_for_in_all(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, focus: str
) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    stages.violations = [violation(focus=focus)]
    (texts / "new.txt").write_text("中兴 新支点平台" if "Firm" in focus else "无", encoding="utf-8")
    assert_as_fresh(texts, tmp_path)
    assert updates == ["the shapes do not hold"] and len(kg.build([texts], out=tmp_path / "out").violations) == 1


def test_other_settings_start_from_nothing(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    kg.build([texts], out=tmp_path / "out", settings=RULES, min_confidence=0.5)
    assert updates == []


@pytest.mark.parametrize("limit", ["WORTH_IT", "MOST"])
def test_where_much_has_changed_all_is_made_anew(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path, limit: str
) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "b.txt").write_text("百度 文心平台", encoding="utf-8")
    with patch(f"kg.large.update.{limit}", {"WORTH_IT": 4, "MOST": 10}[limit]):
        assert_as_fresh(texts, tmp_path)
    assert updates == ["too much has changed"]


def test_what_fits_in_memory_again_is_built_there(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "b.txt").unlink()
    with patch("kg.large.results.LARGE", 1 << 20):
        report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert report.whole is not None and len(report.corpus.facts) == 3 and updates == []


def test_entries_of_documents_that_stay_are_in_use(
    stages: SimpleNamespace, updates: list[str], texts: Path, tmp_path: Path
) -> None:
    """They are not read any more, so that they have to be marked, once a day."""
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    entries = list((tmp_path / "out" / FOLDER).glob("*/*/*"))
    now = time.time()
    for days, is_marked in ((29, True), (10, False)):
        for path in entries:
            os.utime(path, (now - days * 86_400, now - days * 86_400))
        with patch("kg.large.state.time.time", lambda: now + 2 * 86_400):
            kg.build([texts], out=tmp_path / "out", settings=RULES)
        assert {path.stat().st_mtime > now - 60 for path in entries} == {is_marked}


# --- sorted files -----------------------------------------------------------------------------------------------------

keys = st.text("abcé", min_size=1, max_size=3)
blocks = st.dictionaries(keys, st.lists(st.text("xyz ", max_size=30), min_size=1, max_size=9), max_size=12)


@given(blocks, st.dictionaries(keys, st.lists(st.text("uv", max_size=30), max_size=2), max_size=6), st.booleans())
def test_a_patched_file_is_one_written_with_the_changes(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, list[str]], changes: dict[str, list[str]], turtle: bool
) -> None:
    """Lines, several of which may have one key, and blocks that begin with an empty line after a head."""
    path = tmp_path_factory.mktemp("sorted") / "file"
    head = "# head\n" if turtle else ""

    def text_of(lines: dict[str, list[str]]) -> str:
        form = "\n{} {}\n" if turtle else "{} {}\n"
        return head + "".join(form.format(key, line) for key in sorted(lines) for line in lines[key])

    path.write_bytes(text_of(before).encode())
    digest = output.sha256_of(path.read_bytes())
    made = {key.encode(): text_of({key: lines}).removeprefix(head).encode() for key, lines in changes.items()}
    boundary = b"\n\n" if turtle else b"\n"
    with SortedFile(path, boundary, lambda block: block.strip(b"\n").split(b" ")[0]) as file:
        for key in before:
            assert file.block(key.encode()) == text_of({key: before[key]}).removeprefix(head).encode()
        after = b"".join(file.patched(made, digest))
        with pytest.raises(Stale, match="not the file"):
            list(file.patched(made, "0" * 64))
    assert after.decode() == text_of({**before, **changes})


# --- the real stages --------------------------------------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.parametrize(("least", "few"), [(0.0, 1), (0.7, 5000)])
def test_the_sample_corpus_is_the_same_however_it_came_together(
    updates: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: float, few: int
) -> None:
    """Texts come, go, lose lines, are copied, exchanged, and name places that no other one names."""
    monkeypatch.setattr("extract.resolution.copies.FEW", few)
    choice = random.Random(7)
    texts, pool = tmp_path / "texts", sorted(CORPUS.glob("*.txt")) + sorted(CORPUS.glob("*.md"))
    texts.mkdir()
    for path in pool[:4]:
        shutil.copy(path, texts)
    assert_as_fresh(texts, tmp_path, min_confidence=least)
    for step in range(10):
        here = sorted(path for path in texts.iterdir() if path.name != "new.txt")
        one, other = choice.choice(here), choice.choice(pool)
        if step == 2:
            (texts / "new.txt").write_text("云帆科技有限公司在甘肃省兰州市建设光伏产业园。", encoding="utf-8")
        elif step == 8:
            (texts / "new.txt").unlink()
        elif step % 4 == 0:
            shutil.copy(other, texts / f"{step}{other.suffix}")
        elif step % 4 == 1:
            shutil.copy(one, texts / f"00{step}{one.suffix}")  # of two, the first by name is the original
        elif step % 4 == 2:
            kept = one.read_bytes().split(b"\n")
            one.write_bytes(b"\n".join(kept[: len(kept) * 2 // 3]))
        else:
            one.unlink()
        assert_as_fresh(texts, tmp_path, min_confidence=least)
    assert updates == [""] * 10
