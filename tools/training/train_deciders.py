"""Fit the judge (which names stay) and the linker (which facts are stated), and measure both honestly.

    python tools/training/train_deciders.py --data SHARED --proposals DIR[,DIR…] --out DIR --honest DIR

Everything is fitted twice: by groups of texts (the regions of folds.json, five parts of train, the seeds), where
each group is judged by models, lexicon entries and taggers that have not seen it, for the figures, the thresholds
and the input of the next step; then on all texts, for the package. `--proposals` are folders with
what `propose.py` packs: what a tagger says of texts that it was not trained on.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from gold import CORPORA, GoldText, read_corpora
from matching import GoldIndex
from propose import PACKED, read_rows

from extract import annotate as annotation
from extract.components.linker import LinkerComponent
from extract.components.tagger import TaggerComponent
from extract.learning.boosters import calibrated
from extract.learning.fact_features import BUCKETS, EXERCISE, FEATURES, WORDING, pair_rows
from extract.learning.name_features import BUCKETS as NAME_BUCKETS
from extract.learning.name_features import EXERCISE as NAME_EXERCISE
from extract.learning.name_features import FEATURES as NAME_FEATURES
from extract.learning.name_features import WORDING as NAME_WORDING
from extract.learning.name_features import TaggedSpan, collect_names, name_grams, name_rows
from extract.learning.reading import read_candidates
from extract.learning.ties import LEAST
from extract.resolution.mentions import collect_mentions
from kg.evaluation import evaluate, load_build, load_gold

if TYPE_CHECKING:
    from collections.abc import Iterator

JUDGE = dict(num_leaves=31, min_data_in_leaf=20, learning_rate=0.05, feature_fraction=0.7, rounds=350)
LINKER = dict(num_leaves=31, min_data_in_leaf=25, learning_rate=0.04, feature_fraction=0.5, rounds=600)
JUDGE_THRESHOLD, LINKER_THRESHOLD = 0.44, 0.34
"""Where a name or a fact stays: best for dev and train, held out. Thresholds by class and relation were no better."""
JOBS = 2
"""Groups fitted at a time; each fit is one thread, so that the same rows give the same trees."""
WEIGHTS = {"train": 1.5, "dev": 3.0, "seeds": 3.0, "curated": 1.5, "passages": 1.0, "own": 1.0}
KINDS = {"own": 1.0, "passages": 2.0}
"""What tells texts that we annotated, written to train on or found, from the texts of others (0)."""
FIXED = dict(
    objective="binary", bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, verbose=-1, seed=0,
    deterministic=True, num_threads=1, force_row_wise=True,
)  # fmt: skip


class GivenTies:
    """Stands in for the net: what it said of pairs of spans when it had not seen the text."""

    def __init__(self, heldout: dict[str, Any]) -> None:
        self.windows = [(a, b) for a, b in heldout["windows"]]
        self._places = [(a, b) for a, b in heldout["places"]]
        self._ties = heldout["ties"]

    def above_least(self, spans: list[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        """Yield (relation, subject, object, score) above `LEAST`."""
        where: dict[tuple[int, int], list[int]] = defaultdict(list)
        for i, span in enumerate(spans):
            where[span].append(i)
        at = [where.get(place, ()) for place in self._places]
        for a, b, relation, score in self._ties:
            for s in at[a]:
                for o in at[b]:
                    yield relation, s, o, score


class Text:
    """A text on its way through both models."""

    def __init__(self, gold: GoldText, group: str, heldout: dict[str, Any]) -> None:
        self.gold, self.group = gold, group
        self.tagged = [TaggedSpan(*span) for span in heldout["spans"]]
        self.ties = GivenTies(heldout)
        self.index = GoldIndex(gold.gold)
        self.names: list[Any] = []
        self.rows: list[list[float]] = []
        self.chances: list[float] = []
        self.pairs: list[Any] = []
        self.labels: list[int] = []
        self.doc: Any = None
        self.fact_chances: list[float] = []


class Given:
    """Stands in for the tagger: what it proposed for the text when it had not seen it."""

    def __init__(self) -> None:
        self.spans: list[TaggedSpan] = []

    def read(self, text: str) -> tuple[list[TaggedSpan], list[Any]]:
        return self.spans, []


class GivenBooster:
    """Stands in for a model: the probabilities that the fold's model gave."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings
        self.chances: list[float] = []

    def probabilities(self, rows: list[list[float]]) -> list[float]:
        assert len(rows) == len(self.chances), (len(rows), len(self.chances))
        return self.chances


