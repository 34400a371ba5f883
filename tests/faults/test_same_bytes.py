"""The same bytes whatever the hash seed, locale, time zone and order of the files; each fact leads to its bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_documents import make_docx, make_mail, make_pdf, make_zip
from tally import CORPUS, ROOT, RULES, Tally

import kg
from extract.clean import clean_text
from extract.read import read_documents
from kg import output
from ontology.model import CleanText, SourceText

FILES = (*output.FILES, output.MANIFEST)
SENTENCE = "合肥高新区聚焦人工智能和量子信息,科大讯飞在园区建设语音产业基地。"
SURROUNDINGS: tuple[dict[str, str], ...] = (
    {"PYTHONHASHSEED": "0", "LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "UTC"},
    {"PYTHONHASHSEED": "4242", "LC_ALL": "zh_CN.GBK", "PYTHONUTF8": "0", "TZ": "Asia/Shanghai"},
    {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "America/St_Johns"},
    {"PYTHONHASHSEED": "2", "LANG": "zh_CN.UTF-8", "KG_LANG": "zh", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "3", "LC_ALL": "tr_TR.UTF-8", "PYTHONOPTIMIZE": "2", "PYTHONUTF8": "0"},
    {"PYTHONHASHSEED": "5", "LC_ALL": "C.UTF-8", "COLUMNS": "20", "NO_COLOR": "1", "PYTHONDEVMODE": "1"},
)


@pytest.mark.integration
def test_same_bytes_in_all_surroundings(tally: Tally, tmp_path: Path, size: Callable[[int, int], int]) -> None:
    """Separate processes, each with another seed, locale and zone, and the files in another order."""
    names = [path.name for path in sorted(CORPUS.iterdir())][: size(2, 9)]
    first: dict[str, str] = {}
    for number, extra in enumerate(SURROUNDINGS[: size(2, 6)]):
        files = [str(CORPUS / name) for name in names]
        out = tmp_path / str(number)
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "KG_"))}
        words = [sys.executable, "-m", "kg", "build", *(files[::-1] if number % 2 else files), "--out", str(out),
                 "--profile", "rules", "--no-cache", "-q", "--jobs", str(1 + number % 2)]  # fmt: skip
        process = subprocess.run(
            words, env={**kept, **extra, "PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, check=False
        )
        found = {name: hashlib.sha256((out / name).read_bytes()).hexdigest() for name in FILES if (out / name).exists()}
        first = first or found
        differ = [name for name in FILES if found.get(name) != first.get(name)]
        tally.tried(found and not differ, f"{extra}: {differ} {process.stderr[-300:].decode('utf-8', 'replace')}")
    tally.note = f"{len(names)} documents"


def leads_back(clean: CleanText, quote: str, start: int, end: int) -> bool:
    """Whether a quote stands in the cleaned text at a place that came from these offsets of the file's text."""
    at = clean.text.find(quote) if quote else -1
    while at >= 0:
        if clean.to_source(at, at + len(quote)) == (start, end):
            return True
        at = clean.text.find(quote, at + 1)
    return False


@pytest.mark.integration
def test_each_fact_leads_to_bytes(tally: Tally, tmp_path: Path) -> None:
    """Fact, quote, offsets, text, file, checksum: nothing is missing on the way back, for every fact."""
    texts = Path(shutil.copytree(CORPUS, tmp_path / "texts"))
    (texts / "a.pdf").write_bytes(make_pdf([[SENTENCE], ["天津市规上企业达到120家。"]]))
    (texts / "b.docx").write_bytes(make_docx([SENTENCE], table=[["地区", "企业数量(家)"], ["天津", "12"]]))
    (texts / "c.eml").write_bytes(make_mail(SENTENCE, attachments={"d.txt": SENTENCE.encode()}))
    (texts / "e.zip").write_bytes(make_zip({"f.txt": SENTENCE.encode(), "g.csv": f"text\n{SENTENCE}\n".encode()}))
    out = tmp_path / "out"
    kg.build([texts], out=out, settings=RULES, jobs=1, cache=False)
    sources = {item.doc: item for item in read_documents([texts]) if isinstance(item, SourceText)}
    cleaned = {doc: clean_text(source) for doc, source in sources.items()}
    graph = (out / output.GRAPH).read_text("utf-8")
    for doc, source in sources.items():
        tally.tried(source.sha256 in graph, f"{doc}: the graph has another checksum")
        if (texts / doc).is_file():
            is_same = source.sha256 == hashlib.sha256((texts / doc).read_bytes()).hexdigest()
            tally.tried(is_same, f"{doc}: the checksum is of other bytes")
    quoted = set()
    for line in (out / output.FACTS).read_text("utf-8").split("\n")[:-1]:
        fact = json.loads(line)
        if fact["origin"] != "extracted":
            tally.tried(fact["source"], f"{fact['fact']}: background without a source")
            continue
        quoted.add(fact["doc"])
        is_there = leads_back(cleaned[fact["doc"]], fact["text"], fact["start"], fact["end"])
        tally.tried(is_there, f"{fact['doc']} {fact['start']}-{fact['end']}: {fact['text']!r}")
    assert {"a.pdf", "b.docx", "c.eml", "e.zip/f.txt"} <= quoted and len(quoted) >= 12
    tally.note = f"{len(quoted)} documents"
