"""Judge all facts that a document may state, those of the rules among them (profile `full`).

For each pair of things a boosted model says how likely a careful reader would find each allowed relation
stated; the probability becomes the confidence of the fact. Rules are among its features, and where a rule found the
fact, its passage and modality stay, unless the rule guessed the subject and other passages state the fact
(`stating_passages`).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from spacy.tokens import Span

from ..annotate import Candidate
from ..learning.boosters import Booster, load_booster, load_wording_weights
from ..learning.fact_features import RARE, WORDING, Pair, PairTable, describe_pairs
from ..learning.passages import stating_passages
from ..learning.reading import DocumentReading, read_candidates
from .modality import read_modality
from .reading import load_lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from spacy.tokens import Doc

LONGEST_PASSAGE = 200
NEARLY = 0.8
"""Of the threshold: what a probability is that falls a little short of it."""
HOME = "measured/default"
"""Rule that gives a figure to the region that a report is about."""
RARE_THRESHOLD = 0.5
"""Probability from which on a rare fact stands by the model's word alone: half of the weaker ones are wrong."""


@Language.factory("jiqun_linker", default_config={"packs": ["base"]})
def create_linker(nlp: Language, name: str, packs: list[str]) -> LinkerComponent:
    """Create the component with the packaged model."""
    return LinkerComponent(load_booster("linker"), load_wording_weights("facts"), packs)


class LinkerComponent:
    """Replaces the candidates of a document by those that the model accepts."""

    def __init__(self, model: Booster, weights: NDArray[Any], packs: Sequence[str]) -> None:
        self.model = model
        self.weights = weights
        self.packs = packs
        self.assured = load_lexicon(tuple(packs)).assured

    def __call__(self, doc: Doc) -> Doc:
        """Judge the facts of a document."""
        read = read_candidates(doc, packs=self.packs)
        table = describe_pairs(read.reading)
        table.features[:, WORDING] = table.wording_scores(self.weights)
        chances = self.model.probabilities(table.features)
        threshold = self.model.settings["threshold"]
        likely = _likely(read, table, chances, threshold)
        accepted = list(read.untouched)
        seen: set[tuple[int, str, int]] = set()
        told = _told_of_home(read)
        for i in sorted(likely, key=lambda i: -chances[i]):
            pair, chance = table.pair(i), chances[i]
            pair = _at_home(read, pair, told)
            if (pair.subject, pair.relation, pair.object) in seen:
                continue
            if pair.relation in RARE:
                stands = (pair.subject, pair.relation, pair.object) in read.candidates  # by the rule's word
                if stands or chance < RARE_THRESHOLD:
                    continue
            if pair.relation == "collaboratesWith" and (pair.object, pair.relation, pair.subject) in seen:
                continue
            seen.add((pair.subject, pair.relation, pair.object))
            accepted.extend(_candidates(doc, read, pair, chance))
        for key, ruled in read.candidates.items():
            if key not in seen:
                accepted.extend(candidate for candidate in ruled if candidate.rule in self.assured)
        doc._.candidates = accepted
        return doc


def _likely(read: DocumentReading, table: PairTable, chances: Sequence[float], threshold: float) -> list[int]:
    """Return the rows that the model accepts, and those of a list that it accepts on the whole.

    What a rule finds of each of a list in one passage (在甲、乙建设丙) is so of all or of none: who falls a little
    short stays with the others.
    """
    rows = {i for i, chance in enumerate(chances) if chance >= threshold}
    near = {}
    for i, chance in enumerate(chances):
        if chance >= NEARLY * threshold:
            pair = table.pair(i)
            near[pair.subject, pair.relation, pair.object] = i
    lists: dict[tuple[object, ...], list[tuple[int, str, int]]] = defaultdict(list)
    for key, ruled in read.candidates.items():
        for rule, start, end in {(c.rule, c.start, c.end) for c in ruled}:
            lists[rule, start, end, key[1], "of", key[0]].append(key)
            lists[rule, start, end, key[1], "to", key[2]].append(key)
    for keys in lists.values():
        if len(keys) > 1 and any(key in near and near[key] not in rows for key in keys):
            whole = [chances[near[key]] if key in near else 0.0 for key in keys]
            if sum(whole) >= threshold * len(keys):
                rows.update(near[key] for key in keys if key in near)
    return sorted(rows)


def _told_of_home(read: DocumentReading) -> dict[int, int]:
    """Return for each figure that a rule gives to the region that a report is about that region."""
    return {
        obj: subject
        for (subject, relation, obj), ruled in read.candidates.items()
        if relation == "observed" and any(candidate.rule == HOME for candidate in ruled)
    }


def _at_home(read: DocumentReading, pair: Pair, told: Mapping[int, int]) -> Pair:
    """Return a figure of another region, by the model's word alone, as one of the region that the report is about.

    Of 15 such in dev, train and passages, held out, 11 were wrong.
    """
    home = told.get(pair.object) if pair.relation == "observed" else None
    if home is None or read.reading.things[pair.subject].label != "Region":
        return pair
    return replace(pair, subject=home)


def _candidates(doc: Doc, read: DocumentReading, pair: Pair, chance: float) -> Iterator[Candidate]:
    """Yield what the rules found of an accepted fact and states it, or one candidate where they found nothing."""
    ruled = read.candidates.get((pair.subject, pair.relation, pair.object))
    if ruled:
        for rule in stating_passages(read, pair, ruled):
            yield replace(rule, confidence=chance, rule=f"{rule.rule}+linker")
        return
    (a, b), (x, y) = pair.near
    start, end = _passage(read, a, b, x, y)
    labels = read.reading.things
    subject = Span(doc, a, b, label=labels[pair.subject].label)
    value = read.observations.get(pair.object)
    yield Candidate(
        subject,
        pair.relation,
        value if value is not None else Span(doc, x, y, label=labels[pair.object].label),
        start,
        end,
        read_modality(read.reading.text[start:end]),
        "linker",
        chance,
    )


def _passage(read: DocumentReading, a: int, b: int, x: int, y: int) -> tuple[int, int]:
    """Return the shortest run of whole clauses that holds both ends, or the object's where they are too far apart."""
    clauses, text = read.reading.clauses, read.reading.text
    for low, high in ((min(a, x), max(b, y)), (x, y)):
        start = max((c for c in clauses if c <= low), default=0)
        end = min((c for c in clauses if c >= high), default=len(text))
        crossed = sum(low < s < high for s in read.reading.sentences)
        if end - start <= LONGEST_PASSAGE and crossed <= 1:
            break
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
