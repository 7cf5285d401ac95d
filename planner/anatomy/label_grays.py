"""FreeSurfer's label volumes as grays that one can tell apart: their numbers are names, not brightness."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from planner.anatomy.volumes import GRAY, WHITE, Volume

LABELLED: Final = ("ribbon", "aseg")
_LEFT_OF: Final = {
    **{41: 2, 42: 3, 43: 4, 44: 5, 46: 7, 47: 8, 49: 10, 50: 11},
    **{51: 12, 52: 13, 53: 17, 54: 18, 58: 26, 60: 28, 62: 30, 63: 31},
}
"""The left structure of each right one (FreeSurferColorLUT.txt)."""
_WHITE_MATTER, _CORTEX = 2, 3
_DARKEST, _BRIGHTEST = 25, 200  # ours: of all other structures, in the order of their numbers


def legible(volume: Volume) -> Volume:
    """A label volume with a gray for each structure, left and right alike; any other volume as it is.

    Cortex and white matter have the grays of a schematic volume; what has no label stays black.
    """
    if volume.name not in LABELLED:
        return volume
    labels, place = np.unique(volume.values, return_inverse=True)
    left = np.array([_LEFT_OF.get(int(label), int(label)) for label in labels])
    others = np.setdiff1d(left, (0, _WHITE_MATTER, _CORTEX))
    shades = dict(zip(others.tolist(), np.linspace(_DARKEST, _BRIGHTEST, len(others)).round(), strict=True))
    shades |= {0: 0, _WHITE_MATTER: WHITE, _CORTEX: GRAY}
    table = np.array([shades[label] for label in left.tolist()], dtype=np.uint8)
    return replace(volume, values=table[place].reshape(volume.values.shape))
