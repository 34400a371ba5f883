"""What runs in the Python workers of a cluster: Arrow batches in, Arrow batches out, nothing kept but the pipeline.

Every row between two tasks is a kind, a key to group by, a place to sort by, and a value of `ontology.model` as bytes
(`kg.processing.records`); what leaves Spark has columns of its own (`SCHEMAS`).
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from ontology.iri import fact_id, observation_id
from ontology.model import DocumentRecord, Entity, Fact, Finding, Observation

from ..large.tables import Lookup, sort_key
from ..processing.batches import answer_batch
from ..processing.collector import keep_for_good
from ..processing.records import decode_result, decode_value, encode_result, encode_value

if TYPE_CHECKING:
    import pyarrow as pa

    from ontology.assertion import Row as Said
    from ontology.model import Corpus
    from ontology.validation import Violation

    from ..processing.workers import Processor
    from ..settings import Settings

Batches: TypeAlias = "Iterator[pa.RecordBatch]"

ROW = "kind string, key binary, place binary, value binary"
"""Schema of what goes from one task to the next."""
SCHEMAS = {
    "entities": (
        "id string, type string, subtype string, name string, names array<string>, docs array<string>, origin string, "
        "attributes map<string, array<string>>"
    ),
    "facts": (
        "doc string, fact string, subject string, relation string, object string, date_value string, observation "
        "struct<measure: string, value: double, factor: double, unit: string, comparison: string, period: string>, "
        "origin string, modality string, speaker string, confidence double, start long, end long, text string, "
        "rule string, date string, source string, place string"
    ),
    "findings": "code string, severity string, doc string, start long, end long, message string",
    "quads": "value string, is_named boolean",
}
"""Schemas of what is written: the fields of the JSON lines, and lines of N-Quads."""

RECORD, HEAD, ENTITY, FINDING, FACT, DROPPED, KNOWN, CALL, REFUSED, VIOLATION = (
    "record", "head", "entity", "finding", "fact", "dropped", "known", "call", "refused", "violation",
)  # fmt: skip
"""Kinds of rows: a document with all it gave; the document alone; an entity, a finding or a fact; of facts, how many
are below the least confidence, which of them the gazetteers know, and which statements are called for; what the shapes
refuse, and what they find wrong besides."""

LOOKUP = "lookup.sqlite"
ENTITIES, DOCUMENTS = "entities", "documents"
"""Name of the file that each machine of the cluster gets, and of the tables in it."""


class Row(NamedTuple):
    """A row between two tasks."""

    kind: str
    key: bytes
    place: bytes
    value: bytes


def key_bytes(key: tuple[str, ...]) -> bytes:
    """Return a key of entities as bytes, equal where the keys are."""
    return json.dumps(key).encode()


# --- from files to results


def read_files(batches: Batches) -> Batches:
    """Read planned files into texts; rows of `file` have a `PlannedFile` as JSON for their value."""
    from extract.read import PlannedFile, read_planned

    planned = []
    for row in _rows(batches):
        doc, path, is_found = json.loads(row.value)
        planned.append(PlannedFile(doc, "", path, is_found))
    # each file and text can be large, so none waits for a batch of them to be full
    for item in read_planned(planned):
        if isinstance(item, Finding):
            yield from _batches([finding_row(item)])
        else:
            yield from _batches([Row("text", b"", b"", encode_value(item))])


def answer_texts(batches: Batches, settings: Settings) -> Batches:
    """Make of each text its result, as the worker processes of one machine do, and take results apart."""
    process = _processor(settings)
    for batch in batches:
        rows = [Row(*row) for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)]
        yield from _batches(row for row in rows if row.kind == FINDING)
        texts = (row.value for row in rows if row.kind != FINDING)
        yield from _batches(row for data in answer_batch(process, texts) for row in _take_apart(data))


@functools.cache
def _processor(settings: Settings) -> Processor:
    """Load the pipeline, once in each Python worker."""
    from ..pipeline import document_processor

    process = document_processor(settings)
    keep_for_good()
    return process


def _take_apart(data: bytes) -> Iterator[Row]:
    from extract.resolution.merge import naming_key

    result = decode_result(data)
    if isinstance(result, Finding):
        yield finding_row(result)
        return
    doc = sort_key(result.doc)
    yield Row(RECORD, doc, b"", encode_result(dataclasses.replace(result, fingerprint=b"", findings=())))
    yield Row(HEAD, doc, b"", encode_result(dataclasses.replace(result, entities=(), facts=(), findings=())))
    for number, entity in enumerate(result.entities):
        value = encode_value((result.doc, number, entity))
        yield Row(ENTITY, key_bytes(naming_key(entity)), sort_key(result.doc, number), value)
    yield from map(finding_row, result.findings)


def finding_row(finding: Finding) -> Row:
    """Return a finding as a row, sorted as in `findings.jsonl`."""
    start, end = (0 if offset is None else offset + 1 for offset in (finding.start, finding.end))
    key = sort_key(finding.doc, start, end, finding.code, finding.message)
    return Row(FINDING, key, b"", encode_value(finding))


# --- resolution: groups of one key


def group_entities(batches: Batches) -> Batches:
    """Make one group of the entities of each key; rows come sorted by key and place."""
    from extract.resolution.merge import group_entities as group

    for key, rows in itertools.groupby(_rows(batches), key=lambda row: row.key):
        found = group(tuple(json.loads(key)), (decode_value(row.value) for row in rows))
        value = encode_value(tuple(getattr(found, field.name) for field in dataclasses.fields(found)))
        yield from _batches([Row(ENTITY, key, b"", value)])


def state_facts(batches: Batches, ids: dict[bytes, str]) -> Batches:
    """Yield the facts of each document with the ids of the corpus.

    Args:
        batches: Rows of `RECORD`.
        ids: For each key whose entities have another id in the corpus than in a document, that id.
    """
    from extract.resolution.merge import fact_key, naming_key
    from extract.resolve import rename_facts

    def id_of(entity: Entity) -> str:
        return ids.get(key_bytes(naming_key(entity)), entity.id) if ids else entity.id

    def facts() -> Iterator[Row]:
        for row in _rows(batches):
            record = decode_result(row.value)
            assert isinstance(record, DocumentRecord)
            for number, fact in enumerate(rename_facts(record, id_of)):
                yield Row(FACT, sort_key(*fact_key(fact)), sort_key(record.doc, number), encode_value(fact))

    yield from _batches(facts())


def join_facts(batches: Batches, settings: Settings) -> Batches:
    """Make one fact of those of each key, with all its evidence; rows come sorted by key and place."""
    from extract.resolution.background import is_known
    from extract.resolution.doubt import with_sure_evidence
    from extract.resolution.knowledge import gazetteer
    from extract.resolution.merge import join_facts as join

    least, known = settings.min_confidence, gazetteer(settings.packs)

    def joined() -> Iterator[Row]:
        for key, rows in itertools.groupby(_rows(batches), key=lambda row: row.key):
            (fact,) = join(decode_value(row.value) for row in rows)
            sure = with_sure_evidence(fact, least) if least > 0.0 else fact
            if sure is None:
                yield Row(DROPPED, b"", b"", b"")
                continue
            yield Row(FACT, key, b"", encode_value(sure))
            if least > 0.0 and sure.relation == "calledFor" and isinstance(sure.object, str):
                yield Row(CALL, b"", b"", sure.object.encode())
            if is_known(sure, known):
                yield Row(KNOWN, b"", b"", encode_value(dataclasses.replace(sure, evidence=())))

    yield from _batches(joined())


def ground_facts(batches: Batches, called_for: frozenset[str]) -> Batches:
    """Leave out facts about statements that nobody calls for any more."""
    from extract.resolution.doubt import is_grounded

    yield from _batches(
        row if is_grounded(decode_value(row.value), called_for) else Row(DROPPED, b"", b"", b"")
        for row in _rows(batches)
    )


# --- shapes


def check_facts(batches: Batches, frame: Corpus) -> Batches:
    """Hold facts against the shapes, with their ends and documents."""
    from ..large.checking import check_portion

    portions = _portions(frame)
    for portion in portions.of_facts(decode_value(row.value) for row in _rows(batches)):
        checked = check_portion(portion.corpus)
        yield from _batches(Row(REFUSED, b"", b"", _name(fact).encode()) for fact in checked.refused)
        yield from _batches(map(finding_row, checked.findings))
        yield from _violations(checked.violations)


def check_entities(batches: Batches, frame: Corpus) -> Batches:
    """Hold entities against the shapes."""
    from ..large.checking import check_portion

    for corpus in _portions(frame).of_entities(decode_value(row.value) for row in _rows(batches)):
        yield from _violations(check_portion(corpus).violations)


def check_documents(batches: Batches, frame: Corpus) -> Batches:
    """Hold documents against the shapes."""
    from ..large.checking import check_portion

    for corpus in _portions(frame).of_documents(_documents(batches)):
        yield from _violations(check_portion(corpus).violations)


def _violations(violations: Iterable[Violation]) -> Batches:
    yield from _batches(Row(VIOLATION, b"", b"", encode_value(dataclasses.astuple(found))) for found in violations)


def _portions(frame: Corpus) -> Any:
    from ..large.portions import Portions

    lookup = _lookup()
    return Portions(
        frame,
        lambda key: lookup.get(ENTITIES, sort_key(key)),
        lambda doc: lookup.get(DOCUMENTS, sort_key(doc)),
    )


def _documents(batches: Batches) -> Iterator[DocumentRecord]:
    """Yield documents as a corpus has them: with what they are copies of."""
    lookup = _lookup()
    for row in _rows(batches):
        yield lookup.get(DOCUMENTS, row.key)


def _lookup() -> Lookup:
    from pyspark import SparkFiles

    return Lookup(Path(SparkFiles.get(LOOKUP)))


# --- what is written


def write_facts(batches: Batches, schema: pa.Schema, refused: frozenset[str]) -> Batches:
    """Yield the lines of `facts.jsonl` as columns."""
    from .. import output

    def records() -> Iterator[output.Record]:
        for fact in _allowed(batches, refused):
            for record in output.fact_records(fact):
                value = record.pop("object")
                is_date = isinstance(value, dict) and "measure" not in value
                yield {
                    **record,
                    "object": value if isinstance(value, str) else None,
                    "date_value": value["value"] if is_date else None,
                    "observation": value if isinstance(value, dict) and not is_date else None,
                }

    yield from _records(records(), schema)


def write_entities(batches: Batches, schema: pa.Schema) -> Batches:
    """Yield the lines of `entities.jsonl` as columns."""
    from .. import output

    records = (output.entity_record(decode_value(row.value)) for row in _rows(batches))
    yield from _records(({**r, "attributes": list(r["attributes"].items())} for r in records), schema)


def write_findings(batches: Batches, schema: pa.Schema) -> Batches:
    """Yield the lines of `findings.jsonl` as columns."""
    from .. import output

    yield from _records((output.finding_record(decode_value(row.value)) for row in _rows(batches)), schema)


def quads_of_facts(batches: Batches, schema: pa.Schema, refused: frozenset[str]) -> Batches:
    """Yield what the graph says of facts and their evidence, as N-Quads; not of what was measured."""
    from ontology.assertion import describe_facts

    documents = _lookup()

    def said() -> Iterator[Iterable[Said]]:
        for fact in _allowed(batches, refused):
            found = (documents.get(DOCUMENTS, sort_key(doc)) for doc in {piece.doc for piece in fact.evidence})
            copies = {record.doc: record.copy_of for record in found if record is not None and record.copy_of}
            node = _observation(fact)
            yield [row for row in describe_facts((fact,), copies) if row[0] != node]

    yield from _quads(said(), schema)


def quads_of_observations(batches: Batches, schema: pa.Schema, refused: frozenset[str]) -> Batches:
    """Yield what the graph says of observations, as N-Quads; one that several facts state comes with each of them."""
    from ontology.assertion import describe_facts

    def said() -> Iterator[Iterable[Said]]:
        for fact in _allowed(batches, refused):
            if node := _observation(fact):
                yield [row for row in describe_facts((fact,), {}) if row[0] == node]

    yield from _quads(said(), schema)


def _observation(fact: Fact) -> str:
    """Return the node of what a fact states to be measured, or an empty string."""
    return observation_id(fact.subject, fact.object) if isinstance(fact.object, Observation) else ""


def quads_of_entities(batches: Batches, schema: pa.Schema) -> Batches:
    """Yield what the graph says of entities, as N-Quads."""
    from ontology.assertion import describe_entity

    yield from _quads((describe_entity(decode_value(row.value)) for row in _rows(batches)), schema)


def quads_of_documents(batches: Batches, schema: pa.Schema) -> Batches:
    """Yield what the graph says of documents, as N-Quads."""
    from ontology.assertion import describe_document

    yield from _quads(map(describe_document, _documents(batches)), schema)


def _allowed(batches: Batches, refused: frozenset[str]) -> Iterator[Fact]:
    facts = (decode_value(row.value) for row in _rows(batches))
    return (fact for fact in facts if not refused or _name(fact) not in refused)


def _quads(groups: Iterable[Iterable[Said]], schema: pa.Schema) -> Batches:
    from ontology.assertion import expand_rows

    from ..exporting.datasets import quads_of

    lines = (
        {"value": line, "is_named": is_named}
        for said in groups
        for line, is_named in sorted(
            (f"{quad} .", not str(quad.graph_name).startswith("DEFAULT")) for quad in quads_of(expand_rows(said))
        )
    )
    yield from _records(lines, schema)


def _name(fact: Fact) -> str:
    return fact_id(fact.subject, fact.relation, fact.object)


# --- Arrow


def _rows(batches: Batches) -> Iterator[Row]:
    for batch in batches:
        yield from map(Row._make, zip(*(column.to_pylist() for column in batch.columns), strict=True))


def _batches(rows: Iterable[Row]) -> Batches:
    """Yield rows in batches of some megabytes at most."""
    import pyarrow as pa

    types = (pa.string(), pa.binary(), pa.binary(), pa.binary())
    for some in _some(rows):
        columns = zip(*some, strict=True)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, names=list(Row._fields))


def _records(records: Iterable[dict[str, Any]], schema: pa.Schema) -> Batches:
    import pyarrow as pa

    for some in _some(records):
        yield pa.RecordBatch.from_pylist(list(some), schema)


def _some(values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    remaining = iter(values)
    while some := tuple(itertools.islice(remaining, 1000)):
        yield some
