"""`kg serve`: the protocol, what is refused, what is stopped, and the page in a real browser."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from browser_testing import Browser, find_browser
from hypothesis import given
from hypothesis import strategies as st
from serve_child import answer_in_child
from serving import Reply, Server
from w3c_protocol import MANIFEST, Exchange, make_store, read_tests

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from kg.serving import keeper as keeping
from kg.serving.access import host_name
from kg.serving.negotiation import GRAPHS, SOLUTIONS, choose
from kg.serving.snapshot import take_snapshot
from ontology.errors import OutputError
from queries.store import STORE_NOTE, create_store, open_graph

SMALL = Path(__file__).parent / "small.ttl"
BOMB = "SELECT (COUNT(*) AS ?n) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != ?j) }"
PAYLOAD = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(SMALL, "--timeout", "3", "--max-rows", "500", "--max-bytes", "400000", "--max-queries", "4")
    yield server
    assert server.stop() == 0


# --- the protocol


def test_an_answer_comes_in_the_format_that_is_wanted(server: Server) -> None:
    select = "SELECT ?x ?name { ?x a kg:Firm ; skos:prefLabel ?name } ORDER BY ?name"
    expected = open_graph(SMALL).query(select)
    rows = json.loads(server.query(select).body)["results"]["bindings"]
    assert [row["name"]["value"] for row in rows] == expected.column("name")
    assert len(rows) > 0
    table = list(csv.reader(io.StringIO(server.query(select, "text/csv").text)))
    assert [row[1] for row in table[1:]] == expected.column("name")
    for media_type, form in (
        ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
        ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
        ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
    ):
        reply = server.query(select, media_type)
        assert reply.type == media_type
        assert len(list(ox.parse_query_results(reply.body, form))) == len(rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("media_type", GRAPHS)
def test_a_graph_comes_in_the_format_that_is_wanted(server: Server, media_type: str) -> None:
    reply = server.query("CONSTRUCT { ?x skos:prefLabel ?y } WHERE { ?x skos:prefLabel ?y }", media_type)
    assert reply.type == media_type
    form = ox.RdfFormat.from_media_type(media_type)
    assert form is not None
    expected = open_graph(SMALL).query("SELECT ?x ?y { ?x skos:prefLabel ?y }")
    assert len({str(quad.triple) for quad in ox.parse(reply.body, form)}) == len(expected)


def test_queries_are_sent_in_three_ways(server: Server) -> None:
    text = "SELECT ?x { ?x skos:prefLabel '云帆'@zh }"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    replies = [
        server.get("/sparql", {"query": text}),
        server.query(text),
        server.request("POST", "/sparql", f"query={quote(text)}".encode(), form),
        server.request("POST", "/sparql", text.encode(), {"Content-Type": "application/sparql-query;charset=UTF-8"}),
    ]
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body for reply in replies}) == 1


def test_what_cannot_be_served_is_said(server: Server) -> None:
    assert server.query("ASK {}", "image/png").status == 406
    assert server.query("ASK {}", "text/turtle").status == 406, "a graph is no form of yes or no"
    assert server.request("PUT", "/sparql", b"ASK {}").status == 405
    assert server.request("POST", "/sparql", b"ASK {}", {"Content-Type": "text/plain"}).status == 415
    assert (
        server.request("POST", "/sparql", b"x" * 2_000_001, {"Content-Type": "application/sparql-query"}).status == 413
    )
    assert server.get("/sparql", {"default-graph-uri": "x:y"}).status == 400
    assert server.get("/%2e%2e/etc/passwd").status == 404
    assert server.get("/pictures/..%2fmanifest.json").status == 404
    reply = server.query("SELEC")
    assert (reply.status, reply.type) == (400, "application/problem+json")
    assert "no SPARQL" in reply.json["detail"]


def test_without_a_query_the_service_is_described(server: Server) -> None:
    reply = server.get("/sparql")
    assert reply.type == "text/turtle"
    found = ox.parse(reply.body, ox.RdfFormat.TURTLE)
    assert f"http://127.0.0.1:{server.port}/sparql" in {getattr(quad.object, "value", "") for quad in found}
    assert server.get("/sparql", Accept="text/html").headers["location"] == "/"


@given(st.lists(st.tuples(st.sampled_from([*SOLUTIONS, "text/*", "*/*", "image/png"]), st.integers(0, 10)), max_size=6))
def test_the_chosen_format_is_the_one_liked_best(ranges: list[tuple[str, int]]) -> None:
    """What is chosen has the highest quality, and nothing is chosen only when nothing is accepted."""
    header = ", ".join(f"{pattern};q={quality / 10}" for pattern, quality in ranges)
    wanted = dict(reversed(ranges))  # the first of two equal patterns would count either way
    if len(wanted) < len(ranges):
        return

    def quality(media_type: str) -> int:
        for pattern in (media_type, media_type.split("/")[0] + "/*", "*/*"):
            if pattern in wanted:
                return wanted[pattern]
        return 0

    chosen = choose(header, SOLUTIONS)
    best = max(map(quality, SOLUTIONS))
    if not ranges:
        assert chosen == SOLUTIONS[0]
    elif best == 0:
        assert chosen is None
    else:
        assert chosen is not None and quality(chosen) == best


# --- the W3C's tests


@pytest.fixture(scope="module")
def w3c_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("w3c") / "store"
    make_store(folder)
    server = Server(folder)
    yield server
    assert server.stop() == 0


@pytest.mark.skipif(not MANIFEST.is_file(), reason="the W3C's tests (../shared/w3c) are not at hand")
def test_the_protocol_tests_of_the_w3c_hold(w3c_server: Server) -> None:
    """All that a read-only endpoint can pass: 27 of 34; the other 7 want updates carried out."""
    tests = list(read_tests())
    asked = [test for test in tests if not test.is_update]
    assert (len(tests), len(asked)) == (34, 27)

    def send(exchange: Exchange) -> Reply:
        return w3c_server.request(exchange.method, exchange.path, exchange.body, exchange.headers)

    assert {test.name: found for test in asked if (found := test.mistake(send))} == {}
    for test in (test for test in tests if test.is_update):
        assert send(test.exchanges[0]).status == 403, test.name


# --- what is refused


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://127.0.0.1:9/> { GRAPH ?g { ?s ?p ?o } }",
        "LOAD <http://127.0.0.1:9/>",
        "INSERT DATA { <x:a> <x:b> <x:c> }",
        "CLEAR ALL",
    ],
)
def test_what_is_not_reading_is_refused(server: Server, text: str) -> None:
    assert server.query(text).status == 403
    direct = {"Content-Type": "application/sparql-update"}
    assert server.request("POST", "/sparql", text.encode(), direct).status == 403
    assert server.get("/sparql", {"update": text}).status == 403


def test_graphs_from_elsewhere_are_not_fetched(server: Server) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        assert server.get("/sparql", {"query": "ASK {}", name: "http://127.0.0.1:9/"}).status == 403


def test_a_query_that_passed_the_guard_could_still_not_call_out(tmp_path: Path) -> None:
    """With the guard taken out, the kernel refuses the connection: no child may open one."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        port = canary.getsockname()[1]
        text = f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}"
        record = answer_in_child(SMALL, text, tmp_path / "spool")
        assert record["status"] == 400
        assert "cannot be answered" in record["message"]
        canary.settimeout(0.2)
        with pytest.raises(TimeoutError):
            canary.accept()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:7200"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "localhost:80"}, 200),
        ({"Host": "[::1]:80", "Origin": "http://[::1]:80"}, 200),
    ],
)
def test_other_pages_may_not_ask(server: Server, headers: dict[str, str], status: int) -> None:
    assert server.query("ASK {}", **headers).status == status


