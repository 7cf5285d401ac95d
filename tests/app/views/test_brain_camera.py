"""What cameras see of a made-up cortex."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv

from app.views.brain_camera import aim, aim_along, aim_flat, edge_letters


def seen(camera: pv.Camera, points: np.ndarray, aspect: float) -> np.ndarray:
    """Where points appear: −1 to 1 from the left to the right edge, and from the lower to the upper one."""
    matrix = camera.GetCompositeProjectionTransformMatrix(aspect, 0, 1)
    flat = np.array([[matrix.GetElement(i, j) for j in range(4)] for i in range(4)])
    at = np.column_stack([points, np.ones(len(points))]) @ flat.T
    return at[:, :2] / at[:, 3:]


@pytest.mark.parametrize("aspect", [0.7, 1.0, 1.6])
def test_no_part_of_the_occipital_picture_is_left_empty_below_and_v1_stays_in_it(aspect: float) -> None:
    turn = np.random.default_rng(0).normal(size=(4000, 3))
    cortex = turn / np.linalg.norm(turn, axis=1, keepdims=True) * [68.0, 85.0, 60.0] + [0.0, -15.0, 20.0]
    v1 = cortex[(cortex[:, 1] < -80) & (cortex[:, 2] < 15)]  # near the lower edge, as V1 is
    camera = pv.Camera()
    aim(camera, "occipital", v1, cortex, aspect)
    assert np.abs(seen(camera, v1, aspect)).max() < 1.0
    assert seen(camera, cortex, aspect)[:, 1].min() < -0.6
    assert edge_letters(camera) == ("R", "L", "S", "I")


def test_flat_patches_are_seen_whole_whatever_the_shape_of_the_pane() -> None:
    points = np.array([[-70.0, 0.0, -30.0], [80.0, 0.0, 35.0]])
    for aspect in (0.6, 1.0, 2.0, 4.0):
        camera = pv.Camera()
        aim_flat(camera, points, aspect)
        at = seen(camera, points, aspect)
        assert np.abs(at).max() < 1.0
        assert np.abs(at).max() > 0.85
        assert (at[0] < at[1]).all()  # right is right and up is up


@pytest.mark.parametrize("axis", [(0.0, 1.0, 0.0), (0.6, 0.0, -0.8), (0.0, 0.0, -1.0)])
def test_along_an_axis_all_of_it_is_one_point_in_the_middle(axis: tuple[float, float, float]) -> None:
    camera = pv.Camera()
    aim_along(camera, (10.0, -60.0, 5.0), axis)
    line = np.array([10.0, -60.0, 5.0]) + np.linspace(-5.0, 5.0, 5)[:, None] * np.array(axis)
    np.testing.assert_allclose(seen(camera, line, 1.3), 0.0, atol=1e-9)
    assert np.dot(np.subtract(camera.focal_point, camera.position), axis) > 0
