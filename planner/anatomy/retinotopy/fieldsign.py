"""Field sign: whether the map runs the way round that V1 does, which no flip of a file survives.

Seen from outside the cortex, V1 holds a mirror image of the visual field, in both hemispheres; its neighbour V2 holds
one that is not mirrored (Sereno et al. 1995). A wrong sign or zero of the polar angle, maps of the other hemisphere, or
a mirrored sphere each turn the image over, whatever affine a file claims.

References
----------
Sereno MI, Dale AM, Reppas JB, et al. (1995). Borders of multiple visual areas in humans revealed by functional
magnetic resonance imaging. Science 268: 889-893.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.anatomy.retinotopy.gaps import BoolArray, ComplexArray, flat, smoothed
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName, IntArray

WRONG: Final = 0.5  # ours, as is the next
DOUBTFUL: Final = 0.8  # ours: Benson's V1 has 0.994
SMOOTHING_ROUNDS: Final = 10  # ours: about 2 mm, so that the noise of measured maps does not hide which way they run


def field_sign(
    hemisphere: HemisphereName, white_mm: FloatArray, faces: IntArray, position: ComplexArray, v1: BoolArray
) -> float:
    """Share of V1's area in which the map is a mirror image, as it should be.

    Parameters
    ----------
    hemisphere : "lh" or "rh"
    white_mm : (V, 3) float64
        For areas only: which way round faces run comes from the order of their corners.
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    position : (V,) complex128
        Visual field ``x + iy`` in degrees, x towards the side that the hemisphere sees.
    v1 : (V,) bool

    Returns
    -------
    float
        In [0, 1]; NaN where V1 holds no whole face.
    """
    even = smoothed(faces, np.where(v1, flat(np.where(v1, position, 0.0)), 0.0), v1, SMOOTHING_ROUNDS)
    inner = faces[v1[faces].all(axis=1)]
    a, b, c = (white_mm[corner] for corner in inner.T)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    if area.sum() == 0:
        return float("nan")
    ab, ac = even[inner[:, 1]] - even[inner[:, 0]], even[inner[:, 2]] - even[inner[:, 0]]
    right = 1.0 if hemisphere == "lh" else -1.0  # turns x back to the right
    turn = right * (ab.real * ac.imag - ab.imag * ac.real)
    return float(area[turn < 0].sum() / area.sum())


def check_field_sign(hemisphere: HemisphereName, share: float, source: str) -> str:
    """Refuse a map that runs the wrong way round; give a sentence on one that is doubtful, an empty one otherwise.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    if share < WRONG:
        raise InputError(
            f"the hemisphere's name and its retinotopic map disagree: in {1 - share:.0%} of {hemisphere} V1 the map "
            f"runs the wrong way round for {hemisphere} (field sign)",
            source=source,
            remedy="check the sign and the zero of the polar angle, and whether lh and rh were swapped",
        )
    if share < DOUBTFUL:
        return (
            f"The map of {hemisphere} ({source}) runs the right way round in only {share:.0%} of V1 (field sign): it "
            "is noisy, or wrong in parts."
        )
    return ""
