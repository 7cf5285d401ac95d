"""A vessel tree as tapered capsules: the one form in which every vessel source arrives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.frames import FloatArray, IntArray

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
    """

    name: str
    kind: VesselKind
    points_mm: FloatArray
    radius_mm: FloatArray
    edges: IntArray
    source: str
    synthetic: bool = False
