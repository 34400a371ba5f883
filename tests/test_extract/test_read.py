"""Reading: which files are documents, how they are decoded, and what happens to those that are not."""

from __future__ import annotations

import hashlib
import io
import os
import time
import unicodedata
import zipfile
from pathlib import Path
from unittest.mock import patch

import pytest

from extract.read import plan_documents, read_documents, read_files, stamp_of
from ontology.errors import UsageError
from ontology.model import Finding, SourceText

SIMPLIFIED = "示例市数据局发布数字经济发展报告,全市数字经济规模达到三千亿元。\n企业在高新区建设工业互联网平台。\n"
TRADITIONAL = "示例市數據局發布數字經濟發展報告,全市數字經濟規模達到三千億元。\n企業在高新區建設工業互聯網平臺。\n"


def read_one(path: Path) -> SourceText | Finding:
    (item,) = read_documents([path])
    return item


@pytest.mark.parametrize(
    ("encoding", "text", "expected"),
    [
        ("utf-8", SIMPLIFIED, "utf-8"),
        ("utf-8-sig", SIMPLIFIED, "utf-8"),
        ("utf-16", SIMPLIFIED, "utf-16-le"),
        ("utf-16-le", SIMPLIFIED, "utf-16-le"),
        ("utf-16-be", SIMPLIFIED, "utf-16-be"),
        ("utf-32", SIMPLIFIED, "utf-32-le"),
        ("gb18030", SIMPLIFIED, "gb18030"),
        ("gbk", TRADITIONAL, "gb18030"),
        ("big5", TRADITIONAL, "big5"),
    ],
)
def test_decodes_what_chinese_texts_come_in(tmp_path: Path, encoding: str, text: str, expected: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    source = read_one(path)
    assert isinstance(source, SourceText)
    assert (source.text, source.encoding, source.doc) == (text, expected, "a.txt")
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_big_endian_with_mark(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be"))
    source = read_one(tmp_path / "a.txt")
    assert isinstance(source, SourceText)
    assert source.text == SIMPLIFIED


def test_short_texts_are_decoded(tmp_path: Path) -> None:
    for number, (text, encoding) in enumerate(
        [("百度公司在北京。", "gb18030"), ("數位經濟發展", "big5"), ("abc", "utf-8")]
    ):
        path = tmp_path / f"{number}.txt"
        path.write_bytes(text.encode(encoding))
        source = read_one(path)
        assert isinstance(source, SourceText), encoding
        assert source.text == text


def test_line_ends_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("一\r\n二\r三\n".encode())
    source = read_one(tmp_path / "a.txt")
    assert isinstance(source, SourceText)
    assert source.text == "一\r\n二\r三\n"


def test_declared_charset_of_a_page_counts(tmp_path: Path) -> None:
    page = f'<html><head><meta charset="gb2312"></head><body>{SIMPLIFIED}</body></html>'
    (tmp_path / "a.html").write_bytes(page.encode("gbk"))
    source = read_one(tmp_path / "a.html")
    assert isinstance(source, SourceText)
    assert (source.encoding, source.media_type, source.findings) == ("gb18030", "text/html", ())


def test_guessed_encoding_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(SIMPLIFIED.encode("gbk"))
    source = read_one(tmp_path / "a.txt")
    assert isinstance(source, SourceText)
    assert [(finding.code, finding.severity) for finding in source.findings] == [("encoding-guessed", "info")]


def test_media_type_follows_suffix_and_content(tmp_path: Path) -> None:
    for name, content, expected in [
        ("a.md", "# 一", "text/markdown"),
        ("a.HTM", "<p>一</p>", "text/html"),
        ("a.txt", "一", "text/plain"),
        ("b.txt", "<!DOCTYPE html>\n<p>一</p>", "text/html"),
    ]:
        (tmp_path / name).write_text(content, encoding="utf-8")
        source = read_one(tmp_path / name)
        assert isinstance(source, SourceText)
        assert source.media_type == expected, name


def test_folders_are_read_recursively_and_sorted(tmp_path: Path) -> None:
    for name in ["b.txt", "a/z.md", "a/c/d.html", "a.txt", ".hidden.txt", ".git/x.txt", "note.csv"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("集群", encoding="utf-8")
    items = list(read_documents([tmp_path]))
    assert [item.doc for item in items if isinstance(item, SourceText)] == ["a.txt", "a/c/d.html", "a/z.md", "b.txt"]
    findings = [(item.code, item.severity, item.doc) for item in items if isinstance(item, Finding)]
    assert findings == [("file-skipped", "info", "note.csv")]


def test_names_are_composed(tmp_path: Path) -> None:
    (tmp_path / unicodedata.normalize("NFD", "Zürich.txt")).write_text("集群", encoding="utf-8")
    source = read_one(tmp_path)
    assert isinstance(source, SourceText)
    assert source.doc == unicodedata.normalize("NFC", "Zürich.txt")


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("empty.txt", b"", "empty-document"),
        ("white.txt", b" \n\t\n", "empty-document"),
        ("paper.txt", b"%PDF-1.7 \x00\x01", "binary-file"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "binary-file"),
        ("zeros.txt", bytes(range(256)) * 8, "binary-file"),
        ("controls.txt", bytes(range(1, 32)) * 20, "binary-file"),
        ("noise.txt", bytes((i * 37 + i * i * 11) % 255 + 1 for i in range(2000)), "unreadable-encoding"),
        ("half.txt", b"\xff\xfe" + bytes((i * 91 + i * i * 7) % 256 for i in range(2001)), "unreadable-encoding"),
        ("data.csv", b"a,b", "no-text-column"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "unsupported-file"),
    ],
)
def test_a_useless_file_costs_itself_only(tmp_path: Path, name: str, data: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(data)
    (tmp_path / "good.txt").write_text("集群", encoding="utf-8")
    first, second = read_documents([tmp_path / name, tmp_path / "good.txt"])
    assert isinstance(first, Finding)
    assert (first.code, first.severity, first.doc) == (code, "error", name)
    assert name in first.message
    assert isinstance(second, SourceText)


def test_a_few_bad_bytes_do_not_cost_the_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(SIMPLIFIED.encode() * 5 + b"\xe4\xba")
    source = read_one(tmp_path / "a.txt")
    assert isinstance(source, SourceText)
    assert source.text.startswith(SIMPLIFIED)
    assert ("undecodable-bytes", "warning") in {(finding.code, finding.severity) for finding in source.findings}


def test_a_file_that_changes_has_another_stamp(tmp_path: Path) -> None:
    """Also one of the same size whose time of change was set back; what changed a moment ago has none."""
    path = tmp_path / "a.txt"
    path.write_text("算力", encoding="utf-8")
    assert stamp_of(path) == ""
    os.utime(path, (1e9, 1e9))
    assert stamp_of(path) == "", "its time was set back a moment ago"
    assert stamp_of(tmp_path / "missing") == ""
    with patch("extract.read.SETTLED", -1):
        before = stamp_of(path)
        assert before and stamp_of(path) == before
        times = path.stat().st_mtime_ns
        time.sleep(0.02)
        path.write_text("算法", encoding="utf-8")
        os.utime(path, ns=(times, times))
        assert path.stat().st_mtime_ns == times and stamp_of(path) not in ("", before)
    with patch("extract.read.time.time_ns", lambda: path.stat().st_ctime_ns + 3 * 10**9):
        assert stamp_of(path)


def test_files_that_are_known_are_not_read(tmp_path: Path) -> None:
    """Only a file that is one document, under its own name, can be known: others hold several, or lend a name."""
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("x.txt", "集群")
    (tmp_path / "table.csv").write_text("title,text\n一,数字产业集群发展\n二,数字经济产业园\n", encoding="utf-8")
    for name in ("a.txt", "c.html"):
        (tmp_path / name).write_text("<p>产业集群</p>", encoding="utf-8")
    planned = plan_documents([tmp_path])
    asked: dict[str, str] = {}
    with patch("extract.read.SETTLED", -1):
        items = list(read_files(planned, lambda doc, stamp: bool(asked.update({doc: stamp}))))
        stamped = {item.value.doc: item.stamp for item in items if item.stamp}
        assert stamped == {name: asked[name] for name in ("a.txt", "c.html")}
        assert set(asked) == {"a.txt", "b.zip", "c.html", "table.csv"} and len(items) == 5
        rest = [item.value.doc for item in read_files(planned, lambda doc, stamp: stamped.get(doc) == stamp)]
        assert rest == [item.value.doc for item in items if not item.stamp]
    assert not any(item.stamp for item in read_files(planned))
    assert not any(item.stamp for item in read_files(planned, lambda doc, stamp: False)), "changed a moment ago"


def test_a_file_whose_name_a_document_in_another_one_has_is_never_known(tmp_path: Path) -> None:
    """It goes by another name then, which depends on the other file."""
    for folder in ("one", "two/b.zip"):
        (tmp_path / folder).mkdir(parents=True)
    with zipfile.ZipFile(tmp_path / "one" / "b.zip", "w") as archive:
        archive.writestr("x.txt", "集群")
    (tmp_path / "two" / "b.zip" / "x.txt").write_text("产业", encoding="utf-8")
    planned = plan_documents([tmp_path / "one", tmp_path / "two"])
    with patch("extract.read.SETTLED", -1):
        items = list(read_files(planned, lambda doc, stamp: doc != "b.zip"))
    assert [(item.value.doc, item.stamp) for item in items] == [("b.zip/x.txt", ""), ("b.zip/x.txt~2", "")]
    assert [item.doc for item in read_documents([tmp_path / "two", tmp_path / "one"])] == [
        "b.zip/x.txt", "b.zip/x.txt~2"
    ]  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with a name")
def test_what_comes_through_a_pipe_is_never_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input is not the file that is called so, and a pipe is no file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_text("集群", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("产业".encode())))
    os.mkfifo(tmp_path / "pipe.txt")
    with patch("extract.read.SETTLED", -1):
        (item,) = read_files(plan_documents([Path("-")]), lambda doc, stamp: True)
        assert isinstance(item.value, SourceText) and (item.value.text, item.stamp) == ("产业", "")
        assert stamp_of(tmp_path / "pipe.txt") == ""


def test_a_document_between_takes_its_name_though_it_is_known(tmp_path: Path) -> None:
    for folder in ("one", "two/c.zip", "three"):
        (tmp_path / folder).mkdir(parents=True)
    for path, name in ((tmp_path / "one" / "b.zip", "x.txt"), (tmp_path / "three" / "c.zip", "y.txt")):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, "集群")
    (tmp_path / "two" / "c.zip" / "y.txt").write_text("产业", encoding="utf-8")
    planned = plan_documents([tmp_path / name for name in ("one", "two", "three")])
    with patch("extract.read.SETTLED", -1):
        items = list(read_files(planned, lambda doc, stamp: doc == "c.zip/y.txt"))
    assert [item.value.doc for item in items] == ["b.zip/x.txt", "c.zip/y.txt~2"]


