"""Check wordings: known keys, patterns that compile, and examples that hold when the pipeline reads them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ontology.errors import ConfigurationError
from ontology.model import ENTITY_CLASSES

from ..packs import read_toml
from .names import placed
from .problem import Problem, SourceFile, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from ..packs import Knowledge

Row = dict[str, Any]
_MUST = ("relations.pattern", "members.wording")
"""Kinds whose rows must have an example; others may be there for what they keep out."""
_MARKED = re.compile(r"\[\[(\w+)\|(.*?)\]\]")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of wording that proves itself.

    Attributes:
        keys: What a row must have.
        optional: What it may have.
        prove: Says whether an example holds: (row, text, packs) → whether the wording says what it is for.
        check: Finds what is wrong with a row before anything is run.
        taken: As `prove`, for counter-examples, where that is another question.
    """

    keys: tuple[str, ...]
    optional: tuple[str, ...]
    prove: Callable[[Row, str, tuple[str, ...]], bool]
    check: Callable[[Row, Mapping[str, Any]], Iterator[str]]
    taken: Callable[[Row, str, tuple[str, ...]], bool] | None = None

    def is_taken(self, row: Row, text: str, packs: tuple[str, ...]) -> bool:
        """Say whether a counter-example is understood as what it must not be."""
        return (self.taken or self.prove)(row, text, packs)


@dataclass
class Wordings:
    """The rows of a pack that have examples, each with its file and section."""

    rows: list[tuple[SourceFile, str, Row]] = field(default_factory=list)

    def prove(self, packs: tuple[str, ...], before: tuple[str, ...], counts: Counter[str]) -> Iterator[Problem]:
        """Run every example and counter-example.

        Args:
            packs: Packs in whose company the rows are read, the checked one last.
            before: The packs in front of it; what they find already is no gain.
            counts: Where the examples are counted.
        """
        for file, section, row in self.rows:
            kind = KINDS[section]
            for text in row["examples"]:
                counts["example"] += 1
                if not kind.prove(row, text, packs):
                    yield file.problem(
                        "unproved",
                        f"{row['name']}: the example does not hold: {text}",
                        text,
                        hint=_explain(row, text, packs),
                    )
                elif before and "=>" in text and kind.prove(row, text, before):
                    yield file.problem(
                        "warning",
                        f"{row['name']}: the example holds without this pack: {text}",
                        text,
                        hint="take a sentence that only this wording understands, or leave the wording out",
                    )
            for text in row["counterexamples"]:
                counts["counter-example"] += 1
                if kind.is_taken(row, text, packs):
                    yield file.problem(
                        "unproved", f"{row['name']}: the counter-example is taken for an example: {text}", text
                    )


def check_wordings(
    paths: Sequence[Traversable], known: Knowledge, counts: Counter[str], *, is_base: bool
) -> tuple[Wordings, list[Problem]]:
    """Return the rows with examples, and what is wrong with the files."""
    wordings, problems = Wordings(), []
    seen = set() if is_base else {(s, r["name"]) for s in KINDS for r in _rows(known.wording, s)}
    for path in paths:
        file = SourceFile(path)
        try:
            table = read_toml(path)
        except ConfigurationError as error:
            problems.append(placed(error, file))
            continue
        if not is_base:
            problems += _check_keys(file, table, known.wording, "")
        for section, kind in KINDS.items():
            parts = {**_parts(known.wording), **_parts(table)} if section == "members.wording" else known.wording
            for row in _rows(table, section):
                counts["wording"] += 1
                found = list(_check_row(file, section, kind, row, parts))
                if (section, row.get("name")) in seen:
                    found.append(
                        file.problem("error", f"There is a wording {row['name']!r} already.", f'"{row["name"]}"')
                    )
                seen.add((section, row.get("name", "")))
                problems += found
                if section == "relations.pattern" and not is_base:
                    problems += _check_triggers(file, row, known)
                if not any(p.severity == "error" for p in found):
                    wordings.rows.append((file, section, row))
    return wordings, problems


def _parts(table: Mapping[str, Any]) -> Mapping[str, Any]:
    parts = table.get("members", {}).get("parts", {})
    return parts if isinstance(parts, dict) else {}


