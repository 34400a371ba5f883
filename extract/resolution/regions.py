"""Find out which region a text is about, and what 全省, 本市 or 我县 mean in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from .canonical import fold
from .knowledge import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from extract.packs import Region

    from .mentions import Mention

_HEAD = 200
"""Characters at the beginning where a text says what it is about."""


def ancestors(region: str, regions: Mapping[str, Region]) -> Iterator[str]:
    """Return the regions that a region lies in, the nearest first."""
    seen = {region}
    while region in regions and (region := regions[region].parent) and region not in seen:
        seen.add(region)
        yield region


def is_self_reference(mention: Mention) -> bool:
    """Whether a mention means the region that the text is about."""
    return mention.label == "Region" and mention.folded in _units()


def _units() -> dict[str, str]:
    table: dict[str, str] = rules()["region"]["self_references"]
    return table


def _fits(region: Region, unit: str) -> bool:
    """Whether a region can be called 全省, 全市, 全区 or 全县."""
    endings: Sequence[str] = rules()["region"]["units"][unit]
    return region.kind in ("province", "city", "county", "newarea") and region.name.endswith(tuple(endings))


def resolve_self_references(
    mentions: Sequence[Mention], regions: Mapping[str, Region], *, title: str = ""
) -> list[Mention]:
    """Give each self-reference the identity of the region meant; drop those that the text leaves open.

    The region meant is of the level that the words say; among several it is the one that the title names,
    or that the beginning and the whole text name most.
    """
    weights: Counter[str] = Counter()
    for mention in mentions:
        if mention.label == "Region" and mention.entity in regions and not is_self_reference(mention):
            at_head = mention.start < _HEAD
            weights[mention.entity] += 1 + 2 * at_head + 4 * (mention.folded in fold(title))
            for above in ancestors(mention.entity, regions):
                weights[above] += 0
    resolved = []
    for mention in mentions:
        if not is_self_reference(mention):
            resolved.append(mention)
            continue
        unit = _units()[mention.folded]
        fitting = [entity for entity in weights if _fits(regions[entity], unit)]
        named = [entity for entity in fitting if weights[entity]]
        choice = max(named, key=lambda e: (weights[e], e), default=None)
        if choice is None and len(fitting) == 1:
            choice = fitting[0]
        if choice is not None:
            resolved.append(replace(mention, entity=choice))
    return resolved
