"""Read `style.toml`: what things are called and how they are drawn."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

Style: TypeAlias = Mapping[str, Mapping[str, Any]]

_UNKNOWN = {"family": "other", "shape": "dot", "color": "#5C6670", "dark": "#B4BEC8"}


@cache
def load_style() -> Style:
    """Return the style table, `classes`, `relations`, `modalities`, `text` and so on."""
    return tomllib.loads(files("kg").joinpath("style.toml").read_text(encoding="utf-8"))


def class_style(name: str) -> Mapping[str, str]:
    """Return names, colours and shape of a class; one that the table does not know is grey and called by its name."""
    found: Mapping[str, str] | None = load_style()["classes"].get(name)
    return found or {"zh": name, "en": name, **_UNKNOWN}


def relation_style(name: str) -> Mapping[str, Any]:
    """Return the names of a relation, seen from both ends."""
    found: Mapping[str, Any] | None = load_style()["relations"].get(name)
    return found or {"zh": name, "en": name, "in_zh": f"← {name}", "in_en": f"← {name}"}
