"""What is there, what is missing, what a missing thing means, and the one command that mends it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from ontology.errors import OutputError

from . import output
from .settings import missing_for_full

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "firefox", "msedge")
LEAST_FREE_BYTES = 500 * 2**20
DEFAULT_NEO4J = "bolt://localhost:7687"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        state: `ok`, `note` (works without, something less) or `bad` (does not work).
        found: What was found.
        remedy: What it means and what mends it; empty when it is fine.
    """

    name: str
    state: Literal["ok", "note", "bad"]
    found: str
    remedy: str = ""


def examine(out: Path) -> Iterator[Check]:
    """Look at this machine and at an output folder, one check after the other."""
    yield _check_python()
    yield from _check_packages()
    missing = missing_for_full()
    if missing:
        yield Check("profile full", "note", missing, "builds use the profile rules: faster, they find a little less")
    else:
        yield Check("profile full", "ok", "its models are here")
    encoding = sys.getfilesystemencoding().lower()
    if encoding.replace("-", "") == "utf8":
        yield Check("file names", "ok", encoding)
    else:
        yield Check("file names", "note", encoding, "Chinese file names need UTF-8: export LANG=C.UTF-8")
    yield _check_browser()
    yield _check_font()
    yield _check_neo4j()
    yield _check_disk(out)
    yield from _check_output(out)


def _check_python() -> Check:
    return Check("Python", "ok", ".".join(map(str, sys.version_info[:3])))


def _check_packages() -> Iterator[Check]:
    try:
        wanted = [
            re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in requires("jiqun") or [] if "extra ==" not in line
        ]
    except PackageNotFoundError:
        yield Check("packages", "bad", "jiqun itself is not installed", "pip install jiqun")
        return
    found, absent = [], []
    for name in wanted:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            absent.append(name)
    if absent:
        yield Check("packages", "bad", f"missing: {', '.join(absent)}", f"pip install {' '.join(absent)}")
    else:
        yield Check("packages", "ok", ", ".join(found))


def _check_browser() -> Check:
    path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if path or sys.platform in ("win32", "darwin"):
        return Check("browser", "ok", path or "the system's own")
    return Check("browser", "note", "none found", "copy graph.html to a machine with a browser; it needs nothing else")


def _check_font() -> Check:
    tool = shutil.which("fc-list")
    if tool is None:
        return Check("Chinese font", "ok", "the system's own" if os.name == "nt" else "not looked for (no fc-list)")
    result = subprocess.run([tool, ":lang=zh", "family"], capture_output=True, text=True, timeout=20, check=False)
    families = sorted({line.split(",")[0] for line in result.stdout.splitlines() if line.strip()})
    if families:
        return Check("Chinese font", "ok", families[0])
    return Check("Chinese font", "note", "none", "pictures show boxes; on Debian: apt-get install fonts-noto-cjk")


def _check_neo4j() -> Check:
    """See whether somebody listens; no password is asked for and nothing is sent."""
    uri = os.environ.get("NEO4J_URI", DEFAULT_NEO4J)
    try:
        parts = urlsplit(uri)
        where = (parts.hostname or "localhost", parts.port or 7687)
        with socket.create_connection(where, timeout=1.0):
            return Check("Neo4j", "ok", f"a server listens at {where[0]}:{where[1]}")
    except (OSError, ValueError):
        shown = uri.rpartition("@")[2]
        return Check(
            "Neo4j", "note", f"nobody listens at {shown}", "everything but kg load works without; NEO4J_URI says where"
        )


def _check_disk(out: Path) -> Check:
    folder = out if out.exists() else out.absolute().parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    found = f"{free / 2**30:.1f} GiB free for {out}"
    if free < LEAST_FREE_BYTES:
        return Check("disk", "note", found, "a build of many documents needs more")
    return Check("disk", "ok", found)


def _check_output(out: Path) -> Iterator[Check]:
    if not out.exists():
        yield Check("last build", "ok", f"none in {out} yet")
        return
    try:
        manifest = output.read_manifest(out)
        counts = manifest.counts
        yield Check(
            "last build",
            "ok",
            f"{out}: {counts.get('documents')} documents, {counts.get('facts')} facts, files unchanged",
        )
    except OutputError as error:
        yield Check("last build", "note", error.message, error.hint)
    stale = output.leftovers(out)
    if stale:
        names = ", ".join(path.name for path in stale)
        yield Check("leftovers", "note", names, "a build was killed; the next one into this folder removes them")
