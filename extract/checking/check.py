"""Run all checks of a pack and count what it holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ontology.errors import ConfigurationError

from ..packs import find_pack, load_packs, read_manifest
from .names import check_lexicons, check_names, check_reachable, check_regions
from .problem import Problem
from .wordings import check_wordings

if TYPE_CHECKING:
    from collections.abc import Mapping

BASE = "base"


@dataclass(frozen=True, slots=True)
class PackReport:
    """What a pack holds and what is wrong with it.

    Attributes:
        pack: Its name or folder, as given.
        counts: How many there are of `name`, `term`, `region`, `wording`, `example`, `counter-example`.
        problems: By file and line.
    """

    pack: str
    counts: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def of(self, severity: str) -> tuple[Problem, ...]:
        """Return the problems of a severity."""
        return tuple(p for p in self.problems if p.severity == severity)


def check_pack(pack: str) -> PackReport:
    """Check a pack: every file, every name, every example.

    Names are looked for, and examples read, by the pipeline that reads documents, with the pack `base` in front.

    Args:
        pack: Name of a pack that comes with the package, or a folder.

    Raises:
        ConfigurationError: There is no such pack, or its `pack.toml` is wrong.
    """
    folder = find_pack(pack)
    manifest = read_manifest(folder, pack)
    before = () if pack == BASE else (BASE,)
    known = load_packs(before)
    counts: Counter[str] = Counter()
    problems: list[Problem] = []
    if not any(manifest.values()):
        problems.append(Problem(str(folder.joinpath("pack.toml")), 1, "error", "The pack lists no file."))
    regions = [folder.joinpath(file) for file in manifest["regions"]]
    names = [folder.joinpath(file) for file in manifest["names"]]
    problems += check_regions(regions, known, counts)
    entries, found = check_names(names, regions, known, counts)
    problems += found
    problems += check_lexicons([folder.joinpath(file) for file in manifest["lexicons"]], known, counts)
    wordings, found = check_wordings(
        [folder.joinpath(file) for file in manifest["wordings"]], known, counts, is_base=not before
    )
    problems += found
    if not any(p.severity == "error" for p in problems):
        try:
            load_packs((*before, pack))
        except ConfigurationError as error:
            problems.append(Problem(str(folder), 0, "error", error.message, error.hint))
        else:
            problems += check_reachable(entries, (*before, pack))
            problems += wordings.prove((*before, pack), before, counts)
    ordered = sorted(dict.fromkeys(problems), key=lambda p: (p.file, p.line, p.severity, p.message))
    return PackReport(pack, dict(counts), tuple(ordered))
