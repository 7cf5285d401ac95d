from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.demo import demo_hemisphere
from planner.anatomy.vessels.files import read_vessels
from planner.anatomy.vessels.soundness import check_near
from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError


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
