"""What `kg pack` does: list the packs, begin a new one, check one. Each returns what the command line prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from queries.rows import Rows

from .language import LANGUAGE, mark, messages, translate
from .settings import BASE_PACK

if TYPE_CHECKING:
    from extract.checking.problem import Problem


def list_packs() -> Rows:
    """Return the packs that come with the package: what they are for, and how much is in them."""
    from extract.packs import load_packs, pack_names, pack_summary

    names = sorted(pack_names(), key=lambda name: (name != BASE_PACK, name))
    records = []
    for name in names:
        knowledge = load_packs((BASE_PACK, name) if name != BASE_PACK else (name,))
        before = load_packs((BASE_PACK,)) if name != BASE_PACK else None
        sizes = [
            len(getattr(knowledge, part)) - (len(getattr(before, part)) if before else 0)
            for part in ("names", "lexicon", "regions")
        ]
        records.append((name, *map(str, sizes), pack_summary(name)))
    return Rows(("pack", "names", "terms", "regions", "summary"), records)


def begin_pack(name: str, into: Path) -> str:
    """Write the skeleton of a pack and say what to do next.

    Raises:
        UsageError: The name is none, or there is such a pack already.
        OutputError: The folder cannot be written.
    """
    from extract.packs import pack_names
    from extract.skeleton import FILES, write_skeleton
    from ontology.errors import UsageError

    if name in pack_names():
        raise UsageError(f"A pack {name!r} comes with the package.", hint="give yours another name")
    folder = write_skeleton(name, into)
    shown, said = _shown(folder), messages()["pack"][LANGUAGE.get()]
    return "\n".join(
        [
            said["written"].format(folder=shown, files=", ".join(FILES)),
            said["next"].format(folder=shown),
            said["then"].format(folder=shown),
        ]
    )


def examine_pack(pack: str) -> tuple[list[str], str, int]:
    """Check a pack.

    Returns:
        The problems, each as text; a sentence that sums up; and the exit code: 0 where nothing is wrong, 2 where a
        file is, 3 where examples do not hold. Warnings do not count.

    Raises:
        ConfigurationError: There is no such pack, or its `pack.toml` is wrong.
    """
    from extract.checking import check_pack

    report = check_pack(pack)
    here = f"{Path.cwd()}/"
    problems = [_describe(problem).removeprefix(here) for problem in report.problems]
    wrong, unproved, warnings = (len(report.of(severity)) for severity in ("error", "unproved", "warning"))
    counts = report.counts
    examples, counter = counts.get("example", 0), counts.get("counter-example", 0)
    said, and_then = messages()["pack"][LANGUAGE.get()], mark("; ")
    held = said["both"].format(a=_plural(examples, "example"), b=_plural(counter, "counter-example"))
    parts = [_plural(counts[key], key) for key in ("name", "term", "region", "wording") if counts.get(key)]
    if wrong:
        end = said["wrong"].format(n=wrong)
    elif unproved:
        end = said["unproved"].format(held=held, n=unproved)
    else:
        end = said["hold"].format(held=held) if examples else said["unwritten"]
    if warnings:
        end += and_then + _plural(warnings, "warning")
    listed = mark(", ").join(parts) or said["nothing"]
    return problems, f"{pack}{mark(': ')}{listed}{and_then}{end}", 2 if wrong else 3 if unproved else 0


def _describe(problem: Problem) -> str:
    """Return a problem in the language of the user, first its place as compilers do."""
    labels = messages()["labels"].get(LANGUAGE.get(), {})
    place = f"{problem.file}:{problem.line}" if problem.line else problem.file
    text = f"{place}: {labels.get(problem.severity, problem.severity)}{mark(': ')}{translate(problem.message)}"
    return f"{text}\n  {labels.get('hint', 'hint')}{mark(': ')}{translate(problem.hint)}" if problem.hint else text


def _plural(number: int, one: str) -> str:
    word = messages()["pack"][LANGUAGE.get()][one]
    return f"{number:,} {word}{'' if number == 1 or LANGUAGE.get() == 'zh' else 's'}"


def _shown(folder: Path) -> str:
    """Return a folder so that `--pack` takes it for one."""
    text = str(folder)
    return text if "/" in text or "\\" in text else f"./{text}"