def load_texts(data: Path, folders: list[Path]) -> list[Text]:
    """Return all annotated texts with their groups and the tagger's proposals."""
    lines = {key: line for folder in folders for key, line in read_rows(folder / PACKED).items()}
    folds = json.loads((data / "gold" / "folds.json").read_text("utf-8"))
    region = {stem: name for name, stems in folds.items() for stem in stems}
    texts = []
    count: dict[str, int] = defaultdict(int)
    for gold in read_corpora(data):
        part = count[gold.corpus] % 5
        count[gold.corpus] += 1
        group = region[gold.stem] if gold.corpus == "dev" else "seeds" if gold.corpus == "seeds" else f"part{part}"
        if (gold.corpus, gold.stem) in lines:
            texts.append(Text(gold, group, json.loads(lines[gold.corpus, gold.stem])))
    return texts


def fit(rows: Any, labels: Any, weights: Any, categorical: list[int], settings: dict[str, Any]) -> Any:
    """Fit a boosted model on the rows whose label is known."""
    known = (labels >= 0) & (weights > 0)
    parameters = {**FIXED, **{k: v for k, v in settings.items() if k != "rounds"}}
    data = lightgbm.Dataset(rows[known], labels[known], weight=weights[known], categorical_feature=categorical)
    return lightgbm.train(parameters, data, num_boost_round=settings["rounds"])


def text_weight(text: Text) -> float:
    """Real texts of many genres count more than the work reports that fill most of train, and than our own."""
    return WEIGHTS[text.gold.corpus]


def text_spread(text: Text) -> tuple[str, int, float, float]:
    """Return group, part, weight and kind."""
    return text.group, hash_part(text.gold.stem), text_weight(text), KINDS.get(text.gold.corpus, 0.0)


def judge_names(texts: list[Text]) -> tuple[Any, Any]:
    """Give each text's names their out-of-group probabilities; return the models fitted on all."""
    rows = np.array([r for t in texts for r in t.rows])
    labels = np.array([t.index.name_label(n) for t in texts for n in t.names])
    matrix = wordings([name_grams(t.gold.text, n) for t in texts for n in t.names], NAME_BUCKETS)
    spread = [row for t in texts for row in [text_spread(t)] * len(t.rows)]
    columns = (NAME_WORDING, NAME_EXERCISE)
    chances, judge, linear = out_of_group(
        rows, labels, matrix, spread, columns, [0, 5, NAME_FEATURES.index("rule_detail")], JUDGE
    )
    place = 0
    for text in texts:
        text.chances = [float(c) for c in chances[place : place + len(text.rows)]]
        place += len(text.rows)
    return judge, linear


def out_of_group(
    rows: Any,
    labels: Any,
    matrix: Any,
    spread: list[Any],
    columns: tuple[int, int],
    categorical: list[int],
    settings: dict[str, Any],
    thinned: Any = None,
) -> tuple[Any, Any, Any]:
    """Judge each group's rows by models that have not seen the group; return also the models fitted on all rows.

    Two columns of the rows are filled here: the score of the wordings, which in training comes from a linear model that
    has not seen the text, and what kind of text it is (`KINDS`), which is learned from and never asked.
    """
    column, exercise = columns
    groups, part, weights, exercises = (np.array(x) for x in zip(*spread, strict=True))
    thinned = np.ones(len(rows)) if thinned is None else thinned
    weights = weights.astype(float) * thinned
    part = part.astype(int)
    chances = np.zeros(len(rows))

    def inner(mask: Any) -> Any:
        scores = np.zeros(len(rows))
        for k in range(4):
            held = mask & (part == k)
            if held.any():
                seen = mask & ~held
                linear = fit_wordings(matrix[seen], labels[seen], thinned[seen])
                scores[held] = linear.decision_function(matrix[held])
        return scores

    def judge_group(group: str) -> None:
        held = groups == group
        scores = inner(~held)
        linear = fit_wordings(matrix[~held], labels[~held], thinned[~held])
        scores[held] = linear.decision_function(matrix[held])
        here = rows.copy()
        here[:, column] = scores
        here[~held, exercise] = exercises[~held]
        model = fit(here[~held], labels[~held], weights[~held], categorical, settings)
        chances[held] = model.predict(here[held], num_threads=1)

    with ThreadPoolExecutor(JOBS) as pool:
        list(pool.map(judge_group, sorted(set(groups))))
    rows[:, column] = inner(np.ones(len(rows), bool))
    rows[:, exercise] = exercises
    return chances, fit(rows, labels, weights, categorical, settings), fit_wordings(matrix, labels, thinned)


