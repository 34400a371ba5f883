"""The order of a build on Spark: tasks on the cluster, and between them what only one place can know.

Global are the names (which keys are one thing, one value for each distinct entity), the copies (a kilobyte for each
document), what the gazetteers add, and the file that executors look entities and documents up in.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.errors import JiqunError, ServiceError, UsageError
from ontology.model import Corpus, Entity, Fact, Finding

from .. import output
from ..large.tables import Table, Tables, sort_key
from ..processing.records import decode_value, encode_value
from ..refusal import violation_finding
from ..tally import Tally
from . import tasks
from .session import open_session

if TYPE_CHECKING:
    from pyspark import Broadcast
    from pyspark.sql import DataFrame, SparkSession

    from extract.resolution.merge import EntityMerge
    from ontology.validation import Violation

    from ..settings import Settings

ENTITIES, FACTS, FINDINGS, QUADS = output.FOLDERS
WORTH_A_TASK = 200
"""Documents: a task for fewer costs more than it does."""

_Task: TypeAlias = "Callable[[tasks.Batches], tasks.Batches]"
_Writer: TypeAlias = "Callable[..., tasks.Batches]"


@dataclass(frozen=True, slots=True)
class Built:
    """What was written, before it is put in its place.

    Attributes:
        folders: For each name of `output.FOLDERS` where it is.
        counts: As in the manifest.
        digests: SHA-256 of each file.
        tally: What the build came to.
        violations: What the shapes found wrong, refused facts aside.
    """

    folders: dict[str, Path]
    counts: dict[str, int]
    digests: dict[str, str]
    tally: Tally
    violations: tuple[Violation, ...]


def build_on_spark(
    inputs: Sequence[Path],
    work: Path,
    settings: Settings,
    *,
    master: str,
    version: str,
    stage: Callable[[str], AbstractContextManager[None]],
) -> Built:
    """Take a corpus from its files to folders that wait to be renamed.

    Args:
        inputs: Files or folders, seen by all machines of the cluster under the same path; so is `work`.
        work: Folder to write into, inside the output folder.
        settings: Packs, profile and least confidence.
        master: Where Spark runs.
        version: Version of the distribution.
        stage: Times what happens inside as a stage.

    Raises:
        ServiceError: The cluster fails.
        JiqunError: What a task raised on purpose, such as a pack that is wrong.
    """
    with open_session(master) as session, Tables(output.temporary_path(work, tasks.LOOKUP)) as tables:
        try:
            return _SparkBuild(session, tables, work, settings, version, stage).run(inputs)
        except JiqunError:
            raise
        except Exception as error:
            raise _what_failed(error, master) from error


class _SparkBuild:
    def __init__(
        self,
        session: SparkSession,
        tables: Tables,
        work: Path,
        settings: Settings,
        version: str,
        stage: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self.session, self.work, self.settings, self.stage = session, work, settings, stage
        self.frame = Corpus(
            profile=settings.profile, packs=settings.packs, version=version, min_confidence=settings.min_confidence
        )
        self.tables = tables
        self.partitions = session.sparkContext.defaultParallelism
        self.findings: list[Finding] = []
        self.violations: list[Violation] = []
        self.counts: dict[str, int] = {}

    def run(self, inputs: Sequence[Path]) -> Built:
        with self.stage("read"):
            results = self.process(inputs)
        with self.stage("resolve"):
            documents = self.look_up_copies(results)
            entities, facts = self.resolve(results, documents)
        with self.stage("validate"):
            refused = self.validate(results, entities, facts)
        with self.stage("write"):
            return self.write(results, entities, facts, refused)

    # --- read

    def process(self, inputs: Sequence[Path]) -> DataFrame:
        """Return the results of all documents, taken apart, on the disks of the cluster."""
        from extract.read import plan_documents

        rows: list[tasks.Row] = []
        for item in plan_documents(inputs):
            if isinstance(item, Finding):
                self.findings.append(item)
                continue
            if str(item.path) == "-":
                raise UsageError("Spark reads no standard input.", hint="give files or folders, or leave --engine out")
            planned = json.dumps((item.doc, str(item.path.resolve()), item.is_found)).encode()
            rows.append(tasks.Row("file", b"", b"", planned))
        self.partitions = max(self.partitions, len(rows) // WORTH_A_TASK)
        self.session.conf.set("spark.sql.shuffle.partitions", str(self.partitions))
        settings = self.settings
        texts = self.map(self.frame_of(rows), tasks.read_files).repartition(self.partitions)
        return self.map(texts, lambda batches: tasks.answer_texts(batches, settings)).persist(_on_disk())

    # --- resolve

    def look_up_copies(self, results: DataFrame) -> list[str]:
        """Find the copies, put all documents where executors look them up, and return their names, sorted."""
        from extract.resolution.copies import find_copies
        from extract.resolve import without_content

        heads = Table(self.tables, "heads")
        for row in _stream(results.where("kind = 'head'")):
            heads.add(row.key, decode_value(row.value))
        copies, findings = find_copies(head for _, head in heads.sorted())
        self.findings += findings
        documents = Table(self.tables, tasks.DOCUMENTS)
        names: list[str] = []
        for key, head in heads.sorted():
            if names and names[-1] == head.doc:
                raise UsageError(
                    f"Two documents have the same name {head.doc!r}.",
                    hint="give their common parent folder as INPUT, so that their paths differ",
                )
            names.append(head.doc)
            documents.add(key, without_content(head, copies))
        heads.drop()
        documents.index()
        return names

    def resolve(self, results: DataFrame, documents: list[str]) -> tuple[list[Entity], DataFrame]:
        """Return the entities of the corpus, and its facts on the disks of the cluster, sorted."""
        from extract.resolution.background import background
        from extract.resolution.doubt import without_loose_statements
        from extract.resolution.knowledge import gazetteer
        from extract.resolution.merge import EntityGroup, EntityMerge, fact_key

        settings = self.settings
        naming = EntityMerge()
        grouped = self.map(self.by_key(results, tasks.ENTITY), tasks.group_entities)
        groups = [EntityGroup(*decode_value(row.value)) for row in _stream(grouped)]
        naming.add_groups(documents, groups)
        known = gazetteer(settings.packs)
        entities = naming.finish(known)
        ids = self.share(_other_ids(naming, groups))
        groups.clear()
        stated = self.map(results.where("kind = 'record'"), lambda batches: tasks.state_facts(batches, ids.value))
        everything = self.map(self.by_key(stated, tasks.FACT), lambda batches: tasks.join_facts(batches, settings))
        everything = everything.persist(_on_disk())
        dropped = everything.where("kind = 'dropped'").count()
        facts = everything.where("kind = 'fact'")
        if settings.min_confidence > 0.0:
            called_for = frozenset(row.value.decode() for row in _stream(everything.where("kind = 'call'")))
            entities = without_loose_statements(entities, (Fact("", "calledFor", name) for name in called_for))
            shared = self.share(called_for)
            grounded = self.map(facts, lambda batches: tasks.ground_facts(batches, shared.value)).persist(_on_disk())
            dropped += grounded.where("kind = 'dropped'").count()
            facts = grounded.where("kind = 'fact'")
        known_facts = [decode_value(row.value) for row in _stream(everything.where("kind = 'known'"))]
        parents, added = background({entity.id for entity in entities}, known_facts, known)
        rows = (tasks.Row(tasks.FACT, sort_key(*fact_key(fact)), b"", encode_value(fact)) for fact in added)
        entities = sorted([*entities, *parents], key=lambda entity: entity.id)
        table = Table(self.tables, tasks.ENTITIES)
        for entity in entities:
            table.add(sort_key(entity.id), replace(entity, docs=()))
        table.index()
        self.counts |= {"documents": len(documents), "entities": len(entities), "left_out": dropped}
        return entities, facts.union(self.frame_of(rows)).sort("key").persist(_on_disk())

    # --- validate

    def validate(self, results: DataFrame, entities: list[Entity], facts: DataFrame) -> Broadcast[frozenset[str]]:
        """Hold the graph against the shapes in portions; return the names of the facts that they refuse."""
        from ontology.validation import Violation

        lookup = self.work / tasks.LOOKUP
        self.tables.copy_to(lookup)
        self.session.sparkContext.addFile(str(lookup))
        frame = self.frame
        checked = self.map(facts, lambda batches: tasks.check_facts(batches, frame))
        checked = checked.union(self.map(self.entity_rows(entities), lambda b: tasks.check_entities(b, frame)))
        heads = results.where("kind = 'head'")
        checked = checked.union(self.map(heads, lambda batches: tasks.check_documents(batches, frame)))
        refused: set[str] = set()
        violations: set[Violation] = set()
        for row in _stream(checked):
            if row.kind == tasks.REFUSED:
                refused.add(row.value.decode())
            elif row.kind == tasks.VIOLATION:
                violations.add(Violation(*decode_value(row.value)))
            else:
                self.findings.append(decode_value(row.value))
        self.violations = sorted(violations)
        self.findings += map(violation_finding, self.violations)
        return self.share(frozenset(refused))

    # --- write

    def write(
        self, results: DataFrame, entities: list[Entity], facts: DataFrame, refused: Broadcast[frozenset[str]]
    ) -> Built:
        """Write Parquet and N-Quads, and count what is written."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as f

        from ontology.assertion import describe_run, expand_rows

        from ..exporting.datasets import quads_of

        rows = self.entity_rows(entities)
        heads = results.where("kind = 'head'").sort("key")
        self.keep(self.map_to("entities", rows, tasks.write_entities), ENTITIES)
        self.keep(self.map_to("facts", facts, tasks.write_facts, refused), FACTS)
        found = results.where("kind = 'finding'").union(self.frame_of(map(tasks.finding_row, self.findings)))
        self.keep(self.map_to("findings", found.sort("key"), tasks.write_findings), FINDINGS)
        run = [(f"{quad} .", False) for quad in quads_of(expand_rows(describe_run(self.frame)))]
        quads = self.session.createDataFrame(run, tasks.SCHEMAS["quads"])
        quads = quads.union(self.map_to("quads", heads, tasks.quads_of_documents))
        quads = quads.union(self.map_to("quads", rows, tasks.quads_of_entities))
        quads = quads.union(self.map_to("quads", facts, tasks.quads_of_facts, refused))
        measured = self.map_to("quads", facts, tasks.quads_of_observations, refused)
        quads = quads.union(measured.distinct().sort("value"))  # two relations may state the same of one thing
        counted = Observation("quads")
        quads = quads.observe(counted, f.count_if(~f.col("is_named")).alias("triples"))
        quads.select("value").write.text(self.address(QUADS))
        self.counts["triples"] = counted.get["triples"]
        tally = self.count(entities)
        digests: dict[str, str] = {}
        for name in output.FOLDERS:
            digests |= _tidy(self.work / name, name)
        return Built(
            {name: self.work / name for name in output.FOLDERS}, self.counts, digests, tally, tuple(self.violations)
        )

    def keep(self, frame: DataFrame, name: str) -> None:
        frame.write.parquet(self.address(name))

    def address(self, name: str) -> str:
        return (self.work / name).resolve().as_uri()

    def count(self, entities: Iterable[Entity]) -> Tally:
        """Count what was written."""
        from pyspark.sql import functions as f

        tally = Tally(left_out=self.counts["left_out"])
        for entity in entities:
            tally.count_entity(entity)
        rows = self.session.read.parquet(self.address(FACTS))
        is_passage = f.col("doc") != ""  # what has no evidence has no document
        is_shown = is_passage & (f.col("text") != "") & (f.col("start") < f.col("end"))
        is_bare = ~f.coalesce(
            f.when((rows.origin == "extracted") | is_passage, is_shown).otherwise(rows.source != ""), f.lit(False)
        )
        facts = rows.groupBy("relation", "origin").agg(
            f.count_distinct("fact").alias("facts"),
            f.count_if(is_passage).alias("evidence"),
            f.count_distinct(f.when(is_bare, rows.fact)).alias("bare"),
        )
        self.counts |= {"facts": 0, "evidence": 0}
        for row in facts.collect():
            self.counts["facts"] += row.facts
            self.counts["evidence"] += row.evidence
            tally.evidenced += row.facts - row.bare
            if row.origin == "extracted":
                tally.relations[row.relation] += row.facts
            else:
                tally.known_facts += row.facts
        findings = self.session.read.parquet(self.address(FINDINGS))
        for row in findings.groupBy("severity", "code").count().collect():
            tally.findings[row["severity"], row["code"]] += row["count"]
        for row in findings.where("severity = 'error'").sort("doc", "start", "end", "code", "message").collect():
            tally.lost.append(Finding(row.code, row.severity, row.doc, row.start, row.end, row.message))
        self.counts |= {"lost": len(tally.lost), "findings": sum(tally.findings.values())}
        self.counts |= {"violations": len(self.violations)}
        return tally

    # --- frames

    def map(self, frame: DataFrame, task: _Task) -> DataFrame:
        """Run a task over the batches of each partition, for the next task."""
        return frame.mapInArrow(task, tasks.ROW)

    def map_to(
        self, name: str, frame: DataFrame, task: Callable[..., tasks.Batches], *more: Broadcast[Any]
    ) -> DataFrame:
        """Run a task over the batches of each partition, for what is written under a schema of that name."""
        schema = self.session.createDataFrame([], tasks.SCHEMAS[name]).toArrow().schema

        def work(batches: tasks.Batches) -> tasks.Batches:
            return task(batches, schema, *(shared.value for shared in more))

        return frame.mapInArrow(work, tasks.SCHEMAS[name])

    def by_key(self, frame: DataFrame, kind: str) -> DataFrame:
        """Bring the rows of each key together, sorted by place."""
        rows = frame.where(frame.kind == kind)
        return rows.repartition(self.partitions, "key").sortWithinPartitions("key", "place")

    def frame_of(self, rows: Iterable[tasks.Row]) -> DataFrame:
        """Hand rows to the cluster."""
        return self.session.createDataFrame(list(map(tuple, rows)), tasks.ROW).repartition(self.partitions)

    def entity_rows(self, entities: Iterable[Entity]) -> DataFrame:
        """Hand entities to the cluster, sorted."""
        rows = (tasks.Row(tasks.ENTITY, sort_key(entity.id), b"", encode_value(entity)) for entity in entities)
        return self.frame_of(rows).sort("key")

    def share(self, value: Any) -> Any:
        """Hand a value to each task."""
        return self.session.sparkContext.broadcast(value)


