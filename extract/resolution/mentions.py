"""Choose among the mentions of a document: one class a name, and no name inside its own longer form."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from extract.annotate import mentions_of, text_of
from ontology.model import ENTITY_CLASSES, ORGANIZATION_CLASSES

from .canonical import fold, plain_name
from .knowledge import rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from spacy.tokens import Doc

_CLASSES = frozenset((*ENTITY_CLASSES, "NamedSet"))


class Mention(NamedTuple):
    """A place in the clean text that names a thing.

    Attributes:
        start: First character.
        end: End, exclusive.
        label: Class.
        name: The words without quotation and title marks.
        folded: The name as compared.
        source: Rule or model that marked it.
        score: 0..1.
        entity: Identity in a gazetteer, or empty.
        sense: Where the text defines the name more than once, the number of the definition that holds here, else 0.
    """

    start: int
    end: int
    label: str
    name: str
    folded: str
    source: str = ""
    score: float = 1.0
    entity: str = ""
    sense: int = 0


def collect_mentions(doc: Doc) -> list[Mention]:
    """Return all mentions of a document, those that only a definition or a candidate names included."""
    text, marked = text_of(doc), mentions_of(doc)
    defined = {(span.start, span.end, span.label_) for pair in doc._.aliases or () for span in pair}
    found = []
    for key in sorted(marked.keys() | defined):
        start, end, label = key  # a token is a character
        if label not in _CLASSES:
            continue
        known = marked.get(key)
        name = plain_name((known.name if known is not None else "") or text[start:end])
        if not (folded := fold(name)):
            continue
        if known is None:
            found.append(Mention(start, end, label, name, folded))
        else:
            found.append(Mention(start, end, label, name, folded, known.source, float(known.score), known.entity))
    return found


def select_mentions(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that stay: one class for each name, none across or inside another that excludes it."""
    return drop_nested(drop_crossing(settle_classes(mentions)))


def settle_classes(mentions: Sequence[Mention]) -> list[Mention]:
    """Give each name one class: that of the highest score, then the most frequent, then the more specific."""
    order = {name: i for i, name in enumerate(rules()["class_order"])}
    votes: dict[str, dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    for mention in mentions:
        votes[mention.folded][mention.label].append(mention)

    def rank(by_label: dict[str, list[Mention]], label: str) -> tuple[float, int, int]:
        same = by_label[label]
        return -max(m.score for m in same), -len(same), order.get(label, len(order))

    winner = {
        name: next(iter(by_label)) if len(by_label) == 1 else min(by_label, key=partial(rank, by_label))
        for name, by_label in votes.items()
    }
    return [m for m in mentions if m.label == winner[m.folded]]


def drop_crossing(mentions: Sequence[Mention]) -> list[Mention]:
    """Drop a mention that overlaps a clearly better one without lying in it or around it."""
    margin = float(rules()["crossing_margin"])
    ordered = sorted(mentions, key=lambda m: (m.start, -m.end))
    dropped: set[int] = set()
    for i, mention in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if other.start >= mention.end:
                break
            if mention.start < other.start < mention.end < other.end:
                if mention.score <= other.score - margin:
                    dropped.add(id(mention))
                elif other.score <= mention.score - margin:
                    dropped.add(id(other))
    return [m for m in ordered if id(m) not in dropped]


def drop_nested(mentions: Sequence[Mention]) -> list[Mention]:
    """Drop a mention inside a longer one of the same class unless its name also stands on its own.

    A longer one that is much worse gives way. The organization that the name of another begins with stays
    (北京大学 in 北京大学深圳研究院). Inside names of some other classes, some classes are never meant (a Role
    in a Facility); what a name ends in is no thing of another class.
    """
    table = rules()
    margin = float(table["nested_margin"])
    headed = set(table["joined_by_end"]) - {"Role"}
    ordered = sorted(mentions, key=lambda m: (m.start, -m.end))
    worse = {
        id(outer)
        for inner, outer in _pairs(ordered)
        if inner.label == outer.label in headed and inner.score >= outer.score + margin
    }
    ordered = [m for m in ordered if id(m) not in worse]
    inside: set[int] = set()
    for inner, outer in _pairs(ordered):
        if inner.label == outer.label:
            begins = inner.start == outer.start and inner.label in ORGANIZATION_CLASSES
            drop = not (begins and inner.score >= outer.score - margin)
        else:
            is_tail = inner.end == outer.end and {inner.label, outer.label} <= headed
            drop = is_tail or outer.label in table["never_inside"].get(inner.label, ())
        if drop:
            inside.add(id(inner))
    free = {(m.label, m.folded) for m in ordered if id(m) not in inside}
    return [m for m in ordered if id(m) not in inside or (m.label, m.folded) in free or m.label == "Region"]


def _pairs(ordered: Sequence[Mention]) -> Iterator[tuple[Mention, Mention]]:
    """Return each mention with each longer one that it lies in; `ordered` by start, the longer first."""
    for i, outer in enumerate(ordered):
        for mention in ordered[i + 1 :]:
            if mention.start >= outer.end:
                break
            if mention.end <= outer.end and mention.end - mention.start < outer.end - outer.start:
                yield mention, outer
