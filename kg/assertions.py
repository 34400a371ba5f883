"""What a build must come to before it takes the place of the last one: `[assertions]` of `jiqun.toml`.

After OpenSanctions: a minimum or maximum that does not hold is no warning on the way, it stops the release.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from ontology.errors import ConfigurationError, QualityGateError
from ontology.model import ENTITY_CLASSES, EXTRA_CLASSES, EXTRA_RELATIONS, RELATIONS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .tally import Tally

NUMBERS = ("documents", "lost", "entities", "facts", "facts_per_document", "evidence")
"""What is counted of a build as a whole; `evidence` is a share of the facts, the others are numbers."""
BREAKDOWNS = {"classes": (*ENTITY_CLASSES, *EXTRA_CLASSES), "relations": (*RELATIONS, *EXTRA_RELATIONS)}
"""What is counted by name, below `entities` and `facts`."""
DEFAULT_LEAST: Mapping[str, float] = MappingProxyType({"evidence": 1.0})
"""What holds of every build unless it is said otherwise: each fact has its evidence."""
GREATEST = 10**12
SHOWN_LOST = 5


@dataclass(frozen=True, slots=True)
class Assertions:
    """The least and the greatest numbers that a build may come to.

    Attributes:
        least: `facts` or `classes.Firm` → the least number; every fact has its evidence unless it is said otherwise.
        most: The same → the greatest number.
        file: The file that says so, or an empty string; for messages.
    """

    least: Mapping[str, float] = field(default_factory=lambda: DEFAULT_LEAST)
    most: Mapping[str, float] = field(default_factory=dict)
    file: str = ""

    @classmethod
    def read(cls, table: object, file: str = "") -> Assertions:
        """Read a table `{"min": {"facts": 100, "classes": {"Firm": 10}}, "max": {...}}`.

        Args:
            table: As in `jiqun.toml`.
            file: The file that it stands in, for messages.

        Raises:
            ConfigurationError: It names nothing that is counted, a number is none, or no build can fulfil it.
        """
        where = f"{file}, assertions" if file else "assertions"
        table = _table(table, where)
        for name in table:
            _check_name(name, ("min", "max"), where)
        least = {**DEFAULT_LEAST, **_bounds(table.get("min", {}), f"{where}.min")}
        most = _bounds(table.get("max", {}), f"{where}.max")
        for name in least.keys() & most.keys():
            if least[name] > most[name]:
                raise ConfigurationError(
                    f"{where}: {name} cannot be {_say(least[name])} at least and {_say(most[name])} at most."
                )
        return cls(least, most, file)

    @classmethod
    def none(cls) -> Assertions:
        """Return what every build fulfils."""
        return cls(least={})

    def check(self, tally: Tally, documents: int, out: Path) -> None:
        """Let a build pass that comes to what was asserted.

        Args:
            tally: What it came to.
            documents: How many documents it read.
            out: Where it was to be written.

        Raises:
            QualityGateError: It does not; the message has each number beside the one that was wanted.
        """
        found = figures(tally, documents)
        wrong = [
            f"{name}: {_say(found.get(name, 0))}, {word} {_say(bound)} wanted"
            for word, bounds in (("at least", self.least), ("at most", self.most))
            for name, bound in sorted(bounds.items())
            if (found.get(name, 0) < bound if word == "at least" else found.get(name, 0) > bound)
        ]
        if not wrong:
            return
        wrong += [f"lost: {finding.message}" for finding in tally.lost[:SHOWN_LOST]]
        if len(tally.lost) > SHOWN_LOST:
            wrong.append(f"lost: {len(tally.lost) - SHOWN_LOST:,} more")
        raise QualityGateError(
            f"This build is not what [assertions]{self.file and ' of '}{self.file} want; {out} stays as it was.\n  "
            + "\n  ".join(wrong),
            hint="look at it: kg build … --no-assertions --out ELSEWHERE, then kg diff; change a number only when you "
            "know why it moved",
        )


def figures(tally: Tally, documents: int) -> dict[str, float]:
    """Return what can be asserted of a build: extracted entities and facts are counted, as in the closing table."""
    facts, all_facts = sum(tally.relations.values()), sum(tally.relations.values()) + tally.known_facts
    return {
        "documents": documents,
        "lost": len(tally.lost),
        "entities": sum(tally.classes.values()),
        "facts": facts,
        "facts_per_document": facts / documents if documents else 0.0,
        "evidence": tally.evidenced / all_facts if all_facts else 1.0,
        **{f"classes.{name}": number for name, number in tally.classes.items()},
        **{f"relations.{name}": number for name, number in tally.relations.items()},
    }


def _bounds(table: object, where: str) -> dict[str, float]:
    """Return the numbers of `min` or `max` by dotted name."""
    bounds: dict[str, float] = {}
    for name, value in _table(table, where).items():
        _check_name(name, (*NUMBERS, *BREAKDOWNS), where)
        if name in BREAKDOWNS:
            for key, inner in _table(value, f"{where}.{name}").items():
                _check_name(key, BREAKDOWNS[name], f"{where}.{name}")
                bounds[f"{name}.{key}"] = _number(inner, f"{where}.{name}.{key}")
        else:
            bounds[name] = _number(value, f"{where}.{name}")
            if name == "evidence" and bounds[name] > 1.0:
                raise ConfigurationError(f"{where}.evidence: expected a share from 0 to 1, not {_say(bounds[name])}.")
    return bounds


def _table(value: object, where: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{where}: expected a table, not {repr(value)[:40]}.", hint="kg init writes an example"
        )
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= GREATEST:
        shown = repr(value)[:40]
        raise ConfigurationError(f"{where}: expected a number from 0 to {GREATEST:,}, not {shown}.")
    return value


def _check_name(name: str, known: Iterable[str], where: str) -> None:
    known = tuple(known)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}?" if near else f"there is: {', '.join(known)}"
        raise ConfigurationError(f"{where}: nothing is called {name!r}.", hint=hint)


def _say(number: float) -> str:
    """Return 2,000 for a number of things, 0.9987 for a share; 0.9999999 is never rounded up to 1."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{math.floor(number * 1e6) / 1e6:,}"
