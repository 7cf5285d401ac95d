"""A vessel as the surface of its wall, from a mesh file or a segmentation."""

from __future__ import annotations

from dataclasses import dataclass

from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray


@dataclass(frozen=True, eq=False)
class VesselWall:
    """Closed surfaces whose inside is lumen; parts may overlap, as the tubes of a tree's branches do.

    Attributes
    ----------
    name : str
        Shown to the user.
    kind : "artery", "vein" or "vessel" (unknown)
    vertices_mm : (V, 3) float64
        Scanner RAS.
    faces : (F, 3) int64
        Counter-clockwise seen from outside, each edge in as many faces one way as the other, so that winding numbers
        tell inside from outside.
    source : str
        File, as recorded in plans.
    synthetic : bool
    error_mm : float
        Localisation error, and for a segmentation half a voxel: added to the clearance.
    half_voxel_mm : float
        The part of it that is half a voxel; 0 where the wall was cut from no volume.
    imaged : ImagedRegion or None
        Where these vessels were imaged; None where that is not known.
    sides : tuple of "lh" and "rh"
        Hemispheres whose cortex they run over; of the vessels on the others they say nothing.
    sides_checked : bool
        False where its mirror image fits the cortex about as well, so that left and right could not be told apart.
    note : str
        What was repaired or left out in reading, for a person to read.
    """

    name: str
    kind: VesselKind
    vertices_mm: FloatArray
    faces: IntArray
    source: str
    synthetic: bool = False
    error_mm: float = 0.0
    half_voxel_mm: float = 0.0
    imaged: ImagedRegion | None = None
    sides: tuple[HemisphereName, ...] = HEMISPHERES
    sides_checked: bool = True
    note: str = ""


Vessel = VesselTree | VesselWall
"""Every vessel source arrives as one of these."""
