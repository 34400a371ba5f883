"""What went wrong, for programs and people: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response

from ..language import translate


def problem(status: int, message: str, *, hint: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return a response that says what is wrong and what to do about it."""
    record = {"title": HTTPStatus(status).phrase, "status": status, "detail": translate(message)}
    if hint:
        record["hint"] = translate(hint)
    more = {"Cache-Control": "no-store", **(headers or {})}
    if status == 503:
        more["Retry-After"] = "5"
    content = json.dumps(record, ensure_ascii=False)
    return Response(content, status, media_type="application/problem+json", headers=more)
