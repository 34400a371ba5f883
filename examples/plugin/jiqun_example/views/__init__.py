"""A chapter of the report, and what it draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from queries.rows import Rows

MOST = 20


def bars(rows: Rows) -> Markup:
    """Draw how many places work in each topic, as an SVG; `Markup.format` escapes the names."""
    line = Markup(
        '<text x="140" y="{y}" text-anchor="end">{name}</text><rect x="150" y="{top}" width="{w}" height="12"/>'
    )
    parts = [
        line.format(y=20 * i + 14, top=20 * i + 4, name=row["topic"], w=30 * int(row["places"] or 0))
        for i, row in enumerate(list(rows)[:MOST])
    ]
    svg = Markup(
        '<svg viewBox="0 0 600 {h}" role="img" aria-label="{label}" fill="currentColor" font-size="12">{parts}</svg>'
    )
    return svg.format(h=20 * len(parts) + 8, label=f"{len(parts)} topics", parts=Markup("").join(parts))
