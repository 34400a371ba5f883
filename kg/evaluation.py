"""Score a build against gold annotations: precision, recall, F1, every error with its words, calibration.

A gold file `NAME.json` holds the entities and facts of the document whose path ends in `NAME.*`; documents without one
are not scored. An entity is right when its class is (or is among the gold's `also`) and one of its names, folded, is a
name or an alias of the gold; two nodes for one thing, or one node for two things, cost a spurious entity. A fact is
right when its relation is and both ends are right entities (`collaboratesWith` either way round); `issuedOn` when the
dates agree to the coarser of the two; `observed` when subject, value × factor and unit agree. Gold marked optional,
and what touches it, is neither rewarded nor punished. Only facts of origin `extracted` count.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.errors import OutputError, UsageError
from ontology.model import ENTITY_CLASSES, RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Record: TypeAlias = "dict[str, Any]"

CALIBRATION_BINS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
"""Lower edges of the confidence bins; the last one ends at 1."""

_MARKS = re.compile(r'[\s"\'“”‘’「」『』《》〈〉<>·•、，,。.;；:：—–\-]')
_PARENTHESES_AT_END = re.compile(r"[(（][^()（）]*[)）]$")


@dataclass(slots=True)
class Tally:
    """Right, spurious and missed items of one kind."""

    right: int = 0
    spurious: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        """Share of what was said that is right; 0 when nothing was said."""
        said = self.right + self.spurious
        return self.right / said if said else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was found; 0 when there is none."""
        wanted = self.right + self.missed
        return self.right / wanted if wanted else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        p, r = self.precision, self.recall
        return 2 * p * r / (p + r) if p + r else 0.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """One item that the build and the gold disagree about.

    Attributes:
        doc: Stem of the document.
        kind: `missed`, `spurious`, `duplicate` (two nodes for one thing) or `merged` (one node for two).
        label: Class or relation.
        what: The entity, or `subject -> object`.
        evidence: The words that the build quotes for it; empty where it quotes none.
        rule: The rule or model that said it; empty for what was missed.
    """

    doc: str
    kind: str
    label: str
    what: str
    evidence: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """How often facts with a confidence in `[low, high)` are right."""

    low: float
    high: float
    count: int
    right: int
    mean_confidence: float

    @property
    def accuracy(self) -> float:
        """Share of the bin that is right."""
        return self.right / self.count if self.count else 0.0


@dataclass(slots=True)
class Evaluation:
    """What the comparison found.

    Attributes:
        tallies: By key: `entity`, `fact`, `entity:Firm`, `fact:develops`, `fact:observed (all fields)`.
        mistakes: In the order of documents, entities before facts.
        judged: (confidence, right) of each fact that was rewarded or punished.
    """

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    mistakes: list[Mistake] = field(default_factory=list)
    judged: list[tuple[float, bool]] = field(default_factory=list)

    def calibration(self) -> list[CalibrationBin]:
        """Return the non-empty confidence bins, lowest first."""
        edges = (*CALIBRATION_BINS, 1.0)
        bins = []
        for low, high in itertools.pairwise(edges):
            inside = [(c, ok) for c, ok in self.judged if low <= c < high or (high == 1.0 and c >= 1.0)]
            if inside:
                mean = sum(c for c, _ in inside) / len(inside)
                bins.append(CalibrationBin(low, high, len(inside), sum(ok for _, ok in inside), mean))
        return bins


def fold_for_scoring(name: str | None) -> str:
    """Fold a name for comparison: NFKC, lower case, without marks, quotes, spaces and a parenthesis at the end.

    Example:
        >>> fold_for_scoring("《全国数据资源调查报告(2023年)》")
        '全国数据资源调查报告'
    """
    folded = unicodedata.normalize("NFKC", name or "").lower().strip()
    folded = _MARKS.sub("", folded)
    return re.sub(r"[()]", "", _PARENTHESES_AT_END.sub("", folded) or folded)


def load_gold(folder: Path) -> dict[str, Record]:
    """Read the gold files of a folder, by document stem.

    Raises:
        UsageError: There is none, or one of them is not JSON.
    """
    gold = {}
    for path in sorted(folder.glob("*.json")):
        try:
            gold[path.stem] = json.loads(path.read_text("utf-8"))
        except ValueError as error:
            raise UsageError(f"{path}: not a gold file: {error}") from error
    if not gold:
        raise UsageError(
            f"No gold files (*.json) in {folder}", hint="A gold file is named after its text: 004.json for 004.txt."
        )
    return gold


