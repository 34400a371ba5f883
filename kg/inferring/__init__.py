"""`kg build --infer`: facts that follow from other facts, each with its rule and its premises.

A rule is one SPARQL query in `rules/`; its comments say what it means, `infer` applies them all until nothing new
follows, `without_inferred` takes what they gave out of a graph again.
"""

from __future__ import annotations

from .infer import infer_facts
from .stated import without_inferred

__all__ = ["infer_facts", "without_inferred"]
