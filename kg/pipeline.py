"""The one module that knows the order: read → clean → annotate → resolve → assert → validate → write.

Documents are processed in several processes (`kg.processing`); from the merge on there is one.
Nothing is written before everything is computed; one document that goes wrong costs that document only.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ontology.errors import DocumentError, EmptyDocumentError, LimitError, UsageError
from ontology.model import Corpus, DocumentRecord, Finding, SourceText

from . import output
from .assertions import Assertions
from .large.checking import find_violations
from .large.results import Results
from .large.state import Stale, begin_state, explain_sqlite, find_state
from .processing.cache import FOLDER, open_cache
from .processing.clean_parts import CleanParts, find_clean_parts, keep_clean_parts
from .processing.collector import collect_seldom, give_back
from .processing.last_build import Inputs, code_digest, find_last_build, keep_last_build
from .processing.workers import available_cores, process_texts
from .refusal import refuse_facts, violation_finding
from .settings import ENGINES, Settings
from .tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ontology.assertion import Row
    from ontology.validation import Violation
    from queries.store import KnowledgeGraph

    from .curation import Decision
    from .large.disk import Written
    from .large.state import State
    from .processing.cache import DocumentCache
    from .processing.records import Result
    from .processing.workers import Processor

_logger = logging.getLogger(__name__)
_BREATH = 2_000
"""Documents after which memory that was let go is given back."""


class Progress(Protocol):
    """Whoever wants to know how far a build is."""

    def __call__(self, stage: str, done: int, detail: str) -> None:
        """Take note that `stage` is at item number `done`, which is called `detail`."""


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        out: The folder that was written.
        manifest: What was written.
        tally: What it came to.
        whole: The corpus, or None where it did not fit in memory or nothing had changed.
        violations: What the shapes found wrong; empty for a good graph.
        seconds: Wall time by stage.
        reused: How many documents an earlier build had processed.
        decided: How many decisions of people were replayed.
        unchanged: Whether the output is as an earlier build of the same had left it.
        assemble: Makes the corpus where nothing had changed and it fits in memory.
    """

    out: Path
    manifest: output.Manifest
    tally: Tally
    whole: Corpus | None = None
    violations: tuple[Violation, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)
    reused: int = 0
    decided: int = 0
    unchanged: bool = False
    assemble: Callable[[], Corpus] | None = field(default=None, compare=False, repr=False)

    @property
    def corpus(self) -> Corpus:
        """Entities, facts and findings.

        Raises:
            LimitError: They are too many to be held in memory.
        """
        if self.whole is None and self.assemble is not None:
            return self.assemble()
        if self.whole is None:
            raise LimitError(
                f"The {self.manifest.counts['facts']:,} facts of this build are not held in memory.",
                hint=f"read what lies in {self.out}, {' and '.join(self._files)}, bit by bit",
            )
        return self.whole

    @property
    def _files(self) -> tuple[str, ...]:
        names = {name.partition("/")[0] for name in self.manifest.sha256}
        return tuple(sorted(name for name in names if name.startswith(("entities.", "facts."))))

    @property
    def lost(self) -> tuple[Finding, ...]:
        """Findings of documents that could not be used."""
        return tuple(self.tally.lost)

    @property
    def exit_code(self) -> int:
        """Return 3 when the shapes do not hold, 1 when documents were lost, else 0."""
        return 3 if self.violations else 1 if self.lost else 0


