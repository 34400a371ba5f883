r"""What a query from outside may be: one that reads this store, and nothing else.

Oxigraph calls the address in SERVICE, even when told to read only, and has no switch for it. So a query is looked at
before the engine sees it: a text without the letters of SERVICE and FROM cannot hold them; any other is parsed by
rdflib and its syntax tree searched, the one that the parser gives: rdflib's algebra loses what is in a FILTER inside an
EXISTS inside an EXISTS.

Two parsers must then read one text alike. They do not where a comment ends at a carriage return (rdflib reads on to the
line feed) and where `\u005C` is a backslash before the text is read (rdflib) or after (Oxigraph). Either difference
hides a SERVICE from the one that the other carries out. `normalize_query` takes both away: line ends become line feeds,
`\u` escapes become the characters that they stand for, and those that would be ASCII are refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ontology.errors import UsageError
from ontology.iri import ONTOLOGY, RESOURCE

ONTOLOGY_GRAPH = "https://w3id.org/jiqun/ontology"
"""Name of the graph that holds the ontology inside the store."""

PREFIXES: Mapping[str, str] = {
    "kg": ONTOLOGY,
    "id": RESOURCE,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
}
"""Prefixes that `query` knows without being told."""

LONGEST_QUERY = 1_000_000
DEEPEST_QUERY = 100
"""Brackets, or signs of negation, inside one another: Oxigraph's parser ends the process somewhere above 300."""
MOST_OPERATORS = 3_000
"""Operators of a query: a chain of 10,000 is as deep for Oxigraph as it is long."""

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")
_SHAPE = re.compile(
    r"""(?sx) \"{3}(?:\\.|.)*?\"{3} | '{3}(?:\\.|.)*?'{3} | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | <[^<>\s"{}|^`\\]*> | \#[^\n]* | (?P<open>[{(\[]) | (?P<close>[})\]]) | (?P<sign>(?:[!^]\s*)+)
    | \|\|? | && | [-+*/]"""
)
"""What makes a query deep or long, and all that can hide it."""
_SUSPECT = re.compile(r"(?i)service|\bfrom\b")


class RefusedQueryError(UsageError):
    """The query is understood, and is none that this store answers: an update, SERVICE, FROM of elsewhere."""


def check_query(text: str, *, graphs: Collection[str] = (ONTOLOGY_GRAPH,)) -> str:
    """Refuse a query that could leave this machine or be meant to change something.

    Args:
        text: The query.
        graphs: The named graphs of the store; FROM may name these.

    Returns:
        The text to run, in which both parsers see the same.

    Raises:
        RefusedQueryError: It calls a SERVICE, or reads FROM what is not in the store.
        UsageError: It is too long, too deep or, where it had to be parsed, does not parse.
    """
    if len(text) > LONGEST_QUERY:
        raise UsageError(f"the query has {len(text)} characters, {LONGEST_QUERY} are the limit")
    text = normalize_query(text)
    _check_shape(text)
    if not _SUSPECT.search(text):
        return text
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    refused: set[str] = set()
    try:
        tree = parseQuery(text)
        if _calls_out(tree):
            refused.add("SERVICE")
        query = translateQuery(tree, initNs=dict(PREFIXES))  # takes the tree apart
        for clause in query.algebra.get("datasetClause") or ():
            if str(clause.get("default") or clause.get("named")) not in graphs:
                refused.add("FROM")
    except RecursionError as error:
        raise UsageError("the query is nested too deeply") from error
    except Exception as error:  # pyparsing and rdflib raise many kinds; none of them lets the query through
        raise syntax_error(text, error) from error
    if refused:
        raise RefusedQueryError(
            f"{' and '.join(sorted(refused))} would read from elsewhere; this store answers from itself only",
            hint="it has the graphs " + ", ".join(f"<{graph}>" for graph in sorted(graphs)),
        )
    return text


def _calls_out(tree: object) -> bool:
    """Say whether there is a SERVICE anywhere in the tree of a parser."""
    from pyparsing import ParseResults
    from rdflib.plugins.sparql.parserutils import CompValue

    remaining = [tree]
    while remaining:
        node = remaining.pop()
        if isinstance(node, CompValue):
            if node.name == "ServiceGraphPattern":
                return True
            remaining.extend(node.values())
        elif isinstance(node, list | tuple | ParseResults):
            remaining.extend(node)
    return False


def _check_shape(text: str) -> None:
    """Refuse a query that would overflow the engine's stack, which no exception tells of.

    Raises:
        UsageError: It is nested too deeply or has too many operators.
    """
    depth = operators = 0
    for token in _SHAPE.finditer(text):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif token["sign"]:
            operators += 1
            depth_here = depth + sum(map(token["sign"].count, "!^"))
            if depth_here > DEEPEST_QUERY:
                depth = depth_here
        elif token[0][0] in "|&-+*/":
            operators += 1
        if depth > DEEPEST_QUERY:
            raise UsageError(
                f"the query is nested too deeply: more than {DEEPEST_QUERY} brackets or negations inside one another",
                hint="VALUES takes lists of any length",
            )
        if operators > MOST_OPERATORS:
            raise UsageError(f"the query has more than {MOST_OPERATORS:,} operators", hint="VALUES takes long lists")


def normalize_query(text: str) -> str:
    r"""Return a query in which every parser of SPARQL sees the same.

    Example:
        >>> normalize_query("ASK { ?x ?y '\\u5317\\u4EAC' } # all\r")
        "ASK { ?x ?y '北京' } # all\n"

    Raises:
        UsageError: It writes an ASCII character, a control character or half of a character as `\u`.
    """

    def character(match: re.Match[str]) -> str:
        number = int(match[1] or match[2], 16)
        if number < 0xA0 or 0xD800 <= number < 0xE000 or number > 0x10FFFF:
            raise UsageError(f"the query writes a character as {match[0]}", hint="write the character itself")
        return chr(number)

    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\\u" in text or "\\U" in text:
        text = _ESCAPE.sub(character, text)
    return text


def syntax_error(text: str, error: Exception) -> UsageError:
    """Return what to tell about a text that is no query: that it is an update, or where parsing stopped."""
    code = re.sub(r"(?m)^\s*(#.*|(?i:prefix|base)\s[^\n]*)$", "", text)
    if re.match(r"\s*(?i:insert|delete|load|clear|create|drop|copy|move|add|with)\b", code):
        return RefusedQueryError(
            "this store is only read, and that is an update", hint="change the texts or packs and build again"
        )
    first_line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return UsageError(f"the query is no SPARQL 1.1: {first_line}", hint="`kg ask --list` has questions ready to use")
