"""Short names for what the tests of the rules use most."""

from __future__ import annotations

from extract.marked import marked_facts as facts
from extract.marked import parse_marked as parse
from extract.marked import read_marked as read
from extract.marked import rule_pipeline

__all__ = ["facts", "parse", "read", "rule_pipeline"]
