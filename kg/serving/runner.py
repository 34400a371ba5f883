"""Runs queries in the keeper's children: places, deadlines, restarts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ontology.errors import JiqunError, ServiceError

from .keeper import keep
from .snapshot import take_snapshot

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from .limits import Limits

Record = dict[str, Any]

_OPENING = 600.0
"""Seconds that a keeper may take to open its graph."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        status: HTTP status.
        media_type: Of the answer.
        message: What is wrong, where something is.
        hint: What to do about it.
        spool: File with the whole answer; whoever reads it removes it. None where something is wrong.
    """

    status: int
    media_type: str = ""
    message: str = ""
    hint: str = ""
    spool: Path | None = None


class _EndedError(Exception):
    """A child ended without a result."""


class _CrowdedError(Exception):
    """A query has become a long one, and enough long ones run."""


class Runner:
    """Has one keeper, and asks it.

    Args:
        graph: What `kg.open_graph` takes.
        limits: What a query may cost.
    """

    def __init__(self, graph: Path, limits: Limits) -> None:
        self.limits = limits
        self._graph = graph
        self._snapshot: tempfile.TemporaryDirectory[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="kg-serve-")
        self._numbers = count(1)
        self._places = asyncio.Semaphore(limits.queries)
        self._long = 0
        self._opening = asyncio.Lock()
        self._keeper: BaseProcess | None = None
        self._socket = ""

    def start(self) -> None:
        """Start a keeper and wait until it has the graph.

        Raises:
            JiqunError: The graph cannot be opened.
        """
        from queries.store import is_store

        self._end_keeper()
        if self._snapshot is None and is_store(self._graph):
            self._snapshot = take_snapshot(self._graph)
        graph = self._graph if self._snapshot is None else Path(self._snapshot.name)
        spawning = multiprocessing.get_context("spawn")
        here, there = spawning.Pipe(duplex=False)
        self._socket = str(Path(self._folder.name) / f"keeper-{next(self._numbers)}")
        self._keeper = spawning.Process(target=keep, args=(str(graph), self._socket, there, self.limits), daemon=True)
        self._keeper.start()
        there.close()
        try:
            said = here.recv() if here.poll(_OPENING) else None
        except EOFError:
            said = None
        if said is None:
            raise ServiceError(f"{self._graph} could not be opened for queries.", hint="kg doctor says what is missing")
        if said:
            error = JiqunError(said["message"], hint=said["hint"])
            error.exit_code = said["exit_code"]
            raise error

    async def reopen(self) -> None:
        """Take the graph as it is now; queries that run end as they began.

        Raises:
            JiqunError: The graph cannot be opened.
        """
        async with self._opening:
            if self._snapshot is not None:
                self._snapshot.cleanup()
                self._snapshot = None
            await asyncio.to_thread(self.start)

    def stop(self) -> None:
        """End the keeper and what it started."""
        self._end_keeper()
        self._folder.cleanup()
        if self._snapshot is not None:
            self._snapshot.cleanup()

    def _end_keeper(self) -> None:
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.join()

    async def run(self, request: Record) -> Answer:
        """Run a request when there is a place; a child that was ended from outside is replaced once."""
        try:
            await asyncio.wait_for(self._places.acquire(), self.limits.patience)
        except TimeoutError:
            return Answer(503, message="Too many queries run at once.", hint="ask again in a few seconds")
        try:
            for _ in range(2):
                with contextlib.suppress(_EndedError):
                    return await self._attempt(request)
            return Answer(503, message="The query was ended from outside, twice.", hint="it may take too much memory")
        except JiqunError as error:  # the keeper was gone, and the graph cannot be opened again
            return Answer(503, message=error.message, hint=error.hint)
        finally:
            self._places.release()

    async def _attempt(self, request: Record) -> Answer:
        spool = Path(self._folder.name) / f"answer-{next(self._numbers)}"
        reader, writer = await self._connect()
        answer, pid, start = None, 0, time.monotonic()
        try:
            writer.write(json.dumps({**request, "spool": str(spool)}).encode() + b"\n")
            pid = json.loads(await reader.readline() or b'{"pid": 0}')["pid"]
            try:
                line = await self._wait(asyncio.ensure_future(reader.readline()), pid)
            except TimeoutError:
                line = b""
            except _CrowdedError:
                return Answer(503, message="Several long queries run already.", hint="ask again in a few seconds")
            else:
                pid = 0  # it has ended, and its number may soon be another's
            took = time.monotonic() - start
            if line.endswith(b"\n"):
                result = json.loads(line)
                media_type, message, hint = (result.get(key, "") for key in ("type", "message", "hint"))
                status = result["status"]
                answer = Answer(status, media_type, message, hint, spool if status == 200 else None)
                return answer
            if took > self.limits.seconds - 0.1:
                words = f"The query took longer than {self.limits.seconds:g} seconds and was stopped."
                return Answer(504, message=words, hint="ask for less, or start with a more telling pattern")
            raise _EndedError
        except (ConnectionError, json.JSONDecodeError) as error:
            raise _EndedError from error
        finally:
            if pid:  # not done: the time is over, or whoever asked has gone
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            writer.close()
            if answer is None or answer.spool is None:
                spool.unlink(missing_ok=True)

    async def _wait(self, line: asyncio.Future[bytes], pid: int) -> bytes:
        """Wait for a result, or for the end of the child, which is an empty line."""
        done, _ = await asyncio.wait({line}, timeout=self.limits.quick)
        if done:
            return line.result()
        if self._long >= self.limits.long_queries:
            line.cancel()
            raise _CrowdedError
        self._long += 1
        try:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, pid, 10)
            done, _ = await asyncio.wait({line}, timeout=self.limits.seconds + 0.5)
            if done:
                return line.result()
            line.cancel()
            raise TimeoutError
        finally:
            self._long -= 1

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        with contextlib.suppress(OSError):
            return await asyncio.open_unix_connection(self._socket)
        async with self._opening:
            with contextlib.suppress(OSError):  # another request has seen to it
                return await asyncio.open_unix_connection(self._socket)
            await asyncio.to_thread(self.start)
        try:
            return await asyncio.open_unix_connection(self._socket)
        except OSError as error:
            raise _EndedError from error
