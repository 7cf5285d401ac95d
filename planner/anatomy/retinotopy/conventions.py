"""What a file's polar angles mean: no flip of their sign goes unnoticed.

Two conventions are in use, both in degrees from the upper vertical meridian (0) to the lower one (180):

- absolute (Benson's atlas): positive in both hemispheres, towards the side that the hemisphere sees;
- signed (neuropythy's): positive in the right visual field, so that lh is mostly positive and rh mostly negative.

lh is positive in both, so an lh that is mostly negative is wrong whatever was meant, and rh is read as absolute or
signed as its own majority says. Angles in radians or up to 360° are refused by their range; those that count from the
horizontal meridian spread over both signs and turn the map over, which the majority and the field sign tell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName

MAJORITY: Final = 0.75  # ours: receptive fields centred on the wrong side are few, and near the vertical meridian
_REMEDY: Final = (
    "give the angle in degrees from the upper vertical meridian (0) to the lower one (180), positive in both "
    "hemispheres or positive in the right visual field"
)


def positive_share(angle: FloatArray) -> float:
    """Share of angles that are positive among those off the vertical meridian; NaN where there are none."""
    off = np.abs(angle)[np.isfinite(angle)]
    counted = (off > 1.0) & (off < 179.0)
    return float((angle[np.isfinite(angle)][counted] > 0).mean()) if counted.any() else float("nan")


def contralateral_sign(
    angle: FloatArray,
    hemisphere: HemisphereName,
    file: Path,
    other: FloatArray | None = None,
    *,
    signed: bool = False,
) -> float:
    """What a file's angles are to be multiplied by, so that they are positive on the side that the hemisphere sees.

    Parameters
    ----------
    angle : (N,) float64
        As in the file, degrees, of V1's vertices with a measurement.
    hemisphere : "lh" or "rh"
    file : Path
        Named in errors.
    other : (M,) float64, optional
        The other hemisphere's, NaN where unknown: with it a flip of both is told from a convention.
    signed : bool
        Whether the angles are known to be positive in the right visual field, as where they come from x and y.

    Returns
    -------
    float
        +1 or −1. Angles that are negative after it lie on the hemisphere's own side.

    Raises
    ------
    InputError
        Where the angles fit no convention, or disagree with the hemisphere's name.
    """
    if not len(angle):
        return 1.0
    low, high = float(angle.min()), float(angle.max())
    if 0 < max(-low, high) <= 2 * np.pi + 0.01:
        raise InputError("polar angles look like radians", source=file, remedy=_REMEDY)
    if low < -181.0 or high > 181.0:
        raise InputError(
            f"polar angles run from {low:.0f}° to {high:.0f}°, outside any convention known here",
            source=file,
            remedy=_REMEDY,
        )
    positive = positive_share(angle)
    if 1 - MAJORITY < positive < MAJORITY:
        raise InputError(
            f"polar angles of {hemisphere} V1 are positive in {positive:.0%} and negative in the rest, so that they "
            "claim neither half of the visual field",
            source=file,
            remedy=_REMEDY,
        )
    negative = positive <= 0.5
    if hemisphere == "lh" and negative:
        raise _flipped("lh", "negative, the left half of the visual field", file)
    if hemisphere == "rh" and signed and not negative:
        raise _flipped("rh", "positive, the right half of the visual field", file)
    beside = positive_share(other) if other is not None else float("nan")
    if hemisphere == "rh" and beside <= 1 - MAJORITY:
        raise _flipped("lh", "negative, the left half of the visual field", file)
    return -1.0 if negative else 1.0


def _flipped(name: HemisphereName, found: str, file: Path) -> InputError:
    return InputError(
        f"the hemisphere's name and the sign of the polar angle disagree: {name} V1 is mostly {found}",
        source=file,
        remedy="check the sign of the polar angle and whether lh and rh were swapped",
    )
