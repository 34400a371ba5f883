"""The language that kg speaks to people: `--lang`, `KG_LANG`, else that of the environment."""

from __future__ import annotations

import os
import tomllib
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh")
LANGUAGE: ContextVar[str] = ContextVar("LANGUAGE", default="en")
"""What is spoken now; set once at the start of a command."""


def language_of_environment() -> str:
    """Return the language that the environment asks for, English where it asks for none of ours."""
    for name in ("KG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if word := os.environ.get(name, ""):
            return "zh" if word.lower().startswith("zh") else "en"
    return "en"


@cache
def messages() -> dict[str, Any]:
    """Return what is said, by kind and language."""
    return tomllib.loads(files(__package__).joinpath("messages.toml").read_text("utf-8"))
