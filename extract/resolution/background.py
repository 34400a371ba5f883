"""Add what the gazetteers know about the entities of a corpus: what regions lie in, what is where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ontology.model import Entity, Fact

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from .knowledge import Gazetteer

DIVISIONS = "Administrative-divisions-of-China by modood (WTFPL), GB/T 2260 codes"
PACK = "names of the pack"


def background(mentioned: AbstractSet[str], facts: Iterable[Fact], known: Gazetteer) -> tuple[list[Entity], list[Fact]]:
    """Return entities and facts that the texts do not state but the gazetteers know.

    Only parents of what the texts mention are added, up to the country, and only facts that
    no text states.

    Args:
        mentioned: Ids of the entities of the texts; those that no gazetteer knows may be missing.
        facts: Of the texts; those that no gazetteer knows may be missing.
        known: What gazetteers know.
    """
    stated = {(fact.subject, fact.relation, fact.object) for fact in facts}
    added: dict[str, Entity] = {}
    found: dict[tuple[str, str, str], Fact] = {}
    waiting = sorted(mentioned)
    while waiting:
        subject = waiting.pop()
        for relation, obj, source in _known_facts(subject, known):
            key = (subject, relation, obj)
            if key not in stated:
                found[key] = Fact(subject, relation, obj, origin="background", source=source)
            if obj not in mentioned and obj not in added:
                added[obj] = _entity(obj, known)
                waiting.append(obj)
    return [added[key] for key in sorted(added)], [found[key] for key in sorted(found)]


def is_known(fact: Fact, known: Gazetteer) -> bool:
    """Whether the gazetteers know a fact that a text states: only such facts matter to `background`."""
    return any(
        (fact.relation, fact.object) == (relation, obj) for relation, obj, _ in _known_facts(fact.subject, known)
    )


def _known_facts(subject: str, known: Gazetteer) -> list[tuple[str, str, str]]:
    facts = []
    region = known.regions.get(subject)
    if region is not None and region.parent:
        facts.append(("partOf", region.parent, DIVISIONS if region.code else PACK))
    name = known.names.get(subject)
    for relation, obj in name.facts if name is not None else ():
        if known.preferred(obj):
            facts.append((relation, obj, PACK))
    return facts


def _entity(identifier: str, known: Gazetteer) -> Entity:
    kind = "Region" if identifier in known.regions else known.names[identifier].entity_class
    name = known.preferred(identifier)
    return Entity(identifier, kind, name, origin="background", attributes=known.attributes(identifier))
