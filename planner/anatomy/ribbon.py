"""Ribbon coordinates: a point in the gray matter ↔ its cortical column and depth, exactly and differentiably.

The white and pial corners of one triangle span a prism whose inside is ``Σ lᵢ ((1−d) Pᵢ + d Wᵢ)``, with barycentric
coordinates ``l`` and depth ``d`` from 0 on pial to 1 on white. Neighbouring prisms share their ruled side faces, so the
coordinates are continuous across triangles. The prism is inverted by Newton's method; the gradient is the inverse
Jacobian. No voxel
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
FIRST_STEPS, FINALISTS, LAST_STEPS = 2, 4, 5  # of Newton's method
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
        pial = hemisphere.pial_mm[self.corners]
        inward = hemisphere.white_mm[self.corners] - pial
        self._terms = _terms(pial, inward)
        self._thickness = np.linalg.norm(inward, axis=2).mean(axis=1)
        self._edge = np.linalg.norm(pial - np.roll(pial, 1, axis=1), axis=2).mean(axis=1)
        v1 = hemisphere.retinotopy.area == V1
        self._v1 = torch.from_numpy(v1.astype(np.float64)[self.corners])
        filled = hemisphere.retinotopy.filled
        self._filled = None if filled is None else torch.from_numpy(filled.astype(np.float64)[self.corners])
        self._field = torch.from_numpy(_extended(hemisphere.field_deg, v1, self.corners)[self.corners])
        middles = [pial.mean(axis=1) + depth * inward.mean(axis=1) for depth in DEPTHS]
        self._tree = cKDTree(np.concatenate(middles))

    def locate(self, points_mm: Tensor) -> RibbonCoordinates:
        """Coordinates of points ``(N, 3)`` in scanner RAS mm, differentiable in the points."""
        points = points_mm.to(torch.float64)
        query = np.ascontiguousarray(points.detach().numpy().T)
        face, start = self._search(query)
        inverse, residual = _linearised(self._terms[..., face], start, query)
        solution = torch.from_numpy(start + (inverse * residual).sum(axis=1)).T
        # By the implicit function theorem the coordinates move with the point by the inverse Jacobian.
        moved = torch.from_numpy(inverse).permute(2, 0, 1) @ (points - points.detach())[..., None]
        u, v, depth = (solution + moved[..., 0]).unbind(-1)
        barycentric = torch.stack([1 - u - v, u, v], dim=-1)
        thickness, edge = torch.from_numpy(self._thickness[face]), torch.from_numpy(self._edge[face])
        outside = torch.relu(-barycentric).sum(dim=-1) * edge + (torch.relu(-depth) + torch.relu(depth - 1)) * thickness
        return RibbonCoordinates(torch.from_numpy(face), barycentric, depth, outside)

    def field(self, at: RibbonCoordinates) -> Tensor:
        """Visual field ``(N, 2)`` in degrees; continued smoothly a little beyond V1's edge."""
        return (at.barycentric.clamp(-1.0, 2.0)[..., None] * self._field[at.face]).sum(dim=1)

    def filled(self, at: RibbonCoordinates) -> Tensor:
        """Share ``(N,)`` of what `field` says that is a gap's filling; 0 where the map has none."""
        if self._filled is None:
            return torch.zeros_like(at.depth)
        return (at.barycentric.clamp(0.0, 1.0) * self._filled[at.face]).sum(dim=1).clamp(0.0, 1.0)

    def v1_share(self, at: RibbonCoordinates) -> Tensor:
        """How much ``(N,)`` of V1 a column is: 1 within, 0 outside, between them in the triangles of its border."""
        return (at.barycentric * self._v1[at.face]).sum(dim=1).clamp(0.0, 1.0)

    def usable(self, at: RibbonCoordinates, gap_mm: Tensor | float = 0.0) -> Tensor:
        """Share ``(N,)`` of a phosphene that a contact evokes: 1 in V1's gray matter, fading to 0 outside (ours).

        What is no farther from it than `gap_mm` counts as in it: contacts of a surface device.
        """
        return self.v1_share(at) * torch.exp(-((torch.relu(at.outside_mm - gap_mm) / FADE_MM) ** 2))

    def _search(self, points: FloatArray) -> tuple[IntArray, FloatArray]:
        """The prism that holds each of the points ``(3, N)``, or is nearest, and (u, v, depth) ``(3, N)`` in it."""
        count = points.shape[1]
        _, sample = self._tree.query(points.T, k=CANDIDATES)
        face: IntArray = np.asarray(sample, dtype=np.int64) % len(self.corners)
        start = np.full((3, face.size), 1 / 3)
        start[2] = 0.5
        # A few steps tell which candidates are worth the rest of the way.
        for steps, keep in ((FIRST_STEPS, FINALISTS), (LAST_STEPS, 1)):
            tried = face.shape[1]
            solution, score = self._newton(face.ravel(), start, np.repeat(points, tried, axis=1), steps)
            best = np.argsort(score.reshape(count, tried), axis=1)[:, :keep]
            rows = (np.arange(count)[:, None] * tried + best).ravel()
            face, start = face.ravel()[rows].reshape(count, keep), solution[:, rows]
        return face[:, 0], start

    def _newton(
        self, face: IntArray, start: FloatArray, points: FloatArray, steps: int
    ) -> tuple[FloatArray, FloatArray]:
        """Newton's method in all given prisms at once; also a score ``(M,)``, about the mm outside, less inside."""
        terms = self._terms[..., face]
        solution = start
        for _ in range(steps):
            inverse, residual = _linearised(terms, solution, points)
            solution = solution + np.clip((inverse * residual).sum(axis=1), -1.0, 1.0)
        _, residual = _linearised(terms, solution, points)
        u, v, depth = solution
        w = 1 - u - v
        sideways = np.maximum(-u, 0) + np.maximum(-v, 0) + np.maximum(-w, 0)
        outside = (
            sideways * self._edge[face] + (np.maximum(-depth, 0) + np.maximum(depth - 1, 0)) * self._thickness[face]
        )
        inside = np.minimum(np.minimum(np.minimum(u, v), w), np.minimum(depth, 1 - depth))
        # Inside several prisms (surfaces that cross themselves) the deepest inside wins; unsolved ones come last.
        score = outside - 1e-6 * inside + np.sqrt((residual**2).sum(axis=0))
        return solution, np.nan_to_num(score, nan=np.inf)