def build(
    inputs: Sequence[Path | str],
    *,
    out: Path | str,
    settings: Settings | None = None,
    min_confidence: float | None = None,
    jobs: int | None = None,
    cache: Path | str | bool = True,
    decisions: Path | str | Sequence[Path | str] | None = None,
    infer: bool = False,
    assertions: Assertions | None = None,
    progress: Progress | None = None,
    engine: str = "local",
    master: str | None = None,
) -> BuildReport:
    """Build the graph of some documents and write it to a folder.

    The same documents give the same bytes, in whatever order they are given and in however many processes.

    Args:
        inputs: Files or folders.
        out: Folder for the output; made when missing, overwritten file by file when there.
        settings: Packs and profile; the best that can run here when None.
        min_confidence: Leave out facts below this confidence, whatever the settings say.
        jobs: The most processes that work on documents at once; all cores when None.
        cache: Folder for what is made of each document, to be found again by later builds; `OUT/.cache` when
            true, none when false. It changes no byte of the output.
        decisions: File of what people decided about facts and entities, or files, replayed on what the documents say.
        infer: Add what follows from the facts by rules, as facts of origin `inferred` with their premises.
        assertions: What the build must come to, or nothing is written; that each fact has its evidence, when None.
        progress: Called for each document and stage.
        engine: `local`, or `spark` for a cluster, which writes Parquet and N-Quads (docs/scale.md) and has no use for
            `jobs`, `cache`, `decisions` and `infer`.
        master: Where Spark runs: `local[2]`, `spark://host:7077`; all cores of this machine when None.

    Returns:
        What was built, lost and found.

    Raises:
        UsageError: An input is missing, two documents have one name, a pack, a decision or the confidence is wrong.
        OutputError: The folder cannot be written, or another build is writing there.
        QualityGateError: The build is not what the assertions want; what was there stays.
        LimitError: Memory or disk is exhausted.
        ConfigurationError: The engine cannot run here.
        ServiceError: The cluster does not answer, or fails.
    """
    if not inputs:
        raise UsageError("No input given.", hint="kg build FILE_OR_FOLDER... --out OUT")
    if jobs is not None and jobs < 1:
        raise UsageError(f"The number of jobs is above 0, not {jobs}.", hint="leave it out for one for each core")
    settings = settings or Settings.choose()
    if min_confidence is not None:
        settings = replace(settings, min_confidence=min_confidence)
    if engine not in ENGINES:
        raise UsageError(f"No engine {engine!r}.", hint=f"engines: {', '.join(ENGINES)}")
    if engine == "spark":
        given = {"jobs": jobs is not None, "cache": isinstance(cache, Path | str)}
        given |= {"decisions": decisions is not None, "infer": infer}
        gate = assertions or Assertions()
        return _build_on_spark(inputs, Path(out), settings, master, given, gate, _Clock(progress or _silent))
    if master is not None:
        raise UsageError("A master is for the engine 'spark'.", hint="--engine spark --master local[2]")
    decided = _read_decisions(decisions)
    folder = Path(out)
    clock = _Clock(progress or _silent)
    with output.writer_lock(folder), collect_seldom():
        output.remove_leftovers(folder)
        try:
            place = folder / FOLDER if cache is True else None if cache is False else Path(cache)
            known = None if place is None else open_cache(place, settings)
            parts = CleanParts() if known is None else find_clean_parts(known.folder, folder, known.generation.name)
            whole = _Whole(settings, decided, infer, parts, jobs or available_cores())
            paths = [Path(path) for path in inputs]
            return _build(_Task(paths, folder, whole, assertions or Assertions(), clock, known))
        except MemoryError as error:
            raise LimitError(
                "The memory of this machine is exhausted.", hint="Build fewer documents at once."
            ) from error
        finally:
            output.remove_leftovers(folder)


def open_graph(out: Path | str) -> KnowledgeGraph:
    """Open what a build wrote, for questions: `.ask()`, `.query()` and the rdflib graph.

    Args:
        out: The output folder, or a Turtle file.

    Raises:
        OutputError: It is missing, unfinished or damaged.
    """
    from queries.store import open_graph as open_store

    return open_store(out)


def _read_decisions(given: Path | str | Sequence[Path | str] | None) -> tuple[Decision, ...] | None:
    if given is None:
        return None
    from .curation import read_decisions

    paths = [given] if isinstance(given, Path | str) else given
    return tuple(decision for path in paths for decision in read_decisions(Path(path)))


