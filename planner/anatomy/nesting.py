"""Whether pial goes around white, as far away as cortex is thick: each is placed by its own file, and may be misplaced.

The thresholds are ours. On fsaverage the two lie 2.5 mm apart (median) and 0.3 % of white lies outside pial, where they
touch on the medial wall; cortex is nowhere thicker than 5 mm.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName, IntArray

APART_MM: Final = 6.0
OUTSIDE: Final = 0.2  # of white's vertices
_REMEDY: Final = "use white and pial of one recon-all run, both in the space that their files say"


def check_nested(name: HemisphereName, white_mm: FloatArray, pial_mm: FloatArray, faces: IntArray) -> None:
    """Refuse a pial surface that is far from white or holds less, and either of them turned inside out.

    Parameters
    ----------
    name : "lh" or "rh"
    white_mm, pial_mm : (V, 3) float64
    faces : (F, 3) int64

    Raises
    ------
    InputError
    """
    apart = float(np.median(np.linalg.norm(pial_mm - white_mm, axis=1)))
    if apart > APART_MM:
        raise InputError(
            f"white and pial of {name} disagree: they lie {apart:.1f} mm apart (median), and no cortex is that thick",
            remedy=f"{_REMEDY}; check whether one of them was shifted, or x or y negated",
        )
    inner, outer = check_turned(name, "white", white_mm, faces), check_turned(name, "pial", pial_mm, faces)
    if outer <= inner:
        raise InputError(
            f"white and pial of {name} disagree: pial holds {outer / 1000:.0f} ml, less than white with "
            f"{inner / 1000:.0f} ml",
            remedy=f"{_REMEDY}; check whether the two were exchanged",
        )


def check_turned(name: HemisphereName, key: str, points_mm: FloatArray, faces: IntArray) -> float:
    """Refuse a surface ``key`` whose faces turn clockwise seen from outside; returns what it holds, mm³.

    Raises
    ------
    InputError
    """
    volume = volume_mm3(points_mm, faces)
    if volume <= 0:
        raise InputError(
            f"the faces and the coordinates disagree: {name} {key} is turned inside out, as a mirror would do",
            remedy="check whether x was negated, in the surface or in the volume's matrix",
        )
    return volume


def check_enclosed(name: HemisphereName, outside: int, vertices: int) -> None:
    """Refuse a white surface of which much lies outside pial.

    Raises
    ------
    InputError
    """
    if outside > OUTSIDE * vertices:
        raise InputError(
            f"white and pial of {name} disagree: {outside / vertices:.0%} of white lies outside pial", remedy=_REMEDY
        )


def volume_mm3(points_mm: FloatArray, faces: IntArray) -> float:
    """What a closed surface holds; negative where its faces turn clockwise seen from outside."""
    points = np.ascontiguousarray((points_mm - points_mm.mean(axis=0)).T)
    a, b, c = (points[:, np.ascontiguousarray(corner)] for corner in faces.T)
    turned = (a[k] * (b[k - 2] * c[k - 1] - b[k - 1] * c[k - 2]) for k in range(3))
    return float(sum(part.sum() for part in turned) / 6)
