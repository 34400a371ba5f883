"""Which names mean one thing, from what an earlier build on disk kept: joined anew is what has to do with a change.

What a name means depends on who else carries it. So joined anew are the entities that changed, those that carry a
canonical name of one of them or the other way round, those that carry one of theirs, and so on; who then has the same
id; and who loses a name of local scope to another, or has it alone again. All others stay as they were.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from extract.resolution.merge import EntityMerge, naming_key

from .state import LASTING, TITLE, Stale, form_number, forms_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from extract.resolution.knowledge import Gazetteer
    from extract.resolution.merge import Form, Key
    from ontology.model import Entity

    from .state import GroupRow, State


class KeptNames:
    """The names that have to do with what has changed."""

    def __init__(self, state: State, documents: Mapping[int, str], known: Gazetteer) -> None:
        """Begin with nothing changed.

        Args:
            state: Has all names of the corpus.
            documents: The names of all documents by their numbers.
            known: What gazetteers know.
        """
        self.state, self.known = state, known
        self._documents = documents
        self._before: dict[int, GroupRow] = {}
        self._dropped: set[int] = set()
        self._now: dict[int, GroupRow] = {}
        self._last = state.last_group()
        self._seen: set[tuple[int, bool]] = set()
        self._ids: dict[Key, str] = {}
        self.entities: dict[str, Entity] = {}

    def change(self, before: GroupRow | None, now: GroupRow | None) -> None:
        """Take note that other entities of a key are there, and keep them.

        Args:
            before: Those that the last build had.
            now: Those that are there, with the same number.
        """
        if before is not None:
            self._before[before.number] = before
            self.state.drop_group(before)
        if now is not None:
            self.state.add_group(now)
            self._now[now.number] = now
        elif before is not None:
            self._dropped.add(before.number)

    def look_at(self, key: Key) -> None:
        """Have the entities of a key among those that are joined anew."""
        row = self.state.group(key)
        if row is not None:
            self._now.setdefault(row.number, row)

    def next_number(self) -> int:
        """Return a number for entities that are new."""
        self._last += 1
        return self._last

    def documents_of(self, entity_id: str) -> set[int]:
        """Return the numbers of the documents that mention an entity of the corpus."""
        rows = map(self.state.group_at, self.state.groups_called(entity_id))
        return {number for row in rows for number in row.documents}

    def join(self) -> None:
        """Join what has to do with the changes, and keep the ids.

        Raises:
            Stale: What was kept does not say who is who.
        """
        order = sorted(self._documents, key=self._documents.__getitem__)
        docs = [self._documents[number] for number in order]
        places = np.zeros(max(order, default=0) + 1, dtype=np.uintc)
        places[order] = np.arange(len(order), dtype=np.uintc)
        self._connect(self._now.keys() | self._dropped)
        while True:
            naming = EntityMerge()
            naming.add_placed(docs, [(row.group, _placed(row, places)) for row in self._now.values()])
            naming.join(self.known)
            self._ids = dict(naming.ids())
            further = self._namesakes() | self._competitors()
            if not further:
                break
            if further <= self._dropped:
                raise Stale("names are kept of what is gone")
            self._connect(further)
        self.entities = {entity.id: entity for entity in naming.entities(self.known, self._taken())}
        changed = [(row.group.key, new) for row, new in self._named() if row.id != new]
        self.state.name_groups(changed)

    # --- what was found

    def id_of(self, entity: Entity) -> str:
        """Return the id in the corpus of an entity of a document.

        Raises:
            Stale: It is not kept.
        """
        key = naming_key(entity)
        found = self._ids.get(key)
        if found is None:
            row = self.state.group(key)
            if row is None or row.id is None:
                raise Stale("a document has a name that is not kept")
            found = self._ids[key] = row.id
        return found

    def gone(self) -> set[str]:
        """Return the ids that the last build had and that nothing has any more."""
        return self._old_ids().difference(self.entities)

    def renamed(self) -> set[int]:
        """Return the numbers of the documents in which something is called otherwise than before."""
        other = (row for row, new in self._named() if row.id is not None and row.id != new)
        return {number for row in other for number in row.documents}

    # --- what has to do with what

    def _connect(self, numbers: Iterable[int]) -> None:
        """Add entities, all that may be one thing with one of them, and so on.

        Two may be one thing where both carry a form of a name that is, or was, of a canonical name of somebody.
        """
        waiting = [(form, bool(flags & TITLE)) for number in numbers for form, flags in self._forms_at(number)]
        while waiting:
            form, is_title = waiting.pop()
            if (form, is_title) in self._seen:
                continue
            self._seen.add((form, is_title))
            carriers = self.state.carriers(form)
            if is_title or any(flags & TITLE for _, flags in carriers):
                for number, flags in carriers:
                    if number not in self._now and flags & (TITLE | LASTING):
                        waiting += ((other, bool(its & TITLE)) for other, its in self._forms_at(number))

    def _forms_at(self, number: int) -> list[tuple[int, int]]:
        """Take in entities, and return the forms of their names, as they are and as they were."""
        row = self._now.get(number)
        if row is None and number not in self._dropped:
            row = self._now[number] = self.state.group_at(number)
        rows = [found for found in (row, self._before.get(number)) if found is not None]
        return [pair for found in rows for pair in forms_of(found.group).items() if pair[1] & (TITLE | LASTING)]

    def _namesakes(self) -> set[int]:
        """Return further entities with an id that one of these has or had."""
        found = {
            number
            for entity_id in self._old_ids().union(new for _, new in self._named())
            for number in self.state.groups_called(entity_id)
        }
        return found.difference(self._now)

    def _competitors(self) -> set[int]:
        """Return further entities that lose a name to one of these now, or have it alone again."""
        found: set[int] = set()
        for form, (before, now) in self._claims().items():
            if before != now:
                others = self._claimants(form)
                if len(set(others.values())) == 1:
                    found.update(others)
        return found

    def _claims(self) -> dict[Form, tuple[bool, bool]]:
        """Return the names of all these, and whether one of them had it, and has it."""
        as_before = [row for number, row in self._now.items() if number not in self._before and row.id is not None]
        before = {form for row in (*self._before.values(), *as_before) for form in row.group.claimed_forms()}
        now = {form for row in self._now.values() for form in row.group.claimed_forms()}
        return {form: (form in before, form in now) for form in before | now}

    def _claimants(self, form: Form, most: int = 2) -> dict[int, str]:
        """Return who else has a name, until it is known of so many ids."""
        found: dict[int, str] = {}
        for number, entity_id in self.state.claimants(form_number(form)):
            if number not in self._now:
                found[number] = entity_id
                if len(set(found.values())) >= most:
                    break
        return found

    def _taken(self) -> set[Form]:
        """Return the names of these that somebody else has, too."""
        return {form for form, (_, now) in self._claims().items() if now and self._claimants(form, most=1)}

    def _named(self) -> Iterator[tuple[GroupRow, str]]:
        """Yield all these with the ids that they have now."""
        return ((row, self._ids[row.group.key]) for row in self._now.values())

    def _old_ids(self) -> set[str]:
        """Return the ids that these had."""
        return {row.id for row in (*self._now.values(), *self._before.values()) if row.id is not None}


def _placed(row: GroupRow, places: NDArray[np.uintc]) -> array[int]:
    """Return where the documents of a row stand in the order of names, ascending."""
    return array("I", np.sort(places[np.frombuffer(row.documents, dtype=np.uintc)]).tobytes())
