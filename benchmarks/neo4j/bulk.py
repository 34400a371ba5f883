"""How fast the bulk path is: writing the files, the importer, and the start of the server that has them.

python benchmarks/neo4j/bulk.py --relationships 1000000
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import Place, server_tool, write_result
from synthetic import policy_graph

from kg.exporting.neo4j_csv import write_import_files


def main() -> None:
    """Write, import, start, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--relationships", type=int, default=1_000_000)
    options = parser.parse_args()
    graph = policy_graph(options.relationships)
    tool = server_tool()
    with tempfile.TemporaryDirectory(prefix="jiqun-neo4j-") as folder:
        files, place = Path(folder) / "import", Place(Path(folder) / "home", *tool.free_ports(2))
        times = [time.monotonic()]
        write_import_files(graph, files)
        times.append(time.monotonic())
        tool.import_folder(files, place.home, heap="2g")
        times.append(time.monotonic())
        try:
            place.start()
            [found] = place.run("MATCH ()-[r]->() RETURN count(r) AS count")
        finally:
            tool.remove(place.home)
    assert found["count"] == len(graph.relationships)
    write, load = times[1] - times[0], times[2] - times[1]
    figures = {"nodes": len(graph.nodes), "relationships": len(graph.relationships)}
    write_result("bulk", figures | {"write, seconds": write, "import, seconds": load, "rate": found["count"] / load})
    print(f"files {write:.1f} s, importer {load:.1f} s, {found['count'] / load:,.0f} relationships a second")


if __name__ == "__main__":
    main()
