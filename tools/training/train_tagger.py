"""Fine-tune the span tagger and write it as ONNX.

    python tools/training/train_tagger.py --jar JAR --data SHARED --out DIR [--without dev,seeds] [--epochs 6]
                                          [--start DIR/tagger.pt --rate 0.5] [--until s]

One thread and a fixed seed: the same data give the same weights on one kind of processor.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from encoder import kept_characters, read_pretrained
from gold import GoldText, read_corpora, read_labelled
from network import Reader, Spread, circle_loss
from pairs import Node, text_nodes, window_targets
from propose import propose, to_line

from extract.learning.tagging import (
    BEGIN,
    END,
    LONGEST,
    UNKNOWN,
    WINDOW,
    lac_codes,
    text_windows,
    word_codes,
)
from ontology.model import ENTITY_CLASSES

PAIR_WEIGHT = 0.8
"""Share of the loss over pairs beside that over spans."""
USUAL_INPUT = 4.0
"""How large an input of a layer's second product may become unscaled; nine of ten channels stay below."""


class Prepared:
    """A text with its inputs and what is to be learned, ready to be cut into windows."""

    def __init__(self, text: GoldText, number: dict[str, int]) -> None:
        self.gold = text
        self.ids = [number.get(c) or number.get(c.lower(), UNKNOWN) for c in text.text]
        self.words, self.lac = word_codes(text.text), lac_codes(text.text)
        self.nodes = text_nodes(text)

    def windows(self, *, first: int = WINDOW) -> list[Window]:
        """Return the windows of the text."""
        return [Window(self, start, end) for start, end in text_windows(self.gold.text, first=first)]


