"""Our style, guide and favourites in the real Neo4j Browser, served by the real server."""

from __future__ import annotations

import base64
import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_testing import FLAGS, find_browser
from neo4j_testing import TestDatabase, load_tool
from test_queries.conftest import make_corpus

from kg.drawing.style import load_style
from kg.load import load_graph
from kg.projection import PropertyGraph, project
from ontology.assertion import assert_corpus
from queries.catalog import load_catalog

tool = load_tool("browser")
WAIT = 90


def test_what_browser_takes_is_up_to_date() -> None:
    for name, data in tool.files().items():
        assert (tool.TARGET / name).read_bytes() == data, "run tools/neo4j/browser.py"


def test_every_class_has_its_colour_behind_its_super_class() -> None:
    text = tool.grass()
    for name, look in load_style()["classes"].items():
        assert f"node.{name} {{\n  color: {look['color']};" in text
    assert text.index("node.Organization ") < text.index("node.Firm ")


def test_every_question_is_a_favourite() -> None:
    with zipfile.ZipFile(tool.TARGET / "favourites.zip") as archive:
        names = [Path(name).stem for name in archive.namelist()]
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert set(load_catalog()) < set(names) and all(text.startswith("// ") for text in texts)


@pytest.fixture(scope="module")
def graph() -> PropertyGraph:
    return project(assert_corpus(make_corpus()))


@pytest.mark.neo4j
def test_every_favourite_and_every_line_of_the_guide_runs(database: TestDatabase, graph: PropertyGraph) -> None:
    load_graph(graph, **database.credentials)
    for text in tool.views().values():
        database.run(text)
    with database.driver.session() as session:
        for question in load_catalog().values():
            given = {}
            for line in tool.params(question, question.parameters):
                name, value = line.removeprefix(":param ").split(" => ")
                given |= session.run(f"RETURN {value} AS `{name}`").single().data()
            session.run(tool.for_browser(question, question.parameters), given).consume()


@pytest.fixture
def folder() -> Iterator[str]:
    """The folder of docs/neo4j-browser at an address of this machine."""
    server = tool.make_server(0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


class Page:
    """Neo4j Browser, logged in."""

    def __init__(self, profile: Path, http: int, database: TestDatabase) -> None:
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service
        from selenium.webdriver.common.by import By
        from selenium.webdriver.common.keys import Keys

        binary, driver = find_browser()
        options = ChromeOptions()
        options.binary_location = binary
        for flag in (*FLAGS.split(), "--window-size=1500,1000", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        self.driver = Chrome(options=options, service=Service(driver))
        self.driver.set_page_load_timeout(WAIT)
        self.by, self.keys = By, Keys
        self.driver.get(f"http://127.0.0.1:{http}/browser/?connectURL={database.uri}")
        user = self.wait("input[data-testid=username]")
        user.send_keys(Keys.CONTROL, "a")
        user.send_keys(database.user)
        self.wait("input[type=password]").send_keys(database.password)
        self.click("button[data-testid=connect]")
        self.wait("[data-testid=activeEditor] textarea")

    def all(self, css: str) -> list[Any]:
        return self.driver.find_elements(self.by.CSS_SELECTOR, css)

    def until(self, ready: Callable[[], Any]) -> Any:
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if found := ready():
                return found
            time.sleep(0.3)
        raise AssertionError(f"nothing after {WAIT} s")

    def wait(self, css: str) -> Any:
        return self.until(lambda: self.all(css))[0]

    def click(self, css: str) -> None:
        """Click, again while the page still moves and something else lies in front or the thing was drawn anew."""
        from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException

        def clicked() -> bool:
            try:
                self.wait(css).click()
            except (ElementClickInterceptedException, StaleElementReferenceException):
                return False
            return True

        self.until(clicked)

    def drop(self, file: Path) -> None:
        """Drop a file on the editor, as a person does with the mouse."""
        self.driver.execute_script(_DROP, base64.b64encode(file.read_bytes()).decode(), file.name)

    def command(self, text: str) -> None:
        from selenium.webdriver import ActionChains

        self.driver.execute_script("arguments[0].focus()", self.wait("[data-testid=activeEditor] textarea"))
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})
        keys = self.keys
        ActionChains(self.driver).key_down(keys.CONTROL).send_keys(keys.ENTER).key_up(keys.CONTROL).perform()


_DROP = """
const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));
const data = new DataTransfer();
data.items.add(new File([bytes], arguments[1]));
for (const kind of ["dragenter", "dragover", "drop"])
  document.querySelector("[data-testid=activeEditor]").dispatchEvent(
    new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
"""


@pytest.mark.neo4j
@pytest.mark.browser
@pytest.mark.skipif("NEO4J_URI" in os.environ, reason="NEO4J_URI names a server whose Browser is not known")
def test_style_guide_and_favourites_in_the_real_browser(
    database: TestDatabase, graph: PropertyGraph, folder: str, tmp_path: Path
) -> None:
    if not all(find_browser()):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Chromium or its driver is missing")
    pytest.importorskip("selenium")
    assert database.http
    load_graph(graph, **database.credentials)
    page = Page(tmp_path / "profile", database.http, database)
    try:
        page.wait(".frame-command, [data-testid=frame]")
        for _ in range(10):  # what a server allows is known to the page a moment after the login
            page.command(f":style {folder}/jiqun.grass")
            time.sleep(3)
            if "node.Region" in page.driver.page_source:
                break
        page.command(f":guide {folder}/guide.html")
        page.until(lambda: ":param" in page.driver.page_source and "jiqun.grass" in page.driver.page_source)
        page.command(next(text.replace("上海市", "北京市") for text in tool.views().values()))
        page.wait("g.node")
        classes = load_style()["classes"]
        colours = {e.get_attribute("fill") for e in page.all("g.node circle")} - {None, "none"}
        assert classes["Region"]["color"] in colours and len(colours) > 2
        captions = page.until(lambda: "".join(e.text for e in page.all("g.node text")))
        assert "北京市" in captions
        assert "承担职能" in "".join(e.text for e in page.all("g.relationship text"))
        page.drop(tool.TARGET / "favourites.zip")
        page.click("[data-testid=navigationFavorites]")
        page.until(lambda: "集群 Jiqun pictures" in page.driver.page_source)
    finally:
        page.driver.quit()
