"""Read the wordings of `rules.toml` once."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules() -> dict[str, Any]:
    """Return the tables of `rules.toml`."""
    return tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


@cache
def wordings(table: str, key: str) -> tuple[str, ...]:
    """Return a list of wordings, the longest first."""
    return tuple(sorted(rules()[table][key], key=lambda word: (-len(word), word)))
