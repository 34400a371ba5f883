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
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from ontology.errors import ConfigurationError, JiqunError, OutputError

from . import output
from .configuration import load_assertions, load_configuration
from .loading.connection import DEFAULT_URI, DEFAULT_USER, find_password, open_driver
from .settings import missing_for_full

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .configuration import Setting

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "firefox", "msedge")
LEAST_FREE_BYTES = 500 * 2**20
LEAST_MEMORY_BYTES = 2 * 2**30
LEAST_PYTHON = (3, 11)
LEAST_JAVA = 17
DOCUMENT_PACKAGES = ("pypdf", "python-docx")
_HANDSHAKE = bytes.fromhex("6060b017 00040805 00000405 00000004 00000003")
"""What a Bolt client says first: magic number, then the versions it speaks, best first."""


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


def examine(out: Path | None = None) -> Iterator[Check]:
    """Look at this machine and at an output folder, one check after the other.

    Args:
        out: The folder; that of the settings when None.
    """
    yield _check_python()
    yield from _check_packages()
    yield _check_documents()
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
    yield _check_java()
    settings: Mapping[str, Setting] = {}
    try:
        settings = load_configuration()
        load_assertions()
        told = {setting.origin for setting in settings.values()} - {"default"}
        yield Check("settings", "ok", ", ".join(sorted(told)) or "all default (kg init writes a file for them)")
    except ConfigurationError as error:
        yield Check("settings", "bad", error.message, error.hint)
    yield _check_neo4j(str(settings["neo4j.uri"].value) if settings else DEFAULT_URI, settings)
    out = out or Path(str(settings["out"].value) if settings else "out")
    yield _check_memory()
    yield _check_disk(out)
    yield from _check_output(out)


def _check_python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < LEAST_PYTHON:
        return Check("Python", "bad", found, "Jiqun needs 3.11 or newer: make PYTHON=/path/to/python3.11 install")
    return Check("Python", "ok", found)


def _check_documents() -> Check:
    found, absent = [], []
    for name in DOCUMENT_PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            absent.append(name)
    if absent:
        remedy = "PDF and Word files are reported and left out: pip install 'jiqun[documents]'"
        return Check("documents", "note", f"missing: {', '.join(absent)}", remedy)
    return Check("documents", "ok", ", ".join(found))


def _check_java() -> Check:
    """See whether `make neo4j` could start a server here."""
    tool = shutil.which("java")
    remedy = "make neo4j needs it where there is no container; on Debian: apt-get install default-jdk"
    if tool is None:
        return Check("Java", "note", "none", remedy)
    try:
        result = subprocess.run([tool, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("Java", "note", f"{tool} does not run: {error}", remedy)
    found = re.search(r'version "(\d+)[^"]*"', result.stderr + result.stdout)
    if found is None or int(found[1]) < LEAST_JAVA:
        return Check("Java", "note", found[0] if found else f"{tool} does not say its version", remedy)
    return Check("Java", "ok", found[0])


def _check_memory() -> Check:
    free = _free_memory()
    if free is None:
        return Check("memory", "ok", "the system does not say how much is free")
    found = f"{free / 2**30:.1f} GiB free"
    if free < LEAST_MEMORY_BYTES:
        return Check("memory", "note", found, "large builds may fail; build fewer documents at once")
    return Check("memory", "ok", found)


def _free_memory() -> int | None:
    """Return the bytes that a program could still get, where the system says it."""
    try:
        found = re.search(r"MemAvailable:\s*(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


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


def _check_neo4j(uri: str, settings: Mapping[str, Setting]) -> Check:
    """See whether a Neo4j server answers, and which one where its password is known; nothing is asked of a person."""
    shown = uri.rpartition("@")[2]
    remedy = "only kg load needs it; a checkout's make neo4j starts one, NEO4J_URI says where another is"
    try:
        parts = urlsplit(uri)
        where = (parts.hostname or "localhost", parts.port or 7687)
        with socket.create_connection(where, timeout=1.0) as connection:
            spoken = _bolt_version(connection)
    except (OSError, ValueError):
        return Check("Neo4j", "note", f"nobody listens at {shown}", remedy)
    if not spoken and "+s" not in parts.scheme:
        return Check("Neo4j", "note", f"what listens at {shown} is no Neo4j server", remedy)
    try:
        file = str(settings["neo4j.password_file"].value) if settings else ""
        password = find_password(None if os.environ.get("NEO4J_PASSWORD") or not file else file)
        user = str(settings["neo4j.user"].value) if settings else DEFAULT_USER
        if not password:
            remedy = "its version is told to those who log in: NEO4J_PASSWORD=... kg doctor"
            told = f"{shown}, Bolt {spoken}" if spoken else shown
            return Check("Neo4j", "ok", f"a server answers at {told}", remedy)
        with open_driver(uri, user=user, password=password) as driver:
            return Check("Neo4j", "ok", f"{driver.get_server_info().agent} at {shown}, user {user} is let in")
    except JiqunError as error:
        return Check("Neo4j", "note", f"a server answers at {shown}, but: {error.message}", error.hint or remedy)


def _bolt_version(connection: socket.socket) -> str:
    """Shake hands and return the version of Bolt that the server chose, or nothing when it does not speak it."""
    connection.settimeout(2.0)
    try:
        connection.sendall(_HANDSHAKE)
        answer = connection.recv(4)
    except OSError:
        return ""
    return f"{answer[3]}.{answer[2]}" if len(answer) == 4 and answer[3] and not answer[0] else ""


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
    try:
        stale, beside = output.leftovers(out), output.leftovers(out.absolute().parent)
    except OutputError as error:
        yield Check("leftovers", "note", error.message, error.hint)
        return
    if stale:
        names = ", ".join(path.name for path in stale)
        yield Check("leftovers", "note", names, "a build was killed; the next one into this folder removes them")
    if beside:
        names = ", ".join(map(str, beside))
        yield Check(
            "leftovers", "note", names, "a build was killed while it wrote here; remove them unless one is running"
        )
