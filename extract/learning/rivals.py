"""Look up scores of (subject, relation, object) for many rows at once, and those of their rivals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Lookup:
    """Numbers by key, a key being a whole number; of a key that is not there a number given in its stead."""

    def __init__(self, values: Mapping[int, float]) -> None:
        import numpy as np

        order = sorted(values)
        self._keys = np.array(order, dtype=np.int64)
        self._values = np.array([values[key] for key in order], dtype=np.float64)

    def items(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return keys and numbers, by key."""
        return self._keys, self._values

    def get(self, keys: NDArray[Any], default: NDArray[Any] | float) -> NDArray[Any]:
        """Return the number of each key."""
        import numpy as np

        if not len(self._keys):
            return np.broadcast_to(np.asarray(default, dtype=np.float64), keys.shape).copy()
        place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found: NDArray[Any] = np.where(self._keys[place] == keys, self._values[place], default)
        return found


class Rivals:
    """Scores in groups, each of a member: what do the others of the group have?"""

    def __init__(self, groups: NDArray[Any], members: NDArray[Any], scores: NDArray[Any]) -> None:
        import numpy as np

        self._levels = np.unique(scores)
        order = np.lexsort((-scores, groups))
        groups, members, scores = groups[order], members[order], scores[order]
        first = np.flatnonzero(np.diff(groups, prepend=-1))
        size = np.diff(np.append(first, len(groups)))
        self._groups = groups[first]
        self._best, self._member = scores[first], members[first]
        self._second = (
            np.where(size > 1, scores[np.minimum(first + 1, len(scores) - 1)], np.nan) if len(first) else size
        )
        level = np.searchsorted(self._levels, scores)
        self._ranked = np.sort(np.repeat(np.arange(len(first)), size) * (len(self._levels) + 1) + level)
        self._ends = first + size

    def best_other(self, groups: NDArray[Any], members: NDArray[Any], default: NDArray[Any] | float) -> NDArray[Any]:
        """Return for each (group, member) the best score of another member of the group."""
        import numpy as np

        if not len(self._groups):
            return np.broadcast_to(np.asarray(default, dtype=np.float64), groups.shape).copy()
        place = np.minimum(np.searchsorted(self._groups, groups), len(self._groups) - 1)
        other = np.where(self._member[place] == members, self._second[place], self._best[place])
        found: NDArray[Any] = np.where((self._groups[place] == groups) & ~np.isnan(other), other, default)
        return found

    def count_above(self, groups: NDArray[Any], scores: NDArray[Any]) -> NDArray[Any]:
        """Return for each (group, score) how many of the group have more."""
        import numpy as np

        if not len(self._groups):
            return np.zeros(groups.shape)
        place = np.minimum(np.searchsorted(self._groups, groups), len(self._groups) - 1)
        above = np.searchsorted(self._levels, scores, side="right")
        below = np.searchsorted(self._ranked, place * (len(self._levels) + 1) + above)
        found: NDArray[Any] = np.where(self._groups[place] == groups, self._ends[place] - below, 0).astype(np.float64)
        return found
