"""One hemisphere's cortex and the anatomy of a case: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from planner.anatomy.vessels.tree import VesselTree
from planner.frames import FloatArray, HemisphereName, IntArray, polar_to_field

V1 = 1


@dataclass(frozen=True, eq=False)
class Retinotopy:
    """A retinotopic map on a hemisphere's vertices.

    Attributes
    ----------
    eccentricity_deg, polar_angle_deg : (V,) float64
        Degrees; Benson's convention for the angle (0 upper, 90 horizontal, 180 lower). Meaningless where `area` is 0.
    area : (V,) int64
        Visual area, 1 for V1, 0 outside.
    source : str
        Which map this is, as recorded in plans.
    """

    eccentricity_deg: FloatArray
    polar_angle_deg: FloatArray
    area: IntArray
    source: str


@dataclass(frozen=True, eq=False)
class Hemisphere:
    """One cortical hemisphere; all surfaces share vertices' order and faces.

    Attributes
    ----------
    name : "lh" or "rh"
    white_mm, pial_mm : (V, 3) float64
        Inner and outer surface of the gray matter, scanner RAS.
    inflated_mm : (V, 3) float64 or None
        For display only; has no place in the scanner.
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    curvature, thickness_mm : (V,) float64 or None
    retinotopy : Retinotopy
    """

    name: HemisphereName
    white_mm: FloatArray
    pial_mm: FloatArray
    faces: IntArray
    retinotopy: Retinotopy
    inflated_mm: FloatArray | None = None
    curvature: FloatArray | None = None
    thickness_mm: FloatArray | None = None

    @property
    def field_deg(self) -> FloatArray:
        """Visual-field position ``(V, 2)`` of each vertex, degrees; meaningless outside visual areas."""
        return polar_to_field(self.retinotopy.eccentricity_deg, self.retinotopy.polar_angle_deg, self.name)

    @property
    def v1_faces(self) -> IntArray:
        """Indices ``(G,)`` of the faces whose three corners are V1."""
        inside = self.retinotopy.area == V1
        return np.flatnonzero(inside[self.faces].all(axis=1))


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Everything known of a case before planning. Loaded once, never changed; outside undo.

    Attributes
    ----------
    name : str
        Short name for titles, e.g. ``demo``.
    source : str
        What the user asked for: ``demo`` or an absolute path.
    hemispheres : mapping of name to Hemisphere
        One or two.
    vessels : tuple of VesselTree
    hashes : mapping of str to str
        SHA-256 (hex) of each input file, by a name that says which one it is.
    notes : tuple of str
        What a user should know of the loading, a sentence each.
    """

    name: str
    source: str
    hemispheres: Mapping[HemisphereName, Hemisphere]
    vessels: tuple[VesselTree, ...]
    hashes: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())

    @property
    def retinotopy_source(self) -> str:
        """The retinotopy in use, for records and screens."""
        return "; ".join(dict.fromkeys(h.retinotopy.source for h in self.hemispheres.values()))
