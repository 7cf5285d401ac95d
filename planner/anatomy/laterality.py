"""The guard against a left-right flip, independent of any affine."""

from __future__ import annotations

from planner.anatomy.hemisphere import V1, Anatomy
from planner.errors import InputError


def check_laterality(anatomy: Anatomy) -> None:
    """Compare three things for each hemisphere: its name, where it lies, and the half of the field it sees.

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
        seen = hemisphere.field_deg[hemisphere.retinotopy.area == V1, 0]
        if len(seen) == 0:
            raise InputError(
                f"the retinotopy marks no V1 in {name}",
                source=anatomy.source,
                remedy="give maps whose visual area is 1 in V1",
            )
        side = 1.0 if name == "lh" else -1.0
        if side * seen.mean() <= 0:
            half = "left" if name == "lh" else "right"
            raise InputError(
                f"the hemisphere's name and its retinotopy disagree: {name} sees the {half} half of the field",
                source=anatomy.source,
                remedy="check the sign of the polar angle and whether files were swapped",
            )
