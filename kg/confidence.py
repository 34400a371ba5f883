"""What a least confidence costs: precision and recall of the facts at or above it, as measured on texts not fitted on.

The figures are in `confidence.toml`, written with `docs/confidence.md` by `tools/confidence.py`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from .language import LANGUAGE, messages


@dataclass(frozen=True, slots=True)
class Trade:
    """What was measured at one least confidence.

    Attributes:
        least: Facts below this were left out.
        precision: Share of right facts among those kept.
        recall: Share of the facts of the gold that were kept.
        kept: Share of the extracted facts that were kept.
    """

    least: float
    precision: float
    recall: float
    kept: float


def load_trades(profile: str) -> tuple[Trade, ...]:
    """Return what was measured for a profile, the lowest confidence first."""
    table = tomllib.loads(files("kg").joinpath("confidence.toml").read_text(encoding="utf-8"))
    return tuple(Trade(**row) for row in table.get(profile, ()))


def describe_trade(profile: str, least: float) -> list[str]:
    """Say what to expect of the facts at or above a confidence, beside all facts; nothing where it was not measured."""
    said = messages()["table"][LANGUAGE.get()]
    trades = load_trades(profile)
    if not trades:
        return []
    everything = trades[0]
    chosen = max((t for t in trades if t.least <= least), key=lambda t: t.least)
    return [
        said["trade"].format(least=chosen.least, now=chosen.precision, before=everything.precision),
        said["trade_cost"].format(now=chosen.recall, before=everything.recall),
    ]
