"""The embedded engine: `graph.ttl` in an Oxigraph store, in memory or on disk, asked in SPARQL.

Oxigraph rather than rdflib's evaluator, see `docs/adr/0020-questions.md`. The ontology is loaded into a graph of
its own, and super-classes are added to the entities (`kg:Firm` → `kg:Organization`), so that a query may ask
for either. `KnowledgeGraph.graph` is the file as it is, in rdflib.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ontology.errors import LimitError, OutputError, UsageError
from ontology.iri import ONTOLOGY, RESOURCE
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, ORGANIZATION_CLASSES

from .engine import Engine, to_cell
from .guard import ONTOLOGY_GRAPH, PREFIXES, check_query, syntax_error
from .rows import Cell, Rows

if TYPE_CHECKING:
    import rdflib

    from .catalog import Language

logger = logging.getLogger(__name__)

STORE_NOTE = "jiqun-store.json"
"""The file that makes a folder a store on disk."""

_DATABASE = "oxigraph"
_SUBCLASS = PREFIXES["rdfs"] + "subClassOf"
_TYPE = PREFIXES["rdf"] + "type"
_INTEGERS = frozenset(
    PREFIXES["xsd"] + name
    for name in ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt")
)
_FLOATS = frozenset(PREFIXES["xsd"] + name for name in ("double", "float", "decimal"))


def open_graph(path: str | Path) -> KnowledgeGraph:
    """Open what `kg build` wrote.

    Args:
        path: The output folder, whose manifest is checked, or a Turtle file on its own, or a folder that
            `kg build --store` wrote, which is opened without parsing anything.

    Raises:
        OutputError: Nothing is there, it is unfinished, or it is not what its manifest says.
    """
    path = Path(path)
    if is_store(path):
        return KnowledgeGraph(path, source=str(path))
    file = path / "graph.ttl" if path.is_dir() else path
    if not file.is_file():
        if (path / "graph.nq").is_dir():  # what the engine 'spark' writes
            raise OutputError(f"no graph at {file}", hint=f"kg export {path} --format ttl --out graph.ttl makes one")
        raise OutputError(f"no graph at {file}", hint=f"`kg build INPUT --out {path}` makes one")
    data = file.read_bytes()
    if path.is_dir():
        _check_manifest(path / "manifest.json", file.name, data)
    return KnowledgeGraph(data, source=str(file))


def is_store(path: Path) -> bool:
    """Tell whether a folder is a store on disk, as `create_store` writes it."""
    return (path / STORE_NOTE).is_file()


def check_store_folder(folder: Path) -> None:
    """Make sure that a store may be written to a folder.

    Raises:
        OutputError: Something else is there.
    """
    if folder.exists() and not is_store(folder) and not (folder.is_dir() and not any(folder.iterdir())):
        raise OutputError(f"{folder} is not empty and no store", hint="name a new folder")


def create_store(folder: Path, turtle: bytes) -> int:
    """Write a graph as a store on disk, whole or not at all.

    Args:
        folder: A new or empty folder, or an older store, which is replaced.
        turtle: The bytes of a graph in the shape that `kg build` writes; kept beside the store for `.graph`.

    Returns:
        The number of statements in the store, with ontology and super-classes.

    Raises:
        OutputError: The folder holds something else, or cannot be written, or the bytes are no Turtle.
    """
    import pyoxigraph

    folder = folder.absolute()
    check_store_folder(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{folder.name}.", suffix=".jiqun-tmp", dir=folder.parent
        ) as temporary:
            new = Path(temporary) / "new"
            (new / _DATABASE).mkdir(parents=True)
            store = pyoxigraph.Store(str(new / _DATABASE))
            _fill(store, turtle, str(folder))
            store.flush()
            store.optimize()
            count = len(store)
            del store
            (new / "graph.ttl").write_bytes(turtle)
            note = {"format": 1, "statements": count, "sha256": hashlib.sha256(turtle).hexdigest()}
            (new / STORE_NOTE).write_text(json.dumps(note) + "\n", encoding="utf-8")
            if folder.exists():
                folder.rename(Path(temporary) / "old")
            new.rename(folder)
    except OSError as error:
        raise OutputError(f"cannot write a store to {folder}: {error.strerror or error}") from error
    return count


class KnowledgeGraph(Engine):
    """A graph to be asked: by canned question, by SPARQL, or through rdflib.

    Args:
        data: The bytes of a graph in the shape that `kg build` writes, or the folder of a store on disk.
        source: Where they come from, for messages.

    Example:
        >>> kg = open_graph("OUT")  # doctest: +SKIP
        >>> kg.ask("roles_of_regions", region="北京").to_pandas()  # doctest: +SKIP
    """

    language: Language = "sparql"

    def __init__(self, data: bytes | Path, *, source: str = "graph.ttl") -> None:
        import pyoxigraph

        self.source = source
        self._data = data
        if isinstance(data, Path):
            try:
                self.store = pyoxigraph.Store.read_only(str(data / _DATABASE))
            except (OSError, ValueError) as error:
                again = f"`kg build INPUT --store {data}` writes it anew"
                raise OutputError(f"the store {data} is damaged: {error}", hint=again) from error
        else:
            self.store = pyoxigraph.Store()
            _fill(self.store, data, source)
        logger.debug("opened %s", source)

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.source}>"

    def _repr_html_(self) -> str:
        """Return for notebooks what the graph holds: its classes and its documents."""
        import html

        parts = [f"<p><b>{html.escape(repr(self))}</b></p>"]
        parts += [self.ask(question)._repr_html_() for question in ("coverage", "documents")]
        return "".join(parts)

    @cached_property
    def graph(self) -> rdflib.Graph:
        """The triples of the file, as an rdflib graph; parsed when first needed."""
        import rdflib

        graph = rdflib.Graph()
        turtle = (self._data / "graph.ttl").read_bytes() if isinstance(self._data, Path) else self._data
        graph.parse(data=turtle, format="turtle")
        return graph

    def run(self, statement: str, parameters: Mapping[str, Cell]) -> Rows:
        """Run a canned statement: its parameters are in it as escaped terms already."""
        return self._rows(self.store.query(statement, prefixes=dict(PREFIXES)), None)

    def query(self, text: str, /, *, max_rows: int | None = None, **bindings: object) -> Rows:
        """Run a SPARQL query of any form; only reading is possible.

        The prefixes of `PREFIXES` need not be declared. SELECT gives its columns, ASK the column
        `answer`, CONSTRUCT and DESCRIBE the columns `subject`, `predicate`, `object`.

        Args:
            text: A query.
            max_rows: The largest answer that is wanted.
            bindings: Values for variables: text, numbers, dates; `id:…`, `kg:…` and full addresses become
                IRIs; terms of rdflib and pyoxigraph stay what they are.

        Raises:
            UsageError: The query does not parse, would change something, or would call another server.
            LimitError: There are more than `max_rows` rows.
        """
        import pyoxigraph

        text = check_query(text)
        if bindings:
            text = _with_bindings(text, {name: _term(value) for name, value in bindings.items()})
        try:
            result = self.store.query(text, prefixes=dict(PREFIXES))
        except SyntaxError as error:
            raise syntax_error(text, error) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise UsageError(f"the query cannot be answered: {error}") from error
        if isinstance(result, pyoxigraph.QueryBoolean):
            return Rows(("answer",), [(bool(result),)])
        return self._rows(result, max_rows)

    def entity(self, name: str) -> dict[str, Cell | list[Cell]]:
        """Return what the graph says of a thing itself: its id, class, names, documents and attributes.

        Raises:
            UsageError: Nothing has the name, or several things have.
        """
        import pyoxigraph

        thing = self.find(name)
        found: defaultdict[str, list[Cell]] = defaultdict(list)
        for quad in self.store.quads_for_pattern(
            pyoxigraph.NamedNode(thing.iri), None, None, pyoxigraph.DefaultGraph()
        ):
            predicate = quad.predicate.value
            if isinstance(quad.object, pyoxigraph.Literal) or predicate.endswith("#mentionedIn"):
                found[re.split(r"[#/]", predicate)[-1]].append(_cell(quad.object))
        described: dict[str, Cell | list[Cell]] = {"id": to_cell(thing.iri), "type": thing.type, "name": thing.name}
        found.pop("prefLabel", None)
        return described | {
            key: values[0] if len(values) == 1 else sorted(values, key=str) for key, values in sorted(found.items())
        }

    def all_names(self) -> Iterator[tuple[str, str, str, bool]]:
        """Yield every name of every entity."""
        classes = " ".join(f"kg:{name}" for name in (*ENTITY_CLASSES, *EXTRA_CLASSES))
        for label, preferred in (("skos:prefLabel", True), ("skos:altLabel", False), ("kg:title", False)):
            text = (
                f"SELECT ?thing ?class ?name WHERE {{ VALUES ?class {{ {classes} }} ?thing a ?class ; {label} ?name }}"
            )
            solutions: Any = self.store.query(text, prefixes=dict(PREFIXES))
            for thing, kind, name in solutions:
                yield thing.value, kind.value.removeprefix(ONTOLOGY), name.value, preferred

    def _rows(self, result: Any, max_rows: int | None) -> Rows:
        import pyoxigraph

        select = isinstance(result, pyoxigraph.QuerySolutions)
        columns = tuple(v.value for v in result.variables) if select else ("subject", "predicate", "object")
        records: list[tuple[Cell, ...]] = []
        try:
            for item in result:
                if max_rows is not None and len(records) >= max_rows:
                    raise LimitError(f"the answer has more than {max_rows} rows", hint="add LIMIT, or ask for less")
                records.append(tuple(map(_cell, item)) if select else tuple(map(_cell, list(item)[:3])))
        except (OSError, RuntimeError) as error:
            raise UsageError(f"the query cannot be answered: {error}") from error
        return Rows(columns, records)


_ONTOLOGY_FILES = ("jiqun.ttl", "topics.ttl", "roles.ttl", "classifications.ttl")
"""What the graph of the ontology holds."""


def _fill(store: Any, turtle: bytes, source: str) -> None:
    """Load a graph into the default graph and the ontology into its own; add our super-classes to the entities."""
    import pyoxigraph as ox

    try:
        store.bulk_load(turtle, format=ox.RdfFormat.TURTLE)
    except SyntaxError as error:
        raise OutputError(f"{source} is no Turtle: {error}", hint="`kg build` writes it anew") from error
    home = ox.NamedNode(ONTOLOGY_GRAPH)
    parents = {(ONTOLOGY + name, ONTOLOGY + "Organization") for name in ORGANIZATION_CLASSES}
    files = [resources.files("ontology") / name for name in _ONTOLOGY_FILES]
    for file in filter(lambda file: file.is_file(), files):
        store.load(file.read_bytes(), format=ox.RdfFormat.TURTLE, to_graph=home)
        for quad in store.quads_for_pattern(None, ox.NamedNode(_SUBCLASS), None, home):
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                parents.add((quad.subject.value, quad.object.value))
    kind = ox.NamedNode(_TYPE)
    for child, ancestors in _closure(parents).items():
        found = list(store.quads_for_pattern(None, kind, ox.NamedNode(child), ox.DefaultGraph()))
        store.bulk_extend(
            ox.Quad(quad.subject, kind, ox.NamedNode(ancestor)) for quad in found for ancestor in ancestors
        )


def _closure(parents: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return for each class of ours all the classes of ours above it."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    for child, parent in parents:
        if child.startswith(ONTOLOGY) and parent.startswith(ONTOLOGY) and child != parent:
            above[child].add(parent)
    changed = True
    while changed:
        changed = False
        for child in list(above):
            more = set().union(*(above.get(parent, set()) for parent in above[child])) - above[child] - {child}
            above[child] |= more
            changed = changed or bool(more)
    return dict(above)


def _with_bindings(text: str, terms: Mapping[str, Any]) -> str:
    """Bind variables with a VALUES block at the start of the outermost pattern."""
    for name in terms:
        if not re.search(rf"[?$]{re.escape(name)}\b", text):
            raise UsageError(f"the query has no variable ?{name}")
    names = " ".join(f"?{name}" for name in terms)
    values = " ".join(str(term) for term in terms.values())
    depth, template = 0, False
    for token in _TOKENS.finditer(text):
        word = token[0]
        if word.upper() == "CONSTRUCT":
            template = True
        elif word == "{" and not template and depth == 0:
            return f"{text[: token.end()]} VALUES ({names}) {{ ({values}) }} {text[token.end() :]}"
        elif word in "{}":
            depth += 1 if word == "{" else -1
            template = template and depth > 0
    raise UsageError("the query has no pattern to bind a value in")


_TOKENS = re.compile(
    r"""(?isx) \"{3}(?:\\.|.)*?\"{3} | '{3}(?:\\.|.)*?'{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | <[^<>\s"{}|^`\\]*> | \#[^\n]* | \bCONSTRUCT\b(?=\s*\{) | [{}]"""
)
"""What matters for finding the outermost pattern: braces, and all that can hide a brace."""


def _term(value: object) -> Any:
    import pyoxigraph as ox

    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    n3 = getattr(value, "n3", None)
    if callable(n3):
        return n3()
    if isinstance(value, bool | int | float):
        return ox.Literal(value)
    if isinstance(value, date):
        return ox.Literal(value.isoformat(), datatype=ox.NamedNode(PREFIXES["xsd"] + "date"))
    text = str(value)
    for prefix, namespace in (("id:", RESOURCE), ("kg:", ONTOLOGY)):
        if text.startswith(prefix):
            text = namespace + text[len(prefix) :]
    try:
        return ox.NamedNode(text) if re.match(r"https?://|urn:", text) else ox.Literal(text)
    except ValueError as error:
        raise UsageError(f"{value!r} is no IRI: {error}") from error


def _cell(term: Any) -> Cell:
    if term is None:
        return None
    datatype = getattr(term, "datatype", None)
    if datatype is None:
        return to_cell(getattr(term, "value", None) or str(term))
    text = str(term.value)
    try:
        if datatype.value in _INTEGERS:
            return int(text)
        if datatype.value in _FLOATS:
            return float(text)
    except ValueError:
        return text
    if datatype.value == PREFIXES["xsd"] + "boolean":
        return text in ("true", "1")
    return text


def _check_manifest(manifest: Path, name: str, data: bytes) -> None:
    """Compare a file with its SHA-256 in the manifest, which a build writes last."""
    folder = manifest.parent
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        expected = content["files"][name]["sha256"]
    except FileNotFoundError as error:
        raise OutputError(
            f"{folder} has no manifest.json: the build did not finish", hint="run `kg build` again"
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise OutputError(f"{manifest} is damaged: no SHA-256 of {name} in it", hint="run `kg build` again") from error
    if hashlib.sha256(data).hexdigest() != expected:
        raise OutputError(f"{folder / name} is not the file that its manifest describes", hint="run `kg build` again")
