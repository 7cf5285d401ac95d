from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay

from planner.anatomy.vessels.calibre import murray_radii
from planner.anatomy.vessels.spanning import grow, surface_graph


def lengths(weight: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Path lengths of the terminals, their shortest ones, and the whole tree's length, on a flat patch."""
    points = np.random.default_rng(0).uniform(0.0, 30.0, (900, 2))
    flat = np.column_stack([points, np.zeros(900)])
    graph = surface_graph(flat, Delaunay(points).simplices.astype(np.int64), np.ones(900))
    terminals = np.arange(1, 60)
    parent = grow(graph, 0, terminals, weight)
    step = np.where(parent >= 0, np.linalg.norm(flat - flat[np.maximum(parent, 0)], axis=1), 0.0)
    reached = terminals[parent[terminals] >= 0]
    path = []
    for node in map(int, reached):
        path.append(0.0)
        while parent[node] != -1:
            path[-1] += step[node]
            node = int(parent[node])
    return np.array(path), dijkstra(graph, indices=0)[reached], float(step.sum())


def test_weight_one_gives_shortest_paths() -> None:
    path, shortest, _ = lengths(1.0)
    np.testing.assert_allclose(path, shortest, atol=1e-6)


def test_less_weight_trades_path_length_for_a_shorter_tree() -> None:
    (balanced, shortest, total), (direct, _, direct_total) = lengths(0.4), lengths(1.0)
    assert total < 0.95 * direct_total
    assert balanced.mean() > direct.mean()
    assert (balanced / shortest).max() < 2.0


def test_equal_leaves_obey_murrays_law() -> None:
    radius = murray_radii(np.array([-1, 0, 1, 1, 0, 4, 4, 4]), 0.9)
    assert radius[0] == 0.9
    assert radius[1] ** 3 + radius[4] ** 3 == pytest.approx(0.9**3, abs=1e-12)
    assert radius[[2, 3, 5, 6, 7]] == pytest.approx(0.9 / np.cbrt(5), abs=1e-12)