def _rows(table: Mapping[str, Any], section: str) -> list[Row]:
    first, second = section.split(".")
    part = table.get(first, {})
    rows = part.get(second, []) if isinstance(part, dict) else []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _check_keys(file: SourceFile, table: Mapping[str, Any], known: Mapping[str, Any], path: str) -> Iterator[Problem]:
    """Find keys that nothing reads, and values of another type than the base pack has."""
    for key, value in table.items():
        name = f"{path}{key}"
        if key not in known:
            if not _is_open(path):
                hint = did_you_mean(key, known) or f"there is: {', '.join(list(known)[:12])}"
                yield file.problem("error", f"Nothing reads the key {name!r}.", key, hint=hint)
        elif type(value) is not type(known[key]) and not {type(value), type(known[key])} <= {int, float}:
            wanted = type(known[key]).__name__
            yield file.problem("error", f"{name!r} must be a {wanted}, as in the base pack.", key)
        elif isinstance(value, dict):
            yield from _check_keys(file, value, known[key], f"{name}.")
        elif not isinstance(value, list) and value != known[key]:
            yield file.problem(
                "warning", f"{name!r} replaces what the base pack has; lists add to it.", key,
                hint="leave it out unless every text of the pack needs it",
            )  # fmt: skip


def _is_open(path: str) -> bool:
    """Whether a table takes keys of any name: words, classes of heads, names with a score."""
    return path in (
        "suffixes.", "regions.letters.", "regions.scores.", "names.scores.", "topics.head_scores.", "members.parts.",
        "relations.anaphors.", "relations.short.", "relations.reliability.", "quantities.scales.",
    ) or path.startswith("suffixes.")  # fmt: skip


def _check_row(file: SourceFile, section: str, kind: Kind, row: Row, context: Mapping[str, Any]) -> Iterator[Problem]:
    name = str(row.get("name", ""))
    at = (f'"{name}"',) if name else (section,)
    for key in kind.keys:
        if key not in row:
            yield file.problem("error", f"{name or section}: the key {key!r} is missing.", *at)
    for key in row:
        if key not in kind.keys and key not in kind.optional:
            hint = did_you_mean(key, (*kind.keys, *kind.optional))
            yield file.problem("error", f"{name or section}: nothing reads the key {key!r}.", *at, hint=hint)
    for key in ("examples", "counterexamples"):
        texts = row.get(key, [""])
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            yield file.problem("error", f"{name}: {key} must be a list of sentences.", *at)
        elif not texts:
            severity = "error" if key == "examples" and section in _MUST else "warning"
            one = "an example" if key == "examples" else "a counter-example"
            yield Problem(str(file.path), file.line_of(*at), severity, f"{name}: {one} is missing.")  # type: ignore[arg-type]
    if all(key in row for key in kind.keys):
        for message in kind.check(row, context):
            yield file.problem("error", f"{name}: {message}", *at)


def _check_triggers(file: SourceFile, row: Row, known: Knowledge) -> Iterator[Problem]:
    """Find triggers that the packs before have for the same relation."""
    for other in _rows(known.wording, "relations.pattern"):
        if other["relation"] == row.get("relation"):
            same = [word for word in row.get("triggers", []) if word in other["triggers"]]
            if same:
                yield file.problem(
                    "warning", f"{row.get('name')}: the wording {other['name']!r} has {'、'.join(same)} already.",
                    f'"{row.get("name")}"', hint="leave these triggers out",
                )  # fmt: skip


# ---- relations and members ----------------------------------------------------------------------------------------


def _prove_fact(row: Row, example: str, packs: tuple[str, ...]) -> bool:
    from ..marked import marked_facts

    text, _, fact = example.partition("=>")
    return fact.strip() in marked_facts(text.strip(), packs=packs)


def _explain(row: Row, example: str, packs: tuple[str, ...]) -> str:
    if "=>" not in example:
        return ""
    from ..marked import marked_facts

    found = sorted(marked_facts(example.partition("=>")[0].strip(), packs=packs))
    return f"found instead: {' · '.join(found)}" if found else "nothing is found in it"


def _check_sentences(row: Row, relation: str) -> Iterator[str]:
    for key in ("examples", "counterexamples"):
        for example in row[key]:
            text, arrow, fact = example.partition("=>")
            marks = _MARKED.findall(text)
            wrong = [label for label, _ in marks if label not in ENTITY_CLASSES]
            words = [inner for _, inner in marks]
            if not arrow or len(marks) < 2:
                yield f"an example is a sentence with two [[Class|name]] and ` => subject relation object`: {example}"
            elif wrong:
                yield f"no class {wrong[0]!r}: {example}"
            elif f" {relation} " not in fact:
                yield f"the fact must be of {relation}: {example}"
            elif not all(end.strip() in words for end in fact.split(f" {relation} ")):
                yield f"both ends of the fact must be marked in the sentence: {example}"


