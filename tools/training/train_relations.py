"""Train the relation net on the readings that `train_deciders.py` wrote, and write it as ONNX.

    python tools/training/train_relations.py --jar JAR --tagger DIR --readings FILE --out DIR [--without …]

`--tagger` is the folder of the tagger that was trained without the same texts. Scores for the texts left
out go to `scores.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from network import Relations, Tagger

from extract.learning.fact_features import CLASSES, LEARNED
from extract.learning.relating import RelationNet, class_layers, mention_pairs, relation_windows
from extract.learning.tagging import BEGIN, END, UNKNOWN


class Prepared:
    """A text with the output of the frozen half and everything the upper half needs."""

    def __init__(self, row: dict[str, Any], model: Relations, number: dict[str, int]) -> None:
        self.row = row
        windows = relation_windows(row["reading"])
        wanted = sorted({(s, o) for s, _, o in row["pairs"]})
        lengths = [len(w.text) + 2 for w in windows]
        self.hidden = torch.zeros(len(windows), max(lengths), 512, dtype=torch.bfloat16)
        self.mask = torch.zeros(len(windows), max(lengths))
        self.classes = torch.zeros(len(windows), max(lengths), 2, dtype=torch.long)
        window, mentions, pairs, distances, things = [], [], [], [], []
        for i, w in enumerate(windows):
            ids = [BEGIN, *[number.get(c) or number.get(c.lower(), UNKNOWN) for c in w.text], END]
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                h = model.lower(torch.tensor([ids]), torch.tensor([[0, *w.words, 0]]), torch.tensor([[0, *w.lac, 0]]))
            self.hidden[i, : len(ids)] = h[0].to(torch.bfloat16)
            self.mask[i, : len(ids)] = 1
            self.classes[i, : len(ids)] = torch.tensor(class_layers(w.places, len(ids)))
            for s, o, code, pair in mention_pairs(w.places, wanted):
                pairs.append((s + len(mentions), o + len(mentions)))
                distances.append(code)
                things.append(pair)
            window += [i] * len(w.places)
            mentions += [(p.start + 1, p.end, CLASSES.index(p.label)) for p in w.places]
        self.inputs = [torch.tensor(x) for x in (window, mentions, pairs, distances)]
        self.keys = sorted(set(things))
        index = {key: i for i, key in enumerate(self.keys)}
        self.group = torch.tensor([index[t] for t in things])
        self.right = torch.zeros(len(self.keys), len(LEARNED))
        self.known = torch.zeros(len(self.keys), len(LEARNED), dtype=torch.bool)
        for (s, relation, o), label in zip(row["pairs"], row["labels"], strict=True):
            if (s, o) in index:
                self.known[index[s, o], LEARNED.index(relation)] = label >= 0
                self.right[index[s, o], LEARNED.index(relation)] = max(label, 0)

    def scores(self, model: Relations) -> Tensor:
        """Return the best score of each pair of things."""
        rows = model.upper(self.hidden.float(), self.mask, self.classes, *self.inputs).float()
        empty = torch.full((len(self.keys), rows.shape[1]), -1e4)
        return empty.scatter_reduce(0, self.group[:, None].expand_as(rows), rows, "amax")


def train(model: Relations, texts: list[Prepared], *, epochs: int) -> None:
    """Fit the upper half, one text a step."""
    heads = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("layers.")]
    optimizer = torch.optim.AdamW(
        [{"params": model.layers.parameters(), "lr": 2e-4}, {"params": heads, "lr": 8e-4}], weight_decay=0.01
    )
    steps = epochs * len(texts)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: min(1.0, (k + 1) / 60) * max(0.0, 1 - k / steps))
    usual = sum(float(t.right[t.known].sum()) for t in texts) / len(texts)
    for epoch in range(epochs):
        model.train()
        model.encoder.eval()
        random.shuffle(texts)
        began, total = time.process_time(), 0.0
        for text in texts:
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = text.scores(model)
            loss = F.binary_cross_entropy_with_logits(scores, text.right, reduction="none") * text.known
            mean = loss.sum() / (0.5 * text.right[text.known].sum() + 0.5 * usual)
            optimizer.zero_grad()
            mean.backward()
            nn.utils.clip_grad_norm_([p for p in model.parameters() if p.requires_grad], 1.0)
            optimizer.step()
            schedule.step()
            total += mean.item()
        cpu = time.process_time() - began
        print(f"epoch {epoch} loss {total / len(texts):.3f} cpu {cpu:.0f} s", file=sys.stderr, flush=True)


def export(model: Relations, path: Path) -> None:
    """Write the net as ONNX with 8-bit weights."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    full = path.with_suffix(".fp32.onnx")
    length, mentions, pairs = (
        torch.export.Dim(n, min=2, max=m) for n, m in (("length", 520), ("mentions", 900), ("pairs", 90000))
    )
    sample = (
        *(torch.randint(1, 20, (1, 60)) for _ in range(3)),
        torch.zeros(1, 60, 2, dtype=torch.long),
        torch.tensor([[1, 2, 0], [5, 7, 1], [9, 9, 2]]),
        torch.tensor([[0, 1], [0, 2], [1, 2], [2, 1]]),
        torch.tensor([1, 2, 3, 4]),
    )
    names = ["ids", "words", "lac", "classes", "mentions", "pairs", "distances"]
    shapes = ({1: length}, {1: length}, {1: length}, {1: length}, {0: mentions}, {0: pairs}, {0: pairs})
    torch.onnx.export(
        model, sample, str(full), input_names=names, output_names=["scores"], dynamic_shapes=shapes,
        opset_version=18, dynamo=True, external_data=False,
    )  # fmt: skip
    quantize_dynamic(
        str(full),
        str(path),
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )


