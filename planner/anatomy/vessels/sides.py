"""Over which hemispheres vessels run: what is traced on one side says nothing of the other."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.spatial import cKDTree

from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.frames import FloatArray, HemisphereName

LEAST_SHARE = 0.05  # ours: of its points nearest to a hemisphere; fewer only cross over


def sides_of(vessel: Vessel, pial_mm: Mapping[HemisphereName, FloatArray]) -> tuple[HemisphereName, ...]:
    """The hemispheres over which a vessel runs.

    Parameters
    ----------
    vessel : VesselTree or VesselWall
    pial_mm : mapping of name to (V, 3) float64
        Pial vertices of the case's hemispheres, scanner RAS.
    """
    points = vessel.points_mm if isinstance(vessel, VesselTree) else vessel.vertices_mm
    away = {name: cKDTree(vertices).query(points)[0] for name, vertices in pial_mm.items()}
    nearest = {name: [d <= other for n, other in away.items() if n != name] for name, d in away.items()}
    return tuple(name for name, wins in nearest.items() if all(win.mean() >= LEAST_SHARE for win in wins))
