"""Who may ask: the Host and Origin of a request, and a token where the server listens to other machines.

A page on the web can make a browser on this machine send requests here, under a name of its own that leads to this
address (DNS rebinding). Its requests carry that name as `Host`, or its own `Origin`; neither is ours.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Collection
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from ..language import LANGUAGE, LANGUAGES
from .problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("localhost", "127.0.0.1", "::1")

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class AccessMiddleware:
    """Lets requests through that come from a page of ours or from a program with the token.

    Args:
        app: What is behind.
        hosts: Names under which the server may be asked.
        token: What each request must know, as a bearer token or as the password of any user; empty for none.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], token: str = "") -> None:
        self._app, self._hosts, self._token = app, frozenset(hosts), token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if (wanted := headers.get("accept-language", "")[:2].lower()) in LANGUAGES:
            LANGUAGE.set(wanted)  # of this request: each runs in a context of its own
        refusal = self._refuse(headers, scope["path"])

        async def send_with_headers(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]  # type: ignore[misc]
            await send(message)

        await (refusal or self._app)(scope, receive, send_with_headers)  # type: ignore[arg-type]

    def _refuse(self, headers: Headers, path: str) -> ASGIApp | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or host_name(hosts[0]) not in self._hosts:
            return problem(421, "This server is not asked under that name.", hint="--allow-host NAME adds one")
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != hosts[0]:
            return problem(403, "This server answers its own pages only, not those of others.")
        if headers.get("sec-fetch-site") == "cross-site" and path != "/":
            return problem(403, "This server answers its own pages only, not those of others.")
        if self._token and not self._knows_token(headers.get("authorization", "")):
            return problem(
                401,
                "This server wants its token.",
                headers={"WWW-Authenticate": 'Basic realm="kg", charset="UTF-8"'},
            )
        return None

    def _knows_token(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(given.strip().encode(), self._token.encode())


def host_name(authority: str) -> str:
    """Return the name in a `Host` header, without port and brackets.

    Example:
        >>> host_name("[::1]:7200"), host_name("LocalHost:7200")
        ('::1', 'localhost')
    """
    authority = authority.strip().lower()
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    name, _, port = authority.partition(":")
    return name.rstrip(".") if not port or port.isdecimal() else ""
