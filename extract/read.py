"""Read files and folders into texts."""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ontology.errors import UsageError
from ontology.model import Finding, SourceText

from .cleaning.encoding import UnreadableBytes, decode_bytes
from .documents import LIMITS, Limits, ParserProcess, find_formats, kind_of
from .documents.formats import HINTS, MEDIA_TYPES
from .documents.names import document_name, is_document
from .documents.texts import decoding_findings, is_page

logger = logging.getLogger(__name__)

STANDARD_INPUT = Path("-")
"""The input that stands for standard input."""
_READABLE = "text (.txt .md), page (.html .mhtml), .pdf, .docx, .eml, .csv, .jsonl, or .zip of these"


SETTLED = 2.0
"""Seconds after which a file that is changed once more has another time of change on any file system."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that is to be read.

    Attributes:
        doc: Name of the document.
        folder: The folder that was named, or nothing.
        name: Where the file is in it.
        is_found: Whether it was found in a folder, and not named by itself.
    """

    doc: str
    folder: str
    name: str
    is_found: bool = False

    @property
    def path(self) -> Path:
        """Where it is."""
        return Path(self.folder, self.name)


@dataclass(frozen=True, slots=True)
class ReadItem:
    """What came of reading.

    Attributes:
        value: A text, or what kept something from being one.
        stamp: What tells that the file of the text, which holds no other, is as it was (`stamp_of`), or nothing.
    """

    value: SourceText | Finding
    stamp: str = ""


def read_documents(inputs: Sequence[Path]) -> Iterator[SourceText | Finding]:
    """Read files and folders one by one, in sorted order within each folder.

    The arguments are checked before anything is read. A file that cannot be used
    costs itself only: it gives a finding of severity `error` that names it.

    Args:
        inputs: Files, or folders that are searched recursively.

    Returns:
        One text or finding after the other.

    Raises:
        UsageError: An input does not exist, or two files would have the same document name.
    """
    return read_planned(plan_documents(inputs))


def plan_documents(inputs: Sequence[Path]) -> list[PlannedFile | Finding]:
    """List what is to be read, without opening a file.

    Args:
        inputs: Files, or folders that are searched recursively.

    Raises:
        UsageError: An input does not exist, or two files would have the same document name.
    """
    missing = [str(path) for path in inputs if path != STANDARD_INPUT and not path.exists()]
    if missing:
        raise UsageError(
            f"No such file or folder: {', '.join(missing)}",
            hint="give existing files, folders with documents, or - for standard input",
        )
    planned: list[PlannedFile | Finding] = []
    for path in inputs:
        planned += _list_folder(path) if path.is_dir() and path != STANDARD_INPUT else _list_file(path)
    by_doc = sorted((item for item in planned if isinstance(item, PlannedFile)), key=lambda file: file.doc)
    for one, other in itertools.pairwise(by_doc):
        if one.doc == other.doc:
            raise UsageError(
                f"Two files have the same document name {one.doc!r}: {one.path} and {other.path}",
                hint="give their common parent folder as INPUT, so that their paths differ",
            )
    return planned


def read_planned(planned: Sequence[PlannedFile | Finding]) -> Iterator[SourceText | Finding]:
    """Read what was planned; documents inside files get a name of their own where two have the same."""
    return (item.value for item in read_files(planned))


def read_files(
    planned: Sequence[PlannedFile | Finding], is_known: Callable[[str, str], bool] | None = None
) -> Iterator[ReadItem]:
    """Read what was planned, as `read_planned` does, but for what is known already.

    Args:
        planned: In the order in which it is read.
        is_known: Tells of the name and the stamp of a file whether it is known as it is; None where nothing is.
    """
    names = _Names(planned)
    with ParserProcess() as parser:
        for place, file in enumerate(planned):
            if isinstance(file, Finding):
                yield ReadItem(file)
                continue
            may_be_known = is_known is not None and file.name != str(STANDARD_INPUT)
            stamp = stamp_of(os.path.join(file.folder, file.name)) if may_be_known else ""
            if stamp and is_known is not None and not names.has(file.doc) and is_known(file.doc, stamp):
                names.take(file.doc, place)
                continue
            for item, is_alone in _told_apart(_read_path(file.path, doc=file.doc, parser=parser)):
                if isinstance(item, Finding):
                    is_skipped = item.code == "no-text-column" and file.is_found
                    yield ReadItem(_as_skipped(item) if is_skipped else item)
                    continue
                name = names.take(item.doc, place)
                is_file = is_alone and name == file.doc
                yield ReadItem(item if name == item.doc else replace(item, doc=name), stamp if is_file else "")


