"""A brush for the cortex: which vertices are reached from where it is put, along the surface."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import Hemisphere
from planner.frames import FloatArray, IntArray


class Brush:
    """Ready to paint one hemisphere's pial surface, as quickly as a mouse moves; making it takes a moment.

    A vertex is reached where the way to it over pial is no longer than the brush's radius. So the bank of a sulcus
    that the brush is put on is painted, and not the one across. Ways (ours) start at the vertex next to the brush's
    point and lead along edges and straight across pairs of faces: never shorter than over the surface, and a few
    percent longer.
    """

    def __init__(self, hemisphere: Hemisphere) -> None:
        self._pial_mm, count = hemisphere.pial_mm, len(hemisphere.pial_mm)
        self._tree = cKDTree(self._pial_mm)
        ends, length = _ways(self._pial_mm, hemisphere.faces)
        keys = ends.min(axis=1) * count + ends.max(axis=1)
        order = np.lexsort([length, keys])  # the shortest of each pair first: a sparse matrix would add them up
        _, first = np.unique(keys[order], return_index=True)
        (start, end), length = ends[order[first]].T, length[order[first]]
        both = np.concatenate([start, end]), np.concatenate([end, start])
        self._ways = csr_array((np.concatenate([length, length]), both), shape=(count, count))

    def painted(self, points_mm: FloatArray, radius_mm: float) -> IntArray:
        """Vertices within a radius of the brush's points, along the surface.

        Parameters
        ----------
        points_mm : (N, 3) float64
            Scanner RAS, on pial.
        radius_mm : float

        Returns
        -------
        (K,) int64
            In rising order; the vertex next to each point is always among them.
        """
        if len(points_mm) == 0:
            return np.zeros(0, dtype=np.int64)
        _, nearest = self._tree.query(points_mm)
        nearest = np.unique(nearest)
        # no way along a surface is shorter than the straight one, so that only a small piece has to be searched
        within = self._tree.query_ball_point(self._pial_mm[nearest], radius_mm)
        piece = np.unique(np.concatenate([nearest, *map(np.asarray, within)])).astype(np.int64)
        way_mm = dijkstra(
            self._ways[piece][:, piece],
            indices=np.searchsorted(piece, nearest),
            limit=radius_mm,
            min_only=True,
        )
        return np.asarray(piece[way_mm <= radius_mm])


def _ways(points: FloatArray, faces: IntArray) -> tuple[IntArray, FloatArray]:
    """Short ways over a surface: ends ``(W, 2)`` and lengths ``(W,)`` of its edges, and across them between corners."""
    sides = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    opposite = np.concatenate([faces[:, 2], faces[:, 0], faces[:, 1]])
    low, high = sides.min(axis=1), sides.max(axis=1)
    order = np.lexsort([high, low])
    twice = np.flatnonzero((low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1]))
    one, other = order[twice], order[twice + 1]
    a, b, c, d = low[one], high[one], opposite[one], opposite[other]
    side = points[b] - points[a]
    length = np.linalg.norm(side, axis=1)
    unit = side / np.maximum(length, 1e-12)[:, None]
    (c_along, c_away), (d_along, d_away) = (_beside(points[end] - points[a], unit) for end in (c, d))
    crossing = c_along + (d_along - c_along) * c_away / np.maximum(c_away + d_away, 1e-12)
    inside = (crossing >= 0.0) & (crossing <= length) & (c != d)  # the faces unfolded: straight from corner to corner
    straight = np.hypot(c_along - d_along, c_away + d_away)
    ends = np.concatenate([sides, np.stack([c, d], axis=1)[inside]])
    return ends, np.concatenate([np.linalg.norm(points[sides[:, 0]] - points[sides[:, 1]], axis=1), straight[inside]])


def _beside(vectors: FloatArray, unit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How far vectors ``(E, 3)`` lead along unit vectors, and away from them."""
    along = (vectors * unit).sum(axis=1)
    return along, np.linalg.norm(vectors - along[:, None] * unit, axis=1)
