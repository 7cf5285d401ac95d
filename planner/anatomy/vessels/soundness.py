"""What every vessel file must satisfy, whatever its format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError
from planner.frames import FloatArray


def require_sound(points_mm: FloatArray, radius_mm: FloatArray, segments: int, source: str | Path) -> None:
    """Raise for what is not a vessel tree.

    Parameters
    ----------
    points_mm : (N, 3) float64
    radius_mm : (N,) float64
    segments : int
    source : str or Path
        The file, for the message.

    Raises
    ------
    InputError
        No segments, a coordinate or radius that is not finite, or a radius that is not positive.
    """
    if segments == 0:
        raise InputError("has no vessel segments", source=source, remedy="give centrelines of two points or more")
    if not (np.isfinite(points_mm).all() and np.isfinite(radius_mm).all()):
        row = int(np.flatnonzero(~np.isfinite(np.column_stack([points_mm, radius_mm])).all(axis=1))[0])
        raise InputError(
            f"point {row + 1} has a coordinate or radius that is not finite", source=source, remedy="export it again"
        )
    if not (radius_mm > 0.0).all():
        row = int(np.flatnonzero(radius_mm <= 0.0)[0])
        raise InputError(
            f"point {row + 1} has radius {radius_mm[row]:g}", source=source, remedy="radii must be positive, in mm"
        )


def check_near(tree: VesselTree, pial_points_mm: FloatArray, limit_mm: float = 25.0) -> None:
    """Refuse a tree that most likely lies in another space than the cortex.

    Ours: its median node must be within the limit. A tree in another frame may still brush the cortex by chance, so the
    nearest node says nothing; and a real tree may have some nodes far off, in the neck for instance.

    Parameters
    ----------
    tree : VesselTree
    pial_points_mm : (V, 3) float64
        Vertices of all the case's pial surfaces, scanner RAS.
    limit_mm : float

    Raises
    ------
    InputError
    """
    distance, _ = cKDTree(pial_points_mm).query(tree.points_mm)
    typical = float(np.median(distance))
    if typical > limit_mm:
        raise InputError(
            f"the vessels lie {typical:.0f} mm from the cortex (median; at most {limit_mm:g} mm is accepted), "
            "so they seem to be in another space",
            source=tree.source,
            remedy="register them to this subject's scanner space, or give the vessels that belong to this case",
        )
