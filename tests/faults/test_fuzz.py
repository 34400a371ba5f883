"""Damaged and invented inputs in all formats: nothing gets out but errors of ours, nothing hangs or eats memory."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sample_documents import make_docx, make_mail, make_mhtml, make_pdf, make_zip
from tally import CORPUS, ROOT, Tally

from extract.clean import clean_text
from extract.documents import LIMITS
from extract.documents.parser import parse
from extract.read import read_file
from kg import output
from kg.configuration import FILE_VARIABLE, load_assertions, load_configuration
from kg.curation import read_decisions
from ontology.errors import JiqunError
from ontology.model import Finding, SourceText
from queries.store import KnowledgeGraph, open_graph

SENTENCE = "合肥高新区聚焦人工智能和量子信息,科大讯飞在园区建设语音产业基地。"
SMALL = ROOT / "tests" / "test_kg" / "small.ttl"
LONGEST = 10.0
"""Seconds of processor time that one input may take: the machine may be busy with other things."""
SMALLER = dataclasses.replace(LIMITS, unpacked_bytes=8 << 20, memory_bytes=1 << 30)

PAGE = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>简报</title></head><body><nav>首页 &gt; 新闻</nav>
<div class="c"><table><tr><td>发文机关:</td><td>安徽省人民政府</td></tr></table><p>{SENTENCE}</p></div></body></html>"""
DECISION = {
    "action": "reject", "subject": "id:Firm_百度", "relation": "develops", "object": "id:Platform_x",
    "by": "ada", "at": "2026-01-05",
}  # fmt: skip
SEEDS: dict[str, bytes] = {
    "a.txt": (CORPUS / "01_shanghai-ai-conference.txt").read_bytes(),
    "b.txt": (CORPUS / "08_hetao.txt").read_bytes(),
    "a.md": f"# 标题\n\n- {SENTENCE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
    "a.html": PAGE.encode(),
    "b.html": (CORPUS / "07_g60-corridor.html").read_bytes(),
    "a.pdf": make_pdf([[SENTENCE], [SENTENCE]]),
    "a.docx": make_docx([SENTENCE], table=[["地区", "企业数量(家)"], ["天津", "12"]]),
    "a.eml": make_mail(SENTENCE, attachments={"b.txt": SENTENCE.encode()}),
    "a.mhtml": make_mhtml(f"<p>{SENTENCE}</p>"),
    "a.zip": make_zip({"b.txt": SENTENCE.encode(), "c.csv": f"text\n{SENTENCE}\n".encode()}),
    "a.csv": f'标题,正文,发布日期\n简报,"{SENTENCE}",2024年5月1日\n'.encode(),
    "a.jsonl": json.dumps({"text": SENTENCE, "authors": ["甲"], "published": "2024"}).encode(),
    "graph.ttl": SMALL.read_bytes()[:6000],
    "jiqun.toml": b'inputs = ["a"]\nout = "o"\npacks = []\nmin_confidence = 0.5\n'
    b"[assertions]\nmin.facts = 9\nmax.classes.Firm = 7\n"
    b'[neo4j]\nuri = "bolt://localhost:7687"\n',
    "decisions.jsonl": json.dumps(DECISION, ensure_ascii=False).encode() + b"\n",
    "manifest.json": output.to_json(
        output.Manifest("0.1.0", "rules", ("base",), {"documents": 1}, {"graph.ttl": "0" * 64}).to_record()
    ),
    "query.rq": b"SELECT ?x (COUNT(*) AS ?n) { ?x a kg:Firm ; skos:prefLabel 'a' OPTIONAL { ?x ?y ?z } } GROUP BY ?x",
}
GRAMMAR: dict[str, tuple[str, ...]] = {
    ".ttl": ("@prefix ", "kg:", "<", ">", '"', '"""', "'", "[", "]", "(", ")", ";", ",", ".", "a", "^^xsd:int", "@zh",
             "\\u0041", "_:b", "true", "1e9", "#", "\n", "<<", "PREFIX x: <y> ", "京"),
    ".toml": ("a", "=", "[", "]", "[[", '"', "'''", "{", "}", "1", "true", ".", "\n",
              "neo4j", "out", "2024-01-01", "assertions", "min", "classes", "nan"),
    ".json": ("{", "}", "[", "]", '"', ":", ",", "1e999", "null", "\\ud800", "text", "NaN", "\n", "-", "action"),
    ".jsonl": ("{", "}", "[", "]", '"text"', ":", ",", '"\\ud800"', "null", "\n", "1", '"正文"'),
    ".html": ("<", ">", "/", "p", "table", "tr", "td", "script", "style", "<!--", "-->", "&#x0;", "&#55296;", "&lt",
              "div", ' class="', '"', "=", "nav", "京", "<![CDATA[", "]]>", "svg", "meta charset=gb2312", "\x00"),
    ".csv": ('"', ",", "\n", "\r", "正文", "text", "\t", ";", "京", "日期", "''", "\x00"),
    ".rq": ("SELECT", "?x", "{", "}", "*", "WHERE", "FILTER", "(", ")", "SERVICE", "<", ">", '"', "'", "\\u0022",
            "FROM", "a",
            "kg:Firm", "EXISTS", "UNION", "+", "/", "^", "|", "#", "\n", "GROUP BY", "BIND", "AS", "GRAPH", "ASK"),
    ".eml": ("Subject:", "Content-Type:", "multipart/mixed; boundary=X", "--X", "--X--", "\n", "\r\n", "=?utf-8?b?",
             "?=", "base64", "charset=", "gb2312", "%00", ":", ";", "text/html", "Date:", "京", "message/rfc822"),
    ".txt": ("京", "。", "\n", "\r", "\u3000", "\ufeff", "(Jīng)", "《", "》", "1", "亿元", "第", "来源:", "\u202e",
             "百度", "推出", "平台", "2024年", "\ud7ff", "\U0010ffff", "https://", "一、", "|", "\x1b[31m", "http"),
}  # fmt: skip
"""Pieces of each language, to be put together at random."""


