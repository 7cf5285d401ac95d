"""Where the crosshair goes by itself: along with what is dragged, and to what an optimisation came to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.looking import REST_MS
from app.session import Run
from app.window import MainWindow
from planner.plan.make import evaluated
from planner.plan.plan import Plan

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def pull(qtbot, window: MainWindow, name: str, by: QPoint) -> QPoint:
    """Drag a thread's entry, and hold it."""
    view, start = window.brain.plotter, window.brain.entry_position(name).toPoint()
    QTest.mousePress(view, LEFT, NONE, start)
    for part in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, start + by * part)
        qtbot.wait(60)
    return start + by


def test_where_a_run_gave_up_the_thread_looked_at_the_worst_of_its_result_is(window: MainWindow, plan: Plan) -> None:
    session = window.session
    session.select(plan.threads[0].name)
    before = session.cross_mm
    kept = evaluated(replace(plan, threads=plan.threads[1:]), session.case.site)
    session.set_run(Run(plan, kept, state="running"))
    session.show(kept)
    assert session.cross_mm == before
    session.set_run(Run(plan, kept, state="ended"))
    worst = min(kept.verdict.margins, key=lambda name: kept.verdict.margins[name].worst[1])
    its = next(thread for thread in kept.threads if thread.name == worst)
    along = (np.array(session.cross_mm) - its.entry_mm) @ np.array(its.direction)
    assert np.linalg.norm(its.entry_mm + along * np.array(its.direction) - session.cross_mm) < 1e-6
    assert session.cross_mm != before


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