def _pairs_apart(decisions: tuple[Decision, ...] | None) -> list[tuple[str, str]]:
    if decisions is None:
        return []
    from .curation import pairs_apart

    return pairs_apart(decisions)


@dataclass(frozen=True, slots=True)
class _Task:
    """What a build on this machine is given.

    Attributes:
        inputs: Files or folders.
        out: The output folder.
        whole: Settings, and the way to a corpus that fits in memory.
        assertions: What it must come to.
        clock: Times the stages.
        cache: What earlier builds made of documents, or None.
    """

    inputs: Sequence[Path]
    out: Path
    whole: _Whole
    assertions: Assertions
    clock: _Clock
    cache: DocumentCache | None

    @property
    def may_be_large(self) -> bool:
        """Whether what does not fit in memory may be built on disk."""
        return self.whole.decisions is None and not self.whole.infer

    def decisive(self, cache: DocumentCache) -> str:
        """Return what decides beside the documents what is written of a corpus on disk."""
        return f"{code_digest()} {cache.generation.name} {_version()} {self.whole.settings.min_confidence}"


def _build(task: _Task) -> BuildReport:
    state = None
    if task.cache is not None and task.may_be_large:
        state = find_state(task.cache.folder, task.out, task.decisive(task.cache))
    if state is not None:
        try:
            with contextlib.closing(state), explain_sqlite(state):
                return _build_from(task, state)
        except Stale as reason:
            _logger.info("all is made anew: %s", reason)
    return _build_from(task, None)


def _build_from(task: _Task, state: State | None) -> BuildReport:
    """Build, where a state is given from what the last build kept."""
    out, whole, clock, cache = task.out, task.whole, task.clock, task.cache
    settings, decisions = whole.settings, whole.decisions
    with Results(output.temporary_path(out, "results")) as results:
        with clock.stage("read"):
            read = _process_documents(
                task.inputs,
                settings,
                lambda _, result, entry, stamp: results.add(result, entry, stamp),
                jobs=whole.jobs,
                cache=cache,
                state=state,
                tell=clock.progress,
            )
            results.done()
        is_large = results.are_many and task.may_be_large
        if state is not None:
            if not results.are_many_with(state.size()):
                raise Stale("all fits in memory now")
            is_large = True
        last, digest = None, ""
        if cache is not None:
            digest = read.digest(cache.generation.name, _version(), settings, decisions, whole.infer, is_large)
            last = None if read.new else find_last_build(cache.folder, out, digest)
        if last is not None:
            task.assertions.check(last.tally, last.manifest.counts["documents"], out)
            again = None if is_large else (lambda: whole.assemble(results, _Clock(_silent))[0])
            report = BuildReport(
                out, last.manifest, last.tally, None, last.violations, clock.seconds, unchanged=True, assemble=again
            )
            if state is not None and cache is not None:
                state.keep(cache.folder, out, task.decisive(cache))
        elif state is not None:
            report = _update_large(results, task, state)
        elif is_large:
            report = _build_large(results, task)
        else:
            report = _build_whole(results, out, whole, task.assertions, clock)
    if cache is not None:
        cache.prune()
        if last is None:
            keep_last_build(cache.folder, out, digest, report.tally, report.violations)
            if not is_large:
                keep_clean_parts(cache.folder, out, cache.generation.name, whole.parts)
    return replace(report, reused=read.reused, decided=len(decisions or ()))


