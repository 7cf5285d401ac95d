"""Distance from straight shafts to closed walls, differentiable in the shafts: the smooth side's meshes.

A point's signed distance to a wall is its distance to the nearest triangle, negative where the winding number is not
zero, so that parts of a wall may overlap. A shaft's is the least of its points'. Where parts overlap, triangles within
the lumen count too, so a penetration is at least as deep as is said; whether there is one does not depend on them.
"""

from __future__ import annotations

import igl
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from planner.frames import FloatArray, IntArray

TOLERANCE_MM = 1e-3
"""Outside, a shaft's distance is at most this much more than the true one; by far the most are exact."""
DEPTH_STEP_MM = 0.1
"""Shafts that penetrate are sampled at this spacing, then thrice more around the deepest sample."""
_FINER = np.linspace(-1.0, 1.0, 9)
_ROUNDS = 60  # of halving: even a shaft of a metre is then cut finer than rounding


class Wall:
    """A closed surface with an AABB tree and a hierarchy of winding numbers, built once.

    Parameters
    ----------
    vertices_mm : (V, 3) float64
    faces : (F, 3) int64
        Closed and outward; parts may overlap.
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._vertices = np.ascontiguousarray(vertices_mm, dtype=np.float64)
        self._faces = np.ascontiguousarray(faces, dtype=np.int64)
        self._low, self._high = self._vertices.min(axis=0), self._vertices.max(axis=0)
        self._tree = igl.AABB()
        self._tree.init(self._vertices, self._faces)
        self._winding = igl.FastWindingNumberBVH()
        self._winding.init(self._vertices, self._faces)

    def clearance(self, start_mm: Tensor, end_mm: Tensor, reach_mm: float = 5.0) -> Tensor:
        """Distance ``(T,)`` from each shaft's axis to the wall, negative where it is in the lumen.

        The point of the shaft that counts is found without gradient; by the envelope theorem the gradient is that of
        this point's distance to the point of the wall that is nearest to it, both held fixed.

        Parameters
        ----------
        start_mm, end_mm : (T, 3) float tensor
            Ends of the shafts; they may coincide.
        reach_mm : float
            Given, without gradient, where the wall is farther than this.
        """
        first = start_mm.detach().cpu().double().numpy()
        along = end_mm.detach().cpu().double().numpy() - first
        capped = torch.full((len(first),), reach_mm, dtype=start_mm.dtype, device=start_mm.device)
        near = np.flatnonzero(self._box_distance(first, along) < reach_mm)
        if len(near) == 0:
            return capped
        first, along = first[near], along[near]
        inside = self._inside(first)
        at, apart = self._nearest(first, along, np.where(inside, np.inf, reach_mm))
        deep = np.flatnonzero(inside | (apart <= TOLERANCE_MM))
        at[deep], penetrates = self._deepest(first[deep], along[deep], at[deep])
        sign = np.ones(len(near))
        sign[deep[penetrates]] = -1.0
        kept = np.isfinite(apart) & ((sign < 0) | (apart < reach_mm))
        near, at, sign = near[kept], at[kept], sign[kept]
        _, _, wall = self._closest(first[kept] + at[:, None] * along[kept])

        where, s, point, side = (torch.from_numpy(x).to(start_mm.device) for x in (near, at[:, None], wall, sign))
        shaft_mm = start_mm[where].double() * (1.0 - s) + end_mm[where].double() * s
        square = (shaft_mm - point).square().sum(dim=1)
        away = square > 0.0
        gap = side * torch.where(away, torch.where(away, square, 1.0).sqrt(), 0.0)
        return capped.index_put((where,), gap.to(start_mm.dtype).clamp_max(reach_mm))

    def _box_distance(self, first: FloatArray, along: FloatArray) -> FloatArray:
        """A lower bound of each shaft's distance, from its box to the wall's."""
        low, high = np.minimum(first, first + along), np.maximum(first, first + along)
        gap = np.maximum(np.maximum(self._low - high, low - self._high), 0.0)
        return np.asarray(np.linalg.norm(gap, axis=1))

    def _inside(self, points: FloatArray) -> NDArray[np.bool_]:
        return np.asarray(np.abs(self._winding.winding_number(np.ascontiguousarray(points), 2.0)) > 0.5)

    def _closest(self, points: FloatArray) -> tuple[FloatArray, IntArray, FloatArray]:
        """Distance, face and point of the wall nearest to each point."""
        if len(points) == 0:
            return np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros((0, 3))
        square, face, nearest = self._tree.squared_distance(self._vertices, self._faces, np.ascontiguousarray(points))
        return np.sqrt(square), face, nearest.reshape(-1, 3)

    def _nearest(self, first: FloatArray, along: FloatArray, bound: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Where on each shaft, as a fraction, its unsigned distance is least, and that distance; inf beyond `bound`.

        Branch and bound. No wall lies in the ball about a point of the shaft whose radius is the point's distance; what
        the balls of two points leave of the shaft between them is no nearer to any wall than the circle in which they
        meet (ours: a bound that is quadratic in the step, where Lipschitz's alone is linear).
        """
        length = np.linalg.norm(along, axis=1)
        row = np.arange(len(first))
        best_at, best, best_face = np.zeros(len(first)), np.full(len(first), np.inf), np.zeros(len(first), np.int64)

        def look(shaft: IntArray, at: FloatArray) -> FloatArray:
            distance, face, _ = self._closest(first[shaft] + at[:, None] * along[shaft])
            order = np.lexsort((distance, shaft))
            met, place = np.unique(shaft[order], return_index=True)
            leads = order[place]
            better = distance[leads] < best[met]
            met, leads = met[better], leads[better]
            best[met], best_at[met], best_face[met] = distance[leads], at[leads], face[leads]
            return distance

        low, high = np.zeros(len(first)), np.ones(len(first))
        at_low, at_high = look(row, low), look(row, high)
        shaft = row
        for _ in range(_ROUNDS):
            gap = (high - low) * length[shaft]
            with np.errstate(divide="ignore", invalid="ignore"):
                meet = 0.5 * (gap + (at_low - at_high) * (at_low + at_high) / gap)
            between = (meet > 0.0) & (meet < gap)
            ring = np.where(between, np.maximum(at_low**2 - meet**2, 0.0), np.minimum(at_low, at_high) ** 2)
            least = np.minimum(np.sqrt(ring), np.minimum(at_low, at_high))
            aim = np.minimum(best, bound)[shaft] - TOLERANCE_MM
            open_ = (least < aim) & (gap > 0.5 * TOLERANCE_MM) & (best[shaft] > TOLERANCE_MM)
            if not open_.any():
                break
            shaft, low, high, at_low, at_high = (x[open_] for x in (shaft, low, high, at_low, at_high))
            share = np.where(between[open_], meet[open_] / np.maximum(gap[open_], 1e-300), 0.5)
            middle = low + np.clip(share, 0.25, 0.75) * (high - low)
            at_middle = look(shaft, middle)
            shaft, low, high = np.tile(shaft, 2), np.concatenate([low, middle]), np.concatenate([middle, high])
            at_low, at_high = np.concatenate([at_low, at_middle]), np.concatenate([at_middle, at_high])
        for _ in range(2):
            rows = np.flatnonzero((best < bound) & (best > TOLERANCE_MM))
            look(rows, self._on_edges(first[rows], along[rows], best_face[rows]))
        return best_at, np.where(best < bound, best, np.inf)

    def _on_edges(self, first: FloatArray, along: FloatArray, face: IntArray) -> FloatArray:
        """Where each shaft is nearest to its face's rim: there or at its own ends it is nearest to the face."""
        corners = self._vertices[self._faces[face]]
        at, apart = [], []
        for i in range(3):
            s, distance = _line_to_edge(first, along, corners[:, i], corners[:, (i + 1) % 3] - corners[:, i])
            at.append(s)
            apart.append(distance)
        return np.asarray(np.stack(at)[np.stack(apart).argmin(axis=0), np.arange(len(first))])

    def _deepest(self, first: FloatArray, along: FloatArray, at: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """Where on each shaft it is deepest in the lumen, and whether it is in it at all; else `at`."""
        if len(first) == 0:
            return at, np.zeros(0, dtype=bool)
        length = np.linalg.norm(along, axis=1)
        steps = int(np.ceil(length.max() / DEPTH_STEP_MM)) + 1
        even = np.broadcast_to(np.linspace(0.0, 1.0, steps + 1), (len(first), steps + 1))
        tried = np.concatenate([even, at[:, None]], axis=1)
        width = 1.0 / steps
        found, depth = at.copy(), np.zeros(len(first))
        for _ in range(4):
            points = (first[:, None] + tried[..., None] * along[:, None]).reshape(-1, 3)
            within = self._inside(points)
            flat = np.zeros(len(points))
            flat[within] = self._closest(points[within])[0]
            value = flat.reshape(tried.shape)
            row, column = np.arange(len(first)), value.argmax(axis=1)
            deeper = value[row, column] > depth
            found[deeper], depth[deeper] = tried[row, column][deeper], value[row, column][deeper]
            tried = np.clip(found[:, None] + width * _FINER, 0.0, 1.0)
            width /= 4.0
        return found, depth > 0.0


def _line_to_edge(p: FloatArray, d: FloatArray, a: FloatArray, e: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where segment p + s d is nearest to segment a + t e, and how near, row by row."""
    w = p - a
    dd, ee, de, dw, ew = (np.einsum("ni,ni->n", u, v) for u, v in ((d, d), (e, e), (d, e), (d, w), (e, w)))
    safe_dd, safe_ee = np.where(dd > 0.0, dd, 1.0), np.where(ee > 0.0, ee, 1.0)
    across = dd * ee - de * de
    skew = across > 1e-12 * dd * ee
    s = np.clip(np.where(skew, (de * ew - ee * dw) / np.where(skew, across, 1.0), 0.0), 0.0, 1.0)
    for _ in range(2):
        t = np.clip((de * s + ew) / safe_ee, 0.0, 1.0)
        s = np.clip((de * t - dw) / safe_dd, 0.0, 1.0)
    t = np.clip((de * s + ew) / safe_ee, 0.0, 1.0)
    return s, np.asarray(np.linalg.norm(w + s[:, None] * d - t[:, None] * e, axis=1))
