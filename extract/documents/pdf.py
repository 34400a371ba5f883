"""Read the text layer of a PDF, page by page and line by line."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ontology.errors import UnreadableDocumentError
from ontology.model import Finding, Place, SourceText

from .texts import source_text

if TYPE_CHECKING:
    from .values import File, Item

_PAGE_NUMBER = re.compile(
    r"[\s\-—–－·.•]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/／,，]?\s*(?:共\s*)?\d{1,4}\s*页?)?[\s\-—–－·.•]*"
)
_FEWEST_PAGES = 2
_EDGE = 2
"""Lines at the top and the bottom of a page among which running heads are looked for."""
_SCAN_HINT = "recognise its text first: ocrmypdf -l chi_sim IN.pdf OUT.pdf"


def read(file: File) -> Iterator[Item]:
    """Give the text of a PDF as one document, with the page and line of each place.

    Running heads and page numbers are left out, so that a sentence goes on from page to page.

    Raises:
        UnreadableDocumentError: It is encrypted, has too many pages, or holds pictures of text only.
    """
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    doc = file.doc
    reader = PdfReader(BytesIO(file.data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableDocumentError(
            f"{doc} is locked with a password.", doc=doc, code="encrypted-document", hint="save it without a password"
        )
    count = len(reader.pages)
    if count > file.limits.pages:
        raise UnreadableDocumentError(
            f"{doc} has {count:,} pages; the limit is {file.limits.pages:,}.",
            doc=doc,
            code="limit-pages",
            hint="split it",
        )
    pages: list[list[str]] = []
    pictures: list[int] = []
    blank: list[int] = []
    for number, page in enumerate(reader.pages, start=1):
        lines = whole_text(page.extract_text()).splitlines()
        pages.append(lines)
        if not any(map(str.strip, lines)):
            (pictures if _has_picture(page) else blank).append(number)
    if not any(line.strip() for lines in pages for line in lines):
        if pictures:
            message = f"{doc} is a scan: {len(pictures)} of {count} pages hold pictures, none holds text."
            raise UnreadableDocumentError(message, doc=doc, code="scanned-document", hint=_SCAN_HINT)
        raise UnreadableDocumentError(f"{doc} holds no text on its {count} pages.", doc=doc, code="empty-document")
    findings = []
    if pictures:
        message = f"Pages without text, but with pictures: {', '.join(map(str, pictures))}. hint: {_SCAN_HINT}"
        findings.append(Finding("scanned-pages", "warning", doc, None, None, message))
    if blank:  # empty ones, or such as the library refuses to unpack
        message = f"Pages that give no text: {', '.join(map(str, blank))}."
        findings.append(Finding("pages-without-text", "info", doc, None, None, message))
    heads = _running_heads(pages)
    if heads:
        message = f"Running heads and page numbers left out, such as {heads[min(heads)]!r}."
        findings.append(Finding("running-heads", "info", doc, None, None, message))
    yield _join(file, pages, heads, findings)


def whole_text(text: str) -> str:
    """Return a text with pairs of surrogates, which a font's table may give, as characters; a lone one is U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _join(
    file: File, pages: Sequence[list[str]], heads: dict[tuple[int, int], str], findings: list[Finding]
) -> SourceText:
    places, pieces, offset = [], [], 0
    for i, lines in enumerate(pages):
        for j, line in enumerate(lines):
            if (i, j) in heads:
                continue
            places.append(Place(offset, f"page={i + 1}&line={j + 1}"))
            pieces.append(line.rstrip() + "\n")
            offset += len(pieces[-1])
    return source_text(file, "".join(pieces), places=places, findings=findings)


def _running_heads(pages: Sequence[list[str]]) -> dict[tuple[int, int], str]:
    """Return the lines at the edges of pages that are their numbers, or the same on most pages."""
    found: dict[tuple[int, int], str] = {}
    seen: Counter[tuple[int, str]] = Counter()
    edges: list[tuple[int, int, int, str]] = []
    for i, lines in enumerate(pages):
        filled = [j for j, line in enumerate(lines) if line.strip()]
        for side, chosen in ((0, filled[:_EDGE]), (1, filled[-_EDGE:])):
            for j in chosen:
                words = re.sub(r"[\d\s]+", "", lines[j])
                edges.append((i, j, side, words))
                seen[side, words] += 1
            for j in chosen[:1] if side == 0 else chosen[-1:]:
                if len(filled) > 1 and _PAGE_NUMBER.fullmatch(lines[j]):
                    found[i, j] = lines[j].strip()
    for i, j, side, words in edges:
        often = seen[side, words]
        if words and often >= _FEWEST_PAGES and often > len(pages) / 2:
            found[i, j] = pages[i][j].strip()
    return found


def _has_picture(page: Any) -> bool:
    """Say whether a page draws a picture, without decoding it."""
    try:
        objects = page["/Resources"]["/XObject"].get_object()
        return any(value.get_object().get("/Subtype") == "/Image" for value in objects.values())
    except (KeyError, AttributeError, TypeError):
        return False
