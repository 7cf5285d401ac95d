"""Whether a subject's map is in degrees and reaches as far as V1 does: units leave no trace in a file of numbers.

Radians, logarithms and halved angles keep their order on the cortex, so neither convention nor field sign tells. What
does is how much cortex sees so little, and, where the subject is registered, Benson's atlas: people differ from it by
some tens of per cent of eccentricity and some ten to twenty degrees of angle, units by far more.

References
----------
Horton JC, Hoyt WF (1991). The representation of the visual field in human striate cortex. Arch Ophthalmol 109: 816-824.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.anatomy.retinotopy.gaps import FOVEA_DEG, ComplexArray
from planner.errors import InputError
from planner.frames import HemisphereName

K_MM: Final = 17.3  # Horton & Hoyt: 17.3 / (e + 0.75) mm a degree
LARGEST_V1: Final = 2.0  # ours: people's V1 varies more than threefold about a size like Horton & Hoyt's
FACTOR: Final = 3.0  # ours: eccentricity as a whole off by more is of another unit
DOUBTFUL_FACTOR: Final = 1.7  # ours
ANGLE_DEG, DOUBTFUL_ANGLE_DEG = 40.0, 30.0  # ours: halved angles are off by 45° (median), random ones by 60°
BEYOND_DEG: Final = 1.0  # closer to fixation a ratio of eccentricities says little
FEWEST: Final = 50
ONE_QUADRANT: Final = 0.95
_REMEDY: Final = "give eccentricity and polar angle in degrees of visual angle"


def check_scale(
    hemisphere: HemisphereName,
    position: ComplexArray,
    area_mm2: float,
    template: ComplexArray | None,
    source: str,
) -> list[str]:
    """Refuse a measured map of another unit; give a sentence on each oddity of one that may be right.

    Parameters
    ----------
    hemisphere : "lh" or "rh"
    position : (V,) complex128
        Visual field ``x + iy`` in degrees, x towards the side that the hemisphere sees; NaN where not measured in V1.
    area_mm2 : float
        Of white, where measured.
    template : (V,) complex128 or None
        The atlas's positions, NaN outside its V1; None where the subject is not registered.
    source : str
        Named in errors.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    measured = position[np.isfinite(position)]
    if not len(measured):
        return []
    farthest = float(np.abs(measured).max())
    if farthest <= np.pi / 2 + 0.01 and area_mm2 > LARGEST_V1 * seen_by_mm2(farthest):
        raise InputError(
            f"the eccentricities and the cortex of {hemisphere} disagree: {area_mm2:.0f} mm² of V1 would see no "
            f"farther than {farthest:.2f}°, so they look like radians",
            source=source,
            remedy=_REMEDY,
        )
    notes = []
    upper = float((measured.imag > 0).mean())
    if max(upper, 1 - upper) > ONE_QUADRANT:
        half = "upper" if upper > 0.5 else "lower"
        notes.append(f"The map of {hemisphere} ({source}) sees the {half} quadrant only: check its polar angles.")
    return notes + (_compare(hemisphere, position, template, source) if template is not None else [])


def seen_by_mm2(eccentricity_deg: float) -> float:
    """Cortex that sees one half of the field up to an eccentricity, mm² (Horton & Hoyt's magnification, isotropic)."""
    a = FOVEA_DEG
    return float(np.pi * K_MM**2 * (np.log((eccentricity_deg + a) / a) + a / (eccentricity_deg + a) - 1))


def _compare(hemisphere: HemisphereName, position: ComplexArray, template: ComplexArray, source: str) -> list[str]:
    both = np.isfinite(position) & (np.abs(np.nan_to_num(template)) > BEYOND_DEG) & (np.abs(position) > 0)
    if both.sum() < FEWEST:
        return []
    ratio = float(np.median(np.abs(position[both]) / np.abs(template[both])))
    turned = float(np.median(np.abs(np.rad2deg(np.angle(position[both] / template[both])))))
    if not 1 / FACTOR <= ratio <= FACTOR:
        raise InputError(
            f"the eccentricities of {hemisphere} and the atlas disagree: they are {ratio:.3g} times those of Benson's "
            "map where the subject's sphere puts it (median)",
            source=source,
            remedy=f"{_REMEDY}; where they are right, sphere.reg is not this subject's",
        )
    if turned > ANGLE_DEG:
        raise InputError(
            f"the polar angles of {hemisphere} and the atlas disagree: they differ by {turned:.0f}° from Benson's map "
            "where the subject's sphere puts it (median)",
            source=source,
            remedy=f"{_REMEDY}; where they are right, sphere.reg is not this subject's",
        )
    if turned > DOUBTFUL_ANGLE_DEG or not 1 / DOUBTFUL_FACTOR <= ratio <= DOUBTFUL_FACTOR:
        return [
            f"The map of {hemisphere} ({source}) is far from Benson's: {ratio:.2g} times its eccentricities, and "
            f"{turned:.0f}° from its angles (medians)."
        ]
    return []
