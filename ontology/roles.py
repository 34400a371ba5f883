"""Tell what a role is: a function in the division of labour and of which family, or a position or honour.

Texts name more roles than any list holds, but what a Chinese noun phrase is stands at its end: 产业研发 is 研发, and
研发高地 is 高地. `roles.ttl` says which ends are functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from .iri import ONTOLOGY
from .resources import read_resource

_SKOS = "http://www.w3.org/2004/02/skos/core#"


def function_of(name: str) -> str:
    """Return the family of functions that a role belongs to: the name of the top concept of what its name ends with.

    Of several labels that it ends with the longest counts.

    Args:
        name: Name of the role, as a text gives it.

    Returns:
        Nothing for a position or an honour, and for a role that ends with no label of the scheme.

    Example:
        >>> function_of("数字研发"), function_of("基础研究"), function_of("研发高地")
        ('研发', '研发', '')
    """
    families = _families()
    ends = (name[start:] for start in range(len(name)))
    return next((families[end] for end in ends if end in families), "")


@cache
def _families() -> Mapping[str, str]:
    """Return for each Chinese label of the scheme the name of its family; nothing where that is a position."""
    import pyoxigraph

    broader: dict[str, str] = {}
    names: dict[str, str] = {}
    labels: dict[str, str] = {}
    functions: set[str] = set()
    for quad in pyoxigraph.parse(read_resource("roles.ttl"), format=pyoxigraph.RdfFormat.TURTLE):
        subject, predicate = str(quad.subject)[1:-1], quad.predicate.value.removeprefix(_SKOS)
        if isinstance(quad.object, pyoxigraph.Literal):
            if quad.object.language == "zh" and predicate in ("prefLabel", "altLabel"):
                labels[quad.object.value] = subject
                if predicate == "prefLabel":
                    names[subject] = quad.object.value
        elif predicate == "broader":
            broader[subject] = str(quad.object)[1:-1]
        elif predicate == "member" and subject == ONTOLOGY + "Functions":
            functions.add(str(quad.object)[1:-1])

    def top(concept: str) -> str:
        while concept in broader:
            concept = broader[concept]
        return concept

    return {label: names[top(concept)] if top(concept) in functions else "" for label, concept in labels.items()}
