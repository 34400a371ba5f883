"""A small graph made by hand, in the shape that a build writes: every question finds something in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ontology.assertion import corpus_to_turtle
from ontology.iri import entity_id
from ontology.model import (
    Corpus,
    DateValue,
    DocumentMetadata,
    DocumentRecord,
    Entity,
    Evidence,
    Fact,
    FactObject,
    Modality,
    Observation,
)
from queries.store import KnowledgeGraph

NAMES: dict[str, tuple[str, ...]] = {
    "Region": ("北京市", "天津市", "河北省", "京津冀", "雄安新区", "张家口市", "怀来县", "海淀区", "吉林省", "吉林市"),
    "Zone": ("北京经济技术开发区", "武汉经济技术开发区", "中关村科学城", "怀柔科学城", "未来科学城"),
    "Cluster": ("张家口国家数据中心集群", "京津冀数字产业集群"),
    "Facility": ("京津冀枢纽",),
    "Policy": ("数据条例", "数据专区意见", "人工智能行动方案", "大兴区方案"),
    "Initiative": ("东数西算工程",),
    "Event": ("中央经济会议", "数字贸易博览会"),
    "GovernmentBody": ("北京市人民政府", "工业和信息化部"),
    "Firm": ("百度", "京东"),
    "ResearchOrg": ("京北大学",),
    "Institution": ("北京数据交易所", "数字联盟"),
    "Platform": ("开物平台", "百度"),
    "Topic": ("数据要素", "人工智能", "集成电路"),
    "Role": ("研发", "创新应用", "成果转化"),
    "Report": ("数字经济指数报告",),
    "Person": ("王小明",),
    "NamedSet": ("三城一区",),
    "Statement": ("打造世界级数字产业集群",),
}
ALIASES = {
    "北京市": ("北京", "Beijing City"),
    "北京经济技术开发区": ("经开区", "亦庄"),
    "武汉经济技术开发区": ("经开区",),
    "工业和信息化部": ("工信部",),
}
ATTRIBUTES: dict[str, tuple[tuple[str, str], ...]] = {
    "人工智能行动方案": (
        ("planPeriodEnd", "2025"),
        ("planPeriodStart", "2023"),
        ("title", "人工智能行动方案"),
        ("title", "人工智能行动方案(2023-2025年)"),
    ),
    "大兴区方案": (
        ("planPeriodEnd", "2030"),
        ("planPeriodStart", "2021"),
        ("status", "draft"),
        ("title", "大兴区方案"),
    ),
    "数据条例": (("title", "数据条例"),),
    "三城一区": (("announcedCount", "4"),),
    "打造世界级数字产业集群": (("text", "打造世界级数字产业集群"),),
    "北京市": (("code", "110000"), ("nameEn", "Beijing")),
}
DOCUMENTS = {
    "news/one.txt": DocumentMetadata(title="数字经济一年", date="2023-05-06", outlet="某报"),
    "plan.txt": DocumentMetadata(title="行动方案解读", date="2024"),
    "three.txt": DocumentMetadata(),
}


def find_id(name: str, kind: str = "") -> str:
    """Return the id of an entity of the small graph."""
    return next(entity_id(k, name) for k, names in NAMES.items() if name in names and kind in ("", k))


class CorpusWriter:
    """Writes down facts with made-up evidence: each document is one line of quotes."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.offsets = dict.fromkeys(DOCUMENTS, 0)

    def add(
        self,
        subject: str,
        relation: str,
        obj: FactObject,
        *quotes: tuple[str, str, Modality],
        speaker: str | None = None,
        role: str = "",
        confidence: float = 0.9,
    ) -> None:
        """Add one fact with its quotes: (document, words, modality)."""
        evidence = []
        for doc, words, modality in quotes:
            start = self.offsets[doc]
            self.offsets[doc] = start + len(words) + 1
            evidence.append(
                Evidence(
                    doc, start, start + len(words), words, modality, confidence, "by-hand", speaker, DOCUMENTS[doc].date
                )
            )
        self.facts.append(Fact(subject, relation, obj, evidence=tuple(evidence), role=role))

    def add_background(self, subject: str, relation: str, obj: str, source: str) -> None:
        """Add a fact from a gazetteer."""
        self.facts.append(Fact(subject, relation, obj, origin="background", source=source))


