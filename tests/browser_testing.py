"""A real browser for tests: it opens a page, clicks, types, reads, and logs what the page asks for."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --lang=zh-CN"
)
WAIT = 60


def find_browser() -> tuple[str, str]:
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome"]
    browser = next((path for name in names if name and (path := shutil.which(name))), "")
    driver = shutil.which(os.environ.get("CHROMEDRIVER", "chromedriver")) or ""
    return browser, driver


class Browser:
    """A Chromium with a request log; `open` starts each page afresh."""

    def __init__(self, profile: Path, downloads: Path) -> None:
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service

        browser, driver = find_browser()
        options = ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS.split(), f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options=options, service=Service(driver))
        self.driver.set_page_load_timeout(WAIT)
        self.driver.command_executor.client_config.timeout = 4 * WAIT  # longer than any script may take
        self.downloads = downloads
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)}
        )
        self.size(1280, 800)

    def size(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def open(self, path: Path, address: str = "", *, ready: bool = True) -> None:
        self.driver.get("about:blank")
        self.logs()
        self.driver.get(path.as_uri() + address)
        if ready:
            self.until(lambda: self.js("return document.documentElement.dataset.ready === '1'"))

    @contextlib.contextmanager
    def script_before_page(self, source: str) -> Iterator[None]:
        """Run a script in each page before its own."""
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    def js(self, script: str, *arguments: Any) -> Any:
        return self.driver.execute_script(script, *arguments)

    def until(self, condition: Callable[[], Any], *, wait: float = WAIT) -> Any:
        deadline = time.monotonic() + wait
        while not (found := condition()):
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.05)
        return found

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        return str(self.js("return document.querySelector(arguments[0])?.textContent ?? ''", selector))

    def until_first_fact(self, condition: Callable[[], Any]) -> Any:
        """Open the first fact of the card, again where the card was drawn anew meanwhile, until a condition holds."""
        script = """
            const details = document.querySelector("#card .fact details");
            if (details && !details.open) details.querySelector("summary").click();
        """

        def opened() -> Any:
            self.js(script)
            return condition()

        return self.until(opened)

    def click(self, selector: str) -> None:
        self.find(selector).click()

    def point(self, x: float, y: float, *, double: bool = False) -> None:
        from selenium.webdriver.common.actions.action_builder import ActionBuilder
        from selenium.webdriver.common.actions.mouse_button import MouseButton

        action = ActionBuilder(self.driver)
        action.pointer_action.move_to_location(round(x), round(y))
        for _ in range(2 if double else 1):
            action.pointer_action.pointer_down(MouseButton.LEFT)
            action.pointer_action.pause(0.02)
            action.pointer_action.pointer_up(MouseButton.LEFT)
            action.pointer_action.pause(0.02)
        action.perform()

    def click_node(self, name: str, *, double: bool = False) -> None:
        at = self.js("return jiqun.at(arguments[0])", name)
        self.point(at["x"], at["y"], double=double)

    def keys(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def visible(self) -> set[str]:
        return set(self.js("return jiqun.visible()"))

    def logs(self) -> tuple[list[str], list[str]]:
        """Return requests that left the page and console messages since the last call."""
        requests = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("data:", "about:", "blob:")):
                    requests.append(url)
        return requests, [entry["message"] for entry in self.driver.get_log("browser")]

    def download(self, selector: str, pattern: str) -> Path:
        for old in self.downloads.iterdir():
            old.unlink()
        self.click("#export-menu summary")
        self.click(selector)
        path: Path = self.until(lambda: next(iter(self.downloads.glob(pattern)), None))
        self.until(lambda: not list(self.downloads.glob("*.crdownload")) and path.stat().st_size)
        return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    missing = [what for what, path in zip(("Chromium", "chromedriver"), find_browser(), strict=True) if not path]
    try:
        import selenium  # noqa: F401
    except ImportError:
        missing.append("selenium")
    if missing:
        message = f"no {' and no '.join(missing)} on this machine"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    found = Browser(tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("downloads"))
    yield found
    found.driver.quit()
