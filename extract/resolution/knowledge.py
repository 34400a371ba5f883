"""What resolution knows: the wordings of `rules.toml`, and the gazetteers of the packs."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from extract.packs import Name, Region


@cache
def rules() -> dict[str, Any]:
    """Return the tables of `rules.toml`."""
    return tomllib.loads(files(__package__).joinpath("rules.toml").read_text(encoding="utf-8"))


@cache
def wordings(*path: str) -> tuple[str, ...]:
    """Return the list of wordings at a path, the longest first."""
    found = rules()
    for key in path:
        found = found[key]
    return tuple(sorted(found, key=lambda word: (-len(word), word)))


@dataclass(frozen=True)
class Gazetteer:
    """What the packs know about entities, by `id:` name.

    Attributes:
        regions: Administrative and other regions with their hierarchy.
        names: Entities of the name lists.
        english: Their English names, where one is established.
    """

    regions: Mapping[str, Region]
    names: Mapping[str, Name]
    english: Mapping[str, str]

    @cached_property
    def by_form(self) -> Mapping[tuple[str, str], str]:
        """Entities by class and folded form, where the form means one entity of its class only; no regions."""
        from .canonical import fold

        found: dict[tuple[str, str], set[str]] = {}
        for entity, name in self.names.items():
            label = entity.removeprefix("id:").partition("_")[0]
            for form in name.names:
                found.setdefault((label, fold(form)), set()).add(entity)
        return {key: min(entities) for key, entities in found.items() if len(entities) == 1}

    def preferred(self, entity: str) -> str:
        """Return the preferred name of an entity, or an empty string."""
        if entity in self.regions:
            return self.regions[entity].name
        return self.names[entity].name if entity in self.names else ""

    def knows(self, entity: str) -> bool:
        """Whether an entity is one of a gazetteer."""
        return entity in self.regions or entity in self.names

    def attributes(self, entity: str) -> tuple[tuple[str, str], ...]:
        """Return the GB/T 2260 code of a region (those of towns are of another standard) and the English name."""
        region, english = self.regions.get(entity), self.english.get(entity)
        code = (("code", region.code),) if region is not None and len(region.code) == 6 else ()
        return (*code, ("nameEn", english)) if english else code


@lru_cache(maxsize=16)
def gazetteer(packs: tuple[str, ...]) -> Gazetteer:
    """Return what the packs know about entities."""
    from extract.packs import load_packs

    knowledge = load_packs(packs)
    names = {n.id: n for n in (*_scheme_topics(), *knowledge.names)}
    return Gazetteer({r.id: r for r in knowledge.regions}, names, knowledge.english)


def _scheme_topics() -> Iterator[Name]:
    """Yield the topics of the ontology's concept scheme, whose other labels are other names of the same field."""
    from extract.packs import name_of, parse_turtle
    from ontology.iri import RESOURCE

    path = files("ontology").joinpath("topics.ttl")
    for iri, pairs in parse_turtle(path).items():
        if iri.startswith(RESOURCE):
            name = name_of(path, iri, pairs)
            yield replace(name, facts=())
