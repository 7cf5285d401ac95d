from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from planner.anatomy.demo import demo_hemisphere
from planner.anatomy.hemisphere import Hemisphere
from planner.anatomy.ribbon import Ribbon
from planner.anatomy.vessels.penetrating import SEGMENTS, grow_penetrating
from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError
from tests.timing import cpu_seconds


@pytest.fixture(scope="module")
def hemisphere() -> Hemisphere:
    return demo_hemisphere("lh")[0]


@pytest.fixture(scope="module")
def trees(hemisphere: Hemisphere) -> tuple[VesselTree, VesselTree]:
    return grow_penetrating(hemisphere, 0)


def test_they_run_down_through_v1s_gray_matter(hemisphere: Hemisphere, trees: tuple[VesselTree, VesselTree]) -> None:
    ribbon = Ribbon(hemisphere)
    for tree in trees:
        points = torch.from_numpy(tree.points_mm.reshape(-1, SEGMENTS + 1, 3))
        start, end = (ribbon.locate(points[:, at]) for at in (0, -1))
        assert start.depth.abs().max() < 1e-6
        assert end.depth.min() > 0.3
        assert end.depth.max() < 1.0
        assert ribbon.locate(points[:, 1:-1].reshape(-1, 3)).outside_mm.max() < 0.1


def test_they_are_30_to_60_micrometres_across_and_say_that_they_are_synthetic(
    trees: tuple[VesselTree, VesselTree],
) -> None:
    assert [tree.kind for tree in trees] == ["artery", "vein"]
    for tree in trees:
        assert tree.radius_mm.min() >= 0.015
        assert tree.radius_mm.max() <= 0.030
        assert tree.synthetic
        assert "synthetic" in tree.name


def test_they_stand_evenly_and_no_nearer_than_their_spacing(
    hemisphere: Hemisphere, trees: tuple[VesselTree, VesselTree]
) -> None:
    v1 = hemisphere.pial_mm[hemisphere.retinotopy.area == 1]
    for tree, apart in zip(trees, (1.0, 1.4), strict=True):
        roots = tree.points_mm[:: SEGMENTS + 1]
        assert len(roots) > 500
        assert cKDTree(roots).query(roots, k=2)[0][:, 1].min() >= apart
        assert np.percentile(cKDTree(roots).query(v1)[0], 99) < 2 * apart


def test_the_seed_decides_and_growth_is_quick(hemisphere: Hemisphere, trees: tuple[VesselTree, VesselTree]) -> None:
    assert cpu_seconds(lambda: grow_penetrating(hemisphere, 0)) < 1.2  # 0.14 s on a quiet machine
    again = grow_penetrating(hemisphere, 0)
    assert all((one.points_mm == other.points_mm).all() for one, other in zip(trees, again, strict=True))
    assert len(grow_penetrating(hemisphere, 1)[0].edges) != len(trees[0].edges)


def test_without_v1_there_is_nothing_to_grow_in(hemisphere: Hemisphere) -> None:
    blank = replace(hemisphere.retinotopy, area=np.zeros_like(hemisphere.retinotopy.area))
    with pytest.raises(InputError, match="no V1"):
        grow_penetrating(replace(hemisphere, retinotopy=blank), 0)
