"""The canned questions: `sparql/NAME.rq` and `cypher/NAME.cypher`, checked when they are loaded.

The comments at the head of a file are its interface, the same in both languages (`#` in SPARQL,
`//` in Cypher):

    # summary: Which roles do regions take?
    # summary zh: 各地区承担什么职能？
    # param region (Region|Zone): the place; every place when left out
    # columns: region, role, modality, origin, doc, start, end, quote
    # ask: 定位|职能|分工, 地区|各地
    # example: region=北京

A file runs as it is and then answers for everything. A line that a parameter switches on is a
comment, which makes every file fit for pasting into an editor:

    # given region: VALUES ?place { $region }

When `region` is given, the comment mark goes and `$region` becomes its value: an escaped RDF term in
SPARQL, a real parameter in Cypher. After code on the same line, the comment replaces that code:

    FILTER (?documents >= 2)  # given documents: FILTER (?documents >= $documents)

Words behind `ask:` let a question in words find this one: groups between commas, words of like meaning between
bars. The first group says what the question is about and must be there; the others make it likelier. `{Class}` is a
name of that class. Where two parameters can take the same name, cues say how it stands: patterns between commas, with
`~` for the name.

    # cue taker: (到|给)~, ~承接

A parameter is optional unless its parentheses say `required`. Types: names of classes joined by `|`,
`entity` for any of them, `class`, `relation`, `modality`, `text`, `year`, `number`, `count` (a whole number from 1).

A question that might answer with a good part of a big graph has a parameter `limit`: the first rows in its order.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, TypeAlias

from ontology.errors import ConfigurationError, UsageError
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES
from ontology.plugins import find_plugins, refuse_known

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Language: TypeAlias = Literal["sparql", "cypher"]

LANGUAGES: Mapping[Language, tuple[str, str, str]] = {
    "sparql": ("sparql", ".rq", "#"),
    "cypher": ("cypher", ".cypher", "//"),
}
"""Folder, suffix and comment mark of each language."""

VALUE_TYPES = ("class", "relation", "modality", "text", "year", "number", "count")
LIMIT = 500
"""What every parameter `limit` is when it is left out."""

CLASS_NAMES = frozenset({*ENTITY_CLASSES, *EXTRA_CLASSES, "Organization", "Document", "entity"})

_KEYS = ("summary", "summary zh", "param", "columns", "ask", "cue", "example")
_WORDINGS = ("ask", "cue")
"""Lines for questions in words; in the .rq file only."""
_PARAM = re.compile(r"(?P<name>[a-z][a-z_]*) \((?P<type>[A-Za-z|]+)(?P<required>, required)?\): (?P<description>.+)")
_GIVEN = r"^(?P<code>.*?){mark} given (?P<name>[a-z_]+): (?P<given>.*)$"
_VALUE = re.compile(r"\$([A-Za-z_]\w*)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question.

    Attributes:
        name: What it is called on the command line.
        types: Classes that its entity may have, most likely first, or one of `VALUE_TYPES`.
        required: Whether the question makes no sense without it.
        description: What it means.
    """

    name: str
    types: tuple[str, ...]
    required: bool
    description: str

    @property
    def is_entity(self) -> bool:
        """Whether its value is a name to be found in the graph."""
        return self.types[0] not in VALUE_TYPES


@dataclass(frozen=True, slots=True)
class Question:
    """A canned question in both languages.

    Attributes:
        name: `roles_of_regions`; also the name of its files.
        summary: What it answers, in English.
        summary_zh: The same in Chinese.
        parameters: In the order in which the file declares them.
        columns: Columns of the answer.
        triggers: For questions in words: groups of words, each group naming one idea.
        cues: For questions in words: how the names stand that mean a parameter, as patterns with `~` for the name.
        examples: Parameters to try, as `name=value` pairs.
        texts: The statement in each language, with its comments.
    """

    name: str
    summary: str
    summary_zh: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    triggers: tuple[tuple[str, ...], ...]
    examples: tuple[Mapping[str, str], ...]
    texts: Mapping[Language, str]
    cues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of a name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def statement(self, language: Language, terms: Mapping[str, str]) -> str:
        """Return the text to run when the parameters in `terms` are given.

        Args:
            language: `sparql` or `cypher`.
            terms: The given parameters; for SPARQL with their values as escaped terms, which take
                the place of `$name`. In Cypher `$name` stays: the value travels beside the text.
        """
        mark = LANGUAGES[language][2]
        pattern = re.compile(_GIVEN.format(mark=re.escape(mark)))
        lines = []
        for line in self.texts[language].splitlines():
            found = pattern.match(line)
            if found is None:
                lines.append(line)
            elif found["name"] not in terms:
                lines.append(found["code"].rstrip())
            elif language == "sparql":
                lines.append(_VALUE.sub(lambda match: terms[match[1]], found["given"]))
            else:
                lines.append(found["given"])
        return "\n".join(line for line in lines if line.strip() and not line.startswith(mark)) + "\n"


