from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLabel

from app import actions, aims, placing, theme
from app.session import Run
from app.views.violations import ROW_PX
from app.window import MainWindow
from app.words import CONSTRAINT_WORDS
from planner.anatomy.access import Access, Window
from planner.design.limits import CONSTRAINTS, Verdict, Violation


def listed(window: MainWindow) -> list[tuple[str, ...]]:
    """What is listed of the violations."""
    shown = window.checks.violations
    items = [shown.topLevelItem(row) for row in range(shown.topLevelItemCount())]
    return [tuple(item.text(column) for column in range(3)) for item in items]


def test_each_line_shows_the_least_margin_and_its_thread(window: MainWindow) -> None:
    margins = window.session.preview.margins
    for name in window.session.plan.limits.in_force:
        line = window.checks.lines[name]
        if name == "current":  # only the exact check knows it
            assert line.margin.text() == "when verified"
            continue
        worst = min(margins, key=lambda thread: margins[thread].margins[name])
        assert line.nearest == worst
        assert line.margin.text() == f"{margins[worst].margins[name]:+.2f} mm"


def test_a_limit_has_a_line_where_it_is_in_force_and_in_its_own_unit(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    session, lines = window.session, window.checks.lines
    assert lines["angle"].margin.text() == "not limited"
    assert theme.MUTED in lines["angle"].title.styleSheet()
    steep = replace(session.plan.limits, angle_deg=30.0)
    session.edit("Steep", replace(session.plan, limits=steep, verdict=None))
    settled()
    assert theme.MUTED not in lines["angle"].title.styleSheet()
    assert lines["angle"].margin.text().endswith("°")
    assert lines["region"].margin.text() == "not limited"
    actions.verify_plan(session)
    settled()
    assert lines["current"].margin.text().endswith(" µA")
    assert any(what == "Insertion angle" and margin.endswith("°") for what, margin, _ in listed(window))


def test_every_limit_has_words_and_a_line(window: MainWindow) -> None:
    assert set(window.checks.lines) == set(CONSTRAINTS) == set(CONSTRAINT_WORDS)


def test_the_line_of_vessels_says_that_only_arteries_are_known(window: MainWindow) -> None:
    line = window.checks.lines["vessel"]
    assert line.title.text() == "Vessels, arteries only"
    assert "where veins run is unknown" in line.toolTip()
    artery, *_ = window.session.plan.case.vessels
    both = replace(window.session.plan.case, vessels=(artery, replace(artery, kind="vein")))
    window.session.show(replace(window.session.plan, case=both))
    assert line.title.text() == "Vessel clearance"
    assert "unknown" not in line.toolTip()


def test_where_no_window_is_of_a_hemisphere_that_is_said_and_no_number(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    session, line = window.session, window.checks.lines["access"]
    only = Access("left", (Window("lh", "pial", (-45.0, -40.0, 0.0), (0.0, 1.0, 0.0), 25.0, 60.0),))
    right = next(t for t in session.plan.threads if t.hemisphere == "rh")
    session.edit("Left only", replace(session.plan, limits=replace(session.plan.limits, access=only), verdict=None))
    settled()
    assert line.margin.text() == "no window"  # by the fast margins
    assert placing.shortcomings(session.case, session.plan, right) == f"{right.name}: no window of its hemisphere"
    actions.verify_plan(session)
    settled()
    assert line.margin.text() == "no window"
    assert ("Access window", "no window of its hemisphere", right.name) in listed(window)
    assert not any("1000" in part for row in listed(window) for part in row)


def test_a_click_on_a_line_selects_the_culprit(qtbot, window: MainWindow) -> None:
    line = window.checks.lines["vessel"]
    window.tabs.setCurrentWidget(window.checks)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert window.session.selection == line.nearest != ""
    thread = next(t for t in window.session.plan.threads if t.name == line.nearest)
    cross = np.array(window.session.cross_mm)
    vessel = next(
        v
        for v in window.session.case.anatomy.vessels
        if v.name == window.session.preview.margins[line.nearest].nearest_vessel
    )
    samples = np.linspace(thread.entry_mm, thread.tip_mm, 400)
    nearest = np.linalg.norm(samples[:, None] - vessel.points_mm[None], axis=2).min()
    assert np.linalg.norm(cross - vessel.points_mm, axis=1).min() < nearest + 0.02  # where the shaft is nearest
    window.checks.lines["depth"].click()
    thread = next(t for t in window.session.plan.threads if t.name == window.checks.lines["depth"].nearest)
    np.testing.assert_allclose(window.session.cross_mm, thread.tip_mm)


def test_verify_gives_the_exact_verdict_and_an_edit_takes_it_away(
    qtbot, window: MainWindow, settled: Callable[[], None]
) -> None:
    window.tabs.setCurrentWidget(window.checks)
    assert window.checks.verdict.text() == "Not verified"
    qtbot.mouseClick(window.checks.verify, Qt.MouseButton.LeftButton)
    settled()
    assert window.checks.verdict.text() == "Verified feasible, veins unknown"
    assert window.status.verdict.text() == "verified feasible, veins unknown"
    assert window.checks.unknown.isVisible()
    assert "localisation error, the way from the skull" in window.checks.unknown.text()
    aims.set_limit(window.session, "localisation_mm", 0.5)
    assert "localisation" not in window.checks.unknown.text()
    actions.set_depth(window.session, window.session.plan.threads[0].name, 9.0)
    assert window.checks.verdict.text() == "Not verified"


def test_what_may_only_be_looked_at_cannot_be_verified_and_says_why(window: MainWindow) -> None:
    verify = window.checks.verify
    assert verify.isEnabled()
    window.session.forbid("lh.pial is not the file that the plan was made on")
    assert not verify.isEnabled()
    assert verify.toolTip() == "Nothing can be verified: lh.pial is not the file that the plan was made on"
    window.session.forbid("")
    assert verify.isEnabled()
    assert verify.toolTip().startswith("Check every limit exactly")


def test_no_tick_is_left_where_the_anatomy_has_changed(window: MainWindow) -> None:
    mark, known = window.checks.lines["depth"].mark, window.checks.lines["hemisphere"].mark
    ticked = mark.pixmap().cacheKey()
    assert known.pixmap().cacheKey() == ticked
    window.session.forbid("lh.pial is not the file that the plan was made on")
    assert mark.pixmap().cacheKey() == known.pixmap().cacheKey() != ticked
    window.session.forbid("")
    assert mark.pixmap().cacheKey() == ticked


def test_a_long_verdict_makes_the_panel_no_wider(qtbot, window: MainWindow, settled: Callable[[], None]) -> None:
    panel = window.checks
    window.tabs.setCurrentWidget(panel)
    before = window.tabs.minimumSizeHint().width()
    actions.verify_plan(window.session)
    settled()
    window.session.forbid("lh.pial is not the file that the plan was made on")
    qtbot.wait(50)
    assert panel.verdict.text().endswith("before the anatomy changed")
    assert window.tabs.minimumSizeHint().width() <= before
    window.session.set_run(Run(window.session.plan, window.session.plan, state="ended"))
    qtbot.wait(50)
    assert window.tabs.minimumSizeHint().width() <= before  # of the outcome either
    verdict = panel.verdict
    qtbot.waitUntil(lambda: verdict.height() >= verdict.heightForWidth(verdict.width()))  # all of it is seen


def test_titles_stand_over_their_columns_with_a_scroll_bar_and_without(qtbot, window: MainWindow) -> None:
    panel = window.checks
    window.tabs.setCurrentWidget(panel)
    bar = panel.rows.verticalScrollBar()

    def right(label: QLabel) -> int:
        return label.mapTo(panel, label.rect().topRight()).x()

    for high in (1400, 640):
        window.resize(1280, high)
        qtbot.waitUntil(lambda high=high: bar.isVisible() == (high == 640))
        qtbot.wait(50)
        for line in (panel.budget, panel.lines["vessel"]):
            assert right(panel.titles.margin) == right(line.margin)
            assert right(panel.titles.thread_title) == right(line.culprit)
        assert panel.titles.y() < panel.rows.y()


def test_violations_are_listed_in_words_and_lead_to_their_thread(
    qtbot, window: MainWindow, settled: Callable[[], None]
) -> None:
    window.tabs.setCurrentWidget(window.checks)
    aims.set_limit(window.session, "clearance_mm", 5.0)
    actions.verify_plan(window.session)
    settled()
    violations = window.session.plan.verdict.violations
    shown = window.checks.violations
    assert len(listed(window)) == len(violations) > 1
    worst, second, *_ = sorted(violations, key=lambda violation: violation.margin)
    near = window.session.plan.verdict.margins[worst.thread].nearest_vessel
    assert listed(window)[0] == (f"Vessel clearance, {near}", f"{worst.margin:+.2f} mm", worst.thread)
    assert shown.topLevelItem(0).toolTip(0) == worst.message
    rect = shown.visualItemRect(shown.topLevelItem(0))
    qtbot.mouseClick(shown.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert window.session.selection == worst.thread
    shown.setFocus()
    qtbot.keyClick(shown, Qt.Key.Key_Down)
    qtbot.keyClick(shown, Qt.Key.Key_Return)
    assert window.session.selection == second.thread
    assert shown.currentItem().text(2) == second.thread  # it was not listed anew
    window.session.history.undo()  # with the verdict the list goes: no field may get the keys that were meant for it
    assert not shown.isVisible()
    assert not isinstance(QApplication.focusWidget(), QAbstractSpinBox)


def test_violations_and_limits_scroll_together_in_whole_rows(
    qtbot, window: MainWindow, settled: Callable[[], None]
) -> None:
    panel = window.checks
    window.tabs.setCurrentWidget(panel)
    window.resize(1280, 640)
    aims.set_limit(window.session, "clearance_mm", 5.0)
    actions.verify_plan(window.session)
    settled()
    qtbot.wait(50)
    shown, bar, seen = panel.violations, panel.rows.verticalScrollBar(), panel.rows.viewport()
    assert not shown.verticalScrollBar().isVisible()
    assert shown.height() == shown.topLevelItemCount() * ROW_PX
    assert seen.height() % ROW_PX == 0 < bar.maximum()
    assert bar.maximum() % ROW_PX == bar.singleStep() % ROW_PX == 0
    assert shown.visualItemRect(shown.topLevelItem(0)).height() == ROW_PX
    bar.setValue(bar.maximum())
    shown.setCurrentItem(shown.topLevelItem(0))
    assert bar.value() == 0  # keys bring into sight what they go to
    for column, label in ((1, panel.lines["vessel"].margin), (2, panel.lines["vessel"].culprit)):
        end = shown.header().sectionPosition(column) + (shown.header().sectionSize(1) if column == 1 else 0)
        words = label.rect().topRight() if column == 1 else label.rect().topLeft()
        assert shown.viewport().mapTo(panel, QPoint(end, 0)).x() == pytest.approx(label.mapTo(panel, words).x(), abs=4)


def test_the_checks_are_of_the_result_where_one_waits_for_its_answer(window: MainWindow) -> None:
    session = window.session
    session.attest(replace(session.plan, measures={}, verdict=Verdict(True, {}, ())))
    session.set_run(Run(session.plan, session.plan))
    assert window.checks.verdict.text() == "Optimising"
    result = replace(session.plan, verdict=Verdict(False, {}, (Violation("T01", "vessel", -0.1, "too near"),)))
    session.set_run(Run(session.plan, result, state="ended"))
    session.show(result)
    assert window.checks.verdict.text() == "Result: 1 violation"
    session.end_run()
    assert window.checks.verdict.text() == "Verified feasible, veins unknown"


def test_what_is_broken_is_said_before_anything_is_verified(window: MainWindow, settled: Callable[[], None]) -> None:
    aims.set_limit(window.session, "clearance_mm", 5.0)
    settled()
    broken = sum(found.worst[1] < 0 for found in window.session.preview.margins.values())
    assert broken > 1
    said = f"not verified, {broken} threads break a limit"
    assert window.checks.verdict.text() == said.capitalize()
    assert window.status.verdict.text() == said
    assert theme.UNSAFE in window.status.verdict.styleSheet()


def test_the_budget_is_counted_before_anything_is_verified(window: MainWindow) -> None:
    budget, count = window.checks.budget, len(window.session.plan.threads)
    assert budget.margin.text() == f"{count} of {window.session.plan.limits.threads}"
    assert theme.UNSAFE not in budget.margin.styleSheet()
    actions.set_budget(window.session, count - 2)
    assert budget.margin.text() == f"{count} of {count - 2}"
    assert theme.UNSAFE in budget.margin.styleSheet()


def test_margins_are_not_those_of_the_plan_before_an_edit(window: MainWindow, settled: Callable[[], None]) -> None:
    thread = window.session.plan.threads[0]
    actions.set_depth(window.session, thread.name, thread.depth_mm + 0.5)
    lines = [window.checks.lines[name] for name in window.session.plan.limits.in_force if name != "current"]
    assert {line.margin.text() for line in lines} == {"…"}
    settled()
    assert "…" not in {line.margin.text() for line in lines}


def test_why_no_margin_is_known_is_said(window: MainWindow, empty_plan) -> None:
    session = window.session
    lines = [window.checks.lines[name] for name in session.plan.limits.in_force if name != "current"]
    session.set_run(Run(session.plan, session.plan))
    session.set_preview(None)
    assert {line.margin.text() for line in lines} == {"after the run"}
    session.end_run()
    assert {line.margin.text() for line in lines} == {"…"}
    session.open(session.case, empty_plan)
    assert {line.margin.text() for line in lines} == {"no threads yet"}
