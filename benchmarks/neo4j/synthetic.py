"""A policy graph of any size, made up but shaped like what `kg build` writes: labels, types, properties, evidence.

A third of its relationships are facts, each with one piece of evidence, a few with two; the evidence brings
the other two thirds.
Places, topics and government bodies are shared by many facts, firms and policies by few, as in real corpora. Same size,
same graph.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from kg.projection import RELATIONSHIP_TYPES, Node, PropertyGraph, PropertyValue, Relationship, superclasses, to_pinyin
from ontology.iri import RESOURCE, hashed_id
from ontology.model import MODALITIES

PLACES = "".join(
    dict.fromkeys("京津冀沪渝粤苏浙皖闽赣鲁豫鄂湘桂琼川贵滇陕甘青宁新蒙辽吉黑港澳台云海江河山川东西南北中")
)
WORDS = (
    "人工智能", "集成电路", "生物医药", "新能源", "工业互联网", "数据要素", "算力", "区块链", "量子",
    "机器人",    "新材料", "航空航天", "绿色低碳", "智能网联汽车", "数字贸易", "先进制造", "现代农业",
    "海洋经济", "文化旅游", "金融科技",
)  # fmt: skip
CLASSES = {  # name: (share of the entities, ending of the name, how far shared: 1 evenly, more is more unevenly)
    "Region": (6, "市", 2.5), "Zone": (5, "经济技术开发区", 1.7), "Cluster": (3, "产业集群", 1.5),
    "Facility": (3, "数据中心", 1.3), "Policy": (20, "行动方案", 1.3), "Initiative": (1, "工程", 2.0),
    "Event": (3, "大会", 1.3), "GovernmentBody": (4, "委员会", 2.0), "Firm": (30, "科技公司", 1.3),
    "ResearchOrg": (4, "研究院", 1.3), "Institution": (3, "联盟", 1.3), "Platform": (8, "平台", 1.2),
    "Topic": (3, "产业", 2.0), "Role": (1, "中心", 2.0), "Report": (2, "指数报告", 1.3), "Person": (3, "", 1.1),
    "NamedSet": (1, "体系", 1.2),
}  # fmt: skip
FACTS = (  # relation, subjects, objects, share
    ("partOf", ("Region",), ("Region",), 3), ("partOf", ("Zone",), ("Zone",), 3), ("partOf", ("Firm",), ("Firm",), 3),
    ("locatedIn", ("Firm", "Zone", "ResearchOrg", "Facility", "Cluster"), ("Region", "Zone"), 17),
    ("issuedBy", ("Policy", "Report"), ("GovernmentBody", "Region"), 8), ("appliesTo", ("Policy",), ("Region",), 7),
    ("addresses", ("Policy", "Event", "Report"), ("Topic",), 12),
    ("implements", ("Policy",), ("Initiative", "Policy"), 3),
    ("develops", ("Firm", "Region", "GovernmentBody"), ("Platform", "Zone", "Facility"), 11),
    ("specializesIn", ("Region", "Zone", "Firm", "Cluster"), ("Topic",), 13),
    ("playsRole", ("Region", "Zone"), ("Role",), 2),
    ("collaboratesWith", ("Firm", "Region"), ("Firm", "ResearchOrg", "Region"), 4),
    ("transfersTo", ("Region",), ("Region",), 1), ("memberOf", ("Firm", "ResearchOrg"), ("Institution", "Cluster"), 3),
    ("affiliatedWith", ("Person",), ("Firm", "ResearchOrg"), 2), ("hasMember", ("NamedSet",), ("Zone",), 1),
    ("observed", ("Region", "Firm", "Cluster"), ("Observation",), 5),
    ("calledFor", ("Event", "Person"), ("Statement",), 2),
)  # fmt: skip
SUPPORTED_TWICE = 50
"""One fact in so many stands in two documents."""


class _Maker:
    def __init__(self, relationships: int, seed: int) -> None:
        self.chance = random.Random(seed)
        self.facts = relationships * SUPPORTED_TWICE // (3 * SUPPORTED_TWICE + 2)
        self.nodes: list[Node] = []
        self.relationships: list[Relationship] = []
        self.of_class: dict[str, list[str]] = {}
        self.dates: list[str] = []
        self.documents: list[tuple[str, str]] = []

    def make(self) -> PropertyGraph:
        self.make_documents(max(10, self.facts // 40))
        self.make_entities(max(200, self.facts // 5))
        kinds = [fact for fact in FACTS for _ in range(fact[3])]
        made: set[tuple[str, str, str]] = set()
        while len(made) < self.facts:
            relation, subjects, objects, _ = self.chance.choice(kinds)
            start = self.pick(subjects)
            own = objects[0] in ("Observation", "Statement")
            end = self.make_own(objects[0], start, len(made)) if own else self.pick(objects)
            if start != end and (start, relation, end) not in made:
                made.add((start, relation, end))
                self.make_fact(start, relation, end, len(made))
        self.nodes.sort(key=lambda node: node.uri)
        self.relationships.sort(key=lambda r: (r.type, r.start, r.end, r.fact_id))
        return PropertyGraph(tuple(self.nodes), tuple(self.relationships))

    def pick(self, classes: Sequence[str]) -> str:
        kind = self.chance.choice(classes)
        known = self.of_class[kind]
        return known[int(len(known) * self.chance.random() ** CLASSES[kind][2])]

    def make_documents(self, count: int) -> None:
        for number in range(count):
            path, date = f"news/{number:06}.txt", f"{2015 + number % 11}-{1 + number % 12:02}-{1 + number % 28:02}"
            uri = f"{RESOURCE}Document_news%2F{number:06}%2Etxt"
            title = f"{self.chance.choice(WORDS)}发展动态之{number}"
            properties: dict[str, PropertyValue] = {"name": title, "title": title, "path": path, "date": date}
            self.nodes.append(Node(uri, ("Resource", "Document"), properties | {"sha256": f"{number:064x}"}))
            self.documents.append((uri, path))
            self.dates.append(date)

    def make_entities(self, count: int) -> None:
        whole = sum(share for share, *_ in CLASSES.values())
        for kind, (share, ending, _) in CLASSES.items():
            uris = []
            for number in range(max(5, count * share // whole)):
                name = self.name(number) + ending
                uri = f"{RESOURCE}{kind}_{name}"
                docs = sorted({self.chance.choice(self.documents)[1] for _ in range(2)})
                properties: dict[str, PropertyValue] = {
                    "name": name, "names": [name, name + "(简称)"], "nameZh": name, "pinyin": to_pinyin(name[:4]),
                    "docs": docs, "origin": "extracted",
                }  # fmt: skip
                if kind == "Policy":
                    year = 2015 + number % 11
                    properties |= {"title": [name], "planPeriodStart": str(year), "planPeriodEnd": str(year + 5)}
                    properties |= {"status": "draft" if number % 9 == 0 else "adopted", "issuedOn": [str(year)]}
                self.nodes.append(Node(uri, ("Resource", *superclasses(kind), kind), properties))
                uris.append(uri)
            self.of_class[kind] = uris

    def name(self, number: int) -> str:
        letters, rest = "", number
        for _ in range(3):
            rest, place = divmod(rest, len(PLACES))
            letters += PLACES[place]
        return letters + WORDS[number % len(WORDS)]

    def make_own(self, kind: str, subject: str, number: int) -> str:
        uri = f"{RESOURCE}{kind}_{number:016x}"
        if kind == "Statement":
            text = f"要加快推动{WORDS[number % len(WORDS)]}高质量发展(第{number}项)"
            properties: dict[str, PropertyValue] = {"name": text, "names": [text], "nameZh": text, "text": text}
            properties |= {"docs": [], "origin": "extracted", "pinyin": "yaojiakuaituidong yjktd"}
        else:
            measure = f"{WORDS[number % len(WORDS)]}规模"
            properties = {"measure": measure, "value": float(number % 997), "factor": 1e8, "unit": "元"}
            properties |= {"amount": (number % 997) * 1e8, "comparison": "=", "period": str(2015 + number % 11)}
        self.nodes.append(Node(uri, ("Resource", kind), properties))
        return uri

    def make_fact(self, start: str, relation: str, end: str, number: int) -> None:
        fact = RESOURCE + hashed_id("Fact", start, relation, end).removeprefix("id:")
        places = [self.chance.randrange(len(self.documents))]
        if number % SUPPORTED_TWICE == 0:
            places.append((places[0] + 1) % len(self.documents))
        pieces = [self.make_evidence(fact, start, relation, end, place, len(places)) for place in places]
        best = max(pieces, key=lambda piece: (piece["modality"] == "asserted", piece["confidence"]))
        modalities = {str(piece["modality"]) for piece in pieces}
        dates = sorted(self.dates[place] for place in places)
        summary: dict[str, PropertyValue] = {
            "factId": fact, "origin": "extracted", "asserted": "asserted" in modalities,
            "modalities": [m for m in MODALITIES if m in modalities],
            "support": len(places), "supportCount": len(places),
            "evidence": [str(piece["uri"]) for piece in (best, *(p for p in pieces if p is not best))],
            "firstDate": dates[0], "lastDate": dates[-1], "confidence": best["confidence"], "quote": best["quote"],
            "rule": "build/explicit",
        }  # fmt: skip
        if relation == "hasMember":
            summary["memberRole"] = "成员"
        self.relationships.append(Relationship(fact, RELATIONSHIP_TYPES[relation], start, end, summary))

    def make_evidence(
        self, fact: str, start: str, relation: str, end: str, place: int, support: int
    ) -> dict[str, PropertyValue]:
        document, path = self.documents[place]
        evidence = RESOURCE + hashed_id("Evidence", fact, path).removeprefix("id:")
        modality = self.chance.choices(MODALITIES, (85, 8, 6, 1))[0]
        confidence = round(1 - self.chance.random() ** 2 * 0.6, 2)
        begin = self.chance.randrange(4000)
        quote = f"{start.rpartition('_')[2]}与{end.rpartition('_')[2]}在{self.chance.choice(WORDS)}方面持续推进,"
        about: dict[str, PropertyValue] = {"factId": fact, "relation": relation, "object": end, "origin": "extracted"}
        own: dict[str, PropertyValue] = {
            "quote": quote, "doc": path, "start": begin, "end": begin + len(quote), "modality": modality,
            "confidence": confidence, "rule": "build/explicit",
        }  # fmt: skip
        self.nodes.append(Node(evidence, ("Resource", "Evidence"), own))
        self.relationships.append(Relationship(fact, "ABOUT", evidence, start, about | {"supportCount": support}))
        self.relationships.append(Relationship("", "IN_DOCUMENT", evidence, document, {}))
        return own | {"uri": evidence}


def policy_graph(relationships: int, *, seed: int = 20) -> PropertyGraph:
    """Return a graph with about this many relationships.

    Args:
        relationships: How many, facts and links of evidence together.
        seed: Another seed gives another graph.
    """
    return _Maker(relationships, seed).make()
