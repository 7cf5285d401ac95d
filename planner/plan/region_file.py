"""A region as a FreeSurfer label, for other programs and other plans of the same subject."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from nibabel.freesurfer.io import read_label

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region, hemisphere_of_file
from planner.errors import InputError
from planner.frames import Space
from planner.plan.atomic import write_file
from planner.plan.export.readback import require_equal

DIGITS: Final = 6  # of a millimetre; a label's coordinates are for people, its vertices say what is meant


def save_label(path: Path, region: Region, anatomy: Anatomy) -> None:
    """Write a region as a FreeSurfer label, read it back with nibabel and compare.

    Coordinates are of the white surface, as FreeSurfer's own labels have them: surface RAS (``vox2ras=TkReg``) where
    it is known of the case, else scanner RAS, which the first line says. nibabel writes no labels, so the text is made
    here.

    Raises
    ------
    InputError
        Where the file's name does not say the region's hemisphere, or the file cannot be written.
    """
    if path.suffix != ".label":
        raise InputError("is no name of a FreeSurfer label", source=path, remedy="let it end in .label")
    if hemisphere_of_file(path) != region.hemisphere:
        raise InputError(
            f"says another hemisphere than {region.hemisphere}, which the region is of",
            source=path,
            remedy=f"begin the file's name with {region.hemisphere} and a dot",
        )
    vertices = np.array(region.vertices)
    points_mm = anatomy.hemispheres[region.hemisphere].white_mm[vertices]
    to_surface = anatomy.spaces.get(Space.TKRAS)
    space = "TkReg" if to_surface is not None else "scanner"
    if to_surface is not None:
        points_mm = to_surface(points_mm)
    points_mm = np.round(points_mm, DIGITS) + 0.0  # no -0
    rows = (f"{vertex} {x:.6f} {y:.6f} {z:.6f} 0" for vertex, (x, y, z) in zip(vertices, points_mm, strict=True))
    head = f"#!ascii label {region.name}, from subject {anatomy.name} vox2ras={space} coords=white"
    content = "\n".join([" ".join(head.split()), str(len(vertices)), *rows]) + "\n"

    def check(written: Path) -> None:
        require_equal(path, "the vertices", read_label(written), vertices)
        table = np.loadtxt(written, skiprows=2, ndmin=2)
        require_equal(path, "the coordinates", table[:, 1:4], np.round(points_mm, DIGITS))

    write_file(path, content.encode("utf-8"), check)
