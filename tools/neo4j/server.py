"""Bring up a Neo4j Community server on this machine, for tests and for the curious; take it down again.

    python tools/neo4j/server.py up      # start it, print its address and where the password is
    python tools/neo4j/server.py stop    # stop it; the data stays
    python tools/neo4j/server.py down    # stop it and remove all that it wrote
    python tools/neo4j/server.py import FOLDER   # replace its data with what `kg export --format neo4j-csv` wrote

What the machine offers decides, in this order: a server that `NEO4J_URI` names is used as it is; else a container
engine that answers; else Java 17 or 21 and Maven, which fetches the published artifacts that `pom.xml` names. The
server listens on 127.0.0.1 only. Its password is random, stands in a file that only its owner can read, and is set
over Bolt: it is never part of a command line. Run this with the project's Python: it needs the driver.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
DEFAULT_HOME = ROOT / ".neo4j" / "server"
IMAGE = "neo4j:5.26-community"
ADMIN_CLASS = "org.neo4j.cli.AdminTool"
MAIN_CLASS = "org.neo4j.server.CommunityEntryPoint"
USER = "neo4j"
JAVA_VERSIONS = (17, 21)
"""The Java versions that Neo4j 5.26 supports."""

CONFIGURATION = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{bolt}
server.bolt.advertised_address=127.0.0.1:{bolt}
server.http.listen_address=127.0.0.1:{http}
server.http.advertised_address=127.0.0.1:{http}
server.https.enabled=false
dbms.security.auth_enabled=true
server.memory.pagecache.size={page_cache}
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.bolt.telemetry.enabled=false
browser.remote_content_hostname_whitelist=localhost,127.0.0.1
db.tx_log.preallocate=false
db.tx_log.rotation.retention_policy=keep_none
"""
JAVA_FLAGS = (
    "-Xms256m", "-XX:-OmitStackTraceInFastThrow", "-XX:+DisableExplicitGC",
    "-Djdk.nio.maxCachedBufferSize=1024", "-Dio.netty.tryReflectionSetAccessible=true",
    "--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "-Dlog4j2.disable.jmx=true", "-Dfile.encoding=UTF-8",
)  # fmt: skip
"""What the launcher of the distribution would give; the main class itself does not read them from `neo4j.conf`."""
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""For tests: half the processor time for the start and the first queries, less speed later."""


class MissingToolsError(Exception):
    """Nothing on this machine can run the server; the message says what would be needed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs.

    Attributes:
        uri: Its Bolt address.
        browser: Address of Neo4j Browser, or empty when it is not ours.
        user: Who logs in.
        password_file: The file that the password is in, or None when the environment has it.
    """

    uri: str
    browser: str
    user: str
    password_file: Path | None

    @property
    def password(self) -> str:
        """The password."""
        if self.password_file is None:
            return os.environ.get("NEO4J_PASSWORD", "")
        return self.password_file.read_text("utf-8").strip()


def start(
    home: Path = DEFAULT_HOME, *, bolt: int = 7687, http: int = 7474, heap: str = "1g", page_cache: str = "256m",
    flags: Sequence[str] = ("-XX:+UseG1GC",), wait: float = 300.0, for_caller: bool = False,
) -> Server:  # fmt: skip
    """Start a server, or find the one that runs already, and set its password.

    Args:
        home: Folder for everything that it writes.
        bolt: Port for Bolt.
        http: Port for HTTP and Browser.
        heap: Java heap, as in `-Xmx`.
        page_cache: Memory for pages of the store.
        flags: More flags for Java.
        wait: Seconds until it must answer.
        for_caller: End the server when this process ends, however it ends (on Linux, and without containers).

    Raises:
        MissingToolsError: Neither container engine nor Java and Maven are there.
        RuntimeError: It did not start; the message ends with its log.
    """
    given = os.environ.get("NEO4J_URI", "")
    if given:
        return Server(given, "", os.environ.get("NEO4J_USER", USER), None)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = Server(f"bolt://127.0.0.1:{bolt}", f"http://127.0.0.1:{http}/browser/", USER, home / "password")
    engine = container_engine()
    if not _is_ours(home) and not (engine and _container_runs(engine, home)):
        if _is_taken(bolt) or _is_taken(http):
            raise RuntimeError(f"port {bolt} or {http} is taken: say others with --bolt and --http")
        if not (engine and _start_container(engine, home, bolt, http, heap)):
            _start_java(home, bolt, http, heap, page_cache, flags, _end_with_parent if for_caller else None)
    _set_password(server, home, wait)
    for _ in _until(wait, home):
        if _is_taken(http):
            break
    return server


def stop(home: Path = DEFAULT_HOME, *, wait: float = 90.0) -> bool:
    """Stop the server of a folder; return whether one ran."""
    if engine := container_engine():
        name = _container_name(home)
        if subprocess.run([engine, "rm", "--force", name], capture_output=True, check=False).stdout.strip():
            return True
    if not _is_ours(home):
        return False
    pid = int((home / "pid").read_text())
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + wait
    while _is_ours(home):
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.1)
    (home / "pid").unlink(missing_ok=True)
    return True


def import_folder(
    folder: Path, home: Path = DEFAULT_HOME, *, heap: str = "1g", flags: Sequence[str] = ("-XX:+UseParallelGC",)
) -> str:
    """Fill the database of a server that does not run with the files of `kg export --format neo4j-csv`.

    Args:
        folder: What the export wrote.
        home: Folder of the server; its database is replaced.
        heap: Java heap of the importer.
        flags: More flags for Java.

    Returns:
        What the importer says.

    Raises:
        MissingToolsError: Java or Maven are not there.
        RuntimeError: The server runs, or the importer refuses; the message ends with what it says.
    """
    if _is_ours(home):
        raise RuntimeError("the server runs: stop it first")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (home / "neo4j.conf").is_file():
        (home / "neo4j.conf").write_text(CONFIGURATION.format(bolt=7687, http=7474, page_cache="256m"), "utf-8")
    command = [find_java(), f"-Xmx{heap}", *JAVA_FLAGS[1:], *flags, "-cp", class_path(), ADMIN_CLASS]
    result = subprocess.run(
        [*command, "database", "import", "full", "@import.args", "neo4j"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home)},
    )  # fmt: skip
    if result.returncode != 0:
        raise RuntimeError(f"the importer refuses:\n{(result.stdout + result.stderr)[-3000:]}")
    return result.stdout


def remove(home: Path = DEFAULT_HOME) -> None:
    """Stop the server of a folder and remove the folder."""
    stop(home)
    if home.is_dir() and ((home / "neo4j.conf").is_file() or (home / "password").is_file() or not any(home.iterdir())):
        shutil.rmtree(home)


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


# --- Java and Maven ---------------------------------------------------------------------------------------------------


def find_java() -> str:
    """Return the Java that runs the server.

    Raises:
        MissingToolsError: There is none, or none of a version that Neo4j 5.26 supports.
    """
    home = os.environ.get("JAVA_HOME", "")
    found = []
    for java in dict.fromkeys([f"{home}/bin/java" if home else "", "java"]):
        path = shutil.which(java) if java else None
        if path is None:
            continue
        told = subprocess.run([path, "-version"], capture_output=True, text=True, check=False).stderr
        version = re.search(r'version "(\d+)', told)
        if version and int(version[1]) in JAVA_VERSIONS:
            return path
        found.append(version[1] if version else "unknown")
    tried = f"found Java {', '.join(found)}" if found else "found no Java"
    raise MissingToolsError(
        f"no Neo4j server can be had: NEO4J_URI is not set, no container engine answers, and {tried} "
        "(Java 17 or 21 and Maven are needed; on Debian: apt-get install default-jdk-headless maven)"
    )


def class_path() -> str:
    """Return the class path of the server, fetched by Maven when it is not there yet.

    Raises:
        MissingToolsError: There is no Maven, or it reaches no repository.
    """
    stored = ROOT / ".neo4j" / "classpath"
    pom = HERE / "pom.xml"
    if stored.is_file() and stored.stat().st_mtime >= pom.stat().st_mtime:
        text = stored.read_text("utf-8").strip()
        if all(Path(jar).is_file() for jar in text.split(os.pathsep)):
            return text
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingToolsError(
            "no Neo4j server can be had: NEO4J_URI is not set, no container engine answers, and there is no Maven "
            "(on Debian: apt-get install maven)"
        )
    stored.parent.mkdir(parents=True, exist_ok=True)
    temporary = stored.with_name(f"classpath.{os.getpid()}")
    result = subprocess.run(
        [maven, "--batch-mode", "--quiet", "--file", str(pom), "dependency:build-classpath",
         "-DincludeScope=runtime", f"-Dmdep.outputFile={temporary}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0 or not temporary.is_file():
        raise MissingToolsError(
            f"no Neo4j server can be had: Maven could not fetch it:\n{(result.stdout + result.stderr)[-3000:]}"
        )
    temporary.replace(stored)
    return stored.read_text("utf-8").strip()


def _start_java(
    home: Path, bolt: int, http: int, heap: str, page_cache: str, flags: Sequence[str],
    prepare: Callable[[], None] | None,
) -> None:  # fmt: skip
    java = find_java()
    path = class_path()
    for name in ("data", "logs", "import", "plugins"):
        (home / name).mkdir(exist_ok=True)
    (home / "neo4j.conf").write_text(CONFIGURATION.format(bolt=bolt, http=http, page_cache=page_cache), "utf-8")
    arguments = [*JAVA_FLAGS, *flags, f"-Xmx{heap}", "-cp", f"{home / 'plugins'}/*{os.pathsep}{path}"]
    arguments += [MAIN_CLASS, f"--home-dir={home}", f"--config-dir={home}", "--console-mode"]
    # An argument file keeps the process list readable, and Windows' limit of a command line out of the way.
    quoted = ('"' + argument.replace("\\", "\\\\").replace('"', '\\"') + '"' for argument in arguments)
    (home / "java.args").write_text("\n".join(quoted) + "\n", "utf-8")
    with (home / "logs" / "console.log").open("wb") as log:
        process = subprocess.Popen(
            [java, f"@{home / 'java.args'}"], cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True, preexec_fn=prepare,
            env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home)},
        )  # fmt: skip
    (home / "pid").write_text(f"{process.pid}\n", "utf-8")


def _end_with_parent() -> None:
    """Ask the kernel, in the child, for SIGTERM when the parent has ended: a killed test run leaves no server."""
    if sys.platform == "linux":
        import ctypes

        death_signal = 1  # PR_SET_PDEATHSIG, prctl(2)
        ctypes.CDLL(None).prctl(death_signal, signal.SIGTERM)


def _is_ours(home: Path) -> bool:
    """Tell whether the process whose id stands in the folder is alive and is the server of this folder."""
    try:
        pid = int((home / "pid").read_text())
        os.kill(pid, 0)
    except (OSError, ValueError):
        return False
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
    except OSError:
        told = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        command = told.stdout
    return str(home / "java.args") in command


def _is_taken(port: int) -> bool:
    with socket.socket() as one:
        one.settimeout(2)
        return one.connect_ex(("127.0.0.1", port)) == 0


# --- containers -------------------------------------------------------------------------------------------------------


def container_engine() -> str | None:
    """Return docker or podman, if one is there and answers."""
    for name in ("docker", "podman"):
        path = shutil.which(name)
        if path is None:
            continue
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run([path, "info"], capture_output=True, check=False, timeout=20).returncode == 0:
                return path
    return None


def _container_name(home: Path) -> str:
    return "jiqun-neo4j-" + re.sub(r"\W+", "-", str(home.resolve())).strip("-")[-40:].strip("-")


def _container_runs(engine: str, home: Path) -> bool:
    name = _container_name(home)
    told = subprocess.run([engine, "ps", "--quiet", "--filter", f"name=^{name}$"], capture_output=True, check=False)
    return bool(told.stdout.strip())


def _start_container(engine: str, home: Path, bolt: int, http: int, heap: str) -> bool:
    """Run the official image, and tell whether it could be had; the data lives in the container and goes with it."""
    (home / "password").unlink(missing_ok=True)
    result = subprocess.run(
        [engine, "run", "--detach", "--name", _container_name(home),
         "--publish", f"127.0.0.1:{bolt}:7687", "--publish", f"127.0.0.1:{http}:7474",
         "--env", f"NEO4J_server_memory_heap_max__size={heap}", "--env", "NEO4J_dbms_usage__report_enabled=false",
         "--env", "NEO4J_browser_remote__content__hostname__whitelist=localhost,127.0.0.1",
         "--env", f"NEO4J_server_bolt_advertised__address=localhost:{bolt}", IMAGE],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode != 0:
        subprocess.run([engine, "rm", "--force", _container_name(home)], capture_output=True, check=False)
        print(f"{Path(engine).name} could not start {IMAGE}: {result.stderr.strip()[-300:]}", file=sys.stderr)
    return result.returncode == 0


# --- the password -----------------------------------------------------------------------------------------------------


def _set_password(server: Server, home: Path, wait: float) -> None:
    """Wait for Bolt, then change the password of a fresh server from its well-known one to a random one.

    The password is in its file before the server has it, so that a kill in between locks nobody out.
    """
    from neo4j import GraphDatabase
    from neo4j.exceptions import AuthError, DriverError, Neo4jError

    file = server.password_file
    assert file is not None
    if not file.exists():
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(secrets.token_urlsafe(24) + "\n")
    for _ in _until(wait, home):
        try:
            with (
                GraphDatabase.driver(server.uri, auth=(USER, server.password)) as driver,
                driver.session(database="neo4j") as session,
            ):
                session.run("RETURN 1").consume()
                return
        except AuthError:
            pass
        except (DriverError, Neo4jError, OSError):
            continue
        with (
            contextlib.suppress(DriverError, Neo4jError),
            GraphDatabase.driver(server.uri, auth=(USER, USER)) as driver,
            driver.session(database="system") as session,
        ):
            change = "ALTER CURRENT USER SET PASSWORD FROM $old TO $new"
            session.run(change, old=USER, new=server.password).consume()
    raise RuntimeError(f"the server did not answer within {wait:.0f} s, or has another password.\n{_log(home)}")


def _until(wait: float, home: Path) -> Iterator[None]:
    """Yield now and then until the time is over or the server has died."""
    end = time.monotonic() + wait
    while time.monotonic() < end:
        yield
        if (home / "pid").is_file():
            with contextlib.suppress(ChildProcessError, ValueError):
                os.waitpid(int((home / "pid").read_text()), os.WNOHANG)
            if not _is_ours(home):
                raise RuntimeError(f"the server ended at once:\n{_log(home)}")
        time.sleep(0.5)


def _log(home: Path) -> str:
    log = home / "logs" / "console.log"
    return log.read_text("utf-8", "replace")[-3000:] if log.is_file() else ""


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("up", "stop", "down", "import"))
    parser.add_argument("folder", nargs="?", type=Path, help="for import: what kg export --format neo4j-csv wrote")
    parser.add_argument("--home", type=Path, default=DEFAULT_HOME, help="folder for all that the server writes")
    parser.add_argument("--bolt", type=int, default=7687, help="port for Bolt (default 7687)")
    parser.add_argument("--http", type=int, default=7474, help="port for HTTP and Browser (default 7474)")
    parser.add_argument("--heap", default="1g", help="Java heap (default 1g)")
    options = parser.parse_args()
    home = options.home.resolve()
    try:
        if options.action == "up":
            server = start(home, bolt=options.bolt, http=options.http, heap=options.heap)
            print(f"Neo4j    {server.uri}")
            if server.password_file:
                shown = os.path.relpath(server.password_file)
                print(f"Browser  {server.browser}   user {server.user}, password in {shown}")
                print(f"load     kg load out/demo --neo4j {server.uri} --password-file {shown}")
        elif options.action == "import":
            if options.folder is None:
                parser.error("import which folder?")
            print(import_folder(options.folder, home, heap=options.heap)[-400:].strip())
        elif options.action == "stop":
            print("stopped" if stop(home) else "none was running")
        else:
            remove(home)
            print("stopped and removed")
    except (MissingToolsError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
