"""A Spark session, and what to do where there can be none."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ontology.errors import ConfigurationError, ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

LOCAL = "local[*]"
"""The master when none is named: all cores of this machine."""
PACKAGES = ("pyspark", "pyarrow", "pandas")
JAVA_VERSIONS = range(17, 22)
"""What Spark 4 runs on."""
BATCH = 64
"""Rows that a Python worker is given at once: texts of some kilobytes each, or facts."""

_MASTER = re.compile(r"local(\[(\*|\d+)(, *\d+)?\])?|local-cluster\[.+\]|spark://.+|yarn|k8s://.+")
_MEND_JAVA = "install one (Debian: apt-get install openjdk-17-jre-headless), or name its folder in JAVA_HOME"

_logger = logging.getLogger(__name__)


@contextlib.contextmanager
def open_session(master: str) -> Iterator[SparkSession]:
    """Open a session and stop it at the end.

    Memory, cores and all else of the cluster are said as Spark wants them: `spark-defaults.conf` in
    `SPARK_CONF_DIR`, or `PYSPARK_SUBMIT_ARGS`.

    Args:
        master: Where Spark runs, `local[2]` or `spark://host:7077`.

    Raises:
        UsageError: There is no such kind of master.
        ConfigurationError: PySpark or Java is missing.
        ServiceError: The master does not answer.
    """
    check_spark(master)
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    is_local = master.startswith("local")
    builder: Any = SparkSession.builder
    builder = builder.master(master).appName("kg build")
    for name, value in _settings(is_local).items():
        builder = builder.config(name, value)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with tempfile.TemporaryFile() as log:
        try:
            with _said_to(log.fileno()):
                session = builder.getOrCreate()
        except (PySparkException, OSError) as error:
            log.seek(0)
            said = log.read().decode("utf-8", "replace")
            raise _no_session(master, f"{error}\n{said}") from error
        except Exception as error:  # py4j tells of every trouble in Java by classes of its own
            raise _no_session(master, str(error)) from error
        try:
            session.sparkContext.setLogLevel("INFO" if _logger.isEnabledFor(logging.DEBUG) else "OFF")
            yield session
        finally:
            with contextlib.suppress(Exception):  # a session that is broken has nothing to stop
                session.stop()


def check_spark(master: str) -> None:
    """Find out whether Spark can run here before anything is read.

    Raises:
        UsageError: There is no such kind of master.
        ConfigurationError: PySpark or Java is missing.
    """
    if not _MASTER.fullmatch(master):
        raise UsageError(f"No master {master!r}.", hint="local[2], local[*], spark://HOST:7077, yarn or k8s://HOST")
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise ConfigurationError(
            f"The engine 'spark' cannot run: not installed: {', '.join(missing)}.", hint="pip install 'jiqun[spark]'"
        )
    home = os.environ.get("JAVA_HOME", "")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        where = f"JAVA_HOME is {home}, and there is no bin/java in it" if home else "there is no Java"
        raise ConfigurationError(f"The engine 'spark' cannot run: {where}.", hint=f"Java 17 or 21: {_MEND_JAVA}")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) not in JAVA_VERSIONS:
        wrong = f"{java} is version {found[1]}" if found else f"{java} does not start"
        raise ConfigurationError(f"The engine 'spark' cannot run: {wrong}.", hint=f"Java 17 or 21: {_MEND_JAVA}")


def _settings(is_local: bool) -> dict[str, str]:
    settings = {
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH),
        "spark.driver.maxResultSize": "0",  # what is global comes to the driver, however much it is
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.executorEnv.OMP_NUM_THREADS": "1",  # the other cores have tasks of their own
        "spark.executorEnv.PYTHONIOENCODING": "utf-8",
    }
    if is_local:
        settings |= {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
        # On a machine with other work a heartbeat comes late; Spark would give up its only executor, and wait for ever.
        settings |= {"spark.network.timeout": "3600s", "spark.executor.heartbeatInterval": "60s"}
        paths = [str(Path(__file__).resolve().parents[2]), *filter(None, sys.path)]
        settings["spark.executorEnv.PYTHONPATH"] = os.pathsep.join(paths)
    return settings


@contextlib.contextmanager
def _said_to(descriptor: int) -> Iterator[None]:
    """Let what starts inside write its news to a file; with KG_DEBUG they stay on standard error."""
    if _logger.isEnabledFor(logging.DEBUG):
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    os.dup2(descriptor, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _no_session(master: str, said: str) -> ServiceError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reasons = [line for line in lines if re.match(r"(Caused by: |Exception|Error|.*Exception: )", line)]
    reason = (reasons or lines or ["no reason given"])[0][:300]
    return ServiceError(
        f"No Spark session at {master}: {reason}", hint="is the master up? KG_DEBUG=1 shows what Spark says"
    )
