"""Bring two people's files of decisions together, as git's merge driver: by decisions, not by lines side by side.

Git's own way of joining (`merge=union`) brings a decision back that one withdrew when the other wrote the next line.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .decisions import Decision, format_decisions
from .replay import find_contradictions


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of two files.

    Attributes:
        text: The file of both, sorted.
        contradictions: What the two decide differently, a sentence each; what one file says by itself is not among it.
    """

    text: str
    contradictions: tuple[str, ...]


def merge_decisions(base: Iterable[Decision], ours: Iterable[Decision], theirs: Iterable[Decision]) -> Merged:
    """Return the decisions of two files that began as one: what either added is there, what either withdrew is not.

    Args:
        base: The file that both began with.
        ours: What one made of it.
        theirs: What the other made of it.
    """
    before, mine, yours = ({format_decisions([d]): d for d in file} for file in (base, ours, theirs))
    withdrawn = before.keys() - (mine.keys() & yours.keys())
    both = {line: d for line, d in (mine | yours).items() if line not in withdrawn}
    known = {told for file in (mine, yours) for told in find_contradictions(file.values())}
    new = (told for told in find_contradictions(both.values()) if told not in known)
    return Merged(format_decisions(both.values()), tuple(new))
