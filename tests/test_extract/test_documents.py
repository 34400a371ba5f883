"""Documents as people have them: read, with the place of each word; hostile ones cost themselves only."""

from __future__ import annotations

import io
import json
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_documents import change_docx, make_docx, make_gbk_zip, make_mail, make_mhtml, make_pdf, make_zip

from extract.clean import clean_text
from extract.documents import LIMITS, Limits, ParserProcess
from extract.documents.parser import parse
from extract.documents.pdf import whole_text
from extract.read import read_documents
from ontology.model import Finding, SourceText

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "documents"
SENTENCE = "合肥高新区聚焦人工智能和量子信息,科大讯飞在园区建设语音产业基地。"
OTHER = "芜湖市重点发展智能网联汽车,奇瑞汽车总部位于芜湖。"


def sources(items: list[SourceText | Finding]) -> dict[str, SourceText]:
    return {item.doc: item for item in items if isinstance(item, SourceText)}


def troubles(items: list[SourceText | Finding]) -> list[tuple[str, str, str]]:
    return [(item.code, item.severity, item.doc) for item in items if isinstance(item, Finding)]


def parse_here(doc: str, data: bytes, limits: Limits = LIMITS) -> list[SourceText | Finding]:
    """Parse without a child process."""
    return [item for item in parse(doc, data, limits) if not isinstance(item, tuple)]


