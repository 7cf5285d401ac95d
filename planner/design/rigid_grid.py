"""A rigid grid of shanks pushed straight into a hemisphere: four numbers say where all its contacts are.

The device is that of van Hoof et al. 2025 (*Optimal placement of high-channel visual prostheses in human retinotopic
visual cortex*, J. Neural Eng. 22): 10 × 10 shanks 1 mm apart with ten contacts each, placed by two angles, an offset
from the base and the shanks' length. How the angles are counted, where the base is and how contacts are spread over a
shank are ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.spatial import ConvexHull
from torch import Tensor

from planner.anatomy.hemisphere import V1, Hemisphere

PARAMETERS: Final = ("azimuth_deg", "elevation_deg", "offset_mm", "length_mm")
LOWEST: Final = (-90, -15, 0, 10)
HIGHEST: Final = (90, 90, 40, 40)
"""Whole numbers within which a pose is searched: from behind to either side and straight above, not from far below.

The length's are the paper's; the others are remembered of it, not checked. Elevation's upper end, and the angles' zero
and sense, are ours.
"""


@dataclass(frozen=True)
class RigidGrid:
    """A square grid of straight shanks.

    Attributes
    ----------
    shanks : int
        Along each edge of the grid.
    contacts : int
        On each shank, evenly spread over its length, half a gap from its ends (ours): a shank of 10 mm with ten
        contacts has them 1 mm apart, as the shanks are.
    pitch_mm : float
        Between neighbouring shanks.
    """

    shanks: int = 10
    contacts: int = 10
    pitch_mm: float = 1.0


@dataclass(frozen=True, eq=False)
class Approach:
    """What a grid is aimed at, and the hull that it is pushed through.

    Attributes
    ----------
    aim_mm : (3,)
        The grid's axis runs through it, scanner RAS.
    lateral : float
        1 where lateral is +x (the right hemisphere), −1 where it is −x.
    normals : (F, 3)
        Outward unit normals of the facets of pial's convex hull.
    levels_mm : (F,)
        A point p is inside where ``normals · p ≤ levels``.
    """

    aim_mm: Tensor
    lateral: float
    normals: Tensor
    levels_mm: Tensor


def prepare_approach(hemisphere: Hemisphere) -> Approach:
    """Aim at the median of V1's gray matter, half-way between white and pial, through the hull of pial.

    The median is taken for each coordinate; where it does not lie in gray matter itself, it is the aim all the same.
    """
    inside = hemisphere.retinotopy.area == V1
    middle = (hemisphere.pial_mm[inside] + hemisphere.white_mm[inside]) / 2
    facets = ConvexHull(hemisphere.pial_mm).equations
    return Approach(
        aim_mm=torch.from_numpy(np.median(middle, axis=0)),
        lateral=1.0 if hemisphere.name == "rh" else -1.0,
        normals=torch.from_numpy(facets[:, :3].copy()),
        levels_mm=torch.from_numpy(-facets[:, 3]),
    )


def grid_contacts(poses: Tensor, approach: Approach, grid: RigidGrid) -> Tensor:
    """Contacts ``(B, N, 3)`` of poses ``(B, 4)``, scanner RAS mm, differentiable in the poses.

    Parameters
    ----------
    poses : (B, 4) float64
        In the order of `PARAMETERS`. Both angles zero: straight from behind. Azimuth turns the base towards the
        hemisphere's lateral side, elevation lifts it. The base is where the axis leaves the hull; the shanks begin
        `offset_mm` below it.
    approach : Approach
    grid : RigidGrid
    """
    half = (grid.shanks - 1) / 2
    across = (torch.arange(grid.shanks, dtype=poses.dtype) - half) * grid.pitch_mm
    down = (torch.arange(grid.contacts, dtype=poses.dtype) + 0.5) / grid.contacts
    return _placed(poses, approach, across, down)


def outside_hull_mm(poses: Tensor, approach: Approach, grid: RigidGrid) -> Tensor:
    """How far ``(B,)`` a grid's farthest corner is beyond the plane of a facet of the hull; negative inside.

    A hull is convex: with its eight corners, the shanks' ends, all of a grid is inside.
    """
    half = (grid.shanks - 1) / 2 * grid.pitch_mm
    corners = _placed(poses, approach, torch.tensor([-half, half], dtype=poses.dtype), torch.arange(2.0).to(poses))
    return (corners @ approach.normals.T - approach.levels_mm).amax(dim=(1, 2))


def _placed(poses: Tensor, approach: Approach, across: Tensor, down: Tensor) -> Tensor:
    """Points at all pairs of `across` (mm) and shares `down` of the shanks' length."""
    sideways, upright, outward = _axes(poses[:, :2], approach.lateral)
    base = approach.aim_mm + _depth_mm(outward, approach)[:, None] * outward
    depth = poses[:, 2:3] + poses[:, 3:4] * down
    points = (
        base[:, None, None, None]
        + across[:, None, None, None] * sideways[:, None, None, None]
        + across[:, None, None] * upright[:, None, None, None]
        - depth[:, None, None, :, None] * outward[:, None, None, None]
    )
    return points.reshape(len(poses), -1, 3)


def _axes(angles_deg: Tensor, lateral: float) -> tuple[Tensor, Tensor, Tensor]:
    """The grid's two edges and the way out, unit vectors ``(B, 3)``; a hemisphere's are the other's mirror image."""
    azimuth, elevation = torch.deg2rad(angles_deg).unbind(-1)
    sin_a, cos_a, sin_e, cos_e = azimuth.sin(), azimuth.cos(), elevation.sin(), elevation.cos()
    sideways = torch.stack([lateral * cos_a, sin_a, torch.zeros_like(sin_a)], dim=-1)
    upright = torch.stack([-lateral * sin_a * sin_e, cos_a * sin_e, cos_e], dim=-1)
    outward = torch.stack([lateral * sin_a * cos_e, -cos_a * cos_e, sin_e], dim=-1)
    return sideways, upright, outward


def _depth_mm(outward: Tensor, approach: Approach) -> Tensor:
    """How far ``(B,)`` from the aim the hull is left in directions ``(B, 3)``: at the first facet that is met."""
    speed = outward @ approach.normals.T
    left = approach.levels_mm - approach.normals @ approach.aim_mm
    leaving = speed > 1e-9
    return torch.where(leaving, left / torch.where(leaving, speed, 1.0), torch.inf).amin(dim=1)


def on_bounds(pose: tuple[int, ...]) -> tuple[str, ...]:
    """Names of the parameters of a pose that are as low or as high as they may be."""
    ends = zip(PARAMETERS, pose, LOWEST, HIGHEST, strict=True)
    return tuple(name for name, value, low, high in ends if value in (low, high))
