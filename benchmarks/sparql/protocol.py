"""The W3C's tests of the SPARQL 1.1 Protocol at `kg serve` and at Oxigraph's own server, side by side.

    pip install oxigraph==0.5.13          # the server, in an environment of its own
    python benchmarks/sparql/protocol.py --oxigraph /path/to/bin/oxigraph

Both serve the same store on disk, read-only; each is sent the same bytes. The tests write `/sparql/` for the address,
which Oxigraph calls `/query` and `/update`. That is all that is changed for it. With `--writable` Oxigraph is asked all
tests a second time as `oxigraph serve`, which may carry out updates. The table goes to standard output.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "test_kg")]

from serving import Reply, Server
from w3c_protocol import MANIFEST, Exchange, make_store, read_tests

Send = Callable[[Exchange], Reply]


@contextmanager
def oxigraph_server(program: str, store: Path, mode: str) -> Iterator[Send]:
    """Start Oxigraph's server on a free port and yield how to ask it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    words = [program, mode, "--location", str(store / "oxigraph"), "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def send(exchange: Exchange) -> Reply:
        kind = exchange.headers.get("content-type", "")
        is_update = "update" in kind or "update=" in exchange.path or (exchange.body or b"").startswith(b"update=")
        path = exchange.path.replace("/sparql/", "/update" if is_update else "/query", 1)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request(exchange.method, path, exchange.body, exchange.headers)
            response = connection.getresponse()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, headers, response.read())
        finally:
            connection.close()

    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield send
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    """Ask the servers and print what each made of every test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--oxigraph", default=shutil.which("oxigraph"), help="the program, version 0.5 or newer")
    parser.add_argument("--writable", action="store_true", help="all tests again at `oxigraph serve`")
    options = parser.parse_args()
    if not MANIFEST.is_file():
        parser.error(f"the W3C's tests are not at {MANIFEST}")
    if not options.oxigraph:
        parser.error("Oxigraph's server is missing: pip install oxigraph, then --oxigraph BIN/oxigraph")
    tests = list(read_tests())
    asked = [test for test in tests if not test.is_update]
    found: dict[str, dict[str, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        make_store(store)
        server = Server(store)
        try:
            found["kg serve"] = {
                test.name: test.mistake(lambda e: server.request(e.method, e.path, e.body, e.headers)) for test in asked
            }
        finally:
            server.stop()
        with oxigraph_server(options.oxigraph, store, "serve-read-only") as send:
            found["oxigraph serve-read-only"] = {test.name: test.mistake(send) for test in asked}
        if options.writable:
            with oxigraph_server(options.oxigraph, store, "serve") as send:
                found["oxigraph serve"] = {test.name: test.mistake(send) for test in tests}
    print(subprocess.run([options.oxigraph, "--version"], capture_output=True, text=True, check=True).stdout)
    print("| test | " + " | ".join(found) + " |")
    print("|---|" + "---|" * len(found))
    for test in tests if options.writable else asked:
        cells = (by.get(test.name, "–") or "passes" for by in found.values())
        print(f"| `{test.name}` | " + " | ".join(cells) + " |")
    sums = (f"**{sum(not mistake for mistake in by.values())} of {len(by)}**" for by in found.values())
    print("| passed | " + " | ".join(sums) + " |")


if __name__ == "__main__":
    main()
