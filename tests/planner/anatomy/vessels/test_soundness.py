from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from planner.anatomy.demo import demo_hemisphere
from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.soundness import check_near, check_side
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import VesselWall
from planner.errors import InputError
from planner.frames import HEMISPHERES


def line(offset_mm: float) -> VesselTree:
    points = np.array([[0.0, 0.0, offset_mm], [1.0, 0.0, offset_mm]])
    return VesselTree("line", "vessel", points, np.ones(2), np.array([[0, 1]]), "line.swc")


def test_a_tree_within_the_limit_passes_and_one_beyond_names_distance_and_remedy() -> None:
    cortex = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    check_near(line(25.0), cortex)
    with pytest.raises(InputError, match=r"line\.swc.* 26 mm .*25 mm.*register"):
        check_near(line(26.0), cortex)


BRAVA = {"axes": "x,-z,y", "offset_mm": (-86.5, 81.1, 76.8)}
"""The frame of a BraVa tree: its y is up and its z backward; the offset is the one that brings it to fsaverage."""


def test_a_tree_in_another_frame_is_refused_and_accepted_with_its_axes(shared_data: Path) -> None:
    pial = np.concatenate([demo_hemisphere(name)[0].pial_mm for name in ("lh", "rh")])
    folder = shared_data / "vessels"
    for name in ("lh_pial_artery.swc", "lh_pial_artery.stl", "lh_pial_artery_seg.nii.gz"):
        check_near(*read_vessels(VesselFile(str(folder / name)), {}), pial)
    brava = str(folder / "brava_BG001.swc")
    with pytest.raises(InputError, match=r"lie \d+ mm from the cortex.*another space"):
        check_near(*read_vessels(VesselFile(brava), {}), pial)
    (tree,) = read_vessels(VesselFile(brava, **BRAVA), {})
    check_near(tree, pial)
    assert isinstance(tree, VesselTree)
    # The basilar artery, where the tree begins, lies in the midline, below and before the occipital lobes.
    np.testing.assert_allclose(tree.points_mm[0], [0, -28, -32], atol=5)
    assert np.median(cKDTree(pial).query(tree.points_mm)[0]) < 2.5
    with pytest.raises(InputError, match="mirror image, which would exchange left and right"):
        read_vessels(VesselFile(brava, axes="-x,-z,y", offset_mm=(87.9, 81.4, 77.0)), {})


def moved(tree: VesselTree, factors: tuple[float, float, float]) -> VesselTree:
    return replace(tree, points_mm=tree.points_mm * factors)


def test_a_tree_read_as_ras_that_was_written_as_lps_is_refused() -> None:
    hemisphere, _ = demo_hemisphere("lh")
    artery, _ = grow_pial_trees(hemisphere, 1)
    check_near(artery, hemisphere.pial_mm)
    with pytest.raises(InputError, match="better read as LPS"):
        check_near(moved(artery, (-1.0, -1.0, 1.0)), hemisphere.pial_mm)


def test_a_tree_with_x_negated_is_refused_where_the_case_has_one_side() -> None:
    hemisphere, _ = demo_hemisphere("lh")
    artery, _ = grow_pial_trees(hemisphere, 1)
    with pytest.raises(InputError, match="left and right exchanged"):
        check_near(moved(artery, (-1.0, 1.0, 1.0)), hemisphere.pial_mm)


def test_walls_are_held_to_the_same_as_trees() -> None:
    pial = {name: demo_hemisphere(name)[0].pial_mm for name in HEMISPHERES}
    one = np.array([[0, 1, 2]])
    wall = VesselWall("wall", "vein", pial["lh"] + 0.2, one, "wall.stl")
    check_near(wall, pial["lh"])
    check_side(wall, "lh.stl", pial)
    with pytest.raises(InputError, match="better read as LPS"):
        check_near(replace(wall, vertices_mm=wall.vertices_mm * [-1.0, -1.0, 1.0]), pial["lh"])
    with pytest.raises(InputError, match="says rh"):
        check_side(wall, "rh veins.stl", pial)


def test_a_file_named_for_one_side_must_lie_on_it() -> None:
    pial = {name: demo_hemisphere(name)[0].pial_mm for name in HEMISPHERES}
    artery, _ = grow_pial_trees(demo_hemisphere("lh")[0], 1)
    check_side(artery, "lh_pial_artery.swc", pial)
    check_side(artery, "arteries.swc", pial)
    mirrored = moved(artery, (-1.0, 1.0, 1.0))
    with pytest.raises(InputError, match=r"says lh.*nearer to the other hemisphere"):
        check_side(mirrored, "lh_pial_artery.swc", pial)
    with pytest.raises(InputError, match="says rh"):
        check_side(artery, "right veins.vtp", pial)
