"""⑦ load: bring a property graph into Neo4j, exactly once.

The database is read and compared first; only what differs is written. So a second load writes nothing, a load after a
kill at any point writes the rest, and what would change can be said without changing it. Writing goes by keys that
constraints guard (`uri` of a node, `factId` of a relationship), in batches that the driver repeats when they fail for
a while, so that two loads at the same time give the same graph too. Into an empty database there is a shorter way
(`loading/plan.py`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from .language import LANGUAGE, messages
from .loading.changes import Found, NodeChanges, RelationshipChanges, compare_graph
from .loading.connection import DEFAULT_USER, open_driver
from .loading.plan import plan_changes, plan_filling
from .loading.statements import labels, load_statement, quoted, schema_statements
from .loading.writing import Progress, Writer
from .terminal import pad

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction, Session

    from .projection import PropertyGraph

Mode: TypeAlias = Literal["replace", "merge"]

BATCH = 5_000
"""Rows in one transaction."""

INDEX_SECONDS = 600

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load changed, or would change.

    Attributes:
        uri: The server.
        nodes: Counts of nodes: `created`, `updated`, `removed`, `unchanged`, `kept`.
        relationships: The same of relationships.
        counters: What the server counted while it wrote; empty when nothing was written.
        seconds: How long it took.
        dry_run: Whether nothing was written on purpose.
    """

    uri: str
    nodes: Mapping[str, int]
    relationships: Mapping[str, int]
    counters: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    dry_run: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything was, or would be, different from before."""
        return any(counts[name] for counts in (self.nodes, self.relationships) for name in _CHANGES)

    def __str__(self) -> str:
        columns, said = (*_CHANGES, "unchanged", "kept"), messages()["load"][LANGUAGE.get()]
        width = max(len(str(n)) for counts in (self.nodes, self.relationships) for n in (*counts.values(), 10**8))
        lines = [pad("", 15) + "".join(pad(said[name], width + 2, align="right") for name in columns)]
        for title, counts in (("nodes", self.nodes), ("relationships", self.relationships)):
            lines.append(pad(said[title], 15) + "".join(f"{counts[name]:>{width + 2},}" for name in columns))
        written = sum(counts[name] for counts in (self.nodes, self.relationships) for name in _CHANGES)
        if self.dry_run:
            lines.append(said["dry"].format(uri=self.uri))
        elif not written:
            lines.append(said["nothing"].format(uri=self.uri, seconds=self.seconds))
        else:
            rate = written / max(self.seconds, 0.001)
            lines.append(said["done"].format(uri=self.uri, seconds=self.seconds, rate=rate))
        return "\n".join(lines)


_CHANGES = ("created", "updated", "removed")


def load_graph(
    graph: PropertyGraph,
    uri: str,
    *,
    user: str = DEFAULT_USER,
    password: str = "",
    database: str | None = None,
    mode: Mode = "replace",
    dry_run: bool = False,
    progress: Progress | None = None,
    batch: int = BATCH,
) -> LoadReport:
    """Load a property graph into Neo4j; loading it twice changes nothing.

    Relationships without a `factId`, those whose `origin` a user has set to something else (`curated`), the nodes that
    they need, and labels and properties that are none of ours are left alone. What the graph itself has of origin
    `curated`, because somebody decided so before the build, is marked (`fromBuild`) and goes with the decision.

    Args:
        graph: What to load.
        uri: Address of the server, without user and password.
        user: Who logs in.
        password: Their password; empty for a server without authentication.
        database: Name of the database; the user's home database when left out.
        mode: `replace`: afterwards the facts of ours in the database are those of this graph. `merge`: the documents
            of this graph are replaced or added, what other documents say stays.
        dry_run: Only say what would change.
        progress: Called while it runs.
        batch: Rows in one transaction.

    Raises:
        ServiceError: The server cannot be reached, refuses the user, or fails.
        UsageError: The address is none, there is no such database, or the graph has classes unknown to the ontology.
    """
    start = time.monotonic()
    with open_driver(uri, user=user, password=password) as driver:
        run = _Load(driver, database, progress or _silent, batch)
        empty = run.is_empty()
        if mode == "merge" and not empty:
            from .loading.merge import combine

            graph = combine(run.read_graph(), graph)
        _check_names(graph)
        if not dry_run:
            run.make_schema()
        if empty:
            counts = _everything(graph)
            if not dry_run:
                run.writer.write(plan_filling(graph))
        else:
            nodes, relationships = run.compare(graph)
            counts = _count(nodes, relationships)
            if not dry_run:
                run.writer.write(plan_changes(nodes, relationships))
                removed = run.writer.counters.get("nodes_deleted", 0)
                counts[0]["kept"] += len(nodes.remove) - removed
                counts[0]["removed"] = removed
        return LoadReport(uri, counts[0], counts[1], run.writer.counters, time.monotonic() - start, dry_run)


def read_graph(uri: str, *, user: str = DEFAULT_USER, password: str = "", database: str | None = None) -> PropertyGraph:
    """Read back what loads brought into a database; what a user added there is left out.

    Raises:
        ServiceError: The server cannot be reached, refuses the user, or fails.
        UsageError: The address is none, or there is no such database.
    """
    with open_driver(uri, user=user, password=password) as driver:
        return _Load(driver, database, _silent, BATCH).read_graph()


class _Load:
    """One load: a driver, who writes with it, and who is told how far it is."""

    def __init__(self, driver: Driver, database: str | None, progress: Progress, batch: int) -> None:
        from neo4j import GraphDatabase

        self.driver = driver
        self.database = database
        self.progress = progress
        # Each batch has a session of its own; the bookmarks let it see what the others wrote, on a cluster too.
        self.bookmarks = GraphDatabase.bookmark_manager()
        self.writer = Writer(self.session, progress, batch)

    # --- reading

    def is_empty(self) -> bool:
        """Tell whether the database has nothing that a load could have written: the server keeps that count."""
        with self.session(reading=True) as session:
            return session.execute_read(_count_resources) == 0

    def compare(self, graph: PropertyGraph) -> tuple[NodeChanges, dict[str, RelationshipChanges]]:
        """Read the database and return what must change."""
        with self.session(reading=True) as session:
            return session.execute_read(lambda tx: compare_graph(graph, self.read(tx, "compare")))

    def read_graph(self) -> PropertyGraph:
        """Read everything that a load owns, as a property graph."""
        from .loading.merge import read_back

        with self.session(reading=True) as session:
            return session.execute_read(lambda tx: read_back(self.read(tx, "read")))

    def read(self, tx: ManagedTransaction, stage: str) -> Iterator[Found]:
        """Yield what the database has, node by node."""
        number = 0
        for number, record in enumerate(tx.run(load_statement("read_everything")), start=1):
            if number % self.writer.batch == 0:
                self.progress(stage, number, f"{number:,} nodes")
            yield record[0], record[1], record[2], record[3]
        self.progress(stage, number, f"{number:,} nodes")

    # --- writing

    def make_schema(self) -> None:
        """Make constraints and indexes and wait until they are ready."""
        with self.session() as session:
            for number, statement in enumerate(schema_statements()):
                self.progress("schema", number, "")
                session.run(statement).consume()
            session.run("CALL db.awaitIndexes($seconds)", seconds=INDEX_SECONDS).consume()

    def session(self, *, reading: bool = False) -> Session:
        """Open a session of the database."""
        from neo4j import READ_ACCESS, WRITE_ACCESS

        access = READ_ACCESS if reading else WRITE_ACCESS
        # Without a fetch size the server goes on sending while rows are compared; the network holds it back.
        return self.driver.session(
            database=self.database, default_access_mode=access, fetch_size=-1, bookmark_manager=self.bookmarks
        )


def _count_resources(tx: ManagedTransaction) -> int:
    [record] = tx.run(load_statement("count_resources"))
    return int(record[0])


def _check_names(graph: PropertyGraph) -> None:
    """Refuse labels and types that are not the ontology's before anything is written."""
    for names in {node.labels for node in graph.nodes}:
        labels(names)
    for kind in {relationship.type for relationship in graph.relationships}:
        quoted(kind)


def _count(
    nodes: NodeChanges, relationships: Mapping[str, RelationshipChanges]
) -> tuple[dict[str, int], dict[str, int]]:
    updated = {row["uri"] for part in (nodes.update, nodes.drop_labels) for rows in part.values() for row in rows}
    of_nodes = {
        "created": sum(map(len, nodes.create.values())),
        "updated": len(updated),
        "removed": len(nodes.remove),
        "unchanged": nodes.unchanged,
        "kept": nodes.kept,
    }
    names = {"created": "create", "updated": "update", "removed": "remove"}
    every = relationships.values()
    of_relationships = {name: sum(len(getattr(changes, part)) for changes in every) for name, part in names.items()}
    of_relationships |= {name: sum(getattr(changes, name) for changes in every) for name in ("unchanged", "kept")}
    return of_nodes, of_relationships


def _everything(graph: PropertyGraph) -> tuple[dict[str, int], dict[str, int]]:
    """Count what goes into an empty database."""
    none = dict.fromkeys(("updated", "removed", "unchanged", "kept"), 0)
    return {"created": len(graph.nodes), **none}, {"created": len(graph.relationships), **none}


def _silent(stage: str, done: int, detail: str) -> None:
    pass
