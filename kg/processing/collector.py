"""Memory of a process: cycles, of which a build makes hardly one, are looked for seldom; what was let go goes back."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress

NEW_VALUES = 100_000
"""Values that are made before the newest are looked through (700 by default), which saves a quarter of a build."""


@contextmanager
def collect_seldom() -> Iterator[None]:
    """Look for cycles seldom while this lasts, then as before."""
    before = gc.get_threshold()
    gc.set_threshold(NEW_VALUES, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def give_back() -> None:
    """Give memory back to the system that the C library holds for what may come, where it can do so (glibc)."""
    gc.collect()
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def keep_for_good() -> None:
    """In a process of our own: let the collector pass over all that is loaded, and look at the rest seldom."""
    give_back()
    gc.freeze()
    gc.set_threshold(NEW_VALUES)