def _terms(pial: FloatArray, inward: FloatArray) -> FloatArray:
    """Coefficients ``(6, 3, G)`` p e₁ e₂ n f₁ f₂ of the prism maps ``p + u e₁ + v e₂ + d (n + u f₁ + v f₂)``."""
    terms = [pial[:, 0], pial[:, 1] - pial[:, 0], pial[:, 2] - pial[:, 0]]
    terms += [inward[:, 0], inward[:, 1] - inward[:, 0], inward[:, 2] - inward[:, 0]]
    return np.ascontiguousarray(np.stack(terms).transpose(0, 2, 1))


def _linearised(terms: FloatArray, solution: FloatArray, points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Inverse Jacobian ``(3, 3, M)`` of the prism maps at (u, v, depth), and what is left to the points ``(3, M)``."""
    corner, e1, e2, normal, f1, f2 = terms
    u, v, depth = solution
    along_u, along_v, along_depth = e1 + depth * f1, e2 + depth * f2, normal + u * f1 + v * f2
    rows = np.stack([_cross(along_v, along_depth), _cross(along_depth, along_u), _cross(along_u, along_v)])
    volume = (along_u * rows[0]).sum(axis=0)
    volume = np.where(np.abs(volume) < 1e-12, 1e-12, volume)
    return rows / volume, points - (corner + u * e1 + v * e2 + depth * along_depth)


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross products of vectors ``(3, M)``."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


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
        total = np.stack(
            [np.bincount(end[used], weights=values[start[used], axis], minlength=len(known)) for axis in (0, 1)], 1
        )
        new = count > 0
        values[new] = total[new] / count[new, None]
        known |= new
    return values
