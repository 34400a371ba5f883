"""What the last build into a folder came to: where nothing has changed since, nothing is made anew.

A file in the cache, one for each output folder. It holds for the same documents, settings and code, and for output
files that are still those which were written then.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from dataclasses import astuple, dataclass, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import TYPE_CHECKING

from ontology.errors import OutputError
from ontology.validation import Violation

from .. import output
from ..tally import Tally
from .cache import BUILT, read_checked, walk, write_checked
from .records import decode_value, encode_value

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LIBRARIES = ("networkx", "pyoxigraph", "pypinyin", "pyshacl", "pyvis", "rdflib")
"""Distributions whose version may change what is written of the results."""


@dataclass(frozen=True, slots=True)
class LastBuild:
    """What a build came to.

    Attributes:
        manifest: What was written.
        tally: In numbers.
        violations: What the shapes found wrong.
    """

    manifest: output.Manifest
    tally: Tally
    violations: tuple[Violation, ...]


@dataclass(slots=True)
class Inputs:
    """What a build read, in whatever order, in a few bytes.

    Attributes:
        reused: Documents that an earlier build had processed.
        new: Documents that none had.
        total: Sum of the digests of all that decides what is made of each document.
    """

    reused: int = 0
    new: int = 0
    total: int = 0

    def add(self, key: str) -> None:
        """Take note of a document, or of what kept it from being one."""
        digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
        self.total = (self.total + int.from_bytes(digest, "big")) % 2**256

    def digest(self, *decisive: object) -> str:
        """Return the digest of all that decides what is written.

        Args:
            decisive: What decides beside documents and code, as values whose `repr` tells them apart.
        """
        said = f"{code_digest()} {self.reused + self.new} {self.total} {decisive!r}"
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def find_last_build(folder: Path, out: Path, digest: str) -> LastBuild | None:
    """Return what the last build into a folder came to, if it was this one and its files are as it left them.

    Args:
        folder: Folder of the cache.
        out: The output folder.
        digest: Of this build.
    """
    try:
        known, manifest, tally, violations = decode_value(read_checked(_path(folder, out)))
        if known != digest or manifest != output.sha256_of((out / output.MANIFEST).read_bytes()):
            return None
        values = dict(zip((field.name for field in fields(Tally)), tally, strict=True))
        for name in ("classes", "relations", "findings"):
            values[name] = Counter(dict(values[name]))
        values["lost"] = list(values["lost"])
        return LastBuild(output.read_manifest(out), Tally(**values), tuple(Violation(*found) for found in violations))
    except (OSError, OutputError, ValueError, TypeError):  # none, damaged, of another version
        return None


def keep_last_build(folder: Path, out: Path, digest: str, tally: Tally, violations: Iterable[Violation]) -> None:
    """Keep what a build came to; where that cannot be written the next one does all again.

    Args:
        folder: Folder of the cache.
        out: The output folder, whole.
        digest: Of this build.
        tally: What it came to.
        violations: What the shapes found wrong.
    """
    values = (getattr(tally, field.name) for field in fields(Tally))
    counted = tuple(tuple(value.items()) if isinstance(value, Counter) else value for value in values)
    with contextlib.suppress(OSError):
        manifest = output.sha256_of((out / output.MANIFEST).read_bytes())
        data = encode_value((digest, manifest, counted, tuple(map(astuple, violations))))
        write_checked(_path(folder, out), data)


def _path(folder: Path, out: Path) -> Path:
    return folder / f"{BUILT}{hashlib.sha256(os.fsencode(out.resolve())).hexdigest()[:16]}"


@cache
def code_digest() -> str:
    """Return the digest of all code that writes, as it was when this process first asked."""
    digest = hashlib.sha256()
    for name, file in walk(files("kg"), "kg", skip=set()):
        digest.update(name.encode() + file.read_bytes())
    for library in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            digest.update(f"{library} {version(library)}".encode())
    return digest.hexdigest()