def mutate(data: st.DataObject, seed: bytes) -> bytes:
    """Cut, overwrite, double and shuffle some bytes."""
    found = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(found)))
        end = place + data.draw(st.integers(0, 60))
        kind = data.draw(st.integers(0, 4))
        if kind == 0:
            found[place:end] = data.draw(st.binary(max_size=20))
        elif kind == 1:
            del found[place:]
        elif kind == 2:
            found[place:place] = found[place:end] * data.draw(st.integers(1, 200))
        elif kind == 3 and place < len(found):
            found[place] ^= 1 << data.draw(st.integers(0, 7))
        else:
            other = data.draw(st.sampled_from(sorted(SEEDS)))
            found[place:end] = SEEDS[other][:200]
    return bytes(found)


def invent(data: st.DataObject, suffix: str) -> bytes:
    """Put pieces of a language together."""
    pieces = data.draw(st.lists(st.sampled_from(GRAMMAR[suffix]), min_size=1, max_size=60))
    joint = data.draw(st.sampled_from(["", " "]))
    return (joint.join(pieces) * data.draw(st.sampled_from([1, 1, 1, 50, 2000])))[:200_000].encode(
        "utf-8", "surrogatepass"
    )


class Reader:
    """Gives an input to the program the way it would meet it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.graph = open_graph(SMALL)

    def read(self, name: str, data: bytes) -> None:
        """Read an input; whatever gets out but an error of ours is a violation."""
        suffix = Path(name).suffix
        path = self.folder / name
        if suffix == ".ttl":
            KnowledgeGraph(data)
        elif suffix == ".rq":
            self.graph.query(data.decode("utf-8", "replace"), max_rows=1000)
        elif name == "jiqun.toml":
            path.write_bytes(data)
            with contextlib.suppress(JiqunError):
                load_assertions()
            load_configuration()
        elif name == "decisions.jsonl":
            path.write_bytes(data)
            read_decisions(path)
        elif name == "manifest.json":
            path.write_bytes(data)
            output.read_manifest(self.folder)
        elif suffix in (".txt", ".md", ".html"):
            path.write_bytes(data)
            self._clean(name, read_file(path, doc=name))
        else:
            items = [item for item in parse(name, data, SMALLER) if not isinstance(item, tuple)]
            assert items, "it is lost without a word"
            for item in items:
                self._clean(name, item)

    def _clean(self, name: str, item: SourceText | Finding) -> None:
        assert item.doc == name or item.doc.startswith(f"{name}/"), "it has another name"
        if isinstance(item, SourceText):
            clean = clean_text(item)
            for k in range(0, len(clean.text), max(1, len(clean.text) // 7)):
                start, end = clean.to_source(k, k + 1)
                assert 0 <= start <= end <= len(item.text), "an offset leads out of the text"


@contextlib.contextmanager
def bounded_memory(size: int) -> Iterator[None]:
    """Bound how much this process may grow."""
    with open("/proc/self/statm") as handle:
        now = int(handle.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (now + size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def try_input(tally: Tally, reader: Reader, name: str, data: bytes) -> None:
    start = time.process_time()
    wrong = ""
    try:
        reader.read(name, data)
    except JiqunError as error:
        wrong = "" if error.message.strip() else "an error without a message"
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"[:200]
    took = time.process_time() - start
    if took > LONGEST:
        wrong += f" took {took:.0f} s"
    if wrong:
        kept = reader.folder / f"violation-{len(tally.violations)}-{name}"
        kept.write_bytes(data)
        wrong += f" ({kept})"
    tally.tried(not wrong, f"{name}: {wrong}")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured through /proc")
def test_fuzzed_inputs(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: Callable[[int, int], int]
) -> None:
    """Texts, pages, PDF, Word, mail, archives, tables, JSON, Turtle, TOML, SPARQL: damaged samples and inventions."""
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "jiqun.toml"))
    reader = Reader(tmp_path)
    inputs = st.sampled_from([*((name, False) for name in SEEDS), *((f"x{suffix}", True) for suffix in GRAMMAR)])

    @settings(
        max_examples=size(300, 10_000), deadline=None, database=None, derandomize=not size(0, 1),
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(inputs, st.data())
    def fuzz(chosen: tuple[str, bool], data: st.DataObject) -> None:
        name, is_invented = chosen
        content = invent(data, Path(name).suffix) if is_invented else mutate(data, SEEDS[name])
        name = {"x.toml": "jiqun.toml", "x.json": "manifest.json"}.get(name, name)
        try_input(tally, reader, name, content)

    with bounded_memory(1 << 30):
        fuzz()


def nested(opening: str, closing: str, depth: int, core: str = "") -> str:
    return opening * depth + core + closing * depth


DEEP: dict[str, Callable[[], str]] = {
    "list.ttl": lambda: "<x:a> <x:b> " + nested("(", ")", 20_000) + " .",
    "blank.ttl": lambda: "<x:a> <x:b> " + nested("[ <x:c> ", "]", 20_000) + " .",
    "open.ttl": lambda: "<x:a> <x:b> " + "[" * 50_000,
    "literal.ttl": lambda: '<x:a> <x:b> """' + "x" * 2_000_000,
    "group.rq": lambda: "SELECT * " + nested("{", "}", 5_000),
    "filter.rq": lambda: "SELECT * { ?s ?p ?o FILTER(" + nested("(", ")", 20_000, "1") + ") }",
    "not.rq": lambda: "ASK { FILTER(" + "!" * 50_000 + "true) }",
    "path.rq": lambda: "SELECT * { ?s " + nested("(", ")*", 5_000, "kg:a") + " ?o }",
    "service.rq": lambda: "SELECT * " + nested("{", "}", 300, "SERVICE <x:y> {}"),
    "exists.rq": lambda: "ASK " + nested("{ FILTER EXISTS ", "}", 1_000, "{ ?s ?p 'service' }"),
    "union.rq": lambda: "ASK { " + " UNION ".join(["{ ?s ?p 'from x' }"] * 1_500) + " }",
    "deep.html": lambda: "<html>" + nested("<div>", "</div>", 50_000, SENTENCE),
    "attributes.html": lambda: "<html><p " + "a='b' " * 200_000 + f">{SENTENCE}",
    "open.html": lambda: "<html>" + "<" * 500_000,
    "comments.html": lambda: "<html>" + "<!--" * 200_000,
    "entities.html": lambda: "<html>" + "&amp;" * 300_000 + SENTENCE,
    "tables.html": lambda: "<html>" + nested("<table><tr><td>", "</td></tr></table>", 5_000, SENTENCE),
    "cdata.html": lambda: "<html>" + "<![CDATA[" * 100_000,
    "deep.jsonl": lambda: '{"text": ' + nested("[", "]", 200_000) + "}",
    "keys.jsonl": lambda: "{" + ",".join(f'"k{i}": 1' for i in range(100_000)) + "}",
    "number.jsonl": lambda: '{"text": ' + "9" * 1_000_000 + "}",
    "deep.toml": lambda: "a = " + nested("[", "]", 50_000),
    "dots.toml": lambda: ".".join(["a"] * 50_000) + " = 1",
    "tables.toml": lambda: "".join(f"[a{i}]\n" for i in range(20_000)),
    "deep.json": lambda: nested("[", "]", 200_000),
    "quotes.csv": lambda: "text\n" + '"' * 500_000,
    "columns.csv": lambda: ",".join(["正文"] * 200_000) + "\n" + "," * 200_000,
    "field.csv": lambda: 'text\n"' + "京" * 500_000 + '"\n',
    "deep.eml": lambda: "".join(f"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n" for i in range(2_000)),
    "header.eml": lambda: "Subject: " + "=?utf-8?q?" * 20_000 + "\n\n" + SENTENCE,
    "address.eml": lambda: "From: " + "(" * 20_000 + "\nSubject: a\n\n" + SENTENCE,
    "date.eml": lambda: "Date: " + "9" * 50_000 + "\nSubject: a\n\n" + SENTENCE,
    # the time for these grows with their square; the parser process ends it after 60 s
    "parameters.eml": lambda: "Content-Type: text/plain" + "; a*0=b" * 5_000 + "\n\n" + SENTENCE,
    "brackets.txt": lambda: "《" * 200_000 + SENTENCE,
    "pinyin.txt": lambda: "京(Jīng" * 50_000,
    "spaces.txt": lambda: "京" + " " * 1_000_000 + "京",
    "line.txt": lambda: SENTENCE * 40_000,
    "lines.txt": lambda: "京\n" * 400_000,
    "marks.txt": lambda: "\u0301" * 500_000,
    "title.md": lambda: "#" * 500_000,
    "fence.md": lambda: "```" * 200_000,
    "pipes.md": lambda: "|" * 500_000,
    "stars.md": lambda: "*" * 300_000 + SENTENCE,
    "links.md": lambda: "[" * 200_000 + "](" * 1_000,
    "front.md": lambda: "---\n" * 100_000,
}
"""Inputs that are deep, long or wide in one respect."""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured through /proc")
def test_deep_long_and_wide_inputs(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: Callable[[int, int], int]
) -> None:
    """Each is read or refused with a reason within ten seconds; none ends the process."""
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "jiqun.toml"))
    names = list(DEEP)
    for name in names if size(0, 1) else names[::4]:
        # a stack that overflows ends the process: so each has one of its own
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                signal.setitimer(signal.ITIMER_PROF, 2 * LONGEST)
                inner = Tally()
                with bounded_memory(1 << 30):
                    known = {"deep.toml", "dots.toml", "tables.toml"}
                    shown = "jiqun.toml" if name in known else "manifest.json" if name == "deep.json" else name
                    try_input(inner, Reader(tmp_path), shown, DEEP[name]().encode())
                os.write(write, "\n".join(inner.violations).encode() or b"-")
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read) as stream:
            said = stream.read()
        os.waitpid(child, 0)
        tally.tried(said == "-", f"{name}: {said or 'the process died or did not end'}")
