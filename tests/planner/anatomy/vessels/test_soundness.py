from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.demo import demo_hemisphere
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.soundness import check_near, check_side
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
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


def test_a_tree_in_another_frame_is_refused_against_fsaverage(shared_data: Path) -> None:
    pial = np.concatenate([demo_hemisphere(name)[0].pial_mm for name in ("lh", "rh")])
    check_near(read_vessels(shared_data / "vessels" / "lh_pial_artery.swc"), pial)
    with pytest.raises(InputError, match="another space"):
        check_near(read_vessels(shared_data / "vessels" / "brava_BG001.swc"), pial)


def moved(tree: VesselTree, factors: tuple[float, float, float]) -> VesselTree:
    return replace(tree, points_mm=tree.points_mm * factors)


def test_a_tree_read_as_ras_that_was_written_as_lps_is_refused() -> None:
    hemisphere, _ = demo_hemisphere("lh")
    artery, _ = grow_pial_trees(hemisphere, 1)
    check_near(artery, hemisphere.pial_mm)
    with pytest.raises(InputError, match="better read as LPS"):
        check_near(moved(artery, (-1.0, -1.0, 1.0)), hemisphere.pial_mm)


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
