"""The process that has the graph, and the processes that answer: one a query, forked from it.

The keeper has a socket file, and a few children that wait at it (a fork of a large process takes its time). A child
takes one connection, says its process id, reads a request, and at last says its result, each a line of JSON. The answer
itself is in the file that the request names. What ends a child early, its own alarm included, shows as the end of the
connection without a result.

Limits are the kernel's: an alarm with its default effect (it ends the process even inside Oxigraph, where no Python
handler would run), file size, memory, CPU, and no more open files: a query whose `SERVICE` had passed the guard could
still not make a connection.
"""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import math
import os
import select
import selectors
import signal
import socket
import struct
import time
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ontology.errors import JiqunError, UsageError
from queries.guard import ONTOLOGY_GRAPH, PREFIXES, RefusedQueryError, check_query, syntax_error

from . import negotiation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

    from queries.resolve import NameIndex
    from queries.store import KnowledgeGraph

    from .limits import Limits

Record = dict[str, Any]

_LONGEST_REQUEST = 8_000_000
_READY = 4
"""Children that wait for a request."""


class _TooMuchError(Exception):
    """The answer is larger than the limits allow."""


def keep(graph: str, listening: str, ready: Connection, limits: Limits) -> None:
    """Open a graph and answer until the parent process ends; the target of a new process.

    Args:
        graph: What `kg.open_graph` takes.
        listening: Path of the socket file to make.
        ready: Told once `{}`, or what is wrong with the graph.
        limits: What a query may cost.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        answerer = _Answerer(Path(graph), limits)
    except JiqunError as error:
        ready.send({"message": error.message, "hint": error.hint, "exit_code": error.exit_code})
        return
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(listening)
        server.listen(128)
        server.setblocking(False)
        ready.send({})
        ready.close()
        _Nursery(server, answerer).run()


class _Nursery:
    """Keeps children ready: each waits for one connection, says so when it has one, and is replaced then."""

    def __init__(self, server: socket.socket, answerer: _Answerer) -> None:
        self._server, self._answerer = server, answerer
        self._taken, self._take = os.pipe()
        # Nobody writes here: its end tells the children that the keeper has gone.
        self._gone, self._here = os.pipe()
        self._waiting: set[int] = set()

    def run(self) -> None:
        """Work until the parent process ends."""
        import multiprocessing

        wake, waker = socket.socketpair()
        wake.setblocking(False)
        waker.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        parent = multiprocessing.parent_process()
        with selectors.DefaultSelector() as selector:
            selector.register(self._taken, selectors.EVENT_READ)
            selector.register(wake, selectors.EVENT_READ)
            if parent is not None:
                selector.register(parent.sentinel, selectors.EVENT_READ)
            while True:
                while len(self._waiting) < _READY:
                    self._fork()
                for key, _ in selector.select():
                    if key.fileobj == self._taken:
                        self._waiting.difference_update(
                            number for (number,) in struct.iter_unpack("=i", os.read(self._taken, 4096))
                        )
                    elif key.fileobj is wake:
                        wake.recv(4096)
                    else:
                        return
                self._reap()

    def _fork(self) -> None:
        number = os.fork()
        if number == 0:
            try:
                self._be_child()
            finally:
                os._exit(1)
        self._waiting.add(number)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (number := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                if number in self._waiting:  # ended before it had anything to do: not again at once
                    self._waiting.discard(number)
                    time.sleep(0.05)

    def _be_child(self) -> None:
        """Wait for a connection, answer one request and end; nothing of the parent's clean-up runs."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        os.close(self._here)
        connection = None
        while connection is None:
            readable, _, _ = select.select([self._server.fileno(), self._gone], [], [])
            if self._gone in readable:
                os._exit(0)
            with contextlib.suppress(BlockingIOError):  # another child was quicker
                connection, _ = self._server.accept()
        signal.setitimer(signal.ITIMER_REAL, self._answerer.limits.seconds)
        os.write(self._take, struct.pack("=i", os.getpid()))
        connection.setblocking(True)
        connection.sendall(_line({"pid": os.getpid()}))
        with connection.makefile("rb") as stream:
            request = json.loads(stream.readline(_LONGEST_REQUEST))
        connection.sendall(_line(self._answerer.answer(request)))
        os._exit(0)


def _line(record: Record) -> bytes:
    return json.dumps(record).encode() + b"\n"


