"""See a graph without what was inferred: what texts say, gazetteers know and people added."""

from __future__ import annotations

from pathlib import Path

from ontology.iri import ONTOLOGY

from ..as_of import serialize_triples
from ..projection import Triple, read_triples


def without_inferred(graph: Path) -> tuple[bytes, int]:
    """Return a graph without its inferred facts, as N-Triples, and how many they are.

    Args:
        graph: A Turtle file.

    Raises:
        OutputError: It is missing or is no Turtle.
    """
    triples = list(read_triples(graph))
    inferred = {s for s, p, o, _ in triples if p == ONTOLOGY + "origin" and o == "inferred"}
    gone = inferred | (_objects(triples, inferred, within=True) - _objects(triples, inferred, within=False))
    return serialize_triples(triple for triple in triples if triple[0] not in gone), len(inferred)


def _objects(triples: list[Triple], facts: set[str], *, within: bool) -> set[str]:
    """Return what the facts of a set, or all others, measure."""
    measured = {s for s, p, o, _ in triples if p.endswith("#type") and o == ONTOLOGY + "Observation"}
    return {o for s, p, o, _ in triples if p == ONTOLOGY + "object" and o in measured and (s in facts) == within}
