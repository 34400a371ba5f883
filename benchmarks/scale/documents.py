"""Measure the work on documents: one process and several, fresh and again, and what memory does as the corpus grows.

    python benchmarks/scale/documents.py --documents 250 500 1000 --jobs 2

Documents are cut out of real text (`--texts`, by default ../shared/bulk where it is, else examples/corpus, over and
over), each with a line of its own so that no two are equal. Each figure comes from a process of its own. Besides the
clock it reports processor seconds, which say on a machine with other work what the clock does not.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
LENGTH = 1000
"""Characters of a document."""


SYLLABLES = "云帆长丰天辰金泽海川瑞和凯达恒远博雅华耀盛景鸿宇安澜启明星程锦绣泰岳嘉禾源泉松柏"
"""Characters that made-up names of firms begin with."""


def made_up_firm(number: int) -> str:
    """Return the name of a firm, another one for each number."""
    size = len(SYLLABLES)
    letters = [SYLLABLES[number // size**place % size] for place in range(4)]
    return f"{''.join(letters)}科技有限公司"


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text, none where it is not in UTF-8."""
    try:
        return path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        return []


def write_corpus(folder: Path, texts: Path, count: int, names: int = 0) -> int:
    """Cut documents out of the texts, at ends of lines; return their characters.

    Args:
        folder: Where they go.
        texts: Folder of the texts.
        count: How many.
        names: How many firms each tells of that no other document names.
    """
    lines = [line for path in sorted(texts.glob("*.txt")) for line in read_lines(path) if line]
    folder.mkdir()
    place = characters = 0
    for number in range(count):
        document = [f"第{number + 1}号材料。"]
        document += [f"{made_up_firm(number * names + i)}在宁波市发展光伏产业。" for i in range(names)]
        while sum(map(len, document)) < LENGTH:
            document.append(lines[place % len(lines)])
            place += 1
        text = "\n".join(document)
        characters += len(text)
        (folder / f"{number:06}.txt").write_text(text, encoding="utf-8")
    return characters


def measure(texts: Path, cache_folder: Path | None, profile: str, jobs: int) -> dict[str, float]:
    """Process the documents of a folder in this process and its workers; seconds, megabytes, documents reused."""
    from kg.pipeline import process_documents
    from kg.processing.cache import open_cache
    from kg.settings import Settings

    settings = Settings.choose(profile=profile)
    start, first = time.perf_counter(), time.process_time()
    cache = None if cache_folder is None else open_cache(cache_folder, settings)
    results, reused = process_documents([texts], settings, jobs=jobs, cache=cache)
    own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "documents": len(results),
        "reused": reused,
        "seconds": time.perf_counter() - start,
        "cpu_here": time.process_time() - first,
        "cpu_workers": workers.ru_utime + workers.ru_stime,
        "peak_here_mb": own.ru_maxrss / 1024,
        "peak_worker_mb": workers.ru_maxrss / 1024 if jobs > 1 else 0.0,
    }


def run(texts: Path, cache: Path | None, profile: str, jobs: int) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--measure", str(texts), "--profile", profile, "--jobs", str(jobs)]
    if cache is not None:
        command += ["--cache", str(cache)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measure and print a table; with `--json` write the figures and the machine, too."""
    bulk = ROOT.parent / "shared" / "bulk"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, nargs="+", default=[250, 500, 1000])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--profile", default="rules")
    parser.add_argument("--texts", type=Path, default=bulk if bulk.is_dir() else ROOT / "examples" / "corpus")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cache", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure, options.cache, options.profile, options.jobs)))
        return
    rows = []
    print("documents  way           seconds  cpu here  cpu workers  peak here  peak worker  chars/cpu-second")
    for count in options.documents:
        with tempfile.TemporaryDirectory() as folder:
            texts, cache = Path(folder, "texts"), Path(folder, "cache")
            characters = write_corpus(texts, options.texts, count)
            ways = {
                "one": (None, 1),
                f"{options.jobs} jobs": (None, options.jobs),
                "kept": (cache, 1),
                "again": (cache, 1),
            }
            for way, (kept, jobs) in ways.items():
                figures = run(texts, kept, options.profile, jobs)
                cpu = figures["cpu_here"] + figures["cpu_workers"]
                print(
                    f"{count:9}  {way:12}  {figures['seconds']:7.1f}  {figures['cpu_here']:8.2f}  "
                    f"{figures['cpu_workers']:11.2f}  {figures['peak_here_mb']:6.0f} MB  "
                    f"{figures['peak_worker_mb']:8.0f} MB  {characters / cpu:16,.0f}",
                    flush=True,
                )
                rows.append({"way": way, "characters": characters, **figures})
    if options.json:
        load = Path("/proc/loadavg").read_text().split()[0] if Path("/proc/loadavg").exists() else ""
        about = {"python": platform.python_version(), "machine": platform.machine(), "load": load}
        options.json.write_text(json.dumps({"about": about, "profile": options.profile, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
