"""Read `report.toml`: which chapters a report has, which questions each view shows, and its words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

Words: TypeAlias = Mapping[str, str]
"""The same words in each language: `zh` and `en`."""


@dataclass(frozen=True, slots=True)
class View:
    """One table or drawing.

    Attributes:
        kind: `table`, `grid`, `timeline`, `map`, `indicators`, `sets` or `agreement`.
        questions: The canned questions whose rows it shows.
        title: Its heading.
        columns: Columns of a table beside those of the evidence; empty for all.
        is_open: Whether a table is unfolded from the start.
    """

    kind: str
    questions: tuple[str, ...]
    title: Words
    columns: tuple[str, ...] = ()
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """One chapter of a report: its name in links, heading, introduction and views."""

    name: str
    title: Words
    about: Words
    views: tuple[View, ...]


@cache
def load_words() -> Mapping[str, Mapping[str, Words]]:
    """Return `columns`, `values` and `text`."""
    content = _content()
    return {name: content[name] for name in ("columns", "values", "text")}


@cache
def load_chapters() -> tuple[Chapter, ...]:
    """Return the chapters in their order."""
    return tuple(
        Chapter(
            name=record["name"],
            title={"zh": record["zh"], "en": record["en"]},
            about={"zh": record["about_zh"], "en": record["about_en"]},
            views=tuple(
                View(
                    kind=view["view"],
                    questions=tuple(view["questions"]),
                    title={"zh": view["zh"], "en": view["en"]},
                    columns=tuple(view.get("columns", ())),
                    is_open=view.get("open", False),
                )
                for view in record["views"]
            ),
        )
        for record in _content()["chapters"]
    )


def _content() -> dict[str, Any]:
    return tomllib.loads(files("kg").joinpath("report.toml").read_text(encoding="utf-8"))
