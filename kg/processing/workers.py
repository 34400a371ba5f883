"""Work in several processes: on texts, where one that dies costs the text it had in hand, or on other values in order.

Each worker makes ready once and answers one message after the other. A thread for each waits for the answers, so
that neither side waits for a full pipe, and no more values are in memory than twice the workers.
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
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from ontology.errors import LimitError
from ontology.model import Finding, SourceText

from .frames import FAILED, MEMORY, read_frame, write_frame
from .records import Result, decode_result, decode_value, encode_result, encode_value

Processor: TypeAlias = "Callable[[SourceText], Result]"
Task: TypeAlias = "Callable[[Any], Any]"
"""Work on any value that `encode_value` takes, with a result of that kind."""
Key = TypeVar("Key", bound=Hashable)
Label = TypeVar("Label")

WORKER_DIED = "worker-died"
"""Code of the finding for a document whose worker did not live to answer."""
WORTH_A_WORKER = 100_000
"""Characters: less than this for each of several workers is done sooner here than their pipelines load."""
WORTH_A_PROCESS = 1_000_000
"""Characters from which on a lone worker is started, too: when it ends, its names and wordings are out of memory."""

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
    worth = WORTH_A_WORKER if jobs > 1 else WORTH_A_PROCESS
    if sys.executable:
        for item in remaining:
            head.append(item)
            characters += len(item[1].text)
            if characters >= jobs * worth and len(head) >= jobs:
                break
    workers = min(jobs, len(head), characters // worth)
    items = itertools.chain(_drain(head), remaining)
    is_worth_it = workers > 1 or workers == jobs
    return _process_in_workers(items, make_processor, workers) if is_worth_it else _process_here(items, make_processor)


def process_in_order(
    items: Iterable[tuple[Label, object]], make_task: Callable[[], Task], *, jobs: int
) -> Iterator[tuple[Label, Any]]:
    """Do the same with each of some values, in so many processes or, where that is one, here.

    Args:
        items: A label, which stays here, and the value; taken as they are needed.
        make_task: Makes what is done with a value; called once in each process, by its import name.
        jobs: The processes that work at once.

    Returns:
        Each label with the result, in their order. A value over which a worker died is done again here.

    Raises:
        LimitError: No process can be started.
        MemoryError: A worker says that it is out of memory.
    """
    task: Task | None = None
    if jobs > 1 and sys.executable:
        yield from _in_order_in_workers(items, make_task, jobs)
        return
    for label, value in items:
        task = task or make_task()
        yield label, task(value)


def _in_order_in_workers(
    items: Iterable[tuple[Label, object]], make_task: Callable[[], Task], workers: int
) -> Iterator[tuple[Label, Any]]:
    waiting: deque[tuple[Label, object, Future[bytes | Death]]] = deque()

    def take() -> tuple[Label, Any]:
        label, value, future = waiting.popleft()
        answer = future.result()
        return label, make_task()(value) if isinstance(answer, Death) else decode_value(answer)

    with _Crew(make_task, workers) as crew, ThreadPoolExecutor(workers, "kg-worker") as threads:
        try:
            for label, value in items:
                if len(waiting) >= 2 * workers:
                    yield take()
                waiting.append((label, value, threads.submit(crew.answer, encode_value(value))))
            while waiting:
                yield take()
        finally:
            crew.close()
            threads.shutdown(cancel_futures=True)


def _drain(items: list[Label]) -> Iterator[Label]:
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
                waiting[threads.submit(_answer_text, crew, source)] = key
            while waiting:
                yield from take(wait(waiting, return_when=FIRST_COMPLETED).done)
        finally:
            crew.close()  # first, so that no thread waits for an answer that nobody wants any more
            threads.shutdown(cancel_futures=True)


def _answer_text(crew: _Crew, source: SourceText) -> bytes:
    """Return what a worker makes of a text, or a finding that it died over it, as bytes."""
    answer = crew.answer(encode_value(source))
    if not isinstance(answer, Death):
        return answer
    _logger.error("a worker died over %s: %s", source.doc, answer.how)
    message = f"{source.doc} is left out, the process that worked on it died: {answer.how}"
    return encode_result(Finding(WORKER_DIED, "error", source.doc, None, None, message))


@dataclass(frozen=True, slots=True)
class Death:
    """What became of a message over which a worker died.

    Attributes:
        how: In words.
    """

    how: str


class _Crew:
    """Some workers, started when they are needed and anew when one has died."""

    def __init__(self, make_task: Callable[[], Task], size: int) -> None:
        self._start = pickle.dumps((logging.getLogger().getEffectiveLevel(), make_task))
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._all: list[_Worker] = []
        self._is_closed = False
        self._size = size
        for _ in range(size):
            self._idle.put(None)

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def answer(self, message: bytes) -> bytes | Death:
        """Return what a worker makes of a message, or how it died."""
        worker = self._idle.get()
        try:
            if worker is None:
                worker = self._started()
            answer = worker.ask(message)
            if answer is None and not self._is_closed:
                how = worker.end()
                self._all.remove(worker)
                worker = None
                return Death(how)
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
        hint = "try --jobs 1" if self._size > 1 else "Build fewer documents at once."
        worker = _Worker(hint)
        self._all.append(worker)
        worker.load(self._start, hint)
        return worker

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._is_closed = True
        for worker in tuple(self._all):
            worker.end(patience=0.0)


class _Worker:
    """A process of `kg.processing.worker`."""

    def __init__(self, hint: str) -> None:
        """Start it, with what to do where that fails."""
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
            raise LimitError(f"No further process can be started: {error.strerror}.", hint=hint) from error

    def load(self, start: bytes, hint: str) -> None:
        """Let it load the pipeline, with what to do where it dies.

        Raises:
            LimitError: It dies.
            MemoryError: Its memory does not suffice.
            JiqunError: It cannot, for the reason that it gives.
        """
        answer = self.ask(start)
        if answer is None:
            raise LimitError(f"A worker process did not come up: {self.end()}", hint=hint)
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
    return f"{name} (most likely out of memory; fewer --jobs need less)" if name == "SIGKILL" else name
