"""③ annotate: run the spaCy pipeline that marks mentions, dates, quantities and fact candidates.

spaCy's Chinese character tokenizer is used, so that token `i` is character `i` of the clean text and
any span from any source aligns. Every component only adds: mentions to `doc.spans["mentions"]`,
candidates to `doc._.candidates`. Choosing and merging is the business of `extract.resolve`.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.language import Language
    from spacy.tokens import Doc, Span

    from ontology.model import CleanText, DateValue, Modality, Observation

COMPONENTS = (
    "sentences",
    "regions",
    "names",
    "titles",
    "suffixes",
    "people",
    "definitions",
    "dates",
    "quantities",
    "observations",
    "relations",
)
"""Modules of `extract.components` in the order they run; each registers the factory `jiqun_<module>`."""

MODEL_COMPONENTS = ("tagger", "linker")
"""Components of the profile `full`: the span tagger runs before dates, the relation model last."""

SPAN_GROUPS = ("sentences", "clauses", "mentions", "dates", "quantities")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fact that a rule or a model believes a passage states.

    Attributes:
        subject: Mention of the subject.
        relation: Name of the relation.
        object: Mention, observation or date.
        start: First character of the passage that states it, in the clean text.
        end: End of the passage, exclusive.
        modality: How the passage says it.
        rule: Name of the wording or model.
        confidence: 0..1.
        speaker: Mention of who says so, or None.
    """

    subject: Span
    relation: str
    object: Span | Observation | DateValue
    start: int
    end: int
    modality: Modality
    rule: str
    confidence: float
    speaker: Span | None = None


def register_extensions() -> None:
    """Declare the attributes that components share; calling it twice changes nothing."""
    from spacy.tokens import Doc, Span

    for name, default in (("source", ""), ("score", 1.0), ("entity", "")):
        if not Span.has_extension(name):
            Span.set_extension(name, default=default)
    for name, factory in (("candidates", list), ("aliases", list)):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)
    if not Doc.has_extension("clean"):
        Doc.set_extension("clean", default=None)


def build_nlp(*, packs: Sequence[str] = ("base",), profile: str = "rules") -> Language:
    """Build the pipeline of a profile with the names and wordings of the packs.

    Args:
        packs: Names of packs, the most general first.
        profile: `rules` (no model) or `full`.

    Raises:
        ConfigurationError: A pack is missing or wrong, or the extra that `full` needs is not installed.
    """
    import spacy

    register_extensions()
    nlp = spacy.blank("zh")
    names = list(COMPONENTS)
    if profile == "full":
        names.insert(names.index("dates"), "tagger")
        names.append("linker")
    for name in names:
        importlib.import_module(f"extract.components.{name}")
        nlp.add_pipe(f"jiqun_{name}", config={"packs": list(packs)})
    return nlp


def annotate(nlp: Language, clean: CleanText) -> Doc:
    """Return the clean text as a spaCy Doc with its mentions and candidates."""
    doc = nlp.make_doc(clean.text)
    for group in SPAN_GROUPS:
        doc.spans[group] = []
    doc._.candidates, doc._.aliases, doc._.clean = [], [], clean
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc
