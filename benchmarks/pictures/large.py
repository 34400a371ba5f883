"""A page of 50,000 nodes and 150,000 relationships: time to the first usable view, frames while dragged and zoomed.

    python benchmarks/pictures/large.py --nodes 50000 --relationships 150000 --rounds 3

The first view is usable when the page says it is ready and has drawn two frames. Then the mouse drags the picture for
two seconds and turns its wheel for two, and frames are counted; so again with one group unfolded.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from chromium import Chromium, write_result
from first_picture import OURS, seconds_to_picture
from synthetic import made_up_graph

from kg.draw import draw_page

SECONDS = 2.0


DRAG = """
const [zoom, seconds, done] = arguments, canvas = document.querySelector("#network canvas");
const events = { bubbles: true, cancelable: true, pointerId: 1, pointerType: "mouse", isPrimary: true };
const send = (type, x, y, buttons) =>
  canvas.dispatchEvent(new PointerEvent(type, { ...events, clientX: x, clientY: y, button: 0, buttons }));
const before = jiqun.frames();
let began = 0, step = 0;
if (!zoom) { send("pointerover", 380, 130, 0); send("pointerdown", 380, 130, 1); }
const turn = (at) => {
  began = began || at;
  step += 1;
  if (zoom) {
    const deltaY = step % 20 < 10 ? 30 : -30;
    const wheel = { bubbles: true, cancelable: true, clientX: 580, clientY: 400, deltaY };
    canvas.dispatchEvent(new WheelEvent("wheel", wheel));
  } else send("pointermove", 380 + (step % 60), 130 + (step % 40), 1);
  if (at - began < seconds * 1000) { requestAnimationFrame(turn); return; }
  if (!zoom) send("pointerup", 380, 130, 0);
  done([jiqun.frames() - before, (at - began) / 1000]);
};
requestAnimationFrame(turn);
"""


def frames_per_second(browser: Chromium, zoom: bool) -> dict[str, float]:
    """Drag or zoom for two seconds; return the pictures drawn a second, and what one costs the page's thread."""
    before = browser.thread_seconds()
    frames, spent = browser.driver.execute_async_script(DRAG, zoom, SECONDS)
    cost = browser.thread_seconds() - before
    return {"frames a second": round(frames / spent, 1), "thread ms a frame": round(1000 * cost / max(1, frames), 1)}


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=50_000)
    parser.add_argument("--relationships", type=int, default=150_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    graph = made_up_graph(options.nodes, options.relationships)
    began = time.process_time()
    html = draw_page(graph)
    figures: dict[str, Any] = {"nodes": options.nodes, "relationships": options.relationships}
    figures["drawn in, processor seconds"] = round(time.process_time() - began, 1)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.html"
        file.write_text(html, encoding="utf-8")
        figures["bytes"] = file.stat().st_size
        with Chromium() as browser:
            seconds_to_picture(browser, file, OURS, 120)
            browser.requests()
            times, costs = [], []
            for _ in range(options.rounds):
                browser.driver.get("about:blank")  # the count of its thread begins anew with each page
                time.sleep(1)
                before = browser.thread_seconds()
                found = seconds_to_picture(browser, file, OURS, 120)
                times.append(None if found is None else round(found, 2))
                costs.append(round(browser.thread_seconds() - before, 2))
            figures |= {"first usable view, seconds": times, "of these on the page's thread": costs}
            figures["aggregated"] = {name: frames_per_second(browser, name == "zoom") for name in ("pan", "zoom")}
            browser.driver.execute_script("jiqun.unfold(0)")
            time.sleep(1)
            figures["one group unfolded"] = {
                name: frames_per_second(browser, name == "zoom") for name in ("pan", "zoom")
            }
            figures["requests"] = [url for url in browser.requests() if url != file.as_uri()]
    print(figures)
    write_result("large", figures)


if __name__ == "__main__":
    main()
