"""⑥ validate: hold a graph against the shapes.

The shapes need no reasoning and no ontology at run time. What pySHACL reports is put into the
words of the graph: the fact or evidence that is wrong, the shape by name, what was expected in
zh and en, and the passage that says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeGuard

from .errors import QualityGateError
from .iri import ONTOLOGY
from .resources import load_resource
from .turtle import PREFIXES

if TYPE_CHECKING:
    import rdflib
    from rdflib import Literal
    from rdflib.term import Node

    from .assertion import Row
    from .screening import Screen

SHAPES = "https://w3id.org/jiqun/shapes#"
_PREFIXES = {namespace: f"{prefix}:" for prefix, namespace in PREFIXES.items()} | {SHAPES: "shape:"}


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """Something in a graph that a shape does not allow.

    Attributes:
        focus: What is wrong: `id:Evidence_…`, `id:Fact_…`, `id:Firm_百度`.
        shape: Name of the shape that says so: `shape:Evidence_quote`.
        path: The property concerned, or empty.
        value: The value that is wrong, or empty where one is missing.
        message_zh: What was expected, in Chinese.
        message_en: The same in English.
        quote: The passage behind it, or empty where there is none.
    """

    focus: str
    shape: str
    path: str
    value: str
    message_zh: str
    message_en: str
    quote: str

    @property
    def message(self) -> str:
        """What was expected and what is there instead, in English and Chinese."""
        found = f" Found: {self.value}." if self.value else ""
        return f"{self.message_en}{found} {self.message_zh}"


def validate_graph(graph: rdflib.Graph, shapes: rdflib.Graph | None = None) -> list[Violation]:
    """Hold a graph against the shapes.

    Args:
        graph: A graph in the shape that `kg build` writes; it is not changed.
        shapes: Other shapes than ours, made in the same manner.

    Returns:
        What is wrong, sorted; empty for a good graph.

    Raises:
        QualityGateError: The shapes themselves cannot be run.
    """
    import pyshacl
    import rdflib
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError

    shapes = shapes if shapes is not None else load_resource("shapes.ttl")
    try:
        conforms, results, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    except (ReportableRuntimeError, ShapeLoadError) as error:
        raise QualityGateError(f"the shapes cannot be run: {error}", hint="see `ontology/shapes.ttl`") from error
    if not isinstance(results, rdflib.Graph):
        raise QualityGateError(f"the shapes cannot be run: {results}", hint="see `ontology/shapes.ttl`")
    if conforms:
        return []
    report = _Report(graph, shapes, results)
    return sorted({violation for result in report.results() for violation in report.explain(result)})


def validate_rows(rows: Sequence[Row]) -> list[Violation]:
    """Hold triples against our shapes: many times faster than `validate_graph` where there are no mistakes.

    Shapes that no node can break, as SPARQL tells, are left out (`ontology.screening`); the others are run.

    Args:
        rows: What a build found, as `ontology.assertion` says it.

    Returns:
        What `validate_graph` returns for the same triples.

    Raises:
        QualityGateError: The shapes themselves cannot be run.
    """
    from .assertion import rows_to_graph

    shapes, screen = _screen()
    suspects = screen.suspects(rows)
    return validate_graph(rows_to_graph(rows), some_shapes(shapes, suspects)) if suspects else []


@cache
def _screen() -> tuple[rdflib.Graph, Screen]:
    from .screening import Screen

    shapes = load_resource("shapes.ttl")
    return shapes, Screen.of(shapes)


def some_shapes(shapes: rdflib.Graph, wanted: Iterable[Node]) -> rdflib.Graph:
    """Return some shapes with all that they name."""
    from rdflib import BNode, Graph, URIRef

    found = Graph()
    nodes = [*wanted, URIRef(SHAPES[:-1])]
    seen = set(nodes)
    for node in nodes:  # grows while it is read
        for triple in shapes.triples((node, None, None)):
            found.add(triple)
            if (isinstance(triple[2], BNode) or str(triple[2]).startswith(SHAPES)) and triple[2] not in seen:
                seen.add(triple[2])
                nodes.append(triple[2])
    return found


class _Report:
    """pySHACL's report, told in the words of the graph."""

    def __init__(self, graph: rdflib.Graph, shapes: rdflib.Graph, report: rdflib.Graph) -> None:
        from rdflib import RDF, SH, Namespace

        self.graph, self.shapes, self.report = graph, shapes, report
        self.sh, self.type, self.kg = SH, RDF.type, Namespace(ONTOLOGY)

    def results(self) -> Iterator[Node]:
        """Yield the results that stand for themselves, not those that explain another one."""
        yield from self.report.objects(None, self.sh.result)

    def explain(self, result: Node) -> Iterator[Violation]:
        """Yield a violation for each node that a result is about.

        The result of a relation's shape has the relation as its focus and a class or an object as its
        value: it stands for all facts of the relation with such an end.
        """
        focus = self.report.value(result, self.sh.focusNode)
        value = self.report.value(result, self.sh.value)
        shape = self.report.value(result, self.sh.sourceShape)
        path = self.report.value(result, self.sh.resultPath)
        messages = {m.language: str(m) for m in self.report.objects(result, self.sh.resultMessage) if _is_literal(m)}
        zh = messages.get("zh", "")
        en = messages.get("en") or next(iter(messages.values()), "")
        nodes: list[tuple[Node | None, str]] = [(focus, _name(value))]
        if str(focus).startswith(ONTOLOGY):
            facts = self.facts(focus, value, _name(shape).rpartition("_")[2])
            nodes = [(fact, _name(value)) for fact in facts] or [(value or focus, "")]
        for node, found in nodes:
            yield Violation(_name(node), _name(shape), self.path(path), found, zh, en, self.quote(node))

    def facts(self, relation: Node | None, value: Node | None, end: str) -> Iterator[Node]:
        """Yield the facts of a relation whose end is, or is of the class, `value`."""
        for fact in self.graph.subjects(self.kg.relation, relation):
            node = self.graph.value(fact, self.kg.subject if end == "from" else self.kg.object)
            if node is not None and (node == value or (node, self.type, value) in self.graph):
                yield fact

    def path(self, path: Node | None) -> str:
        """Return the last property of a path."""
        while path is not None and not str(path).startswith("http"):
            inner = self.report.value(path, self.sh.inversePath) or self.report.value(path, self.sh.alternativePath)
            path = inner or list(self.report.items(path))[-1:][0]
        return _name(path)

    def quote(self, node: Node | None) -> str:
        """Return the words behind a node: its own quote, its evidence's, its fact's."""
        kg = self.kg
        for start in (node, *self.graph.objects(node, kg.evidence)):
            if quote := self.graph.value(start, kg.quote):
                return str(quote)
        for ends in (kg.object, kg.subject):
            for fact in sorted(self.graph.subjects(ends, node), key=str):
                for evidence in sorted(self.graph.objects(fact, kg.evidence), key=str):
                    if quote := self.graph.value(evidence, kg.quote):
                        return str(quote)
        return ""


def _name(term: Node | None) -> str:
    if term is None:
        return ""
    text = str(term)
    for namespace, prefix in _PREFIXES.items():
        if text.startswith(namespace):
            return prefix + text[len(namespace) :]
    return text


def _is_literal(term: Node) -> TypeGuard[Literal]:
    from rdflib import Literal

    return isinstance(term, Literal)