def load_build(out: Path) -> tuple[list[Record], list[Record]]:
    """Read the entities and facts of a build.

    Raises:
        OutputError: A file is missing or a line of it is not JSON.
    """
    return _read_lines(out / "entities.jsonl"), _read_lines(out / "facts.jsonl")


def evaluate(gold: Mapping[str, Record], entities: Sequence[Record], facts: Sequence[Record]) -> Evaluation:
    """Compare a build with gold annotations."""
    result = Evaluation()
    by_id = {entity["id"]: entity for entity in entities}
    entities_by_doc: dict[str, list[Record]] = defaultdict(list)
    for entity in by_id.values():
        for doc in entity.get("docs", []):
            entities_by_doc[_stem(doc)].append(entity)
    facts_by_doc: dict[str, dict[tuple[str, str, str], Record]] = defaultdict(dict)
    for fact in facts:
        if fact["relation"] in RELATIONS and fact.get("origin", "extracted") == "extracted":
            obj = fact["object"]
            key = (fact["subject"], fact["relation"], obj if isinstance(obj, str) else json.dumps(obj, sort_keys=True))
            seen = facts_by_doc[_stem(fact["doc"])]
            best = seen.get(key)
            if best is None or _confidence(fact) > _confidence(best):
                seen[key] = fact
    for doc, answers in gold.items():
        match = _match_entities(result, doc, answers, entities_by_doc.get(doc, []))
        _match_facts(result, doc, answers, match, list(facts_by_doc.get(doc, {}).values()), by_id)
    return result


def _match_entities(result: Evaluation, doc: str, answers: Record, entities: Sequence[Record]) -> dict[str, str]:
    """Pair the entities of a document with gold keys, counting on the way; return id → key."""
    required = answers["entities"]
    everything = [(e, True) for e in required] + [(e, False) for e in answers.get("optional_entities", [])]
    forms = {id(e): {fold_for_scoring(n) for n in [e["name"], *e.get("aliases", [])]} - {""} for e, _ in everything}
    owners: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entity in entities:
        for name in _names(entity):
            owners[entity["type"], name].add(entity["id"])
    used: set[str] = set()
    match: dict[str, str] = {}
    for entity in entities:
        kind = entity["type"]
        if kind not in ENTITY_CLASSES:
            continue
        canonical = fold_for_scoring(entity["name"])
        names = {n for n in _names(entity) - {""} if n == canonical or len(owners[kind, n]) == 1}
        fitting = [
            (e, needed) for e, needed in everything if names & forms[id(e)] and kind in (e["type"], *e.get("also", []))
        ]
        for _ in range(len({e["key"] for e, needed in fitting if needed}) - 1):
            _count(result, "entity", kind, "spurious")
            result.mistakes.append(Mistake(doc, "merged", kind, entity["name"]))
        if not fitting:
            _count(result, "entity", kind, "spurious")
            result.mistakes.append(Mistake(doc, "spurious", kind, entity["name"]))
            continue
        answer, needed = next(((e, n) for e, n in fitting if e["key"] not in used), fitting[0])
        match[entity["id"]] = answer["key"]
        if answer["key"] in used:
            if needed:
                _count(result, "entity", kind, "spurious")
                result.mistakes.append(Mistake(doc, "duplicate", kind, entity["name"]))
        else:
            used.add(answer["key"])
            if needed:
                _count(result, "entity", answer["type"], "right")
    for e in required:
        if e["key"] not in used:
            _count(result, "entity", e["type"], "missed")
            result.mistakes.append(Mistake(doc, "missed", e["type"], e["name"]))
    return match


