"""Read files and folders into texts."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from ontology.errors import UsageError
from ontology.model import Finding, SourceText

from .cleaning.encoding import UnreadableBytes, decode_bytes

logger = logging.getLogger(__name__)

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".text": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
}
"""What a file is by its suffix; other files are no documents."""

_HTML_START = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)


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
    missing = [str(path) for path in inputs if not path.exists()]
    if missing:
        raise UsageError(
            f"No such file or folder: {', '.join(missing)}",
            hint="give existing .txt, .md or .html files, or folders with such files",
        )
    planned: list[tuple[str, Path] | Finding] = []
    seen: dict[str, Path] = {}
    for path in inputs:
        for item in _list_folder(path) if path.is_dir() else _list_file(path):
            if not isinstance(item, Finding):
                doc, file = item
                if doc in seen:
                    raise UsageError(
                        f"Two files have the same document name {doc!r}: {seen[doc]} and {file}",
                        hint="give their common parent folder as INPUT, so that their paths differ",
                    )
                seen[doc] = file
            planned.append(item)
    return (item if isinstance(item, Finding) else read_file(item[1], doc=item[0]) for item in planned)


def read_file(path: Path, *, doc: str) -> SourceText | Finding:
    """Read and decode one file, or say in a finding of severity `error` why that cannot be done."""
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Finding("unreadable-file", "error", doc, None, None, f"{path} cannot be read: {reason}.")
    if not data:
        return Finding("empty-document", "error", doc, None, None, f"{path} is empty (0 bytes).")
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "text/plain")
    try:
        decoded = decode_bytes(data, is_html=media_type == "text/html")
    except UnreadableBytes as error:
        return Finding(error.code, "error", doc, None, None, f"{path} {error}")
    text = decoded.text
    if not text.strip():
        return Finding("empty-document", "error", doc, None, None, f"{path} holds nothing but white space.")
    if media_type == "text/plain" and _HTML_START.match(text[:2000]):
        media_type = "text/html"
    findings = []
    if decoded.is_guessed:
        message = f"No mark or declaration says how {path.name} is encoded; it reads well as {decoded.encoding}."
        findings.append(Finding("encoding-guessed", "info", doc, None, None, message))
    if decoded.is_damaged:
        message = f"The bytes here are no {decoded.encoding}."
        holes = re.finditer("\ufffd+", text)
        findings += [Finding("undecodable-bytes", "warning", doc, m.start(), m.end(), message) for m in holes]
    digest = hashlib.sha256(data).hexdigest()
    return SourceText(doc, text, media_type, decoded.encoding, digest, tuple(findings))


def _document_name(relative: str) -> str:
    """Return a path as the name of a document: `/`-separated, NFC, without lone surrogates."""
    portable = relative.replace(os.sep, "/")
    return unicodedata.normalize("NFC", portable).encode("utf-8", "replace").decode("utf-8")


def _list_file(path: Path) -> Iterator[tuple[str, Path] | Finding]:
    doc = _document_name(path.name)
    if path.suffix.lower() in MEDIA_TYPES:
        yield doc, path
    else:
        message = f"{path} is no document: expected one of {' '.join(MEDIA_TYPES)}."
        yield Finding("unsupported-file", "error", doc, None, None, message)


def _list_folder(folder: Path) -> Iterator[tuple[str, Path] | Finding]:
    """List the documents below a folder, sorted by name; hidden files and folders are left out."""
    found: list[tuple[str, Path]] = []
    skipped: list[Finding] = []

    def remember(error: OSError) -> None:
        name = _document_name(str(error.filename))
        message = f"{name} cannot be listed: {error.strerror}."
        skipped.append(Finding("unreadable-folder", "error", name, None, None, message))

    for parent, folders, files in os.walk(folder, onerror=remember):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(parent, name)
            doc = _document_name(os.path.relpath(path, folder))
            if name.startswith(".") or not path.is_file():
                continue
            if path.suffix.lower() in MEDIA_TYPES:
                found.append((doc, path))
            else:
                message = f"{path} is no .txt, .md or .html file."
                skipped.append(Finding("file-skipped", "info", doc, None, None, message))
    yield from sorted(found)
    yield from sorted(skipped, key=lambda finding: finding.doc)
    if not found and not any(finding.severity == "error" for finding in skipped):
        message = f"{folder} holds no .txt, .md or .html file."
        yield Finding("empty-folder", "error", _document_name(str(folder)), None, None, message)
