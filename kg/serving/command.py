"""The command `kg serve`: what it understands, and what it does."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from ontology.errors import UsageError

from .limits import Limits
from .network import address_of, check_installed, declare_network, hosts_of, listen, read_token, serve_app


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    limits = Limits()
    parser.description = "Serve a graph for reading: SPARQL endpoint, editor, questions and pictures, until Ctrl-C."
    parser.epilog = """\
examples:
  kg serve out                           then open the address that it says
  kg serve out --port 0                  any free port
  kg serve out --documents texts         a page to drop documents on, build, look, ask and download
  KG_TOKEN=... kg serve out --host 0.0.0.0 --allow-host kg.example.org

Queries can only read this graph: updates, SERVICE and FROM of anything else are refused. Only programs on this machine
may ask, unless --host says otherwise; then every request must know the token, as `Authorization: Bearer TOKEN` or as a
password in the browser. Put a TLS proxy in front before the token travels over a network."""
    parser.add_argument(
        "graph", type=Path, metavar="OUT", help="folder that kg build wrote (or its --store), or a Turtle file"
    )
    declare_network(parser, port=7200)
    parser.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="offer a page that builds OUT from documents dropped on it, kept here",
    )
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
    check_installed("kg serve")
    if not hasattr(os, "fork"):
        raise UsageError("kg serve needs a system with fork: Linux or macOS.", hint="on Windows, use it inside WSL")
    limits = _read_limits(options)
    token = read_token(options)
    listening = listen(options)

    from .app import make_app, read_pictures
    from .runner import Runner
    from .workshop import Workshop

    runner, pictures, workshop = Runner(options.graph, limits), read_pictures(options.graph), None
    try:
        if options.documents is not None:
            workshop = Workshop(options.documents, options.graph, runner, pictures)
        if workshop is None or workshop.is_built():
            runner.start()
        app = make_app(runner, hosts=hosts_of(options), token=token, pictures=pictures, workshop=workshop)
        serve_app(app, listening, lambda: tell(address_of(options, listening)))
    finally:
        runner.stop()
        listening.close()


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
