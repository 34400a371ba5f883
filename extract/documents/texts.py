"""Make a source text of what a reader found."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from extract.cleaning.encoding import Decoded, UnreadableBytes, decode_bytes, superset
from ontology.errors import EmptyDocumentError, UnreadableDocumentError
from ontology.model import DocumentMetadata, Finding, Place, SourceText

if TYPE_CHECKING:
    from .values import File

_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S)
_TAGS = re.compile(r"</(?:p|div|span|td|li|h[1-6])>|<br\s*/?>", re.I)


def source_text(
    file: File,
    text: str,
    *,
    doc: str = "",
    media_type: str = "text/plain",
    encoding: str = "utf-8",
    places: Sequence[Place] = (),
    metadata: DocumentMetadata | None = None,
    findings: Sequence[Finding] = (),
) -> SourceText:
    """Return a document that was found in a file.

    Raises:
        EmptyDocumentError: It holds nothing but white space.
        UnreadableDocumentError: It is longer than the limit.
    """
    doc = doc or file.doc
    check_length(text, doc=doc, most=file.limits.characters)
    return SourceText(
        doc,
        text,
        media_type,
        encoding,
        hashlib.sha256(file.data).hexdigest(),
        tuple(findings),
        tuple(places),
        metadata or DocumentMetadata(),
    )


def check_length(text: str, *, doc: str, most: int) -> None:
    """Refuse a text without words or with too many.

    Raises:
        EmptyDocumentError: It holds nothing but white space.
        UnreadableDocumentError: It is longer than `most` characters.
    """
    if not text.strip():
        raise EmptyDocumentError(f"{doc} holds nothing but white space.", doc=doc)
    if len(text) > most:
        raise UnreadableDocumentError(
            f"{doc} has {len(text):,} characters; the limit is {most:,}.",
            doc=doc,
            code="limit-characters",
            hint="split it into several files",
        )


def decode(data: bytes, *, doc: str, charset: str | None = None, is_html: bool = False) -> Decoded:
    """Decode bytes by the charset that a mail or page declares, or as a file that says nothing.

    Raises:
        UnreadableDocumentError: They are no text.
    """
    if charset and charset.lower() not in ("utf-8", "us-ascii"):
        try:
            name = codecs.lookup(superset(charset)).name
            return Decoded(data.decode(name), name)
        except (LookupError, ValueError):
            pass
    try:
        return decode_bytes(data, is_html=is_html)
    except UnreadableBytes as error:
        raise UnreadableDocumentError(f"{doc} {error}", doc=doc, code=error.code) from error


def decoding_findings(decoded: Decoded, *, doc: str, name: str) -> list[Finding]:
    """Say what had to be guessed and what could not be decoded."""
    findings = []
    if decoded.is_guessed:
        message = f"No mark or declaration says how {name} is encoded; it reads well as {decoded.encoding}."
        findings.append(Finding("encoding-guessed", "info", doc, None, None, message))
    if decoded.is_damaged:
        message = f"The bytes here are no {decoded.encoding}."
        holes = re.finditer("\ufffd+", decoded.text)
        findings += [Finding("undecodable-bytes", "warning", doc, m.start(), m.end(), message) for m in holes]
    return findings


def is_page(text: str) -> bool:
    """Say whether a text starts as an HTML page does."""
    return _HTML.match(text[:2000]) is not None


def media_type_of(text: str) -> str:
    """Return what the text of a cell is: a page, a piece of one, or plain."""
    return "text/html" if is_page(text) or _TAGS.search(text) else "text/plain"
