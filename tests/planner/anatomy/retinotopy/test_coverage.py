from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.retinotopy.coverage import measure_coverage


def polar_patch(low: float, high: float, first: float, last: float) -> tuple[np.ndarray, np.ndarray]:
    """Faces and positions of a map that reaches just these eccentricities and (Benson's) angles."""
    rows, columns = 60, 40
    eccentricity = np.geomspace(low, high, rows)[:, None]
    angle = np.deg2rad(90.0 - np.linspace(first, last, columns))[None]
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (x.ravel() for x in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]))
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]), (eccentricity * np.exp(1j * angle)).ravel()


def test_a_quadrant_between_two_rings_is_counted_there_and_nowhere_else() -> None:
    faces, position = polar_patch(2.0, 20.0, 0.0, 90.0)
    found = measure_coverage(faces, position, np.ones(len(position), bool))
    expected = np.zeros((8, 2))
    expected[2:5, 0] = 1.0
    np.testing.assert_allclose(found.share, expected, atol=0.03)
    assert found.total == pytest.approx((20**2 - 2**2) / 2 / (90**2 - 0.5**2), rel=0.05)
    assert "10–20°: 100% / 2%" in found.text  # the 2 % are within reach of the border


def test_a_wedge_takes_its_share_of_the_angle() -> None:
    faces, position = polar_patch(0.4, 95.0, 60.0, 120.0)
    found = measure_coverage(faces, position, np.ones(len(position), bool))
    np.testing.assert_allclose(found.share, 1 / 3, atol=0.03)


def test_nothing_is_reached_without_v1() -> None:
    faces, position = polar_patch(2.0, 20.0, 0.0, 90.0)
    assert measure_coverage(faces, position, np.zeros(len(position), bool)).total == 0.0
