"""Access, forbidden regions and the insertion's angle for the verdict: float64, no code shared with the smooth margins.

What windows mean is said in `planner.anatomy.access`, what each margin is in `planner.design.access`: it is the same
here, worked out from the definition anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.access import (
    FARTHEST_MM,
    LEAST_SLOPE,
    START_MM,
    WAY_MM,
    Access,
    AccessMargin,
    Window,
)
from planner.frames import HEMISPHERES, FloatArray, HemisphereName
from planner.geometry.exact import ExactMesh
from planner.geometry.exact_normals import ExactNormals
from planner.geometry.exact_shafts import ExactWall

STRETCH_MM = 2.0  # ways are looked up in stretches no longer than this


def exact_window_margins(
    access: Access,
    pials: Mapping[HemisphereName, ExactMesh],
    entry_mm: FloatArray,
    unit: FloatArray,
    tip_mm: FloatArray,
    right: NDArray[np.bool_],
) -> dict[AccessMargin, FloatArray]:
    """Margins ``(T,)`` of shafts to the windows: access (mm), approach (degrees), reach (mm); `inf` where none is set.

    Access is `-inf` for a shaft whose hemisphere has no window though the other one has.

    Parameters
    ----------
    access : Access
    pials : mapping of hemisphere name to ExactMesh
        Whole pial surfaces.
    entry_mm, unit, tip_mm : (T, 3) float64
        Scanner RAS; the direction is of length 1.
    right : (T,) bool
    """
    count = len(entry_mm)
    gained, turned, reached = (np.full(count, np.inf) for _ in range(3))
    best = np.full(count, -np.inf)
    for window in access.windows:
        rows = np.flatnonzero(right == (window.hemisphere == "rh"))
        if len(rows) == 0:
            continue
        margins = _margins(window, pials, entry_mm[rows], unit[rows], tip_mm[rows])
        share = np.minimum(margins[0] / window.radius_mm, margins[1] / window.cone_deg)
        if window.reach_mm is not None:
            share = np.minimum(share, margins[2] / window.reach_mm)
        better = share > best[rows]
        taken = rows[better]
        best[taken] = share[better]
        gained[taken], turned[taken], reached[taken] = (margin[better] for margin in margins)
    if access.windows:
        open_ = {window.hemisphere for window in access.windows}
        gained[np.isin(right, [name == "rh" for name in HEMISPHERES if name not in open_])] = -np.inf
    return {"access": gained, "approach": turned, "reach": reached}


def exact_region_margin(
    walls: Sequence[ExactWall], entry_mm: FloatArray, tip_mm: FloatArray, reach_mm: float = 5.0
) -> FloatArray:
    """Distance ``(T,)`` of whole shafts' axes to the nearest forbidden solid, negative inside; mm, up to `reach_mm`."""
    found = np.full(len(entry_mm), np.inf)
    for wall in walls:
        found = np.minimum(found, wall.clearance(entry_mm, tip_mm, reach_mm))
    return found


def exact_angle_margin(
    normals: Mapping[HemisphereName, ExactNormals],
    entry_mm: FloatArray,
    unit: FloatArray,
    right: NDArray[np.bool_],
    limit_deg: float,
) -> FloatArray:
    """The limit less the angle ``(T,)`` between direction and inward pial normal at the entry, degrees."""
    found = np.full(len(entry_mm), np.inf)
    for name, surface in normals.items():
        rows = np.flatnonzero(right == (name == "rh"))
        if len(rows):
            found[rows] = limit_deg - _between_deg(unit[rows], -surface.at(entry_mm[rows]))
    return found


def _margins(
    window: Window,
    pials: Mapping[HemisphereName, ExactMesh],
    entry: FloatArray,
    unit: FloatArray,
    tip: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    centre, axis = np.array(window.centre_mm), np.array(window.axis)
    depth = ((tip - entry) * unit).sum(axis=1)
    if window.surface == "pial":
        back, way = np.zeros(len(entry)), np.full(len(entry), WAY_MM)
        off = np.linalg.norm(entry - centre, axis=1)
        seen = [pials[window.hemisphere]] if window.hemisphere in pials else []
    else:
        slope = np.maximum(unit @ axis, LEAST_SLOPE)
        back = ((entry - centre) @ axis) / slope
        met = entry - back[:, None] * unit
        # At less than the least slope the point is beside the plane; how far aside it is counts.
        off = np.linalg.norm(np.cross(met - centre, axis), axis=1)
        way = np.minimum(np.maximum(back, WAY_MM), FARTHEST_MM)
        seen = list(pials.values())
    blocked = np.zeros(len(entry))
    for pial in seen:
        blocked += length_inside(pial, entry - START_MM * unit, entry - way[:, None] * unit)
    free = window.radius_mm - off
    gained = np.where(blocked > 0, np.minimum(free, -blocked), free)
    turned = window.cone_deg - _between_deg(unit, np.broadcast_to(axis, unit.shape))
    reached = np.full(len(entry), np.inf) if window.reach_mm is None else window.reach_mm - back - depth
    return gained, turned, reached


def length_inside(pial: ExactMesh, start: FloatArray, end: FloatArray) -> FloatArray:
    """How much ``(T,)`` of each segment lies inside: its pieces between crossings, each judged by its middle."""
    length = np.linalg.norm(end - start, axis=1)
    parts = np.maximum(np.ceil(length / STRETCH_MM), 1).astype(np.int64)
    of = np.repeat(np.arange(len(length)), parts)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
    low, high = (length[of] * (rank + step) / parts[of] for step in (0, 1))
    along = (end - start) / np.maximum(length, 1e-300)[:, None]
    stretch, at, _ = pial.crossings(start[of] + low[:, None] * along[of], start[of] + high[:, None] * along[of])
    row = np.concatenate([of, of, of[stretch]])
    cut = np.concatenate([low, high, low[stretch] + at])
    order = np.lexsort((cut, row))
    row, cut = row[order], cut[order]
    piece = np.flatnonzero((row[1:] == row[:-1]) & (cut[1:] > cut[:-1]))
    row, cut, until = row[piece], cut[piece], cut[piece + 1]
    inside = pial.inside(start[row] + ((cut + until) / 2)[:, None] * along[row])
    return np.asarray(np.bincount(row[inside], (until - cut)[inside], minlength=len(length)), dtype=np.float64)


def _between_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    """Angle ``(T,)`` between unit vectors, by the chord between them, which is exact at small angles too."""
    chord = np.minimum(np.linalg.norm(a - b, axis=1), np.linalg.norm(a + b, axis=1))
    angle = np.degrees(2 * np.arcsin(np.clip(chord / 2, 0.0, 1.0)))
    return np.asarray(np.where((a * b).sum(axis=1) < 0, 180.0 - angle, angle))
