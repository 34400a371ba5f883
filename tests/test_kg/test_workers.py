"""Several processes: the same results, a death costs one document, what is wrong is said where the user sees it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_processors
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kg
from kg import output
from kg.pipeline import document_processor, process_documents
from kg.processing import workers
from kg.processing.records import Result, decode_result, encode_result
from kg.processing.workers import Processor, process_in_order, process_texts
from kg.settings import missing_for_full
from ontology.errors import ConfigurationError, LimitError, UsageError
from ontology.model import (
    CleanText,
    DateValue,
    DocumentMetadata,
    DocumentRecord,
    Entity,
    Evidence,
    Fact,
    Finding,
    Observation,
    SourceText,
)


@pytest.fixture(autouse=True)
def _every_text_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORTH_A_WORKER", 1)
    monkeypatch.setattr(workers, "WORTH_A_PROCESS", 1)


def texts(*contents: str) -> list[tuple[int, SourceText]]:
    return [(number, SourceText(f"{number}.txt", text)) for number, text in enumerate(contents)]


def results(*contents: str, make: Callable[[], Processor] = fake_processors.make_echo, jobs: int = 2) -> list[Result]:
    done = {key: result for key, result, _ in process_texts(texts(*contents), make, jobs=jobs)}
    return [done[key] for key in sorted(done)]


def processes(found: list[Result]) -> set[str]:
    return {str(r.metadata.title) for r in found if isinstance(r, DocumentRecord)}


def test_every_text_gets_its_own_answer_from_one_of_the_workers() -> None:
    contents = ["SLOW", *("文" * n for n in range(1, 40)), "SLOW", "LOST", "PRINT"]
    found = results(*contents)
    assert [r.doc for r in found] == [f"{n}.txt" for n in range(len(contents))]
    assert [r.sha256 for r in found if isinstance(r, DocumentRecord)] == [str(len(c)) for c in contents if c != "LOST"]
    assert [r.code for r in found if isinstance(r, Finding)] == ["empty-document"]
    assert len(processes(found)) == 2 and str(os.getpid()) not in processes(found)


@pytest.mark.parametrize(("deadly", "how"), [("KILL", "SIGKILL"), ("EXIT", "exit code 3")])
def test_a_worker_that_dies_costs_its_document_only(deadly: str, how: str) -> None:
    found = results("一", deadly, "二二", deadly, "三三三", "四四四四")
    lost = [r for r in found if isinstance(r, Finding)]
    assert [(f.doc, f.code, f.severity) for f in lost] == [(f"{n}.txt", "worker-died", "error") for n in (1, 3)]
    assert all(how in f.message and f.doc in f.message for f in lost)
    assert [r.sha256 for r in found if isinstance(r, DocumentRecord)] == ["1", "2", "3", "4"]


def test_a_lone_worker_is_for_many_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one job a few texts are worked on here, many in a process that takes its memory with it."""
    monkeypatch.setattr(workers, "WORTH_A_PROCESS", 3)
    assert processes(results("一", "二", jobs=1)) == {str(os.getpid())}
    found = results("一", "二", "三", jobs=1)
    assert [r.sha256 for r in found if isinstance(r, DocumentRecord)] == ["1", "1", "1"]
    assert len(processes(found)) == 1 and str(os.getpid()) not in processes(found)


@pytest.mark.parametrize("jobs", [1, 2])
def test_other_values_come_back_in_order(jobs: int) -> None:
    items = [(f"label {number}", ("文" * number, number)) for number in range(30)]
    done = list(process_in_order(iter(items), fake_processors.make_swap, jobs=jobs))
    assert done == [(label, (second, first)) for label, (first, second) in items]


def test_a_value_over_which_a_worker_dies_is_worked_on_here() -> None:
    items = [(number, (os.getpid(), number)) for number in range(6)]
    assert list(process_in_order(items, fake_processors.make_dying_elsewhere, jobs=2)) == [(n, (n,)) for n in range(6)]


