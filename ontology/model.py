"""The values that travel between the stages.

`SourceText → CleanText → (spaCy Doc) → DocumentRecord → Corpus → Graph`. Everything
here is plain, frozen and hashable where it can be; nothing here reads or writes.
Offsets are Unicode code points, end exclusive.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["info", "warning", "error"]
Modality: TypeAlias = Literal["asserted", "planned", "proposed", "problem"]
Origin: TypeAlias = Literal["extracted", "background", "curated", "inferred"]
Comparison: TypeAlias = Literal["=", ">", "<", "~", ">=", "<="]

MODALITIES: tuple[Modality, ...] = ("asserted", "planned", "proposed", "problem")
COMPARISONS: tuple[Comparison, ...] = ("=", ">", "<", "~", ">=", "<=")

ENTITY_CLASSES = (
    "Region", "Zone", "Cluster", "Facility", "Policy", "Initiative", "Event", "GovernmentBody",
    "Firm", "ResearchOrg", "Institution", "Platform", "Topic", "Role", "Report", "Person",
)  # fmt: skip
"""The scored entity classes of the contract."""

EXTRA_CLASSES = ("NamedSet", "Statement")
"""Classes of nodes beside the scored ones; they too have a line in `entities.jsonl`."""

ORGANIZATION_CLASSES = ("GovernmentBody", "Firm", "ResearchOrg", "Institution")

RELATIONS = (
    "partOf", "locatedIn", "issuedBy", "issuedOn", "appliesTo", "addresses", "implements",
    "develops", "specializesIn", "playsRole", "collaboratesWith", "transfersTo", "memberOf",
    "affiliatedWith", "observed",
)  # fmt: skip
"""The scored relations of the contract."""

EXTRA_RELATIONS = ("calledFor", "about", "hasMember")
"""Relations beside the scored ones: calls, their topics, members of named sets."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem or a notable thing in a text: a value, never an exception.

    Attributes:
        code: Kebab-case kind, such as `pinyin-removed`, `bytes-repaired`, `empty-document`.
        severity: `info`, `warning` or `error` (an error costs the document).
        doc: The document as in `entities.jsonl`, or a path where there is no document.
        start: Offset in the source text, or None when it is about the whole document.
        end: End offset, exclusive.
        message: What was found and what was done about it.
    """

    code: str
    severity: Severity
    doc: str
    start: int | None
    end: int | None
    message: str


@dataclass(frozen=True, slots=True)
class DocumentMetadata:
    """Front matter lifted out of a text; None where the text does not say.

    Attributes:
        title: The headline.
        date: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: when the document was published.
        outlet: The medium or site named as the source.
        authors: Names of the writers.
    """

    title: str | None = None
    date: str | None = None
    outlet: str | None = None
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stretch of a text stands in the file that it was read from.

    Attributes:
        start: Offset in the source text; the stretch ends where the next place starts.
        name: Written as the fragment of an address is: `page=3&line=12`, `table=1&cell=2,3`, `line=14`.
    """

    start: int
    name: str


@dataclass(frozen=True, slots=True)
class SourceText:
    """One document as the user gave it, decoded and otherwise untouched.

    Attributes:
        doc: Path below the INPUT given, `/`-separated: the name of the document everywhere. What lies in an
            archive, a mail or a table has the name of that file in front: `news.zip/a.pdf`, `news.csv/14`.
        text: All code points of the file, a byte order mark excepted; for HTML this is the markup, for a PDF,
            a Word file or a record of a table what the reader gives.
        media_type: `text/plain`, `text/markdown` or `text/html`.
        encoding: Name of the codec that decoded it.
        sha256: Hex digest of the file's bytes.
        findings: What reading found (a guessed encoding, undecodable bytes).
        places: Where stretches of the text stand in the file, sorted; empty where the text is the file.
        metadata: What the file says about the document beside its text; it comes before what the text says.
    """

    doc: str
    text: str
    media_type: str = "text/plain"
    encoding: str = "utf-8"
    sha256: str = ""
    findings: tuple[Finding, ...] = ()
    places: tuple[Place, ...] = ()
    metadata: DocumentMetadata = DocumentMetadata()

    def place_of(self, offset: int) -> str:
        """Return the name of the place that an offset lies in, or nothing where the text is the file."""
        if not self.places:
            return ""
        found = bisect_right(self.places, offset, key=lambda place: place.start)
        return self.places[found - 1].name if found else ""


