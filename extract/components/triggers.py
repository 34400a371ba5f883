"""Find any of many words in one pass over a text.

A regular expression whose alternatives share their beginnings looks at most characters once;
the same words side by side would each be tried at each place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def words_pattern(words: Iterable[str]) -> str:
    """Return a regular expression that matches the longest of the words.

    Example:
        >>> words_pattern(["发展", "发布", "建"])
        '(?:发(?:展|布)|建)'
    """
    root = _tree(words)
    return _branch(root) if root else r"(?!)"


def words_alternatives(words: Iterable[str]) -> list[str]:
    """Return the alternatives of `words_pattern`, to stand beside others.

    Each begins with a character of its own. In a group of their own `re` would not see that, and try
    the whole expression at each place.

    Example:
        >>> words_alternatives(["发展", "发布", "建"])
        ['发(?:展|布)', '建']
    """
    return _alternatives(_tree(words))


def compile_words(words: Iterable[str]) -> re.Pattern[str]:
    """Return the compiled pattern of `words_pattern`."""
    return re.compile(words_pattern(words))


def open_repeat(regex: str) -> str:
    """Return a regular expression that begins with repeated words so that it begins with one of them.

    It matches the same, but now `re` passes over all places where none of the words begins; behind a
    repetition it does not look for that.

    Example:
        >>> open_repeat("(?:出台|印发)+(?P<name>.+)")
        '(?:出台|印发)(?:出台|印发)*(?P<name>.+)'
    """
    return _REPEATED.sub(r"\g<words>\g<words>*", regex)


_REPEATED = re.compile(r"\A(?P<words>\(\?:[^()\[\]\\]+\))\+(?![+?])")


def _tree(words: Iterable[str]) -> dict[str, dict]:  # type: ignore[type-arg]
    root: dict[str, dict] = {}  # type: ignore[type-arg]
    for word in words:
        node = root
        for character in word:
            node = node.setdefault(character, {})
        node[""] = {}
    return root


def _alternatives(node: dict[str, dict]) -> list[str]:  # type: ignore[type-arg]
    return [re.escape(key) + _branch(child) for key, child in node.items() if key]


def _branch(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    branches = _alternatives(node)
    if not branches:
        return ""
    optional = "" in node
    if len(branches) == 1 and not optional:
        return branches[0]
    joined = "(?:" + "|".join(branches) + ")"
    return joined + "?" if optional else joined
