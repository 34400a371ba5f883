"""Say how a passage states a fact: as achieved, planned, proposed, or as a problem."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from extract.packs import load_packs

from .triggers import compile_words

if TYPE_CHECKING:
    from ontology.model import Modality


class ModalityGrammar(NamedTuple):
    """Compiled wordings of modality, in the order in which they are tried."""

    order: tuple[Modality, ...]
    words: dict[str, re.Pattern[str]]
    modal: re.Pattern[str]
    state: re.Pattern[str]
    target: re.Pattern[str]
    solving: re.Pattern[str]


@lru_cache(maxsize=8)
def load_modality(packs: tuple[str, ...] = ("base",), excluded: frozenset[str] = frozenset()) -> ModalityGrammar:
    """Compile the section `modality` of the packs."""
    section = load_packs(packs, exclude_sources=excluded).section("modality")
    words = section["words"]
    return ModalityGrammar(
        order=tuple(section["order"]),
        words={kind: compile_words(words[kind]) for kind in section["order"]},
        modal=re.compile(words["modal"]),
        state=re.compile(words["state"]),
        target=re.compile(words["target"]),
        solving=compile_words(words["solving"]),
    )


_CLAUSE = re.compile(r"[，,；;。]")
_TITLE = re.compile(r"《[^《》]*》")


def read_modality(passage: str, grammar: ModalityGrammar | None = None) -> Modality:
    """Return the modality of a passage: that of its last clause that shows any; a year to come makes it a plan.

    What a title says is not what the passage says: 印发《…工作计划（2024—2026年）》 has happened.

    Example:
        >>> read_modality("到2030年，甘州市将建成算力中心")
        'planned'
    """
    grammar = grammar or load_modality()
    passage = _TITLE.sub("《》", passage)
    if grammar.target.search(passage):
        return "planned"
    for clause in reversed(_CLAUSE.split(passage)):
        kind = _read_clause(clause, grammar) if clause.strip() else None
        if kind is not None:
            return kind
    return "asserted"


def _read_clause(clause: str, grammar: ModalityGrammar) -> Modality | None:
    for kind in grammar.order:
        match = grammar.words[kind].search(clause)
        if kind == "problem":
            is_number = match and clause[match.end() : match.end() + 1].isdigit()  # 不足300家 is how many
            if match and not is_number and not grammar.solving.search(clause):
                return kind
        elif match or (kind == "proposed" and grammar.modal.search(clause)):
            return "asserted" if kind == "proposed" and grammar.state.search(clause) else kind
    return None
