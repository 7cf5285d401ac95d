"""What a plane cuts: outlines of triangle meshes and of tubes, exactly, all of them at once."""

from __future__ import annotations

from typing import Final

import numpy as np

from planner.frames import FloatArray, IntArray

BLOCK: Final = 128
"""Faces that are looked at together: a plane that misses their box is not held against each of them."""
HALF: Final = 13
"""Even directions round each end of a cut tube; its outline is drawn 1 % of its radius inside at most."""
ASIDE: Final = 1e-4  # radians off the side of a tube, so that each half circle is of its own end
STATIONS: Final = 17
"""Places along a tube's axis among which the outermost is looked for."""


class Sections:
    """A triangle mesh, sorted so that any plane's cut through it takes a few milliseconds.

    Parameters
    ----------
    vertices_mm : (V, 3)
    faces : (F, 3) int64
    """

    def __init__(self, vertices_mm: FloatArray, faces: IntArray) -> None:
        self._vertices = np.ascontiguousarray(vertices_mm, dtype=np.float64)
        corners = self._vertices[faces]
        self._faces = np.ascontiguousarray(faces[_by_place(corners.mean(axis=1))])
        corners = self._vertices[self._faces]
        first = np.arange(0, len(faces), BLOCK)
        low = np.minimum.reduceat(corners.min(axis=1), first) if len(faces) else np.zeros((0, 3))
        high = np.maximum.reduceat(corners.max(axis=1), first) if len(faces) else np.zeros((0, 3))
        self._middle, self._half = (low + high) / 2, (high - low) / 2

    def cut(self, origin_mm: FloatArray, normal: FloatArray) -> FloatArray:
        """The segments ``(S, 2, 3)`` in which a plane cuts the mesh, mm.

        A vertex that lies on the plane counts as above it, so every edge is crossed or is not, whichever face it is
        looked at from: outlines of a closed mesh are closed, and neighbours share their points to the last bit.

        Parameters
        ----------
        origin_mm, normal : (3,) float64
            A point of the plane, and the unit vector at right angles to it.
        """
        near = np.abs((self._middle - origin_mm) @ normal) <= self._half @ np.abs(normal) + 1e-9
        rows = (np.flatnonzero(near)[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        faces = self._faces[rows[rows < len(self._faces)]]
        heights = self._vertices @ normal - origin_mm @ normal
        over = (heights >= 0.0)[faces]
        mixed = (over[:, 0] != over[:, 1]) | (over[:, 0] != over[:, 2])
        faces, above = faces[mixed], over[mixed]
        height = heights[faces]
        # The corner that is alone on its side: both edges that meet there are crossed, and no other.
        alone = np.where((above.sum(axis=1) == 1)[:, None], above, ~above).argmax(axis=1)
        row = np.arange(len(faces))
        ends = [self._crossing(faces, height, row, alone, (alone + turn) % 3) for turn in (1, 2)]
        return np.stack(ends, axis=1)

    def _crossing(
        self, faces: IntArray, height: FloatArray, row: IntArray, one: IntArray, other: IntArray
    ) -> FloatArray:
        """Where the edge between two corners of each face passes the plane ``(S, 3)``."""
        swap = faces[row, one] > faces[row, other]  # from the lower vertex on, as the neighbour does
        a, b = np.where(swap, other, one), np.where(swap, one, other)
        share = height[row, a] / (height[row, a] - height[row, b])
        start, end = self._vertices[faces[row, a]], self._vertices[faces[row, b]]
        return np.asarray(start + share[:, None] * (end - start))


def cut_tubes(
    start_mm: FloatArray,
    end_mm: FloatArray,
    start_radius_mm: FloatArray,
    end_radius_mm: FloatArray,
    origin_mm: FloatArray,
    axes: FloatArray,
) -> tuple[FloatArray, IntArray]:
    """Outlines of tapered capsules in a plane: convex polygons ``(S, K, 2)`` in its axes, and whose each is ``(S,)``.

    A capsule is the union of balls along its axis, the radius changing linearly, so its cut is the union of discs:
    at t in [0, 1] of radius √(r(t)² − h(t)²), with h the height above the plane. That is concave in t, so that the
    outermost disc in each direction is unique, and it lies on the outline. Of `STATIONS` places the best is taken.

    Parameters
    ----------
    start_mm, end_mm : (M, 3) float64
    start_radius_mm, end_radius_mm : (M,) float64
    origin_mm : (3,) float64
        The plane's origin, mm.
    axes : (2, 3) float64
        Two unit vectors in the plane, at right angles to each other.
    """
    normal = np.cross(*axes)
    low, high = (start_mm - origin_mm) @ normal, (end_mm - origin_mm) @ normal
    near = np.flatnonzero(
        (np.minimum(low - start_radius_mm, high - end_radius_mm) < 0)
        & (np.maximum(low + start_radius_mm, high + end_radius_mm) > 0)
    )
    h0, h1, r0, r1 = low[near], high[near], start_radius_mm[near], end_radius_mm[near]
    # |h| ≤ r holds in an interval: h − r and −h − r are linear in t, and both have to be ≤ 0.
    first, last = np.zeros(len(near)), np.ones(len(near))
    for begin, change in ((h0 - r0, (h1 - r1) - (h0 - r0)), (-h0 - r0, (-h1 - r1) - (-h0 - r0))):
        root = np.divide(-begin, change, out=np.zeros(len(near)), where=change != 0)
        last = np.where(change > 0, np.minimum(last, root), last)
        first = np.where(change < 0, np.maximum(first, root), first)
        last = np.where((change == 0) & (begin > 0), -1.0, last)
    met = first <= last
    near, first, last = near[met], first[met], last[met]
    # Closer to the ends, where the discs' radii change fastest.
    way = (1 - np.cos(np.pi * np.linspace(0.0, 1.0, STATIONS))) / 2
    t = first[:, None] + way * (last - first)[:, None]
    flat = np.stack([(start_mm[near] - origin_mm) @ axes.T, (end_mm[near] - origin_mm) @ axes.T], axis=1)
    centre = flat[:, :1] + t[..., None] * (flat[:, 1:] - flat[:, :1])
    height = h0[met, None] + t * (h1 - h0)[met, None]
    radius = r0[met, None] + t * (r1 - r0)[met, None]
    disc = np.sqrt(np.maximum(radius**2 - height**2, 0.0))
    # Directions of two kinds, in two halves, one round each end: even ones for the round ends, and those that are even
    # on an ellipse as long and as wide as the outline, for the long sides of what is cut aslant.
    along = flat[:, 1] - flat[:, 0]
    leading = np.arctan2(along[:, 1], along[:, 0])
    wide = disc.max(axis=1)
    long = wide + np.linalg.norm(along, axis=1) * (last - first) / 2
    even = np.linspace(-np.pi / 2 + ASIDE, np.pi / 2 - ASIDE, HALF)
    between = (even[1:] + even[:-1]) / 2
    turned = np.arctan2(np.sin(between) * long[:, None], np.cos(between) * wide[:, None])
    half = np.sort(np.concatenate([np.broadcast_to(even, (len(near), HALF)), turned], axis=1), axis=1)
    turn = leading[:, None] + np.concatenate([half, half + np.pi], axis=1)
    towards = np.stack([np.cos(turn), np.sin(turn)], axis=2)
    best = (centre @ towards.transpose(0, 2, 1) + disc[..., None]).argmax(axis=1)  # (S, K)
    row = np.arange(len(near))[:, None]
    return np.asarray(centre[row, best] + disc[row, best, None] * towards), near


def clipped(segments_mm: FloatArray, height_mm: FloatArray, within_mm: float) -> tuple[FloatArray, IntArray]:
    """The parts of segments ``(S, 2, 3)`` that lie no farther than so much from a plane, and whose each is.

    Parameters
    ----------
    segments_mm : (S, 2, 3) float64
    height_mm : (S, 2) float64
        Of both ends above the plane, signed.
    within_mm : float
    """
    begin, change = height_mm[:, 0], height_mm[:, 1] - height_mm[:, 0]
    still = np.abs(change) < 1e-12
    slope = np.where(still, 1.0, change)
    ends = np.sort(np.stack([(-within_mm - begin) / slope, (within_mm - begin) / slope], axis=1), axis=1)
    first = np.where(still, 0.0, np.maximum(ends[:, 0], 0.0))
    last = np.where(still, 1.0, np.minimum(ends[:, 1], 1.0))
    kept = np.flatnonzero((first < last) & (~still | (np.abs(begin) <= within_mm)))
    share = np.stack([first[kept], last[kept]], axis=1)[..., None]
    start, along = segments_mm[kept, :1], segments_mm[kept, 1:] - segments_mm[kept, :1]
    return np.asarray(start + share * along), kept


def _by_place(points_mm: FloatArray) -> IntArray:
    """An order in which neighbours follow each other: by the bits of a coarse grid's coordinates, interleaved."""
    if len(points_mm) == 0:
        return np.zeros(0, dtype=np.int64)
    low, extent = points_mm.min(axis=0), np.ptp(points_mm, axis=0)
    cell = ((points_mm - low) / np.maximum(extent.max(), 1e-9) * 1023).astype(np.int64)
    code = np.zeros(len(cell), dtype=np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((cell[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(code, kind="stable")
