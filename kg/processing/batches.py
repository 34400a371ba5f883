"""Work on a batch of texts: bytes in, bytes out, whoever hands them over, a pipe or an Arrow column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .records import decode_value, encode_value

if TYPE_CHECKING:
    from .workers import Task


def answer_batch(process: Task, texts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what is made of each text of a batch, in their order.

    It depends on the texts and the processor alone; the worker process and the Spark task both come down to it.

    Args:
        process: Turns a value into its result; loaded once in each process.
        texts: Values of `SourceText`, or whatever the processor takes, encoded by `encode_value`.

    Returns:
        The results, encoded by `encode_value`.

    Raises:
        MemoryError: The memory of this process does not suffice.
    """
    for text in texts:
        yield encode_value(process(decode_value(text)))
