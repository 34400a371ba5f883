"""Unpack ZIP archives without believing what they say of themselves."""

from __future__ import annotations

import stat
import zipfile
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from ontology.errors import UnreadableDocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import File

_CHUNK = 1 << 20
_UTF8_NAMES = 0x800
_ENCRYPTED = 0x1


@contextmanager
def open_zip(file: File) -> Iterator[zipfile.ZipFile]:
    """Open the bytes of a file as an archive.

    Raises:
        UnreadableDocumentError: They are none, or it has too many members.
    """
    try:
        archive = zipfile.ZipFile(BytesIO(file.data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableDocumentError(f"{file.doc} is no whole archive: {error}", doc=file.doc) from error
    with archive:
        count = len(archive.infolist())
        if count > file.limits.members:
            raise UnreadableDocumentError(
                f"{file.doc} has {count:,} members; the limit is {file.limits.members:,}.",
                doc=file.doc,
                code="limit-members",
                hint="unpack it and give the folder",
            )
        yield archive


def read_member(file: File, archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, doc: str) -> bytes:
    """Unpack one member, counting what comes out.

    Raises:
        UnreadableDocumentError: It is locked or damaged, or unpacks to more than the limits allow.
    """
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableDocumentError(
            f"{doc} is locked with a password.", doc=doc, code="encrypted-document", hint="unpack it yourself"
        )
    pieces, size = [], 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_CHUNK):
                size += len(piece)
                if size > file.limits.ratio_from and size > file.limits.ratio * max(1, info.compress_size):
                    raise UnreadableDocumentError(
                        f"{doc} unpacks to more than {file.limits.ratio} times its packed size.",
                        doc=doc,
                        code="limit-ratio",
                        hint="unpack it yourself, if you trust it",
                    )
                file.budget.spend(len(piece), doc=doc)
                pieces.append(piece)
    except UnreadableDocumentError:
        raise
    except Exception as error:  # zipfile lets out what its decompressors raise: zlib.error, EOFError, LZMAError, …
        raise UnreadableDocumentError(f"{doc} cannot be unpacked: {error}", doc=doc) from error
    return b"".join(pieces)


def member_name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member as its packer meant it; archives from Chinese systems often hold GB18030."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAMES:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:
            return name
        for encoding in ("utf-8", "gb18030"):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError:
                continue
    return name


def is_link(info: zipfile.ZipInfo) -> bool:
    """Say whether a member is a symbolic link."""
    return stat.S_ISLNK(info.external_attr >> 16)
