"""The Cypher of loading, read from `kg/cypher/*.cypher`, and the only place where a name gets into its text.

Labels and relationship types cannot be parameters of a statement. They come from the ontology's list and from nowhere
else; anything else is refused, whatever it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from kg.projection import RELATIONSHIP_TYPES, superclasses
from ontology.errors import UsageError
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES

ABOUT, IN_DOCUMENT = "ABOUT", "IN_DOCUMENT"
"""The links of evidence: to what it is about, and to its document. `ABOUT` is also the type of the relation `about`."""

FACT_TYPES = tuple(sorted(kind for name, kind in RELATIONSHIP_TYPES.items() if name not in ("issuedOn", "about")))
"""Types whose every relationship is one fact: `issuedOn` is a property, and `about` shares its type with evidence."""

TYPES = tuple(sorted({*FACT_TYPES, ABOUT, IN_DOCUMENT}))
"""All relationship types."""

_ENTITIES = (*ENTITY_CLASSES, *EXTRA_CLASSES, "Industry", "Technology")
LABELS = tuple(
    sorted(
        {
            "Resource",
            "Document",
            "Evidence",
            "Extraction",
            "Observation",
            *_ENTITIES,
            *(s for c in _ENTITIES for s in superclasses(c)),
        }
    )
)
"""All labels."""


def quoted(name: str) -> str:
    """Return a label or relationship type of ours in backquotes.

    Raises:
        UsageError: It is not in the ontology.
    """
    if name not in TYPES and name not in LABELS:
        raise UsageError(f"{name!r} is no class and no relation of the ontology", hint="the graph cannot be loaded")
    return f"`{name}`"


def labels(names: Iterable[str]) -> str:
    """Return labels as a statement has them behind the first colon."""
    return ":".join(quoted(name) for name in names)


def schema_statements() -> list[str]:
    """Return the statements that make constraints and indexes, constraints first."""
    made = []
    for statement in _split(_read("schema.cypher")):
        if "__TYPE__" in statement:
            made += [statement.replace("__TYPE__", quoted(kind).strip("`")) for kind in FACT_TYPES]
        else:
            made.append(statement.replace("__TYPES__", "|".join(quoted(kind) for kind in FACT_TYPES)))
    return sorted(made, key=lambda statement: "CREATE CONSTRAINT" not in statement)


def load_statement(name: str, *, labels_: Iterable[str] = (), type_: str = "") -> str:
    """Return a statement of `load.cypher` with its labels or its type in place."""
    text = _load_statements()[name].replace("__TYPES__", "|".join(quoted(kind) for kind in TYPES))
    if "__LABELS__" in text:
        text = text.replace("__LABELS__", labels(labels_))
    return text.replace("__TYPE__", quoted(type_)) if "__TYPE__" in text else text


@cache
def _load_statements() -> Mapping[str, str]:
    parts = re.split(r"(?m)^// name: (\w+)$", _read("load.cypher"))[1:]
    return {name: next(iter(_split(text))) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _split(text: str) -> list[str]:
    code = re.sub(r"(?m)^\s*//.*\n?", "", text)
    return [statement.strip() for statement in code.split(";") if statement.strip()]


def _read(name: str) -> str:
    return (resources.files("kg") / "cypher" / name).read_text(encoding="utf-8")
