"""What comes after the documents when an earlier build on disk kept what it knew: only what has changed is made anew.

The bytes are those of a build of all documents. What changes is found from the documents that came, went or have
another text: the names that they use, the facts that these or documents with another name for the same thing state, the
entities, passages and lines that say so. These are put in their places in the sorted files.
"""

from __future__ import annotations

import itertools
import json
from array import array
from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from extract.resolution.background import is_known
from extract.resolution.copies import copy_finding, renew_copies, row_of
from extract.resolution.doubt import is_grounded, without_loose_statements
from extract.resolution.merge import EntityMerge, group_entities, naming_key, united_group
from extract.resolve import rename_facts, without_content
from ontology.assertion import (
    describe_document,
    describe_entity,
    describe_facts,
    describe_run,
    group_rows,
    plain_row,
    used_row,
)
from ontology.iri import document_id
from ontology.model import DocumentRecord, Entity, Fact
from ontology.turtle import count_pairs, curie_token, subject_order, write_subject

from .. import output
from .checking import check_portion
from .disk import RECENT, DiskBuild, key_of, name_of
from .kept_copies import KeptCopies
from .patching import open_facts, open_turtle
from .state import LEFT_OUT, REFUSED, TOLD, Stale, copy_source, source_of
from .tables import sort_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from extract.resolution.merge import EntityGroup, Key

    from ..output import Manifest
    from ..processing.cache import DocumentCache
    from ..settings import Settings
    from .results import Results
    from .state import State

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
        super().__init__(state, out, settings, version, lru_cache(maxsize=RECENT)(state.document))
        self.results, self.cache, self.last = results, cache, last
        self.find_record = lru_cache(maxsize=LOOKED_THROUGH)(self.read_record)
        self.old: dict[int, DocumentRecord] = {}
        self.new: dict[int, DocumentRecord] = {}
        self.places: dict[int, tuple[str, int, str]] = {}
        self.names: dict[int, str] = {}
        self.was: dict[bytes, Fact] = {}
        self.becomes: dict[bytes, Fact] = {}
        self.other_documents: set[str] = set()
        self.other_entities: set[str] = set()
        self.lines: list[bytes] = []
        self.merged: list[Entity] = []
        self.naming = EntityMerge()
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
        renamed = self.renew_names()
        self.renew_facts(renamed, retold)
        said_in = {piece.doc for fact in self.becomes.values() for piece in fact.evidence}
        self.copies = {doc: original for doc in said_in if (original := self.state.original_of(doc))}

    def find_changes(self) -> None:
        """Note which documents came, went or have another text."""
        unseen = self.state.unseen()
        self.names = dict(self.state.names())
        if self.results.bytes > MOST or WORTH_IT * len(unseen) > len(self.names):
            raise Stale("too much has changed")
        numbers = {name: number for number, name in self.names.items()}
        next_number = max(self.names, default=-1) + 1
        for record, place in self.results.items():
            number = numbers.get(record.doc, next_number)
            next_number += number == next_number
            self.new[number], self.places[number] = record, place
        self.old = {number: self.read_record(number) for number in sorted(unseen)}
        for number in self.old:
            self.names.pop(number)
        self.names |= {number: record.doc for number, record in self.new.items()}

    def renew_documents(self) -> set[int]:
        """Put the documents in the state, and find the copies among them; return those that have another original."""
        known = KeptCopies(self.state, self.new)
        again = {copy for number in self.old for copy in known.copies_of(number)}.difference(self.old)
        for number, record in self.old.items():
            self.state.change("DELETE FROM documents WHERE number = ?", (number,))
            for source in (source_of(number), copy_source(number)):
                self.state.change("DELETE FROM findings WHERE source = ?", (source,))
            self.other_documents.add(record.doc)
        for number, record in self.new.items():
            self.state.add_document(number, without_content(record, {}), *self.places[number])
            for finding in record.findings:
                self.state.add_finding(finding, source_of(number))
            self.other_documents.add(record.doc)
        rows = {number: row_of(b"") for number in self.old}
        self.state.set_sketches(rows | {number: row_of(record.fingerprint) for number, record in self.new.items()})
        again.update(number for number, record in self.new.items() if record.fingerprint)
        retold = set()
        for number, (original, shared) in renew_copies(again, known).items():
            if self.renew_copy(number, "" if original == number else self.names[original], shared):
                retold.add(number)
        self.state.change("DELETE FROM findings WHERE source = x''")
        for finding in self.results.findings:
            self.state.add_finding(finding, b"")
        return retold

    def renew_copy(self, number: int, original: str, shared: float) -> bool:
        """Say what a document is a copy of, or that it is none; tell whether that is something else than before."""
        doc = self.names[number]
        self.state.change("DELETE FROM findings WHERE source = ?", (copy_source(number),))
        if original:
            self.state.add_finding(copy_finding(doc, original, shared), copy_source(number))
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
            before, after = (_by_key(records.get(number)) for records in (self.old, self.new))
            for key in before.keys() | after.keys():
                if before.get(key) != after.get(key):
                    touched[key].add(number)
        for key, numbers in touched.items():
            self.renew_group(key, numbers)

    def renew_group(self, key: Key, numbers: Collection[int]) -> None:
        """Bring the entities of a key up to what some documents say of them now."""
        group, place, entity_id = self.state.group(key) or (None, array("I"), None)
        mentions = set(place).difference(numbers)
        gained = [found for number in numbers if (found := self.said_by(self.new.get(number), key)) is not None]
        mentions.update(number for number in numbers if self.said_by(self.new.get(number), key) is not None)
        if not mentions:
            self.state.drop_group(key)
            return
        if group is not None:
            dropped = {pair for n in numbers for pair in _said(self.said_by(self.old.get(n), key))}
            dropped -= {pair for found in gained for pair in _said(found)}
            group = _without(group, self.not_said(key, dropped, mentions.difference(numbers)))
        for found in gained:
            group = found if group is None else united_group(group, found)
        assert group is not None
        first = self.said_by(self.record_of(min(mentions, key=self.names.__getitem__)), key)
        assert first is not None
        self.state.add_group(replace(group, first=first.first), array("I", sorted(mentions)), entity_id)

    def not_said(self, key: Key, dropped: set[_Pair], others: Collection[int]) -> set[_Pair]:
        """Return what is said of the entities of a key by none of some documents."""
        left = set(dropped)
        for looked_through, number in enumerate(sorted(others)):
            if not left:
                break
            if looked_through == LOOKED_THROUGH:
                raise Stale("too many documents would have to be looked through")
            left -= set(_said(self.said_by(self.record_of(number), key)))
        return left

    def record_of(self, number: int) -> DocumentRecord:
        """Return all that was made of a document."""
        return self.new[number] if number in self.new else self.find_record(number)

    def said_by(self, record: DocumentRecord | None, key: Key) -> EntityGroup | None:
        """Return what a document says of the entities of a key, or None."""
        entities = _by_key(record).get(key, ())
        if record is None or not entities:
            return None
        return group_entities(key, [(record.doc, 0, entity) for entity in entities])

    def renew_names(self) -> set[int]:
        """Find out what is one thing; return the documents in which a thing is called otherwise than before."""
        import numpy as np

        order = sorted(self.names, key=self.names.__getitem__)
        places = np.zeros(max(order, default=0) + 1, dtype=np.uintc)
        places[order] = np.arange(len(order), dtype=np.uintc)
        ids: dict[Key, str | None] = {}
        placed = []
        members = {}
        for group, numbers, entity_id in self.state.groups():
            there = np.sort(places[np.frombuffer(numbers, dtype=np.uintc)])
            placed.append((group, array("I", there.tobytes())))
            ids[group.key], members[group.key] = entity_id, numbers
        self.naming.add_placed([self.names[number] for number in order], placed)
        self.merged = self.naming.finish(self.known())
        other = [(key, entity_id) for key, entity_id in self.naming.ids() if ids[key] != entity_id]
        self.state.name_groups(other)
        return {number for key, _ in other if ids[key] is not None for number in members[key]}

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
            for fact in rename_facts(self.record_of(number), self.naming.id_of)
        ]
        keys |= {key for key, _, _ in stated}
        if self.settings.min_confidence > 0.0:
            keys |= self.about_calls(keys)
        background_before = set(self.state.keys_of_background())
        for key in keys:
            if any(row.fate == TOLD and not row.is_background for row in self.state.fact_rows(key)):
                self.was[key] = self.joined(self.state.incoming_of(key))[0]
        for number in touched:
            self.state.change("DELETE FROM incoming WHERE document = ?", (number,))
        for key, number, fact in stated:
            self.state.add_incoming(key, number, fact)
        self.settle(keys)
        for key in background_before - self.background.keys():
            subject, relation, obj = (part.decode("utf-8", "surrogatepass") for part in key.split(b"\0", 2))
            if self.was_told(key):
                self.was[key] = Fact(subject, relation, obj, origin="background")
            self.state.change("DELETE FROM facts WHERE key = ? AND is_background", (key,))
        for key in self.background.keys() - background_before:
            self.becomes[key] = self.background[key]

    def was_told(self, key: bytes) -> bool:
        """Whether gazetteers stated a fact that is in the files."""
        return any(row.fate == TOLD and row.is_background for row in self.state.fact_rows(key))

    def about_calls(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return the keys of what statements are about that some facts call for."""
        statements = {obj for _, relation, obj in (key.split(b"\0", 2) for key in keys) if relation == b"calledFor"}
        names = (statement.decode("utf-8", "surrogatepass") for statement in statements)
        return {row.key for name in names for row in self.state.fact_rows_about(name, "about")}

    def settle(self, keys: Collection[bytes]) -> None:
        """Find what becomes of the facts of some keys, and of what gazetteers know, by what is stated now."""
        sure: list[tuple[bytes, Fact]] = []
        for key in sorted(keys):
            self.state.change("DELETE FROM facts WHERE key = ? AND NOT is_background", (key,))
            self.state.change("DELETE FROM findings WHERE source = ?", (key,))
            same = self.state.incoming_of(key)
            if not same:
                continue
            fact, is_sure = self.joined(same)
            if is_sure:
                sure.append((key, fact))
            else:
                self.keep_fact(fact, LEFT_OUT)
        entities = self.merged
        if self.settings.min_confidence > 0.0:
            called_for = {fact.object for _, fact in sure if fact.relation == "calledFor"}
            called_for |= self.state.called_for()
            entities = without_loose_statements(entities, (Fact("", "calledFor", called) for called in called_for))
            for _, fact in sure:
                if not is_grounded(fact, called_for):
                    self.keep_fact(fact, LEFT_OUT)
            sure = [(key, fact) for key, fact in sure if is_grounded(fact, called_for)]
        self.becomes = dict(sure)
        stated = [*self.state.known_facts(), *(fact for _, fact in sure if is_known(fact, self.known()))]
        self.add_background(stated, entities)

    # --- validate

    def validate(self) -> None:
        """Hold what is new against the shapes."""
        self.find_other_entities()
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
        there = [entity for entity_id, entity in self.entities.items() if entity_id in self.other_entities]
        self.check(self.portions.of_entities(there))
        documents = map(self.state.document, sorted(self.other_documents))
        self.check(self.portions.of_documents([record for record in documents if record is not None]))
        if self.violations:
            raise Stale("the shapes do not hold")

    def find_other_entities(self) -> None:
        """Note the entities of which something else is said than before, and those that are not there any more."""
        data = (self.out / output.ENTITIES).read_bytes()
        if output.sha256_of(data) != self.last.sha256[output.ENTITIES]:
            raise Stale(f"{output.ENTITIES} is not the file that was written")
        before = set(data.splitlines(keepends=True))
        self.lines = list(self.entity_lines())
        pairs = zip(self.entities.values(), self.lines, strict=True)
        subtypes = {entity.id: entity.subtype for entity, line in pairs if line not in before}
        for line in before.difference(self.lines):
            record = json.loads(line)
            if subtypes.setdefault(record["id"], record["subtype"]) != record["subtype"]:
                raise Stale("an entity has another class")
        self.other_entities = set(subtypes)

    # --- write

    def write(self) -> None:
        """Write the files of the last build with what is different in its place."""
        self.write_facts()
        self.write_graph()
        self.write_file(output.ENTITIES, self.lines)
        self.write_findings()
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
        if self.old.keys() != self.new.keys():
            used = (row for doc in self.names.values() for row in [used_row(doc)])
            pairs = group_rows(itertools.chain(describe_run(self.frame), used))[run]
            subjects[run] = write_subject(run, pairs)
        triples = self.last.counts["triples"]
        with open_turtle(self.out / output.GRAPH) as graph:
            changes = {}
            for subject, block in subjects.items():
                key = sort_key(*subject_order(subject))
                triples += count_pairs(block) - count_pairs(graph.block(key))
                changes[key] = block
            self.write_file(output.GRAPH, graph.patched(changes, self.last.sha256[output.GRAPH]))
        self.written.counts["triples"] = triples

    def entity_block(self, entity_id: str) -> bytes:
        """Return all that the graph says of an entity, nothing where it is not there any more."""
        entity = self.entities.get(entity_id)
        if entity is None:
            return b""
        token = curie_token(entity_id)
        plain = (
            plain_row(entity_id, row.relation, row.value())
            for row in self.state.fact_rows_about(entity_id)
            if row.fate == TOLD and row.is_asserted
        )
        return write_subject(token, group_rows(itertools.chain(describe_entity(entity), plain))[token])


_Pair: TypeAlias = "tuple[str, object]"


def _by_key(record: DocumentRecord | None) -> dict[Key, list[Entity]]:
    """Return the entities of a document by what they are known by."""
    found: dict[Key, list[Entity]] = defaultdict(list)
    for entity in record.entities if record is not None else ():
        found[naming_key(entity)].append(entity)
    return found


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
