"""A connection to a Neo4j server that breaks at a point that was named: a TCP proxy that knows a COMMIT."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from dataclasses import dataclass

COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""A COMMIT of Bolt as it travels: a chunk of two bytes, a structure without fields, its signature, the end."""


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Attributes:
        kind: `cut` (both ends are closed), `reset` (the client gets an RST) or `stall` (nothing moves for a while).
        moment: `before` or `after` the message has gone on to the server; after it, the answer never arrives.
        at: `commit` or `message`: which kind of message from the client counts.
        nth: Which of them.
        times: How often it happens: 1, or as often as such a message comes.
        seconds: How long a stall lasts.
    """

    kind: str
    moment: str
    at: str
    nth: int
    times: int = 1
    seconds: float = 0.0


class Proxy:
    """Listens on loopback and passes everything on, until the fault."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.fault: Fault | None = None
        self.messages = self.commits = self.fired = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"bolt://127.0.0.1:{self.port}"

    def arm(self, fault: Fault | None) -> None:
        """Wait for a fault from now on; None lets everything through."""
        with self._lock:
            self.fault, self.messages, self.commits, self.fired = fault, 0, 0, 0

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                server = socket.create_connection(self._to)
                threading.Thread(target=self._client_to_server, args=(client, server), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client), daemon=True).start()

    def _due(self, data: bytes) -> Fault | None:
        """Count a message and say whether the fault is due at it."""
        with self._lock:
            self.messages += 1
            self.commits += COMMIT in data
            fault = self.fault
            if fault is None or self.fired >= fault.times or (fault.at == "commit" and COMMIT not in data):
                return None
            if (self.commits if fault.at == "commit" else self.messages) < fault.nth:
                return None
            self.fired += 1
            return fault

    def _client_to_server(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                fault = self._due(data)
                if fault is None:
                    server.sendall(data)
                    continue
                if fault.kind == "stall":
                    time.sleep(fault.seconds)
                    server.sendall(data)
                    continue
                if fault.moment == "after":
                    server.sendall(data)
                    # the server has it and works on it; what it says finds nobody
                    with contextlib.suppress(OSError):
                        client.shutdown(socket.SHUT_WR)
                    time.sleep(0.05)
                if fault.kind == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                break
        _close(client, server)

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                target.sendall(data)
        _close(source, target)


def _close(*sockets: socket.socket) -> None:
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
