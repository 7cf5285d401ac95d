"""What vimplant looks for, rebuilt: how well one rigid grid's phosphenes fill a region of the visual field.

Van Hoof, Lozano, Wang, Klink, Roelfsema & Goebel 2025, *Optimal placement of high-channel visual prostheses in human
retinotopic visual cortex*, J. Neural Eng. 22. Contacts in V1's gray matter become phosphenes, with place and size from
retinotopy and cortical magnification. A pose is judged by three numbers:

- Dice coefficient ``2 |A ∩ T| / (|A| + |T|)`` of the lit part A of the field and the target T;
- yield, the share of contacts in V1's gray matter;
- Hellinger distance ``sqrt(1 − Σ sqrt(p q))`` between the phosphenes' density p and the target's q.

The paper's text was not at hand: this follows a summary of it, and none of its program was looked into. The loss's
weights are remembered, not checked. Ours are: what counts as lit, the density (every phosphene spreads a mass of one),
phosphene size (`planner.percept.cortical_sheet`), the targets and the window they are seen in, what a grid that leaves
the hull is charged, and all of the smooth form. So losses are not to be compared with the paper's.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sqrt
from typing import Final

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from planner.anatomy.hemisphere import V1, Hemisphere
from planner.anatomy.ribbon import Ribbon
from planner.design.rigid_grid import Approach, RigidGrid, grid_contacts, outside_hull_mm, prepare_approach
from planner.percept.cortical_sheet import sigma_deg
from planner.percept.magnification import eccentricity
from planner.percept.parameters import CorticalSheet

WEIGHTS: Final = (1.0, 0.1, 1.0)  # of 1 − Dice, 1 − yield and Hellinger; remembered
WORST: Final = sum(WEIGHTS)
OUTSIDE_PER_MM: Final = 0.1  # a grid outside the hull is worth `WORST` and this for every mm (ours)
LIT: Final = 0.5  # of a single phosphene's peak (ours)

REGIONS: Final[dict[str, tuple[float, float, float, float]]] = {
    "full": (0.0, 20.0, -90.0, 90.0),
    "upper": (0.0, 20.0, 0.0, 90.0),
    "lower": (0.0, 20.0, -90.0, 0.0),
    "inner": (0.0, 8.0, -90.0, 90.0),
}
"""Targets in the half of the field that a hemisphere sees (ours): from and to eccentricity, from and to elevation, deg.

