"""Names, words, paths, titles, measures, rules, decisions that a careless page would execute are text on all of ours.

Each page is used in a real Chromium twice: as it is, and with its Content-Security-Policy switched off, so that the
policy is a second defence and not the only one. Nothing may run, no payload may have become an element or a handler
(what waits for a hand has not run yet), and no request may leave the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from browser_testing import WAIT, Browser
from hostile import PAYLOADS, hostile_record
from serving import Server
from tally import Tally

from kg import cli
from kg.draw import draw_page as real_draw_page
from kg.output import write_file
from kg.pipeline import build
from kg.settings import Settings
from ontology.iri import entity_id

HERE = Path(__file__).parent
READY = "return document.documentElement.dataset.ready === '1'"
LISTED = "return !!document.querySelector('#items li')"
WATCH = (HERE / "watch.js").read_text("utf-8")


@dataclass
class Page:
    """A page and how it is used: a script each, awaited one after the other."""

    name: str
    address: str
    use: list[str] = field(default_factory=list)
    ready: str = "return document.readyState === 'complete'"
    least: float = 0.9
    """Share of the payloads that must have been seen on it."""


def hostile_builds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Build a folder in which every field is a payload, and one with other halves of the same."""

    def resolve(doc: object, clean: Any, **_: Any) -> object:
        number, _, of = clean.text.partition(" ")
        return hostile_record(PAYLOADS[int(of)], int(number))

    monkeypatch.setattr("extract.resolve.resolve_document", resolve)
    monkeypatch.setattr("kg.draw.draw_page", real_draw_page)
    outs = []
    for name, kept, shift in (("new", range(len(PAYLOADS)), 0), ("old", range(0, len(PAYLOADS), 2), 1)):
        texts = folder / f"{name}-texts"
        texts.mkdir()
        for number in kept:
            of = (number + shift) % len(PAYLOADS)
            (texts / f"{number:03}.txt").write_text(f"{number} {of}", encoding="utf-8")
        outs.append(folder / name)
        build([texts], out=outs[-1], settings=Settings(), jobs=1, cache=False)
    return outs[0], outs[1]


