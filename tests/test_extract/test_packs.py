"""Packs are checked where they are read, join in order, and forget texts when told to."""

from __future__ import annotations

import json

import pytest

from extract.packs import LexiconEntry, load_packs, pack_names
from ontology.errors import ConfigurationError
from ontology.iri import entity_id

PREFIXES = (
    "@prefix kg: <https://w3id.org/jiqun/ontology#> .\n@prefix id: <https://w3id.org/jiqun/id/> .\n"
    "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
)


def write_pack(folder, *, names="", lexicon=(), regions="", wording="", manifest='name = "p"\nsummary = "s"\n'):
    folder.mkdir(exist_ok=True)
    lists = ""
    if names:
        (folder / "names.ttl").write_text(PREFIXES + names, encoding="utf-8")
        lists += 'names = ["names.ttl"]\n'
    if lexicon:
        rows = "\n".join(json.dumps(row, ensure_ascii=False) for row in lexicon)
        (folder / "lexicon.jsonl").write_text(rows, encoding="utf-8")
        lists += 'lexicons = ["lexicon.jsonl"]\n'
    if regions:
        (folder / "regions.tsv").write_text(regions, encoding="utf-8")
        lists += 'regions = ["regions.tsv"]\n'
    if wording:
        (folder / "wording.toml").write_text(wording, encoding="utf-8")
        lists += 'wordings = ["wording*.toml"]\n'
    (folder / "pack.toml").write_text(manifest + lists, encoding="utf-8")
    return str(folder)


def test_base_pack_loads():
    knowledge = load_packs()
    assert "base" in pack_names()
    assert len(knowledge.regions) > 3500 and len(knowledge.names) > 1000 and len(knowledge.lexicon) > 1000


def test_every_region_has_its_parent_and_an_id_of_its_own():
    regions = load_packs().regions
    known = {region.id for region in regions}
    assert len(known) == len(regions)
    assert all(region.parent in known for region in regions if region.parent)


def test_codes_are_those_of_the_standard():
    by_id = {region.id: region for region in load_packs().regions}
    haidian = by_id[entity_id("Region", "海淀区")]
    assert haidian.code == "110108" and haidian.parent == entity_id("Region", "北京市")
    assert by_id[entity_id("Region", "浙江省")].code == "330000"


def test_namesakes_carry_their_parent():
    names = [region.id for region in load_packs().regions if region.name == "朝阳区"]
    assert sorted(names) == sorted([entity_id("Region", "北京市朝阳区"), entity_id("Region", "长春市朝阳区")])


def test_names_know_their_class_and_other_names(tmp_path):
    path = write_pack(
        tmp_path / "p", names='id:Firm_云岭科技 a kg:Firm ; skos:prefLabel "云岭科技"@zh ; skos:altLabel "云岭"@zh .'
    )
    (name,) = load_packs([path]).names
    assert (name.id, name.entity_class, name.names) == ("id:Firm_云岭科技", "Firm", ("云岭科技", "云岭"))


def test_an_id_must_be_made_of_class_and_name(tmp_path):
    path = write_pack(tmp_path / "p", names='id:Firm_x a kg:Firm ; skos:prefLabel "云岭科技"@zh .')
    with pytest.raises(ConfigurationError, match="云岭科技") as caught:
        load_packs([path])
    assert "id:Firm_云岭科技" in caught.value.hint


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"names": "id:Firm_x a kg:Firm"}, r"names\.ttl:\d+"),
        ({"lexicon": [{"name": "甲"}]}, r"lexicon\.jsonl:1"),
        ({"lexicon": [{"name": "甲", "class": "Planet"}]}, "Planet"),
        ({"regions": "甲市\tcity\n"}, r"regions\.tsv:1"),
        ({"regions": "甲市\tcity\t9901\t乙省\t甲\t\n"}, "乙省"),
        ({"wording": "a = ["}, r"wording\.toml"),
        ({"manifest": 'name = "p"\nsummary = "s"\ncolour = "red"\n'}, "colour"),
        ({"manifest": 'name = "p"\nsummary = "s"\nnames = ["gone.ttl"]\n'}, r"gone\.ttl"),
    ],
)
def test_mistakes_are_named_with_their_place(tmp_path, parts, message):
    path = write_pack(tmp_path / "p", **parts)
    with pytest.raises(ConfigurationError, match=message):
        load_packs([path])


def test_an_unknown_pack_names_those_there_are():
    with pytest.raises(ConfigurationError) as caught:
        load_packs(["atlantis"])
    assert "base" in caught.value.hint


def test_later_packs_add_to_earlier_ones(tmp_path):
    first = write_pack(tmp_path / "a", wording='[regions]\nblockers = ["甲"]\ntail = "x"\n')
    second = write_pack(tmp_path / "b", wording='[regions]\nblockers = ["乙"]\n')
    section = load_packs([first, second]).section("regions")
    assert section == {"blockers": ["甲", "乙"], "tail": "x"}


def test_a_term_is_forgotten_with_its_last_text(tmp_path):
    rows = [
        {"name": "甲产业", "class": "Topic", "sources": ["t1"], "misses": []},
        {"name": "乙产业", "class": "Topic", "sources": ["t1", "t2"], "misses": ["t3"]},
    ]
    path = write_pack(tmp_path / "p", lexicon=rows)
    assert {e.name for e in load_packs([path]).lexicon} == {"甲产业", "乙产业"}
    (left,) = load_packs([path], exclude_sources=["t1"]).lexicon
    assert left == LexiconEntry("乙产业", "Topic", ("t2",), (), ("t3",))


def test_a_wording_is_forgotten_with_its_last_text(tmp_path):
    wording = '[[pattern]]\nname = "a"\nsources = ["t1"]\n[[pattern]]\nname = "b"\n'
    path = write_pack(tmp_path / "p", wording=wording)
    assert [row["name"] for row in load_packs([path], exclude_sources=["t1"]).wording["pattern"]] == ["b"]


def test_evidence_moves_the_score():
    sure = LexiconEntry("甲", "Topic", ("a", "b", "c"))
    doubtful = LexiconEntry("甲", "Topic", ("a",), (), ("b", "c", "d"))
    taste = LexiconEntry("甲", "Topic", (), ("a",))
    assert sure.score > LexiconEntry("甲", "Topic").score > 0.5 > doubtful.score
    assert taste.score < 0.5


def test_excluding_nothing_known_changes_nothing():
    assert load_packs(exclude_sources=["no-such-text"]).lexicon == load_packs().lexicon