def _check_relation(row: Row, context: Mapping[str, Any]) -> Iterator[str]:
    from ..components.relations import ALLOWED

    relation = row["relation"]
    if relation not in ALLOWED:
        yield f"no relation {relation!r}; {did_you_mean(relation, ALLOWED) or ', '.join(ALLOWED)}"
        return
    if not row["triggers"] or not all(isinstance(word, str) and word for word in row["triggers"]):
        yield "triggers must be a list of words"
    for key, allowed in zip(("subject", "object"), ALLOWED[relation], strict=True):
        wrong = sorted(set(row.get(key, ())) - allowed)
        if wrong:
            yield f"{key}: {', '.join(wrong)} cannot be the {key} of {relation}"
    yield from _check_confidence(row)
    yield from _check_sentences(row, relation)


def _check_member(row: Row, context: Mapping[str, Any]) -> Iterator[str]:
    from ..components.members import compile_wording

    try:
        compile_wording(row, context)
    except re.error as error:
        yield f"the regex is none: {error}"
    except KeyError as error:
        yield f"no part {error} for the regex; there is: members, names, whole, gap, near, {', '.join(context)}"
    if "{whole}" not in row["regex"] or not any(slot in row["regex"] for slot in ("{members}", "{names}")):
        yield "the regex needs {members} (or {names}, without 等…单位) and {whole}"
    yield from _check_confidence(row)
    yield from _check_sentences(row, "memberOf")


def _check_confidence(row: Row) -> Iterator[str]:
    if not isinstance(row["confidence"], int | float) or not 0.0 <= row["confidence"] <= 1.0:
        yield "confidence is a number from 0 to 1"


# ---- titles and definitions -----------------------------------------------------------------------------------------


def _prove_regex(row: Row, text: str, packs: tuple[str, ...]) -> bool:
    return re.search(row["regex"], text) is not None


def _prove_title(row: Row, text: str, packs: tuple[str, ...]) -> bool:
    """Whether the titles component marks what the regex names."""
    match = re.search(row["regex"], text)
    if match is None:
        return False
    from ..marked import marked_names

    return (match["name"], row["class"]) in marked_names(text, packs=packs)


def _check_regex(row: Row, context: Mapping[str, Any]) -> Iterator[str]:
    try:
        groups = re.compile(row["regex"]).groupindex
    except re.error as error:
        yield f"the regex is none: {error}"
        return
    if not {"name", "short"} & set(groups):
        yield "the regex needs a group (?P<name>…) around the mention"
    hints = row.get("hints", [])
    if not isinstance(hints, list) or not all(isinstance(word, str) and word for word in hints):
        yield "hints must be a list of words"
    if "class" in row and row["class"] not in ENTITY_CLASSES:
        yield f"no class {row['class']!r}; {did_you_mean(row['class'], ENTITY_CLASSES)}"


# ---- quantities and modality ---------------------------------------------------------------------------------------


def _prove_quantity(row: Row, text: str, packs: tuple[str, ...]) -> bool:
    from ..components.quantities import find_quantities, load_grammar

    found = list(find_quantities(text, load_grammar(packs)))
    return len(found) == 1 and ("expect" not in row or found[0].comparison == row["expect"][0])


def _is_quantity(row: Row, text: str, packs: tuple[str, ...]) -> bool:
    from ..components.quantities import find_quantities, load_grammar

    return any(True for _ in find_quantities(text, load_grammar(packs)))


def _prove_modality(row: Row, text: str, packs: tuple[str, ...]) -> bool:
    from ..components.modality import load_modality, read_modality

    return bool(read_modality(text, load_modality(packs)) == row["name"])


def _nothing(row: Row, context: Mapping[str, Any]) -> Iterator[str]:
    yield from ()


_EXAMPLES = ("examples", "counterexamples")
KINDS: dict[str, Kind] = {
    "relations.pattern": Kind(
        ("name", "relation", "triggers", "confidence", *_EXAMPLES),
        ("summary", "subject", "object", "sources"),
        _prove_fact,
        _check_relation,
    ),
    "members.wording": Kind(
        ("name", "regex", "confidence", *_EXAMPLES),
        ("summary", "whole", "regions", "sources"),
        _prove_fact,
        _check_member,
    ),
    "titles.pattern": Kind(
        ("name", "class", "score", "regex", *_EXAMPLES),
        ("summary", "hints", "sources"),
        _prove_title,
        _check_regex,
        _prove_regex,
    ),
    "definitions.pattern": Kind(("name", "regex", *_EXAMPLES), ("summary", "sources"), _prove_regex, _check_regex),
    "quantities.wording": Kind(
        ("name", *_EXAMPLES), ("summary", "expect", "sources"), _prove_quantity, _nothing, _is_quantity
    ),
    "modality.wording": Kind(("name", *_EXAMPLES), ("summary", "sources"), _prove_modality, _nothing),
}
"""What kinds of wording bring examples, and how these are proved."""