def _build_on_spark(
    inputs: Sequence[Path | str],
    out: Path,
    settings: Settings,
    master: str | None,
    given: Mapping[str, bool],
    assertions: Assertions,
    clock: _Clock,
) -> BuildReport:
    """Build on a cluster."""
    from extract.packs import find_pack

    from .spark.build import build_on_spark
    from .spark.session import LOCAL, check_spark

    useless = [name for name, is_given in given.items() if is_given]
    if useless:
        hint = "a master says how many work at once, local[2]; docs/scale.md says what Spark does not do"
        raise UsageError(f"The engine 'spark' has no use for {', '.join(useless)}.", hint=hint)
    for pack in settings.packs:
        find_pack(pack)  # before a cluster is asked for anything
    check_spark(master or LOCAL)
    with output.writer_lock(out):
        output.remove_leftovers(out)
        work = output.temporary_path(out, "spark")
        try:
            with output.explain_trouble(out):
                work.mkdir()
            built = build_on_spark(
                [Path(path) for path in inputs],
                work,
                settings,
                master=master or LOCAL,
                version=_version(),
                stage=clock.stage,
            )
            assertions.check(built.tally, built.counts["documents"], out)
            lost = tuple(dict.fromkeys(finding.doc for finding in built.tally.lost))
            manifest = output.Manifest(
                _version(), settings.profile, settings.packs, built.counts, built.digests, lost, settings.min_confidence
            )
            output.write_folders(out, built.folders, manifest)
        finally:
            output.remove_leftovers(out)
    return BuildReport(out, manifest, built.tally, None, built.violations, clock.seconds)


def _build_large(results: Results, task: _Task) -> BuildReport:
    """Build on disk what does not fit in memory."""
    from .large.build import LargeBuild

    out, whole = task.out, task.whole
    state = begin_state(output.temporary_path(out, "state"))
    with contextlib.closing(state), explain_sqlite(state):
        build = LargeBuild(results, state, out, whole.settings, version=_version(), jobs=whole.jobs)
        return _finish_large(build.run(task.clock.stage), task, state)


def _update_large(results: Results, task: _Task, state: State) -> BuildReport:
    """Build on disk what has changed since the last build."""
    from .large.update import Update

    assert task.cache is not None
    last = output.read_manifest(task.out, verify=False)
    update = Update(results, state, task.cache, task.out, task.whole.settings, version=_version(), last=last)
    return _finish_large(update.run(task.clock.stage), task, state)


def _finish_large(written: Written, task: _Task, state: State) -> BuildReport:
    """Put what a build on disk has written in its place, and keep for the next one what it can start from."""
    out, settings = task.out, task.whole.settings
    task.assertions.check(written.tally, written.counts["documents"], out)
    manifest = output.Manifest(
        _version(),
        settings.profile,
        settings.packs,
        written.counts,
        {name: written.digests[name] for name in output.FILES},
        tuple(dict.fromkeys(finding.doc for finding in written.tally.lost)),
        settings.min_confidence,
    )
    output.write_output(out, {name: written.files[name] for name in output.FILES}, manifest)
    if task.cache is not None and not written.violations:
        state.keep(task.cache.folder, out, task.decisive(task.cache))
    return BuildReport(out, manifest, written.tally, None, tuple(written.violations), task.clock.seconds)


@dataclass(frozen=True, slots=True)
class _Whole:
    """The way from results to a corpus that fits in memory.

    Attributes:
        settings: Packs, profile and least confidence.
        decisions: What people decided, or None.
        infer: Whether to add what follows.
        parts: What of it is known to be clean.
        jobs: The most processes that work at once.
    """

    settings: Settings
    decisions: tuple[Decision, ...] | None
    infer: bool
    parts: CleanParts
    jobs: int

    def assemble(self, results: Results, clock: _Clock) -> tuple[Corpus, list[Row], list[Violation]]:
        """Return the corpus, its triples and what the shapes find wrong with them."""
        from extract.resolve import merge_records
        from ontology.assertion import distinct_rows
        from ontology.validation import validate_rows

        with clock.stage("resolve"):
            least = self.settings.min_confidence
            corpus = merge_records(
                results,
                profile=self.settings.profile,
                packs=self.settings.packs,
                min_confidence=least if self.decisions is None else 0.0,  # what was accepted may be below it
                apart=_pairs_apart(self.decisions),
            )
            if self.decisions is not None:
                from .curation import replay_decisions

                corpus = replay_decisions(corpus, self.decisions, min_confidence=least)
        findings = _sorted_findings([*corpus.findings, *results.findings])
        corpus = replace(corpus, version=_version(), findings=findings)
        with clock.stage("assert"):
            rows = distinct_rows(corpus)
        with clock.stage("validate"):
            violations = find_violations(corpus, rows, self.parts, jobs=self.jobs)
            allowed, refused, refusals = refuse_facts(corpus.facts, violations)
            if refused:
                corpus = replace(corpus, facts=tuple(allowed), findings=_sorted_findings([*corpus.findings, *refusals]))
                rows = distinct_rows(corpus)
                violations = validate_rows(rows)
        if self.infer:
            with clock.stage("infer"):
                from .inferring import infer_facts

                corpus = infer_facts(corpus)  # from what the shapes allow
                rows = distinct_rows(corpus)
                violations = validate_rows(rows)
        findings = _sorted_findings([*corpus.findings, *map(violation_finding, violations)])
        return replace(corpus, findings=findings), rows, violations


