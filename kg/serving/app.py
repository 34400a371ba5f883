"""The routes: the endpoint `/sparql`, the page `/`, its questions and suggestions, the pictures.

Nothing in an address leads to a file: what is served was read when the server started.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from . import negotiation
from .access import AccessMiddleware
from .exchange import answering
from .problems import problem
from .protocol import ProtocolRequest, RequestProblemError, read_request

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request

    from .runner import Answer, Runner
    from .workshop import Workshop

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PICTURE_POLICY = "connect-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".txt": "text/plain"}
_CHUNK = 1 << 16
COMMON = ("common.css", "common.js")
"""Files that the pages of all commands use."""
_OF_WORKSHOP = ("documents.html", "documents.css", "documents.js")

Handler = Callable[["Request"], Coroutine[Any, Any, Response]]


@dataclass(frozen=True, slots=True)
class File:
    """A file that is served as it was when the server started."""

    content: bytes
    media_type: str
    policy: str = ""

    def respond(self, request: Request) -> Response:
        """Return it, or say that the browser has it."""
        tag = f'"{hashlib.sha256(self.content).hexdigest()[:24]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        if self.policy:
            headers["Content-Security-Policy"] = self.policy
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(self.content, media_type=self.media_type, headers=headers)


def make_app(
    runner: Runner,
    *,
    hosts: Collection[str],
    token: str = "",
    pictures: Mapping[str, bytes] = {},
    workshop: Workshop | None = None,
) -> Starlette:
    """Return the application.

    Args:
        runner: Runs the queries; started and stopped by whoever made it.
        hosts: Names under which the server may be asked.
        token: What each request must know; empty for none.
        pictures: Pages that `kg draw` made, by name, as they are when somebody asks.
        workshop: What builds from dropped documents; None where that is not offered.
    """
    endpoint = _Endpoint(runner)
    files = {f"/{name}": file for name, file in page_files(__package__).items()}
    files["/"] = files.pop("/index.html")
    if workshop is None:
        files = {path: file for path, file in files.items() if path[1:] not in _OF_WORKSHOP}
    routes = [Route(path, serve_file(file), methods=["GET"]) for path, file in files.items()]
    routes += [
        Route("/sparql", endpoint.sparql, methods=["GET", "POST"]),
        Route("/sparql/", endpoint.sparql, methods=["GET", "POST"]),
        Route("/statement", endpoint.statement, methods=["GET"]),
        Route("/suggestions", endpoint.suggestions, methods=["GET"]),
        Route("/pictures/{name}", _pictures_of(pictures), methods=["GET"]),
        Route("/questions.json", answering(lambda _: _questions(pictures, workshop)), methods=["GET"]),
        *(workshop.routes() if workshop else ()),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(AccessMiddleware, hosts=hosts, token=token)],
        exception_handlers=PROBLEM_HANDLERS,
    )


def read_pictures(folder: Path) -> dict[str, bytes]:
    """Return the pages in the output folder of a build, by name."""
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.html")) if path.is_file()}


class _Endpoint:
    """What asks the graph."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._description = (resources.files(__package__) / "description.ttl").read_bytes()

    async def sparql(self, request: Request) -> Response:
        """Answer a query as the SPARQL 1.1 Protocol says."""
        try:
            asked = await read_request(request)
        except RequestProblemError as error:
            return problem(error.status, error.message, hint=error.hint)
        accept = request.headers.get("accept")
        if asked.query is None:
            return self._describe(request, asked, accept)
        return await self._respond(
            request,
            {
                "kind": "query",
                "text": asked.query,
                "base": str(request.url.replace(query="")),
                "default": asked.default_graphs,
                "named": asked.named_graphs,
                "solutions": negotiation.choose(accept, negotiation.SOLUTIONS),
                "graphs": negotiation.choose(accept, negotiation.GRAPHS),
            },
        )

    async def statement(self, request: Request) -> Response:
        """Return the SPARQL of a canned question, or of a question in words."""
        parameters = dict(request.query_params)
        name = parameters.pop("question", "")
        given = {key: value for key, value in parameters.items() if value}
        return await self._respond(request, {"kind": "statement", "name": name, "parameters": given})

    async def suggestions(self, request: Request) -> Response:
        """Return names like what was typed."""
        text, types = request.query_params.get("text", ""), request.query_params.get("types", "entity")
        return await self._respond(request, {"kind": "suggestions", "text": text[:60], "types": types.split("|")})

    def _describe(self, request: Request, asked: ProtocolRequest, accept: str | None) -> Response:
        """Describe the service (SPARQL 1.1 Service Description), or lead a browser to the page."""
        if asked.default_graphs or asked.named_graphs:
            return problem(400, "There is no query in the request.", hint="send it as query=…")
        offered = ("text/html", *negotiation.GRAPHS) if "text/html" in (accept or "") else negotiation.GRAPHS
        media_type = negotiation.choose(accept, offered)
        if media_type is None:
            return problem(406, "The description is in none of the formats wanted.", hint=", ".join(negotiation.GRAPHS))
        if media_type == "text/html":
            return RedirectResponse("/", 303)
        import pyoxigraph as ox

        base = str(request.url.replace(query="")).rstrip("/").removesuffix("sparql")
        triples = ox.parse(self._description, ox.RdfFormat.TURTLE, base_iri=base)
        content = ox.serialize((quad.triple for quad in triples), None, negotiation.writer_format(media_type))
        return Response(content, media_type=negotiation.with_charset(media_type), headers={"Vary": "Accept"})

    async def _respond(self, request: Request, record: dict[str, Any]) -> Response:
        """Run a request, unless whoever asked goes away before."""
        running = asyncio.create_task(self._runner.run(record))
        leaving = asyncio.create_task(_wait_for_disconnect(request))
        try:
            await asyncio.wait({running, leaving}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                return Response(status_code=499)
            answer = running.result()
        finally:
            for task in (running, leaving):
                task.cancel()
        if answer.spool is None:
            return problem(answer.status, answer.message, hint=answer.hint)
        return _send(answer)


async def _wait_for_disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _send(answer: Answer) -> Response:
    """Send a whole answer from its file, and remove the file."""
    assert answer.spool is not None
    stream = answer.spool.open("rb")
    size = answer.spool.stat().st_size
    answer.spool.unlink()
    headers = {"Cache-Control": "no-store", "Vary": "Accept", "Content-Type": answer.media_type}
    if size <= _CHUNK:
        with stream:
            return Response(stream.read(), headers=headers)

    async def parts() -> AsyncIterator[bytes]:
        with stream:
            while part := stream.read(_CHUNK):
                yield part

    return StreamingResponse(parts(), headers={**headers, "Content-Length": str(size)})


def serve_file(file: File) -> Handler:
    """Return the handler of a route that serves a file."""

    async def serve(request: Request) -> Response:
        return file.respond(request)

    return serve


def _pictures_of(pictures: Mapping[str, bytes]) -> Handler:
    async def serve(request: Request) -> Response:
        content = pictures.get(request.path_params["name"])
        if content is None:
            raise HTTPException(404)
        return File(content, "text/html", _PICTURE_POLICY).respond(request)

    return serve


def page_files(package: str) -> dict[str, File]:
    """Return the files of a page, which lie in the folder `page` of a package, by name."""
    files = {}
    for item in (resources.files(package) / "page").iterdir():
        suffix = Path(item.name).suffix
        if suffix in _TYPES:
            policy = _PAGE_POLICY if suffix == ".html" else ""
            files[item.name] = File(item.read_bytes(), _TYPES[suffix], policy)
    return files


def _questions(pictures: Mapping[str, bytes], workshop: Workshop | None) -> object:
    """Return what the page needs to know: questions, their parameters, prefixes, pictures."""
    from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, EXTRA_RELATIONS, RELATIONS
    from queries.catalog import load_catalog
    from queries.guard import PREFIXES

    questions = [
        {
            "name": question.name,
            "en": question.summary,
            "zh": question.summary_zh,
            "parameters": [
                {
                    "name": parameter.name,
                    "types": list(parameter.types),
                    "required": parameter.required,
                    "description": parameter.description,
                    "names": parameter.is_entity,
                }
                for parameter in question.parameters
            ],
            "example": dict(question.examples[0]) if question.examples else {},
        }
        for question in load_catalog().values()
    ]
    return {
        "questions": questions,
        "prefixes": dict(PREFIXES),
        "pictures": list(pictures),
        "workshop": workshop is not None,
        "built": workshop is None or workshop.is_built(),
        "classes": [f"kg:{name}" for name in (*ENTITY_CLASSES, *EXTRA_CLASSES)],
        "relations": [f"kg:{name}" for name in (*RELATIONS, *EXTRA_RELATIONS)],
    }


async def _http_problem(request: Request, error: HTTPException) -> Response:
    return problem(error.status_code, f"{request.method} {request.url.path}: {error.detail}", headers=error.headers)


async def _bug(request: Request, error: Exception) -> Response:
    return problem(500, "A mistake of this program.", hint="KG_DEBUG=1 shows where")


PROBLEM_HANDLERS: dict[Any, Any] = {HTTPException: _http_problem, 500: _bug}
"""What says, for the framework, that an address is wrong or that we are."""
