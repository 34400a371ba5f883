"""Find titles (see the module docstring once written)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

if TYPE_CHECKING:
    from spacy.tokens import Doc


@Language.factory("jiqun_titles", default_config={"packs": ["base"], "exclude_sources": []})
class Component:
    """Mark titles."""

    def __init__(self, nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> None:
        """Load what the packs know."""

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its mentions added."""
        return doc