@pytest.mark.parametrize(
    ("authority", "name"),
    [("a:1", "a"), ("A", "a"), ("[::1]", "::1"), ("a:b", ""), ("a@b", "a@b"), ("", ""), ("localhost.:80", "localhost")],
)
def test_names_in_host_headers(authority: str, name: str) -> None:
    assert host_name(authority) == name


def test_other_machines_need_the_token() -> None:
    with pytest.raises(RuntimeError, match="needs a token"):
        Server(SMALL, "--host", "0.0.0.0")
    with pytest.raises(RuntimeError, match="too short"):
        Server(SMALL, token="short")
    token = "a long enough token"
    server = Server(SMALL, "--host", "0.0.0.0", token=token)
    try:
        basic = "Basic eDphIGxvbmcgZW5vdWdoIHRva2Vu"
        statuses = [
            server.query("ASK {}", Authorization=value).status
            for value in (f"Bearer {token}", basic, "Bearer wrong", "Basic ???", "Basic eDo=", "Digest x", "")
        ]
        assert statuses == [200, 200, 401, 401, 401, 401, 401]
        assert server.get("/").status == 401
        assert "Basic" in server.get("/").headers["www-authenticate"]
        command = Path(f"/proc/{server.process.pid}/cmdline")
        assert not command.exists() or token not in command.read_text("utf-8")
    finally:
        server.stop()


