from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.retinotopy.boundary import trace_boundary

SIDE = 12
NUMBER = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
X, Y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
POINTS = np.stack([X, Y, np.zeros(SIDE * SIDE)], axis=1)


def faces() -> np.ndarray:
    a, b, c, d = (x.ravel() for x in (NUMBER[:-1, :-1], NUMBER[:-1, 1:], NUMBER[1:, 1:], NUMBER[1:, :-1]))
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def within(x0: float, x1: float, y0: float, y1: float) -> np.ndarray:
    return (x0 <= X) & (x1 >= X) & (y0 <= Y) & (y1 >= Y)


def signed_area(loop: np.ndarray) -> float:
    x, y = X[loop], Y[loop]
    return float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum() / 2)


def test_a_rectangle_has_one_loop_in_order_with_its_inside_on_the_left() -> None:
    found = trace_boundary(POINTS, faces(), within(2, 8, 3, 7))
    (loop,) = found.loops
    assert len(loop) == len(set(loop.tolist())) == 20
    steps = POINTS[np.roll(loop, -1)] - POINTS[loop]
    np.testing.assert_array_equal(np.linalg.norm(steps, axis=1), 1.0)
    assert signed_area(loop) == 24.0
    assert (found.length_mm.tolist(), found.area_mm2.tolist()) == ([20.0], [24.0])
    assert (found.islands, found.holes) == (0, 0)


def test_a_hole_is_a_loop_the_other_way_round() -> None:
    found = trace_boundary(POINTS, faces(), within(1, 10, 1, 10) & ~within(4, 6, 4, 6))
    assert (len(found.loops), found.islands, found.holes) == (2, 0, 1)
    assert signed_area(found.loops[0]) == 81.0
    assert signed_area(found.loops[1]) == pytest.approx(-(81.0 - found.area_mm2[0]))
    assert "1 hole" in found.text


def test_islands_that_touch_in_a_vertex_keep_their_own_loops() -> None:
    # The two squares share vertex (5, 5); the diagonals of the faces run the other way, so no face joins them.
    inside = within(1, 5, 5, 9) | within(5, 8, 2, 5)
    found = trace_boundary(POINTS, faces(), inside)
    assert found.area_mm2.tolist() == [16.0, 9.0]
    assert [signed_area(loop) for loop in found.loops] == [16.0, 9.0]
    assert (found.islands, found.holes) == (1, 0)
    assert all(NUMBER[5, 5] in loop for loop in found.loops)


def test_an_area_without_a_whole_face_has_no_outline() -> None:
    found = trace_boundary(POINTS, faces(), within(3, 3, 3, 3))
    assert (found.loops, found.islands, found.holes) == ((), 0, 0)
    assert "0 mm²" in found.text
