"""One child of `kg serve` alone, without the guard in front of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from kg.serving import keeper
from kg.serving.limits import Limits


def answer_in_child(graph: Path, text: str, spool: Path) -> dict[str, Any]:
    """Answer a query in a process like those of the keeper, with `check_query` letting everything through."""
    answerer = keeper._Answerer(graph, Limits())
    read, write = os.pipe()
    if os.fork() == 0:
        keeper.check_query = lambda text, **_: text  # type: ignore[assignment]
        request = {
            "kind": "query", "base": "x:", "text": text, "default": [], "named": [], "solutions": "text/csv",
            "graphs": None, "spool": str(spool),
        }  # fmt: skip
        try:
            os.write(write, json.dumps(answerer.answer(request)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        return dict(json.loads(stream.read()))
