"""Say what is different between two builds: what is new, gone, revised or changed, with the words of each.

A fact is its subject, relation and object; a piece of evidence is its document, words, modality and speaker. Offsets,
confidence and rules may move from build to build without anything being different. A value or a date that takes the
place of another one for the same thing is revised, not gone and new.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias

from ontology.errors import OutputError
from ontology.namespace import LABELS

from .language import mark
from .output import ENTITIES, FACTS, GRAPH, read_manifest

Record: TypeAlias = "dict[str, Any]"
_Key: TypeAlias = "tuple[str, ...]"

FACT_KINDS = ("new", "gone", "revised", "changed")
ENTITY_KINDS = ("new_entities", "gone_entities", "changed_entities")
DOCUMENT_KINDS = ("new_documents", "gone_documents", "changed_documents")
_ENTITY_FIELDS = ("name", "names", "subtype", "attributes")
_SCALES = ((1e12, "万亿"), (1e8, "亿"), (1e4, "万"))


@dataclass(frozen=True, slots=True)
class Difference:
    """What is different between two builds.

    Attributes:
        kinds: For each of `FACT_KINDS`, `ENTITY_KINDS` and `DOCUMENT_KINDS` the records, sorted.
    """

    kinds: Mapping[str, Sequence[Record]]

    def __bool__(self) -> bool:
        return any(self.kinds.values())

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each kind."""
        return {kind: len(records) for kind, records in self.kinds.items()}

    def to_json(self) -> str:
        """Return everything as JSON, indented."""
        return json.dumps({"counts": self.counts, **self.kinds}, ensure_ascii=False, indent=2)

    def to_lines(self, language: str = "en") -> Iterator[str]:
        """Yield the difference in words, each fact with its evidence below it.

        Args:
            language: `zh` or `en`.
        """
        words = _words(language)
        if not self:
            yield words["same"]
            return
        yield words["counts"].format(**self.counts)
        for kind, records in self.kinds.items():
            if records:
                yield from ("", f"{words[kind]}{mark(' (', language)}{len(records)}{mark(')', language)}")
            for record in records:
                head, *rest = _describe(kind, record, language)
                yield f"  {head}"
                yield from (f"      {line}" for line in rest)

    def to_page(self, language: str = "en") -> str:
        """Return the difference as one page that opens offline, without scripts.

        Args:
            language: `zh` or `en`.
        """
        from jinja2 import Environment

        words = _words(language)
        sections = [
            (kind, words[kind], [_describe(kind, record, language) for record in records])
            for kind, records in self.kinds.items()
            if records
        ]
        template = files("kg").joinpath("templates/difference.html").read_text(encoding="utf-8")
        page = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(template)
        summary = words["counts"].format(**self.counts) if self else words["same"]
        return page.render(language=language, title=words["title"], summary=summary, sections=sections)


def compare_builds(old: Path, new: Path) -> Difference:
    """Compare two folders that `kg build` wrote.

    Args:
        old: The earlier one.
        new: The later one.

    Raises:
        OutputError: One of them is missing, unfinished or damaged.
    """
    before, after = _Build.read(old), _Build.read(new)
    kinds: dict[str, list[Record]] = {kind: [] for kind in (*FACT_KINDS, *ENTITY_KINDS, *DOCUMENT_KINDS)}
    gone = {key: before.facts[key] for key in before.facts.keys() - after.facts.keys()}
    fresh = {key: after.facts[key] for key in after.facts.keys() - before.facts.keys()}
    for one, other in _revisions(gone, fresh):
        kinds["revised"].append({"old": before.told(gone.pop(one)), "new": after.told(fresh.pop(other))})
    kinds["gone"] = [before.told(lines) for lines in gone.values()]
    kinds["new"] = [after.told(lines) for lines in fresh.values()]
    for key in before.facts.keys() & after.facts.keys():
        was, now = before.evidence(key), after.evidence(key)
        if was.keys() != now.keys():
            record = after.told(after.facts[key])
            record["added"] = [now[piece] for piece in sorted(now.keys() - was.keys())]
            record["removed"] = [was[piece] for piece in sorted(was.keys() - now.keys())]
            kinds["changed"].append(record)
    kinds["gone_entities"] = [_entity(before.entities[key]) for key in before.entities.keys() - after.entities.keys()]
    kinds["new_entities"] = [_entity(after.entities[key]) for key in after.entities.keys() - before.entities.keys()]
    for key in before.entities.keys() & after.entities.keys():
        entity, later = before.entities[key], after.entities[key]
        fields = [name for name in _ENTITY_FIELDS if entity[name] != later[name]]
        if fields:
            changes = {name: {"old": entity[name], "new": later[name]} for name in fields}
            kinds["changed_entities"].append({**_entity(later), "changes": changes})
    old_docs, new_docs = before.documents, after.documents
    kinds["new_documents"] = [{"doc": doc} for doc in new_docs.keys() - old_docs.keys()]
    kinds["gone_documents"] = [{"doc": doc} for doc in old_docs.keys() - new_docs.keys()]
    kinds["changed_documents"] = [
        {"doc": doc} for doc in old_docs.keys() & new_docs.keys() if old_docs[doc] != new_docs[doc]
    ]
    return Difference({kind: sorted(records, key=_order) for kind, records in kinds.items()})


