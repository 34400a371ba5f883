"""Write what a tagger says of annotated texts that it was not trained on: what judge and linker learn from.

    python tools/training/propose.py --data SHARED --models extract/models --corpus passages --into DIR

`train_tagger.py` does so for each tagger that it makes. Alone, this is for texts that were annotated later: the
packaged tagger has seen none of their annotations. DIR is `tools/training/heldout`; their rows in the
packed file are written anew, all others stay.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2])]

from gold import GoldText, read_corpora

from extract import annotate as annotation
from extract.learning.tagging import SpanTagger
from extract.learning.ties import HiddenTies
from extract.resolution.mentions import collect_mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKED = "proposals.jsonl.gz"


def propose(models: Path, texts: Iterable[GoldText]) -> Iterator[dict[str, Any]]:
    """Yield for each text the spans that a tagger finds and the ties that it sees among possible names.

    Ties are kept for spans that the rules or the tagger propose, and for numbers; the hidden states themselves would
    be a hundred times larger.

    Args:
        models: Folder with `tagger.onnx`, `characters.txt` and `ties.npz`.
        texts: Texts that this tagger was not trained on.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(models / "tagger.onnx"), options)
    tagger = SpanTagger(session, (models / "characters.txt").read_text("utf-8").split("\n"))
    with np.load(models / "ties.npz") as packed:
        weights = {name: packed[name].astype(np.float32) for name in packed.files}
    nlp = annotation.build_nlp(profile="proposals")
    early = annotation.COMPONENTS[: annotation.COMPONENTS.index("dates")]
    for text in texts:
        tagged, hidden = tagger.read(text.text)
        doc = annotation.start_doc(nlp, text.clean)
        for name in (*early, annotation.PROPOSING, "dates", "quantities"):
            doc = nlp.get_pipe(f"jiqun_{name}")(doc)
        places = {(t.start, t.end) for t in tagged} | {(m.start, m.end) for m in collect_mentions(doc)}
        places |= {(q.start, q.end) for q in doc.user_data["quantities"]}
        spans = sorted(places)
        ties = HiddenTies(hidden, weights)
        yield {
            "corpus": text.corpus,
            "stem": text.stem,
            "spans": [[t.start, t.end, t.label, t.score] for t in tagged],
            "windows": ties.windows,
            "places": spans,
            "ties": [[s, o, r, score] for r, s, o, score in ties.above_least(spans)],
        }


def to_line(row: dict[str, Any]) -> str:
    """Return a row as a line of JSON."""
    return json.dumps(row, separators=(",", ":")) + "\n"


def read_rows(path: Path) -> dict[tuple[str, str], str]:
    """Return the lines of a file, packed or not, by corpus and text."""
    data = path.read_bytes()
    lines = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8").splitlines(keepends=True)
    return {(row["corpus"], row["stem"]): line for line in lines for row in [json.loads(line)]}


def pack_rows(rows: dict[tuple[str, str], str], folder: Path) -> None:
    """Write lines as one packed file, sorted by corpus and text."""
    folder.mkdir(parents=True, exist_ok=True)
    joined = "".join(rows[key] for key in sorted(rows))
    (folder / PACKED).write_bytes(gzip.compress(joined.encode("utf-8"), mtime=0))


def main() -> None:
    """Read the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with gold/ and the texts")
    parser.add_argument("--models", type=Path, required=True, help="folder of the tagger")
    parser.add_argument("--corpus", required=True, help="corpus that the tagger was not trained on")
    parser.add_argument("--into", type=Path, required=True, help=f"folder of {PACKED}")
    args = parser.parse_args()
    rows = {key: line for key, line in read_rows(args.into / PACKED).items() if key[0] != args.corpus}
    for row in propose(args.models, (text for text in read_corpora(args.data) if text.corpus == args.corpus)):
        rows[row["corpus"], row["stem"]] = to_line(row)
    pack_rows(rows, args.into)


if __name__ == "__main__":
    main()
