"""Turn Traditional characters into Simplified ones, by phrase, and leave Simplified text alone."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .data import load_data
from .offsets import Draft, Edit

TRADITIONAL_SHARE = 0.05
"""From this share of Traditional among the Chinese characters on, a document counts as Traditional."""

_CLAUSE = re.compile(r"[^\s,，。;；:：!！?？、（）()《》〈〉“”‘’「」『』【】\[\]]+")
_HAN = re.compile("[㐀-鿿]")


def is_traditional(text: str) -> bool:
    """Say whether a document as a whole is written in Traditional characters."""
    traditional = len(_patterns()[0].findall(text))
    return traditional > 0 and traditional >= TRADITIONAL_SHARE * len(_HAN.findall(text))


def convert_script(draft: Draft, *, document_is_traditional: bool) -> int:
    """Convert to Simplified, offsets kept, and return how many characters changed.

    In a Traditional document every clause is converted as a whole, so that 著, 后, 里 come out by
    phrase, unless the clause is plainly Simplified. Elsewhere a clause with two or more Traditional characters
    is converted as a whole, and otherwise only characters that no Simplified text has: 乾坤, 瞭望 and 著名 stay.
    """
    text = draft.text
    traditional, simplified = _patterns()
    if not document_is_traditional and not traditional.search(text):
        return 0
    edits: list[Edit] = []
    for match in _CLAUSE.finditer(text):
        clause = match.group()
        hits = len(traditional.findall(clause))
        if not hits and not document_is_traditional:
            continue
        others = len(simplified.findall(clause)) if hits < 2 or not document_is_traditional else 0
        as_whole = hits > others if hits else document_is_traditional and not others
        if hits == 1 and not document_is_traditional:
            as_whole = False
        if not hits and not as_whole:
            continue
        edits += _convert(clause, match.start(), traditional=None if as_whole else traditional)
    return draft.apply(edits)


def _convert(clause: str, offset: int, *, traditional: re.Pattern[str] | None) -> list[Edit]:
    """Return the edits that convert a clause; with a pattern, only of the characters that match it."""
    converted = simplify(clause)
    if len(converted) != len(clause):
        return [] if traditional else _align(clause, converted, offset)
    for name, simplified in load_data("script.toml")["names"].items():
        at = clause.find(name)
        while at >= 0:
            converted = converted[:at] + simplified + converted[at + len(name) :]
            at = clause.find(name, at + 1)
    if "著" in clause:
        converted = _restore_zhu(clause, converted)
    return [
        Edit(offset + i, offset + i + 1, new)
        for i, (old, new) in enumerate(zip(clause, converted, strict=True))
        if old != new and (traditional is None or traditional.match(old))
    ]


def _restore_zhu(clause: str, converted: str) -> str:
    characters = list(converted)
    keep, force = _zhu_patterns()
    for pattern in force:
        for match in pattern.finditer(converted):
            characters[match.end() - 1] = "着"
    for pattern in keep:
        for match in pattern.finditer(converted):
            if clause[match.start()] == "著":
                characters[match.start()] = "著"
    return "".join(characters)


def _align(old: str, new: str, offset: int) -> list[Edit]:
    """Return the edits between two spellings of unequal length; what differs in length maps as a whole."""
    from difflib import SequenceMatcher

    return [
        Edit(offset + a, offset + b, new[c:d])
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]


@lru_cache(maxsize=1)
def _converter() -> Any:
    import opencc

    return opencc.OpenCC("tw2s")


@lru_cache(maxsize=1)
def _zhu_patterns() -> tuple[list[re.Pattern[str]], list[re.Pattern[str]]]:
    data = load_data("script.toml")
    return [re.compile(p) for p in data["keep_zhu"]], [re.compile(p) for p in data["force_zhe"]]


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return patterns for characters that only Traditional, and only Simplified text has.

    GB 2312 is the character set of Simplified text: what it lacks and OpenCC changes is Traditional.
    What it has, Big5 lacks and OpenCC changes back is Simplified. 著, 后, 里, 乾 are in neither.
    """
    import opencc

    characters = [chr(code) for code in range(0x4E00, 0xA000)]
    lines = "\n".join(characters)
    in_gb = set(lines.encode("gb2312", "ignore").decode("gb2312"))
    in_big5 = set(lines.encode("big5", "ignore").decode("big5"))
    to_simplified = opencc.OpenCC("t2s").convert(lines).split("\n")
    to_traditional = opencc.OpenCC("s2t").convert(lines).split("\n")
    in_gb |= set(load_data("script.toml")["also_simplified"])
    traditional = [c for c, s in zip(characters, to_simplified, strict=True) if c not in in_gb and s != c]
    simplified = [
        c for c, t in zip(characters, to_traditional, strict=True) if c in in_gb and c not in in_big5 and t != c
    ]
    traditional += load_data("script.toml")["variants"]
    return re.compile(f"[{''.join(traditional)}]"), re.compile(f"[{''.join(simplified)}]")


def simplify(text: str) -> str:
    """Return a text in Simplified characters, whatever it is."""
    return str(_converter().convert(text).translate(_variants()))


@lru_cache(maxsize=1)
def _variants() -> dict[int, str]:
    return str.maketrans(load_data("script.toml")["variants"])
