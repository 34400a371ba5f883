"""Measure whole builds: processor seconds for each document, by stage, and peak memory, as the corpus grows.

    python benchmarks/scale/builds.py --documents 100 1000 10000

Texts are cut as in `documents.py`; each build is a process of its own, with one job and without a cache. `--disk` has
even small corpora built on disk (ADR 52), so that small and large ones compare.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

from documents import ROOT, write_corpus


def measure(texts: Path, out: Path, profile: str, is_on_disk: bool) -> dict[str, float]:
    """Build in this process; processor seconds by stage, and megabytes."""
    import kg
    from kg.large.results import LARGE

    marks: list[tuple[str, float]] = []

    def note(stage: str, done: int, detail: str) -> None:
        if not done:
            marks.append((stage, time.process_time()))

    settings = kg.Settings.choose(profile=profile)
    with patch("kg.large.results.LARGE", 0 if is_on_disk else LARGE):
        report = kg.build([texts], out=out, settings=settings, jobs=1, cache=False, progress=note)
    ends = [moment for _, moment in marks[1:]] + [time.process_time()]
    figures = {stage: end - start for (stage, start), end in zip(marks, ends, strict=True)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        **figures,
        "facts": report.manifest.counts["facts"],
        "entities": report.manifest.counts["entities"],
        "peak": peak,
    }


def main() -> None:
    """Measure and print a table."""
    bulk = ROOT.parent / "shared" / "bulk"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--profile", default="rules")
    parser.add_argument("--disk", action="store_true")
    parser.add_argument("--texts", type=Path, default=bulk if bulk.is_dir() else ROOT / "examples" / "corpus")
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(*options.measure, options.profile, options.disk)))
        return
    print("documents  entities     facts  peak memory  processor milliseconds a document, by stage")
    for count in options.documents:
        with tempfile.TemporaryDirectory() as folder:
            texts, out = Path(folder, "texts"), Path(folder, "out")
            write_corpus(texts, options.texts, count)
            command = [sys.executable, __file__, "--measure", str(texts), str(out), "--profile", options.profile]
            command += ["--disk"] if options.disk else []
            done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
            figures = json.loads(done.stdout)
        entities, facts, peak = (figures.pop(name) for name in ("entities", "facts", "peak"))
        stages = "  ".join(f"{stage} {1000 * seconds / count:.1f}" for stage, seconds in figures.items())
        print(f"{count:9,}  {entities:8,}  {facts:8,}  {peak:8.0f} MB  {stages}", flush=True)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
