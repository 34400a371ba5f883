"""A store on disk as it is now, whatever a build puts in its place later."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from ontology.errors import OutputError
from queries.store import STORE_NOTE

_ATTEMPTS = 40
_PAUSE = 0.05
"""Seconds until the next attempt: a build puts its new store in place by two renames."""


def take_snapshot(store: Path) -> tempfile.TemporaryDirectory[str]:
    """Return a folder with the files of a store, which is the store's own from then on.

    A build replaces a store by renaming folders and removing the old one. Queries open the files as they need them, so
    they would find some of one graph and some of the other, or none. The large files of a store are never changed, only
    replaced: here they are hard links, beside the store, and cost nothing. Where that cannot be, they are copied.

    Args:
        store: A folder that `queries.store.create_store` wrote.

    Raises:
        OutputError: The store cannot be read, or is replaced over and over.
    """
    store = store.absolute()
    for _ in range(_ATTEMPTS):
        folder = _make_folder(store)
        try:
            before = (store / STORE_NOTE).read_bytes()
            shutil.copytree(store, folder.name, dirs_exist_ok=True, copy_function=_link_or_copy)
            if (store / STORE_NOTE).read_bytes() == before:
                return folder
        except (FileNotFoundError, shutil.Error):
            pass  # replaced in between
        except OSError as error:
            folder.cleanup()
            raise OutputError(f"the store {store} cannot be read: {error.strerror or error}") from error
        folder.cleanup()
        time.sleep(_PAUSE)
    raise OutputError(f"the store {store} is not whole", hint=f"`kg build INPUT --store {store}` writes it anew")


def _make_folder(store: Path) -> tempfile.TemporaryDirectory[str]:
    with contextlib.suppress(OSError):
        return tempfile.TemporaryDirectory(prefix=f".{store.name}.", suffix=".jiqun-tmp", dir=store.parent)
    return tempfile.TemporaryDirectory(prefix="kg-serve-")


def _link_or_copy(source: str, target: str) -> None:
    """Link the files that hold the data; copy the small ones, which an engine may write to."""
    if source.endswith(".sst"):
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copyfile(source, target)
