"""A quick look before the shapes: which of them might a graph break?

Each shape becomes one SPARQL question, "does any of its nodes not conform?", which Oxigraph answers many times faster
than pySHACL walks the graph. The look errs on one side only: what it calls sound is sound, and what it suspects, or
does not understand, pySHACL judges (`ontology.validation`).

After Corman et al., "Validating SHACL Constraints over a SPARQL Endpoint" (ISWC 2019), for shapes without recursion.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from .turtle import PREFIXES

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

    from .assertion import Row

_ANNOTATIONS = frozenset({"message", "name", "description", "path", "prefixes", "order", "group"})
_TARGETS = frozenset({"targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf"})
_COMPARED = frozenset({"hasValue", "lessThan", "lessThanOrEquals"})
"""What a property shape demands of the values of a path as such, not of each."""
_ORDERED = {"minInclusive": ">=", "minExclusive": ">", "maxInclusive": "<=", "maxExclusive": "<"}
_KINDS = {
    "IRI": "isIRI({0})",
    "Literal": "isLiteral({0})",
    "BlankNode": "isBlank({0})",
    "BlankNodeOrIRI": "!isLiteral({0})",
    "IRIOrLiteral": "!isBlank({0})",
    "BlankNodeOrLiteral": "!isIRI({0})",
}

_PLAIN = {  # Oxigraph keeps numbers and dates by value: only where the one usual spelling stands are both the same
    "xsd:integer": re.compile(r"0|-?[1-9][0-9]{0,17}"),
    "xsd:decimal": re.compile(r"(?:0|-?[1-9][0-9]{0,14})(?:\.0|\.[0-9]{0,3}[1-9])|-0\.[0-9]{0,3}[1-9]"),
    "xsd:gYear": re.compile("[0-9]{4}"),
    "xsd:gYearMonth": re.compile("[0-9]{4}-(?:0[1-9]|1[0-2])"),
    "xsd:string": re.compile("(?s:.*)"),
}


class _UnknownError(Exception):
    """A shape says something that this module does not put into SPARQL."""


class _UnusualError(Exception):
    """A literal is not spelt in the one usual way."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Shapes as questions.

    Attributes:
        questions: For each shape an ASK that is true where a node might not conform.
        unknown: Shapes that only pySHACL can judge.
    """

    questions: Mapping[Node, str]
    unknown: frozenset[Node]

    @classmethod
    def of(cls, shapes: rdflib.Graph) -> Screen:
        """Put each shape that has targets into SPARQL."""
        from rdflib import SH

        questions: dict[Node, str] = {}
        unknown = set()
        named = {shape for target in _TARGETS for shape in shapes.subjects(SH[target])}
        for shape in sorted(named, key=str):
            try:
                questions[shape] = _Writer(shapes).question(shape)
            except _UnknownError:
                unknown.add(shape)
        return cls(questions, frozenset(unknown))

    def suspects(self, rows: Iterable[Row]) -> frozenset[Node]:
        """Return the shapes that a graph might break: all that it breaks, and seldom another.

        Args:
            rows: The triples of the graph.
        """
        try:
            return self.unknown | self.broken("".join(_lines(rows)).encode())
        except (_UnusualError, SyntaxError):
            return frozenset(self.questions) | self.unknown

    def broken(self, turtle: bytes) -> frozenset[Node]:
        """Return the shapes whose questions are true of a graph in which numbers and dates are spelt in the usual way.

        Raises:
            SyntaxError: It is no Turtle.
        """
        import pyoxigraph

        store = pyoxigraph.Store()
        store.bulk_load(turtle, format=pyoxigraph.RdfFormat.TURTLE)
        return frozenset(shape for shape, question in self.questions.items() if store.query(question))


def _lines(rows: Iterable[Row]) -> Iterator[str]:
    """Yield a graph as Turtle, a line for each triple."""
    from .assertion import row_tokens

    yield from (f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
    yield from (f"{subject} {predicate} {obj} .\n" for subject, predicate, obj in row_tokens(map(_usual, rows)))


def _usual(row: Row) -> Row:
    """Return the row if a store and a list of triples hold the same of it."""
    value = row[2]
    kind = "" if isinstance(value, str) else value.kind
    if not kind or kind[0] == "@":
        return row
    text = value[0]
    if kind == "xsd:double":
        is_usual = _is_double(text)
    elif kind == "xsd:date":
        is_usual = _is_date(text)
    else:
        is_usual = kind in _PLAIN and _PLAIN[kind].fullmatch(text) is not None
    if not is_usual:
        raise _UnusualError
    return row


def _is_double(text: str) -> bool:
    try:
        return repr(float(text)) == text
    except ValueError:
        return False


@cache
def _is_date(text: str) -> bool:
    from datetime import date

    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


class _Writer:
    """Writes what a shape demands as SPARQL; each variable has a name of its own."""

    def __init__(self, shapes: rdflib.Graph) -> None:
        from rdflib import SH

        self.shapes, self.sh = shapes, SH
        self.names: list[str] = []

    def question(self, shape: Node) -> str:
        """Return the ASK that is true where a target does not conform, or where nothing can be said of it."""
        if statements := list(self.shapes.objects(shape, self.sh.sparql)):
            return self.statement(shape, statements)
        path = self.shapes.value(shape, self.sh.path)
        cases = [
            f"{{ {case} }}"
            for target in self.targets(shape)
            for name, value in self.demands(shape)
            for case in (self.mistake(target, name, value, path),)
        ]
        return f"ASK {{ {' UNION '.join(cases)} }}"

    def mistake(self, target: str, name: str, value: Node, path: Node | None) -> str:
        """Return patterns that match a target that does not fulfil a demand, by joins where that is possible."""
        if path is None or name in _COMPARED:
            return f"{target} . FILTER(!COALESCE({self.demand(name, value, '?this', path)}, false))"
        if name == "minCount":
            return f"{target} . FILTER NOT EXISTS {{ {self.several('?this', path, int(str(value)))} }}"
        if name == "maxCount":
            wrong = self.several("?this", path, int(str(value)) + 1)
        else:
            reached, one = self.reach("?this", path), self.names[-1]
            wrong = f"{reached} FILTER(!COALESCE({self.of_value(name, value, one)}, false))"
        return f"{target} . {wrong}"

    def targets(self, shape: Node) -> Iterator[str]:
        sh, shapes = self.sh, self.shapes
        for name in shapes.objects(shape, sh.targetClass):
            yield f"?this a {_term(name)}"
        for name in shapes.objects(shape, sh.targetNode):
            yield f"VALUES ?this {{ {_term(name)} }}"
        for name in shapes.objects(shape, sh.targetSubjectsOf):
            yield f"{{ SELECT DISTINCT ?this {{ ?this {_term(name)} {self.name()} }} }}"
        for name in shapes.objects(shape, sh.targetObjectsOf):
            yield f"{{ SELECT DISTINCT ?this {{ {self.name()} {_term(name)} ?this }} }}"

    def statement(self, shape: Node, statements: list[Node]) -> str:
        """Return the ASK for a SELECT of its own that is about one named node and names all else `?value`."""
        nodes = list(self.shapes.objects(shape, self.sh.targetNode))
        said = {str(p) for p in self.shapes.predicates(shape)} - {str(self.sh.message), str(self.sh.sparql)}
        if len(nodes) != 1 or len(statements) != 1 or said - {str(self.sh.targetNode), str(_RDF_TYPE)}:
            raise _UnknownError(f"{shape}: a SELECT about more than one node")
        select = str(self.shapes.value(statements[0], self.sh.select))
        head, where, rest = select.partition("WHERE")
        if not where or "{" in head or "$" in rest.replace("$this", "") or "?this" in rest:
            raise _UnknownError(f"{shape}: a SELECT of another form")
        prefixes = "".join(
            f"PREFIX {self.shapes.value(d, self.sh.prefix)}: <{self.shapes.value(d, self.sh.namespace)}> "
            for name in self.shapes.objects(statements[0], self.sh.prefixes)
            for d in self.shapes.objects(name, self.sh.declare)
        )
        return f"{prefixes}ASK {rest.replace('$this', _term(nodes[0]))}"

    def demands(self, shape: Node) -> list[tuple[str, Node]]:
        """Return what a shape demands: `minCount` and 1, sorted."""
        prefix = str(self.sh)
        found = [
            (str(predicate)[len(prefix) :], value)
            for predicate, value in self.shapes.predicate_objects(shape)
            if str(predicate).startswith(prefix)
        ]
        return sorted((d for d in found if d[0] not in _ANNOTATIONS and d[0] not in _TARGETS), key=str)

    def conforms(self, shape: Node, node: str) -> str:
        """Return an expression that is true where a node conforms to a shape; an error is no conformance."""
        path = self.shapes.value(shape, self.sh.path)
        parts = [self.demand(name, value, node, path) for name, value in self.demands(shape)]
        return " && ".join(f"({part})" for part in parts) or "true"

    def demand(self, name: str, value: Node, node: str, path: Node | None) -> str:
        """Return what a shape demands of a node, or of the values that a path leads to from it."""
        if path is None:
            return self.of_value(name, value, node)
        if name == "minCount":
            return f"EXISTS {{ {self.several(node, path, int(str(value)))} }}"
        if name == "maxCount":
            return f"NOT EXISTS {{ {self.several(node, path, int(str(value)) + 1)} }}"
        reached, one = self.reach(node, path), self.names[-1]
        if name == "hasValue":
            return f"EXISTS {{ {reached} FILTER(sameTerm({one}, {_term(value)})) }}"
        if name in ("lessThan", "lessThanOrEquals"):
            other, sign = self.name(), "<" if name == "lessThan" else "<="
            compared = f"{reached} {node} {_term(value)} {other} . FILTER(!COALESCE({one} {sign} {other}, false))"
            return f"NOT EXISTS {{ {compared} }}"
        return f"NOT EXISTS {{ {reached} FILTER(!COALESCE({self.of_value(name, value, one)}, false)) }}"

    def several(self, node: str, path: Node, least: int) -> str:
        """Return patterns that match where a path leads to so many different values."""
        patterns, names = [], []
        for _ in range(least):
            patterns.append(self.reach(node, path))
            names.append(self.names[-1])
        apart = (f"FILTER(!sameTerm({a}, {b}))" for a, b in itertools.combinations(names, 2))
        return " ".join([*patterns, *apart])

    def of_value(self, name: str, value: Node, node: str) -> str:
        """Return what is demanded of one value."""
        make = self.simple().get(name)
        if make is not None:
            return make(value, node)
        if name in _ORDERED:
            return f"{node} {_ORDERED[name]} {_term(value)}"
        if name in ("node", "property"):
            return self.conforms(value, node)
        if name == "not":
            return f"!COALESCE({self.conforms(value, node)}, false)"
        if name in ("and", "or"):
            sign = " && " if name == "and" else " || "
            return sign.join(f"COALESCE({self.conforms(m, node)}, false)" for m in self.shapes.items(value))
        raise _UnknownError(f"sh:{name}")

    def simple(self) -> Mapping[str, Callable[[Node, str], str]]:
        """Return the demands that look at nothing but the value."""
        return {
            "in": lambda value, node: " || ".join(
                f"sameTerm({node}, {_term(member)})" for member in self.shapes.items(value)
            ),
            "class": lambda value, node: f"EXISTS {{ {node} a {_term(value)} }}",
            "datatype": lambda value, node: f"datatype({node}) = {_term(value)}",
            "nodeKind": lambda value, node: _KINDS[str(value)[len(str(self.sh)) :]].format(node),
            "minLength": lambda value, node: f"STRLEN(STR({node})) >= {int(str(value))}",
            "maxLength": lambda value, node: f"STRLEN(STR({node})) <= {int(str(value))}",
            "pattern": lambda value, node: f"REGEX(STR({node}), {_term(value)})",
            "languageIn": lambda value, node: " || ".join(
                f"LANGMATCHES(LANG({node}), {_term(tag)})" for tag in self.shapes.items(value)
            ),
            "hasValue": lambda value, node: f"sameTerm({node}, {_term(value)})",
        }

    def reach(self, node: str, path: Node) -> str:
        """Return patterns for a path from a node to a new variable, the last one that was named."""
        from rdflib import RDF, BNode

        inner = self.shapes.value(path, self.sh.inversePath)
        choice = self.shapes.value(path, self.sh.alternativePath)
        if not isinstance(path, BNode):
            pattern = f"{node} {_term(path)} {{}} ."
        elif inner is not None and not isinstance(inner, BNode):
            pattern = f"{{}} {_term(inner)} {node} ."
        elif choice is not None:
            pattern = f"{node} {'|'.join(map(_term, self.shapes.items(choice)))} {{}} ."
        elif self.shapes.value(path, RDF.first) is not None:
            *steps, last = self.shapes.items(path)
            patterns = []
            for step in steps:
                patterns.append(self.reach(node, step))
                node = self.names[-1]
            return " ".join([*patterns, self.reach(node, last)])
        else:
            raise _UnknownError("a path of another kind")
        return pattern.format(self.name())

    def name(self) -> str:
        """Return a new variable."""
        self.names.append(f"?v{len(self.names)}")
        return self.names[-1]


_RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def _term(node: Node) -> str:
    return str(node.n3())
