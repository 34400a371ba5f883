"""Group the mentions of an annotated document by the thing they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.annotate import text_of

from .aliases import Group, group_mentions
from .canonical import identity_key, plain_name
from .knowledge import gazetteer
from .mentions import collect_mentions, select_mentions
from .regions import resolve_self_references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spacy.tokens import Doc

    from .mentions import Mention


def group_document(doc: Doc, *, packs: Sequence[str] = ("base",)) -> list[Group]:
    """Return the things that a document names, each with its mentions.

    Args:
        doc: The annotated text.
        packs: Packs whose gazetteers it was annotated with.
    """
    known = gazetteer(tuple(packs))
    title = text_of(doc)[:80].partition("\n")[0]
    mentions = [
        m if m.entity else m._replace(entity=_known(m, known.by_form)) for m in select_mentions(collect_mentions(doc))
    ]
    mentions = resolve_self_references(mentions, known.regions, title=title)
    return group_mentions(mentions, [(plain_name(f.text), plain_name(s.text)) for f, s in doc._.aliases or ()])


def _known(mention: Mention, by_form: Mapping[tuple[str, str], str]) -> str:
    """Return what a gazetteer knows by a name, of a field by its core, too: 文旅产业 is 文化旅游, as 文旅 is."""
    known = by_form.get((mention.label, mention.folded), "")
    if not known and mention.label == "Topic":
        known = by_form.get((mention.label, identity_key(mention.label, mention.folded)), "")
    return known
