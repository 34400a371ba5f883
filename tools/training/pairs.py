"""Say which pairs of places in a window a reader of facts should tie.

The annotation says facts of things, not of places. In a window the nearest two places of a stated fact count as
right, its other places as neither; places of things without the fact are wrong, and whatever touches an optional
thing or fact is neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from gold import GoldText
from matching import same_value
from torch import Tensor

from extract.components.dates import find_dates
from extract.components.quantities import Quantity, find_quantities, load_grammar
from extract.learning.ties import TIED
from ontology.namespace import allowed_classes

QUANTITY = "Observation"


@dataclass(frozen=True, slots=True)
class Node:
    """A place of a thing, or a number, in a text."""

    start: int
    end: int
    classes: frozenset[str]
    key: str
    required: bool
    quantity: Quantity | None = None


def text_nodes(text: GoldText) -> list[Node]:
    """Return the places of the annotated things and the numbers of a text, in order."""
    entities = {e["key"]: (e, True) for e in text.gold["entities"]}
    entities |= {e["key"]: (e, False) for e in text.gold.get("optional_entities", [])}
    places = sorted({(s.start, s.end, s.key) for s in text.spans})
    nodes = [
        Node(a, b, frozenset((entities[key][0]["type"], *entities[key][0].get("also", []))), key, entities[key][1])
        for a, b, key in places
    ]
    dates = [(d.start, d.end) for d in find_dates(text.text)]
    for quantity in find_quantities(text.text, load_grammar(("base",)), taken=dates):
        nodes.append(Node(quantity.start, quantity.end, frozenset((QUANTITY,)), "", True, quantity))
    return sorted(nodes, key=lambda n: (n.start, n.end, n.key))


@lru_cache(maxsize=4096)
def _allowed(subject: frozenset[str], obj: frozenset[str]) -> tuple[int, ...]:
    found = []
    for i, relation in enumerate(TIED):
        subjects, objects = allowed_classes(relation)
        if subject & set(subjects) and obj & set(objects):
            found.append(i)
    return tuple(found)


def window_targets(text: GoldText, nodes: list[Node]) -> tuple[Tensor, Tensor]:
    """Return the masks (relation, subject, object) of right and of possible pairs among the nodes of a window."""
    count = len(nodes)
    right = torch.zeros(len(TIED), count, count, dtype=torch.bool)
    possible = torch.zeros_like(right)
    stated = {(f["s"], f["r"], f["o"]) for f in text.gold["facts"] if "o" in f}
    disputed = {(f["s"], f["r"], f["o"]) for f in text.gold.get("optional", []) if "o" in f}
    measured = [f for f in text.gold["facts"] if f["r"] == "observed"]
    unsure = [f for f in text.gold.get("optional", []) if f["r"] == "observed"]
    for group in (stated, disputed):
        group |= {(o, r, s) for s, r, o in group if r == "collaboratesWith"}
    lines = [sum(end <= node.start for _, end in text.sentences) for node in nodes]
    nearest: dict[tuple[str, int, object], tuple[tuple[int, int], int, int]] = {}
    for s, subject in enumerate(nodes):
        if subject.quantity is not None:
            continue
        for o, obj in enumerate(nodes):
            if s == o or (subject.key == obj.key):
                continue
            for r in _allowed(subject.classes, obj.classes):
                if obj.quantity is not None:
                    said = any(f["s"] == subject.key and same_value(f, obj.quantity) for f in measured)
                    open_ = any(f["s"] == subject.key and same_value(f, obj.quantity) for f in unsure)
                    thing: object = (obj.quantity.value, obj.quantity.factor, obj.quantity.unit)
                else:
                    said = (subject.key, TIED[r], obj.key) in stated
                    open_ = (subject.key, TIED[r], obj.key) in disputed
                    thing = obj.key
                if said:
                    apart = (abs(lines[s] - lines[o]), _gap(subject, obj))
                    known = nearest.get((subject.key, r, thing))
                    if known is None or apart < known[0]:
                        nearest[subject.key, r, thing] = (apart, s, o)
                elif not open_ and subject.required and obj.required:
                    possible[r, s, o] = True
    for (_, r, _), (_, s, o) in nearest.items():
        right[r, s, o] = possible[r, s, o] = True
    return right, possible


def _gap(subject: Node, obj: Node) -> int:
    if subject.start < obj.end and obj.start < subject.end:
        return 0
    return obj.start - subject.end if subject.end <= obj.start else subject.start - obj.end + 4
