"""③ annotate: run the spaCy pipeline that marks mentions, dates, quantities and fact candidates.

Every character is a token, so that token `i` is character `i` of the clean text and any span from
any source aligns. Every component only adds: mentions to `doc.spans["mentions"]`, candidates to
`doc._.candidates`. Choosing and merging is the business of `extract.resolve`.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from spacy.language import Language
    from spacy.tokens import Doc, Span
    from spacy.vocab import Vocab

    from ontology.model import CleanText, DateValue, Modality, Observation

COMPONENTS = (
    "sentences",
    "regions",
    "names",
    "topics",
    "titles",
    "suffixes",
    "people",
    "definitions",
    "dates",
    "quantities",
    "observations",
    "relations",
    "issuance",
    "basis",
    "members",
    "sets",
    "grouped",
    "respectively",
    "outlook",
    "speakers",
    "shared_heads",
)
"""Modules of `extract.components` in the order they run; each registers the factory `jiqun_<module>`."""

MODEL_COMPONENTS = ("tagger", "linker")
"""Components of the profile `full`: the tagger runs before dates, the linker after all rules about facts."""

PROPOSING = "proposals"
"""Component that offers what might be a name; without a judge it says nothing, so the profile `rules` has none."""

_SPAN_FIELDS = (("source", ""), ("score", 1.0), ("entity", ""), ("name", ""))


@dataclass(slots=True)
class Candidate:
    """A fact that a rule or a model believes a passage states.

    Nobody changes one; a frozen class would say so, but take three times as long to make each.

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
        role: Part that the object has in the subject, where the relation is `hasMember` and the text tells.
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
    role: str = ""


@dataclass(slots=True)
class Mention:
    """What is known about a span of `doc.spans["mentions"]`; `span._.source` and its like read it.

    Attributes:
        start: First character.
        end: End, exclusive.
        label: Class of the entity.
        span: The span itself; spaCy makes a new one whenever it is asked for it.
        source: Rule or model that found it.
        score: How likely a careful reader marks it, 0..1.
        entity: `id:` name of the gazetteer entry, or an empty string.
        name: The full name where the characters are only a part of it, else empty.
    """

    start: int
    end: int
    label: str
    span: Span
    source: str = ""
    score: float = 1.0
    entity: str = ""
    name: str = ""


class _Orths:
    """The number of each character in a vocabulary; spaCy would hash it anew wherever it stands."""

    def __init__(self, vocab: Vocab) -> None:
        import numpy as np

        self.strings = vocab.strings
        self.by_code = np.zeros(sys.maxunicode + 1, dtype=np.uint64)  # memory comes with the first use of a page

    def of(self, text: str) -> list[int]:
        """Return the numbers of the characters of a text."""
        import numpy as np

        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        orths = self.by_code[codes]
        if not orths.all():
            for character in set(text):
                self.by_code[ord(character)] = self.strings.add(character)
            orths = self.by_code[codes]
        return orths.tolist()  # type: ignore[no-any-return]


class CharacterTokenizer:
    """Make one token of each character, white space included.

    spaCy's own character segmentation hides a space behind the character before it and joins
    several, so that tokens and offsets no longer agree.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self.orths = _Orths(vocab)

    def __call__(self, text: str) -> Doc:
        """Return the Doc of a text."""
        from spacy.tokens import Doc

        orths = self.orths.of(text)
        doc = Doc(self.vocab, words=orths, spaces=[False] * len(text))  # type: ignore[arg-type]  # takes both, by its docs
        doc.user_data["jiqun_text"] = text
        return doc


def text_of(doc: Doc) -> str:
    """Return the text of a document without building it anew, as `doc.text` does character by character."""
    text = doc.user_data.get("jiqun_text")
    if text is None:
        text = doc.user_data["jiqun_text"] = doc.text
    return str(text)


def register_extensions() -> None:
    """Declare the attributes that components share; calling it twice changes nothing.

    spaCy keys the attributes of a span by its offsets alone; two mentions of different classes over the
    same characters would share them. Ours are keyed by offsets and label.
    """
    from spacy.tokens import Doc, Span

    for name, default in _SPAN_FIELDS:
        if not Span.has_extension(name):
            getter, setter = _span_field(name, default)
            Span.set_extension(name, getter=getter, setter=setter)
    for name in ("candidates", "aliases", "clean"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)


def _span_field(name: str, default: object) -> tuple[Callable[[Span], object], Callable[[Span, object], None]]:
    def get(span: Span) -> object:
        mention = mentions_of(span.doc).get((span.start, span.end, span.label_))
        return default if mention is None else getattr(mention, name)

    def put(span: Span, value: object) -> None:
        mentions = mentions_of(span.doc)
        key = (span.start, span.end, span.label_)
        if key not in mentions:
            mentions[key] = Mention(*key, span)
        setattr(mentions[key], name, value)

    return get, put


def mentions_of(doc: Doc) -> dict[tuple[int, int, str], Mention]:
    """Return the mentions of a document by start, end and class; iterating over spans is ten times slower."""
    return doc.user_data.setdefault("jiqun_mentions", {})  # type: ignore[no-any-return]


@cache
def _span_class() -> type[Span]:
    """Return spaCy's class of spans; an import costs as much as a span, and there are many mentions."""
    from spacy.tokens import Span

    return Span