class _Names:
    """Names of documents that were read. Those of files are all different, and known from the plan."""

    def __init__(self, planned: Sequence[PlannedFile | Finding]) -> None:
        self._planned = planned
        self._taken: set[str] | None = None

    def has(self, name: str) -> bool:
        """Whether a file cannot have its own name, since a document inside one has it."""
        return self._taken is not None and name in self._taken

    def take(self, name: str, place: int) -> str:
        """Take a name, or the next free one like it, for a document in a file of the plan."""
        if self._taken is None:
            file = self._planned[place]
            if isinstance(file, PlannedFile) and name == file.doc:
                return name
            before = itertools.islice(self._planned, place + 1)
            self._taken = {item.doc for item in before if isinstance(item, PlannedFile)}
        free = name
        for count in itertools.count(2):
            if free not in self._taken:
                break
            free = f"{name}~{count}"
        self._taken.add(free)
        return free


def _told_apart(items: Iterator[SourceText | Finding]) -> Iterator[tuple[SourceText | Finding, bool]]:
    """Yield what a file gave, and whether that is all."""
    first = list(itertools.islice(items, 2))
    for item in first:
        yield item, len(first) == 1
    for item in items:
        yield item, False


def stamp_of(path: str | Path) -> str:
    """Return what is another one when a file was changed since: its number, size and times, nothing where none is sure.

    As in the index of git, what was changed a moment ago may change again without another time, so it has no stamp;
    what is no file on a disk has none either.
    """
    try:
        found = os.stat(path)
    except OSError:
        return ""
    changed = max(found.st_mtime_ns, found.st_ctime_ns)
    if not stat.S_ISREG(found.st_mode) or time.time_ns() - changed <= SETTLED * 1e9:
        return ""
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"


def _read_path(path: Path, *, doc: str, parser: ParserProcess) -> Iterator[SourceText | Finding]:
    """Read one file or standard input: texts here, all else in the child process."""
    if path == STANDARD_INPUT:
        data = sys.stdin.buffer.read(parser.limits.file_bytes + 1)
        suffix = kind_of(data) or ".txt"
        if suffix == ".txt":
            yield _read_text(data, doc=doc, media_type="text/plain", shown="Standard input", limits=parser.limits)
        elif len(data) > parser.limits.file_bytes:
            yield _too_large(doc, "Standard input", parser.limits)
        else:
            yield from parser.parse(doc + suffix, data)
        return
    suffix = path.suffix.lower()
    if suffix not in find_formats():
        yield read_file(path, doc=doc)
        return
    data = _read_bytes(path, doc=doc, limits=parser.limits)
    if isinstance(data, Finding):
        yield data
    else:
        yield from parser.parse(doc, data)


def _as_skipped(finding: Finding) -> Finding:
    """Make a table without texts, which lay in a folder among documents, no loss."""
    return replace(finding, code="file-skipped", severity="info")


def _read_bytes(path: Path, *, doc: str, limits: Limits) -> bytes | Finding:
    """Return the bytes of a file, or say why there are none or too many."""
    try:
        if path.stat().st_size > limits.file_bytes:
            return _too_large(doc, str(path), limits)
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding("unreadable-file", "error", doc, None, None, f"{path} cannot be read: {reason}.")
    if not data:
        return Finding("empty-document", "error", doc, None, None, f"{path} is empty (0 bytes).")
    return data


