"""Measure what a least confidence costs, and write kg/confidence.toml and docs/confidence.md.

    python tools/confidence.py --data ../shared --work build/quality

Run after `make eval` (`tools/quality.py`), whose held-out builds in WORK it reads: no text there was read with
names, wordings or models that came from it or from another text of its group.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from kg.evaluation import evaluate, load_build, load_gold

CORPORA = ("dev", "train")
LEAST = (0.0, 0.3, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


def measure(data: Path, work: Path, profile: str) -> list[dict[str, float]]:
    """Return precision, recall and share kept at each least confidence, over the corpora together."""
    builds = [(load_gold(data / "gold" / c), *load_build(work / profile / c)) for c in CORPORA]
    rows: list[dict[str, float]] = []
    everything = 0
    for least in LEAST:
        right = spurious = missed = 0
        for gold, entities, facts in builds:
            kept = [fact for fact in facts if fact["confidence"] >= least]
            tally = evaluate(gold, entities, kept).tallies["fact"]
            right, spurious, missed = right + tally.right, spurious + tally.spurious, missed + tally.missed
        everything = everything or right + spurious
        rows.append(
            {
                "least": least,
                "precision": round(right / max(1, right + spurious), 3),
                "recall": round(right / max(1, right + missed), 3),
                "kept": round((right + spurious) / max(1, everything), 3),
            }
        )
    return rows


def as_toml(tables: dict[str, list[dict[str, float]]]) -> str:
    """Return the figures as the file that `kg build` reads."""
    lines = ["# Written by tools/confidence.py; what a least confidence costs, measured held out on dev and train."]
    for profile, rows in tables.items():
        for row in rows:
            lines += ["", f"[[{profile}]]", *(f"{key} = {value}" for key, value in row.items())]
    return "\n".join(lines) + "\n"


def as_page(tables: dict[str, list[dict[str, float]]], today: str) -> str:
    """Return docs/confidence.md."""
    lines = [_INTRODUCTION.format(today=today).rstrip()]
    for profile, rows in tables.items():
        lines += [
            "",
            f"## Profile {profile}",
            "",
            "| `--min-confidence` | precision | recall | F1 | kept |",
            "|---|---|---|---|---|",
        ]
        for row in rows:
            p, r = row["precision"], row["recall"]
            f1 = 2 * p * r / (p + r) if p + r else 0.0
            lines.append(f"| {row['least']:.2f} | {p:.3f} | {r:.3f} | {f1:.3f} | {row['kept']:.0%} |")
    return "\n".join(lines) + "\n"


_INTRODUCTION = """\
# Confidence

Each piece of evidence carries a confidence between 0 and 1: how likely a careful reader agrees that the passage states
the fact. In the profile `full` it comes from the linker and is calibrated; in `rules` it is how often the wording was
right, so it orders facts and is rougher as a probability ([quality](quality.md) has the reliability table).

`kg build … --min-confidence X` (`kg.build(…, min_confidence=X)`) leaves out what has less than X: each piece of
evidence below X, each fact that has none left, and statements that nobody calls for any more. Entities stay, and so
does what the gazetteers know (background facts have no evidence and no doubt). The closing table says how many facts
were left out and what to expect; `manifest.json` keeps X and the count. The same input and X give the same bytes.

Measured {today} on the annotated texts of dev and train together, held out as in [quality](quality.md), by
`tools/confidence.py` (`make eval` runs it): `precision` is the share of right facts among those kept, `recall` the
share of what careful readers found that is kept, `kept` the share of the facts found.
"""


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "quality")
    args = parser.parse_args()
    tables: dict[str, Any] = {profile: measure(args.data, args.work, profile) for profile in ("rules", "full")}
    (ROOT / "kg" / "confidence.toml").write_text(as_toml(tables), "utf-8")
    (ROOT / "docs" / "confidence.md").write_text(as_page(tables, date.today().isoformat()), "utf-8")


if __name__ == "__main__":
    main()
