"""Run the commands and code of a page as they stand there, in a folder of their own.

The only thing that changes is addresses: the servers of the pages listen on ports that a test cannot have, so
`bolt://localhost:7687` and `http://127.0.0.1:7200/` become those of the servers of the test.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neo4j_testing import TestDatabase
from sample_documents import make_docx, make_mail, make_pdf, make_zip

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.M | re.S)
COMMAND = re.compile(r"^\$ (.+(?:\\\n.+)*)$", re.M)
BOLT, WEB = "bolt://localhost:7687", "http://127.0.0.1:7200/"
PREFIXES = """\
@prefix kg: <https://w3id.org/jiqun/ontology#> . @prefix id: <https://w3id.org/jiqun/id/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
SENTENCES = ("合肥市重点发展人工智能产业。", "安徽省与上海市协同推进长三角一体化发展。", "科大讯飞发布讯飞星火大模型。")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        return COMMAND.findall(self.text)

    @property
    def output(self) -> list[str]:
        """What the page says that the last command prints."""
        return COMMAND.sub("", self.text).strip("\n").splitlines()


def read_blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [Block(page, text.count("\n", 0, m.start()) + 1, m[1], m[2]) for m in FENCE.finditer(text)]


def read_exceptions() -> dict[str, str]:
    """What cannot run, and why: the text of a command, or the first line of a block."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    return {text: kind["reason"] for kind in table["not_run"] for text in kind["what"]}


def make_workspace(folder: Path, built: Path) -> None:
    """Put there what the pages speak of: the samples, documents of all kinds, a finished build."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    shutil.copytree(ROOT / "examples" / "corpus", folder / "texts")
    for name in ("out", "out/demo", "out/more"):
        shutil.copytree(built, folder / name)
    for name in ("sure", "later"):
        shutil.copytree(built / ".cache", folder / name / ".cache")
    for name, sentence in zip(("plan.pdf", "report.pdf", "notice.pdf"), SENTENCES, strict=True):
        (folder / name).write_bytes(make_pdf([[sentence]]))
    (folder / "letters").mkdir()
    (folder / "letters" / "a.eml").write_bytes(make_mail(SENTENCES[0]))
    (folder / "letters" / "b.docx").write_bytes(make_docx(SENTENCES))
    (folder / "news.zip").write_bytes(make_zip({"a.txt": SENTENCES[1].encode(), "b.docx": make_docx(SENTENCES)}))
    (folder / "articles.csv").write_text(f"标题,正文\n甲,{SENTENCES[0]}\n乙,{SENTENCES[2]}\n", "utf-8")
    decision = {"action": "accept", "by": "李", "reason": "核对过", "subject": "id:Firm_阿里云"}
    decision |= {"relation": "develops", "object": "id:Platform_杭州城市大脑"}
    (folder / "decisions.jsonl").write_text(json.dumps(decision, ensure_ascii=False) + "\n", "utf-8")


@dataclass
class Runner:
    """Runs blocks in one folder, one after the other."""

    folder: Path
    database: TestDatabase | None = None
    addresses: dict[str, str] = field(default_factory=dict)
    servers: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "110", "LC_ALL": "C.UTF-8"}
        if self.database is not None:
            self.addresses[BOLT] = self.database.uri
            secret = self.folder / ".neo4j" / "server" / "password"
            secret.parent.mkdir(parents=True)
            secret.write_text(self.database.password, "utf-8")
            self.environment |= {"NEO4J_URI": self.database.uri, "NEO4J_PASSWORD": self.database.password}

    def run(self, block: Block) -> Iterator[tuple[str, str]]:
        """Run a block, and yield what went wrong: where, and what."""
        where = f"{block.page.name}:{block.line}"
        for complaint in getattr(self, f"run_{block.language}")(block):
            yield where, complaint

    def run_console(self, block: Block) -> Iterator[str]:
        for command in block.commands:
            if command in read_exceptions():
                continue
            if command.startswith(("kg serve ", "kg review ")):
                yield from self.serve(command)
                continue
            done = self.process(["bash", "-c", self.here(command)])
            if done.returncode:
                yield f"$ {command}\n{done.stdout}{done.stderr}(exit code {done.returncode})"
            elif (
                block.output and command == block.commands[-1] and plain(done.stdout) != plain("\n".join(block.output))
            ):
                yield f"$ {command}\nthe page says:\n{block.text}\nit prints:\n{done.stdout}"

    def run_python(self, block: Block) -> Iterator[str]:
        done = self.process([sys.executable, "-c", self.here(block.text)])
        if done.returncode:
            yield done.stderr

    def run_cypher(self, block: Block) -> Iterator[str]:
        assert self.database is not None
        for statement in filter(str.strip, block.text.split(";\n")):
            try:
                rows = self.database.run(statement)
            except Exception as error:
                yield f"{statement}\n{error}"
            else:
                if "RETURN" in statement and not rows:
                    yield f"{statement}\nno row"

    def run_sparql(self, block: Block) -> Iterator[str]:
        done = self.process([sys.executable, "-m", "kg", "query", block.text, "--graph", "out", "--json"])
        if done.returncode or not json.loads(done.stdout):
            yield f"{block.text}{done.stderr or 'no row'}"

    def run_turtle(self, block: Block) -> Iterator[str]:
        import rdflib

        if not rdflib.Graph().parse(data=PREFIXES + block.text, format="turtle"):
            yield "no triple"

    def run_toml(self, block: Block) -> Iterator[str]:
        if not tomllib.loads(block.text):
            yield "nothing in it"

    def run_json(self, block: Block) -> Iterator[str]:
        for line in block.text.splitlines():
            if not isinstance(json.loads(line), dict):
                yield line

    def serve(self, command: str) -> Iterator[str]:
        server = subprocess.Popen(
            ["bash", "-c", f"exec {command} --port 0"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.servers.append(server)
        assert server.stdout is not None
        self.addresses[WEB] = server.stdout.readline().strip()
        self.addresses[WEB] = self.addresses[WEB].split()[-1] if self.addresses[WEB] else ""
        if not self.addresses[WEB].startswith("http://127.0.0.1:"):
            yield f"$ {command}\nno address, but {self.addresses[WEB]!r}"

    def stop(self) -> None:
        for server in self.servers:
            server.terminate()
            server.communicate(timeout=30)

    def here(self, text: str) -> str:
        for written, real in self.addresses.items():
            text = text.replace(written, real)
        return text

    def process(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        options: dict[str, Any] = {"cwd": self.folder, "env": self.environment, "stdin": subprocess.DEVNULL}
        return subprocess.run(words, capture_output=True, text=True, timeout=240, **options)


def plain(output: str) -> list[str]:
    """What is printed without what differs from run to run: seconds, and what was reused."""
    lines = re.sub(r"in [\d.]+ s\b", "in … s", output).splitlines()
    return [line.rstrip() for line in lines if line.strip() and not line.startswith("reused ")]
