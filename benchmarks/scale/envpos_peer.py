"""envpos as packaged, in a Python of its own: a peer of the profile `full`.

    python -m venv ENV && ENV/bin/pip install envpos==0.82 torch 'transformers<4.47'
    python benchmarks/scale/stages.py --profile full --envpos ENV/bin/python

It needs torch and an old transformers, so it has an environment to itself and is asked through pipes: a line of JSON
with sentences goes in, a line with its processor seconds comes back. One thread, as ours. It is given the sentences of
all documents at once, as it likes them best: it makes batches of sentences of like length.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ontology.model import CleanText

_SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]*")


class Elsewhere(NamedTuple):
    """Work that another process did.

    Attributes:
        seconds: Its processor seconds.
    """

    seconds: float


def make_envpos(python: Path) -> Callable[[Sequence[CleanText]], Elsewhere]:
    """Return envpos, loaded, of an environment.

    Args:
        python: The interpreter of the environment that has it.

    Raises:
        RuntimeError: It could not be started there.
    """
    child = subprocess.Popen(
        [python, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
    )  # fmt: skip

    def ask(texts: Sequence[CleanText]) -> Elsewhere:
        assert child.stdin is not None and child.stdout is not None
        sentences = [sentence for clean in texts for sentence in _SENTENCE.findall(clean.text)]
        print(json.dumps(sentences), file=child.stdin, flush=True)
        answer = child.stdout.readline()
        if not answer:
            raise RuntimeError(f"envpos stopped; run this to see why: echo '[\"上海\"]' | {python} {__file__}")
        return Elsewhere(float(answer))

    return ask


def main() -> None:
    """Answer lines of sentences with processor seconds."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # it prints what it is doing
    import envpos  # type: ignore[import-not-found]
    import torch

    torch.set_num_threads(1)
    envpos.cut(["加载"])
    for line in sys.stdin:
        start = time.process_time()
        envpos.cut(json.loads(line))
        print(time.process_time() - start, file=answers, flush=True)


if __name__ == "__main__":
    main()
