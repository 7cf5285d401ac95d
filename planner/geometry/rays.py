"""How much of a ray lies inside a closed surface, differentiable in the ray: the smooth side's obstructions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from planner.geometry.surface import Surface

_ASIDE_MM = np.array([3.1e-7, -1.7e-7, 2.3e-7])
"""Ours: rays are looked up so little aside, that none runs through a vertex or an edge, where it meets no face."""
_ALONG = 1e-12  # a ray that meets a face at less slope than this runs along it


@dataclass(frozen=True, eq=False)
class Crossings:
    """Where R rays pass a surface, in order along each ray, in and out by turns.

    Attributes
    ----------
    ray : (K,) int64
    at_mm : (K,)
        How far along the ray; carries the gradient.
    inward : (K,) bool
    last : (K,) bool
        Whether the ray passes the surface no more after that.
    within : (R,) bool
        Whether the ray passes it nowhere, being inside all along: a surface that is cut out somewhere lets it.
    """

    ray: Tensor
    at_mm: Tensor
    inward: Tensor
    last: Tensor
    within: Tensor

    def inside_mm(self, length_mm: Tensor) -> Tensor:
        """How much ``(R,)`` of the rays' first so many mm ``(R,)`` is inside.

        A ray that first comes out has started inside; one that last goes in stays there.
        """
        length = length_mm[self.ray]
        until = torch.minimum(self.at_mm, length)
        part = torch.where(self.inward, -until, until) + torch.where(self.inward & self.last, length, 0.0)
        return torch.where(self.within, length_mm, 0.0).index_add(0, self.ray, part)


def crossings(surface: Surface, start_mm: Tensor, unit: Tensor) -> Crossings:
    """Every crossing of rays from ``(R, 3)`` along unit vectors ``(R, 3)`` with a surface.

    The place is where the ray meets the face's plane, so its gradient is exact.

    Parameters
    ----------
    surface : Surface
    start_mm, unit : (R, 3) float64
        On the CPU.
    """
    start, direction = start_mm.detach().numpy(), unit.detach().numpy()
    ray, face = surface.crossed(start + _ASIDE_MM, direction)
    corner, b, c = surface.corners(face).transpose(1, 0, 2)
    normal = np.cross(b - corner, c - corner)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    slope = (normal * direction[ray]).sum(axis=1)
    at = ((corner - start[ray]) * normal).sum(axis=1)
    met = np.abs(slope) > _ALONG
    at = np.divide(at, slope, out=np.full(len(at), -1.0), where=met)
    order = np.lexsort((at, ray))
    order = order[at[order] >= 0.0]
    ray, inward = ray[order], slope[order] < 0.0
    # In and out by turns: an edge is met in both its faces. Of several ways in the first counts, of ways out the last.
    same = (ray[1:] == ray[:-1]) & (inward[1:] == inward[:-1])
    kept = ~(np.append(False, same & inward[1:]) | np.append(same & ~inward[1:], False))[: len(ray)]
    order, ray, inward = order[kept], ray[kept], inward[kept]
    last = np.append(ray[1:] != ray[:-1], True)[: len(ray)]
    within = np.bincount(ray, minlength=len(start)) == 0
    within[within] = surface.signed_distance(start_mm.detach()[torch.from_numpy(within)]).numpy() < 0.0
    of, plane = torch.from_numpy(ray), torch.from_numpy(normal[order])
    gap = ((torch.from_numpy(corner[order]) - start_mm[of]) * plane).sum(dim=1)
    turns = (torch.from_numpy(x) for x in (inward, last, within))
    return Crossings(of, gap / (unit[of] * plane).sum(dim=1), *turns)
