"""Apply the rules to a corpus until nothing new follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from extract.resolution.merge import fact_key
from ontology.assertion import corpus_to_turtle
from ontology.iri import ONTOLOGY, RESOURCE, expand, fact_id, observation_id
from ontology.model import Corpus, Fact, Observation
from ontology.namespace import is_allowed

from .catalog import Rule, load_rules

if TYPE_CHECKING:
    import pyoxigraph

_PREMISE = "premise_"


def infer_facts(corpus: Corpus) -> Corpus:
    """Return a corpus with what follows from its facts.

    Only facts that hold are premises: those that a text asserts, that are known, that somebody added, or that follow
    themselves. What a text states already, as a plan too, is not inferred. Of several ways to come to a fact the
    shortest counts, of equal ones the first by the names of rules and premises.

    Args:
        corpus: What a build found, without inferred facts.

    Returns:
        The corpus with facts of origin `inferred`, sorted as before; their `source` is the name of the rule.
    """
    import pyoxigraph

    store = pyoxigraph.Store()
    _add(store, corpus)
    types = {entity.id: entity.type for entity in corpus.entities}
    known = {fact_id(f.subject, f.relation, f.object) for f in corpus.facts}
    measured = {_iri_of(f): f.object for f in corpus.facts if isinstance(f.object, Observation)}
    inferred: list[Fact] = []
    while True:
        found: dict[str, Fact] = {}
        for rule in load_rules().values():
            for fact in _conclusions(store, rule, types, measured):
                key = fact_id(fact.subject, fact.relation, fact.object)
                if key not in known:
                    found[key] = min(found.get(key, fact), fact, key=lambda f: (f.source, f.premises))
        if not found:
            break
        known |= found.keys()
        fresh = [found[key] for key in sorted(found)]
        inferred += fresh
        measured |= {_iri_of(f): f.object for f in fresh if isinstance(f.object, Observation)}
        _add(store, replace(corpus, documents=(), entities=(), facts=tuple(fresh)))
        for fact in fresh:  # here, and only here, what follows is a premise as what is stated
            store.add(_plain(fact))
    return replace(corpus, facts=tuple(sorted([*corpus.facts, *inferred], key=fact_key)))


def _conclusions(
    store: pyoxigraph.Store, rule: Rule, types: dict[str, str], measured: dict[str, Any]
) -> Iterator[Fact]:
    """Yield what a rule says follows, between classes that the relation allows."""
    rows: Any = store.query(rule.query)
    names = [variable.value for variable in rows.variables]
    for row in rows:
        said = {name: row[name].value for name in names if row[name] is not None}
        subject, relation = _curie(said["subject"]), said["relation"].removeprefix(ONTOLOGY)
        obj: Any = _curie(said["object"])
        if said["object"] in measured:
            obj = measured[said["object"]]
            obj = replace(obj, comparison=said.get("comparison", obj.comparison))
        elif subject == obj or not is_allowed(types[subject], relation, types[obj]):
            continue
        premises = tuple(sorted(_curie(value) for name, value in said.items() if name.startswith(_PREMISE)))
        yield Fact(subject, relation, obj, "inferred", source=rule.name, premises=premises)


def _add(store: pyoxigraph.Store, corpus: Corpus) -> None:
    import pyoxigraph

    store.load(corpus_to_turtle(corpus), format=pyoxigraph.RdfFormat.TURTLE)


def _plain(fact: Fact) -> pyoxigraph.Quad:
    import pyoxigraph as ox

    obj = _iri_of(fact) if isinstance(fact.object, Observation) else expand(str(fact.object))
    return ox.Quad(ox.NamedNode(expand(fact.subject)), ox.NamedNode(ONTOLOGY + fact.relation), ox.NamedNode(obj))


def _iri_of(fact: Fact) -> str:
    """Return the IRI of what a fact measures."""
    assert isinstance(fact.object, Observation)
    return expand(observation_id(fact.subject, fact.object))


def _curie(iri: str) -> str:
    return "id:" + iri.removeprefix(RESOURCE)
