"""The guard against a left-right flip, independent of any affine.

What is compared are things that no one step of processing turns together: the name of a file, the coordinates in it,
the way that its faces turn, the half of the visual field that its map sees, the image that it was made from, and the
cortex that vessels lie on. Each flip leaves two of them in disagreement, and the message names these two.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.mirrored import check_image
from planner.errors import InputError
from planner.frames import HemisphereName

FRONT_MM: Final = 10.0  # ours: V1 lies some 60 mm behind the middle of its hemisphere


def check_laterality(anatomy: Anatomy) -> None:
    """Compare for each hemisphere its name, where it lies, which way its faces turn, and the half of the field it sees.

    A hemisphere alone has no other to lie left or right of: its V1, on the medial side, tells where the midline is.
    The case's volume is compared with the surfaces as well; vessels are compared as they are read, see `mirrored`.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    for hemisphere in anatomy.hemispheres.values():
        _check_front(hemisphere, anatomy.source)
    if len(anatomy.hemispheres) == 2:
        _check_order(anatomy)
    for name, hemisphere in anatomy.hemispheres.items():
        _check_hemisphere(name, hemisphere, anatomy.source)
    check_image(anatomy)


def _check_front(hemisphere: Hemisphere, source: str) -> None:
    v1 = hemisphere.retinotopy.area == V1
    if not v1.any():
        raise InputError(
            f"the retinotopy marks no V1 in {hemisphere.name}",
            source=source,
            remedy="give maps whose visual area is 1 in V1",
        )
    ahead = float(hemisphere.white_mm[v1, 1].mean() - hemisphere.white_mm[:, 1].mean())
    if ahead > FRONT_MM:
        raise InputError(
            f"the retinotopy and the coordinates disagree: V1 lies {ahead:.0f} mm in front of the middle of "
            f"{hemisphere.name}, not behind it",
            source=source,
            remedy="check whether the surfaces are in LPS, which must be told, and whether the maps are this subject's",
        )


def _check_order(anatomy: Anatomy) -> None:
    left, right = (float(anatomy.hemispheres[name].white_mm[:, 0].mean()) for name in ("lh", "rh"))
    if left >= right:
        raise InputError(
            f"the file names and the coordinates disagree: lh lies at x = {left:.1f} mm, right of rh at {right:.1f} mm",
            source=anatomy.source,
            remedy="check whether files were swapped or x was negated, in the surfaces or in the volume's matrix",
        )


def _check_hemisphere(name: HemisphereName, hemisphere: Hemisphere, source: str) -> None:
    if _volume(hemisphere) <= 0:
        raise InputError(
            f"the faces and the coordinates disagree: {name} is turned inside out, as a mirror would do",
            source=source,
            remedy="check whether x was negated, in the surface or in the volume's matrix",
        )
    v1 = hemisphere.retinotopy.area == V1
    side = 1.0 if name == "lh" else -1.0
    inwards = side * float(hemisphere.white_mm[v1, 0].mean() - hemisphere.white_mm[:, 0].mean())
    if inwards <= 0:
        raise InputError(
            f"the hemisphere's name and its place disagree: V1 is on the outer side of {name}, not the inner",
            source=source,
            remedy="check whether surfaces or maps of lh and rh were swapped, and whether x was negated",
        )
    if side * hemisphere.field_deg[v1, 0].mean() <= 0:
        half = "left" if name == "lh" else "right"
        raise InputError(
            f"the hemisphere's name and its retinotopy disagree: {name} sees the {half} half of the field",
            source=source,
            remedy="check the sign of the polar angle and whether files were swapped",
        )


def _volume(hemisphere: Hemisphere) -> float:
    """What the white surface holds, mm³; negative where faces turn clockwise seen from outside."""
    a, b, c = (hemisphere.white_mm - hemisphere.white_mm.mean(axis=0))[hemisphere.faces].transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)
