"""What one file may cost, whatever it holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file given by a user; what goes beyond them is reported and left out.

    Attributes:
        file_bytes: Size of the file.
        unpacked_bytes: What an archive, a Word file or a mail may unpack to in all, counted while unpacking.
        ratio: How many times larger than its packed form a member may be, from `ratio_from` bytes on.
        ratio_from: Below this size no ratio is suspicious.
        members: Files in an archive or a mail, and in all that lie in it together.
        depth: Archives and mails inside one another.
        pages: Pages of a PDF.
        rows: Rows of a table.
        characters: Characters of one document; a book of 2,000 pages has fewer.
        seconds: Wall time for one file, or one member of an archive.
        memory_bytes: Address space of the parsing process, where the system can bound it.
    """

    file_bytes: int = 200 * 2**20
    unpacked_bytes: int = 200 * 2**20
    ratio: int = 200
    ratio_from: int = 10 * 2**20
    members: int = 2_000
    depth: int = 3
    pages: int = 2_000
    rows: int = 100_000
    characters: int = 2_000_000
    seconds: float = 60.0
    memory_bytes: int = 2 * 2**30


LIMITS = Limits()
"""The limits of every build."""
