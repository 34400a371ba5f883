"""The command `kg export`: what it understands, and what it does."""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path

from kg.configuration import load_configuration
from ontology.errors import UsageError

from .formats import FORMATS
from .sources import FolderSource, ServerSource, Source


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    width = max(map(len, FORMATS))
    parser.description = "Write a graph in another form, from a folder that kg build wrote or from a Neo4j server."
    parser.epilog = "formats:\n" + "".join(f"  {name:{width}}  {form.about}\n" for name, form in FORMATS.items())
    parser.epilog += """
examples:
  kg export out --format nt > graph.nt
  kg export out --format neo4j-csv --out import        then, there: neo4j-admin database import full @import.args neo4j
  kg export --from-neo4j bolt://localhost:7687 --format ttl --out back.ttl"""
    parser.add_argument(
        "graph", nargs="?", type=Path, metavar="OUT", help="folder that kg build wrote, or a Turtle file"
    )
    parser.add_argument("--from-neo4j", metavar="URI", help="take the graph from this server instead")
    parser.add_argument("--format", choices=FORMATS, required=True, metavar="FORM", help=", ".join(FORMATS))
    parser.add_argument(
        "--out", dest="target", type=Path, metavar="PATH", help="file or folder to write (default: standard output)"
    )
    parser.add_argument("--user", default=str(load_configuration()["neo4j.user"].value), help="default: %(default)s")
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="file with the password (default: $NEO4J_PASSWORD, $NEO4J_PASSWORD_FILE, a prompt)",
    )
    parser.add_argument("--database", metavar="NAME", help="default: the user's home database")


def run(options: argparse.Namespace) -> str:
    """Write the export and return news for people.

    Raises:
        UsageError: There is no source or there are two, or a folder format has nowhere to go.
    """
    form = FORMATS[options.format]
    if form.write_folder is not None and options.target is None:
        raise UsageError(f"{options.format} is a folder of files.", hint="say where with --out FOLDER")
    source = _source(options)
    if form.write_folder is not None:
        return form.write_folder(source, options.target)
    assert form.write is not None
    data = io.BytesIO()
    form.write(source, data)
    if options.target is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data.getvalue())
        sys.stdout.buffer.flush()
        return ""
    from kg.output import write_file

    write_file(options.target, data.getvalue())
    return f"{options.target}: {len(data.getvalue()):,} bytes"


def _source(options: argparse.Namespace) -> Source:
    if (options.graph is None) == (options.from_neo4j is None):
        raise UsageError("Export what?", hint="give a folder that kg build wrote, or --from-neo4j URI")
    if options.from_neo4j is None:
        return FolderSource(options.graph)
    from kg.loading.connection import check_uri, find_password

    uri = check_uri(options.from_neo4j)
    password = find_password(options.password_file, user=options.user, prompt=True)
    return ServerSource(uri, options.user, password, options.database)
