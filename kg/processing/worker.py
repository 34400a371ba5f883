"""The worker process: texts come in on standard input, results go out on standard output.

It is a program of its own and no copy of whoever builds: a script that calls `kg.build` needs no
`if __name__ == "__main__"`, and threads and model sessions of the caller do not come along.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
import signal
import sys
from typing import IO

from ontology.errors import JiqunError

from .batches import answer_batch
from .collector import give_back, keep_for_good
from .frames import FAILED, MEMORY, READY, RESULT, read_frame, write_frame

_BREATH = 500
"""Messages after which memory that was let go is given back."""


def serve(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Make the processor that the first message asks for, then answer each text until the input ends."""
    first = read_frame(stdin)
    if first is None:
        return
    try:
        level, make_processor = pickle.loads(first)
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
        process = make_processor()
    except MemoryError:
        write_frame(stdout, MEMORY)
        return
    except Exception as error:  # told to the parent, which raises it where the user sees it
        known = error if isinstance(error, JiqunError) else RuntimeError(f"{type(error).__name__}: {error}")
        write_frame(stdout, FAILED + pickle.dumps(known))
        return
    keep_for_good()
    write_frame(stdout, READY)
    for count in itertools.count(1):
        message = read_frame(stdin)
        if message is None:
            return
        try:
            (result,) = answer_batch(process, (message,))
            answer = RESULT + result
        except MemoryError:
            answer = MEMORY
        write_frame(stdout, answer)
        if count % _BREATH == 0:
            give_back()


def main() -> None:
    """Serve, out of the way of Ctrl-C (the parent sees to it) and of libraries that print."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        serve(sys.stdin.buffer, answers)
    except BrokenPipeError:  # the parent is gone
        os._exit(0)


if __name__ == "__main__":
    main()
