"""Cuts by planes, against trimesh and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from planner.geometry.section import Sections, clipped, cut_tubes

TILTED = np.array([0.3, -0.5, 0.81]) / np.linalg.norm([0.3, -0.5, 0.81])
PLANE = np.eye(3)[:2]
LIFT = np.array([0.0, 0.0, 0.1])


def knot() -> trimesh.Trimesh:
    """A bumpy ball: a closed mesh whose cuts are not convex, so that several outlines may come of one plane."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=20.0)
    way = ball.vertices / 20.0
    bumps = 1 + 0.35 * np.sin(5 * way[:, 0]) * np.cos(6 * way[:, 1]) * np.sin(4 * way[:, 2] + 1)
    return trimesh.Trimesh(ball.vertices * bumps[:, None], ball.faces, process=False)


def length(segments: np.ndarray) -> float:
    return float(np.linalg.norm(segments[:, 1] - segments[:, 0], axis=1).sum())


@pytest.mark.parametrize("height", [-11.3, 0.0, 4.7, 18.2])
def test_a_meshs_cut_is_trimeshs(height: float) -> None:
    mesh = knot()
    origin = height * TILTED
    found = Sections(np.array(mesh.vertices), np.array(mesh.faces)).cut(origin, TILTED)
    theirs = np.array(trimesh.intersections.mesh_plane(mesh, TILTED, origin))
    assert len(found) == len(theirs)
    assert length(found) == pytest.approx(length(theirs), rel=1e-9)
    assert np.abs((found - origin) @ TILTED).max() < 1e-9
    middles = trimesh.proximity.closest_point(mesh, found.mean(axis=1))[1]
    assert middles.max() < 1e-9


@pytest.mark.parametrize("shift", [0.0, 0.125])
def test_outlines_are_closed_even_through_vertices(shift: float) -> None:
    box = trimesh.creation.box((8.0, 6.0, 4.0)).subdivide().subdivide()  # vertices at multiples of half a millimetre
    found = Sections(np.array(box.vertices), np.array(box.faces)).cut(np.array([0.0, 0.0, shift]), np.eye(3)[2])
    found = found[np.linalg.norm(found[:, 1] - found[:, 0], axis=1) > 0]
    ends, count = np.unique(found.reshape(-1, 3), axis=0, return_counts=True)
    assert (count == 2).all(), ends[count != 2]
    assert length(found) == pytest.approx(2 * (8.0 + 6.0), rel=1e-12)


def test_a_plane_that_misses_cuts_nothing() -> None:
    mesh = knot()
    sections = Sections(np.array(mesh.vertices), np.array(mesh.faces))
    assert sections.cut(np.array([0.0, 0.0, 60.0]), np.eye(3)[2]).shape == (0, 2, 3)
    assert Sections(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)).cut(np.zeros(3), TILTED).shape == (0, 2, 3)


def area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_a_tube_cut_across_is_a_circle_and_aslant_an_ellipse() -> None:
    for slope in (0.0, 0.5, 1.0):
        way = np.array([np.sin(slope), 0.0, np.cos(slope)])
        polygons, whose = cut_tubes(
            -30 * way[None], 30 * way[None], np.array([2.0]), np.array([2.0]), np.zeros(3), PLANE
        )
        assert whose.tolist() == [0]
        x, y = polygons[0].T
        assert np.abs((x * np.cos(slope)) ** 2 + y**2 - 4.0).max() < 0.04  # on the ellipse of half axes 2/cos and 2
        assert x.max() == pytest.approx(2.0 / np.cos(slope), abs=0.01)
        assert y.max() == pytest.approx(2.0, abs=0.01)


def test_a_tube_that_lies_in_the_plane_is_a_stadium_and_narrows_with_height() -> None:
    for height in (0.0, 0.6, 0.999):
        start, end = np.array([[-5.0, 0.0, height]]), np.array([[5.0, 0.0, height]])
        polygons, _ = cut_tubes(start, end, np.ones(1), np.ones(1), np.zeros(3), PLANE)
        half = np.sqrt(1 - height**2)
        assert polygons[0].max(axis=0) == pytest.approx([5 + half, half], abs=1e-6)
        assert area(polygons[0]) == pytest.approx(np.pi * half**2 + 20 * half, rel=1e-2)
    assert len(cut_tubes(start + LIFT, end + LIFT, np.ones(1), np.ones(1), np.zeros(3), PLANE)[0]) == 0


def test_outlines_of_tapered_tubes_hold_what_is_inside_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    start, end = rng.uniform(-4, 4, (200, 3)), rng.uniform(-4, 4, (200, 3))
    radii = rng.uniform(0.2, 2.0, (2, 200))
    polygons, whose = cut_tubes(start, end, *radii, np.zeros(3), PLANE)
    t = np.linspace(0, 1, 4001)
    probes = rng.uniform(-6, 6, (400, 2))
    met = set(whose.tolist())
    for tube in range(200):
        axis = start[tube] + t[:, None] * (end[tube] - start[tube])
        radius = radii[0, tube] + t * (radii[1, tube] - radii[0, tube])
        square = radius**2 - axis[:, 2] ** 2
        assert (tube in met) == (square.max() > 0) or abs(square.max()) < 1e-6
        if tube not in met:
            continue
        polygon = polygons[whose.tolist().index(tube)]
        corner = np.linalg.norm(polygon[:, None] - axis[:, :2], axis=2) - np.sqrt(np.maximum(square, 0))
        assert np.abs(np.where(square >= 0, corner, np.inf).min(axis=1)).max() < 0.02  # every corner on the wall
        gap = np.linalg.norm(np.append(probes, np.zeros((400, 1)), axis=1)[:, None] - axis, axis=2) - radius
        inside = gap.min(axis=1) < 0
        sure = np.abs(gap.min(axis=1)) > 0.06
        edge, to = np.roll(polygon, -1, axis=0) - polygon, probes[:, None] - polygon
        drawn = (edge[:, 0] * to[..., 1] - edge[:, 1] * to[..., 0] >= 0).all(axis=1)
        assert (drawn == inside)[sure].all()


def test_segments_are_clipped_to_the_slab() -> None:
    segments = np.array([[[0.0, 0.0, -4.0], [8.0, 0.0, 4.0]], [[0, 0, 0.5], [1, 0, 0.5]], [[0, 0, 3], [1, 0, 3]]])
    parts, whose = clipped(segments, segments[:, :, 2], 1.0)
    assert whose.tolist() == [0, 1]
    assert parts[0] == pytest.approx(np.array([[3.0, 0.0, -1.0], [5.0, 0.0, 1.0]]))
    assert parts[1] == pytest.approx(segments[1])
