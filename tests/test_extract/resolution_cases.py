"""Build annotated documents from sentences with markup: `[[Firm|百度]]推出[[Platform|Apollo平台]]`."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import spacy
from spacy.language import Language

from extract.annotate import Candidate, CharacterTokenizer, add_mention, register_extensions
from extract.resolve import merge_records, resolve_document
from ontology.model import CleanText, Corpus, DateValue, DocumentRecord, Entity, Observation, SourceText

_MARK = re.compile(r"\[\[(?P<label>\w+)(?::(?P<entity>[^|]+))?\|(?P<text>[^\]]+)\]\]")


@cache
def _blank() -> Language:
    register_extensions()
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharacterTokenizer(nlp.vocab)
    return nlp


def as_clean(text: str, doc: str = "a.txt", source: str | None = None) -> CleanText:
    """A clean text that is its own source, or stands behind a margin in `source`."""
    raw = text if source is None else source
    shift = raw.index(text)
    starts = tuple(range(shift, shift + len(text)))
    return CleanText(SourceText(doc, raw, sha256=f"sha-{doc}"), text, starts, tuple(s + 1 for s in starts))


def parse(
    marked: str,
    facts: list[tuple[Any, ...]] = [],  # noqa: B006
    *,
    doc: str = "a.txt",
    aliases: list[tuple[str, str]] = [],  # noqa: B006
    speaker: str = "",
) -> DocumentRecord:
    """Resolve a sentence with markup; facts are (subject, relation, object[, modality]) by their words."""
    nlp = _blank()
    text, marks, position = "", [], 0
    for match in _MARK.finditer(marked):
        text += marked[position : match.start()]
        marks.append((len(text), len(text) + len(match["text"]), match["label"], match["entity"] or ""))
        text += match["text"]
        position = match.end()
    text += marked[position:]
    annotated = nlp.make_doc(text)
    annotated.spans["mentions"] = []
    annotated._.aliases, annotated._.candidates = [], []
    for start, end, label, entity in marks:
        add_mention(annotated, start, end, label, source="test", score=0.9, entity=entity)
    spans = {span.text: span for span in reversed(list(annotated.spans["mentions"]))}
    annotated._.aliases = [(spans[full], spans[short]) for full, short in aliases]
    for subject, relation, obj, *rest in facts:
        end = obj if isinstance(obj, Observation | DateValue) else spans[obj]
        modality = rest[0] if rest else "asserted"
        annotated._.candidates.append(
            Candidate(spans[subject], relation, end, 0, len(text), modality, "test", 0.9, spans.get(speaker))
        )
    return resolve_document(annotated, as_clean(text, doc))


def names(record: DocumentRecord | Corpus) -> dict[str, set[str]]:
    """Canonical name → all names, of the extracted entities."""
    return {e.name: set(e.names) for e in record.entities if e.origin == "extracted"}


def entity(record: DocumentRecord | Corpus, name: str) -> Entity:
    """The entity with this canonical name."""
    (found,) = [e for e in record.entities if e.name == name]
    return found


def merged(*records: DocumentRecord) -> Corpus:
    return merge_records(records)
