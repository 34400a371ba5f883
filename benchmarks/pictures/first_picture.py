"""How long until a picture stands still, ours beside plain pyvis of the same graph in the same run.

    python benchmarks/pictures/first_picture.py --sizes 200 1000 5000 --rounds 3

The clock starts when the browser starts to load the file. It stops two frames after our page says it is ready, or
after pyvis says that its nodes have come to rest. Plain pyvis means: `cdn_resources="in_line"`, every node with its
name, every edge with its sentence, nothing set. It is opened once a size, no longer than `--patience` seconds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from chromium import Chromium, write_result
from synthetic import made_up_graph

from kg.draw import draw_page
from kg.projection import PropertyGraph

OURS = """
new MutationObserver(() => {
  if (document.documentElement?.dataset.ready === "1" && !window.__at) {
    window.__at = -1;
    requestAnimationFrame(() => requestAnimationFrame(() => { window.__at = performance.now(); }));
  }
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["data-ready"] });
"""
PLAIN = """
Object.defineProperty(window, "network", {
  configurable: true,
  get() { return this.__network; },
  set(value) {
    this.__network = value;
    value?.once("stabilizationIterationsDone", () => {
      requestAnimationFrame(() => requestAnimationFrame(() => { window.__at = performance.now(); }));
    });
  },
});
"""


def plain_page(graph: PropertyGraph) -> str:
    """Return the page that pyvis makes without being told anything."""
    from pyvis.network import Network

    names = {
        node.uri: str(node.properties["name"])
        for node in graph.nodes
        if node.labels[-1] not in ("Document", "Evidence")
    }
    network = Network(directed=True, cdn_resources="in_line")
    for uri, name in names.items():
        network.add_node(uri, label=name, title=name)
    for fact in graph.relationships:
        network.add_edge(fact.start, fact.end, title=str(fact.properties["quote"]))
    html: str = network.generate_html()
    return html


def seconds_to_picture(browser: Chromium, file: Path, watch: str, patience: float) -> float | None:
    """Return the seconds from the start of loading, or None when nothing stood still in time."""
    with browser.script_before_page(watch):
        browser.driver.get("about:blank")
        browser.driver.get(file.as_uri())
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                at = browser.driver.execute_script("return window.__at || 0")
            except Exception:  # the page is so busy that it does not even answer: selenium, urllib3
                return None
            if at > 0:
                return float(at) / 1000
            time.sleep(0.02 if patience < 100 else 1.0)
    return None


def measure(size: int, rounds: int, patience: float, folder: Path, *, opens_plain: bool) -> dict[str, Any]:
    """Measure one size; where plain pyvis would take too long, only the size of its file."""
    graph = made_up_graph(size, 2 * size)
    began = time.perf_counter()
    ours = draw_page(graph, limit=max(size, 1))
    drawing = time.perf_counter() - began
    plain = plain_page(graph)
    files = {"ours": folder / f"ours_{size}.html", "plain": folder / f"plain_{size}.html"}
    files["ours"].write_text(ours, encoding="utf-8")
    files["plain"].write_text(plain, encoding="utf-8")
    found: dict[str, Any] = {"nodes": size, "edges": 2 * size, "drawn in": round(drawing, 2)}
    found |= {f"{name} bytes": file.stat().st_size for name, file in files.items()}
    times, costs = [], []
    with Chromium() as browser:
        seconds_to_picture(browser, files["ours"], OURS, 60)
        for _ in range(rounds):
            browser.driver.get("about:blank")  # the count of its thread begins anew with each page
            before = browser.thread_seconds()
            times.append(seconds_to_picture(browser, files["ours"], OURS, 60))
            costs.append(round(browser.thread_seconds() - before, 3))
    found["ours"] = [round(t, 3) for t in times if t is not None]
    found["of these on the page's thread"] = costs
    found["ours median"] = round(statistics.median(found["ours"]), 3)
    if not opens_plain:
        return found
    browser = Chromium(patience=patience)
    found["plain"] = seconds_to_picture(browser, files["plain"], PLAIN, patience)
    browser.kill()
    found["plain waited at most"] = patience
    return found


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 1000, 5000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patience", type=float, default=400)
    parser.add_argument("--plain-up-to", type=int, default=1000, help="the largest page of plain pyvis to be opened")
    options = parser.parse_args()
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        for size in options.sizes:
            opens_plain = size <= options.plain_up_to
            figures.append(measure(size, options.rounds, options.patience, Path(folder), opens_plain=opens_plain))
            print(json.dumps(figures[-1]), flush=True)
    write_result("first_picture", {"sizes": figures})


if __name__ == "__main__":
    main()
