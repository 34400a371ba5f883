"""Project a corpus onto the property graph that a picture shows, facts and evidence without their triples."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from ontology.assertion import (
    clean_string,
    decimal_form,
    describe_document,
    describe_entity,
    describe_observation,
    describe_run,
    expand_name,
    expand_rows,
    group_facts,
    main_origin,
)
from ontology.iri import document_id, evidence_id, observation_id
from ontology.model import DateValue, Observation

from .projection import MODALITY_ORDER, ORDER, RELATIONSHIP_TYPES, Node, Projection, PropertyGraph, Relationship, sum_up

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ontology.assertion import Row
    from ontology.model import Corpus, Evidence, Fact

    from .projection import Piece, PropertyValue


def project_corpus(corpus: Corpus) -> PropertyGraph:
    """Project what a build found, before it is written, for a picture.

    It is what `projection.project` of its graph gives but for what no picture shows: the relationships of evidence,
    where those of its fact name it. The triples of facts and evidence, nine of ten, are not made on the way.

    Args:
        corpus: With the documents of its evidence.
    """
    return PicturedCorpus(corpus).run()


class PicturedCorpus(Projection):
    """One run: entities, documents and observations by their triples, then facts with their evidence."""

    def __init__(self, corpus: Corpus) -> None:
        """Sort a corpus out.

        Args:
            corpus: With the documents of its evidence.
        """
        super().__init__(expand_rows(_describe_nodes(corpus)))
        self.groups = list(group_facts(corpus.facts))
        self.copies = {record.doc: record.copy_of for record in corpus.documents if record.copy_of}
        self.evidence_nodes: list[Node] = []
        self.links: list[Relationship] = []
        self.iri = cache(expand_name)
        self.document_iri = cache(lambda doc: expand_name(document_id(doc)))

    def run(self) -> PropertyGraph:
        """Return nodes and relationships."""
        relationships = [*self.facts(), *self.links]
        nodes = [self.node(uri, name) for uri, name in self.classes.items()]
        relationships.sort(key=ORDER)
        nodes = sorted([*nodes, *self.evidence_nodes], key=lambda node: node.uri)
        return PropertyGraph(tuple(nodes), tuple(relationships))

    def facts(self) -> Iterator[Relationship]:
        """Yield the facts between nodes; keep the evidence of all, and the links to the subjects of the others."""
        for name, facts in self.groups:
            first, fact = facts[0], self.iri(name)
            subject, origin = self.iri(first.subject), main_origin(facts)
            pieces = dict(self.pieces(name, facts))
            independent = {self.copies.get(piece.doc, piece.doc) for piece in pieces.values()}
            support: dict[str, PropertyValue] = {"supportCount": len(independent)} if independent else {}
            if isinstance(first.object, DateValue):
                obj = clean_string(first.object.value)
                self.issued_on[subject].add(obj)
            else:
                obj = self.iri(_node_of(first))
            if subject in self.classes and obj in self.classes:
                ranked = [_ranked(uri, self.document_iri(piece.doc), piece) for uri, piece in pieces.items()]
                premises = sorted({self.iri(premise) for each in facts for premise in each.premises})
                properties = sum_up(fact, origin, ranked, self.dates, premises)
                properties = _literals(facts) | support | properties
                yield Relationship(fact, RELATIONSHIP_TYPES[first.relation], subject, obj, properties)
            elif subject in self.classes:
                key = "value" if isinstance(first.object, DateValue) else "object"
                about: dict[str, PropertyValue] = {"factId": fact, "relation": first.relation, key: obj}
                about |= {"origin": origin, **support}
                self.links += [Relationship(fact, "ABOUT", uri, subject, dict(about)) for uri in pieces]

    def pieces(self, fact: str, facts: Sequence[Fact]) -> Iterator[tuple[str, Evidence]]:
        """Yield the pieces of evidence for a fact with their IRIs, each once, and keep a node for each."""
        seen = set()
        for piece in (piece for each in facts for piece in each.evidence):
            uri = self.iri(evidence_id(fact, piece))
            if uri in seen:
                continue
            seen.add(uri)
            self.evidence_nodes.append(Node(uri, ("Resource", "Evidence"), self.piece_properties(piece)))
            yield uri, piece

    def piece_properties(self, piece: Evidence) -> dict[str, PropertyValue]:
        """Return what the node of a piece of evidence says."""
        document = self.document_iri(piece.doc)
        properties: dict[str, PropertyValue] = {
            "confidence": float(decimal_form(piece.confidence)),
            "end": piece.end,
            "modality": piece.modality,
            "quote": clean_string(piece.text),
            "rule": clean_string(piece.rule),
            "start": piece.start,
            "doc": self.paths.get(document, document),
        }
        if piece.place:
            properties["place"] = clean_string(piece.place)
        if piece.speaker:
            properties["speaker"] = self.iri(piece.speaker)
        return properties


def _describe_nodes(corpus: Corpus) -> Iterator[Row]:
    """Yield what is said of all but facts and evidence."""
    yield from describe_run(corpus)
    yield from chain.from_iterable(map(describe_document, corpus.documents))
    yield from chain.from_iterable(map(describe_entity, corpus.entities))
    for fact in corpus.facts:
        if isinstance(fact.object, Observation):
            yield from describe_observation(observation_id(fact.subject, fact.object), fact.object)


def _node_of(fact: Fact) -> str:
    """Return the name of the node that a fact ends at."""
    assert not isinstance(fact.object, DateValue)
    return fact.object if isinstance(fact.object, str) else observation_id(fact.subject, fact.object)


def _ranked(uri: str, document: str, piece: Evidence) -> Piece:
    order = MODALITY_ORDER[piece.modality]
    doubt = -float(decimal_form(piece.confidence))
    return order, doubt, document, piece.start, uri, clean_string(piece.text), clean_string(piece.rule)


def _literals(facts: Sequence[Fact]) -> dict[str, PropertyValue]:
    """Return what is said of a fact beside its ends and its evidence."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for fact in facts:
        if fact.role:
            found["memberRole"].add(clean_string(fact.role))
        if fact.source:
            found["source"].add(clean_string(fact.source))
    return {name: values.pop() if len(values) == 1 else sorted(values) for name, values in found.items()}
