"""⑧ ask: answer canned questions by name, and questions in words where one of the canned ones fits.

Parameters are written as people write them; what they were understood as travels with the rows.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ontology.errors import UsageError
from ontology.iri import ONTOLOGY
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, EXTRA_RELATIONS, MODALITIES, RELATIONS

from .catalog import LIMIT, Parameter, Question, find_question, load_catalog
from .engine import iri_term, literal_term
from .resolve import load_wordings
from .rows import Cell, Rows
from .understanding import understand

if TYPE_CHECKING:
    from .engine import Engine


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter with its value as understood.

    Attributes:
        parameter: Which one.
        value: What travels to Neo4j.
        term: The same as an escaped term for SPARQL.
        shown: The same for people.
    """

    parameter: Parameter
    value: str | int | float
    term: str
    shown: str


def ask(engine: Engine, name: str, params: Mapping[str, object] | None = None, /, **more: object) -> Rows:
    """Answer a canned question, or a question in words.

    Args:
        engine: The graph to ask.
        name: Name of a question; anything with a space, a question mark or Chinese in it is a question in words.
        params: Parameters as a mapping.
        more: Parameters by name. What is None counts as left out.

    Returns:
        The rows, with the parameters as they were understood.

    Raises:
        UsageError: No such question or parameter, or a name that the graph does not know.
    """
    params = {**(params or {}), **more}
    if is_in_words(name):
        if params:
            raise UsageError(
                "a question in words takes no parameters", hint="`kg ask --list` has the names of questions"
            )
        understanding = understand(engine, name)
        rows = _run(
            engine, understanding.question, resolve_parameters(engine, understanding.question, understanding.params)
        )
        return dataclasses.replace(rows, note=understanding.describe())
    question = find_question(name)
    return _run(engine, question, resolve_parameters(engine, question, params))


def explain(engine: Engine, name: str, params: Mapping[str, object] | None = None, /, **more: object) -> str:
    """Say how a question is understood and show the statement that answers it.

    Raises:
        UsageError: As for `ask`.
    """
    prepared = prepare(engine, name, {**(params or {}), **more})
    question = prepared.question
    lines = []
    if prepared.note:
        lines += [prepared.note, f"because of: {', '.join(prepared.keywords) or 'the name alone'}", ""]
    lines += [question.name, question.summary, question.summary_zh, ""]
    for parameter in question.parameters:
        lines.append(f"  {parameter.name}: {prepared.shown.get(parameter.name, 'not given: everything')}")
    lines += [f"  columns: {', '.join(question.columns)}", ""]
    return "\n".join(lines) + "\n" + prepared.statement


@dataclass(frozen=True, slots=True)
class Prepared:
    """A question with its parameters, ready to run.

    Attributes:
        question: The canned question.
        shown: Its parameters as they were understood, for people.
        statement: What would run.
        note: What was understood of a question in words; empty otherwise.
        keywords: Words that led to the question.
    """

    question: Question
    shown: Mapping[str, str]
    statement: str
    note: str = ""
    keywords: tuple[str, ...] = ()


def prepare(engine: Engine, name: str, params: Mapping[str, object]) -> Prepared:
    """Return the statement of a question without running it.

    Raises:
        UsageError: As for `ask`.
    """
    note = ""
    keywords: tuple[str, ...] = ()
    if is_in_words(name):
        understanding = understand(engine, name)
        question, params = understanding.question, understanding.params
        note, keywords = understanding.describe(), understanding.keywords
    else:
        question = find_question(name)
    given = resolve_parameters(engine, question, params)
    statement = question.statement(engine.language, {key: item.term for key, item in given.items()})
    return Prepared(question, {key: item.shown for key, item in given.items()}, statement, note, keywords)


def list_questions() -> Rows:
    """List the canned questions with their parameters."""
    records: list[tuple[Cell, ...]] = []
    for question in load_catalog().values():
        names = (p.name if p.required else f"[{p.name}]" for p in question.parameters)
        records.append((question.name, " ".join(names), question.summary, question.summary_zh))
    return Rows(("name", "parameters", "summary", "summary_zh"), records)


def is_in_words(name: str) -> bool:
    """Tell a question in words from the name of one."""
    return not re.fullmatch(r"[A-Za-z0-9_\-]+", name)


# --- parameters ------------------------------------------------------------------------------------------------------


