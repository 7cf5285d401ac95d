"""What every vessel file must satisfy, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName


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


LIKELIER, CLOSE_MM = 0.5, 2.0  # ours: how much nearer, and from which distance on, another reading is the likelier one


def check_side(tree: VesselTree, file_name: str, hemispheres: Mapping[HemisphereName, FloatArray]) -> None:
    """Refuse a tree whose file names one side and that lies on the other.

    Parameters
    ----------
    tree : VesselTree
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
    distance = {name: cKDTree(points).query(tree.points_mm)[0] for name, points in hemispheres.items()}
    on_right = float(np.mean(distance["rh"] < distance["lh"]))
    share = on_right if named[0] == "lh" else 1.0 - on_right
    if share > 0.5:
        raise InputError(
            f"its name says {named[0]}, but {100 * share:.0f} % of its vessels lie nearer to the other hemisphere",
            source=tree.source,
            remedy="check whether x was negated, or name the file for the side it is of",
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
    cortex = cKDTree(pial_points_mm)
    typical = float(np.median(cortex.query(tree.points_mm)[0]))
    turned = float(np.median(cortex.query(tree.points_mm * [-1.0, -1.0, 1.0])[0]))
    if turned < LIKELIER * typical and typical > CLOSE_MM:
        raise InputError(
            f"the vessels fit the cortex better read as LPS ({turned:.1f} mm from it) than as RAS ({typical:.1f} mm)",
            source=tree.source,
            remedy="write them in scanner RAS, or as VTP with SPACE=LPS in its field data",
        )
    if typical > limit_mm:
        raise InputError(
            f"the vessels lie {typical:.0f} mm from the cortex (median; at most {limit_mm:g} mm is accepted), "
            "so they seem to be in another space",
            source=tree.source,
            remedy="register them to this subject's scanner space, or give the vessels that belong to this case",
        )
