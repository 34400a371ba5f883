"""A password stays where it was put: in no output, log, traceback, page or list of processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tally import ROOT, Tally

SECRET = "Kirschkern-7719"
TOKEN = "Pflaumenmus-token-4410"
SMALL = ROOT / "tests" / "test_kg" / "small.ttl"


def run(arguments: list[str], folder: Path, **extra: str) -> tuple[str, list[str]]:
    """Run a command; return all that it said and wrote, and the command lines it was seen with."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "NEO4J_PASSWORD": SECRET,
                   "KG_TOKEN": TOKEN, **extra}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "kg", *arguments], cwd=folder, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    seen = []
    place = Path(f"/proc/{process.pid}/cmdline")
    if place.exists():
        seen.append(place.read_bytes().decode("utf-8", "replace"))
    said = process.communicate(timeout=300)[0].decode("utf-8", "replace")
    written = [path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()]
    return said + "\n".join(written), seen


@pytest.mark.integration
def test_secrets_stay_secret(tally: Tally, tmp_path: Path) -> None:
    """Errors of every kind, with KG_DEBUG and --verbose, and a mistake of ours that leaves a log behind."""
    with socket.socket() as nobody, socket.create_server(("127.0.0.1", 0)) as deaf:
        nobody.bind(("127.0.0.1", 0))
        closed = f"bolt://127.0.0.1:{nobody.getsockname()[1]}"
        deaf.settimeout(0)
        inside = f"bolt://neo4j:{SECRET}@127.0.0.1:{deaf.getsockname()[1]}"
        graph = str(SMALL)
        cases: list[tuple[list[str], dict[str, str]]] = [
            (["load", graph, "--neo4j", closed], {"KG_DEBUG": "1"}),
            (["load", graph, "--neo4j", inside, "-v"], {"KG_DEBUG": "1"}),
            (["load", graph, "--neo4j", "http://127.0.0.1", "-v"], {}),
            (["config", "--show"], {"NEO4J_URI": inside}),
            (["doctor"], {"NEO4J_URI": inside}),
            (["load", graph], {"NEO4J_URI": inside}),
            (["load", graph, "--neo4j", f"bolt://u:{SECRET}@[bad", "-v"], {"KG_DEBUG": "1"}),
            (["serve", "nowhere"], {"KG_DEBUG": "1"}),
            (["export", "--from-neo4j", inside, "--format", "ttl", "--out", "x.ttl"], {"KG_DEBUG": "1"}),
        ]
        for number, (arguments, extra) in enumerate(cases):
            folder = tmp_path / str(number)
            folder.mkdir()
            said, seen = run(arguments, folder, **extra)
            is_given = any(SECRET in word for word in arguments)
            leaks = [secret for secret in (SECRET, TOKEN) if secret in said]
            leaks += [s for s in (SECRET, TOKEN) if not is_given and any(s in line for line in seen)]
            at = said.find(SECRET)
            tally.tried(said and not leaks, f"kg {arguments[0]} {extra}: …{said[max(0, at - 80) : at + 40]!r}")
    from kg import cli

    note = cli._bug_hint(["load", "--neo4j", inside])
    path = Path(note.partition("in ")[2].partition(";")[0])
    tally.tried(path.is_file() and SECRET not in path.read_text("utf-8"), "the log of a mistake of ours has it")
    path.unlink(missing_ok=True)
