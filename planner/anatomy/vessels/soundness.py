"""What every vessel file must satisfy, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName

FARTHEST_MM, WIDEST_MM = 1e4, 50.0  # ours: no head scan holds more, and no artery is as wide


def require_sound(points: FloatArray, radius: FloatArray, segments: int, source: str | Path) -> None:
    """Raise for what is not a vessel tree, in whatever units.

    Parameters
    ----------
    points : (N, 3) float64
    radius : (N,) float64
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
    if not (np.isfinite(points).all() and np.isfinite(radius).all()):
        row = int(np.flatnonzero(~np.isfinite(np.column_stack([points, radius])).all(axis=1))[0])
        raise InputError(
            f"point {row + 1} has a coordinate or radius that is not finite", source=source, remedy="export it again"
        )
    if not (radius > 0.0).all():
        row = int(np.flatnonzero(radius <= 0.0)[0])
        raise InputError(
            f"point {row + 1} has radius {radius[row]:g}", source=source, remedy="radii must be positive, in mm"
        )


def require_sizes(points_mm: FloatArray, radius_mm: FloatArray, source: str | Path) -> None:
    """Raise `InputError` for placed vessels of a size that no head holds, most likely in other units than mm."""
    if not np.abs(points_mm).max() <= FARTHEST_MM:
        raise InputError(
            f"has coordinates of up to {np.abs(points_mm).max():.3g} mm", source=source, remedy="give its scale in mm"
        )
    if radius_mm.size and not radius_mm.max() <= WIDEST_MM:
        raise InputError(f"has radii of up to {radius_mm.max():.3g} mm", source=source, remedy="give its scale in mm")


SAMPLE = 20_000  # points of a vessel that say where it lies
LIKELIER, CLOSE_MM = 0.5, 2.0  # ours: how much nearer, and from which distance on, another reading is the likelier one
OTHER_READINGS = (
    ((-1.0, -1.0, 1.0), "read as LPS", "say that their space is LPS, or write them in scanner RAS"),
    ((-1.0, 1.0, 1.0), "with left and right exchanged", "check whether x was negated when they were written"),
)


def check_side(vessel: Vessel, file_name: str, hemispheres: Mapping[HemisphereName, FloatArray]) -> None:
    """Refuse vessels whose file names one side and that lie on the other.

    Parameters
    ----------
    vessel : VesselTree or VesselWall
    file_name : str
        Its words ``lh``, ``left``, ``rh`` and ``right`` count.
    hemispheres : mapping of name to (V, 3) float64
        Pial vertices of the case's hemispheres, scanner RAS.

    Raises
    ------
    InputError
    """
    words = set(re.findall(r"[a-z]+", file_name.lower()))
    named = [name for name, side in (("lh", "left"), ("rh", "right")) if words & {name, side}]
    if len(named) != 1 or len(hemispheres) < 2:
        return
    distance = {name: cKDTree(points).query(_sample(vessel))[0] for name, points in hemispheres.items()}
    on_right = float(np.mean(distance["rh"] < distance["lh"]))
    share = on_right if named[0] == "lh" else 1.0 - on_right
    if share > 0.5:
        raise InputError(
            f"its name says {named[0]}, but {100 * share:.0f} % of its vessels lie nearer to the other hemisphere",
            source=vessel.source,
            remedy="check whether x was negated, or name the file for the side it is of",
        )


def check_near(vessel: Vessel, pial_points_mm: FloatArray, limit_mm: float = 25.0) -> None:
    """Refuse vessels that most likely lie in another space than the cortex.

    Ours: the median point must be within the limit. Vessels in another frame may still brush the cortex by chance, so
    the nearest point says nothing; and real ones may run far off, in the neck for instance.

    Parameters
    ----------
    vessel : VesselTree or VesselWall
    pial_points_mm : (V, 3) float64
        Vertices of all the case's pial surfaces, scanner RAS.
    limit_mm : float

    Raises
    ------
    InputError
    """
    cortex = cKDTree(pial_points_mm)
    typical = float(np.median(cortex.query(_sample(vessel))[0]))
    for signs, reading, remedy in OTHER_READINGS:
        turned = float(np.median(cortex.query(_sample(vessel) * signs)[0]))
        if turned < LIKELIER * typical and typical > CLOSE_MM:
            raise InputError(
                f"the vessels fit the cortex better {reading} ({turned:.1f} mm from it) than as RAS ({typical:.1f} mm)",
                source=vessel.source,
                remedy=remedy,
            )
    if typical > limit_mm:
        raise InputError(
            f"the vessels lie {typical:.0f} mm from the cortex (median; at most {limit_mm:g} mm is accepted), "
            "so they seem to be in another space",
            source=vessel.source,
            remedy="say how they are placed (space, axes, scale, offset), register them to this subject's scanner "
            "space, or give the vessels that belong to this case",
        )


def _sample(vessel: Vessel) -> FloatArray:
    """Points ``(K, 3)`` of a vessel, evenly taken from its nodes or vertices."""
    points_mm = vessel.points_mm if isinstance(vessel, VesselTree) else vessel.vertices_mm
    return points_mm[:: -(-len(points_mm) // SAMPLE)]
