"""The whole loop on a page: documents are dropped, built, looked at, asked about and taken away (`documents.html`).

Everything lies in two folders that the command names: one for the documents, one for the output of `kg build`, which
runs as it does in a terminal. Names from the browser are plain names in the first, or names of files of the second.
"""

from __future__ import annotations

import asyncio
import re
import time
import tomllib
from collections.abc import AsyncIterator, Mapping
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ontology.errors import JiqunError, UsageError

from .. import output
from ..language import LANGUAGE, translate
from ..report import read_findings
from .building import run_build
from .exchange import answering, changing, json_response
from .problems import problem

if TYPE_CHECKING:
    from starlette.requests import Request

    from .runner import Runner

MOST_DOCUMENTS = 2_000
MOST_BYTES = 2 * 2**30
"""Of all documents; larger corpora are for the command line."""
_LONGEST_NAME = 200
_SHOWN_FINDINGS = 200
_PROGRESS = re.compile(r" *\d+ s  (\w+)(?: \d+)?(?:  (.*))?")


class Workshop:
    """What the page can do.

    Args:
        documents: Folder of the documents; made where it is missing.
        out: Folder of the build.
        runner: Answers queries; takes the new graph after a build.
        pictures: The pages of the build, by name; changed in place after a build.
    """

    def __init__(self, documents: Path, out: Path, runner: Runner, pictures: dict[str, bytes]) -> None:
        for folder in (documents, out):
            if folder.exists() and not folder.is_dir():
                hint = "--documents is a folder for what is dropped, OUT one for the graph of it"
                raise UsageError(f"{folder} is no folder.", hint=hint)
        documents.mkdir(parents=True, exist_ok=True)
        self._documents, self._out, self._runner, self._pictures = documents, out, runner, pictures
        self._building: asyncio.Task[None] | None = None
        self._state: dict[str, Any] = {"phase": "idle", "stage": "", "detail": "", "complaint": "", "seconds": 0}
        self._started = 0.0

    def routes(self) -> list[Route]:
        """Return the routes of the page."""
        return [
            Route("/workshop", answering(self.state), methods=["GET"]),
            Route("/workshop/documents", self.take, methods=["POST"]),
            Route("/workshop/remove", changing(self.remove), methods=["POST"]),
            Route("/workshop/build", self.build, methods=["POST"]),
            Route("/downloads/{name}", self.download, methods=["GET"]),
        ]

    def is_built(self) -> bool:
        """Say whether there is a graph."""
        return (self._out / output.MANIFEST).is_file()

    def state(self, asked: Mapping[str, str]) -> object:
        """Return the words of the page, the documents, how far a build is, and what came of the last one."""
        from extract.documents.formats import find_formats
        from extract.documents.limits import LIMITS

        building = self._state["phase"] == "building"
        seconds = round(time.monotonic() - self._started) if building else self._state["seconds"]
        record = {
            "words": tomllib.loads((resources.files(__package__) / "documents.toml").read_text("utf-8")),
            "documents": [{"name": p.name, "bytes": p.stat().st_size} for p in self._list()],
            "suffixes": sorted({".txt", ".md", ".html", ".htm", *find_formats()}),
            "largest": LIMITS.file_bytes,
            **self._state,
            "seconds": seconds,
            "counts": {},
            "findings": [],
            "downloads": [],
        }
        if building or not self.is_built():
            return record
        try:
            counts, findings = output.read_manifest(self._out).counts, read_findings(self._out)
        except JiqunError as error:  # a folder that is not whole can still be built anew
            return {**record, "complaint": translate(error.message)}
        shown = sorted(findings, key=lambda item: ("error", "warning", "info").index(item["severity"]))
        return {
            **record,
            "counts": dict(counts),
            "found": len(findings),
            "findings": [{**item, "message": translate(item["message"])} for item in shown[:_SHOWN_FINDINGS]],
            "downloads": [
                {"name": name, "bytes": (self._out / name).stat().st_size}
                for name in (*output.FILES, output.MANIFEST)
                if (self._out / name).is_file()
            ],
        }

    async def take(self, request: Request) -> Response:
        """Keep a document; one of the same name is replaced."""
        from extract.documents.limits import LIMITS

        if request.headers.get("content-type", "") != "application/octet-stream":
            return problem(415, "Documents are sent as application/octet-stream.")
        name, most = request.query_params.get("name", ""), LIMITS.file_bytes
        try:
            path = self._path(name)
        except UsageError as error:
            return problem(400, error.message, hint=error.hint)
        there = [other for other in self._list() if other != path]
        if len(there) >= MOST_DOCUMENTS:
            return problem(409, f"There are {len(there):,} documents; more are for the command line.")
        room = MOST_BYTES - sum(other.stat().st_size for other in there)
        declared = request.headers.get("content-length", "")
        most_now = min(most, room)
        part = self._documents / f".{name}{output.TEMPORARY_SUFFIX}"
        try:
            too_large = declared.isdecimal() and int(declared) > most_now
            too_large = too_large or not await _write(part, request.stream(), most_now)
            if too_large and most_now < most:
                return problem(
                    413, f"The documents take more than {MOST_BYTES // 2**20:,} MiB; more are for the command line."
                )
            if too_large:
                return problem(413, f"{name} is larger than {most // 2**20} MiB.", hint="split it")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return json_response({"name": name})

    def remove(self, sent: Mapping[str, Any]) -> object:
        """Remove a document."""
        name = str(sent.get("name", ""))
        path = self._path(name)
        if not path.is_file():
            raise UsageError(f"There is no document {name!r}.", hint="reload the page")
        path.unlink()
        return {}

    async def build(self, request: Request) -> Response:
        """Begin a build."""
        if request.headers.get("content-type", "") != "application/json":
            return problem(415, "What changes something is sent as application/json.")
        if self._building is not None and not self._building.done():
            return problem(409, "It is being built already.")
        if not self._list():
            return problem(409, "There are no documents yet.")
        self._started = time.monotonic()
        self._state = {"phase": "building", "stage": "", "detail": "", "complaint": "", "seconds": 0}
        self._building = asyncio.create_task(self._build(LANGUAGE.get()))
        return json_response({})

    async def download(self, request: Request) -> Response:
        """Send a file of the build."""
        name = request.path_params["name"]
        path = self._out / name
        if name not in (*output.FILES, output.MANIFEST) or not path.is_file():
            return problem(404, f"There is no document {name!r}.", hint="reload the page")
        # Never shown by the browser under this address: what is in it came from somebody's documents.
        return FileResponse(path, filename=name, headers={"Cache-Control": "no-store"})

    async def _build(self, language: str) -> None:
        """Build and take up the new graph; whatever happens, the page is told that it is over."""
        from .app import read_pictures

        phase, told = "failed", ""
        try:
            code, told = await run_build(
                [str(self._documents), "--out", str(self._out)],
                heard=self._hear,
                environment={"KG_LANG": language, "KG_PROGRESS": "1"},
            )
            if code in (0, 1):
                self._pictures.clear()
                self._pictures.update(read_pictures(self._out))
                await self._runner.reopen()
                phase = "done"
        except JiqunError as error:
            told = translate(error.message)
        finally:
            seconds = round(time.monotonic() - self._started)
            self._state = {"phase": phase, "stage": "", "detail": "", "complaint": told, "seconds": seconds}

    def _hear(self, line: str) -> bool:
        found = _PROGRESS.fullmatch(line.rstrip("\n"))
        if found:
            self._state |= {"stage": found[1], "detail": found[2] or ""}
        return bool(found)

    def _list(self) -> list[Path]:
        return sorted(p for p in self._documents.iterdir() if p.is_file() and not p.name.startswith("."))

    def _path(self, name: str) -> Path:
        """Return where a document of this name lies.

        Raises:
            UsageError: It is no plain name, or the name of nothing that is read.
        """
        from extract.documents.names import is_document

        plain = name.isprintable() and not re.search(r'[/\\:*?"<>|]', name) and not name.startswith((".", "-"))
        if not name or not plain or len(name.encode()) > _LONGEST_NAME:
            hint = "a plain name of at most 200 bytes, without folders"
            raise UsageError(f"{name[:80]!r} is no name of a document.", hint=hint)
        path = self._documents / name
        if not is_document(path.suffix.lower()):
            raise UsageError(f"{name} is no document that is read.")
        return path


async def _write(path: Path, parts: AsyncIterator[bytes], most: int) -> bool:
    """Write what comes; say whether it was no more than so many bytes."""
    count = 0
    with path.open("wb") as file:
        async for part in parts:
            count += len(part)
            if count > most:
                return False
            await asyncio.to_thread(file.write, part)
    return True
