"""What comes after the documents when an earlier build on disk kept what it knew: only what has changed is made anew.

The bytes are those of a build of all documents. What changes is found from the documents that came, went or have
another text: the names that they use, the facts that these or documents with another name for the same thing state, the
entities, passages and lines that say so. These are put in their places in the sorted files.
"""

from __future__ import annotations

import itertools
import json
from array import array
from collections import Counter, defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from extract.resolution.background import background, is_known
from extract.resolution.copies import copy_finding, renew_copies, row_of
from extract.resolution.doubt import is_grounded
from extract.resolution.merge import group_entities, naming_key, united_group
from extract.resolve import rename_facts, without_content
from ontology.assertion import (
    describe_document,
    describe_entity,
    describe_facts,
    describe_run,
    group_rows,
    plain_row,
)
from ontology.iri import document_id
from ontology.model import DocumentRecord, Entity, Fact, Finding
from ontology.turtle import change_objects, count_pairs, curie_token, subject_order, write_subject

from .. import output
from .checking import check_portion
from .disk import RECENT, DiskBuild, key_of, line_of_entity, line_of_finding, name_of
from .kept_copies import KeptCopies
from .kept_names import KeptNames
from .patching import open_entities, open_facts, open_findings, open_turtle
from .portions import with_few_documents
from .state import LEFT_OUT, REFUSED, TOLD, GroupRow, Stale, copy_source, finding_key, source_of
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from extract.resolution.merge import EntityGroup, Key

    from ..output import Manifest
    from ..processing.cache import DocumentCache
    from ..settings import Settings
    from .results import Results
    from .state import FactRow, State

WORTH_IT = 4
"""Where more than one in so many documents went or has another text, all is made anew."""
MOST = 64 << 20
"""Bytes of the results of documents that came or have another text, beyond which all is made anew."""
LOOKED_THROUGH = 200
"""Documents that are looked through for one that still uses a name which another one does not use any more."""
_SAID = ("periods", "titles", "names", "lasting", "attributes")
"""What a group of entities has from all documents together."""


