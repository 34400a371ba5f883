"""⑧ ask: answer canned questions by name, and questions in words where one of the canned ones fits.

Parameters are written as people write them; what they were understood as travels with the rows.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ontology.errors import UsageError
from ontology.iri import ONTOLOGY
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, EXTRA_RELATIONS, MODALITIES, RELATIONS

from .catalog import Parameter, Question, load_catalog
from .engine import iri_term, literal_term
from .resolve import Mention, Named, fits, load_wordings, normalize
from .rows import Cell, Rows

if TYPE_CHECKING:
    from .engine import Engine

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_QUOTED = re.compile(r"[“\"「『]([^”\"」』]{2,60})[”\"」』]")


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


@dataclass(frozen=True, slots=True)
class Understanding:
    """What was understood of a question in words.

    Attributes:
        question: The canned question that fits best.
        params: Its parameters, as IRIs and values.
        shown: The same for people.
        keywords: Words that led to the question.
        unused: Names and words that have no part in it.
        score: How well it fits; more is better.
    """

    question: Question
    params: Mapping[str, str]
    shown: Mapping[str, str]
    keywords: tuple[str, ...]
    unused: tuple[str, ...] = ()
    score: float = 0.0

    def describe(self) -> str:
        """Return one line for people: `understood: policies_by_year, topic = 数据要素 (Topic)`."""
        values = "".join(f", {name} = {value}" for name, value in self.shown.items())
        rest = f"; not used: {', '.join(self.unused)}" if self.unused else ""
        return f"understood: {self.question.name}{values}{rest}"


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
        return Rows(rows.columns, rows.records, rows.question, rows.parameters, note=understanding.describe())
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


def find_question(name: str) -> Question:
    """Return the question of a name; hyphens count as underscores.

    Raises:
        UsageError: There is none.
    """
    catalog = load_catalog()
    question = catalog.get(name.replace("-", "_"))
    if question is not None:
        return question
    near = difflib.get_close_matches(name, catalog, n=3, cutoff=0.5)
    meant = "did you mean " + ", ".join(repr(other) for other in near) + "? " if near else ""
    raise UsageError(
        f"No question named {name!r} (looked in queries/sparql and queries/cypher).",
        hint=f"{meant}`kg ask --list` shows all {len(catalog)}.",
    )


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
    return Rows(question.columns, rows.records, question.name, shown)


# --- questions in words ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Reading:
    """A text read for questions: its names, its years, quoted words, and the rest."""

    text: str
    mentions: list[Mention]
    years: list[str]
    quoted: list[str]
    rest: str = ""
    wordings: Mapping[str, object] = field(default_factory=load_wordings)

    def __post_init__(self) -> None:
        characters = list(self.text)
        for mention in self.mentions:
            characters[mention.start : mention.end] = "\u0000" * (mention.end - mention.start)
        rest = _QUOTED.sub("\u0000", "".join(characters))
        self.rest = normalize(_YEAR.sub("\u0000", rest))


def understand(engine: Engine, text: str) -> Understanding:
    """Find the canned question that a question in words asks for.

    Names are recognised among the labels of the graph, the question by the words in the `ask:` line of its
    file. Nothing is guessed beyond that: where no question has its words in the text, or a needed parameter
    is missing, that is said.

    Args:
        engine: The graph, for its names.
        text: `北京有哪些数据要素政策?`

    Raises:
        UsageError: No question fits, with those that come nearest.
    """
    reading = _Reading(text, engine.names.scan(text), _YEAR.findall(text), _QUOTED.findall(text))
    frequency = _word_frequency()
    tried = [_match(question, reading, frequency) for question in load_catalog().values()]
    found = sorted((u for u in tried if u is not None), key=lambda u: (-u.score, len(u.params), u.question.name))
    if found and found[0].score > 0:
        return found[0]
    if len(reading.mentions) == 1 and not _unknown_words(reading.rest, ()):
        return _about_one_thing(reading.mentions[0])
    names = ", ".join(f"{mention.text} ({mention.things[0].type})" for mention in reading.mentions)
    known = f"recognised: {names}" if names else "no name of the graph is in it"
    near = difflib.get_close_matches(
        text,
        [q.summary_zh for q in load_catalog().values()] + [q.summary for q in load_catalog().values()],
        n=3,
        cutoff=0.2,
    )
    titles = {q.summary_zh: q.name for q in load_catalog().values()} | {
        q.summary: q.name for q in load_catalog().values()
    }
    nearest = ", ".join(dict.fromkeys(titles[title] for title in near))
    hint = (
        f"nearest questions: {nearest}; `kg ask --list` shows all" if nearest else "`kg ask --list` shows all questions"
    )
    raise UsageError(f"I did not understand {text!r} ({known})", hint=hint)


def _about_one_thing(mention: Mention) -> Understanding:
    thing = mention.things[0]
    question = find_question("evidence_for")
    return Understanding(question, {"entity": thing.iri}, {"entity": f"{thing.name} ({thing.type})"}, ())


def _word_frequency() -> Mapping[str, float]:
    """Return for each trigger word how telling it is: the fewer questions have it, the more."""
    questions = load_catalog().values()
    counts: dict[str, int] = {}
    for question in questions:
        for word in {normalize(word) for group in question.triggers for word in group}:
            counts[word] = counts.get(word, 0) + 1
    return {word: math.log(1 + len(questions) / count) for word, count in counts.items()}


def _match(question: Question, reading: _Reading, weights: Mapping[str, float]) -> Understanding | None:
    """Score a question; None when it cannot be meant: its first group of words says what it is about."""
    keywords: list[str] = []
    score = 0.0
    for number, group in enumerate(question.triggers):
        words = [word for word in map(normalize, group) if word in reading.rest]
        if words:
            best = max(words, key=lambda word: (weights[word], len(word)))
            keywords.append(best)
            score += weights[best]
        elif number == 0:
            return None
    if not keywords:
        return None
    score *= 0.5 + 0.5 * len(keywords) / len(question.triggers)
    params: dict[str, str] = {}
    shown: dict[str, str] = {}
    open_mentions = list(reading.mentions)
    years = list(reading.years)
    for parameter in sorted(question.parameters, key=lambda p: (not p.required, p.types == ("entity",))):
        value = _take(parameter, open_mentions, years, reading)
        if value is not None:
            params[parameter.name], shown[parameter.name] = value
            score += 1.5
        elif parameter.required:
            return None
    unused = [mention.text for mention in open_mentions] + years
    score -= 2.0 * len(unused)
    unknown = _unknown_words(reading.rest, [word for group in question.triggers for word in map(normalize, group)])
    if not params and sum(map(len, unknown)) > sum(map(len, keywords)):
        return None
    return Understanding(
        question, params, shown, tuple(keywords), (*unused, *unknown), score - 0.15 * sum(map(len, unknown))
    )


def _take(parameter: Parameter, mentions: list[Mention], years: list[str], reading: _Reading) -> tuple[str, str] | None:
    """Take the value of a parameter out of what is still open: first what has the likeliest class."""
    if parameter.is_entity:
        for kind in parameter.types:
            for mention in mentions:
                thing = _best(mention.things, kind)
                if thing is not None:
                    mentions.remove(mention)
                    return thing.iri, f"{thing.name} ({thing.type})"
        return None
    if parameter.types == ("year",) and years:
        year = years.pop(0)
        return year, year
    if parameter.types == ("text",) and parameter.required:
        wording = max((*reading.quoted, *_unknown_words(reading.rest, [])), key=len, default="")
        return (wording, wording) if wording else None
    if parameter.types == ("modality",):
        wordings: Mapping[str, Sequence[str]] = load_wordings()["modalities"]
        for modality, words in wordings.items():
            if any(len(word) > 1 and word in reading.rest for word in words):
                return modality, modality
    return None


def _best(things: Iterable[Named], kind: str) -> Named | None:
    return next((thing for thing in things if fits(thing, [kind])), None)


def _unknown_words(rest: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the pieces of the text that neither name, trigger nor filler accounts for."""
    fillers: Sequence[str] = load_wordings()["filler"]
    for word in sorted({*known, *(filler for filler in fillers if not filler.isascii())}, key=len, reverse=True):
        rest = rest.replace(word, "\u0000")
    pieces = re.findall(r"[\w]+", rest.replace("\u0000", " "))
    return tuple(piece for piece in pieces if len(piece) > 1 and piece not in fillers)
