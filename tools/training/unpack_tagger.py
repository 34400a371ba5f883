"""Read the weights of a packaged tagger back, so that training can go on from it.

    python tools/training/unpack_tagger.py --jar JAR --models extract/models --out DIR

Writes DIR/tagger.pt. The weights are those of the package: 8 bits with a scale a column, what `spread_outliers` moved
between layers moved back. Scores differ from those of the package by the rounding of its inputs (correlation 0.998).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from encoder import LAYERS
from network import Reader

LAYER = ("query", "key", "value", "out", "up", "down")
"""The products by weights of a layer, in the order of the graph."""
EMBEDDINGS = ("word_in", "lac_in", "encoder.word", "word_out", "lac_out")
SUFFIXES = ("_scale", "_zero_point", "_quantized")


def packaged_weights(models: Path) -> dict[str, torch.Tensor]:
    """Return the weights of a packaged tagger by their names in `network.Reader`.

    Args:
        models: Folder with `tagger.onnx` and `ties.npz`.
    """
    graph = onnx.load(str(models / "tagger.onnx")).graph
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}

    def unpacked(name: str) -> np.ndarray:
        integers, zero, scale = (stored[name + s].astype(np.float32) for s in ("_quantized", "_zero_point", "_scale"))
        return (integers - zero) * scale

    shares = {layer: stored.pop(f"encoder.layers.{layer}.down.shares") for layer in range(LAYERS)}
    weights = {
        name.replace(".down.layer.", ".down."): values
        for name, values in stored.items()
        if "." in name and not name.endswith(SUFFIXES)
    }
    weights |= {f"{name}.weight": unpacked(f"{name}.weight") for name in EMBEDDINGS}
    products = [n.input[1].removesuffix("_quantized") for n in graph.node if n.op_type == "MatMulInteger"]
    names = [f"encoder.layers.{layer}.{part}" for layer in range(LAYERS) for part in LAYER] + ["mix", "pointer"]
    weights |= {f"{name}.weight": unpacked(product).T for name, product in zip(names, products, strict=True)}
    for layer, share in shares.items():
        weights[f"encoder.layers.{layer}.down.weight"] = weights[f"encoder.layers.{layer}.down.weight"] * share
    with np.load(models / "ties.npz") as ties:
        weights |= {
            "relate.weight": ties["relate"].T, "relate.bias": ties["relate_bias"],
            "subject_bias.weight": ties["subject"].T, "object_bias.weight": ties["object"].T,
            "subject_bias.bias": ties["bias"], "object_bias.bias": np.zeros_like(ties["bias"]),
        }  # fmt: skip
    return {name: torch.tensor(np.array(values, dtype=np.float32)) for name, values in weights.items()}


def main() -> None:
    """Read the command line and unpack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jar", type=Path, required=True, help="the bge-small-zh-v1.5 Maven artifact")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    characters = (args.models / "characters.txt").read_text("utf-8").split("\n")
    model = Reader(args.jar, characters)
    model.load_state_dict(packaged_weights(args.models))
    args.out.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), args.out / "tagger.pt")


if __name__ == "__main__":
    main()