def _other_ids(naming: EntityMerge, groups: Iterable[Any]) -> dict[bytes, str]:
    """Return the id in the corpus for each key whose entities have another one in some document."""
    found = ((group, naming.id_of_group(group)) for group in groups)
    return {tasks.key_bytes(group.key): new for group, new in found if any(old != new for old in group.ids)}


def _stream(frame: DataFrame) -> Iterator[Any]:
    """Yield the rows of a frame, a partition at a time."""
    yield from frame.toLocalIterator(prefetchPartitions=True)


def _on_disk() -> Any:
    from pyspark import StorageLevel

    return StorageLevel.DISK_ONLY


def _tidy(folder: Path, name: str) -> dict[str, str]:
    """Give the files that Spark wrote plain names, remove its own, and return their digests."""
    digests = {}
    numbers = itertools.count()
    suffix = Path(name).suffix
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("part-") or path.stat().st_size == 0:
            path.unlink()
            continue
        new = path.rename(folder / f"part-{next(numbers):05}{suffix}")
        with new.open("rb") as handle:
            digests[f"{name}/{new.name}"] = hashlib.file_digest(handle, "sha256").hexdigest()
    return digests


def _what_failed(error: Exception, master: str) -> Exception:
    """Return what to tell of a task that failed."""
    text = str(error)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    ours = [line for line in lines if line.startswith("ontology.errors.")]
    said = (ours or [line for line in lines if "Error" in line.split(":")[0]] or lines or [type(error).__name__])[-1]
    return ServiceError(
        f"The build on Spark at {master} failed: {said.removeprefix('ontology.errors.')[:300]}",
        hint="KG_DEBUG=1 shows the rest; a machine that ran out of memory needs fewer cores or more memory for Python",
    )
