"""What a document is called, and which files are documents."""

from __future__ import annotations

import os
import unicodedata

from .formats import MEDIA_TYPES, find_formats


def document_name(relative: str) -> str:
    """Return a path as the name of a document: `/`-separated, NFC, without lone surrogates."""
    portable = relative.replace(os.sep, "/")
    return unicodedata.normalize("NFC", portable).encode("utf-8", "replace").decode("utf-8")


def is_document(suffix: str) -> bool:
    """Say whether files with a suffix (lower case, with its dot) are documents."""
    return suffix in MEDIA_TYPES or suffix in find_formats()
