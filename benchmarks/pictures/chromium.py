"""A headless Chromium for measurements, and where the figures go."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[k]) for k in (2, 0, 1)]

from record import describe_machine, write_figures

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().parent / "results"

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --lang=zh-CN"
)


class Chromium:
    """A browser of its own, 1280 by 800, that reaches nothing."""

    def __init__(self, patience: float = 120) -> None:
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service

        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        options = ChromeOptions()
        options.binary_location = shutil.which(os.environ.get("CHROMIUM", "chromium")) or ""
        for flag in (*FLAGS.split(), f"--user-data-dir={self.profile.name}", "--host-resolver-rules=MAP * ~NOTFOUND"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = shutil.which(os.environ.get("CHROMEDRIVER", "chromedriver"))
        self.service = Service(driver)
        self.driver = Chrome(options=options, service=self.service)
        self.driver.set_page_load_timeout(900)
        metrics = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        self.driver.command_executor.client_config.timeout = patience

    def __enter__(self) -> Chromium:
        return self

    def __exit__(self, *_: object) -> None:
        self.driver.quit()
        self.profile.cleanup()

    def kill(self) -> None:
        """End a browser that may not answer any more."""
        import signal

        children = Path(f"/proc/{self.service.process.pid}/task/{self.service.process.pid}/children")
        for child in children.read_text().split():
            with contextlib.suppress(OSError):
                os.kill(int(child), signal.SIGKILL)
        self.service.process.kill()
        self.profile.cleanup()

    @contextlib.contextmanager
    def script_before_page(self, source: str) -> Iterator[None]:
        """Run a script in each page before its own."""
        added = self.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": source})
        try:
            yield
        finally:
            self.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)

    def thread_seconds(self) -> float:
        """Return the processor time that the page's thread has spent on tasks."""
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return float(next(m["value"] for m in metrics if m["name"] == "TaskDuration"))

    def requests(self) -> list[str]:
        """Return the addresses asked for since the last call."""
        found = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("data:", "about:", "blob:", "chrome:"))]


def write_result(name: str, figures: Mapping[str, Any]) -> None:
    """Keep figures, with day, machine and versions, in `results/NAME.json`."""
    write_figures(RESULTS / f"{name}.json", describe_machine(("pyvis",)), figures)