def resolve_parameters(engine: Engine, question: Question, params: Mapping[str, object]) -> dict[str, Given]:
    """Understand the parameters of a question; all mistakes are told at once.

    Raises:
        UsageError: A parameter is unknown, missing, or its value is not understood.
    """
    params = {name: value for name, value in params.items() if value is not None}
    names = [parameter.name for parameter in question.parameters]
    problems: list[UsageError] = []
    for unknown in sorted(params.keys() - set(names)):
        near = difflib.get_close_matches(unknown, names, n=1)
        takes = f"it takes {', '.join(names)}" if names else "it takes none"
        hint = f"did you mean {near[0]!r}?" if near else takes
        problems.append(UsageError(f"{question.name} has no parameter {unknown!r}", hint=hint))
    given = {}
    for parameter in question.parameters:
        if parameter.name in params:
            try:
                given[parameter.name] = _understand_value(engine, parameter, params[parameter.name])
            except UsageError as error:
                problems.append(error)
        elif parameter.required:
            problems.append(
                UsageError(f"{question.name} needs {parameter.name}: {parameter.description}", hint=_usage(question))
            )
    if len(problems) == 1:
        raise problems[0]
    if problems:
        hints = "; ".join(problem.hint for problem in problems if problem.hint)
        raise UsageError("; ".join(problem.message for problem in problems), hint=hints)
    return given


def _usage(question: Question) -> str:
    example = question.examples[0] if question.examples else {p.name: "…" for p in question.parameters if p.required}
    return f"kg ask {question.name}" + "".join(f" --{name} {value}" for name, value in example.items())


def _understand_value(engine: Engine, parameter: Parameter, value: object) -> Given:
    text = str(value).strip()
    if not text:
        raise UsageError(f"{parameter.name} is empty", hint=f"leave it out, or give {parameter.description}")
    if parameter.is_entity:
        thing = engine.names.resolve(text, parameter.types)
        return Given(parameter, thing.iri, iri_term(thing.iri), f"{thing.name} ({thing.type})")
    kind = parameter.types[0]
    if kind == "count":
        if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
            raise UsageError(f"{parameter.name} is a whole number from 1, not {text!r}")
        return Given(parameter, int(text), str(int(text)), str(int(text)))
    if kind == "number":
        try:
            number = float(text)
        except ValueError as error:
            raise UsageError(f"{parameter.name} is a number, not {text!r}") from error
        if not math.isfinite(number):
            raise UsageError(f"{parameter.name} is a finite number, not {text!r}")
        exact = int(number) if number.is_integer() else number
        return Given(parameter, exact, literal_term(exact), str(exact))
    if kind == "year":
        if not re.fullmatch(r"\d{4}年?", text):
            raise UsageError(f"{parameter.name} is a year such as 2024, not {text!r}")
        return Given(parameter, text[:4], literal_term(text[:4]), text[:4])
    if kind == "class":
        name = _choose(text, (*ENTITY_CLASSES, *EXTRA_CLASSES, "Organization"), parameter)
        return Given(parameter, name, iri_term(ONTOLOGY + name), name)
    if kind == "relation":
        name = _choose(text.replace("_", ""), (*RELATIONS, *EXTRA_RELATIONS), parameter)
        snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
        return Given(parameter, snake, iri_term(ONTOLOGY + name), name)
    if kind == "modality":
        wordings: Mapping[str, Sequence[str]] = load_wordings()["modalities"]
        name = next((key for key, words in wordings.items() if text.lower() in words), "") or _choose(
            text, MODALITIES, parameter
        )
        return Given(parameter, name, literal_term(name), name)
    return Given(parameter, text, literal_term(text), text)


def _choose(text: str, choices: Sequence[str], parameter: Parameter) -> str:
    lower = {choice.lower(): choice for choice in choices}
    if text.lower() in lower:
        return lower[text.lower()]
    near = difflib.get_close_matches(text.lower(), lower, n=1)
    hint = f"did you mean {lower[near[0]]}?" if near else f"one of {', '.join(choices)}"
    raise UsageError(f"{parameter.name} cannot be {text!r}", hint=hint)


def _run(engine: Engine, question: Question, given: Mapping[str, Given]) -> Rows:
    statement = question.statement(engine.language, {name: item.term for name, item in given.items()})
    rows = engine.run(statement, {name: item.value for name, item in given.items()})
    shown = {name: item.shown for name, item in given.items()}
    limit = int(shown.get("limit", LIMIT)) if question.parameter("limit") else 0
    return Rows(question.columns, rows.records, question.name, shown, cut_at=limit if len(rows) == limit else 0)
