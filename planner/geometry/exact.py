"""Exact surfaces in float64 for the verdict. Shares nothing with the fast fields that the optimiser works on.

Where the fast side uses an AABB tree, pseudonormals and autograd, this one uses bounding balls from a k-d tree and a
ray's crossings: a fault in one is not a fault in the other. Shafts and vessels are in `planner.geometry.exact_shafts`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.frames import FloatArray, IntArray
from planner.geometry.exact_search import SizeClasses

# Rays go along a direction that no mesh edge lies in, so that parity is never decided by an edge.
_RAY = np.array([0.8106270, 0.4370193, 0.3898361])
_ASIDE = (1e-100, 3e-101)
SLACK_MM = 1e-6  # by which bounding balls are widened: what touches one is looked at
_NONE = (np.zeros(0, dtype=np.int64), np.zeros(0))


class ExactMesh:
    """A closed triangle mesh.

    Parameters
    ----------
    vertices_mm : (V, 3) float64
    faces : (F, 3) int64
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        vertices = np.asarray(vertices_mm, dtype=np.float64)
        self._faces = np.asarray(faces, dtype=np.int64)
        self._vertices = vertices
        self._corners = vertices[self._faces]
        self._balls = _balls(self._corners)
        self._basis = _basis(_RAY / np.linalg.norm(_RAY))
        self._turned = vertices @ self._basis
        self._shadows = _balls(self._turned[self._faces][..., :2])

    def distance(self, points_mm: FloatArray) -> FloatArray:
        """Distance ``(N,)`` to the surface, >= 0."""
        found = np.full(len(points_mm), np.inf)
        for point, face in self._balls.within(points_mm, self._balls.nearest(points_mm)):
            np.minimum.at(found, point, point_triangle(points_mm[point], self._corners[face]))
        return found

    def inside(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Whether each point lies inside, by the parity of the crossings of one ray."""
        point, _ = self._above(points_mm)
        return np.asarray(np.bincount(point, minlength=len(points_mm)) % 2 == 1)

    def winding(self, points_mm: FloatArray) -> IntArray:
        """How often the surface winds about each point ``(N,)``: one ray's crossings outwards less those inwards."""
        point, outwards = self._above(points_mm)
        return np.rint(np.bincount(point, outwards, minlength=len(points_mm))).astype(np.int64)

    def _above(self, points_mm: FloatArray) -> tuple[IntArray, FloatArray]:
        """Every crossing of the rays from the points: which point, and 1 where it goes outwards, −1 inwards.

        See `_met` for rays through edges and corners.
        """
        flat = points_mm @ self._basis
        met = [self._pierced(flat, point, face) for point, face in self._shadows.within(flat[:, :2], SLACK_MM)]
        point, outwards = (np.concatenate(parts) for parts in zip(_NONE, *met, strict=True))
        return point, outwards

    def _pierced(self, flat: FloatArray, point: IntArray, face: IntArray) -> tuple[IntArray, FloatArray]:
        """Of pairs of a point and a face those whose ray meets the face, as `_above` has them."""
        corner = self._faces[face].T
        hit, height, left = _met(corner, self._turned[corner] - flat[point])
        above = height > 0
        return point[hit][above], np.where(left, 1.0, -1.0)[above]

    def signed_distance(self, points_mm: FloatArray) -> FloatArray:
        """Distance ``(N,)``, negative inside."""
        return np.where(self.inside(points_mm), -1.0, 1.0) * self.distance(points_mm)

    def crossings(self, start_mm: FloatArray, end_mm: FloatArray) -> tuple[IntArray, FloatArray, NDArray[np.bool_]]:
        """Every crossing of the segments ``(S, 3)``–``(S, 3)`` with the surface.

        Returns
        -------
        segment : (K,) int64
            Which segment.
        at_mm : (K,) float64
            How far along it, from its start; sorted within a segment.
        inward : (K,) bool
            Whether the segment goes in there, or out.
        """
        along = end_mm - start_mm
        length = np.linalg.norm(along, axis=1)
        frame = _frames(along / np.where(length > 0, length, 1.0)[:, None])
        met = [(*_NONE, np.zeros(0, dtype=bool))]
        for segment, face in self._balls.within((start_mm + end_mm) / 2, length / 2 + SLACK_MM):
            corner = self._faces[face].T
            away = self._vertices[corner] - start_mm[segment]
            seen = np.stack([_dot(away, frame[segment, axis]) for axis in range(3)], axis=-1)
            hit, at, left = _met(corner, seen)
            its = segment[hit]
            within = (at >= 0) & (at <= length[its]) & (length[its] > 0)
            met.append((its[within], at[within], ~left[within]))
        segment, at_mm, inward = (np.concatenate(parts) for parts in zip(*met, strict=True))
        order = np.lexsort((at_mm, segment))
        return segment[order], at_mm[order], inward[order]


def _met(corner: IntArray, seen: FloatArray) -> tuple[NDArray[np.bool_], FloatArray, NDArray[np.bool_]]:
    """Whether the z axis of a frame of one's own passes through each of K triangles, upwards or downwards; where.

    On which side of an edge it passes is reckoned alike for both triangles of the edge, to the last bit (after Woop,
    Benthin & Wald 2013, who take the same care), so that a line through an edge meets one of them and not none or both.

    Parameters
    ----------
    corner : (3, K) int64
        Vertices by their numbers.
    seen : (3, K, 3) float64
        Where they are in the frame; the same for the same vertex and line, whatever the triangle.

    Returns
    -------
    hit : (K,) bool
    height, left : (hits,) float64 and bool
        Of those that are hit: at which z, and whether the triangle turns left, so that its front faces along the axis.
    """
    flat = seen[..., :2]
    flat = np.where((flat == 0).all(axis=-1, keepdims=True), _ASIDE, flat)
    weights = np.stack([_side(corner, flat, i - 2, i - 1) for i in range(3)], axis=1)
    left = ~np.signbit(weights)
    hit = (left.all(axis=1) | ~left.any(axis=1)) & (weights != 0).any(axis=1)
    kept = weights[hit]
    return hit, (kept * seen[:, hit, 2].T).sum(axis=1) / kept.sum(axis=1), left[hit, 0]


def _side(corner: IntArray, flat: FloatArray, start: int, end: int) -> FloatArray:
    """Twice the area, seen along the line, of an edge and the line: positive where the edge passes it on the right.

    Always reckoned from the vertex of lower number, then given the edge's own sign, that of zero too; and from where
    the two vertices lie seen from the line, so that all edges of a vertex that it nearly meets agree. A vertex that it
    meets has been moved aside by next to nothing.
    """
    first = (corner[start] < corner[end])[:, None]
    a, b = np.where(first, flat[start], flat[end]), np.where(first, flat[end], flat[start])
    area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] + 0.0
    return np.asarray(np.where(first[:, 0], area, -area))


