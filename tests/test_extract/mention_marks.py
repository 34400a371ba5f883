"""Run single mention components over a sentence and give back what they marked."""

from __future__ import annotations

import importlib
from functools import cache
from typing import TYPE_CHECKING

from ontology.model import CleanText, SourceText

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

MENTION_COMPONENTS = ("regions", "names", "topics", "titles", "suffixes", "people", "definitions")


@cache
def mention_pipeline(components: tuple[str, ...] = MENTION_COMPONENTS) -> Language:
    """Return a pipeline of these components with the base pack."""
    import spacy

    from extract.annotate import CharacterTokenizer, register_extensions

    register_extensions()
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharacterTokenizer(nlp.vocab)
    for name in components:
        importlib.import_module(f"extract.components.{name}")
        nlp.add_pipe(f"jiqun_{name}", config={"packs": ["base"], "exclude_sources": []})
    return nlp


def mark(text: str, *components: str) -> Doc:
    """Return the document of a text after the components (all of them when none is named)."""
    from extract.annotate import annotate

    offsets = tuple(range(len(text)))
    clean = CleanText(SourceText("a.txt", text), text, offsets, tuple(i + 1 for i in offsets))
    return annotate(mention_pipeline(components or MENTION_COMPONENTS), clean)


def marks(text: str, label: str, *components: str, least: float = 0.5) -> list[str]:
    """Return the mentions of a class that score at least so much, in the order of the text."""
    doc = mark(text, *components)
    spans = [s for s in doc.spans["mentions"] if s.label_ == label and s._.score >= least]
    return [span.text for span in sorted(spans, key=lambda span: (span.start, span.end))]
