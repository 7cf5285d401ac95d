"""Exact geometry in float64 for the verdict. Shares nothing with the fast fields that the optimiser works on.

Where the fast side uses an AABB tree, pseudonormals and autograd, this one uses bounding balls from a k-d tree, the
parity of a ray's crossings, and golden-section search on convex functions: a fault in one is not a fault in the other.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.frames import FloatArray, IntArray

GOLDEN = (5**0.5 - 1) / 2
GOLDEN_STEPS = 64
ROUNDING_MM = 1e-9  # searches reach this much farther than they must
# Rays go along a direction that no mesh edge lies in, so that parity is never decided by an edge.
_RAY = np.array([0.8106270, 0.4370193, 0.3898361])
_ASIDE = (1e-100, 3e-101)


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
        self._corners = vertices[self._faces]
        self._centres = self._corners.mean(axis=1)
        self._reach = float(np.linalg.norm(self._corners - self._centres[:, None], axis=2).max())
        self._tree = cKDTree(self._centres, balanced_tree=False)
        self._basis = _basis(_RAY / np.linalg.norm(_RAY))
        self._turned = vertices @ self._basis
        self._shadow = cKDTree(self._centres @ self._basis[:, :2], balanced_tree=False)

    def distance(self, points_mm: FloatArray) -> FloatArray:
        """Distance ``(N,)`` to the surface, >= 0."""
        nearest, _ = self._tree.query(points_mm)
        point, face = _pairs(self._tree.query_ball_point(points_mm, nearest + self._reach + ROUNDING_MM))
        found = np.full(len(points_mm), np.inf)
        np.minimum.at(found, point, _point_triangle(points_mm[point], self._corners[face]))
        return found

    def inside(self, points_mm: FloatArray) -> NDArray[np.bool_]:
        """Whether each point lies inside, by the parity of the crossings of one ray.

        On which side of an edge a ray passes is reckoned alike for both triangles of the edge, to the last bit, so that
        a ray through an edge meets one of them and not none or both.
        """
        flat = points_mm @ self._basis
        point, face = _pairs(self._shadow.query_ball_point(flat[:, :2], self._reach + ROUNDING_MM))
        corner, here = self._faces[face].T, flat[point]
        weights = np.stack([self._side(corner[i - 2], corner[i - 1], here) for i in range(3)], axis=1)
        left = ~np.signbit(weights)
        hit = (left.all(axis=1) | ~left.any(axis=1)) & (weights != 0).any(axis=1)
        weights, here, point = weights[hit], here[hit], point[hit]
        height = (weights * self._turned[corner[:, hit].T, 2]).sum(axis=1) / weights.sum(axis=1)
        above = height > here[:, 2]
        return np.asarray(np.bincount(point[above], minlength=len(points_mm)) % 2 == 1)

    def _side(self, start: IntArray, end: IntArray, here: FloatArray) -> FloatArray:
        """Twice the area, seen along the ray, of an edge and a point: positive where the edge passes it on the right.

        Always reckoned from the vertex of lower number, then given the edge's own sign, that of zero too; and from
        where the two vertices lie seen from the point, so that all edges of a vertex that the ray nearly meets agree.
        A vertex that it meets is moved aside by next to nothing.
        """
        a, b = (self._turned[which(start, end), :2] - here[:, :2] for which in (np.minimum, np.maximum))
        for seen in (a, b):
            seen[(seen == 0).all(axis=1)] = _ASIDE
        area = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] + 0.0
        return np.asarray(np.where(start < end, area, -area))

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
        segment, face = _pairs(self._tree.query_ball_point((start_mm + end_mm) / 2, length / 2 + self._reach))
        a, b, c = self._corners[face].transpose(1, 0, 2)
        direction, edge_1, edge_2 = along[segment], b - a, c - a
        across = np.cross(direction, edge_2)
        determinant = (edge_1 * across).sum(axis=1)
        flat = np.abs(determinant) < 1e-14
        scale = 1 / np.where(flat, 1.0, determinant)
        to_start = start_mm[segment] - a
        u = (to_start * across).sum(axis=1) * scale
        turned = np.cross(to_start, edge_1)
        v = (direction * turned).sum(axis=1) * scale
        at = (edge_2 * turned).sum(axis=1) * scale
        hit = ~flat & (u >= 0) & (v >= 0) & (u + v <= 1) & (at >= 0) & (at <= 1)
        segment, at_mm, inward = segment[hit], (at * length[segment])[hit], determinant[hit] > 0
        order = np.lexsort((at_mm, segment))
        return segment[order], at_mm[order], inward[order]


def shaft_clearance(
    start_mm: FloatArray,
    end_mm: FloatArray,
    first_mm: FloatArray,
    last_mm: FloatArray,
    radius: tuple[FloatArray, FloatArray],
) -> tuple[FloatArray, IntArray]:
    """Distance from each shaft's axis to the nearest tapered capsule's surface, and which capsule; exact to 1e-9 mm.

    A capsule is the union of balls along its axis with linearly changing radius. The distance from a point of
    the shaft to it is convex along the shaft (a jointly convex function minimised over one variable), so golden section
    finds it.

    Parameters
    ----------
    start_mm, end_mm : (T, 3)
        The shafts.
    first_mm, last_mm : (M, 3)
        The capsules' axes.
    radius : pair of (M,)
        Radii at first and last.
    """
    middle, half = (start_mm + end_mm) / 2, np.linalg.norm(end_mm - start_mm, axis=1) / 2
    centre, reach = (first_mm + last_mm) / 2, np.linalg.norm(last_mm - first_mm, axis=1) / 2
    apart = np.linalg.norm(middle[:, None] - centre[None], axis=2)
    least = apart - half[:, None] - (reach + np.maximum(*radius))[None]
    most = (apart - ((radius[0] + radius[1]) / 2)[None]).min(axis=1)
    shaft, capsule = np.nonzero(least <= most[:, None])
    p, along = start_mm[shaft], (end_mm - start_mm)[shaft]
    cone = (first_mm[capsule], last_mm[capsule], radius[0][capsule], radius[1][capsule])

    def distance(s: FloatArray) -> FloatArray:
        return _point_cone(p + s[:, None] * along, *cone)

    low, high = np.zeros(len(p)), np.ones(len(p))
    best = np.minimum(distance(low), distance(high))
    for _ in range(GOLDEN_STEPS):
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        at_left, at_right = distance(left), distance(right)
        best = np.minimum(best, np.minimum(at_left, at_right))
        falling = at_left > at_right
        low, high = np.where(falling, left, low), np.where(falling, high, right)
    order = np.lexsort((best, shaft))
    first_of = order[np.searchsorted(shaft[order], np.arange(len(start_mm)))]
    return best[first_of], capsule[first_of]


def _point_cone(points: FloatArray, first: FloatArray, last: FloatArray, r0: FloatArray, r1: FloatArray) -> FloatArray:
    """Distance from points to the union of balls from (first, r0) to (last, r1), row by row; negative inside."""
    axis = last - first
    length = np.linalg.norm(axis, axis=1)
    unit = axis / np.maximum(length, 1e-300)[:, None]
    along = ((points - first) * unit).sum(axis=1)
    aside = np.linalg.norm(points - first - along[:, None] * unit, axis=1)
    steep = np.abs(r1 - r0) >= length  # one end's ball holds the other, or both ends are one
    slope = np.where(steep, 0.0, (r1 - r0) / np.where(steep, 1.0, length))
    at = np.clip(along + aside * slope / np.sqrt(1 - slope**2), 0.0, length)
    at = np.where(steep, np.where(r1 > r0, length, 0.0), at)
    radius = np.where(steep, np.maximum(r0, r1), r0 + slope * at)
    return np.asarray(np.hypot(along - at, aside) - radius)


def _point_triangle(p: FloatArray, corners: FloatArray) -> FloatArray:
    """Distance from points ``(K, 3)`` to triangles ``(K, 3, 3)``, row by row."""
    a, b, c = corners.transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    area = np.linalg.norm(normal, axis=1)
    unit = normal / np.maximum(area, 1e-300)[:, None]
    turns = [(np.cross(q - o, p - o) * unit).sum(axis=1) for o, q in ((a, b), (b, c), (c, a))]
    over = (np.stack(turns) >= 0).all(axis=0) & (area > 0)
    height = np.abs(((p - a) * unit).sum(axis=1))
    rim = np.minimum.reduce([_point_segment(p, o, q) for o, q in ((a, b), (b, c), (c, a))])
    return np.asarray(np.where(over, height, rim))


def _point_segment(p: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    along = b - a
    t = np.clip(((p - a) * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-300), 0.0, 1.0)
    return np.asarray(np.linalg.norm(p - a - t[:, None] * along, axis=1))


def _basis(direction: FloatArray) -> FloatArray:
    """Columns: two axes across `direction`, and `direction`."""
    side = np.cross(direction, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(direction, side), direction], axis=1)


def _pairs(lists: NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Flatten ragged neighbour lists to (row, neighbour) pairs."""
    counts = np.fromiter((len(found) for found in lists), dtype=np.int64, count=len(lists))
    flat = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(counts.sum()))
    return np.repeat(np.arange(len(lists)), counts), flat
