"""A made-up graph of so many nodes and relationships: hubs and leaves, a sentence of 60 characters each relationship.

The first nodes are regions, each with its surroundings; two thirds of the relationships of a node stay with its region.
New nodes join those that are well connected, so that a few become hubs. Same size, same graph.
"""

from __future__ import annotations

import random

from kg.projection import RELATIONSHIP_TYPES, Node, PropertyGraph, PropertyValue, Relationship, superclasses
from ontology.iri import RESOURCE
from ontology.model import MODALITIES

LETTERS = "云海江河山川东西南北中京津沪渝苏浙皖闽赣鲁豫鄂湘粤桂琼蜀贵滇陕甘青宁新蒙辽吉黑港澳台"
KINDS = (
    ("Firm", "科技公司", 34), ("Policy", "行动方案", 20), ("Zone", "开发区", 10), ("Platform", "平台", 10),
    ("Topic", "产业", 8), ("GovernmentBody", "委员会", 6), ("ResearchOrg", "研究院", 6), ("Event", "大会", 3),
    ("Person", "", 3),
)  # fmt: skip
RELATIONS = {
    "Firm": "develops", "Policy": "addresses", "Zone": "specializesIn", "Platform": "partOf", "Topic": "partOf",
    "GovernmentBody": "partOf", "ResearchOrg": "collaboratesWith", "Event": "addresses", "Person": "affiliatedWith",
}  # fmt: skip
QUOTE = 60
REGIONS_PER_NODE = 1 / 250
DOCUMENTS = 200


def made_up_graph(nodes: int, relationships: int, *, seed: int = 6) -> PropertyGraph:
    """Return a graph with exactly so many entities and relationships between them, and one quote for each of these."""
    chance = random.Random(seed)
    documents = [_document(i) for i in range(DOCUMENTS)]
    regions = max(3, round(nodes * REGIONS_PER_NODE))
    kinds = chance.choices(KINDS, [share for *_, share in KINDS], k=nodes - regions)
    entities = [_entity("Region", _name(i) + "市") for i in range(regions)]
    entities += [_entity(kind, _name(i) + ending + str(i % 97)) for i, (kind, ending, _) in enumerate(kinds)]
    home = [i if i < regions else int(regions * chance.random() ** 1.6) for i in range(nodes)]
    near: list[list[int]] = [[i] for i in range(regions)]
    anywhere = list(range(regions))
    pairs: set[tuple[int, int]] = set()
    for i in range(regions, nodes):
        pairs.add((i, home[i]))
        near[home[i]].append(i)
        anywhere += (i, home[i])
    while len(pairs) < relationships:
        a = chance.randrange(nodes)
        b = chance.choice(near[home[a]] if chance.random() < 2 / 3 else anywhere)
        if a != b:
            pairs.add((a, b))
            near[home[b]].append(b)  # who has much gets more
    facts: list[Relationship] = []
    evidence: list[Node] = []
    for number, (a, b) in enumerate(sorted(pairs)):
        kind = entities[a].labels[-1]
        relation = "locatedIn" if b < regions else RELATIONS.get(kind, "collaboratesWith")
        uri, fact = f"{RESOURCE}Evidence_{number:016x}", f"{RESOURCE}Fact_{number:016x}"
        said = f"{entities[a].properties['name']}与{entities[b].properties['name']}持续推进合作,"
        quote = (said + "共同加快建设具有全球影响力的产业集群和科技创新高地" * 3)[:QUOTE]
        words: dict[str, PropertyValue] = {
            "quote": quote, "doc": str(documents[number % DOCUMENTS].properties["path"]), "start": number % 4000,
            "end": number % 4000 + QUOTE, "modality": chance.choices(MODALITIES, (85, 8, 6, 1))[0],
            "confidence": round(1 - chance.random() ** 2 * 0.6, 2), "rule": "build/explicit",
        }  # fmt: skip
        evidence.append(Node(uri, ("Resource", "Evidence"), words))
        summary: dict[str, PropertyValue] = {"origin": "extracted", "evidence": [uri], "support": 1, "quote": quote}
        start, end = entities[a].uri, entities[b].uri
        facts.append(Relationship(fact, RELATIONSHIP_TYPES[relation], start, end, summary | {"factId": fact}))
    found = sorted([*entities, *documents, *evidence], key=lambda node: node.uri)
    return PropertyGraph(tuple(found), tuple(facts))


def _name(number: int) -> str:
    letters = ""
    for _ in range(3):
        number, place = divmod(number, len(LETTERS))
        letters += LETTERS[place]
    return letters


def _entity(kind: str, name: str) -> Node:
    properties: dict[str, PropertyValue] = {"name": name, "names": [name], "origin": "extracted"}
    return Node(f"{RESOURCE}{kind}_{name}", ("Resource", *superclasses(kind), kind), properties)


def _document(number: int) -> Node:
    path = f"news/{number:04}.txt"
    date = f"{2015 + number % 11}-{1 + number % 12:02}-{1 + number % 28:02}"
    return Node(f"{RESOURCE}Document_{number:04}", ("Resource", "Document"), {"path": path, "name": path, "date": date})
