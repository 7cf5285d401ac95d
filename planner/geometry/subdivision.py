"""Subdivide a triangle mesh in the order in which FreeSurfer numbers the icosahedra of fsaverage."""

from __future__ import annotations

import numpy as np

from planner.frames import FloatArray, IntArray


def subdivide(faces: IntArray, vertices: int) -> tuple[IntArray, IntArray]:
    """Split every triangle in four.

    Midpoints are numbered after the old vertices, in the order in which the edges (ca, bc, ab) of the faces (a, b, c)
    are first met. Two rounds turn fsaverage5 (10 242 vertices) into fsaverage's 163 842 vertices in their own order.

    Parameters
    ----------
    faces : (F, 3) int64
    vertices : int
        How many vertices the faces refer to.

    Returns
    -------
    faces : (4F, 3) int64
        First (a, ab, ca) of every face, then (ca, bc, c), (ab, b, bc), (ab, bc, ca) face by face.
    parents : (E, 2) int64
        The two old vertices of each new one.
    """
    a, b, c = faces.T
    edges = np.sort(np.stack([c, a, b, c, a, b], axis=1).reshape(-1, 2), axis=1)
    _, first, inverse = np.unique(edges[:, 0] * vertices + edges[:, 1], return_index=True, return_inverse=True)
    met = np.argsort(first)
    number = np.empty_like(met)
    number[met] = np.arange(len(met))
    ca, bc, ab = (vertices + number[inverse]).reshape(-1, 3).T
    rest = np.stack([ca, bc, c, ab, b, bc, ab, bc, ca], axis=1).reshape(-1, 3)
    return np.concatenate([np.stack([a, ab, ca], 1), rest]), edges[first[met]]


def midpoints(values: FloatArray, parents: IntArray) -> FloatArray:
    """Append to per-vertex `values` ``(V, ...)`` the means at new vertices with `parents` ``(E, 2)``."""
    return np.concatenate([values, values[parents].mean(axis=1)])