def wordings(rows: list[list[int]], buckets: int) -> Any:
    """Return the hashed wordings of the rows as a sparse matrix."""
    indices: list[int] = []
    starts = [0]
    for grams in rows:
        indices += sorted(set(grams))
        starts.append(len(indices))
    return sparse.csr_matrix((np.ones(len(indices), np.float32), indices, starts), shape=(len(rows), buckets))


def fit_wordings(matrix: Any, labels: Any, weights: Any) -> Any:
    """Fit the linear model over wordings."""
    known = (labels >= 0) & (weights > 0)
    model = LogisticRegression(C=0.05, solver="liblinear", max_iter=60)
    return model.fit(matrix[known], labels[known], sample_weight=weights[known])


def link_facts(texts: list[Text]) -> tuple[Any, Any, dict[str, float]]:
    """Give each text's pairs their out-of-group probabilities; return models fitted on all, and their calibration."""
    pairs = [p for t in texts for p in t.pairs]
    labels = np.array([x for t in texts for x in t.labels])
    rows = np.array([p.row for p in pairs])
    matrix = wordings([p.grams for p in pairs], BUCKETS)
    spread = [row for t in texts for row in [text_spread(t)] * len(t.pairs)]
    # Most rows are pairs that neither rule nor net speaks for, nearly all wrong: one in five stands for all of those.
    unspoken = (rows[:, FEATURES.index("tie")] <= LEAST) & (rows[:, FEATURES.index("rule")] == 0) & (labels == 0)
    thinned = np.where(unspoken, np.where(np.arange(len(rows)) % 5 == 0, 5.0, 0.0), 1.0)
    chances, linker, linear = out_of_group(
        rows, labels, matrix, spread, (WORDING, EXERCISE), [0, 1, 2], LINKER, thinned
    )
    real = np.array([not exercise for *_, exercise in spread])
    slope, intercept = calibration(chances[real], labels[real])
    chances = calibrated(chances, slope, intercept)
    place = 0
    for text in texts:
        text.fact_chances = [float(c) for c in chances[place : place + len(text.pairs)]]
        place += len(text.pairs)
    return linker, linear, {"slope": slope, "intercept": intercept}


def calibration(chances: Any, labels: Any) -> tuple[float, float]:
    """Return slope and intercept that make held-out probabilities mean what they say, fitted where facts stay.

    Both are fitted on the texts of others only: in exercises facts stand closer together than in what users read.
    """
    seen = (labels >= 0) & (chances >= 0.2)
    logits = np.log(chances[seen] / (1 - chances[seen]))
    model = LogisticRegression(C=1e6).fit(logits[:, None], labels[seen])
    return round(float(model.coef_[0][0]), 4), round(float(model.intercept_[0]), 4)


def hash_part(stem: str) -> int:
    """Return one of four parts for a text, the same in every run."""
    return sum(stem.encode()) % 4