def make_corpus() -> Corpus:
    """Return the corpus behind the small graph."""
    w, i = CorpusWriter(), find_id
    one, plan, three = DOCUMENTS
    w.add(i("北京市"), "playsRole", i("研发"), (one, "北京侧重研发", "asserted"), (plan, "北京要强化研发", "proposed"))
    w.add(i("天津市"), "playsRole", i("研发"), (one, "京津具有研发优势", "asserted"))
    w.add(i("天津市"), "playsRole", i("创新应用"), (plan, "天津着重创新应用", "proposed"))
    w.add(i("河北省"), "playsRole", i("成果转化"), (plan, "河北侧重转化", "proposed"))
    w.add(i("北京市"), "transfersTo", i("河北省"), (one, "推动北京成果往河北转移", "proposed"))
    w.add(i("雄安新区"), "collaboratesWith", i("北京市"), (three, "雄安与北京联动", "planned"))
    w.add(i("北京市"), "specializesIn", i("人工智能"), (one, "北京的人工智能已居前列", "asserted"))
    w.add(i("河北省"), "specializesIn", i("集成电路"), (plan, "河北集成电路产业不足", "problem"), confidence=0.5)
    w.add(i("百度"), "specializesIn", i("人工智能"), (three, "百度深耕人工智能", "asserted"))
    w.add(i("北京市"), "partOf", i("京津冀"), (one, "北京等京津冀三地", "asserted"))
    w.add_background(i("怀来县"), "partOf", i("张家口市"), "areas table")
    w.add_background(i("张家口市"), "partOf", i("河北省"), "areas table")
    w.add_background(i("海淀区"), "partOf", i("北京市"), "areas table")
    w.add(i("中关村科学城"), "locatedIn", i("海淀区"), (three, "中关村科学城位于海淀区", "asserted"))
    w.add_background(i("北京经济技术开发区"), "locatedIn", i("北京市"), "zones table")
    w.add(i("百度", "Firm"), "locatedIn", i("北京经济技术开发区"), (three, "百度等企业布局经开区", "asserted"))
    w.add(i("张家口国家数据中心集群"), "locatedIn", i("张家口市"), (one, "张家口国家数据中心集群落地", "planned"))
    w.add(i("京津冀枢纽"), "locatedIn", i("京津冀"), (one, "建设京津冀枢纽", "planned"))
    w.add(i("京津冀枢纽"), "implements", i("东数西算工程"), (one, "“东数西算”工程的京津冀枢纽", "asserted"))
    w.add(i("数据条例"), "issuedOn", DateValue("2022"), (one, "2022年发布的《数据条例》", "asserted"))
    w.add(i("数据条例"), "addresses", i("数据要素"), (one, "《数据条例》规范数据要素", "asserted"))
    w.add(i("数据条例"), "appliesTo", i("北京市"), (one, "北京市《数据条例》", "asserted"))
    w.add(i("数据条例"), "issuedBy", i("北京市人民政府"), (one, "北京市人民政府发布《数据条例》", "asserted"))
    w.add(i("数据专区意见"), "addresses", i("数据要素"), (plan, "《数据专区意见》推进数据要素", "proposed"))
    w.add(i("数据专区意见"), "appliesTo", i("北京市"), (plan, "北京印发《数据专区意见》", "asserted"))
    w.add(
        i("人工智能行动方案"),
        "issuedOn",
        DateValue("2023-07-29"),
        (plan, "2023年7月29日印发《人工智能行动方案(2023-2025年)》", "asserted"),
    )
    w.add(
        i("人工智能行动方案"),
        "addresses",
        i("人工智能"),
        (plan, "《人工智能行动方案》聚焦人工智能", "asserted"),
        (three, "《人工智能行动方案》谈人工智能", "asserted"),
    )
    w.add(i("人工智能行动方案"), "addresses", i("集成电路"), (plan, "《人工智能行动方案》也谈集成电路", "asserted"))
    w.add(i("人工智能行动方案"), "implements", i("东数西算工程"), (plan, "落实东数西算工程", "asserted"))
    w.add(i("大兴区方案"), "addresses", i("集成电路"), (three, "《大兴区方案》(征求意见稿)谈集成电路", "proposed"))
    for name, role in (("中关村科学城", "廊"), ("怀柔科学城", "极"), ("未来科学城", "")):
        w.add(i("三城一区"), "hasMember", i(name), (three, f"三城一区中的{name}", "asserted"), role=role)
    w.add(i("百度", "Firm"), "develops", i("开物平台"), (three, "百度推出“开物”平台", "asserted"))
    w.add(i("京北大学"), "develops", i("中关村科学城"), (three, "京北大学参与建设中关村科学城", "planned"))
    w.add(i("京东"), "memberOf", i("数字联盟"), (three, "京东加入数字联盟", "asserted"))
    w.add(i("王小明"), "affiliatedWith", i("京北大学"), (one, "王小明,京北大学教授", "asserted"))
    w.add(
        i("北京市"),
        "observed",
        Observation("数字经济增加值", 2.0, 1e12, "元", "=", "2024"),
        (one, "2024年北京数字经济增加值2万亿元", "asserted"),
        speaker=i("数字经济指数报告"),
    )
    w.add(
        i("北京市"),
        "observed",
        Observation("数字经济增加值", 2.1, 1e12, "元", ">", "2024"),
        (plan, "北京2024年数字经济增加值超2.1万亿元", "asserted"),
    )
    w.add(
        i("河北省"),
        "observed",
        Observation("数字经济增加值", 1.1, 1e12, "元", "~", "2024"),
        (plan, "2024年河北数字经济增加值约1.1万亿元", "asserted"),
        speaker=i("王小明"),
    )
    w.add(
        i("北京数据交易所"),
        "observed",
        Observation("交易规模", 100.0, 1e8, "元", "<"),
        (three, "北京数据交易所近100亿元", "asserted"),
    )
    w.add(i("数字经济指数报告"), "issuedBy", i("工业和信息化部"), (one, "工信部发布《数字经济指数报告》", "asserted"))
    w.add(
        i("数字经济指数报告"), "issuedOn", DateValue("2024-10"), (one, "2024年10月发布《数字经济指数报告》", "asserted")
    )
    w.add(
        i("中央经济会议"),
        "calledFor",
        i("打造世界级数字产业集群"),
        (one, "中央经济会议提出打造世界级数字产业集群", "proposed"),
    )
    w.add(
        i("数字贸易博览会"),
        "calledFor",
        i("打造世界级数字产业集群"),
        (plan, "博览会呼吁打造世界级数字产业集群", "proposed"),
    )
    w.add(
        i("数字贸易博览会"), "addresses", i("数据要素"), (three, "博览会聚焦数据要素", "asserted"), speaker=i("王小明")
    )
    w.add(i("打造世界级数字产业集群"), "about", i("集成电路"), (one, "打造数字产业集群,如集成电路", "proposed"))
    docs: dict[str, set[str]] = {}
    for fact in w.facts:
        for end in (fact.subject, fact.object):
            if isinstance(end, str):
                docs.setdefault(end, set()).update(piece.doc for piece in fact.evidence)
    entities = []
    for kind, names in NAMES.items():
        for name in names:
            key = entity_id(kind, name)
            mentioned = tuple(sorted(docs.get(key, ())))
            aliases = tuple(sorted((name, *ALIASES.get(name, ()))))
            origin = "extracted" if mentioned else "background"
            entities.append(
                Entity(key, kind, name, aliases, mentioned, origin=origin, attributes=ATTRIBUTES.get(name, ()))
            )  # type: ignore[arg-type]
    return Corpus(
        documents=tuple(DocumentRecord(doc, "0" * 64, metadata) for doc, metadata in sorted(DOCUMENTS.items())),
        entities=tuple(sorted(entities, key=lambda entity: entity.id)),
        facts=tuple(sorted(w.facts, key=lambda fact: (fact.subject, fact.relation, str(fact.object)))),
    )


@pytest.fixture(scope="session")
def small_turtle() -> bytes:
    """`graph.ttl` of the small graph."""
    return corpus_to_turtle(make_corpus())


@pytest.fixture(scope="session")
def small_graph(small_turtle: bytes) -> Iterator[KnowledgeGraph]:
    """The small graph, opened."""
    yield KnowledgeGraph(small_turtle)
