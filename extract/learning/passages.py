"""Keep of an accepted fact the passages that state it.

Rules find a fact wherever a wording fits. Where a sentence has no subject, they guess the region that the text is
mostly about: good enough to ask whether the fact holds, but such a sentence may be about nobody
(倡导各国就人工智能治理开展对话, in news from 上海). Once the fact is accepted, a guess must show that it was
right: by naming both ends, or by the network's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..resolution.knowledge import rules
from .ties import APART

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..annotate import Candidate
    from .fact_features import Pair
    from .reading import DocumentReading


def stating_passages(read: DocumentReading, pair: Pair, found: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates of an accepted fact whose passages state it; of guesses alone, the best one.

    A guessed passage states the fact if it names both ends, or if the network ties one that it names to the other.

    Args:
        read: The document.
        pair: The fact.
        found: All that the rules found of it, in the order of the text.
    """
    evidence = rules()["evidence"]
    guesses, least = frozenset(evidence["guesses"]), float(evidence["least_tie"])
    stating = [
        candidate
        for candidate in found
        if candidate.rule.rpartition("/")[2] not in guesses
        or _names_both(read, pair, candidate)
        or passage_tie(read, pair, candidate) >= least
    ]
    if stating or not found:
        return stating
    return [max(found, key=lambda c: (passage_tie(read, pair, c), c.confidence, -c.start))]


def passage_tie(read: DocumentReading, pair: Pair, candidate: Candidate) -> float:
    """Return the best score that the network gives the fact with one of its ends in the passage of a candidate."""
    places = read.tied.get((pair.subject, pair.relation, pair.object), ())
    scores = [score for *starts, score in places if any(candidate.start <= at < candidate.end for at in starts)]
    return max(scores, default=APART)


def _names_both(read: DocumentReading, pair: Pair, candidate: Candidate) -> bool:
    """Whether both ends of a fact have a mention in the passage of a candidate."""
    return all(
        any(candidate.start <= start < candidate.end for start, _ in read.reading.things[end].places)
        for end in (pair.subject, pair.object)
    )
