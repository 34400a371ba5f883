"""Recognise the lines of a page that are not its text. What they look like is in `boilerplate.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from .data import load_data
from .offsets import Edit

_PROSE_LENGTH = 60
_SENTENCE_END = re.compile(r"[。！？!?；;][”’」』）)】]*$")
_LABEL = re.compile(r"[:：]\s*$")
_SHORT_SECTION = re.compile(r"[一-龥]{2,8}|[>›»＞|｜]")
_HEADLINE = re.compile(r"(?=.*[一-龥]{4}).{9,70}(?<![。；;，,])")


class Line(NamedTuple):
    """A line of a draft, white space at its ends left out.

    Attributes:
        start: Offset of its first character in the draft.
        end: End offset of its last character.
        text: What is between, without letter-spacing.
    """

    start: int
    end: int
    text: str

    @property
    def is_prose(self) -> bool:
        """A paragraph: long, or a sentence of some length."""
        return len(self.text) > _PROSE_LENGTH or (len(self.text) > 30 and bool(_SENTENCE_END.search(self.text)))


@dataclass(frozen=True, slots=True)
class LineRule:
    """One kind of line, see `boilerplate.toml`."""

    name: str
    summary: str
    regex: re.Pattern[str]
    longest: int
    required: re.Pattern[str] | None
    takes_next: bool

    def matches(self, text: str) -> bool:
        """Say whether a line is of this kind."""
        return (
            len(text) <= self.longest
            and self.regex.fullmatch(text) is not None
            and (self.required is None or self.required.search(text) is not None)
        )


@lru_cache(maxsize=1)
def line_rules() -> tuple[LineRule, ...]:
    """Return the rules for single lines."""
    return tuple(
        LineRule(
            rule["name"],
            rule["summary"],
            re.compile(rule["regex"]),
            rule.get("longest", 60),
            re.compile(rule["required"]) if "required" in rule else None,
            rule.get("next_line", False),
        )
        for rule in load_data("boilerplate.toml")["line"]
    )


@lru_cache(maxsize=512)
def _rules_for(length: int) -> tuple[LineRule, ...]:
    """Return the rules for lines of a length: few for a paragraph."""
    return tuple(rule for rule in line_rules() if length <= rule.longest)


def find_boilerplate(lines: Sequence[Line]) -> Iterator[tuple[int, str, str]]:
    """Find boilerplate among the lines of a document.

    Yields:
        The index of a line, the name of its kind and a summary, in order.
    """
    found: dict[int, tuple[str, str]] = {}
    for i, line in enumerate(lines):
        for rule in _rules_for(len(line.text)):
            if rule.matches(line.text):
                found.setdefault(i, (rule.name, rule.summary))
                following = lines[i + 1] if i + 1 < len(lines) else None
                is_label = rule.takes_next and _LABEL.search(line.text) is not None
                if is_label and following and not following.is_prose and not _LABEL.search(following.text):
                    found.setdefault(i + 1, (rule.name, rule.summary))
                break
    _find_sections(lines, found)
    _find_tail(lines, found)
    for i in sorted(found):
        yield i, *found[i]


def _find_sections(lines: Sequence[Line], found: dict[int, tuple[str, str]]) -> None:
    """Find the steps of a path of which each got its own line: 首页 / section / section / headline."""
    for i, line in enumerate(lines[:12]):
        if line.is_prose:
            return
        if not re.fullmatch(r"(?:网站)?首\s*页", line.text):
            continue
        j = i + 1
        while j < min(i + 7, len(lines)) and _SHORT_SECTION.fullmatch(lines[j].text):
            j += 1
        if j < len(lines) and (j in found or (not lines[j].is_prose and _HEADLINE.fullmatch(lines[j].text))):
            for k in range(i + 1, j):
                found.setdefault(k, ("breadcrumb", "a section of the site above the headline"))


def _find_tail(lines: Sequence[Line], found: dict[int, tuple[str, str]]) -> None:
    """Find the list of other articles at the end of a page."""
    tail = load_data("boilerplate.toml")["tail"]
    heading = re.compile(tail["regex"])
    last_prose = max((i for i, line in enumerate(lines) if line.is_prose and i not in found), default=-1)
    for i in range(last_prose + 1, len(lines)):
        if heading.fullmatch(lines[i].text):
            rest = lines[i + 1 :]
            if all(len(line.text) <= tail["longest_line"] or j in found for j, line in enumerate(rest, i + 1)):
                for j in range(i, len(lines)):
                    found.setdefault(j, ("related", "links to other articles below the text"))
                return


def find_citations(text: str) -> Iterator[Edit]:
    """Find the numbers of notes: `升级[2]`, `[13][14]`."""
    if "[" in text or "［" in text or "〔" in text or _SUPERSCRIPT.search(text):
        for match in _citation().finditer(text):
            yield Edit(match.start(), match.end())


_SUPERSCRIPT = re.compile("[¹²³⁰⁴-⁹]")


@lru_cache(maxsize=1)
def _citation() -> re.Pattern[str]:
    return re.compile(load_data("boilerplate.toml")["citation"]["regex"])
