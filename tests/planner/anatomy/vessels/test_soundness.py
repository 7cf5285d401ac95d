from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.demo import demo_hemisphere
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.pial_index import PialIndex
from planner.anatomy.vessels.soundness import check_has_side, check_near, check_side
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import VesselWall
from planner.errors import InputError
from planner.frames import HEMISPHERES


def line(offset_mm: float) -> VesselTree:
    points = np.array([[0.0, 0.0, offset_mm], [40.0, 0.0, offset_mm]])
    return VesselTree("line", "vessel", points, np.ones(2), np.array([[0, 1]]), "line.swc")


@pytest.fixture(scope="module")
def pials() -> PialIndex:
    return PialIndex.of({name: demo_hemisphere(name)[0] for name in HEMISPHERES})


@pytest.fixture(scope="module")
def artery() -> VesselTree:
    return grow_pial_trees(demo_hemisphere("lh")[0], 1)[0]


@pytest.fixture(scope="module")
def left() -> PialIndex:
    return PialIndex.of({"lh": demo_hemisphere("lh")[0]})


def test_a_tree_within_the_limit_passes_and_one_beyond_names_distance_and_remedy() -> None:
    cortex = PialIndex({"lh": np.array([[0.0, 0.0, 0.0], [40.0, 0.0, 0.0]])}, {})
    check_near(line(25.0), cortex)
    with pytest.raises(InputError, match=r"line\.swc.* 26 mm .*25 mm.*register"):
        check_near(line(26.0), cortex)


BRAVA = {"axes": "x,-z,y", "offset_mm": (-86.5, 81.1, 76.8)}
"""The frame of a BraVa tree: its y is up and its z backward; the offset is the one that brings it to fsaverage."""


def test_a_tree_in_another_frame_is_refused_and_accepted_with_its_axes(shared_data: Path, pials: PialIndex) -> None:
    folder = shared_data / "vessels"
    for name in ("lh_pial_artery.swc", "lh_pial_artery.stl", "lh_pial_artery_seg.nii.gz"):
        check_near(*read_vessels(VesselFile(str(folder / name)), {}), pials)
    brava = str(folder / "brava_BG001.swc")
    with pytest.raises(InputError, match=r"lie \d+ mm from the cortex.*another space"):
        check_near(*read_vessels(VesselFile(brava), {}), pials)
    (tree,) = read_vessels(VesselFile(brava, **BRAVA), {})
    check_near(tree, pials)
    assert isinstance(tree, VesselTree)
    # The basilar artery, where the tree begins, lies in the midline, below and before the occipital lobes.
    np.testing.assert_allclose(tree.points_mm[0], [0, -28, -32], atol=5)
    assert np.median(pials.distance(tree.points_mm)) < 2.5
    with pytest.raises(InputError, match="mirror image, which would exchange left and right"):
        read_vessels(VesselFile(brava, axes="-x,-z,y", offset_mm=(87.9, 81.4, 77.0)), {})


def moved(tree: VesselTree, factors: tuple[float, float, float]) -> VesselTree:
    return replace(tree, points_mm=tree.points_mm * factors)


def test_a_tree_read_as_ras_that_was_written_as_lps_is_refused(artery: VesselTree, left: PialIndex) -> None:
    check_near(artery, left)
    with pytest.raises(InputError, match="better read as LPS"):
        check_near(moved(artery, (-1.0, -1.0, 1.0)), left)


@pytest.fixture(scope="module")
def right_alone(fsaverage: Anatomy) -> PialIndex:
    return PialIndex.of({"rh": fsaverage.hemispheres["rh"]})


@pytest.fixture(scope="module")
def of_the_left(shared_data: Path) -> VesselTree:
    (tree,) = read_vessels(VesselFile(str(shared_data / "vessels" / "lh_pial_artery.swc")), {})
    assert isinstance(tree, VesselTree)
    return tree


def test_a_case_of_one_hemisphere_refuses_a_file_named_for_the_other(
    of_the_left: VesselTree, right_alone: PialIndex, pials: PialIndex, left: PialIndex
) -> None:
    for tree in (of_the_left, moved(of_the_left, (-1.0, -1.0, 1.0))):  # whatever space is said
        with pytest.raises(InputError, match=r"says lh.* only rh.*vessels of the side that this case lacks"):
            check_has_side(tree, "lh_pial_artery.swc", right_alone)
    for name, cortex in (("lh.swc", left), ("lh.swc", pials), ("left and right.swc", left), ("a.swc", right_alone)):
        check_has_side(of_the_left, name, cortex)


def test_vessels_of_the_missing_side_are_told_by_where_they_lie_and_never_called_lps(
    of_the_left: VesselTree, right_alone: PialIndex
) -> None:
    """Read as LPS they lie 8.3 mm from the hemisphere that is there instead of 18.3, which is no fit."""
    with pytest.raises(InputError, match=r"18 mm.*vessels of the side that this case lacks \(lh\)") as refused:
        check_near(of_the_left, right_alone)
    assert "LPS" not in str(refused.value)


