"""Real mouse and keys in the 3D view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import actions
from app.window import MainWindow
from planner.anatomy.access import Access, Window

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def at(window: MainWindow, point_mm: object) -> QPoint:
    return window.brain.widget_position(np.array(point_mm, dtype=float)).toPoint()


def front_thread(window: MainWindow) -> str:
    """A thread that can be taken hold of in the present view."""
    return next(t.name for t in window.session.plan.threads if window.brain.entry_visible(t.name))


def entry(window: MainWindow, name: str) -> tuple[float, float, float]:
    return next(t.entry_mm for t in window.session.shown.threads if t.name == name)


def start_drag(qtbot, window: MainWindow, name: str, by: QPoint) -> QPoint:
    view, start = window.brain.plotter, window.brain.entry_position(name).toPoint()
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, start + by * part)
        qtbot.wait(60)
    return start + by


def test_a_click_with_the_add_tool_adds_a_thread_there(qtbot, window: MainWindow, settled: Callable[[], None]) -> None:
    session = window.session
    count = len(session.plan.threads)
    window.commands.edit.add.trigger()
    spot = at(window, [-45.0, -39.0, 8.0])
    qtbot.mouseClick(window.brain.plotter, LEFT, pos=spot)
    settled()
    assert len(session.plan.threads) == count + 1
    assert np.linalg.norm(np.subtract(session.plan.threads[-1].entry_mm, [-45.0, -39.2, 8.0])) < 4.0


def test_a_double_click_adds_without_the_tool(qtbot, window: MainWindow, settled: Callable[[], None]) -> None:
    count = len(window.session.plan.threads)
    qtbot.mouseDClick(window.brain.plotter, LEFT, pos=at(window, [45.0, -39.0, 8.0]))
    settled()
    assert len(window.session.plan.threads) == count + 1


def test_a_double_click_on_a_thread_selects_it_and_adds_none(qtbot, window: MainWindow, settled) -> None:
    before, name = window.session.plan, front_thread(window)
    qtbot.mouseDClick(window.brain.plotter, LEFT, pos=window.brain.entry_position(name).toPoint())
    settled()
    assert window.session.plan is before
    assert window.session.selection == name


def test_a_click_on_a_thread_selects_it_and_one_beside_it_selects_none(qtbot, window: MainWindow) -> None:
    name = front_thread(window)
    qtbot.mouseClick(window.brain.plotter, LEFT, pos=window.brain.entry_position(name).toPoint())
    assert window.session.selection == name
    qtbot.mouseClick(window.brain.plotter, LEFT, pos=QPoint(5, 5))
    assert window.session.selection == ""


def test_a_click_with_control_adds_to_the_selection_and_takes_from_it(qtbot, window: MainWindow) -> None:
    session, control = window.session, Qt.KeyboardModifier.ControlModifier
    one, other = [t.name for t in session.plan.threads if window.brain.entry_visible(t.name)][:2]
    place = {name: window.brain.entry_position(name).toPoint() for name in (one, other)}
    plan = session.plan
    for name, selected in ((one, {one}), (other, {one, other}), (one, {other}), (other, set())):
        qtbot.mouseClick(window.brain.plotter, LEFT, control, pos=place[name])
        assert session.selected == selected
        assert session.selection == (name if name in selected else min(selected, default=""))
    session.select(one)
    qtbot.mouseClick(window.brain.plotter, LEFT, control, pos=QPoint(5, 5))
    assert session.selection == one  # it is about one thread, and there is none
    assert session.plan is plan


@pytest.mark.parametrize("surface", ["pial", "white", "inflated"])
def test_with_shift_the_crosshair_goes_over_the_cortex_without_a_click(qtbot, window: MainWindow, surface: str) -> None:
    session, view = window.session, window.brain.plotter
    window.brain.bar.choose(surface=surface)
    place = next(p for x in range(100, view.width(), 20) if window.brain.point_at(p := QPointF(x, view.height() / 2)))
    camera, selection = view.camera.position, session.selection

    def move(keys: Qt.KeyboardModifier) -> None:
        none = Qt.MouseButton.NoButton
        QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, place, place, none, none, keys))
        qtbot.wait(80)

    session.look_at((0.0, 0.0, 0.0))
    move(Qt.KeyboardModifier.NoModifier)
    assert session.cross_mm == (0.0, 0.0, 0.0)
    move(Qt.KeyboardModifier.ShiftModifier)
    point = window.brain.point_at(place)
    assert session.cross_mm == point.place_mm
    side = -1.0 if point.hemisphere == "lh" else 1.0
    away = np.linalg.norm(np.subtract(session.cross_mm, [side * 45.0, 0.0, 0.0]))
    assert away == pytest.approx(37.5 if surface == "white" else 40.0, abs=0.2)
    assert (view.camera.position, session.selection) == (camera, selection)


def test_a_drag_moves_the_thread_over_the_surface_as_one_undoable_step(
    qtbot, window: MainWindow, settled: Callable[[], None]
) -> None:
    session, name = window.session, front_thread(window)
    before = session.plan
    previews: list[object] = []
    session.preview_changed.connect(lambda old, new: previews.append(new))
    end = start_drag(qtbot, window, name, QPoint(30, -24))
    assert session.plan is before
    assert session.draft is not None
    qtbot.waitUntil(lambda: bool(previews), timeout=20_000)  # the percept follows before the mouse is let go
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert session.history.count() == 1
    assert session.history.undoText() == f"Move {name}"
    moved = entry(window, name)
    centre = [-45.0, 0, 0] if moved[0] < 0 else [45.0, 0, 0]
    assert abs(np.linalg.norm(np.subtract(moved, centre)) - 40.0) < 0.3  # still on pial
    assert (window.brain.entry_position(name) - end.toPointF()).manhattanLength() < 6
    session.history.undo()
    assert session.plan == before


def test_escape_during_a_drag_restores_and_the_release_changes_nothing(qtbot, window: MainWindow) -> None:
    session, name = window.session, front_thread(window)
    before = session.plan
    end = start_drag(qtbot, window, name, QPoint(40, 10))
    assert session.draft is not None
    QTest.keyClick(window.brain.plotter, Qt.Key.Key_Escape)
    assert session.shown is before
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert session.shown is before
    assert session.history.count() == 0


def test_a_locked_thread_does_not_move(qtbot, window: MainWindow) -> None:
    session, name = window.session, front_thread(window)
    session.select(name)
    window.commands.edit.lock.trigger()
    before = session.plan
    end = start_drag(qtbot, window, name, QPoint(30, -24))
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert session.shown is before


def test_dragging_a_locked_thread_says_why_it_stays(qtbot, window: MainWindow) -> None:
    session, name = window.session, front_thread(window)
    session.select(name)
    window.commands.edit.lock.trigger()
    end = start_drag(qtbot, window, name, QPoint(30, -24))
    assert "locked" in window.brain.marks.marks.hint
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)


def test_dragging_on_the_inflated_surface_says_where_threads_are_moved(qtbot, window: MainWindow) -> None:
    session, before = window.session, window.session.plan
    window.brain.bar.choose(surface="inflated")
    end = start_drag(qtbot, window, session.plan.threads[0].name, QPoint(30, -24))
    assert "pial" in window.brain.marks.marks.hint
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert session.shown is before


@pytest.mark.parametrize("elsewhere", [{"pial_mm": (-45.0, 60.0, 0.0)}, {"hemisphere": "other"}])
def test_a_drag_ignores_points_a_leap_away_and_the_other_hemisphere(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, elsewhere: dict[str, object]
) -> None:
    session, name = window.session, front_thread(window)
    before, real = session.plan, window.brain.point_at
    heard: list[object] = []
    window.brain.tools.dragged.connect(lambda name, at, whole: heard.append(at))
    start = window.brain.entry_position(name).toPoint()
    QTest.mousePress(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, start)
    monkeypatch.setattr(window.brain, "point_at", lambda *at: replace(real(*at), **elsewhere))
    QTest.mouseMove(window.brain.plotter, start + QPoint(12, 0))
    qtbot.wait(80)
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, start + QPoint(12, 0))
    assert heard == []
    assert session.plan is before


def test_a_quick_drag_is_followed_all_the_way(qtbot, window: MainWindow) -> None:
    name = front_thread(window)
    start = window.brain.entry_position(name).toPoint()
    middle = at(window, [-45.0 if window.brain.hemisphere_of(name) == "lh" else 45.0, -40.0, 0.0])
    end = middle + (middle - start)  # on the other side of the cap, in one move of the mouse
    QTest.mousePress(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(window.brain.plotter, end)
    qtbot.wait(80)
    QTest.mouseRelease(window.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert (window.brain.entry_position(name) - end.toPointF()).manhattanLength() < 6


def test_dragging_beside_threads_turns_the_camera_and_changes_no_plan(qtbot, window: MainWindow) -> None:
    before, camera = window.session.plan, np.array(window.brain.plotter.camera.position)
    view = window.brain.plotter
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(20, 40))
    for x in range(30, 130, 20):
        QTest.mouseMove(view, QPoint(x, 60))
        qtbot.wait(20)
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, QPoint(130, 60))
    assert np.linalg.norm(np.array(window.brain.plotter.camera.position) - camera) > 5.0
    assert window.session.plan is before


def test_the_point_under_the_mouse_is_read_out_in_mm_and_degrees(qtbot, window: MainWindow) -> None:
    QTest.mouseMove(window.brain.plotter, at(window, [-45.0, -40.0, 0.0]))
    qtbot.waitUntil(lambda: "mm" in window.status.pick.text())
    text = window.status.pick.text()
    assert abs(float(text.split()[2]) + 45.0) < 0.3  # to a pixel
    assert "left" in text
    assert "ecc., " in text
    assert "polar (right)" in text  # the left hemisphere sees the right half


def test_vtk_gets_no_keys(qtbot, window: MainWindow) -> None:
    for key in (Qt.Key.Key_Q, Qt.Key.Key_W, Qt.Key.Key_3, Qt.Key.Key_E):
        QTest.keyClick(window.brain.plotter, key)
    qtbot.wait(30)
    assert window.isVisible()
    assert not window.brain.plotter.render_window.GetStereoRender()


def test_a_dragged_tip_turns_the_thread_about_its_entry_under_the_mouse(qtbot, window: MainWindow) -> None:
    session, view = window.session, window.brain.plotter
    name = next(t.name for t in session.plan.threads if window.brain.tip_at(t.name, window.brain.tip_position(t.name)))
    before, start = session.plan, window.brain.tip_position(name).toPoint()
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.NoModifier, start)
    for part in (0.4, 0.7, 1.0):
        QTest.mouseMove(view, start + QPoint(9, 6) * part)
        qtbot.wait(60)
    assert session.draft is not None
    assert (window.brain.tip_position(name) - (start + QPoint(9, 6)).toPointF()).manhattanLength() < 8
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, start + QPoint(9, 6))
    assert session.history.count() == 1
    assert entry(window, name) == next(t.entry_mm for t in before.threads if t.name == name)
    session.history.undo()
    assert session.plan == before


def test_with_control_a_thread_is_moved_as_it_is(qtbot, window: MainWindow) -> None:
    session, view, name = window.session, window.brain.plotter, front_thread(window)
    direction = next(t.direction for t in session.plan.threads if t.name == name)
    start = window.brain.entry_position(name).toPoint()
    QTest.mousePress(view, LEFT, Qt.KeyboardModifier.ControlModifier, start)
    QTest.mouseMove(view, start + QPoint(20, -10))
    qtbot.wait(80)
    drafted = next(t for t in session.draft.threads if t.name == name)
    assert drafted.direction == direction
    assert drafted.entry_mm != next(t.entry_mm for t in session.plan.threads if t.name == name)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert session.draft is None


def test_where_one_looks_along_a_thread_its_entry_is_taken_hold_of(qtbot, window: MainWindow) -> None:
    session, view, name = window.session, window.brain.plotter, front_thread(window)
    thread = next(t for t in session.plan.threads if t.name == name)
    camera = view.camera
    camera.focal_point = thread.tip_mm
    camera.position = np.array(thread.entry_mm) - 150.0 * np.array(thread.direction)
    start = window.brain.entry_position(name).toPoint()
    assert (window.brain.tip_position(name) - start.toPointF()).manhattanLength() < 3
    assert not window.brain.tip_at(name, start.toPointF())
    assert window.brain.entry_visible(name)


def test_a_thread_that_was_let_go_of_can_be_dragged_again_at_once(qtbot, window: MainWindow) -> None:
    """Qt calls the second press a double click, and sends no other."""
    session, view, name = window.session, window.brain.plotter, front_thread(window)
    before, start = session.plan, window.brain.entry_position(name).toPoint()
    QTest.mouseDClick(view, LEFT, Qt.KeyboardModifier.NoModifier, start)
    position = start.toPointF()
    again = QMouseEvent(
        QEvent.Type.MouseButtonDblClick,
        position,
        view.mapToGlobal(position),
        LEFT,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, again)
    for part in (0.5, 1.0):
        QTest.mouseMove(view, start + QPoint(24, -12) * part)
        qtbot.wait(60)
    QTest.mouseRelease(view, LEFT, Qt.KeyboardModifier.NoModifier, start + QPoint(24, -12))
    assert session.plan != before
    assert session.history.undoText() == f"Move {name}"


def test_a_click_on_the_flat_patch_adds_a_thread_at_that_place_of_pial(qtbot, window: MainWindow, settled) -> None:
    session, brain = window.session, window.brain
    brain.bar.choose(surface="flat")
    qtbot.waitUntil(lambda: "Laid flat" in brain.marks.marks.note)
    assert brain.marks.marks.right == ""
    cortex = brain.stage.cortices["rh"].cortex
    v1 = np.flatnonzero(cortex.hemisphere.retinotopy.area == 1)
    used = [t.entry_mm for t in session.plan.threads]
    gaps = np.linalg.norm(cortex.hemisphere.pial_mm[v1][:, None] - np.array(used)[None], axis=2).min(axis=1)
    vertex = v1[gaps.argmax()]
    spot = at(window, cortex.points["flat"][vertex])
    found = brain.point_at(spot.toPointF())
    assert found.hemisphere == "rh"
    assert found.area == 1
    assert np.linalg.norm(np.subtract(found.pial_mm, cortex.hemisphere.pial_mm[vertex])) < 1.0
    count = len(session.plan.threads)
    qtbot.mouseDClick(brain.plotter, LEFT, pos=spot)
    settled()
    assert len(session.plan.threads) == count + 1
    added = session.plan.threads[-1]
    assert np.linalg.norm(np.subtract(added.entry_mm, cortex.hemisphere.pial_mm[vertex])) < 4.0
    drawn = brain.entry_position(added.name)
    assert np.hypot(drawn.x() - spot.x(), drawn.y() - spot.y()) < 25
    assert not brain.entry_visible(added.name)  # nothing is dragged there


def test_beside_the_flat_patches_there_is_nothing_to_point_at(window: MainWindow) -> None:
    brain = window.brain
    brain.bar.choose(surface="flat")
    middle = brain.stage.all_points(("lh", "rh")).mean(axis=0)
    assert brain.point_at(brain.widget_position(middle)) is None  # the gap between them


def test_the_approach_view_looks_along_the_selected_thread(qtbot, window: MainWindow) -> None:
    session, brain = window.session, window.brain
    qtbot.keyClick(window, Qt.Key.Key_6)
    assert "Select a thread" in brain.marks.marks.hint
    thread = next(t for t in session.plan.threads if t.hemisphere == "rh")
    brain.look_from("medial left")
    session.select(thread.name)
    qtbot.keyClick(window, Qt.Key.Key_6)
    sight = np.array(brain.plotter.camera.GetDirectionOfProjection())
    np.testing.assert_allclose(sight, thread.direction, atol=1e-6)
    ends = [brain.widget_position(np.array(point)) for point in (thread.entry_mm, thread.tip_mm)]
    assert (ends[0] - ends[1]).manhattanLength() < 2
    assert "rh" in brain.stage.visible
    brain.look_from("occipital")
    session.select("")
    window_ = Window("lh", "hull", (-20.0, -90.0, 10.0), (0.0, 1.0, 0.0), 10.0, 30.0)
    session.edit("Window", replace(session.plan, limits=replace(session.plan.limits, access=Access("own", (window_,)))))
    qtbot.keyClick(window, Qt.Key.Key_6)
    np.testing.assert_allclose(brain.plotter.camera.GetDirectionOfProjection(), window_.axis, atol=1e-6)
    brain.bar.choose(surface="inflated")
    qtbot.keyClick(window, Qt.Key.Key_6)
    assert "no approach axis" in brain.marks.marks.hint


@pytest.mark.parametrize("modifiers", [CONTROL, CONTROL | SHIFT], ids=["undo", "redo"])
@pytest.mark.parametrize("history", ["a step before", "none"])
def test_undo_and_redo_during_a_drag_put_the_thread_back_and_do_nothing_else(
    qtbot, window: MainWindow, modifiers: Qt.KeyboardModifier, history: str
) -> None:
    session, name, view = window.session, front_thread(window), window.brain.plotter
    if history != "none":
        for on in (True, False):
            actions.set_lock(session, name, on)
        actions.set_lock(session, session.plan.threads[-1].name, True)
        session.history.undo()
    before, count, index = session.plan, session.history.count(), session.history.index()
    end = start_drag(qtbot, window, name, QPoint(40, 10))
    assert session.draft is not None
    QTest.keyClick(view, Qt.Key.Key_Z, modifiers)
    assert session.shown is before
    QTest.mouseMove(view, end + QPoint(10, 4))
    QTest.mouseRelease(view, LEFT, NONE, end + QPoint(10, 4))
    assert session.shown is before
    assert (session.history.count(), session.history.index()) == (count, index)
    QTest.keyClick(view, Qt.Key.Key_Z, modifiers)  # nothing is held any more
    assert session.history.index() == (index if history == "none" else index + (1 if modifiers & SHIFT else -1))


def test_undo_while_a_thread_is_held_that_has_not_moved_yet_lets_go_of_it(qtbot, window: MainWindow) -> None:
    session, name, view = window.session, front_thread(window), window.brain.plotter
    actions.set_budget(session, 9)
    before, start = session.plan, window.brain.entry_position(name).toPoint()
    QTest.mousePress(view, LEFT, NONE, start)
    QTest.keyClick(view, Qt.Key.Key_Z, CONTROL)
    assert session.plan is before
    QTest.mouseMove(view, start + QPoint(30, 10))
    QTest.mouseRelease(view, LEFT, NONE, start + QPoint(30, 10))
    assert session.shown is before
