"""A corpus that is built on disk gives the bytes of one built in memory; its portions change nothing."""

from __future__ import annotations

import io
import shutil
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from fake_stages import violation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kg
from kg import output
from kg.large.portions import Portions
from kg.large.tables import Table, Tables, sort_key
from kg.processing.cache import FOLDER
from kg.summary import describe_build
from kg.terminal import Style
from ontology.errors import LimitError
from ontology.iri import fact_id
from ontology.model import Corpus, DateValue, DocumentMetadata, DocumentRecord, Entity, Evidence, Fact

RULES = kg.Settings(profile="rules")
CORPUS = Path(__file__).parents[2] / "examples" / "corpus"
DEVELOPS = fact_id("id:Firm_百度", "develops", "id:Platform_开物平台")


def files_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in (*output.FILES, output.MANIFEST)}


def build_both_ways(inputs: list[Path], folder: Path, *, portion: int, **options: object) -> list[kg.BuildReport]:
    """Build in memory, then on disk with so many values in a portion."""
    whole = kg.build(inputs, out=folder / "whole", settings=RULES, cache=False, **options)
    with patch("kg.large.results.LARGE", 0), patch("kg.large.portions.PORTION", portion):
        large = kg.build(inputs, out=folder / "large", settings=RULES, cache=False, **options)
    assert whole.whole is not None and large.whole is None
    return [whole, large]


names = st.sampled_from(["a.txt", "b.txt", "c.txt", "sub/a.txt", "sub/é.txt"])
lines = st.sampled_from(["百度 开物平台", "百度 觅影平台", "腾讯 觅影平台", "华为 盘古平台", "NAVIGATION", "BUG"])
corpora = st.dictionaries(names, st.lists(lines, max_size=4).map("\n".join), min_size=1)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(corpora, st.sampled_from([0.0, 0.5, 0.95]), st.sampled_from([10, 1000]), st.booleans())
def test_a_corpus_on_disk_gives_the_bytes_of_one_in_memory(
    stages: SimpleNamespace,
    tmp_path_factory: pytest.TempPathFactory,
    corpus: dict[str, str],
    least: float,
    portion: int,
    is_wrong: bool,
) -> None:
    stages.violations = [violation(focus=DEVELOPS), violation(focus="id:Firm_腾讯")] if is_wrong else []
    folder = tmp_path_factory.mktemp("large")
    for name, text in {**corpus, "one.txt": "中兴 新支点平台"}.items():  # where all are lost, nothing goes to disk
        (folder / "texts" / "sub").mkdir(parents=True, exist_ok=True)
        (folder / "texts" / name).write_text(text, encoding="utf-8")
    whole, large = build_both_ways([folder / "texts"], folder, portion=portion, min_confidence=least)
    assert files_of(folder / "whole") == files_of(folder / "large")
    assert (whole.tally, whole.violations, whole.lost) == (large.tally, large.violations, large.lost)
    shutil.rmtree(folder)


