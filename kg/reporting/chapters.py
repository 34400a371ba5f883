"""Read `report.toml`: which chapters a report has, which questions each view shows, and its words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

from ontology.errors import ConfigurationError
from ontology.plugins import find_plugins

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
        draw: For the kind `drawing`, which plugins have: `module:function` that takes the rows of each question and
            returns `markupsafe.Markup`, say of an SVG without scripts and styles.
    """

    kind: str
    questions: tuple[str, ...]
    title: Words
    columns: tuple[str, ...] = ()
    is_open: bool = False
    draw: str = ""


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
    """Return the chapters in their order, those of plugins last.

    Raises:
        ConfigurationError: A plugin's `report.toml` is missing or wrong.
    """
    chapters = list(_read_chapters(_content()))
    for plugin in find_plugins("jiqun.views").values():
        path = plugin.folder().joinpath("report.toml")
        try:
            chapters += _read_chapters(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise ConfigurationError(f"{plugin.distribution}: {path}: {error}", hint="docs/plugins.md") from error
    return tuple(chapters)


def _read_chapters(content: Mapping[str, Any]) -> tuple[Chapter, ...]:
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
                    draw=view.get("draw", ""),
                )
                for view in record["views"]
            ),
        )
        for record in content["chapters"]
    )


def _content() -> dict[str, Any]:
    return tomllib.loads(files("kg").joinpath("report.toml").read_text(encoding="utf-8"))