def test_lps_is_suggested_only_where_that_reading_lies_on_the_cortex() -> None:
    for off_mm, says in ((2.9, "better read as LPS"), (3.5, "neither as they are .* nor read as LPS .*another space")):
        x = np.linspace(10.0, 50.0, 9)
        at = np.column_stack([x, np.full(9, 30.0), np.zeros(9)])
        tree = replace(line(0.0), points_mm=(at * [-1.0, -1.0, 1.0])[[0, -1]] + [0.0, 0.0, off_mm])
        with pytest.raises(InputError, match=says):
            check_near(tree, PialIndex({"lh": at}, {}))


def test_a_whole_heads_tree_is_accepted_beside_one_hemisphere(shared_data: Path, right_alone: PialIndex) -> None:
    (tree,) = read_vessels(VesselFile(str(shared_data / "vessels" / "brava_BG001.swc"), **BRAVA), {})
    check_near(tree, right_alone)


def test_walls_are_held_to_the_same_as_trees(pials: PialIndex, left: PialIndex) -> None:
    wall = VesselWall("wall", "vein", demo_hemisphere("lh")[0].pial_mm + 0.2, np.array([[0, 1, 2]]), "wall.stl")
    check_near(wall, left)
    assert check_side(wall, "lh.stl", pials)
    with pytest.raises(InputError, match="better read as LPS"):
        check_near(replace(wall, vertices_mm=wall.vertices_mm * [-1.0, -1.0, 1.0]), left)
    with pytest.raises(InputError, match="says rh"):
        check_side(wall, "rh veins.stl", pials)


def test_a_file_named_for_one_side_must_lie_on_it(artery: VesselTree, pials: PialIndex, left: PialIndex) -> None:
    assert check_side(artery, "lh_pial_artery.swc", pials)
    assert not check_side(artery, "arteries.swc", pials)
    assert not check_side(artery, "lh_pial_artery.swc", left)
    mirrored = moved(artery, (-1.0, 1.0, 1.0))
    with pytest.raises(InputError, match=r"says lh.*nearer to the other hemisphere"):
        check_side(mirrored, "lh_pial_artery.swc", pials)
    for name in ("right veins.vtp", "RightArteries.swc", "arteriesRight.swc"):
        with pytest.raises(InputError, match="says rh"):
            check_side(artery, name, pials)


@pytest.mark.parametrize(
    ("points", "radii", "says"),
    [
        (1e-3, 1e-3, "radii of up to 0.0009 mm, which no vessel has"),
        (1.0, 1e-3, "radii of up to 0.0009 mm, which no vessel has"),
        (1.0, 1e3, "radii of up to 900 mm, which no vessel has"),
        (1e3, 1e3, "coordinates of up to"),
        (0.1, 0.1, "in other units than mm"),
        (0.1, 1.0, "in other units than mm"),
        (1e-3, 1.0, "in other units than mm"),
    ],
)
def test_other_units_than_millimetres_are_refused(
    tmp_path: Path, artery: VesselTree, pials: PialIndex, points: float, radii: float, says: str
) -> None:
    path, parent = tmp_path / "a.swc", np.full(len(artery.points_mm), -1)
    parent[artery.edges[:, 1]] = artery.edges[:, 0]
    rows = np.column_stack([np.arange(len(parent)), parent, points * artery.points_mm, radii * artery.radius_mm])
    path.write_text("".join(f"{int(i)} 3 {x:.7g} {y:.7g} {z:.7g} {r:.7g} {int(p)}\n" for i, p, x, y, z, r in rows))
    with pytest.raises(InputError, match=says):
        check_near(*read_vessels(VesselFile(str(path)), {}), pials)
    if points == radii:
        check_near(*read_vessels(VesselFile(str(path), scale=1 / points), {}), pials)


def test_small_vessels_that_lie_on_the_cortex_are_in_millimetres(artery: VesselTree, pials: PialIndex) -> None:
    near = np.linalg.norm(artery.points_mm - artery.points_mm[500], axis=1) < 4.0
    kept = artery.edges[near[artery.edges].all(axis=1)]
    used, edges = np.unique(kept, return_inverse=True)
    check_near(replace(artery, points_mm=artery.points_mm[used], edges=edges.reshape(-1, 2)), pials)


def test_an_unusual_calibre_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a.swc"
    for radius, odd in ((0.02, True), (0.2, False), (4.0, True)):
        path.write_text(f"1 3 0 0 0 {radius} -1\n2 3 40 0 0 {radius} 1\n")
        (tree,) = read_vessels(VesselFile(str(path)), {})
        assert ("unusual" in tree.note) == odd
