"""Measure whole builds: processor seconds for each document, by stage, and peak memory, as the corpus grows.

    python benchmarks/scale/builds.py --documents 100 1000 10000

Texts are cut as in `documents.py`; each build is a process of its own, with one job and without a cache. `--disk` has
even small corpora built on disk (ADR 52), so that small and large ones compare. Memory is that of the process and its
workers together, looked at five times a second.

With `--more` there is a cache, and each corpus is built again with one document more (ADR 54): seconds by the clock.

A long build sees other work come and go, and a processor second is worth less while there is some. So a process beside
it does the same bit of arithmetic every few seconds; *even* is the cost at the speed which that had at the beginning.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

from documents import ROOT, write_corpus

MORE = "甘肃省发展光伏产业，云帆科技有限公司在兰州市建设光伏产业园。"
"""The document that comes later."""
PAUSE = 3.0
"""Seconds between two looks at how fast the machine is."""


def work() -> float:
    """Do a bit of arithmetic; return its processor seconds."""
    start = time.process_time()
    words = {str(number): number * number % 97 for number in range(40_000)}
    sorted(words, key=words.__getitem__)
    return time.process_time() - start


def keep_time(pipe: Connection, watched: int) -> None:
    """Do the same work again and again, and look at the memory of a process and its children.

    Once anything is received, send when each work was done, its processor seconds and the megabytes then.
    """
    seen = []
    since = 0.0
    memory = 0.0
    while not pipe.poll(0.2):
        memory = max(memory, memory_of(watched))
        if time.time() - since > PAUSE:
            since = time.time()
            seen.append((since, work(), memory))
            memory = 0.0
    pipe.send([*seen, (time.time(), work(), memory)])


def memory_of(process: int) -> float:
    """Return the megabytes of a process and its children, but for this one; what they share counts once."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    children = {int(child) for task in tasks for child in task.read_text().split()} - {os.getpid()}
    total = 0
    for number in (process, *children):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 2**10


def slowness(seen: Sequence[tuple[float, float, float]], start: float, end: float, unit: float) -> float:
    """Return how much longer the same work took between two moments than at first, 1 where nothing is known."""
    there = [seconds for moment, seconds, _ in seen if start <= moment <= end]
    return statistics.fmean(there) / unit if there else 1.0


def measure(
    texts: Path, out: Path, profile: str, is_on_disk: bool, jobs: int, unit: float, has_cache: bool
) -> dict[str, float]:
    """Build in this process; processor seconds by stage as they were and at even speed, seconds, and megabytes."""
    import kg
    from kg.large.results import LARGE

    marks: list[tuple[str, float, float]] = []

    def note(stage: str, done: int, detail: str) -> None:
        if not done:
            marks.append((stage, _spent(), time.time()))

    here, there = multiprocessing.Pipe()
    watch = multiprocessing.get_context("spawn").Process(target=keep_time, args=(there, os.getpid()))
    watch.start()
    settings = kg.Settings.choose(profile=profile)
    with patch("kg.large.results.LARGE", 0 if is_on_disk else LARGE):
        report = kg.build([texts], out=out, settings=settings, jobs=jobs, cache=has_cache, progress=note)
    ends = [*marks[1:], ("", _spent(), time.time())]
    here.send("")
    seen = here.recv()
    watch.join()
    figures = {}
    for (stage, start, since), (_, end, until) in zip(marks, ends, strict=True):
        figures[stage] = end - start
        figures[f"even {stage}"] = (end - start) / slowness(seen, since, until, unit)
    counts = report.manifest.counts
    peak = max(memory for _, _, memory in seen)
    clock = {f"clock {stage}": seconds for stage, seconds in report.seconds.items()}
    return {**figures, **clock, "facts": counts["facts"], "entities": counts["entities"], "peak": peak}


def _spent() -> float:
    """Return the processor seconds of this process and of those that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main() -> None:
    """Measure and print a table."""
    bulk = ROOT.parent / "shared" / "bulk"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--profile", default="rules")
    parser.add_argument("--disk", action="store_true")
    parser.add_argument("--texts", type=Path, default=bulk if bulk.is_dir() else ROOT / "examples" / "corpus")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--names", type=int, default=0, help="firms that each document names and no other")
    parser.add_argument("--more", action="store_true", help="build again with one document more")
    parser.add_argument("--unit", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        places, profile, jobs = options.measure, options.profile, options.jobs
        print(json.dumps(measure(*places, profile, options.disk, jobs, options.unit, options.more)))
        return
    unit = statistics.median(work() for _ in range(50))
    print(
        "documents  characters  entities     facts  peak memory  processor milliseconds a document: all, even, by stage"
    )
    for count in options.documents:
        with tempfile.TemporaryDirectory() as folder:
            texts, out = Path(folder, "texts"), Path(folder, "out")
            characters = write_corpus(texts, options.texts, count, options.names)
            command = [sys.executable, __file__, "--measure", str(texts), str(out), "--profile", options.profile]
            command += ["--jobs", str(options.jobs), "--unit", str(unit)]
            command += [f"--{name}" for name in ("disk", "more") if getattr(options, name)]
            figures = figures_of(command)
            first = clock_of(figures)
            if options.more:
                Path(texts, "more.txt").write_text(MORE, encoding="utf-8")
                again = clock_of(figures_of(command))
        entities, facts, peak = (figures.pop(name) for name in ("entities", "facts", "peak"))
        even = {name.removeprefix("even "): seconds for name, seconds in figures.items() if name.startswith("even ")}
        whole, levelled = (1000 * sum(part[name] for name in even) / count for part in (figures, even))
        stages = "  ".join(f"{stage} {1000 * seconds / count:.1f}" for stage, seconds in even.items())
        print(f"{count:9,} {characters:11,}  {entities:8,}  {facts:8,}  {peak:8.0f} MB  ", end="")
        print(f"{whole:.1f}, {levelled:.1f}: {stages}", flush=True)
        if options.more:
            stages = "  ".join(f"{stage} {seconds:.1f}" for stage, seconds in again.items())
            print(f"{sum(first.values()):19.1f} s by the clock; with one document more ", end="")
            print(f"{sum(again.values()):.1f} s: {stages}", flush=True)


def figures_of(command: Sequence[str]) -> dict[str, float]:
    """Return what a process of this program measured."""
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def clock_of(figures: dict[str, float]) -> dict[str, float]:
    """Take the seconds of the stages by the clock out of some figures."""
    names = [name for name in figures if name.startswith("clock ")]
    return {name.removeprefix("clock "): figures.pop(name) for name in names}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
