"""Read the training texts of our own: `NAME.txt` with its annotation `NAME.ann`, one thing a line.

    python tools/training/annotations.py [--bulk DIR] [FILE.ann ...]

checks the files given (or all) and says what is wrong where. `texts/README.md` tells the form of an annotation. Of
`passages/` only the annotations are kept here; their texts are cut out of the files in DIR (`passages/README.md`).
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from extract.clean import clean_text
from ontology.model import ENTITY_CLASSES, RELATIONS, SourceText

TEXTS = Path(__file__).parent / "texts"
PASSAGES = Path(__file__).parent / "passages"
"""Annotations of passages of public texts, which themselves are not part of the project."""
LATER = PASSAGES / "later"
"""Those that nothing has learned from yet: what the package finds there is what it finds in texts it has not seen."""
COMPARISONS = frozenset(("=", ">", "<", "~", ">=", "<="))
_MARKS = re.compile(r'[\s"\'“”‘’「」『』《》〈〉·•、，,。.;；:：—–\-()（）]')


class AnnotationError(ValueError):
    """A line of an annotation cannot be read."""


def read_annotation(path: Path, text: str) -> dict[str, Any]:
    """Return the annotation of a text in the gold format.

    Args:
        path: The `.ann` file.
        text: The text that it belongs to, for the check that each name stands in it, as given or cleaned (Simplified
            characters, no pinyin).

    Raises:
        AnnotationError: Some lines are wrong; the message lists them all.
    """
    gold: dict[str, Any] = {"doc": path.with_suffix(".txt").name, "entities": [], "optional_entities": []}
    gold |= {"facts": [], "optional": []}
    keys: dict[str, str] = {}
    wrong: list[str] = []
    folded = _fold(text) + "\n" + _fold(clean_text(SourceText(path.name, text)).text)
    rows = [
        (number, [part.strip() for part in line.split("|")])
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    for number, row in rows:
        if row[0] in ("E", "?"):
            problem = _add_entity(gold, keys, row, folded)
        elif row[0] in ("F", "O"):
            continue
        else:
            problem = f"a line starts with E, ?, F or O, not {row[0]!r}"
        if problem:
            wrong.append(f"{path.name}:{number}: {problem}")
    for number, row in rows:
        if row[0] in ("F", "O"):
            problem = _add_fact(gold, keys, row)
            if problem:
                wrong.append(f"{path.name}:{number}: {problem}")
    if wrong:
        raise AnnotationError("\n".join(wrong))
    return gold


def passage_text(path: Path, bulk: Path) -> str:
    """Return the text that an annotation is about: `# text | FILE | START | END | SHA-256`, perhaps with a title.

    Args:
        path: The `.ann` file.
        bulk: Folder of the files that passages were cut from; START and END count their characters.

    Raises:
        AnnotationError: The file is not there, or those characters are not the ones that were annotated.
    """
    head = [
        [part.strip() for part in line[1:].split("|")]
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("# ")
    ]
    told = {name: parts for name, *parts in head}
    if len(told.get("text", ())) != 4:
        raise AnnotationError(f"{path.name}: no line '# text | FILE | START | END | SHA-256' says where its text is")
    file, start, end, checksum = told["text"]
    source = bulk / file
    text = source.read_text("utf-8")[int(start) : int(end)] if source.is_file() else ""
    if not hashlib.sha256(text.encode()).hexdigest().startswith(checksum):
        message = f"{path.name}: characters {start} to {end} of {source} are not those that were annotated"
        raise AnnotationError(message)
    return "\n".join([*told.get("title", ()), text]) + "\n"


def _fold(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", text)).lower()


def _add_entity(gold: dict[str, Any], keys: dict[str, str], row: list[str], text: str) -> str | None:
    if len(row) < 3 or not all(row):
        return "E | Class | name | other forms …"
    label, *also = row[1].split("/")
    unknown = [c for c in (label, *also) if c not in ENTITY_CLASSES]
    if unknown:
        return f"no such class: {', '.join(unknown)}"
    missing = [name for name in row[2:] if _fold(name) not in text]
    if missing:
        return f"not in the text: {', '.join(missing)}"
    required = row[0] == "E"
    part = gold["entities" if required else "optional_entities"]
    key = f"{'e' if required else 'o'}{len(part) + 1}"
    part.append({"key": key, "type": label, "name": row[2], "aliases": row[3:], "also": also})
    if f"{label}:{row[2]}" in keys:
        return f"{row[2]} stands twice as {label}"
    keys[f"{label}:{row[2]}"] = key
    keys.setdefault(row[2], key)
    return None


def _add_fact(gold: dict[str, Any], keys: dict[str, str], row: list[str]) -> str | None:
    part = gold["facts" if row[0] == "F" else "optional"]
    if len(row) < 4:
        return "F | subject | relation | object"
    _, subject, relation, *rest = row
    if relation not in RELATIONS:
        return f"no such relation: {relation}"
    if subject not in keys:
        return f"no such entity: {subject} (say its first form; Class:name where two have it)"
    if relation == "issuedOn":
        if not re.fullmatch(r"\d{4}(-\d\d){0,2}", rest[0]):
            return f"a date is 2024, 2024-07 or 2024-07-29, not {rest[0]}"
        part.append({"s": keys[subject], "r": relation, "value": rest[0]})
    elif relation == "observed":
        if len(rest) not in (5, 6):
            return "F | subject | observed | measure | comparison | value | factor | unit | period (or nothing)"
        measure, comparison, value, factor, unit = rest[:5]
        if comparison not in COMPARISONS:
            return f"no such comparison: {comparison}"
        try:
            fact = {"s": keys[subject], "r": relation, "measure": measure, "value": float(value)}
            fact |= {"factor": float(factor), "unit": unit, "comparison": comparison}
        except ValueError:
            return f"value and factor are numbers: {value}, {factor}"
        if len(rest) == 6 and rest[5]:
            fact["period"] = rest[5]
        part.append(fact)
    else:
        if len(rest) != 1 or rest[0] not in keys:
            return f"no such entity: {' | '.join(rest)}"
        if keys[rest[0]] == keys[subject]:
            return f"{subject} has a relation with itself"
        part.append({"s": keys[subject], "r": relation, "o": keys[rest[0]]})
    return None


def main() -> int:
    """Check annotations and print what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bulk", type=Path, help="folder of the files that passages were cut from")
    parser.add_argument("files", type=Path, nargs="*", help="annotations; all where none is given")
    args = parser.parse_args()
    paths = args.files or [*sorted(TEXTS.glob("*.ann")), *(sorted(PASSAGES.rglob("*.ann")) if args.bulk else ())]
    wrong = entities = facts = 0
    for path in paths:
        try:
            is_passage = args.bulk and not path.with_suffix(".txt").exists()
            text = passage_text(path, args.bulk) if is_passage else path.with_suffix(".txt").read_text("utf-8")
            gold = read_annotation(path, text)
        except (AnnotationError, OSError) as error:
            print(error)
            wrong += 1
            continue
        entities += len(gold["entities"])
        facts += len(gold["facts"])
    print(f"{len(paths)} annotations, {wrong} with mistakes; {entities} entities, {facts} facts in the others")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
