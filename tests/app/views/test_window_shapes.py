"""An approach window's shape against what its definition says of points, without a display."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.slicing import Plane, standard
from app.views.window_shapes import (
    ARROW_MM,
    CORNERS,
    FUNNEL_MM,
    axis_from,
    cut_axis,
    cut_opening,
    funnel,
    radius_from,
    rim,
    tail,
)
from planner.anatomy.access import Surface, Window
from planner.frames import FloatArray

AXIS = (0.48, 0.6, 0.64)
WINDOW = Window("lh", "hull", (-20.0, -60.0, 5.0), AXIS, 12.0, 40.0, 60.0)


def test_the_rim_lies_in_the_windows_plane_a_radius_from_its_centre() -> None:
    away = rim(WINDOW) - WINDOW.centre_mm
    np.testing.assert_allclose(away @ np.array(AXIS), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(away, axis=1), 12.0)


def test_the_cone_is_of_directions_at_its_angle_from_the_axis_and_opens_outwards() -> None:
    ribs, mouth = funnel(WINDOW)
    inward = WINDOW.centre_mm - mouth
    np.testing.assert_allclose(np.linalg.norm(inward, axis=1), FUNNEL_MM)
    np.testing.assert_allclose(np.degrees(np.arccos(inward @ np.array(AXIS) / FUNNEL_MM)), 40.0)
    assert np.abs(ribs[:, 0] - WINDOW.centre_mm).max() == 0.0
    assert all(np.linalg.norm(mouth - end, axis=1).min() < 1e-12 for end in ribs[:, 1])


def ray_through(point: FloatArray, eye: FloatArray) -> tuple[FloatArray, FloatArray]:
    way = point - eye
    return eye + 0.1 * way, eye + 3.0 * way


@pytest.mark.parametrize("eye", [(-20.0, -300.0, 40.0), (-20.0, 240.0, 30.0), (150.0, -60.0, 80.0)])
def test_a_ray_through_the_arrows_beginning_gives_back_its_axis_from_either_side(eye: tuple[float, ...]) -> None:
    found = axis_from(WINDOW, *ray_through(tail(WINDOW), np.array(eye)))
    np.testing.assert_allclose(found, AXIS, atol=1e-9)


def test_a_ray_that_misses_turns_the_axis_towards_it() -> None:
    eye = np.array([-20.0, -300.0, 5.0])
    found = axis_from(WINDOW, *ray_through(np.array([80.0, -60.0, 5.0]), eye))
    assert np.linalg.norm(found) == pytest.approx(1.0)
    assert found[0] < -0.9  # from the right, where the mouse is


@pytest.mark.parametrize("surface", ["hull", "pial"])
def test_a_ray_through_a_point_of_the_rim_gives_its_radius(surface: Surface) -> None:
    window, eye = replace(WINDOW, surface=surface), np.array([-250.0, -330.0, -290.0])  # about along the axis
    wide = replace(window, radius_mm=20.0)
    facing = np.array(WINDOW.centre_mm) - eye
    for point in rim(wide)[::9]:
        found = radius_from(window, *ray_through(point, eye))
        assert found == pytest.approx(20.0, rel=1e-9 if surface == "hull" else 0.05)
    assert radius_from(window, eye, eye + facing) == pytest.approx(0.0, abs=1e-9)


def oblique() -> Plane:
    right = np.array([0.6, 0.0, 0.8])
    up = np.cross(right, np.array([0.0, 1.0, 0.0]))
    return Plane(np.array([-18.0, -58.0, 4.0]), np.stack([right, up]), np.cross(right, up))


@pytest.mark.parametrize(
    "plane", [oblique(), standard("axial", np.array([0, 0, 8.0])), standard("coronal", np.array([0, -55.0, 0]))]
)
@pytest.mark.parametrize("surface", ["hull", "pial"])
def test_a_slice_cuts_the_opening_where_plane_and_opening_meet(plane: Plane, surface: Surface) -> None:
    window = replace(WINDOW, surface=surface)
    ends = cut_opening(window, plane)
    assert len(ends) == (2 if surface == "hull" else CORNERS + 1)
    np.testing.assert_allclose(plane.height(ends), 0.0, atol=1e-9)
    away = ends - window.centre_mm
    np.testing.assert_allclose(np.linalg.norm(away, axis=-1), 12.0)  # its ends are on the rim, or on the ball
    if surface == "hull":
        np.testing.assert_allclose(away @ np.array(AXIS), 0.0, atol=1e-9)
        assert np.linalg.norm(ends[1] - ends[0]) > 1.0
    else:
        assert np.array_equal(ends[0], ends[-1])


@pytest.mark.parametrize("surface", ["hull", "pial"])
def test_a_slice_beside_the_opening_cuts_nothing(surface: Surface) -> None:
    far = standard("axial", np.array([0.0, 0.0, 30.0]))
    assert len(cut_opening(replace(WINDOW, surface=surface), far)) == 0
    assert len(cut_axis(WINDOW, far)) == 0


def test_the_arrow_is_drawn_in_a_slice_near_its_centre_and_ends_there() -> None:
    window = replace(WINDOW, axis=(0.6, 0.8, 0.0))
    plane = standard("axial", np.array([0.0, 0.0, 6.0]))
    shaft, *barbs = cut_axis(window, plane)
    tip = np.array([-20.0, -60.0, 6.0])
    np.testing.assert_allclose(shaft, np.stack([tip - ARROW_MM * np.array([0.6, 0.8, 0.0]), tip]), atol=1e-9)
    for barb in barbs:
        np.testing.assert_allclose(barb[1], tip, atol=1e-9)
        assert (barb[0] - tip) @ np.array([0.6, 0.8, 0.0]) < 0  # it points inwards
