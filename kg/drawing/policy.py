"""The content security policy of our pages: scripts and styles named by their hash, nothing else allowed."""

from __future__ import annotations

import base64
import hashlib


def unify_newlines(text: str) -> str:
    """Return a text with the newlines that a browser sees: it turns CRLF into LF before it hashes."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def hash_source(text: str) -> str:
    """Return the source expression that allows exactly this script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"
