"""Group the mentions of an annotated document by the thing they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.annotate import text_of

from .aliases import Group, group_mentions
from .canonical import plain_name
from .knowledge import gazetteer
from .mentions import collect_mentions, select_mentions
from .regions import resolve_self_references

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.tokens import Doc


def group_document(doc: Doc, *, packs: Sequence[str] = ("base",)) -> list[Group]:
    """Return the things that a document names, each with its mentions.

    Args:
        doc: The annotated text.
        packs: Packs whose gazetteers it was annotated with.
    """
    known = gazetteer(tuple(packs))
    title = text_of(doc)[:80].partition("\n")[0]
    by_form = known.by_form
    mentions = [
        m._replace(entity=by_form[m.label, m.folded]) if not m.entity and (m.label, m.folded) in by_form else m
        for m in select_mentions(collect_mentions(doc))
    ]
    mentions = resolve_self_references(mentions, known.regions, title=title)
    return group_mentions(mentions, [(plain_name(f.text), plain_name(s.text)) for f, s in doc._.aliases or ()])
