"""The W3C's tests of the SPARQL 1.1 Protocol, read from their manifest, for any server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from serving import Reply

from kg.serving.negotiation import GRAPHS, SOLUTIONS
from queries.store import create_store

MANIFEST = Path(__file__).parents[3] / "shared" / "w3c" / "sparql11" / "protocol" / "manifest.ttl"

_MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_HT = "http://www.w3.org/2011/http#"
_CNT = "http://www.w3.org/2011/content#"
_UT = "http://www.w3.org/2009/sparql/tests/test-update#"


@dataclass(frozen=True)
class Exchange:
    """One request of a test, and what must come back.

    Attributes:
        statuses: First digits of the status, such as 2 and 3.
        boolean: The answer of an ASK, where the test names it.
        form: `boolean`, `tabular`, `RDF` or empty.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    statuses: frozenset[int]
    boolean: bool | None
    form: str

    def mistake(self, reply: Reply) -> str:
        """Return what is wrong with a reply; nothing when it is right."""
        if reply.status // 100 not in self.statuses:
            return f"status {reply.status}"
        kinds = {"boolean": SOLUTIONS[:2], "tabular": SOLUTIONS[:4], "RDF": GRAPHS[:3], "": (reply.type,)}
        if reply.type not in kinds[self.form]:
            return f"type {reply.type or 'not said'}"
        if self.boolean is None:
            return ""
        form = ox.QueryResultsFormat.from_media_type(reply.type)
        answer = ox.parse_query_results(reply.body, form)  # type: ignore[arg-type]
        return "" if bool(answer) == self.boolean else f"answer {bool(answer)}"


@dataclass(frozen=True)
class ProtocolTest:
    """A test: its name, its requests, and the graphs that must be there."""

    name: str
    exchanges: tuple[Exchange, ...]
    graphs: dict[str, Path]

    @property
    def is_update(self) -> bool:
        """Whether it wants an update to be carried out, which a read-only endpoint refuses."""
        return self.name.startswith("update_")

    def mistake(self, send: Callable[[Exchange], Reply]) -> str:
        """Return what is wrong with the first reply that is not right; nothing when all are."""
        return next((found for exchange in self.exchanges if (found := exchange.mistake(send(exchange)))), "")


def make_store(folder: Path) -> None:
    """Write a store on disk with the graphs that the tests name; of `data0.rdf` they give the name only."""
    create_store(folder, b"")
    store = ox.Store(str(folder / "oxigraph"))
    store.add_graph(ox.NamedNode("http://kasei.us/2009/09/sparql/data/data0.rdf"))
    for test in read_tests():
        for name, file in test.graphs.items():
            if not store.contains_named_graph(ox.NamedNode(name)):
                store.bulk_load(path=str(file), format=ox.RdfFormat.N_TRIPLES, to_graph=ox.NamedNode(name))
    store.flush()


def read_tests() -> Iterator[ProtocolTest]:
    """Yield the tests of the manifest."""
    from rdflib import Graph, Namespace
    from rdflib.collection import Collection
    from rdflib.namespace import RDFS

    mf, ht, cnt, ut = map(Namespace, (_MF, _HT, _CNT, _UT))
    graph = Graph().parse(MANIFEST)

    def items(node: Any) -> list[Any]:
        return [] if node is None else list(Collection(graph, node))

    for test in items(next(graph.objects(None, mf.entries))):
        graphs = {}
        for data in graph.objects(test, ut.graphData):
            file = Path(str(graph.value(data, ut.graph)).removeprefix("file://"))
            graphs[str(graph.value(data, RDFS.label))] = file
        exchanges = []
        for connection in graph.objects(test, mf.action):
            for request in items(graph.value(connection, ht.requests)):
                headers = {
                    str(graph.value(header, ht.fieldName)): str(graph.value(header, ht.fieldValue))
                    for header in items(graph.value(request, ht.headers))
                }
                body = graph.value(request, ht.body)
                encoded = None
                if body is not None:
                    encoding = str(graph.value(body, cnt.characterEncoding) or "UTF-8")
                    encoded = str(graph.value(body, cnt.chars)).encode(encoding)
                response = graph.value(request, ht.resp)
                statuses = {int(str(s)[-3]) for s in graph.objects(response, mf.expectedStatus)}
                boolean = graph.value(response, mf.expectedBoolean)
                exchanges.append(
                    Exchange(
                        str(graph.value(request, ht.methodName)),
                        str(graph.value(request, ht.absolutePath)),
                        headers,
                        encoded,
                        frozenset(statuses),
                        None if boolean is None else boolean.toPython(),
                        str(graph.value(response, mf.expectedFormat) or ""),
                    )
                )
        yield ProtocolTest(str(test).rpartition("#")[2], tuple(exchanges), graphs)
