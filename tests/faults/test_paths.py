"""Names that lead elsewhere and archives that grow: nothing is written or read outside, nothing goes beyond its limit."""

from __future__ import annotations

import io
import json
import os
import resource
import stat
import struct
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sample_documents import change_docx, make_docx, make_mail, make_mhtml, make_zip
from serving import Server
from tally import ROOT, Tally

from extract.documents import LIMITS, ParserProcess
from kg import cli
from kg.reviewing.texts import Texts
from ontology.model import Finding

SMALL = ROOT / "tests" / "test_kg" / "small.ttl"
SENTENCE = "合肥高新区聚焦人工智能和量子信息,科大讯飞在园区建设语音产业基地。"
SECRET = "nobody may read this 7719"

NAMES = (
    "../up.txt", "../../up.txt", "a/../../../up.txt", "./../up.txt", "/abs.txt", "//abs.txt", "C:\\win.txt", "C:/win.txt",
    "\\\\?\\C:\\win.txt", "\\\\host\\share\\a.txt", "..\\up.txt", "a\\..\\..\\up.txt", "%2e%2e/up.txt", "..%2fup.txt",
    "%2e%2e%2fup.txt", "..%c0%afup.txt", "．．/up.txt", "../\u202eup.txt", "CON.txt", "NUL.txt", "aux.txt", "a.txt ", "a.txt.",
    "a:b.txt", "-rf.txt", "--out.txt", "~/a.txt", "~root/a.txt", "$HOME/a.txt", "`id`.txt", "$(id).txt", "a\nb.txt", "a\x00b.txt",
    "a\x1b[31m.txt", "长" * 300 + ".txt", "d/" * 120 + "a.txt", ".lock", "manifest.json", "graph.ttl", ".graph.ttl.1.jiqun-tmp",
    "a\ud7ff.txt", "\u2028.txt", "a.txt/../b.txt", "..", ".", "...", "....//up.txt",
)  # fmt: skip
"""Names of documents in archives, mails and saved pages."""
ADDRESSES = (
    "/../secret.txt", "/pictures/../secret.txt", "/pictures/%2e%2e/secret.txt", "/pictures/..%2fsecret.txt",
    "/pictures/..%5csecret.txt", "/pictures/%2e%2e%2f%2e%2e%2fsecret.txt", "/pictures//etc/passwd", "/pictures/%2fetc%2fpasswd",
    "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/pictures/graph.html%00.txt", "/pictures/%c0%ae%c0%ae/secret.txt",
    "/..;/secret.txt", "/manifest.json", "/pictures/manifest.json", "/pictures/.lock", "/facts.jsonl", "/pictures/..",
    "/static/../secret.txt", "/index.html/../../secret.txt", "/sparql/../secret.txt", "/pictures/C:%5csecret.txt",
)  # fmt: skip


class Writes:
    """Notes what this process opens for writing, makes, moves or removes outside a folder."""

    def __init__(self) -> None:
        self.allowed = ""
        self.found: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.allowed or event not in ("open", "os.rename", "os.mkdir", "os.remove", "os.symlink", "os.link"):
            return
        if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        for path in arguments[: 2 if event in ("os.rename", "os.symlink", "os.link") else 1]:
            if isinstance(path, str | bytes | os.PathLike):
                real = os.path.abspath(os.fsdecode(path))
                if not real.startswith((self.allowed, "/dev/null")) and "__pycache__" not in real:
                    self.found.append(f"{event} {real}")

    @contextmanager
    def only_in(self, folder: Path) -> Iterator[list[str]]:
        self.found = []
        self.allowed = str(folder)
        try:
            yield self.found
        finally:
            self.allowed = ""


@pytest.fixture(scope="module")
def writes() -> Writes:
    return Writes()


def tree(folder: Path, without: str) -> dict[str, int]:
    return {str(path): path.stat().st_size for path in folder.rglob("*") if without not in path.parts}


def with_link(data: bytes) -> bytes:
    """Add a symbolic link to an archive."""
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as packed:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(link, "../secret.txt")
    return buffer.getvalue()