class Window:
    """A window with its inputs, the spans inside, and the names whose pairs are to be learned."""

    def __init__(self, text: Prepared, start: int, end: int) -> None:
        self.gold = text.gold
        self.ids = [BEGIN, *text.ids[start:end], END]
        self.words, self.lac = [0, *text.words[start:end], 0], [0, *text.lac[start:end], 0]
        self.spans = [
            (s.start - start, s.end - start, ENTITY_CLASSES.index(s.label), s.certain)
            for s in text.gold.spans
            if start <= s.start and s.end <= end and s.end - s.start <= LONGEST
        ]
        self.nodes: list[Node] = [n for n in text.nodes if start <= n.start and n.end <= end]
        self.start = start

    def targets(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return first and last characters of the names, and the masks of right and possible pairs.

        Made when they are asked for: the masks of all windows together are gigabytes.
        """
        first = torch.tensor([n.start - self.start + 1 for n in self.nodes], dtype=torch.long)
        last = torch.tensor([n.end - self.start for n in self.nodes], dtype=torch.long)
        return first, last, *window_targets(self.gold, self.nodes)


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


def pair_loss(model: Reader, hidden: Tensor, batch: list[Window]) -> Tensor:
    """Return the loss over the pairs of the windows, mean over windows and relations."""
    losses = []
    for i, window in enumerate(batch):
        if len(window.nodes) < 2:
            continue
        first, last, right, possible = window.targets()
        scores = model.pair_scores(hidden[i], first, last).flatten(1)
        right, possible = right.flatten(1), possible.flatten(1)
        some = possible.any(1)
        if some.any():
            losses.append(circle_loss(scores[some], right[some], torch.zeros_like(right[some]), possible[some]))
    return torch.stack(losses).mean() if losses else hidden.sum() * 0


def train(model: Reader, texts: list[Prepared], *, epochs: int, rate: float = 1.0, batch_size: int = 8) -> None:
    """Fit the model; in each epoch the windows begin elsewhere. Progress goes to standard error.

    `rate` scales the learning rates, 1e-4 for the encoder and 1e-3 for what is new.
    """
    encoder = [p for n, p in model.named_parameters() if n.startswith("encoder.")]
    heads = [p for n, p in model.named_parameters() if not n.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [{"params": encoder, "lr": 1e-4 * rate}, {"params": heads, "lr": 1e-3 * rate}], weight_decay=0.01, fused=True
    )
    count = sum(len(text_windows(t.gold.text)) for t in texts) * 1.2
    steps = int(count / batch_size + 1) * epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: min(1.0, (k + 1) / 30) * max(0.02, 1 - k / steps))
    for epoch in range(epochs):
        model.train()
        began, total, tied = time.process_time(), 0.0, 0.0
        windows = [w for t in texts for w in t.windows(first=WINDOW if epoch % 3 == 0 else random.randint(60, WINDOW))]
        windows.sort(key=lambda w: len(w.ids) + random.random() * 80)
        batches = [windows[k : k + batch_size] for k in range(0, len(windows), batch_size)]
        random.shuffle(batches)
        for batch in batches:
            ids, words, lac, right, unsure, inside = collate(batch)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                scores, hidden = model(ids, words, lac)
                pairs = pair_loss(model, hidden, batch)
            shape = (-1, scores.shape[2] * LONGEST)
            spans = circle_loss(
                scores.float().reshape(shape), right.reshape(shape), unsure.reshape(shape), inside.reshape(shape)
            )
            optimizer.zero_grad()
            (spans + PAIR_WEIGHT * pairs).backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, tied = total + spans.item(), tied + pairs.item()
        cpu, n = time.process_time() - began, len(batches)
        print(
            f"epoch {epoch} {n} batches, spans {total / n:.4f} pairs {tied / n:.4f} cpu {cpu:.0f} s",
            file=sys.stderr,
            flush=True,
        )


def spread_outliers(model: Reader, windows: list[Window]) -> Reader:
    """Return a copy of a model in which no input of a layer's second product is far larger than the others.

    A few of its 2,048 channels reach ten times what the others do; one scale of 8 bits for all would leave the
    others too few steps. Inputs of the other products are normed and need no such care.

    Args:
        model: A trained model.
        windows: What tells how large inputs become.
    """
    largest = [torch.zeros(layer.down.in_features) for layer in model.encoder.layers]

    def note(place: int) -> Any:
        def look(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            largest[place] = torch.maximum(largest[place], inputs[0].abs().flatten(0, 1).amax(0))

        return look

    hooks = [layer.down.register_forward_pre_hook(note(i)) for i, layer in enumerate(model.encoder.layers)]
    with torch.no_grad():
        for window in windows:
            model(*(torch.tensor([row]) for row in (window.ids, window.words, window.lac)))
    for hook in hooks:
        hook.remove()
    spread = copy.deepcopy(model)
    for layer, found in zip(spread.encoder.layers, largest, strict=True):
        layer.down = Spread(layer.down, (found / USUAL_INPUT).clamp(min=1.0))
    return spread


def export(model: Reader, path: Path, windows: list[Window]) -> None:
    """Write the model as ONNX with 8-bit integers for its products by weights and its embeddings.

    Weights have a scale a column and 7 bits, so that sums of two products fit the 16 bits that processors without
    VNNI have for them; inputs have 8 bits and the scale of their window. Products of inputs with each other
    (attention, scores of spans) stay as they are.

    Args:
        model: A trained model.
        path: File to write.
        windows: For `spread_outliers`.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model.eval()
    full = path.with_suffix(".fp32.onnx")
    sample = tuple(torch.randint(1, 50, (1, 60)) for _ in range(3))
    length = torch.export.Dim("length", min=3, max=500)
    torch.onnx.export(
        spread_outliers(model, windows), sample, str(full),
        input_names=["ids", "words", "lac"], output_names=["scores", "hidden"],
        dynamic_shapes=({1: length}, {1: length}, {1: length}), opset_version=18, dynamo=True, external_data=False,
    )  # fmt: skip
    graph = onnx.load(str(full)).graph
    weights = {tensor.name for tensor in graph.initializer}
    between_inputs = [n.name for n in graph.node if n.op_type == "MatMul" and weights.isdisjoint(n.input)]
    quantize_dynamic(
        str(full), str(path), weight_type=QuantType.QInt8, per_channel=True, reduce_range=True,
        op_types_to_quantize=["MatMul", "Gather"], nodes_to_exclude=between_inputs,
    )  # fmt: skip
    packed = onnx.load(str(path))
    _forget_origin(packed)
    onnx.save(packed, str(path))
    onnx.checker.check_model(str(path))


def _forget_origin(model: Any) -> None:
    """Drop what the exporter notes of the code that made each node: places of files on this machine."""
    for part in (model.graph, *model.functions):
        values = [*part.value_info, *part.input, *part.output, *part.initializer] if part is model.graph else []
        for item in (part, *part.node, *values):
            del item.metadata_props[:]
            item.doc_string = ""
    del model.metadata_props[:]


def write_proposals(folder: Path, texts: list[GoldText]) -> None:
    """Write what the exported model says of texts that it was not trained on."""
    with (folder / "proposals.jsonl").open("w", encoding="utf-8") as handle:
        handle.writelines(map(to_line, propose(folder, texts)))


def split_texts(data: Path, without: str, until: str) -> tuple[list[GoldText], list[GoldText]]:
    """Return the annotated texts to learn from, and those to hold out.

    Passages (`gold.PASSAGES`) are always held out: they were annotated after the packaged tagger was made.

    Args:
        data: Folder with gold/ and the texts.
        without: Corpora, or half0 or half1 of train, curated and own, joined by commas.
        until: Last letters of our own texts that count; those behind are in neither list.
    """
    left_out = set(without.split(","))
    texts, held_out = [], []
    for i, text in enumerate(read_corpora(data)):
        out = text.corpus in (*left_out, "passages") or (
            text.corpus in ("train", "curated", "own") and f"half{i % 2}" in left_out
        )
        if text.corpus != "own" or text.stem.rstrip("0123456789") <= until:
            (held_out if out else texts).append(text)
    return texts, held_out


def save(model: Reader, characters: list[str], folder: Path, data: Path) -> None:
    """Write a model as weights, as ONNX, and its ties.

    Args:
        model: A trained model.
        characters: Its characters, in the order of its embeddings.
        folder: Where the files go.
        data: Folder with gold/ and the texts; of our own texts one in forty tells how large inputs become.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "characters.txt").write_text("\n".join(characters), "utf-8")
    torch.save(model.state_dict(), folder / "tagger.pt")
    weights = {name: tensor.detach().numpy().astype(np.float16) for name, tensor in model.pair_weights().items()}
    np.savez_compressed(folder / "ties.npz", **weights)
    number = {c: i for i, c in enumerate(characters)}
    own = [text for text in read_corpora(data) if text.corpus == "own"][::40]
    export(model, folder / "tagger.onnx", [window for text in own for window in Prepared(text, number).windows()])


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path, required=True, help="the bge-small-zh-v1.5 Maven artifact")
    parser.add_argument("--data", type=Path, required=True, help="folder with gold/ and the texts")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--without", default="", help="corpora (dev, seeds, …) or half0/half1 of train, curated and own to leave out"
    )
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--until", default="~", help="last letters of our own texts that are learned from")
    parser.add_argument("--labelled", type=Path, help="folder of texts that the pipeline annotated, to learn from too")
    parser.add_argument("--start", type=Path, help="a tagger.pt to go on from instead of the published encoder")
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates")
    parser.add_argument("--weights-only", action="store_true", help="write tagger.pt alone, to be averaged with others")
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    random.seed(args.seed)
    torch.set_num_threads(1)
    _, vocabulary = read_pretrained(args.jar)
    characters = kept_characters(vocabulary)
    texts, held_out = split_texts(args.data, args.without, args.until)
    if args.labelled:
        texts += read_labelled(args.labelled)
    model = Reader(args.jar, characters)
    if args.start:
        model.load_state_dict(torch.load(args.start))
    number = {c: i for i, c in enumerate(characters)}
    print(f"{len(texts)} texts", file=sys.stderr, flush=True)
    train(model, [Prepared(text, number) for text in texts], epochs=args.epochs, rate=args.rate)
    if args.weights_only:
        args.out.mkdir(parents=True, exist_ok=True)
        torch.save(model.state_dict(), args.out / "tagger.pt")
        return
    save(model, characters, args.out, args.data)
    write_proposals(args.out, held_out)
    made = {"texts": [f"{t.corpus}/{t.stem}" for t in texts]}
    made |= {"epochs": args.epochs, "seed": args.seed, "rate": args.rate, "until": args.until}
    (args.out / "tagger.json").write_text(json.dumps(made), "utf-8")


if __name__ == "__main__":
    main()
