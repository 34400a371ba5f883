"""Environments of their own, made from the lock, and what they see of ours: nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EMPTY = {"PATH": os.defpath, "LANG": "C.UTF-8"}
"""The environment of somebody who has just installed something."""
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


def make_environment(folder: Path, extras: list[str], wheel: Path) -> Path:
    """Install a wheel with what the lock says that it needs; return the Python.

    Args:
        folder: Where the environment is to be.
        extras: Of the project.
        wheel: What `make dist` made.
    """
    python = folder / "bin" / "python"
    run([sys.executable, "-m", "venv", folder])
    lock = run([sys.executable, ROOT / "tools" / "supply" / "chain.py", "lock", *extras])
    (folder / "lock.txt").write_text(lock, "utf-8")
    run([python, *PIP, "--require-hashes", "-r", folder / "lock.txt"], registry=True)
    run([python, *PIP, "--no-deps", "--no-index", wheel])
    run([python, "-m", "pip", "--disable-pip-version-check", "check"])
    return python


def run(words: list[str | Path], *, registry: bool = False, cwd: Path | None = None) -> str:
    """Run a command and return what it prints; without a registry there is nothing to test, except in CI."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    try:
        done = subprocess.run([*map(str, words)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)
    except subprocess.TimeoutExpired:
        if not registry:
            raise
        pytest.skip("installing took more than ten minutes, which tells of the machine and the network only")
    if registry and done.returncode and not os.environ.get("CI"):
        pytest.skip(f"no registry to install from: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}"
    return done.stdout
