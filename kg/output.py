"""Write and read the output folder: whole files or none, one writer at a time, the manifest last.

All bytes are computed before the first file is touched. Each then goes to a temporary file in the same
folder, is synced, and renamed; the manifest with the counts and SHA-256 of the others comes last. A reader
that finds a manifest which does not fit its files knows that a build was cut off in between.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from ontology.errors import LimitError, OutputError
from ontology.iri import fact_id
from ontology.model import DateValue, Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ontology.model import Entity, Fact, FactObject, Finding

Record: TypeAlias = "dict[str, Any]"

GRAPH = "graph.ttl"
ENTITIES = "entities.jsonl"
FACTS = "facts.jsonl"
PAGE = "graph.html"
FINDINGS = "findings.jsonl"
QUADS = "graph.nq"
FOLDERS = ("entities.parquet", "facts.parquet", "findings.parquet", QUADS)
"""What a build on Spark writes in place of all these: folders of as many files as there were partitions."""
MANIFEST = "manifest.json"
FILES = (GRAPH, ENTITIES, FACTS, PAGE, FINDINGS)
LOCK = ".lock"
TEMPORARY_SUFFIX = ".jiqun-tmp"
FORMAT = 1

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a build wrote, as `manifest.json` says it.

    Attributes:
        version: Version of the distribution that wrote it.
        profile: `rules` or `full`.
        packs: Names of the packs used.
        counts: `documents`, `lost`, `entities`, `facts`, `evidence`, `findings`, `triples`, `left_out`.
        sha256: File name → hex digest.
        lost: Documents that could not be used.
        min_confidence: The least confidence that a fact had to have.
    """

    version: str
    profile: str
    packs: tuple[str, ...]
    counts: Mapping[str, int]
    sha256: Mapping[str, str]
    lost: tuple[str, ...] = ()
    min_confidence: float = 0.0

    def to_record(self) -> Record:
        """Return the content of `manifest.json`."""
        return {
            "format": FORMAT,
            "version": self.version,
            "profile": self.profile,
            "packs": list(self.packs),
            "min_confidence": self.min_confidence,
            "counts": dict(self.counts),
            "lost": list(self.lost),
            "files": {name: {"sha256": digest} for name, digest in self.sha256.items()},
        }


def write_file(path: Path, data: bytes) -> None:
    """Write a whole file or none: a temporary file beside it, synced, then renamed over it.

    Raises:
        LimitError: The disk is full.
        OutputError: The folder cannot be written.
    """
    write_files(path.parent, {path.name: data})


def temporary_path(folder: Path, name: str) -> Path:
    """Return where to write what is to become a file of a folder; what a killed build leaves there is removed."""
    return folder / f".{name}.{os.getpid()}{TEMPORARY_SUFFIX}"


