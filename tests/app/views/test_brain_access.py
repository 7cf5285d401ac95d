"""Real mouse and keys on approach windows in the 3D view and under Limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.views.brain_camera import APPROACH
from app.views.window_shapes import rim, tail
from app.window import MainWindow
from planner.anatomy.access import Window

LEFT = Qt.MouseButton.LeftButton
SPOT = (-45.0, -38.0, 12.0)  # on the left cap


def at(window: MainWindow, point_mm: object) -> QPoint:
    return window.brain.widget_position(np.array(point_mm, dtype=float)).toPoint()


def windows(window: MainWindow) -> tuple[Window, ...]:
    return window.session.shown.limits.access.windows


def drag(
    qtbot, window: MainWindow, start: QPoint, by: QPoint, release: bool = True, key=Qt.KeyboardModifier.NoModifier
) -> QPoint:
    view = window.brain.plotter
    QTest.mousePress(view, LEFT, key, start)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, start + by * part)
        qtbot.wait(50)
    if release:
        QTest.mouseRelease(view, LEFT, key, start + by)
    return start + by


@pytest.fixture
def placed(qtbot, window: MainWindow, settled: Callable[[], None]) -> MainWindow:
    """A window put by a click, 8 mm wide, so that all of it is in sight, and chosen."""
    window.slices.choose("3D")
    window.limits.windows.surface.setCurrentIndex(0)
    qtbot.keyClick(window, "w")
    assert window.brain.access.placing
    qtbot.mouseClick(window.brain.plotter, LEFT, pos=at(window, SPOT))
    settled()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.brain.access.placing
    window.brain.access.choose(0)
    window.limits.windows.spins["radius_mm"].setValue(8.0)
    settled()
    return window


def test_a_click_with_the_tool_puts_a_window_there_and_adds_no_thread(placed: MainWindow) -> None:
    session = placed.session
    (found,) = windows(placed)
    assert (found.hemisphere, found.surface) == ("lh", "hull")
    assert np.linalg.norm(np.subtract(found.centre_mm, SPOT)) < 5.0
    assert session.history.text(0) == "Place window 1"
    assert len(session.plan.threads) == 6
    assert placed.brain.access.placed == {0: found}
    assert "Disc and arrow: approach window" in placed.brain.access.legend()


def test_several_windows_one_a_click_on_the_surface_that_is_chosen(
    qtbot, placed: MainWindow, settled: Callable[[], None]
) -> None:
    placed.limits.windows.surface.setCurrentIndex(1)
    placed.commands.access.place.trigger()
    qtbot.mouseClick(placed.brain.plotter, LEFT, pos=at(placed, (45.0, -38.0, -12.0)))
    settled()
    assert [(w.hemisphere, w.surface) for w in windows(placed)] == [("lh", "hull"), ("rh", "pial")]
    placed.commands.edit.add.trigger()  # another tool takes the mouse
    assert not placed.brain.access.placing


def test_dragging_the_rim_sets_the_radius_as_one_step_with_a_readout(qtbot, placed: MainWindow) -> None:
    session, before = placed.session, placed.session.plan
    count = session.history.count()
    centre, grip = (at(placed, p) for p in (windows(placed)[0].centre_mm, rim(windows(placed)[0])[20]))
    drag(qtbot, placed, grip, (grip - centre) * 0.5)
    assert windows(placed)[0].radius_mm == pytest.approx(12.0, abs=0.8)
    assert session.history.count() == count + 1
    assert session.history.undoText() == "Radius of window 1"
    assert f"radius {windows(placed)[0].radius_mm:.1f} mm" in placed.brain.marks.marks.hint
    assert placed.limits.windows.spins["radius_mm"].value() == windows(placed)[0].radius_mm
    session.history.undo()
    assert session.plan == before


def test_dragging_the_centre_moves_it_over_the_hull_and_its_axis_follows(qtbot, placed: MainWindow) -> None:
    before = windows(placed)[0]
    end = drag(qtbot, placed, at(placed, before.centre_mm), QPoint(-50, 30))
    after = windows(placed)[0]
    assert placed.session.history.undoText() == "Move window 1"
    assert (at(placed, after.centre_mm) - end).manhattanLength() < 6
    outwards = np.subtract(after.centre_mm, (-45.0, 0, 0))
    assert np.linalg.norm(outwards) == pytest.approx(40.0, abs=0.5)  # still on the hull
    assert outwards @ np.array(after.axis) < -0.95 * 40.0
    assert (after.radius_mm, after.cone_deg) == (before.radius_mm, before.cone_deg)


def test_with_ctrl_the_axis_stays(qtbot, placed: MainWindow) -> None:
    before = windows(placed)[0]
    drag(qtbot, placed, at(placed, before.centre_mm), QPoint(-50, 30), key=Qt.KeyboardModifier.ControlModifier)
    assert windows(placed)[0].centre_mm != before.centre_mm
    assert windows(placed)[0].axis == before.axis


def test_dragging_the_arrow_turns_the_axis_about_the_centre(qtbot, placed: MainWindow) -> None:
    before = windows(placed)[0]
    end = drag(qtbot, placed, at(placed, tail(before)), QPoint(40, -30))
    after = windows(placed)[0]
    assert after.centre_mm == before.centre_mm
    assert (at(placed, tail(after)) - end).manhattanLength() < 6
    assert placed.session.history.undoText() == "Axis of window 1"
    turned = np.degrees(np.arccos(np.dot(before.axis, after.axis)))
    assert turned > 5.0


def test_escape_during_a_drag_restores_and_the_release_changes_nothing(qtbot, placed: MainWindow) -> None:
    session, before = placed.session, placed.session.plan
    count = session.history.count()
    end = drag(qtbot, placed, at(placed, tail(windows(placed)[0])), QPoint(40, -30), release=False)
    assert session.draft is not None
    QTest.keyClick(placed.brain.plotter, Qt.Key.Key_Escape)
    assert session.shown is before
    QTest.mouseRelease(placed.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert session.shown is before
    assert session.history.count() == count
    assert placed.brain.access.chosen == 0  # the next Esc lets go of it
    QTest.keyClick(placed.brain.plotter, Qt.Key.Key_Escape)
    assert placed.brain.access.chosen == -1


def test_a_window_that_is_not_chosen_is_chosen_by_a_click_and_not_dragged(qtbot, placed: MainWindow) -> None:
    placed.brain.access.choose(-1)
    before = placed.session.plan
    spots = [at(placed, point) for point in rim(windows(placed)[0])]
    grip = next(spot for spot in spots if not placed.brain.thread_at(spot.toPointF(), 14.0))
    drag(qtbot, placed, grip, QPoint(40, -30))
    assert placed.session.plan is before
    assert "Click on window 1" in placed.brain.marks.marks.hint
    qtbot.mouseClick(placed.brain.plotter, LEFT, pos=grip)
    assert placed.brain.access.chosen == 0
    assert placed.limits.windows.list.currentRow() == 0


def test_the_chosen_window_is_deleted_by_key_and_by_button(qtbot, placed: MainWindow) -> None:
    qtbot.keyClick(placed, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert windows(placed) == ()
    assert placed.brain.access.chosen == -1
    placed.session.history.undo()
    placed.commands.aims.limits.trigger()
    placed.brain.access.choose(0)
    qtbot.mouseClick(placed.limits.windows.delete, LEFT)
    assert windows(placed) == ()
    assert not placed.limits.windows.delete.isEnabled()


def test_numbers_and_axis_are_typed_and_nonsense_is_refused(qtbot, placed: MainWindow) -> None:
    editor, refused = placed.limits.windows, []
    placed.session.refused.connect(refused.append)
    placed.commands.aims.limits.trigger()
    spin = editor.spins["reach_mm"]
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "0")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert windows(placed)[0].reach_mm is None
    assert spin.text() == "any"
    axis = editor.vectors["axis"]
    axis.setFocus()
    axis.selectAll()
    qtbot.keyClicks(axis, "0, 2, 0")
    qtbot.keyClick(axis, Qt.Key.Key_Return)
    assert windows(placed)[0].axis == (0.0, 1.0, 0.0)
    assert axis.text() == "0.000, 1.000, 0.000"
    for nonsense, words in (("upwards", "three numbers"), ("0 0 0", "axis")):
        axis.selectAll()
        qtbot.keyClicks(axis, nonsense)
        qtbot.keyClick(axis, Qt.Key.Key_Return)
        assert windows(placed)[0].axis == (0.0, 1.0, 0.0)
        assert words in refused[-1]
        assert axis.text() == "0.000, 1.000, 0.000"
    centre = editor.vectors["centre_mm"]
    centre.setFocus()
    centre.selectAll()
    qtbot.keyClicks(centre, "-44, -40.5, 7")
    qtbot.keyClick(centre, Qt.Key.Key_Return)
    assert windows(placed)[0].centre_mm == (-44.0, -40.5, 7.0)
    assert placed.session.history.undoText() == "Centre of window 1"
    shown = centre.text()
    centre.selectAll()
    qtbot.keyClicks(centre, "0 0 0")
    qtbot.keyClick(centre, Qt.Key.Key_Escape)
    assert centre.text() == shown
    centre.clearFocus()
    assert windows(placed)[0].centre_mm == (-44.0, -40.5, 7.0)


def test_without_a_mouse_a_window_is_put_at_the_crosshair(window: MainWindow, settled: Callable[[], None]) -> None:
    window.session.look_at((50.0, -30.0, 5.0))
    window.commands.access.place_there.trigger()
    settled()
    (found,) = windows(window)
    assert found.hemisphere == "rh"
    assert np.linalg.norm(np.subtract(found.centre_mm, (50.0, -30.0, 5.0))) < 11.0


def test_margins_follow_while_a_window_is_dragged(qtbot, placed: MainWindow, settled: Callable[[], None]) -> None:
    settled()
    known = placed.session.preview.margins
    thread = next(t.name for t in placed.session.plan.threads if t.hemisphere == "lh")
    heard: list[float] = []
    placed.session.preview_changed.connect(lambda old, new: heard.append(new.margins[thread].margins["access"]))
    centre, grip = (at(placed, p) for p in (windows(placed)[0].centre_mm, rim(windows(placed)[0])[20]))
    end = drag(qtbot, placed, grip, (grip - centre) * 1.0, release=False)
    wanted = known[thread].margins["access"] + windows(placed)[0].radius_mm - 8.0
    assert windows(placed)[0].radius_mm > 12.0
    qtbot.waitUntil(lambda: bool(heard) and abs(heard[-1] - wanted) < 1e-6, timeout=10_000)
    QTest.mouseRelease(placed.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)


def test_windows_are_switched_off_and_have_no_place_on_the_inflated_surface(placed: MainWindow) -> None:
    access = placed.brain.access
    access.show_windows.trigger()
    assert access.placed == {}
    assert not placed.slices.access.legend()
    access.show_windows.trigger()
    assert list(access.placed) == [0]
    placed.brain.bar.choose(surface="inflated")
    assert access.handles.grip_at(placed.brain.widget_position(np.array(windows(placed)[0].centre_mm))) is None


def test_the_approach_view_looks_along_the_chosen_window_and_not_the_first(
    placed: MainWindow, settled: Callable[[], None]
) -> None:
    session, brain = placed.session, placed.brain
    (first,) = windows(placed)
    tilted = replace(first, axis=(0.6, 0.8, 0.0))
    plan = session.plan
    access = replace(plan.limits.access, windows=(first, tilted))
    session.edit("Place a second window", replace(plan, limits=replace(plan.limits, access=access)))
    settled()
    session.select("")
    for place, wanted in ((1, tilted), (0, first), (-1, first)):
        brain.access.choose(place)
        brain.look_from(APPROACH)
        assert np.allclose(brain.plotter.camera.GetDirectionOfProjection(), wanted.axis, atol=1e-6)


def test_undo_during_a_drag_puts_the_window_back_and_does_nothing_else(qtbot, placed: MainWindow) -> None:
    session, before = placed.session, placed.session.plan
    index = session.history.index()
    end = drag(qtbot, placed, at(placed, tail(windows(placed)[0])), QPoint(40, -30), release=False)
    assert session.draft is not None
    QTest.keyClick(placed.brain.plotter, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseRelease(placed.brain.plotter, LEFT, Qt.KeyboardModifier.NoModifier, end)
    assert session.shown is before
    assert session.history.index() == index > 0