@cache
def load_catalog() -> Mapping[str, Question]:
    """Read all questions and check them.

    Returns:
        The questions by name, sorted.

    Raises:
        ConfigurationError: A file breaks the rules, one of a pair is missing, or a plugin brings a question of a name
            that is taken; all mistakes of one package at once.
    """
    catalog = dict(read_catalog(resources.files(__package__)))
    for plugin in find_plugins("jiqun.questions").values():
        try:
            more = read_catalog(plugin.folder())
        except OSError as error:
            raise ConfigurationError(
                f"{plugin.distribution}: {plugin.target} has no folders sparql and cypher.", hint="docs/plugins.md"
            ) from error
        for name, question in more.items():
            refuse_known("jiqun.questions", replace(plugin, name=name), catalog)
            catalog[name] = question
    return dict(sorted(catalog.items()))


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


def read_catalog(folder: Traversable) -> Mapping[str, Question]:
    """Read the questions in the folders `sparql` and `cypher` below a folder; see `load_catalog`."""
    problems: list[str] = []
    texts: dict[Language, dict[str, str]] = {}
    for language, (directory, suffix, _) in LANGUAGES.items():
        files = (file for file in (folder / directory).iterdir() if file.name.endswith(suffix))
        texts[language] = {file.name.removesuffix(suffix): file.read_text(encoding="utf-8") for file in files}
    catalog = {}
    for name in sorted(texts["sparql"].keys() | texts["cypher"].keys()):
        pair: dict[Language, str] = {language: found[name] for language, found in texts.items() if name in found}
        if len(pair) < len(LANGUAGES):
            problems.append(f"{name}: there is no {' and no '.join(sorted(LANGUAGES.keys() - pair.keys()))} file")
            continue
        question = _read_question(name, pair, problems)
        if question:
            catalog[name] = question
    if problems:
        raise ConfigurationError(
            f"{len(problems)} mistakes in the canned questions:\n  " + "\n  ".join(problems),
            hint="`pydoc queries.catalog` says what a question file looks like",
        )
    return catalog


def _read_question(name: str, texts: Mapping[Language, str], problems: list[str]) -> Question | None:
    before = len(problems)
    if not re.fullmatch(r"[a-z][a-z_]*", name):
        problems.append(f"{name}: a name has lower-case letters and underscores only")
    headers = {language: list(_header(name, language, text, problems)) for language, text in texts.items()}
    interface = headers["sparql"]
    heads = [[item for item in header if item[0] not in _WORDINGS] for header in headers.values()]
    if heads[0] != heads[1]:
        problems.append(f"{name}: the heads of the .rq and the .cypher file differ")
    single = {key: [value for k, value in interface if k == key] for key in _KEYS}
    for key in ("summary", "summary zh", "columns"):
        if len(single[key]) != 1:
            problems.append(f"{name}: one line `{key}:` is needed, there are {len(single[key])}")
    parameters = tuple(_read_parameters(name, single["param"], problems))
    columns = tuple(column.strip() for line in single["columns"] for column in line.split(","))
    for language, text in texts.items():
        problems.extend(_check_text(name, language, text, parameters, columns))
    examples = tuple(dict(pair.split("=", 1) for pair in line.split("; ")) for line in single["example"])
    for example in examples:
        problems.extend(
            f"{name}: example has no parameter {key!r}" for key in example.keys() - {p.name for p in parameters}
        )
    cues = dict(_read_cues(name, single["cue"], {parameter.name for parameter in parameters}, problems))
    if len(problems) > before:
        return None
    triggers = tuple(tuple(group.strip().split("|")) for line in single["ask"] for group in line.split(","))
    return Question(
        name, single["summary"][0], single["summary zh"][0], parameters, columns, triggers, examples, dict(texts), cues
    )


