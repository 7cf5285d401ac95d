"""Ribbon coordinates: a point in the gray matter ↔ its cortical column and depth, exactly and differentiably.

The white and pial corners of one triangle span a prism whose inside is ``Σ lᵢ ((1−d) Pᵢ + d Wᵢ)``, with barycentric
``l`` and depth ``d`` from 0 on pial to 1 on white. Neighbouring prisms share their ruled side faces, so the coordinates
are continuous across triangles. The prism is inverted by Newton's method; the gradient is the inverse Jacobian. No voxel
blurs the two banks of a sulcus together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from planner.anatomy.hemisphere import V1, Hemisphere
from planner.frames import FloatArray, IntArray

RINGS = 8  # of triangles kept around V1, so that a point just outside still has coordinates
DEPTHS = (0.1, 0.3, 0.5, 0.7, 0.9)
CANDIDATES = 16
NEWTON_STEPS = 7
FADE_MM = 0.15  # ours: how quickly a contact outside the ribbon loses its phosphene


@dataclass(frozen=True, eq=False)
class RibbonCoordinates:
    """Where N points are in the ribbon.

    Attributes
    ----------
    face : (N,) int64
        Row of `Ribbon.corners`.
    barycentric : (N, 3)
        Place in the triangle; sums to one, within [0, 1] inside.
    depth : (N,)
        0 on pial, 1 on white; beyond that outside the ribbon.
    outside_mm : (N,)
        About how far outside its prism a point is; 0 inside.
    """

    face: Tensor
    barycentric: Tensor
    depth: Tensor
    outside_mm: Tensor


class Ribbon:
    """The gray matter in and around V1 of one hemisphere, as prisms.

    Attributes
    ----------
    corners : (G, 3) int64
        Vertices of each prism's triangle, in the hemisphere's numbering.
    """

    def __init__(self, hemisphere: Hemisphere) -> None:
        patch = _patch(hemisphere)
        self.corners: IntArray = hemisphere.faces[patch]
        self._pial = torch.from_numpy(hemisphere.pial_mm[self.corners])
        self._inward = torch.from_numpy(hemisphere.white_mm[self.corners]) - self._pial
        self._thickness = self._inward.norm(dim=-1).mean(dim=-1)
        self._edge = (self._pial - self._pial.roll(1, dims=1)).norm(dim=-1).mean(dim=-1)
        v1 = hemisphere.retinotopy.area == V1
        self._v1 = torch.from_numpy(v1.astype(np.float64)[self.corners])
        self._field = torch.from_numpy(_extended(hemisphere.field_deg, v1, self.corners)[self.corners])
        middles = (self._pial.mean(dim=1)[None] + torch.tensor(DEPTHS)[:, None, None] * self._inward.mean(dim=1)).reshape(-1, 3)
        self._tree = cKDTree(middles.numpy())

    def locate(self, points_mm: Tensor) -> RibbonCoordinates:
        """Coordinates of points ``(N, 3)`` in scanner RAS mm, differentiable in the points."""
        points = points_mm.to(torch.float64)
        face, start = self._search(points.detach())
        inverse, residual = self._linearise(face, start, points)
        solution = start + (inverse @ residual[..., None])[..., 0]
        u, v, depth = solution.unbind(-1)
        barycentric = torch.stack([1 - u - v, u, v], dim=-1)
        return RibbonCoordinates(face, barycentric, depth, self._outside(face, barycentric, depth))

    def field(self, at: RibbonCoordinates) -> Tensor:
        """Visual field ``(N, 2)`` in degrees; continued smoothly a little beyond V1's edge."""
        return (at.barycentric.clamp(-1.0, 2.0)[..., None] * self._field[at.face]).sum(dim=1)

    def usable(self, at: RibbonCoordinates) -> Tensor:
        """Share ``(N,)`` in [0, 1] of a phosphene that a contact evokes: 1 in V1's gray matter, fading outside (ours)."""
        v1 = (at.barycentric * self._v1[at.face]).sum(dim=1).clamp(0.0, 1.0)
        return v1 * torch.exp(-((at.outside_mm / FADE_MM) ** 2))

    def _search(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """The prism that holds each point (or is nearest) and the coordinates (u, v, depth) in it, without gradient."""
        _, sample = self._tree.query(points.numpy(), k=CANDIDATES)
        candidates = torch.from_numpy(np.asarray(sample, dtype=np.int64)) % len(self.corners)
        face = candidates.reshape(-1)
        target = points.repeat_interleave(CANDIDATES, dim=0)
        solution = torch.tensor([1 / 3, 1 / 3, 0.5], dtype=torch.float64).expand(len(face), 3)
        for _ in range(NEWTON_STEPS):
            inverse, residual = self._linearise(face, solution, target)
            solution = solution + (inverse @ residual[..., None])[..., 0].clamp(-1.0, 1.0)
        u, v, depth = solution.unbind(-1)
        barycentric = torch.stack([1 - u - v, u, v], dim=-1)
        _, residual = self._linearise(face, solution, target)
        inside = torch.minimum(barycentric.amin(dim=-1), torch.minimum(depth, 1 - depth))
        # Inside several prisms (surfaces that cross themselves) the deepest inside wins; unsolved ones come last.
        score = self._outside(face, barycentric, depth) - 1e-6 * inside + residual.norm(dim=-1)
        best = score.nan_to_num(nan=torch.inf).reshape(-1, CANDIDATES).argmin(dim=1)
        rows = torch.arange(len(points)) * CANDIDATES + best
        return face[rows], solution[rows]

    def _linearise(self, face: Tensor, solution: Tensor, points: Tensor) -> tuple[Tensor, Tensor]:
        """Inverse Jacobian ``(M, 3, 3)`` of the prism map at `solution` and what is left to the points ``(M, 3)``."""
        u, v, depth = (c[:, None] for c in solution.unbind(-1))
        pial, inward = self._pial[face], self._inward[face]
        layer = pial + depth[..., None] * inward
        along_u, along_v = layer[:, 1] - layer[:, 0], layer[:, 2] - layer[:, 0]
        along_depth = inward[:, 0] + u * (inward[:, 1] - inward[:, 0]) + v * (inward[:, 2] - inward[:, 0])
        rows = torch.stack(
            [
                torch.linalg.cross(along_v, along_depth),
                torch.linalg.cross(along_depth, along_u),
                torch.linalg.cross(along_u, along_v),
            ],
            dim=1,
        )
        volume = (along_u * rows[:, 0]).sum(dim=-1)
        volume = torch.where(volume.abs() < 1e-12, volume.new_tensor(1e-12), volume)
        return rows / volume[:, None, None], points - (layer[:, 0] + u * along_u + v * along_v)

    def _outside(self, face: Tensor, barycentric: Tensor, depth: Tensor) -> Tensor:
        sideways = torch.relu(-barycentric).sum(dim=-1) * self._edge[face]
        return sideways + (torch.relu(-depth) + torch.relu(depth - 1)) * self._thickness[face]


def _patch(hemisphere: Hemisphere) -> IntArray:
    near = hemisphere.retinotopy.area == V1
    for _ in range(RINGS):
        touched = hemisphere.faces[near[hemisphere.faces].any(axis=1)]
        near = near.copy()
        near[touched] = True
    return np.flatnonzero(near[hemisphere.faces].all(axis=1))


def _extended(field_deg: FloatArray, known: np.typing.NDArray[np.bool_], faces: IntArray) -> FloatArray:
    """Carry the field from V1 outward ring by ring, each new vertex taking the mean of its known neighbours."""
    values, known = np.where(known[:, None], field_deg, 0.0), known.copy()
    start = np.concatenate([faces[:, [0, 1, 2]].ravel(), faces[:, [1, 2, 0]].ravel()])
    end = np.concatenate([faces[:, [1, 2, 0]].ravel(), faces[:, [0, 1, 2]].ravel()])
    for _ in range(RINGS + 1):
        used = known[start] & ~known[end]
        count = np.bincount(end[used], minlength=len(known))
        total = np.stack([np.bincount(end[used], weights=values[start[used], axis], minlength=len(known)) for axis in (0, 1)], 1)
        new = count > 0
        values[new] = total[new] / count[new, None]
        known |= new
    return values
