from __future__ import annotations

import igl
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.geometry import scan
from planner.geometry.scan import inside_grid


def grid(shape: tuple[int, int, int]) -> np.ndarray:
    return np.stack(np.meshgrid(*(np.arange(n, dtype=float) for n in shape), indexing="ij"), axis=-1)


def by_winding(vertices: np.ndarray, faces: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    number = igl.winding_number(vertices, faces.astype(np.int64), grid(shape).reshape(-1, 3))
    return (number > 0.5).reshape(shape)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), subdivisions=st.integers(0, 3))
def test_a_dented_ball_holds_the_points_that_its_winding_number_says(seed: int, subdivisions: int) -> None:
    dice = np.random.default_rng(seed)
    ball = trimesh.creation.icosphere(subdivisions=subdivisions)
    turn, _ = np.linalg.qr(dice.normal(size=(3, 3)))
    turn *= np.linalg.det(turn)
    vertices = 6.0 * ball.vertices * dice.uniform(0.6, 1.2, (len(ball.vertices), 1)) @ turn.T + dice.uniform(5, 9, 3)
    shape = (15, 14, 16)
    np.testing.assert_array_equal(inside_grid(vertices, ball.faces, shape), by_winding(vertices, ball.faces, shape))


def test_a_box_between_grid_points_holds_those_within_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    box = trimesh.creation.box(bounds=[[1.5, 2.5, 0.5], [6.5, 4.5, 8.5]])
    expected = np.zeros((9, 9, 12), dtype=bool)
    expected[2:7, 3:5, 1:9] = True
    np.testing.assert_array_equal(inside_grid(box.vertices, box.faces, (9, 9, 12)), expected)
    monkeypatch.setattr(scan, "_AT_ONCE", 3)  # in many parts
    np.testing.assert_array_equal(inside_grid(box.vertices, box.faces, (9, 9, 12)), expected)


def test_columns_through_vertices_and_edges_are_crossed_once_in_and_once_out() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=5.0)
    corners = np.concatenate([np.rint(ball.vertices * 2) / 2 + 8.0])  # many corners on columns, many edges along them
    found = inside_grid(corners, ball.faces, (17, 17, 17))
    away = np.linalg.norm(grid((17, 17, 17)) - 8.0, axis=-1)
    assert found[away < 4.0].all()
    assert not found[away > 6.0].any()


def test_a_surface_beyond_the_grid_is_cut_at_its_sides() -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=50.0)
    assert inside_grid(ball.vertices, ball.faces, (4, 5, 6)).all()
    assert not inside_grid(ball.vertices + 100.0, ball.faces, (4, 5, 6)).any()


def test_overlapping_parts_are_joined() -> None:
    first = trimesh.creation.box(bounds=[[0.5, 0.5, 0.5], [4.5, 4.5, 4.5]])
    second = trimesh.creation.box(bounds=[[2.5, 2.5, 2.5], [7.5, 7.5, 7.5]])
    both = trimesh.util.concatenate([first, second])
    apart = [inside_grid(m.vertices, m.faces, (9, 9, 9)) for m in (first, second)]
    np.testing.assert_array_equal(inside_grid(both.vertices, both.faces, (9, 9, 9)), apart[0] | apart[1])
