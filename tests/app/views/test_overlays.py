from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.case import Case
from app.views.overlays import (
    SCALES,
    Overlay,
    _folds,
    area_colours,
    area_name,
    colours,
    shares,
    table,
    ticks,
    usual_distances,
)
from app.window import MainWindow
from planner.design.limits import KNOWN_REACH_MM
from planner.design.nearness import Nearness


def test_v1_is_coloured_by_the_overlay_and_the_rest_by_folds(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    v1 = hemisphere.retinotopy.area == 1
    folds, painted = _folds(hemisphere).astype(np.uint8), colours(hemisphere, "eccentricity")
    np.testing.assert_array_equal(folds[~v1], painted[~v1])
    far = hemisphere.retinotopy.eccentricity_deg.argmax()
    near = np.flatnonzero(v1)[hemisphere.retinotopy.eccentricity_deg[v1].argmin()]
    assert np.abs(painted[near] - table("eccentricity")[0]).max() < 40
    assert painted[far, 0] > painted[near, 0]
    upper = np.flatnonzero(v1)[hemisphere.retinotopy.polar_angle_deg[v1].argmin()]
    assert colours(hemisphere, "polar angle")[upper, 0] > 180
    assert len(np.unique(colours(hemisphere, "none"), axis=0)) == 1


def test_each_area_has_a_colour_of_its_own_and_cortex_without_one_shows_its_folds(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    area = np.arange(len(hemisphere.pial_mm)) % 13
    many = replace(hemisphere, retinotopy=replace(hemisphere.retinotopy, area=area))
    painted = colours(many, "area")
    np.testing.assert_array_equal(painted[area == 0], _folds(hemisphere).astype(np.uint8)[area == 0])
    tables = area_colours(np.arange(1, 13))
    apart = np.abs(tables[:, None] - tables[None]).sum(axis=2)
    assert apart[~np.eye(12, dtype=bool)].min() > 40
    assert [area_name(n) for n in (1, 3, 12, 40)] == ["V1", "V3", "V3a", "area 40"]


def test_thickness_is_painted_from_its_first_colour_to_its_last(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    thick = 2.5  # of the whole sphere
    low, middle, high = (
        colours(hemisphere, "thickness", shown)[0].astype(int)
        for shown in ((thick, thick + 1), (thick - 1, thick + 1), (thick - 1, thick))
    )
    assert low.sum() > middle.sum() > high.sum()  # thick cortex is dark


@pytest.mark.parametrize("overlay", list(SCALES))
def test_ticks_lie_within_their_scale_and_rise(overlay: Overlay) -> None:
    scale = SCALES[overlay]
    for shown in (None, (scale.bounds[0], scale.bounds[1])):
        values = ticks(scale, shown)
        assert values[0] == (shown or scale.usual)[0]
        assert values[-1] == (shown or scale.usual)[1]
        at = shares(scale, np.array(values), shown)
        assert (np.diff(at) > 0.08).all()


def test_not_known_is_never_painted_as_far_from_vessels(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    count = len(hemisphere.pial_mm)
    far = table("vessel distance")[-1]
    unknown = Nearness(np.full(count, KNOWN_REACH_MM), np.zeros(count, dtype=bool))
    painted = colours(hemisphere, "vessel distance", None, unknown).astype(int)
    assert np.abs(painted - far).sum(axis=1).min() > 60
    known = colours(hemisphere, "vessel distance", None, replace(unknown, known=np.ones(count, dtype=bool))).astype(int)
    assert np.abs(known - far).sum(axis=1).max() < 40


def test_the_usual_range_of_distances_is_that_of_most_of_the_cortex_that_is_known() -> None:
    distance = np.concatenate([np.linspace(-0.2, 1.3, 1000), np.full(20, KNOWN_REACH_MM)])
    known = np.ones(len(distance), dtype=bool)
    assert usual_distances([Nearness(distance, known)]) == (0.0, 1.5)
    far = Nearness(np.full(3000, KNOWN_REACH_MM), np.zeros(3000, dtype=bool))
    assert usual_distances([Nearness(distance, known), far]) == (0.0, 1.5)  # not known counts for nothing
    assert usual_distances([far]) is None
    assert usual_distances([Nearness(far.distance_mm, ~far.known)]) == (KNOWN_REACH_MM - 0.5, KNOWN_REACH_MM)


def test_curvature_is_light_on_gyri_and_dark_in_sulci_with_a_clear_step_between() -> None:
    gray = table("curvature").mean(axis=1)
    assert (np.diff(gray) <= 0).all()
    assert gray[0] - gray[-1] > 180
    assert gray[96] - gray[160] > 70  # a quarter of the range about its middle


def test_units_are_alike_in_legend_and_tooltip(window: MainWindow) -> None:
    tip = window.brain.bar._overlay.toolTip()
    assert all(f"({scale.unit})" in tip for scale in SCALES.values() if scale.unit not in ("", "°"))
