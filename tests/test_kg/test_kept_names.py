"""Joining anew what has to do with a change of names gives what joining all gives, and leaves others as they were."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extract.packs import Name
from extract.resolution.knowledge import Gazetteer
from extract.resolution.merge import EntityMerge, Key, group_entities, naming_key
from kg.large.kept_names import KeptNames
from kg.large.state import GroupRow, Stale, State
from ontology.model import Entity

Documents = Mapping[int, list[Entity]]
KNOWN = Gazetteer({}, {"id:Firm_百度": Name("id:Firm_百度", "Firm", "百度", ("百度", "百度网讯"))}, {})
WORDS = ["百度", "百度网讯", "云帆", "云帆科技", "云帆科技有限公司", "科技", "平台公司", "云"]


@st.composite
def entities(draw: st.DrawFn) -> Entity:
    """Firms with long and short names, some of local scope; plans of periods; what somebody calls for."""
    kind = draw(st.sampled_from(["Firm", "Firm", "Firm", "Policy", "Statement"]))
    if kind == "Policy":
        name = draw(st.sampled_from(["数字经济规划", "数字经济“十三五”规划", "数字经济“十四五”规划"]))
        short = draw(st.lists(st.sampled_from(["规划", "数字规划"]), max_size=1))
        return Entity(f"id:Policy_{name}", kind, name, tuple(sorted({name, *short})))
    name = draw(st.sampled_from(WORDS))
    others = draw(st.lists(st.sampled_from(WORDS), max_size=3))
    names = tuple(sorted({name, *others}))
    local = [("localName", other) for other in names if draw(st.booleans())]
    pinned = (
        [("gazetteer", "id:Firm_百度")] if kind == "Firm" and name.startswith("百度") and draw(st.booleans()) else []
    )
    identifier = f"id:{kind}_{name}_{draw(st.integers(0, 2))}" if kind == "Statement" else f"id:{kind}_{name}"
    return Entity(identifier, kind, name, names, attributes=tuple(sorted(local + pinned)))


documents = st.dictionaries(st.integers(0, 6), st.lists(entities(), max_size=4, unique_by=naming_key), max_size=7)


def name_of(number: int) -> str:
    return f"{(number * 5) % 7}.txt"  # the order of names is not that of numbers


def joined(corpus: Documents) -> tuple[EntityMerge, dict[str, Entity]]:
    """Join all."""
    naming = EntityMerge()
    for number in sorted(corpus, key=name_of):
        naming.add(name_of(number), [*corpus[number]])
    return naming, {entity.id: entity for entity in naming.finish(KNOWN)}


def rows_of(corpus: Documents) -> dict[Key, GroupRow]:
    """Bring together what all documents say of each key."""
    said: dict[Key, dict[int, Entity]] = {}
    for number, found in corpus.items():
        for entity in found:
            said.setdefault(naming_key(entity), {})[number] = entity
    return {
        key: GroupRow(
            place,
            group_entities(key, [(name_of(n), 0, its[n]) for n in sorted(its, key=name_of)]),
            array("I", sorted(its)),
            None,
        )
        for place, (key, its) in enumerate(sorted(said.items()))
    }


@contextmanager
def kept(folder: Path, corpus: Documents) -> Iterator[State]:
    """Keep the names of a corpus."""
    path = folder / "state"
    path.unlink(missing_ok=True)
    begun = State(path, is_new=True)
    for row in rows_of(corpus).values():
        begun.add_group(row)
    begun.name_groups(joined(corpus)[0].ids())
    begun.index()
    begun.database.execute("COMMIT")
    begun.database.close()
    with closing(State(path, is_new=False)) as state:
        yield state


def renew(state: State, before: Documents, now: Documents) -> KeptNames:
    """Join what has to do with the difference."""
    names = KeptNames(state, {number: name_of(number) for number in now}, KNOWN)
    old, new = rows_of(before), rows_of(now)
    for key in sorted(old.keys() | new.keys()):
        found, row = state.group(key), new.get(key)
        if key in old and key in new and (old[key].group, old[key].documents) == (new[key].group, new[key].documents):
            continue
        if row is not None:
            number, entity_id = (found.number, found.id) if found is not None else (names.next_number(), None)
            row = GroupRow(number, row.group, row.documents, entity_id)
        names.change(found, row)
    names.join()
    return names


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents, st.lists(documents, min_size=1, max_size=2))
def test_who_is_who_after_a_change_is_as_if_all_had_been_joined(
    tmp_path: Path, before: Documents, changes: list[Documents]
) -> None:
    """Each change puts some documents in the place of others, or beside them; an empty one goes."""
    with kept(tmp_path, before) as state:
        for change in changes:
            now = {number: found for number, found in {**before, **change}.items() if found}
            names = renew(state, before, now)
            naming, whole = joined(now)
            _, was = joined(before)
            assert {**{name: was[name] for name in was.keys() - names.gone()}, **names.entities} == whole
            ids = {entity: names.id_of(entity) for found in now.values() for entity in found}
            assert ids == {entity: naming.id_of(entity) for entity in ids}
            rows = [state.group(key) for key in rows_of(now)]
            assert [row.id for row in rows if row] == [naming.id_of_key(key) for key in rows_of(now)]
            old_ids = {naming_key(e): joined(before)[0].id_of(e) for found in before.values() for e in found}
            renamed = {
                number
                for number, found in now.items()
                for entity in found
                if old_ids.get(naming_key(entity), naming.id_of(entity)) != naming.id_of(entity)
            }
            assert names.renamed() == renamed
            before = now


def firm(name: str, *others: str, local: tuple[str, ...] = ()) -> Entity:
    names = tuple(sorted({name, *others}))
    return Entity(f"id:Firm_{name}", "Firm", name, names, attributes=tuple(("localName", other) for other in local))


def test_what_has_nothing_to_do_with_a_change_is_not_joined_anew(tmp_path: Path) -> None:
    before = {0: [firm("云帆科技"), firm("星河科技", "公司", local=("公司",))], 1: [firm("东山药业", "东山")]}
    now = {**before, 2: [firm("东山"), firm("江海重工", "公司", local=("公司",))]}
    with kept(tmp_path, before) as state:
        names = renew(state, before, now)
    assert {name: entity.names for name, entity in names.entities.items()} == {
        "id:Firm_东山药业": ("东山", "东山药业"),
        "id:Firm_星河科技": ("星河科技",),  # another one is called 公司, too
        "id:Firm_江海重工": ("江海重工",),
    }


@pytest.mark.parametrize("change", [[], [firm("云帆重工")]], ids=["gone", "called so no more"])
def test_two_are_one_thing_once_a_third_is_not_called_so(tmp_path: Path, change: list[Entity]) -> None:
    """While 云帆 may be two firms it is neither."""
    before = {0: [firm("云帆科技", "云帆")], 1: [firm("云帆")], 2: [firm("云帆重工", "云帆")]}
    now = {**before, 2: change}
    with kept(tmp_path, before) as state:
        assert state.group(naming_key(firm("云帆"))).id == "id:Firm_云帆"  # type: ignore[union-attr]
        names = renew(state, before, now)
    assert names.id_of(firm("云帆")) == "id:Firm_云帆科技" and names.renamed() == {1}


def test_a_name_that_one_had_alone_is_nobodys_when_another_gets_it(tmp_path: Path) -> None:
    before = {0: [firm("云帆科技")], 1: [firm("东山药业", "公司", local=("公司",))]}
    now = {**before, 2: [firm("云帆科技", "公司", local=("公司",))]}
    with kept(tmp_path, before) as state:
        names = renew(state, before, now)
    assert {name: entity.names for name, entity in names.entities.items()} == {
        "id:Firm_云帆科技": ("云帆科技",),
        "id:Firm_东山药业": ("东山药业",),
    }


def test_who_has_the_id_of_a_gazetteer_is_the_same_as_long_as_both_are_there(tmp_path: Path) -> None:
    """They share no name: a text calls it 百度网讯, and another one, of which no gazetteer was asked, 百度."""
    pinned = Entity("id:Firm_百度", "Firm", "百度网讯", ("百度网讯",), attributes=(("gazetteer", "id:Firm_百度"),))
    alone = {0: [pinned]}
    both = {**alone, 1: [firm("百度")]}
    for before, now, docs in ((alone, both, ("0.txt", "5.txt")), (both, alone, ("0.txt",))):
        with kept(tmp_path, before) as state:
            names = renew(state, before, now)
        assert names.entities["id:Firm_百度"].docs == docs and not names.gone()


def test_a_name_that_many_have_says_nothing_of_those_that_have_it(tmp_path: Path) -> None:
    before = {number: [firm(f"{word}科技", "公司", local=("公司",))] for number, word in enumerate("甲乙丙")}
    now = {**before, 3: [firm("丁科技", "公司", local=("公司",))]}
    with kept(tmp_path, before) as state:
        names = renew(state, before, now)
    assert list(names.entities) == ["id:Firm_丁科技"]


def test_a_name_that_is_not_kept_is_said(tmp_path: Path) -> None:
    with kept(tmp_path, {0: [firm("云帆科技")]}) as state:
        names = renew(state, {0: [firm("云帆科技")]}, {0: [firm("云帆科技")]})
        with pytest.raises(Stale, match="not kept"):
            names.id_of(firm("东山药业"))
        with pytest.raises(Stale, match="nothing else"):
            state.group_at(99)
