"""Annotate unlabelled texts by the pipeline itself, for the tagger to learn from (self-training, Scudder 1965).

    python tools/training/label_texts.py --data SHARED --tagger DIR --deciders DIR --out DIR

The teacher is more than the tagger that learns from it: rules, gazetteers, what the whole document says, and the judge.
Of `SHARED/bulk` (work reports and news of the kind that users have, not annotated) passages of about 900 characters are
taken, without those that share sentences with an annotated text. What the teacher is unsure of counts as neither right
nor wrong. Each passage is written as NAME.txt with NAME.json, as the annotations beside the project are.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import onnxruntime

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from gold import CORPORA

from extract import annotate as annotation
from extract.clean import clean_text
from extract.learning.boosters import Booster
from extract.learning.tagging import SpanTagger
from extract.resolve import merge_records, resolve_document
from kg.output import entity_record, fact_records
from ontology.model import ENTITY_CLASSES, SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator

SURE_NAME, LEAST_NAME = 0.65, 0.2
"""Probability from which a name is taken for right; below the other one it is taken for none."""
SURE_FACT, LEAST_FACT = 0.6, 0.15
PASSAGE = 900
_INDUSTRY = re.compile(
    "产业|企业|园区|开发区|项目|制造|集群|技术|数字|示范区|经济带|高新|平台|基地|投资|规划|协同发展|增长"
)
_SHARED = 24
"""Characters, and how many such runs make two texts copies of one another."""


def passages(bulk: Path, news: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield name and text of the passages: all of the work reports, and some items of the news about industry."""
    reports = sorted(bulk.glob("gov*_*.txt"))
    for number, path in enumerate(reports):
        province = path.stem.split("_")[1]
        lines: list[str] = []
        count = 0
        for line in (raw.strip() for raw in path.read_text("utf-8").splitlines()):
            if line:
                lines.append(line)
            if sum(map(len, lines)) >= PASSAGE:
                title = [f"{province}政府工作报告(2026年)"] if count % 2 == 0 else []
                yield f"gov{count:03d}_{number:02d}", "\n".join([*title, *lines])
                lines, count = [], count + 1
        if sum(map(len, lines)) > PASSAGE / 3:
            yield f"gov{count:03d}_{number:02d}", "\n".join(lines)
    items = []
    for path in sorted(bulk.glob("xwlb_*.txt")):
        for item in re.split(r"\n\s*\n", path.read_text("utf-8")):
            text = item.strip()
            if 350 <= len(text) <= 1500 and len(_INDUSTRY.findall(text)) >= len(text) / 45:
                items.append(text)
    random.Random(seed).shuffle(items)
    yield from ((f"x{number:03d}", text) for number, text in enumerate(items[:news]))


def runs(text: str, step: int) -> set[str]:
    """Return the runs of characters of a text, without its white space."""
    solid = "".join(text.split())
    return {solid[i : i + _SHARED] for i in range(0, len(solid) - _SHARED, step)}


def annotated_runs(data: Path) -> set[str]:
    """Return the runs of all annotated texts beside the project."""
    paths = (path for folder in CORPORA.values() for path in (data / folder).iterdir())
    return set().union(*(runs(path.read_text("utf-8", errors="ignore"), 1) for path in paths))


def load_pipeline(tagger: Path, deciders: Path) -> Any:
    """Return the pipeline of the profile full with models from elsewhere than the package."""
    nlp = annotation.build_nlp(profile="full")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(tagger / "tagger.onnx"), options)
    component, linker = nlp.get_pipe("jiqun_tagger"), nlp.get_pipe("jiqun_linker")
    component.tagger = SpanTagger(session, (tagger / "characters.txt").read_text("utf-8").split("\n"))
    with np.load(tagger / "ties.npz") as packed:
        component.ties = {name: packed[name].astype(np.float32) for name in packed.files}
    with np.load(deciders / "wordings.npz") as packed:
        component.weights, linker.weights = (packed[name].astype(np.float64) for name in ("names", "facts"))
    for name, part, attribute in (("judge", component, "judge"), ("linker", linker, "model")):
        model = lightgbm.Booster(model_str=(deciders / f"{name}.txt").read_text("utf-8"))
        setattr(part, attribute, Booster(model, json.loads((deciders / f"{name}.json").read_text("utf-8"))))
    linker.model.settings["threshold"] = LEAST_FACT
    return nlp


def label(nlp: Any, name: str, text: str) -> dict[str, Any]:
    """Return what the pipeline says of a text as an annotation."""
    clean = clean_text(SourceText(f"{name}.txt", text))
    doc = annotation.annotate(nlp, clean)
    merged = merge_records([resolve_document(doc, clean)], profile="full")
    chances: dict[tuple[str, str], float] = {}
    for candidate, chance in doc.user_data["judged"]:
        for place in (*candidate.mentions, *candidate.tagged):
            key = (candidate.label, clean.text[place.start : place.end])
            chances[key] = max(chances.get(key, 0.0), chance)
    result: dict[str, Any] = {
        "doc": f"{name}.txt",
        "entities": [],
        "optional_entities": [],
        "facts": [],
        "optional": [],
    }
    keys: set[str] = set()
    for entity in map(entity_record, merged.entities):
        forms = [form for form in dict.fromkeys([entity["name"], *entity["names"]]) if form in clean.text]
        if not forms or entity["type"] not in ENTITY_CLASSES:
            continue
        known = [chances.pop((entity["type"], form)) for form in forms if (entity["type"], form) in chances]
        part = "entities" if max(known, default=1.0) >= SURE_NAME else "optional_entities"
        result[part].append({"key": entity["id"], "type": entity["type"], "name": forms[0], "aliases": forms[1:]})
        keys.add(entity["id"])
    result["optional_entities"] += [
        {"key": f"{kind}:{form}", "type": kind, "name": form, "aliases": []}
        for (kind, form), chance in chances.items()
        if chance >= LEAST_NAME
    ]
    said: set[str] = set()
    for fact in (record for one in merged.facts for record in fact_records(one)):
        row = {"s": fact["subject"], "r": fact["relation"]}
        if fact["relation"] == "issuedOn":  # dates are left to the rules
            continue
        if fact["relation"] == "observed":
            row |= {field: fact["object"][field] for field in ("value", "factor", "unit")}
        else:
            row["o"] = fact["object"]
        if fact["subject"] in keys and (row.get("o") in keys or "unit" in row) and fact["fact"] not in said:
            said.add(fact["fact"])
            result["facts" if fact["confidence"] >= SURE_FACT else "optional"].append(row)
    return result


def main() -> None:
    """Read the command line and label."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with bulk/ and the annotated texts")
    parser.add_argument("--tagger", type=Path, required=True, help="folder of the tagger that teaches")
    parser.add_argument("--deciders", type=Path, required=True, help="folder of judge and linker")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--news", type=int, default=420, help="items of news that are taken, of those about industry")
    parser.add_argument("--seed", type=int, default=5, help="which of them")
    args = parser.parse_args()
    nlp, known = load_pipeline(args.tagger, args.deciders), annotated_runs(args.data)
    args.out.mkdir(parents=True, exist_ok=True)
    for name, text in passages(args.data / "bulk", args.news, args.seed):
        if len(runs(text, 3) & known) <= 3:
            (args.out / f"{name}.txt").write_text(text + "\n", encoding="utf-8")
            (args.out / f"{name}.json").write_text(json.dumps(label(nlp, name, text), ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
