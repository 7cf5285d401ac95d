"""L and R on the flat patches, which have no directions: each is written on the patch that it is of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from planner.frames import FloatArray, HemisphereName

LETTERS: Final[Mapping[HemisphereName, str]] = {"lh": "L", "rh": "R"}
MARGIN_PX: Final = 16.0  # from the picture's edge to the middle of a letter
WITHIN_PX: Final = 14.0  # from a patch's upper edge to the middle of its letter


def side_letters(
    places: Mapping[HemisphereName, FloatArray], width: float, height: float
) -> tuple[tuple[str, float, float], ...]:
    """Letters with the middle of their places, pixels, at the upper edge of what is seen of each patch.

    A letter stands at a point of its own patch, and beside a patch never: however the picture is turned or moved, it
    cannot be taken for the other patch's. A patch out of sight has none.

    Parameters
    ----------
    places : mapping of hemisphere name to (K, 2)
        Where the points of each patch appear.
    width, height : float
        Of the picture.
    """
    found = []
    for name, points in places.items():
        within = (points > MARGIN_PX) & (points < np.array([width, height]) - MARGIN_PX)
        seen = points[within.all(axis=1)]
        if len(seen) == 0:
            continue
        low, high = seen.min(axis=0), seen.max(axis=0)
        wanted = np.array([(low[0] + high[0]) / 2, min(low[1] + WITHIN_PX, high[1])])
        x, y = seen[np.linalg.norm(seen - wanted, axis=1).argmin()]
        found.append((LETTERS[name], float(x), float(y)))
    return tuple(found)