@dataclass(frozen=True, slots=True)
class _Build:
    """The records of a build: facts by id, each the lines that `facts.jsonl` has of it."""

    entities: Mapping[str, Record]
    facts: Mapping[str, list[Record]]
    documents: Mapping[str, str]

    @classmethod
    def read(cls, out: Path) -> _Build:
        read_manifest(out)
        facts: defaultdict[str, list[Record]] = defaultdict(list)
        for line in _read_lines(out / FACTS):
            facts[line["fact"]].append(line)
        entities = {record["id"]: record for record in _read_lines(out / ENTITIES)}
        return cls(entities, facts, dict(_read_documents(out / GRAPH)))

    def name(self, key: str) -> str:
        return str(self.entities[key]["name"]) if key in self.entities else key

    def evidence(self, fact: str) -> dict[_Key, Record]:
        """Return the pieces of evidence by what makes them the same in two builds."""
        pieces: dict[_Key, Record] = {}
        for line in self.facts[fact]:
            key = tuple(str(line[name] or "") for name in ("doc", "text", "modality", "speaker", "source"))
            pieces.setdefault(key, self.piece(line))
        return pieces

    def piece(self, line: Record) -> Record:
        speaker = self.name(line["speaker"]) if line["speaker"] else None
        names = ("doc", "start", "end", "text", "modality", "confidence", "date", "source", "origin")
        return {**{name: line[name] for name in names}, "speaker": speaker}

    def told(self, lines: Sequence[Record]) -> Record:
        """Return a fact with the names of its ends and its evidence."""
        first = lines[0]
        obj = self.name(first["object"]) if isinstance(first["object"], str) else first["object"]
        return {
            "fact": first["fact"],
            "subject": self.name(first["subject"]),
            "relation": first["relation"],
            "object": obj,
            "origin": first["origin"],
            "evidence": list(self.evidence(first["fact"]).values()),
        }


def _revisions(gone: Mapping[str, list[Record]], fresh: Mapping[str, list[Record]]) -> list[tuple[str, str]]:
    """Return the facts of which one took the place of the other: the only two for one thing, measure and period."""

    def places(facts: Mapping[str, list[Record]]) -> dict[_Key, list[str]]:
        found: defaultdict[_Key, list[str]] = defaultdict(list)
        for fact, lines in facts.items():
            obj = lines[0]["object"]
            if isinstance(obj, dict):
                fields = (str(obj.get(name) or "") for name in ("measure", "unit", "period"))
                found[(lines[0]["subject"], lines[0]["relation"], *fields)].append(fact)
        return found

    before, after = places(gone), places(fresh)
    return [
        (before[place][0], after[place][0])
        for place in sorted(before.keys() & after.keys())
        if len(before[place]) == len(after[place]) == 1
    ]


def _entity(record: Record) -> Record:
    return {name: record[name] for name in ("id", "type", "name", "names", "docs", "origin")}


