"""Keep measured figures together with the day, the machine and the versions they belong to."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def describe_machine(packages: Sequence[str]) -> dict[str, str]:
    """Return day, processor, memory, load average, and the versions of Python and of packages that are installed."""
    found = {"day": date.today().isoformat(), "cores": str(os.cpu_count()), "python": platform.python_version()}
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        found["processor"] = next(line.partition(": ")[2] for line in lines if line.startswith("model name"))
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        found["memory"] = f"{pages / 2**30:.0f} GiB"
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[package] = version(package)
    with contextlib.suppress(OSError):
        found["load average"] = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return found


def write_figures(path: Path, about: Mapping[str, str], figures: Mapping[str, Any]) -> None:
    """Write figures and what they are about to a JSON file."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({"about": dict(about), **figures}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", "utf-8")
