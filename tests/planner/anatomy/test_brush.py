from __future__ import annotations

import igl
import numpy as np
import pytest
import trimesh

from planner.anatomy.brush import Brush
from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere, Retinotopy

LONGER = 1.15  # the brush's ways are longer than over the faces, by no more than this on these surfaces


@pytest.fixture(scope="module")
def ball() -> Hemisphere:
    sphere = trimesh.creation.icosphere(subdivisions=4, radius=20.0)
    points, faces = np.array(sphere.vertices), np.array(sphere.faces, dtype=np.int64)
    nothing = Retinotopy(np.zeros(len(points)), np.zeros(len(points)), np.zeros(len(points), np.int64), "none")
    return Hemisphere("lh", 0.9 * points, points, faces, nothing)


def test_on_a_ball_it_paints_the_cap_within_its_radius(ball: Hemisphere) -> None:
    """The arc between two points of a ball is known in closed form."""
    start = 123
    arc = 20.0 * np.arccos(np.clip(ball.pial_mm @ ball.pial_mm[start] / 400.0, -1.0, 1.0))
    got = Brush(ball).painted(ball.pial_mm[[start]], 8.0)
    assert set(np.flatnonzero(arc <= 8.0 / LONGER)) <= set(got) <= set(np.flatnonzero(arc <= 8.0))


def test_on_folded_cortex_it_keeps_to_ways_along_the_surface(demo: Anatomy) -> None:
    """Against exact geodesic distances over the faces (libigl)."""
    side = demo.hemispheres["lh"]
    v1 = np.flatnonzero(side.retinotopy.area == V1)
    brush = Brush(side)
    banks = 0
    for start in np.random.default_rng(0).choice(v1, 5, replace=False):
        straight = np.linalg.norm(side.pial_mm - side.pial_mm[start], axis=1)
        near = np.flatnonzero(straight <= 6.0).astype(np.int64)
        none = np.zeros(0, dtype=np.int64)
        within = np.flatnonzero(straight <= 8.0)  # no way of 6 mm leaves it
        row = np.full(len(straight), -1)
        row[within] = np.arange(len(within))
        faces = row[side.faces]
        faces = faces[(faces >= 0).all(axis=1)]
        exact = np.asarray(igl.exact_geodesic(side.pial_mm[within], faces, row[[start]], none, row[near], none))
        got = set(brush.painted(side.pial_mm[[start]] + [0.05, 0.0, 0.05], 6.0))
        assert got <= set(near[exact <= 6.0 + 1e-9])
        assert set(near[exact <= 6.0 / LONGER]) <= got
        banks += len(near) - len(got)
    assert banks > 0  # what is near across a sulcus is left clean


def test_strokes_add_up_whatever_their_order(ball: Hemisphere) -> None:
    brush, points = Brush(ball), ball.pial_mm[[5, 900, 40]]
    at_once = brush.painted(points, 5.0)
    one_by_one = [brush.painted(points[[k]], 5.0) for k in (2, 0, 1)]
    assert np.array_equal(at_once, np.unique(np.concatenate(one_by_one)))


def test_a_brush_finer_than_the_mesh_paints_one_vertex_and_one_that_is_nowhere_none(ball: Hemisphere) -> None:
    brush = Brush(ball)
    assert brush.painted(ball.pial_mm[[77]] + 1e-4, 0.0).tolist() == [77]
    assert brush.painted(np.zeros((0, 3)), 5.0).tolist() == []
