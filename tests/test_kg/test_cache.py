"""A build with the cache is the build without it, byte for byte; damage and other writers cost time only."""

from __future__ import annotations

import ast
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from importlib.metadata import packages_distributions
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_stages import violation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg import output
from kg.assertions import Assertions
from kg.processing import cache as caching
from kg.processing.cache import FOLDER, GENERATIONS, LIBRARIES, DocumentCache, fingerprint_of, open_cache
from kg.processing.records import encode_result
from ontology.errors import OutputError, QualityGateError
from ontology.model import DocumentMetadata, DocumentRecord, Finding, SourceText

RULES = kg.Settings(profile="rules")
SOURCE = SourceText("a.txt", "百度 开物平台", sha256="0" * 64)
RECORD = DocumentRecord("a.txt", "0" * 64, DocumentMetadata())


def files_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in (*output.FILES, output.MANIFEST)}


@pytest.fixture
def cache(tmp_path: Path) -> DocumentCache:
    return DocumentCache(tmp_path / "cache", "f" * 64)


def keep(cache: DocumentCache, source: SourceText = SOURCE, result: DocumentRecord | Finding = RECORD) -> Path:
    key = cache.key(source)
    cache.keep(key, result, encode_result(result))
    return cache.generation / key[:2] / key[2:]


# --- builds -----------------------------------------------------------------------------------------------------------

names = st.sampled_from(["a.txt", "b.txt", "c.txt", "sub/a.txt"])
contents = st.lists(
    st.sampled_from(["百度 开物平台", "腾讯 觅影平台", "华为 盘古平台", "NAVIGATION", "BUG"]), max_size=3
)
corpora = st.dictionaries(names, contents.map("\n".join), min_size=1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(corpora, min_size=2, max_size=3))
def test_a_cached_build_is_a_fresh_one(
    stages: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory, history: list[dict[str, str]]
) -> None:
    """Whatever a corpus looked like before: texts come, go, change, and change their names."""
    folder = tmp_path_factory.mktemp("history")
    for corpus in history:
        shutil.rmtree(folder / "texts", ignore_errors=True)
        for name, text in corpus.items():
            path = folder / "texts" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        cached = kg.build([folder / "texts"], out=folder / "cached", settings=RULES)
        fresh = kg.build([folder / "texts"], out=folder / "fresh", settings=RULES, cache=False)
        assert files_of(folder / "cached") == files_of(folder / "fresh")
        assert cached.corpus == fresh.corpus and fresh.reused == 0
    assert not (folder / "fresh" / FOLDER).exists()


