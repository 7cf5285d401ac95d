"""Exact distances in float64 from straight shafts to vessels and to each other, for the verdict.

Candidates come from bounding balls in k-d trees and are certain to hold the nearest; the distances themselves are
golden-section search on convex functions (capsules) and closed forms over all features (triangles). Shares nothing with
`planner.geometry.capsules`, `planner.geometry.walls` and `planner.geometry.segments`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.frames import FloatArray, IntArray
from planner.geometry.exact import ExactMesh, point_segment, point_triangle
from planner.geometry.exact_search import SizeClasses, portions

GOLDEN = (5**0.5 - 1) / 2
GOLDEN_STEPS = 64
STRETCH_MM = 1.0  # shafts are looked up in stretches no longer than this
TOUCHING_MM = 1e-12
DEPTH_STEP_MM = 0.05  # a shaft in a lumen is sampled so densely, then twenty times more densely where it is deepest


class ExactCapsules:
    """Tapered capsules: unions of balls along an axis with linearly changing radius.

    Parameters
    ----------
    first_mm, last_mm : (M, 3) float64
        The axes; they may be points.
    radius_first_mm, radius_last_mm : (M,) float64
    """

    def __init__(
        self, first_mm: FloatArray, last_mm: FloatArray, radius_first_mm: FloatArray, radius_last_mm: FloatArray
    ) -> None:
        self._cone = first_mm, last_mm, radius_first_mm, radius_last_mm
        half = np.linalg.norm(last_mm - first_mm, axis=1) / 2
        self._balls = _Balls(
            (first_mm + last_mm) / 2,
            half + np.maximum(radius_first_mm, radius_last_mm),
            (radius_first_mm + radius_last_mm) / 2,
        )

    def clearance(self, start_mm: FloatArray, end_mm: FloatArray, reach_mm: float) -> tuple[FloatArray, IntArray]:
        """Distance ``(T,)`` from each shaft's axis to the nearest capsule's surface, and which; exact to 1e-9 mm.

        The distance from a point of the shaft to a capsule is convex along the shaft (a jointly convex function
        minimised over one variable), so golden section finds it. `reach_mm` and −1 where none is nearer than that.
        """
        shaft, capsule = self._balls.candidates(start_mm, end_mm, reach_mm)
        p, along = start_mm[shaft], (end_mm - start_mm)[shaft]
        cone = tuple(part[capsule] for part in self._cone)

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
        return _least(len(start_mm), shaft, capsule, best, reach_mm)


class ExactWall:
    """A closed surface whose parts may overlap: inside is where it winds about a point at all.

    Parameters
    ----------
    vertices_mm : (V, 3) float64
    faces : (F, 3) int64
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._mesh = ExactMesh(vertices_mm, faces)
        self._corners = np.asarray(vertices_mm, dtype=np.float64)[faces]
        centre = self._corners.mean(axis=1)
        reach = np.linalg.norm(self._corners - centre[:, None], axis=2).max(axis=1)
        self._balls = _Balls(centre, reach, np.zeros(len(centre)))

    def clearance(self, start_mm: FloatArray, end_mm: FloatArray, reach_mm: float) -> FloatArray:
        """Distance ``(T,)`` from each shaft's axis to the wall, negative where it is in the lumen.

        Whether it is, and outside how far, is exact to 1e-9 mm. In the lumen it is the depth of the shaft's deepest
        point below the nearest triangle, found by sampling to 5 µm and never overstated; a shaft that only touches has
        0. `reach_mm` where nothing is nearer than that.
        """
        shaft, face = self._balls.candidates(start_mm, end_mm, reach_mm)
        gap = np.zeros(len(shaft))
        for rows in portions(len(shaft)):
            of = shaft[rows]
            gap[rows] = _segment_triangle(start_mm[of], end_mm[of], self._corners[face[rows]])
        distance, _ = _least(len(start_mm), shaft, face, gap, reach_mm)
        within = np.flatnonzero((distance <= TOUCHING_MM) | (self._mesh.winding(start_mm) != 0))
        if len(within):
            distance[within] = -self._depth(start_mm[within], end_mm[within])
        return distance

    def _depth(self, start_mm: FloatArray, end_mm: FloatArray) -> FloatArray:
        along = end_mm - start_mm
        steps = int(np.ceil(np.linalg.norm(along, axis=1).max() / DEPTH_STEP_MM)) + 1
        coarse = np.broadcast_to(np.linspace(0.0, 1.0, steps + 1), (len(along), steps + 1))
        row = np.arange(len(along))
        depth = self._depths(start_mm, along, coarse)
        deepest = coarse[row, depth.argmax(axis=1)]
        fine = np.clip(deepest[:, None] + np.linspace(-1.0, 1.0, 41) / steps, 0.0, 1.0)
        return np.asarray(np.maximum(depth.max(axis=1), self._depths(start_mm, along, fine).max(axis=1)))

    def _depths(self, start_mm: FloatArray, along: FloatArray, at: FloatArray) -> FloatArray:
        points = (start_mm[:, None] + at[..., None] * along[:, None]).reshape(-1, 3)
        inside = self._mesh.winding(points) != 0
        depth = np.zeros(len(points))
        depth[inside] = self._mesh.distance(points[inside])
        return depth.reshape(at.shape)


