"""Choose among the mentions of a document: one class a name, and no name inside its own longer form."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES

from .canonical import fold, plain_name
from .knowledge import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from spacy.tokens import Doc, Span

_CLASSES = frozenset((*ENTITY_CLASSES, *EXTRA_CLASSES))


@dataclass(frozen=True, slots=True)
class Mention:
    """A place in the clean text that names a thing.

    Attributes:
        start: First character.
        end: End, exclusive.
        label: Class.
        name: The words without quotation and title marks.
        source: Rule or model that marked it.
        score: 0..1.
        entity: Identity in a gazetteer, or empty.
    """

    start: int
    end: int
    label: str
    name: str
    source: str = ""
    score: float = 1.0
    entity: str = ""

    @property
    def folded(self) -> str:
        """The name as compared."""
        return fold(self.name)


def mention_of(span: Span) -> Mention:
    """Return a spaCy span as a mention."""
    return Mention(
        span.start_char,
        span.end_char,
        span.label_,
        plain_name(span.text),
        span._.source or "",
        float(span._.score),
        span._.entity or "",
    )


def collect_mentions(doc: Doc) -> list[Mention]:
    """Return all mentions of a document, those that only a definition or a candidate names included."""
    found: dict[tuple[int, int, str], Mention] = {}

    def add(span: Span) -> None:
        if span.label_ in _CLASSES:
            mention = mention_of(span)
            if not mention.folded:
                return
            key = (mention.start, mention.end, mention.label)
            old = found.get(key)
            if old is None or (mention.score, bool(mention.entity)) > (old.score, bool(old.entity)):
                found[key] = mention if mention.entity or old is None else replace(mention, entity=old.entity)

    for span in doc.spans.get("mentions", ()):
        add(span)
    for full, short in doc._.aliases or ():
        add(full)
        add(short)
    return [found[key] for key in sorted(found)]


def select_mentions(mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions that stay: one class for each name, none inside a longer one of its class."""
    return drop_nested(settle_classes(mentions))


def settle_classes(mentions: Sequence[Mention]) -> list[Mention]:
    """Give each name one class: that of the highest score, then the most frequent, then the more specific."""
    order = {name: i for i, name in enumerate(rules()["class_order"])}
    votes: dict[str, dict[str, list[Mention]]] = defaultdict(lambda: defaultdict(list))
    for mention in mentions:
        votes[mention.folded][mention.label].append(mention)
    winner = {
        name: min(
            by_label,
            key=lambda label: (
                -max(m.score for m in by_label[label]),
                -len(by_label[label]),
                order.get(label, len(order)),
            ),
        )
        for name, by_label in votes.items()
    }
    return [m for m in mentions if m.label == winner[m.folded]]


def drop_nested(mentions: Sequence[Mention]) -> list[Mention]:
    """Drop a mention inside a longer one of the same class unless its name also stands on its own."""
    ordered = sorted(mentions, key=lambda m: (m.start, -m.end))
    inside: set[int] = set()
    by_label: dict[str, list[Mention]] = defaultdict(list)
    for mention in ordered:
        by_label[mention.label].append(mention)
    for group in by_label.values():
        covering: Mention | None = None
        for mention in group:
            if (
                covering is not None
                and mention.end <= covering.end
                and (mention.start, mention.end)
                != (
                    covering.start,
                    covering.end,
                )
            ):
                inside.add(id(mention))
            else:
                covering = mention
    free = {(m.label, m.folded) for m in ordered if id(m) not in inside}
    return [m for m in ordered if id(m) not in inside or (m.label, m.folded) in free or m.label == "Region"]


def by_place(mentions: Iterable[Mention]) -> dict[tuple[int, int], Mention]:
    """Return the mentions by their span."""
    return {(m.start, m.end): m for m in mentions}
