"""The command `kg annotate`: what it understands, and what it does."""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from types import ModuleType
from typing import Any

from ontology.errors import DocumentError, UsageError

from ..configuration import load_configuration

FORMATS = ("label-studio", "doccano")
_EXPORTED = "export it from Label Studio as JSON, from doccano as JSONL(relation)"


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    inputs = load_configuration()["inputs"].value
    parser.description = "Give texts with what a build found in them to annotators, and take back what they made of it."
    parser.epilog = """\
examples:
  kg annotate export out --texts texts --format label-studio --out tasks
  kg annotate export out --texts texts --format doccano --out tasks
  kg annotate import project-1-at-2026-11-29.json --out gold      what Label Studio exports as JSON
  kg annotate import all.jsonl --out gold                         what doccano exports as JSONL(relation)
  kg eval gold out                                                score a build against it

Import writes a gold file and the text that was annotated for each document; what is there already stays, unless
--replace is given. It ends with 1 when something of it is not understood (docs/trust.md)."""
    parser.add_argument("action", choices=("export", "import"), metavar="ACTION", help="export or import")
    parser.add_argument(
        "source", type=Path, metavar="FROM", help="export: folder that kg build wrote; import: file that came back"
    )
    parser.add_argument("--out", dest="target", type=Path, required=True, metavar="DIR", help="folder to write")
    parser.add_argument("--format", choices=FORMATS, metavar="FORM", help=f"export: {' or '.join(FORMATS)}")
    parser.add_argument(
        "--texts",
        type=Path,
        action="append",
        metavar="INPUT",
        help="export: file or folder that the graph was built of (may repeat; default: the inputs of the settings)",
    )
    parser.add_argument("--replace", action="store_true", help="import: write over gold files that are there")
    parser.set_defaults(configured=[Path(name) for name in inputs] if isinstance(inputs, tuple) else [])


@dataclass(frozen=True, slots=True)
class Done:
    """What the command did.

    Attributes:
        news: One line for people.
        lost: What could not be taken along, a sentence each.
    """

    news: str
    lost: tuple[str, ...] = ()


def run(options: argparse.Namespace) -> Done:
    """Write tasks for annotators, or the gold that they made.

    Raises:
        UsageError: Something that the action needs is missing, or a file is of no format that is known.
        OutputError: The build cannot be read, or the folder not written.
    """
    if options.action == "export":
        return _export(options)
    if options.format or options.texts:
        raise UsageError("The file says itself what it is.", hint="kg annotate import FILE --out GOLD")
    return _import(options.source, options.target, replace=options.replace)


# --- export


def _export(options: argparse.Namespace) -> Done:
    from extract.clean import clean_text
    from extract.read import read_documents
    from ontology.model import Finding

    from ..output import read_manifest, write_files
    from .marking import mark_text

    if options.format is None:
        raise UsageError("For which tool?", hint=f"--format {' | '.join(FORMATS)}")
    texts = options.texts or options.configured
    if not texts:
        raise UsageError("Of which texts?", hint="--texts is what kg build was given")
    manifest = read_manifest(options.source)
    entities, facts = _by_document(options.source)
    made, lost, unplaced = [], [], 0
    for source in read_documents(texts):
        if isinstance(source, Finding):
            lost.append(source.message)
            continue
        try:
            clean = clean_text(source)
        except DocumentError as error:
            lost.append(error.message)
            continue
        marking = mark_text(clean, entities[source.doc], facts[source.doc])
        made.append(marking.marked)
        unplaced += marking.unplaced
    absent = sorted({*entities, *facts} - {marked.doc for marked in made})
    lost += [f"{doc}: the build has it, --texts has not" for doc in absent]
    files = _module(options.format).write(made, f"jiqun {manifest.version} {manifest.profile}")
    write_files(options.target, files)
    marks, links = sum(len(m.marks) for m in made), sum(len(m.links) for m in made)
    left = f"; {unplaced} facts have an end that no word names" if unplaced else ""
    return Done(f"{len(made)} texts, {marks} marks, {links} links{left}: {', '.join(files)}", tuple(lost))


def _by_document(out: Path) -> tuple[Mapping[str, list[dict[str, Any]]], Mapping[str, list[dict[str, Any]]]]:
    from ..evaluation import load_build

    entities: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    facts: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    every_entity, every_fact = load_build(out)
    for entity in every_entity:
        for doc in entity["docs"]:
            entities[doc].append(entity)
    for fact in every_fact:
        if fact["doc"]:
            facts[fact["doc"]].append(fact)
    return entities, facts


# --- import


def _import(file: Path, target: Path, *, replace: bool) -> Done:
    from ..output import to_json, write_files
    from .gold import to_gold

    name, records = _read_records(file)
    files: dict[str, bytes] = {}
    owners: dict[str, str] = {}
    lost, entities, facts, texts = [], 0, 0, 0
    for returned in _module(name).read(records):
        lost += [f"{returned.doc}: {problem}" for problem in returned.problems]
        if returned.marked is None:
            continue
        stem = PurePath(returned.doc).name.rsplit(".", 1)[0]
        if stem in owners:
            raise UsageError(
                f"Two documents would be {stem}.json: {owners[stem]} and {returned.doc}.",
                hint="import them from two files into two folders",
            )
        owners[stem] = returned.doc
        gold = to_gold(returned.marked)
        lost += [f"{returned.doc}: {problem}" for problem in gold.problems]
        files[f"{stem}.json"] = to_json(gold.record)
        files[f"{stem}.txt"] = returned.marked.text.encode()
        entities, facts = entities + len(gold.record["entities"]), facts + len(gold.record["facts"])
        texts += 1
    there = sorted(name for name, data in files.items() if _differs(target / name, data))
    if there and not replace:
        raise UsageError(
            f"{len(there)} files in {target} say something else: {', '.join(there[:5])}",
            hint="give another --out, or --replace to write over them",
        )
    write_files(target, files)
    return Done(f"{texts} gold files in {target}: {entities} entities, {facts} facts", tuple(lost))


def _differs(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() != data


def _read_records(file: Path) -> tuple[str, Iterable[dict[str, Any]]]:
    """Return of which format a file is, and its records.

    Raises:
        UsageError: It is of none.
    """
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", hint="kg annotate import FILE --out GOLD") from error
    try:
        listed = text.lstrip().startswith("[")
        records = json.loads(text) if listed else [json.loads(line) for line in text.split("\n") if line.strip()]
    except ValueError as error:
        raise UsageError(
            f"{file} is no JSON: {error}", hint="export JSON from Label Studio, JSONL from doccano"
        ) from error
    if not records or not all(isinstance(record, dict) for record in records):
        raise UsageError(f"{file} holds no texts.", hint=_EXPORTED)
    return ("label-studio" if listed else "doccano"), records


def _module(name: str) -> ModuleType:
    from . import doccano, label_studio

    return {"label-studio": label_studio, "doccano": doccano}[name]
