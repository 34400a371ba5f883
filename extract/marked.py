"""Sentences with their mentions marked, `[[Firm|云岭科技]]推出…`, and the facts that the rules find in them.

This is how the wordings of packs prove themselves: their examples are such sentences, read by the components that
read every document, those left out that find the mentions.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from typing import TYPE_CHECKING

from ontology.model import CleanText, DateValue, DocumentMetadata, Observation, SourceText

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\]")


@cache
def rule_pipeline(*packs: str) -> Language:
    """Return the components that read sentences, without those that find mentions."""
    import spacy

    from .annotate import COMPONENTS, CharacterTokenizer, register_extensions

    register_extensions()
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharacterTokenizer(nlp.vocab)
    # All but those that find names: these are marked.
    for name in ("sentences", *COMPONENTS[COMPONENTS.index("dates") :]):
        importlib.import_module(f"extract.components.{name}")
        nlp.add_pipe(f"jiqun_{name}", config={"packs": list(packs or ("base",))})
    return nlp


def parse_marked(marked: str) -> tuple[str, list[tuple[int, int, str]]]:
    """Return the text of a marked sentence and its mentions."""
    text, mentions, end = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[end : match.start()]
        mentions.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        end = match.end()
    return text + marked[end:], mentions


def read_marked(marked: str, *, date: str | None = None, packs: tuple[str, ...] = ("base",)) -> Doc:
    """Return a marked text as the rules read it; `{{Class|text}}` inside a mention marks a nested one."""
    from .annotate import add_mention

    nested: list[tuple[str, str]] = re.findall(r"\{\{(\w+)\|(.*?)\}\}", marked)
    text, mentions = parse_marked(re.sub(r"\{\{\w+\|(.*?)\}\}", r"\1", marked))
    nlp = rule_pipeline(*packs)
    doc = nlp.make_doc(text)
    doc.spans["mentions"] = []
    offsets = tuple(range(len(text)))
    clean = CleanText(
        SourceText("a.txt", text), text, offsets, tuple(i + 1 for i in offsets), metadata=DocumentMetadata(date=date)
    )
    doc._.candidates, doc._.aliases, doc._.clean = [], [], clean
    for start, end, label in mentions:
        add_mention(doc, start, end, label, source="test", score=1.0)
    for label, words in nested:
        start = text.index(words)
        add_mention(doc, start, start + len(words), label, source="test", score=1.0)
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def marked_facts(marked: str, *, date: str | None = None, packs: tuple[str, ...] = ("base",)) -> set[str]:
    """Return the facts of a marked text as `subject relation object`."""
    found = set()
    for candidate in read_marked(marked, date=date, packs=packs)._.candidates:
        value = candidate.object
        if isinstance(value, DateValue):
            shown = value.value
        elif isinstance(value, Observation):
            shown = f"{value.measure} {value.comparison} {value.value:g} {value.factor:g} {value.unit}"
        else:
            shown = value.text
        found.add(f"{candidate.subject.text} {candidate.relation} {shown}")
    return found


@cache
def _title_pipeline(*packs: str) -> Language:
    import spacy

    from .annotate import CharacterTokenizer, register_extensions

    register_extensions()
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharacterTokenizer(nlp.vocab)
    importlib.import_module("extract.components.titles")
    nlp.add_pipe("jiqun_titles", config={"packs": list(packs)})
    return nlp


def marked_names(text: str, *, packs: tuple[str, ...] = ("base",)) -> set[tuple[str, str]]:
    """Return the names that the wordings of titles mark in a plain text, with their classes."""
    from .annotate import annotate

    places = tuple(range(len(text)))
    clean = CleanText(SourceText("a.txt", text), text, places, tuple(i + 1 for i in places))
    doc = annotate(_title_pipeline(*packs), clean)
    return {(span.text, span.label_) for span in doc.spans["mentions"]}