@pytest.mark.integration
def test_no_name_leads_elsewhere(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], writes: Writes
) -> None:
    """Members of archives, attachments, documents, questions, packs, packages of pages, addresses of the servers."""
    home, inside = tmp_path / "home", tmp_path / "home" / "work"
    inside.mkdir(parents=True)
    (home / "secret.txt").write_text(SECRET, encoding="utf-8")
    (inside / "texts").mkdir()
    (inside / "link.txt").symlink_to(home / "secret.txt")
    monkeypatch.chdir(inside)
    members = {name.replace("\x00", "\0"): f"{SENTENCE}{number}".encode() for number, name in enumerate(NAMES)}
    (inside / "texts" / "a.zip").write_bytes(with_link(make_zip(members)))
    attached = {name: data for name, data in members.items() if name.isprintable()}
    (inside / "texts" / "b.eml").write_bytes(make_mail(SENTENCE, attachments=attached))
    (inside / "texts" / "c.mhtml").write_bytes(
        make_mhtml(f"<p>{SENTENCE}</p>").replace(b"https://example.org/a.html", b"file:///../../secret.txt")
    )
    before = tree(tmp_path, "out")
    with writes.only_in(inside / "out") as found:
        code = cli.main(["build", "texts", "--out", "out", "--profile", "rules", "--jobs", "1", "--no-cache", "-q"])
    capsys.readouterr()
    lines = (inside / "out" / "facts.jsonl").read_text("utf-8")
    docs = {json.loads(line)["doc"] for line in lines.split("\n")[:-1]} - {""}
    tally.tried(code in (0, 1) and not found, f"exit {code}, written outside: {found[:5]}")
    tally.tried(tree(tmp_path, "out") == before, "a file appeared or changed outside of the output")
    written = "".join(path.read_text("utf-8") for path in (inside / "out").glob("*.jsonl"))
    tally.tried(SECRET not in written, "the secret was read")
    assert len(docs) > 30
    for doc in docs:
        parts = doc.split("/")
        tally.tried(
            ".." not in parts and not doc.startswith(("/", "~")) and "\\" not in doc, f"a document is called {doc!r}"
        )
    texts = Texts([inside / "texts"])
    for doc in (
        "../secret.txt",
        str(home / "secret.txt"),
        "texts/../../secret.txt",
        "a.zip/../../secret.txt",
        "link.txt",
    ):
        tally.tried(texts.around(doc, SECRET, 0) is None, f"the page of reviews reads {doc}")
    for words in (["ask", "../../secret"], ["ask", "../secret.txt", "--graph", "out"], ["ask", str(home / "secret.txt"), "--graph", "out"],
                  ["build", "texts", "--out", "o2", "--pack", "../nothing"], ["pack", "check", "../../secret.txt"],
                  ["pack", "new", "../evil"], ["pack", "new", "a/b"], ["read", "texts/a.zip", "--doc", "../secret.txt"],
                  ["draw", "out", "--focus", "../secret.txt", "--out", "x.html"], ["export", "out", "--format", "../x", "--out", "y"]):  # fmt: skip
        with writes.only_in(inside) as found:
            code = cli.main(words)
        said = capsys.readouterr()
        is_right = code in (1, 2) and not found and SECRET not in said.out + said.err and "Traceback" not in said.err
        tally.tried(is_right, f"kg {' '.join(words)}: exit {code}, {found[:3]} {said.err[:200]}")
    server = Server(inside / "out")
    try:
        for address in ADDRESSES:
            reply = server.request("GET", address)
            is_page = reply.status == 200 and b"<!doctype html>" in reply.body[:200].lower()
            is_right = reply.status in (400, 404, 405, 307, 308) or is_page
            tally.tried(
                is_right and SECRET.encode() not in reply.body and b"root:" not in reply.body,
                f"{address}: {reply.status}",
            )
    finally:
        server.stop()


