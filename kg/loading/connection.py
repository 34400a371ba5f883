"""Connect to a Neo4j server: credentials from where nobody can read them, errors as ours."""

from __future__ import annotations

import contextlib
import getpass
import logging
import os
import re
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ontology.errors import LimitError, ServiceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Driver

DEFAULT_URI = "bolt://localhost:7687"
DEFAULT_USER = "neo4j"
SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")

_logger = logging.getLogger(__name__)


def find_password(file: Path | str | None = None, *, user: str = DEFAULT_USER, prompt: bool = False) -> str:
    """Find the password where it is kept: a file, `NEO4J_PASSWORD`, the file in `NEO4J_PASSWORD_FILE`, a person.

    Args:
        file: A file whose first line is the password.
        user: Who logs in, for the prompt.
        prompt: Ask when nothing is found and a person sits at the terminal.

    Returns:
        The password, or an empty string: a server without authentication needs none.

    Raises:
        UsageError: The file cannot be read.
    """
    if file is None:
        password = os.environ.get("NEO4J_PASSWORD", "")
        if password:
            return password
        file = os.environ.get("NEO4J_PASSWORD_FILE") or None
    if file is not None:
        path = Path(file)
        try:
            if os.name == "posix" and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
                _logger.warning("%s can be read by other users: chmod 600 %s", path, path)
            return path.read_text("utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise UsageError(f"cannot read the password from {path}: {reason}") from error
    if prompt and sys.stdin.isatty():
        return getpass.getpass(f"Password of {user}: ")
    return ""


def check_uri(uri: str) -> str:
    """Return the address of a server if it is one that can be used.

    Raises:
        UsageError: Its scheme is none of Bolt's, or it holds a password.
    """
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"that is no address of a Neo4j server: {error}", hint=f"such as {DEFAULT_URI}") from error
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            "an address with a user or password in it can be read by others and ends up in logs",
            hint="give the bare address; the password comes from NEO4J_PASSWORD, a file or a prompt",
        )
    if parts.scheme not in SCHEMES or not host:
        raise UsageError(f"{uri!r} is no address of a Neo4j server", hint=f"such as {DEFAULT_URI}")
    local = host == "localhost" or host == "::1" or host.startswith("127.")
    if parts.scheme in ("bolt", "neo4j") and not local:
        _logger.warning("the connection to %s is not encrypted; %s+s:// would be", host, parts.scheme)
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}:{port or 7687}" + (
        f"?{parts.query}" if parts.query else ""
    )


@contextlib.contextmanager
def open_driver(uri: str, *, user: str = DEFAULT_USER, password: str = "") -> Iterator[Driver]:
    """Open a driver that has talked to its server, and close it at the end.

    Raises:
        ServiceError: Nobody answers, or the server refuses the user.
        UsageError: The address is none.
    """
    address = check_uri(uri)
    with translated_errors(address):
        driver = connect(address, user=user, password=password)
        try:
            yield driver
        finally:
            driver.close()


def connect(uri: str, *, user: str = DEFAULT_USER, password: str = "") -> Driver:
    """Return a driver that has talked to its server; the caller closes it."""
    from neo4j import GraphDatabase

    driver = GraphDatabase.driver(uri, **driver_settings(user, password))
    try:
        driver.verify_connectivity()
    except BaseException:
        driver.close()
        raise
    return driver


def driver_settings(user: str, password: str) -> dict[str, Any]:
    """Return what every driver of ours is made with."""
    return {
        "auth": (user, password) if password else None,
        "connection_timeout": 10.0,
        "connection_acquisition_timeout": 60.0,
        "notifications_min_severity": "OFF",
        "user_agent": _user_agent(),
    }


@contextlib.contextmanager
def translated_errors(uri: str) -> Iterator[None]:
    """Turn errors of the driver into ours, each with one line that says what to do."""
    from neo4j.exceptions import (
        AuthError,
        ClientError,
        ConfigurationError,
        DatabaseError,
        DriverError,
        Neo4jError,
        ServiceUnavailable,
        SessionExpired,
        TransientError,
    )

    try:
        yield
    except AuthError as error:
        raise ServiceError(
            f"Neo4j at {uri} does not let this user in with this password.",
            hint="NEO4J_USER, and NEO4J_PASSWORD or --password-file, say who loads",
        ) from error
    except (ServiceUnavailable, SessionExpired) as error:
        raise ServiceError(
            f"Neo4j at {uri} cannot be reached: {_first_line(error)}",
            hint="a checkout's `make neo4j` starts one; after a break, load again: what is there stays, the rest comes",
        ) from error
    except ConfigurationError as error:
        raise UsageError(f"Neo4j cannot be used like this: {_first_line(error)}") from error
    except (TransientError, DatabaseError) as error:
        if "OutOfMemory" in str(error.code) or "DiskSpace" in str(error.code):
            raise LimitError(f"Neo4j at {uri} has no room: {_first_line(error)}") from error
        raise ServiceError(f"Neo4j at {uri} failed: {_first_line(error)}", hint="try again") from error
    except ClientError as error:
        if error.code == "Neo.ClientError.Database.DatabaseNotFound":
            raise UsageError(f"Neo4j at {uri}: {_first_line(error)}", hint="Community has one, `neo4j`") from error
        raise UsageError(f"Neo4j refuses: {_first_line(error)}", hint=str(error.code or "")) from error
    except (DriverError, Neo4jError, OSError) as error:
        raise ServiceError(f"Neo4j at {uri}: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    # Only what the server said is a `message`; of the driver's own errors it is the same empty phrase for all.
    from neo4j.exceptions import Neo4jError

    text = str((error.message if isinstance(error, Neo4jError) else None) or error).strip()
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return re.sub(r"\s*\(resolved to .*", "", text.splitlines()[0]) if text else type(error).__name__


def _user_agent() -> str:
    from kg import __version__

    return f"jiqun/{__version__}"