def test_a_fact_that_one_portion_refuses_is_refused_in_all(
    stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    """Its two passages are looked at one by one."""
    stages.violations = [violation(focus=DEVELOPS)]
    _, large = build_both_ways([texts], tmp_path, portion=1)
    assert files_of(tmp_path / "whole") == files_of(tmp_path / "large")
    assert large.tally.findings["warning", "fact-refused"] == 2 and large.exit_code == 0


def test_what_does_not_fit_in_memory_is_told_from_its_files(
    stages: SimpleNamespace, texts: Path, tmp_path: Path
) -> None:
    whole, large = build_both_ways([texts], tmp_path, portion=100)
    with pytest.raises(LimitError, match="3 facts") as caught:
        _ = large.corpus
    assert "facts.jsonl" in caught.value.hint
    told = [describe_build(report, style=Style(io.StringIO())).split("\n")[1:] for report in (whole, large)]
    assert [line for line in told[0] if "/" not in line] == [line for line in told[1] if "/" not in line]


@pytest.mark.parametrize("trouble", [RuntimeError("no page today"), KeyboardInterrupt()])
def test_a_build_that_fails_leaves_nothing_behind(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: BaseException
) -> None:
    def fail(*_: object, **__: object) -> str:
        raise trouble

    monkeypatch.setattr("kg.large.results.LARGE", 0)
    monkeypatch.setattr("kg.draw.draw_page", fail)
    with pytest.raises(type(trouble)):
        kg.build([texts], out=tmp_path / "out", settings=RULES)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {output.LOCK, FOLDER}


def test_decisions_are_replayed_in_memory(
    stages: SimpleNamespace, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.large.results.LARGE", 0)
    (tmp_path / "decisions.jsonl").write_text("", encoding="utf-8")
    report = kg.build([texts], out=tmp_path / "out", settings=RULES, decisions=tmp_path / "decisions.jsonl")
    assert len(report.corpus.facts) == 3


def test_a_portion_has_each_document_once_and_what_it_is_a_copy_of() -> None:
    copies = {"a.txt": "", "b.txt": "a.txt", "c.txt": "a.txt", "d.txt": ""}
    records = {doc: DocumentRecord(doc, "", DocumentMetadata(), copy_of=original) for doc, original in copies.items()}
    portions = Portions(Corpus(), lambda _: None, records.get)
    for docs, found in ((("c.txt", "b.txt"), ["a.txt", "b.txt", "c.txt"]), (("a.txt", "b.txt"), ["a.txt", "b.txt"])):
        corpus = portions.with_documents([Entity("id:Firm_百度", "Firm", "百度", docs=docs)], [])
        assert [record.doc for record in corpus.documents] == found


# --- tables -----------------------------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_characters="\0"), max_size=5) | st.sampled_from(
    ["a", "a.txt", "\ud800", "\uffff"]
)


@given(st.lists(st.tuples(words, st.integers(0, 2**40), words), max_size=20))
def test_keys_sort_as_what_they_are_made_of(keys: list[tuple[str, int, str]]) -> None:
    assert sorted(keys, key=lambda key: sort_key(*key)) == sorted(keys)


def test_values_come_back_by_key_and_in_the_order_they_came(tmp_path: Path) -> None:
    evidence = Evidence("a.txt", 0, 2, "\ud800百度", "asserted", 0.9, "rule")
    facts = [Fact("id:Policy_规划", "issuedOn", DateValue(str(n)), evidence=(evidence,)) for n in range(2500)]
    with Tables(tmp_path / "work") as tables:
        table = Table(tables, "facts")
        for number, fact in enumerate(facts):
            table.add(sort_key(number % 2), fact)
        assert [value for _, value in table.sorted()] == facts[::2] + facts[1::2]
        assert list(table.values()) == facts
        table.index()
        assert table.get(sort_key(0)) in facts[::2] and table.get(sort_key(7)) is None
    assert not (tmp_path / "work").exists()


def test_a_full_disk_is_a_limit(tmp_path: Path) -> None:
    with pytest.raises(LimitError, match="full") as caught, Tables(tmp_path / "work") as tables:
        tables.database.execute("PRAGMA max_page_count = 4")
        table = Table(tables, "facts")
        for number in range(3000):
            table.add(sort_key(number), "x" * 100)
    assert "SQLITE_TMPDIR" in caught.value.hint and not (tmp_path / "work").exists()


# --- the real stages --------------------------------------------------------------------------------------------------


@pytest.mark.integration
@pytest.mark.parametrize("jobs", [1, 2])
def test_the_sample_corpus_is_the_same_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """Small enough that even the picture is the same: nothing of it is left out."""
    monkeypatch.setattr("kg.large.build.WORTH_A_WORKER", 1)
    build_both_ways([CORPUS], tmp_path, portion=50, jobs=jobs)
    for name, data in files_of(tmp_path / "whole").items():
        assert (tmp_path / "large" / name).read_bytes() == data, name
