"""A balanced spanning tree over a surface's edges: between the shortest tree and the shortest paths."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import dijkstra

from planner.frames import FloatArray, IntArray

PATH_WEIGHT = 0.4
"""The trade-off c. On a smooth surface a branch leaves its parent at the angle whose cosine is c: here 66 degrees."""
SHORTEST_TWIG = 2
"""Steps along the graph that a new twig has at least; a shorter one would be a stub on its trunk. Ours."""


def surface_graph(vertices_mm: FloatArray, faces: IntArray, slowness: FloatArray) -> csr_array:
    """Join neighbouring vertices, and the two vertices that face each other across an edge.

    The second kind of step lets a path run straight where the mesh's own edges would make it zigzag.

    Parameters
    ----------
    vertices_mm : (V, 3) float64
    faces : (F, 3) int64
    slowness : (V,) float64
        What a millimetre costs at each vertex, > 0.

    Returns
    -------
    (V, V) csr_array
        Symmetric; length in mm times the mean slowness of the two ends.
    """
    count = len(vertices_mm)
    half = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    opposite = faces[:, [2, 0, 1]].reshape(-1)
    order = np.argsort(half[:, 0] * count + half[:, 1], kind="stable")
    half, opposite = half[order], opposite[order]
    shared = np.flatnonzero((half[1:] == half[:-1]).all(axis=1))
    across = np.stack([opposite[shared], opposite[shared + 1]], axis=1)
    pairs = np.unique(np.sort(np.concatenate([half, across]), axis=1), axis=0)
    u, v = pairs[pairs[:, 0] != pairs[:, 1]].T
    cost = np.linalg.norm(vertices_mm[u] - vertices_mm[v], axis=1) * 0.5 * (slowness[u] + slowness[v])
    both = (np.concatenate([u, v]), np.concatenate([v, u]))
    return csr_array(coo_array((np.concatenate([cost, cost]), both), shape=(count, count)))


def grow(graph: csr_array, root: int, terminals: IntArray, path_weight: float = PATH_WEIGHT) -> IntArray:
    """Join the terminals to the root by the Prim-Dijkstra trade-off.

    A terminal v joins the tree at the node u that minimises ``c * pathlength(root, u) + w(u, v)``, the key of Alpert,
    Hu, Huang, Kahng & Karger (IEEE Trans. CAD 14(7), 1995), with ``w`` the geodesic distance. Ours: terminals join in
    the order given, in generations that double the tree, so that trunks come first and twigs leave them.

    Parameters
    ----------
    graph : (V, V) csr_array
        From :func:`surface_graph`.
    root : int
    terminals : (K,) int64
        Coarsest first; those that the root cannot reach, or the tree has already all but reached, are left out.
    path_weight : float
        The trade-off c: 1 is Dijkstra's tree of shortest paths; with 0 nearness alone counts, as in Prim's, but by
        generations, so that the tree is short and not the shortest.

    Returns
    -------
    (V,) int64
        Each vertex's parent; -1 at the root, -2 outside the tree. Every leaf is a terminal.
    """
    count = graph.shape[0]
    parent = np.full(count, -2, dtype=np.int64)
    travelled = np.zeros(count)
    parent[root] = -1
    done = 0
    while done < len(terminals):
        generation = terminals[done : 2 * done + 1]
        done += len(generation)
        inside = np.flatnonzero(parent > -2)
        # One more vertex stands for the whole tree; a zero would not be stored as an edge.
        door = coo_array((path_weight * travelled[inside] + 1e-9, (np.zeros_like(inside), inside)), shape=(1, count))
        joined = csr_array(vstack([graph, door]))
        joined.resize((count + 1, count + 1))
        cost, before = dijkstra(joined, indices=count, return_predecessors=True)
        for terminal in generation[np.isfinite(cost[generation])]:
            path = [int(terminal)]
            while parent[path[-1]] == -2:
                path.append(int(before[path[-1]]))
            if len(path) <= SHORTEST_TWIG:
                continue
            for child, above in reversed(list(pairwise(path))):
                parent[child] = above
                travelled[child] = travelled[above] + cost[child] - cost[above]
    return parent
