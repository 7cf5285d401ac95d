"""The piece of pial surface that vessels grow on, with the questions they ask of it."""

from __future__ import annotations

from dataclasses import dataclass

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.frames import FloatArray, IntArray

BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PialPatch:
    """A connected open piece of a closed surface.

    Attributes
    ----------
    vertices_mm : (V, 3) float64
        Scanner RAS.
    faces : (F, 3) int64
        Counter-clockwise seen from outside.
    normals : (V, 3) float64
        Unit, outward, the mean of the faces' around weighted by area.
    growable : (V,) bool
        Vertices that vessels may lie over; a rim of the others lies around them so that distances are right.
    """

    vertices_mm: FloatArray
    faces: IntArray
    normals: FloatArray
    growable: BoolArray
    _tree: igl.AABB

    @classmethod
    def around(cls, vertices_mm: FloatArray, faces: IntArray, centre_mm: FloatArray, radius_mm: float) -> PialPatch:
        """Cut the ball of a radius out of a surface, with a rim of 12 mm around it.

        Parameters
        ----------
        vertices_mm : (N, 3) float64
        faces : (M, 3) int64
        centre_mm : (3,) float64
        radius_mm : float
        """
        distance = np.linalg.norm(vertices_mm - centre_mm, axis=1)
        kept = faces[(distance < radius_mm + 12.0)[faces].all(axis=1)]
        used, flat = np.unique(kept, return_inverse=True)
        points, triangles = np.ascontiguousarray(vertices_mm[used]), np.ascontiguousarray(flat.reshape(-1, 3))
        corner = points[triangles]
        across = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
        summed = np.zeros_like(points)
        np.add.at(summed, triangles, across[:, None])
        tree = igl.AABB()
        tree.init(points, triangles)
        normals = summed / np.linalg.norm(summed, axis=1, keepdims=True)
        patch = cls(points, triangles, normals, distance[used] < radius_mm, tree)
        # Where banks of a sulcus touch or cross there is no room for a vessel.
        roomy = patch.height(points + 0.15 * normals)[0] > 0.05
        return cls(points, triangles, normals, _largest_piece(triangles, patch.growable & roomy), tree)

    def height(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Distance above the surface, its sign taken from the interpolated normal, and the way up.

        Parameters
        ----------
        points_mm : (P, 3) float64

        Returns
        -------
        height_mm : (P,) float64
            Negative below.
        up : (P, 3) float64
            Unit; where moving raises the height the most.
        """
        _, face, closest = self._tree.squared_distance(self.vertices_mm, self.faces, np.ascontiguousarray(points_mm))
        normal = self._normal(face, closest)
        offset = points_mm - closest
        distance = np.linalg.norm(offset, axis=1)
        sign = np.where(np.einsum("pi,pi->p", offset, normal) < 0.0, -1.0, 1.0)
        far = distance > 1e-4
        up = np.where(far[:, None], sign[:, None] * offset / np.where(far, distance, 1.0)[:, None], normal)
        return sign * distance, up

    def project(self, points_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The nearest points ``(P, 3)`` of the surface and its interpolated unit normals ``(P, 3)`` there."""
        _, face, closest = self._tree.squared_distance(self.vertices_mm, self.faces, np.ascontiguousarray(points_mm))
        return closest, self._normal(face, closest)

    def _normal(self, face: IntArray, point_mm: FloatArray) -> FloatArray:
        corner = self.vertices_mm[self.faces[face]]
        a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
        area = np.cross(b - a, c - a)
        square = np.einsum("pi,pi->p", area, area)
        wb = np.einsum("pi,pi->p", np.cross(point_mm - a, c - a), area) / square
        wc = np.einsum("pi,pi->p", np.cross(b - a, point_mm - a), area) / square
        weight = np.stack([1.0 - wb - wc, wb, wc], axis=1)
        mixed = np.einsum("pk,pki->pi", weight, self.normals[self.faces[face]])
        return np.asarray(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))


def _largest_piece(faces: IntArray, chosen: BoolArray) -> BoolArray:
    """Drop what is not connected to the largest connected set of chosen vertices."""
    u, v = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).T
    both = chosen[u] & chosen[v]
    graph = coo_array((np.ones(both.sum()), (u[both], v[both])), shape=(len(chosen), len(chosen)))
    _, label = connected_components(graph, directed=False)
    return np.asarray(chosen & (label == np.bincount(label[chosen]).argmax()))
