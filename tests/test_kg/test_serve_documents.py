"""`kg serve --documents`: the whole loop for somebody without a terminal, and what it does not let through."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser_testing import WAIT, Browser
from serving import Server

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

BYTES = {"Content-Type": "application/octet-stream"}
JSON = {"Content-Type": "application/json"}
TEXT = "商汤科技在上海市推出“日日新”大模型。上海市重点发展人工智能产业。\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    server = Server(folder / "out", "--documents", str(folder / "texts"))
    yield server
    assert server.stop() == 0


def send(server: Server, name: str, body: bytes = b"x", **headers: str) -> tuple[int, str]:
    reply = server.request("POST", f"/workshop/documents?name={name}", body, {**BYTES, **headers})
    return reply.status, reply.text


def names(server: Server) -> list[str]:
    return [item["name"] for item in server.get("/workshop").json["documents"]]


def test_documents_are_kept_replaced_and_removed(server: Server) -> None:
    assert server.get("/questions.json").json["built"] is False
    assert server.request("POST", "/workshop/build", b"{}", JSON).status == 409
    assert send(server, "%E8%A7%84%E5%88%92.txt", TEXT.encode())[0] == 200
    assert send(server, "%E8%A7%84%E5%88%92.txt", b"new")[0] == 200
    assert server.get("/workshop").json["documents"] == [{"name": "规划.txt", "bytes": 3}]
    body = json.dumps({"name": "规划.txt"}).encode()
    assert server.request("POST", "/workshop/remove", body, JSON).status == 200
    assert server.request("POST", "/workshop/remove", body, JSON).status == 400
    assert names(server) == []


@pytest.mark.parametrize(
    "name",
    ["", "..%2Fa.txt", "%2Fetc%2Fa.txt", ".hidden.txt", "-rf.txt", "a%00.txt", "a%0A.txt", "a.exe", "a" * 300 + ".txt"],
)
def test_names_that_lead_elsewhere_or_to_nothing_that_is_read_are_refused(server: Server, name: str) -> None:
    assert send(server, name)[0] == 400
    assert names(server) == []


def test_what_is_too_large_or_no_document_is_refused_before_it_is_kept(server: Server) -> None:
    assert send(server, "a.txt", b"", **{"Content-Length": str(201 * 2**20)})[0] == 413
    assert server.request("POST", "/workshop/documents?name=a.txt", b"x", {"Content-Type": "text/plain"}).status == 415
    assert server.request("POST", "/workshop/build", b"{}", {"Content-Type": "text/plain"}).status == 415
    assert names(server) == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
@pytest.mark.parametrize("path", ["/workshop/documents?name=a.txt", "/workshop/build", "/workshop/remove"])
def test_pages_of_others_change_nothing(server: Server, path: str, headers: dict[str, str]) -> None:
    assert server.request("POST", path, b"{}", {**BYTES, **headers}).status in (403, 421)


@pytest.mark.parametrize("name", ["..%2Ftexts%2Fa.txt", "%2Fetc%2Fpasswd", ".cache", "nix", "graph.ttl"])
def test_only_files_of_the_build_are_downloaded(server: Server, name: str) -> None:
    assert server.get(f"/downloads/{name}").status == 404


def test_problems_are_told_in_the_language_of_the_page(server: Server) -> None:
    zh = server.request("POST", "/workshop/documents?name=a.exe", b"x", {**BYTES, "Accept-Language": "zh"})
    en = server.request("POST", "/workshop/documents?name=a.exe", b"x", {**BYTES, "Accept-Language": "en"})
    assert (zh.json["detail"], en.json["detail"]) == ("a.exe 不是可读的文档。", "a.exe is no document that is read.")


def test_a_build_that_fails_is_told_and_another_can_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PACKS", "nix")
    server = Server(tmp_path / "out", "--documents", str(tmp_path / "texts"))
    try:
        assert send(server, "a.txt", TEXT.encode())[0] == 200
        assert server.request("POST", "/workshop/build", b"{}", {**JSON, "Accept-Language": "zh"}).status == 200
        deadline = time.monotonic() + 5 * WAIT
        while (state := server.get("/workshop").json)["phase"] == "building":
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert state["phase"] == "failed" and "没有叫“nix”的知识包" in state["complaint"]
        assert state["documents"] and not state["downloads"]
    finally:
        server.stop()


def test_nothing_of_it_is_there_without_the_option(tmp_path: Path) -> None:
    server = Server(Path(__file__).parent / "small.ttl")
    try:
        assert [server.get(path).status for path in ("/documents.html", "/workshop", "/downloads/graph.ttl")] == [
            404
        ] * 3
        assert server.get("/questions.json").json["workshop"] is False
    finally:
        server.stop()


@pytest.mark.browser
def test_the_whole_loop(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_PROFILE", "rules")  # of the build: quick
    document, broken = tmp_path / "规划.txt", tmp_path / "坏.pdf"
    document.write_text(TEXT, "utf-8")
    broken.write_bytes(b"no PDF")
    out, shots = tmp_path / "out", os.environ.get("SCREENSHOTS")
    server = Server(out, "--documents", str(tmp_path / "texts"))

    def look(name: str) -> None:
        """See that nothing is wider than the page, at a desk and on a phone."""
        for width in (1280, 400):
            browser.size(width, 900)
            assert browser.js("return document.documentElement.scrollWidth") <= width
            if shots:
                browser.driver.save_screenshot(f"{shots}/{name}-{width}.png")
        browser.size(1280, 900)

    try:
        browser.logs()
        browser.driver.get(server.address)  # without a graph, it leads to the page of documents
        browser.until(lambda: "documents.html" in browser.driver.current_url)
        browser.until(lambda: browser.js("return document.documentElement.dataset.ready === '1'"))
        assert browser.js("return document.querySelector('#build').disabled")
        if browser.js("return document.documentElement.lang") != "zh":
            browser.click("#language")
            browser.until(lambda: browser.text("#build") == "开始构建")
        look("empty")
        browser.js("state = null")  # as it is for whoever is faster than the first answer of the server
        browser.find("#choose").send_keys(f"{document}\n{broken}")
        browser.until(lambda: browser.js("return document.querySelectorAll('#list li').length") == 2)
        browser.click("#build")
        browser.until(lambda: browser.js("return !document.querySelector('#progress').hidden"))
        look("building")
        browser.until(lambda: browser.js("return !document.querySelector('#results').hidden"), wait=5 * WAIT)
        assert "构建完成" in browser.text("#news") and "1 篇文档" in browser.text("#summary")
        assert "坏.pdf" in browser.text("#findings") and "不是 PDF 文件" in browser.text("#findings")
        look("built")
        browser.click("#language")
        browser.until(lambda: "Documents: 1," in browser.text("#summary"))
        assert "is no PDF file" in browser.text("#findings")
        look("english")
        browser.click("#downloads a[download='facts.jsonl']")
        browser.until(lambda: (browser.downloads / "facts.jsonl").is_file())
        assert (browser.downloads / "facts.jsonl").read_bytes() == (out / "facts.jsonl").read_bytes()
        browser.click("#ask")
        browser.until(lambda: browser.js("return document.documentElement.dataset.ready === '1'"))
        browser.js("document.querySelector('#text').value = arguments[0]", "上海重点发展什么产业")
        browser.click("#words button")
        rows = "return [...document.querySelectorAll('.yasr table tbody tr')].map(row => row.innerText).join()"
        browser.until(lambda: "人工智能" in browser.js(rows))
        assert browser.text("#news").startswith("understood: topics_of_region")
        browser.click("#language")
        browser.click("#words button")
        browser.until(lambda: browser.text("#news").startswith("理解为：topics_of_region"))
        look("asked")
        browser.driver.get(f"{server.address}pictures/graph.html")
        browser.until(lambda: browser.js("return document.documentElement.dataset.ready === '1'"))
        wrong = [entry["message"] for entry in browser.driver.get_log("browser") if entry["level"] == "SEVERE"]
        assert wrong == []
    finally:
        browser.driver.get("about:blank")
        server.stop()
