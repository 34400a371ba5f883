"""Run the commands of the README and put what they print below them: `make docs`.

Only `kg` and `grep` commands are run, in order, from the root of the repository; what is longer than a screen is cut.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
LONGEST = 30


def run_block(match: re.Match[str]) -> str:
    """Return a block with fresh output; blocks with several commands stay as they are."""
    commands = [line for line in match[1].splitlines() if line.startswith("$ ")]
    if len(commands) != 1 or not commands[0].startswith(("$ kg ", "$ grep ")):
        return match[0]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "110", "LC_ALL": "C.UTF-8"}
    result = subprocess.run(
        ["bash", "-c", commands[0][2:]], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    lines = [line.rstrip() for line in result.stdout.splitlines()]
    if len(lines) > LONGEST:
        lines = [*lines[: LONGEST - 1], "…"]
    return "\n".join(["```console", commands[0], *lines, "```"])


def main() -> None:
    """Rewrite README.md in place."""
    page = ROOT / "README.md"
    page.write_text(BLOCK.sub(run_block, page.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
