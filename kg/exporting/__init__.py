"""`kg export`: a graph in other forms, from a folder of `kg build` or from a Neo4j server.

A format is one function in `FORMATS`; it takes a `Source` and writes. `sources.py` says what a source gives.
"""

from __future__ import annotations

from .formats import FORMATS, Format
from .sources import FolderSource, ServerSource, Source

__all__ = ["FORMATS", "FolderSource", "Format", "ServerSource", "Source"]
