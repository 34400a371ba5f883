"""Which parts of a corpus the shapes allow, so that a build asks only about what has changed since the last one.

A file in the cache, one for each output folder: the digests of the parts that the last build there found nothing wrong
with. It holds for the same code, shapes and settings.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .cache import CLEAN, read_checked, write_checked
from .last_build import code_digest
from .records import decode_value, encode_value

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = 16
"""Bytes of a digest."""


@dataclass(slots=True)
class CleanParts:
    """Parts that nothing is wrong with.

    Attributes:
        known: Digests of those that the last build found.
        found: Digests of those of this build.
    """

    known: frozenset[bytes] = frozenset()
    found: list[bytes] = field(default_factory=list)

    def is_known(self, digest: bytes) -> bool:
        """Whether the last build found nothing wrong with a part; it counts as found again."""
        if digest not in self.known:
            return False
        self.found.append(digest)
        return True


def digest_of(part: object) -> bytes:
    """Return what tells a part from all others; a value of `ontology.model`."""
    return hashlib.sha256(encode_value(part)).digest()[:_SIZE]


def find_clean_parts(folder: Path, out: Path, generation: str) -> CleanParts:
    """Return what the last build into a folder found nothing wrong with; nothing where that is not known.

    Args:
        folder: Folder of the cache.
        out: The output folder.
        generation: What decides beside the code that writes: the generation of the cache.
    """
    try:
        known, digests = decode_value(read_checked(_path(folder, out)))
        if known == _decisive(generation):
            return CleanParts(frozenset(digests[i : i + _SIZE] for i in range(0, len(digests), _SIZE)))
    except (OSError, ValueError, TypeError):  # none, damaged, of another version
        pass
    return CleanParts()


def keep_clean_parts(folder: Path, out: Path, generation: str, parts: CleanParts) -> None:
    """Keep what a build found nothing wrong with; where that cannot be written the next one asks about all again."""
    with contextlib.suppress(OSError):
        write_checked(_path(folder, out), encode_value((_decisive(generation), b"".join(parts.found))))


def _decisive(generation: str) -> str:
    return f"{code_digest()} {generation}"


def _path(folder: Path, out: Path) -> Path:
    return folder / f"{CLEAN}{hashlib.sha256(os.fsencode(out.resolve())).hexdigest()[:16]}"
