from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import igl
import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.mirrored import check_vessel_side
from planner.anatomy.vessels.pial_index import PialIndex
from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError


def flipped(tree: VesselTree) -> VesselTree:
    return replace(tree, points_mm=tree.points_mm * [-1.0, 1.0, 1.0])


def test_the_demos_vessels_pass_and_their_mirror_images_do_not(demo: Anatomy) -> None:
    both, lh = PialIndex.of(demo.hemispheres), PialIndex.of({"lh": demo.hemispheres["lh"]})
    for tree in demo.vessels:
        assert isinstance(tree, VesselTree)
        assert check_vessel_side(tree, both)
        check_vessel_side(tree, lh)  # also those that lie on the hemisphere that is not there
        with pytest.raises(InputError, match="the vessels and the cortex disagree: with x negated"):
            check_vessel_side(flipped(tree), both)
    for tree in demo.vessels[:2]:
        assert check_vessel_side(tree, lh)
        with pytest.raises(InputError, match="the vessels and the cortex disagree: with x negated"):
            check_vessel_side(flipped(tree), lh)  # type: ignore[arg-type]


def test_with_one_hemisphere_a_mirror_image_counts_only_on_the_cortex(demo: Anatomy) -> None:
    rh, tree = demo.hemispheres["rh"], demo.vessels[2]
    assert isinstance(tree, VesselTree)
    cortex = PialIndex.of({"rh": rh})
    for away_mm in (0.0, 6.0):  # straight out from the lateral face, 6 mm off nothing says that it is a mirror image
        normals = igl.per_vertex_normals(rh.pial_mm, rh.faces)
        outer = rh.pial_mm[:, 0] > np.percentile(rh.pial_mm[:, 0], 90)
        points = (rh.pial_mm + away_mm * normals)[outer] * [-1.0, 1.0, 1.0]
        ends = np.stack([np.arange(len(points) - 1), np.arange(1, len(points))], axis=1)
        given = replace(tree, points_mm=points, radius_mm=np.ones(len(points)), edges=ends)
        if away_mm:
            assert not check_vessel_side(given, cortex)
        else:
            with pytest.raises(InputError, match=r"nowhere near.*or are of the side that this case lacks"):
                check_vessel_side(given, cortex)


def test_no_remedy_names_axes_that_would_be_refused(demo: Anatomy) -> None:
    tree = demo.vessels[0]
    assert isinstance(tree, VesselTree)
    with pytest.raises(InputError) as caught:
        check_vessel_side(flipped(tree), PialIndex.of(demo.hemispheres))
    assert "axes" not in str(caught.value)


@pytest.mark.parametrize("seed", range(4))
def test_localisation_errors_of_two_millimetres_raise_no_alarm(demo: Anatomy, seed: int) -> None:
    shift = np.random.default_rng(seed).normal(size=3)
    pials = PialIndex.of(demo.hemispheres)
    for tree in demo.vessels:
        assert isinstance(tree, VesselTree)
        check_vessel_side(replace(tree, points_mm=tree.points_mm + 2.0 * shift / np.linalg.norm(shift)), pials)


@pytest.mark.parametrize("axes", [("x", 1, 1, 1), ("z", 1, -1, 1), ("z", -1, -1, 1)])
def test_a_tree_that_fits_nowhere_is_not_called_mirrored(fsaverage: Anatomy, shared_data: Path, axes: tuple) -> None:  # type: ignore[type-arg]
    """A whole head's tree fits a symmetric cortex either way: it is not refused, and its sides count as unchecked."""
    raw = np.loadtxt(shared_data / "vessels" / "brava_BG001.swc", comments="#")[:, 2:5]
    points = raw if axes[0] == "x" else raw[:, [0, 2, 1]]
    points = (points - points.mean(axis=0)) * axes[1:] + [0, -15, 5]
    ends = np.array([[0, 1]])
    tree = VesselTree("brava", "artery", points, np.ones(len(points)), ends, "brava.swc")
    assert not check_vessel_side(tree, PialIndex.of(fsaverage.hemispheres))