def test_a_file_that_holds_more_than_the_document_with_its_name_has_no_stamp(tmp_path: Path) -> None:
    """As a mail does, with what is attached to it."""
    (tmp_path / "mail.txt").write_text("集群", encoding="utf-8")
    texts = [SourceText("mail.txt", "集群"), SourceText("mail.txt/plan.txt", "规划")]
    for held in (texts[:1], texts):
        with (
            patch("extract.read._read_path", lambda *_, held=held, **__: iter(held)),
            patch("extract.read.SETTLED", -1),
        ):
            items = list(read_files(plan_documents([tmp_path]), lambda doc, stamp: False))
        assert [item.value for item in items] == held
        assert [bool(item.stamp) for item in items] == ([True] if len(held) == 1 else [False, False])


@pytest.mark.skipif(os.name != "posix", reason="needs links")
def test_links_to_files_are_read_links_to_folders_are_not(tmp_path: Path) -> None:
    (tmp_path / "texts" / "sub").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    for name in ("texts/sub/a.txt", "other/b.txt"):
        (tmp_path / name).write_text("集群", encoding="utf-8")
    for link, target in (("b.txt", "../other/b.txt"), ("folder", "../other"), ("up", ".."), ("round.txt", "round.txt")):
        (tmp_path / "texts" / link).symlink_to(target)
    assert [item.doc for item in read_documents([tmp_path / "texts"])] == ["b.txt", "sub/a.txt"]


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    finding = read_one(tmp_path / "nothing")
    assert isinstance(finding, Finding)
    assert (finding.code, finding.severity) == ("empty-folder", "error")
    assert "nothing" in finding.message


def test_missing_paths_are_usage_errors_all_named_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"(?s)one\.txt.*two") as caught:
        read_documents([tmp_path / "one.txt", tmp_path / "two"])
    assert caught.value.hint


def test_equal_names_are_a_usage_error_that_names_both(tmp_path: Path) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.txt").write_text("集群", encoding="utf-8")
    with pytest.raises(UsageError, match=r"(?s)a.x\.txt.*b.x\.txt"):
        read_documents([tmp_path / "a", tmp_path / "b"])


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a user whom a file mode can stop")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("集群", encoding="utf-8")
    path.chmod(0)
    finding = read_one(path)
    assert isinstance(finding, Finding)
    assert (finding.code, finding.doc) == ("unreadable-file", "a.txt")
