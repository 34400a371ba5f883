"""Messages through a pipe: a length, then so many bytes."""

from __future__ import annotations

import struct
from typing import IO

READY, RESULT, MEMORY, FAILED = b"+", b"=", b"M", b"!"
"""First byte of what a worker says: it is ready, a result, it is out of memory, it cannot start."""

_LENGTH = struct.Struct(">Q")


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write one message and send it off."""
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Return the next message, or None when the other side is gone, be it in the middle of one."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    return data if len(data) == length else None
