"""Stage ⑨: draw a property graph as one HTML page that explains itself.

The page is self-contained: it opens offline, asks the network for nothing, and shows for each
fact the words that state it. `docs/pictures.md` says what is on it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .drawing.selection import CEILING, select

if TYPE_CHECKING:
    from queries.store import KnowledgeGraph

    from .projection import PropertyGraph

_logger = logging.getLogger(__name__)

TITLE = {"zh": "政策知识图谱", "en": "Policy knowledge graph"}


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """What was written.

    Attributes:
        path: The file.
        nodes: Nodes in it.
        relationships: Facts between them.
        total: Nodes that were asked for; more than `nodes` when the ceiling was hit.
    """

    path: Path
    nodes: int
    relationships: int
    total: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that a notebook shows in place; the last expression of a cell is enough.

    Attributes:
        html: The whole page.
        height: Height in a notebook, in pixels.
    """

    html: str
    height: int = 620

    def __repr__(self) -> str:
        return f"<Picture, {len(self.html):,} characters of HTML>"

    def _repr_html_(self) -> str:
        """Return the page in a frame that may run its own scripts and nothing else of the notebook's."""
        import html

        return (
            f'<iframe sandbox="allow-scripts allow-downloads" width="100%" height="{self.height}" '
            f'style="border:1px solid #ddd" srcdoc="{html.escape(self.html)}"></iframe>'
        )

    def save(self, path: Path | str) -> Path:
        """Write the page into a file, whole or not at all.

        Raises:
            OutputError: The file cannot be written.
        """
        from .output import write_file

        write_file(Path(path), self.html.encode("utf-8"))
        return Path(path)


def picture(
    graph: KnowledgeGraph | PropertyGraph,
    *,
    focus: str | None = None,
    types: Sequence[str] | None = None,
    title: str | None = None,
    limit: int = CEILING,
    language: str = "zh",
) -> Picture:
    """Draw a graph for a notebook.

    Args:
        graph: What `kg.open_graph` gave, or a property graph.
        focus: See `draw_page`.
        types: See `draw_page`.
        title: See `draw_page`.
        limit: See `draw_page`.
        language: See `draw_page`.

    Raises:
        UsageError: Nothing is called like `focus` or one of `types`.
    """
    from .projection import PropertyGraph, project

    properties = graph if isinstance(graph, PropertyGraph) else project(graph.graph)
    return Picture(draw_page(properties, focus=focus, types=types, title=title, limit=limit, language=language))


def draw_page(
    graph: PropertyGraph,
    *,
    focus: str | None = None,
    types: Sequence[str] | None = None,
    title: str | None = None,
    limit: int = CEILING,
    language: str = "zh",
    total: int | None = None,
) -> str:
    """Return an HTML page that shows a graph.

    It opens with the best connected nodes; the rest of the page is one click away. Observations
    are shown in the card of their subject.

    Args:
        graph: What `kg.projection.project` gave.
        focus: Name (any of its names, or `id:…`) of a node; the page holds its surroundings, two
            steps wide, and opens on it.
        types: Classes to show, English or Chinese names; None shows all.
        title: Heading of the page.
        limit: The most nodes that the page may hold; the page says so when there are more.
        language: `zh` or `en`, the language that the page opens in.
        total: How many nodes there are, where `graph` is not all of it.

    Raises:
        UsageError: Nothing is called like `focus` or one of `types`; the hint suggests names.
    """
    return _draw(graph, focus=focus, types=types, title=title, limit=limit, language=language, total=total)[0]


def write_page(
    source: PropertyGraph | Path | str,
    path: Path | str,
    *,
    focus: str | None = None,
    types: Sequence[str] | None = None,
    title: str | None = None,
    limit: int = CEILING,
    language: str = "zh",
) -> DrawnPage:
    """Draw a graph into a file, whole or not at all.

    Args:
        source: A property graph, or the output folder of `kg build`, or a Turtle file.
        path: The HTML file to write.
        focus: See `draw_page`.
        types: See `draw_page`.
        title: See `draw_page`.
        limit: See `draw_page`.
        language: See `draw_page`.

    Raises:
        OutputError: There is no readable graph, or the file cannot be written.
        UsageError: Nothing is called like `focus` or one of `types`.
    """
    from .output import GRAPH, write_file
    from .projection import read_property_graph

    if isinstance(source, (str, Path)):
        place = Path(source)
        source = read_property_graph(place if place.is_file() else place / GRAPH)
    html, page = _draw(source, focus=focus, types=types, title=title, limit=limit, language=language)
    path = Path(path)
    write_file(path, html.encode("utf-8"))
    _logger.info("drew %d of %d nodes into %s", page.nodes, page.total, path)
    return DrawnPage(path, page.nodes, page.relationships, page.total)


def _draw(
    graph: PropertyGraph,
    *,
    focus: str | None,
    types: Sequence[str] | None,
    title: str | None,
    limit: int,
    language: str,
    total: int | None = None,
) -> tuple[str, DrawnPage]:
    from .drawing.page import check_language, render_page

    check_language(language)
    chosen = select(graph, focus=focus, types=types, limit=limit)
    chosen = chosen if total is None else replace(chosen, total=total)
    html = render_page(chosen, graph, title=title or TITLE[language], language=language)
    return html, DrawnPage(Path(), len(chosen.nodes), len(chosen.relationships), chosen.total)
