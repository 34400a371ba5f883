"""Find out which region a text is about, and what 全省, 本市 or 我县 mean in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .knowledge import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from extract.packs import Region

    from .mentions import Mention

ADMINISTRATIVE = ("province", "city", "county", "newarea")
"""Kinds of regions that have an administration of their own."""
_HEAD = 200
"""Characters at the beginning where a text says what it is about."""
_SHARE = 0.6
"""Share of the weight from which on one region is what the text is about."""


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
    return region.kind in ADMINISTRATIVE and region.name.endswith(tuple(endings))


def resolve_self_references(
    mentions: Sequence[Mention], regions: Mapping[str, Region], *, title: str = ""
) -> list[Mention]:
    """Give each self-reference the identity of the region meant; drop those that the text leaves open.

    The region meant is of the level that the words say: the one that the title names, else the one that
    most of the text is about, else (in a digest) the one named last before the words.
    """
    places = [
        (m.start, m.entity)
        for m in mentions
        if m.label == "Region" and m.entity in regions and not is_self_reference(m)
    ]
    titled = {m.entity for m in mentions if m.end <= len(title)}
    resolved = []
    for mention in mentions:
        if not is_self_reference(mention):
            resolved.append(mention)
        elif choice := _region_meant(mention.start, _units()[mention.folded], places, titled, regions):
            resolved.append(mention._replace(entity=choice))
    return resolved


def _region_meant(
    offset: int, unit: str, places: Sequence[tuple[int, str]], titled: set[str], regions: Mapping[str, Region]
) -> str:
    """Return the region of a level that a text means at an offset, or an empty string."""
    weights: Counter[str] = Counter()
    for start, entity in places:
        weights[entity] += 2 + 2 * (start < _HEAD)
        for above in ancestors(entity, regions):
            weights[above] += 1
    fitting = {entity: weight for entity, weight in weights.items() if _fits(regions[entity], unit)}
    if not fitting:
        return ""
    in_title = [entity for entity in fitting if entity in titled]
    if len(in_title) == 1:
        return in_title[0]
    best = max(fitting, key=lambda e: (fitting[e], e))
    if fitting[best] >= _SHARE * sum(fitting.values()):
        return best
    before = [(start, entity) for start, entity in places if entity in fitting and start < offset]
    return max(before)[1] if before else best