def test_mistakes_in_the_command_are_explained(tmp_path: Path) -> None:
    for arguments, words in (
        ((tmp_path / "nothing",), "no graph at"),
        ((SMALL, "--timeout", "0"), "above 0"),
        ((SMALL, "--host", "no.such.host.invalid"), "Cannot listen"),
        ((SMALL, "--token-file", str(tmp_path)), "token cannot be read"),
    ):
        with pytest.raises(RuntimeError, match=words):
            Server(Path(arguments[0]), *map(str, arguments[1:]), token="a long enough token")


# --- what is stopped


def test_a_query_ends_in_time_and_others_are_answered_meanwhile(server: Server) -> None:
    replies = []

    def ask() -> None:
        start = time.monotonic()
        reply = server.query(BOMB)
        replies.append((reply.status, time.monotonic() - start))

    bombs = [threading.Thread(target=ask) for _ in range(2)]
    for bomb in bombs:
        bomb.start()
    for _ in range(5):
        assert server.query("ASK {}").json["boolean"] is True
    for bomb in bombs:
        bomb.join()
    assert [status for status, _ in replies] == [504, 504]
    assert all(seconds < 10 for _, seconds in replies), "the limit is 3 seconds, and the machine may be busy"


def test_long_queries_leave_places_for_short_ones(server: Server) -> None:
    statuses: list[int] = []
    bombs = [threading.Thread(target=lambda: statuses.append(server.query(BOMB).status)) for _ in range(4)]
    for bomb in bombs:
        bomb.start()
    time.sleep(1.5)
    assert server.query("ASK {}").status == 200
    for bomb in bombs:
        bomb.join()
    assert sorted(set(statuses)) == [503, 504], "two run on, two are told to come back"


@pytest.mark.parametrize("accept", SOLUTIONS)
def test_too_large_an_answer_is_refused_whole(server: Server, accept: str) -> None:
    rows = server.query("SELECT * { ?s ?p ?o . ?x ?y ?z } LIMIT 501", accept)
    assert (rows.status, rows.type) == (422, "application/problem+json")
    assert server.query("SELECT * { ?s ?p ?o . ?x ?y ?z } LIMIT 500", accept).status == 200
    long = server.query("SELECT (CONCAT(?a, ?a, ?a, ?a) AS ?b) { BIND(STR('" + "x" * 200_000 + "') AS ?a) }", accept)
    assert long.status == 422


def test_too_large_a_graph_is_refused_whole(server: Server) -> None:
    text = "CONSTRUCT { ?s ?p ?x } WHERE { ?s ?p ?o . ?x ?y ?z }"
    assert server.query(text).status == 422
    assert server.query(f"{text} LIMIT 100").status == 200


def test_whoever_goes_away_frees_a_place(server: Server) -> None:
    for _ in range(6):
        with pytest.raises(TimeoutError):
            server.request("POST", "/sparql", BOMB.encode(), {"Content-Type": "application/sparql-query"}, wait=0.2)
    start = time.monotonic()
    assert server.query("ASK {}").status == 200
    assert time.monotonic() - start < 3


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find the processes")
def test_an_ended_keeper_is_replaced(server: Server) -> None:
    keepers = [pid for pid, parent in _processes().items() if parent == server.process.pid]
    ended = 0
    for keeper in keepers:
        if any(parent == keeper for parent in _processes().values()):
            os.kill(keeper, signal.SIGKILL)
            ended += 1
    assert ended == 1
    assert server.query("ASK {}").status == 200


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find the processes")
def test_a_graph_that_is_gone_is_named(tmp_path: Path) -> None:
    graph = tmp_path / "graph.ttl"
    graph.write_bytes(SMALL.read_bytes())
    server = Server(graph)
    try:
        assert server.query("ASK {}").status == 200
        graph.unlink()
        keepers = {pid for pid, parent in _processes().items() if parent == server.process.pid}
        for pid in keepers:
            os.kill(pid, signal.SIGSTOP)  # so that no further one comes to wait while these are looked for
        for pid, parent in _processes().items():  # the keeper, and what waits for a query with the graph in its memory
            if pid in keepers or parent in keepers:
                os.kill(pid, signal.SIGKILL)
        reply = server.query("ASK {}")
        assert (reply.status, "no graph at" in reply.json["detail"]) == (503, True)
        graph.write_bytes(SMALL.read_bytes())
        assert server.query("ASK {}").status == 200, "it is there again"
    finally:
        server.stop()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to find the processes")
