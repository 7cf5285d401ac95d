"""Gap filling against functions that Laplace's equation keeps as they are, and against Benson's own map."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy.choose import Sheet
from planner.anatomy.retinotopy.gaps import FOVEA_DEG, fill_gaps
from planner.anatomy.retinotopy.wedge_dipole import wedge_dipole_retinotopy
from planner.frames import HEMISPHERES, HemisphereName

SIDE = 21


def grid() -> tuple[np.ndarray, np.ndarray]:
    """Faces of a square of SIDE × SIDE vertices, each with six neighbours, and where the vertices are ``(V,)``."""
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    a, b, c, d = (x.ravel() for x in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]))
    place = np.add.outer(1j * np.linspace(-0.5, 0.5, SIDE), np.linspace(0.2, 1.2, SIDE)).ravel()
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]), place


def position_of(maps: Retinotopy) -> np.ndarray:
    position = maps.eccentricity_deg * np.exp(1j * np.deg2rad(90.0 - maps.polar_angle_deg))
    return np.where(maps.area == V1, position, np.nan)


def test_a_logarithmic_map_is_restored_exactly_within_a_hole() -> None:
    faces, place = grid()
    true = np.exp(place) - FOVEA_DEG
    known = ~((np.abs(place.real - 0.7) < 0.26) & (np.abs(place.imag) < 0.26))
    found, reached = fill_gaps(faces, np.where(known, true, np.nan), known, np.ones(len(true), bool))
    assert (~known).sum() > 80
    assert reached.all()
    np.testing.assert_allclose(found, true, atol=1e-12)


def test_a_template_that_is_right_is_followed_to_the_far_edge() -> None:
    faces, place = grid()
    true = np.exp(place) - FOVEA_DEG
    known = place.real < 0.5
    region = np.ones(len(true), bool)
    found, _ = fill_gaps(faces, np.where(known, true, np.nan), known, region, true)
    np.testing.assert_allclose(found, true, atol=1e-12)
    level, _ = fill_gaps(faces, np.where(known, true, np.nan), known, region)
    assert np.abs(level - true).max() > 1.0  # without one the map ends level


def test_a_piece_without_any_measurement_is_left_out_or_follows_the_template() -> None:
    faces, place = grid()
    true = np.exp(place) - FOVEA_DEG
    region = np.abs(place.real - 0.7) > 0.04  # two pieces
    known = region & (place.real < 0.7)
    found, reached = fill_gaps(faces, true, known, region)
    np.testing.assert_array_equal(reached, known)
    assert not found[~known].any()
    found, reached = fill_gaps(faces, true, known, region, np.where(region, true, np.nan))
    np.testing.assert_array_equal(reached, region)
    np.testing.assert_allclose(found[region], true[region], atol=1e-12)


def test_filled_positions_stay_on_the_side_that_is_seen_and_known_ones_as_they_were() -> None:
    faces, place = grid()
    true = np.exp(place) - FOVEA_DEG - 1.0  # part of it a little beyond the meridian
    known = np.random.default_rng(0).random(len(true)) < 0.3
    found, _ = fill_gaps(faces, true, known, np.ones(len(true), bool))
    np.testing.assert_array_equal(found[known], true[known])
    assert (true[known].real < 0).any()
    assert (found[~known].real >= 0).all()


@pytest.mark.parametrize("name", HEMISPHERES)
@pytest.mark.parametrize(("missing", "median"), [(0.3, 0.004), (0.7, 0.007), (0.9, 0.02)])
def test_random_gaps_in_bensons_map_are_filled_to_a_few_per_cent(
    name: HemisphereName,
    missing: float,
    median: float,
    sheet_of: Callable[[HemisphereName], Sheet],
    atlas_of: Callable[[HemisphereName], Retinotopy],
) -> None:
    true = position_of(atlas_of(name))
    v1 = np.isfinite(true)
    known = v1 & (np.random.default_rng(0).random(len(v1)) > missing)
    found, reached = fill_gaps(sheet_of(name).faces, true, known, v1)
    gap = reached & ~known
    assert gap.sum() > 0.95 * (v1 & ~known).sum()
    assert np.median(np.abs(found - true)[gap] / (np.abs(true[gap]) + FOVEA_DEG)) < median


@pytest.mark.parametrize("name", HEMISPHERES)
def test_beyond_the_stimulus_a_poor_template_is_far_better_than_none(
    name: HemisphereName,
    sheet_of: Callable[[HemisphereName], Sheet],
    atlas_of: Callable[[HemisphereName], Retinotopy],
) -> None:
    sheet, true = sheet_of(name), position_of(atlas_of(name))
    assert sheet.registration is not None
    template = position_of(wedge_dipole_retinotopy(sheet.registration, name))
    v1 = np.isfinite(true)
    known = v1 & (np.abs(true) < 8.0)
    gap = v1 & ~known

    def error(found: np.ndarray) -> float:
        return float(np.median(np.abs(found - true)[gap] / (np.abs(true[gap]) + FOVEA_DEG)))

    assert error(fill_gaps(sheet.faces, true, known, v1, template)[0]) < 0.18
    assert error(fill_gaps(sheet.faces, true, known, v1)[0]) > 0.6
