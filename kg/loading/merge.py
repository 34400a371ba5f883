"""Bring a new graph and what a database already holds together, document by document.

A document of the new graph takes the place of what it said before; documents that the new graph does not have keep
what they say. What all the evidence for a fact comes to is worked out again, by the same rule as in the projection.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from kg.projection import Node, PropertyGraph, PropertyValue, Relationship, superclasses
from kg.unprojection import REST
from ontology.iri import RESOURCE, document_id
from ontology.model import MODALITIES

from .changes import MANAGED, Found, is_ours, is_owned
from .statements import ABOUT, IN_DOCUMENT, LABELS


def read_back(existing: Iterable[Found]) -> PropertyGraph:
    """Return what a load owns in a database as the property graph that it came from; what a user added is left out."""
    nodes, relationships = [], []
    for uri, labels, properties, outgoing in existing:
        kind = _class(labels)
        if uri and (kind or REST in properties) and is_ours(uri, properties):
            own = {name: value for name, value in properties.items() if name in MANAGED}
            classes = (*superclasses(kind), kind) if kind else ()
            nodes.append(Node(uri, ("Resource", *classes), own))
        linked = (uri or "").startswith(RESOURCE + "Evidence_")
        for type_, end, of_relationship in outgoing:
            fact = of_relationship.get("factId") or ""
            if (linked or fact.startswith(RESOURCE)) and is_owned(of_relationship):
                own = {name: value for name, value in of_relationship.items() if name in MANAGED}
                relationships.append(Relationship(fact, type_, uri, end, own))
    nodes.sort(key=lambda node: node.uri)
    relationships.sort(key=lambda r: (r.type, r.start, r.end, r.fact_id))
    return PropertyGraph(tuple(nodes), tuple(relationships))


def combine(old: PropertyGraph, new: PropertyGraph) -> PropertyGraph:
    """Return the graph of all documents: those of the new graph as it has them, others as the old one has them.

    Args:
        old: What a database holds.
        new: What is to be loaded.
    """
    return _Combination(old, new).run()


class _Combination:
    def __init__(self, old: PropertyGraph, new: PropertyGraph) -> None:
        self.old, self.new = old, new
        self.replaced = {path(node) for node in new.nodes if node.labels[-1] == "Document"}
        self.old_nodes = {node.uri: node for node in old.nodes}
        self.nodes = {node.uri: node for node in new.nodes}
        for node in old.nodes:
            if node.labels[-1] in ("Document", "Evidence") and path(node) not in self.replaced:
                self.nodes.setdefault(node.uri, node)
        self.evidence = {uri: node for uri, node in self.nodes.items() if node.labels[-1] == "Evidence"}
        self.dates = {
            path(node): str(node.properties.get("date", ""))
            for node in self.nodes.values()
            if node.labels[-1] == "Document"
        }
        self.originals = {
            path(node): str(node.properties["copyOf"]) for node in self.nodes.values() if "copyOf" in node.properties
        }

    def run(self) -> PropertyGraph:
        links: dict[tuple[str, ...], Relationship] = {}
        facts: defaultdict[tuple[str, ...], list[Relationship]] = defaultdict(list)
        for graph in (self.old, self.new):
            for r in graph.relationships:
                key = (r.type, r.start, r.end, r.fact_id)
                if r.type == IN_DOCUMENT or (r.type == ABOUT and "support" not in r.properties):
                    if r.start in self.evidence:
                        links[key] = r
                elif graph is self.new or self._stays(r):
                    facts[key].append(r)
        told = [self._fact(group) for group in facts.values()]
        relationships = _with_premises([*self._links(links.values(), told), *told])
        self._add_entities(relationships, links.values())
        relationships.sort(key=lambda r: (r.type, r.start, r.end, r.fact_id))
        return PropertyGraph(tuple(sorted(self.nodes.values(), key=lambda n: n.uri)), tuple(relationships))

    def _stays(self, fact: Relationship) -> bool:
        """Tell whether an old fact has support left, or never needed any."""
        return fact.properties.get("origin") != "extracted" or any(e in self.evidence for e in _list(fact, "evidence"))

    def _fact(self, group: list[Relationship]) -> Relationship:
        newest = next((r for r in reversed(group) if not _list(r, "premises")), group[-1])  # what is stated outweighs
        evidence = [e for e in dict.fromkeys(e for r in group for e in _list(r, "evidence")) if e in self.evidence]
        properties = dict(newest.properties)
        if evidence:
            origin = "extracted" if any(r.properties.get("origin") == "extracted" for r in group) else "background"
            properties |= {"origin": properties["origin"] if len(group) == 1 else origin}
            properties = summarize(properties, [self.evidence[uri] for uri in evidence], self.dates, self.originals)
        return Relationship(newest.fact_id, newest.type, newest.start, newest.end, properties)

    def _links(self, links: Iterable[Relationship], facts: Iterable[Relationship]) -> Iterator[Relationship]:
        """Let the links of evidence say of their fact what both graphs come to, as the fact itself does."""
        origins = {fact.fact_id: fact.properties.get("origin") for fact in facts}
        groups: defaultdict[str, list[Relationship]] = defaultdict(list)
        for link in links:
            groups[link.fact_id].append(link)
        yield from groups.pop("", ())  # to documents: they say nothing of a fact
        for fact_id, group in groups.items():
            documents = {path(self.evidence[link.start]) for link in group}
            own = {link.properties.get("origin") for link in group}
            origin = origins.get(fact_id) or ("extracted" if "extracted" in own else group[-1].properties.get("origin"))
            together: dict[str, Any] = {"origin": origin} if origin else {}
            if any("supportCount" in link.properties for link in group):
                together["supportCount"] = len({self.originals.get(doc, doc) for doc in documents})
            for link in group:
                yield replace(link, properties={**link.properties, **together})

    def _add_entities(self, relationships: Iterable[Relationship], links: Iterable[Relationship]) -> None:
        """Bring together entities that both graphs have, and keep those that anything still needs."""
        needed = {end for r in relationships for end in (r.start, r.end)}
        needed |= {str(e.properties["speaker"]) for e in self.evidence.values() if "speaker" in e.properties}
        issued: defaultdict[str, set[str]] = defaultdict(set)
        for link in links:
            if link.properties.get("relation") == "issuedOn":
                issued[link.end].add(str(link.properties["value"]))
        for uri, old in self.old_nodes.items():
            if old.labels[-1] in ("Document", "Evidence"):
                continue
            docs = set(_strings(old.properties.get("docs"))) - self.replaced
            node = self.nodes.get(uri)
            if node is None and (uri in needed or docs or old.properties.get("origin") == "background"):
                node = Node(uri, old.labels, {k: v for k, v in old.properties.items() if k not in ("docs", "issuedOn")})
            if node is not None:
                self.nodes[uri] = _both(old, node, docs, issued[uri])


def _with_premises(relationships: list[Relationship]) -> list[Relationship]:
    """Return relationships without those that follow from facts that are gone, and what follows from these in turn."""
    while True:
        facts = {r.fact_id for r in relationships}
        kept = [r for r in relationships if facts.issuperset(_list(r, "premises"))]
        if len(kept) == len(relationships):
            return kept
        relationships = kept


def summarize(
    properties: Mapping[str, PropertyValue],
    evidence: Iterable[Node],
    dates: Mapping[str, str],
    originals: Mapping[str, str],
) -> dict[str, PropertyValue]:
    """Return the properties of a fact with what all its evidence comes to; `originals` names the texts of copies."""
    pieces = sorted(evidence, key=_rank)
    modalities = {piece.properties.get("modality") for piece in pieces}
    documents = {path(piece) for piece in pieces}
    days = sorted(dates[doc] for doc in documents if dates.get(doc))
    kept = {name: value for name, value in properties.items() if name not in ("firstDate", "lastDate")}
    return kept | {
        "asserted": kept.get("origin") in ("background", "curated") or "asserted" in modalities,
        "modalities": [m for m in MODALITIES if m in modalities],
        "support": len(documents),
        "supportCount": len({originals.get(doc, doc) for doc in documents}),
        "evidence": [piece.uri for piece in pieces],
        "confidence": max(_confidence(piece) for piece in pieces),
        "quote": pieces[0].properties.get("quote", ""),
        "rule": pieces[0].properties.get("rule", ""),
        **({"firstDate": days[0], "lastDate": days[-1]} if days else {}),
    }


def path(node: Node) -> str:
    """Return the document of a `:Document` or `:Evidence` node, as the build names it."""
    return str(node.properties.get("path" if node.labels[-1] == "Document" else "doc", node.uri))


def _both(old: Node, new: Node, docs: set[str], issued: set[str]) -> Node:
    if "names" not in new.properties:
        return new
    properties = {**old.properties, **new.properties}
    name = str(properties["name"])
    names = {*_strings(old.properties.get("names")), *_strings(new.properties["names"])}
    docs = docs | set(_strings(new.properties.get("docs")))
    issued = issued | set(_strings(new.properties.get("issuedOn")))
    properties |= {"names": [name, *sorted(names - {name})], "docs": sorted(docs)}
    if docs and "extracted" in (old.properties.get("origin"), new.properties.get("origin")):
        properties["origin"] = "extracted"
    if REST in properties:
        properties[REST] = sorted({*_strings(old.properties.get(REST)), *_strings(new.properties.get(REST))})
    if "title" in properties:
        titles = {*_strings(old.properties.get("title")), *_strings(new.properties.get("title"))}
        properties["title"] = sorted(titles)
    properties.pop("issuedOn", None)
    return Node(new.uri, new.labels, properties | ({"issuedOn": sorted(issued)} if issued else {}))


def _rank(evidence: Node) -> tuple[int, float, str, int]:
    modality = evidence.properties.get("modality")
    order = MODALITIES.index(modality) if modality in MODALITIES else len(MODALITIES)
    start = evidence.properties.get("start")
    return order, -_confidence(evidence), document_id(path(evidence)), start if isinstance(start, int) else 0


def _confidence(evidence: Node) -> float:
    value = evidence.properties.get("confidence", 0.0)
    return float(value) if isinstance(value, int | float) else 0.0


def _list(relationship: Relationship, name: str) -> list[str]:
    return _strings(relationship.properties.get(name))


def _strings(value: Any) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else [value] if isinstance(value, str) else []


def _class(labels: Collection[str]) -> str:
    """Return the most specific class among labels, or an empty string."""
    known = [label for label in labels if label in LABELS and label != "Resource"]
    return min(known, key=lambda label: (-len(superclasses(label)), label == "Organization", label), default="")