def deflated(size: int, inner: bytes = b"0" * (1 << 20)) -> bytes:
    """A ZIP member that unpacks to very much, though its header says little."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = b"".join(packer.compress(inner) for _ in range(size // len(inner))) + packer.flush()
    name, crc = b"a.txt", 0
    head = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(data), 100, len(name), 0)
    central = struct.pack(
        "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(data), 100, len(name), 0, 0, 0, 0, 0, 0
    )
    end = struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, 1, 1, len(central) + len(name), len(head) + len(name) + len(data), 0
    )
    return head + name + data + central + name + end


def forty_two(depth: int, width: int = 16) -> bytes:
    """Archives in archives, each of many."""
    data = make_zip({"a.txt": b"0" * (8 << 20)})
    for _ in range(depth):
        data = make_zip({f"{number}.zip": data for number in range(width)})
    return data


def pdf_bomb(size: int) -> bytes:
    packed = zlib.compress(b"0" * size, 9)
    packed = zlib.compress(packed, 9)
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
    body += (
        b"4 0 obj<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n" % len(packed)
        + packed
        + b"\nendstream endobj\n"
    )
    return body + b"trailer<</Root 1 0 R>>\n%%EOF"


def entity_bomb(depth: int) -> bytes:
    entities = '<!ENTITY e0 "laugh">' + "".join(f'<!ENTITY e{k} "{f"&e{k - 1};" * 10}">' for k in range(1, depth))
    return change_docx(make_docx(["甲"]), b"<w:document ", f"<!DOCTYPE d [{entities}]>\n<w:document ".encode())


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "header lies": ("a.zip", lambda: deflated(1 << 30)),
    "ratio": ("a.zip", lambda: make_zip({"a.txt": b"0" * (190 << 20)})),
    "archives in archives": ("a.zip", lambda: forty_two(4)),
    "archives side by side": ("a.zip", lambda: forty_two(2, 60)),
    "very many members": ("a.zip", lambda: make_zip({f"{k}.txt": b"x" for k in range(60_000)})),
    "entities in Word": ("a.docx", lambda: entity_bomb(12)),
    "a text of 190 MB in Word": ("a.docx", lambda: change_docx(make_docx(["甲"]), "甲".encode(), b"0" * (190 << 20))),
    "paragraphs in Word": ("a.docx", lambda: change_docx(make_docx(["甲"]), b"<w:p>", b"<w:p/>" * 6_000_000 + b"<w:p>")),
    "nested tables in Word": (
        "a.docx", lambda: change_docx(make_docx(["甲"]), b"<w:p>", b"<w:tbl><w:tr><w:tc>" * 20_000 + b"<w:p>")),
    "a stream packed twice in PDF": ("a.pdf", lambda: pdf_bomb(1 << 30)),
    "a ring of pages": ("a.pdf", lambda: pdf_bomb(1).replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")),
    "mail in mail": ("a.eml", lambda: b"Content-Type: message/rfc822\n\n" * 20_000 + b"x"),
    "a very long line": ("a.csv", lambda: b"text\n" + b"x," * (90 << 20)),
    "deep JSON": ("a.jsonl", lambda: b'{"text": ' + b"[" * (20 << 20)),
}  # fmt: skip
QUICK = ("ratio", "archives in archives", "entities in Word", "paragraphs in Word", "a ring of pages", "mail in mail")
IN_ALL = 300.0
"""Seconds for a file with all its members."""


def high_water(pid: int) -> int:
    """Return the most memory that a process had so far, in bytes."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().split("\n") if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


def ended() -> int:
    """Return the most memory that any child had which has ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


@pytest.mark.skipif(sys.platform != "linux", reason="memory of children is measured there")
def test_no_bomb_takes_more_than_its_limit(tally: Tally, size: Callable[[int, int], int]) -> None:
    """Each is read within its limits or refused with a reason; the file after it is read as ever."""
    slowest, name_of = 0.0, ""
    with ParserProcess(LIMITS) as parser:
        list(parser.parse("warm.txt", b"x"))
        for name, (file, make) in BOMBS.items():
            if size(1, 2) == 1 and name not in QUICK:
                continue
            data = make()
            start = time.monotonic()
            items = list(parser.parse(file, data))
            taken = time.monotonic() - start
            after = list(parser.parse("b.txt", SENTENCE.encode()))
            is_told = any(isinstance(item, Finding) for item in items) or items
            is_well = len(after) == 1 and not isinstance(after[0], Finding)
            peak = max(high_water(parser._started().process.pid), ended())
            parts = max(1, len(items))  # each member of an archive has its own time
            allowed = min((LIMITS.seconds + 1) * parts, IN_ALL)
            is_right = is_told and is_well and taken <= allowed and peak <= 2 << 30
            tally.tried(is_right, f"{name}: {taken:.1f} s, {peak / 2**20:.0f} MiB, {items[:2]}")
            slowest, name_of = max((slowest, name_of), (taken, name))
    tally.note = f"slowest: {name_of}, {slowest:.0f} s; parsers took {ended() / 2**20:.0f} MiB at most"