def test_nothing_stays_when_the_server_has_ended() -> None:
    server = Server(SMALL)
    started = {server.process.pid}
    for _ in range(3):
        started |= {pid for pid, parent in _processes().items() if parent in started}
    assert len(started) >= 5
    server.stop()
    deadline = time.monotonic() + 10
    while started & _processes().keys():
        assert time.monotonic() < deadline, "processes are left"
        time.sleep(0.1)


def keeper_of(server: Server) -> int:
    """Return the process that has the graph: the server's child that has children."""
    running = _processes()
    return next(pid for pid, parent in running.items() if parent == server.process.pid and pid in running.values())


def _processes() -> dict[int, int]:
    """Return the processes that run, with their parents."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            found[int(entry.name)] = int(fields[1])
    return found


# --- the store on disk, the questions, the page


def test_a_child_imports_only_what_was_imported_before_it_could_open_no_file() -> None:
    """What of the standard library happens to be loaded differs from Python to Python: 3.13 has no `csv` by then."""
    tree = ast.parse(Path(keeping.__file__).read_text("utf-8"))
    before = {"__init__", "_run", "keep", "_limit", "_open", "_warm", "_in_child", "run"}
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name not in before]
    late = [n for function in functions for n in ast.walk(function) if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {n.module if isinstance(n, ast.ImportFrom) else n.names[0].name for n in late}
    assert names <= {"pyoxigraph", "queries.ask"}, "_warm has these; import the others at the top"


def test_a_store_on_disk_answers_the_same(server: Server, tmp_path: Path) -> None:
    create_store(tmp_path / "store", SMALL.read_bytes())
    other = Server(tmp_path / "store")
    try:
        for text in ("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 300", "ASK { ?x a kg:Organization }"):
            assert other.query(text, "text/csv").body == server.query(text, "text/csv").body
        asked = {"question": "platforms_of_firm", "firm": "云帆"}
        assert other.get("/statement", asked).json == server.get("/statement", asked).json
    finally:
        other.stop()


def test_a_build_that_replaces_a_store_leaves_its_server_alone(tmp_path: Path) -> None:
    """The old graph until the next start: with queries on the way, after the keeper's death, by other processes."""
    folder, text = tmp_path / "store", "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
    create_store(folder, SMALL.read_bytes())
    other = Server(folder, "--timeout", "60")
    try:
        before = other.query(text, "text/csv").body
        new = SMALL.read_text("utf-8").replace("云帆", "云樯")
        replies: list[bytes] = []
        asking = threading.Thread(target=lambda: replies.extend(other.query(text, "text/csv").body for _ in range(8)))
        asking.start()
        for _ in range(3):
            create_store(folder, new.encode())
        asking.join()
        assert set(replies) == {before} and len(replies) == 8
        os.kill(keeper_of(other), signal.SIGKILL)
        assert other.query(text, "text/csv").body == before
        assert other.get("/suggestions", {"text": "云", "types": "Firm"}).text.count("云帆")
        assert "云樯" in str(open_graph(folder).query(text).records), "others see the new one"
    finally:
        other.stop()
    assert [path.name for path in tmp_path.iterdir()] == ["store"], "nothing is left"
    again = Server(folder)
    try:
        assert "云樯" in again.query(text, "text/csv").text
    finally:
        again.stop()


def test_a_store_that_is_being_replaced_is_taken_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "store"
    create_store(folder, SMALL.read_bytes())
    new = SMALL.read_bytes().replace("云帆".encode(), "云樯".encode())
    real, replaced = shutil.copytree, []

    def replace_meanwhile(*arguments: Any, **options: Any) -> Any:
        found = real(*arguments, **options)
        if not replaced:
            replaced.append(create_store(folder, new))
        return found

    monkeypatch.setattr(shutil, "copytree", replace_meanwhile)
    with take_snapshot(folder) as name:
        assert replaced and (Path(name) / "graph.ttl").read_bytes() == new
        assert open_graph(name).query("ASK { ?x skos:prefLabel '云樯'@zh }").records == [(True,)]
        assert (Path(name) / STORE_NOTE).read_bytes() == (folder / STORE_NOTE).read_bytes()
        assert [path for path in Path(name).rglob("*.sst") if path.stat().st_nlink > 1], "data is linked, not copied"
    shutil.rmtree(folder)
    folder.mkdir()
    monkeypatch.setattr("kg.serving.snapshot._PAUSE", 0)
    with pytest.raises(OutputError, match="not whole"):
        take_snapshot(folder)


