"""Make stable, readable IRIs from names.

The same class and name give the same IRI in every run and every corpus; nothing depends on
order, on other entities or on a counter.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from .model import DateValue, Evidence, FactObject, Observation

ONTOLOGY = "https://w3id.org/jiqun/ontology#"
RESOURCE = "https://w3id.org/jiqun/id/"

_OTHER = re.compile(r"[^\w-]")
_DROPPED = re.compile(r"[\s\"'“”‘’「」『』《》〈〉<>·•]")


def fold_name(name: str) -> str:
    """Fold a name so that spellings of one name become equal: NFKC, no quotes, marks or spaces.

    Example:
        >>> fold_name("“开物”工业互联网平台")
        '开物工业互联网平台'
    """
    return _DROPPED.sub("", unicodedata.normalize("NFKC", name))


@lru_cache(maxsize=16384)
def local_name(name: str) -> str:
    """Return a name as the local part of an IRI: letters and digits stay, the rest is percent-encoded.

    Chinese stays readable (RFC 3987 allows it), and the result is a legal Turtle local name.
    """
    return _encode(fold_name(name))


def entity_id(entity_class: str, name: str) -> str:
    """Return the `id:` name of an entity.

    Example:
        >>> entity_id("Firm", "百度")
        'id:Firm_百度'
    """
    return f"id:{entity_class}_{local_name(name)}"


_to_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def hashed_id(kind: str, *parts: object) -> str:
    """Return the `id:` name of a thing that has no name of its own: a fact, a piece of evidence.

    Example:
        >>> hashed_id("Fact", "id:Firm_百度", "develops", "id:Platform_开物")
        'id:Fact_8a5a0e9a2d3f4b0f'  # doctest: +SKIP
    """
    blob = _to_json(parts)
    digest = hashlib.sha256(blob.encode(errors="surrogatepass")).hexdigest()
    return f"id:{kind}_{digest[:16]}"


def document_id(doc: str) -> str:
    """Return the `id:` name of a document from its path."""
    return f"id:Document_{_encode(doc)}"


def observation_id(subject: str, observation: Observation) -> str:
    """Return the `id:` name of what was measured about a subject: equal fields, equal name."""
    return hashed_id("Observation", subject, _observation_fields(observation))


def fact_id(subject: str, relation: str, obj: FactObject) -> str:
    """Return the `id:` name of a fact; evidence, origin and order have no part in it.

    Example:
        >>> fact_id("id:Policy_方案", "issuedOn", DateValue("2022")) == hashed_id(
        ...     "Fact", "id:Policy_方案", "issuedOn", {"value": "2022"}
        ... )
        True
    """
    part: object = obj
    if isinstance(obj, DateValue):
        part = {"value": obj.value}
    elif isinstance(obj, Observation):
        part = _observation_fields(obj)
    return hashed_id("Fact", subject, relation, part)


def evidence_id(fact: str, evidence: Evidence) -> str:
    """Return the `id:` name of a piece of evidence: one passage, one rule, one fact."""
    return hashed_id("Evidence", fact, evidence.doc, evidence.start, evidence.end, evidence.rule)


def _observation_fields(observation: Observation) -> dict[str, object]:
    """Return the fields as JSON has them; numbers as floats, so that 4 and 4.0 are one value."""
    return {
        "measure": observation.measure,
        "value": float(observation.value),
        "factor": float(observation.factor),
        "unit": observation.unit,
        "comparison": observation.comparison,
        "period": observation.period,
    }


def _encode(name: str) -> str:
    """Percent-encode all but letters, digits, `-` and `_`; a lone surrogate becomes `%3F`."""
    return _OTHER.sub(lambda match: _encode_character(match[0]), name)


@lru_cache(maxsize=4096)
def _encode_character(character: str) -> str:
    return quote(character, safe="", errors="replace").replace(".", "%2E")


def expand(curie: str) -> str:
    """Return the full IRI of an `id:` or `kg:` name.

    Example:
        >>> expand("kg:issuedBy")
        'https://w3id.org/jiqun/ontology#issuedBy'
    """
    prefix, _, local = curie.partition(":")
    return {"id": RESOURCE, "kg": ONTOLOGY}[prefix] + local
