"""Find what a policy carries out: 为贯彻落实《甲规划》，某省制定《乙方案》.

The words and verbs are in `[basis]` of the packs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from spacy.language import Language

from extract.annotate import Candidate

from ..packs import load_packs
from .modality import ModalityGrammar, load_modality, read_modality
from .reading import Lexicon, Sentence, load_lexicon, read_document
from .triggers import words_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Doc

_CARRIED_OUT = frozenset(("Policy", "Initiative"))
_FARTHEST = 80
"""Characters between the two."""
CONFIDENCE = 0.85


@dataclass(frozen=True, slots=True)
class Basis:
    """The section `basis` of the packs, compiled.

    Attributes:
        because: What stands right in front of what is carried out: 为贯彻落实, 根据.
        made: A verb of making right in front of the policy that carries it out.
    """

    because: re.Pattern[str]
    made: re.Pattern[str]


@lru_cache(maxsize=8)
def load_basis(packs: tuple[str, ...], excluded: frozenset[str] = frozenset()) -> Basis:
    """Compile the section `basis` of the packs."""
    section: Mapping[str, Any] = load_packs(packs, exclude_sources=excluded).section("basis")
    return Basis(
        re.compile(rf"{section.get('because', '(?!)')}[《“]?$"),
        re.compile(rf"{words_pattern(section.get('verbs', ()))}了?[《“]?$"),
    )


@Language.factory("jiqun_basis", default_config={"packs": ["base"], "exclude_sources": []})
def create_basis(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> BasisFinder:
    """Create the component with the wordings of the packs."""
    key = (tuple(packs), frozenset(exclude_sources))
    return BasisFinder(load_lexicon(*key), load_basis(*key), load_modality(*key))


class BasisFinder:
    """Add candidates of `implements` to `doc._.candidates`."""

    def __init__(self, lexicon: Lexicon, basis: Basis, modality: ModalityGrammar) -> None:
        self.lexicon, self.basis, self.modality = lexicon, basis, modality

    def __call__(self, doc: Doc) -> Doc:
        """Find what the policies of a document carry out."""
        reading = read_document(doc, self.lexicon)
        doc._.candidates.extend(
            candidate for sentence in reading.sentences for candidate in self._in_sentence(reading.text, sentence)
        )
        return doc

    def _in_sentence(self, text: str, sentence: Sentence) -> Iterator[Candidate]:
        works = [m for m in sentence.mentions if m.label in _CARRIED_OUT]
        for number, basis in enumerate(works):
            if not self.basis.because.search(text, sentence.start, basis.start):
                continue
            for work in works[number + 1 :]:
                between = text[basis.end : work.start]
                if len(between) > _FARTHEST or "；" in between:
                    break
                if work.label == "Policy" and self.basis.made.search(between):
                    start, end = sentence.start, work.end
                    modality = read_modality(between, self.modality)
                    yield Candidate(work.span, "implements", basis.span, start, end, modality, "basis", CONFIDENCE)
                    break
