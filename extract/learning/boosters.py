"""Load the packaged gradient-boosted models and say how sure they are."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ontology.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Booster:
    """A LightGBM model with the settings it was packaged with.

    Attributes:
        settings: Thresholds and whatever else training wrote beside the trees.
    """

    def __init__(self, model: Any, settings: dict[str, Any]) -> None:
        self._model = model
        self.settings = settings

    def probabilities(self, rows: Sequence[Sequence[float]] | NDArray[Any]) -> list[float]:
        """Return the probability of each row."""
        import numpy as np

        if len(rows) == 0:
            return []
        predicted = self._model.predict(np.asarray(rows, dtype=np.float64), num_threads=1)
        if "slope" in self.settings:
            predicted = calibrated(predicted, self.settings["slope"], self.settings["intercept"])
        return [round(p, 4) for p in predicted.tolist()]


def calibrated(chances: NDArray[Any], slope: float, intercept: float) -> NDArray[Any]:
    """Return probabilities moved on the logit scale (Platt 1999), so that they mean what they say on held-out texts."""
    import numpy as np

    logits = np.log(np.clip(chances, 1e-9, 1 - 1e-9) / (1 - np.clip(chances, 1e-9, 1 - 1e-9)))
    moved: NDArray[Any] = 1 / (1 + np.exp(-(slope * logits + intercept)))
    return moved


@lru_cache(maxsize=4)
def load_booster(name: str) -> Booster:
    """Load `extract/models/NAME.txt` and its settings `NAME.json`.

    Raises:
        ConfigurationError: LightGBM is not installed, or the model is not in the package.
    """
    try:
        import lightgbm
    except ImportError as error:
        raise ConfigurationError(
            "The profile 'full' needs the extra 'full'.", hint="pip install 'jiqun[full]', or --profile rules"
        ) from error
    folder = files("extract") / "models"
    try:
        trees = (folder / f"{name}.txt").read_text("utf-8")
        settings = json.loads((folder / f"{name}.json").read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"The model {name!r} is not in the package.", hint="make models, or --profile rules"
        ) from error
    return Booster(lightgbm.Booster(model_str=trees), settings)


@lru_cache(maxsize=2)
def load_wording_weights(name: str) -> Any:
    """Return the weights of hashed wordings, `facts` or `names`; the last one is the intercept."""
    import io

    import numpy as np

    blob = (files("extract") / "models" / "wordings.npz").read_bytes()
    return np.load(io.BytesIO(blob))[name].astype(np.float64)
