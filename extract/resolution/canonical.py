"""Fold names, and tell which forms of a name are one by their shape alone."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from .knowledge import rules, wordings

_DROPPED = re.compile(r"[\s\"'“”‘’「」『』《》〈〉<>·•、，,。.;；:：—–\-]")
_LINE_END = re.compile(r"(?<![\x00-\x7f])[^\S\n]*\n\s*|[^\S\n]*\n\s*(?![\x00-\x7f\s])")
_TAIL = re.compile(r"[(（][^()（）]*[)）]$")
_PAIRS = {"《": "》", "“": "”", "‘": "’", "「": "」", "『": "』", "〈": "〉", '"': '"'}
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}


@lru_cache(maxsize=16384)
def plain_name(text: str) -> str:
    """Return a name without the marks around it; marks in the middle stay.

    A line end within a Chinese name is no space of it.

    Example:
        >>> plain_name("《北京市数字经济促进条例》")
        '北京市数字经济促进条例'
    """
    name = re.sub(r"\s+", " ", _LINE_END.sub("", text)).strip()
    while name:
        first, last = name[0], name[-1]
        if len(name) > 1 and _PAIRS.get(first) == last and last not in name[1:-1]:
            name = name[1:-1].strip()
        elif first in _PAIRS and _PAIRS[first] not in name[1:]:
            name = name[1:].strip()
        elif last in _CLOSING and _CLOSING[last] not in name[:-1]:
            name = name[:-1].strip()
        else:
            break
    return name


@lru_cache(maxsize=16384)
def fold(name: str) -> str:
    """Fold a name for comparison: NFKC, lower case, no marks, no parenthesis at its end."""
    folded = _DROPPED.sub("", unicodedata.normalize("NFKC", name).lower())
    return re.sub(r"[()]", "", _TAIL.sub("", folded) or folded)


def forget_names() -> None:
    """Let go of the names that were folded; those of a corpus are many."""
    fold.cache_clear()
    identity_key.cache_clear()


def strip_tail(name: str, tails: tuple[str, ...], *, keep: int = 2) -> str:
    """Return a name without the first of the tails that leaves at least `keep` characters."""
    for tail in tails:
        if name.endswith(tail) and len(name) - len(tail) >= keep:
            return name[: -len(tail)]
    return name


def _without_tail(name: str) -> str:
    """Return a title without what stands in parentheses at its end: its period, its status."""
    plain = unicodedata.normalize("NFKC", name).strip()
    while (shorter := _TAIL.sub("", plain).strip()) and shorter != plain:
        plain = shorter
    return plain.rstrip("()")


@lru_cache(maxsize=16384)
def identity_key(label: str, name: str) -> str:
    """Return what all forms of a name have in common by their shape.

    Two names of a class with the same key are one thing wherever they stand; this is a pure
    function of the name, so that identity does not depend on the rest of a corpus.

    Example:
        >>> identity_key("Topic", "集成电路产业")
        '集成电路'
    """
    folded = fold(name)
    match label:
        case "Region":
            if folded.endswith(wordings("region", "kept")):
                return folded
            return strip_tail(folded, wordings("region", "tails"))
        case "Topic":
            core = strip_tail(folded, wordings("topic", "tails"))
            return folded if core in wordings("topic", "bound") else core
        case "Person":
            return strip_tail(folded, wordings("title", "tails"))
        case "Initiative":
            return strip_tail(folded, wordings("initiative", "tails"), keep=3)
        case "Event":
            for head in wordings("event", "heads"):
                folded = folded.removeprefix(head)
            return strip_tail(folded, wordings("event", "tails"))
        case "Facility":
            return strip_tail(folded, wordings("facility", "tails"), keep=3)
        case "Firm":
            return strip_tail(strip_tail(folded, wordings("firm", "tails")), wordings("firm", "tails"))
        case "Zone":
            for kind, short in rules()["zone"]["kinds"].items():
                if folded.endswith(kind) and folded != kind:
                    return folded.removesuffix(kind) + str(short)
        case "Policy" if re.search(r"[()]$", unicodedata.normalize("NFKC", name).strip()):
            return identity_key(label, fold(_without_tail(name)))
        case "Policy" if re.match(r"^(国家)?十[三四五六]五", folded):
            return strip_tail(folded.removeprefix("国家"), wordings("policy", "tails"), keep=3)
    return folded