def nearest_shafts(
    start_mm: FloatArray, end_mm: FloatArray, radius_mm: FloatArray, owner: IntArray, count: int
) -> tuple[FloatArray, IntArray]:
    """Distance ``(count,)`` between the surfaces of each owner's shafts and the nearest other's; whose, −1 for none.

    Parameters
    ----------
    start_mm, end_mm : (S, 3) float64
    radius_mm : (S,) float64
    owner : (S,) int64
        Whose each shaft is; those of one owner may touch.
    """
    first, second = np.triu_indices(len(start_mm), k=1)
    strangers = owner[first] != owner[second]
    first, second = first[strangers], second[strangers]
    gap = -radius_mm[first] - radius_mm[second]
    for rows in portions(len(first)):
        one, other = first[rows], second[rows]
        gap[rows] += _segment_segment(start_mm[one], end_mm[one], start_mm[other], end_mm[other])
    mine, theirs = np.concatenate([first, second]), np.concatenate([second, first])
    return _least(count, owner[mine], owner[theirs], np.tile(gap, 2), np.inf)


class _Balls:
    """Bounding balls of things near shafts.

    Parameters
    ----------
    centre_mm : (M, 3) float64
    reach_mm : (M,) float64
        Nothing of a thing is farther than this from its centre.
    solid_mm : (M,) float64
        The ball of this radius about its centre belongs to it.
    """

    def __init__(self, centre_mm: FloatArray, reach_mm: FloatArray, solid_mm: FloatArray) -> None:
        self._solid, self._sized = solid_mm, SizeClasses(centre_mm, reach_mm)

    def candidates(self, start_mm: FloatArray, end_mm: FloatArray, reach_mm: float) -> tuple[IntArray, IntArray]:
        """Pairs of shaft and thing among which the nearest of each shaft is, where it is nearer than `reach_mm`."""
        length = np.linalg.norm(end_mm - start_mm, axis=1)
        parts = np.maximum(np.ceil(length / STRETCH_MM), 1).astype(np.int64)
        shaft = np.repeat(np.arange(len(length)), parts)
        rank = np.arange(len(shaft)) - np.repeat(np.cumsum(parts) - parts, parts)
        at = ((rank + 0.5) / parts[shaft])[:, None]
        probe = (1 - at) * start_mm[shaft] + at * end_mm[shaft]
        half = length[shaft] / parts[shaft] / 2
        bound = np.full(len(length), reach_mm)
        np.minimum.at(bound, shaft, self._sized.nearest(probe, self._solid))
        found = [np.zeros((2, 0), dtype=np.int64)]
        found += [np.stack([shaft[of], thing]) for of, thing in self._sized.within(probe, bound[shaft] + half)]
        pair = np.unique(np.concatenate(found, axis=1), axis=1)
        return pair[0], pair[1]


def _least(
    count: int, shaft: IntArray, thing: IntArray, distance: FloatArray, reach_mm: float
) -> tuple[FloatArray, IntArray]:
    """The least of each shaft's distances and whose it is; `reach_mm` and −1 where none is below that."""
    order = np.lexsort((distance, shaft))
    met, place = np.unique(shaft[order], return_index=True)
    best = order[place]
    within = distance[best] < reach_mm
    nearest, which = np.full(count, reach_mm), np.full(count, -1)
    nearest[met[within]], which[met[within]] = distance[best[within]], thing[best[within]]
    return nearest, which


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


def _segment_triangle(start: FloatArray, end: FloatArray, corners: FloatArray) -> FloatArray:
    """Distance from segments to triangles ``(K, 3, 3)``, row by row; 0 where they meet.

    Where they do not, it is that of an end to the triangle or of the segment to one of its edges.
    """
    a, b, c = corners.transpose(1, 0, 2)
    each = [point_triangle(start, corners), point_triangle(end, corners)]
    each += [_segment_segment(start, end, o, q) for o, q in ((a, b), (b, c), (c, a))]
    return np.where(_pierces(start, end, a, b, c), 0.0, np.minimum.reduce(each))


def _pierces(start: FloatArray, end: FloatArray, a: FloatArray, b: FloatArray, c: FloatArray) -> NDArray[np.bool_]:
    """Whether the ends lie on either side of the triangle's plane and the line between them passes within its edges."""
    normal = np.cross(b - a, c - a)
    above, below = (((p - a) * normal).sum(axis=1) for p in (start, end))
    along = end - start
    turns = np.stack([(np.cross(o - start, q - start) * along).sum(axis=1) for o, q in ((a, b), (b, c), (c, a))])
    within = (turns >= 0).all(axis=0) | (turns <= 0).all(axis=0)
    return np.asarray(within & (np.sign(above) * np.sign(below) < 0))


def _segment_segment(p: FloatArray, q: FloatArray, a: FloatArray, b: FloatArray) -> FloatArray:
    """Distance from segments pq to segments ab, row by row: of an end of one to the other, or across both."""
    ends = [point_segment(p, a, b), point_segment(q, a, b), point_segment(a, p, q), point_segment(b, p, q)]
    u, v = q - p, b - a
    normal = np.cross(u, v)
    square = (normal * normal).sum(axis=1)
    skew = square > 1e-18 * (u * u).sum(axis=1) * (v * v).sum(axis=1)
    scale = 1.0 / np.where(skew, square, 1.0)
    s, t = ((np.cross(a - p, w) * normal).sum(axis=1) * scale for w in (v, u))
    crosses = skew & (s >= 0) & (s <= 1) & (t >= 0) & (t <= 1)
    across = np.abs(((a - p) * normal).sum(axis=1)) * np.sqrt(scale)
    return np.asarray(np.minimum(np.minimum.reduce(ends), np.where(crosses, across, np.inf)))
