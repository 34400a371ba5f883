"""Read a Word file: paragraphs and tables in their order, with the paragraph or cell of each place."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ontology.errors import UnreadableDocumentError
from ontology.model import Finding, Place

from .packed import open_zip, read_member
from .texts import source_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import File, Item

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = frozenset((_W + "del", _W + "moveFrom", _W + "pPr", _W + "rPr", _FALLBACK))
"""What is struck out, and what is written twice for old programs."""
_HEAD = re.compile(r"\s*(?P<measure>[一-龥][^()（）]{0,20}?)\s*[(（](?:单位[:：]\s*)?(?P<unit>[一-龥%‰]{1,6})[)）]\s*")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_NAME = re.compile("[一-龥]")
_DOCTYPES = tuple("<!DOCTYPE".encode(codec) for codec in ("ascii", "utf-16-le", "utf-16-be"))


def read(file: File) -> Iterator[Item]:
    """Give the text of a Word file as one document.

    Insertions that nobody accepted yet are read, deletions are not; cells of a row are joined by tabs.

    Raises:
        UnreadableDocumentError: It is no Word file, unpacks to too much, or declares entities.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    _check_package(file)
    try:
        document = docx.Document(BytesIO(file.data))
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise UnreadableDocumentError(
            f"{file.doc} is no Word file: {error}", doc=file.doc, hint="open it and save it as .docx again"
        ) from error
    writer = _Writer()
    writer.blocks(document.element.body)
    findings = []
    if writer.figures:
        message = f"{writer.figures} figures of tables are read as sentences, with measure and unit of their columns."
        findings.append(Finding("figures-read-out", "info", file.doc, None, None, message))
    yield source_text(file, "".join(writer.pieces), places=writer.places, findings=findings)


def _check_package(file: File) -> None:
    """Unpack everything once within the limits, and refuse what declares entities, before a parser sees it."""
    with open_zip(file) as archive:
        for info in archive.infolist():
            data = read_member(file, archive, info, doc=file.doc)
            if info.filename.lower().endswith((".xml", ".rels")) and any(mark in data for mark in _DOCTYPES):
                raise UnreadableDocumentError(
                    f"{file.doc} declares a document type in {info.filename}, which Word never does.",
                    doc=file.doc,
                    code="hostile-document",
                    hint="open it in Word and save it again, if you trust it",
                )


class _Writer:
    """Collects lines and where each comes from."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.places: list[Place] = []
        self.offset = 0
        self.paragraph = 0
        self.table = 0
        self.figures = 0

    def blocks(self, element: Any) -> None:
        """Write the paragraphs and tables of a body, or of what is wrapped around them."""
        for child in element:
            if child.tag == _W + "p":
                self.paragraph += 1
                self.write(_words(child), f"paragraph={self.paragraph}", "\n")
            elif child.tag == _W + "tbl":
                self.table += 1
                self.rows(child, self.table)
            elif child.tag not in _LEFT_OUT:
                self.blocks(child)

    def rows(self, table: Any, number: int) -> None:
        """Write a table, one row a line; a table inside a cell is part of its text.

        A figure whose column says measure and unit is written as the sentence that it stands for, so that it is
        understood: 安徽省 under 企业数量(家) becomes 安徽省企业数量为870家。
        """
        grid = [[_cell(cell) for cell in _find(row, _W + "tc")] for row in _find(table, _W + "tr")]
        heads = [_HEAD.fullmatch(words) for words in grid[0]] if grid else []
        for i, row in enumerate(grid, start=1):
            plain = []
            for j, words in enumerate(row, start=1):
                head = heads[j - 1] if 1 < j <= len(heads) and i > 1 else None
                if head and _FIGURE.fullmatch(words) and _NAME.search(row[0]):
                    sentence = f"{row[0]}{head['measure']}为{words.replace(',', '')}{head['unit']}。"
                    self.write(sentence, f"table={number}&cell={i},{j}", "\n")
                    self.figures += 1
                else:
                    plain.append((j, words))
            if len(plain) < len(row) and all(j == 1 or not words for j, words in plain):
                continue  # its name stands in each sentence
            for j, words in plain:
                self.write(words, f"table={number}&cell={i},{j}", "\n" if j == plain[-1][0] else "\t")

    def write(self, words: str, place: str, end: str) -> None:
        """Write some words and what separates them from the next."""
        self.places.append(Place(self.offset, place))
        self.pieces.append(words + end)
        self.offset += len(words) + len(end)


def _find(element: Any, tag: str) -> list[Any]:
    """Return the children with a tag, also those wrapped in content controls."""
    found: list[Any] = []
    for child in element:
        if child.tag == tag:
            found.append(child)
        elif child.tag in (_W + "sdt", _W + "sdtContent", _W + "ins", _W + "customXml"):
            found += _find(child, tag)
    return found


def _cell(cell: Any) -> str:
    return " ".join(words for p in cell.iter(_W + "p") if (words := _words(p).strip()))


def _words(element: Any) -> str:
    """Return the text of a paragraph; that of a text box in it follows on lines of its own."""
    pieces: list[str] = []
    boxes: list[str] = []
    stack = [iter(element)]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
        elif child.tag == _W + "t":
            pieces.append(child.text or "")
        elif child.tag in (_W + "tab", _W + "ptab"):
            pieces.append("\t")
        elif child.tag in (_W + "br", _W + "cr"):
            pieces.append("\n")
        elif child.tag == _W + "noBreakHyphen":
            pieces.append("-")
        elif child.tag == _W + "txbxContent":
            boxes += [_words(p) for p in child.iter(_W + "p")]
        elif child.tag not in _LEFT_OUT and isinstance(child.tag, str):
            stack.append(iter(child))
    return "\n".join(["".join(pieces), *filter(None, boxes)])
