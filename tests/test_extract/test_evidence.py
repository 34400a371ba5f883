"""Every piece of evidence leads back to the words as the user gave them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resolution_cases import as_clean, parse

from extract.annotate import annotate, build_nlp
from extract.clean import clean_text
from extract.resolution.evidence import trim_span
from extract.resolve import resolve_document
from ontology.model import SourceText

NOISY = (
    "數(shù)字經(jīng)濟\n\n2021年,京津冀數(shù)字經(jīng)濟規模超過4萬億元。北京市發(fā)布《北京市算力建設(shè)方案》,"
    "推動人工智能產(chǎn)業(yè)發(fā)展。天津與河北協(xié)同,共建京津冀大數(shù)據(jù)綜合試驗區(qū)。\n"
)


def test_quote_is_the_clean_passage():
    record = parse("[[Firm|百度]]推出[[Platform|开物平台]]。", [("百度", "develops", "开物平台")])
    (evidence,) = record.facts[0].evidence
    assert (evidence.doc, evidence.start, evidence.end) == ("a.txt", 0, 9)
    assert evidence.text == "百度推出开物平台。"


@settings(deadline=None)
@given(st.text(alphabet=" \n\u3000京津", min_size=1), st.data())
def test_trimming_keeps_all_words(text: str, data: st.DataObject):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    low, high = trim_span(text, start, end)
    assert text[low:high] == text[start:end].strip()


def test_source_offsets_go_through_the_map():
    clean = as_clean("百度推出开物平台", source="首页>正文 百度推出开物平台 版权所有")
    assert clean.to_source(0, 8) == (6, 14)


@pytest.fixture(scope="module")
def noisy_record():
    clean = clean_text(SourceText("noisy.txt", NOISY))
    return clean, resolve_document(annotate(build_nlp(), clean), clean)


def test_raw_passage_cleans_to_the_quote(noisy_record):
    clean, record = noisy_record
    pieces = [e for fact in record.facts for e in fact.evidence]
    assert pieces
    for piece in pieces:
        inside = [i for i, start in enumerate(clean.starts) if piece.start <= start < piece.end]
        assert "".join(clean.text[i] for i in inside).strip() == piece.text
        assert clean.to_source(inside[0], inside[-1] + 1) == (piece.start, piece.end) or clean.text[inside[0]].isspace()


def test_raw_passage_cleaned_on_its_own_is_the_quote(noisy_record):
    clean, record = noisy_record
    for fact in record.facts:
        for piece in fact.evidence:
            again = clean_text(SourceText("part.txt", clean.source.text[piece.start : piece.end]))
            assert again.text.strip() == piece.text
