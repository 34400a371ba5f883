"""Turn an annotated document into what `fact_features` looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ontology.model import ENTITY_CLASSES, Observation

from ..annotate import text_of
from ..resolution.canonical import fold, plain_name
from ..resolution.grouping import group_document
from ..resolution.knowledge import gazetteer
from ..resolution.regions import ADMINISTRATIVE, ancestors
from ..segmentation import cut_words
from .fact_features import LEARNED, QUANTITY, RARE, Reading, Thing
from .ties import LEAST, TIED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.tokens import Doc, Span

    from ..annotate import Candidate
    from ..components.quantities import Quantity
    from ..resolution.aliases import Group
    from .ties import Ties


@dataclass(slots=True)
class DocumentReading:
    """A reading with the way back to groups, observations and candidates.

    Attributes:
        reading: Input of the features.
        groups: The entities among `reading.things`, in the same order.
        observations: Observation by index of its thing.
        candidates: Rule candidates by (subject, relation, object) indices, in the order of the text.
        untouched: Candidates that the model does not judge.
        tied: (subject, relation, object) → starts of a place of the subject and one of the object, and the net's score.
    """

    reading: Reading
    groups: list[Group]
    observations: dict[int, Observation] = field(default_factory=dict)
    candidates: dict[tuple[int, str, int], list[Candidate]] = field(default_factory=dict)
    untouched: list[Candidate] = field(default_factory=list)
    tied: dict[tuple[int, str, int], list[tuple[int, int, float]]] = field(default_factory=dict)


def read_candidates(doc: Doc, *, packs: Sequence[str] = ("base",)) -> DocumentReading:
    """Index the things and the rule candidates of a document."""
    groups = [g for g in group_document(doc, packs=packs) if g.label in ENTITY_CLASSES]
    things: list[Thing] = []
    place: dict[tuple[int, int], int] = {}
    names: dict[str, int] = {}
    for i, group in enumerate(groups):
        places = sorted({(m.start, m.end) for m in group.mentions})
        things.append(Thing(group.label, places, max(m.score for m in group.mentions)))
        for mention in group.mentions:
            place[mention.start, mention.end] = i
            names[mention.folded] = i

    _count_inner(groups, things, tuple(packs))

    def lookup(span: Span) -> int | None:
        found = place.get((span.start_char, span.end_char))
        return names.get(fold(plain_name(span.text))) if found is None else found

    text = text_of(doc)
    reading = Reading(
        text,
        [start for start, _ in doc.user_data["sentences"]],
        [start for start, _ in doc.user_data["clauses"]],
        things,
        verbs=_verbs(doc),
    )
    result = DocumentReading(reading, groups)
    numbers: dict[int, int] = {}
    for candidate in doc._.candidates or ():
        if candidate.relation not in LEARNED or candidate.relation in RARE:
            result.untouched.append(candidate)
        if candidate.relation not in LEARNED:
            continue
        subject = lookup(candidate.subject)
        obj: int | None
        if isinstance(candidate.object, Observation):
            obj = _observation(doc, candidate, result, numbers)
        else:
            obj = lookup(candidate.object)
        if subject is None or obj is None or subject == obj:
            continue
        ends = [(subject, obj), (obj, subject)] if candidate.relation == "collaboratesWith" else [(subject, obj)]
        for s, o in ends:
            key = (s, candidate.relation, o)
            reading.rules[key] = max(reading.rules.get(key, 0.0), candidate.confidence)
            result.candidates.setdefault(key, []).append(candidate)
    for quantity, value in doc.user_data.get("measured", ()):
        _add_number(quantity, value, result, numbers)
    ties: Ties | None = doc.user_data.get("ties")
    if ties is not None:
        _read_ties(result, ties)
    return result


def _count_inner(groups: Sequence[Group], things: Sequence[Thing], packs: tuple[str, ...]) -> None:
    """Count for each administrative region how often the document names regions that lie in it."""
    regions = gazetteer(packs).regions
    known = {group.entity: i for i, group in enumerate(groups) if group.label == "Region" and group.entity in regions}
    for entity, i in known.items():
        for above in ancestors(entity, regions):
            if above in known and regions[above].kind in ADMINISTRATIVE:
                things[known[above]].inner += len(things[i].places)


def _read_ties(result: DocumentReading, ties: Ties) -> None:
    """Note what the net says of two things: where, and in `reading.ties` the best score of any two of their places."""
    reading = result.reading
    reading.windows = list(ties.windows)
    spans = [(place, i) for i, thing in enumerate(reading.things) for place in thing.places]
    for relation, s, o, score in ties.above_least([place for place, _ in spans]):
        key = (spans[s][1], TIED[relation], spans[o][1])
        if key[0] == key[2]:
            continue
        result.tied.setdefault(key, []).append((spans[s][0][0], spans[o][0][0], score))
        if score > reading.ties.get(key, LEAST):
            reading.ties[key] = score


def _verbs(doc: Doc) -> list[tuple[int, int]]:
    """Return the spans of the words that rjieba takes for verbs."""
    words = cut_words(doc)
    return [
        (start, end)
        for start, end, tag in zip(words.starts, words.ends, words.tags, strict=True)
        if tag[0] == "v" and tag != "vn"
    ]


def _observation(doc: Doc, candidate: Candidate, result: DocumentReading, numbers: dict[int, int]) -> int | None:
    """Return the thing that stands for the number of an observation."""
    value = candidate.object
    assert isinstance(value, Observation)
    for quantity in doc.user_data.get("quantities", ()):
        if not candidate.start <= quantity.number < candidate.end + 200:
            continue
        if (quantity.value, quantity.factor, quantity.unit) == (value.value, value.factor, value.unit):
            return _add_number(quantity, value, result, numbers)
    return None


def _add_number(quantity: Quantity, value: Observation, result: DocumentReading, numbers: dict[int, int]) -> int:
    """Return the thing that stands for a number; a new one where it has none."""
    if quantity.number not in numbers:
        numbers[quantity.number] = len(result.reading.things)
        result.observations[len(result.reading.things)] = value
        result.reading.things.append(Thing(QUANTITY, [(quantity.start, quantity.end)]))
    return numbers[quantity.number]
