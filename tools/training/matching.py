"""Say of a proposed name or fact whether the annotation has it, by the rules of the scorer."""

from __future__ import annotations

from typing import Any

from kg.evaluation import fold_for_scoring as fold


class GoldIndex:
    """The annotation of one text, ready to be asked."""

    def __init__(self, gold: dict[str, Any]) -> None:
        self.entities = [
            (
                e["key"],
                e["type"],
                {e["type"], *e.get("also", [])},
                {fold(n) for n in [e["name"], *e.get("aliases", [])]},
                r,
            )
            for r, part in ((True, "entities"), (False, "optional_entities"))
            for e in gold.get(part, [])
        ]
        self.required = {k for k, _, _, _, r in self.entities if r}
        self.facts, self.optional = (
            {(f["s"], f["r"], f["o"]) for f in gold.get(part, []) if "o" in f} for part in ("facts", "optional")
        )
        self.measured, self.optional_measured = (
            [f for f in gold.get(part, []) if f["r"] == "observed"] for part in ("facts", "optional")
        )

    def name_label(self, name: Any) -> int:
        """Return 1 where the name is annotated, 0 where it is not, -1 where readers may differ."""
        folded = fold(name.folded)
        for _, label, classes, forms, required in self.entities:
            if folded in forms and name.label in classes:
                return (1 if name.label == label else -1) if required else -1
        return 0

    def key(self, group: Any) -> str | None:
        """Return the annotated entity that a group of mentions is."""
        forms = {fold(m.name) for m in group.mentions}
        return next((k for k, _, classes, names, _ in self.entities if forms & names and group.label in classes), None)

    def pair_labels(self, read: Any, pairs: list[Any]) -> list[int]:
        """Return 1, 0 or -1 for each pair."""
        keys = [self.key(group) for group in read.groups]
        return [self._pair(pair, keys, read.observations) for pair in pairs]

    def _pair(self, pair: Any, keys: list[str | None], observations: dict[int, Any]) -> int:
        subject = keys[pair.subject]
        if subject is not None and subject not in self.required:
            return -1
        if pair.relation == "observed":
            value = observations[pair.object]
            if any(f["s"] == subject and same_value(f, value) for f in self.measured):
                return 1
            return -1 if any(f["s"] == subject and same_value(f, value) for f in self.optional_measured) else 0
        obj = keys[pair.object]
        if obj is not None and obj not in self.required:
            return -1
        if subject is None or obj is None or subject == obj:
            return 0
        ways = {(subject, pair.relation, obj)}
        if pair.relation == "collaboratesWith":
            ways.add((obj, pair.relation, subject))
        return 1 if ways & self.facts else -1 if ways & self.optional else 0


def same_value(fact: dict[str, Any], value: Any) -> bool:
    """Whether an annotated observation and a number agree in value and unit."""
    said = float(fact["value"]) * float(fact.get("factor") or 1)
    ours = value.value * value.factor
    unit = [
        fold(u or "").replace("人民币", "").replace("个", "").replace("余", "") for u in (fact.get("unit"), value.unit)
    ]
    return abs(said - ours) <= 1e-6 * max(1.0, abs(said), abs(ours)) and unit[0] == unit[1]
