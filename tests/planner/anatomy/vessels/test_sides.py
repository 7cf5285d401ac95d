from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.pial_index import PialIndex
from planner.anatomy.vessels.sides import sides_of
from planner.anatomy.vessels.tree import VesselTree


def line(*points: tuple[float, float, float]) -> VesselTree:
    nodes = np.array(points)
    edges = np.stack([np.arange(len(nodes) - 1), np.arange(1, len(nodes))], axis=1)
    return VesselTree("line", "artery", nodes, np.full(len(nodes), 0.3), edges, "made up")


@pytest.mark.parametrize("name", ["lh", "rh"])
def test_the_demos_trees_run_over_their_own_hemisphere(demo: Anatomy, name: str) -> None:
    pials = PialIndex.of(demo.hemispheres)
    trees = [tree for tree in demo.vessels if tree.name.startswith(name)]
    assert len(trees) == 2
    for tree in trees:
        assert name in sides_of(tree, pials)
        assert tree.sides == (name,)


def test_a_tree_across_the_midline_runs_over_both() -> None:
    x = np.linspace(-30, 30, 61)
    right = np.stack([np.abs(x) + 1, x, x], 1)
    pials = PialIndex({"lh": right * [-1, 1, 1], "rh": right}, {})
    left, across = np.stack([-np.abs(x) - 2, x, x], 1), np.stack([x, x, x], 1)
    assert sides_of(line(*left), pials) == ("lh",)
    assert sides_of(line(*across), pials) == ("lh", "rh")
    assert sides_of(line(*left), PialIndex({"rh": right}, {})) == ("rh",)
