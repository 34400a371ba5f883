"""JSON between a page and its server: handlers that answer what is asked and change what is sent.

Whatever changes something is a POST of `application/json`, which a page of somebody else cannot send: its `Origin` is
not ours.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ontology.errors import JiqunError

from .problems import problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from .app import Handler

_LONGEST = 1 << 16
"""Bytes of a record that is sent."""


def json_response(content: object) -> Response:
    """Return what JSON can hold, not to be kept by the browser."""
    data = json.dumps(content, ensure_ascii=False)
    return Response(data, media_type="application/json", headers={"Cache-Control": "no-store"})


def answering(method: Callable[[Mapping[str, str]], object]) -> Handler:
    """Return the handler of a GET: the method gets the parameters of the address."""

    async def answer(request: Request) -> Response:
        try:
            return json_response(await run_in_threadpool(method, dict(request.query_params)))
        except JiqunError as error:
            return problem(400, error.message, hint=error.hint)

    return answer


def changing(method: Callable[[Mapping[str, Any]], object]) -> Handler:
    """Return the handler of a POST: the method gets the record that was sent."""

    async def change(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return problem(415, "What changes something is sent as application/json.")
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LONGEST:
                return problem(413, "What was sent is too long.")
        try:
            sent = json.loads(body or b"{}")
            if not isinstance(sent, dict):
                raise ValueError
        except ValueError:
            return problem(400, "What was sent is no JSON object.")
        try:
            return json_response(await run_in_threadpool(method, sent))
        except JiqunError as error:
            return problem(400, error.message, hint=error.hint)

    return change
