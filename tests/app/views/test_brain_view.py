"""The 3D view under a real display: what is drawn, and what is under the mouse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app import aims, theme
from app.case import Case
from app.tasks import Job
from app.views.brain_camera import PRESETS
from app.views.status import STATES
from app.window import MainWindow
from planner.anatomy.hemisphere import V1
from planner.design.site import prepare_site


def test_a_point_of_the_cortex_is_found_again_under_its_pixel(window: MainWindow) -> None:
    brain = window.brain
    for x in (-45.0, 45.0):
        point = np.array([x, -np.sqrt(40.0**2 - 5.0**2), 5.0])
        found = brain.point_at(brain.widget_position(point))
        assert found.hemisphere == ("lh" if x < 0 else "rh")
        assert np.linalg.norm(np.subtract(found.pial_mm, point)) < 0.6


def test_left_is_left_when_looked_at_from_behind(qtbot, window: MainWindow) -> None:
    brain = window.brain
    qtbot.waitUntil(lambda: not brain._draw.isActive() and bool(brain.marks.marks.right))
    left, right = (brain.widget_position(np.array([x, -40.0, 0.0])).x() for x in (-45.0, 45.0))
    assert left < right
    marks = brain.marks.marks
    assert (marks.right, marks.left, marks.top, marks.bottom) == ("R", "L", "S", "I")


def test_letters_and_notes_are_of_the_frame_last_drawn_never_of_one_to_come(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    brain = window.brain
    qtbot.waitUntil(lambda: not brain._draw.isActive())
    drawn: list[np.ndarray] = []  # towards the viewer, of each frame
    target = brain.plotter.render_window
    camera = brain.plotter.camera
    observer = target.AddObserver(
        "StartEvent", lambda *_: drawn.append(np.subtract(camera.position, camera.focal_point))
    )
    written: list[tuple[int, str]] = []  # how many frames there were when letters changed, and to what
    write = brain.marks.write

    def note(marks: object) -> None:
        if marks.right != brain.marks.marks.right:
            written.append((len(drawn), marks.right))
        write(marks)

    monkeypatch.setattr(brain.marks, "write", note)
    before, frames = brain.marks.marks, len(drawn)
    for preset in ("lateral left", "lateral right"):
        brain._frame_s = 0.5  # a slow machine: the frame comes late
        brain.look_from(preset)
        brain.bar._hemispheres["rh"].trigger()
        brain.bar._vessels.trigger()
        if not written:
            assert len(drawn) == frames
            assert brain.marks.marks == before
        qtbot.waitUntil(lambda: not brain._draw.isActive(), timeout=3000)
        qtbot.waitUntil(lambda side=preset: brain.marks.marks.right[0] == ("P" if "left" in side else "A"))
    target.RemoveObserver(observer)
    assert all(frame > frames for frame, _ in written)
    assert [drawn[frame - 1][0] < 0 for frame, _ in written] == [right[0] == "P" for _, right in written]


def test_a_hidden_hemisphere_cannot_be_pointed_at(window: MainWindow) -> None:
    brain = window.brain
    at = brain.widget_position(np.array([45.0, -40.0, 0.0]))
    brain.bar._hemispheres["rh"].trigger()
    found = brain.point_at(at)
    assert found is None or found.hemisphere == "lh"


def test_threads_are_drawn_and_unsafe_ones_in_another_colour(
    qtbot, window: MainWindow, picture, settled: Callable[[], None]
) -> None:
    def coloured(pixels: np.ndarray, colour: str) -> int:
        return int((np.abs(pixels - np.array(theme.rgb(colour))).sum(axis=2) < 90).sum())

    window.brain.bar.choose(overlay="none")
    window.brain.bar._vessels.trigger()
    before = picture()
    assert coloured(before, theme.SAFE) > 8
    assert coloured(before, theme.UNSAFE) == 0
    aims.set_limit(window.session, "clearance_mm", 5.0)
    settled()
    after = picture()
    assert coloured(after, theme.UNSAFE) > 8


def test_unknown_safety_has_a_look_of_its_own(window: MainWindow, picture) -> None:
    session, brain = window.session, window.brain
    brain.bar.choose(overlay="none")
    brain.bar._vessels.trigger()
    known = picture()
    session.set_preview(None)
    unknown = picture()
    safe = [np.abs(pixels - np.array(theme.rgb(theme.SAFE))).sum(axis=2) < 90 for pixels in (known, unknown)]
    assert safe[0].sum() > 8
    assert safe[1].sum() == 0
    assert np.abs(known - unknown).sum() > 0
    look = brain._look(session.plan)
    assert [STATES[state] for state in look.states] == ["unknown"] * len(session.plan.threads)


def test_every_surface_overlay_and_preset_draws_something_else(window: MainWindow, picture) -> None:
    brain = window.brain
    seen = [picture()]
    for choose in (
        lambda: brain.bar.choose(overlay="polar angle"),
        lambda: brain.bar.choose(surface="inflated"),
        lambda: brain.look_from(PRESETS[1]),
        lambda: brain.bar._opacity.setValue(30),
    ):
        choose()
        seen.append(picture())
        assert np.abs(seen[-1].astype(int) - seen[-2]).mean() > 0.5


def test_the_thread_under_the_mouse_is_found_and_empty_space_has_none(window: MainWindow) -> None:
    brain, thread = window.brain, window.session.plan.threads[0]
    assert brain.thread_at(brain.widget_position(np.array(thread.entry_mm))) == thread.name
    assert brain.thread_at(QPointF(3, 3)) == ""


def test_synthetic_vessels_are_said_to_be_so_while_they_are_shown(qtbot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: "Synthetic vessels" in window.brain.marks.marks.note)
    window.brain.bar._vessels.trigger()
    qtbot.waitUntil(lambda: "Synthetic vessels" not in window.brain.marks.marks.note)


def test_vessels_can_be_switched_only_where_they_are_drawn(window: MainWindow) -> None:
    bar = window.brain.bar
    assert bar._vessels.isEnabled()
    bar.choose(surface="inflated")
    assert not bar._vessels.isEnabled()
    bar.choose(surface="white")
    assert bar._vessels.isEnabled()


def test_on_the_inflated_surface_nothing_can_be_taken_hold_of(qtbot, window: MainWindow) -> None:
    name = window.session.plan.threads[0].name
    window.brain.bar.choose(surface="inflated")
    assert not window.brain.entry_visible(name)
    qtbot.waitUntil(lambda: "Inflated" in window.brain.marks.marks.note)
    look = window.brain._look(window.session.plan)
    assert window.brain.entry_position(name) == window.brain.widget_position(look.entry_mm[0])
    assert window.brain.thread_at(window.brain.entry_position(name)) == name


def test_the_light_mesh_is_drawn_only_while_a_slow_picture_moves(window: MainWindow) -> None:
    brain = window.brain
    brain._frame_s = 0.5
    brain.set_moving(True)
    assert all(actors._light for actors in brain.stage.cortices.values())
    brain.set_moving(False)
    assert not any(actors._light for actors in brain.stage.cortices.values())
    brain._frame_s = 0.001
    brain.set_moving(True)
    assert not any(actors._light for actors in brain.stage.cortices.values())


def test_a_thread_that_is_selected_is_seen_whatever_was_hidden(qtbot, window: MainWindow) -> None:
    brain, session = window.brain, window.session
    name = next(t.name for t in session.plan.threads if t.hemisphere == "rh")
    brain.look_from("medial left")
    assert not brain.stage.cortices["rh"].visible
    session.select(name)
    assert brain.stage.cortices["rh"].visible
    assert brain.bar._hemispheres["rh"].isChecked()


def test_without_vessels_the_picture_says_so_and_the_switch_is_off(qtbot, window: MainWindow) -> None:
    session = window.session
    anatomy = replace(session.case.anatomy, vessels=())
    session.open(Case(prepare_site(anatomy), session.case.cortices), session.plan)
    assert not window.brain.bar._vessels.isEnabled()
    assert not window.brain.bar._vessels.isChecked()
    qtbot.waitUntil(lambda: "No vessels known" in window.brain.marks.marks.note)


def test_v1_is_outlined_on_every_surface(window: MainWindow) -> None:
    for name in ("white", "inflated", "pial"):
        window.brain.bar.choose(surface=name)
        for actors in window.brain.stage.cortices.values():
            hemisphere = actors.cortex.hemisphere
            v1 = actors.cortex.points[name][hemisphere.retinotopy.area == V1]
            border = np.asarray(actors._border.points)
            away = np.linalg.norm(border[:, None] - v1[None], axis=2).min(axis=1)
            assert 0.0 < away.max() < 4.0  # half an edge of this coarse sphere, and the lift


def test_a_selected_thread_that_breaks_a_limit_keeps_the_colour_of_alarm(
    qtbot, window: MainWindow, picture, settled: Callable[[], None]
) -> None:
    aims.set_limit(window.session, "clearance_mm", 5.0)
    settled()
    window.brain.bar.choose(overlay="none")
    window.brain.bar._vessels.trigger()
    window.session.select(window.session.plan.threads[0].name)
    pixels = picture()
    reds = np.abs(pixels - np.array(theme.rgb(theme.UNSAFE))).sum(axis=2) < 60
    assert reds.sum() > 40
    bodies = window.brain.stage.threads
    assert bodies._chosen_alarm._meshes[0].n_points == 2
    assert (np.unique(bodies._chosen_alarm._meshes[0].point_data["rgb"], axis=0) == theme.rgb(theme.UNSAFE)).all()
    assert bodies._calm._meshes[0].n_points == 0


def test_what_is_about_to_be_replaced_is_veiled_and_escape_keeps_it(qtbot, window: MainWindow, settled) -> None:
    session, brain = window.session, window.brain
    go = threading.Event()

    def load(job: Job) -> None:
        while not job.cancelled and not go.wait(0.01):
            pass

    job = session.worker.submit("Loading bert", load, lambda _: None, aside=True)
    session.begin_loading(job)
    assert brain.marks.marks.veiled
    assert "Loading bert" in brain.marks.marks.hint
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert session.loading is None
    assert session.editable
    assert not brain.marks.marks.veiled
    go.set()
    settled()


@pytest.mark.parametrize("surface", ["pial", "inflated"])
def test_the_contact_under_the_mouse_has_a_ring_where_it_is_drawn_and_no_frame_is_drawn_for_it(
    qtbot, window: MainWindow, picture: Callable[[], np.ndarray], surface: str
) -> None:
    session, brain = window.session, window.brain
    brain.bar.choose(surface=surface)
    picture()
    frames: list[None] = []
    observer = brain.plotter.render_window.AddObserver("StartEvent", lambda *_: frames.append(None))
    row = 18
    at = brain.widget_position(brain._look(session.plan).dots.points_mm[row])
    session.hover(row)
    assert brain.marks.marks.ring == pytest.approx((at.x(), at.y()))
    qtbot.wait(50)
    brain.plotter.render_window.RemoveObserver(observer)
    assert frames == []
    camera = brain.plotter.camera
    camera.azimuth = 10.0
    brain.draw_soon()
    picture()
    assert brain.marks.marks.ring != pytest.approx((at.x(), at.y()))  # it stays on its contact
    at = brain.widget_position(brain._look(session.plan).dots.points_mm[row])
    assert brain.marks.marks.ring == pytest.approx((at.x(), at.y()))
    side = session.plan.threads[1].hemisphere
    brain.bar.set_hemispheres({side: False})
    brain._set_hemisphere(side, False)
    picture()
    assert brain.marks.marks.ring is None
    session.hover(None)
    session.hover(10_000)  # of a plan that is no longer shown
    assert brain.marks.marks.ring is None