def _match_facts(
    result: Evaluation,
    doc: str,
    answers: Record,
    match: Mapping[str, str],
    facts: Sequence[Record],
    by_id: Mapping[str, Record],
) -> None:
    """Pair the facts of a document with gold facts, counting on the way."""
    optional_keys = {e["key"] for e in answers.get("optional_entities", [])}
    wanted = [(f, f["s"] not in optional_keys and f.get("o") not in optional_keys) for f in answers["facts"]]
    wanted += [(f, False) for f in answers.get("optional", [])]
    taken: set[int] = set()
    for fact in facts:
        relation, obj = fact["relation"], fact["object"]
        fitting = [i for i, (f, _) in enumerate(wanted) if _same_fact(f, fact, match)]
        if fitting:
            index = next((i for i in fitting if i not in taken), fitting[-1])
            answer, needed = wanted[index]
            if index not in taken:
                taken.add(index)
                if needed:
                    _count(result, "fact", relation, "right")
                    result.judged.append((_confidence(fact), True))
                    if relation == "observed":
                        agrees = _same_fields(answer, obj)
                        _add(result.tallies["fact:observed (all fields)"], "right" if agrees else "spurious")
        elif optional_keys.isdisjoint({match.get(fact["subject"]), match.get(obj) if isinstance(obj, str) else None}):
            _count(result, "fact", relation, "spurious")
            result.judged.append((_confidence(fact), False))
            shown = obj if isinstance(obj, dict) else by_id.get(obj, {}).get("name", obj)
            subject = by_id.get(fact["subject"], {}).get("name", fact["subject"])
            result.mistakes.append(
                Mistake(doc, "spurious", relation, f"{subject} -> {shown}", fact.get("text", ""), fact.get("rule", ""))
            )
    name_of = {e["key"]: e["name"] for e in [*answers["entities"], *answers.get("optional_entities", [])]}
    for i, (f, needed) in enumerate(wanted):
        if needed and i not in taken:
            _count(result, "fact", f["r"], "missed")
            if f["r"] == "observed":
                _add(result.tallies["fact:observed (all fields)"], "missed")
            shown = name_of.get(f.get("o")) or f"{f.get('measure', '')} {f.get('value')} {f.get('unit', '')}"
            result.mistakes.append(Mistake(doc, "missed", f["r"], f"{name_of.get(f['s'], f['s'])} -> {shown}"))


def _same_fact(answer: Record, fact: Record, match: Mapping[str, str]) -> bool:
    """Whether a fact of the build is the gold fact `answer`."""
    relation, obj, subject = fact["relation"], fact["object"], match.get(fact["subject"])
    if answer["r"] != relation:
        return False
    if relation == "issuedOn":
        return answer["s"] == subject and isinstance(obj, dict) and _dates_agree(answer["value"], obj.get("value"))
    if relation == "observed":
        return (
            answer["s"] == subject
            and isinstance(obj, dict)
            and _close(_amount(answer), _amount(obj))
            and _fold_unit(answer.get("unit")) == _fold_unit(obj.get("unit"))
        )
    other = match.get(obj) if isinstance(obj, str) else None
    if subject is None or other is None:
        return False
    ends = (answer["s"], answer["o"])
    return ends == (subject, other) or (relation == "collaboratesWith" and ends == (other, subject))


def _same_fields(answer: Record, obj: Record) -> bool:
    """Whether an observation with the right value also has the measure, period and comparison that the gold names."""
    measure, said = fold_for_scoring(answer.get("measure")), fold_for_scoring(obj.get("measure"))
    return (
        (not measure or measure in said or (bool(said) and said in measure))
        and (not answer.get("period") or _dates_agree(answer["period"], obj.get("period") or ""))
        and (answer.get("comparison") or "=") == (obj.get("comparison") or "=")
    )


def _names(entity: Record) -> set[str]:
    return {fold_for_scoring(n) for n in [entity["name"], *entity.get("names", [])]}


def _stem(doc: str) -> str:
    return PurePath(doc).name.rsplit(".", 1)[0]


def _confidence(fact: Record) -> float:
    return float(fact.get("confidence") or 0.0)


def _dates_agree(a: object, b: object) -> bool:
    left, right = str(a).strip(), str(b).strip()
    n = min(len(left), len(right))
    return n >= 4 and left[:n] == right[:n]


def _amount(record: Record) -> float | None:
    try:
        return float(record["value"]) * float(record.get("factor") or 1)
    except (KeyError, TypeError, ValueError):
        return None


def _close(a: float | None, b: float | None) -> bool:
    return a is not None and b is not None and abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))


def _fold_unit(unit: str | None) -> str:
    return fold_for_scoring(unit).replace("人民币", "").replace("个", "").replace("余", "")


def _add(tally: Tally, kind: str) -> None:
    setattr(tally, kind, getattr(tally, kind) + 1)


def _count(result: Evaluation, group: str, label: str, kind: str) -> None:
    _add(result.tallies[group], kind)
    _add(result.tallies[f"{group}:{label}"], kind)


def _read_lines(path: Path) -> list[Record]:
    try:
        lines: Iterable[str] = path.read_text("utf-8").split("\n")  # not at U+2028, which JSON leaves as it is
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}", hint="Give the folder that `kg build … --out` wrote.") from error
    records = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except ValueError as error:
                raise OutputError(f"{path}, line {number}: not JSON: {error}") from error
    return records
