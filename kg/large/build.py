"""What comes after the documents when their facts do not fit in memory: join, check, write, one fact after the other.

In memory are the distinct entities, who is who, and the portion in hand; all else lies in `tables`, or in what is kept
for the next build (`state`). The bytes are those of a build in memory but for `graph.html`, which shows the best
connected entities only.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ontology.model import Fact

from .. import output
from ..processing.workers import process_in_order
from .checking import WORTH_A_WORKER, Told, encoded_blocks, portion_task, tell_facts
from .disk import RECENT, DiskBuild, key_of, line_of_entity, line_of_finding, name_of
from .portions import with_few_documents
from .state import LEFT_OUT, REFUSED, TOLD, GroupRow, age_key, copy_source, ends_of, source_of
from .tables import Table, by_key, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from extract.resolution.copies import Copy
    from extract.resolution.merge import EntityMerge
    from ontology.model import Corpus, Entity

    from ..settings import Settings
    from .portions import Portion
    from .results import Results
    from .state import State


class LargeBuild(DiskBuild):
    """A build of all documents."""

    def __init__(
        self, results: Results, state: State, out: Path, settings: Settings, *, version: str, jobs: int
    ) -> None:
        """Begin.

        Args:
            results: On disk.
            state: Begun; what is kept for the next build goes there.
            out: The output folder.
            settings: Packs, profile and least confidence.
            version: Version of the distribution.
            jobs: The most processes that work at once.
        """
        assert results.tables is not None
        self.documents = Table(results.tables, "documents")
        find_document = lru_cache(maxsize=RECENT)(lambda doc: self.documents.get(sort_key(doc)))
        self.entities: dict[str, Entity] = {}
        super().__init__(state, out, settings, version, lambda key: self.entities.get(key), find_document)
        self.results, self.jobs = results, jobs
        self.sure = Table(results.tables, "sure")
        self.blocks = Table(results.tables, "blocks")
        self.mentions = Table(results.tables, "mentions")
        self.called_for: set[str] = set()
        self.refused: set[str] = set()
        self.pieces = 0
        for finding in results.findings:
            state.add_finding(finding, b"")

    # --- resolve

    def resolve(self) -> None:
        """Join what the documents say, and keep it in the state."""
        from extract.resolution.background import background, is_known
        from extract.resolution.copies import copy_finding
        from extract.resolution.doubt import is_grounded, without_loose_statements
        from extract.resolution.merge import EntityMerge
        from extract.resolve import rename_facts, without_content

        least = self.settings.min_confidence
        naming = EntityMerge()
        found = self.take_in(naming)
        copies = {doc: original for doc, (original, _) in found.items()}
        for number, (group, numbers) in enumerate(naming.groups()):
            self.state.add_group(GroupRow(number, group, numbers, None))
        entities = list(map(self.without_mentions, naming.finish(self.known())))
        self.state.name_groups(naming.ids())
        for number, (record, place) in enumerate(self.results.items()):
            slim = without_content(record, copies)
            self.documents.add(sort_key(record.doc), slim)
            self.state.add_document(number, slim, *place)
            if record.doc in found:
                self.state.add_finding(copy_finding(record.doc, *found[record.doc]), copy_source(number))
            for finding in record.findings:
                self.state.add_finding(finding, source_of(number))
            for fact in rename_facts(record, naming.id_of):
                self.state.add_incoming(key_of(fact), number, fact)
        self.documents.index()
        stated: list[Fact] = []
        for group_of_facts in by_key(self.state.incoming()):
            fact, is_sure = self.joined(group_of_facts)
            if not is_sure:
                self.keep_fact(fact, LEFT_OUT)
                continue
            self.sure.add(b"", fact)
            self.pieces += len(fact.evidence)
            if fact.relation == "calledFor" and isinstance(fact.object, str):
                self.called_for.add(fact.object)
            if is_known(fact, self.known()):
                stated.append(Fact(fact.subject, fact.relation, fact.object))
        if least > 0.0:
            entities = without_loose_statements(
                entities, (Fact("", "calledFor", statement) for statement in self.called_for)
            )
            for fact in self.sure.values():
                if not is_grounded(fact, self.called_for):
                    self.keep_fact(fact, LEFT_OUT)
        parents, facts = background({entity.id for entity in entities}, stated, self.known())
        self.background = {key_of(fact): fact for fact in facts}
        self.entities = {entity.id: entity for entity in sorted([*entities, *parents], key=lambda e: e.id)}

    def take_in(self, naming: EntityMerge) -> dict[str, Copy]:
        """Go through the documents once: take in their entities, and return the copies among them."""
        from extract.resolution.copies import Sketches, age_of, copies_among

        assert self.results.tables is not None
        by_age = Table(self.results.tables, "ages")
        sketches = Sketches()
        for number, record in enumerate(self.results):
            naming.add(record.doc, record.entities)
            sketches.add(record.fingerprint)
            if record.fingerprint:
                by_age.add(age_key(age_of(record)), (record.doc, number, record.fingerprint))
        self.state.add_sketches(sketches.rows())
        may_resemble = sketches.find_resembling()
        del sketches
        found = copies_among(
            (doc, fingerprint) for _, (doc, number, fingerprint) in by_age.sorted() if may_resemble[number]
        )
        by_age.drop()
        return found

    def without_mentions(self, entity: Entity) -> Entity:
        """Keep the documents of an entity on disk, and return it with the first of them."""
        self.mentions.add(sort_key(entity.id), entity.docs)
        return with_few_documents(entity)

    def whole_entities(self) -> Iterator[Entity]:
        """Yield the entities with all their documents, in order."""
        mentions = self.mentions.sorted()
        for entity in self.entities.values():
            if not entity.docs:  # a gazetteer has it
                yield entity
                continue
            name = sort_key(entity.id)
            docs = next(docs for key, docs in mentions if key == name)
            yield replace(entity, docs=docs)

    def extracted(self) -> Iterator[Fact]:
        """Yield the facts of the texts that are not left out, in order."""
        from extract.resolution.doubt import is_grounded

        facts = self.sure.values()
        if self.settings.min_confidence > 0.0:
            facts = (fact for fact in facts if is_grounded(fact, self.called_for))
        return facts

    def facts(self) -> Iterator[Fact]:
        """Yield all facts, in order."""
        from extract.resolution.merge import fact_key

        return heapq.merge(self.extracted(), self.background.values(), key=fact_key)

    # --- validate

    def validate(self) -> None:
        """Hold the graph against the shapes in portions, each about some nodes and what they are linked to.

        What `facts.jsonl` and the graph say of the facts that are allowed comes with it, from the same process.
        """
        self.write_file(output.FACTS, self.fact_lines())
        self.check(self.portions.of_entities(self.entities.values()))
        self.check(self.portions.of_documents(self.documents.values()))
        self.tell_violations()
        self.keep_entities()
        self.state.index()

    def keep_entities(self) -> None:
        """Keep the entities, each with the number of its facts."""
        degrees: Counter[str] = Counter()
        select = "SELECT key, object IS NULL FROM facts WHERE fate != ? AND NOT is_background"
        for key, has_entity in self.state.rows(select, (LEFT_OUT,)):
            degrees.update(ends_of(key) if has_entity else ends_of(key)[:1])
        for entity in self.entities.values():
            self.keep_entity(entity, degrees[entity.id])

    def fact_lines(self) -> Iterator[bytes]:
        """Yield the lines of each portion of facts, and keep what the graph says of them."""
        jobs = min(self.jobs, self.pieces // WORTH_A_WORKER)
        for portion, result in process_in_order(self.fact_portions(), portion_task, jobs=jobs):
            told = Told.of(result)
            self.note(told.checked)
            self.refused.update(map(name_of, told.checked.refused))
            if not portion.is_last:
                continue
            lines, blocks = told.lines, told.blocks
            facts = portion.corpus.facts if portion.part_of is None else (portion.part_of,)
            allowed = [fact for fact in facts if not (self.refused and name_of(fact) in self.refused)]
            if portion.part_of is not None:
                said_in = {piece.doc for fact in allowed for piece in fact.evidence}
                records = filter(None, map(self.portions.find_document, said_in))
                lines, blocks = tell_facts(
                    allowed, {record.doc: record.copy_of for record in records if record.copy_of}
                )
            for fact in allowed:
                self.keep_fact(fact, TOLD)
            for fact in facts if len(allowed) < len(facts) else ():
                if name_of(fact) in self.refused:
                    self.keep_fact(fact, REFUSED)
            self.keep_blocks(blocks)
            yield lines

    def fact_portions(self) -> Iterator[tuple[Portion, tuple[Corpus, bool]]]:
        """Yield each portion of facts, and what a process needs for it."""
        for portion in self.portions.of_facts(self.facts()):
            yield portion, (portion.corpus, portion.part_of is None)

    def keep_blocks(self, blocks: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep what the graph says of some subjects until it is written in order."""
        for key, data in blocks:
            self.blocks.add_encoded(key, data)

    # --- write

    def write(self) -> None:
        """Write the graph from its sorted blocks, entities and findings."""
        from ontology.assertion import describe_document, describe_entity, describe_run
        from ontology.turtle import stream_turtle

        self.keep_blocks(encoded_blocks(describe_run(self.frame)))
        for record in self.documents.values():
            self.keep_blocks(encoded_blocks(describe_document(record)))
        for entity in self.whole_entities():
            self.keep_blocks(encoded_blocks(describe_entity(entity)))
        self.write_file(output.ENTITIES, map(line_of_entity, self.whole_entities()))
        self.write_file(output.GRAPH, stream_turtle(self.subjects()))
        self.write_file(output.FINDINGS, map(line_of_finding, self.state.findings()))
        self.count()

    def subjects(self) -> Iterator[tuple[str, set[tuple[str, str]]]]:
        """Yield each subject of the graph with all that is said of it."""
        for group in by_key(self.blocks.sorted()):
            pairs = {(predicate, obj) for _, pairs in group for predicate, obj in pairs}
            self.written.counts["triples"] += len(pairs)
            yield group[0][0], pairs