def _order(record: Record) -> _Key:
    record = record.get("new", record) if "old" in record else record
    parts = (record.get(name, "") for name in ("type", "name", "subject", "relation", "object", "fact", "doc"))
    return tuple(part if isinstance(part, str) else json.dumps(part, sort_keys=True) for part in parts)


def _read_lines(path: Path) -> Iterator[Record]:
    try:
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    except (OSError, ValueError) as error:
        raise OutputError(f"{path}: cannot be read: {error}", hint="build it again: kg build") from error


def _read_documents(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the path and the digest of each document."""
    from ontology.iri import ONTOLOGY

    from .projection import read_triples

    paths: dict[str, str] = {}
    digests: dict[str, str] = {}
    for subject, predicate, obj, _ in read_triples(path):
        if predicate == ONTOLOGY + "path":
            paths[subject] = obj
        elif predicate == ONTOLOGY + "sha256":
            digests[subject] = obj
    yield from ((doc, digests.get(subject, "")) for subject, doc in paths.items())


# --- in words ---------------------------------------------------------------------------------------------------------


@cache
def _words(language: str) -> Mapping[str, Any]:
    table: Mapping[str, Mapping[str, Any]] = tomllib.loads(
        files("kg").joinpath("difference.toml").read_text(encoding="utf-8")
    )
    return table[language]


def _describe(kind: str, record: Record, language: str) -> list[str]:
    """Return what a record says: a line for the fact or the thing, then a line for each piece of evidence."""
    words = _words(language)
    if kind in DOCUMENT_KINDS:
        return [record["doc"]]
    if kind in ENTITY_KINDS:
        kind_of = _label(record["type"], language)
        lines = [f"{record['name']}{mark(' (', language)}{kind_of}{mark(')', language)}"]
        for name, change in record.get("changes", {}).items():
            lines.append(f"{name}{mark(': ', language)}{_plain(change['old'])} → {_plain(change['new'])}")
        return lines
    if kind == "revised":
        old, new = record["old"], record["new"]
        head = f"{_fact(old, language)} → {words['now']} {_value(new['object'], short=True)}"
        pieces = [(words["old"], piece) for piece in old["evidence"]]
        pieces += [(words["fresh"], piece) for piece in new["evidence"]]
    elif kind == "changed":
        head = _fact(record, language)
        pieces = [(words["more"], piece) for piece in record["added"]]
        pieces += [(words["less"], piece) for piece in record["removed"]]
    else:
        head = _fact(record, language)
        pieces = [("", piece) for piece in record["evidence"]]
    return [head, *(_piece(label, piece, language) for label, piece in pieces)]


def _fact(record: Record, language: str) -> str:
    return f"{record['subject']} — {_label(record['relation'], language)} → {_value(record['object'])}"


def _value(obj: str | Record, *, short: bool = False) -> str:
    if isinstance(obj, str):
        return obj
    if "measure" not in obj:
        return str(obj["value"])
    scale = dict(_SCALES).get(float(obj["factor"]), "")
    sign = "" if obj["comparison"] == "=" else obj["comparison"]
    amount = f"{sign}{obj['value']}{scale}{obj['unit']}"
    if short:
        return amount
    period = f" ({obj['period']})" if obj["period"] else ""
    return f"{obj['measure']} {amount}{period}"


def _piece(label: str, piece: Record, language: str) -> str:
    words, colon, comma = _words(language), mark(": ", language), mark(", ", language)
    before = label + colon if label else ""
    if not piece["doc"]:
        return f"{before}{words['origin'].get(piece['origin'], piece['origin'])}{colon}{piece['source']}"
    speaker = comma + piece["speaker"] if piece["speaker"] else ""
    date = comma + piece["date"] if piece["date"] else ""
    place = f"{piece['doc']} [{piece['start']},{piece['end']})"
    return f"{before}“{piece['text']}” {place}{date}{comma}{words['modality'][piece['modality']]}{speaker}"


def _label(term: str, language: str) -> str:
    zh, en = LABELS.get(term, (term, term))
    return zh if language == "zh" else en


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
