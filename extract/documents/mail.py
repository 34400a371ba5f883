"""Read mails (.eml) and pages that a browser saved in one file (.mhtml)."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ontology.errors import UnreadableDocumentError
from ontology.model import DocumentMetadata, Finding

from .formats import HINTS
from .names import document_name, is_document
from .texts import decode, decoding_findings, is_page, source_text
from .values import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import File, Item


def read(file: File) -> Iterator[Item]:
    """Give the body of a mail or saved page, then the documents attached to it.

    The HTML of a saved page is given as it is, so that it is cleaned as every page is.

    Raises:
        UnreadableDocumentError: There is no text in it.
    """
    message = message_from_bytes(file.data, policy=policy.default)
    if not message.keys():
        raise UnreadableDocumentError(f"{file.doc} is no mail: it has no header.", doc=file.doc)
    is_saved_page = message.get_content_type() == "multipart/related" and _header(message, "Snapshot-Content-Location")
    wanted = (
        ("html", "related", "plain")
        if is_saved_page or file.name.lower().endswith((".mhtml", ".mht"))
        else ("plain", "html")
    )
    body = message.get_body(wanted) or next((p for p in message.walk() if p.get_content_maintype() == "text"), None)
    attachments = list(_attachments(message))
    if len(attachments) > file.limits.members:
        raise UnreadableDocumentError(
            f"{file.doc} has {len(attachments):,} attachments; the limit is {file.limits.members:,}.",
            doc=file.doc,
            code="limit-members",
        )
    if body is not None:
        data = _payload(body)
        file.budget.spend(len(data), doc=file.doc)
        is_html = body.get_content_subtype() == "html"
        decoded = decode(data, doc=file.doc, charset=body.get_content_charset(), is_html=is_html)
        if decoded.text.strip():
            yield source_text(
                file,
                decoded.text,
                media_type="text/html" if is_html or is_page(decoded.text) else "text/plain",
                encoding=decoded.encoding,
                metadata=DocumentMetadata() if is_saved_page else _metadata(message),
                findings=decoding_findings(decoded, doc=file.doc, name=file.name),
            )
        elif not attachments:
            yield Finding("empty-document", "error", file.doc, None, None, f"{file.doc} has an empty body.")
    elif not attachments:
        raise UnreadableDocumentError(f"{file.doc} holds neither a text nor a document.", doc=file.doc)
    for name, part in attachments:
        doc = f"{file.doc}/{document_name(name)}"
        suffix = "." + name.rpartition(".")[2].lower()
        if is_document(suffix):
            yield Part(doc, lambda part=part, doc=doc: _spend(file, _payload(part), doc))  # type: ignore[misc]
        else:
            hint = HINTS.get(suffix)
            text = f"{doc} is no document that is read" + (f". hint: {hint}" if hint else ".")
            yield Finding("file-skipped", "warning" if hint else "info", doc, None, None, text)


def _attachments(message: EmailMessage) -> Iterator[tuple[str, EmailMessage]]:
    """Yield what is attached, by name; pictures and styles of a page are none."""
    for part in message.walk():
        if part.is_multipart():
            continue
        name = part.get_filename()
        if name and part.get_content_disposition() == "attachment":
            yield name.replace("\\", "/").rpartition("/")[2] or "attachment", part


def _payload(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _spend(file: File, data: bytes, doc: str) -> bytes:
    file.budget.spend(len(data), doc=doc)
    return data


def _header(message: EmailMessage, name: str) -> str:
    """Return a header, or nothing where it cannot be read."""
    try:
        return str(message.get(name, ""))
    except (ValueError, IndexError, AttributeError, TypeError):  # the parser of headers trips over broken ones
        return ""


def _metadata(message: EmailMessage) -> DocumentMetadata:
    try:
        day = parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, IndexError):
        day = None
    return DocumentMetadata(title=_header(message, "Subject").strip() or None, date=day)
