"""The way back: RDF from a property graph, and a graph in other forms."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic
from test_queries.conftest import make_corpus

from kg.cli import main
from kg.exporting import FORMATS, FolderSource
from kg.exporting.neo4j_csv import ARGUMENTS, SCHEMA, write_import_files
from kg.projection import Node, PropertyGraph, Relationship, Triple, project, read_property_graph
from kg.unprojection import NOT_SAID, REST, keep_rest, unproject
from ontology.assertion import assert_corpus, corpus_to_turtle
from ontology.errors import OutputError, UsageError
from ontology.iri import ONTOLOGY, RESOURCE
from ontology.turtle import PREFIXES

SMALL = Path(__file__).parent / "small.ttl"
STRING, ZH = PREFIXES["xsd"] + "string", "@zh"


def triples_of(graph: rdflib.Graph) -> set[Triple]:
    found = set()
    for s, p, o in graph:
        kind = "iri"
        if isinstance(o, rdflib.Literal):
            kind = f"@{o.language}" if o.language else str(o.datatype or STRING)
        found.add((str(s), str(p), str(o), kind))
    return found


def test_a_build_needs_nothing_but_the_model_to_come_back() -> None:
    graph = assert_corpus(make_corpus())
    projected = project(graph)
    assert set(unproject(projected)) == triples_of(graph)
    kept = keep_rest(projected, triples_of(graph))
    assert kept == projected and not any(REST in n.properties or NOT_SAID in n.properties for n in kept.nodes)


def test_any_turtle_comes_back_as_it_was(tmp_path: Path) -> None:
    more = """
    <https://example.org/库> a <https://example.org/Library> ; skos:prefLabel "a \\"b\\" \\\\ c\\nd"@en-GB .
    id:Firm_云帆 skos:altLabel "云帆集团"@zh , "Cloud Sail"@en , "plain" ; kg:value 1.50 ; kg:note true .
    id:Firm_云帆 kg:collaboratesWith <https://example.org/库> .
    id:Fact_extra a kg:Fact ; kg:subject id:Policy_方案 ; kg:relation kg:issuedOn ; kg:object "2021"^^xsd:gYear ;
        kg:origin "background" ; kg:source "somewhere" .
    """
    file = tmp_path / "more.ttl"
    file.write_text(SMALL.read_text("utf-8") + more, "utf-8")
    kept = read_property_graph(file, keep_all=True)
    wanted = triples_of(rdflib.Graph().parse(file))
    # rdflib spells numbers anew when it reads them; what Oxigraph read is what must come back.
    assert set(unproject(kept)) == set(FolderSource(file).triples())
    assert len(set(unproject(kept))) == len(wanted)
    assert any(node.labels == ("Resource",) for node in kept.nodes)


@given(st.text(), st.text(), st.sampled_from(["", "@zh", "@en", "xsd:gYear", "xsd:boolean"]), st.booleans())
def test_whatever_a_literal_holds_it_comes_back(text: str, name: str, kind: str, known: bool) -> None:
    datatype = kind if kind.startswith("@") else PREFIXES["xsd"] + kind[4:] if kind else STRING
    subject = RESOURCE + ("Firm_x" if known else "x")
    predicate = ONTOLOGY + ("title" if known else "t_" + name.encode().hex())
    triples = {(subject, predicate, text, datatype), (subject, PREFIXES["rdf"] + "type", ONTOLOGY + "Firm", "iri")}
    graph = PropertyGraph((Node(subject, ("Resource", "Organization", "Firm"), {}),), ())
    assert set(unproject(keep_rest(graph, triples))) == triples


def test_a_value_that_a_user_has_spoilt_says_nothing() -> None:
    node = Node(RESOURCE + "x", ("Resource",), {REST: ["nonsense", '<https://example.org/p> "v"']})
    assert list(unproject(PropertyGraph((node,), ()))) == [(RESOURCE + "x", "https://example.org/p", "v", STRING)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Turtle file as a build writes it."""
    file = tmp_path / "graph.ttl"
    file.write_bytes(corpus_to_turtle(make_corpus()))
    return file


