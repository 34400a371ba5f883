"""Read files and folders into texts."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
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


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file that is to be read.

    Attributes:
        doc: Name of the document.
        path: Where it is.
        is_found: Whether it was found in a folder, and not named by itself.
    """

    doc: str
    path: Path
    is_found: bool = False


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
    folders = [path for path in inputs if path.is_dir()]
    planned: list[PlannedFile | Finding] = []
    seen: dict[str, Path] = {}
    for path in inputs:
        for item in _list_folder(path) if path.is_dir() and path != STANDARD_INPUT else _list_file(path):
            if not isinstance(item, Finding):
                doc, file = item
                if doc in seen:
                    raise UsageError(
                        f"Two files have the same document name {doc!r}: {seen[doc]} and {file}",
                        hint="give their common parent folder as INPUT, so that their paths differ",
                    )
                seen[doc] = file
                planned.append(PlannedFile(doc, file, any(folder in file.parents for folder in folders)))
            else:
                planned.append(item)
    return planned


def read_planned(planned: Iterable[PlannedFile | Finding]) -> Iterator[SourceText | Finding]:
    """Read what was planned; documents inside files get a name of their own where two have the same."""
    names: set[str] = set()
    with ParserProcess() as parser:
        for file in planned:
            if isinstance(file, Finding):
                yield file
                continue
            for item in _read_path(file.path, doc=file.doc, parser=parser):
                if isinstance(item, Finding):
                    yield _as_skipped(item) if item.code == "no-text-column" and file.is_found else item
                    continue
                name, count = item.doc, 2
                while item.doc in names:
                    item = replace(item, doc=f"{name}~{count}")
                    count += 1
                names.add(item.doc)
                yield item


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


def _list_file(path: Path) -> Iterator[tuple[str, Path] | Finding]:
    if path == STANDARD_INPUT:
        yield "stdin", path
        return
    doc = document_name(path.name)
    suffix = path.suffix.lower()
    if is_document(suffix):
        yield doc, path
    else:
        message = f"{path} is no document that is read. hint: {HINTS.get(suffix, f'give a {_READABLE}')}"
        yield Finding("unsupported-file", "error", doc, None, None, message)


def _list_folder(folder: Path) -> Iterator[tuple[str, Path] | Finding]:
    """List the documents below a folder, sorted by name; hidden files and folders are left out."""
    found: list[tuple[str, Path]] = []
    skipped: list[Finding] = []

    def remember(error: OSError) -> None:
        name = document_name(str(error.filename))
        message = f"{name} cannot be listed: {error.strerror}."
        skipped.append(Finding("unreadable-folder", "error", name, None, None, message))

    for parent, folders, files in os.walk(folder, onerror=remember):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(parent, name)
            doc = document_name(os.path.relpath(path, folder))
            if name.startswith(".") or not path.is_file():
                continue
            suffix = path.suffix.lower()
            if is_document(suffix):
                found.append((doc, path))
            else:
                hint = HINTS.get(suffix)
                message = f"{path} is no document that is read" + (f". hint: {hint}" if hint else ".")
                skipped.append(Finding("file-skipped", "warning" if hint else "info", doc, None, None, message))
    yield from sorted(found)
    yield from sorted(skipped, key=lambda finding: finding.doc)
    if not found and not any(finding.severity == "error" for finding in skipped):
        message = f"{folder} holds no {_READABLE}."
        yield Finding("empty-folder", "error", document_name(str(folder)), None, None, message)
