"""The child process that parses: a file's bytes come in on standard input, documents go out as JSON lines.

It opens no file and knows no path. It bounds its own memory; the parent bounds its time.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from ontology.errors import DocumentError, EmptyDocumentError, UnreadableDocumentError
from ontology.model import Finding, SourceText

from .formats import MEDIA_TYPES, find_formats, kind_of
from .limits import Limits
from .texts import decode, decoding_findings, is_page, source_text
from .values import Budget, File, Part

Begun = tuple[int, str]
"""Number and name of a part that is about to be parsed."""


def parse(
    doc: str, data: bytes, limits: Limits, *, skip: int = 0, avoid: frozenset[int] = frozenset()
) -> Iterator[Begun | SourceText | Finding]:
    """Yield the documents in a file; each part is announced before it is touched.

    Args:
        doc: Name of the file.
        data: Its bytes.
        limits: What it may cost.
        skip: Number of the first part that is parsed; what holds others is opened all the same, to count them.
        avoid: Numbers of parts that are not touched again.
    """
    count = 0

    def walk(part: Part, depth: int) -> Iterator[Begun | SourceText | Finding]:
        nonlocal count
        number, count = count, count + 1
        if number > limits.members:
            raise _TooManyError
        yield number, part.doc
        if number in avoid:
            return
        if number < skip and not _holds_parts(part.doc):
            return
        try:
            if depth > limits.depth:
                raise UnreadableDocumentError(
                    f"{part.doc} lies more than {limits.depth} archives deep.",
                    doc=part.doc,
                    code="limit-depth",
                    hint="unpack it yourself, if you trust it",
                )
            file = File(part.doc, part.load(), limits, budget)
            for item in _read(file):
                if isinstance(item, Part):
                    yield from walk(item, depth + 1)
                else:
                    yield item
        except _TooManyError:
            raise
        except DocumentError as error:
            yield _finding(error)
        except MemoryError:
            message = f"{part.doc} needs more than {limits.memory_bytes / 2**30:g} GiB of memory to read."
            yield Finding("limit-memory", "error", part.doc, None, None, message)
        except Exception as error:  # whatever a parser raises on a broken file costs that file
            what = f"{type(error).__name__}: {error}"[:300]
            yield Finding("unreadable-document", "error", part.doc, None, None, f"{part.doc} cannot be read: {what}")

    budget = Budget(limits.unpacked_bytes)
    try:
        yield from walk(Part(doc, lambda: data), 0)
    except _TooManyError:
        yield Finding(
            "limit-members", "error", doc, None, None,
            f"{doc} holds more than {limits.members:,} files in its archives; the others are left out. "
            "hint: unpack it and give the folder",
        )  # fmt: skip


class _TooManyError(Exception):
    """A file holds more parts, at all depths together, than a file may."""


def _holds_parts(doc: str) -> bool:
    """Say whether a file may hold others, which it must be opened for to count them."""
    return doc.lower().endswith((".zip", ".eml", ".mhtml", ".mht"))


def _read(file: File) -> Iterator[Any]:
    suffix = PurePosixPath(file.name).suffix.lower()
    if not file.data:
        raise EmptyDocumentError(f"{file.doc} is empty (0 bytes).", doc=file.doc)
    if suffix in MEDIA_TYPES:
        yield _read_text(file, MEDIA_TYPES[suffix])
        return
    found = kind_of(file.data)
    if suffix in (".pdf", ".docx", ".zip") and found != suffix and not {suffix, found} <= {".docx", ".zip"}:
        raise UnreadableDocumentError(
            f"{file.doc} is no {suffix[1:].upper()} file: it does not begin as one.", doc=file.doc, code="wrong-suffix"
        )
    form = find_formats()[suffix]
    try:
        read = form.reader()
    except ModuleNotFoundError as error:
        raise UnreadableDocumentError(
            f"{file.doc} needs {form.distribution}, which is not installed.",
            doc=file.doc,
            code="reader-missing",
            hint="pip install 'jiqun[documents]'",
        ) from error
    yield from read(file)


def _read_text(file: File, media_type: str) -> SourceText:
    decoded = decode(file.data, doc=file.doc, is_html=media_type == "text/html")
    if media_type == "text/plain" and is_page(decoded.text):
        media_type = "text/html"
    findings = decoding_findings(decoded, doc=file.doc, name=file.name)
    return source_text(file, decoded.text, media_type=media_type, encoding=decoded.encoding, findings=findings)


def _finding(error: DocumentError) -> Finding:
    code = error.code if isinstance(error, UnreadableDocumentError) else "empty-document"
    message = f"{error.message} hint: {error.hint}" if error.hint else error.message
    return Finding(code, "error", error.doc, None, None, message)


def main(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Serve requests until standard input ends."""

    def send(record: dict[str, Any]) -> None:
        stdout.write(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        stdout.flush()

    while header := stdin.readline():
        request = json.loads(header)
        data = stdin.read(request["size"])
        limits = Limits(**request["limits"])
        _bound_memory(limits.memory_bytes)
        avoid = frozenset(request["avoid"])
        for item in parse(request["doc"], data, limits, skip=request["skip"], avoid=avoid):
            if isinstance(item, tuple):
                _bound_time(limits.seconds + 5)
                send({"begun": item[0], "doc": item[1]})
            else:
                send({type(item).__name__: dataclasses.asdict(item)})
        _bound_time(0)
        send({"end": True})


def _bound_time(seconds: float) -> None:
    """End this process after so much processor time, should the parent that would kill it be gone; 0 for never."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def _bound_memory(size: int) -> None:
    """Bound the address space of this process, where the system can."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints must not get between the documents
    main(sys.stdin.buffer, out)
