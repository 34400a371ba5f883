"""kill -9 at any point of a build: the next one ends in the bytes of an undisturbed one, nobody reads half a graph."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tally import CORPUS, Tally

from kg import output
from ontology.errors import OutputError

HERE = Path(__file__).parent
FILES = (*output.FILES, output.MANIFEST)


class Dying:
    """The process of `dying.py`."""

    def __init__(self, kind: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "dying.py"), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == {"ready": True}

    def build(self, inputs: Path, out: Path, point: Any = None) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"inputs": [str(inputs)], "out": str(out), "point": point}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def dying(kind: str) -> Iterator[Dying]:
    process = Dying(kind)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.wait()


def files_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES if (out / name).exists()}


def strays(out: Path) -> list[str]:
    """What lies in the folder that is neither a file of a build nor the lock nor the cache."""
    return sorted(path.name for path in out.iterdir() if path.name not in (*FILES, output.LOCK, ".cache"))


def check_dead(tally: Tally, out: Path, before: dict[str, bytes], after: dict[str, bytes], where: str) -> None:
    """Judge what a killed build left: each file whole, old or new; a mixture is refused by every reader."""
    found = files_of(out)
    for name, data in found.items():
        if data not in (before.get(name), after[name]):
            tally.violations.append(f"{where}: {name} is half written")
    if found not in (before, after):
        try:
            output.read_manifest(out)
        except OutputError:
            return
        tally.violations.append(f"{where}: a mixture of two builds is read")


def run(tally: Tally, process: Dying, folder: Path, points: Iterable[Any], wanted: int) -> None:
    """Build over an older build, die, build again, compare; until so many builds were killed, or the points end."""
    old, new = folder / "old-texts", folder / "texts"
    before_out, after_out = folder / "before", folder / "after"
    assert process.build(old, before_out)["ended"] == 0
    assert process.build(new, after_out)["ended"] == 0
    before, after = files_of(before_out), files_of(after_out)
    assert before != after
    tried = killed = 0
    for number, point in enumerate(points):
        tried += 1
        out = folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        if number % 2:  # every other time there is an older build
            shutil.copytree(before_out, out)
        ended = process.build(new, out, point)["ended"]
        killed += ended != 0
        if out.exists():
            check_dead(tally, out, before if number % 2 else {}, after, str(point))
        again = process.build(new, out)["ended"]
        is_same = again == 0 and files_of(out) == after and not strays(out)
        tally.tried(is_same, f"{point}: the next build differs ({strays(out)})")
        if killed == wanted:
            break
    assert killed >= 0.9 * wanted
    tally.note = f"{killed} of {tried} builds were killed"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_each_sync_and_rename(tally: Tally, tmp_path: Path, size: Callable[[int, int], int]) -> None:
    """Right before and right after every fsync and rename that a build does; the stages are stand-ins."""
    for name, lines in (("old-texts", "百度 开物平台\n"), ("texts", "百度 开物平台\n腾讯 觅影平台\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.txt").write_text(lines, encoding="utf-8")
        (tmp_path / name / "b.txt").write_text("华为 盘古平台\n", encoding="utf-8")
    with dying("fake") as process:
        counts = process.build(tmp_path / "texts", tmp_path / "count")["counts"]
        assert counts["fsync"] >= 7 and counts["replace"] >= 8
        calls = [[call, n] for call, k in counts.items() for n in range(1, k + 1)]
        points = [[*call, side] for call in calls for side in ("before", "after")] * size(1, 2)
        random.Random(7).shuffle(points)
        run(tally, process, tmp_path, points, len(points))


@pytest.mark.integration
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_moment(tally: Tally, tmp_path: Path, size: Callable[[int, int], int]) -> None:
    """Random moments of a real build of real texts, over an older build and into an empty folder.

    Every other two are moments of its writing, which takes so little of the time that the others hardly ever meet it.
    """
    (tmp_path / "old-texts").mkdir()
    (tmp_path / "texts").mkdir()
    names = ("01_shanghai-ai-conference.txt", "07_g60-corridor.html")
    shutil.copy(CORPUS / names[0], tmp_path / "old-texts")
    for name in names:
        shutil.copy(CORPUS / name, tmp_path / "texts")
    chance = random.Random(7)
    with dying("real") as process:
        process.build(tmp_path / "texts", tmp_path / "warm")
        timed = process.build(tmp_path / "texts", tmp_path / "timed")
        seconds, calls = timed["seconds"], timed["counts"]["replace"]
        wanted = size(4, 50)  # those that ended before their moment came do not count

        def moment(number: int) -> Any:
            if number % 4 < 2:
                return chance.uniform(0.01, 0.97) * seconds
            return ["replace", chance.randint(1, calls), 10 ** chance.uniform(-5.5, -3)]

        points = (moment(number) for number in range(4 * wanted))
        run(tally, process, tmp_path, points, wanted)
    assert tally.note.startswith(f"{wanted} ")
