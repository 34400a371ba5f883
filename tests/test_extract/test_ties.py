"""Scores of pairs of spans: who may be paired, and what they depend on."""

from __future__ import annotations

import numpy as np
import pytest

from extract.learning.ties import LEAST, RELATION_HEAD, TIED, Hidden, HiddenTies, pair_scores

WIDTH = 6


def weights(seed: int = 1) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    heads = len(TIED) * 2 * RELATION_HEAD
    return {
        "relate": random.normal(size=(2 * WIDTH, heads)).astype(np.float32),
        "relate_bias": random.normal(size=heads).astype(np.float32),
        "subject": random.normal(size=(2 * WIDTH, len(TIED))).astype(np.float32),
        "object": random.normal(size=(2 * WIDTH, len(TIED))).astype(np.float32),
        "bias": random.normal(size=len(TIED)).astype(np.float32),
    }


def window(start: int, length: int, seed: int = 2) -> Hidden:
    states = np.random.default_rng(seed).normal(size=(length, WIDTH)).astype(np.float16)
    return Hidden(start, start + length, states)


def test_only_spans_of_one_window_are_paired() -> None:
    ties = HiddenTies([window(0, 20), window(20, 20)], weights())
    spans = [(1, 3), (5, 8), (18, 22), (25, 27), (30, 31)]
    pairs = {(s, o) for _, s, o, _ in ties.above_least(spans)}
    assert pairs <= {(0, 1), (1, 0), (3, 4), (4, 3)}
    assert ties.windows == [(0, 20), (20, 40)]


def test_scores_are_above_the_least_and_of_known_relations() -> None:
    found = list(HiddenTies([window(0, 40)], weights()).above_least([(1, 3), (5, 8), (10, 14)]))
    assert found
    assert all(score > LEAST and 0 <= relation < len(TIED) and s != o for relation, s, o, score in found)


def test_the_order_of_the_spans_does_not_matter() -> None:
    spans = [(10, 14), (1, 3), (5, 8)]
    ties = HiddenTies([window(0, 40)], weights())
    named = {(r, spans[s], spans[o], score) for r, s, o, score in ties.above_least(spans)}
    ordered = sorted(spans)
    assert named == {(r, ordered[s], ordered[o], score) for r, s, o, score in ties.above_least(ordered)}


def test_scores_depend_on_the_distance_of_the_spans_not_on_their_place() -> None:
    piece = np.random.default_rng(3).normal(size=(8, WIDTH)).astype(np.float16)
    blank = np.zeros((30, WIDTH), np.float16)
    early, late = blank.copy(), blank.copy()
    early[2:10], late[19:27] = piece, piece
    spans = [(2, 4), (7, 10)]
    moved = [(a + 17, b + 17) for a, b in spans]
    here = pair_scores(weights(), Hidden(0, 30, early), spans)
    there = pair_scores(weights(), Hidden(0, 30, late), moved)
    assert here == pytest.approx(there, abs=1e-3)
    apart = pair_scores(weights(), Hidden(0, 30, np.concatenate([piece, blank])[:30]), [(0, 2), (5, 8)])
    assert here == pytest.approx(apart, abs=1e-3)
