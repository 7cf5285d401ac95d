from __future__ import annotations

from dataclasses import replace

import igl
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from planner.anatomy.demo import demo_hemisphere
from planner.anatomy.hemisphere import Hemisphere
from planner.anatomy.vessels.synthetic import ROOT_RADIUS_MM, grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError
from tests.timing import cpu_seconds


@pytest.fixture(scope="module", params=["lh", "rh"])
def hemisphere(request: pytest.FixtureRequest) -> Hemisphere:
    return demo_hemisphere(request.param)[0]


@pytest.fixture(scope="module")
def other(hemisphere: Hemisphere) -> Hemisphere:
    return demo_hemisphere("rh" if hemisphere.name == "lh" else "lh")[0]


@pytest.fixture(scope="module")
def trees(hemisphere: Hemisphere, other: Hemisphere) -> tuple[VesselTree, VesselTree]:
    return grow_pial_trees(hemisphere, 0, other)


def lengths(tree: VesselTree) -> np.ndarray:
    return np.asarray(np.linalg.norm(np.diff(tree.points_mm[tree.edges], axis=1)[:, 0], axis=1))


def test_an_artery_and_a_vein_say_that_they_are_synthetic(trees: tuple[VesselTree, VesselTree]) -> None:
    assert [t.kind for t in trees] == ["artery", "vein"]
    assert all(t.synthetic and "synthetic" in t.name and "seed 0" in t.source for t in trees)


def test_each_is_one_tree(trees: tuple[VesselTree, VesselTree]) -> None:
    for tree in trees:
        count = len(tree.points_mm)
        graph = coo_array((np.ones(len(tree.edges)), tree.edges.T), shape=(count, count))
        assert len(tree.edges) == count - 1
        assert connected_components(graph, directed=False)[0] == 1


def test_murrays_law_holds_at_every_branching(trees: tuple[VesselTree, VesselTree]) -> None:
    for tree in trees:
        cubes = np.zeros(len(tree.points_mm))
        np.add.at(cubes, tree.edges[:, 0], tree.radius_mm[tree.edges[:, 1]] ** 3)
        inner = cubes > 0
        np.testing.assert_allclose(cubes[inner], tree.radius_mm[inner] ** 3, rtol=0, atol=1e-9)


def test_calibres_density_and_steps_are_those_of_pial_vessels(trees: tuple[VesselTree, VesselTree]) -> None:
    for tree in trees:
        assert tree.radius_mm.max() == pytest.approx(ROOT_RADIUS_MM)
        assert 0.09 < tree.radius_mm.min() < 0.15
        assert 2000 < len(tree.edges) < 8000
        assert lengths(tree).min() > 0.0
        assert lengths(tree).max() <= 1.5


def test_no_node_lies_inside_pial_of_either_side_by_the_winding_number(
    hemisphere: Hemisphere, other: Hemisphere, trees: tuple[VesselTree, VesselTree]
) -> None:
    for tree in trees:
        for side in (hemisphere, other):
            assert np.abs(igl.fast_winding_number(side.pial_mm, side.faces, tree.points_mm)).max() < 0.5
        height = np.sqrt(igl.point_mesh_squared_distance(tree.points_mm, hemisphere.pial_mm, hemisphere.faces)[0])
        assert height.min() > 1e-3
        assert np.median(height / tree.radius_mm) == pytest.approx(1.0, abs=0.25)


def test_the_artery_starts_at_the_front_of_the_calcarine_and_the_vein_near_the_top_midline(
    hemisphere: Hemisphere, trees: tuple[VesselTree, VesselTree]
) -> None:
    v1 = hemisphere.pial_mm[hemisphere.retinotopy.area == 1]
    artery, vein = (tree.points_mm[tree.radius_mm.argmax()] for tree in trees)
    assert np.linalg.norm(artery - v1[v1[:, 1].argmax()]) < 3.0
    assert vein[2] > v1[:, 2].max() + 10.0
    assert abs(vein[0]) < 12.0


def test_courses_are_smooth_and_reach_all_of_v1(hemisphere: Hemisphere, trees: tuple[VesselTree, VesselTree]) -> None:
    v1 = hemisphere.pial_mm[hemisphere.retinotopy.area == 1]
    for tree in trees:
        assert np.percentile(cKDTree(tree.points_mm).query(v1)[0], 99) < 6.0
        along = np.diff(tree.points_mm[tree.edges], axis=1)[:, 0] / lengths(tree)[:, None]
        once = np.bincount(tree.edges[:, 0], minlength=len(tree.points_mm)) == 1
        into = np.full(len(tree.points_mm), -1)
        into[tree.edges[:, 1]] = np.arange(len(tree.edges))
        after = np.flatnonzero(once[tree.edges[:, 0]] & (into[tree.edges[:, 0]] >= 0))
        bend = np.einsum("ei,ei->e", along[after], along[into[tree.edges[after, 0]]])
        assert np.median(np.rad2deg(np.arccos(np.clip(bend, -1, 1)))) < 15.0


def test_vein_and_artery_share_little_room(trees: tuple[VesselTree, VesselTree]) -> None:
    artery, vein = trees
    gap, near = cKDTree(artery.points_mm).query(vein.points_mm)
    assert (gap < vein.radius_mm + artery.radius_mm[near]).mean() < 0.08


@pytest.mark.bench
def test_growth_takes_less_than_five_seconds(hemisphere: Hemisphere, other: Hemisphere) -> None:
    assert cpu_seconds(lambda: grow_pial_trees(hemisphere, 0, other)) < 5.0  # 1.4 s on a quiet machine


def test_the_seed_decides(hemisphere: Hemisphere, other: Hemisphere, trees: tuple[VesselTree, VesselTree]) -> None:
    again = grow_pial_trees(hemisphere, 0, other)
    for one, other in zip(trees, again, strict=True):
        assert (one.points_mm == other.points_mm).all()
        assert (one.edges == other.edges).all()
    different = grow_pial_trees(hemisphere, 1)[0]
    assert different.points_mm.shape != trees[0].points_mm.shape or (different.points_mm != trees[0].points_mm).any()


def test_without_v1_there_is_nothing_to_grow_around(hemisphere: Hemisphere) -> None:
    blank = replace(hemisphere.retinotopy, area=np.zeros_like(hemisphere.retinotopy.area))
    with pytest.raises(InputError, match="no V1"):
        grow_pial_trees(replace(hemisphere, retinotopy=blank), 0)
