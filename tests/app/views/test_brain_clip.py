"""Cutting the cortex open: on which side, and what can be pointed at then."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import pyvista as pv

from app.views.brain_clip import CLIPS, ClipPlane
from app.window import MainWindow


@pytest.mark.parametrize("clip", [clip for clip in CLIPS if clip != "off"])
def test_the_plane_goes_through_the_crosshair_and_leaves_out_what_is_nearer(clip: str) -> None:
    plane, camera, cross = ClipPlane(), pv.Camera(), (3.0, -50.0, 8.0)
    for position in ((200.0, -300.0, 100.0), (-200.0, 250.0, -100.0)):
        camera.position, camera.focal_point = position, (0.0, 0.0, 0.0)
        plane.follow(clip, camera, cross)
        assert abs(plane.plane.EvaluateFunction(cross)) < 1e-9
        assert plane.plane.EvaluateFunction(position) < 0


def test_what_is_cut_away_is_neither_seen_nor_pointed_at_and_threads_stay(
    window: MainWindow, picture: Callable[[], np.ndarray]
) -> None:
    session, brain = window.session, window.brain
    session.look_at((-45.0, -20.0, 0.0))
    pole = np.array([-45.0, -40.0, 0.0])
    at = brain.widget_position(pole)
    assert np.linalg.norm(np.subtract(brain.point_at(at).pial_mm, pole)) < 1.0
    whole = picture()
    brain.bar._clips["coronal"].trigger()
    cut = picture()
    assert (np.abs(cut.astype(int) - whole).sum(axis=2) > 30).mean() > 0.05
    found = brain.point_at(at)
    assert found is not None
    assert found.pial_mm[1] > 30.0  # the inside of the far wall
    assert not brain.entry_visible("no such thread")
    look = brain.stage.look(session.plan, session.preview, "")
    assert len(look.states) == len(session.plan.threads)
    assert "Cut at the crosshair" in brain.marks.marks.note
    brain.bar._clips["off"].trigger()
    assert np.linalg.norm(np.subtract(brain.point_at(at).pial_mm, pole)) < 1.0


def test_the_cut_follows_crosshair_and_camera(window: MainWindow, picture: Callable[[], np.ndarray]) -> None:
    session, brain = window.session, window.brain
    session.look_at((-45.0, -39.0, 0.0))
    brain.bar._clips["facing"].trigger()
    first = picture()
    session.look_at((-45.0, 0.0, 0.0))
    second = picture()
    assert np.abs(second.astype(int) - first).mean() > 0.5
    plane = brain.stage._plane.plane
    brain.look_from("medial left")
    picture()
    np.testing.assert_allclose(plane.GetNormal(), brain.plotter.camera.GetDirectionOfProjection(), atol=1e-6)


def test_an_unfolded_surface_is_not_cut(window: MainWindow) -> None:
    bar = window.brain.bar
    bar._clips["axial"].trigger()
    bar.choose(surface="inflated")
    assert not bar._clips["axial"].isEnabled()
    assert not window.brain.stage.cut_open()
    bar.choose(surface="pial")
    assert window.brain.stage.cut_open()
