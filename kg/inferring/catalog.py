"""The rules: one query each, with what it means in its comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ontology.errors import ConfigurationError

RULES = "rules"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    Attributes:
        name: Of its file, and the source of the facts that follow by it.
        query: SPARQL that selects `subject`, `relation`, `object` and each `premise_…`; for a figure `comparison`.
        summary: What it means, by language.
    """

    name: str
    query: str
    summary: Mapping[str, str]


@cache
def load_rules() -> Mapping[str, Rule]:
    """Return the rules by name, sorted.

    Raises:
        ConfigurationError: One does not say in both languages what it means.
    """
    folder = files(__package__).joinpath(RULES)
    texts = {
        f.name.removesuffix(".rq"): f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name[-3:] == ".rq"
    }
    rules = {}
    for name, query in sorted(texts.items()):
        said = dict(line[2:].split(": ", 1) for line in query.splitlines() if line.startswith("# summary"))
        if said.keys() != {"summary", "summary zh"}:
            raise ConfigurationError(f"{RULES}/{name}.rq needs the lines `# summary:` and `# summary zh:`.")
        rules[name] = Rule(name, query, {"en": said["summary"], "zh": said["summary zh"]})
    return rules
