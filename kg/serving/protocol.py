"""What the SPARQL 1.1 Protocol lets a client say, read out of a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from starlette.requests import Request

LARGEST_BODY = 2_000_000
_BODY_SECONDS = 10.0

_READ_ONLY = "This endpoint only reads; updates are refused."


class RequestProblemError(Exception):
    """A request that breaks the protocol, or that a read-only endpoint refuses."""

    def __init__(self, status: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.hint = status, message, hint


@dataclass(frozen=True, slots=True)
class ProtocolRequest:
    """A query with its dataset.

    Attributes:
        query: The text; None where there is none, which asks for the service description.
        default_graphs: The `default-graph-uri` parameters.
        named_graphs: The `named-graph-uri` parameters.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


async def read_request(request: Request) -> ProtocolRequest:
    """Read a query sent by GET, by POST as a form, or by POST directly.

    Raises:
        RequestProblemError: The request breaks the protocol.
    """
    pairs = _read_pairs(request.scope["query_string"])
    query: str | None = None
    if request.method == "POST":
        content_type, charset = _content_type(request.headers.get("content-type", ""))
        if content_type == "application/x-www-form-urlencoded":
            pairs += _read_pairs(await _read_body(request))
        elif content_type == "application/sparql-query":
            if any(name == "query" for name, _ in pairs):
                raise RequestProblemError(400, "The query is sent twice, in the address and in the body.")
            query = _decode(await _read_body(request), charset)
        elif content_type == "application/sparql-update":
            raise RequestProblemError(403, _READ_ONLY)
        else:
            hint = "Content-Type: application/x-www-form-urlencoded or application/sparql-query"
            raise RequestProblemError(415, "A query is sent as a form or directly.", hint)
    if any(name == "update" for name, _ in pairs):
        raise RequestProblemError(403, _READ_ONLY)
    queries = [value for name, value in pairs if name == "query"]
    if len(queries) > 1:
        raise RequestProblemError(400, f"One query at a time; there are {len(queries)}.")
    if query is None and queries:
        query = queries[0]
    if query is None and request.method == "POST":
        raise RequestProblemError(400, "There is no query in the request.", "send it as query=…")
    default, named = (
        tuple(value for name, value in pairs if name == f"{kind}-graph-uri") for kind in ("default", "named")
    )
    return ProtocolRequest(query, default, named)


async def _read_body(request: Request) -> bytes:
    """Read a body, not longer and not for longer than a query needs."""
    parts, size = [], 0
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > LARGEST_BODY:
                    raise RequestProblemError(413, f"A request has at most {LARGEST_BODY:,} bytes.")
    except TimeoutError as error:
        raise RequestProblemError(408, f"The request was not complete after {_BODY_SECONDS:g} seconds.") from error
    return b"".join(parts)


def _read_pairs(data: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(data.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except UnicodeDecodeError as error:
        raise RequestProblemError(400, "Parameters are written in UTF-8 and percent-encoded.") from error
    except ValueError as error:
        raise RequestProblemError(400, "There are too many parameters.") from error


def _decode(body: bytes, charset: str) -> str:
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise RequestProblemError(415, f"A query is written in UTF-8, not in {charset!r}.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestProblemError(400, "The query is not UTF-8.") from error


def _content_type(header: str) -> tuple[str, str]:
    """Return media type and charset."""
    media_type, *parameters = (part.strip() for part in header.split(";"))
    named = {
        name.strip().lower(): value.strip().strip('"') for name, _, value in (p.partition("=") for p in parameters)
    }
    return media_type.lower(), named.get("charset", "").lower()
