"""Cleaning measured on the texts beside the repository: no gold name is lost, every phrase is located."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from extract.clean import clean_fragment, clean_text
from extract.read import read_documents
from ontology.model import CleanText, SourceText

_FOLDERS = {"seeds": "seeds", "dev": "devcorpus", "train": "traincorpus"}
_ROW = re.compile(r"\| (?P<question>CQ\d+) \| (?P<seed>\d{3}) \| (?P<start>\d+)–(?P<end>\d+) \| (?P<phrase>.*?) \|")


@pytest.fixture(scope="module")
def cleaned(shared: Path) -> dict[str, list[CleanText]]:
    return {
        gold: [clean_text(item) for item in read_documents([shared / folder]) if isinstance(item, SourceText)]
        for gold, folder in _FOLDERS.items()
    }


def test_every_evidence_phrase_is_located(shared: Path, cleaned: dict[str, list[CleanText]]) -> None:
    table = (shared / "evidence-phrases.md").read_text(encoding="utf-8").replace("\\|", "\x01")
    rows = list(_ROW.finditer(table))
    assert len(rows) > 60
    seeds = {clean.source.doc[:3]: clean for clean in cleaned["seeds"]}
    for row in rows:
        phrase = row["phrase"].replace("\x01", "|")
        clean, span = seeds[row["seed"]], (int(row["start"]), int(row["end"]))
        places = [clean.to_source(m.start(), m.end()) for m in re.finditer(re.escape(phrase), clean.text)]
        assert span in places, phrase
        assert clean_fragment(clean, *span) == phrase


def test_the_seeds_lose_their_672_pinyin_inserts(cleaned: dict[str, list[CleanText]]) -> None:
    findings = [f for clean in cleaned["seeds"] for f in clean.findings if f.code == "pinyin-removed"]
    assert sum(int(f.message.split()[0]) for f in findings) == 672
    whole = "".join(clean.text for clean in cleaned["seeds"])
    assert all(kept in whole for kept in ("(WIPO)", "(GII)", "(算力单位PETAFLOPS)"))


def test_front_matter_of_the_seeds(cleaned: dict[str, list[CleanText]]) -> None:
    metadata = {clean.source.doc[:3]: clean.metadata for clean in cleaned["seeds"]}
    assert [metadata[seed].date for seed in sorted(metadata)] == [None, "2024-11-19", "2024-03-20", "2022-12-20", None]
    assert metadata["001"].authors == ("高婴劢", "刘丽超")
    assert (metadata["002"].outlet, metadata["003"].outlet) == ("经济参考报", "北京日报")


def _names(shared: Path, gold: str) -> Iterator[tuple[str, str]]:
    for path in sorted((shared / "gold" / gold).glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for entity in document["entities"]:
            for name in [entity["name"], *entity["aliases"]]:
                yield document["doc"], name


@pytest.mark.parametrize("gold", list(_FOLDERS))
def test_no_name_of_the_gold_is_lost(shared: Path, cleaned: dict[str, list[CleanText]], gold: str) -> None:
    def fold(text: str) -> str:
        return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))

    before = {clean.source.doc: fold(clean.source.text) for clean in cleaned[gold]}
    after = {clean.source.doc: fold(clean.text) for clean in cleaned[gold]}
    names = [(doc, fold(name)) for doc, name in _names(shared, gold)]
    assert [(doc, name) for doc, name in names if name in before[doc] and name not in after[doc]] == []
    found = sum(name in after[doc] for doc, name in names)
    assert found / len(names) > 0.92  # the rest is spelled out by the annotators: 东数西算工程 for “东数西算”工程


@pytest.mark.parametrize("gold", list(_FOLDERS))
def test_cleaning_a_clean_text_changes_nothing(cleaned: dict[str, list[CleanText]], gold: str) -> None:
    for clean in cleaned[gold]:
        assert clean_text(SourceText(clean.source.doc, clean.text)).text == clean.text, clean.source.doc


@pytest.mark.parametrize("gold", list(_FOLDERS))
def test_sentences_are_their_sources_cleaned(cleaned: dict[str, list[CleanText]], gold: str) -> None:
    total, wrong = 0, []
    for clean in cleaned[gold]:
        for match in re.finditer("[^。！？；\n]+", clean.text):
            total += 1
            if clean_fragment(clean, *clean.to_source(match.start(), match.end())) != match.group():
                wrong.append((clean.source.doc, match.group()))
    assert len(wrong) <= 1 + total // 10_000, wrong  # a sentence that begins inside a repaired place


def test_a_traditional_twin_with_pinyin_cleans_to_the_same_text(cleaned: dict[str, list[CleanText]]) -> None:
    import opencc
    import pypinyin

    to_traditional = opencc.OpenCC("s2tw")
    total = different = 0
    for clean in cleaned["dev"]:
        if any(finding.code == "script-traditional" for finding in clean.findings):
            continue
        twin = to_traditional.convert(clean.text)
        spelled = sorted({c for c in twin if "一" <= c <= "龥"})[::9]
        noisy = "".join(f"{c}({pypinyin.pinyin(c)[0][0]})" if c in spelled else c for c in twin)
        back = clean_text(SourceText(clean.source.doc, noisy)).text
        assert len(back) == len(clean.text), clean.source.doc
        total += len(back)
        different += sum(a != b for a, b in zip(back, clean.text, strict=True))
    assert different <= total / 10_000
