"""Average the weights of taggers that went on from the same one, each on other texts (model soups, Wortsman 2022).

    python tools/training/average_taggers.py --jar JAR --data SHARED --out DIR [--without dev,seeds] DIR:WEIGHT ...

What one of them learned too well of its own texts the others have not: the average reads unseen texts better than each.
It is written like a trained tagger, with what it says of the texts that none of them has seen.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from encoder import kept_characters, read_pretrained
from network import Reader
from train_tagger import save, split_texts, write_proposals


def average(parts: list[tuple[Path, float]]) -> dict[str, torch.Tensor]:
    """Return the mean weights of some taggers, by share."""
    total = sum(weight for _, weight in parts)
    mean: dict[str, torch.Tensor] = {}
    for folder, weight in parts:
        for name, values in torch.load(folder / "tagger.pt").items():
            share = values * (weight / total) if values.is_floating_point() else values
            mean[name] = mean[name] + share if name in mean and values.is_floating_point() else share
    return mean


def main() -> None:
    """Read the command line and average."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path, required=True, help="the bge-small-zh-v1.5 Maven artifact")
    parser.add_argument("--data", type=Path, required=True, help="folder with gold/ and the texts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="", help="as the taggers were trained")
    parser.add_argument("--until", default="~", help="last letters of our own texts that are held out")
    parser.add_argument("parts", nargs="+", help="folder and share of each tagger: DIR:WEIGHT")
    args = parser.parse_args()
    torch.set_num_threads(1)
    parts = [(Path(folder), float(weight)) for folder, _, weight in (part.rpartition(":") for part in args.parts)]
    _, vocabulary = read_pretrained(args.jar)
    characters = kept_characters(vocabulary)
    model = Reader(args.jar, characters)
    model.load_state_dict(average(parts))
    save(model, characters, args.out, args.data)
    write_proposals(args.out, split_texts(args.data, args.without, args.until)[1])


if __name__ == "__main__":
    main()
