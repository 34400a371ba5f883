"""A disk that fails: at each call in turn, full after so many bytes, and two builds at once."""

from __future__ import annotations

import builtins
import errno
import io
import multiprocessing
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tally import RULES, Tally

import kg
from kg import output
from ontology.errors import JiqunError, LimitError, OutputError

FILES = (*output.FILES, output.MANIFEST)
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EMFILE, errno.EROFS)


def files_of(out: Path) -> dict[str, bytes]:
    return {name: (out / name).read_bytes() for name in FILES if (out / name).is_file()}


class Disk:
    """Stands between the program and the files below a folder; the n-th call, or the n-th byte, fails.

    Python tells most calls to audit hooks, which may raise (open, rename, mkdir, remove, listdir); syncing is caught at
    `os.fsync` and writing at the file object.
    """

    def __init__(self) -> None:
        self.folder = ""
        self.calls = self.bytes = 0
        self.fail_at: int | None = None
        self.room: int | None = None
        self.error = errno.EIO
        self.is_broken = False
        """Whether all calls after the failing one fail as well."""
        self.failed: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.folder and event in ("open", "os.rename", "os.mkdir", "os.remove", "os.listdir", "os.scandir"):
            path = arguments[0]
            if isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder):
                self.touch(event)

    def touch(self, event: str) -> None:
        """Count a call, and fail where it is the one."""
        self.calls += 1
        if self.fail_at is not None and (self.calls == self.fail_at or (self.is_broken and self.calls > self.fail_at)):
            self.failed.append(event)
            raise OSError(self.error, os.strerror(self.error), self.folder)

    def write(self, size: int) -> int:
        """Count bytes; return how many of them there is room for."""
        self.touch("write")
        taken = size if self.room is None else max(0, min(size, self.room - self.bytes))
        self.bytes += taken
        return taken

    @contextmanager
    def watching(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        real_open, real_sync, disk = io.open, os.fsync, self

        def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            handle = real_open(file, mode, *arguments, **options)
            if disk.folder and isinstance(file, str | os.PathLike) and os.fspath(file).startswith(disk.folder):
                writing = handle.write

                def write(data: Any) -> int:
                    taken = disk.write(len(data))
                    if taken < len(data):
                        writing(data[:taken])
                        disk.failed.append("full")
                        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), disk.folder)
                    return int(writing(data))

                if "w" in mode:
                    return SimpleFile(handle, write)
            return handle

        def sync(descriptor: int) -> None:
            if disk.folder:
                disk.touch("fsync")
            real_sync(descriptor)

        with monkeypatch.context() as patch:
            patch.setattr(io, "open", opened)
            patch.setattr(builtins, "open", opened)
            patch.setattr(os, "fsync", sync)
            self.calls = self.bytes = 0
            self.failed = []
            self.folder = str(folder)
            try:
                yield
            finally:
                self.folder = ""


class SimpleFile:
    """A file whose `write` is another."""

    def __init__(self, handle: Any, write: Callable[[Any], int]) -> None:
        self._handle, self.write = handle, write

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handle, name)

    def __enter__(self) -> SimpleFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._handle.close()


@pytest.fixture(scope="module")
def disk() -> Disk:
    return Disk()


