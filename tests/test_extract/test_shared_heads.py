"""Names whose head stands only behind the last of them, and the sentences that only look like it."""

from __future__ import annotations

from functools import cache

import pytest

from extract.annotate import annotate, build_nlp, mentions_of
from extract.clean import clean_text
from extract.components.shared_heads import SOURCE
from extract.resolve import merge_records, resolve_document
from ontology.model import Corpus, SourceText


@cache
def pipeline():
    return build_nlp()


def built(text: str) -> Corpus:
    clean = clean_text(SourceText("a.txt", text))
    return merge_records([resolve_document(annotate(pipeline(), clean), clean)])


def spelled_out(text: str) -> set[tuple[str, str]]:
    """Return class and name of what a text names without its head."""
    doc = annotate(pipeline(), clean_text(SourceText("a.txt", text)))
    return {(m.label, m.name) for m in mentions_of(doc).values() if m.source == SOURCE}


def facts(text: str) -> set[tuple[str, str, str]]:
    corpus = built(text)
    names = {e.id: e.name for e in corpus.entities}
    return {(names[f.subject], f.relation, names[str(f.object)]) for f in corpus.facts if str(f.object) in names}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "专家组到访了芜湖、蚌埠、合肥省级生物医药示范区。",
            {("Zone", "芜湖省级生物医药示范区"), ("Zone", "蚌埠省级生物医药示范区")},
        ),
        ("国务院同意洛阳、襄阳高新技术产业开发区升级。", {("Zone", "洛阳高新技术产业开发区")}),
        (
            "江苏已有徐州工程机械、盐城新能源等12个集群上榜。",
            {("Cluster", "徐州工程机械集群"), ("Cluster", "盐城新能源集群")},
        ),
        (
            "在四川，新能源汽车、生物医药、集成电路三家省级重点实验室今年挂牌。",
            {
                ("Facility", f"{field}省级重点实验室")
                for field in ("新能源汽车", "生物医药", "集成电路")
            },
        ),
    ],
)  # fmt: skip
def test_each_is_called_by_its_whole_name(text: str, expected: set[tuple[str, str]]) -> None:
    assert spelled_out(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "北京、河北雄安新区签署合作协议。",  # the head is a name
        "上海、南京江北新区的企业参加了会议。",
        "芜湖市和合肥高新区列入试点。",  # a city, and a zone of another
        "湖北重点发展新能源汽车、生物医药、集成电路等产业集群。",  # kinds of industry, not things
        "在四川，新能源汽车、生物医药等三家省级重点实验室今年挂牌。",  # the number is not theirs
        "武汉、上海浦东生物医药示范区派人参会。",  # of a part of the second place
        "江苏推动徐州工程机械、盐城新能源企业走进集群。",
        "芜湖、合肥省级人工智能大会。",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert spelled_out(text) == set()


def test_what_is_said_of_the_whole_name_is_said_of_each() -> None:
    found = facts("合肥市科技局建设了芜湖、蚌埠、合肥生物医药示范区。")
    zones = {place: f"{place}生物医药示范区" for place in ("芜湖", "蚌埠", "合肥")}
    assert {(s, o) for s, r, o in found if r == "locatedIn"} == {(z, f"{place}市") for place, z in zones.items()}
    assert {(s, o) for s, r, o in found if r == "specializesIn"} == {(z, "生物医药") for z in zones.values()}
    assert {(s, o) for s, r, o in found if r == "develops"} == {("合肥市科技局", z) for z in zones.values()}


def test_what_is_said_of_their_things_is_not_said_of_the_places() -> None:
    found = facts("江西支持南昌、新余、景德镇高新区发展电子信息产业。")
    assert {s for s, r, o in found if r == "specializesIn"} >= {"南昌高新区", "新余高新区", "景德镇高新区"}
    assert not [s for s, r, o in found if r == "specializesIn" and s.endswith("市")]


def test_places_and_fields_are_facts() -> None:
    found = facts("江苏已有徐州工程机械、盐城新能源等12个集群上榜。")
    assert {("徐州工程机械集群", "locatedIn", "徐州市"), ("盐城新能源集群", "specializesIn", "新能源")} <= found


def test_the_quote_is_a_passage_of_the_text() -> None:
    text = "会上透露，江苏已有徐州工程机械、盐城新能源等12个集群上榜，增速居前。"
    corpus = built(text)
    quotes = {e.text for f in corpus.facts if f.subject.startswith("id:Cluster_徐州") for e in f.evidence}
    assert quotes == {"江苏已有徐州工程机械、盐城新能源等12个集群上榜，"}
