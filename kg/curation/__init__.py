"""Curation: what people decided about facts and entities, kept in a plain file and replayed at every build."""

from .decisions import Decision, format_decisions, pairs_apart, parse_decision, read_decisions
from .replay import replay_decisions

__all__ = ["Decision", "format_decisions", "pairs_apart", "parse_decision", "read_decisions", "replay_decisions"]
