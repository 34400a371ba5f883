"""The command `kg serve`: what it understands, and what it does."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

from ontology.errors import ServiceError, UsageError

from .limits import Limits

SHORTEST_TOKEN = 16


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    limits = Limits()
    parser.description = "Serve a graph for reading: SPARQL endpoint, editor, questions and pictures, until Ctrl-C."
    parser.epilog = """\
examples:
  kg serve out                           then open the address that it says
  kg serve out --port 0                  any free port
  KG_TOKEN=... kg serve out --host 0.0.0.0 --allow-host kg.example.org

Queries can only read this graph: updates, SERVICE and FROM of anything else are refused. Only programs on this machine
may ask, unless --host says otherwise; then every request must know the token, as `Authorization: Bearer TOKEN` or as a
password in the browser. Put a TLS proxy in front before the token travels over a network."""
    parser.add_argument(
        "graph", type=Path, metavar="OUT", help="folder that kg build wrote (or its --store), or a Turtle file"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="NAME", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=7200, metavar="N", help="0 for any (default: %(default)s)")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another name under which it may be asked"
    )
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="file with the token (default: $KG_TOKEN)")
    parser.add_argument(
        "--timeout", type=float, default=limits.seconds, metavar="S", help="seconds of a query (default: %(default)g)"
    )
    parser.add_argument(
        "--max-rows", type=int, default=limits.rows, metavar="N", help="rows of an answer (default: %(default)s)"
    )
    parser.add_argument(
        "--max-bytes", type=int, default=limits.bytes, metavar="N", help="bytes of an answer (default: %(default)s)"
    )
    parser.add_argument(
        "--max-queries", type=int, default=limits.queries, metavar="N", help="queries at once (default: %(default)s)"
    )


def run(options: argparse.Namespace, *, tell: Callable[[str], None]) -> None:
    """Serve until interrupted.

    Args:
        options: What `declare` made of the command line.
        tell: Told the address when the server answers.

    Raises:
        UsageError: A limit or the token is wrong, or the extra is not installed.
        ServiceError: The address cannot be listened on.
        JiqunError: The graph cannot be opened.
    """
    if importlib.util.find_spec("starlette") is None or importlib.util.find_spec("uvicorn") is None:
        raise UsageError("kg serve needs starlette and uvicorn.", hint="pip install 'jiqun[serve]'")
    if not hasattr(os, "fork"):
        raise UsageError("kg serve needs a system with fork: Linux or macOS.", hint="on Windows, use it inside WSL")
    limits = _read_limits(options)
    is_local = options.host in ("127.0.0.1", "localhost", "::1")
    token = _read_token(options.token_file, needed=not is_local)
    listening = _listen(options.host, options.port)
    port = listening.getsockname()[1]

    from .access import LOOPBACK
    from .app import make_app, read_pictures
    from .runner import Runner

    hosts = {*LOOPBACK, *(name.lower() for name in options.allow_host)}
    if options.host not in ("0.0.0.0", "::"):
        hosts.add(options.host.lower())
    runner = Runner(options.graph, limits)
    try:
        runner.start()
        app = make_app(runner, hosts=hosts, token=token, pictures=read_pictures(options.graph))
        _serve(app, listening, lambda: tell(f"http://{_shown(options.host)}:{port}/"))
    finally:
        runner.stop()
        listening.close()


def _serve(app: object, listening: socket.socket, started: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started()

    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        ws="none",
        http="h11",
        limit_concurrency=500,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=2,
    )

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    # uvicorn ends itself well on both signals and then raises them again, for us.
    signal.signal(signal.SIGTERM, interrupt)
    with contextlib.suppress(KeyboardInterrupt):
        Server(config).run(sockets=[listening])


def _read_limits(options: argparse.Namespace) -> Limits:
    for name in ("timeout", "max_rows", "max_bytes", "max_queries"):
        if not 0 < getattr(options, name) < 1e12:
            raise UsageError(f"--{name.replace('_', '-')} is a number above 0, not {getattr(options, name)}.")
    return Limits(
        seconds=options.timeout,
        rows=options.max_rows,
        bytes=options.max_bytes,
        queries=options.max_queries,
        long_queries=max(1, options.max_queries // 2),
    )


def _read_token(file: Path | None, *, needed: bool) -> str:
    """Return the token; it comes from the environment or a file, never from the command line, where others see it."""
    token = os.environ.get("KG_TOKEN", "")
    if file is not None:
        try:
            token = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: the token cannot be read.", hint="a text file with one line") from error
    if needed and not token:
        raise UsageError(
            "Listening to other machines needs a token.",
            hint="into $KG_TOKEN or --token-file; python -c 'import secrets; print(secrets.token_urlsafe())' makes one",
        )
    if token and len(token) < SHORTEST_TOKEN:
        raise UsageError(f"The token is too short: {SHORTEST_TOKEN} characters at least.")
    return token


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(256)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ServiceError(
            f"Cannot listen on {host}, port {port}: {reason}.", hint="--port 0 takes a free one"
        ) from error
    return listening


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
