"""Several documents, one corpus: the same thing is one entity, the order changes nothing."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from resolution_cases import entity, merged, names, parse

from ontology.iri import entity_id

ZONE = "[[Zone|北港经济技术开发区]](下文简称[[Zone|经开区]])"


def test_same_name_is_one_entity():
    a = parse("[[Firm|百度]]推出[[Platform|开物平台]]", [("百度", "develops", "开物平台")], doc="a.txt")
    b = parse("[[Firm|百度]]运营[[Platform|“开物”平台]]", [("百度", "develops", "“开物”平台", "planned")], doc="b.txt")
    corpus = merged(a, b)
    assert names(corpus) == {"百度": {"百度"}, "开物平台": {"开物平台", "“开物”平台"}} or len(corpus.entities) == 2
    (fact,) = corpus.facts
    assert [e.modality for e in fact.evidence] == ["asserted", "planned"]
    assert fact.subject == entity_id("Firm", "百度")


def test_a_statement_told_with_and_without_a_comma_has_one_text():
    """The shapes allow one; both forms are kept as names."""
    called = [
        parse(
            f"[[Event|滨城大会]]提出[[Statement|{words}]],[[Topic|算力]]先行",
            [("滨城大会", "calledFor", words), (words, "about", "算力")],
            doc=doc,
        )
        for doc, words in (("a.txt", "要发展算力,建设云谷"), ("b.txt", "要发展算力建设云谷"))
    ]
    (statement,) = [e for e in merged(*called).entities if e.type == "Statement"]
    assert statement.attributes == (("text", statement.name),)
    assert statement.names == ("要发展算力,建设云谷", "要发展算力建设云谷")


def test_local_short_form_joins_nothing_across_documents():
    a = parse(f"{ZONE}扩区", doc="a.txt", aliases=[("北港经济技术开发区", "经开区")])
    b = parse(
        "[[Zone|南港经济技术开发区]](下文简称[[Zone|经开区]])", doc="b.txt", aliases=[("南港经济技术开发区", "经开区")]
    )
    c = parse("[[Zone|经开区]]通车", doc="c.txt")
    corpus = merged(a, b, c)
    assert {e.name for e in corpus.entities} == {"北港经济技术开发区", "南港经济技术开发区", "经开区"}
    assert entity(corpus, "经开区").docs == ("c.txt",)
    assert entity(corpus, "北港经济技术开发区").docs == ("a.txt",)


def test_suffix_variants_join_across_documents():
    corpus = merged(parse("[[Topic|集成电路]]", doc="a.txt"), parse("[[Topic|集成电路产业]]", doc="b.txt"))
    (topic,) = corpus.entities
    assert topic.docs == ("a.txt", "b.txt")
    assert topic.names == ("集成电路", "集成电路产业")


def test_two_documents_that_tell_things_apart_are_believed():
    a = parse("[[Firm|宏齐]]与[[Firm|宏齐智能云]]", doc="a.txt")
    b = parse("[[Firm|宏齐智能云]]", doc="b.txt")
    assert len(merged(a, b).entities) == 2


def test_regions_bring_their_parents():
    corpus = merged(parse("[[Region:id:Region_海淀区|海淀]]", doc="a.txt"))
    known = {e.id: e for e in corpus.entities}
    assert known["id:Region_海淀区"].origin == "extracted"
    assert known["id:Region_海淀区"].name == "海淀区"
    assert known["id:Region_北京市"].origin == "background"
    assert known["id:Region_北京市"].docs == ()
    facts = {(f.subject, f.relation, f.object): f for f in corpus.facts}
    fact = facts["id:Region_海淀区", "partOf", "id:Region_北京市"]
    assert (fact.origin, fact.evidence) == ("background", ())
    assert fact.source


def test_stated_fact_is_not_background_too():
    corpus = merged(
        parse(
            "[[Region:id:Region_海淀区|海淀]]属于[[Region:id:Region_北京市|北京]]",
            [("海淀", "partOf", "北京")],
            doc="a.txt",
        )
    )
    (fact,) = [f for f in corpus.facts if f.object == "id:Region_北京市"]
    assert fact.origin == "extracted"


def test_canonical_name_does_not_depend_on_order():
    records = [
        parse("[[Policy|滨城条例]]", doc="a.txt"),
        parse("[[Policy|滨城条例(2024年修订)]]", doc="b.txt"),
        parse("[[Topic|机器人]]、[[Topic|机器人产业]]与[[Firm|新松公司]]", doc="c.txt"),
        parse("[[Firm|新松]]研发[[Topic|机器人产业]]", [("新松", "specializesIn", "机器人产业")], doc="d.txt"),
    ]
    corpora = {merged(*order) for order in permutations(records)}
    assert len(corpora) == 1


def test_documents_keep_their_identity_and_lose_their_entities():
    corpus = merged(parse("[[Firm|百度]]", doc="b.txt"), parse("[[Firm|百度]]", doc="a.txt"))
    assert [(d.doc, d.sha256, d.entities) for d in corpus.documents] == [
        ("a.txt", "sha-a.txt", ()),
        ("b.txt", "sha-b.txt", ()),
    ]


def test_internal_attributes_do_not_reach_the_corpus():
    corpus = merged(parse(f"{ZONE}在[[Region:id:Region_海淀区|海淀]]", aliases=[("北港经济技术开发区", "经开区")]))
    assert {key for e in corpus.entities for key, _ in e.attributes} <= {"code", "nameEn"}


_WORDS = st.lists(
    st.sampled_from(["云谷", "云谷产业", "云谷技术", "智港", "智港市", "新松公司", "新松"]), min_size=1, max_size=4
)
_DOCS = st.lists(st.tuples(st.sampled_from(["Topic", "Region", "Firm"]), _WORDS), min_size=1, max_size=4)


@settings(deadline=None, max_examples=40)
@given(_DOCS, st.randoms())
def test_any_order_gives_the_same_corpus(docs, random):
    records = [
        parse("与".join(f"[[{label}|{word}]]" for word in words), doc=f"{i}.txt")
        for i, (label, words) in enumerate(docs)
    ]
    shuffled = records[:]
    random.shuffle(shuffled)
    assert merged(*records) == merged(*shuffled)
    assert len({e.id for e in merged(*records).entities}) == len(merged(*records).entities)


def test_plans_of_two_periods_are_two_works():
    old = parse("[[Policy|滨城行动计划(2020-2022年)]]", doc="a.txt")
    new = parse("[[Policy|滨城行动计划(2024-2026年)]]", doc="b.txt")
    bare = parse("[[Policy|滨城行动计划]]", doc="c.txt")
    assert len(merged(old, new).entities) == 2
    assert len(merged(old, bare).entities) == 1
    assert len(merged(old, new, bare).entities) == 3


def test_name_joins_the_gazetteer_entry_of_its_shape():
    known = parse("[[Topic:id:Topic_光伏|光伏]]", doc="a.txt")
    other = parse("[[Topic|光伏产业]]", doc="b.txt")
    assert len(merged(known, other).entities) == 1
