"""Listening: the options of the commands that serve pages, the token, the socket, the server until Ctrl-C."""

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

SHORTEST_TOKEN = 16
_LOCAL = ("127.0.0.1", "localhost", "::1")


def declare_network(parser: argparse.ArgumentParser, *, port: int) -> None:
    """Add the options that say where to listen and who may ask."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="NAME", help="address to listen on (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=port, metavar="N", help="0 for any (default: %(default)s)")
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another name under which it may be asked"
    )
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="file with the token (default: $KG_TOKEN)")


def check_installed(verb: str) -> None:
    """Make sure that the extra is there.

    Raises:
        UsageError: It is not.
    """
    if importlib.util.find_spec("starlette") is None or importlib.util.find_spec("uvicorn") is None:
        raise UsageError(f"{verb} needs starlette and uvicorn.", hint="pip install 'jiqun[serve]'")


def hosts_of(options: argparse.Namespace) -> set[str]:
    """Return the names under which the server may be asked."""
    from .access import LOOPBACK

    hosts = {*LOOPBACK, *(name.lower() for name in options.allow_host)}
    return hosts if options.host in ("0.0.0.0", "::") else hosts | {options.host.lower()}


def serve_app(app: object, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve an application until interrupted; `started` is called when it answers."""
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


def read_token(options: argparse.Namespace) -> str:
    """Return the token; it comes from the environment or a file, never from the command line, where others see it.

    Raises:
        UsageError: It cannot be read, is too short, or is missing where other machines may ask.
    """
    file, needed = options.token_file, options.host not in _LOCAL
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


def listen(options: argparse.Namespace) -> socket.socket:
    """Return a socket that listens where the options say.

    Raises:
        ServiceError: The address cannot be listened on.
    """
    host, port = options.host, options.port
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


def address_of(options: argparse.Namespace, listening: socket.socket) -> str:
    """Return the address of the page."""
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"http://{host}:{listening.getsockname()[1]}/"
