"""The files of a new pack, commented, and the function that writes them."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

from ontology.errors import OutputError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILES", "write_skeleton"]

FILES = ("pack.toml", "names.ttl", "regions.tsv", "wording.toml")
_NAME = re.compile(r"[a-z][a-z0-9-]*")


def write_skeleton(name: str, into: Path) -> Path:
    """Write the files of a new pack into a folder of its name.

    Args:
        name: Name of the pack: small Latin letters, digits, hyphens.
        into: Folder in which its folder is made.

    Returns:
        The folder of the pack.

    Raises:
        UsageError: The name is none, or the folder is there already.
        OutputError: The folder cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name of a pack.", hint="small letters, digits and hyphens, a letter first: kg pack new gba"
        )
    folder = into / name
    if folder.exists():
        raise UsageError(f"{folder} is there already.", hint="give another name, or another folder with --in")
    skeleton = files(__package__)
    try:
        folder.mkdir(parents=True)
        for file in FILES:
            text = skeleton.joinpath(file).read_text(encoding="utf-8").replace("@NAME@", name)
            (folder / file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"Cannot write {folder}: {error.strerror}", hint="Give another folder with --in.") from error
    return folder
