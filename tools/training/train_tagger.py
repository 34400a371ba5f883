"""Fine-tune the span tagger and write it as ONNX.

    python tools/training/train_tagger.py --jar JAR --data SHARED --out DIR [--without dev|FOLD] [--epochs 9]

One thread and a fixed seed: the same data give the same weights on one kind of processor.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from encoder import kept_characters, read_pretrained
from gold import GoldText, read_gold
from network import Tagger, circle_loss

from extract.learning.tagging import BEGIN, END, LONGEST, UNKNOWN, SpanTagger, lac_codes, text_windows, word_codes
from ontology.model import ENTITY_CLASSES

CORPORA = {"seeds": "seeds", "dev": "devcorpus", "train": "traincorpus"}


class Window:
    """A window with its inputs and the spans inside."""

    def __init__(self, text: GoldText, start: int, end: int, words: list[int], lac: list[int], number: dict[str, int]):
        piece = text.text[start:end]
        self.text, self.start, self.end = text, start, end
        self.ids = [BEGIN, *[number.get(c) or number.get(c.lower(), UNKNOWN) for c in piece], END]
        self.words, self.lac = [0, *words[start:end], 0], [0, *lac[start:end], 0]
        self.spans = [
            (s.start - start, s.end - start, ENTITY_CLASSES.index(s.label), s.certain)
            for s in text.spans
            if start <= s.start and s.end <= end and s.end - s.start <= LONGEST
        ]


def make_windows(texts: list[GoldText], number: dict[str, int]) -> list[Window]:
    """Return the windows of all texts."""
    windows = []
    for text in texts:
        words, lac = word_codes(text.text), lac_codes(text.text)
        windows += [Window(text, a, b, words, lac, number) for a, b in text_windows(text.text)]
    return windows


def collate(batch: list[Window]) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Return padded inputs, and the masks of right, unsure and possible spans."""
    length = max(len(w.ids) for w in batch)

    def pad(rows: list[list[int]]) -> Tensor:
        return torch.tensor([r + [0] * (length - len(r)) for r in rows])

    right = torch.zeros(len(batch), len(ENTITY_CLASSES), length, LONGEST, dtype=torch.bool)
    unsure = torch.zeros_like(right)
    for i, window in enumerate(batch):
        for a, b, label, certain in window.spans:
            (right if certain else unsure)[i, label, a + 1, b - a - 1] = True
    unsure &= ~right
    sizes = torch.tensor([len(w.ids) for w in batch])
    ends = torch.arange(length)[:, None] + torch.arange(LONGEST)[None]
    inside = (ends[None] < sizes[:, None, None] - 1)[:, None].expand_as(right)
    return (
        pad([w.ids for w in batch]),
        pad([w.words for w in batch]),
        pad([w.lac for w in batch]),
        right,
        unsure,
        inside,
    )


def train(model: Tagger, windows: list[Window], *, epochs: int, batch_size: int = 8) -> None:
    """Fit the model; progress goes to standard error."""
    encoder = [p for n, p in model.named_parameters() if n.startswith("encoder.")]
    heads = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW([{"params": encoder, "lr": 1e-4}, {"params": heads, "lr": 1e-3}], weight_decay=0.01)
    steps = (len(windows) + batch_size - 1) // batch_size * epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: min(1.0, (k + 1) / 30) * max(0.0, 1 - k / steps))
    for epoch in range(epochs):
        model.train()
        began, total = time.process_time(), 0.0
        windows.sort(key=lambda w: len(w.ids) + random.random() * 80)
        batches = [windows[k : k + batch_size] for k in range(0, len(windows), batch_size)]
        random.shuffle(batches)
        for batch in batches:
            ids, words, lac, right, unsure, inside = collate(batch)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores = model(ids, words, lac)
            shape = (-1, scores.shape[2] * LONGEST)
            loss = circle_loss(
                scores.float().reshape(shape), right.reshape(shape), unsure.reshape(shape), inside.reshape(shape)
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += loss.item()
        cpu = time.process_time() - began
        print(f"epoch {epoch} loss {total / len(batches):.4f} cpu {cpu:.0f} s", file=sys.stderr, flush=True)


def export(model: Tagger, path: Path) -> None:
    """Write the model as ONNX with 8-bit weights for its matrix products and embeddings."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    full = path.with_suffix(".fp32.onnx")
    sample = tuple(torch.randint(1, 50, (1, 60)) for _ in range(3))
    length = torch.export.Dim("length", min=3, max=500)
    torch.onnx.export(
        model, sample, str(full), input_names=["ids", "words", "lac"], output_names=["scores"],
        dynamic_shapes=({1: length}, {1: length}, {1: length}), opset_version=18, dynamo=True, external_data=False,
    )  # fmt: skip
    quantize_dynamic(
        str(full),
        str(path),
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul", "Gemm", "Gather"],
    )
    onnx.checker.check_model(str(path))


def write_proposals(folder: Path, texts: list[GoldText]) -> None:
    """Write what the exported model proposes for texts that it was not trained on."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "tagger.onnx"), options)
    tagger = SpanTagger(session, (folder / "characters.txt").read_text("utf-8").split("\n"))
    with (folder / "proposals.jsonl").open("w", encoding="utf-8") as handle:
        for text in texts:
            spans = [[t.start, t.end, t.label, t.score] for t in tagger.propose(text.text)]
            handle.write(json.dumps({"corpus": text.corpus, "stem": text.stem, "spans": spans}) + "\n")


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path, required=True, help="the bge-small-zh-v1.5 Maven artifact")
    parser.add_argument("--data", type=Path, required=True, help="folder with gold/ and the texts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="", help="a corpus (dev, seeds) or half0/half1 of train to leave out")
    parser.add_argument("--epochs", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    torch.set_num_threads(1)
    _, vocabulary = read_pretrained(args.jar)
    characters = kept_characters(vocabulary)
    left_out = set(args.without.split(","))
    texts, held_out = [], []
    for corpus, folder in CORPORA.items():
        for i, text in enumerate(read_gold(args.data / "gold" / corpus, args.data / folder)):
            out = corpus in left_out or (corpus == "train" and f"half{i % 2}" in left_out)
            (held_out if out else texts).append(text)
    model = Tagger(args.jar, characters)
    number = {c: i for i, c in enumerate(characters)}
    windows = make_windows(texts, number)
    print(f"{len(texts)} texts, {len(windows)} windows", file=sys.stderr, flush=True)
    train(model, windows, epochs=args.epochs)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "characters.txt").write_text("\n".join(characters), "utf-8")
    torch.save(model.state_dict(), args.out / "tagger.pt")
    export(model, args.out / "tagger.onnx")
    write_proposals(args.out, held_out)
    (args.out / "tagger.json").write_text(
        json.dumps({"texts": [f"{t.corpus}/{t.stem}" for t in texts], "epochs": args.epochs, "seed": args.seed}),
        "utf-8",
    )


if __name__ == "__main__":
    main()
