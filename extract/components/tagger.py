"""Add what the span tagger sees, and let the judge decide which names stay (profile `full`).

Rules and tagger both propose; the judge, a boosted model over what both say of a name in the whole document,
gives each name one probability, which becomes the score of its mentions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Span

from ontology.model import ENTITY_CLASSES

from ..annotate import add_mention, mentions_of, text_of
from ..learning.boosters import Booster, load_booster, load_wording_weights
from ..learning.name_features import WORDING, NameCandidate, collect_names, name_grams, name_rows
from ..learning.tagging import SpanTagger
from ..learning.ties import HiddenTies, load_ties
from ..resolution.mentions import collect_mentions
from ..resolution.regions import is_self_reference
from .suffixes import ASSIGNED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from spacy.tokens import Doc

    from ..resolution.mentions import Mention

ASSIGNED_SCORE = 0.8
"""Least score of a role that the text assigns in so many words: the judge knows too few of them."""
SURE = -1.0
"""Logit from which on a single place of an accepted name counts as a mention by the tagger's word alone."""
_OPENING = {"(": ")", "（": "）"}
_CLOSING = {closing: opening for opening, closing in _OPENING.items()}


@Language.factory("jiqun_tagger", default_config={"packs": ["base"]})
def create_tagger(nlp: Language, name: str, packs: list[str]) -> TaggerComponent:
    """Create the component with the packaged models."""
    return TaggerComponent(SpanTagger.load(), load_booster("judge"), load_wording_weights("names"), load_ties())


class TaggerComponent:
    """Replaces the mentions of a document by those that the judge accepts.

    What it said of each name that was proposed is left in `doc.user_data["judged"]`.
    """

    def __init__(
        self, tagger: SpanTagger, judge: Booster, weights: NDArray[Any], ties: Mapping[str, NDArray[Any]]
    ) -> None:
        self.tagger = tagger
        self.judge = judge
        self.weights = weights
        self.ties = ties

    def __call__(self, doc: Doc) -> Doc:
        """Judge the names of a document."""
        text, mentions = text_of(doc), collect_mentions(doc)
        tagged, hidden = self.tagger.read(text)
        ties = doc.user_data["ties"] = HiddenTies(hidden, self.ties) if hidden else None
        names = collect_names(text, mentions, tagged)
        rows = name_rows(text, names, ties)
        for name, row in zip(names, rows, strict=True):
            row[WORDING] = float(self.weights[name_grams(text, name)].sum() + self.weights[-1])
        chances = self.judge.probabilities(rows)
        doc.user_data["judged"] = list(zip(names, chances, strict=True))
        threshold = self.judge.settings["threshold"]
        marked = mentions_of(doc)
        for key in [key for key in marked if key[2] in ENTITY_CLASSES]:
            del marked[key]
        doc.spans["mentions"] = [span for span in doc.spans["mentions"] if span.label_ not in ENTITY_CLASSES]
        for name, chance in zip(names, chances, strict=True):
            anaphoric = any(is_self_reference(m) for m in name.mentions)
            assigned = any(m.source == ASSIGNED for m in name.mentions)
            if anaphoric or assigned or chance >= threshold:
                self._keep(doc, name, max(chance, ASSIGNED_SCORE) if assigned else chance)
        self._drop_aliases(doc)
        return doc

    @staticmethod
    def _keep(doc: Doc, name: NameCandidate, chance: float) -> None:
        ruled: dict[tuple[int, int], Mention] = {(m.start, m.end): m for m in name.mentions}
        sure = {(t.start, t.end) for t in name.tagged if t.score >= SURE} or {(t.start, t.end) for t in name.tagged}
        for start, end in sorted(ruled.keys() | sure):
            rule = ruled.get((start, end))
            source = f"{rule.source}+tagger" if rule and (start, end) in sure else rule.source if rule else "tagger"
            if _lacks_opening(text_of(doc), start, end):
                start -= 1
            start, end = _without_lone_bracket(text_of(doc), start, end)
            if start < end:
                entity = rule.entity if rule else ""
                add_mention(doc, start, end, name.label, source=source, score=chance, entity=entity)

    @staticmethod
    def _drop_aliases(doc: Doc) -> None:
        """Forget definitions whose full name did not stay."""
        there = {(span.start, span.end, span.label_) for span in doc.spans["mentions"]}
        kept: list[tuple[Span, Span]] = []
        for full, short in doc._.aliases or ():
            if full.label_ not in ENTITY_CLASSES or (full.start, full.end, full.label_) in there:
                kept.append((full, short))
        doc._.aliases = kept


def _lacks_opening(text: str, start: int, end: int) -> bool:
    """Whether a name begins behind a quotation mark that closes inside it: 数据要素×”三年行动计划."""
    name = text[start:end]
    return text[start - 1 : start] == "“" and "”" in name[:-1] and "“" not in name


def _without_lone_bracket(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out a bracket at either end that has no partner in the name: 存储 of 存（存储）."""
    name = text[start:end]
    if name[-1:] in _CLOSING and name.count(_CLOSING[name[-1]]) < name.count(name[-1]):
        end -= 1
    if name[:1] in _OPENING and name.count(_OPENING[name[0]]) < name.count(name[0]):
        start += 1
    return start, end