def _build_whole(results: Results, out: Path, whole: _Whole, assertions: Assertions, clock: _Clock) -> BuildReport:
    """Build what fits in memory."""
    corpus, rows, violations = whole.assemble(results, clock)
    with clock.stage("draw"):
        from .draw import draw_page
        from .pictured import project_corpus

        page = draw_page(project_corpus(corpus))
    with clock.stage("write"):
        from ontology.assertion import rows_to_turtle

        tally = Tally.of(corpus)
        assertions.check(tally, len(corpus.documents), out)
        facts = [record for fact in corpus.facts for record in output.fact_records(fact)]
        files: dict[str, bytes | Path] = {
            output.GRAPH: rows_to_turtle(rows),
            output.ENTITIES: output.to_jsonl(map(output.entity_record, corpus.entities)),
            output.FACTS: output.to_jsonl(facts),
            output.PAGE: page.encode(),
            output.FINDINGS: output.to_jsonl(map(output.finding_record, corpus.findings)),
        }
        counts = {
            "documents": len(corpus.documents),
            "lost": len(tally.lost),
            "entities": len(corpus.entities),
            "facts": len(corpus.facts),
            "evidence": sum(len(fact.evidence) for fact in corpus.facts),
            "triples": len(rows),
            "findings": len(corpus.findings),
            "violations": len(violations),
            "left_out": corpus.left_out,
        }
        if whole.infer:
            counts["inferred"] = sum(fact.origin == "inferred" for fact in corpus.facts)
        digests = {name: output.sha256_of(data) for name, data in files.items() if isinstance(data, bytes)}
        manifest = output.Manifest(
            corpus.version,
            corpus.profile,
            corpus.packs,
            counts,
            digests,
            tuple(dict.fromkeys(finding.doc for finding in tally.lost)),
            corpus.min_confidence,
        )
        output.write_output(out, files, manifest)
    return BuildReport(out, manifest, tally, corpus, tuple(violations), clock.seconds)


def process_documents(
    inputs: Sequence[Path],
    settings: Settings,
    *,
    jobs: int = 1,
    cache: DocumentCache | None = None,
    progress: Progress | None = None,
) -> tuple[list[Result], int]:
    """Take each document from its bytes to its record; what goes wrong with one is a finding.

    Documents flow: of their texts only those in work are in memory, of their results all (`build` puts many on disk).

    Args:
        inputs: Files or folders.
        settings: Packs and profile.
        jobs: The most processes that work at once.
        cache: What earlier builds made of documents.
        progress: Called for each document.

    Returns:
        The results in the order of the input, and how many of them the cache had.
    """
    results: dict[int, Result] = {}
    read = _process_documents(
        inputs,
        settings,
        lambda number, result, _, __: results.update({number: result}),
        jobs=jobs,
        cache=cache,
        state=None,
        tell=progress or _silent,
    )
    return [results[number] for number in sorted(results)], read.reused


