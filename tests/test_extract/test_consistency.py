"""Facts that stay beside each other: whose a figure is, what counts nothing, what parts of parts are told of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from marked_sentences import read

from extract.annotate import Candidate
from extract.resolve import resolve_document
from ontology.model import Observation

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span


def _told(doc: Doc) -> set[str]:
    record = resolve_document(doc, doc._.clean)
    name = {entity.id: entity.name for entity in record.entities}
    return {
        f"{name[f.subject]} {f.relation} "
        + (f"{f.object.value:g}{f.object.unit}" if isinstance(f.object, Observation) else name.get(str(f.object), ""))
        for f in record.facts
    }


def _span(doc: Doc, words: str) -> Span:
    return next(span for span in doc.spans["mentions"] if span.text == words)


def _with(marked: str, subject: str, confidence: float) -> set[str]:
    """Read a sentence; a model accepts its figure of another subject, too, less surely than of the first (0.9)."""
    doc = read(marked)
    found = next(c for c in doc._.candidates if c.relation == "observed")
    others = [c for c in doc._.candidates if c.relation == "observed" and c.object is not found.object]
    second = replace(found, subject=_span(doc, subject), confidence=confidence)
    doc._.candidates = [replace(found, confidence=0.9), second, *others]
    return {fact for fact in _told(doc) if " observed " in fact}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("实施“十项行动”，新建智能工厂12家", {"甘州市 observed 12家"}),
        ("打造“15分钟生活圈”，新建智能工厂12家", {"甘州市 observed 12家"}),
        ("形成六大产业集群，新建智能工厂12家", {"甘州市 observed 12家"}),
        ("世界500强企业增至18家", {"甘州市 observed 18家"}),
        ("形成6大产业集群", {"甘州市 observed 6个"}),
        ("新建五个产业园区", {"甘州市 observed 5个"}),
    ],
)
def test_a_number_in_a_name_measures_nothing(words: str, expected: set[str]) -> None:
    assert _told(read(f"[[Region|甘州市]]{words}。")) == expected


def test_a_figure_is_about_the_thing_that_is_much_surer() -> None:
    marked = "在[[Region|甘州市]]，[[Zone|云岭产业园]]入驻企业40家。"
    assert _with(marked, "甘州市", 0.5) == {"云岭产业园 observed 40家"}
    assert _with(marked, "甘州市", 0.8) == {"云岭产业园 observed 40家", "甘州市 observed 40家"}


def test_a_figure_of_coordinated_things_is_about_each() -> None:
    marked = "[[Region|甘州市]]、[[Region|兰陵市]]共建园区40家。"
    assert _with(marked, "兰陵市", 0.4) == {"甘州市 observed 40家", "兰陵市 observed 40家"}


def test_a_figure_in_front_of_a_thing_is_about_it() -> None:
    marked = "[[Region|甘州市]]设立总规模50亿元的[[Institution|甘州产业投资基金]]。"
    assert _with(marked, "甘州产业投资基金", 0.4) == {"甘州产业投资基金 observed 50元"}


def _related(marked: str, *facts: tuple[str, str, str, str]) -> set[str]:
    """Return what is told where a passage states each of the facts."""
    doc = read(marked)
    (model,) = read("[[Region|甘州市]]实现产值2亿元。")._.candidates
    doc._.candidates = [
        replace(
            model,
            subject=_span(doc, subject),
            relation=relation,
            object=_span(doc, obj),
            start=doc.text.index(passage),
            end=doc.text.index(passage) + len(passage),
        )
        for subject, relation, obj, passage in facts
    ]
    return _told(doc)


def test_a_part_of_a_part_is_not_told_to_be_part_of_the_whole_in_the_same_passage() -> None:
    marked = "[[Region|云岭省]][[Region|甘州市]][[Region|青石区]]开工。全省各区齐发力。"
    here, there = "云岭省甘州市青石区开工。", "全省各区齐发力。"
    nearer = [("青石区", "partOf", "甘州市", here), ("甘州市", "partOf", "云岭省", here)]
    told = {"青石区 partOf 甘州市", "甘州市 partOf 云岭省"}
    assert _related(marked, *nearer, ("青石区", "partOf", "云岭省", here)) == told
    assert _related(marked, *nearer, ("青石区", "partOf", "云岭省", there)) == {*told, "青石区 partOf 云岭省"}


def test_a_part_of_a_zone_does_not_lie_in_it_as_well() -> None:
    marked = "[[Zone|云岭示范区]]由[[Zone|青石园]]等组成。"
    here = "云岭示范区由青石园等组成。"
    part, place = ("青石园", "partOf", "云岭示范区", here), ("青石园", "locatedIn", "云岭示范区", here)
    assert _related(marked, part, place) == {"青石园 partOf 云岭示范区"}
    assert _related(marked, place) == {"青石园 locatedIn 云岭示范区"}


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("[[Zone|{{Region|湘}}{{Region|琼}}先进制造产业园]]开园。", set()),
        ("[[Zone|{{Region|琼}}北先进制造产业园]]开园。", {"琼北先进制造产业园 locatedIn 琼"}),
        ("[[Event|{{Region|甘州}}—{{Region|兰陵}}合作论坛]]举行。", set()),
        ("[[Event|{{Region|甘州}}合作论坛]]举行。", {"甘州合作论坛 locatedIn 甘州"}),
        (
            "[[Cluster|{{Region|甘州}}—{{Region|兰陵}}创新集群]]上榜。",
            {"甘州—兰陵创新集群 locatedIn 甘州", "甘州—兰陵创新集群 locatedIn 兰陵"},
        ),
    ],
)
def test_what_is_named_after_two_regions_may_lie_in_neither(marked: str, expected: set[str]) -> None:
    assert {fact for fact in _told(read(marked)) if " locatedIn " in fact} == expected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("[[Region|甘州市]]同[[Region|兰陵市]]、[[Region|青石市]]签署合作协议。", False),
        ("[[Region|甘州市]]同[[Region|临江市]]、[[Region|兰陵市]]、[[Region|青石市]]签署合作协议。", False),
        ("[[Region|甘州市]]与[[Region|兰陵市]]、[[Region|青石市]]共同发起联盟。", True),
        ("[[Region|兰陵市]]、[[Region|青石市]]签署合作协议。", True),
    ],
)
def test_those_with_whom_somebody_works_do_not_thereby_work_with_each_other(words: str, told: bool) -> None:
    whole = words.replace("[[Region|", "").replace("]]", "")
    facts = _related(words, ("兰陵市", "collaboratesWith", "青石市", whole))
    assert bool({"兰陵市 collaboratesWith 青石市", "青石市 collaboratesWith 兰陵市"} & facts) is told


@pytest.mark.parametrize(
    ("marked", "told"),
    [
        ("依托“[[Platform|织机平台]]”，[[Region|甘州市]]推动企业上云。", False),
        ("[[Region|甘州市]]基于[[Platform|织机平台]]推动企业上云。", False),
        ("[[Region|甘州市]]建成[[Platform|织机平台]]。", True),
    ],
)
def test_what_one_builds_on_one_does_not_thereby_build(marked: str, told: bool) -> None:
    """A model accepts that the city builds the platform."""
    doc = read(marked)
    city, platform = _span(doc, "甘州市"), _span(doc, "织机平台")
    found = Candidate(city, "develops", platform, 0, len(doc), "asserted", "linker", 0.6)
    doc._.candidates = [found]
    assert ("甘州市 develops 织机平台" in _told(doc)) == told