def _read_cues(
    name: str, lines: list[str], known: set[str], problems: list[str]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in lines:
        parameter, _, patterns = line.partition(": ")
        if parameter not in known:
            problems.append(f"{name}: a cue for an unknown parameter {parameter!r}")
        cues = tuple(patterns.split(", "))
        for cue in cues:
            try:
                re.compile(cue.replace("~", "x"))
            except re.error as error:
                problems.append(f"{name}: {cue!r} is no pattern: {error}")
            if cue.count("~") != 1:
                problems.append(f"{name}: in {cue!r} one ~ stands for the name")
        yield parameter, cues


def _header(name: str, language: Language, text: str, problems: list[str]) -> Iterator[tuple[str, str]]:
    mark = LANGUAGES[language][2]
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith(mark) or line.startswith(f"{mark} given "):
            break
        key, colon, value = line.removeprefix(mark).strip().partition(": ")
        key, _, rest = key.partition(" ") if key.startswith(("param ", "cue ")) else (key, "", "")
        if key not in _KEYS or not colon:
            problems.append(f"{name}{LANGUAGES[language][1]}:{number}: expected one of {', '.join(_KEYS)}")
            continue
        yield key, (f"{rest}: {value}" if rest else value).strip()


def _read_parameters(name: str, lines: list[str], problems: list[str]) -> Iterator[Parameter]:
    for line in lines:
        found = _PARAM.fullmatch(line)
        if found is None:
            problems.append(f"{name}: a parameter is `param NAME (TYPE[, required]): DESCRIPTION`, not {line!r}")
            continue
        types = tuple(found["type"].split("|"))
        unknown = [kind for kind in types if kind not in CLASS_NAMES and types not in [(t,) for t in VALUE_TYPES]]
        problems.extend(f"{name}: {kind!r} is no class and no type of value" for kind in unknown)
        yield Parameter(found["name"], types, bool(found["required"]), found["description"])


def _check_text(
    name: str, language: Language, text: str, parameters: tuple[Parameter, ...], columns: tuple[str, ...]
) -> Iterator[str]:
    """Yield what is wrong: parameters declared and used must be the same, and so must columns."""
    file, mark = name + LANGUAGES[language][1], LANGUAGES[language][2]
    pattern = re.compile(_GIVEN.format(mark=re.escape(mark)))
    declared, used = {parameter.name for parameter in parameters}, set()
    for number, line in enumerate(text.splitlines(), start=1):
        found = pattern.match(line)
        if found:
            used.add(found["name"])
            if any(value not in declared or value != found["name"] for value in _VALUE.findall(found["given"])):
                yield f"{file}:{number}: uses another value than ${found['name']}"
        elif not line.startswith(mark) and _VALUE.search(line):
            yield f"{file}:{number}: $ outside a line `{mark} given NAME: …`"
    yield from (f"{file}: unknown parameter {value!r}" for value in sorted(used - declared))
    yield from (f"{file}: parameter {value!r} is never used" for value in sorted(declared - used))
    if "limit" in declared and f"LIMIT {LIMIT} " not in text.rpartition("ORDER BY")[2]:
        yield f"{file}: has a parameter `limit`, but does not end with LIMIT {LIMIT}"
    returned = returned_columns(language, text)
    if returned != columns:
        yield f"{file}: returns {', '.join(returned) or 'nothing'}; declared are {', '.join(columns)}"


def returned_columns(language: Language, text: str) -> tuple[str, ...]:
    """Return the columns of a canned statement, read off its text.

    In SPARQL the first SELECT names them, in Cypher the last RETURN, each item with `AS`.
    """
    mark = LANGUAGES[language][2]
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(mark))
    if language == "sparql":
        found = re.search(r"\bSELECT\s+(?:DISTINCT\s+)?(.*?)\s*\bWHERE\b", code, re.DOTALL)
        return tuple(_projected(found[1])) if found else ()
    tail = re.split(r"\bRETURN\b", code)[-1]
    tail = re.split(r"\bORDER BY\b", tail)[0]
    return tuple(re.findall(r"\bAS `?(\w+)`?", tail))


def _projected(head: str) -> Iterator[str]:
    """Yield the variables of a SELECT clause: bare ones, and what stands behind AS at the end of parentheses."""
    depth, last = 0, ""
    for token in re.findall(r"[()]|\?\w+", head):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token.startswith("?"):
            last = token[1:]
            if depth == 0:
                yield last
        elif token == ")" and depth == 0:
            yield last
