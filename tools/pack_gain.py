"""Measure what a pack is worth on a group of texts that nothing else was learned from.

    python tools/pack_gain.py --data ../shared --pack gba --group greater-bay-area [--work build/pack]

The texts of a region of dev are read twice, with the pack `base` alone and with the pack beside it, as
`tools/quality.py` reads them: collected names and wordings of the group are left out, and in the profile `full` judge
and linker are fitted on the other groups, without the pack, and what the tagger proposes comes from taggers that have
not seen the texts.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools" / "training")]

import train_deciders

from extract import annotate as annotation
from extract import resolve
from extract.resolution import grouping, knowledge
from kg.evaluation import Evaluation, evaluate, load_build, load_gold
from kg.output import entity_record, fact_records, to_jsonl
from ontology.model import SourceText


def build_rules(data: Path, stems: list[str], packs: tuple[str, ...], out: Path) -> None:
    """Read the texts of the group with the profile `rules`."""
    from extract.clean import clean_text
    from extract.read import read_documents

    nlp = annotation.build_nlp(packs=packs, exclude_sources=stems)
    records = []
    for source in read_documents([data / "devcorpus"]):
        if isinstance(source, SourceText) and Path(source.doc).stem in stems:
            clean = clean_text(source)
            records.append(resolve.resolve_document(annotation.annotate(nlp, clean), clean, packs=packs))
    merged = resolve.merge_records(records, packs=packs)
    out.mkdir(parents=True, exist_ok=True)
    (out / "entities.jsonl").write_bytes(to_jsonl(entity_record(e) for e in merged.entities))
    (out / "facts.jsonl").write_bytes(to_jsonl(r for f in merged.facts for r in fact_records(f)))


def build_full(data: Path, stems: list[str], packs: tuple[str, ...], out: Path) -> None:
    """Read the texts of the group with the profile `full`; its models are fitted without the group and the pack."""
    build_nlp, gazetteer = annotation.build_nlp, knowledge.gazetteer

    def with_pack(**options: Any) -> Any:
        is_group = set(options.get("exclude_sources", ())) == set(stems)
        return build_nlp(**options, packs=packs if is_group else ("base",))

    arguments = ["train_deciders", "--data", data, "--proposals", ROOT / "tools" / "training" / "heldout"]
    arguments += ["--out", out / "models", "--honest", out]
    with (
        mock.patch.object(sys, "argv", [str(a) for a in arguments]),
        mock.patch.object(annotation, "build_nlp", with_pack),
        mock.patch.object(resolve, "gazetteer", lambda _: gazetteer(packs)),
        mock.patch.object(grouping, "gazetteer", lambda _: gazetteer(packs)),
    ):
        train_deciders.main()


def measure(data: Path, stems: list[str], out: Path) -> Evaluation:
    """Compare a build with the gold annotation of the group."""
    gold = {stem: answers for stem, answers in load_gold(data / "gold" / "dev").items() if stem in stems}
    return evaluate(gold, *load_build(out))


def show(result: Evaluation) -> str:
    """Return P, R and F1 of entities and facts as cells of a table."""
    cells = [f"{x:.3f}" for k in ("entity", "fact") for t in [result.tallies[k]] for x in (t.precision, t.recall, t.f1)]
    return " | ".join(cells)


def main() -> None:
    """Read the command line, measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", required=True)
    parser.add_argument("--group", required=True, help="a group of gold/folds.json")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "pack")
    parser.add_argument("--profile", action="append", choices=("rules", "full"))
    args = parser.parse_args()
    stems = json.loads((args.data / "gold" / "folds.json").read_text("utf-8"))[args.group]
    print("| profile | packs | entity P | R | F1 | fact P | R | F1 |\n|---|---|---|---|---|---|---|---|")
    for profile in args.profile or ("rules", "full"):
        for packs in (("base",), ("base", args.pack)):
            out = args.work / profile / "+".join(packs)
            if profile == "rules":
                build_rules(args.data, stems, packs, out)
                result = measure(args.data, stems, out)
            else:
                build_full(args.data, stems, packs, out)
                result = measure(args.data, stems, out / "dev")
            print(f"| {profile} | {', '.join(packs)} | {show(result)} |", flush=True)


if __name__ == "__main__":
    main()
