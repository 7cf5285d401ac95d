"""Signed distance to a triangle mesh, fast and differentiable: the optimiser's view of a surface.

The exact gate does not use this module (see `planner.geometry.exact`).
"""

from __future__ import annotations

import igl
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from planner.frames import FloatArray, IntArray


class Surface:
    """A closed, outward-oriented triangle mesh with an AABB tree over its faces.

    The sign comes from angle-weighted pseudonormals (Bærentzen & Aanæs 2005), which are right at edges and corners too.
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._vertices = np.ascontiguousarray(vertices_mm, dtype=np.float64)
        self._faces = np.ascontiguousarray(faces, dtype=np.int64)
        self._tree = igl.AABB()
        self._tree.init(self._vertices, self._faces)
        a, b, c = self._vertices[self._faces].transpose(1, 0, 2)
        normal = np.cross(b - a, c - a)
        self._face_normals = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
        self.vertex_normals: FloatArray = igl.per_vertex_normals(
            self._vertices, self._faces, igl.PER_VERTEX_NORMALS_WEIGHTING_TYPE_ANGLE
        )
        edge_normals, _, edge = igl.per_edge_normals(
            self._vertices, self._faces, igl.PER_EDGE_NORMALS_WEIGHTING_TYPE_UNIFORM
        )
        self._edge_normals: FloatArray = edge_normals[edge.reshape(3, -1).T]  # (F, 3, 3), opposite each corner

    def closest(self, points_mm: FloatArray) -> tuple[FloatArray, IntArray, FloatArray]:
        """Closest point ``(N, 3)``, its face ``(N,)`` and the outward pseudonormal there ``(N, 3)``."""
        points = np.ascontiguousarray(points_mm, dtype=np.float64).reshape(-1, 3)
        _, face, nearest = self._tree.squared_distance(self._vertices, self._faces, points)
        nearest = nearest.reshape(-1, 3)
        return nearest, face, self._pseudonormal(nearest, face)

    def signed_distance(self, points_mm: Tensor) -> Tensor:
        """Distance ``(...,)`` of points ``(..., 3)`` in mm, positive outside, with its gradient in the points."""
        flat = points_mm.reshape(-1, 3)
        query = flat.detach().cpu().double().numpy()
        nearest, _, normal = self.closest(query)
        away = query - nearest
        distance = np.linalg.norm(away, axis=1)
        sign = np.where((away * normal).sum(axis=1) < 0, -1.0, 1.0)
        # On the surface itself the direction away from it is its normal.
        gradient = np.where(
            distance[:, None] > 1e-9, sign[:, None] * away / np.maximum(distance, 1e-9)[:, None], normal
        )
        outward = torch.as_tensor(gradient, dtype=flat.dtype, device=flat.device)
        value = torch.as_tensor(sign * distance, dtype=flat.dtype, device=flat.device)
        return (value + ((flat - flat.detach()) * outward).sum(dim=-1)).reshape(points_mm.shape[:-1])

    def first_hit(self, points_mm: FloatArray, directions: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """Whether rays from points ``(N, 3)`` along unit directions ``(N, 3)`` meet the surface, after how many mm."""
        points, directions = (np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 3) for x in (points_mm, directions))
        face, way, _ = self._tree.intersect_ray_first(self._vertices, self._faces, points, directions)
        return face >= 0, way

    def _pseudonormal(self, points: FloatArray, face: IntArray) -> FloatArray:
        corners = self._vertices[self._faces[face]]
        near_zero = _barycentric(points, corners) < 1e-7
        normal = self._face_normals[face]
        for corner in range(3):
            on_edge = near_zero[:, corner]  # the edge opposite this corner
            normal = np.where(on_edge[:, None], self._edge_normals[face, corner], normal)
        for corner in range(3):
            at = near_zero[:, (corner + 1) % 3] & near_zero[:, (corner + 2) % 3]
            normal = np.where(at[:, None], self.vertex_normals[self._faces[face, corner]], normal)
        return np.asarray(normal)


def _barycentric(points: FloatArray, corners: FloatArray) -> FloatArray:
    a, b, c = corners.transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    area = np.maximum((normal * normal).sum(axis=1), 1e-300)
    u = (np.cross(c - b, points - b) * normal).sum(axis=1) / area
    v = (np.cross(a - c, points - c) * normal).sum(axis=1) / area
    return np.stack([u, v, 1 - u - v], axis=1)