def main() -> None:
    """Read the command line, measure and fit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--proposals", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--honest", type=Path, required=True, help="folder for the held-out entities and facts of each corpus"
    )
    args = parser.parse_args()
    texts = load_texts(args.data, [Path(p) for p in args.proposals.split(",")])
    by_group: dict[str, list[Text]] = defaultdict(list)
    for text in texts:
        by_group[text.group].append(text)

    order = annotation.COMPONENTS
    early = (*order[: order.index("dates")], annotation.PROPOSING)
    late = order[order.index("dates") : order.index("speakers")]
    pipelines = {}
    for group, members in by_group.items():
        nlp = annotation.build_nlp(profile="proposals", exclude_sources=[t.gold.stem for t in members])
        pipelines[group] = nlp
        for text in members:
            text.doc = annotation.start_doc(nlp, text.gold.clean)
            for name in early:
                text.doc = nlp.get_pipe(f"jiqun_{name}")(text.doc)
            text.names = collect_names(text.gold.text, collect_mentions(text.doc), text.tagged)
            text.rows = name_rows(text.gold.text, text.names, text.ties)
    judge, name_linear = judge_names(texts)
    judge_settings = {"threshold": JUDGE_THRESHOLD}

    given, booster = Given(), GivenBooster(judge_settings)
    tagger = TaggerComponent(given, booster, np.zeros(NAME_BUCKETS + 1), {})  # type: ignore[arg-type]
    for text in texts:
        given.spans, booster.chances = text.tagged, text.chances
        text.doc = tagger(text.doc)
        text.doc.user_data["ties"] = text.ties
        for name in late:
            text.doc = pipelines[text.group].get_pipe(f"jiqun_{name}")(text.doc)
        read = read_candidates(text.doc)
        text.pairs = list(pair_rows(read.reading))
        text.labels = text.index.pair_labels(read, text.pairs)
    args.out.mkdir(parents=True, exist_ok=True)
    linker, linear, scale = link_facts(texts)
    linker_settings = {"threshold": LINKER_THRESHOLD, **scale}
    write_honest(args.honest, texts, linker_settings, pipelines)
    linker_settings = calibrate_facts(args.data, args.honest, linker_settings)

    judge.save_model(str(args.out / "judge.txt"))
    linker.save_model(str(args.out / "linker.txt"))
    (args.out / "judge.json").write_text(json.dumps(judge_settings, indent=1) + "\n", "utf-8")
    (args.out / "linker.json").write_text(json.dumps(linker_settings, indent=1) + "\n", "utf-8")
    weights = {
        name: np.append(model.coef_[0], model.intercept_[0]).astype(np.float16)
        for name, model in (("facts", linear), ("names", name_linear))
    }
    np.savez_compressed(args.out / "wordings.npz", **weights)


def calibrate_facts(data: Path, honest: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """Move confidences once more so that they mean what they say of facts, also in the results of the groups.

    A fact is as sure as the surest pair that states it, and is judged with the names at its ends: what holds of pairs
    does not quite hold of facts. Dev tells, whose texts are as mixed as those of users. The threshold moves along, so
    that the same facts stay.
    """
    judged = evaluate(load_gold(data / "gold" / "dev"), *load_build(honest / "dev")).judged
    chances, right = (np.array(column) for column in zip(*judged, strict=True))
    slope, intercept = calibration(chances, right.astype(int))
    for path in honest.glob("*/facts.jsonl"):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for row in rows:
            if row["rule"].endswith("linker"):
                row["confidence"] = round(float(calibrated(np.array(row["confidence"]), slope, intercept)), 4)
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return {
        "threshold": round(float(calibrated(np.array(settings["threshold"]), slope, intercept)), 4),
        "slope": round(settings["slope"] * slope, 4),
        "intercept": round(settings["intercept"] * slope + intercept, 4),
    }


def write_honest(folder: Path, texts: list[Text], settings: dict[str, Any], pipelines: dict[str, Any]) -> None:
    """Write the entities and facts that each group gets from models that have not seen it."""
    from extract.resolve import merge_records, resolve_document
    from kg.output import entity_record, fact_records, to_jsonl

    last = annotation.COMPONENTS[annotation.COMPONENTS.index("speakers") :]
    booster = GivenBooster(settings)
    linker = LinkerComponent(booster, np.zeros(BUCKETS + 1), ("base",))  # type: ignore[arg-type]
    for corpus in (*CORPORA, "passages", "own"):
        records = []
        for text in texts:
            if text.gold.corpus == corpus:
                booster.chances = text.fact_chances
                doc = linker(text.doc)
                for name in last:
                    doc = pipelines[text.group].get_pipe(f"jiqun_{name}")(doc)
                records.append(resolve_document(doc, text.gold.clean))
        merged = merge_records(records, profile="full")
        out = folder / corpus
        out.mkdir(parents=True, exist_ok=True)
        (out / "entities.jsonl").write_bytes(to_jsonl(entity_record(e) for e in merged.entities))
        (out / "facts.jsonl").write_bytes(to_jsonl(r for f in merged.facts for r in fact_records(f)))


if __name__ == "__main__":
    main()
