"""What a build says, as the page shows it: facts with their passages, entities, the most doubtful first."""

from __future__ import annotations

import difflib
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from ontology.errors import OutputError
from ontology.iri import fold_name

from ..curation.decisions import ON_FACTS, Decision, is_about, key_of, to_fact_object, to_record
from ..output import ENTITIES, FACTS, MANIFEST, Manifest, read_manifest

Record: TypeAlias = dict[str, Any]

SIMILAR = 0.6
"""How alike two names of one class are, by difflib, to be shown as perhaps one thing."""
_DECIDED_BY = ("accepted/", "corrected/")


@dataclass(frozen=True, slots=True)
class Query:
    """What to show.

    Attributes:
        text: What names or quotes contain.
        doc: A document.
        kind: A class, of the entity or of either end of the fact.
        relation: A relation.
        origin: `extracted`, `background`, `curated` or `inferred`.
        least: The least confidence.
        most: The greatest.
        state: `open`, `decided`, or empty for both.
        offset: How many to leave out in front.
        limit: How many to return.
    """

    text: str = ""
    doc: str = ""
    kind: str = ""
    relation: str = ""
    origin: str = ""
    least: float = 0.0
    most: float = 1.0
    state: str = ""
    offset: int = 0
    limit: int = 50


@dataclass(slots=True)
class _Build:
    manifest: Manifest
    stamp: tuple[int, int]
    entities: dict[str, Record]
    facts: dict[str, Record]
    of_entity: dict[str, list[str]] = field(default_factory=dict)


