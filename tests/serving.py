"""A `kg serve` or `kg review` of its own for tests: the real command in a real process."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0]


class Server:
    """`kg serve`, or another command that serves, on a free port."""

    def __init__(self, graph: Path, *options: str, token: str = "", command: str = "serve") -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "KG_TOKEN": token}
        words = [sys.executable, "-m", "kg", command, str(graph), "--port", "0", *options]
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        if not self.address:
            assert self.process.stderr is not None
            raise RuntimeError(self.process.stderr.read())
        self.port = int(self.address.rstrip("/").rpartition(":")[2])

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        wait: float = 60,
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=wait)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def get(self, path: str, parameters: Mapping[str, str] | None = None, **headers: str) -> Reply:
        query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
        return self.request("GET", path + query, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def query(self, text: str, accept: str = "", **headers: str) -> Reply:
        sent = {"Content-Type": "application/sparql-query", **({"Accept": accept} if accept else {}), **headers}
        return self.request("POST", "/sparql", text.encode(), sent)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            for stream in (self.process.stdout, self.process.stderr):
                if stream is not None:
                    stream.close()


def children(parent: int) -> list[int]:
    """Return the processes that a process started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def state_of(pid: int) -> str:
    """Return the state of a process, as `R (running)`; `gone` where there is none."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "gone"
    return next(line.partition(":")[2].strip() for line in status.split("\n") if line.startswith("State"))
