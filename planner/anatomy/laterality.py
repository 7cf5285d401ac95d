"""The guard against a left-right flip.

What is compared are things that no one step of processing turns together: the name of a file, the coordinates in it,
the way that its faces turn, where its medial wall is, how it folds, the half of the visual field that its map sees, and
each image in the case; so each flip leaves two of them in disagreement, and the message names these two. None of this
goes by an affine alone. What is not told: a whole case, surfaces and every volume, mirrored together with its names.

Elsewhere: what a surface file says of its side is compared with its name in `cortex_files`, white with pial in
`nesting`, matrices with each other in `grids`, vessels as they are read in `mirrored`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.anatomy.folds import check_folds
from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.nesting import check_turned
from planner.anatomy.tissue import check_image
from planner.errors import InputError
from planner.frames import FloatArray, Space

FRONT_MM: Final = 10.0  # ours: V1 lies some 60 mm behind the middle of its hemisphere
WALL_MM: Final = 0.1  # ours: on the medial wall, where there is no cortex, FreeSurfer lays pial on white
LEAST_WALL: Final = 0.01  # ours, of all vertices; fsaverage's wall has 3.4 %, 23 mm inwards of the middle of all
OUTWARDS_MM: Final = 5.0  # ours


def check_laterality(anatomy: Anatomy) -> tuple[str, ...]:
    """Compare for each hemisphere its name, where it lies, how its faces turn, its folds, and the field it sees.

    A hemisphere alone has no other to lie left or right of: its medial wall, its folds and its V1 tell where the
    midline is, and the volumes where the middle of the head is.

    Returns
    -------
    tuple of str
        What a user should know of the volumes, a sentence each.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    source = anatomy.source
    for hemisphere in anatomy.hemispheres.values():
        _check_front(hemisphere, source)
    if len(anatomy.hemispheres) == 2:
        _check_order(anatomy)
    for name, hemisphere in anatomy.hemispheres.items():
        side = 1.0 if name == "lh" else -1.0
        for key, points_mm in _surfaces(hemisphere).items():
            check_turned(name, key, points_mm, hemisphere.faces)
        _check_wall(hemisphere, side, source)
        _check_v1(hemisphere, side, source)
        if hemisphere.registration is not None:
            check_folds(name, hemisphere.white_mm, hemisphere.registration)
        if Space.MNI305 in anatomy.spaces:
            _check_mni305(hemisphere, side, anatomy.spaces[Space.MNI305](hemisphere.white_mm), source)
    return check_image(anatomy)


def _surfaces(hemisphere: Hemisphere) -> dict[str, FloatArray]:
    return {"white": hemisphere.white_mm, "pial": hemisphere.pial_mm}


def _check_front(hemisphere: Hemisphere, source: str) -> None:
    v1 = hemisphere.retinotopy.area == V1
    if not v1.any():
        raise InputError(
            f"the retinotopy marks no V1 in {hemisphere.name}",
            source=source,
            remedy="give maps whose visual area is 1 in V1",
        )
    for key, points_mm in _surfaces(hemisphere).items():
        ahead = float(points_mm[v1, 1].mean() - points_mm[:, 1].mean())
        if ahead > FRONT_MM:
            raise InputError(
                f"the retinotopy and the coordinates disagree: V1 lies {ahead:.0f} mm in front of the middle of "
                f"{hemisphere.name} {key}, not behind it",
                source=source,
                remedy="check whether the surfaces are in LPS, which must be told, and whether the maps are this "
                "subject's",
            )


def _check_order(anatomy: Anatomy) -> None:
    for key in ("white", "pial"):
        left, right = (float(_surfaces(anatomy.hemispheres[name])[key][:, 0].mean()) for name in ("lh", "rh"))
        if left >= right:
            raise InputError(
                f"the file names and the coordinates disagree: lh {key} lies at x = {left:.1f} mm, right of rh at "
                f"{right:.1f} mm",
                source=anatomy.source,
                remedy="check whether files were swapped or x was negated, in the surfaces or in the volume's matrix",
            )


def _check_wall(hemisphere: Hemisphere, side: float, source: str) -> None:
    """By the medial wall, which no atlas and no sphere has a part in; a surface without one is not judged."""
    x, apart = hemisphere.white_mm[:, 0], hemisphere.pial_mm - hemisphere.white_mm
    wall = np.einsum("ij,ij->i", apart, apart) < WALL_MM**2
    if wall.mean() < LEAST_WALL:
        return
    outwards = side * float(x.mean() - x[wall].mean())
    if outwards > OUTWARDS_MM:
        raise InputError(
            f"the hemisphere's name and its coordinates disagree: the medial wall, where pial lies on white, is "
            f"{outwards:.0f} mm on the outer side of {hemisphere.name}",
            source=source,
            remedy="check whether files of lh and rh were renamed or swapped, and whether x was negated",
        )


def _check_v1(hemisphere: Hemisphere, side: float, source: str) -> None:
    name = "lh" if side > 0 else "rh"
    v1 = hemisphere.retinotopy.area == V1
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


def _check_mni305(hemisphere: Hemisphere, side: float, mni305_mm: FloatArray, source: str) -> None:
    x = float(mni305_mm[:, 0].mean())
    if side * x >= 0:
        raise InputError(
            f"the hemisphere's name and the transform to MNI305 disagree: it takes {hemisphere.name} to x = {x:.1f} mm",
            source=source,
            remedy="check whether x was negated in mri/transforms/talairach.xfm, or remove it",
        )
