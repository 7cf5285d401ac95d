"""The budget curve in the window: computed beside the work, read by mouse and keys, kept as one undoable step."""

from __future__ import annotations

from dataclasses import replace
from threading import Event

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app import files, thinning
from app.session import Session
from app.thinning import BudgetCurve
from app.views.budget_panel import BudgetPanel
from app.window import MainWindow
from planner.design.thinning import Thinned
from planner.implant.catalogue import load_device
from planner.plan.plan import Plan

LEFT = Qt.MouseButton.LeftButton


def curve_of(plan: Plan) -> BudgetCurve:
    """A curve that is made up: threads leave from the end."""
    names = [thread.name for thread in plan.threads]
    stages = [
        Thinned(tuple(names[:n]), {"mse": 0.2 - 0.02 * n, "recognition": n / 10}) for n in range(len(names), 0, -1)
    ]
    return BudgetCurve(plan, tuple(stages))


def over(panel: BudgetPanel, place: int) -> None:
    """Have the mouse over a point; the cursor itself cannot go beyond a test's small screen."""
    at, none = panel.plot.at(place), Qt.MouseButton.NoButton
    where = panel.plot.mapToGlobal(at)
    event = QMouseEvent(QEvent.Type.MouseMove, at, where, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(panel.plot, event)


@pytest.fixture
def panel(qtbot, window: MainWindow) -> BudgetPanel:
    window.tabs.setCurrentWidget(window.budget)
    window.budget.show_curve(curve_of(window.session.plan))
    qtbot.waitUntil(window.budget.plot.isVisible)
    return window.budget


def test_it_is_computed_from_the_menu_and_shows_every_number_of_threads(qtbot, window: MainWindow) -> None:
    panel, session = window.budget, window.session
    assert not panel.keep.isEnabled()
    window.commands.budget.curve.trigger()
    assert window.tabs.currentWidget() is panel
    assert panel.compute.text() == "Stop"
    qtbot.waitUntil(lambda: panel.curve is not None, timeout=60_000)
    assert [point.threads for point in panel.plot.points] == [6, 5, 4, 3, 2, 1]
    assert panel.plot.points[0].mse == pytest.approx(session.preview.measures["mse"], rel=1e-4)
    assert panel.compute.text() == "Compute"


def test_the_mouse_reads_a_number_and_a_click_offers_to_keep_so_many_as_one_step(
    qtbot, window: MainWindow, panel: BudgetPanel
) -> None:
    session = window.session
    before = session.plan
    over(panel, 2)
    assert "4 of 6 threads: MSE 0.1200 (all: 0.0800), 40% of letters read (held-out fonts)" in panel.words.text()
    assert before.threads[4].name in panel.words.text()
    assert not panel.keep.isEnabled()
    qtbot.mouseClick(panel.plot, LEFT, pos=panel.plot.at(3).toPoint())
    assert panel.keep.text() == "Keep these 3"
    qtbot.mouseClick(panel.keep, LEFT)
    assert session.plan.threads == before.threads[:3]
    assert session.plan.limits == replace(before.limits, threads=3)
    assert session.history.undoText() == "Keep 3 threads"
    assert panel.curve is None  # it was another plan's
    session.history.undo()
    assert session.plan == before


def test_of_a_mixed_plan_each_device_has_a_budget_of_what_is_kept(session: Session, plan: Plan) -> None:
    own, other = plan.device, load_device("thread")
    threads = tuple(replace(t, device=(own if n < 4 else other).name) for n, t in enumerate(plan.threads))
    limits = replace(plan.limits, mix=(4, 2))
    session.open(session.case, replace(plan, devices=(own, other), limits=limits, threads=threads))
    curve = curve_of(session.plan)
    thinning.keep(session, curve, curve.stages[1])
    assert (session.plan.limits.threads, session.plan.limits.mix) == (5, (4, 1))


def test_keys_step_and_choose(qtbot, window: MainWindow, panel: BudgetPanel) -> None:
    panel.plot.setFocus()
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(panel.plot, key)
    assert panel.keep.text() == "Keep these 5"
    qtbot.keyClick(panel.plot, Qt.Key.Key_Right)
    qtbot.keyClick(panel.plot, Qt.Key.Key_Return)
    assert not panel.keep.isEnabled()  # all of them: nothing to leave out


def test_that_locked_threads_would_go_is_said_on_the_button(qtbot, window: MainWindow, panel: BudgetPanel) -> None:
    session = window.session
    locked = tuple(replace(thread, locked=True) for thread in session.plan.threads)
    session.edit("Lock all threads", replace(session.plan, threads=locked))
    assert panel.curve is not None  # locks change nothing that is measured
    qtbot.mouseClick(panel.plot, LEFT, pos=panel.plot.at(4).toPoint())
    assert panel.keep.text() == "Keep these 2, 4 locked go"
    qtbot.mouseClick(panel.keep, LEFT)
    assert len(session.plan.threads) == 2


def test_a_plan_that_changes_takes_the_curve_away_and_ends_its_computation(qtbot, window: MainWindow, settled) -> None:
    panel, session = window.budget, window.session
    window.commands.budget.curve.trigger()
    fewer = replace(session.plan, threads=session.plan.threads[:4])
    session.edit("Delete", fewer)
    assert panel.job is None
    settled()
    assert panel.curve is None
    panel.show_curve(curve_of(session.plan))
    session.history.undo()
    assert panel.curve is None
    assert panel.plot.points == ()


def test_stop_keeps_what_was_measured(qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = window.budget

    def until_stopped(site, implant, task, seeing, progress, stop):
        found = []
        while not stop():
            progress("Measuring", 1, 6)
            found = [Thinned(tuple(thread.name for thread in implant.threads), {"mse": 0.1})]
        return tuple(found)

    monkeypatch.setattr("planner.design.thinning.thinned", until_stopped)
    window.tabs.setCurrentWidget(panel)
    qtbot.mouseClick(panel.compute, LEFT)
    qtbot.waitUntil(lambda: panel.job is not None and panel.job.far == (1, 6), timeout=10_000)
    qtbot.mouseClick(panel.compute, LEFT)
    qtbot.waitUntil(lambda: panel.job is None, timeout=10_000)
    assert len(panel.plot.points) == 1


def test_a_curve_that_is_cancelled_from_the_status_bar_is_not_waited_for(window: MainWindow, held: Event) -> None:
    panel, session = window.budget, window.session
    window.commands.budget.curve.trigger()
    assert panel.compute.text() == "Stop"
    files.cancel(session, session.worker.current)
    assert panel.job is None
    assert panel.compute.text() == "Compute"
