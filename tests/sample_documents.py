"""Make documents of the kinds that people have: PDF, Word, mail, saved page, archive."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from email.message import EmailMessage
from io import BytesIO


def make_pdf(pages: Sequence[Sequence[str]], *, picture_on: Sequence[int] = ()) -> bytes:
    """Write a PDF with lines of Chinese text on each page, and a picture on some (counted from 1)."""
    objects: list[bytes] = []

    def add(body: bytes) -> int:
        objects.append(body)
        return len(objects)

    def stream(head: bytes, data: bytes) -> int:
        packed = zlib.compress(data)
        return add(b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (head, len(packed), packed))

    info = add(
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>"
    )
    font = add(
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
        b" /DescendantFonts [%d 0 R] >>" % info
    )
    picture = stream(
        b"/Type /XObject /Subtype /Image /Width 2 /Height 2 /ColorSpace /DeviceGray /BitsPerComponent 8",
        b"\0\xff\xff\0",
    )
    root, tree = len(objects) + 1, len(objects) + 2
    objects += [b"<< /Type /Catalog /Pages %d 0 R >>" % tree, b""]
    kids = []
    for number, lines in enumerate(pages, start=1):
        text = b"".join(
            b"BT /F 12 Tf 50 %d Td <%s> Tj ET\n" % (800 - 20 * i, line.encode("utf-16-be").hex().encode())
            for i, line in enumerate(lines)
        )
        drawn = b"q 200 0 0 200 50 300 cm /I Do Q\n" if number in picture_on else b""
        content = stream(b"", text + drawn)
        images = b" /XObject << /I %d 0 R >>" % picture if number in picture_on else b""
        kids.append(
            add(
                b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R"
                b" /Resources << /Font << /F %d 0 R >>%s >> >>" % (tree, content, font, images)
            )
        )
    references = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[tree - 1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), references)
    out, places = BytesIO(), []
    out.write(b"%PDF-1.5\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start))
    return out.getvalue()


def make_docx(paragraphs: Sequence[str], *, table: Sequence[Sequence[str]] = ()) -> bytes:
    """Write a Word file with paragraphs and then a table."""
    import docx

    document = docx.Document()
    for words in paragraphs:
        document.add_paragraph(words)
    if table:
        grid = document.add_table(rows=len(table), cols=len(table[0]))
        for i, row in enumerate(table):
            for j, words in enumerate(row):
                grid.cell(i, j).text = words
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def change_docx(data: bytes, old: bytes, new: bytes, *, member: str = "word/document.xml") -> bytes:
    """Replace bytes in a member of a Word file."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as archive, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed:
        for info in archive.infolist():
            content = archive.read(info)
            if info.filename == member:
                assert old in content
                content = content.replace(old, new)
            changed.writestr(info.filename, content)
    return out.getvalue()


def make_zip(members: dict[str, bytes]) -> bytes:
    """Pack files."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def make_gbk_zip(name: str, data: bytes) -> bytes:
    """Pack one file as Chinese systems do: its name in GB18030, not marked as UTF-8."""
    stand_in = "n" * len(name.encode("gb18030"))
    return make_zip({stand_in: data}).replace(stand_in.encode(), name.encode("gb18030"))


def make_mail(body: str, *, charset: str = "utf-8", attachments: dict[str, bytes] | None = None) -> bytes:
    """Write a mail of 12 May 2024 with the subject 产业简报."""
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "产业简报", "a@example.org", "b@example.org"
    mail["Date"] = "Sun, 12 May 2024 09:30:00 +0800"
    mail.set_content(body, charset=charset)
    for name, data in (attachments or {}).items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def make_mhtml(html: str) -> bytes:
    """Write a page as a browser saves it in one file."""
    import quopri

    body = quopri.encodestring(html.encode()).replace(b"\n", b"\r\n")
    return (
        b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/a.html\r\nSubject: page\r\n"
        b"Date: Wed, 1 Jan 2025 08:00:00 -0000\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related;\r\n\ttype="text/html";\r\n\tboundary="X"\r\n\r\n'
        b"--X\r\nContent-Type: text/html\r\nContent-ID: <f@mhtml.blink>\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\nContent-Location: https://example.org/a.html\r\n\r\n"
        + body
        + b"\r\n--X\r\nContent-Type: text/css\r\nContent-Location: cid:css\r\n\r\nbody{}\r\n--X--\r\n"
    )
