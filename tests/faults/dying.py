"""A process that builds on request in a child of its own, and lets that child die at a point that was named.

    python dying.py real|fake        requests on standard input, an answer a line on standard output

A request is `{"inputs": [...], "out": ..., "point": ...}`. The point is `null` (live), a number of seconds, or
`[call, n, "before" | "after"]` for the n-th call of `os.fsync` or `os.replace`; a number in the last place stands for
so many seconds after that call has begun. The answer is what ended the child (0, or a signal), and how many of these
calls it made where it lived.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

import kg  # noqa: E402

CALLS = ("fsync", "replace")
RULES = kg.Settings(profile="rules")


def watch(point: Any, counts: Counter[str]) -> None:
    """Count the calls, and die at the one that was named."""

    def watched(name: str) -> Any:
        real = getattr(os, name)

        def call(*arguments: Any) -> Any:
            counts[name] += 1
            is_here = isinstance(point, list) and point[:2] == [name, counts[name]]
            if is_here and point[2] == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            if is_here and isinstance(point[2], float):
                signal.setitimer(signal.ITIMER_REAL, point[2])
            result = real(*arguments)
            if is_here and point[2] == "after":
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for name in CALLS:
        setattr(os, name, watched(name))
    # the alarm's default effect: the kernel ends the process, whatever it is doing
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    if isinstance(point, int | float):
        signal.setitimer(signal.ITIMER_REAL, point)


def build(request: dict[str, Any]) -> dict[str, Any]:
    """Build in a child and say how it ended."""
    read, write = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        counts: Counter[str] = Counter()
        try:
            watch(request["point"], counts)
            kg.build(request["inputs"], out=request["out"], settings=RULES, jobs=1)
            os.write(write, json.dumps(counts).encode())
            os._exit(0)
        finally:
            os._exit(1)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as stream:
        counts = json.loads(stream.read() or "{}")
    ended = os.waitstatus_to_exitcode(status)
    return {"ended": abs(ended) if ended in (-signal.SIGKILL, -signal.SIGALRM) else ended, "counts": counts,
            "seconds": time.monotonic() - start}  # fmt: skip


def main() -> None:
    """Warm up, then serve requests."""
    if sys.argv[1] == "fake":
        import pytest
        from fake_stages import stages

        stages.__wrapped__(pytest.MonkeyPatch())
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder, "a.txt")
        text.write_text("百度 开物平台\n", encoding="utf-8")
        kg.build(
            [text], out=Path(folder, "out"), settings=RULES, jobs=1
        )  # children find everything imported and loaded
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(build(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
