"""The file of decisions: JSON lines, one decision a line, sorted, so that two people's files merge in git.

A decision about a fact names subject, relation and object as `facts.jsonl` writes them, and may name the document and
the words that it is about; without them it is about the fact whoever says it. It holds no offsets: a text may move.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias
from urllib.parse import unquote

from ontology.errors import ConfigurationError
from ontology.iri import entity_id
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, DateValue, FactObject, Modality, Observation
from ontology.namespace import ALLOWED, is_allowed

from ..output import object_record

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Action: TypeAlias = Literal["accept", "reject", "correct", "add", "merge", "apart", "split"]
JsonObject: TypeAlias = str | dict[str, str | float | None]

ON_FACTS = ("accept", "reject", "correct", "add")
_NEEDS = {
    "accept": ("subject", "relation", "object"),
    "reject": ("subject", "relation", "object"),
    "correct": ("subject", "relation", "object", "to"),
    "add": ("subject", "relation", "object"),
    "merge": ("entity", "into"),
    "apart": ("entity", "other"),
    "split": ("entity", "docs", "name"),
}
_MAY_HAVE = dict.fromkeys(ON_FACTS, ("doc", "quote"))
_FORBID = {"extra": "forbid"}
"""For pydantic: a misspelt field is a mistake."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What a corrected fact should have said; what is left out stays as it was."""

    __pydantic_config__: ClassVar = _FORBID

    subject: str | None = None
    relation: str | None = None
    object: JsonObject | None = None
    modality: Modality | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided.

    Attributes:
        action: `accept`, `reject`, `correct` or `add` a fact, `merge` an entity into another wherever it turns up,
            keep two `apart` whatever the texts suggest, `split` one by document.
        by: Who decided.
        reason: Why.
        subject: Entity id of the fact's subject.
        relation: Its relation.
        object: Its object, as `facts.jsonl` writes it.
        doc: The document that says it; any when empty.
        quote: The words that say it; any when empty.
        to: What a corrected fact should say.
        entity: The entity that is merged or split.
        into: The entity that it is merged into.
        other: The entity that it is never merged with.
        docs: Documents in which a split entity is another thing.
        name: The name of that other thing.
    """

    __pydantic_config__: ClassVar = _FORBID

    action: Action
    by: str
    reason: str
    subject: str = ""
    relation: str = ""
    object: JsonObject = ""
    doc: str = ""
    quote: str = ""
    to: Fixed | None = None
    entity: str = ""
    into: str = ""
    other: str = ""
    docs: tuple[str, ...] = ()
    name: str = ""

    @property
    def anchor(self) -> tuple[str, ...]:
        """What it is about: two decisions with one anchor that are not equal contradict each other."""
        if self.action in ON_FACTS:
            return ("fact", self.subject, self.relation, _canonical(self.object), self.doc, self.quote)
        if self.action == "apart":
            return (self.action, *sorted((self.entity, self.other)))
        return (self.action, self.entity, *self.docs)

    @property
    def outcome(self) -> str:
        """What is decided, without who and why."""
        record = to_record(self)
        return _canonical({key: record.get(key, "") for key in ("action", "to", "into", "name")})

    @property
    def new_entity(self) -> str:
        """Entity id of what a split makes."""
        return entity_id(class_of(self.entity), self.name)


def class_of(entity: str) -> str:
    """Return the class that an entity id names: `Firm` of `id:Firm_百度`."""
    return entity.removeprefix("id:").partition("_")[0]


def name_of(entity: str) -> str:
    """Return the name that an entity id was made of, as far as it shows."""
    return unquote(entity.removeprefix("id:").partition("_")[2])


def to_fact_object(value: JsonObject) -> FactObject:
    """Return the object of a fact from its form in `facts.jsonl`.

    Raises:
        ValueError: It is neither an id, nor a date, nor an observation.
    """
    if isinstance(value, str):
        return value
    try:
        if "measure" in value:
            return Observation(**value)  # type: ignore[arg-type]
        return DateValue(str(value["value"]))
    except (TypeError, KeyError) as error:
        raise ValueError("`object` is an entity id, a date {value} or an observation as in facts.jsonl") from error


def key_of(subject: str, relation: str, obj: FactObject) -> tuple[str, str, str]:
    """Return what makes a fact the same in a decision and in a corpus."""
    return subject, relation, _canonical(object_record(obj))


def is_about(decision: Decision, doc: str, text: str) -> bool:
    """Tell whether a piece of evidence is what a decision is about: the document, and words that hold the other's."""
    if decision.doc and doc != decision.doc:
        return False
    return decision.quote in text or text in decision.quote


def pairs_apart(decisions: Iterable[Decision]) -> list[tuple[str, str]]:
    """Return the pairs of entities that are never one, each once and sorted."""
    return sorted({(min(d.entity, d.other), max(d.entity, d.other)) for d in decisions if d.action == "apart"})


