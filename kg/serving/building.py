"""`kg build` in a process of its own, for the pages that can build."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping, Sequence

_LONGEST_LINE = 1 << 20


async def run_build(
    words: Sequence[str], *, heard: Callable[[str], bool] = lambda line: False, environment: Mapping[str, str] = {}
) -> tuple[int, str]:
    """Run `kg build`; it is killed when whoever waits for it is cancelled.

    Args:
        words: Its arguments.
        heard: Told each line of its news; says whether that was progress, which is no complaint.
        environment: Variables beside those of this process.

    Returns:
        Its exit code, and the end of what it complained about.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kg", "build", *words),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **environment},
        limit=_LONGEST_LINE,
    )
    assert process.stderr is not None
    complaints = []
    try:
        while line := (await process.stderr.readline()).decode(errors="replace"):
            if not heard(line):
                complaints.append(line)
        code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
    return code, "".join(complaints).strip()[-2000:]
