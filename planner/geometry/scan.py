"""Scan conversion: which points of a regular grid lie inside a closed surface."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from planner.frames import FloatArray, IntArray

_AT_ONCE = 2**21  # pairs of triangle and column, some 300 MB of numbers


def inside_grid(vertices: FloatArray, faces: IntArray, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Which grid points lie inside a closed surface, by the signed crossings of each column of the grid.

    A column parallel to the third axis crosses the surface inwards (+1) and outwards (-1); their sum up to a point is
    its winding number. Where parts of the surface cut through one another their insides are joined.

    Parameters
    ----------
    vertices : (V, 3) float64
        In steps of the grid: the grid's points are the whole numbers from 0 on.
    faces : (F, 3) int64
        Counter-clockwise seen from outside; each edge in as many faces one way as the other.
    shape : tuple of 3 int

    Returns
    -------
    shape bool
    """
    crossings = np.zeros((shape[0], shape[1], shape[2] + 1), dtype=np.int32)
    corners = vertices[faces]
    low = np.clip(np.ceil(corners[:, :, :2].min(axis=1)), 0, shape[:2]).astype(np.int64)
    high = np.clip(np.floor(corners[:, :, :2].max(axis=1)) + 1, 0, shape[:2]).astype(np.int64)
    extent = np.maximum(high - low, 0)
    columns = extent[:, 0] * extent[:, 1]
    met = np.flatnonzero(columns)
    parts = np.cumsum(columns[met]) // _AT_ONCE
    for part in np.split(met, np.flatnonzero(np.diff(parts)) + 1):
        face = np.repeat(part, columns[part])
        within = np.arange(len(face)) - np.repeat(np.cumsum(columns[part]) - columns[part], columns[part])
        column = low[face] + np.stack(np.divmod(within, extent[face, 1]), axis=1)
        _count_crossings(crossings, vertices, faces[face], column)
    np.cumsum(crossings, axis=2, out=crossings)
    return np.asarray(crossings[:, :, :-1] > 0)


def _count_crossings(
    crossings: NDArray[np.int32], vertices: FloatArray, triangles: IntArray, columns: IntArray
) -> None:
    """Add, for each pair of triangle ``(P, 3)`` and column ``(P, 2)`` that meet, its sign to the next point up."""
    # The weight of a corner is twice the area, seen along the column, of the triangle between the column and the
    # opposite edge. Both faces at an edge measure it in the same direction, so that none or both leave a column to
    # their neighbour, also where rounding decides. A column through an edge or a corner is taken to pass a little
    # beside it: by ε along the first axis and ε² along the second.
    weights = np.empty((len(triangles), 3))
    for corner in range(3):
        ends = triangles[:, [(corner + 1) % 3, (corner + 2) % 3]]
        forward = ends[:, 0] < ends[:, 1]
        a, b = vertices[ends.min(axis=1), :2], vertices[ends.max(axis=1), :2]
        along = b - a
        area = along[:, 0] * (columns[:, 1] - a[:, 1]) - along[:, 1] * (columns[:, 0] - a[:, 0])
        tie = np.where(along[:, 1] != 0.0, -np.sign(along[:, 1]), np.sign(along[:, 0])) * np.finfo(np.float64).tiny
        area = np.where(area == 0.0, tie, area)
        weights[:, corner] = np.where(forward, area, -area)
    upward = np.asarray((weights > 0).all(axis=1))
    meet = upward | np.asarray((weights < 0).all(axis=1))
    weights, triangles, columns, upward = weights[meet], triangles[meet], columns[meet], upward[meet]
    height = (weights * vertices[triangles, 2]).sum(axis=1) / weights.sum(axis=1)
    above = np.clip(np.ceil(height), 0, crossings.shape[2] - 1).astype(np.int64)
    np.add.at(crossings, (columns[:, 0], columns[:, 1], above), np.where(upward, -1, 1))
