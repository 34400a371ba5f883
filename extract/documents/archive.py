"""Read the documents in a ZIP archive; nothing is written anywhere."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ontology.model import Finding

from .formats import HINTS
from .names import document_name, is_document
from .packed import is_link, member_name, open_zip, read_member
from .values import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .values import File, Item


def read(file: File) -> Iterator[Item]:
    """Give each document in an archive, sorted by name; what is no document is named.

    Raises:
        UnreadableDocumentError: It is no archive, or goes beyond the limits.
    """
    with open_zip(file) as archive:
        members = sorted((member_name(info), i, info) for i, info in enumerate(archive.infolist()) if not info.is_dir())
        found = False
        for name, _, info in members:
            parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
            if not parts or is_link(info) or any(part.startswith((".", "__MACOSX")) for part in parts):
                continue
            doc = f"{file.doc}/{document_name('/'.join(parts))}"
            suffix = PurePosixPath(parts[-1]).suffix.lower()
            if not is_document(suffix):
                hint = HINTS.get(suffix)
                message = f"{doc} is no document that is read" + (f". hint: {hint}" if hint else ".")
                yield Finding("file-skipped", "warning" if hint else "info", doc, None, None, message)
                continue
            found = True
            yield Part(doc, partial(read_member, file, archive, info, doc=doc))
        if not found:
            yield Finding("empty-folder", "error", file.doc, None, None, f"{file.doc} holds no document that is read.")
