"""Queries, names and documents that try to call somebody or to run something: a canary on loopback hears nothing."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from canary import Canary
from neo4j_testing import TestDatabase
from sample_documents import change_docx, make_docx, make_mail, make_mhtml
from serving import Reply, Server
from tally import ROOT, Tally

import kg
from kg import cli, output
from kg.load import load_graph
from kg.projection import Node, PropertyGraph, Relationship
from ontology.errors import JiqunError, UsageError
from ontology.iri import RESOURCE
from queries.catalog import load_catalog
from queries.store import open_graph

SMALL = ROOT / "tests" / "test_kg" / "small.ttl"
SENTENCE = "合肥高新区聚焦人工智能和量子信息,科大讯飞在园区建设语音产业基地。"
SECRET = "南京江北新区的企业数量为7719家。"
"""What a file says that nobody named; a sentence that gives a fact where it is read."""

PLACES = (
    "SELECT * { @ }", "SELECT * WHERE { ?s ?p ?o . @ }", "ASK { @ }", "DESCRIBE ?s { @ }", "DESCRIBE <x:y> ?s WHERE { @ }",
    "CONSTRUCT { ?s ?p ?o } WHERE { @ }", "SELECT * { { @ } UNION { ?s ?p ?o } }", "SELECT * { ?s ?p ?o OPTIONAL { @ } }",
    "SELECT * { ?s ?p ?o MINUS { @ } }", "SELECT * { GRAPH ?g { @ } }", "SELECT * { ?s ?p ?o FILTER EXISTS { @ } }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { @ } }", "SELECT * { ?s ?p ?o FILTER(1=2 || EXISTS { @ }) }",
    "SELECT * { ?s ?p ?o FILTER(!EXISTS { @ }) }", "SELECT * { BIND(EXISTS { @ } AS ?b) }",
    "SELECT * { BIND(IF(EXISTS { @ }, 1, 2) AS ?b) }", "SELECT * { BIND(COALESCE(1/0, EXISTS { @ }) AS ?b) }",
    "SELECT (EXISTS { @ } AS ?b) {}", "SELECT (COUNT(EXISTS { @ }) AS ?n) { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o FILTER(true IN (EXISTS { @ })) }", "SELECT ?s { ?s ?p ?o } ORDER BY (EXISTS { @ })",
    "SELECT ?s { ?s ?p ?o } GROUP BY ?s HAVING (EXISTS { @ })", "SELECT (1 AS ?x) { ?s ?p ?o } GROUP BY (EXISTS { @ })",
    "SELECT * { { SELECT * { @ } } }", "SELECT * { { SELECT * { { SELECT ?s { { @ } } LIMIT 1 } } } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { ?a ?b ?c FILTER NOT EXISTS { ?d ?e ?f OPTIONAL { @ } } } }",
    "SELECT * { { { { { @ } } } } }", "SELECT * { VALUES ?s { <x:y> } @ }", "SELECT * { @ } VALUES ?s { <x:y> }",
    "#'\nSELECT * { @ }", "SELECT * { ?s ?p '''\n#''' . @ }", 'SELECT * { ?s ?p "\\"#" . @ }', "SELECT * { ?s <x:#> ?o . @ }",
    "SELECT * { ?s ?p ?o . # all\r @ \n }", "\ufeffSELECT * { @ }", "PREFIX s: <x:>SELECT * { s:a s:b s:c . @ }",
    "SELECT DISTINCT * { ?s ?p ?o ; ?q ?r . @ } LIMIT 1 OFFSET 2", "SELECT REDUCED ?s { @ }",
)  # fmt: skip
"""Where a query can have a group of patterns."""
CALLS = (
    "SERVICE <$> { ?s ?p ?o }", "SERVICE SILENT <$> { ?s ?p ?o }", "service<$>{?s ?p ?o}", "SeRvIcE\n#x\n<$> { ?s ?p ?o }",
    "VALUES ?where { <$> } SERVICE ?where { ?s ?p ?o }", "BIND(IRI('$') AS ?where) SERVICE SILENT ?where { ?s ?p ?o }",
)  # fmt: skip
OTHERS = (
    *(f"{form} {word} <@> {{ ?s ?p ?o }}" for word in ("FROM", "FROM NAMED", "from", "FROM <x:y> FROM")
      for form in ("SELECT *", "ASK", "DESCRIBE ?s", "CONSTRUCT { ?s ?p ?o }")),
    "LOAD <@>", "LOAD SILENT <@> INTO GRAPH <x:y>", "load<@>", "# a\nLOAD <@>", "PREFIX a: <@> LOAD a:",
    "PREFIX a: <@>\nSELECT * { SERVICE a: { ?s ?p ?o } }", "BASE <@>\nSELECT * { SERVICE <> { ?s ?p ?o } }",
    "BASE <@>\nSELECT * FROM <> { ?s ?p ?o }", "INSERT DATA { <x:a> <x:b> <x:c> }", "DELETE WHERE { ?s ?p ?o }",
    "DELETE { ?s ?p ?o } INSERT { ?s ?p <@> } USING <@> WHERE { ?s ?p ?o }", "WITH <@> DELETE { ?s ?p ?o } WHERE {}",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <@> { ?s ?p ?o } }", "CLEAR ALL", "DROP ALL", "CREATE GRAPH <@>",
    "COPY DEFAULT TO <@>", "MOVE <@> TO DEFAULT", "ADD <@> TO DEFAULT", "ASK {} ; LOAD <@>", "ASK {}\nLOAD <@>",
)  # fmt: skip
"""Other ways to read from elsewhere, and to change something."""


def forbidden(address: str, places: int) -> Iterator[str]:
    """Queries that would call an address or change the store."""
    for number, place in enumerate(PLACES):
        for call in CALLS[number % 3 :: 3] if places == 1 else CALLS:
            yield place.replace("@", call).replace("$", address)
    for form in OTHERS:
        for target in (address, "file:///etc/passwd"):
            yield form.replace("@", target)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    found = Server(SMALL, "--timeout", "5")
    yield found
    assert found.stop() == 0


@pytest.mark.integration
def test_no_query_calls_anybody(tally: Tally, canary: Canary, server: Server, size: Callable[[int, int], int]) -> None:
    """Every hiding place, sent in each of three ways to the real server, and asked of the graph in this process."""
    graph = open_graph(SMALL)
    whole = len(graph.query("SELECT * { ?s ?p ?o }"))
    with pytest.raises(OSError, match="404"):  # the engine by itself does call: the canary sings
        list(graph.store.query(f"SELECT * {{ SERVICE <{canary.address}> {{ ?s ?p ?o }} }}"))  # type: ignore[arg-type]
    assert canary.calls
    canary.calls.clear()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for number, text in enumerate(forbidden(canary.address, size(1, 2))):
        ways: list[Callable[[], Reply]] = [
            lambda text=text: server.query(text),  # type: ignore[misc]
            lambda text=text: server.get("/sparql", {"query": text}),  # type: ignore[misc]
            lambda text=text: server.request("POST", "/sparql", _form(query=text), form),  # type: ignore[misc]
        ]
        for way in ways[number % 3 :: 3] if size(1, 2) == 1 else ways:
            reply = way()
            is_told = reply.type == "application/problem+json" and reply.json["detail"]
            tally.tried(reply.status in (400, 403) and is_told and not canary.calls, f"{reply.status}: {text}")
            canary.calls.clear()
        with contextlib.suppress(UsageError):
            graph.query(text)
            tally.violations.append(f"kg query answered {text}")
        tally.tried(not canary.calls, f"kg query called out: {text}")
        canary.calls.clear()
    for name in ("default-graph-uri", "named-graph-uri", "using-graph-uri", "using-named-graph-uri"):
        for target in (canary.address, "file:///etc/passwd"):
            reply = server.get("/sparql", {"query": "SELECT * { ?s ?p ?o }", name: target})
            is_right = reply.status in (400, 403) or name.startswith("using")  # that one is of updates alone
            tally.tried(is_right and reply.status < 500 and not canary.calls, f"{name} {target}: {reply.status}")
    for body in (_form(update=f"LOAD <{canary.address}>"), _form(query="ASK {}", update="CLEAR ALL")):
        reply = server.request("POST", "/sparql", body, form)
        tally.tried(reply.status in (400, 403) and not canary.calls, f"{body!r}: {reply.status}")
    values = (
        f"x> }} SERVICE <{canary.address}> {{ ?s ?p ?o", f'" }} SERVICE <{canary.address}> {{ #', f"<{canary.address}>",
        canary.address, "') DROP ALL #",
    )  # fmt: skip
    for question in load_catalog().values():
        for parameter in question.parameters:
            for value in values[: size(1, 9)]:
                found = server.get("/statement", {"question": question.name, parameter.name: value})
                if found.status == 200:
                    server.query(found.json["sparql"])
                with contextlib.suppress(JiqunError):
                    graph.ask(question.name, {parameter.name: value})
                tally.tried(found.status < 500 and not canary.calls, f"{question.name} {parameter.name}={value}")
    tally.tried(len(open_graph(SMALL).query("SELECT * { ?s ?p ?o }")) == whole, "the graph was changed")
    count = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").json["results"]["bindings"][0]["n"]["value"]
    tally.tried(int(count) == whole, "the served graph was changed")


def _form(**fields: str) -> bytes:
    from urllib.parse import urlencode

    return urlencode(fields).encode()


def calling_documents(address: str, file: Path) -> dict[str, bytes]:
    """Documents that name an address, or a file of this machine, wherever a reader might follow it."""
    page = f"""<!DOCTYPE html SYSTEM "{address}"><html manifest="{address}"><head><base href="{address}/">