def _frames(unit: FloatArray) -> FloatArray:
    """For each unit vector ``(S, 3)`` two axes across it and itself ``(S, 3, 3)``, right-handed."""
    helping = np.eye(3)[np.abs(unit).argmin(axis=1)] if len(unit) else np.zeros((0, 3))
    side = np.cross(unit, helping)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-300)
    return np.stack([side, np.cross(unit, side), unit], axis=1)


def _dot(u: FloatArray, v: FloatArray) -> FloatArray:
    """Row by row, and term by term: the same to the last bit wherever a row stands."""
    return np.asarray(u[..., 0] * v[..., 0] + u[..., 1] * v[..., 1] + u[..., 2] * v[..., 2])


def point_triangle(p: FloatArray, corners: FloatArray) -> FloatArray:
    """Distance from points ``(K, 3)`` to triangles ``(K, 3, 3)``, row by row."""
    a, b, c = corners.transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    unit = normal / np.maximum(area, 1e-300)[:, None]
    turns = [(np.cross(q - o, p - o) * unit).sum(axis=1) for o, q in ((a, b), (b, c), (c, a))]
    over = (np.stack(turns) >= 0).all(axis=0) & (area > 0)
    height = np.abs(((p - a) * unit).sum(axis=1))
    rim = np.minimum.reduce([point_segment(p, o, q) for o, q in ((a, b), (b, c), (c, a))])
    return np.asarray(np.where(over, height, rim))


def point_segment(p: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Distance from points ``(K, 3)`` to segments ``(K, 3)``–``(K, 3)``, row by row."""
    along = b - a
    t = np.clip(((p - a) * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-300), 0.0, 1.0)
    return np.asarray(np.linalg.norm(p - a - t[:, None] * along, axis=1))


def _balls(corners: FloatArray) -> SizeClasses:
    """The bounding balls of triangles ``(F, 3, D)`` about their middles."""
    centre = corners.mean(axis=1)
    return SizeClasses(centre, np.linalg.norm(corners - centre[:, None], axis=2).max(axis=1))


def _basis(direction: FloatArray) -> FloatArray:
    """Columns: two axes across `direction`, and `direction`."""
    side = np.cross(direction, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(direction, side), direction], axis=1)
