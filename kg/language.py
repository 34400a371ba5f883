"""The language that kg speaks to people: `--lang`, `KG_LANG`, else that of the environment."""

from __future__ import annotations

import os
import re
import string
import tomllib
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("en", "zh")
LANGUAGE: ContextVar[str] = ContextVar("LANGUAGE", default="en")
"""What is spoken now; set once at the start of a command."""
_MARKS = {": ": "\uff1a", "; ": "\uff1b", ", ": "\u3001", " (": "\uff08", ")": "\uff09"}


def language_of_environment() -> str:
    """Return the language that the environment asks for, English where it asks for none of ours."""
    for name in ("KG_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if word := os.environ.get(name, ""):
            return "zh" if word.lower().startswith("zh") else "en"
    return "en"


@cache
def messages() -> dict[str, Any]:
    """Return what is said, by kind and language."""
    return tomllib.loads(files(__package__).joinpath("messages.toml").read_text("utf-8"))


def mark(english: str, language: str = "") -> str:
    """Return a punctuation mark, with its space, as a language, or the one that is spoken, writes it."""
    return english if (language or LANGUAGE.get()) == "en" else _MARKS[english]


@cache
def help_texts() -> dict[str, Any]:
    """Return the Chinese of what `kg COMMAND --help` says, by the English."""
    return tomllib.loads(files(__package__).joinpath("help.zh.toml").read_text("utf-8"))


def translate_help(text: str, kind: str = "said") -> str:
    """Return a line of a help, or a heading of it, in the language that is spoken."""
    return text if LANGUAGE.get() == "en" else str(help_texts()[kind].get(text, text))


def translate(text: str) -> str:
    """Return an error, a hint or a finding in the language that is spoken; as it is where there are no words for it.

    What the code says in English is the key of the catalogue `messages.zh.toml`, so that those who raise an error need
    no table of numbers. Values in it are put into the Chinese sentence; what is a sentence itself is translated too.
    """
    if LANGUAGE.get() == "en" or not text:
        return text
    if "\n" in text:
        return "\n".join(translate(line) for line in text.split("\n"))
    inner = text.lstrip()
    parts = [_say(part) for part in inner.split("; ")]  # several mistakes may be told at once
    said = mark("; ").join(filter(None, parts)) if None not in parts else _say(inner)
    return text if said is None else text[: len(text) - len(inner)] + said


def _say(text: str) -> str | None:
    """Return the Chinese of one sentence, by the line of the catalogue that leaves the least to values."""
    for pattern, chinese in _catalogue():
        if found := pattern.fullmatch(text):
            return _fill(chinese, [_value(value) for value in found.groups()])
    return None


def _value(text: str) -> str:
    """Return a value as it stands in a Chinese sentence: 'x' as “x”, a sentence translated, a single word as it is."""
    if re.fullmatch(r"'[^'\n]*'", text):
        return f"“{text[1:-1]}”"
    return translate(text) if " " in text.strip() else text


def _fill(chinese: str, values: list[str]) -> str:
    """Put values into a sentence; Chinese beside Chinese needs no space."""
    out, count = "", 0
    for literal, field, _, _ in string.Formatter().parse(chinese):
        out += literal[1:] if re.search(f"{_WIDE}$", out) and re.match(f" {_WIDE}", literal) else literal
        if field is None:
            continue
        value = values[int(field) if field else count]
        count += 1
        out = out[:-1] if re.search(f"{_WIDE} $", out) and re.match(_WIDE, value) else out
        out += value
    return out


_WIDE = r"[\u201c\u201d\u3000-\u9fff\uff00-\uffef]"


@cache
def _catalogue() -> list[tuple[re.Pattern[str], str]]:
    """Return what can be said, the most literal first."""
    record = tomllib.loads(files(__package__).joinpath("messages.zh.toml").read_text("utf-8"))
    pairs = {**dict.fromkeys(record["same"], ""), **record["said"], **record["parts"], **record["rest"]}
    found = []
    for english, chinese in pairs.items():
        parts = list(string.Formatter().parse(english))
        pattern = "".join(re.escape(literal) + ("" if field is None else "(.*?)") for literal, field, _, _ in parts)
        literals = sum(len(literal) for literal, *_ in parts)
        found.append((english in record["rest"], -literals, re.compile(pattern), chinese or english))
    return [(pattern, chinese) for *_, pattern, chinese in sorted(found, key=lambda item: item[:2])]
