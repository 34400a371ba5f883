"""Lift title, date, outlet and authors out of a text. The wordings are in `frontmatter.toml`."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from ontology.model import DocumentMetadata

from .boilerplate import Line
from .data import load_data
from .markup import PageInfo

_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})\s*(?:年|[-./])\s*(?P<month>\d{1,2})\s*(?:(?:月|[-./])\s*(?P<day>\d{1,2})\s*日?)?"
    r"(?P<time>[T\s]*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?(?!\d)"
)
_NAME = re.compile(r"[一-龥]{2,4}|[一-龥]{1,8}·[一-龥]{1,8}")
_BETWEEN_NAMES = re.compile(r"[\s、,，/;；和]+")
_SITE_SUFFIX = re.compile(r"\s*[-_|｜—–]+\s*[^-_|｜—–]{2,20}$")
_AFFILIATION = re.compile(r"大学|学院|研究院|研究所|研究中心|科学院|社科院|党校")
_HEAD = 12
_FOOT = 3


class FrontMatter(NamedTuple):
    """What was lifted, and which lines hold nothing else."""

    metadata: DocumentMetadata
    bylines: frozenset[int]


def lift_front_matter(lines: Sequence[Line], dropped: Set[int], info: PageInfo | None = None) -> FrontMatter:
    """Find title, date, outlet and authors in the lines of a document.

    Lines that hold only date, outlet and counters are bylines and need not stay. Titles and authors stay in the text,
    since facts are stated in them.

    Args:
        lines: All lines.
        dropped: Indices of boilerplate lines: no titles, but labels in them count.
        info: What the head of an HTML page or the YAML of a Markdown file said.
    """
    head = _head(lines)
    kept = [i for i in range(head) if i not in dropped]
    info = info or PageInfo()
    day, outlet, bylines = _read_bylines(lines, range(len(lines)), head)
    day = _iso(_DATE.search(info.date)) if info.date and _DATE.search(info.date) else day
    outlet = info.outlet or outlet or _opening(lines, dropped)
    title = _labelled(lines, "title_labels", 80) or _title(lines, [i for i in kept if i not in bylines], info)
    authors = _authors(lines, kept, dropped) or tuple(name for a in info.authors for name in _names(a))
    return FrontMatter(DocumentMetadata(title, day, outlet, authors), frozenset(bylines))


def _head(lines: Sequence[Line]) -> int:
    """Return how many lines stand before the first paragraph."""
    for i, line in enumerate(lines):
        if line.is_prose and i not in (0,):
            return i
        if i == 0 and (len(line.text) > 70 or re.search("。$|。.", line.text)):
            return 0
    return len(lines) if len(lines) <= _HEAD else _HEAD


def _read_bylines(lines: Sequence[Line], indices: range, head: int) -> tuple[str | None, str | None, set[int]]:
    patterns = _patterns()
    ranked: list[tuple[int, int, str]] = []
    outlets: list[tuple[int, str]] = []
    bylines: set[int] = set()
    data = load_data("frontmatter.toml")
    labels, vague = data["date_labels"], data["vague_date_labels"]
    for i in indices:
        text = lines[i].text
        if len(text) > 100:
            continue
        rest = text
        is_byline = False
        for match in patterns["date"].finditer(text):
            is_vague = re.sub(r"\s", "", match["label"]) in vague
            if is_vague and head <= i < len(lines) - _FOOT:
                continue  # the date of a meeting that the text announces
            ranked.append((labels.index(re.sub(r"\s", "", match["label"])), i, _iso(match)))
            rest = rest.replace(match.group(), " ")
            is_byline = True
        bare = patterns["date_label"].fullmatch(text)
        following = lines[i + 1].text if i + 1 < len(lines) else ""
        if bare and (day_below := _DATE.fullmatch(following)):
            ranked.append((labels.index(re.sub(r"\s", "", bare["label"])), i, _iso(day_below)))
        if source := patterns["outlet"].search(rest):
            value = source["value"].strip("-–—_ 《》【】[]")
            if len(value) >= 2 and (i < head or len(text) <= 50):
                outlets.append((i, value))
                rest = rest.replace(source.group(), " ")
                is_byline = True
        if i < head:
            for match in _DATE.finditer(rest):
                if match["day"]:
                    ranked.append((len(labels), i, _iso(match)))
                    rest = rest.replace(match.group(), " ")
                    is_byline = True
        if is_byline:
            rest = patterns["counters"].sub(" ", rest)
            rest = re.sub(r"#\S{1,10}|[|｜·/【】\[\]()（）:：\s-]+", " ", rest).strip()
            if i < head and not outlets and re.fullmatch(r"[一-龥A-Za-z]{3,15}", rest) and re.search("[一-龥]", rest):
                outlets.append((i, rest))
                rest = ""
            states_date = patterns["adopted"].search(text) or (i > 0 and re.search("[:：]$", lines[i - 1].text))
            if states_date:
                continue
            if not rest or (i < head and re.fullmatch(r"[A-Za-z0-9_]{1,16}", rest)):
                bylines.add(i)
    day = min(ranked)[2] if ranked else None
    return day, outlets[0][1] if outlets else None, bylines


def _iso(match: re.Match[str] | None) -> str:
    assert match is not None
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"] or 0)
    try:
        date(year, month, day or 1)
    except ValueError:
        return str(year)
    return f"{year}-{month:02}-{day:02}" if day else f"{year}-{month:02}"


def _opening(lines: Sequence[Line], dropped: Set[int]) -> str | None:
    pattern = _patterns()["opening"]
    for i, line in enumerate(lines[:_HEAD]):
        if i not in dropped and (match := pattern.match(line.text)):
            return match["outlet"]
    return None


def _labelled(lines: Sequence[Line], key: str, longest: int) -> str | None:
    pattern = _patterns()[key]
    for i, line in enumerate(lines[: 2 * _HEAD]):
        match = pattern.match(line.text)
        if match and len(line.text) <= longest:
            value = line.text[match.end() :].strip()
            if not value and i + 1 < len(lines) and len(lines[i + 1].text) <= longest:
                value = lines[i + 1].text
            return value or None
    return None


def _title(lines: Sequence[Line], kept: Sequence[int], info: PageInfo) -> str | None:
    no_title = _patterns()["no_title"]
    first = next(
        (
            lines[i].text
            for i in kept
            if 4 <= len(lines[i].text) <= 70
            and not re.search("。|[；;，,：:]$", lines[i].text)
            and not no_title.match(lines[i].text)
            and len(re.findall("[一-龥]", lines[i].text)) >= 3
        ),
        None,
    )
    if info.title:
        if first and first in info.title:
            return first
        short = _SITE_SUFFIX.sub("", info.title)
        return short if len(short) >= 4 else info.title
    return first


def _authors(lines: Sequence[Line], kept: Sequence[int], dropped: Set[int]) -> tuple[str, ...]:
    patterns = _patterns()
    for i, line in enumerate(lines):
        if i in dropped:
            continue
        if len(line.text) <= 60:
            match = patterns["author"].match(line.text)
            names = _names(line.text[match.end() :]) if match else ()
            if names:
                return names
        for match in patterns["reporter"].finditer(line.text[-60:] if len(line.text) > 120 else line.text):
            names = _names(match["names"])
            if names:
                return names
    for i in kept[1:4]:  # a line of names between the title and an affiliation
        following = lines[i + 1].text if i + 1 < len(lines) else ""
        text = re.sub(r"[\d*,，¹²³⁰⁴-⁹]+", " ", lines[i].text)
        names = tuple(text.split())
        if len(text) <= 60 and _AFFILIATION.search(following) and names and all(map(_NAME.fullmatch, names)):
            return names
    return ()


def _names(text: str) -> tuple[str, ...]:
    """Split a row of names; a name of two characters may be spaced: 吴 莹."""
    text = re.sub(r"[\d*¹²³⁰⁴-⁹]+", " ", text).strip(" 。.)）】]/|:：")
    if re.fullmatch(r"[一-龥]\s+[一-龥]", text):
        text = re.sub(r"\s", "", text)
    no_name = load_data("frontmatter.toml")["no_name"]
    parts = [part for part in _BETWEEN_NAMES.split(text) if part and part not in no_name]
    if not parts or len(parts) > 12 or not all(_NAME.fullmatch(part) for part in parts):
        return ()
    return tuple(parts)


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    data = load_data("frontmatter.toml")

    def spaced(labels: Sequence[str]) -> str:
        return "|".join(r"\s*".join(label) for label in sorted(labels, key=len, reverse=True))

    dates, outlets, authors = (spaced(data[f"{kind}_labels"]) for kind in ("date", "outlet", "author"))
    return {
        "date": re.compile(rf"(?<![一-龥])(?P<label>{dates})\s*[:：]\s*{_DATE.pattern}"),
        "adopted": re.compile(rf"(?:{spaced(data['adopted_labels'])})\s*[:：]"),
        "date_label": re.compile(rf"(?P<label>{dates})\s*[:：]"),
        "outlet": re.compile(rf"(?<![一-龥])(?:{outlets})\s*[:：]\s*(?P<value>[^\s|｜,，;；()（）:：]{{2,20}})"),
        "title_labels": re.compile(rf"(?:{spaced(data['title_labels'])})\s*[:：]\s*"),
        "author": re.compile(rf"[(（【\[]?(?:{authors})\s*(?:[:：|｜/丨]|(?<=记者)\s)\s*"),
        "reporter": re.compile(
            r"[(（【](?:本报|本刊|本网|新华社|央视)?记者\s*[:：]?\s*(?P<names>[一-龥·\s、,，]{2,30})[)）】]"
        ),
        "counters": re.compile(rf"(?:{spaced(data['counters'])})\s*[:：]?\s*\d*\s*次?"),
        "opening": re.compile(data["outlet_opening"]),
        "no_title": re.compile(data["no_title"]),
    }