def test_all_kinds_are_read_from_a_folder_through_the_child(tmp_path: Path) -> None:
    files = {
        "a.pdf": make_pdf([[SENTENCE]]),
        "b.docx": make_docx([SENTENCE]),
        "c.eml": make_mail(SENTENCE, attachments={"附件.docx": make_docx([OTHER])}),
        "d.mhtml": make_mhtml(f"<html><body><p>{SENTENCE}</p></body></html>"),
        "e.csv": f'标题,正文\n简报,"{SENTENCE}"\n'.encode("gb18030"),
        "f.jsonl": json.dumps({"text": SENTENCE}).encode(),
        "g.zip": make_zip({"内/h.txt": SENTENCE.encode(), "i.pdf": make_pdf([[OTHER]])}),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    items = list(read_documents([tmp_path]))
    found = sources(items)
    assert list(found) == [
        "a.pdf", "b.docx", "c.eml", "c.eml/附件.docx", "d.mhtml", "e.csv/2", "f.jsonl/1", "g.zip/i.pdf",
        "g.zip/内/h.txt",
    ]  # fmt: skip
    assert {code for code, severity, _ in troubles(items)} <= {"encoding-guessed"}
    for doc, source in found.items():
        expected = OTHER if doc in ("c.eml/附件.docx", "g.zip/i.pdf") else SENTENCE
        assert expected in clean_text(source).text, doc


@pytest.mark.parametrize("name", ["plan-libreoffice.pdf", "plan-libreoffice.docx", "plan-chromium.pdf"])
def test_what_programs_save_reads_like_the_text(name: str) -> None:
    """Running heads, page numbers, line ends and radicals are gone; only spaces may differ."""
    (plain,) = read_documents([ROOT / "examples" / "corpus" / "06_chengdu-chongqing.txt"])
    (source,) = parse_here(name, (SAMPLES / name).read_bytes())
    assert isinstance(plain, SourceText) and isinstance(source, SourceText)
    text, expected = clean_text(source).text, clean_text(plain).text
    assert "".join(text.split()) == "".join(expected.split())


def test_pdf_places_are_page_and_line() -> None:
    pages = [["产业简报", SENTENCE, "- 1 -"], ["产业简报", OTHER, "- 2 -"]]
    (source,) = parse_here("a.pdf", make_pdf(pages))
    assert isinstance(source, SourceText)
    assert source.text == f"{SENTENCE}\n{OTHER}\n"
    assert source.place_of(source.text.index("芜湖")) == "page=2&line=2"
    assert [finding.code for finding in source.findings] == ["running-heads"]


def test_a_scan_is_reported_as_one() -> None:
    assert troubles(parse_here("scan.pdf", make_pdf([[], []], picture_on=[1, 2]))) == [
        ("scanned-document", "error", "scan.pdf")
    ]
    (source,) = parse_here("half.pdf", make_pdf([[SENTENCE], []], picture_on=[2]))
    assert isinstance(source, SourceText)
    assert [(f.code, f.severity) for f in source.findings] == [("scanned-pages", "warning")]
    assert "2" in source.findings[0].message
    (source,) = parse_here("blank.pdf", make_pdf([[SENTENCE], []]))
    assert [(f.code, f.severity) for f in source.findings] == [("pages-without-text", "info")]


def test_word_tables_and_changes() -> None:
    data = make_docx([SENTENCE, "删掉的话"], table=[["地区", "职能"], ["天津", "研发转化"]])
    changed = change_docx(data, "<w:r><w:t>删掉的话</w:t></w:r>".encode(),
                          '<w:del><w:r><w:delText>删掉的话</w:delText></w:r></w:del>'
                          "<w:ins><w:r><w:t>补上的话</w:t></w:r></w:ins>".encode())  # fmt: skip
    (source,) = parse_here("a.docx", changed)
    assert isinstance(source, SourceText)
    assert source.text == f"{SENTENCE}\n补上的话\n地区\t职能\n天津\t研发转化\n"
    assert source.place_of(source.text.index("补上")) == "paragraph=2"
    assert source.place_of(source.text.index("研发")) == "table=1&cell=2,2"


def test_figures_of_tables_are_read_as_sentences_where_measure_and_unit_are_clear() -> None:
    table = [
        ["地区", "数字经济规模(亿元)", "企业数量（单位：家）", "备注"],
        ["上海市", "5,200", "1300", "初步数"], ["安徽省", "3100.5", "…", ""], ["2023", "7", "8", ""],
    ]  # fmt: skip
    (source,) = parse_here("a.docx", make_docx([], table=table))
    assert isinstance(source, SourceText)
    assert source.text.splitlines() == [
        "地区\t数字经济规模(亿元)\t企业数量（单位：家）\t备注",
        "上海市数字经济规模为5200亿元。", "上海市企业数量为1300家。", "上海市\t初步数",
        "安徽省数字经济规模为3100.5亿元。", "安徽省\t…\t", "2023\t7\t8\t",
    ]  # fmt: skip
    assert source.place_of(source.text.index("1300")) == "table=1&cell=2,3"
    assert [finding.code for finding in source.findings] == ["figures-read-out"]


def test_mail_says_title_and_date_and_declares_its_charset() -> None:
    (source,) = parse_here("a.eml", make_mail(SENTENCE, charset="gb2312"))
    assert isinstance(source, SourceText)
    assert source.encoding == "gb18030"
    metadata = clean_text(source).metadata
    assert (metadata.title, metadata.date) == ("产业简报", "2024-05-12")


def test_rows_have_metadata_and_a_place() -> None:
    table = f'编号,标题,发布日期,来源,正文\nA1,简报一,2024年5月1日,某日报,"{SENTENCE}"\n,简报二,,,"{OTHER}"\n,空,,,\n'
    first, second, third = parse_here("t.csv", table.encode())
    assert isinstance(first, SourceText) and isinstance(second, SourceText) and isinstance(third, Finding)
    assert (first.doc, second.doc) == ("t.csv/A1", "t.csv/3")
    assert first.text == SENTENCE and first.place_of(5) == "cell=2,5"
    metadata = clean_text(first).metadata
    assert (metadata.title, metadata.date, metadata.outlet) == ("简报一", "2024-05-01", "某日报")
    assert (third.code, third.severity, third.doc) == ("empty-document", "error", "t.csv/4")


def test_a_text_with_separators_but_without_quotes_is_kept_and_named() -> None:
    finding, source = parse_here("t.csv", f"标题,正文\n简报,{SENTENCE}\n".encode())
    assert isinstance(finding, Finding) and isinstance(source, SourceText)
    assert (finding.code, finding.doc) == ("ragged-row", "t.csv/2")
    assert source.text == SENTENCE


def test_json_lines_cost_themselves_only() -> None:
    lines = [json.dumps({"content": SENTENCE, "published": "2023-07"}), "{", "[1]", '{"a": 1}', "[" * 100_000]
    source, *findings = parse_here("t.jsonl", "\n".join(lines).encode())
    assert isinstance(source, SourceText)
    assert (source.metadata.date, source.place_of(0)) == ("2023-07", "line=1")
    codes = [(f.code, f.doc) for f in findings if isinstance(f, Finding)]
    assert codes == [
        ("unreadable-record", "t.jsonl/2"), ("unreadable-record", "t.jsonl/3"),
        ("no-text-column", "t.jsonl/4"), ("unreadable-record", "t.jsonl/5"),
    ]  # fmt: skip


def test_halves_of_characters_in_a_pdf_are_joined_or_lost() -> None:
    assert whole_text("量\ud842\udfb7子") == "量𠮷子"
    assert whole_text("量\ud91a子") == "量\ufffd子"


@pytest.mark.parametrize("data", [b"\n", b"\n \n\n", b"\xef\xbb\xbf\n"])
def test_lines_that_are_all_blank_are_told_of(data: bytes) -> None:
    (finding,) = parse_here("t.jsonl", data)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.doc) == ("empty-document", "t.jsonl")


