"""What readers take and give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ontology.errors import UnreadableDocumentError
from ontology.model import Finding, SourceText

from .limits import Limits


@dataclass(frozen=True, slots=True)
class Part:
    """A file inside a file.

    Attributes:
        doc: Name of the document that it will be, with the name of the outer file in front.
        load: Returns its bytes; called only when it is its turn.
        kind: Its kind where the outer file says so, else by its name.
    """

    doc: str
    load: Callable[[], bytes]
    kind: str = ""


@dataclass(slots=True)
class Budget:
    """Bytes that the parts of one file may still unpack to."""

    left: int

    def spend(self, size: int, *, doc: str) -> None:
        """Take note of unpacked bytes.

        Raises:
            UnreadableDocumentError: There are more than the file may have.
        """
        self.left -= size
        if self.left < 0:
            raise UnreadableDocumentError(
                f"{doc} unpacks to more than the limit allows.",
                doc=doc,
                code="limit-size",
                hint="unpack it yourself, if you trust it",
            )


@dataclass(frozen=True, slots=True)
class File:
    """The bytes of a file and what may be done with them."""

    doc: str
    data: bytes
    limits: Limits
    budget: Budget = field(compare=False)

    @property
    def name(self) -> str:
        """The last part of the name."""
        return self.doc.rpartition("/")[2]


Item: TypeAlias = "SourceText | Finding | Part"
Reader: TypeAlias = "Callable[[File], Iterator[Item]]"
