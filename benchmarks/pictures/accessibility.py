"""Let axe-core look at the pages in both languages and themes, at two widths, in the states a reader brings about.

    python benchmarks/pictures/accessibility.py out/demo

axe-core comes from npm into a temporary folder, or from the file that `--axe` names. Violations of impact serious or
critical make the command fail.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from chromium import Chromium, write_result
from synthetic import made_up_graph

import kg
from kg.draw import draw_page, write_page
from kg.report import read_findings, write_report

RUN = "const done = arguments[0]; axe.run(document, { resultTypes: ['violations'] }).then((r) => done(r));"
PICTURE = {
    "opened": "",
    "node": "document.querySelector('#card .link').click(); document.querySelector('#card .fact summary')?.click()",
    "edge": "document.querySelector('#card .link').click(); document.querySelector('#card .fact summary').click()",
    "search": "const q = document.getElementById('q'); q.value = '市'; q.dispatchEvent(new Event('input'))",
    "list": "document.getElementById('view').click()",
    "export": "document.querySelector('#export-menu summary').click()",
    "filters": "document.getElementById('open-filters').click()",
}
GROUPS = {"opened": "", "unfolded": "jiqun.unfold(0)"}
REPORT = {
    "opened": "",
    "proof": "document.querySelector('[data-rows]').dispatchEvent(new MouseEvent('click', { bubbles: true }))",
    "search": "const q = document.getElementById('q'); q.value = '市'; q.dispatchEvent(new Event('input'))",
    "everything": "document.querySelectorAll('details').forEach((d) => { d.open = true; })",
}


def find_axe(given: Path | None, folder: Path) -> str:
    """Return the source of axe-core."""
    if given is None:
        subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), "axe-core"], check=True)
        given = folder / "node_modules" / "axe-core" / "axe.min.js"
    return given.read_text("utf-8")


def main() -> int:
    """Check all pages and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="folder that kg build wrote")
    parser.add_argument("--axe", type=Path, help="axe.min.js")
    options = parser.parse_args()
    found: list[dict[str, Any]] = []
    checks = 0
    with tempfile.TemporaryDirectory() as name, Chromium() as browser:
        folder = Path(name)
        axe = find_axe(options.axe, folder)
        pages = [(folder / "picture.html", PICTURE), (folder / "groups.html", GROUPS), (folder / "report.html", REPORT)]
        write_page(options.out, pages[0][0])
        pages[1][0].write_text(draw_page(made_up_graph(3_200, 6_000)), encoding="utf-8")
        write_report(kg.open_graph(options.out), pages[2][0], findings=read_findings(options.out))
        for page, states in pages:
            for width in (1280, 400):
                metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
                browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
                for state, script in states.items():
                    for press in ("", "language", "theme"):
                        browser.driver.get("about:blank")
                        browser.driver.get(page.as_uri())
                        if state == "filters" and width > 840:
                            continue
                        if press:
                            browser.driver.execute_script(f"document.getElementById('{press}').click()")
                        browser.driver.execute_script(script)
                        time.sleep(0.3)
                        browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": axe})
                        result = browser.driver.execute_async_script(RUN)
                        checks += 1
                        for violation in result["violations"]:
                            places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
                            record = {"page": page.stem, "width": width, "state": state, "pressed": press}
                            record |= {"rule": violation["id"], "impact": violation["impact"], "places": places[:4]}
                            found.append(record)
                            print(record, flush=True)
    serious = [record for record in found if record["impact"] in ("serious", "critical")]
    write_result("accessibility", {"checks": checks, "serious": len(serious), "violations": found})
    print(f"{checks} checks, {len(serious)} serious")
    return 1 if serious else 0


if __name__ == "__main__":
    sys.exit(main())
