"""The command `kg review`: what it understands, and what it does."""

from __future__ import annotations

import argparse
import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ontology.errors import UsageError

from ..configuration import load_configuration
from ..serving.building import run_build
from ..serving.network import address_of, check_installed, declare_network, hosts_of, listen, read_token, serve_app

if TYPE_CHECKING:
    from .graph import ReviewedGraph
    from .ledger import Ledger

DECISIONS = "decisions.jsonl"


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    inputs = load_configuration()["inputs"].value
    parser.description = "Look at facts and entities with their words, and decide about them, until Ctrl-C."
    parser.epilog = """\
examples:
  kg review out --texts texts                       then open the address that it says
  kg review out --texts texts --decisions li.jsonl
  kg build texts --out out --decisions decisions.jsonl    what was decided holds in every build

Each click is a line of the file of decisions at once: sorted, plain, for git. With --texts the page shows the words
around a quote and can build again. Only programs on this machine may ask; see kg serve --help for other machines."""
    parser.add_argument("out", type=Path, metavar="OUT", help="folder that kg build wrote")
    parser.add_argument(
        "--decisions",
        type=Path,
        default=Path(DECISIONS),
        metavar="FILE",
        help="where decisions are written (default: %(default)s)",
    )
    parser.add_argument(
        "--texts",
        type=Path,
        action="append",
        default=None,
        metavar="INPUT",
        help="file or folder that the graph was built of (may repeat; default: the inputs of the settings)",
    )
    parser.set_defaults(configured=[Path(name) for name in inputs] if isinstance(inputs, tuple) else [])
    declare_network(parser, port=7201)


def run(options: argparse.Namespace, *, tell: Callable[[str], None]) -> None:
    """Serve the page until interrupted.

    Args:
        options: What `declare` made of the command line.
        tell: Told the address when the server answers.

    Raises:
        UsageError: The token is wrong, a text is missing, or the extra is not installed.
        ConfigurationError: Lines of the file of decisions are wrong.
        ServiceError: The address cannot be listened on.
        OutputError: The graph cannot be opened.
    """
    check_installed("kg review")
    from .app import Review, make_app
    from .graph import ReviewedGraph
    from .ledger import Ledger
    from .texts import Texts

    texts = options.configured if options.texts is None else options.texts
    missing = [str(path) for path in texts if not path.exists()]
    if missing:
        raise UsageError(f"No such file or folder: {', '.join(missing)}", hint="--texts is what kg build was given")
    graph, ledger = ReviewedGraph(options.out), Ledger(options.decisions)
    ledger.read()
    review = Review(graph, ledger, Texts(texts), _rebuilder(graph, ledger, texts) if texts else None, _user())
    token = read_token(options)
    listening = listen(options)
    try:
        app = make_app(review, hosts=hosts_of(options), token=token)
        serve_app(app, listening, lambda: tell(address_of(options, listening)))
    finally:
        listening.close()


def _rebuilder(graph: ReviewedGraph, ledger: Ledger, texts: list[Path]) -> Callable[[], Awaitable[str]]:
    """Return what builds again in a process of its own, as the last build was made."""
    busy = asyncio.Lock()

    async def rebuild() -> str:
        if busy.locked():
            return "It is being built already."
        async with busy:
            manifest = graph.build.manifest
            words = [*map(str, texts), "--out", str(graph.out), "--profile", manifest.profile, "--quiet"]
            words += ["--min-confidence", str(manifest.min_confidence)]
            for pack in manifest.packs:
                words += ["--pack", pack]
            words += ["--infer"] if "inferred" in manifest.counts else []
            words += ["--decisions", str(ledger.path)] if ledger.path.exists() else []
            code, told = await run_build(words)
            return "" if code in (0, 1) else told

    return rebuild


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