def test_memory_of_a_worker_is_memory_of_the_build() -> None:
    with pytest.raises(MemoryError):
        results("一", "MEMORY", "二")


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (fake_processors.make_wrong_pack, ConfigurationError, "No pack named"),
        (fake_processors.make_bug, RuntimeError, "KeyError: 'a bug'"),
        (fake_processors.make_dying, LimitError, "exit code 7"),
    ],
)
def test_a_pipeline_that_does_not_load_ends_the_build(
    make: Callable[[], Processor], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        results("一", "二", make=make)
    if make is fake_processors.make_wrong_pack:
        assert getattr(caught.value, "hint", "") == "packs: base"


def test_texts_are_taken_as_they_are_needed() -> None:
    taken = 0

    def stream() -> Iterator[tuple[int, SourceText]]:
        nonlocal taken
        for item in texts(*["文"] * 100):
            taken += 1
            yield item

    done = 0
    for _ in process_texts(stream(), fake_processors.make_echo, jobs=2):
        assert taken - done <= 6  # two in hand, two waiting, two just done
        done += 1
    assert done == taken == 100


@pytest.mark.parametrize("jobs", [1, 2])
def test_texts_are_let_go(jobs: int) -> None:
    """Of a hundred texts never more than those in work are in memory."""

    def stream() -> Iterator[tuple[int, SourceText]]:
        for number in range(100):
            yield number, SourceText(f"{number}.txt", "文")

    gc.collect()
    before = sum(isinstance(thing, SourceText) for thing in gc.get_objects())
    alive = []
    for number, _, _ in process_texts(stream(), fake_processors.make_echo, jobs=jobs):
        if number % 10 == 9:
            alive.append(sum(isinstance(thing, SourceText) for thing in gc.get_objects()) - before)
    assert len(alive) == 10 and max(alive) <= 6


def test_workers_are_gone_when_nobody_listens_any_more() -> None:
    stream = process_texts(texts(*["文"] * 10), fake_processors.make_echo, jobs=2)
    _, result, _ = next(stream)
    stream.close()  # type: ignore[attr-defined]
    for process in processes([result]):
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)


def test_little_work_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORTH_A_WORKER", 100)
    monkeypatch.setattr(workers, "WORTH_A_PROCESS", 1001)
    assert processes(results("文" * 90, "文" * 109)) == {str(os.getpid())}
    assert len(processes(results("SLOW", "文" * 96, "文" * 100, "文"))) == 2
    assert processes(results("文" * 500, "文" * 500, jobs=1)) == {str(os.getpid())}
    assert results() == []


def test_nothing_to_do_loads_nothing() -> None:
    assert results(make=fake_processors.make_dying, jobs=1) == []


