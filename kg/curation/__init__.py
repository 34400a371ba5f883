"""Curation: what people decided about facts and entities, kept in a plain file and replayed at every build."""

from .decisions import Decision, format_decisions, pairs_apart, parse_decision, read_decisions
from .merging import merge_decisions
from .replay import find_contradictions, replay_decisions

__all__ = [
    "Decision",
    "find_contradictions",
    "format_decisions",
    "merge_decisions",
    "pairs_apart",
    "parse_decision",
    "read_decisions",
    "replay_decisions",
]
