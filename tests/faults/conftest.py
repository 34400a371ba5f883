"""What the tests of faults share: two sizes, a tally of trials and violations, a ledger for `docs/reliability.md`.

`TORTURE=full` runs the large size (`make torture`); anything else the small one, a part of `make test`. Each test says
its line, `name: N trials, k violations`, and fails when k is above 0; `TORTURE_LEDGER` names a file that gets the
same as JSON.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from tally import CORPUS, IS_FULL, RULES, Tally

import kg

_LINES = pytest.StashKey[list[str]]()


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Iterator[Tally]:
    """Count for one test; at its end the line is told and kept, and violations fail it."""
    found, start = Tally(), time.monotonic()
    yield found
    seconds = time.monotonic() - start
    name = request.node.originalname
    request.config.stash.setdefault(_LINES, []).append(
        f"{name}: {found.trials:,} trials, {len(found.violations)} violations ({seconds:.0f} s) {found.note}"
    )
    if ledger := os.environ.get("TORTURE_LEDGER"):
        record = {
            "test": name, "size": "full" if IS_FULL else "smoke", "trials": found.trials,
            "violations": len(found.violations), "seconds": round(seconds, 1), "note": found.note,
            "date": date.today().isoformat(), "load": round(os.getloadavg()[0], 1),
        }  # fmt: skip
        with open(ledger, "a", encoding="utf-8") as handle:
            handle.write(json.dumps(record, ensure_ascii=False) + "\n")
    assert found.trials, "nothing was tried"
    assert not found.violations, f"{len(found.violations)} of {found.trials}: " + " | ".join(found.violations[:5])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell the line of each test."""
    for line in config.stash.get(_LINES, []):
        terminalreporter.write_line(line)


@pytest.fixture
def size() -> Callable[[int, int], int]:
    """Choose between the small and the full number of trials."""
    return lambda smoke, full: full if IS_FULL else smoke


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample corpus, built once for all."""
    out = tmp_path_factory.mktemp("faults") / "out"
    kg.build([CORPUS], out=out, settings=RULES, jobs=1, cache=False)
    return out
