"""Python's collector of cycles: a build makes millions of values and hardly a cycle, so it need not look often."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

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


def keep_for_good() -> None:
    """In a process of our own: let the collector pass over all that is loaded, and look at the rest seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_VALUES)
