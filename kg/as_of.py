"""See a graph as it was at the end of a year: without later documents, later figures and what was issued later.

Documents that carry no date stay, since nothing says that they are later; how many they are is told.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ontology.errors import OutputError
from ontology.iri import ONTOLOGY
from ontology.turtle import PREFIXES

from .projection import Triple, read_triples

_TYPE, _DATE = PREFIXES["rdf"] + "type", PREFIXES["dcterms"] + "date"
_TAKEN_AT_ITS_WORD = ("background", "curated")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class View:
    """A graph as of a year.

    Attributes:
        turtle: The graph, as N-Triples, which are Turtle.
        documents: How many documents it rests on.
        undated: How many of them carry no date.
        later: How many are left out.
    """

    turtle: bytes
    documents: int
    undated: int
    later: int


def view_as_of(out: Path, year: int) -> View:
    """Return the graph of a build as of the end of a year.

    Evidence in later documents goes, and facts that have no other; observations of later periods, dates of issue after
    the year, and facts about policies issued after it go whoever states them. Plain triples and support counts follow
    from the evidence that is left; extracted things that nothing left speaks of go too.

    Args:
        out: Folder that `kg build` wrote, or a Turtle file.
        year: The last year that counts.

    Raises:
        OutputError: It is missing, unfinished or damaged.
    """
    from .output import GRAPH, read_manifest

    path = out
    if out.is_dir() or not out.exists():
        read_manifest(out)
        path = out / GRAPH
    return _View(list(read_triples(path)), year).run()


class _View:
    def __init__(self, triples: list[Triple], year: int) -> None:
        self.triples, self.year = triples, year
        self.described: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for subject, predicate, obj, _ in triples:
            self.described[subject][predicate.removeprefix(ONTOLOGY)].append(obj)
        kinds: defaultdict[str, list[str]] = defaultdict(list)
        for subject, described in self.described.items():
            for kind in described.get(_TYPE, ()):
                kinds[kind.removeprefix(ONTOLOGY)].append(subject)
        self.documents, self.facts, self.policies = kinds["Document"], kinds["Fact"], kinds["Policy"]
        self.runs = set(kinds["Extraction"])
        self.pieces = set(kinds["Evidence"])

    def one(self, subject: str, name: str) -> str:
        return next(iter(self.described[subject].get(name, ())), "")

    def is_later(self, text: str) -> bool:
        found = _YEAR.search(text)
        return found is not None and int(found[0]) > self.year

    def run(self) -> View:
        later = {doc for doc in self.documents if self.is_later(self.one(doc, _DATE))}
        dates: defaultdict[str, set[bool]] = defaultdict(set)
        for fact in self.facts:
            if self.one(fact, "relation") == ONTOLOGY + "issuedOn":
                dates[self.one(fact, "subject")].add(self.is_later(self.one(fact, "object")))
        gone = later | {policy for policy in self.policies if dates[policy] == {True}}
        unsaid: set[tuple[str, str, str]] = set()
        counts: dict[str, int] = {}
        needed: set[str] = set()
        for fact in self.facts:
            subject, relation, obj = (self.one(fact, name) for name in ("subject", "relation", "object"))
            pieces = self.described[fact].get("evidence", [])
            left = [piece for piece in pieces if self.one(piece, "document") not in later]
            gone.update(piece for piece in pieces if piece not in left)
            taken = self.one(fact, "origin") in _TAKEN_AT_ITS_WORD
            valid = relation != ONTOLOGY + "issuedOn" or not self.is_later(obj)
            valid = valid and not self.is_later(self.one(obj, "period"))
            if not valid or gone & {subject, obj} or not (left or taken):
                gone.update([fact, *pieces])
                if relation == ONTOLOGY + "observed":
                    gone.add(obj)
                unsaid.add((subject, relation, obj))
                continue
            needed |= {subject, obj, *(self.one(piece, "speaker") for piece in left)}
            counts[fact] = len({self.one(self.one(p, "document"), "copyOf") or self.one(p, "document") for p in left})
            if not taken and not any(self.one(piece, "modality") == "asserted" for piece in left):
                unsaid.add((subject, relation, obj))
        for subject, described in self.described.items():
            mentions = described.get("mentionedIn")
            if mentions and later.issuperset(mentions) and subject not in needed:
                gone.add(subject)
        kept = [
            (s, p, str(counts[s]) if p == ONTOLOGY + "supportCount" else o, kind)
            for s, p, o, kind in self.triples
            if s not in gone and o not in gone and (s, p, o) not in unsaid
        ]
        kept = [triple for triple in kept if triple[1] != ONTOLOGY + "supportCount" or triple[2] != "0"]
        left_docs = [doc for doc in self.documents if doc not in later]
        undated = sum(1 for doc in left_docs if not self.one(doc, _DATE))
        return View(serialize_triples(kept), len(left_docs), undated, len(later))


def serialize_triples(triples: Iterable[Triple]) -> bytes:
    """Return the triples of a view of a graph as N-Triples, which are Turtle."""
    import pyoxigraph as ox

    def literal(value: str, kind: str) -> ox.Literal:
        if kind.startswith("@"):
            return ox.Literal(value, language=kind[1:])
        return ox.Literal(value, datatype=ox.NamedNode(kind)) if kind else ox.Literal(value)

    def node(value: str) -> ox.NamedNode | ox.BlankNode:
        return ox.BlankNode(value[2:]) if value.startswith("_:") else ox.NamedNode(value)

    found = [
        ox.Triple(node(s), ox.NamedNode(p), node(o) if kind == "iri" else literal(o, kind)) for s, p, o, kind in triples
    ]
    written = ox.serialize(found, format=ox.RdfFormat.N_TRIPLES)
    if written is None:
        raise OutputError("the view of the graph cannot be written", hint="run `kg build` again")
    return written
