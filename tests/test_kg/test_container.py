"""The container file, as far as it can be checked without an engine: sources, promises, its first stage run here."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest
from environments import EMPTY, run

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
DEMO = "百度推出Apollo自动驾驶平台。杭州市重点发展人工智能产业。"


class Instruction(NamedTuple):
    """A line of the container file, with what it goes on with."""

    stage: int
    word: str
    rest: str


def read_instructions() -> list[Instruction]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text("utf-8"), flags=re.M)
    found, stage = [], -1
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        stage += word == "FROM"
        if word:
            found.append(Instruction(stage, word, rest))
    return found


INSTRUCTIONS = read_instructions()
RUNS = [instruction.rest for instruction in INSTRUCTIONS if instruction.word == "RUN"]
COPIES = [shlex.split(i.rest) for i in INSTRUCTIONS if i.word == "COPY" and not i.rest.startswith("--from")]


def last(word: str) -> str:
    return next(i.rest for i in reversed(INSTRUCTIONS) if i.word == word)


def test_only_known_instructions_stand_in_it() -> None:
    known = {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "ENTRYPOINT", "CMD"}
    assert {instruction.word for instruction in INSTRUCTIONS} <= known
    assert INSTRUCTIONS[0].word == "FROM" and INSTRUCTIONS[-1].stage == 1


def test_what_is_copied_is_in_the_repository_and_reaches_the_engine() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    sources = {source for *sources, _ in COPIES for source in sources}
    assert "*" in ignored and [s for s in sources if not (ROOT / s).exists()] == []
    assert sources == let_through
    (copied,) = (shlex.split(i.rest) for i in INSTRUCTIONS if i.word == "COPY" and i.rest.startswith("--from"))
    assert copied[0] == "--from=build" and copied[1] == copied[2] and any(copied[1] in line for line in RUNS)


def test_its_python_is_the_one_that_the_lock_was_made_for_and_the_tests_run_on() -> None:
    versions = {m[1] for i in INSTRUCTIONS if i.word == "FROM" and (m := re.match(r"python:(\d+\.\d+)-slim\b", i.rest))}
    locked = re.search(r"pip-compile with Python ([\d.]+)", (ROOT / "requirements.lock").read_text("utf-8"))
    assert locked is not None and versions == {locked[1]}
    assert f"Programming Language :: Python :: {locked[1]}" in PROJECT["classifiers"]


def test_nothing_comes_without_its_hash_and_nobody_is_root() -> None:
    installs = [line for line in RUNS if "pip install" in line]
    assert installs and all("--require-hashes" in line or "--no-index" in line for line in installs)
    assert not re.search(r"\b(curl|wget|git clone)\b|https?:", " ".join(RUNS))
    user = last("USER")
    assert user.isdecimal() and int(user) > 0 and f"--uid {user} " in " ".join(RUNS)
    assert json.loads(last("ENTRYPOINT")) == list(PROJECT["scripts"])[:1]
    assert {"full", "serve", "documents"} == set(re.findall(r"chain\.py lock (\w+) (\w+) (\w+) >", " ".join(RUNS))[0])
    assert "libgomp1" in RUNS[-2]  # what kg doctor says that the profile full needs on Debian


@pytest.mark.integration
def test_the_commands_of_its_first_stage_make_what_works_without_a_network(tmp_path: Path) -> None:
    """Run them in order, with folders of the test for those of the container, then use what they made elsewhere."""
    source, target = tmp_path / "src", tmp_path / "opt"
    source.mkdir()
    for instruction in (i for i in INSTRUCTIONS if i.stage == 0):
        if instruction.word == "COPY":
            *names, to = shlex.split(instruction.rest)
            for name in names:
                place = source / name if to == "./" else source / to
                place.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                copy(ROOT / name, place)
        elif instruction.word == "RUN":
            line = re.sub(r"^python ", f"{sys.executable} ", instruction.rest)
            line = line.replace("--no-cache-dir ", "")  # an image has no use for a cache, a test has
            line = line.replace("/opt/jiqun", str(target)).replace("/src/", f"{source}/")
            run(["bash", "-c", line], registry="--require-hashes" in line, cwd=source)
    (tmp_path / "data" / "texts").mkdir(parents=True)
    (tmp_path / "data" / "texts" / "a.txt").write_text(DEMO, "utf-8")
    shutil.rmtree(source)
    alone = ["unshare", "--user", "--map-root-user", "--net"]
    if shutil.which("unshare") is None or subprocess.run([*alone, "true"], capture_output=True).returncode:
        alone = []  # no namespaces here; then the network is there, and nothing uses it
    environment = {**EMPTY, "PATH": f"{target}/bin{os.pathsep}{os.defpath}"}
    for command in ("build texts --out out --profile full", "ask --list", "draw out --focus 百度", "doctor out"):
        words = [*alone, *json.loads(last("ENTRYPOINT")), *command.split()]
        done = subprocess.run(
            words, cwd=tmp_path / "data", env=environment, capture_output=True, text=True, timeout=240
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert json.loads((tmp_path / "data" / "out" / "manifest.json").read_text("utf-8"))["profile"] == "full"
