"""Margins of access, forbidden regions and the insertion's angle: fast and differentiable, for the optimiser.

Signed, positive = allowed. The verdict's counterpart, which shares no code with this, is `planner.design.exact_access`;
what windows mean is said in `planner.anatomy.access`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from planner.anatomy.access import (
    ACCESS_MARGINS,
    CLOSED_MM,
    FARTHEST_MM,
    LEAST_SLOPE,
    START_MM,
    WAY_MM,
    Access,
    AccessMargin,
    Window,
)
from planner.frames import HEMISPHERES, HemisphereName
from planner.geometry.rays import Crossings, crossings
from planner.geometry.surface import Surface
from planner.geometry.walls import Wall


def window_margins(
    access: Access,
    pials: Mapping[HemisphereName, Surface],
    entry_mm: Tensor,
    unit: Tensor,
    tip_mm: Tensor,
    right: Tensor,
) -> dict[AccessMargin, Tensor]:
    """Margins ``(T,)`` of shafts to the windows; `inf` where there is nothing to keep to.

    Parameters
    ----------
    access : Access
    pials : mapping of hemisphere name to Surface
        Closed; where they are cut out around V1, brain beyond is not seen in the way.
    entry_mm, unit, tip_mm : (T, 3) float64
        Scanner RAS; the direction is of length 1.
    right : (T,) bool

    Returns
    -------
    access : mm
        The window's radius less how far from its centre the shaft's line meets its plane; for a window on pial less the
        entry's distance from its centre. Where brain is in the way, minus the length of it where that is less: brain of
        either hemisphere up to the hull's window and for `WAY_MM` at least, of its own for `WAY_MM` from pial's. It
        jumps to 0 as a way that was free touches brain, and falls continuously from there.
    approach : degrees
        The cone less the angle between direction and axis.
    reach : mm
        The window's reach less the way along the shaft from its plane, or from the entry, to the tip.
    """
    found = {name: torch.full_like(entry_mm[:, 0], torch.inf) for name in ACCESS_MARGINS}
    for hemisphere in HEMISPHERES if access.windows else ():
        rows = torch.nonzero(right == (hemisphere == "rh")).squeeze(1)
        if len(rows) == 0:
            continue
        windows = access.of(hemisphere)
        if not windows:
            found["access"] = found["access"].index_fill(0, rows, -CLOSED_MM)
            continue
        shafts = entry_mm[rows], unit[rows], tip_mm[rows]
        seen = {name: pial for name, pial in pials.items() if name == hemisphere or _on_hull(windows)}
        start = shafts[0] - START_MM * shafts[1]
        brain = {name: crossings(pial, start, -shafts[1]) for name, pial in seen.items()}
        table = torch.stack([_through(window, brain, *shafts) for window in windows])  # (windows, 3, R)
        scale = torch.tensor([window.scale for window in windows], dtype=table.dtype)
        best = (table.detach() / scale[..., None]).amin(dim=1).argmax(dim=0)
        chosen = table[best, :, torch.arange(len(rows))]
        for column, name in enumerate(ACCESS_MARGINS):
            found[name] = found[name].index_put((rows,), chosen[:, column])
    return found


def region_margin(walls: Sequence[Wall], entry_mm: Tensor, tip_mm: Tensor, reach_mm: float = 5.0) -> Tensor:
    """Distance ``(T,)`` of whole shafts' axes to the nearest forbidden solid, negative inside; mm.

    Regions of either hemisphere count for every shaft. `reach_mm`, without gradient, where all are farther than that;
    `inf` where there are none.
    """
    if not walls:
        return torch.full_like(entry_mm[:, 0], torch.inf)
    return torch.stack([wall.clearance(entry_mm, tip_mm, reach_mm) for wall in walls]).amin(dim=0)


def angle_margin(
    pials: Mapping[HemisphereName, Surface], entry_mm: Tensor, unit: Tensor, right: Tensor, limit_deg: float
) -> Tensor:
    """The limit less the angle ``(T,)`` between direction and inward pial normal at the entry, degrees.

    The normal is interpolated between the angle-weighted normals of the nearest face's corners (`Surface.normal`), so
    that the margin is continuous in the entry too. `inf` for a hemisphere that is not among `pials`.
    """
    found = torch.full_like(entry_mm[:, 0], torch.inf)
    for name, pial in pials.items():
        rows = torch.nonzero(right == (name == "rh")).squeeze(1)
        inward = -pial.normal(entry_mm[rows])
        found = found.index_put((rows,), limit_deg - _angle_deg(unit[rows], inward))
    return found


def _on_hull(windows: Sequence[Window]) -> bool:
    return any(window.surface == "hull" for window in windows)


def _through(
    window: Window, brain: Mapping[HemisphereName, Crossings], entry: Tensor, unit: Tensor, tip: Tensor
) -> Tensor:
    """Access, approach and reach ``(3, R)`` of shafts and one window."""
    centre, axis = (torch.tensor(x, dtype=entry.dtype) for x in (window.centre_mm, window.axis))
    depth = ((tip - entry) * unit).sum(dim=1)
    offset = entry - centre
    if window.surface == "hull":
        height = offset @ axis
        to_plane = height / (unit @ axis).clamp_min(LEAST_SLOPE)
        aside = _norm(_across(offset, axis) - to_plane[:, None] * _across(unit, axis))
        way, seen = to_plane.clamp(WAY_MM, FARTHEST_MM), list(brain.values())
    else:
        to_plane, aside = torch.zeros_like(depth), _norm(offset)
        way, seen = torch.full_like(depth, WAY_MM), [brain[name] for name in (window.hemisphere,) if name in brain]
    blocked = sum((found.inside_mm(way - START_MM) for found in seen), torch.zeros_like(depth))
    free = window.radius_mm - aside
    access = torch.where(blocked > 0.0, torch.minimum(free, -blocked), free)
    approach = window.cone_deg - _angle_deg(unit, axis.expand_as(unit))
    none = torch.full_like(depth, torch.inf)
    reach = none if window.reach_mm is None else window.reach_mm - (to_plane + depth)
    return torch.stack([access, approach, reach])


def _across(vectors: Tensor, axis: Tensor) -> Tensor:
    """The part of vectors ``(R, 3)`` that is perpendicular to a unit vector."""
    return vectors - (vectors @ axis)[:, None] * axis


def _angle_deg(a: Tensor, b: Tensor) -> Tensor:
    return torch.rad2deg(torch.atan2(_norm(torch.linalg.cross(a, b)), (a * b).sum(dim=1)))


def _norm(vectors: Tensor) -> Tensor:
    """Length ``(R,)``, whose gradient is 0 and not undefined where it is 0."""
    square = vectors.square().sum(dim=1)
    return torch.where(square > 0.0, torch.where(square > 0.0, square, 1.0).sqrt(), 0.0)
