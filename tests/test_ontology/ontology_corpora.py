"""Corpora of our own making for the tests of this folder; the firm and its platform are made up."""

from __future__ import annotations

import random

from ontology.iri import entity_id, hashed_id
from ontology.model import (
    COMPARISONS,
    MODALITIES,
    Corpus,
    DateValue,
    DocumentMetadata,
    DocumentRecord,
    Entity,
    Evidence,
    Fact,
    Observation,
)

HARBOUR, CITY = entity_id("Region", "滨海"), entity_id("Region", "津城")
FIRM, PLATFORM = entity_id("Firm", "云帆"), entity_id("Platform", "云谷平台")
POLICY, MEETING = entity_id("Policy", "云谷建设方案"), entity_id("Event", "首届云谷大会")
TOPIC, ROLE, SET = entity_id("Topic", "算力"), entity_id("Role", "研发"), entity_id("NamedSet", "一港两翼")
CALL = hashed_id("Statement", "加快建设算力集群")


def evidence(text: str, *, doc: str = "a.txt", start: int = 10, modality: str = "asserted", **more: object) -> Evidence:
    """Return a piece of evidence with the usual values where none are given."""
    values = {"confidence": 0.9, "rule": "builds", "date": "2024-03-20"} | more
    return Evidence(doc=doc, start=start, end=start + len(text), text=text, modality=modality, **values)  # type: ignore[arg-type]


def small_corpus() -> Corpus:
    """Return a corpus with every kind of thing in it once."""
    entities = (
        Entity(
            HARBOUR, "Region", "滨海", ("滨海", "滨海新区"), ("a.txt", "news/b.txt"),
            attributes=(("code", "120116"),),
        ),
        Entity(CITY, "Region", "津城", origin="background"),
        Entity(FIRM, "Firm", "云帆", ("云帆", "云帆科技"), ("a.txt",), attributes=(("nameEn", "Yunfan"),)),
        Entity(PLATFORM, "Platform", "云谷平台", ("云谷平台",), ("a.txt",)),
        Entity(
            POLICY, "Policy", "云谷建设方案", ("云谷建设方案", "云谷建设方案(2024-2026年)"), ("a.txt",),
            attributes=(("planPeriodEnd", "2026"), ("planPeriodStart", "2024"), ("status", "draft"),
                        ("title", "云谷建设方案"), ("title", "云谷建设方案(2024-2026年)")),
        ),
        Entity(MEETING, "Event", "首届云谷大会", ("首届云谷大会",), ("news/b.txt",)),
        Entity(TOPIC, "Topic", "算力", ("算力",), ("a.txt",), subtype="Technology"),
        Entity(ROLE, "Role", "研发", ("研发",), ("a.txt",)),
        Entity(SET, "NamedSet", "一港两翼", ("一港两翼",), ("a.txt",), attributes=(("announcedCount", "3"),)),
        Entity(CALL, "Statement", "加快建设算力集群", (), ("news/b.txt",), attributes=(("text", "加快建设算力集群"),)),
    )  # fmt: skip
    scale = Observation("算力规模", 1.1, 1e12, "次", ">", "2023")
    facts = (
        Fact(HARBOUR, "partOf", CITY, "background", source="areas of our own making"),
        Fact(FIRM, "develops", PLATFORM, evidence=(
            evidence("云帆已建成云谷平台"),
            evidence("云帆将建设云谷平台", doc="news/b.txt", modality="planned", speaker=MEETING, confidence=0.85),
        )),
        Fact(FIRM, "locatedIn", HARBOUR, evidence=(evidence("云帆拟落户滨海", modality="planned"),)),
        Fact(POLICY, "issuedOn", DateValue("2024-01"), evidence=(evidence("2024年1月印发《云谷建设方案》"),)),
        Fact(HARBOUR, "playsRole", ROLE, evidence=(evidence("滨海侧重研发"),)),
        Fact(FIRM, "specializesIn", TOPIC, evidence=(evidence("云帆聚焦算力"),)),
        Fact(HARBOUR, "observed", scale, evidence=(evidence("滨海算力规模超过1.1万亿次"),)),
        Fact(MEETING, "calledFor", CALL, evidence=(evidence("大会提出加快建设算力集群", doc="news/b.txt"),)),
        Fact(CALL, "about", TOPIC, evidence=(evidence("大会提出加快建设算力集群", doc="news/b.txt"),)),
        Fact(SET, "hasMember", HARBOUR, evidence=(evidence("一港即滨海"),), role="港"),
    )  # fmt: skip
    documents = (
        DocumentRecord("a.txt", "00" * 32, DocumentMetadata("滨海建云谷", "2024-03-20", "滨海日报", ("李云",))),
        DocumentRecord("news/b.txt", "11" * 32, DocumentMetadata(date="2023")),
    )
    return Corpus(documents, entities, facts)


def large_corpus(facts: int, *, seed: int = 1) -> Corpus:
    """Return a corpus of the wanted number of facts: one in five observed, one in ten without a text."""
    rng = random.Random(seed)
    docs = [f"{n:04}.txt" for n in range(max(1, facts // 100))]
    regions = [Entity(entity_id("Region", f"第{n}区"), "Region", f"第{n}区", (f"第{n}区",), (rng.choice(docs),))
               for n in range(max(2, facts // 10))]  # fmt: skip
    platforms = [Entity(entity_id("Platform", f"第{n}平台"), "Platform", f"第{n}平台", (f"{n}台",), (rng.choice(docs),))
                 for n in range(max(2, facts // 4))]  # fmt: skip
    firms = [Entity(entity_id("Firm", f"第{n}公司"), "Firm", f"第{n}公司", (f"{n}司",), (rng.choice(docs),))
             for n in range(max(2, facts // 3))]  # fmt: skip
    found: list[Fact] = []
    for n in range(facts):
        pieces = tuple(
            evidence(
                f"第{n}句说,这里的企业正在建设平台,规模不断扩大。", doc=rng.choice(docs), start=rng.randrange(9000),
                modality=rng.choice(MODALITIES), rule=f"rule-{n % 40}", confidence=rng.choice((0.6, 0.75, 0.9)),
                speaker=rng.choice(firms).id if rng.random() < 0.1 else None,
                place=f"page={n + 1}&line=2" if n % 3 == 0 else "",
            )
            for _ in range(1 + (rng.random() < 0.2))
        )  # fmt: skip
        kind = n % 10
        if kind < 2:
            seen = Observation(f"指标{n}", rng.randrange(1, 999) / 10, 1e8, "元", rng.choice(COMPARISONS), "2023")
            found.append(Fact(rng.choice(regions).id, "observed", seen, evidence=pieces))
        elif kind == 2:
            found.append(Fact(rng.choice(regions).id, "partOf", rng.choice(regions).id, "background", source="a table"))
        elif kind < 6:
            found.append(Fact(rng.choice(firms).id, "locatedIn", rng.choice(regions).id, evidence=pieces))
        else:
            found.append(Fact(rng.choice(firms).id, "develops", rng.choice(platforms).id, evidence=pieces))
    records = tuple(DocumentRecord(doc, f"{n:064x}", DocumentMetadata(f"第{n}篇", "2024-03-20"))
                    for n, doc in enumerate(docs))  # fmt: skip
    return Corpus(records, tuple(sorted([*regions, *platforms, *firms], key=lambda e: e.id)), tuple(found))