Elevation is the angle above the horizontal meridian.
"""

REACH_DEG: Final = 40.0  # of the window, up, down and to its own side: twice a target, so that light beside it counts
ACROSS_DEG: Final = 10.0  # of the window beyond the vertical meridian
PIXEL_DEG: Final = 0.5


@dataclass(frozen=True, eq=False)
class Target:
    """A region of the visual field on a grid of pixels.

    Attributes
    ----------
    x_edges_deg : (W + 1,)
    y_edges_deg : (H + 1,)
        Rising.
    inside : (W, H) float64
        1 for pixels whose centre belongs to the region, else 0.
    """

    x_edges_deg: Tensor
    y_edges_deg: Tensor
    inside: Tensor


@dataclass(frozen=True)
class Softness:
    """How much the smooth form is smoothed; towards zero it becomes the exact one.

    Attributes
    ----------
    gray_mm : float
        How quickly a contact outside the gray matter stops counting.
    border : float
        Half-width of the step at V1's border, as a share of V1 in a column.
    lit : float
        Width of the step from dark to lit, in peaks of a phosphene.
    """

    gray_mm: float
    border: float
    lit: float


@dataclass(frozen=True, eq=False)
class Terms:
    """What B poses are worth.

    Attributes
    ----------
    loss, dice, grid_yield, hellinger : (B,)
    outside_mm : (B,)
        How far the grid leaves the hull; negative inside.
    """

    loss: Tensor
    dice: Tensor
    grid_yield: Tensor
    hellinger: Tensor
    outside_mm: Tensor


class Objective:
    """Poses of a grid in one hemisphere → what they are worth.

    Parameters
    ----------
    hemisphere : Hemisphere
    target : Target
    grid : RigidGrid, optional
    """

    def __init__(self, hemisphere: Hemisphere, target: Target, grid: RigidGrid | None = None) -> None:
        self.target = target
        self.grid = grid or RigidGrid()
        self.approach: Approach = prepare_approach(hemisphere)
        self._ribbon = Ribbon(hemisphere)
        # All of a prism is within its corners' distance from its middle: contacts farther from V1 need no look-up.
        faces = hemisphere.faces[(hemisphere.retinotopy.area == V1)[hemisphere.faces].any(axis=1)]
        corners = np.concatenate([hemisphere.pial_mm[faces], hemisphere.white_mm[faces]], axis=1)
        middles = corners.mean(axis=1)
        self._reach_mm = float(np.linalg.norm(corners - middles[:, None], axis=2).max())
        self._near = cKDTree(middles)

    def exact(self, poses: Tensor) -> Terms:
        """Worth of poses ``(B, 4)``: contacts and pixels counted one by one; without gradient.

        A grid that leaves the hull has a loss above every grid inside.
        """
        with torch.no_grad():
            dice, grid_yield, hellinger, outside_mm = self._terms(poses.to(torch.float64), None)
            loss = weighted(dice, grid_yield, hellinger)
            loss = torch.where(outside_mm > 0, WORST + OUTSIDE_PER_MM * outside_mm, loss)
        return Terms(loss, dice, grid_yield, hellinger, outside_mm)

    def smooth(self, poses: Tensor, softness: Softness) -> Terms:
        """The same, differentiable in the poses; grids that leave the hull are charged by the mm."""
        dice, grid_yield, hellinger, outside_mm = self._terms(poses.to(torch.float64), softness)
        loss = weighted(dice, grid_yield, hellinger) + OUTSIDE_PER_MM * torch.relu(outside_mm)
        return Terms(loss, dice, grid_yield, hellinger, outside_mm)

    def _terms(self, poses: Tensor, softness: Softness | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        field, counted = self.phosphenes(poses, softness)
        sigma = sigma_deg(eccentricity(field), CorticalSheet())
        light, density = maps(field, sigma, counted, self.target)
        lit = (light >= LIT).to(light) if softness is None else torch.sigmoid((light - LIT) / softness.lit)
        grid_yield = counted.sum(dim=1) / (self.grid.shanks**2 * self.grid.contacts)
        outside_mm = outside_hull_mm(poses, self.approach, self.grid)
        inside = self.target.inside
        return dice_coefficient(lit, inside), grid_yield, hellinger_distance(density, inside / inside.sum()), outside_mm

    def phosphenes(self, poses: Tensor, softness: Softness | None = None) -> tuple[Tensor, Tensor]:
        """Visual field ``(B, M, 2)`` in degrees of the contacts near V1, and how far ``(B, M)`` each counts, 0 to 1."""
        contacts = grid_contacts(poses, self.approach, self.grid)
        reach = self._reach_mm + (0.0 if softness is None else 2.5 * softness.gray_mm)
        distance, _ = self._near.query(contacts.detach().numpy(), distance_upper_bound=reach)
        far = torch.from_numpy(~np.isfinite(distance))
        most = max(1, int((~far).sum(dim=1).max()))
        order = far.to(torch.uint8).argsort(dim=1, stable=True)[:, :most]
        chosen = contacts.gather(1, order[..., None].expand(-1, -1, 3)).reshape(-1, 3)
        at = self._ribbon.locate(chosen)
        v1 = self._ribbon.v1_share(at)
        if softness is None:
            counted = ((at.outside_mm <= 0) & (v1 >= 0.5)).to(torch.float64)
        else:
            step = ((v1 - 0.5) / (2 * softness.border) + 0.5).clamp(0.0, 1.0)
            counted = step * torch.exp(-((at.outside_mm / softness.gray_mm) ** 2))
        counted = torch.where(far.gather(1, order).reshape(-1), 0.0, counted)
        return self._ribbon.field(at).reshape(len(poses), most, 2), counted.reshape(len(poses), most)


def field_target(side: float, region: str = "full") -> Target:
    """A region of `REGIONS` in the right (side 1) or left (−1) half of the visual field."""
    nearest, farthest, lowest, highest = REGIONS[region]
    columns, across = round(REACH_DEG / PIXEL_DEG), round(ACROSS_DEG / PIXEL_DEG)
    x = PIXEL_DEG * torch.arange(-across, columns + 1, dtype=torch.float64)
    y = PIXEL_DEG * torch.arange(-columns, columns + 1, dtype=torch.float64)
    u, v = torch.meshgrid((x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2, indexing="ij")
    radius, elevation = torch.hypot(u, v), torch.rad2deg(torch.atan2(v, u))
    inside = (nearest <= radius) & (radius <= farthest) & (lowest <= elevation) & (elevation <= highest) & (u > 0)
    edges, mask = (x, inside) if side > 0 else (-x.flip(0), inside.flip(0))
    return Target(edges, y, mask.to(torch.float64))


def maps(field_deg: Tensor, sigma: Tensor, counted: Tensor, target: Target) -> tuple[Tensor, Tensor]:
    """Mean brightness ``(B, W, H)`` of pixels, in peaks of a phosphene, and the share of all phosphenes' mass in each.

    Both are integrals of Gaussians over pixels, so that a phosphene smaller than a pixel is neither lost nor enlarged.
    What falls outside the window is missing from the shares' sum.
    """
    columns = _shares(field_deg[..., 0], sigma, target.x_edges_deg)
    rows = _shares(field_deg[..., 1], sigma, target.y_edges_deg)
    pixel = float(target.x_edges_deg[1] - target.x_edges_deg[0]) * float(target.y_edges_deg[1] - target.y_edges_deg[0])
    light = ((counted * 2 * pi * sigma**2 / pixel)[..., None] * columns).mT @ rows
    total = counted.sum(dim=1).clamp(min=1e-12)
    return light, ((counted / total[:, None])[..., None] * columns).mT @ rows


def _shares(centre: Tensor, sigma: Tensor, edges: Tensor) -> Tensor:
    """Share ``(B, M, W)`` of Gaussians between neighbouring edges."""
    below: Tensor = torch.special.erf((edges - centre[..., None]) / (sqrt(2) * sigma[..., None])) / 2
    return below.diff(dim=-1)


def dice_coefficient(lit: Tensor, inside: Tensor) -> Tensor:
    """``2 |A ∩ T| / (|A| + |T|)`` of maps ``(B, W, H)`` of 0 to 1 with a region ``(W, H)``."""
    return 2 * (lit * inside).sum(dim=(1, 2)) / (lit.sum(dim=(1, 2)) + inside.sum())


def hellinger_distance(density: Tensor, wanted: Tensor) -> Tensor:
    """``sqrt(1 − Σ sqrt(p q))`` of shares ``(B, W, H)`` and ``(W, H)``; what p has outside the window, q has not."""
    tiny = 1e-24  # keeps the roots' derivatives finite where they are zero; 1e-12 of each pixel's sum
    overlap = ((density * wanted + tiny).sqrt() - sqrt(tiny)).sum(dim=(1, 2))
    return (1 - overlap).clamp(min=1e-12).sqrt()


def weighted(dice: Tensor, grid_yield: Tensor, hellinger: Tensor) -> Tensor:
    """The loss of grids within the hull, from 0 to `WORST`."""
    return WEIGHTS[0] * (1 - dice) + WEIGHTS[1] * (1 - grid_yield) + WEIGHTS[2] * hellinger