<meta http-equiv="refresh" content="0;url={address}"><link rel="stylesheet" href="{address}"><script src="{address}"></script>
<style>@import url({address}); p {{ background: url({address}) }}</style></head><body background="{address}"><img src="{address}">
<iframe src="{address}"></iframe><object data="{address}"></object><xi:include href="{address}"/><p>{SENTENCE}</p></body></html>"""
    entity = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY % x SYSTEM "{address}"> %x; <!ENTITY y SYSTEM "{address}">]><a>&y;</a>'
    local = f'<!DOCTYPE d [<!ENTITY y SYSTEM "{file.as_uri()}">]>\n<w:document '.encode()
    link = (f'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
            f'attachedTemplate" Target="{address}" TargetMode="External"/></Relationships>')  # fmt: skip
    return {
        "a.html": page.encode(), "b.xhtml": page.encode(), "c.html": entity.encode(), "d.md": f"![]({address})\n\n[x]: {address}\n{SENTENCE}".encode(),
        "e.eml": make_mail(f"<{address}> {SENTENCE}"), "f.mhtml": make_mhtml(f"<img src='{address}'><p>{SENTENCE}</p>"),
        "g.docx": _with_member(make_docx([SENTENCE]), "word/_rels/settings.xml.rels", link.encode()),
        "h.docx": _with_member(make_docx([SENTENCE]), "word/footnotes.xml", entity.encode()),
        "i.csv": f"text,url\n{SENTENCE},{address}\n\"=WEBSERVICE(\"\"{address}\"\")\",x\n".encode(),
        "j.jsonl": f'{{"@context": "{address}", "text": "{SENTENCE}"}}\n'.encode(), "k.txt": f"{address} {SENTENCE}".encode(),
        "l.docx": change_docx(change_docx(make_docx([SENTENCE]), b"<w:document ", local), SENTENCE.encode(), f"{SENTENCE}&y;".encode()),
    }  # fmt: skip


def _append_to_graph(out: Path, statements: str) -> None:
    """Let the graph of a build say more, and its manifest vouch for that."""
    data = (out / output.GRAPH).read_bytes() + statements.encode()
    (out / output.GRAPH).write_bytes(data)
    record = json.loads((out / output.MANIFEST).read_text("utf-8"))
    record["files"][output.GRAPH]["sha256"] = output.sha256_of(data)
    (out / output.MANIFEST).write_bytes(output.to_json(record))


def _with_member(archive: bytes, name: str, data: bytes) -> bytes:
    import io
    import zipfile

    buffer = io.BytesIO(archive)
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.integration
def test_no_document_or_graph_calls_anybody(
    tally: Tally,
    canary: Canary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    size: Callable[[int, int], int],
) -> None:
    """Documents full of addresses are built; graphs that import others are asked, checked, drawn and exported."""
    monkeypatch.chdir(tmp_path)
    Path("secret").mkdir()
    secret = Path("secret", "secret.txt").absolute()
    secret.write_text(SECRET, encoding="utf-8")
    documents = calling_documents(canary.address, secret)
    Path("all").mkdir()
    for name, data in documents.items():
        Path(name).write_bytes(data)
        Path("all", name).write_bytes(data)
    for name in (*documents, "all")[size(-1, 0) :]:
        code = cli.main(["build", name, "--out", "out", "--profile", "rules", "--jobs", "1", "--no-cache", "-q"])
        is_kept = not any(SECRET in path.read_text("utf-8") for path in Path("out").glob("*.jsonl"))
        told = f"{name}: exit {code}, calls {canary.calls}" + ("" if is_kept else ", the secret was read")
        tally.tried(code in (0, 1) and not canary.calls and is_kept, told)
        canary.calls.clear()
    imports = f"\n<{canary.address}> a <http://www.w3.org/2002/07/owl#Ontology> ; <http://www.w3.org/2002/07/owl#imports> <{canary.address}> .\n"
    imports += f"<{canary.address}#s> <http://www.w3.org/2000/01/rdf-schema#seeAlso> <{canary.address}> .\n"
    _append_to_graph(Path("out"), imports)
    for words in (["ask", "documents", "--graph", "out"], ["validate", "out"], ["draw", "out", "--out", "a.html"],
                  ["report", "out", "--out", "b.html"], ["export", "out", "--format", "jsonld", "--out", "c.jsonld"]):  # fmt: skip
        code = cli.main(words)
        is_done = code == 0 or (code == 3 and words[0] == "validate")
        tally.tried(is_done and not canary.calls, f"kg {words[0]}: exit {code}, calls {canary.calls}")
        canary.calls.clear()
    capsys.readouterr()


CYPHER = tuple(
    form.replace("@", tail)
    for tail in ("MATCH (n) DETACH DELETE n", "LOAD CSV FROM '$' AS x RETURN x", "CREATE (:Owned)", "CALL db.labels() YIELD label RETURN 1",
                 "CREATE USER eve SET PASSWORD 'evil-password'", "DROP CONSTRAINT x", "SET n:Owned", "CALL { CREATE (:Owned) } IN TRANSACTIONS")
    for form in ("'}) @ //", '"}) @ //', "`}) @ //", "\\u0027}) @ //", "\\'}) @ //", "') @ /*", "\n}) @\n//", "'; @; '", "$rows @", "*/ @ /*",
                 "]->() @ //", "`]->() @ //")
)  # fmt: skip
"""Ways out of a text, a label and a type, each with something to do outside."""


@pytest.mark.neo4j
@pytest.mark.integration
def test_no_name_becomes_cypher(
    tally: Tally, canary: Canary, database: TestDatabase, size: Callable[[int, int], int]
) -> None:
    """As names, properties, keys, ids, quotes, labels, types and parameters: stored as they are, or refused."""
    with contextlib.suppress(Exception):  # a careless program: the canary sings
        database.run(
            f"MATCH (n {{name: '{''.join(chr(39))}}}) LOAD CSV FROM '{canary.address}' AS x RETURN x //'}}) RETURN n"
        )
    with contextlib.suppress(Exception):
        database.run(f"LOAD CSV FROM '{canary.address}' AS x RETURN x")
    assert canary.calls
    canary.calls.clear()
    texts = [text.replace("$", canary.address) for text in CYPHER][:: size(3, 1)]
    nodes, relationships = [], []
    for number, text in enumerate(texts):
        firm, evidence = f"{RESOURCE}Firm_{number}_{text}", f"{RESOURCE}Evidence_{number}"
        named = {"name": text, "names": [text], "origin": text, "nameEn": text, text: text}
        nodes.append(Node(firm, ("Resource", "Organization", "Firm"), named))
        nodes.append(
            Node(evidence, ("Resource", "Evidence"), {"quote": text, "doc": text, "rule": text, "modality": text})
        )
        words = {"factId": f"{RESOURCE}Fact_{number}_{text}", "origin": text, "evidence": [evidence], "source": text}
        relationships.append(Relationship(words["factId"], "PART_OF", firm, nodes[0].uri, words))
    graph = PropertyGraph(tuple(nodes), tuple(relationships))
    users = database.run("SHOW USERS")
    load_graph(graph, **database.credentials)
    constraints = database.run("SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name")
    loaded = database.snapshot()
    by_uri = {node.uri: node for node in nodes}
    for uri, (labels, properties) in loaded[0].items():
        node = by_uri[uri]
        wanted = {name: value for name, value in node.properties.items() if name.isidentifier()}  # others are no names
        is_same = set(labels) == set(node.labels) and {**properties, **wanted} == properties
        tally.tried(is_same and not canary.calls, f"{uri}: {properties}")
    tally.tried(len(loaded[0]) == len(nodes) and len(loaded[1]) == len(relationships), "nodes or relationships more")
    with kg.neo4j(database.uri, user=database.user, password=database.password) as engine:
        for text in texts:
            for question in load_catalog().values():
                for parameter in question.parameters[: size(1, 9)]:
                    with contextlib.suppress(UsageError):
                        engine.ask(question.name, {parameter.name: text})
            tally.tried(not canary.calls, f"a question ran {text}")
    for text in texts:
        for broken in (PropertyGraph((Node("x", ("Resource", text), {}),), ()),
                       PropertyGraph((), (Relationship("", text, "x", "y", {}),))):  # fmt: skip
            with contextlib.suppress(UsageError):
                load_graph(broken, **database.credentials)
                tally.violations.append(f"a label or type was taken: {text}")
            tally.tried(not canary.calls, f"a label or type ran: {text}")
    tally.tried(database.snapshot() == loaded, "the database is not what was loaded")
    now = database.run("SHOW CONSTRAINTS YIELD name RETURN name ORDER BY name")
    tally.tried(now == constraints and database.run("SHOW USERS") == users, "users or constraints were changed")
    tally.note = f"{len(texts)} texts"
