"""The report in a real browser: searched, clicked, read; hostile names stay names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_testing import Browser
from hostile import PAYLOADS, guard_again, without_policy
from test_queries.conftest import make_corpus

from kg.report import report_page
from kg.reporting.page import questions, render_report
from ontology.assertion import corpus_to_turtle
from queries.catalog import load_catalog
from queries.rows import Rows
from queries.store import KnowledgeGraph

pytestmark = [pytest.mark.browser]

FINDING = {"code": "encoding-guessed", "severity": "info", "doc": "x.txt", "start": 1, "end": 2, "message": "猜了编码"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reports") / "报告.html"
    graph = KnowledgeGraph(corpus_to_turtle(make_corpus()))
    path.write_text(report_page(graph, findings=[FINDING], title="云谷报告"), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Browser, page: Path) -> Iterator[Browser]:
    browser.size(1280, 800)
    browser.open(page)
    yield browser
    assert browser.logs() == ([page.as_uri()], [])  # nothing asked for, nothing complained about


def visible_rows(browser: Browser) -> list[str]:
    script = """
        return [...document.querySelectorAll(".searched tbody tr")].filter((r) => r.checkVisibility())
          .map((r) => r.textContent)
    """
    found: list[str] = browser.js(script)
    return found


def test_the_contents_lead_to_every_chapter(opened: Browser) -> None:
    links = opened.driver.find_elements("css selector", "nav a")
    assert len(links) == 8
    for link in links:
        link.click()
        target = link.get_attribute("href").partition("#")[2]
        top = opened.js("return document.getElementById(arguments[0]).getBoundingClientRect().top", target)
        assert top < 800


def test_a_mark_of_the_grid_shows_the_words_and_leads_to_the_row(opened: Browser) -> None:
    opened.js("document.getElementById('division').scrollIntoView()")
    opened.click('.cross a[title="天津市 · 创新应用"]')
    assert opened.text("#proof q") == "天津着重创新应用"
    assert "行动方案解读" in opened.text("#proof .where")
    assert not opened.find("#roles_of_regions-0").is_displayed()
    opened.click("#proof p a")
    opened.until(lambda: any("天津着重创新应用" in row for row in visible_rows(opened)))
    opened.keys("\ue00c")
    assert not opened.find("#proof").is_displayed()


@pytest.mark.parametrize(
    ("chapter", "selector", "words"),
    [
        ("policies", 'a[data-label="人工智能行动方案"]', "2023年7月29日印发"),
        ("actors", 'a[data-label^="北京经济技术开发区 — 百度"] .tie:not(.fat)', "百度等企业布局经开区"),
        ("sets", "figure.sets li a", "三城一区"),
        ("agreement", "figure.agreement li a", "研发"),
        ("indicators", "figure.indicators a", ""),
    ],
)
def test_each_drawing_leads_to_the_words(opened: Browser, chapter: str, selector: str, words: str) -> None:
    opened.js("document.getElementById(arguments[0]).scrollIntoView()", chapter)
    click = (
        "document.querySelector(arguments[0]).dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true}))"
    )
    opened.js(click, f"#{chapter} {selector}")
    assert words in opened.text("#proof")
    assert opened.text("#proof q")


def test_search_narrows_all_tables_and_unfolds_them(opened: Browser) -> None:
    before = visible_rows(opened)
    opened.find("#q").send_keys("百度 经开区")
    found = visible_rows(opened)
    assert found and all("百度" in row and "经开区" in row for row in found)
    assert opened.text("#hits") == f"{len(found)} 行"
    opened.keys(*["\ue003"] * 6)
    assert visible_rows(opened) == before


def test_language_and_theme_change_and_the_keyboard_is_enough(opened: Browser) -> None:
    assert opened.find("nav h2").text == "目录"
    opened.click("#language")
    assert (opened.find("nav h2").text, opened.find("#q").get_attribute("placeholder")) == (
        "Contents",
        "Search all tables",
    )
    paper = "return getComputedStyle(document.body).backgroundColor"
    before = opened.js(paper)
    opened.click("#theme")
    assert opened.js(paper) != before
    opened.keys("/")
    assert opened.js("return document.activeElement.id") == "q"
    opened.js("document.querySelector('.cross a').focus()")
    opened.keys("\ue007")
    assert opened.find("#proof").is_displayed()
    assert opened.js("return document.activeElement.getAttribute('aria-label')") == "Close"
    opened.keys("\ue007")
    assert opened.js("return document.activeElement.classList.contains('dot')")


def test_it_prints_with_everything_unfolded(opened: Browser) -> None:
    closed = opened.js("return document.querySelectorAll('details:not([open])').length")
    assert closed
    opened.js("document.getElementById('theme').click(); window.dispatchEvent(new Event('beforeprint'))")
    assert opened.js("return document.querySelectorAll('details:not([open])').length") == 0
    assert opened.js("return document.documentElement.dataset.theme") == "light"
    opened.js("window.dispatchEvent(new Event('afterprint'))")
    assert opened.js("return document.querySelectorAll('details:not([open])').length") == closed


def test_a_narrow_screen_scrolls_down_only(opened: Browser) -> None:
    opened.size(400, 760)
    try:
        assert opened.js("return document.documentElement.scrollWidth") <= 400
        opened.js("document.querySelector('.cross a').click()")
        box = opened.js("return document.getElementById('proof').getBoundingClientRect().toJSON()")
        assert box["left"] >= 0 and box["right"] <= 400
    finally:
        opened.size(1280, 800)


def test_on_a_narrow_screen_a_row_is_a_block_of_named_lines(opened: Browser) -> None:
    opened.size(400, 760)
    named = """
        const cell = document.querySelector(".searched tbody td");
        return [getComputedStyle(cell, "::before").content, getComputedStyle(cell).display];
    """
    try:
        head = opened.js("return document.querySelector('.searched th .w[lang=zh]').textContent")
        assert opened.js(named) == [f'"{head}"', "flex"]
        opened.click("#language")
        head = opened.js("return document.querySelector('.searched th .w[lang=en]').textContent")
        assert opened.js(named) == [f'"{head}"', "flex"]
        widths = "return [...document.querySelectorAll('.searched q')].map((q) => q.clientWidth).filter(Boolean)"
        opened.js("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        assert min(opened.js(widths)) > 300
    finally:
        opened.size(1280, 800)
    assert opened.js(named)[1] == "table-cell"


# --- hostile rows


def hostile_report() -> str:
    """Every cell of every question is a payload; so are findings and the title."""
    answers = {}
    for question in questions():
        columns = load_catalog()[question].columns
        numbers: dict[str, Any] = {"start": 1, "end": 2, "amount": 3.0, "documents": 2, "documents_for": 1}
        records = [tuple(numbers.get(column, payload) for column in columns) for payload in PAYLOADS]
        answers[question] = Rows(columns, records, question)
    findings = [{"code": p, "severity": p, "doc": p, "start": None, "end": None, "message": p} for p in PAYLOADS]
    return render_report(answers, findings, title=PAYLOADS[0], language="zh")


USE = """
for (const details of document.querySelectorAll("details")) details.open = true;
for (const link of document.querySelectorAll("[data-rows]")) {
  link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  link.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
}
for (const typed of ["script", "img", "<", ""]) {
  const q = document.getElementById("q"); q.value = typed; q.dispatchEvent(new Event("input"));
}
document.getElementById("language").click();
const foreign = document.querySelectorAll("img, iframe, object, embed, svg script").length;
return [window.__hit || 0, document.scripts.length, foreign];
"""


def test_nothing_that_the_rows_say_is_executed(browser: Browser, tmp_path: Path) -> None:
    assert len(set(PAYLOADS)) >= 100
    html = hostile_report()
    for name, text in (("without.html", without_policy(html)), ("with.html", html)):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        browser.open(path)
        assert browser.js(USE) == [0, 1, 0], name
        assert browser.logs()[0] == [path.as_uri()]


def test_the_payloads_would_be_executed_by_a_careless_report(browser: Browser, tmp_path: Path) -> None:
    careful = "for (const child of words.childNodes) block.append(child.cloneNode(true));"
    html = hostile_report()
    assert html.count(careful) == 1
    planted = html.replace(careful, 'block.insertAdjacentHTML("beforeend", words.textContent);')
    path = tmp_path / "careless.html"
    for text, executed in ((without_policy(planted), True), (guard_again(planted), False)):
        path.write_text(text, encoding="utf-8")
        browser.open(path)
        browser.js(USE)
        browser.js("return new Promise((go) => setTimeout(go, 400))")
        assert bool(browser.js("return window.__hit || 0")) is executed