def _process_documents(
    inputs: Sequence[Path],
    settings: Settings,
    keep: Callable[[int, Result, str, str], None],
    *,
    jobs: int,
    cache: DocumentCache | None,
    state: State | None,
    tell: Progress,
) -> Inputs:
    """Give each result to `keep`, with the number of its document, where the cache has it and the stamp of its file.

    Documents that are as the state has them have no result; their files are not read where they have not changed.

    Returns:
        What was read.
    """
    from extract.read import plan_documents, read_files

    read = Inputs()
    if cache is not None and state is not None and state.is_due():
        cache.use(state.entries())

    numbers = itertools.count(1)

    def is_known(doc: str, stamp: str) -> bool:
        entry = state.see_file(doc, stamp) if state is not None else None
        if entry is None:
            return False
        tell("read", next(numbers), doc)
        read.add(entry)
        read.reused += 1
        return True

    def texts() -> Iterator[tuple[tuple[int, str, str], SourceText]]:
        for item in read_files(plan_documents(inputs), is_known if cache is not None else None):
            source, stamp, number = item.value, item.stamp, next(numbers)
            tell("read", number, source.doc)
            if isinstance(source, Finding):
                keep(number, source, "", "")
                read.add(repr(source))
                continue
            key = cache.key(source) if cache is not None else ""
            read.add(key)
            if state is not None and state.see(source.doc, key, stamp):
                read.reused += 1
                continue
            known = cache.find(key) if cache is not None else None
            if known is None:
                read.new += 1
                yield (number, key, stamp), source
            else:
                keep(number, known, key, stamp)
                read.reused += 1

    processed = process_texts(texts(), partial(document_processor, settings), jobs=jobs)
    for count, ((number, key, stamp), result, data) in enumerate(processed, start=1):
        keep(number, result, key, stamp)
        if count % _BREATH == 0:
            give_back()
        if cache is not None:
            cache.keep(key, result, data)
    return read


def document_processor(settings: Settings) -> Processor:
    """Return the way from a text to its record, with the pipeline of the settings inside; workers call it by its name.

    What goes wrong with a document is a finding, all but a lack of memory.

    Raises:
        ConfigurationError: A pack is missing or wrong, or the profile cannot run here.
    """
    from extract.annotate import annotate, build_nlp, release
    from extract.clean import clean_text
    from extract.resolve import resolve_document

    nlp = build_nlp(packs=settings.packs, profile=settings.profile)

    def extract(source: SourceText) -> DocumentRecord:
        clean = clean_text(source)
        doc = annotate(nlp, clean)
        try:
            return resolve_document(doc, clean, packs=settings.packs)
        finally:
            release(doc)

    def process(source: SourceText) -> Result:
        try:
            return extract(source)
        except DocumentError as error:
            code = "empty-document" if isinstance(error, EmptyDocumentError) else "unreadable-document"
            return Finding(code, "error", source.doc, None, None, error.message)
        except MemoryError:
            raise
        except Exception as error:  # a bug of ours in one document must not cost the others
            _logger.exception("unexpected error in %s", source.doc)
            reason = f"{type(error).__name__}: {error}"
            message = f"{source.doc} is left out, a mistake of this program (KG_DEBUG=1 shows where): {reason}"
            return Finding("internal-error", "error", source.doc, None, None, message)

    return process


def _sorted_findings(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    def key(finding: Finding) -> tuple[str, int, int, str, str]:
        start = -1 if finding.start is None else finding.start
        end = -1 if finding.end is None else finding.end
        return finding.doc, start, end, finding.code, finding.message

    return tuple(sorted(findings, key=key))


def _version() -> str:
    from . import __version__

    return __version__


def _silent(stage: str, done: int, detail: str) -> None:
    """Take no note."""


class _Clock:
    """Wall time by stage, and the way to whoever watches."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside as the stage `name`."""
        self.progress(name, 0, "")
        start = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - start
