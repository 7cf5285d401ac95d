"""The guard against a left-right flip, independent of any affine."""

from __future__ import annotations

import numpy as np

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.errors import InputError


def check_laterality(anatomy: Anatomy) -> None:
    """Compare for each hemisphere its name, where it lies, which way its faces turn, and the half of the field it sees.

    A hemisphere alone has no other to lie left or right of: its V1, on the medial side, tells where the midline is.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    centre_x = {name: float(h.white_mm[:, 0].mean()) for name, h in anatomy.hemispheres.items()}
    if len(centre_x) == 2 and centre_x["lh"] >= centre_x["rh"]:
        raise InputError(
            f"the file names and the coordinates disagree: lh lies at x = {centre_x['lh']:.1f} mm, "
            f"right of rh at {centre_x['rh']:.1f} mm",
            source=anatomy.source,
            remedy="check whether files were swapped or x was negated",
        )
    for name, hemisphere in anatomy.hemispheres.items():
        if _volume(hemisphere) <= 0:
            raise InputError(
                f"the faces and the coordinates disagree: {name} is turned inside out, as a mirror would do",
                source=anatomy.source,
                remedy="check whether x was negated",
            )
        seen = hemisphere.field_deg[hemisphere.retinotopy.area == V1, 0]
        if len(seen) == 0:
            raise InputError(
                f"the retinotopy marks no V1 in {name}",
                source=anatomy.source,
                remedy="give maps whose visual area is 1 in V1",
            )
        side = 1.0 if name == "lh" else -1.0
        v1_x = float(hemisphere.white_mm[hemisphere.retinotopy.area == V1, 0].mean())
        if side * (v1_x - centre_x[name]) <= 0:
            raise InputError(
                f"the hemisphere's name and its place disagree: V1 is on the outer side of {name}, not the inner",
                source=anatomy.source,
                remedy="check whether files were swapped",
            )
        if side * seen.mean() <= 0:
            half = "left" if name == "lh" else "right"
            raise InputError(
                f"the hemisphere's name and its retinotopy disagree: {name} sees the {half} half of the field",
                source=anatomy.source,
                remedy="check the sign of the polar angle and whether files were swapped",
            )


def _volume(hemisphere: Hemisphere) -> float:
    """What the white surface holds, mm³; negative where faces turn clockwise seen from outside."""
    a, b, c = (hemisphere.white_mm - hemisphere.white_mm.mean(axis=0))[hemisphere.faces].transpose(1, 0, 2)
    return float((a * np.cross(b, c)).sum() / 6)
