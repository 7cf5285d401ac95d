"""One hemisphere's cortex and the anatomy of a case: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.report import Finding
from planner.anatomy.request import CaseRequest
from planner.anatomy.vessels.wall import Vessel
from planner.frames import (
    FloatArray,
    HemisphereName,
    IntArray,
    Space,
    Transform,
    VolumeGeometry,
    polar_to_field,
)

V1 = 1


@dataclass(frozen=True, eq=False)
class Retinotopy:
    """A retinotopic map on a hemisphere's vertices.

    Attributes
    ----------
    eccentricity_deg, polar_angle_deg : (V,) float64
        Degrees; Benson's convention for the angle (0 upper, 90 horizontal, 180 lower; negative on the hemisphere's own
        side of the vertical meridian, which measured maps reach). Meaningless where `area` is 0.
    area : (V,) int64
        Visual area, 1 for V1, 0 outside.
    source : str
        Which map this is, as recorded in plans.
    filled : (V,) bool or None
        Where the map had a gap that was filled in from around it; None where every vertex is the source's own.
    variance : (V,) float64 or None
        Share of variance explained, NaN where unknown; None where the maps come without.
    receptive_field_deg : (V,) float64 or None
        Size (σ) of receptive fields, degrees, NaN where unknown; None where the maps come without.
    """

    eccentricity_deg: FloatArray
    polar_angle_deg: FloatArray
    area: IntArray
    source: str
    filled: NDArray[np.bool_] | None = None
    variance: FloatArray | None = None
    receptive_field_deg: FloatArray | None = None


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
    curvature : (V,) float64 or None
    sulcal_depth : (V,) float64 or None
        FreeSurfer's ``sulc``, in the unit of its file: how far each vertex moved while the surface was inflated,
        positive in sulci; to be looked at, nothing is planned by it.
    registration : (V, 3) float64 or None
        Each vertex's place on fsaverage's sphere, of any radius; by it the guard compares folds with the template's.
    retinotopy : Retinotopy
    """

    name: HemisphereName
    white_mm: FloatArray
    pial_mm: FloatArray
    faces: IntArray
    retinotopy: Retinotopy
    inflated_mm: FloatArray | None = None
    curvature: FloatArray | None = None
    registration: FloatArray | None = None
    sulcal_depth: FloatArray | None = None

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
    request : CaseRequest
        What the user asked for, with absolute paths.
    hemispheres : mapping of name to Hemisphere
        One or two.
    vessels : tuple of VesselTree or VesselWall
    hashes : mapping of str to str
        SHA-256 (hex) of each input file, by a name that says which one it is.
    notes : tuple of str
        What a user should know of the loading, a sentence each.
    findings : tuple of Finding
        The loading report: what was found, used and missing.
    geometry : VolumeGeometry or None
        Grid of the volume that the surfaces were made from; None where the case has none.
    spaces : mapping of Space to Transform
        From scanner RAS to every other space that is known of this case.
    volumes : mapping of str to Path
        The case's MRI volumes by FreeSurfer's names (orig, T1, brain, ribbon, aseg), to be read when they are shown.
    """

    name: str
    request: CaseRequest
    hemispheres: Mapping[HemisphereName, Hemisphere]
    vessels: tuple[Vessel, ...]
    hashes: Mapping[str, str]
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    geometry: VolumeGeometry | None = None
    spaces: Mapping[Space, Transform] = field(default_factory=dict)
    volumes: Mapping[str, Path] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The case asked for: a name or an absolute path."""
        return self.request.source

    @property
    def retinotopy_source(self) -> str:
        """The retinotopy in use, for records and screens."""
        return "; ".join(dict.fromkeys(h.retinotopy.source for h in self.hemispheres.values()))