def test_a_second_build_processes_what_is_new(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kg.build([texts], out=tmp_path / "out", settings=RULES).reused == 0
    seen: list[str] = []
    monkeypatch.setattr("extract.annotate.annotate", lambda nlp, clean: seen.append(clean.source.doc))
    (texts / "new.txt").write_text("中兴 新支点平台", encoding="utf-8")
    (texts / "b.txt").write_text("百度 文心平台", encoding="utf-8")
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert (seen, report.reused) == (["b.txt", "new.txt"], 2)
    seen.clear()
    assert kg.build([texts], out=tmp_path / "out", settings=RULES, cache=False).reused == 0
    assert len(seen) == 4


@pytest.fixture
def drawn(stages: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a page was drawn."""
    pages: list[int] = []

    def draw_page(graph: object, **_: object) -> str:
        pages.append(1)
        return str(stages.page)

    monkeypatch.setattr("kg.draw.draw_page", draw_page)
    return pages


@pytest.mark.parametrize("large", [0, 1 << 30])
def test_where_nothing_has_changed_nothing_is_made_anew(
    stages: SimpleNamespace, drawn: list[int], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr("kg.large.results.LARGE", large)
    stages.violations = [violation(focus="id:Firm_腾讯")]
    (texts / "page.txt").write_text("NAVIGATION", encoding="utf-8")
    out = tmp_path / "out"
    first = kg.build([texts], out=out, settings=RULES)
    before = files_of(out)
    second = kg.build([texts], out=out, settings=RULES)
    assert (first.unchanged, second.unchanged, len(drawn)) == (False, True, 1)
    assert (second.reused, second.exit_code, second.lost) == (4, 3, first.lost)
    assert (second.tally, second.violations, second.manifest) == (first.tally, first.violations, first.manifest)
    assert files_of(out) == before
    if large:
        assert second.corpus == first.corpus
    else:
        with pytest.raises(kg.pipeline.LimitError, match="3 facts"):
            _ = second.corpus


def test_what_a_build_must_come_to_is_asked_of_an_unchanged_one(drawn: list[int], texts: Path, tmp_path: Path) -> None:
    kg.build([texts], out=tmp_path / "out", settings=RULES)
    with pytest.raises(QualityGateError, match="100"):
        kg.build([texts], out=tmp_path / "out", settings=RULES, assertions=Assertions({"facts": 100}))


@pytest.mark.parametrize(
    "change",
    ["text", "name", "new", "gone", "confidence", "decisions", "infer", "file", "missing", "state", "no-cache", "code"],
)
def test_whatever_changes_is_made_anew(
    drawn: list[int], texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    out = tmp_path / "out"
    kg.build([texts], out=out, settings=RULES)
    options: dict[str, object] = {}
    match change:
        case "text":
            (texts / "a.txt").write_text("百度 文心平台", encoding="utf-8")
        case "name":
            (texts / "a.txt").rename(texts / "c.txt")
        case "new":
            (texts / "empty.txt").write_text("", encoding="utf-8")
        case "gone":
            (texts / "a.txt").unlink()
        case "confidence":
            options["min_confidence"] = 0.95
        case "decisions":
            (tmp_path / "decisions.jsonl").write_text("", encoding="utf-8")
            options["decisions"] = tmp_path / "decisions.jsonl"
        case "infer":
            options["infer"] = True
        case "file":
            (out / output.GRAPH).write_bytes(b"")
        case "missing":
            (out / output.FACTS).unlink()
        case "state":
            (state,) = (out / FOLDER).glob("built-*")
            state.write_bytes(state.read_bytes()[:-1])
        case "no-cache":
            options["cache"] = False
        case _:
            monkeypatch.setattr("kg.processing.last_build.code_digest", lambda: "edited")
    report = kg.build([texts], out=out, settings=RULES, **options)  # type: ignore[arg-type]
    assert not report.unchanged and len(drawn) == 2
    assert output.read_manifest(out) == report.manifest


def test_unchanged_documents_load_no_pipeline(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (texts / "page.txt").write_text("NAVIGATION", encoding="utf-8")
    kg.build([texts], out=tmp_path / "out", settings=RULES)

    def load(**_: object) -> None:
        raise AssertionError("the pipeline was loaded")

    monkeypatch.setattr("extract.annotate.build_nlp", load)
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert (report.reused, report.exit_code) == (4, 1)


def test_a_build_that_was_cut_off_is_resumed(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (texts / "z.txt").write_text("MEMORY", encoding="utf-8")
    with pytest.raises(kg.pipeline.LimitError):
        kg.build([texts], out=tmp_path / "out", settings=RULES)
    (texts / "z.txt").write_text("中兴 新支点平台", encoding="utf-8")
    report = kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert (report.reused, len(report.corpus.documents)) == (3, 4)


def test_a_mistake_of_ours_is_tried_again(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    (texts / "bug.txt").write_text("BUG", encoding="utf-8")
    for reused in (0, 3):
        assert kg.build([texts], out=tmp_path / "out", settings=RULES).reused == reused


def test_a_folder_of_the_users_choice_serves_several_outputs(
    stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    for number, reused in ((1, 0), (2, 3)):
        out = tmp_path / str(number)
        assert kg.build([texts], out=out, settings=RULES, cache=tmp_path / "mine").reused == reused
        assert not (out / FOLDER).exists()
    assert (tmp_path / "mine" / "CACHEDIR.TAG").read_text("ascii").startswith("Signature: 8a477f597d28d172")
    with pytest.raises(OutputError, match=r"a\.txt") as caught:
        kg.build([texts], out=tmp_path / "out", settings=RULES, cache=texts / "a.txt")
    assert "--no-cache" in caught.value.hint


# --- what an entry is known by ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        SourceText("b.txt", SOURCE.text, sha256=SOURCE.sha256),
        SourceText("a.txt", SOURCE.text + "。", sha256=SOURCE.sha256),
        SourceText("a.txt", SOURCE.text, "text/html", sha256=SOURCE.sha256),
        SourceText("a.txt", SOURCE.text, sha256="1" * 64),
        SourceText("a.txt", SOURCE.text, sha256=SOURCE.sha256, findings=(Finding("c", "info", "a.txt", 0, 1, "m"),)),
    ],
)
def test_name_text_and_all_that_is_known_of_it_tell_entries_apart(cache: DocumentCache, other: SourceText) -> None:
    keep(cache)
    assert cache.find(cache.key(SOURCE)) == RECORD
    assert cache.find(cache.key(other)) is None


def test_texts_with_lone_surrogates_have_a_key() -> None:
    assert DocumentCache.key(SourceText("a\udcff.txt", "\ud800")) != DocumentCache.key(SourceText("a.txt", "\ud800"))


def test_profile_packs_and_their_files_decide_confidence_does_not(tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.toml").write_text('name = "pack"\n', encoding="utf-8")

    def with_pack() -> str:
        return fingerprint_of(kg.Settings(("base", str(pack)), "rules"))

    first = with_pack()
    (pack / "more.toml").write_text("", encoding="utf-8")
    second = with_pack()
    (pack / "more.toml").write_text("x = 1", encoding="utf-8")
    plain = fingerprint_of(RULES)
    others = [first, second, with_pack(), fingerprint_of(kg.Settings(("base", "gba"), "rules"))]
    others.append(fingerprint_of(kg.Settings(profile="full")))
    assert len({plain, *others}) == 6
    assert fingerprint_of(kg.Settings(profile="rules", min_confidence=0.9)) == plain


def test_a_process_older_than_its_packs_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_cache(tmp_path / "cache", RULES) is not None
    monkeypatch.setattr(caching, "fingerprint_of", lambda settings: "edited since")
    assert open_cache(tmp_path / "cache", RULES) is None


def test_every_library_that_reads_texts_decides() -> None:
    """The list holds the distribution of whatever `extract` imports that is not ours and not Python's."""
    ours = {"extract", "ontology", "kg"}
    root = Path(kg.__file__).parents[1] / "extract"
    imported = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add((node.module or "").partition(".")[0])
    foreign = imported - ours - set(sys.stdlib_module_names)
    known = packages_distributions()
    flat = {name.lower().replace("_", "-") for name in LIBRARIES}
    # turtle files of packs are read by rdflib or pyoxigraph: their bytes decide, not who parses them
    for module in foreign - {"rdflib", "pyoxigraph", "pydantic"}:
        assert flat & {name.lower().replace("_", "-") for name in known.get(module, [module])}, module


# --- damage and other writers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign"])
def test_a_damaged_entry_is_no_entry(cache: DocumentCache, damage: str) -> None:
    path = keep(cache)
    data = path.read_bytes()
    broken = {"cut": data[:-3], "flip": data[:-1] + bytes([data[-1] ^ 1]), "empty": b"", "foreign": b"x" * 500}
    path.write_bytes(broken[damage])
    assert cache.find(cache.key(SOURCE)) is None
    keep(cache)
    assert cache.find(cache.key(SOURCE)) == RECORD


def test_a_cache_that_cannot_be_written_costs_no_build(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert kg.build([texts], out=tmp_path / "out", settings=RULES).exit_code == 0
    assert not list((tmp_path / "out" / FOLDER).glob("*/*/*"))


def _write_many(folder: Path, number: int) -> None:
    cache = DocumentCache(folder, "f" * 64)
    for _ in range(20):
        for doc in range(20):
            keep(cache, SourceText(f"{doc}.txt", "text"), DocumentRecord(f"{doc}.txt", "", DocumentMetadata()))
            found = cache.find(cache.key(SourceText(f"{doc}.txt", "text")))
            assert found is not None and found.doc == f"{doc}.txt"
        cache.prune()


def test_two_writers_do_not_disturb_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path / "cache", n)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert not list((tmp_path / "cache").rglob(f"*{caching.TEMPORARY_SUFFIX}"))


# --- pruning ----------------------------------------------------------------------------------------------------------


def test_what_no_build_has_used_for_a_month_goes_what_is_used_stays(cache: DocumentCache) -> None:
    old, used, new = (SourceText(f"{name}.txt", "text") for name in ("old", "used", "new"))
    paths = [keep(cache, source) for source in (old, used, new)]
    left = paths[2].with_name(f"half.0{caching.TEMPORARY_SUFFIX}")
    left.write_bytes(b"half an ent")
    long_ago = time.time() - caching.PATIENCE - 60
    for path in (*paths[:2], left):
        os.utime(path, (long_ago, long_ago))
    assert cache.find(cache.key(used)) is not None
    cache.prune()
    assert [path.exists() for path in (*paths, left)] == [False, True, True, False]
    os.utime(paths[2], (long_ago, long_ago))
    cache.prune()
    assert paths[2].exists(), "it was looked through a moment ago"
    os.utime(cache.generation / ".pruned", (time.time() - 100_000,) * 2)
    cache.prune()
    assert not paths[2].exists()


def test_only_the_latest_generations_stay(tmp_path: Path) -> None:
    caches = [DocumentCache(tmp_path, f"{number:064}"[::-1]) for number in range(7)]
    for age, cache in enumerate(caches):
        keep(cache)
        os.utime(cache.generation, (time.time() - age * 3600,) * 2)
    caches[-1].prune()  # the oldest, which is in use now
    there = [cache.generation.exists() for cache in caches]
    assert there == [True] * (GENERATIONS - 1) + [False] * (7 - GENERATIONS) + [True]


# --- the real pipeline ------------------------------------------------------------------------------------------------


@pytest.mark.integration
def test_a_killed_build_leaves_what_it_had_done(tmp_path: Path) -> None:
    """SIGKILL in the middle, then the same command: it goes on from there, to the bytes of a build in one piece."""
    corpus = Path(kg.__file__).parents[1] / "examples" / "corpus"
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(2):
        for path in sorted(corpus.glob("*.txt")):
            (folder / f"{number}-{path.name}").write_bytes(path.read_bytes())
    arguments = ["build", str(folder), "--profile", "rules", "--jobs", "1", "--out", str(tmp_path / "out")]
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", *arguments], stdout=subprocess.DEVNULL, cwd=corpus.parents[1]
    )
    entries = tmp_path / "out" / FOLDER
    while process.poll() is None and not list(entries.glob("*/*/*")):
        time.sleep(0.01)
    process.kill()
    process.wait()
    done = len([path for path in entries.glob("*/*/*") if not path.name.endswith(caching.TEMPORARY_SUFFIX)])
    assert done > 0
    assert not (tmp_path / "out" / output.MANIFEST).exists()
    report = kg.build([folder], out=tmp_path / "out", settings=RULES)
    assert report.reused == done
    kg.build([folder], out=tmp_path / "fresh", settings=RULES, cache=False)
    assert files_of(tmp_path / "out") == files_of(tmp_path / "fresh")
