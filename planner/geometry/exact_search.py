"""Neighbours for the verdict's geometry: things in classes of like size, in pieces that memory holds.

Searches by bounding balls must reach as far as the largest thing; with one reach for all, a single large triangle would
make every search a search of everything. So things are sorted into classes, each within twice the size of the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.frames import FloatArray, IntArray

ROUNDING_MM = 1e-9  # searches reach this much farther than they must
MOST_PAIRS = 500_000  # ours: what is looked at at once; some hundred bytes each


class SizeClasses:
    """Bounding balls of things, in any number of dimensions.

    Parameters
    ----------
    centre_mm : (M, D) float64
    reach_mm : (M,) float64
        Nothing of a thing is farther than this from its centre.
    """

    def __init__(self, centre_mm: FloatArray, reach_mm: FloatArray) -> None:
        self._centre, self._reach = centre_mm, reach_mm
        _, octave = np.frexp(reach_mm)
        self._classes = [
            (rows, cKDTree(centre_mm[rows], balanced_tree=False), float(reach_mm[rows].max()))
            for rows in (np.flatnonzero(octave == found) for found in np.unique(octave))
        ]

    def nearest(self, points_mm: FloatArray, solid_mm: FloatArray | None = None) -> FloatArray:
        """An upper bound ``(N,)`` of the distance to the nearest thing, whose centre belongs to it.

        So does the ball of radius `solid_mm` ``(M,)`` about it, where it is given.
        """
        bound = np.full(len(points_mm), np.inf)
        for rows, index, _ in self._classes:
            near, place = index.query(points_mm)
            np.minimum(bound, near if solid_mm is None else near - solid_mm[rows[place]], out=bound)
        return bound

    def within(self, points_mm: FloatArray, radius_mm: FloatArray | float) -> Iterator[tuple[IntArray, IntArray]]:
        """Pairs of a point and a thing whose ball is no farther than the point's radius, some at a time."""
        radius = np.broadcast_to(np.asarray(radius_mm, dtype=np.float64), len(points_mm))
        for rows, index, reach in self._classes:
            asked = np.flatnonzero(radius + reach + ROUNDING_MM >= 0.0)
            wide = radius[asked] + reach + ROUNDING_MM
            for part in _portions(index.query_ball_point(points_mm[asked], wide, return_length=True)):
                of = asked[part]
                row, place = pairs(index.query_ball_point(points_mm[of], wide[part]))
                point, thing = of[row], rows[place]
                gap = np.linalg.norm(points_mm[point] - self._centre[thing], axis=1) - self._reach[thing]
                kept = gap <= radius[point] + ROUNDING_MM
                yield point[kept], thing[kept]


def portions(count: int) -> Iterator[slice]:
    """So many rows in portions of at most `MOST_PAIRS`."""
    for start in range(0, count, MOST_PAIRS):
        yield slice(start, start + MOST_PAIRS)


def pairs(lists: NDArray[np.object_]) -> tuple[IntArray, IntArray]:
    """Flatten ragged neighbour lists to (row, neighbour) pairs."""
    counts = np.fromiter((len(found) for found in lists), dtype=np.int64, count=len(lists))
    flat = np.fromiter(chain.from_iterable(lists), dtype=np.int64, count=int(counts.sum()))
    return np.repeat(np.arange(len(lists)), counts), flat


def _portions(counts: IntArray) -> Iterator[slice]:
    """Rows in portions whose counts together are at most `MOST_PAIRS`, or that are a single row."""
    total = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = int(total[start - 1]) if start else 0
        end = max(int(np.searchsorted(total, before + MOST_PAIRS, side="right")), start + 1)
        yield slice(start, end)
        start = end
