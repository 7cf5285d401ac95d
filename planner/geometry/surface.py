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

STRAIGHT = 1e-9  # ours: how far from 1 the cosine of a face's normal and the way to it may be, to be the same


class Surface:
    """A closed, outward-oriented triangle mesh with an AABB tree over its faces.

    The sign comes from angle-weighted pseudonormals (Bærentzen & Aanæs 2005), which are right at edges and corners too.
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._vertices = np.ascontiguousarray(vertices_mm, dtype=np.float64)
        self._faces = np.ascontiguousarray(faces, dtype=np.int64)
        self.low_mm, self.high_mm = (torch.from_numpy(f(self._vertices, axis=0)) for f in (np.min, np.max))
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

    def closest(self, points_mm: FloatArray) -> tuple[FloatArray, IntArray]:
        """Closest point ``(N, 3)`` and its face ``(N,)``."""
        points = np.ascontiguousarray(points_mm, dtype=np.float64).reshape(-1, 3)
        _, face, nearest = self._tree.squared_distance(self._vertices, self._faces, points)
        return nearest.reshape(-1, 3), face

    def signed_distance(self, points_mm: Tensor) -> Tensor:
        """Distance ``(...,)`` of points ``(..., 3)`` in mm, positive outside, with its gradient in the points."""
        flat = points_mm.reshape(-1, 3)
        query = flat.detach().cpu().double().numpy()
        nearest, face = self.closest(query)
        away = query - nearest
        distance = np.sqrt(np.einsum("ni,ni->n", away, away))
        normal = self._face_normals[face]
        height = np.einsum("ni,ni->n", away, normal)
        # Straight above or below its nearest face the face's own normal tells the side; else it is an edge or a corner.
        aslant = np.flatnonzero(np.abs(height) < (1 - STRAIGHT) * distance)
        normal[aslant] = self.pseudonormal(nearest[aslant], face[aslant])
        height[aslant] = np.einsum("ni,ni->n", away[aslant], normal[aslant])
        sign = np.where(height < 0, -1.0, 1.0)
        # On the surface itself the direction away from it is its normal.
        gradient = np.where(
            distance[:, None] > 1e-9, sign[:, None] * away / np.maximum(distance, 1e-9)[:, None], normal
        )
        outward = torch.as_tensor(gradient, dtype=flat.dtype, device=flat.device)
        value = torch.as_tensor(sign * distance, dtype=flat.dtype, device=flat.device)
        return (value + ((flat - flat.detach()) * outward).sum(dim=-1)).reshape(points_mm.shape[:-1])

    def box_distance(self, points_mm: Tensor) -> Tensor:
        """Distance ``(...,)`` of points ``(..., 3)`` from the mesh's box, 0 inside: no less than that from the mesh."""
        outside = torch.maximum(self.low_mm - points_mm, points_mm - self.high_mm).clamp_min(0.0)
        return outside.square().sum(dim=-1).sqrt()

    def first_hit(self, points_mm: FloatArray, directions: FloatArray) -> tuple[NDArray[np.bool_], FloatArray]:
        """Whether rays from points ``(N, 3)`` along unit directions ``(N, 3)`` meet the surface, after how many mm."""
        points, directions = (np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 3) for x in (points_mm, directions))
        face, way, _ = self._tree.intersect_ray_first(self._vertices, self._faces, points, directions)
        return face >= 0, way

    def crossed(self, points_mm: FloatArray, directions: FloatArray) -> tuple[IntArray, IntArray]:
        """Every pair ``(K,)`` of a ray, from ``(N, 3)`` along ``(N, 3)``, and a face that it meets, by ray."""
        points, directions = (np.ascontiguousarray(x, dtype=np.float64).reshape(-1, 3) for x in (points_mm, directions))
        met = self._tree.intersect_ray(self._vertices, self._faces, points, directions)
        ray = np.repeat(np.arange(len(met)), np.fromiter(map(len, met), dtype=np.int64, count=len(met)))
        return ray, np.fromiter((hit[0] for hits in met for hit in hits), dtype=np.int64, count=len(ray))

    def corners(self, face: IntArray) -> FloatArray:
        """Corners ``(K, 3, 3)`` of faces ``(K,)``, mm."""
        return np.asarray(self._vertices[self._faces[face]])

    def normal(self, points_mm: Tensor) -> Tensor:
        """Outward unit normal ``(N, 3)`` at the place nearest to points ``(N, 3)``, differentiable in the points.

        Between a face's corners it is interpolated linearly from their angle-weighted normals, then made a unit vector:
        continuous over the surface. Its gradient is that along the nearest face.
        """
        query = points_mm.detach().cpu().double().numpy()
        nearest, face = self.closest(query)
        corners = self.corners(face)
        move = (torch.from_numpy(_slopes(corners)) * (points_mm - points_mm.detach()).double()[:, None]).sum(dim=2)
        weight = torch.from_numpy(_barycentric(nearest, corners)) + move
        mixed = (weight[..., None] * torch.from_numpy(self.vertex_normals[self._faces[face]])).sum(dim=1)
        return torch.nn.functional.normalize(mixed, dim=1).to(points_mm.dtype)

    def pseudonormal(self, points: FloatArray, face: IntArray) -> FloatArray:
        """Outward pseudonormal ``(N, 3)`` at points ``(N, 3)`` of faces ``(N,)``."""
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
    base, along, aside = points - corners[:, 2], corners[:, 0] - corners[:, 2], corners[:, 1] - corners[:, 2]
    aa, bb, ab, pa, pb = (np.einsum("ni,ni->n", u, v) for u, v in (
        (along, along), (aside, aside), (along, aside), (base, along), (base, aside)))  # fmt: skip
    square = np.maximum(aa * bb - ab * ab, 1e-300)
    u, v = (bb * pa - ab * pb) / square, (aa * pb - ab * pa) / square
    return np.stack([u, v, 1 - u - v], axis=1)


def _slopes(corners: FloatArray) -> FloatArray:
    """How the barycentric coordinates of triangles ``(N, 3, 3)`` grow with the point: ``(N, 3, 3)``, corner by axis."""
    a, b, c = corners.transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    square = np.maximum((normal * normal).sum(axis=1), 1e-300)
    return np.asarray(
        np.stack([np.cross(normal, edge) for edge in (c - b, a - c, b - a)], axis=1) / square[:, None, None]
    )
