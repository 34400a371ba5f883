"""Files for `neo4j-admin database import full`: the fastest way into an empty database, exactly once by nature.

One file for each set of labels and each relationship type, with its header in a file of its own, the arguments of the
importer, and the statements to run afterwards: the importer of Community makes neither constraints nor indexes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from kg.loading.changes import node_properties, storable
from kg.loading.statements import labels as quoted_labels
from kg.loading.statements import quoted, schema_statements
from kg.output import write_file
from kg.projection import PropertyGraph
from ontology.errors import OutputError

ARGUMENTS, SCHEMA = "import.args", "schema.cypher"
_DELIMITERS = ((";", ";"), ("|", "|"), ("\x1f", "U+001F"), ("\x1e", "U+001E"), ("\x1d", "U+001D"))
"""What can stand between the items of a list, and how the importer's command line spells it."""

_Row: TypeAlias = "Mapping[str, Any]"


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """What was written.

    Attributes:
        folder: Where.
        nodes: Number of nodes.
        relationships: Number of relationships.
        files: Number of files.
    """

    folder: Path
    nodes: int
    relationships: int
    files: int

    def __str__(self) -> str:
        return (
            f"{self.nodes:,} nodes and {self.relationships:,} relationships in {self.files} files in {self.folder}\n"
            f"import      stop the server; there: neo4j-admin database import full @{ARGUMENTS} neo4j\n"
            f"afterwards  start the server and run {SCHEMA}, or `kg load`, which then only checks"
        )


def write_import_files(graph: PropertyGraph, folder: Path) -> ImportFiles:
    """Write a property graph as files for the importer.

    Args:
        graph: The graph.
        folder: A new or empty folder, or one that an export wrote, whose files are replaced.

    Raises:
        OutputError: The folder holds something else, or cannot be written.
        UsageError: A label or a type is none of the ontology's.
    """
    files = dict(_files(graph))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        old = {path.name for path in folder.iterdir()}
        if old and ARGUMENTS not in old:
            raise OutputError(f"{folder} is not empty and not from an export", hint="name a new folder with --out")
        for name in old:
            if name.endswith(".csv"):
                (folder / name).unlink()
    except OSError as error:
        raise OutputError(f"cannot write to {folder}: {error.strerror or error}") from error
    for name, text in files.items():
        write_file(folder / name, text.encode())
    return ImportFiles(folder, len(graph.nodes), len(graph.relationships), len(files))


def _files(graph: PropertyGraph) -> Iterator[tuple[str, str]]:
    """Yield names and contents, the arguments of the importer last."""
    nodes: defaultdict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for node in graph.nodes:
        quoted_labels(node.labels)
        nodes[node.labels].append({"uri": node.uri, **node_properties(node)})
    relationships: defaultdict[str, list[_Row]] = defaultdict(list)
    for r in graph.relationships:
        quoted(r.type)
        relationships[r.type].append({":START_ID": r.start, ":END_ID": r.end, **storable(r.properties)})
    groups = (*nodes.values(), *relationships.values())
    character, spelling = _delimiter(
        item for rows in groups for row in rows for value in row.values() if isinstance(value, list) for item in value
    )
    arguments = []
    for labels, rows in sorted(nodes.items()):
        for file, part in enumerate(_alike(rows)):
            name = "-".join(["nodes", labels[-1], *([str(file + 1)] if file else [])])
            yield from _table(name, part, {"uri": "uri:ID"}, character)
            arguments.append(f"--nodes={':'.join(labels)}={name}.header.csv,{name}.csv")
    for kind, rows in sorted(relationships.items()):
        for file, part in enumerate(_alike(rows)):
            name = "-".join(["relationships", kind, *([str(file + 1)] if file else [])])
            yield from _table(name, part, {":START_ID": ":START_ID", ":END_ID": ":END_ID"}, character)
            arguments.append(f"--relationships={kind}={name}.header.csv,{name}.csv")
    yield SCHEMA, ";\n".join(schema_statements()) + ";\n"
    # The files take any number of values, so the name of the database must come behind other options.
    arguments += [f"--array-delimiter={spelling}", "--multiline-fields=true", "--id-type=string", "--bad-tolerance=0"]
    yield ARGUMENTS, "\n".join([*arguments, "--overwrite-destination=true"]) + "\n"


def _alike(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Sort rows into tables whose columns have one type each: a property may be a word here and a list there."""
    tables: list[tuple[dict[str, str], list[_Row]]] = []
    for row in rows:
        types = {name: _type(value) for name, value in row.items()}
        for columns, table in tables:
            if all(columns.get(name, kind) == kind for name, kind in types.items()):
                columns.update(types)
                table.append(row)
                break
        else:
            tables.append((types, [row]))
    return [table for _, table in tables]


def _table(name: str, rows: Sequence[_Row], keys: Mapping[str, str], delimiter: str) -> Iterator[tuple[str, str]]:
    types = {column: _type(value) for row in rows for column, value in row.items()}
    columns = [*keys, *sorted(types.keys() - keys.keys())]
    header = [keys.get(column) or f"{column}:{types[column]}" for column in columns]
    yield f"{name}.header.csv", ",".join(header) + "\n"
    lines = (",".join(_cell(row.get(column), delimiter) for column in columns) + "\n" for row in rows)
    yield f"{name}.csv", "".join(lines)


def _delimiter(items: Iterable[str]) -> tuple[str, str]:
    """Return a character that is in no item of a list, and its name for the command line."""
    used = set().union(*(set(item) for item in items), "")
    for character, spelling in _DELIMITERS:
        if character not in used:
            return character, spelling
    raise OutputError("the lists of this graph hold every character that could stand between their items")


def _type(value: Any) -> str:
    if isinstance(value, list):
        return "string[]"
    return {bool: "boolean", int: "long", float: "double"}.get(type(value), "string")


def _cell(value: Any, delimiter: str) -> str:
    """Return a value as the importer reads it: nothing for no value, quotes around every text, even an empty one."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    text = delimiter.join(value) if isinstance(value, list) else str(value)
    return '"' + text.replace('"', '""') + '"'