def _too_large(doc: str, shown: str, limits: Limits) -> Finding:
    message = f"{shown} is larger than {limits.file_bytes / 2**20:g} MiB. hint: split it"
    return Finding("limit-size", "error", doc, None, None, message)


def read_file(path: Path, *, doc: str) -> SourceText | Finding:
    """Read and decode one file, or say in a finding of severity `error` why that cannot be done."""
    data = _read_bytes(path, doc=doc, limits=LIMITS)
    if isinstance(data, Finding):
        return data
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "text/plain")
    return _read_text(data, doc=doc, media_type=media_type, shown=str(path), limits=LIMITS)


def _read_text(data: bytes, *, doc: str, media_type: str, shown: str, limits: Limits) -> SourceText | Finding:
    """Decode the bytes of a text or page."""
    try:
        decoded = decode_bytes(data, is_html=media_type == "text/html" or is_page(data[:2000].decode("latin-1")))
    except UnreadableBytes as error:
        return Finding(error.code, "error", doc, None, None, f"{shown} {error}")
    text = decoded.text
    if not text.strip():
        return Finding("empty-document", "error", doc, None, None, f"{shown} holds nothing but white space.")
    if len(text) > limits.characters:
        message = f"{shown} has {len(text):,} characters; the limit is {limits.characters:,}. hint: split it"
        return Finding("limit-characters", "error", doc, None, None, message)
    if media_type == "text/plain" and is_page(text):
        media_type = "text/html"
    findings = decoding_findings(decoded, doc=doc, name=doc.rpartition("/")[2])
    digest = hashlib.sha256(data).hexdigest()
    return SourceText(doc, text, media_type, decoded.encoding, digest, tuple(findings))


def _list_file(path: Path) -> Iterator[PlannedFile | Finding]:
    if path == STANDARD_INPUT:
        yield PlannedFile("stdin", "", str(path))
        return
    doc = document_name(path.name)
    suffix = path.suffix.lower()
    if is_document(suffix):
        yield PlannedFile(doc, "", str(path))
    else:
        message = f"{path} is no document that is read. hint: {HINTS.get(suffix, f'give a {_READABLE}')}"
        yield Finding("unsupported-file", "error", doc, None, None, message)


def _list_folder(folder: Path) -> Iterator[PlannedFile | Finding]:
    """List the documents below a folder, sorted by name; hidden files and folders are left out."""
    found: list[PlannedFile] = []
    skipped: list[Finding] = []

    def remember(error: OSError) -> None:
        name = document_name(str(error.filename))
        message = f"{name} cannot be listed: {error.strerror}."
        skipped.append(Finding("unreadable-folder", "error", name, None, None, message))

    top = str(folder)
    for name in _walk(top, "", remember):
        suffix = os.path.splitext(name)[1].lower()
        doc = document_name(name)
        if is_document(suffix):
            found.append(PlannedFile(doc, top, doc if doc == name else name, is_found=True))
        else:
            hint = HINTS.get(suffix)
            message = f"{folder / name} is no document that is read" + (f". hint: {hint}" if hint else ".")
            skipped.append(Finding("file-skipped", "warning" if hint else "info", doc, None, None, message))
    yield from sorted(found, key=lambda file: (file.doc, file.name))
    yield from sorted(skipped, key=lambda finding: finding.doc)
    if not found and not any(finding.severity == "error" for finding in skipped):
        message = f"{folder} holds no {_READABLE}."
        yield Finding("empty-folder", "error", document_name(str(folder)), None, None, message)


def _walk(top: str, below: str, remember: Callable[[OSError], None]) -> Iterator[str]:
    """Yield the files in a folder and the folders in it, as they are called from `top` on, without links to folders."""
    folders = []
    try:
        with os.scandir(os.path.join(top, below) if below else top) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                name = os.path.join(below, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(name)
                elif _is_file(entry):
                    yield name
    except OSError as error:
        remember(error)
    for name in sorted(folders):
        yield from _walk(top, name, remember)


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry of a folder is a file, or leads to one."""
    try:
        return entry.is_file()
    except OSError:  # a link that leads in a circle
        return False
