"""Group the mentions of an annotated document by the thing they name."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from extract.annotate import text_of

from .aliases import Definition, Group, group_mentions
from .canonical import fold, identity_key, plain_name
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
    mentions = [_identified(m, known.by_form) for m in select_mentions(collect_mentions(doc))]
    mentions = resolve_self_references(mentions, known.regions, title=title)
    definitions = [Definition(plain_name(f.text), plain_name(s.text), s.start_char) for f, s in doc._.aliases or ()]
    return group_mentions(*tell_senses(mentions, definitions))


def tell_senses(
    mentions: Sequence[Mention], definitions: Sequence[Definition]
) -> tuple[list[Mention], list[Definition]]:
    """Tell apart what a short name means where a text defines it again: 甲办法 (下称《办法》), then 乙办法.

    From each definition on it holds until the next one.

    Args:
        mentions: Settled mentions.
        definitions: What the text defines, in any order.
    """
    by_short: dict[str, list[Definition]] = defaultdict(list)
    for definition in sorted(definitions, key=lambda d: d.start):
        by_short[fold(definition.short)].append(definition)
    again = {short: told for short, told in by_short.items() if len({fold(d.full) for d in told}) > 1}
    if not again:
        return list(mentions), list(definitions)
    found = []
    for mention in mentions:
        sense = sum(d.start <= mention.start for d in again.get(mention.folded, ()))
        found.append(mention._replace(sense=sense) if sense else mention)
    once = [d for d in definitions if fold(d.short) not in again]
    return found, once + [d._replace(sense=i) for told in again.values() for i, d in enumerate(told, 1)]


def _identified(mention: Mention, by_form: Mapping[tuple[str, str], str]) -> Mention:
    """Return a mention as what a gazetteer knows by its name, of a field by its core, too.

    文旅产业 is 文化旅游, as 文旅 is.
    """
    if mention.entity:
        return mention
    known = by_form.get((mention.label, mention.folded))
    if known is None and mention.label == "Topic":
        known = by_form.get((mention.label, identity_key(mention.label, mention.folded)))
    return mention if known is None else mention._replace(entity=known)