def test_turtle_is_exported_as_the_build_wrote_it(folder: Path, tmp_path: Path) -> None:
    assert main(["export", str(folder), "--format", "ttl", "--out", str(tmp_path / "back.ttl")]) == 0
    assert (tmp_path / "back.ttl").read_bytes() == folder.read_bytes()


def test_lines_of_triples_go_to_standard_output(folder: Path) -> None:
    command = [sys.executable, "-m", "kg", "export", str(folder), "--format", "nt"]
    told = subprocess.run(command, capture_output=True, check=True)
    assert isomorphic(
        rdflib.Graph().parse(data=told.stdout, format="nt"), rdflib.Graph().parse(folder, format="turtle")
    )
    assert told.stdout.splitlines() == sorted(told.stdout.splitlines()) and told.stderr == b""


def test_the_files_for_the_importer_are_the_same_whatever_the_order(folder: Path, tmp_path: Path) -> None:
    graph = read_property_graph(folder, keep_all=True)
    assert main(["export", str(folder), "--format", "neo4j-csv", "--out", str(tmp_path / "one")]) == 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert {ARGUMENTS, SCHEMA, "nodes-Firm.csv", "relationships-PART_OF.header.csv"} <= written.keys()
    assert write_import_files(graph, tmp_path / "one").nodes == len(graph.nodes)
    assert {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()} == written
    rows = written["nodes-Firm.csv"].decode().splitlines()
    assert len(rows) == sum(node.labels[-1] == "Firm" for node in graph.nodes)
    assert written["nodes-Firm.header.csv"].decode().startswith("uri:ID,docs:string[],name:string,")


def test_a_property_of_two_types_gets_two_files(tmp_path: Path) -> None:
    labels = ("Resource", "Organization", "Firm")
    values: list[object] = ["one", ["one", "two"], 3, 3.5, True, None]
    nodes = [Node(f"{RESOURCE}Firm_{i}", labels, {"x": v} if v is not None else {}) for i, v in enumerate(values)]  # type: ignore[dict-item]
    random.Random(1).shuffle(nodes)
    write_import_files(PropertyGraph(tuple(nodes), ()), tmp_path / "out")
    headers = [p.read_text("utf-8").strip() for p in sorted((tmp_path / "out").glob("*.header.csv"))]
    assert sorted(headers) == sorted(f"uri:ID,x:{t}" for t in ("boolean", "double", "long", "string", "string[]"))


def test_an_export_takes_nothing_away_from_a_folder_of_others(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("1,2\n", "utf-8")
    with pytest.raises(OutputError):
        write_import_files(PropertyGraph((), ()), tmp_path)
    assert (tmp_path / "mine.csv").read_text("utf-8") == "1,2\n"


def test_only_names_of_the_ontology_get_into_the_arguments(tmp_path: Path) -> None:
    for graph in (
        PropertyGraph((Node("x", ("Resource", "A=b --nodes=/etc/passwd"), {}),), ()),
        PropertyGraph((), (Relationship("", "A=b --nodes=/etc/passwd", "x", "y", {}),)),
    ):
        with pytest.raises(UsageError):
            write_import_files(graph, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--format", "ttl"],
        ["{folder}", "--format", "neo4j-csv"],
        ["{folder}", "--format", "doc"],
        ["{folder}"],
        ["{folder}", "--from-neo4j", "bolt://localhost", "--format", "ttl"],
        ["--from-neo4j", "bolt://user:secret@localhost", "--format", "ttl"],
        ["--from-neo4j", "http://localhost", "--format", "ttl"],
    ],
)
def test_wrong_usage_is_said_in_a_line(folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", *(a.format(folder=folder) for a in arguments)]) == 2
    told = capsys.readouterr()
    assert "secret" not in told.err and "Traceback" not in told.err and "hint:" in told.err and told.out == ""


def test_the_help_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    told = capsys.readouterr().out
    assert all(name in told for name in FORMATS)