def test_names_in_archives(tmp_path: Path) -> None:
    (source,) = parse_here("a.zip", make_gbk_zip("安徽简报.txt", SENTENCE.encode()))
    assert source.doc == "a.zip/安徽简报.txt"
    hostile = make_zip(
        {f"{name}.txt": SENTENCE.encode() for name in ("../../up", "/abs", "C:\\win", "__MACOSX/x", ".h")}
    )
    assert sorted(sources(parse_here("b.zip", hostile))) == ["b.zip/C:/win.txt", "b.zip/abs.txt", "b.zip/up.txt"]
    (tmp_path / "c.zip").write_bytes(make_zip({"x.txt": SENTENCE.encode(), "./x.txt": OTHER.encode()}))
    assert list(sources(list(read_documents([tmp_path / "c.zip"])))) == ["c.zip/x.txt", "c.zip/x.txt~2"]
    assert list(tmp_path.iterdir()) == [tmp_path / "c.zip"]


SMALL = replace(LIMITS, unpacked_bytes=4 << 20, ratio_from=1 << 20, members=20, pages=3, rows=3, characters=500)


def nested(depth: int) -> bytes:
    data = make_zip({"a.txt": SENTENCE.encode()})
    for _ in range(depth):
        data = make_zip({"a.zip": data})
    return data


