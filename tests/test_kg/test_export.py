"""The way back: RDF from a property graph, and a graph in other forms."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.compare import isomorphic
from test_queries.conftest import make_corpus

from kg.cli import main
from kg.exporting import FORMATS, FolderSource
from kg.exporting.neo4j_csv import ARGUMENTS, SCHEMA, write_import_files
from kg.output import fact_records
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
    assert (
        written["nodes-Firm.header.csv"]
        .decode()
        .startswith("uri:ID,docs:string[],documentCount:long,entityClass:string,name:string,")
    )


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


# --- other forms of the same graph


def export(folder: Path, form: str, target: Path) -> bytes:
    assert main(["export", str(folder), "--format", form, "--out", str(target)]) == 0
    return target.read_bytes() if target.is_file() else b""


def lines_of(data: bytes, form: pyoxigraph.RdfFormat) -> list[str]:
    return sorted(str(quad) for quad in pyoxigraph.parse(data, form))


def test_json_ld_comes_back_as_it_was(folder: Path, tmp_path: Path) -> None:
    data = export(folder, "jsonld", tmp_path / "graph.jsonld")
    assert lines_of(data, pyoxigraph.RdfFormat.JSON_LD) == lines_of(folder.read_bytes(), pyoxigraph.RdfFormat.TURTLE)
    assert isomorphic(rdflib.Graph().parse(data=data, format="json-ld"), rdflib.Graph().parse(folder))
    firm = next(node for node in json.loads(data)["@graph"] if node["iri"] == "id:Firm_百度")
    assert (firm["type"], firm["prefLabel"], firm["develops"]) == ("Firm", "百度", "id:Platform_开物平台")


@pytest.mark.parametrize(
    ("form", "parser"), [("nq", pyoxigraph.RdfFormat.N_QUADS), ("trig", pyoxigraph.RdfFormat.TRIG)]
)
def test_datasets_hold_the_graph_and_what_each_document_says(
    folder: Path, tmp_path: Path, form: str, parser: pyoxigraph.RdfFormat
) -> None:
    quads = list(pyoxigraph.parse(export(folder, form, tmp_path / "graph"), parser))
    default = sorted(str(quad) for quad in quads if isinstance(quad.graph_name, pyoxigraph.DefaultGraph))
    assert default == lines_of(folder.read_bytes(), pyoxigraph.RdfFormat.TURTLE)
    said = {quad for quad in quads if not isinstance(quad.graph_name, pyoxigraph.DefaultGraph)}
    store = pyoxigraph.Store()
    store.bulk_load(path=str(folder), format=pyoxigraph.RdfFormat.TURTLE)
    wanted = store.query(
        f"PREFIX kg: <{ONTOLOGY}> SELECT DISTINCT ?s ?p ?o ?d {{ ?f kg:subject ?s ; kg:relation ?p ; kg:object ?o ;"
        " kg:evidence ?e . ?e kg:modality 'asserted' ; kg:document ?d }"
    )
    assert {pyoxigraph.Quad(*solution) for solution in wanted} == said  # type: ignore[union-attr,misc]
    assert len(said) > 20


def test_graphml_comes_back_as_it_was(folder: Path, tmp_path: Path) -> None:
    import networkx

    export(folder, "graphml", tmp_path / "graph.graphml")
    read = networkx.read_graphml(tmp_path / "graph.graphml")
    graph = read_property_graph(folder, keep_all=True)

    def listed(value: object) -> object:
        return json.loads(value) if isinstance(value, str) and value.startswith("[") else value

    nodes = {uri: {name: listed(value) for name, value in data.items()} for uri, data in read.nodes(data=True)}
    assert nodes == {
        node.uri: {**node.properties, "labels": list(node.labels), "label_class": node.labels[-1]}
        for node in graph.nodes
    }
    edges = [
        (start, end, {name: listed(value) for name, value in data.items() if name != "id"})
        for start, end, data in read.edges(data=True)
    ]
    wanted = [(r.start, r.end, {**r.properties, "type": r.type, "fact": r.fact_id}) for r in graph.relationships]
    assert sorted(edges, key=repr) == sorted(wanted, key=repr)


def test_tables_hold_every_fact_with_its_evidence(folder: Path, tmp_path: Path) -> None:
    export(folder, "csv", tmp_path / "tables")
    corpus = make_corpus()
    tables = {
        name: list(csv.DictReader((tmp_path / "tables" / f"{name}.csv").read_text("utf-8-sig").splitlines()))
        for name in ("entities", "facts")
    }
    records = [record for fact in corpus.facts for record in fact_records(fact)]
    assert sorted((r["fact"], r["doc"], str(r["start"] or 0), r["text"]) for r in records) == sorted(
        (row["fact"], row["doc"], row["start"] or "0", row["quote"]) for row in tables["facts"]
    )
    assert {entity.id for entity in corpus.entities} == {row["id"] for row in tables["entities"]}
    names = {entity.id: (entity.name, entity.type) for entity in corpus.entities}
    assert all(names[row["id"]] == (row["name"], row["class"]) for row in tables["entities"])
    assert (tmp_path / "tables" / "facts.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "spreadsheets want a mark"


@pytest.mark.parametrize("form", ["jsonld", "nq", "trig", "graphml", "csv"])
def test_an_export_does_not_depend_on_the_order_of_the_file(folder: Path, tmp_path: Path, form: str) -> None:
    lines = [f"{quad} .\n" for quad in map(str, pyoxigraph.parse(folder.read_bytes(), pyoxigraph.RdfFormat.TURTLE))]
    random.Random(3).shuffle(lines)
    shuffled = tmp_path / "shuffled.ttl"
    shuffled.write_text("".join(lines), "utf-8")
    one, two = (export(file, form, tmp_path / name) for file, name in ((folder, "one"), (shuffled, "two")))
    if form == "csv":
        one, two = ((tmp_path / name / "facts.csv").read_bytes() for name in ("one", "two"))
    assert one == two


def test_three_parsers_read_one_graph(folder: Path) -> None:
    """Raptor, written in C by others, reads the file as rdflib and Oxigraph do; there are no blank nodes to match."""
    if shutil.which("rapper") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs rapper (Debian: raptor2-utils)")
    turtle = folder.read_bytes()
    command = ["rapper", "--quiet", "-i", "turtle", "-o", "ntriples", str(folder)]
    read = subprocess.run(command, capture_output=True, check=True)
    by_raptor = lines_of(read.stdout, pyoxigraph.RdfFormat.N_TRIPLES)
    assert by_raptor == lines_of(turtle, pyoxigraph.RdfFormat.TURTLE)
    assert isomorphic(rdflib.Graph().parse(data=read.stdout, format="nt"), rdflib.Graph().parse(folder))
