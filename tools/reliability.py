"""Run the tests of faults and write docs/reliability.md.

    python tools/reliability.py full         # make torture: the large sizes (two hours or more)
    python tools/reliability.py smoke        # the sizes of make test
    python tools/reliability.py full NAME... # some of the tests only
    python tools/reliability.py page         # the page anew, from what was measured before

The latest line of each test and size is kept in tests/faults/results.jsonl; a test that does not end leaves none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ROOT / "tests" / "faults"
RESULTS = FAULTS / "results.jsonl"
PAGE = ROOT / "docs" / "reliability.md"
sys.path.insert(0, str(ROOT / "benchmarks"))

from record import describe_machine  # noqa: E402

_HEAD = """\
<!-- Written by tools/reliability.py from tests/faults/catalogue.toml and tests/faults/results.jsonl; edit those. -->
# Reliability

What was done to Jiqun on purpose, how often, and how often something went wrong. `make test` runs the small sizes,
`make torture` the full ones; a violation fails the test. More kills of `kg load` and of its server are in
[neo4j-performance.md](neo4j-performance.md). *Load* is what the machine did beside the test, as its load average says:
two cores are busy at 2, and what took seconds there takes minutes at 30.

"""


def run(size: str, names: list[str]) -> int:
    """Run all tests or some in one size, keep their lines, and return what pytest returned."""
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder, "ledger.jsonl")
        environment = {**os.environ, "TORTURE": size, "TORTURE_LEDGER": str(ledger)}
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", str(FAULTS), "-k", " or ".join(names)],
            cwd=ROOT,
            env=environment,
            check=False,
        ).returncode
        lines = ledger.read_text("utf-8").splitlines() if ledger.exists() else []
    about = describe_machine(())
    machine = ", ".join(about[key] for key in ("processor", "memory") if key in about) + f", {about['cores']} cores"
    new = [{**json.loads(line), "machine": machine} for line in lines]
    kept = {(record["test"], record["size"]): record for record in [*read_results(), *new]}
    text = "".join(json.dumps(kept[key], ensure_ascii=False) + "\n" for key in sorted(kept))
    RESULTS.write_text(text, "utf-8")
    return code


def read_results() -> list[dict[str, Any]]:
    """Return the lines that were kept."""
    return [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()] if RESULTS.exists() else []


def page() -> str:
    """Return the page."""
    catalogue = tomllib.loads((FAULTS / "catalogue.toml").read_text("utf-8"))
    results = {(record["test"], record["size"]): record for record in read_results()}
    lines = ["| test | size | trials | violations | seconds | date, load | |", "|---|---|---|---|---|---|---|"]
    for name in catalogue:
        for size in ("smoke", "full"):
            found = results.get((name, size))
            if found is None:
                lines.append(f"| `{name}` | {size} | not run yet | | | | |")
                continue
            when = f"{found['date']}, load {found['load']}"
            lines.append(
                f"| `{name}` | {size} | {found['trials']:,} | {found['violations']} | {found['seconds']:.0f} "
                f"| {when} | {found['note']} |"
            )
    machines = sorted({record["machine"] for record in results.values()})
    text = _HEAD + "\n".join(lines) + "\n\nMachine: " + "; ".join(machines) + ".\n\n## What each shows\n\n"
    text += "".join(f"- `{name}`: {entry['shows']}.\n" for name, entry in catalogue.items())
    seen = {name: entry for name, entry in catalogue.items() if "seen" in entry}
    text += "\n## Seen to fail\n\n| test | taken out | what it said |\n|---|---|---|\n"
    text += "".join(f"| `{name}` | {entry['without']} | {entry['seen']} |\n" for name, entry in seen.items())
    missing = [f"`{name}`" for name in catalogue if name not in seen]
    return text + (f"\nNot yet tried without their defences: {', '.join(missing)}.\n" if missing else "")


def main() -> int:
    """Do what the command line says."""
    wanted, *names = sys.argv[1:] or [""]
    if wanted not in ("smoke", "full", "page"):
        print(__doc__, file=sys.stderr)
        return 2
    code = 0 if wanted == "page" else run(wanted, names)
    PAGE.write_text(page(), "utf-8")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