def test_a_script_without_a_guard_may_use_workers(tmp_path: Path) -> None:
    """What calls `kg.build` at its top level must not run again in each worker."""
    script = tmp_path / "script.py"
    script.write_text(
        "import fake_processors\n"
        "from kg.processing import workers\n"
        "from ontology.model import SourceText\n"
        "workers.WORTH_A_WORKER = 1\n"
        "texts = [(n, SourceText(f'{n}.txt', 'text')) for n in range(4)]\n"
        "print(sorted(key for key, _, _ in workers.process_texts(texts, fake_processors.make_echo, jobs=2)))\n",
        encoding="utf-8",
    )
    result = subprocess.run([sys.executable, script], env=environment(), capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[0, 1, 2, 3]\n", "")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_who_started_them(tmp_path: Path, sent: signal.Signals) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import fake_processors\n"
        "from kg.processing import workers\n"
        "from ontology.model import SourceText\n"
        "workers.WORTH_A_WORKER = 1\n"
        "texts = ((n, SourceText(f'{n}.txt', 'SLOW')) for n in range(200))\n"
        "for _, result, _ in workers.process_texts(texts, fake_processors.make_echo, jobs=2):\n"
        "    print(result.metadata.title, flush=True)\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [sys.executable, script], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    with process.stdout as lines:
        started = {int(next(lines)) for _ in range(6)}
        process.send_signal(sent)
        process.wait()
    deadline = time.monotonic() + 60
    while any(map(_is_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(_is_alive, started))


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # whoever should have asked for its end is gone, too


def test_no_jobs_is_wrong_usage(texts_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="above 0"):
        kg.build([texts_folder], out=tmp_path / "out", jobs=0)


@pytest.fixture
def texts_folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_text("北京市重点发展人工智能。", encoding="utf-8")
    return tmp_path


# --- results as bytes -------------------------------------------------------------------------------------------------

words = st.text(max_size=8)
modalities = st.sampled_from(["asserted", "planned"])
objects = st.one_of(
    words,
    st.builds(DateValue, words),
    st.builds(Observation, words, st.floats(allow_nan=False), st.floats(allow_nan=False), words),
)
evidence = st.builds(Evidence, words, st.integers(0), st.integers(0), words, modalities, st.floats(0, 1), words)
facts = st.builds(Fact, words, words, objects, evidence=st.lists(evidence, max_size=2).map(tuple))
entities = st.builds(Entity, words, words, words, st.lists(words, max_size=2).map(tuple))
findings = st.builds(Finding, words, st.just("error"), words, st.none() | st.integers(0), st.none(), words)
records = st.builds(
    DocumentRecord,
    words,
    words,
    st.builds(DocumentMetadata, st.none() | words),
    st.lists(entities, max_size=2).map(tuple),
    st.lists(facts, max_size=2).map(tuple),
    st.lists(findings, max_size=2).map(tuple),
)


@given(records | findings)
def test_a_result_is_what_it_was_before_it_travelled(result: Result) -> None:
    assert decode_result(encode_result(result)) == result


class Harm:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("echo harm",)


@pytest.mark.parametrize("thing", [Harm(), [], "text", None, os.path.join])
def test_bytes_that_hold_anything_else_make_nothing(thing: object, capfd: pytest.CaptureFixture[str]) -> None:
    import pickle

    with pytest.raises(ValueError, match="no result of a document"):
        decode_result(pickle.dumps(thing))
    assert "harm" not in capfd.readouterr().out


# --- the real pipeline ------------------------------------------------------------------------------------------------


CORPUS = Path(__file__).parents[2] / "examples" / "corpus"


@pytest.mark.integration
def test_the_bytes_do_not_tell_how_many_worked(tmp_path: Path) -> None:
    settings = kg.Settings(profile="rules")
    for jobs in (1, 2):
        report = kg.build([CORPUS], out=tmp_path / str(jobs), settings=settings, jobs=jobs, cache=False)
        assert report.exit_code == 0 and len(report.corpus.documents) == 9
    for name in (*output.FILES, output.MANIFEST):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes(), name


@pytest.mark.integration
def test_a_text_that_is_done_is_free_at_once() -> None:
    """Without the collector's help, which comes by rarely where much is loaded."""
    from spacy.tokens import Doc

    process = document_processor(kg.Settings(profile="rules"))
    sources = [
        SourceText(f"{n}.txt", "北京市重点发展人工智能。2025年,百度在北京市推出开物平台。" * 3) for n in range(3)
    ]
    process(sources[0])
    gc.collect()
    gc.disable()
    try:
        results = [process(source) for source in sources]
        alive = [thing for thing in gc.get_objects() if type(thing) in (CleanText, Doc)]
    finally:
        gc.enable()
    assert all(isinstance(result, DocumentRecord) and result.facts for result in results)
    assert alive == []


@pytest.mark.integration
def test_models_give_the_same_in_workers() -> None:
    """All that comes after the documents is a function of these results, which the profile does not enter."""
    if missing := missing_for_full():
        pytest.skip(missing)
    settings = kg.Settings(profile="full")
    inputs = sorted(CORPUS.glob("0[1-4]*"))
    alone, together = (process_documents(inputs, settings, jobs=jobs)[0] for jobs in (1, 2))
    assert alone == together
    assert all(isinstance(result, DocumentRecord) and result.facts for result in alone)