def hostile_decisions(path: Path) -> None:
    """Decisions of each kind whose names, reasons, words and documents are payloads."""
    records: list[dict[str, Any]] = []
    for number, payload in enumerate(PAYLOADS):
        firm, platform = entity_id("Firm", payload), entity_id("Platform", payload)
        signed = {"by": payload, "reason": payload}
        about = {"subject": firm, "relation": "develops", "object": platform, "doc": "/" + payload, "quote": payload}
        measured = {
            "measure": payload,
            "value": 1.0,
            "factor": 1.0,
            "unit": payload,
            "comparison": "=",
            "period": payload,
        }
        records.append({"action": "reject", **signed, **about})
        if number % 4 == 0:
            other = entity_id("Firm", PAYLOADS[number - 1])
            records.append({"action": "add", **signed, **about, "relation": "observed", "object": measured})
            if other != firm:
                records.append({"action": "merge", **signed, "entity": firm, "into": other})
            records.append({"action": "split", **signed, "entity": firm, "docs": ["/" + payload], "name": payload})
    write_file(path, "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records).encode())


@contextmanager
def all_pages(folder: Path, monkeypatch: pytest.MonkeyPatch, size: Callable[[int, int], int]) -> Iterator[list[Page]]:
    """Everything that we show to people in a browser, full of payloads."""
    new, _ = hostile_builds(folder, monkeypatch)
    monkeypatch.chdir(folder)
    hostile_decisions(folder / "decisions.jsonl")
    for name in ("=cmd '\"><img src=x onerror=window.__hit=1>.html", "javascript:window.__hit=1.html"):
        (new / name).write_text("<title>a picture</title>", encoding="utf-8")
    title = PAYLOADS[0]
    words = [["report", "new", "--out", "report.html", "--title", title],
             ["draw", "new", "--out", "page.html", "--title", "</title>" + title, "--focus", PAYLOADS[3]],
             ["diff", "old", "new", "--page", "en.html", "-q"],
             ["diff", "new", "old", "--page", "zh.html", "-q", "--lang", "zh"]]  # fmt: skip
    for command in words:
        assert cli.main(command) == 0, command
    most = str(size(12, len(PAYLOADS)))
    review = Server(new, "--decisions", "decisions.jsonl", command="review")
    serve = Server(new)
    try:
        yield [
            Page("graph.html", (new / "graph.html").as_uri(), [f"await pictureOf({most})"], "return !!window.jiqun"),
            Page("kg draw", (folder / "page.html").as_uri(), ["await pictureOf(5)"], "return !!window.jiqun", 0),
            Page("kg report", (folder / "report.html").as_uri(), ["await reported()"]),
            Page("kg diff", (folder / "en.html").as_uri(), least=0.6),
            Page("kg diff zh", (folder / "zh.html").as_uri(), least=0.6),
            Page("kg review", review.address, [f"await reviewed({most})"], LISTED),
            Page("kg serve", serve.address, [f"await served({size(1, 9)})"], READY, 0.6),
        ]  # fmt: skip
    finally:
        review.stop()
        serve.stop()


def visit(browser: Browser, page: Page, *, bypass: bool) -> dict[str, Any]:
    """Open a page, use it, and say what was seen."""
    browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": bypass})
    browser.driver.get("about:blank")
    browser.logs()
    browser.driver.get(page.address)
    browser.until(lambda: browser.js(page.ready))
    browser.driver.set_script_timeout(3 * WAIT)
    script = f"{WATCH}\nconst done = arguments[arguments.length - 1], payloads = arguments[0];\n(async () => {{"
    script += "".join(f"\n{step};" for step in page.use)
    script += (
        "\nawait poke(); return verdict(payloads); })().then(done, (error) => done({error: String(error.stack)}));"
    )
    found: dict[str, Any] = browser.driver.execute_async_script(script, PAYLOADS)
    origin = page.address if page.address.startswith("http") else ""
    found["requests"] = [
        url for url in browser.logs()[0]
        if url != page.address and not (origin and url.startswith(origin) and url[len(origin) :] not in ("x", "x:x"))
    ]  # fmt: skip
    return found


@pytest.mark.browser
def test_nothing_on_any_page_becomes_markup(
    tally: Tally,
    browser: Browser,
    stages: SimpleNamespace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: Callable[[int, int], int],
) -> None:
    assert len(set(PAYLOADS)) >= 200
    with all_pages(tmp_path, monkeypatch, size) as pages:
        for page in pages:
            for bypass in (True, False)[: size(1, 2)]:  # without its policy a page has less to stand on
                found = visit(browser, page, bypass=bypass)
                where = f"{page.name}{' without its policy' if bypass else ''}"
                assert "error" not in found, (where, found)
                wrong = [f"{found['hits']} ran"] if found["hits"] else []
                wrong += [f"became markup: {found['markup'][:3]}"] if found["markup"] else []
                wrong += [f"asked for {found['requests'][:3]}"] if found["requests"] else []
                for payload in found["seen"]:
                    tally.tried(not wrong, f"{where}, {payload}: {wrong}")
                count = len(found["seen"])
                assert count >= page.least * len(PAYLOADS), f"{where}: of {len(PAYLOADS)} payloads {count} were seen"
    tally.note = f"{len(PAYLOADS)} payloads, {len(pages)} pages, {size(1, 2)} times each"


CARELESS = (
    "<p>{}</p>", '<p title="{}">x</p>', "<p title='{}'>x</p>", "<p title={}>x</p>", '<a href="{}">x</a>',
    '<script>var x = "{}";</script>', "<script>var x = '{}';</script>", "<script>var x = `{}`;</script>",
    "<script>{}</script>", "<textarea>{}</textarea>", "<!-- {} -->", "<style>{}</style>", "<select><option>{}</select>",
    "<svg><text>{}</text></svg>", "<noscript>{}</noscript>", '<p style="{}">x</p>',
)  # fmt: skip
"""Where a careless page would put a text as it is."""
BLUNT = 0.15
"""Share of the payloads that aim at what no such page does: templates, decoding twice, other browsers, spreadsheets."""


@pytest.mark.browser
def test_the_payloads_do_harm_on_a_careless_page(
    tally: Tally, browser: Browser, tmp_path: Path, size: Callable[[int, int], int]
) -> None:
    """The positive control: nearly all payloads run, or become markup, where they are put in as they are."""
    browser.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    path = tmp_path / "careless.html"
    path.write_text("<!doctype html><meta charset=utf-8><body>", encoding="utf-8")
    browser.driver.get(path.as_uri())
    browser.driver.set_script_timeout(3 * WAIT)
    script = f"{WATCH}\nconst [payloads, forms, done] = arguments;"
    script += "\ncareless(payloads, forms).then(done, (error) => done(String(error.stack)));"
    payloads = PAYLOADS[:: size(6, 1)]
    harmed = browser.driver.execute_async_script(script, payloads, list(CARELESS))
    assert isinstance(harmed, list), harmed
    unharmed = [payload for payload, harm in zip(payloads, harmed, strict=True) if not harm]
    for _ in payloads:
        tally.tried(len(unharmed) <= len(payloads) * BLUNT, f"the payloads are blunt: {unharmed}")
    ran = sum(harm == "ran" for harm in harmed)
    tally.note = f"{ran} ran, {len(harmed) - ran - len(unharmed)} became markup, {len(unharmed)} did nothing"
    assert ran > len(payloads) / 2
