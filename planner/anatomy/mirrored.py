"""Whether vessels are the mirror image of the cortex that they are given with.

Vessels have no side of their own, so both readings are tried, as given and mirrored, and the cortex says which fits.
The thresholds are ours, set so that nothing is refused that is right, and lie between what was measured of right and of
flipped data: of vessels on pial none lies inside it, of mirrored ones a third to a half.
"""

from __future__ import annotations

from typing import Final

import igl
import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.errors import InputError
from planner.frames import FloatArray

REACH_MM: Final = 10.0  # vessels farther from cortex than this say nothing of it
SUNK_MM: Final = 0.3
NODES: Final = 4000
FEWEST: Final = 20
NEARER, SUNK, RISEN, FEWER = 0.6, 0.25, 0.1, 0.5
"""Mirrored vessels fit better where they are nearer by this factor, no more than this share of them lies inside, and
either a share less by this lies inside than as given, or so few as given are near the cortex at all: the nodes of a
flipped tree that lie near the one hemisphere of a case are those at the midline."""


def check_vessel_side(vessel: Vessel, anatomy: Anatomy) -> None:
    """Refuse vessels that lie on the cortex only once x is negated.

    Raises
    ------
    InputError
    """
    points_mm = vessel.points_mm if isinstance(vessel, VesselTree) else vessel.vertices_mm
    points_mm = points_mm[:: max(len(points_mm) // NODES, 1)]
    hemispheres = anatomy.hemispheres.values()
    pial_mm = np.concatenate([h.pial_mm for h in hemispheres])
    outward = np.concatenate([igl.per_vertex_normals(h.pial_mm, h.faces) for h in hemispheres])
    tree = cKDTree(pial_mm, balanced_tree=False)
    given_mm, given_sunk, given_near = _fit(tree, outward, points_mm)
    mirrored_mm, mirrored_sunk, mirrored_near = _fit(tree, outward, points_mm * [-1.0, 1.0, 1.0])
    risen = mirrored_sunk < given_sunk - RISEN or given_near < FEWER * mirrored_near
    if mirrored_mm < NEARER * given_mm and mirrored_sunk < SUNK and risen:
        where = (
            f"{given_mm:.1f} mm from it, {100 * given_sunk:.0f} % inside" if np.isfinite(given_mm) else "nowhere near"
        )
        raise InputError(
            f"the vessels and the cortex disagree: with x negated they lie on it ({mirrored_mm:.1f} mm from it, "
            f"{100 * mirrored_sunk:.0f} % inside), as given they do not ({where})",
            source=vessel.source,
            remedy="check whether x was negated, or tell the file's axes (-x,y,z)",
        )


def _fit(tree: cKDTree, outward: FloatArray, points_mm: FloatArray) -> tuple[float, float, int]:
    """Of the points near cortex the median distance to pial, mm, the share that lies inside it, and their number."""
    distance, nearest = tree.query(points_mm, distance_upper_bound=REACH_MM)
    near = np.isfinite(distance)
    if near.sum() < FEWEST:
        return float("inf"), 1.0, 0
    nearest = nearest[near]
    height = ((points_mm[near] - tree.data[nearest]) * outward[nearest]).sum(axis=1)
    return float(np.median(distance[near])), float((height < -SUNK_MM).mean()), int(near.sum())
