"""The page as text: what is in it, what is not, and what is said about wrong input."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st
from packed import read_page, unpack

from kg.draw import draw_page, write_page
from kg.drawing.grouping import MOST_GROUPS, REST, group_by_class, group_by_community, group_by_region
from kg.drawing.layout import place_nodes
from kg.drawing.packing import pack
from kg.drawing.page import fold_search, search_key
from kg.drawing.selection import CORE
from kg.projection import Node, PropertyGraph, Relationship, project
from ontology.errors import OutputError, UsageError
from ontology.iri import RESOURCE
from ontology.model import COMPARISONS, ENTITY_CLASSES, EXTRA_CLASSES, EXTRA_RELATIONS, MODALITIES, RELATIONS

SMALL = Path(__file__).parent / "small.ttl"


@pytest.fixture(scope="module")
def small() -> PropertyGraph:
    return project(rdflib.Graph().parse(SMALL, format="turtle"))


@pytest.fixture(scope="module")
def page(small: PropertyGraph) -> str:
    return draw_page(small, title="云谷")


def chain(count: int) -> PropertyGraph:
    """A path of firms with a hub at one end."""
    nodes = tuple(
        Node(
            f"{RESOURCE}Firm_{i:05}", ("Resource", "Organization", "Firm"), {"name": f"企业{i}", "names": [f"企业{i}"]}
        )
        for i in range(count)
    )
    edges = tuple(
        Relationship(
            f"{RESOURCE}Fact_{i}", "COLLABORATES_WITH", nodes[i].uri, nodes[i // 2].uri, {"origin": "inferred"}
        )
        for i in range(1, count)
    )
    return PropertyGraph(nodes, edges)


def test_the_page_is_one_file_that_names_nothing_outside(page: str) -> None:
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r"""(?:src|srcset|href|action|data|poster)\s*=\s*["'][^"']*""", markup) == ['href="data:,']
    assert "@import" not in markup
    assert not re.findall(r"url\(", markup)
    assert page.startswith("<!DOCTYPE html>")
    assert page.count("<h1") == 1


def test_the_policy_names_every_script_and_style_by_its_hash(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    text = policy[1].replace("&#39;", "'")
    assert "default-src 'none'" in text
    assert "unsafe" not in text
    blocks = re.findall(r"<script>(.*?)</script>|<style>(.*?)</style>", page, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        digest = base64.b64encode(hashlib.sha256("".join(block).encode()).digest()).decode()
        assert f"'sha256-{digest}'" in text


def test_no_markup_carries_a_handler_or_a_style(page: str) -> None:
    markup = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.DOTALL)
    assert not re.findall(r"\son\w+=", markup)
    assert "style=" not in markup


def test_our_scripts_never_parse_text_as_markup() -> None:
    for script in files("kg").joinpath("templates").iterdir():
        if script.name.endswith(".js"):
            text = script.read_text(encoding="utf-8")
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_what_is_packed_comes_back_and_is_letters_only(value: Any) -> None:
    letters = pack(value)
    assert re.fullmatch(r"[A-Za-z0-9+/=]*", letters)
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    assert unpack(letters) == json.loads(text.encode("utf-8", errors="replace"))


def test_words_are_packed_in_portions_in_the_order_of_their_numbers(
    small: PropertyGraph, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert page.count('class="kg-words"') == 1
    monkeypatch.setattr("kg.drawing.page._PORTION", 2)
    in_portions = draw_page(small, title="云谷")
    assert in_portions.count('class="kg-words"') > 1
    assert read_page(in_portions) == read_page(page)


def test_a_page_is_a_fraction_of_what_it_holds() -> None:
    html = draw_page(chain(600))
    outside = len(re.sub(r'<script type="application/octet-stream".*?</script>', "", html))
    held = len(json.dumps(read_page(html), ensure_ascii=False))
    assert len(html) - outside < held / 4


def test_same_graph_same_page(small: PropertyGraph, page: str) -> None:
    assert draw_page(small, title="云谷") == page


def test_nodes_are_entities_and_edges_carry_their_words(page: str) -> None:
    data = read_page(page)
    assert {node["c"] for node in data["nodes"]} == {"Firm", "NamedSet", "Platform", "Policy", "Region", "Technology"}
    firm = next(node for node in data["nodes"] if node["u"] == "Firm_云帆")
    assert (firm["label"], firm["a"], firm["en"]) == ("云帆", ["云帆科技"], "Yunfan")
    edge = next(edge for edge in data["edges"] if edge["r"] == "develops")
    quotes = [data["page"]["evidence"][i] for i in edge["v"]]
    assert {q["q"] for q in quotes} == {"云帆已建成云谷平台", "云帆将建设云谷平台"}
    best = next(q for q in quotes if q["m"] == 0)
    assert data["page"]["documents"][best["d"]] == {"path": "news/a.txt", "title": "滨海建云谷", "date": "2024-03-20"}
    assert (best["s"], best["e"], best["c"], best["r"]) == (3, 12, 0.8, "built")


def test_an_observation_is_shown_with_its_subject(page: str) -> None:
    data = read_page(page)
    subject = next(node for node in data["nodes"] if node["u"] == "Region_天津")
    (observation,) = data["page"]["observations"]
    assert observation["n"] == subject["id"]
    assert (observation["measure"], observation["value"], observation["comparison"]) == ("算力规模", 4, ">")
    assert data["page"]["evidence"][observation["v"][0]]["q"] == "天津算力规模超过4万P"


def test_the_evidence_for_a_date_is_with_the_policy(page: str) -> None:
    data = read_page(page)
    policy = next(node for node in data["nodes"] if node["c"] == "Policy")
    assert policy["p"]["issuedOn"] == ["2024-01"]
    assert [data["page"]["evidence"][i]["q"] for i in policy["v"]] == ["2024年1月印发《云谷方案》"]


def test_background_facts_are_marked_and_name_their_source(page: str) -> None:
    edge = next(edge for edge in read_page(page)["edges"] if edge["r"] == "partOf")
    assert (edge["o"], edge["s"], edge["v"]) == ("background", "areas.csv", [])


def test_a_title_is_text(small: PropertyGraph) -> None:
    html = draw_page(small, title="</title><script>alert(1)</script>")
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_data_cannot_end_its_block(small: PropertyGraph) -> None:
    evil = Node(RESOURCE + "Firm_x", ("Resource", "Firm"), {"name": "</script><script>alert(1)</script>", "names": []})
    html = draw_page(PropertyGraph((*small.nodes, evil), small.relationships))
    assert html.count("</script>") == 5
    assert any(node["label"] == "</script><script>alert(1)</script>" for node in read_page(html)["nodes"])


def test_damaged_values_do_not_damage_the_page() -> None:
    properties: dict[str, Any] = {"name": "坏\ud800字", "names": ["坏\ud800字", "\x00"], "score": math.nan}
    html = draw_page(PropertyGraph((Node(RESOURCE + "Firm_x", ("Resource", "Firm"), properties),), ()))
    html.encode("utf-8")
    assert read_page(html)["nodes"][0]["label"] == "坏?字"


def test_an_empty_graph_gives_a_page() -> None:
    assert read_page(draw_page(PropertyGraph((), ())))["nodes"] == []


def test_the_opening_view_is_small_and_the_ceiling_is_told() -> None:
    data = read_page(draw_page(chain(400), limit=350))
    assert len(data["nodes"]) == 350
    assert data["page"]["total"] == 400
    assert 0 < sum("core" in node for node in data["nodes"]) <= CORE


def test_focus_takes_the_surroundings_only() -> None:
    data = read_page(draw_page(chain(400), focus="企业1"))
    assert data["nodes"][data["page"]["focus"]]["label"] == "企业1"
    assert {node["label"] for node in data["nodes"]} == {f"企业{i}" for i in range(8)}


@pytest.mark.parametrize("name", ["云帆", "云帆科技", "Yunfan", "Firm_云帆", "id:Firm_云帆", "“云帆”"])
def test_focus_knows_every_name(small: PropertyGraph, name: str) -> None:
    data = read_page(draw_page(small, focus=name))
    assert data["nodes"][data["page"]["focus"]]["u"] == "Firm_云帆"


@pytest.mark.parametrize(("wrong", "right"), [("云凡科技", "云帆科技"), ("滨海市", "滨海"), ("云谷", "云谷平台")])
def test_a_wrong_focus_suggests_names(small: PropertyGraph, wrong: str, right: str) -> None:
    with pytest.raises(UsageError, match=wrong) as caught:
        draw_page(small, focus=wrong)
    assert right in caught.value.hint


@pytest.mark.parametrize("types", [["Region"], ["地区"], ["region"]])
def test_types_are_english_or_chinese(small: PropertyGraph, types: list[str]) -> None:
    assert {node["u"] for node in read_page(draw_page(small, types=types))["nodes"]} == {"Region_天津", "Region_滨海"}


def test_a_super_class_stands_for_its_sub_classes(small: PropertyGraph) -> None:
    found = read_page(draw_page(small, types=["Organization", "Topic"]))["nodes"]
    assert {node["u"] for node in found} == {"Firm_云帆", "Topic_算力"}


def test_a_wrong_type_suggests_classes(small: PropertyGraph) -> None:
    with pytest.raises(UsageError, match="Regoin") as caught:
        draw_page(small, types=["Regoin"])
    assert "Region" in caught.value.hint


def test_limit_and_language_are_checked(small: PropertyGraph) -> None:
    with pytest.raises(UsageError, match="limit"):
        draw_page(small, limit=0)
    with pytest.raises(UsageError, match="'de'"):
        draw_page(small, language="de")


def test_a_page_is_written_from_a_build_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "graph.ttl").write_bytes(SMALL.read_bytes())
    drawn = write_page(tmp_path, tmp_path / "页.html")
    assert (drawn.nodes, drawn.total) == (7, 7)
    assert drawn.path.read_text("utf-8") == draw_page(project(rdflib.Graph().parse(SMALL, format="turtle")))
    assert write_page(SMALL, tmp_path / "b.html").relationships == drawn.relationships
    with pytest.raises(OutputError, match=r"graph\.ttl"):
        write_page(tmp_path / "none", tmp_path / "c.html")
    assert not (tmp_path / "c.html").exists()


def test_search_keys_fold_and_speak() -> None:
    node = Node(RESOURCE + "Firm_x", ("Resource", "Firm"), {"names": ["百度 Apollo", "重庆"]})
    assert search_key(node) == [["百度apollo", "重庆"], ["bai du apollo", "chong qing"]]
    assert fold_search("Běi-Jīng ＡＢ") == "beijingab"


# --- layout


def test_the_layout_is_the_same_each_time_and_leaves_room() -> None:
    edges = [(i, i // 3) for i in range(1, 80)] + [(i, i - 7) for i in range(20, 60)]
    boxes = [(80.0, 36.0)] * 82
    places = place_nodes(boxes, edges, [0] * 82)
    assert places == place_nodes(boxes, edges, [0] * 82)
    close = [
        (a, b)
        for i, a in enumerate(places)
        for b in places[:i]
        if abs(a[0] - b[0]) < 0.7 * 80 and abs(a[1] - b[1]) < 0.7 * 36
    ]
    assert len(close) <= 2
    neighbours = sum(math.dist(places[a], places[b]) for a, b in edges) / len(edges)
    everybody = sum(math.dist(a, b) for a in places for b in places) / len(places) ** 2
    assert neighbours < 0.75 * everybody


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 25).flatmap(lambda n: st.tuples(st.just(n), st.lists(st.tuples(*[st.integers(0, n - 1)] * 2)))))
def test_every_graph_has_a_layout(drawn: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = drawn
    places = place_nodes([(60.0, 30.0)] * count, edges, list(range(count)))
    assert len(places) == count
    assert all(abs(x) < 1e5 and abs(y) < 1e5 for x, y in places)
    assert len(set(places)) == count


def test_a_graph_too_large_for_stress_is_laid_out_too() -> None:
    edges = [(i, (i * 7) % 900) for i in range(900)] + [(i, (i + 1) % 900) for i in range(900)]
    places = place_nodes([(60.0, 30.0)] * 900, edges, [0] * 900)
    assert len(set(places)) > 890


# --- the style table


@pytest.fixture(scope="module")
def style() -> dict[str, Any]:
    return tomllib.loads(files("kg").joinpath("style.toml").read_text(encoding="utf-8"))


def test_every_term_has_a_chinese_and_an_english_name(style: dict[str, Any]) -> None:
    assert {*ENTITY_CLASSES, *EXTRA_CLASSES} <= style["classes"].keys()
    assert {*RELATIONS, *EXTRA_RELATIONS} == style["relations"].keys()
    assert [*MODALITIES, "background", "inferred"] == list(style["modalities"])
    assert set(COMPARISONS) == style["comparisons"].keys()
    for table in style.values():
        for name, entry in table.items():
            assert {"zh", "en"} <= entry.keys(), name


def luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_classes_stand_out_from_the_page_and_from_one_another(style: dict[str, Any]) -> None:
    looks = [(s["family"], s["shape"], s["color"]) for name, s in style["classes"].items() if name != "Industry"]
    assert len(set(looks)) == len(looks)
    for name, entry in style["classes"].items():
        assert (luminance("#FBFAF8") + 0.05) / (luminance(entry["color"]) + 0.05) >= 3, name
        assert (luminance(entry["dark"]) + 0.05) / (luminance("#14181D") + 0.05) >= 3, name


def test_every_word_that_the_scripts_ask_for_is_in_the_table(style: dict[str, Any]) -> None:
    scripts = "".join(
        f.read_text(encoding="utf-8") for f in files("kg").joinpath("templates").iterdir() if f.name.endswith(".js")
    )
    asked = set(re.findall(r'\bt\("(\w+)"', scripts)) | set(re.findall(r'label\("[\w-]+", "(\w+)"\)', scripts))
    asked |= set(re.findall(r't\(\w[\w.]* \? "(\w+)" : "\w+"', scripts))
    assert {"empty", "nothing", "zoom_in", "path_none"} & asked
    assert asked <= style["text"].keys()


# --- groups of a large graph


PAIRS = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=80)


@given(PAIRS, st.sets(st.integers(0, 29), max_size=6))
def test_every_node_is_in_one_group_and_regions_hold_what_is_tied_to_them(
    edges: list[tuple[int, int]], regions: set[int]
) -> None:
    for found in (
        group_by_region(sorted(regions), {}, 30, edges),
        group_by_community(30, edges),
        group_by_class(["Firm" if i % 3 else "Policy" for i in range(30)]),
    ):
        assert len(found.of) == 30
        assert set(found.of) <= set(range(len(found.heads)))
        for group, head in enumerate(found.heads):
            assert head == REST or found.of[head] == group
    by_region = group_by_region(sorted(regions), {}, 30, edges)
    reached = set(regions)
    while more := {b for pair in edges for a, b in (pair, pair[::-1]) if a in reached} - reached:
        reached |= more
    rest = {i for i in range(30) if by_region.heads[by_region.of[i]] == REST} if by_region.heads else set(range(30))
    assert rest == set(range(30)) - reached


def test_communities_are_the_two_halves_of_a_barbell() -> None:
    halves = [[(a, b) for a in range(s, s + 8) for b in range(a + 1, s + 8)] for s in (0, 8)]
    found = group_by_community(16, [*halves[0], *halves[1], (7, 8)])
    assert [set(found.of[:8]), set(found.of[8:])] in ([{0}, {1}], [{1}, {0}])


def test_small_regions_count_to_what_they_are_part_of_when_there_are_too_many() -> None:
    count = MOST_GROUPS + 20
    parents = {i: 0 for i in range(30, count)}
    found = group_by_region(range(count), parents, count, [])
    assert len(found.heads) <= MOST_GROUPS
    assert REST not in found.heads
    assert {found.of[i] for i in range(count) if found.of[i] == found.of[0]} == {found.of[0]}


def test_above_three_thousand_nodes_the_page_holds_groups_and_no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_page(draw_page(chain(60)))["page"]["groupKinds"] == []
    monkeypatch.setattr("kg.drawing.page.AGGREGATE_ABOVE", 50)
    data = read_page(draw_page(chain(60)))
    assert data["page"]["groupKinds"] == ["community", "class"]
    for groups in data["page"]["groups"].values():
        assert len(groups["of"]) == 60 and len(groups["heads"]) == len(groups["places"])
    assert not any("x" in node for node in data["nodes"])