def add_mention(
    doc: Doc, start: int, end: int, label: str, *, source: str, score: float, entity: str = "", name: str = ""
) -> None:
    """Add a mention; where the same characters have this class already, the higher score stays.

    Args:
        doc: The document.
        start: First character.
        end: End, exclusive.
        label: Class of the entity.
        source: Rule or model that found it.
        score: How likely a careful reader marks it, 0..1.
        entity: `id:` name of the gazetteer entry, or an empty string.
        name: The full name where the characters are only a part of it.
    """
    mentions = mentions_of(doc)
    known = mentions.get((start, end, label))
    if known is None:
        span = _span_class()(doc, start, end, label=label)
        mentions[start, end, label] = Mention(start, end, label, span, source, score, entity, name)
        doc.spans["mentions"].append(span)
        return
    if score > known.score:
        known.source, known.score = source, score
    known.entity = known.entity or entity


def build_nlp(
    *, packs: Sequence[str] = ("base",), profile: str = "rules", exclude_sources: Sequence[str] = ()
) -> Language:
    """Build the pipeline of a profile with the names and wordings of the packs.

    Args:
        packs: Names of packs, the most general first.
        profile: `rules` (no model), `full`, or `proposals`: the rules and what they propose, as models are fitted on.
        exclude_sources: Texts whose collected names and wordings are left out (to measure on them).

    Raises:
        ConfigurationError: A pack is missing or wrong, or the extra that `full` needs is not installed.
    """
    import spacy

    register_extensions()
    nlp = spacy.blank("zh")
    nlp.tokenizer = CharacterTokenizer(nlp.vocab)
    names = list(COMPONENTS)
    if profile in ("full", "proposals"):
        names.insert(names.index("dates"), PROPOSING)
    if profile == "full":
        names.insert(names.index("dates"), "tagger")
        names.insert(names.index("respectively"), "linker")
    offered: dict[str, Any] = {"packs": list(packs), "exclude_sources": list(exclude_sources)}
    for name in names:
        importlib.import_module(f"extract.components.{name}")
        known = nlp.get_factory_meta(f"jiqun_{name}").default_config or {}
        nlp.add_pipe(f"jiqun_{name}", config={key: value for key, value in offered.items() if key in known})
    return nlp


def start_doc(nlp: Language, clean: CleanText) -> Doc:
    """Return the Doc of a clean text before any component has seen it."""
    doc = nlp.make_doc(clean.text)
    doc.spans["mentions"] = []
    doc._.candidates, doc._.aliases, doc._.clean = [], [], clean
    return doc


def annotate(nlp: Language, clean: CleanText) -> Doc:
    """Return the clean text as a spaCy Doc with its mentions and candidates."""
    doc = start_doc(nlp, clean)
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def release(doc: Doc) -> None:
    """Let go of what components noted of a document; all else about it may be used no more.

    The notes refer back to the document, so that only the collector would free both, and it comes by rarely
    where much is loaded: large texts would pile up meanwhile.
    """
    doc.user_data.clear()
