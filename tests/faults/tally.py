"""Trials and violations, and what all tests of faults work on."""

from __future__ import annotations

import os
from pathlib import Path

import kg

IS_FULL = os.environ.get("TORTURE") == "full"
RULES = kg.Settings(profile="rules")
ROOT = Path(kg.__file__).parents[1]
CORPUS = ROOT / "examples" / "corpus"


class Tally:
    """Counts trials; each violation is a sentence."""

    def __init__(self) -> None:
        self.trials = 0
        self.violations: list[str] = []
        self.note = ""

    def tried(self, is_right: object, otherwise: str = "") -> None:
        """Count a trial, and what is wrong where it did not come out right."""
        self.trials += 1
        if not is_right:
            self.violations.append(otherwise)