@dataclass(frozen=True, slots=True)
class CleanText:
    """A text as a careful reader sees it, with the way back to its source.

    Attributes:
        source: What it was cleaned from.
        text: Simplified, without pinyin inserts, navigation and markup; paragraphs end in a newline.
        starts: For each character of `text`, the offset of its first character in `source.text`.
        ends: For each character of `text`, the end offset of its last character in `source.text`
            (a pinyin insert behind a character belongs to that character).
        metadata: Title, date, outlet and authors.
        findings: What was removed, repaired or could not be read.
    """

    source: SourceText
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    metadata: DocumentMetadata = DocumentMetadata()
    findings: tuple[Finding, ...] = ()

    def to_source(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in `source.text` that the clean span `[start, end)` came from.

        Raises:
            IndexError: The span is empty or outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise IndexError(f"no span [{start}, {end}) in a text of {len(self.text)} characters")
        return self.starts[start], max(self.ends[start:end])


@dataclass(frozen=True, slots=True)
class Observation:
    """A measured value: `value` × `factor` in `unit`, compared as `comparison` says.

    Attributes:
        measure: What is measured, `数字经济规模`.
        value: The number as written.
        factor: 1, 1e4 (万), 1e8 (亿), 1e12 (万亿).
        unit: `元`, `%`, `家`; `个` where the text has no classifier.
        comparison: One of `COMPARISONS`.
        period: Year, month, or the words of the text; None where it does not say.
    """

    measure: str
    value: float
    factor: float
    unit: str
    comparison: Comparison = "="
    period: str | None = None


@dataclass(frozen=True, slots=True)
class DateValue:
    """The object of `issuedOn`: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`."""

    value: str


FactObject: TypeAlias = "str | Observation | DateValue"
"""An entity id (`id:…`), an observation, or a date."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a document says a fact, and how.

    Attributes:
        doc: The document.
        start: Offset in its source text.
        end: End offset, exclusive.
        text: The quoted clause or sentence, cleaned.
        modality: Achieved, planned, proposed, or a problem.
        confidence: 0..1.
        rule: Name of the rule or model that found it.
        speaker: Entity id of who says so, None where the text does not say.
        date: Date of the document where it carries one.
        place: Page and line, or cell, where it begins in the file; empty where the text is the file.
    """

    doc: str
    start: int
    end: int
    text: str
    modality: Modality
    confidence: float
    rule: str
    speaker: str | None = None
    date: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """(subject, relation, object) with the evidence for it, best first.

    Background and inferred facts have no evidence but a `source`. `role` is what a member is in its
    named set (廊, 极), for `hasMember` where the text says so. `premises` are the ids of the facts that an inferred one
    follows from, sorted.
    """

    subject: str
    relation: str
    object: FactObject
    origin: Origin = "extracted"
    evidence: tuple[Evidence, ...] = ()
    source: str = ""
    role: str = ""
    premises: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing in the graph.

    Attributes:
        id: `id:` + local name, see `ontology.iri`.
        type: One of `ENTITY_CLASSES` or `EXTRA_CLASSES`.
        name: Canonical name, without 《》 and quotation marks.
        names: All surface forms seen in the texts, cleaned, sorted, `name` included if seen.
        docs: Documents that mention it, sorted; empty for background parents.
        subtype: A sub-class such as `Industry`, or empty.
        origin: `extracted` when a text mentions it, else `background`.
        attributes: Sorted (property, value) pairs such as ("titleEn", …), ("status", "draft"),
            ("planPeriodStart", "2024"), ("code", "110000"), ("announcedCount", "4").
    """

    id: str
    type: str
    name: str
    names: tuple[str, ...] = ()
    docs: tuple[str, ...] = ()
    subtype: str = ""
    origin: Origin = "extracted"
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What one document gave: its identity, metadata, entities and facts.

    Attributes:
        doc: Its name.
        sha256: Hex digest of the file's bytes.
        metadata: Title, date, outlet and authors.
        entities: With ids that hold within the document.
        facts: What it states.
        findings: What reading, cleaning and resolving found.
        encoding: Name of the codec that decoded it.
        fingerprint: What copies of its text have in common; empty when too short to tell (`extract.resolution.copies`).
        length: Characters of the cleaned text.
        copy_of: The document that it is a copy of, or empty; known when a corpus is merged.
    """

    doc: str
    sha256: str
    metadata: DocumentMetadata
    entities: tuple[Entity, ...] = ()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    encoding: str = "utf-8"
    fingerprint: bytes = b""
    length: int = 0
    copy_of: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a build found in all its documents, merged and sorted: the input of `assert`.

    Attributes:
        documents: One record a document, sorted by name, without entities and facts of their own.
        entities: Sorted by id.
        facts: Sorted by subject, relation, object.
        findings: Sorted by document and offset.
        profile: `rules` or `full`.
        packs: Names of the packs used.
        version: Version of the distribution.
        min_confidence: The least confidence that an extracted fact had to have.
        left_out: How many facts had less.
    """

    documents: tuple[DocumentRecord, ...] = ()
    entities: tuple[Entity, ...] = ()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    profile: str = "rules"
    packs: tuple[str, ...] = field(default=("base",))
    version: str = "0.1.0"
    min_confidence: float = 0.0
    left_out: int = 0
