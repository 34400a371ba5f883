"""What is known without any text is marked as such, and names where it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest
from resolution_cases import entity, merged, parse

from extract.packs import load_packs, read_english
from ontology.assertion import corpus_to_turtle
from ontology.errors import ConfigurationError

ENGLISH = Path(__file__).parents[2] / "extract" / "packs" / "base" / "english.tsv"


def test_the_places_above_a_place_are_background_with_their_table() -> None:
    corpus = merged(parse("[[Region:id:Region_望都县|望都县]]的企业"))
    above = {f.subject: f for f in corpus.facts if f.relation == "partOf"}
    assert [above[key].object for key in ("id:Region_望都县", "id:Region_保定市", "id:Region_河北省")] == [
        "id:Region_保定市", "id:Region_河北省", "id:Region_中国",
    ]  # fmt: skip
    assert {f.origin for f in above.values()} == {"background"} and not any(f.evidence for f in above.values())
    assert all("GB/T 2260" in f.source for f in above.values())
    assert {e.name: e.origin for e in corpus.entities if e.type == "Region"} == {
        "望都县": "extracted", "保定市": "background", "河北省": "background", "中国": "background",
    }  # fmt: skip
    assert ("code", "130600") in entity(corpus, "保定市").attributes


def test_established_english_names_are_there_and_others_stay_unknown() -> None:
    corpus = merged(parse("[[Region:id:Region_望都县|望都县]]的企业"))
    english = {e.name: dict(e.attributes).get("nameEn") for e in corpus.entities}
    assert english == {"望都县": None, "保定市": None, "河北省": "Hebei", "中国": "China"}
    assert 'skos:altLabel "Hebei"@en' in corpus_to_turtle(corpus).decode()


def test_every_english_name_is_one_of_a_known_region_and_has_a_source() -> None:
    regions = {region.id for region in load_packs().regions}
    rows = [line.split("\t") for line in ENGLISH.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert len(rows) > 190 and read_english(ENGLISH).keys() <= regions
    assert all(source.startswith("Unicode CLDR") and source.split()[-1].isalpha() for *_, source in rows)
    assert all(name.isascii() or name.isprintable() for _, _, name, _ in rows)


@pytest.mark.parametrize(
    "line", ["Region\t北京市\tBeijing", "Region\t北京市\tBeijing\t ", "Place\t北京市\tBeijing\tCLDR"]
)
def test_an_english_name_without_source_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "english.tsv"
    path.write_text(f"# class\tname\tEnglish name\tsource\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"english\.tsv:2"):
        read_english(path)
