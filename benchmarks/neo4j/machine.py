"""What all measurements share: a server of their own, what the machine is, and where the figures go."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

sys.path[:0] = [str(Path(__file__).resolve().parents[k]) for k in (2, 0, 1)]

from record import describe_machine, write_figures

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().parent / "results"

if TYPE_CHECKING:
    from neo4j import Driver


def server_tool() -> ModuleType:
    """Return the script that starts servers, `tools/neo4j/server.py`."""
    spec = importlib.util.spec_from_file_location("neo4j_server_tool", ROOT / "tools" / "neo4j" / "server.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@dataclass(slots=True)
class Place:
    """A server for one measurement.

    Attributes:
        home: Its folder.
        bolt: Its port for Bolt.
        http: Its port for HTTP.
        uri: Its address.
        password: Its password.
    """

    home: Path
    bolt: int
    http: int
    uri: str = ""
    password: str = ""

    @property
    def credentials(self) -> dict[str, str]:
        """What `load_graph` wants to know."""
        return {"uri": self.uri, "user": "neo4j", "password": self.password}

    def start(self) -> None:
        """Start the server of the folder, or find it running."""
        server = server_tool().start(
            self.home, bolt=self.bolt, http=self.http, heap="2g", page_cache="1g", wait=900, for_caller=True
        )
        self.uri, self.password = server.uri, server.password

    def driver(self) -> Driver:
        """Return a driver; the caller closes it."""
        from neo4j import GraphDatabase

        return GraphDatabase.driver(self.uri, auth=("neo4j", self.password), notifications_min_severity="OFF")

    def run(self, statement: str, **parameters: object) -> list[dict[str, Any]]:
        """Run a statement and return its rows."""
        with self.driver() as driver, driver.session() as session:
            return session.run(statement, parameters).data()

    def processor_seconds(self) -> tuple[float, float]:
        """Return the processor time that the server and this process have used so far, in seconds; Linux only."""
        pid = int((self.home / "pid").read_text())
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), time.process_time()

    def wipe(self) -> None:
        """Remove all nodes; constraints and indexes stay."""
        self.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")


@contextlib.contextmanager
def fresh_server() -> Iterator[Place]:
    """Run an empty server, and remove it with its data."""
    tool = server_tool()
    if os.environ.get("NEO4J_URI"):
        raise SystemExit("unset NEO4J_URI: these measurements empty, stop and kill the server")
    with tempfile.TemporaryDirectory(prefix="jiqun-neo4j-") as folder:
        place = Place(Path(folder) / "home", *tool.free_ports(2))
        try:
            place.start()
            yield place
        finally:
            tool.remove(place.home)


def write_result(name: str, figures: Mapping[str, Any]) -> None:
    """Keep figures, with day, machine and versions, in `results/NAME.json`."""
    write_figures(RESULTS / f"{name}.json", about(), figures)


def about() -> dict[str, str]:
    """Tell day, machine and versions, that of the server too."""
    pom = (ROOT / "tools" / "neo4j" / "pom.xml").read_text("utf-8")
    server = pom.partition("<neo4j.version>")[2].partition("<")[0]
    return {**describe_machine(("neo4j", "neo4j-rust-ext", "rdflib", "rdflib-neo4j")), "server": server}


def resident() -> int:
    """Return the memory of this process in MiB."""
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") // 2**20
    return 0
