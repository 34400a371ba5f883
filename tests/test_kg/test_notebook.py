"""In a notebook: graphs, rows and pictures show themselves, and the tutorial runs to its end."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from browser_testing import Browser
from test_queries.conftest import make_corpus

import kg
from kg.draw import draw_page
from kg.projection import project
from ontology.assertion import assert_corpus, corpus_to_turtle
from ontology.errors import UsageError
from queries.rows import Rows
from queries.store import KnowledgeGraph

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.ipynb"


@pytest.fixture(scope="module")
def graph() -> KnowledgeGraph:
    return KnowledgeGraph(corpus_to_turtle(make_corpus()), source="<b>x")


def test_a_graph_shows_its_classes_and_documents(graph: KnowledgeGraph) -> None:
    shown = graph._repr_html_()
    assert "&lt;b&gt;x" in shown and "<b>x" not in shown
    assert "NamedSet" in shown and "news/one.txt" in shown


def test_rows_show_as_a_table_that_executes_nothing() -> None:
    assert "&lt;script&gt;" in Rows(("a",), [("<script>",)])._repr_html_()


def test_a_picture_is_the_page_in_a_frame_of_its_own(graph: KnowledgeGraph, tmp_path: Path) -> None:
    found = kg.picture(graph, focus="北京")
    frame = found._repr_html_()
    page = html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1])  # type: ignore[index]
    assert page == found.html == draw_page(project(assert_corpus(make_corpus())), focus="北京")
    assert "allow-same-origin" not in frame
    assert found.save(tmp_path / "p.html").read_text("utf-8") == page
    assert len(repr(found)) < 80
    with pytest.raises(UsageError):
        kg.picture(graph, focus="没有这个名字")


@pytest.mark.browser
def test_the_frame_draws_and_answers_clicks(browser: Browser, graph: KnowledgeGraph, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><meta charset=utf-8>{kg.picture(graph)._repr_html_()}", encoding="utf-8")
    browser.open(path, ready=False)
    browser.driver.switch_to.frame(browser.find("iframe"))
    try:
        browser.until(lambda: browser.js("return document.documentElement.dataset.ready === '1'"))
        browser.click("#card .link")
        assert browser.text("#card h2")
    finally:
        browser.driver.switch_to.default_content()
    requests, console = browser.logs()
    assert requests == [path.as_uri()]
    assert console == []


@pytest.mark.integration
def test_the_tutorial_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(TUTORIAL.parents[1]))
    notebook: Any = nbformat.read(TUTORIAL, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "keep outputs out of the repository"
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(TUTORIAL.parent)}}).execute()
    shown = json.dumps([cell.get("outputs") for cell in notebook.cells], ensure_ascii=False)
    for words in ("Firm", "日日新", "人工智能", "长三角一体化发展", "<iframe sandbox"):
        assert words in shown
