"""Copies of one text are found, whatever was done to it; texts of different writers are none."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import permutations
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resolution_cases import merged, parse

from extract.resolution.copies import (
    SHORTEST,
    Copy,
    Sketches,
    age_of,
    copies_among,
    find_alike,
    find_copies,
    fingerprint_text,
    renew_copies,
    row_of,
    sketch_rows,
)
from ontology.assertion import describe_corpus
from ontology.model import DocumentMetadata, DocumentRecord, Finding

SENTENCES = (
    "滨海市今年把算力网络列为头号工程,计划分三期建设智算中心。",
    "首期项目已在临港新城开工,由本地两家企业联合投资。",
    "据介绍,中心建成后将为周边制造企业提供训练与推理服务。",
    "市发展改革委表示,还会配套出台电价和人才两项政策。",
    "业内人士认为,当地缺少的不是机房,而是会用数据的企业。",
    "为此,滨海大学新设了数据工程学院,每年招收三百名学生。",
    "与之相邻的望海县则侧重储能电池,去年产值增长了两成。",
    "两地还签订了协议,共同申报国家级的产业集群。",
)
TEXT = "\n".join(SENTENCES)
OTHER = (
    "本报讯 昨日举行的全市文旅大会提出,要用三年时间把古城打造成为区域旅游目的地。会议通报了节假日接待情况,"
    "部署了民宿提升、夜间消费和交通接驳等工作,并为首批十家示范民宿授牌。与会人员实地察看了运河沿线的景观改造,"
    "观看了沉浸式演出。主办方介绍,下一步将引进专业团队,办好秋季戏剧节和马拉松赛。"
)
SPUN = {"今年": "本年度", "计划": "打算", "建设": "建造", "企业": "公司", "表示": "称", "认为": "觉得", "共同": "一起"}


def record(doc: str, text: str, date: str | None = None) -> DocumentRecord:
    return DocumentRecord(doc, "", DocumentMetadata(date=date), fingerprint=fingerprint_text(text), length=len(text))


def mark_copies(records: list[DocumentRecord]) -> tuple[list[DocumentRecord], list[Finding]]:
    copies, findings = find_copies(records)
    return [replace(r, copy_of=copies.get(r.doc, "")) for r in sorted(records, key=lambda r: r.doc)], findings


def spin(text: str) -> str:
    for word, other in SPUN.items():
        text = text.replace(word, other)
    return text


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param("转载自滨海在线 编辑 小王\n" + TEXT + "\n责任编辑:小李", id="framed"),
        pytest.param("\n".join(SENTENCES[3:]), id="without its beginning"),
        pytest.param("\n".join(random.Random(3).sample(SENTENCES, len(SENTENCES))), id="another order"),
        pytest.param(spin(TEXT), id="spun"),
        pytest.param(TEXT.replace(",", ", ").replace("。", "."), id="other punctuation"),
    ],
)
def test_a_copy_is_found_whatever_was_done_to_it(changed: str) -> None:
    records, findings = mark_copies([record("copy.txt", changed, "2024-05-02"), record("news.txt", TEXT, "2024-05-01")])
    assert {r.doc: r.copy_of for r in records} == {"copy.txt": "news.txt", "news.txt": ""}
    (finding,) = findings
    assert (finding.code, finding.severity, finding.doc) == ("document-copy", "info", "copy.txt")
    assert "news.txt" in finding.message


def test_other_texts_are_no_copies() -> None:
    records, findings = mark_copies([record("a.txt", TEXT), record("b.txt", OTHER)])
    assert [r.copy_of for r in records] == ["", ""]
    assert not findings


def test_a_text_too_short_to_tell_is_no_copy() -> None:
    short = SENTENCES[0][: SHORTEST // 2]
    records, findings = mark_copies([record("a.txt", short), record("b.txt", short)])
    assert [r.copy_of for r in records] == ["", ""]
    assert not findings


def test_the_original_is_the_earliest_then_the_longest_then_the_first() -> None:
    half = "\n".join(SENTENCES[:5])
    dated = [record("a.txt", TEXT), record("b.txt", TEXT, "2024-02"), record("c.txt", half, "2024-01-31")]
    assert {r.copy_of for r in mark_copies(dated)[0]} == {"", "c.txt"}
    assert {r.copy_of for r in mark_copies([record("a.txt", half), record("b.txt", TEXT)])[0]} == {"", "b.txt"}
    assert {r.copy_of for r in mark_copies([record("b.txt", TEXT), record("a.txt", TEXT)])[0]} == {"", "a.txt"}


def test_two_texts_that_a_third_draws_on_are_not_one() -> None:
    digest = TEXT + OTHER
    records, _ = mark_copies(
        [record("a.txt", TEXT, "2024-01"), record("b.txt", OTHER, "2024-02"), record("c.txt", digest, "2024-03")]
    )
    assert [bool(r.copy_of) for r in records] == [False, False, True]


@settings(max_examples=20, deadline=None)
@given(
    st.permutations(
        [("a.txt", TEXT, "2024"), ("b.txt", spin(TEXT), None), ("c.txt", OTHER, None), ("d.txt", TEXT, None)]
    )
)
def test_order_changes_nothing(documents: list[tuple[str, str, str | None]]) -> None:
    records, findings = mark_copies([record(*document) for document in documents])
    assert {r.doc: r.copy_of for r in records} == {"a.txt": "", "b.txt": "a.txt", "c.txt": "", "d.txt": "a.txt"}
    assert [f.doc for f in findings] == ["b.txt", "d.txt"]


def test_support_counts_a_text_and_its_copies_once() -> None:
    marked = "[[Firm|云帆]]推出[[Platform|云谷平台]]"
    facts = [("云帆", "develops", "云谷平台")]
    one, two, three = (parse(marked, facts, doc=doc) for doc in ("a.txt", "b.txt", "c.txt"))
    same, other = fingerprint_text(TEXT), fingerprint_text(OTHER)
    records = [replace(one, fingerprint=same), replace(two, fingerprint=same), replace(three, fingerprint=other)]
    for order in permutations(records):
        rows = list(describe_corpus(merged(*order)))
        counts = [obj.text for _, predicate, obj in rows if predicate == "kg:supportCount" and not isinstance(obj, str)]
        assert counts == ["2"]
        assert [(s, o) for s, p, o in rows if p == "kg:copyOf"] == [("id:Document_b%2Etxt", "id:Document_a%2Etxt")]


@settings(deadline=None)  # on a busy machine a call can take any time
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=2, max_size=12))
def test_who_resembles_nobody_changes_nothing(made: list[tuple[int, int]]) -> None:
    """Of many documents only those go into the index that may have a partner: the copies are the same."""
    texts = ["".join(chr(0x4E00 + (i * 7919 + kind * 104729) % 20000) for i in range(400)) for kind in range(4)]
    records = [
        record(f"{n}.txt", texts[kind][: 400 - 5 * cut] + texts[(kind + 1) % 4][: 5 * cut])
        for n, (kind, cut) in enumerate(made)
    ]
    with patch("extract.resolution.copies.FEW", 1), patch("extract.resolution.copies._DRAWS", 512):
        many = find_copies(records)
    assert many == find_copies(records)


class Remembered:
    """`Known` of some numbered texts, as `copies_among` found them."""

    def __init__(self, before: dict[int, DocumentRecord], now: dict[int, DocumentRecord]) -> None:
        self.before, self.now = before, now
        self.copies = found(before.values())
        self.numbers = {record.doc: number for number, record in before.items()}

    def age(self, number: int) -> bytes:
        return repr(age_of(self.now[number])).encode()

    def original(self, number: int) -> int | None:
        if self.before.get(number) != self.now[number]:
            return None
        doc = self.now[number].doc
        original = self.copies[doc][0] if doc in self.copies else doc
        number = self.numbers[original]
        return number if number in self.now else -1

    def copies_of(self, number: int) -> list[int]:
        doc = self.before[number].doc
        copies = [self.numbers[copy] for copy, (original, _) in self.copies.items() if original == doc]
        return [copy for copy in copies if self.now.get(copy) == self.before[copy]]

    def alike(self, number: int) -> list[tuple[int, float]]:
        places = sorted(self.now)
        rows = sketch_rows(b"".join(row_of(self.now[place].fingerprint) for place in places))
        return [(places[other], shared) for other, shared in find_alike(rows, places.index(number))]


def found(records: Iterable[DocumentRecord]) -> dict[str, Copy]:
    by_age = sorted(records, key=age_of)
    return copies_among((record.doc, record.fingerprint) for record in by_age if record.fingerprint)


def renewed(before: dict[int, DocumentRecord], now: dict[int, DocumentRecord]) -> dict[str, Copy]:
    """Return the copies of now, of those that were found before what may have changed alone looked at again."""
    known = Remembered(before, now)
    gone = {number for number, text in before.items() if now.get(number) != text}
    again = {copy for number in gone for copy in known.copies_of(number)}
    again |= {number for number, text in now.items() if before.get(number) != text}
    became = renew_copies(again, known)
    after = {doc: copy for doc, copy in known.copies.items() if known.numbers[doc] in now.keys() - became.keys()}
    after |= {
        now[number].doc: (now[original].doc, shared)
        for number, (original, shared) in became.items()
        if original != number
    }
    return after


numbered = st.dictionaries(
    st.integers(0, 9), st.tuples(st.integers(0, 3), st.integers(0, 80), st.integers(1, 3)), min_size=1, max_size=9
)


@settings(deadline=None, max_examples=150)
@given(numbered, numbered, st.sets(st.integers(0, 9)))
def test_copies_of_texts_that_came_and_went_are_those_of_all(
    first: dict[int, tuple[int, int, int]], second: dict[int, tuple[int, int, int]], staying: set[int]
) -> None:
    """Texts are made of two of four in all proportions, and of three dates: copies of copies, and of what goes."""
    second = {number: first[number] if number in staying & first.keys() else made for number, made in second.items()}
    texts = ["".join(chr(0x4E00 + (i * 7919 + kind * 104729) % 20000) for i in range(400)) for kind in range(4)]
    before, now = (
        {
            n: record(f"{n}.txt", texts[kind][: 400 - 5 * cut] + texts[(kind + 1) % 4][: 5 * cut], f"2024-0{month}")
            for n, (kind, cut, month) in made.items()
        }
        for made in (first, second)
    )
    assert renewed(before, now) == found(now.values())


def test_what_becomes_a_copy_lets_its_own_copies_go_and_takes_them_back() -> None:
    """The middle one resembles both others, which do not resemble each other."""
    one, other = ("".join(chr(0x4E00 + start + 7 * i) for i in range(300)) for start in (0, 3000))
    texts = {0: record("0.txt", one, "2024-01"), 1: record("1.txt", one + other, "2024-02")}
    texts[2] = record("2.txt", other, "2024-03")
    later = {number: texts[number] for number in (1, 2)}
    assert found(later.values()).keys() == {"2.txt"} and found(texts.values()).keys() == {"1.txt"}
    assert renewed(later, texts) == found(texts.values())
    assert renewed(texts, later) == found(later.values())


def test_rows_are_as_many_as_there_are_texts() -> None:
    sketches = Sketches()
    for _ in range(5000):
        sketches.add(b"")
    sketches.add(fingerprint_text(TEXT))
    assert sketches.rows().shape[0] == sketches.count == 5001
    assert sketches.rows()[5000].tobytes() == row_of(fingerprint_text(TEXT))


def test_rows_find_whom_the_index_finds() -> None:
    """What is looked up without the index is what it would have found and compared."""
    choice = random.Random(5)
    pieces = ["".join(chr(0x4E00 + 40 * i + j) for j in range(40)) for i in range(20)]
    texts = ["".join(choice.sample(pieces, choice.randint(4, 18))) for _ in range(80)]
    fingerprints = [fingerprint_text(text) for text in texts]
    rows = sketch_rows(b"".join(map(row_of, fingerprints)))
    for place in range(0, 80, 5):
        alike = dict(find_alike(rows, place))
        for other, fingerprint in enumerate(fingerprints):
            pair = copies_among([("one", fingerprints[place]), ("other", fingerprint)])
            assert pair == ({"other": ("one", alike[other])} if other in alike else {}) or other == place
    assert any(find_alike(rows, place) for place in range(80))


def test_a_text_too_short_resembles_nobody() -> None:
    rows = sketch_rows(row_of(b"") + row_of(fingerprint_text(TEXT)) + row_of(b""))
    assert find_alike(rows, 1) == []
