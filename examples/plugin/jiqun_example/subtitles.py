"""Read subtitles (.srt) of recorded press conferences: the spoken words, each line with its time as place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from extract.documents import File, Item, decode, source_text
from ontology.model import Place

TIME = re.compile(r"(\d\d:\d\d:\d\d)[,.]\d{3} --> .*")


def read(file: File) -> Iterator[Item]:
    """Give the words of all subtitles as one document.

    Raises:
        UnreadableDocumentError: It is no text.
        EmptyDocumentError: Nobody says anything.
    """
    text, places, time = "", [], ""
    for line in decode(file.data, doc=file.doc).text.splitlines():
        if found := TIME.fullmatch(line.strip()):
            time = found[1]
        elif line.strip() and not line.strip().isdecimal():
            places.append(Place(len(text), f"t={time}"))
            text += line.strip() + "\n"
    yield source_text(file, text, places=places)
