"""Fact candidates (under way)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spacy.language import Language

if TYPE_CHECKING:
    from spacy.tokens import Doc


@Language.factory("jiqun_observations", default_config={"packs": ["base"], "exclude_sources": []})
def create(nlp: Language, name: str, packs: list[str], exclude_sources: list[str]) -> Component:
    """Create the component."""
    return Component()


class Component:
    """Find fact candidates."""

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its candidates added."""
        return doc
