"""`kg review`: each click is a line of the file at once, each can be taken back, a build shows what came of it."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import stat
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from browser_testing import Browser

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from kg.curation import Decision, read_decisions
from kg.pipeline import build
from kg.reviewing import command
from kg.reviewing.app import Review, make_app
from kg.reviewing.graph import Query, ReviewedGraph
from kg.reviewing.ledger import Ledger
from kg.reviewing.texts import Texts
from kg.serving.network import listen
from kg.settings import Settings
from ontology.errors import ConfigurationError, UsageError
from ontology.iri import entity_id

KAIWU, BAIDU, TENCENT = entity_id("Platform", "开物平台"), entity_id("Firm", "百度"), entity_id("Firm", "腾讯")
JSON = {"Content-Type": "application/json"}
REJECTED = {
    "action": "reject", "by": "李", "reason": "没有这么说", "subject": BAIDU, "relation": "develops", "object": KAIWU,
    "doc": "b.txt", "quote": "百度 开物平台",
}  # fmt: skip


class Desk:
    """A review in this process, on a port of its own; builds are made with the stages that stand in."""

    def __init__(self, folder: Path, texts: Path, token: str = "") -> None:
        self.out, self.path, self.inputs = folder / "out", folder / "decisions.jsonl", texts
        self.build()
        ledger = Ledger(self.path)
        review = Review(ReviewedGraph(self.out), ledger, Texts([texts]), self._rebuild, "")
        self._socket = listen(argparse.Namespace(host="127.0.0.1", port=0))
        self.port = self._socket.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}/"
        app = make_app(review, hosts=("127.0.0.1", "localhost"), token=token)
        import uvicorn

        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()

    def build(self) -> None:
        decisions = self.path if self.path.exists() else None
        build([self.inputs], out=self.out, settings=Settings(), jobs=1, decisions=decisions)

    async def _rebuild(self) -> str:
        self.build()
        return ""

    def decided(self) -> list[Decision]:
        return list(read_decisions(self.path)) if self.path.exists() else []

    def request(self, path: str, sent: object = None, headers: Mapping[str, str] = {}) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            body = None if sent is None else json.dumps(sent).encode()
            connection.request("GET" if sent is None else "POST", path, body, {**(JSON if body else {}), **headers})
            reply = connection.getresponse()
            data = reply.read()
            return reply.status, json.loads(data) if "json" in (reply.getheader("content-type") or "") else data
        finally:
            connection.close()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._socket.close()


@pytest.fixture
def desk(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, texts)
    yield desk
    desk.stop()


# --- the file


def test_each_click_is_a_line_and_is_taken_back_one_by_one(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "decisions.jsonl")
    ledger.decide(REJECTED)
    one = ledger.path.read_text("utf-8")
    ledger.decide({**REJECTED, "action": "accept"})
    assert [d.action for d in ledger.read()] == ["accept"], "a person's later word replaces the earlier one"
    ledger.decide({**REJECTED, "by": "王"})
    assert sorted(d.by for d in ledger.read()) == ["李", "王"], "that of another stays"
    ledger.undo()
    ledger.undo()
    assert ledger.path.read_text("utf-8") == one
    ledger.undo()
    assert ledger.path.read_text("utf-8") == ""
    with pytest.raises(UsageError):
        ledger.undo()


def test_what_others_wrote_meanwhile_stays(tmp_path: Path) -> None:
    mine, theirs = Ledger(tmp_path / "decisions.jsonl"), Ledger(tmp_path / "decisions.jsonl")
    mine.decide(REJECTED)
    theirs.decide({**REJECTED, "by": "王"})
    mine.undo()
    assert [d.by for d in mine.read()] == ["王"]
    mine.path.write_text("<<<<<<< HEAD\n", "utf-8")
    with pytest.raises(ConfigurationError, match=r"decisions\.jsonl:1"):
        mine.decide(REJECTED)
    assert mine.path.read_text("utf-8") == "<<<<<<< HEAD\n"


# --- what is shown


def test_the_most_doubtful_come_first_and_filters_hold(tmp_path: Path) -> None:
    lines = []
    for number, (confidence, origin, doc) in enumerate(
        [(0.9, "extracted", "a.txt"), (0.3, "extracted", "b.txt"), (1.0, "background", ""), (0.6, "extracted", "a.txt")]
    ):
        lines.append(
            {"doc": doc, "fact": f"id:Fact_{number}", "subject": BAIDU, "relation": "develops",
             "object": KAIWU + str(number), "origin": origin, "modality": "asserted", "speaker": None,
             "confidence": confidence,
             "start": 0 if doc else None, "end": 5, "text": f"甲{number}", "rule": "r", "date": None, "source": "",
             "place": None}
        )  # fmt: skip
    out = tmp_path / "out"
    out.mkdir()
    (out / "facts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    entity = {"id": BAIDU, "type": "Firm", "subtype": "", "name": "百度", "names": ["百度"], "docs": ["a.txt"],
              "origin": "extracted", "attributes": {}}  # fmt: skip
    twin = {**entity, "id": entity_id("Firm", "百度公司"), "name": "百度公司", "names": ["百度公司"]}
    (out / "entities.jsonl").write_text(json.dumps(entity) + "\n" + json.dumps(twin) + "\n", "utf-8")
    (out / "manifest.json").write_text(
        json.dumps({"version": "1", "profile": "rules", "packs": ["base"], "counts": {}, "files": {}}), "utf-8"
    )
    graph = ReviewedGraph(out)

    def shown(**query: Any) -> list[str]:
        return [item["fact"][-1] for item in graph.facts(Query(**query), [])[1]]

    assert shown() == ["1", "3", "0", "2"]
    assert shown(doc="a.txt") == ["3", "0"] and shown(least=0.5, most=0.7) == ["3"]
    assert shown(text="甲1") == ["1"] and shown(origin="background") == ["2"]
    assert shown(kind="Firm") == ["1", "3", "0", "2"] and shown(kind="Region") == [] and shown(relation="about") == []
    assert shown(offset=1, limit=2) == ["3", "0"]
    assert [e["name"] for e in graph.entities(Query(), [])[1]] == ["百度公司", "百度"], "no fact is about the first"
    found = graph.entity(BAIDU, [])
    assert found is not None and [e["name"] for e in found["similar"]] == ["百度公司"]


def test_a_quote_is_shown_with_what_stands_around_it(tmp_path: Path) -> None:
    text = "前文。" * 40 + "百度推出开物平台。" + "中间。" * 5 + "百度推出开物平台。后文。"
    (tmp_path / "a.txt").write_text(text, "utf-8")
    texts, quote = Texts([tmp_path]), "百度推出开物平台。"
    second = texts.around("a.txt", quote, text.rindex(quote))
    assert second is not None and second.after == "后文。" and second.before.endswith("中间。")
    first = texts.around("a.txt", quote, text.index(quote) + 2)
    assert first is not None and first.before.endswith("前文。")
    assert texts.around("a.txt", "没有的话", 0) is None and texts.around("b.txt", quote, 0) is None


# --- who may ask


def test_pages_of_others_and_other_names_are_refused(desk: Desk) -> None:
    assert desk.request("/decide", REJECTED, {"Origin": "http://evil.example"})[0] == 403
    assert desk.request("/facts", headers={"Host": "evil.example"})[0] == 421
    assert desk.request("/facts", headers={"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert desk.request("/decide", REJECTED, {"Content-Type": "text/plain"})[0] == 415
    assert desk.request("/decide")[0] == 405
    assert desk.decided() == []


def test_a_token_is_wanted_where_there_is_one(stages: SimpleNamespace, texts: Path, tmp_path: Path) -> None:
    desk = Desk(tmp_path, texts, token="a-token-of-some-length")
    try:
        assert desk.request("/decide", REJECTED)[0] == 401 and desk.decided() == []
        assert desk.request("/decide", REJECTED, {"Authorization": "Bearer a-token-of-some-length"})[0] == 200
    finally:
        desk.stop()


def test_a_decision_that_is_wrong_is_told_and_not_written(desk: Desk) -> None:
    for change, message in (
        ({"reason": ""}, "reason"),
        ({"relation": "likes"}, "likes"),
        ({"object": {"type": "Region", "name": "海滨市"}}, "does not hold"),
        ({"colour": "red"}, "colour"),
    ):
        status, told = desk.request("/decide", {**REJECTED, **change})
        assert status == 400 and message in told["detail"]
    assert desk.request("/decide", [1])[0] == 400
    assert desk.request("/decide", {"reason": "x" * 70_000})[0] == 413
    assert desk.decided() == []


def test_building_again_runs_the_command_and_tells_what_went_wrong(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/words\necho "error: bad" >&2\nexit 2\n', "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(program))
    desk.path.write_text("", "utf-8")
    rebuild = command._rebuilder(ReviewedGraph(desk.out), Ledger(desk.path), [desk.inputs])
    assert asyncio.run(rebuild()) == "error: bad"
    words = (tmp_path / "words").read_text("utf-8")
    assert f"-m kg build {desk.inputs} --out {desk.out} --profile rules" in words
    assert f"--pack base --decisions {desk.path}" in words


# --- in the browser


@pytest.fixture
def page(desk: Desk, browser: Browser) -> Iterator[Browser]:
    browser.size(1280, 800)
    browser.driver.get(desk.address)
    browser.until(lambda: browser.js("return document.documentElement.dataset.ready === '1'"))
    browser.js("localStorage.clear()")
    browser.find("#by").clear()
    browser.find("#by").send_keys("李")
    browser.js("document.activeElement.blur()")
    yield browser
    browser.driver.get("about:blank")  # it would go on asking a server that is gone
    wrong = [entry["message"] for entry in browser.driver.get_log("browser") if entry["level"] == "SEVERE"]
    assert [message for message in wrong if "400 (Bad Request)" not in message] == []


def idle(page: Browser) -> None:
    page.until(lambda: page.js("return document.documentElement.dataset.busy === '0'"))


def pick(page: Browser, words: str) -> None:
    """Choose the first item of the list that contains some words."""
    found = "[...document.querySelectorAll('#items button')].find(b => b.textContent.includes(arguments[0]))"
    idle(page)
    page.until(lambda: page.js(f"return Boolean({found})", words))
    page.js(f"{found}.click()", words)
    idle(page)
    assert words in page.text("#detail h2")


def write(page: Browser, **fields: str) -> None:
    """Fill in fields of the form and send it."""
    idle(page)
    for name, value in fields.items():
        field = page.find(f"#form [name='{name.replace('_', '-')}']")
        if field.tag_name == "select":
            page.js(
                "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', {bubbles: true}))",
                field,
                value,
            )
        else:
            field.clear()
            field.send_keys(value)
    page.click("#save")


def settled(desk: Desk, page: Browser, count: int) -> list[Decision]:
    idle(page)
    assert page.js("return document.querySelector('#news').classList.contains('wrong')") is False, page.text("#news")
    assert len(desk.decided()) == count
    return desk.decided()


def count_of(page: Browser) -> int:
    return int(page.js("return document.querySelectorAll('#items li').length"))


@pytest.mark.browser
def test_accept_reject_and_undo_by_keyboard_and_the_rebuilt_page(desk: Desk, page: Browser) -> None:
    assert count_of(page) == 3
    pick(page, "华为")
    page.keys("a")
    (accepted,) = settled(desk, page, 1)
    assert (accepted.action, accepted.by, accepted.doc, accepted.quote) == (
        "accept",
        "李",
        "sub/a.txt",
        "华为 盘古平台",
    )
    page.until(lambda: count_of(page) == 2)
    pick(page, "腾讯")
    page.keys("r")
    write(page, reason="主体不对")
    assert [(d.action, d.reason) for d in settled(desk, page, 2) if d.action == "reject"] == [("reject", "主体不对")]
    page.until(lambda: count_of(page) == 1)
    page.keys("u")
    page.until(lambda: count_of(page) == 2)
    assert [d.action for d in desk.decided()] == ["accept"]
    pick(page, "腾讯")
    page.keys("r")
    page.keys("\ue007")  # Enter: the reason that stands there
    settled(desk, page, 2)
    page.click("#rebuild")
    page.until(lambda: not page.js("return document.querySelector('#rebuild').disabled"))
    page.js("document.querySelector('[name=state]').value = ''")
    page.js("document.querySelector('[name=state]').dispatchEvent(new Event('input', {bubbles: true}))")
    page.until(lambda: count_of(page) == 2)
    assert "腾讯" not in page.text("#items") and page.js("return document.querySelector('#waiting').hidden")
    pick(page, "华为")
    assert "1.00" in page.text("#detail") and "accept" in str(
        page.js("return document.querySelector('#detail .badge').className")
    )


@pytest.mark.browser
def test_one_passage_or_all_of_them(desk: Desk, page: Browser) -> None:
    pick(page, "百度")
    assert page.js("return document.querySelectorAll('blockquote').length") == 2
    page.until(lambda: "腾讯" in page.text("#passage-0"))  # what stands around it
    assert page.text("#passage-0 mark") == "百度 开物平台"
    page.js("document.querySelectorAll('blockquote [name=scope]')[1].click()")
    page.click("[data-action=reject]")
    page.click("#save")
    (one,) = settled(desk, page, 1)
    assert (one.doc, one.quote) == ("b.txt", "百度 开物平台")
    page.keys("u")
    page.until(lambda: not desk.decided())
    pick(page, "百度")
    page.click("[data-action=accept]")
    (both,) = settled(desk, page, 1)
    assert (both.doc, both.quote) == ("", "")


@pytest.mark.browser
def test_correct_and_add_facts(desk: Desk, page: Browser) -> None:
    pick(page, "腾讯")
    page.keys("c")
    write(page, subject="百度", modality="planned")
    (corrected,) = settled(desk, page, 1)
    assert corrected.to is not None
    assert (corrected.to.subject, corrected.to.modality, corrected.to.relation) == (BAIDU, "planned", None)
    page.keys("u")
    page.until(lambda: not desk.decided())
    pick(page, "百度")
    page.keys("n")
    write(page, relation="locatedIn", object="海滨市", object_kind="Region", doc="b.txt", quote="总部在海滨市")
    (added,) = settled(desk, page, 1)
    assert (added.action, added.subject, added.object) == ("add", BAIDU, entity_id("Region", "海滨市"))
    assert (added.doc, added.quote) == ("b.txt", "总部在海滨市")
    pick(page, "百度")
    page.keys("n")
    write(page, relation="observed", measure="员工", value="1.5", factor="10000", unit="人", period="2024")
    figure = next(d for d in settled(desk, page, 2) if d.relation == "observed")
    assert figure.object == {
        "measure": "员工", "value": 1.5, "factor": 10000, "unit": "人", "comparison": "=", "period": "2024"
    }  # fmt: skip
    page.click("#rebuild")
    page.until(lambda: "海滨市" in (desk.out / "entities.jsonl").read_text("utf-8"))
    page.keys("2")
    pick(page, "海滨市")
    page.until(lambda: "李, " in page.text("#detail blockquote"))


@pytest.mark.browser
def test_merge_keep_apart_and_split_entities(desk: Desk, page: Browser) -> None:
    (desk.inputs / "c.txt").write_text("百度智能云 文心平台\n", "utf-8")
    desk.build()
    page.keys("2")
    pick(page, "百度智能云")
    page.click("#similar [data-action=merge]")
    page.click("#save")
    (merged,) = settled(desk, page, 1)
    assert (merged.action, merged.entity, merged.into) == ("merge", entity_id("Firm", "百度智能云"), BAIDU)
    page.keys("u")
    page.until(lambda: not desk.decided())
    pick(page, "百度智能云")
    page.click("#similar [data-action=apart]")
    page.click("#save")
    (apart,) = settled(desk, page, 1)
    assert (apart.action, {apart.entity, apart.other}) == ("apart", {entity_id("Firm", "百度智能云"), BAIDU})
    page.js("document.querySelector('#text').value = '开物'")
    page.js("document.querySelector('#text').dispatchEvent(new Event('input', {bubbles: true}))")
    page.until(lambda: count_of(page) == 1)
    pick(page, "开物平台")
    page.keys("s")
    page.js("document.querySelector('#form [value=\"b.txt\"]').click()")
    write(page, name="开物二号")
    split = next(d for d in settled(desk, page, 2) if d.action == "split")
    assert (split.entity, split.docs, split.name) == (KAIWU, ("b.txt",), "开物二号")
    page.click("#rebuild")
    page.until(lambda: "开物二号" in (desk.out / "entities.jsonl").read_text("utf-8"))


@pytest.mark.browser
def test_the_list_of_decisions_takes_any_back_and_shows_who_disagrees(desk: Desk, page: Browser) -> None:
    desk.request("/decide", {**REJECTED, "by": "王"})
    desk.request("/decide", {**REJECTED, "action": "accept", "by": "张"})
    page.keys("1")
    page.js("document.querySelector('[name=state]').value = 'decided'")
    page.js("document.querySelector('[name=state]').dispatchEvent(new Event('input', {bubbles: true}))")
    page.until(lambda: count_of(page) == 1 and page.js("return Boolean(document.querySelector('.badge.conflict'))"))
    page.keys("3")
    page.until(lambda: count_of(page) == 2)
    page.click("#withdraw")
    page.until(lambda: len(desk.decided()) == 1)


@pytest.mark.browser
def test_nothing_is_decided_without_a_name_and_the_page_speaks_both_languages(desk: Desk, page: Browser) -> None:
    page.find("#by").clear()
    page.js("document.activeElement.blur()")
    page.keys("a")
    page.until(lambda: page.js("return document.querySelector('#by').classList.contains('missing')"))
    assert desk.decided() == []
    titles = [page.text("[data-action=accept]")]
    for _ in range(2):
        page.click("#language")
        page.until(lambda: page.text("[data-action=accept]") not in ("", titles[-1]))
        titles.append(page.text("[data-action=accept]"))
    assert set(titles) == {"接受 (a)", "Accept (a)"} and titles[0] == titles[2]
    for width in (1280, 400):
        page.size(width, 800)
        assert page.js("return document.documentElement.scrollWidth") <= width
        every = "[...document.querySelectorAll('body *')]"
        outside = f"return {every}.filter(e => e.getBoundingClientRect().right > innerWidth + 1).length"
        assert page.js(outside) == 0


@pytest.mark.browser
def test_words_of_a_text_are_never_markup(desk: Desk, page: Browser) -> None:
    (desk.inputs / "d.txt").write_text("<img/src=x/onerror=document.title='owned'> <b>平台</b>\n", "utf-8")
    desk.build()
    page.until(lambda: "<img" in page.text("#items"))  # the page follows a build made elsewhere
    pick(page, "<img")
    assert page.js("return document.querySelectorAll('#detail img, #detail b').length") == 0
    assert page.js("return document.title") != "owned"