class _Answerer:
    """Knows the graph; its `answer` runs in a child."""

    def __init__(self, graph: Path, limits: Limits) -> None:
        from queries.store import is_store, open_graph

        self.limits = limits
        self._on_disk = graph if is_store(graph) else None
        if self._on_disk is None:
            self._engine = open_graph(graph)
            _warm(self._engine)
        else:
            # RocksDB has threads, which a fork would lose: each child opens the store itself, a matter of milliseconds.
            self._names = _in_child(lambda: open_graph(graph).names)
            _warm(None)

    def answer(self, request: Record) -> Record:
        """Answer one request; what is wrong with it is part of the result."""
        try:
            engine = self._open()
            with open(request["spool"], "w+b", buffering=0) as spool:
                self._limit()
                return getattr(self, "_" + request["kind"])(engine, request, spool)  # type: ignore[no-any-return]
        except RefusedQueryError as error:
            return _problem(403, error)
        except UsageError as error:
            return _problem(400, error)
        except JiqunError as error:  # the store was removed or damaged
            return _problem(503, error)
        except _TooMuchError:
            return {
                "status": 422,
                "message": f"The answer has more than {self.limits.rows:,} rows or {self.limits.bytes:,} bytes.",
                "hint": "add LIMIT, or ask for less",
            }
        except (MemoryError, RecursionError):
            return {"status": 422, "message": "The query takes more memory than it may.", "hint": "ask for less"}

    def _open(self) -> KnowledgeGraph:
        if self._on_disk is None:
            return self._engine
        from queries.store import open_graph

        engine = open_graph(self._on_disk)
        engine.__dict__["names"] = self._names  # the cached property, read once for all
        return engine

    def _limit(self) -> None:
        import resource

        seconds = math.ceil(self.limits.seconds) + 1
        for what, limit in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_FSIZE, self.limits.bytes),
            (resource.RLIMIT_AS, _address_space() + self.limits.memory),
        ):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(what, (limit, limit))
        if self._on_disk is None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))

    # --- kinds of requests

    def _query(self, engine: KnowledgeGraph, request: Record, spool: BinaryIO) -> Record:
        """Run a query of the protocol."""
        import pyoxigraph as ox

        store = engine.store
        graphs = {ONTOLOGY_GRAPH, *(graph.value for graph in store.named_graphs() if isinstance(graph, ox.NamedNode))}
        named = request["default"] + request["named"]
        for graph in named:
            if graph not in graphs:
                hint = "it has the graphs " + ", ".join(f"<{name}>" for name in sorted(graphs))
                raise RefusedQueryError(f"<{graph}> is no graph of this store, and nothing is fetched", hint=hint)
        # A dataset of the protocol wins over one of the query (SPARQL 1.1 Protocol, 2.1.4).
        text = check_query(request["text"], graphs=graphs)
        dataset: Record = {}
        if named:
            dataset["default_graph"] = [ox.NamedNode(graph) for graph in request["default"]]
            dataset["named_graphs"] = [ox.NamedNode(graph) for graph in request["named"]]
        try:
            result: Any = store.query(text, base_iri=request["base"], prefixes=dict(PREFIXES), **dataset)
        except SyntaxError as error:
            raise syntax_error(text, error) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"the query cannot be answered: {error}") from error
        is_graph = isinstance(result, ox.QueryTriples)
        media_type = request["graphs" if is_graph else "solutions"]
        if media_type is None:
            offered = ", ".join(negotiation.GRAPHS if is_graph else negotiation.SOLUTIONS)
            return {"status": 406, "message": "This answer is in none of the formats wanted.", "hint": offered}
        form = negotiation.writer_format(media_type)
        try:
            if is_graph:
                ox.serialize(self._counted(result), spool, form, prefixes=dict(PREFIXES))
            else:
                result.serialize(spool, form)
                # The engine writes without counting; what is too short to have too many rows is not read again.
                if spool.tell() > 2 * self.limits.rows:
                    for _ in self._counted(_read_rows(spool, media_type)):
                        pass
        except (OSError, RuntimeError) as error:
            if getattr(error, "errno", None) == errno.EFBIG:
                raise _TooMuchError from error
            raise UsageError(f"the query cannot be answered: {error}") from error
        return {"status": 200, "type": negotiation.with_charset(media_type)}

    def _counted(self, items: Iterable[Any]) -> Iterator[Any]:
        for number, item in enumerate(items):
            if number >= self.limits.rows:
                raise _TooMuchError
            yield item

    def _statement(self, engine: KnowledgeGraph, request: Record, spool: BinaryIO) -> Record:
        """Return the SPARQL of a canned question with its parameters, or of a question in words."""
        from queries.ask import prepare

        prepared = prepare(engine, request["name"], request["parameters"])
        record = {
            "name": prepared.question.name,
            "parameters": dict(prepared.shown),
            "note": prepared.note,
            "sparql": prepared.statement,
        }
        return _write(spool, record)

    def _suggestions(self, engine: KnowledgeGraph, request: Record, spool: BinaryIO) -> Record:
        """Return names that begin like, or contain, what was typed."""
        return _write(spool, engine.names.suggest(request["text"], tuple(request["types"]), limit=12))


def _write(spool: BinaryIO, value: object) -> Record:
    spool.write(json.dumps(value, ensure_ascii=False).encode())
    return {"status": 200, "type": "application/json"}


def _problem(status: int, error: JiqunError) -> Record:
    return {"status": status, "message": error.message, "hint": error.hint}


def _read_rows(spool: BinaryIO, media_type: str) -> Iterable[Any]:
    """Yield the rows of an answer that was written."""
    import pyoxigraph

    spool.seek(0)
    if media_type == "text/tab-separated-values":  # line breaks inside values are escaped there
        return islice(spool, 1, None)
    if media_type == "text/csv":
        return islice(csv.reader(io.TextIOWrapper(spool, "utf-8", newline="")), 1, None)
    found: Any = pyoxigraph.parse_query_results(spool, negotiation.writer_format(media_type))
    return found if isinstance(found, pyoxigraph.QuerySolutions) else ()


def _address_space() -> int:
    """Return the size of this process in bytes, as the kernel counts it; nothing where it does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 1 << 40


def _warm(engine: KnowledgeGraph | None) -> None:
    """Import and read all that a child may need: it cannot open files."""
    import gc

    from queries.ask import prepare
    from queries.catalog import load_catalog

    check_query("SELECT * WHERE { ?x ?y 'service' }")
    load_catalog()
    if engine is not None:
        engine.names.find("beijing", ("Region",))
        with contextlib.suppress(UsageError):
            prepare(engine, "warm 是什么", {})
    gc.freeze()


def _in_child(make: Callable[[], NameIndex]) -> NameIndex:
    """Make something in a process of its own and bring it here."""
    import multiprocessing

    here, there = multiprocessing.Pipe(duplex=False)
    if os.fork() == 0:
        try:
            there.send(make())
        finally:
            os._exit(0)
    there.close()
    try:
        return here.recv()  # type: ignore[no-any-return]
    except EOFError as error:
        raise UsageError("the names of the graph cannot be read") from error
