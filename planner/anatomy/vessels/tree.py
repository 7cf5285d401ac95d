"""A vessel tree as tapered capsules: centrelines with radii."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.anatomy.vessels.region import ImagedRegion
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray

VesselKind = Literal["artery", "vein", "vessel"]


@dataclass(frozen=True, eq=False)
class VesselTree:
    """Centrelines with radii. A segment's lumen is the union of balls along it, the radius changing linearly.

    Attributes
    ----------
    name : str
        Shown to the user, e.g. ``lh pial artery``.
    kind : "artery", "vein" or "vessel" (unknown)
    points_mm : (N, 3) float64
        Centreline nodes, scanner RAS.
    radius_mm : (N,) float64
        Outer radius at each node, > 0.
    edges : (M, 2) int64
        Segments as pairs of nodes, parent first where the source knows it.
    source : str
        File or generator, as recorded in plans.
    synthetic : bool
        True for grown trees; said wherever they are shown or exported.
    error_mm : float
        Localisation error: added to the clearance.
    half_voxel_mm : float
        The part of it that is half a voxel of the volume that the vessel was cut from; 0 where it is from none.
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
    points_mm: FloatArray
    radius_mm: FloatArray
    edges: IntArray
    source: str
    synthetic: bool = False
    error_mm: float = 0.0
    half_voxel_mm: float = 0.0
    imaged: ImagedRegion | None = None
    sides: tuple[HemisphereName, ...] = HEMISPHERES
    sides_checked: bool = True
    note: str = ""
