"""Options from a file, the environment and the command line, and where each came from.

The command line outweighs the environment, the environment the file `jiqun.toml` of the working folder.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from ontology.errors import ConfigurationError, OutputError

from .settings import PROFILES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .assertions import Assertions

FILE = "jiqun.toml"
FILE_VARIABLE = "KG_CONFIG"
ASSERTIONS = "assertions"

Kind: TypeAlias = Literal["texts", "text", "share"]
Value: TypeAlias = "str | float | tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be said in the file, by a variable, or on the command line.

    Attributes:
        name: In the file; `table.key` for a key of a table.
        kind: `texts` (a list), `text`, or `share` (a number from 0 to 1).
        variable: Its environment variable.
        flag: How the command line says it.
        default: What holds when nobody says it.
        choices: The words it can be; empty for any.
    """

    name: str
    kind: Kind
    variable: str
    flag: str
    default: Value
    choices: tuple[str, ...] = ()


OPTIONS = (
    Option("inputs", "texts", "KG_INPUTS", "kg build INPUT...", ()),
    Option("out", "text", "KG_OUT", "kg build --out", "out"),
    Option("packs", "texts", "KG_PACKS", "kg build --pack", ()),
    Option("profile", "text", "KG_PROFILE", "kg build --profile", "", PROFILES),
    Option("min_confidence", "share", "KG_MIN_CONFIDENCE", "kg build --min-confidence", 0.0),
    Option("graph", "text", "KG_GRAPH", "kg ask --graph", ""),
    Option("neo4j.uri", "text", "NEO4J_URI", "kg load --neo4j", "bolt://localhost:7687"),
    Option("neo4j.user", "text", "NEO4J_USER", "kg load --user", "neo4j"),
    Option("neo4j.database", "text", "NEO4J_DATABASE", "kg load --database", ""),
    Option("neo4j.password_file", "text", "NEO4J_PASSWORD_FILE", "kg load --password-file", ""),
)
"""Everything that the file can say. A password is not among it: a file of settings is shared."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of an option and where it came from: `default`, a file, or `$VARIABLE`."""

    option: Option
    value: Value
    origin: str


def load_configuration() -> Mapping[str, Setting]:
    """Return all options by name, as file and environment say them.

    The file is `jiqun.toml` in the working folder, or the one that `KG_CONFIG` names.

    Raises:
        ConfigurationError: The file or a variable is wrong; the message names it.
    """
    path, table = _read_file()
    table.pop(ASSERTIONS, None)
    said = _flatten(table, path)
    settings = {}
    for option in OPTIONS:
        setting = Setting(option, option.default, "default")
        if option.name in said:
            setting = Setting(option, _check(option, said[option.name], f"{path}, {option.name}"), str(path))
        if words := os.environ.get(option.variable, ""):
            setting = Setting(option, _parse(option, words), f"${option.variable}")
        settings[option.name] = setting
    return settings


def load_assertions() -> Assertions:
    """Return what the file says that a build must come to.

    Raises:
        ConfigurationError: The file is wrong; the message names it.
    """
    from .assertions import Assertions

    path, table = _read_file()
    return Assertions.read(table.get(ASSERTIONS, {}), str(path))


def write_configuration(path: Path) -> None:
    """Write the commented file that one starts with.

    Raises:
        OutputError: There is one, or it cannot be written.
    """
    if path.exists():
        raise OutputError(
            f"{path} is there already.", hint="edit it, or remove it first; kg config --show says what holds"
        )
    from .output import write_file

    write_file(path, files(__package__).joinpath(FILE).read_bytes())


_LONGEST, _DEEPEST = 1 << 16, 2000
"""Characters of a file, and dots of a line: for a key of n parts tomllib keeps a list of each length up to n."""


def _read_file() -> tuple[Path, dict[str, object]]:
    """Return the file that holds here and what stands in it; nothing stands in one that is not there."""
    named = os.environ.get(FILE_VARIABLE, "")
    path = Path(named or FILE)
    if not path.is_file():
        if named:
            raise ConfigurationError(f"${FILE_VARIABLE} names {path}, which is no file.", hint="kg init writes one")
        return path, {}
    try:
        text = path.read_text("utf-8")
        if len(text) > _LONGEST or max((line.count(".") for line in text.splitlines()), default=0) > _DEEPEST:
            raise ConfigurationError(f"{path}: too long for settings", hint="kg init writes a file to start from")
        return path, tomllib.loads(text)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from error
    except RecursionError as error:
        raise ConfigurationError(f"{path}: nested too deeply", hint="kg init writes a file to start from") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}", hint="kg init writes a file to start from") from error


def _flatten(table: Mapping[str, object], path: Path) -> dict[str, object]:
    """Return what a file says, by the names of options."""
    said: dict[str, object] = {}
    for key, value in table.items():
        said |= {f"{key}.{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value}
    known = [option.name for option in OPTIONS]
    for name in said:
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(known)}"
            raise ConfigurationError(f"{path}: nothing is called {name!r}.", hint=hint)
    return said


def _parse(option: Option, words: str) -> Value:
    """Return what a variable says; lists are separated as paths are."""
    where = f"${option.variable}"
    if option.kind == "texts":
        return tuple(filter(None, words.split(os.pathsep)))
    if option.kind == "share":
        try:
            return _check(option, float(words), where)
        except ValueError as error:
            raise ConfigurationError(f"{where}: expected a number from 0 to 1, not {words!r}.") from error
    return _check(option, words, where)


def _check(option: Option, value: object, where: str) -> Value:
    if option.kind == "texts" and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    if option.kind == "share" and isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    if option.kind == "text" and isinstance(value, str):
        if option.choices and value not in ("", *option.choices):
            raise ConfigurationError(f"{where}: no {value!r}.", hint=f"there is: {', '.join(option.choices)}")
        return value
    wanted = {"texts": "a list of texts", "text": "a text in quotes", "share": "a number from 0 to 1"}[option.kind]
    raise ConfigurationError(f"{where}: expected {wanted}, not {value!r}.")
