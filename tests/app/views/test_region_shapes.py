"""Edge and hatching of forbidden cortex, without a display."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from app.views.region_shapes import edge_of, flat_hatching, forbidden_faces, hatching, level_lines
from planner.anatomy.hemisphere import Hemisphere, Retinotopy
from planner.anatomy.regions import painted_region, region_solid


@pytest.fixture(scope="module")
def ball() -> Hemisphere:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=20.0)
    points, faces = np.array(sphere.vertices), np.array(sphere.faces, dtype=np.int64)
    nothing = Retinotopy(np.zeros(len(points)), np.zeros(len(points)), np.zeros(len(points), np.int64), "none")
    return Hemisphere("lh", 0.85 * points, points, faces, nothing)


def test_the_edge_runs_where_the_forbidden_solid_has_its_walls(ball: Hemisphere) -> None:
    chosen = np.flatnonzero(ball.pial_mm[:, 2] > 14.0)
    inside = np.zeros(len(ball.pial_mm), dtype=bool)
    inside[chosen] = True
    edge = edge_of(forbidden_faces(ball.faces, inside)).on(ball.pial_mm.astype(np.float32))
    vertices, faces = region_solid(ball, painted_region("lh", chosen))
    outer = np.linalg.norm(vertices, axis=1) > 18.0
    walls = faces[(outer[faces].sum(axis=1) == 2)]  # these have an edge at the top of a wall
    tops = [vertices[face[outer[face]]] for face in walls]
    assert len(edge) == len(tops) > 20
    for given, wanted in zip(
        *(sorted(ends.mean(axis=1).round(3).tolist()) for ends in (edge, np.array(tops))), strict=True
    ):
        assert given == pytest.approx(wanted, abs=2e-3)


def test_lines_of_levels_are_where_values_are_whole_and_as_long_as_the_circles_they_stand_for(ball: Hemisphere) -> None:
    points = ball.pial_mm.astype(np.float32)
    height = ball.pial_mm[:, 2] / 3.1
    ends = level_lines(ball.faces, height).on(points)
    levels = ends[..., 2] / 3.1
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-5)
    for level in range(-6, 7):
        ours = ends[np.round(levels[:, 0]) == level]
        length = np.linalg.norm(ours[:, 1] - ours[:, 0], axis=1).sum()
        assert length == pytest.approx(2 * np.pi * np.sqrt(400.0 - (3.1 * level) ** 2), rel=0.03)
    only = level_lines(ball.faces, height, only=2).on(points)
    assert len(only) == (np.round(levels[:, 0]) == 2).sum()


def test_hatching_stays_on_the_forbidden_faces_and_is_as_dense_as_it_should_be(ball: Hemisphere) -> None:
    points = ball.pial_mm.astype(np.float32)
    patch = forbidden_faces(ball.faces, ball.pial_mm[:, 1] < -17.0)
    ends = hatching(patch, points, 1.0).on(points)
    corners = ball.pial_mm[patch]
    assert np.linalg.norm(ends.mean(axis=1)[:, None] - corners.mean(axis=1)[None], axis=2).min(axis=1).max() < 2.5
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1).sum() / 2
    length = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1).sum()
    assert length == pytest.approx(area, rel=0.15)  # lines 1 mm apart are as long as their area, on flat ground
    assert len(hatching(patch[:0], points).on(points)) == 0


def test_lines_in_a_slice_fill_what_is_enclosed_and_leave_holes() -> None:
    """A ring between two squares, whose area lines a given distance apart have to cover."""
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    outline = np.concatenate(
        [np.stack([size * square, size * np.roll(square, -1, axis=0)], axis=1) for size in (6.0, 2.5)]
    )
    found = flat_hatching(outline, 0.05)
    middle = np.abs(found.mean(axis=1)).max(axis=1)
    ends = np.abs(found).max(axis=2)
    assert ends.max() <= 6.0 + 1e-9
    assert (np.isclose(ends, 6.0) | np.isclose(ends, 2.5)).all()
    assert ((middle > 2.5) & (middle < 6.0)).all()
    length = np.linalg.norm(found[:, 1] - found[:, 0], axis=1).sum()
    assert 0.05 * length == pytest.approx(144.0 - 25.0, rel=0.01)
    assert len(flat_hatching(np.zeros((0, 2, 2)))) == 0
