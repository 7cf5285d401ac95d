"""An array's way in, to a micrometre: its dimple, shanks that cross a sulcus, and those that never enter.

The left block spans x −50 to −10 with its top at z = 20; its sulcus is x −32 to −28 from the top down to z = 5.
"""

from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.exact_path import LEAST_FAULT_MM, array_paths
from planner.design.limits import DIMPLE_MM
from planner.geometry.exact import ExactMesh

UM = 1e-3
Y = 1.7
Point = tuple[float, float, float]


@pytest.fixture(scope="module")
def pial(blocks: Anatomy) -> ExactMesh:
    side = blocks.hemispheres["lh"]
    return ExactMesh(side.pial_mm, side.faces)


def path(pial: ExactMesh, *shanks: tuple[Point, Point]) -> list[float]:
    base, tip = (np.array(points) for points in zip(*shanks, strict=True))
    return [float(margin) for margin in array_paths(pial, base, tip)]


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_the_cortex_gives_way_to_the_base_so_far_and_no_farther(pial: ExactMesh, um: float) -> None:
    z = 20.0 - DIMPLE_MM + um * UM
    assert path(pial, ((-19.3, Y, z), (-19.3, Y, z - 1.5))) == pytest.approx([um * UM], abs=1e-9)


def test_a_base_above_pial_has_the_more_to_spare(pial: ExactMesh) -> None:
    bases = [((-19.3, Y, 20.0 + height), (-19.3, Y, 18.0)) for height in (0.0, 0.5, 3.0)]
    assert path(pial, *bases) == pytest.approx([DIMPLE_MM, DIMPLE_MM + 0.5, DIMPLE_MM + 3.0])


def test_a_shank_that_crosses_the_sulcus_lacks_the_length_outside(pial: ExactMesh) -> None:
    across = (-9.0, Y, 14.0), (-34.0, Y, 14.0)
    slanted = (-9.0, Y, 14.0), (-34.0, Y + 6.0, 9.0)
    length = np.linalg.norm(np.subtract(*slanted))
    assert path(pial, across, slanted) == pytest.approx([-4.0, -4.0 / 25.0 * length], abs=1e-9)


@pytest.mark.parametrize("um", [-2.0, 2.0])
def test_a_tip_decides_to_a_micrometre_whether_it_is_out_again(pial: ExactMesh, um: float) -> None:
    (margin,) = path(pial, ((-9.0, Y, 14.0), (-28.0 + um * UM, Y, 14.0)))
    assert margin == pytest.approx(DIMPLE_MM + 1.0 if um > 0 else -2.0 * UM, abs=1e-9)
    (least,) = path(pial, ((-9.0, Y, 14.0), (-28.0 - 1e-6, Y, 14.0)))
    assert least == -LEAST_FAULT_MM


def test_all_that_is_outside_after_the_first_way_in_counts(pial: ExactMesh) -> None:
    """Through both lobes: 4 mm of sulcus, and 5 mm beyond the medial face."""
    assert path(pial, ((-52.0, Y, 14.0), (-5.0, Y, 14.0))) == pytest.approx([-9.0], abs=1e-9)


def test_a_shank_from_the_sulcus_enters_once(pial: ExactMesh) -> None:
    """Its base is in the sulcus, 2 mm from either bank."""
    assert path(pial, ((-30.0, Y, 14.0), (-34.0, Y, 14.0))) == pytest.approx([DIMPLE_MM + 2.0])


def test_a_base_within_the_dimple_has_entered_so_that_leaving_counts(pial: ExactMesh) -> None:
    assert path(pial, ((-27.9, Y, 14.0), (-34.0, Y, 14.0))) == pytest.approx([-4.0], abs=1e-9)


def test_a_shank_that_never_enters_or_never_was_outside_is_judged_by_its_base(pial: ExactMesh) -> None:
    """Whether its contacts are in gray matter is another limit's to say."""
    above, inside = ((-19.3, Y, 23.0), (-19.3, Y, 21.0)), ((-19.3, Y, 15.0), (-19.3, Y, 13.0))
    assert path(pial, above, inside) == pytest.approx([DIMPLE_MM + 3.0, DIMPLE_MM - 5.0])


def test_shanks_do_not_answer_for_each_other(pial: ExactMesh) -> None:
    good, crossing = ((-19.3, Y, 20.0), (-19.3, Y, 18.5)), ((-9.0, Y, 14.0), (-34.0, Y, 14.0))
    above = ((-19.3, Y, 23.0), (-19.3, Y, 21.0))
    for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1), (1, 2, 0)):
        shanks = [(good, crossing, above)[i] for i in order]
        alone = [path(pial, shank)[0] for shank in shanks]
        assert path(pial, *shanks) == pytest.approx(alone, abs=1e-12)
