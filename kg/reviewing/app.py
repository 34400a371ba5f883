"""The routes of `kg review`: what to look at, what stands around it, what is decided, and building again.

Records travel as in `kg.serving.exchange`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route

from ontology.errors import UsageError
from ontology.iri import entity_id
from ontology.model import COMPARISONS, ENTITY_CLASSES, EXTRA_CLASSES, MODALITIES
from ontology.namespace import ALLOWED

from ..curation.decisions import to_record
from ..serving.access import AccessMiddleware
from ..serving.app import COMMON, PROBLEM_HANDLERS, page_files, serve_file
from ..serving.exchange import answering, changing, json_response
from ..serving.problems import problem
from .graph import Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from .graph import ReviewedGraph
    from .ledger import Ledger
    from .texts import Texts


@dataclass(frozen=True, slots=True)
class Review:
    """What the page is about.

    Attributes:
        graph: What a build says.
        ledger: What people decide.
        texts: The documents behind it.
        rebuild: Builds again with the decisions and returns what went wrong, empty for nothing; None where the
            documents are not known.
        user: The name that the page suggests for who decides.
    """

    graph: ReviewedGraph
    ledger: Ledger
    texts: Texts
    rebuild: Callable[[], Awaitable[str]] | None = None
    user: str = ""


def make_app(review: Review, *, hosts: Collection[str], token: str = "") -> Starlette:
    """Return the application.

    Args:
        review: What the page is about.
        hosts: Names under which the server may be asked.
        token: What each request must know; empty for none.
    """
    files = {f"/{name}": file for name, file in page_files(__package__).items()}
    files |= {f"/{name}": page_files("kg.serving")[name] for name in COMMON}
    files["/"] = files.pop("/index.html")
    routes = [Route(path, serve_file(file), methods=["GET"]) for path, file in files.items()]
    desk = _Desk(review)
    for name in ("about", "facts", "entities", "entity", "names", "context", "decisions"):
        routes.append(Route(f"/{name}", answering(getattr(desk, name)), methods=["GET"]))
    for name in ("decide", "withdraw", "undo"):
        routes.append(Route(f"/{name}", changing(getattr(desk, name)), methods=["POST"]))
    routes.append(Route("/rebuild", desk.rebuild, methods=["POST"]))
    return Starlette(
        routes=routes,
        middleware=[Middleware(AccessMiddleware, hosts=hosts, token=token)],
        exception_handlers=PROBLEM_HANDLERS,
    )


class _Desk:
    """What the page asks; each method gets what was sent and returns what JSON can hold."""

    def __init__(self, review: Review) -> None:
        self._review = review

    def about(self, asked: Mapping[str, str]) -> object:
        """Return classes, relations, words and documents, and how far things are."""
        style = tomllib.loads((resources.files("kg") / "style.toml").read_text("utf-8"))
        words = tomllib.loads((resources.files(__package__) / "words.toml").read_text("utf-8"))
        relations = {
            name: {**_label(style["relations"][name]), "subjects": sorted(subjects), "objects": sorted(objects)}
            for name, (subjects, objects) in ALLOWED.items()
        }
        build = self._review.graph.build
        path = self._review.ledger.path
        newer = path.exists() and path.stat().st_mtime_ns > build.stamp[0]
        return {
            "words": words,
            "classes": {n: _label(style["classes"][n]) for n in (*ENTITY_CLASSES, *EXTRA_CLASSES)},
            "relations": relations,
            "modalities": {name: _label(style["modalities"][name]) for name in MODALITIES},
            "comparisons": list(COMPARISONS),
            "documents": self._review.graph.documents(),
            "build": build.manifest.sha256,
            "counts": dict(build.manifest.counts),
            "waiting": newer,
            "decisions": str(path),
            "decided": len(self._review.ledger.read()),
            "undoable": self._review.ledger.undoable,
            "can_rebuild": self._review.rebuild is not None,
            "user": self._review.user,
        }

    def facts(self, asked: Mapping[str, str]) -> object:
        """Return facts that fit."""
        total, items = self._review.graph.facts(_query(asked), self._review.ledger.read())
        return {"total": total, "items": items}

    def entities(self, asked: Mapping[str, str]) -> object:
        """Return entities that fit."""
        total, items = self._review.graph.entities(_query(asked), self._review.ledger.read())
        return {"total": total, "items": items}

    def entity(self, asked: Mapping[str, str]) -> object:
        """Return one entity with its facts."""
        found = self._review.graph.entity(asked.get("id", ""), self._review.ledger.read())
        if found is None:
            raise UsageError("There is no such entity in this build.", hint="it was built again: reload the page")
        return found

    def names(self, asked: Mapping[str, str]) -> object:
        """Return entities with a name like what was typed."""
        return self._review.graph.names(asked.get("text", "")[:60], asked.get("type", ""))

    def context(self, asked: Mapping[str, str]) -> object:
        """Return the words around a quote; nothing where the documents are not known."""
        start = asked.get("start", "0")
        found = self._review.texts.around(
            asked.get("doc", ""), asked.get("text", ""), int(start) if start.isdecimal() else 0
        )
        return asdict(found) if found else {}

    def decisions(self, asked: Mapping[str, str]) -> object:
        """Return what is decided."""
        return [to_record(decision) for decision in self._review.ledger.read()]

    def decide(self, sent: Mapping[str, Any]) -> object:
        """Write a decision down."""
        return to_record(self._review.ledger.decide(_with_ids(sent)))

    def withdraw(self, sent: Mapping[str, Any]) -> object:
        """Remove a decision."""
        return to_record(self._review.ledger.withdraw(sent))

    def undo(self, sent: Mapping[str, Any]) -> object:
        """Take back the last click."""
        self._review.ledger.undo()
        return {}

    async def rebuild(self, request: Request) -> Response:
        """Build again with the decisions."""
        if self._review.rebuild is None:
            return problem(409, "The documents are not known here.", hint="kg review OUT --texts FOLDER")
        trouble = await self._review.rebuild()
        if trouble:
            return problem(409, trouble)
        await run_in_threadpool(self._review.texts.forget)
        return json_response({})


def _query(asked: Mapping[str, str]) -> Query:
    def number(name: str, default: float) -> float:
        try:
            return float(asked.get(name) or default)
        except ValueError:
            raise UsageError(f"{name} is a number, not {asked[name]!r}.") from None

    words = {name: asked.get(name, "")[:200] for name in ("text", "doc", "kind", "relation", "origin", "state")}
    offset, limit = max(0, int(number("offset", 0))), min(200, max(1, int(number("limit", 50))))
    return Query(**words, least=number("least", 0), most=number("most", 1), offset=offset, limit=limit)


def _with_ids(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision with the ids of things that the page names: `{"type": "Firm", "name": "云帆"}`."""

    def identified(value: Any) -> Any:
        if isinstance(value, dict) and value.keys() == {"type", "name"}:
            return entity_id(str(value["type"]), str(value["name"])) if str(value["name"]).strip() else ""
        return value

    record = {key: identified(value) for key, value in sent.items() if value not in ("", None)}
    if isinstance(record.get("to"), dict):
        record["to"] = {key: identified(value) for key, value in record["to"].items()}
    return record


def _label(record: Mapping[str, Any]) -> dict[str, str]:
    return {"zh": record["zh"], "en": record["en"]}
