"""Parse files in a child process, so that a hostile one costs nothing but itself."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import logging
import os
import queue
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ontology.model import DocumentMetadata, Finding, Place, SourceText

from .limits import LIMITS, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

_LONGEST_LINE = 16 * LIMITS.characters
_MODULE = "extract.documents.parser"
_ENVIRONMENT = (
    "PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "PYTHONHOME", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
)  # fmt: skip
"""What the child learns of the environment: no password is among it."""


class ParserProcess:
    """A child process that parses one file after the other; started when it is needed, killed when it hangs.

    A context manager: leaving it ends the child.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._child: _Child | None = None

    def __enter__(self) -> ParserProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def parse(self, doc: str, data: bytes) -> Iterator[SourceText | Finding]:
        """Yield the documents in a file, and findings for those that cannot be read.

        Args:
            doc: Name of the file; its suffix says how it is read.
            data: Its bytes.
        """
        skip, avoid, done = 0, list[int](), False
        given: Counter[tuple[str, str]] = Counter()
        while not done:
            again = Counter(given)
            child = self._started()
            child.ask(doc, data, self.limits, skip=skip, avoid=avoid)
            number, part = 0, doc
            done = True
            for item in child.answers(self.limits.seconds):
                if isinstance(item, _Trouble):
                    self._stop()
                    yield Finding(item.code, "error", part, None, None, f"{part} {item.message}")
                    # Go on behind the part that went wrong, if there may be others.
                    done = number in avoid or number == 0
                    avoid.append(number)
                    skip = max(skip, number + 1)
                elif isinstance(item, tuple):
                    number, part = item
                else:
                    key = (item.doc, item.message if isinstance(item, Finding) else "")
                    if again[key]:  # said before the child had to be started anew
                        again[key] -= 1
                    else:
                        given[key] += 1
                        yield item

    def _started(self) -> _Child:
        if self._child is None:
            self._child = _Child()
        return self._child

    def _stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Trouble:
    code: str
    message: str


class _Child:
    """The process, and a thread that reads what it says."""

    def __init__(self) -> None:
        paths = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment |= {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self.lines: queue.Queue[bytes] = queue.Queue(maxsize=8)
        self.is_killed = False
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            while line := self.process.stdout.readline(_LONGEST_LINE):
                self.lines.put(line)
                if self.is_killed:
                    return
        self.lines.put(b"")

    def ask(self, doc: str, data: bytes, limits: Limits, *, skip: int, avoid: list[int]) -> None:
        """Send a file; an answer that never comes is seen by who waits for it."""
        header = {
            "doc": doc,
            "size": len(data),
            "limits": dataclasses.asdict(limits),
            "skip": skip,
            "avoid": avoid,
        }
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(json.dumps(header).encode() + b"\n" + data)
            self.process.stdin.flush()

    def answers(self, seconds: float) -> Iterator[tuple[int, str] | SourceText | Finding | _Trouble]:
        """Yield what the child says until it is done with the file, or what went wrong."""
        while True:
            try:
                line = self.lines.get(timeout=seconds)
            except queue.Empty:
                yield _Trouble("limit-time", f"takes more than {seconds:g} s to read.")
                return
            if not line.endswith(b"\n"):
                yield _Trouble("limit-memory", "broke the process that reads it; most likely it needs too much memory.")
                return
            record: dict[str, Any] = json.loads(line.decode("utf-8", "surrogatepass"))
            if "end" in record:
                return
            if "begun" in record:
                yield record["begun"], record["doc"]
            elif "Finding" in record:
                yield Finding(**record["Finding"])
            else:
                yield _source(record["SourceText"])

    def kill(self) -> None:
        """End the process, whatever it does."""
        self.is_killed = True
        self.process.kill()
        with contextlib.suppress(queue.Empty):
            while True:
                self.lines.get_nowait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()
        self.process.wait()


def _source(record: dict[str, Any]) -> SourceText:
    """Return a source text that came as JSON."""
    metadata = record.pop("metadata")
    return SourceText(
        **{key: record[key] for key in ("doc", "text", "media_type", "encoding", "sha256")},
        findings=tuple(Finding(**item) for item in record["findings"]),
        places=tuple(Place(**item) for item in record["places"]),
        metadata=DocumentMetadata(**{**metadata, "authors": tuple(metadata["authors"])}),
    )