def test_a_question_becomes_sparql(server: Server) -> None:
    found = server.get("/statement", {"question": "platforms_of_firm", "firm": "云帆"}).json
    assert found["parameters"] == {"firm": "云帆 (Firm)"}
    rows = server.query(found["sparql"]).json["results"]["bindings"]
    assert len(rows) == len(open_graph(SMALL).ask("platforms_of_firm", firm="云帆"))
    in_words = server.get("/statement", {"question": "云帆开发了哪些平台?"}).json
    assert in_words["name"] == "platforms_of_firm"
    assert in_words["note"].startswith("understood")
    for asked in ({"question": "no_such"}, {"question": "platforms_of_firm", "firm": "无此"}, {"question": ""}):
        reply = server.get("/statement", asked)
        assert (reply.status, bool(reply.json["detail"])) == (400, True)
    assert "云帆" in server.get("/suggestions", {"text": "云", "types": "Firm"}).json


def test_all_questions_are_on_the_menu(server: Server) -> None:
    from queries.catalog import load_catalog

    assert [question["name"] for question in server.get("/questions.json").json["questions"]] == list(load_catalog())
    for name in load_catalog():
        example = load_catalog()[name].examples
        reply = server.get("/statement", {"question": name, **(example[0] if example else {})})
        assert reply.status in (200, 400), reply.text  # 400: the example names what is not in this graph


def test_files_are_served_once(server: Server) -> None:
    first = server.get("/serve.js")
    again = server.request("GET", "/serve.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert "script-src 'self'" in server.get("/").headers["content-security-policy"]
    assert first.headers["x-content-type-options"] == "nosniff"


@pytest.mark.browser
def test_the_page_asks_and_shows(tmp_path: Path) -> None:
    if not all(find_browser()):
        if os.environ.get("CI"):
            pytest.fail("Chromium and chromedriver are needed")
        pytest.skip("no Chromium")
    turtle = SMALL.read_text("utf-8").replace('"云帆"@zh', json.dumps(PAYLOAD) + "@zh", 1)
    assert "<img" in turtle
    out = tmp_path / "graph.ttl"
    out.write_text(turtle, "utf-8")
    server, browser = Server(out), Browser(tmp_path / "profile", tmp_path)
    try:
        browser.driver.get(server.address)
        browser.until(lambda: browser.js("return document.documentElement.dataset.ready === '1'"))
        browser.logs()
        rows = "return [...document.querySelectorAll('.yasr table tbody tr')].map(row => row.innerText)"
        buttons = "[...document.querySelectorAll('#questions button')]"
        pick = f"{buttons}.find(b => b.textContent.includes(arguments[0])).click()"
        browser.js(pick, "platforms_of_firm")
        browser.until(lambda: browser.js(rows))
        assert any("<img" in row for row in browser.js(rows)), "the name is shown as it is"
        browser.js("document.querySelector('#filter').value = 'transfers'")
        browser.js("document.querySelector('#filter').dispatchEvent(new Event('input'))")
        assert browser.js("return document.querySelectorAll('#questions li').length") < 5
        browser.js(
            "document.querySelector('#text').value = '今天天气怎么样'; document.querySelector('#words button').click()"
        )
        browser.until(lambda: "did not understand" in browser.js("return document.querySelector('#news').innerText"))
        assert browser.js("return document.title") != "owned"
        messages = [entry["message"] for entry in browser.driver.get_log("browser") if entry["level"] == "SEVERE"]
        assert [message for message in messages if "/statement" not in message] == []
        asked = [json.loads(entry["message"])["message"] for entry in browser.driver.get_log("performance")]
        urls = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
        elsewhere = [url for url in urls if not url.startswith((server.address, "data:", "chrome"))]
        assert elsewhere == []
    finally:
        browser.driver.quit()
        server.stop()
