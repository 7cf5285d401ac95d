"""What is told of a point, in the balls whose every distance is known."""

from __future__ import annotations

import numpy as np
import pytest

from app.case import Case
from app.reading import read, words
from planner.anatomy.hemisphere import V1


def vertex(case: Case, name: str) -> int:
    hemisphere = case.anatomy.hemispheres[name]
    rows = np.flatnonzero(hemisphere.retinotopy.area == V1)
    return int(rows[np.linalg.norm(hemisphere.pial_mm[rows] - hemisphere.pial_mm[rows].mean(axis=0), axis=1).argmin()])


@pytest.mark.parametrize("name", ["lh", "rh"])
@pytest.mark.parametrize("depth", [0.2, 0.5, 0.9])
def test_in_v1_it_tells_the_depth_and_the_field_of_its_column(case: Case, name: str, depth: float) -> None:
    hemisphere, row = case.anatomy.hemispheres[name], vertex(case, name)
    point = hemisphere.pial_mm[row] + depth * (hemisphere.white_mm[row] - hemisphere.pial_mm[row])
    found = read(case.site, tuple(float(v) for v in point))
    assert found.hemisphere == name
    assert found.tissue == "gray matter"
    assert found.depth == pytest.approx(depth, abs=0.02)
    eccentricity, polar = found.field_deg
    assert eccentricity == pytest.approx(hemisphere.retinotopy.eccentricity_deg[row], rel=0.05)
    assert abs(polar) == pytest.approx(hemisphere.retinotopy.polar_angle_deg[row], abs=3)
    assert (polar > 0) == (name == "lh")  # each side sees the other half


def test_tissue_is_told_by_the_surfaces(case: Case) -> None:
    hemisphere, row = case.anatomy.hemispheres["lh"], vertex(case, "lh")
    outward = hemisphere.pial_mm[row] - hemisphere.white_mm[row]
    outside, white = hemisphere.pial_mm[row] + 0.1 * outward, hemisphere.white_mm[row] - outward
    assert read(case.site, tuple(white)).tissue == "white matter"
    assert read(case.site, tuple(outside)).tissue in ("outside", "unknown")
    far = read(case.site, (0.0, 200.0, 0.0))
    assert (far.tissue, far.hemisphere, far.field_deg) == ("unknown", None, None)


def test_a_point_on_pial_is_of_the_cortex_below_it_and_one_a_tenth_off_is_outside(case: Case) -> None:
    hemisphere, row = case.anatomy.hemispheres["lh"], vertex(case, "lh")
    pial = hemisphere.pial_mm[row]
    outward = (pial - hemisphere.white_mm[row]) / np.linalg.norm(pial - hemisphere.white_mm[row])
    for off_mm in (0.0, 0.01):
        found = read(case.site, tuple(pial + off_mm * outward))
        assert (found.tissue, found.hemisphere) == ("gray matter", "lh")
        assert found.depth == pytest.approx(0.0, abs=0.02)
    assert read(case.site, tuple(pial + 0.15 * outward)).tissue in ("outside", "unknown")


def test_other_spaces_are_told_where_they_are_known(case: Case) -> None:
    found = read(case.site, (-45.0, 0.0, 0.0))
    assert (found.tkras_mm, found.voxel) == (None, None)
    assert words(found)[0] == "RAS  -45.0  +0.0  +0.0 mm"
