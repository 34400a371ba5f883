"""Each command and each block of code of README and docs runs as it stands there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from doc_blocks import BOLT, Block, Runner, make_workspace, plain, read_blocks, read_exceptions

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCKS = {page: read_blocks(page) for page in PAGES}
PLAIN_LANGUAGES = {"text", "mermaid"}


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def can_run(block: Block) -> bool:
    if block.language == "console":
        return any(command not in read_exceptions() for command in block.commands)
    return block.language not in PLAIN_LANGUAGES and block.text.split("\n")[0] not in read_exceptions()


def needs_server(page: Path) -> bool:
    return any(b.language == "cypher" or BOLT in b.text or "kg load" in b.text for b in BLOCKS[page] if can_run(b))


RUNNABLE = [page for page in PAGES if any(map(can_run, BLOCKS[page]))]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The graph of the samples, which most pages begin with."""
    out = tmp_path_factory.mktemp("built") / "out"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "kg", "build", "examples/corpus", "--out", str(out), "--quiet"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return out


def run_page(page: Path, runner: Runner, built: Path) -> None:
    make_workspace(runner.folder, built)
    try:
        wrong = [f"{where}\n{what}" for block in BLOCKS[page] if can_run(block) for where, what in runner.run(block)]
    finally:
        runner.stop()
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.integration
@pytest.mark.parametrize("page", [p for p in RUNNABLE if not needs_server(p)], ids=name_of)
def test_what_a_page_shows_runs(page: Path, built: Path, tmp_path: Path) -> None:
    run_page(page, Runner(tmp_path), built)


@pytest.mark.neo4j
@pytest.mark.parametrize("page", [p for p in RUNNABLE if needs_server(p)], ids=name_of)
def test_what_a_page_shows_runs_with_a_server(
    page: Path, built: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    run_page(page, Runner(tmp_path, request.getfixturevalue("database")), built)


def test_every_block_says_its_language_and_every_exception_is_needed() -> None:
    for page, blocks in BLOCKS.items():
        for block in blocks:
            known = block.language in PLAIN_LANGUAGES or hasattr(Runner, f"run_{block.language}")
            assert known, f"{name_of(page)}:{block.line}: ```{block.language}"
            assert block.language != "console" or block.commands, f"{name_of(page)}:{block.line}: no line with $"
    shown = {b.text.split("\n")[0] for blocks in BLOCKS.values() for b in blocks}
    shown |= {command for blocks in BLOCKS.values() for b in blocks for command in b.commands}
    assert set(read_exceptions()) - shown == set()


def test_the_runner_notices_a_failure_and_another_output(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "```console\n$ echo a\nb\n```\n\n```console\n$ false\n```\n\n```console\n$ echo c\nc\n```\n", "utf-8"
    )
    runner = Runner(tmp_path)
    found = [where for block in read_blocks(page) for where, _ in runner.run(block)]
    assert found == ["page.md:1", "page.md:6"]
    assert plain("done in 1.2 s\n") == plain("done in 3.4 s\nreused      9")
