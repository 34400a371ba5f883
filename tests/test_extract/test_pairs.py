"""Possible facts in columns: hashes, rivals and nearest mentions are what one computes for one pair by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.annotate import annotate, build_nlp
from extract.clean import clean_text
from extract.learning.fact_features import FEATURES, LEARNED, Reading, Thing, describe_pairs, pair_rows
from extract.learning.reading import read_candidates
from extract.learning.rivals import Lookup, Rivals
from extract.learning.ties import LEAST
from extract.learning.wordings import PLACES, Hasher, hashed, token_buckets
from ontology.model import SourceText

TEXT = "百度推出甲平台。阿里在杭州建设乙平台和丙平台。"
GRAMS = st.text(alphabet="在建设AI、\n𠮷", max_size=30)


def reading() -> Reading:
    def thing(label: str, *names: str) -> Thing:
        return Thing(label, [(TEXT.index(name), TEXT.index(name) + len(name)) for name in names])

    things = [thing("Firm", "百度"), thing("Platform", "甲平台"), thing("Firm", "阿里"), thing("Region", "杭州")]
    things += [thing("Platform", "乙平台"), thing("Platform", "丙平台")]
    verbs = [(TEXT.index(verb), TEXT.index(verb) + 2) for verb in ("推出", "建设")]
    rules = {(2, "develops", 4): 0.9}
    ties = {(2, "develops", 4): 3.0, (2, "develops", 5): 2.5, (0, "develops", 4): -1.0}
    return Reading(TEXT, [0, 8], [0, 8], things, rules, verbs, [(0, len(TEXT))], ties)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(LEARNED), st.sampled_from(PLACES), GRAMS), min_size=1, max_size=20))
def test_a_token_leads_to_the_bucket_of_its_wording(wordings: list[tuple[str, str, str]]) -> None:
    hasher = Hasher()
    tokens = np.array([hasher.token(place, gram) for _, place, gram in wordings])
    relations = np.array([LEARNED.index(relation) for relation, _, _ in wordings])
    assert token_buckets(LEARNED, relations, tokens).tolist() == [hashed(*wording) for wording in wordings]


SCORES = st.dictionaries(st.tuples(st.integers(0, 3), st.integers(0, 4)), st.sampled_from([-1.5, 0.0, 0.3, 2.0]))


@settings(max_examples=100, deadline=None)
@given(
    SCORES, st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 5), st.sampled_from([-9.0, 0.0, 0.3])), min_size=1)
)
def test_rivals_are_the_others_of_a_group(
    scores: dict[tuple[int, int], float], asked: list[tuple[int, int, float]]
) -> None:
    groups, members = (np.array([key[i] for key in scores], dtype=np.int64) for i in (0, 1))
    rivals = Rivals(groups, members, np.array(list(scores.values()), dtype=np.float64))
    g, m, own = (np.array(column) for column in zip(*asked, strict=True))
    for i, (group, member, score) in enumerate(asked):
        others = [s for (a, b), s in scores.items() if a == group and b != member]
        assert rivals.best_other(g, m, -2.0)[i] == max(others, default=-2.0)
        assert rivals.count_above(g, own)[i] == sum(s > score for (a, _), s in scores.items() if a == group)


@given(st.dictionaries(st.integers(0, 20), st.floats(-5, 5)), st.lists(st.integers(0, 25), min_size=1))
def test_a_lookup_answers_as_a_dictionary(values: dict[int, float], keys: list[int]) -> None:
    assert Lookup(values).get(np.array(keys), 7.0).tolist() == [values.get(key, 7.0) for key in keys]


def column(name: str) -> dict[tuple[int, str, int], float]:
    return {(p.subject, p.relation, p.object): p.row[FEATURES.index(name)] for p in pair_rows(reading())}


def test_rules_and_ties_stand_beside_those_of_their_rivals() -> None:
    assert column("rule")[2, "develops", 4] == 0.9
    assert column("rule_other_subject")[0, "develops", 4] == 0.9
    assert column("rule_list_object")[2, "develops", 5] == 0.9
    assert column("tie")[2, "develops", 5] == 2.5
    assert column("tie_other_object")[2, "develops", 5] == 3.0
    assert column("tie_other_subject")[2, "develops", 4] == -1.0
    assert column("tie_rank")[0, "develops", 4] == 1
    assert column("list_size_object")[2, "develops", 5] == 2


def test_what_the_net_says_of_the_same_sentence_stands_beside_it() -> None:
    assert column("tie_margin")[2, "develops", 4] == 3.0 - -1.0
    assert column("tie_object_any")[2, "develops", 4] == -1.0
    assert column("tie_object_any")[0, "develops", 4] == 3.0
    assert column("tie_subject_in_sentence")[2, "develops", 4] == 2.5
    assert column("tie_subject_rank")[2, "develops", 4] == 0
    assert column("tie_subject_rank")[0, "develops", 4] == 1
    assert column("tie_subject_before")[2, "develops", 4] == LEAST


def test_the_region_whose_places_a_text_names_is_its_home() -> None:
    clean = clean_text(SourceText("a.txt", "安徽推进改革，对接长三角、长三角、长三角。合肥、芜湖、蚌埠发展人工智能。"))
    things = read_candidates(annotate(build_nlp(), clean)).reading
    rows = [p for p in pair_rows(things) if things.things[p.subject].inner]
    assert {things.things[p.subject].inner for p in rows} == {3}
    assert {p.row[FEATURES.index("subject_home")] for p in rows} == {1.0}
    assert {round(p.row[FEATURES.index("subject_home_share")], 3) for p in rows} == {round(4 / 7, 3)}


def test_wordings_are_those_around_and_between_the_mentions() -> None:
    grams = {(p.subject, p.relation, p.object): set(p.grams) for p in pair_rows(reading())}
    near, far = grams[2, "develops", 4], grams[0, "develops", 4]
    for place, gram in [("lo2", "建设"), ("sb", "杭州"), ("SVO", "建设"), ("RO2", "。"), ("es", "阿里"), ("ls2", "。")]:
        expected = gram if place != "ls2" else TEXT[TEXT.index("阿里") - 2 : TEXT.index("阿里")]
        assert hashed("develops", place, expected) in near, place
    assert hashed("develops", "far", "") in far
    assert hashed("develops", "SVO", "建设") not in far


PLACE = st.tuples(st.integers(0, 90), st.integers(1, 6)).map(lambda place: (place[0], place[0] + place[1]))
MENTIONS = st.lists(st.lists(PLACE, min_size=1, max_size=4, unique=True).map(sorted), min_size=1, max_size=6)


@settings(max_examples=100, deadline=None)
@given(MENTIONS, st.lists(st.integers(1, 90), max_size=6, unique=True).map(sorted))
def test_the_nearest_mentions_stand_for_two_things(mentions: list[list[tuple[int, int]]], cuts: list[int]) -> None:
    things = [Thing(("Region", "Firm", "Platform")[i % 3], places) for i, places in enumerate(mentions)]
    sentences = [0, *cuts]
    table = describe_pairs(Reading("字" * 100, sentences, sentences, things), reach=100)

    def line(offset: int) -> int:
        return sum(start <= offset for start in sentences)

    def distance(subject: tuple[int, int], obj: tuple[int, int]) -> tuple[int, int]:
        (a, b), (x, y) = subject, obj
        return abs(line(a) - line(x)), 0 if a < y and x < b else x - b if b <= x else a - y + 4

    for pair in map(table.pair, range(len(table))):
        ends = [(s, o) for o in things[pair.object].places for s in things[pair.subject].places]
        assert pair.near == min(ends, key=lambda ends: distance(*ends))


def test_large_documents_are_compared_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(pair_rows(reading()))
    monkeypatch.setattr("extract.learning.fact_features.LARGEST", 1)
    assert list(pair_rows(reading())) == whole


def test_a_document_without_things_has_no_rows() -> None:
    assert len(describe_pairs(Reading("没有", [0], [0], []))) == 0
    assert list(pair_rows(Reading("北京", [0], [0], [Thing("Region", [(0, 2)])]))) == []
