"""The crosshair follows what is dragged in the 3D view."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.following import REST_MS
from app.window import MainWindow

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def pull(qtbot, window: MainWindow, name: str, by: QPoint) -> QPoint:
    """Drag a thread's entry, and hold it."""
    view, start = window.brain.plotter, window.brain.entry_position(name).toPoint()
    QTest.mousePress(view, LEFT, NONE, start)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, start + by * part)
        qtbot.wait(60)
    return start + by


@pytest.fixture
def name(qtbot, window: MainWindow) -> str:
    window.slices.choose("four-up")
    qtbot.waitUntil(lambda: window.slices.store.matter is not None, timeout=20_000)
    qtbot.wait(100)
    return next(t.name for t in window.session.plan.threads if window.brain.entry_visible(t.name))


def test_slices_follow_a_dragged_entry_once_the_hand_rests_and_escape_puts_them_back(
    qtbot, window: MainWindow, name: str
) -> None:
    session, views = window.session, [pane.view for pane in window.slices.panes.values()]
    before, framings = session.cross_mm, [view.framing for view in views]
    end = pull(qtbot, window, name, QPoint(30, -24))

    def entry() -> tuple[float, ...]:
        return next(t.entry_mm for t in session.shown.threads if t.name == name)

    assert session.draft is not None
    qtbot.waitUntil(lambda: session.cross_mm == pytest.approx(entry()), timeout=10_000)
    for view in views:
        assert view.plane.height(np.array(entry())) == pytest.approx(0.0, abs=1e-9)
        assert view.rect().contains(view.position(np.array(entry())).toPoint())
    QTest.keyClick(window.brain.plotter, Qt.Key.Key_Escape)
    assert session.draft is None
    assert session.cross_mm == before
    for view, (centre, px_mm, _) in zip(views, framings, strict=True):
        assert view.framing[0] == pytest.approx(centre)
        assert view.framing[1] == pytest.approx(px_mm)
    QTest.mouseRelease(window.brain.plotter, LEFT, NONE, end)
    qtbot.wait(REST_MS + 100)
    assert session.cross_mm == before


def test_a_dropped_entry_is_where_the_crosshair_is(qtbot, window: MainWindow, name: str) -> None:
    end = pull(qtbot, window, name, QPoint(30, -24))
    QTest.mouseRelease(window.brain.plotter, LEFT, NONE, end)
    thread = next(t for t in window.session.shown.threads if t.name == name)
    assert window.session.cross_mm == pytest.approx(thread.entry_mm)


def test_while_the_cortex_is_cut_at_the_crosshair_it_waits_for_the_drop(qtbot, window: MainWindow, name: str) -> None:
    session, brain = window.session, window.brain
    brain.bar.cut("sagittal")
    brain.stage.set_clip("sagittal")
    session.look_at((-80.0, 0.0, 0.0))  # nothing is left out
    qtbot.waitUntil(lambda: brain.entry_visible(name))
    held = session.cross_mm
    assert session.selection != name
    end = pull(qtbot, window, name, QPoint(20, -16))
    qtbot.waitUntil(lambda: session.preview.plan is session.draft, timeout=10_000)
    qtbot.wait(REST_MS + 300)
    assert session.draft is not None
    assert session.cross_mm == held
    QTest.mouseRelease(brain.plotter, LEFT, NONE, end)
    assert session.cross_mm != held
    thread = next(t for t in session.shown.threads if t.name == name)
    assert session.cross_mm == pytest.approx(thread.entry_mm)


def test_a_plan_that_is_opened_during_a_drag_keeps_its_own_crosshair(qtbot, window: MainWindow, name: str) -> None:
    session = window.session
    end = pull(qtbot, window, name, QPoint(30, -24))
    session.open(session.case, session.plan)
    session.look_at((-45.0, -40.0, 0.0))
    QTest.keyClick(window.brain.plotter, Qt.Key.Key_Escape)
    qtbot.wait(REST_MS + 100)
    assert session.cross_mm == (-45.0, -40.0, 0.0)
    QTest.mouseRelease(window.brain.plotter, LEFT, NONE, end)


def test_escape_brings_the_thread_back_into_its_own_planes(qtbot, window: MainWindow, name: str) -> None:
    session, slices = window.session, window.slices
    other = next(t.name for t in session.plan.threads if t.name != name)
    session.select(other)
    pane = slices.panes["coronal"]
    pane.choose("along")
    end = pull(qtbot, window, name, QPoint(30, -24))
    QTest.keyClick(window.brain.plotter, Qt.Key.Key_Escape)
    thread = next(t for t in session.plan.threads if t.name == session.selection)
    middle = (np.array(thread.entry_mm) + thread.tip_mm) / 2
    assert pane.view.rect().contains(pane.view.position(middle).toPoint())
    QTest.mouseRelease(window.brain.plotter, LEFT, NONE, end)