class ReviewedGraph:
    """The output folder of a build, read again whenever it was built again.

    Args:
        out: The folder.

    Raises:
        OutputError: It is missing, unfinished or damaged.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self._lock = threading.Lock()
        self._build = _read_build(out)

    @property
    def build(self) -> _Build:
        """The build as it is now; while another is being written, the one before."""
        with self._lock:
            try:
                if _stamp(self.out) != self._build.stamp:
                    self._build = _read_build(self.out)
            except (OutputError, OSError):
                pass  # it is being written: the one before holds until it is whole
            return self._build

    def facts(self, query: Query, decisions: Sequence[Decision]) -> tuple[int, list[Record]]:
        """Return how many facts fit, and those of the page asked for, the least believed first."""
        build, by_key = self.build, _by_key(decisions)
        fitting = []
        for fact in build.facts.values():
            if _fact_fits(fact, query, build.entities):
                decided = _decisions_about(fact, by_key)
                if query.state in ("", _state_of(fact, decided)[0]):
                    fitting.append((fact, decided))
        fitting.sort(key=lambda pair: (pair[0]["origin"] != "extracted", pair[0]["confidence"], pair[0]["fact"]))
        chosen = fitting[query.offset : query.offset + query.limit]
        return len(fitting), [_shown(fact, decided, build.entities) for fact, decided in chosen]

    def entities(self, query: Query, decisions: Sequence[Decision]) -> tuple[int, list[Record]]:
        """Return how many entities fit, and those of the page asked for: the least supported first."""
        build, touched = self.build, _touched(decisions)
        fitting = []
        for entity in build.entities.values():
            if not _entity_fits(entity, query):
                continue
            state = "decided" if touched[entity["id"]] else "open"
            confidence = self._confidence(build, entity["id"])
            if query.state in ("", state) and query.least <= confidence <= query.most:
                record = {**entity, "confidence": confidence, "state": state}
                fitting.append({**record, "count": len(build.of_entity.get(entity["id"], ()))})
        fitting.sort(key=lambda e: (e["origin"] != "extracted", e["confidence"], e["count"], e["id"]))
        return len(fitting), fitting[query.offset : query.offset + query.limit]

    def entity(self, identifier: str, decisions: Sequence[Decision], *, limit: int = 100) -> Record | None:
        """Return an entity with its facts, what is decided about it, and others that may be the same."""
        build, by_key = self.build, _by_key(decisions)
        entity = build.entities.get(identifier)
        if entity is None:
            return None
        facts = [build.facts[key] for key in build.of_entity.get(identifier, ())]
        facts.sort(key=lambda fact: (fact["origin"] != "extracted", fact["confidence"], fact["fact"]))
        return {
            **entity,
            "confidence": self._confidence(build, identifier),
            "count": len(facts),
            "facts": [_shown(fact, _decisions_about(fact, by_key), build.entities) for fact in facts[:limit]],
            "similar": list(_similar(entity, build.entities.values())),
            "decided": [
                to_record(d)
                for d in decisions
                if d.action not in ON_FACTS and identifier in (d.entity, d.into, d.other)
            ],
        }

    def names(self, text: str, kind: str = "", *, limit: int = 12) -> list[Record]:
        """Return entities whose name contains a text, the shortest first."""
        wanted = fold_name(text).lower()
        found = [
            entity
            for entity in self.build.entities.values()
            if kind in ("", entity["type"])
            and any(wanted in fold_name(name).lower() for name in (entity["name"], *entity["names"]))
        ]
        found.sort(key=lambda e: (fold_name(e["name"]).lower() != wanted, len(e["name"]), e["id"]))
        return [{key: e[key] for key in ("id", "name", "type")} for e in found[:limit]]

    def documents(self) -> list[str]:
        """Return the documents that say anything, sorted."""
        return sorted({doc for entity in self.build.entities.values() for doc in entity["docs"]})

    @staticmethod
    def _confidence(build: _Build, identifier: str) -> float:
        """Return the best confidence of the facts about an entity; 0 for one that no fact is about."""
        return max((build.facts[key]["confidence"] for key in build.of_entity.get(identifier, ())), default=0.0)


def _stamp(out: Path) -> tuple[int, int]:
    status = (out / MANIFEST).stat()
    return status.st_mtime_ns, status.st_ino


def _read_build(out: Path) -> _Build:
    manifest = read_manifest(out)
    stamp = _stamp(out)
    entities = {record["id"]: record for record in _lines(out / ENTITIES)}
    facts: dict[str, Record] = {}
    for line in _lines(out / FACTS):
        base = {key: line[key] for key in ("fact", "subject", "relation", "object", "origin", "source")}
        fact = facts.setdefault(line["fact"], {**base, "evidence": [], "confidence": 0.0})
        if line["start"] is not None:
            kept = ("doc", "start", "end", "text", "place", "modality", "confidence", "rule", "speaker", "date")
            fact["evidence"].append({key: line[key] for key in kept})
        fact["confidence"] = max(fact["confidence"], line["confidence"])
    build = _Build(manifest, stamp, entities, facts)
    about = defaultdict(list)
    for key, fact in facts.items():
        for end in {fact["subject"], fact["object"]} if isinstance(fact["object"], str) else {fact["subject"]}:
            about[end].append(key)
    build.of_entity = dict(about)
    return build


def _lines(path: Path) -> Iterator[Record]:
    with path.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def _by_key(decisions: Iterable[Decision]) -> Mapping[tuple[str, str, str], list[Decision]]:
    by_key = defaultdict(list)
    for decision in decisions:
        if decision.action in ON_FACTS:
            key = key_of(decision.subject, decision.relation, to_fact_object(decision.object))
            by_key[key].append(decision)
    return by_key


def _decisions_about(fact: Record, by_key: Mapping[tuple[str, str, str], list[Decision]]) -> list[Decision]:
    found = by_key.get(key_of(fact["subject"], fact["relation"], to_fact_object(fact["object"])), [])
    return [
        d
        for d in found
        if not (d.doc or d.quote)
        or d.action == "add"
        or any(is_about(d, piece["doc"], piece["text"]) for piece in fact["evidence"])
    ]


def _state_of(fact: Record, decided: Sequence[Decision]) -> tuple[str, str]:
    """Return `open` or `decided`, and how: the action, or `conflict`."""
    actions = {"accept" if d.action == "add" else d.action for d in decided}
    if len(actions) > 1 and len({d.by for d in decided}) > 1:
        return "decided", "conflict"
    if actions:
        return "decided", min(actions)
    rules = [piece["rule"] for piece in fact["evidence"]]
    built_in = next((rule.partition("ed/")[0] for rule in rules if rule.startswith(_DECIDED_BY)), "")
    if built_in or fact["origin"] == "curated":
        return "decided", built_in or "add"
    return "open", ""


def _shown(fact: Record, decided: Sequence[Decision], entities: Mapping[str, Record]) -> Record:
    state, how = _state_of(fact, decided)

    def end(identifier: object) -> object:
        if not isinstance(identifier, str):
            return identifier
        entity = entities.get(identifier, {"name": identifier, "type": ""})
        return {"id": identifier, "name": entity["name"], "type": entity["type"]}

    return {
        **fact,
        "subject": end(fact["subject"]),
        "object": end(fact["object"]),
        "state": state,
        "how": how,
        "decided": [to_record(decision) for decision in decided],
    }


def _fact_fits(fact: Record, query: Query, entities: Mapping[str, Record]) -> bool:
    if query.relation not in ("", fact["relation"]) or query.origin not in ("", fact["origin"]):
        return False
    if not query.least <= fact["confidence"] <= query.most:
        return False
    if query.doc and all(piece["doc"] != query.doc for piece in fact["evidence"]):
        return False
    ends = [entities[e] for e in (fact["subject"], fact["object"]) if isinstance(e, str) and e in entities]
    if query.kind and all(query.kind not in (e["type"], e["subtype"]) for e in ends):
        return False
    if not query.text:
        return True
    said = [e["name"] for e in ends] + [name for e in ends for name in e["names"]]
    said += [piece["text"] for piece in fact["evidence"]]
    if not isinstance(fact["object"], str):
        said += [str(value) for value in fact["object"].values()]
    return any(query.text.lower() in words.lower() for words in said)


def _entity_fits(entity: Record, query: Query) -> bool:
    if query.kind not in ("", entity["type"], entity["subtype"]) or query.origin not in ("", entity["origin"]):
        return False
    if query.doc and query.doc not in entity["docs"]:
        return False
    names = (entity["name"], *entity["names"])
    return not query.text or any(query.text.lower() in name.lower() for name in names)


def _touched(decisions: Iterable[Decision]) -> Counter[str]:
    return Counter(end for d in decisions if d.action not in ON_FACTS for end in (d.entity, d.into, d.other) if end)


def _similar(entity: Record, others: Iterable[Record], *, limit: int = 8) -> Iterator[Record]:
    """Yield entities of the same class whose names are like those of an entity, the most alike first."""
    mine = {fold_name(name) for name in (entity["name"], *entity["names"])}
    scored = []
    for other in others:
        if other["id"] != entity["id"] and other["type"] == entity["type"]:
            theirs = {fold_name(name) for name in (other["name"], *other["names"])}
            score = max(_alike(a, b) for a in mine for b in theirs)
            if score >= SIMILAR:
                scored.append((-score, other["id"], other))
    for _, identifier, other in sorted(scored)[:limit]:
        yield {"id": identifier, **{key: other[key] for key in ("name", "names", "type", "docs")}}


def _alike(a: str, b: str) -> float:
    if min(len(a), len(b)) > 1 and (a in b or b in a):
        return 0.9
    if 2 * min(len(a), len(b)) < SIMILAR * (len(a) + len(b)):  # they cannot share enough characters
        return 0.0
    return difflib.SequenceMatcher(None, a, b, autojunk=False).ratio()