def write_files(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    """Write several files so that the time between the first and the last rename is as short as can be.

    All temporaries are written and synced before the first is renamed, so that a full disk costs nothing
    that was there; renames follow the order of `files`.

    Args:
        folder: Where to; made when missing.
        files: For each name the bytes, or their `temporary_path` where they are already written.

    Raises:
        LimitError: The disk is full.
        OutputError: The folder cannot be written.
    """
    pending: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            temporary = temporary_path(folder, name)
            pending.append((temporary, folder / name))
            with temporary.open("ab" if isinstance(data, Path) else "wb") as handle:
                if isinstance(data, bytes):
                    handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        for temporary, path in pending:
            os.replace(temporary, path)
        _sync_folder(folder)
    except OSError as error:
        raise _writing_error(error, folder) from error
    finally:
        for temporary, _ in pending:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def write_folders(out: Path, folders: Mapping[str, Path], manifest: Manifest) -> None:
    """Put whole folders, which were written elsewhere in `out`, in their places, then the manifest.

    Between the first and the last rename no manifest fits, so that a reader sees a build that was cut off.

    Args:
        out: The output folder.
        folders: For each name the folder that is to have it.
        manifest: What was written.

    Raises:
        LimitError: The disk is full.
        OutputError: The folder cannot be written.
    """
    with explain_trouble(out):
        for name, folder in folders.items():
            if (out / name).exists():
                os.replace(out / name, temporary_path(out, f"old-{name}"))  # a leftover, which goes at the end
            os.replace(folder, out / name)
    write_files(out, {MANIFEST: to_json(manifest.to_record())})
    _remove_stale(out, FILES)


def write_output(out: Path, files: Mapping[str, bytes | Path], manifest: Manifest) -> None:
    """Write the files of a build and, when all of them are there, the manifest.

    Raises:
        LimitError: The disk is full.
        OutputError: The folder cannot be written.
    """
    write_files(out, {**files, MANIFEST: to_json(manifest.to_record())})
    _remove_stale(out, FOLDERS)


def _remove_stale(out: Path, names: Iterable[str]) -> None:
    """Remove what an earlier build by the other engine wrote: the manifest no longer vouches for it."""
    for name in names:
        with contextlib.suppress(OSError):
            if (out / name).is_dir():
                shutil.rmtree(out / name)
            else:
                (out / name).unlink(missing_ok=True)


def read_manifest(out: Path, *, verify: bool = True) -> Manifest:
    """Read the manifest of an output folder and check that the files are the ones that it names.

    Raises:
        OutputError: There is none, it is damaged, or a file is missing or not the one that was written.
    """
    path = out / MANIFEST
    again = "Build it again: kg build INPUT... --out " + str(out)
    if not out.exists():
        raise OutputError(f"No output folder {out}", hint="Make one first: kg build INPUT... --out " + str(out))
    try:
        record = json.loads(path.read_text("utf-8"))
        manifest = Manifest(
            version=record["version"],
            profile=record["profile"],
            packs=tuple(record["packs"]),
            counts=dict(record["counts"]),
            sha256={name: entry["sha256"] for name, entry in record["files"].items()},
            lost=tuple(record.get("lost", ())),
            min_confidence=float(record.get("min_confidence", 0.0)),
        )
    except FileNotFoundError as error:
        raise OutputError(f"No {MANIFEST} in {out}: nothing was built there, or not to the end.", hint=again) from error
    except OSError as error:
        raise OutputError(f"{path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise OutputError(f"{path}: damaged: {error}", hint=again) from error
    if verify:
        for name, digest in manifest.sha256.items():
            try:
                with (out / name).open("rb") as handle:
                    found = hashlib.file_digest(handle, "sha256").hexdigest()
            except OSError as error:
                raise OutputError(f"{out / name}: {error.strerror}", hint=again) from error
            if found != digest:
                raise OutputError(
                    f"{out / name}: not the file that {MANIFEST} names (a build was cut off, or it was edited).",
                    hint=again,
                )
    return manifest


@contextlib.contextmanager
def writer_lock(out: Path) -> Iterator[None]:
    """Hold the output folder against a second writer; the lock ends with the process, however it ends.

    Raises:
        OutputError: Another process is writing there, or the folder cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        handle = (out / LOCK).open("a+b")
    except OSError as error:
        raise _writing_error(error, out) from error
    with handle:
        if not _try_lock(handle.fileno()):
            raise OutputError(
                f"Another process is writing to {out}.", hint="Wait for it, or give this build another --out."
            )
        yield


def remove_leftovers(out: Path) -> list[Path]:
    """Remove temporary files and folders of builds that were killed, and return them; hold the lock while calling.

    Raises:
        OutputError: The folder cannot be listed.
    """
    found = leftovers(out)
    for path in found:
        with contextlib.suppress(OSError):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
            _logger.info("removed the leftover %s", path)
    return found


def leftovers(out: Path) -> list[Path]:
    """Return the temporary files and folders that killed builds left in a folder.

    Raises:
        OutputError: The folder cannot be listed.
    """
    try:
        return sorted(out.glob(f".*{TEMPORARY_SUFFIX}")) if out.is_dir() else []
    except OSError as error:
        raise _writing_error(error, out) from error


def sha256_of(data: bytes) -> str:
    """Return the hex SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


def to_json(record: Record) -> bytes:
    """Serialize one record for people: indented, UTF-8, a newline at the end."""
    return (json.dumps(record, ensure_ascii=False, indent=2) + "\n").encode()


def to_jsonl(records: Iterable[Record]) -> bytes:
    """Serialize records one a line, UTF-8, keys in the order given."""
    return "".join(map(to_line, records)).encode()


def to_line(record: Record) -> str:
    """Serialize a record on a line of its own."""
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def entity_record(entity: Entity) -> Record:
    """Return an entity as a line of `entities.jsonl`."""
    attributes: dict[str, list[str]] = {}
    for name, value in entity.attributes:
        attributes.setdefault(name, []).append(value)
    return {
        "id": entity.id,
        "type": entity.type,
        "subtype": entity.subtype,
        "name": entity.name,
        "names": list(entity.names),
        "docs": list(entity.docs),
        "origin": entity.origin,
        "attributes": attributes,
    }


def fact_records(fact: Fact) -> list[Record]:
    """Return a fact as lines of `facts.jsonl`: one for each piece of evidence, or one with its source."""
    base = {
        "fact": fact_id(fact.subject, fact.relation, fact.object),
        "subject": fact.subject,
        "relation": fact.relation,
        "object": object_record(fact.object),
        "origin": fact.origin,
    }
    if not fact.evidence:
        premises = {"premises": list(fact.premises)} if fact.premises else {}
        return [
            {
                "doc": "", **base, **premises, "modality": "asserted", "speaker": None, "confidence": 1.0,
                "start": None, "end": None, "text": "", "rule": "", "date": None, "source": fact.source,
                "place": None,
            }
        ]  # fmt: skip
    return [
        {
            "doc": e.doc, **base, "modality": e.modality, "speaker": e.speaker, "confidence": round(e.confidence, 4),
            "start": e.start, "end": e.end, "text": e.text, "rule": e.rule, "date": e.date, "source": fact.source,
            "place": e.place or None,
        }
        for e in fact.evidence
    ]  # fmt: skip


def object_record(value: FactObject) -> str | Record:
    """Return the object of a fact as JSON: an id, `{"value": date}`, or the fields of an observation."""
    if isinstance(value, Observation):
        return {
            "measure": value.measure,
            "value": _plain_number(value.value),
            "factor": _plain_number(value.factor),
            "unit": value.unit,
            "comparison": value.comparison,
            "period": value.period,
        }
    if isinstance(value, DateValue):
        return {"value": value.value}
    return value


def finding_record(finding: Finding) -> Record:
    """Return a finding as a line of `findings.jsonl`."""
    return {
        "code": finding.code,
        "severity": finding.severity,
        "doc": finding.doc,
        "start": finding.start,
        "end": finding.end,
        "message": finding.message,
    }


def _plain_number(number: float) -> float | int:
    """Return 4 for 4.0: what people wrote, and the same value to every reader of JSON."""
    return int(number) if float(number).is_integer() and abs(number) < 2**53 else number


def _sync_folder(folder: Path) -> None:
    """Make the renames themselves durable, where the system can."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    """Take an exclusive lock that the system drops when the process ends; return whether it was free."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def explain_trouble(folder: Path) -> Iterator[None]:
    """Turn what the system says about files of a folder into errors of ours.

    Raises:
        LimitError: The disk is full.
        OutputError: The folder cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise _writing_error(error, folder) from error


def _writing_error(error: OSError, folder: Path) -> LimitError | OutputError:
    import errno

    where = error.filename if isinstance(error.filename, str) else str(folder)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LimitError(
            f"No space left while writing {where}.", hint="What was there before is untouched; free some disk."
        )
    return OutputError(f"Cannot write {where}: {error.strerror}", hint="Give another folder with --out.")