@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("bomb.zip", lambda: make_zip({"a.txt": b"0" * (3 << 20)}), "limit-ratio"),
        ("sum.zip", lambda: make_zip({f"{i}.txt": bytes(range(256)) * 2048 for i in range(19)}), "limit-size"),
        ("many.zip", lambda: make_zip({f"{i}.txt": b"x" for i in range(21)}), "limit-members"),
        ("deep.zip", lambda: nested(6), "limit-depth"),
        ("bomb.docx", lambda: change_docx(make_docx(["甲"]), "甲".encode(), b"0" * (3 << 20)), "limit-ratio"),
        (
            "xxe.docx",
            lambda: change_docx(
                make_docx(["甲"]), b"<w:document ", b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///x">]>\n<w:document '
            ),
            "hostile-document",
        ),
        ("long.pdf", lambda: make_pdf([["甲"]] * 4), "limit-pages"),
        ("long.txt", lambda: SENTENCE.encode() * 50, "limit-characters"),
        ("long.docx", lambda: make_docx([SENTENCE] * 50), "limit-characters"),
        ("long.csv", lambda: b"text\n" + b"a\n" * 9, "limit-rows"),
        ("no.pdf", lambda: b"<html>404</html>", "wrong-suffix"),
        ("no.docx", lambda: b"PK\x03\x04 no archive", "unreadable-document"),
        ("zip.docx", lambda: make_zip({"a.txt": b"x"}), "unreadable-document"),
        ("cut.pdf", lambda: make_pdf([[SENTENCE]])[:-900], "unreadable-document"),
        ("empty.eml", lambda: b"no header at all", "unreadable-document"),
        ("columns.csv", lambda: b"a,b\n1,2\n", "no-text-column"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(name: str, make: object, code: str) -> None:
    items = parse_here(name, make(), SMALL)  # type: ignore[operator]
    found = [item for item in items if isinstance(item, Finding) and item.severity == "error"]
    assert found and found[-1].code == code
    assert all(item.doc.startswith(name) and len(item.message) < 500 for item in found)


def test_archives_in_archives_hold_no_more_files_together_than_one_may() -> None:
    folder = make_zip({f"{i}.txt": SENTENCE.encode() for i in range(8)})
    items = parse_here("all.zip", make_zip({f"{i}.zip": folder for i in range(9)}), SMALL)
    assert len([item for item in items if isinstance(item, SourceText)]) == 20 - 3
    (finding,) = (item for item in items if isinstance(item, Finding))
    assert (finding.code, finding.doc) == ("limit-members", "all.zip")


def test_an_encrypted_pdf_says_so() -> None:
    from pypdf import PdfWriter

    writer, out = PdfWriter(clone_from=io.BytesIO(make_pdf([[SENTENCE]]))), io.BytesIO()
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(out)
    assert troubles(parse_here("a.pdf", out.getvalue())) == [("encrypted-document", "error", "a.pdf")]


def test_a_missing_reader_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdf", None)
    (finding,) = parse_here("a.pdf", make_pdf([[SENTENCE]]))
    assert isinstance(finding, Finding)
    assert finding.code == "reader-missing" and "jiqun[documents]" in finding.message


def many_paragraphs(count: int) -> bytes:
    """A small Word file that takes long to read."""
    return change_docx(make_docx(["甲"]), b"<w:p>", b"<w:p/>" * count + b"<w:p>")


def test_what_takes_too_long_is_killed_and_the_rest_goes_on() -> None:
    """The slow member is in the middle of an archive; those before and behind it are read, once each."""
    slow = replace(LIMITS, ratio=10**6)
    data = make_zip(
        {"a.txt": SENTENCE.encode(), "b.docx": many_paragraphs(1_500_000), "c.txt": OTHER.encode(), "d.xlsx": b"x"}
    )
    start = time.monotonic()
    with ParserProcess(replace(slow, seconds=2.0)) as parser:
        list(parser.parse("warm.txt", b"x"))
        items = list(parser.parse("x.zip", data))
        again = list(parser.parse("y.txt", SENTENCE.encode()))
    assert time.monotonic() - start < 60
    assert list(sources(items)) == ["x.zip/a.txt", "x.zip/c.txt"]
    assert troubles(items) == [("limit-time", "error", "x.zip/b.docx"), ("file-skipped", "warning", "x.zip/d.xlsx")]
    assert list(sources(again)) == ["y.txt"]


@pytest.mark.skipif(sys.platform != "linux", reason="the address space can be bounded there only")
def test_what_needs_too_much_memory_is_named() -> None:
    data = make_zip({"a.txt": b"0" * (150 << 20), "b.txt": SENTENCE.encode()})
    with ParserProcess(replace(LIMITS, ratio=10**6, memory_bytes=200 << 20)) as parser:
        items = list(parser.parse("x.zip", data))
    assert list(sources(items)) == ["x.zip/b.txt"]
    assert troubles(items) == [("limit-memory", "error", "x.zip/a.txt")]


def test_standard_input_is_a_document(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, doc in [
        (SENTENCE.encode(), "stdin"),
        (make_pdf([[SENTENCE]]), "stdin.pdf"),
        (make_docx([SENTENCE]), "stdin.docx"),
    ]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        (source,) = read_documents([Path("-")])
        assert isinstance(source, SourceText)
        assert source.doc == doc and SENTENCE in source.text


SEEDS = {
    "a.pdf": make_pdf([[SENTENCE], [OTHER]]),
    "a.docx": make_docx([SENTENCE], table=[["甲", "乙"]]),
    "a.eml": make_mail(SENTENCE, attachments={"b.txt": OTHER.encode()}),
    "a.mhtml": make_mhtml(f"<p>{SENTENCE}</p>"),
    "a.zip": make_zip({"b.txt": SENTENCE.encode(), "c.csv": f"text\n{OTHER}\n".encode()}),
    "a.csv": f"text,date\n{SENTENCE},2024\n".encode(),
    "a.jsonl": json.dumps({"text": SENTENCE}).encode(),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(SEEDS)), st.data())
def test_damaged_files_never_raise_and_are_never_lost(name: str, data: st.DataObject) -> None:
    """Cut, overwritten and doubled bytes give documents or an error that names the file."""
    damaged = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(damaged)))
        damaged[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    items = parse_here(name, bytes(damaged), replace(LIMITS, unpacked_bytes=8 << 20))
    assert items
    assert all(item.doc == name or item.doc.startswith(f"{name}/") for item in items)
    for source in sources(items).values():
        starts = [place.start for place in source.places]
        assert starts == sorted(starts) and all(0 <= start <= len(source.text) for start in starts)


@pytest.mark.skipif(sys.platform != "linux", reason="a timer of processor time")
def test_a_parser_whose_parent_is_gone_ends_by_itself() -> None:
    """The timer is set for each part and taken back at the end: an idle parser lives on."""
    slow = replace(LIMITS, ratio=10**6, seconds=-4.0)  # one second of processor time, and nobody who waits
    data = change_docx(make_docx(["甲"]), b"<w:p>", b"<w:p/>" * 1_500_000 + b"<w:p>")
    with ParserProcess(slow) as parser:
        child = parser._started()
        child.ask("a.docx", data, slow, skip=0, avoid=[])
        assert child.process.wait(timeout=60) == -signal.SIGPROF


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_parser_knows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "swordfish")
    with ParserProcess() as parser:
        assert list(sources(list(parser.parse("a.txt", SENTENCE.encode())))) == ["a.txt"]
        child = parser._started()
        assert b"swordfish" not in Path(f"/proc/{child.process.pid}/environ").read_bytes()