@pytest.fixture
def two(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> tuple[Path, dict[str, bytes], dict[str, bytes]]:
    """Texts, and what builds of an earlier and of the present state of them write."""
    kg.build([texts / "a.txt"], out=tmp_path / "before", settings=RULES, jobs=1)
    kg.build([texts], out=tmp_path / "after", settings=RULES, jobs=1)
    return texts, files_of(tmp_path / "before"), files_of(tmp_path / "after")


def check(
    tally: Tally, out: Path, error: BaseException | None, before: dict[str, bytes], after: dict[str, bytes], where: str
) -> None:
    """Judge a build that met a failing disk."""
    wrong = []
    if error is not None and not isinstance(error, JiqunError):
        wrong.append(f"{type(error).__name__} got out: {error}")
    found = files_of(out)
    for name, data in found.items():
        if data not in (before.get(name), after[name]):
            wrong.append(f"{name} is half written")
    if error is None and found != after:
        wrong.append("it said that all is well")
    if found not in (before, after):
        try:
            output.read_manifest(out)
            wrong.append("a mixture of two builds is read")
        except OutputError:
            pass
    tally.tried(not wrong, f"{where}: {', '.join(wrong)}")


def build_over(texts: Path, out: Path, before: Path, cache: bool = True) -> BaseException | None:
    """Build over an older build, and return what came out."""
    try:
        kg.build([texts], out=out, settings=RULES, jobs=1, cache=cache)
    except Exception as error:
        return error
    return None


def test_the_nth_call_fails(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: Disk, two: Any, size: Callable[[int, int], int]
) -> None:
    """Every call in turn, once or from then on, with each kind of error: no traceback, no damaged file, a way on."""
    texts, before, after = two
    out = tmp_path / "out"

    def fresh() -> None:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(tmp_path / "before", out)

    fresh()
    disk.fail_at = None
    with disk.watching(out, monkeypatch):
        assert build_over(texts, out, tmp_path / "before") is None
    total = disk.calls
    errors = ERRORS if size(0, 1) else (errno.EIO, errno.ENOSPC)
    kinds: set[str] = set()
    for nth in range(1, total + 1):
        for error in errors if size(0, 1) else (errors[nth % 2],):
            for disk.is_broken in (False, True) if size(0, 1) else (bool(nth // 2 % 2),):
                fresh()
                disk.fail_at, disk.error = nth, error
                where = f"call {nth}, {errno.errorcode[error]}{', and all later' if disk.is_broken else ''}"
                with disk.watching(out, monkeypatch):
                    result = build_over(texts, out, tmp_path / "before")
                kinds.update(disk.failed)
                disk.fail_at = None
                check(tally, out, result, before, after, f"{where} ({disk.failed[:1]})")
                if build_over(texts, out, tmp_path / "before") is not None or files_of(out) != after:
                    tally.violations.append(f"{where}: the next build does not mend it")
                if output.leftovers(out):
                    tally.violations.append(f"{where}: temporaries stay behind")
    assert {"open", "write", "fsync", "os.rename"} <= kinds
    tally.note = f"{total} calls of a build, {len(errors)} errors"


def test_the_disk_is_full_after_so_many_bytes(
    tally: Tally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, disk: Disk, two: Any, size: Callable[[int, int], int]
) -> None:
    """What was there stays, the message names the disk, and with room again the build completes."""
    texts, before, after = two
    out = tmp_path / "out"
    total = sum(map(len, after.values()))
    disk.fail_at = None
    for room in range(0, total, max(1, total // size(10, 60))):
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(tmp_path / "before", out)
        disk.room = room
        with disk.watching(out, monkeypatch):
            error = build_over(texts, out, tmp_path / "before", cache=False)
        disk.room = None
        is_told = isinstance(error, LimitError) and "No space" in error.message and error.exit_code == 5
        is_kept = files_of(out) == before and not output.leftovers(out)
        is_mended = build_over(texts, out, tmp_path / "before", cache=False) is None and files_of(out) == after
        tally.tried(is_told and is_kept and is_mended, f"{room} bytes: told {error!r}, kept {is_kept}, {is_mended}")


def _build_again(texts: Path, out: Path, rounds: int, ended: Any) -> None:
    """Build again and again in a process of its own, with stand-ins for the slow stages."""
    from fake_stages import stages

    stages.__wrapped__(pytest.MonkeyPatch())
    wrong, done, refused = [], 0, 0
    for number in range(rounds):
        try:
            kg.build([texts / "a.txt"] if number % 2 else [texts], out=out, settings=RULES, jobs=1)
            done += 1
        except OutputError as error:
            refused += 1
            if "Another process" not in error.message:
                wrong.append(error.message)
        except Exception as error:
            wrong.append(repr(error))
    ended.put((done, refused, wrong))


def test_writers_and_readers_at_once(tally: Tally, tmp_path: Path, two: Any, size: Callable[[int, int], int]) -> None:
    """Three processes build into one folder: one at a time, the others are told so; readers never get a mixture."""
    texts, before, after = two
    out = tmp_path / "out"
    context = multiprocessing.get_context("spawn")
    ended = context.Queue()
    writers = [context.Process(target=_build_again, args=(texts, out, size(8, 60), ended)) for _ in range(3)]
    for writer in writers:
        writer.start()
    while not (out / output.MANIFEST).exists() and any(writer.is_alive() for writer in writers):
        time.sleep(0.01)
    refused = 0
    while any(writer.is_alive() for writer in writers):
        try:
            graph = kg.open_graph(out)
            is_whole = graph._data in (before[output.GRAPH], after[output.GRAPH])
            tally.tried(is_whole, "a graph that no build wrote was read")
        except OutputError:
            refused += 1
    results = [ended.get(timeout=60) for _ in writers]
    done, turned_away = (sum(result[i] for result in results) for i in (0, 1))
    for result in results:
        tally.violations += result[2]
    tally.tried(done and files_of(out) in (before, after), "the last build is no whole one")
    tally.tried(output.read_manifest(out), "the manifest does not fit")
    tally.note = f"{done} builds, {turned_away} told to wait; {refused} readers told to come back"
