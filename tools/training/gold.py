"""Read annotated texts: clean text, spans of the annotated names, facts.

The annotation names things, not places; every occurrence of a name is a place of it. Occurrences that could
just as well be something else (a short alias inside another name, a name inside a longer one of its
class, optional entities) are neither right nor wrong.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotations import PASSAGES, TEXTS, passage_text, read_annotation

from extract.clean import clean_text
from extract.learning.tagging import sentence_spans
from extract.read import read_documents
from kg.annotating.marking import occurrences
from ontology.model import CleanText, SourceText

if TYPE_CHECKING:
    from collections.abc import Iterator


CORPORA = {"seeds": "seeds", "dev": "devcorpus", "train": "traincorpus"}
"""Annotated corpora beside the project and the folders of their texts."""


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """An occurrence of an annotated name; `certain` False means neither right nor wrong."""

    start: int
    end: int
    label: str
    key: str
    certain: bool


@dataclass
class GoldText:
    """A text with its annotation."""

    corpus: str
    stem: str
    clean: CleanText
    gold: dict[str, Any]
    spans: list[GoldSpan] = field(default_factory=list)
    sentences: list[tuple[int, int]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The clean text."""
        return self.clean.text


def read_corpora(data: Path) -> Iterator[GoldText]:
    """Yield all annotated texts, each corpus sorted.

    They are those beside the project, what annotation teams gave back (`kg annotate import FILE --out
    DATA/gold/curated`, corpus `curated`) where there is any, texts of our own (`texts/`, corpus
    `own`), and passages of public texts that we annotated (`passages/`).
    """
    folders = {**{name: data / folder for name, folder in CORPORA.items()}, "curated": data / "gold" / "curated"}
    for corpus, folder in folders.items():
        paths = sorted((data / "gold" / corpus).glob("*.json"))
        if paths:
            yield from _read(corpus, folder, {p.stem: json.loads(p.read_text("utf-8")) for p in paths})
    annotations = {p.stem: read_annotation(p, p.with_suffix(".txt").read_text("utf-8")) for p in TEXTS.glob("*.ann")}
    yield from _read("own", TEXTS, dict(sorted(annotations.items())))
    yield from read_passages(data)


def read_labelled(folder: Path) -> Iterator[GoldText]:
    """Yield the texts that `label_texts.py` wrote, sorted."""
    yield from _read(
        "labelled", folder, {p.stem: json.loads(p.read_text("utf-8")) for p in sorted(folder.glob("*.json"))}
    )


def read_passages(data: Path, folder: Path = PASSAGES) -> Iterator[GoldText]:
    """Yield the annotated passages of `data/bulk`, sorted.

    Args:
        data: The folder with `bulk`.
        folder: That of their annotations.

    Raises:
        AnnotationError: A passage is not there any more, or not as it was annotated.
    """
    for path in sorted(folder.glob("*.ann")):
        text = passage_text(path, data / "bulk")
        yield _to_gold("passages", SourceText(f"{path.stem}.txt", text), read_annotation(path, text))


def _read(corpus: str, folder: Path, annotations: dict[str, dict[str, Any]]) -> Iterator[GoldText]:
    texts = sorted(p for p in folder.iterdir() if p.stem in annotations and p.suffix not in (".ann", ".json"))
    sources = {Path(s.doc).stem: s for s in read_documents(texts) if isinstance(s, SourceText)}
    for stem, annotation in annotations.items():
        yield _to_gold(corpus, sources[stem], annotation)


def _to_gold(corpus: str, source: SourceText, annotation: dict[str, Any]) -> GoldText:
    clean = clean_text(source)
    text = GoldText(corpus, Path(source.doc).stem, clean, annotation, sentences=sentence_spans(clean.text))
    text.spans = list(_gold_spans(clean.text, annotation))
    return text


def _gold_spans(text: str, annotation: dict[str, Any]) -> Iterator[GoldSpan]:
    places = []
    entities = [(e, True) for e in annotation["entities"]] + [
        (e, False) for e in annotation.get("optional_entities", [])
    ]
    for entity, required in entities:
        label = entity["type"]
        for name in dict.fromkeys([entity["name"], *entity.get("aliases", [])]):
            name = name.strip()
            if len(name) < 2:
                continue
            weak = (
                name != entity["name"]
                and len(name) <= 2
                and label not in ("Region", "Firm", "Person")
                and name in entity["name"]
            )
            for start, end in occurrences(text, name):
                places.append((start, end, label, entity["key"], required and not weak, entity.get("also", [])))
    places.sort(key=lambda p: (p[0], -p[1]))
    for start, end, label, key, certain, also in places:
        for a, b, other, _, _, _ in places:
            longer = a <= start and end <= b and b - a > end - start
            if longer and (other == label or label not in ("Region", "Topic")):
                certain = False
        yield GoldSpan(start, end, label, key, certain)
        for other in also:
            yield GoldSpan(start, end, other, key, False)
