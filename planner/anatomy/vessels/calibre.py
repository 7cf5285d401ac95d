"""Calibres of a branching tree by Murray's law."""

from __future__ import annotations

import numpy as np

from planner.frames import FloatArray, IntArray


def murray_radii(parent: IntArray, root_radius_mm: float) -> FloatArray:
    """Radius of each node, equal at all leaves, with ``r³ = Σ r³`` of its children at every branching.

    Murray, Proc. Natl. Acad. Sci. 12(3), 1926. With equal leaves the law says ``r = r_leaf · leaves^(1/3)``.

    Parameters
    ----------
    parent : (N,) int64
        Each node's parent, -1 at the root; a parent comes before its children.
    root_radius_mm : float

    Returns
    -------
    (N,) float64
        In mm.
    """
    count = len(parent)
    leaves = np.zeros(count, dtype=np.int64)
    leaves[np.bincount(parent[1:], minlength=count) == 0] = 1
    for node in range(count - 1, 0, -1):
        leaves[parent[node]] += leaves[node]
    return np.asarray(root_radius_mm * np.cbrt(leaves / leaves[0]))