def to_record(decision: Decision) -> dict[str, Any]:
    """Return a decision as a line has it: what is empty is left out."""
    record = {key: value for key, value in asdict(decision).items() if value not in ("", None, ())}
    if decision.to is not None:
        record["to"] = {key: value for key, value in asdict(decision.to).items() if value is not None}
    for holder in (record, record.get("to", {})):
        if isinstance(holder.get("object"), dict):
            holder["object"] = _spelt_alike(holder["object"])
    return record


def _spelt_alike(value: dict[str, str | float | None]) -> object:
    """Return an object as `facts.jsonl` spells it, so that 4 and 4.0 are one line; what is wrong stays as it is."""
    try:
        return object_record(to_fact_object(value))
    except (ValueError, TypeError):
        return value


def format_decisions(decisions: Iterable[Decision]) -> str:
    """Return the file of some decisions: each once, sorted by what they are about."""
    chosen = sorted(set(map(_line, decisions)))
    return "".join(f"{line}\n" for line in chosen)


def parse_decision(record: Mapping[str, Any]) -> Decision:
    """Return a decision from the fields of its line.

    Raises:
        ConfigurationError: A field is missing, unknown or wrong.
    """
    try:
        decision = _adapter().validate_json(json.dumps(record))
        wrong = list(_mistakes(decision))
    except ValueError as error:
        wrong = [_short(error)]
    if wrong:
        raise ConfigurationError("; ".join(wrong), hint="docs/trust.md says what a decision looks like")
    return decision


def read_decisions(path: Path) -> tuple[Decision, ...]:
    """Read a file of decisions; empty lines do not count, the order neither.

    Raises:
        ConfigurationError: It cannot be read, or lines are wrong; all of them at once.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # not at U+2028, which JSON leaves as it is
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ConfigurationError(f"{path}: cannot be read: {reason}", hint="kg build … --decisions FILE") from error
    decisions: list[Decision] = []
    problems: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            decision = _adapter().validate_json(line)
            wrong = list(_mistakes(decision))
        except ValueError as error:
            wrong = [_short(error)]
        else:
            decisions.append(decision)
        problems += [f"{path}:{number}: {mistake}" for mistake in wrong]
    if problems:
        raise ConfigurationError(
            f"{len(problems)} mistakes in the decisions:\n  " + "\n  ".join(problems),
            hint="docs/trust.md says what a decision looks like; `<<<<<<<` is left from a merge in git",
        )
    by_line = {_line(decision): decision for decision in decisions}
    return tuple(by_line[line] for line in sorted(by_line))


@cache
def _adapter() -> TypeAdapter[Decision]:
    from pydantic import TypeAdapter

    return TypeAdapter(Decision)


def _mistakes(decision: Decision) -> Iterator[str]:
    record = to_record(decision)
    for name in ("by", "reason", *_NEEDS[decision.action]):
        if name not in record:
            yield f"{decision.action} needs {name!r}"
            return
    known = {"action", "by", "reason", *_NEEDS[decision.action], *_MAY_HAVE.get(decision.action, ())}
    yield from (f"{decision.action} has no {name!r}" for name in sorted(record.keys() - known))
    ids = [decision.entity, decision.into, decision.other, decision.subject, decision.to.subject if decision.to else ""]
    ids += [value for value in (decision.object, decision.to.object if decision.to else "") if isinstance(value, str)]
    for key in filter(None, ids):
        if not key.startswith("id:") or class_of(key) not in (*ENTITY_CLASSES, *EXTRA_CLASSES) or not name_of(key):
            yield f"{key!r} is no entity id such as id:Firm_百度"
            return
    if decision.action == "merge" and class_of(decision.entity) != class_of(decision.into):
        yield f"a {class_of(decision.entity)} cannot be merged into a {class_of(decision.into)}"
    if decision.action == "apart" and class_of(decision.entity) != class_of(decision.other):
        yield f"a {class_of(decision.entity)} is never merged with a {class_of(decision.other)} anyway"
    if decision.action in ("merge", "apart") and decision.entity in (decision.into, decision.other):
        yield f"{decision.entity!r} is named twice"
    if decision.action in ON_FACTS:
        yield from _impossible(decision.subject, decision.relation, decision.object)
    if decision.action == "correct" and decision.to is not None:
        obj = decision.object if decision.to.object is None else decision.to.object
        yield from _impossible(decision.to.subject or decision.subject, decision.to.relation or decision.relation, obj)


def _impossible(subject: str, relation: str, obj: JsonObject) -> Iterator[str]:
    if relation not in ALLOWED:
        yield f"no relation {relation!r}"
        return
    try:
        value = to_fact_object(obj)
    except ValueError as error:
        yield str(error)
        return
    if isinstance(value, str) and not is_allowed(class_of(subject), relation, class_of(value)):
        yield f"{relation} does not hold between a {class_of(subject)} and a {class_of(value)}"


def _short(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'line'}: {e['msg']}" for e in errors())


def _canonical(value: object) -> str:
    if isinstance(value, dict):
        value = {k: float(v) if isinstance(v, int) else v for k, v in value.items()}
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _line(decision: Decision) -> str:
    return json.dumps(to_record(decision), ensure_ascii=False, sort_keys=True)
