"""Read what a marked date or figure says from its words, where nobody noted it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def read_date(words: str) -> str | None:
    """Return the date that words say, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; None where they say none.

    Example:
        >>> read_date("2024年7月")
        '2024-07'
    """
    from extract.components.dates import find_dates

    exact = [date.value for date in find_dates(words) if date.exact]
    bare = words.strip()
    return exact[0] if exact else bare if len(bare) == 4 and bare.isdecimal() else None


def read_figures(words: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Yield the figures in words: start, end, and the fields of an observation without measure and period."""
    from extract.components.quantities import find_quantities, load_grammar

    for found in find_quantities(words, load_grammar(("base",))):
        fields = {"value": found.value, "factor": found.factor, "unit": found.unit, "comparison": found.comparison}
        yield found.start, found.end, fields
