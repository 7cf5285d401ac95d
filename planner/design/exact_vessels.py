"""The exact gate's vessels: margins of shafts to trees and walls, and whether they are known at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.design.limits import KNOWN_REACH_MM
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.geometry.exact_shafts import ExactCapsules, ExactWall


class ExactVessels:
    """Exact search structures over the vessels of a case, one a vessel."""

    def __init__(self, vessels: Sequence[Vessel]) -> None:
        self._vessels = vessels
        self._shapes = [_shape(vessel) for vessel in vessels]
        self._kinds = sorted({v.kind for v, shape in zip(vessels, self._shapes, strict=True) if shape is not None})

    def margins(
        self,
        entry_mm: FloatArray,
        tip_mm: FloatArray,
        hemispheres: Sequence[HemisphereName],
        grown_mm: Mapping[VesselKind, FloatArray],
    ) -> tuple[FloatArray, IntArray, list[tuple[VesselKind, ...]]]:
        """Margin ``(T,)`` of each shaft, the nearest vessel, and what is unknown; see `limits.KNOWN_REACH_MM`.

        Parameters
        ----------
        entry_mm, tip_mm : (T, 3) float64
        hemispheres : sequence of T names
            Which hemisphere each shaft is in.
        grown_mm : mapping of kind to (T,) float64
            Each shaft's radius and its clearance to that kind of vessel, to which each vessel's error is added.

        Returns
        -------
        margin_mm : (T,) float64
            inf where it is unknown.
        nearest : (T,) int64
            Its index; −1 where no vessel is known within `KNOWN_REACH_MM`.
        unknown : list of T tuples
            The kinds of vessels that are not known around each shaft.
        """
        widest = np.maximum.reduce([grown_mm[kind] for kind in self._kinds] or list(grown_mm.values()))
        measured = max(KNOWN_REACH_MM, float(widest.max(initial=0.0)))
        margin = measured - widest
        nearest = np.full(len(entry_mm), -1)
        known = {kind: np.zeros(len(entry_mm), dtype=bool) for kind in self._kinds}
        for index, (vessel, shape) in enumerate(zip(self._vessels, self._shapes, strict=True)):
            reach = measured + vessel.error_mm
            distance = np.full(len(entry_mm), reach) if shape is None else _distance(shape, entry_mm, tip_mm, reach)
            grown = grown_mm[vessel.kind]
            its_margin = distance - vessel.error_mm - grown
            nearer = (distance < reach) & (its_margin < margin)
            margin, nearest = np.where(nearer, its_margin, margin), np.where(nearer, index, nearest)
            if vessel.kind not in known:
                continue
            if vessel.imaged is None:
                over = np.array([name in vessel.sides for name in hemispheres], dtype=bool)
                known[vessel.kind] |= (distance < KNOWN_REACH_MM + vessel.error_mm) & over
            else:
                known[vessel.kind] |= _within(vessel, entry_mm, tip_mm, grown + vessel.error_mm)
        unknown = [tuple(kind for kind in known if not known[kind][row]) for row in range(len(entry_mm))]
        sure = np.array([bool(known) and not kinds for kinds in unknown], dtype=bool)
        return np.where(sure | (margin < 0), margin, np.inf), nearest, unknown

    def near(
        self, entry_mm: FloatArray, tip_mm: FloatArray, grown_mm: Mapping[VesselKind, FloatArray], beyond_mm: float
    ) -> FloatArray:
        """Margin ``(T,)`` of each shaft to the vessels that there are, `beyond_mm` where it is more than that.

        Says nothing of vessels that are not known, so that a plan is not judged by it; and has less to look for.

        Parameters
        ----------
        entry_mm, tip_mm, grown_mm
            As of `margins`.
        beyond_mm : float
        """
        margin = np.full(len(entry_mm), beyond_mm)
        for vessel, shape in zip(self._vessels, self._shapes, strict=True):
            if shape is not None and len(entry_mm):
                asked = grown_mm[vessel.kind] + vessel.error_mm
                distance = _distance(shape, entry_mm, tip_mm, float(asked.max()) + beyond_mm)
                margin = np.minimum(margin, distance - asked)
        return margin


def _shape(vessel: Vessel) -> ExactCapsules | ExactWall | None:
    if not isinstance(vessel, VesselTree):
        return ExactWall(vessel.vertices_mm, vessel.faces) if len(vessel.faces) else None
    if len(vessel.edges) == 0:
        return None
    first, last = vessel.edges.T
    return ExactCapsules(
        vessel.points_mm[first], vessel.points_mm[last], vessel.radius_mm[first], vessel.radius_mm[last]
    )


def _distance(shape: ExactCapsules | ExactWall, entry: FloatArray, tip: FloatArray, reach_mm: float) -> FloatArray:
    if isinstance(shape, ExactWall):
        return shape.clearance(entry, tip, reach_mm)
    return shape.clearance(entry, tip, reach_mm)[0]


def _within(vessel: Vessel, entry: FloatArray, tip: FloatArray, grown_mm: FloatArray) -> NDArray[np.bool_]:
    """Whether balls of radius `grown_mm` ``(T,)`` about both ends, so about the whole shaft, lie in each half-space."""
    region = vessel.imaged
    assert region is not None
    room = [region.offsets_mm[:, None] - region.normals @ end.T for end in (entry, tip)]
    return np.asarray((np.minimum(*room) >= grown_mm).all(axis=0))
