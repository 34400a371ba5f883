"""Process documents in several processes; one that dies costs the document it had in hand.

Each worker loads the pipeline once and answers one text after the other. A thread for each waits for the answers,
so that neither side waits for a full pipe, and no more texts are in memory than twice the workers.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeAlias, TypeVar

from ontology.errors import LimitError
from ontology.model import Finding, SourceText

from .frames import FAILED, MEMORY, read_frame, write_frame
from .records import Result, decode_result, encode_result, encode_value

Processor: TypeAlias = "Callable[[SourceText], Result]"
Key = TypeVar("Key", bound=Hashable)

WORKER_DIED = "worker-died"
"""Code of the finding for a document whose worker did not live to answer."""
WORTH_A_WORKER = 100_000
"""Characters: less than this for each of several workers is done sooner here than their pipelines load."""

_logger = logging.getLogger(__name__)


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def process_texts(
    texts: Iterable[tuple[Key, SourceText]], make_processor: Callable[[], Processor], *, jobs: int
) -> Iterator[tuple[Key, Result, bytes]]:
    """Process texts in up to `jobs` processes, or here when they are too few to be worth it.

    Args:
        texts: Keys and texts; taken as they are needed, never all at once.
        make_processor: Makes what turns a text into its result; called once in each process, by its import name.
        jobs: The most processes that work at once.

    Returns:
        Key, result and the result as bytes for each text, as they are done: in any order where `jobs` is above 1.

    Raises:
        LimitError: No process can be started.
        MemoryError: A worker says that it is out of memory.
        JiqunError: A worker cannot load its pipeline, for the reason that it gives.
    """
    remaining = iter(texts)
    head: list[tuple[Key, SourceText]] = []
    characters = 0
    if jobs > 1 and sys.executable:
        for item in remaining:
            head.append(item)
            characters += len(item[1].text)
            if characters >= jobs * WORTH_A_WORKER and len(head) >= jobs:
                break
    workers = min(jobs, len(head), characters // max(1, WORTH_A_WORKER))
    items = itertools.chain(_drain(head), remaining)
    return _process_in_workers(items, make_processor, workers) if workers > 1 else _process_here(items, make_processor)


def _drain(items: list[tuple[Key, SourceText]]) -> Iterator[tuple[Key, SourceText]]:
    """Yield the items and let go of each."""
    items.reverse()
    while items:
        yield items.pop()


def _process_here(
    items: Iterable[tuple[Key, SourceText]], make_processor: Callable[[], Processor]
) -> Iterator[tuple[Key, Result, bytes]]:
    process: Processor | None = None
    for key, source in items:
        process = process or make_processor()  # not before there is something to do
        result = process(source)
        yield key, result, encode_result(result)


def _process_in_workers(
    items: Iterable[tuple[Key, SourceText]], make_processor: Callable[[], Processor], workers: int
) -> Iterator[tuple[Key, Result, bytes]]:
    waiting: dict[Future[bytes], Key] = {}

    def take(futures: Iterable[Future[bytes]]) -> Iterator[tuple[Key, Result, bytes]]:
        for future in futures:
            key, data = waiting.pop(future), future.result()
            yield key, decode_result(data), data

    with _Crew(make_processor, workers) as crew, ThreadPoolExecutor(workers, "kg-worker") as threads:
        try:
            for key, source in items:
                if len(waiting) >= 2 * workers:
                    yield from take(wait(waiting, return_when=FIRST_COMPLETED).done)
                waiting[threads.submit(crew.process, source)] = key
            while waiting:
                yield from take(wait(waiting, return_when=FIRST_COMPLETED).done)
        finally:
            crew.close()  # first, so that no thread waits for an answer that nobody wants any more
            threads.shutdown(cancel_futures=True)


class _Crew:
    """Some workers, started when they are needed and anew when one has died."""

    def __init__(self, make_processor: Callable[[], Processor], size: int) -> None:
        self._start = pickle.dumps((logging.getLogger().getEffectiveLevel(), make_processor))
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._all: list[_Worker] = []
        self._is_closed = False
        for _ in range(size):
            self._idle.put(None)

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def process(self, source: SourceText) -> bytes:
        """Return what a worker makes of a text, or a finding that it died over it, as bytes."""
        worker = self._idle.get()
        try:
            if worker is None:
                worker = self._started()
            answer = worker.ask(encode_value(source))
            if answer is None and not self._is_closed:
                how = worker.end()
                self._all.remove(worker)
                worker = None
                _logger.error("a worker died over %s: %s", source.doc, how)
                message = f"{source.doc} is left out, the process that worked on it died: {how}"
                return encode_result(Finding(WORKER_DIED, "error", source.doc, None, None, message))
        finally:
            self._idle.put(worker)
        if answer is None:
            raise CancelledError
        if answer[:1] == MEMORY:
            raise MemoryError
        return answer[1:]

    def _started(self) -> _Worker:
        if self._is_closed:
            raise CancelledError
        worker = _Worker()
        self._all.append(worker)
        worker.load(self._start)
        return worker

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._is_closed = True
        for worker in tuple(self._all):
            worker.end(patience=0.0)


class _Worker:
    """A process of `kg.processing.worker`."""

    def __init__(self) -> None:
        paths = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONIOENCODING": "utf-8",
            "OMP_NUM_THREADS": "1",  # the other cores have workers of their own
        }
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "kg.processing.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=None if _logger.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL,
                env=environment,
            )
        except OSError as error:
            raise LimitError(f"No further process can be started: {error.strerror}.", hint="try --jobs 1") from error

    def load(self, start: bytes) -> None:
        """Let it load the pipeline.

        Raises:
            LimitError: It dies.
            MemoryError: Its memory does not suffice.
            JiqunError: It cannot, for the reason that it gives.
        """
        answer = self.ask(start)
        if answer is None:
            raise LimitError(f"A worker process did not come up: {self.end()}", hint="try --jobs 1")
        if answer[:1] == MEMORY:
            raise MemoryError
        if answer[:1] == FAILED:
            raise pickle.loads(answer[1:])

    def ask(self, message: bytes) -> bytes | None:
        """Send a message and return the answer, or None when the process is no more."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            write_frame(self._process.stdin, message)
            return read_frame(self._process.stdout)
        except (OSError, ValueError):  # the pipe broke, or was closed from here
            return None

    def end(self, *, patience: float = 5.0) -> str:
        """End the process, if it has not ended within some seconds, and say how it did."""
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                assert stream is not None
                stream.close()
        return _describe_exit(code)


def _describe_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"{name} (most likely out of memory; --jobs 1 needs less)" if name == "SIGKILL" else name