class Update(DiskBuild):
    """A build of what has changed since the last one."""

    def __init__(
        self,
        results: Results,
        state: State,
        cache: DocumentCache,
        out: Path,
        settings: Settings,
        *,
        version: str,
        last: Manifest,
    ) -> None:
        """Begin.

        Args:
            results: Of the documents that are not as they were.
            state: What the last build kept; it knows which documents are as they were (`State.see`).
            cache: Has what was made of all the others.
            out: The output folder, with the files of the last build.
            settings: Packs, profile and least confidence.
            version: Version of the distribution.
            last: What the last build wrote.
        """
        self.find_entity = lru_cache(maxsize=RECENT)(state.entity)
        super().__init__(state, out, settings, version, self.find_entity, lru_cache(maxsize=RECENT)(state.document))
        self.results, self.cache, self.last = results, cache, last
        self.find_record = lru_cache(maxsize=LOOKED_THROUGH)(self.read_record)
        self.find_said = lru_cache(maxsize=LOOKED_THROUGH)(lambda number: _said_of(self.find_record(number)))
        self.old: dict[int, DocumentRecord] = {}
        self.new: dict[int, DocumentRecord] = {}
        self.places: dict[int, tuple[str, int, str]] = {}
        self.said_before: dict[int, dict[Key, EntityGroup]] = {}
        self.said_now: dict[int, dict[Key, EntityGroup]] = {}
        self.names: dict[int, str] = {}
        self.kept = KeptNames(state, self.names, self.known())
        self.was: dict[bytes, Fact] = {}
        self.becomes: dict[bytes, Fact] = {}
        self.other_documents: set[str] = set()
        self.other_entities: set[str] = set()
        self.other_findings: set[bytes] = set()
        self.entities: dict[str, Entity | None] = {}
        self.lines: dict[bytes, bytes] = {}
        self.degrees: Counter[str] = Counter()
        self.copies: dict[str, str] = {}

    def read_record(self, number: int) -> DocumentRecord:
        """Return all that was made of a document of the last build."""
        (entry,) = self.state.row("SELECT entry FROM documents WHERE number = ?", (number,)) or ("",)
        record = self.cache.find(entry)
        if not isinstance(record, DocumentRecord):
            raise Stale("the cache does not have all documents any more")
        return record

    # --- resolve

    def resolve(self) -> None:
        """Bring the state up to the documents, and note which facts were told and which are to be."""
        self.find_changes()
        retold = self.renew_documents()
        self.regroup()
        self.kept.join()
        self.renew_facts(self.kept.renamed(), retold)
        said_in = {piece.doc for fact in self.becomes.values() for piece in fact.evidence}
        self.copies = {doc: original for doc in said_in if (original := self.state.original_of(doc))}

    def find_changes(self) -> None:
        """Note which documents came, went or have another text."""
        unseen = self.state.unseen()
        self.names.update(self.state.names())
        if self.results.bytes > MOST or WORTH_IT * len(unseen) > len(self.names):
            raise Stale("too much has changed")
        numbers = {name: number for number, name in self.names.items()}
        next_number = max(self.names, default=-1) + 1
        for record, place in self.results.items():
            number = numbers.get(record.doc, next_number)
            next_number += number == next_number
            self.new[number], self.places[number] = record, place
        self.old = {number: self.read_record(number) for number in sorted(unseen)}
        self.said_before = {number: _said_of(record) for number, record in self.old.items()}
        self.said_now = {number: _said_of(record) for number, record in self.new.items()}
        for number in self.old:
            self.names.pop(number)
        self.names.update((number, record.doc) for number, record in self.new.items())

    def renew_documents(self) -> set[int]:
        """Put the documents in the state, and find the copies among them; return those that have another original."""
        known = KeptCopies(self.state, self.new)
        again = {copy for number in self.old for copy in known.copies_of(number)}.difference(self.old)
        for number, record in self.old.items():
            self.state.change("DELETE FROM documents WHERE number = ?", (number,))
            for source in (source_of(number), copy_source(number)):
                self.drop_findings(source)
            self.other_documents.add(record.doc)
        for number, record in self.new.items():
            self.state.add_document(number, without_content(record, {}), *self.places[number])
            for finding in record.findings:
                self.add_finding(finding, source_of(number))
            self.other_documents.add(record.doc)
        rows = {number: row_of(b"") for number in self.old}
        self.state.set_sketches(rows | {number: row_of(record.fingerprint) for number, record in self.new.items()})
        again.update(number for number, record in self.new.items() if record.fingerprint)
        retold = set()
        for number, (original, shared) in renew_copies(again, known).items():
            if self.renew_copy(number, "" if original == number else self.names[original], shared):
                retold.add(number)
        self.drop_findings(b"")
        for finding in self.results.findings:
            self.add_finding(finding, b"")
        return retold

    def renew_copy(self, number: int, original: str, shared: float) -> bool:
        """Say what a document is a copy of, or that it is none; tell whether that is something else than before."""
        doc = self.names[number]
        self.drop_findings(copy_source(number))
        if original:
            self.add_finding(copy_finding(doc, original, shared), copy_source(number))
        record = self.state.document(doc)
        assert record is not None
        if record.copy_of == original:
            return False
        self.state.set_document(replace(record, copy_of=original))
        self.other_documents.add(doc)
        return True

    def regroup(self) -> None:
        """Bring the groups of entities up to what the documents say."""
        touched: dict[Key, set[int]] = defaultdict(set)
        for number in self.old.keys() | self.new.keys():
            before, after = self.said_before.get(number, {}), self.said_now.get(number, {})
            for key in before.keys() | after.keys():
                if before.get(key) != after.get(key):
                    touched[key].add(number)
        for key, numbers in touched.items():
            self.renew_group(key, numbers)
        for record in (*self.old.values(), *self.new.values()):
            for entity in record.entities:
                if entity.type == "Statement":  # which may be called for no more, or only now
                    self.kept.look_at(naming_key(entity))

    def renew_group(self, key: Key, numbers: Collection[int]) -> None:
        """Bring the entities of a key up to what some documents say of them now."""
        row = self.state.group(key)
        group = row.group if row is not None else None
        mentions = set(row.documents if row is not None else ()).difference(numbers)
        now = {number: self.said_now[number][key] for number in numbers if key in self.said_now.get(number, ())}
        mentions.update(now)
        if not mentions:
            self.kept.change(row, None)
            return
        if group is not None:
            before = (self.said_before[number].get(key) for number in numbers if number in self.said_before)
            dropped = {pair for said in before for pair in _said(said)}
            dropped -= {pair for said in now.values() for pair in _said(said)}
            group = _without(group, self.not_said(key, dropped, mentions.difference(numbers)))
        for said in now.values():
            group = said if group is None else united_group(group, said)
        assert group is not None
        first = self.said_in(min(mentions, key=self.names.__getitem__))[key].first
        group = replace(group, first=first)
        number, entity_id = (row.number, row.id) if row is not None else (self.kept.next_number(), None)
        self.kept.change(row, GroupRow(number, group, array("I", sorted(mentions)), entity_id))

    def not_said(self, key: Key, dropped: set[_Pair], others: Collection[int]) -> set[_Pair]:
        """Return what is said of the entities of a key by none of some documents."""
        left = set(dropped)
        for looked_through, number in enumerate(sorted(others)):
            if not left:
                break
            if looked_through == LOOKED_THROUGH:
                raise Stale("too many documents would have to be looked through")
            left -= set(_said(self.said_in(number).get(key)))
        return left

    def record_of(self, number: int) -> DocumentRecord:
        """Return all that was made of a document."""
        return self.new[number] if number in self.new else self.find_record(number)

    def said_in(self, number: int) -> Mapping[Key, EntityGroup]:
        """Return what a document that is there says of the entities of each key."""
        return self.said_now[number] if number in self.said_now else self.find_said(number)

    def renew_facts(self, renamed: Collection[int], retold: Collection[int]) -> None:
        """Bring the facts up to what the documents state.

        Args:
            renamed: Documents in which a thing is called otherwise.
            retold: Documents that are or were a copy.
        """
        touched = {*self.old, *self.new, *renamed}
        keys = {key for number in touched.union(retold) for key in self.state.keys_of(number)}
        stated = [
            (key_of(fact), number, fact)
            for number in sorted(touched)
            if number in self.names
            for fact in rename_facts(self.record_of(number), self.kept.id_of)
        ]
        keys |= {key for key, _, _ in stated}
        if self.settings.min_confidence > 0.0:
            keys |= self.about_calls(keys)
        for key in keys:
            if any(row.fate == TOLD and not row.is_background for row in self.state.fact_rows(key)):
                self.was[key] = self.joined(self.state.incoming_of(key))[0]
        for number in touched:
            self.state.change("DELETE FROM incoming WHERE document = ?", (number,))
        for key, number, fact in stated:
            self.state.add_incoming(key, number, fact)
        self.settle(keys)

    def about_calls(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return the keys of what statements are about that some facts call for."""
        statements = {obj for _, relation, obj in (key.split(b"\0", 2) for key in keys) if relation == b"calledFor"}
        names = (statement.decode("utf-8", "surrogatepass") for statement in statements)
        return {row.key for name in names for row in self.state.fact_rows_about(name, "about")}

    def settle(self, keys: Collection[bytes]) -> None:
        """Find what becomes of the facts of some keys, and of what gazetteers know, by what is stated now."""
        sure: list[tuple[bytes, Fact]] = []
        for key in sorted(keys):
            self.drop_facts(key, is_background=False)
            self.drop_findings(key)
            same = self.state.incoming_of(key)
            if not same:
                continue
            fact, is_sure = self.joined(same)
            if is_sure:
                sure.append((key, fact))
            else:
                self.keep_fact(fact, LEFT_OUT)
        self.entities = {**dict.fromkeys(self.kept.gone()), **self.kept.entities}
        if self.settings.min_confidence > 0.0:
            called_for = {fact.object for _, fact in sure if fact.relation == "calledFor"}
            statements = {name for name, entity in self.entities.items() if entity and entity.type == "Statement"}
            statements.update(fact.subject for _, fact in sure if fact.relation == "about")
            called_for |= {statement for statement in statements if self.state.is_called_for(statement)}
            self.entities |= dict.fromkeys(statements - called_for)
            for _, fact in sure:
                if not is_grounded(fact, called_for):
                    self.keep_fact(fact, LEFT_OUT)
            sure = [(key, fact) for key, fact in sure if is_grounded(fact, called_for)]
        self.becomes = dict(sure)
        self.renew_background([fact for _, fact in sure if is_known(fact, self.known())])

    def renew_background(self, stated: Iterable[Fact]) -> None:
        """Find what gazetteers know of the entities of the texts, beside what the texts state.

        Args:
            stated: Facts that gazetteers know and texts state, but for those that are as they were.
        """
        mentioned = self.state.entity_ids(is_background=False).difference(self.entities)
        mentioned.update(name for name, entity in self.entities.items() if entity is not None)
        parents, facts = background(mentioned, [*self.state.known_facts(), *stated], self.known())
        self.background = {key_of(fact): fact for fact in facts}
        before, now = self.state.entity_ids(is_background=True), {entity.id: entity for entity in parents}
        self.entities = {**dict.fromkeys(before - now.keys()), **self.entities}
        self.entities |= {name: entity for name, entity in now.items() if name not in before}
        known_before = set(self.state.keys_of_background())
        for key in known_before - self.background.keys():
            subject, relation, obj = (part.decode("utf-8", "surrogatepass") for part in key.split(b"\0", 2))
            if any(row.fate == TOLD for row in self.drop_facts(key, is_background=True)):
                self.was[key] = Fact(subject, relation, obj, origin="background")
        for key in self.background.keys() - known_before:
            self.becomes[key] = self.background[key]

    # --- what is kept

    def add_finding(self, finding: Finding, source: bytes) -> None:
        """Keep a finding, and note that it is new."""
        self.other_findings.add(finding_key(finding))
        super().add_finding(finding, source)

    def drop_findings(self, source: bytes) -> None:
        """Forget the findings that go with something, and note that they are gone."""
        self.other_findings.update(self.state.drop_findings(source))

    def keep_fact(self, fact: Fact, fate: int) -> FactRow:
        """Keep what became of a fact, and count it for its ends."""
        row = super().keep_fact(fact, fate)
        self.count_degrees(row, 1)
        return row

    def drop_facts(self, key: bytes, *, is_background: bool) -> list[FactRow]:
        """Forget what became of the fact with a key, and count it for its ends no more."""
        rows = self.state.drop_facts(key, is_background=is_background)
        for row in rows:
            self.count_degrees(row, -1)
        return rows

    def count_degrees(self, row: FactRow, number: int) -> None:
        """Count a fact of the texts for its ends, or take it back."""
        if row.fate != LEFT_OUT and not row.is_background:
            for entity_id in row.ends():
                self.degrees[entity_id] += number

    # --- validate

    def validate(self) -> None:
        """Hold what is new against the shapes."""
        self.renew_entities()
        refused: set[str] = set()
        facts = [self.becomes[key] for key in sorted(self.becomes)]
        for portion in self.portions.of_facts(facts):
            checked = check_portion(portion.corpus)
            self.note(checked)
            refused.update(map(name_of, checked.refused))
        for fact in facts:
            is_refused = bool(refused) and name_of(fact) in refused
            self.keep_fact(fact, REFUSED if is_refused else TOLD)
            if is_refused:
                del self.becomes[key_of(fact)]
        self.state.add_degrees(self.degrees)
        there = [entity for name in sorted(self.other_entities) if (entity := self.entities[name]) is not None]
        self.check(self.portions.of_entities(there))
        documents = map(self.state.document, sorted(self.other_documents))
        self.check(self.portions.of_documents([record for record in documents if record is not None]))
        if self.violations:
            raise Stale("the shapes do not hold")

    def renew_entities(self) -> None:
        """Keep the entities of which something else is said than before, and forget those that are gone."""
        with open_entities(self.out / output.ENTITIES) as lines:
            for name, entity in self.entities.items():
                key = sort_key(name)
                before, line = lines.block(key), line_of_entity(entity) if entity is not None else b""
                if before == line:
                    continue
                if entity is not None and before and json.loads(before)["subtype"] != entity.subtype:
                    raise Stale("an entity has another class")
                self.lines[key] = line
                self.other_entities.add(name)
                was = self.state.entity(name)
                degree = self.state.drop_entity(was) if was is not None else 0
                if entity is not None:
                    self.keep_entity(with_few_documents(entity), degree)

    # --- write

    def write(self) -> None:
        """Write the files of the last build with what is different in its place."""
        self.write_facts()
        self.write_graph()
        with open_entities(self.out / output.ENTITIES) as lines:
            self.write_file(output.ENTITIES, lines.patched(self.lines, self.last.sha256[output.ENTITIES]))
        with open_findings(self.out / output.FINDINGS) as lines:
            changes = {key: b"".join(map(line_of_finding, self.state.findings_of(key))) for key in self.other_findings}
            self.write_file(output.FINDINGS, lines.patched(changes, self.last.sha256[output.FINDINGS]))
        self.count()

    def write_facts(self) -> None:
        """Put the lines of facts that are different in their places."""
        changes = {}
        with open_facts(self.out / output.FACTS) as facts:
            for key in self.was.keys() | self.becomes.keys():
                before = facts.block(key)
                old, fact = self.was.get(key), self.becomes.get(key)
                is_wrong = bool(before) if old is None else f'"fact": "{name_of(old)}"'.encode() not in before
                if is_wrong:
                    raise Stale(f"{output.FACTS} is not in order")
                lines = "".join(map(output.to_line, output.fact_records(fact))) if fact is not None else ""
                changes[key] = lines.encode()
            self.write_file(output.FACTS, facts.patched(changes, self.last.sha256[output.FACTS]))

    def write_graph(self) -> None:
        """Put what is said otherwise of some subjects in its place."""
        subjects: dict[str, bytes] = {}
        dirty = set(self.other_entities)
        for fact in self.was.values():
            dirty.add(fact.subject)
            subjects |= dict.fromkeys(group_rows(describe_facts((fact,), self.copies)), b"")
        for fact in self.becomes.values():
            dirty.add(fact.subject)
            said = group_rows(describe_facts((fact,), self.copies))
            subjects |= {subject: write_subject(subject, pairs) for subject, pairs in said.items()}
        for entity_id in dirty:
            subjects[curie_token(entity_id)] = self.entity_block(entity_id)
        for doc in self.other_documents:
            token = curie_token(document_id(doc))
            record = self.state.document(doc)
            rows = group_rows(describe_document(record)) if record is not None else {}
            subjects[token] = write_subject(token, rows[token]) if rows else b""
        (run,) = group_rows(describe_run(self.frame))
        gone, came = (self._used(records.values()) for records in (self.old, self.new))
        triples = self.last.counts["triples"]
        with open_turtle(self.out / output.GRAPH) as graph:
            changes = {}
            if gone != came:
                block = graph.block(sort_key(*subject_order(run)))
                try:
                    subjects[run] = change_objects(block, "prov:used", gone, came)
                except ValueError as error:
                    raise Stale(f"{output.GRAPH} holds what no build writes") from error
            for subject, block in subjects.items():
                key = sort_key(*subject_order(subject))
                triples += count_pairs(block) - count_pairs(graph.block(key))
                changes[key] = block
            self.write_file(output.GRAPH, graph.patched(changes, self.last.sha256[output.GRAPH]))
        self.written.counts["triples"] = triples

    def _used(self, records: Iterable[DocumentRecord]) -> set[str]:
        """Return documents as Turtle writes them."""
        return {curie_token(document_id(record.doc)) for record in records}

    def entity_block(self, entity_id: str) -> bytes:
        """Return all that the graph says of an entity, nothing where it is not there any more."""
        entity = self.whole_entity(entity_id)
        if entity is None:
            return b""
        token = curie_token(entity_id)
        plain = (
            plain_row(entity_id, row.relation, row.value())
            for row in self.state.fact_rows_about(entity_id)
            if row.fate == TOLD and row.is_asserted
        )
        return write_subject(token, group_rows(itertools.chain(describe_entity(entity), plain))[token])

    def whole_entity(self, entity_id: str) -> Entity | None:
        """Return an entity with all its documents, in any order, or None."""
        entity = self.entities[entity_id] if entity_id in self.entities else self.find_entity(entity_id)
        if entity is None or entity_id in self.entities or not entity.docs:
            return entity
        return replace(entity, docs=tuple(self.names[number] for number in self.kept.documents_of(entity_id)))


_Pair: TypeAlias = "tuple[str, object]"


def _said_of(record: DocumentRecord) -> dict[Key, EntityGroup]:
    """Return what a document says of the entities of each key."""
    found: dict[Key, list[tuple[str, int, Entity]]] = defaultdict(list)
    for entity in record.entities:
        found[naming_key(entity)].append((record.doc, 0, entity))
    return {key: group_entities(key, entities) for key, entities in found.items()}


def _said(group: EntityGroup | None) -> list[_Pair]:
    """Return what a group has from its documents, each with the name of the attribute."""
    if group is None:
        return []
    said: list[_Pair] = [(name, value) for name in _SAID for value in getattr(group, name)]
    return [*said, ("subtype", group.subtype)] if group.subtype else said


def _without(group: EntityGroup, dropped: Collection[_Pair]) -> EntityGroup:
    """Return a group without some of what it has from its documents."""
    if not dropped:
        return group
    if any(name == "subtype" for name, _ in dropped):
        raise Stale("an entity may have another class")
    kept: dict[str, Any] = {
        name: tuple(value for value in getattr(group, name) if (name, value) not in dropped) for name in _SAID
    }
    return replace(group, **kept)