def left_out(row: dict[str, Any], without: set[str]) -> bool:
    """Whether a text is among those to leave out."""
    return row["corpus"] in without or (row["corpus"] == "train" and f"half{row['number'] % 2}" in without)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path, required=True)
    parser.add_argument("--tagger", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="")
    parser.add_argument("--epochs", type=int, default=9)
    args = parser.parse_args()
    torch.manual_seed(0)
    random.seed(0)
    torch.set_num_threads(1)
    characters = (args.tagger / "characters.txt").read_text("utf-8").split("\n")
    number = {c: i for i, c in enumerate(characters)}
    tagger = Tagger(args.jar, characters)
    tagger.load_state_dict(torch.load(args.tagger / "tagger.pt"))
    model = Relations(tagger)
    model.eval()
    rows = pickle.loads(args.readings.read_bytes())
    without = set(args.without.split(","))
    texts = [Prepared(row, model, number) for row in rows if row["pairs"] and not left_out(row, without)]
    print(f"{len(texts)} texts", file=sys.stderr, flush=True)
    train(model, texts, epochs=args.epochs)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), args.out / "relations.pt")
    export(model, args.out / "relations.onnx")
    write_scores(args.out, [row for row in rows if left_out(row, without)], characters)


def write_scores(folder: Path, rows: list[dict[str, Any]], characters: list[str]) -> None:
    """Write what the exported net says of texts that it was not trained on."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    net = RelationNet(onnxruntime.InferenceSession(str(folder / "relations.onnx"), options), characters)
    with (folder / "scores.jsonl").open("w", encoding="utf-8") as handle:
        for row in rows:
            found = net.scores(row["reading"], sorted({(s, o) for s, _, o in row["pairs"]}))
            scores = [[s, r, o, found[s, r, o]] for s, r, o in row["pairs"] if (s, r, o) in found]
            handle.write(json.dumps({"corpus": row["corpus"], "stem": row["stem"], "scores": scores}) + "\n")


if __name__ == "__main__":
    main()
