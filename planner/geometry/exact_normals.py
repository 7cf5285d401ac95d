"""Normals of a surface for the verdict, from its definition: shares nothing with `planner.geometry.surface`."""

from __future__ import annotations

import numpy as np

from planner.frames import FloatArray, IntArray
from planner.geometry.exact import point_triangle
from planner.geometry.exact_search import SizeClasses


class ExactNormals:
    """Outward normals of a closed triangle mesh.

    Each vertex has the mean of its faces' normals, weighted by their angles there, as a unit vector; in a face these
    are mixed by the barycentric coordinates of the place nearest to the point asked for.

    Parameters
    ----------
    vertices_mm : (V, 3) float64
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._corners = np.asarray(vertices_mm, dtype=np.float64)[faces]
        centre = self._corners.mean(axis=1)
        self._balls = SizeClasses(centre, np.linalg.norm(self._corners - centre[:, None], axis=2).max(axis=1))
        self._at_corners = _vertex_normals(self._corners, np.asarray(faces), len(vertices_mm))[faces]

    def at(self, points_mm: FloatArray) -> FloatArray:
        """Unit normals ``(N, 3)`` where the surface is nearest to points ``(N, 3)``."""
        best, nearest = np.full(len(points_mm), np.inf), np.zeros(len(points_mm), dtype=np.int64)
        for point, face in self._balls.within(points_mm, self._balls.nearest(points_mm)):
            gap = point_triangle(points_mm[point], self._corners[face])
            order = np.lexsort((gap, point))
            met, first = np.unique(point[order], return_index=True)
            leads = order[first]
            better = gap[leads] < best[met]
            best[met[better]], nearest[met[better]] = gap[leads[better]], face[leads[better]]
        weight = _weights(points_mm, self._corners[nearest])
        normal = np.einsum("nk,nkd->nd", weight, self._at_corners[nearest])
        return np.asarray(normal / np.linalg.norm(normal, axis=1, keepdims=True))


def _vertex_normals(corners: FloatArray, faces: IntArray, count: int) -> FloatArray:
    total = np.zeros((count, 3))
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    for corner in range(3):
        here, one, other = (corners[:, (corner + step) % 3] for step in range(3))
        u, v = one - here, other - here
        angle = np.arctan2(np.linalg.norm(np.cross(u, v), axis=1), (u * v).sum(axis=1))
        np.add.at(total, faces[:, corner], angle[:, None] * normal)
    return np.asarray(total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-300))


def _weights(points: FloatArray, corners: FloatArray) -> FloatArray:
    """Barycentric coordinates ``(N, 3)`` of the place of each triangle that is nearest to its point.

    Over the face they solve the triangle's 2 × 2 normal equations; else the place is on the nearest of the three edges.
    """
    a, e, f = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    w = points - a
    ee, ff, ef, we, wf = ((p * q).sum(axis=1) for p, q in ((e, e), (f, f), (e, f), (w, e), (w, f)))
    area = ee * ff - ef * ef
    scale = 1.0 / np.where(area > 0.0, area, 1.0)
    s, t = (we * ff - wf * ef) * scale, (wf * ee - we * ef) * scale
    over = (area > 0.0) & (s >= 0.0) & (t >= 0.0) & (s + t <= 1.0)
    best, weight = np.full(len(points), np.inf), np.stack([1.0 - s - t, s, t], axis=1)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        along = corners[:, other] - corners[:, one]
        way = ((points - corners[:, one]) * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-300)
        way = np.clip(way, 0.0, 1.0)
        gap = np.linalg.norm(points - corners[:, one] - way[:, None] * along, axis=1)
        edge = np.zeros_like(weight)
        edge[:, one], edge[:, other] = 1.0 - way, way
        taken = ~over & (gap < best)
        best[taken], weight[taken] = gap[taken], edge[taken]
    return weight
