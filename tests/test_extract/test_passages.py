"""Of an accepted fact the passages stay that state it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from marked_sentences import read

from extract.annotate import Candidate
from extract.components.linker import LinkerComponent, _at_home, _told_of_home
from extract.learning.fact_features import Pair
from extract.learning.passages import stating_passages
from extract.learning.reading import DocumentReading, read_candidates
from extract.learning.ties import TIED
from extract.learning.wordings import BUCKETS
from extract.resolution.knowledge import rules

CITY, TOPIC = "[[Region|甘州市]]", "[[Topic|机器人]]"
OPENING = f"{CITY}举办展览会。{CITY}的企业带来新产品。\n"
TALK = f"大会倡导各国就{TOPIC}治理开展对话。\n"
WORLD = f"{TOPIC}产业是许多国家的先导产业。\n"
STATING = f"{CITY}重点发展{TOPIC}产业。\n"
LEAST: float = rules()["evidence"]["least_tie"]


@dataclass
class SaidTies:
    """A network that scores the region together with the topic at some places, by their first character."""

    scores: dict[int, float]
    windows: Sequence[tuple[int, int]] = ((0, 200),)

    def above_least(self, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int, float]]:
        for i, (start, _) in enumerate(spans):
            if start in self.scores:
                yield TIED.index("specializesIn"), 0, i, self.scores[start]


@dataclass
class Credulous:
    """A model that believes everything, or all as much as it is told to."""

    chance: float = 0.9
    settings: dict[str, float] = field(default_factory=lambda: {"threshold": 0.5})

    def probabilities(self, rows: Any) -> list[float]:
        return [self.chance] * len(rows)


class News:
    """A marked text about a city, one line for each passage, and what the network says of the topic in them."""

    def __init__(self, *lines: str, ties: Sequence[float | None] = ()) -> None:
        self.doc = read("".join((OPENING, *lines)))
        self.text = self.doc.text
        topics = [span.start_char for span in self.doc.spans["mentions"] if span.label_ == "Topic"]
        said = {place: score for place, score in zip(topics, ties, strict=False) if score is not None}
        self.doc.user_data["ties"] = SaidTies(said)
        self.reading: DocumentReading = read_candidates(self.doc)
        ((subject, relation, obj),) = [key for key in self.reading.candidates if key[1] == "specializesIn"]
        self.pair = Pair(subject, relation, obj, ((0, 0), (0, 0)))
        self.found = self.reading.candidates[subject, relation, obj]

    def stating(self, found: Sequence[Candidate] | None = None) -> list[str]:
        """Return the passages that stay."""
        return self.quotes(stating_passages(self.reading, self.pair, self.found if found is None else found))

    def quotes(self, candidates: Sequence[Candidate]) -> list[str]:
        return [self.text[c.start : c.end] for c in candidates]


SPOKEN, GENERAL = "大会倡导各国就机器人治理开展对话。", "机器人产业是许多国家的先导产业。"
TOLD = "甘州市重点发展机器人产业。"


def test_a_guessed_passage_goes_where_another_states_the_fact() -> None:
    news = News(TALK, WORLD, STATING)
    assert news.quotes(news.found) == [SPOKEN, GENERAL, TOLD]
    assert news.stating() == [TOLD]


def test_a_guess_stays_by_the_word_of_the_network() -> None:
    assert News(TALK, WORLD, STATING, ties=[LEAST, LEAST - 0.1]).stating() == [SPOKEN, TOLD]


def test_what_the_network_says_of_another_passage_proves_nothing() -> None:
    assert News(TALK, WORLD, STATING, ties=[None, None, LEAST + 5]).stating() == [TOLD]


def test_a_guess_that_names_both_ends_stays() -> None:
    news = News(TALK, STATING)
    wide = [replace(news.found[0], start=0), news.found[1]]
    assert news.stating(wide) == [news.text[: wide[0].end], TOLD]


@pytest.mark.parametrize("kind", ["default", "carried", "explicit"])
def test_what_is_no_guess_needs_no_word(kind: str) -> None:
    news = News(TALK, STATING)
    spoken, told = news.found
    assert news.stating([replace(spoken, rule=f"topic-behind/{kind}"), told]) == [SPOKEN, TOLD]


def test_of_guesses_alone_the_best_stays() -> None:
    news = News(WORLD, TALK, ties=[None, LEAST - 1])
    assert news.stating() == [SPOKEN], "the one that the network speaks for most"
    news = News(TALK, WORLD)
    assert news.found[0].confidence < news.found[1].confidence
    assert news.stating() == [GENERAL], "without its word, the surest wording"


def test_no_fact_is_lost_and_none_is_surer_or_less_sure() -> None:
    news = News(TALK, WORLD, STATING)
    linker = LinkerComponent(Credulous(), np.zeros(BUCKETS + 1), ["base"])  # type: ignore[arg-type]
    accepted = linker(news.doc)._.candidates
    ruled = [c for c in accepted if c.relation == "specializesIn" and c.subject.text == "甘州市"]
    assert [(news.text[c.start : c.end], c.confidence) for c in ruled] == [(TOLD, 0.9)]


def test_what_an_assured_rule_finds_stays_where_the_model_doubts_it() -> None:
    doc = read(
        "[[Zone|东湖示范区]]聚集了一批企业。在[[Topic|光伏]]领域，攻关高效电池；在[[Topic|纺织]]领域，探索织造。"
        "[[Region|兰陵县]]发展[[Topic|旅游]]。"
    )
    found = {c.rule for c in doc._.candidates}
    linker = LinkerComponent(Credulous(chance=0.0), np.zeros(BUCKETS + 1), ["base"])  # type: ignore[arg-type]
    stayed = {c.rule for c in linker(doc)._.candidates}
    assert found > stayed == {"field-in-series"}


def test_a_figure_of_a_report_is_of_its_region_unless_a_rule_says_otherwise() -> None:
    doc = read(
        "现代化产业体系加快构建。数字经济核心产业营收增长12%以上。[[Region|青海]]特色产业提质升级。"
        "新增国家级绿色工厂20家以上。全省算力规模突破3万P。"
        "[[Region|兰陵都市圈]]生产总值达到300亿元。"
    )
    known = read_candidates(doc)
    told = _told_of_home(known)
    home, other = (
        next(i for i, group in enumerate(known.groups) if group.mentions[0].name == name)
        for name in ("青海", "兰陵都市圈")
    )
    firms = next(obj for obj, observation in known.observations.items() if observation.unit == "家")
    assert told[firms] == home
    near = ((0, 1), (1, 2))
    assert _at_home(known, Pair(other, "observed", firms, near), told).subject == home
    product = next(obj for obj, observation in known.observations.items() if observation.unit == "元")
    assert _at_home(known, Pair(other, "observed", product, near), told).subject == other
    assert _at_home(known, Pair(other, "specializesIn", firms, near), told).subject == other
