"""Find what a name means in a graph: 北京, 北京市, Beijing, 經開區, with suggestions when nothing fits.

A name is tried from the strictest reading to the loosest, and the first reading that finds something of
a wanted class decides: the preferred name, another name, the name without 省/市/区/县…, its pinyin. Two
things at the same reading are ambiguous and are listed, never guessed.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from ontology.errors import UsageError
from ontology.iri import RESOURCE, fold_name
from ontology.model import ORGANIZATION_CLASSES

PREFERRED, ALTERNATIVE, SHORTENED, PINYIN = range(4)
"""The readings of a name, strictest first."""

_LONGEST = 60


@dataclass(frozen=True, slots=True, order=True)
class Named:
    """A thing that has a name.

    Attributes:
        name: Its preferred name.
        type: Its class.
        iri: Its full IRI.
    """

    name: str
    type: str
    iri: str

    def __str__(self) -> str:
        return f"{self.name} ({self.type}, {self.iri.replace(RESOURCE, 'id:')})"


@dataclass(frozen=True, slots=True)
class Mention:
    """A name found in a question: `text[start:end]` can mean each of `things`, most likely the first `likely`."""

    start: int
    end: int
    text: str
    things: tuple[Named, ...]
    likely: int


@cache
def load_wordings() -> dict[str, Any]:
    """Read `names.toml`."""
    return tomllib.loads((resources.files(__package__) / "names.toml").read_text(encoding="utf-8"))


@cache
def _simplifier() -> Any:
    try:
        from opencc import OpenCC
    except ImportError:
        return None
    return OpenCC("t2s")


def normalize(name: str) -> str:
    """Fold a name for comparison: width, quotes, spaces, case, Traditional characters.

    Example:
        >>> normalize("《數字 經濟》")
        '数字经济'
    """
    folded = fold_name(name).casefold()
    simplifier = _simplifier()
    return folded if simplifier is None or folded.isascii() else str(simplifier.convert(folded))


def shorten(folded: str, kind: str = "Region") -> str:
    """Return a folded name without what people leave off, or unchanged.

    Args:
        folded: As `normalize` returns it.
        kind: Class of the thing: a place is named without its administrative suffix, a firm without its legal form, a
            meeting without its number and year.

    Example:
        >>> shorten("北京市")
        '北京'
        >>> shorten("第七届数字中国建设峰会", "Event")
        '数字中国建设峰会'
    """
    wordings = load_wordings()
    if kind == "Event":
        return re.sub(f"^{wordings['event_prefix']}", "", folded) or folded
    for suffix in wordings["firm_suffixes" if kind == "Firm" else "suffixes"]:
        rest = folded.removesuffix(suffix)
        if rest != folded and len(rest) >= wordings["shortest"]:
            return str(rest)
    return folded


def to_pinyin(name: str) -> str:
    """Return the pinyin of a name without tones and spaces; a name without Chinese characters unchanged."""
    try:
        from pypinyin import lazy_pinyin
    except ImportError:
        return ""
    return "".join(lazy_pinyin(name)).casefold()


class NameIndex:
    """All names of a graph, looked up by reading.

    Args:
        names: (IRI, class, name, whether it is the preferred one) for every name in the graph.
    """

    def __init__(self, names: Iterable[tuple[str, str, str, bool]]) -> None:
        rows = sorted(names)
        preferred = {iri: (name, kind) for iri, kind, name, is_preferred in reversed(rows) if is_preferred}
        self.things = {iri: Named(name, kind, iri) for iri, (name, kind) in preferred.items()}
        self._readings: tuple[dict[str, set[str]], ...] = (defaultdict(set), defaultdict(set), defaultdict(set))
        self._pinyin: dict[str, set[str]] | None = None
        for iri, kind, name, is_preferred in rows:
            self.things.setdefault(iri, Named(name, kind, iri))
            folded = normalize(name)
            self._readings[PREFERRED if is_preferred else ALTERNATIVE][folded].add(iri)
            short = shorten(folded)
            if kind in ("Region", "Zone") and (is_preferred or kind == "Region" or len(short) > 2):  # 合作区 is no 合作
                self._readings[SHORTENED][short].add(iri)
            if kind == "NamedSet" and "等" in folded:
                self._readings[SHORTENED][folded.partition("等")[2]].add(iri)  # 甲、乙等龙头企业
            if kind in ("Firm", "Event") and (short := shorten(folded, kind)) != folded:
                self._readings[SHORTENED][short].add(iri)
            for prefix in load_wordings()["prefixes"]:
                if folded.startswith(prefix) and len(folded) > len(prefix):
                    self._readings[SHORTENED][folded.removeprefix(prefix)].add(iri)
        self._keys = frozenset().union(*self._readings)

    def __len__(self) -> int:
        return len(self.things)

    def find(self, name: str, types: Sequence[str] = ("entity",)) -> list[Named]:
        """Return what a name can mean, at the strictest reading that finds anything.

        Args:
            name: As a person writes it, or an IRI, or `id:…`.
            types: Classes wanted, most likely first; `entity` for any. When several things answer, those of
                the first of these classes are returned.
        """
        iri = name.strip().strip("<>")
        iri = RESOURCE + iri[3:] if iri.startswith("id:") else iri
        if iri in self.things:
            return [self.things[iri]]
        folded = normalize(name)
        short = shorten(folded)
        for reading, keys in (
            (PREFERRED, [folded]),
            (ALTERNATIVE, [folded]),
            (SHORTENED, [folded, short]),
            (PINYIN, [folded]),
        ):
            for key in keys:
                table = self._by_pinyin(folded) if reading == PINYIN else self._readings[reading]
                found = select((self.things[iri] for iri in table.get(key, ())), types)
                if found:
                    return found
        return []

    def resolve(self, name: str, types: Sequence[str] = ("entity",)) -> Named:
        """Return the one thing that a name means.

        Raises:
            UsageError: Nothing has this name, or several things have.
        """
        found = self.find(name, types)
        if len(found) == 1:
            return found[0]
        wanted = " or ".join(types)
        if found:
            shown = "; ".join(map(str, found[:8])) + (f"; and {len(found) - 8} more" if len(found) > 8 else "")
            raise UsageError(
                f"{name!r} can mean {len(found)} things: {shown}", hint="write the full name or the id:… of one"
            )
        others = self.find(name)
        if others:
            what = ", ".join(sorted({thing.type for thing in others}))
            raise UsageError(
                f"{name!r} is a {what} in this graph, and a {wanted} is asked for", hint=self._hint(name, types)
            )
        raise UsageError(f"No {wanted} named {name!r} in this graph", hint=self._hint(name, types))

    def suggest(self, name: str, types: Sequence[str] = ("entity",), *, limit: int = 5) -> list[str]:
        """Return names like this one, best first: those that contain it or are in it, then near spellings."""
        folded, short = normalize(name), shorten(normalize(name))
        wanted = sorted({thing.name for thing in self.things.values() if fits(thing, types)})
        if not folded:
            return wanted[:limit]
        keys: dict[str, str] = {}
        for candidate in wanted:
            keys.setdefault(normalize(candidate), candidate)
        inside = sorted(
            (key for key in keys if short in key or (len(key) > 1 and key in folded)),
            key=lambda key: (short not in key, abs(len(key) - len(folded)), key),
        )
        near = difflib.get_close_matches(
            folded[:_LONGEST], [k for k in keys if len(k) <= _LONGEST], n=limit, cutoff=0.5
        )
        return [keys[key] for key in dict.fromkeys([*inside[:limit], *near])][:limit]

    def scan(self, text: str) -> list[Mention]:
        """Return the names in a text, longest first where they overlap, in the order of the text."""
        found: list[Mention] = []
        position = 0
        while position < len(text):
            mention = self._longest_at(text, position)
            if mention:
                found.append(mention)
                position = mention.end
            else:
                position += 1
        return found

    def _longest_at(self, text: str, start: int) -> Mention | None:
        if text[start].isspace() or (start and _is_latin(text[start]) and _is_latin(text[start - 1])):
            return None
        for end in range(min(len(text), start + _LONGEST), start, -1):
            piece = text[start:end]
            if piece[-1].isspace() or (end < len(text) and _is_latin(text[end]) and _is_latin(piece[-1])):
                continue
            latin = piece.isascii()
            if len(piece) < 2 or (not latin and normalize(piece) not in self._keys):
                continue
            things = self.find(piece)
            if latin and things and len(piece) < 4 and normalize(piece) not in self._keys:
                continue
            if things:
                every = {
                    thing
                    for reading in self._readings
                    for iri in reading.get(normalize(piece), ())
                    for thing in [self.things[iri]]
                }
                ordered = tuple(sorted({*things, *every}, key=lambda t: (t not in things, t)))
                return Mention(start, end, piece, ordered, len(things))
        return None

    def _by_pinyin(self, folded: str) -> dict[str, set[str]]:
        """Return names of places by pinyin; empty when the name looked for is not written in Latin letters."""
        if not re.fullmatch(r"[a-z' -]{3,}", folded):
            return {}
        if self._pinyin is None:
            self._pinyin = defaultdict(set)
            for thing in self.things.values():
                if thing.type in ("Region", "Zone") and not thing.name.isascii():
                    name = normalize(thing.name)
                    for spelling in {to_pinyin(name), to_pinyin(shorten(name))} - {""}:
                        self._pinyin[spelling].add(thing.iri)
        return self._pinyin

    def _hint(self, name: str, types: Sequence[str]) -> str:
        suggestions = self.suggest(name, types)
        return f"did you mean {', '.join(suggestions)}?" if suggestions else "`kg ask entities` lists what there is"


def fits(thing: Named, types: Sequence[str]) -> bool:
    """Tell whether a thing is of one of these classes; Organization stands for its sub-classes."""
    wanted = {*types, *(ORGANIZATION_CLASSES if "Organization" in types else ())}
    return "entity" in wanted or thing.type in wanted


def select(things: Iterable[Named], types: Sequence[str]) -> list[Named]:
    """Return the things of the first of the classes that any of them has, sorted."""
    candidates = sorted(things)
    for kind in types:
        found = [thing for thing in candidates if fits(thing, [kind])]
        if found:
            return found
    return []


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
