"""Cutting the cortex open: on which side, and what can be pointed at then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import pyvista as pv

from app.views.brain_camera import APPROACH
from app.views.brain_clip import CLEAR_MM, CLIPS, ClipPlane
from app.window import MainWindow
from planner.plan.edits import with_threads


@pytest.mark.parametrize("clip", [clip for clip in CLIPS if clip != "off"])
def test_the_plane_goes_through_the_crosshair_and_leaves_out_what_is_nearer(clip: str) -> None:
    plane, camera, cross = ClipPlane(), pv.Camera(), (3.0, -50.0, 8.0)
    for position in ((200.0, -300.0, 100.0), (-200.0, 250.0, -100.0)):
        camera.position, camera.focal_point = position, (0.0, 0.0, 0.0)
        plane.follow(clip, camera, cross)
        in_front = CLEAR_MM if clip == "facing" else 0.0
        assert plane.plane.EvaluateFunction(cross) == pytest.approx(in_front, abs=1e-9)
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
    note = brain.marks.marks.note
    assert "Cut at the crosshair: cortex and vessels posterior to it are left out" in note
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


@pytest.mark.parametrize(
    ("clip", "position", "words"),
    [
        ("axial", (0.0, -100.0, 300.0), "above it"),
        ("axial", (0.0, -100.0, -300.0), "below it"),
        ("coronal", (10.0, -300.0, 0.0), "posterior to it"),
        ("coronal", (10.0, 300.0, 0.0), "anterior to it"),
        ("sagittal", (-300.0, 20.0, 0.0), "to the patient's left of it"),
        ("sagittal", (300.0, 20.0, 0.0), "to the patient's right of it"),
        ("facing", (300.0, 20.0, 0.0), "nearer to you"),
    ],
)
def test_the_side_that_is_left_out_is_named(clip: str, position: tuple[float, float, float], words: str) -> None:
    plane, camera = ClipPlane(), pv.Camera()
    camera.position, camera.focal_point = position, (0.0, 0.0, 0.0)
    plane.follow(clip, camera, (0.0, 0.0, 0.0))
    assert plane.left_out(clip) == words
    assert plane.plane.EvaluateFunction(position) < 0  # and is what is left out


def test_vessels_are_cut_with_the_cortex(window: MainWindow, picture: Callable[[], np.ndarray]) -> None:
    session, brain = window.session, window.brain

    def red() -> int:
        seen = picture().astype(int)
        return int(((seen[..., 0] - seen[..., 2]) > 70).sum())

    for name in ("lh", "rh"):
        brain._set_hemisphere(name, True)
    session.look_at((-45.0, 30.0, 0.0))  # all vessels are behind it
    whole = red()
    brain.bar._clips["coronal"].trigger()
    assert red() < 0.2 * whole
    brain.bar._clips["off"].trigger()
    assert red() > 0.8 * whole


def test_along_the_approach_what_hides_the_target_is_cut_away_and_comes_back_with_the_next_view(
    window: MainWindow, picture: Callable[[], np.ndarray]
) -> None:
    session, brain = window.session, window.brain
    thread = next(t for t in session.plan.threads if t.hemisphere == "lh")
    turned = replace(thread, direction=(0.0, 0.0, 1.0))  # from below, through the lower part of the ball
    entry = (-45.0, -20.0, 30.0)
    session.edit("Turn", with_threads(session.plan, (replace(turned, entry_mm=entry),)))
    session.select(thread.name)
    brain.look_from(APPROACH)
    picture()
    assert brain.bar.clip == "facing"
    assert "Cut in front of the target" in brain.marks.marks.note
    seen = brain.point_at(brain.widget_position(np.array(entry)))
    assert seen is None or seen.pial_mm[2] > entry[2] - CLEAR_MM - 0.1
    brain.look_from("occipital")
    picture()
    assert brain.bar.clip == "off"
    assert "Cut" not in brain.marks.marks.note
    from_behind = replace(thread, entry_mm=(-45.0, -40.0, 0.0), direction=(0.0, 1.0, 0.0))
    session.edit("Turn", with_threads(session.plan, (from_behind,)))
    brain.look_from(APPROACH)
    assert brain.bar.clip == "off"  # nothing is in front of it
