"""Say how a passage states a fact: as achieved, planned, proposed, or as a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ontology.model import Modality


def read_modality(passage: str) -> Modality:
    """Return the modality of a passage."""
    return "asserted"
