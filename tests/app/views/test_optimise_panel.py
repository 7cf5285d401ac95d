from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from app import optimising, theme
from app.session import Run
from app.views.brain_words import hint_words
from app.views.outcome_card import chance_words, change_words, comparison, fates_of
from app.views.term_curves import KEPT, _look
from app.window import MainWindow
from planner.design.limits import CONSTRAINTS, Verdict, Violation
from planner.design.step import Control
from planner.plan.plan import Plan


def test_start_watch_and_accept_by_clicks(qtbot, window: MainWindow) -> None:
    session, panel = window.session, window.optimiser
    before = session.plan
    panel.steps.setValue(3)
    panel.begin.setCurrentIndex(1)
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    assert not window.commands.edit.undo.isEnabled()
    assert not panel.budget.isEnabled()
    assert panel.stop.isEnabled()
    qtbot.waitUntil(lambda: session.run is not None and session.run.state == "ended", timeout=60_000)
    _, losses = panel.plot.curve.getData()
    assert len(losses) == len(session.run.losses) > 1
    assert panel.outcome.isVisible()
    assert panel.outcome.cells[2, 2].text() == f"{session.run.candidate.measures['mse']:.4f}"
    qtbot.mouseClick(panel.outcome.accept, Qt.MouseButton.LeftButton)
    assert session.plan != before
    assert not panel.outcome.isVisible()
    window.commands.edit.undo.trigger()
    assert session.plan == before


def test_stop_ends_a_long_run(qtbot, window: MainWindow) -> None:
    session, panel = window.session, window.optimiser
    panel.steps.setValue(5000)
    panel.begin.setCurrentIndex(1)
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.run.step > 1, timeout=60_000)
    qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    assert window.status.verdict.text() == "optimisation stopping"
    assert window.status.currentMessage() == hint_words(session, False) == "Optimisation stopping…"
    qtbot.waitUntil(lambda: session.run.state == "ended", timeout=60_000)
    qtbot.mouseClick(panel.outcome.discard, Qt.MouseButton.LeftButton)
    assert session.editable


def test_budget_and_clearance_are_the_plans_own(qtbot, window: MainWindow) -> None:
    panel, session = window.optimiser, window.session
    assert panel.budget.value() == session.plan.limits.threads
    panel.clearance.setValue(0.8)
    assert session.plan.limits.clearance_mm == 0.8
    session.history.undo()
    assert panel.clearance.value() == session.plan.limits.clearance_mm


def test_a_clearance_that_is_spun_or_typed_is_the_plans_at_once_and_one_step(qtbot, window: MainWindow) -> None:
    panel, session = window.optimiser, window.session
    before = session.plan.limits.clearance_mm
    for _ in range(4):
        panel.clearance.stepUp()
    assert session.plan.limits.clearance_mm == panel.clearance.value() == before + 0.2
    assert session.history.count() == 1
    session.history.undo()
    assert panel.clearance.value() == before


def test_what_is_typed_counts_before_the_plan_is_verified_by_key(qtbot, window: MainWindow, settled) -> None:
    panel, session = window.optimiser, window.session
    panel.clearance.setFocus()
    panel.clearance.selectAll()
    qtbot.keyClicks(panel.clearance, "1.3")
    assert session.plan.limits.clearance_mm != 1.3  # not while typing: 1 and 1. are on the way
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert session.plan.limits.clearance_mm == 1.3
    settled()
    assert session.plan.verdict is not None
    assert panel.clearance.value() == 1.3


def test_what_is_typed_counts_before_the_window_closes(qtbot, window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr("app.dialogs.ask_to_save", lambda *args: QMessageBox.StandardButton.Cancel)
    panel = window.optimiser
    panel.budget.setFocus()
    panel.budget.selectAll()
    qtbot.keyClicks(panel.budget, "9")
    window.close()
    assert window.isVisible()
    assert window.session.plan.limits.threads == 9


def test_threads_that_were_placed_are_where_a_run_starts_unless_asked_otherwise(window: MainWindow, empty_plan) -> None:
    panel, session = window.optimiser, window.session
    placed = session.plan
    assert panel.settings().start == "plan"
    session.open(session.case, empty_plan)
    assert panel.settings().start == "coverage"
    session.edit("Place", replace(empty_plan, threads=placed.threads[:2]))
    assert panel.settings().start == "plan"
    panel.begin.setCurrentIndex(panel.begin.findData("coverage"))
    session.edit("Place", replace(empty_plan, threads=placed.threads[:3]))
    assert panel.settings().start == "coverage"


def test_an_opened_plan_brings_its_settings(window: MainWindow, plan: Plan) -> None:
    window.session.open(window.session.case, replace(plan, seed=7, avoid_vessels=False))
    assert (window.optimiser.settings().seed, window.optimiser.settings().avoid_vessels) == (7, False)


def test_the_curve_of_a_run_goes_when_its_plan_does(window: MainWindow, plan: Plan) -> None:
    session, panel = window.session, window.optimiser
    result = replace(plan, threads=plan.threads[:3], seed=1)

    def curve() -> list[float]:
        return list(
            panel.plot.curve.getOriginalDataset()[1] if panel.plot.curve.getOriginalDataset()[1] is not None else []
        )

    session.set_run(Run(plan, result, losses=(1.0, 0.5), at=(0, 1), state="ended"))
    optimising.accept(session)
    assert curve() == [1.0, 0.5]
    session.history.undo()
    assert curve() == []
    session.history.redo()
    assert curve() == [1.0, 0.5]
    session.open(session.case, plan)
    assert curve() == []


def test_a_result_that_breaks_limits_says_so_in_words_shape_and_on_the_button(window: MainWindow, plan: Plan) -> None:
    outcome = window.optimiser.outcome
    violations = (Violation("T01", "vessel", -0.1, "too near"), Violation("T02", "gray", -0.1, "outside"))
    after = replace(plan, threads=plan.threads[:4], verdict=Verdict(False, {}, violations))
    window.session.set_run(Run(plan, after, state="ended"))
    assert outcome.accept.text() == "Accept with 2 violations"
    assert outcome.verdict.text().startswith("■")
    assert outcome.change.text() == "4 stayed, 2 given up"
    window.session.set_run(Run(plan, replace(plan, verdict=Verdict(True, {}, ())), state="ended"))
    assert outcome.accept.text() == "Accept"
    assert "localisation error, the way from the skull" in outcome.unknown.text()  # the green does not stand alone
    assert outcome.verdict.text() == "● Verified feasible, veins unknown"
    assert outcome.change.text() == "6 stayed"


def test_the_comparison_says_before_after_and_what_baselines_and_chance_came_to(plan: Plan, empty_plan: Plan) -> None:
    violation = Violation("T01", "vessel", -0.1, "too near")
    before = replace(
        plan, measures={"mse": 0.2, "ssim": 0.4, "coverage": 0.1}, verdict=Verdict(False, {}, (violation,))
    )
    after = replace(
        plan,
        measures={"mse": 0.1, "ssim": 0.6, "coverage": 0.2},
        verdict=Verdict(True, {}, ()),
        baselines={
            "random": {"mse": 0.3, "ssim": 0.2, "coverage": 0.05, "violations": 0.0},
            "grid": {"mse": 0.25, "ssim": 0.3},
        },
    )
    assert comparison(Run(before, after)) == (
        ("Before", "6", "0.2000", "0.400", "10%", "1"),
        ("Result", "6", "0.1000", "0.600", "20%", "0"),
        ("Grid", "6", "0.2500", "0.300", "–", "–"),  # of a file that did not say how many limits it breaks
        ("Random, one draw", "6", "0.3000", "0.200", "5%", "0"),
    )
    assert comparison(Run(empty_plan, after, covered=before))[:2] == (
        ("Before", "0", "–", "–", "–", "–"),
        ("Coverage start", "6", "0.2000", "0.400", "10%", "1"),
    )
    run = Run(before, after, losses=(1.0, 0.52), control=Control(40, 900, 0.75, ()))
    assert chance_words(run) == "Relative error 0.520; the best of 40 random plans: 0.750."
    assert chance_words(Run(before, after)) == ""


def test_baselines_are_measured_on_demand_beside_the_result(qtbot, window: MainWindow, settled) -> None:
    session, panel = window.session, window.optimiser
    session.set_run(Run(session.plan, replace(session.plan, seed=4), state="ended"))
    session.show(session.run.candidate)
    settled()
    qtbot.mouseClick(panel.outcome.compare, Qt.MouseButton.LeftButton)
    assert not panel.outcome.compare.isEnabled()
    qtbot.waitUntil(lambda: session.run.candidate.baselines is not None, timeout=60_000)
    assert session.run.candidate.baselines.keys() >= {"random", "coverage"}
    assert {panel.outcome.cells[row, 0].text() for row in range(3, 6)} <= {
        "Random, one draw",
        "Grid",
        "Even over V1",
        "Even over field",
    }
    assert not panel.outcome.compare.isVisible()
    optimising.accept(session)
    assert session.plan.baselines is not None


def test_a_run_is_paused_and_resumed(qtbot, window: MainWindow, settled) -> None:
    session, panel = window.session, window.optimiser
    panel.steps.setValue(5000)
    panel.begin.setCurrentIndex(panel.begin.findData("refine"))
    qtbot.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.run.step > 1, timeout=60_000)
    qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    assert panel.pause.text() == "Resume"
    qtbot.wait(600)  # for the step that was being done
    reached = len(session.run.losses)
    qtbot.wait(800)
    assert len(session.run.losses) == reached
    assert panel.message.text().startswith("Paused")
    assert window.status.verdict.text() == "optimisation paused"
    assert window.status.currentMessage() == hint_words(session, False) == "Optimisation paused"
    assert window.status.progress.left.text() == ""
    qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(session.run.losses) > reached + 1, timeout=60_000)
    assert panel.message.text().startswith("Step")
    assert window.status.verdict.text() == "optimising"
    assert window.status.currentMessage() == hint_words(session, False) == "Optimising…"
    qtbot.waitUntil(lambda: "left" in window.status.progress.left.text())
    assert len(session.run.terms) == len(session.run.losses)
    assert session.run.terms[-1]["error"] == session.run.losses[-1]
    qtbot.mouseClick(panel.pause, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.abandon, Qt.MouseButton.LeftButton)  # a paused run ends as well
    qtbot.waitUntil(lambda: not session.worker.busy, timeout=10_000)


def test_a_limit_that_is_not_kept_has_a_curve_of_its_shortfall(window: MainWindow, plan: Plan) -> None:
    terms = ({"error": 1.0, "vessel": 4.0, "gray": 0.0}, {"error": 0.9, "vessel": 0.25, "gray": 0.0})
    window.session.set_run(Run(plan, plan, losses=(1.0, 0.9), at=(0, 1), total=5, terms=terms))
    curves = window.optimiser.terms.curves
    assert curves.keys() == {"vessel"}
    assert list(curves["vessel"].getOriginalDataset()[1]) == [2.0, 0.5]
    window.session.set_run(Run(plan, plan, losses=(1.0,), at=(0,), terms=({"error": 1.0},)))
    assert window.optimiser.terms.curves == {}
    assert not window.optimiser.terms.isVisible()


def test_before_a_run_it_is_said_what_moves_what_is_lowered_and_what_is_not_known(qtbot, window: MainWindow) -> None:
    session, panel = window.session, window.optimiser
    session.edit(
        "Lock", replace(session.plan, threads=tuple(replace(t, locked=t.name < "T03") for t in session.plan.threads))
    )
    lines = panel.preflight.lines
    assert lines["moves"].text() == "Threads: 2 locked stay, 4 free are moved or exchanged, 2 new."
    panel.begin.setCurrentIndex(panel.begin.findData("coverage"))
    assert lines["moves"].text() == "Threads: 2 locked stay, 4 free are replaced, 6 new."
    assert lines["lowers"].text() == "Lowers the squared error of letters (dynaphos, sampled currents)."
    assert "insertion angle" in lines["open"].text()
    assert "veins unknown" in lines["unknown"].text()
    limits = replace(session.plan.limits, angle_deg=60.0)
    session.edit("Angle", replace(session.plan, limits=limits))
    assert "insertion angle" not in lines["open"].text()
    assert "insertion angle" in lines["keeps"].text()
    panel.weights["ssim"].setFocus()
    qtbot.keyClick(panel.weights["ssim"], Qt.Key.Key_Up)
    assert session.plan.goal.ssim == 0.1
    assert lines["lowers"].text().startswith("Lowers the sum 1 × squared error + 0.1 × unlikeness (1 − SSIM) of")


def test_no_line_of_what_is_not_known_or_not_limited_is_cut_off_before_a_run(qtbot, window: MainWindow) -> None:
    panel = window.optimiser
    for high in (800, 1000):
        window.resize(1280 if high == 800 else 1600, high)
        qtbot.wait(100)
        gaps = set()
        lines = list(panel.preflight.lines.values())
        for above, below in pairwise(lines):
            gaps.add(below.y() - (above.y() + above.height()))
            assert above.height() <= above.heightForWidth(above.width()) + 1  # not drawn apart either
        assert gaps == {2}
        seen = panel.ahead.viewport()
        assert lines[-1].mapTo(seen, lines[-1].rect().bottomLeft()).y() < seen.height()


def test_what_a_result_came_up_against_is_said(window: MainWindow, plan: Plan) -> None:
    run = Run(plan, plan, state="ended", warnings=("1 thread (T01) is as deep as allowed.",))
    window.session.set_run(run)
    assert "as deep as allowed" in window.optimiser.outcome.notes.text()


def test_a_run_says_what_it_does_and_how_far_it_is(window: MainWindow) -> None:
    session, panel = window.session, window.optimiser
    run = Run(session.plan, session.plan, total=150, message="Repairing threads: 5 of 32", done=5, of=32)
    session.set_run(run)
    assert panel.message.text() == "Repairing threads: 5 of 32"
    assert (panel.progress.done, panel.progress.of) == (5, 32)
    session.set_run(replace(run, message="Verifying", done=0, of=0))
    assert panel.progress.of == 0  # a bar that moves but says no share
    assert not panel.plot.isVisible()  # there is no curve yet
    session.set_run(replace(run, losses=(1.0, 0.9), at=(0, 1)))
    assert panel.plot.isVisible()


def test_a_run_can_be_given_up_while_it_runs_and_while_it_stops(qtbot, window: MainWindow, settled) -> None:
    session, panel, before = window.session, window.optimiser, window.session.plan
    for stopping in (False, True):
        panel.steps.setValue(5000)
        panel.begin.setCurrentIndex(1)
        panel.start.click()
        qtbot.waitUntil(lambda: session.run.step > 0, timeout=60_000)
        if stopping:
            panel.stop.click()
        qtbot.mouseClick(panel.abandon, Qt.MouseButton.LeftButton)
        assert session.run is None
        assert session.plan is before
        assert not panel.abandon.isVisible()
        qtbot.waitUntil(lambda: not session.worker.busy, timeout=5000)


def test_what_became_of_every_thread_is_said(plan: Plan) -> None:
    first, second, third, *_ = plan.threads
    before = replace(plan, threads=(first, second, third))
    moved = replace(second, depth_mm=second.depth_mm + 1.25)
    after = replace(plan, threads=(first, moved, replace(third, name="T09"), replace(first, name="T10")))
    assert fates_of(before, after) == {"T01": "stayed", "T02": "moved by 1.2 mm", "T03": "was given up"}
    assert change_words(before, after) == "1 stayed, 1 moved, 1 given up, 2 new"
    assert change_words(replace(plan, threads=()), after) == ""


def test_the_curve_counts_gradient_steps_and_shows_where_the_exchange_ends(window: MainWindow, plan: Plan) -> None:
    session, panel = window.session, window.optimiser
    losses = tuple(np.linspace(1.0, 0.5, 40))
    result = replace(plan, threads=plan.threads[:3])
    panel.steps.setValue(5)
    at = (*(0,) * 10, *range(1, 31))
    session.set_run(Run(plan, result, losses=losses, at=at, total=30, state="ended"))
    optimising.accept(session)
    steps, _ = panel.plot.curve.getOriginalDataset()
    assert (steps[0], steps[-1]) == (-9, 30)
    (least, most), _ = panel.plot.viewRange()
    assert (least, most) == (-9, 30)  # all of it, whatever the field says
    assert panel.plot.exchange.isVisible()
    assert not any(line.isVisible() for line in panel.plot.repairs)
    axis = panel.plot.getAxis("bottom")
    for span in (2.0, 7.0, 40.0, 5000.0):
        ((spacing, _),) = axis.tickSpacing(0.0, span, 300)
        assert spacing == round(spacing) >= 1
    assert axis.tickStrings([-10, 0, 10], 1.0, 10.0) == ["", "0", "10"]


def test_curves_end_at_the_steps_asked_for_and_mark_where_threads_are_repaired(window: MainWindow, plan: Plan) -> None:
    """8 steps: two exchanges, five steps, repair with another exchange, three steps, and the repaired result."""
    panel, at = window.optimiser, (0, 0, 0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 8)
    losses = tuple(np.linspace(0.81, 0.79, len(at)).tolist())
    terms = tuple({"error": loss, "gray": 0.01} for loss in losses)
    run = Run(plan, plan, losses=losses[:5], at=at[:5], total=8, terms=terms[:5])
    window.session.set_run(run)
    assert panel.plot.viewRange()[0] == panel.terms.viewRange()[0] == [-2, 8]  # though it is at the second step
    window.session.set_run(replace(run, losses=losses, at=at, terms=terms))
    steps, _ = panel.plot.curve.getOriginalDataset()
    assert list(steps) == [-2, -1, 0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 8]
    assert list(panel.terms.curves["gray"].getOriginalDataset()[0]) == list(steps)
    assert [line.value() for line in panel.plot.repairs if line.isVisible()] == [5, 8]
    low, high = panel.plot.viewRange()[1]
    assert 0.7 < low < 0.79 < 0.81 < high < 0.9  # as much as there is to be seen
    assert panel.terms.getAxis("bottom").isVisible()
    assert not panel.plot.getAxis("bottom").isVisible()  # one axis below both
    left = [plot.getAxis("left").width() for plot in (panel.plot, panel.terms)]
    assert left[0] == left[1]


def test_shortfalls_have_a_scale_whose_zero_is_called_kept_and_room_at_1280(
    qtbot, window: MainWindow, plan: Plan
) -> None:
    panel = window.optimiser
    window.resize(1280, 800)
    terms = tuple({"error": 1.0, "vessel": term} for term in (0.0, 0.25, 0.01))
    window.session.set_run(Run(plan, plan, losses=(1.0, 0.9, 0.8), at=(0, 1, 2), total=5, terms=terms))
    qtbot.wait(100)
    axis = panel.terms.getAxis("left")
    assert axis.labelText == "short of limit, mm"
    assert panel.terms.viewRange()[1][0] < KEPT
    for high in (20, 40, 60, 200):
        ((step, ticks),) = axis.tickValues(KEPT - 0.1, 2.2, high)
        assert ticks[0] == KEPT
        assert high * step / 5.3 >= 11 or len(ticks) == 2  # words of a line each do not touch
    assert axis.tickStrings([-3.0, -2.0, -1.0, 0.0], 1.0, 1.0) == ["kept", "0.01", "0.1", "1"]
    for plot in (panel.plot, panel.terms):
        assert plot.getViewBox().height() > 45
        assert plot.getAxis("left").label.isVisible()


def test_axes_keep_their_titles_at_1280_beside_a_result(qtbot, window: MainWindow, plan: Plan) -> None:
    panel = window.optimiser
    window.resize(1280, 800)
    run = Run(plan, plan, losses=(1.0, 0.9), at=(0, 1), control=Control(40, 900, 0.75, ()), state="ended", covered=plan)
    window.session.set_run(run)
    qtbot.wait(100)
    for side in ("left", "bottom"):
        label = panel.plot.getAxis(side).label
        assert label.isVisible()
        assert panel.plot.mapFromScene(label.sceneBoundingRect()).boundingRect().top() >= -4  # of which 4 are empty


def test_colours_of_limits_mean_nothing_else_and_their_strokes_tell_them_apart() -> None:
    looks = {_look(name) for name in CONSTRAINTS}
    assert len(looks) == len(CONSTRAINTS)
    taken = {theme.ARTERY, theme.VEIN, theme.VESSEL, theme.SAFE, theme.UNSAFE, theme.WARNING}
    assert not taken & {colour for _, colour in looks}


def test_what_a_run_will_do_is_said_and_that_it_ignores_vessels(window: MainWindow) -> None:
    panel, said, tips = window.optimiser, set(), set()
    for place in range(panel.begin.count()):
        panel.begin.setCurrentIndex(place)
        said.add(panel.preflight.lines["moves"].text())
        tips.add(panel.begin.toolTip())
    assert len(said) == len(tips) == 3
    assert not panel.message.isVisible()
    panel.avoid.setChecked(False)
    assert panel.message.isVisible()
    assert "Ignores vessels" in panel.message.text()
    assert theme.WARNING in panel.message.styleSheet()
    panel.avoid.setChecked(True)
    assert not panel.message.isVisible()


def test_a_box_that_is_not_ticked_is_seen(qtbot, window: MainWindow) -> None:
    box = window.optimiser.avoid
    pictures = []
    for on in (True, False):
        box.setChecked(on)
        image = box.grab().toImage()
        pictures.append([image.pixelColor(x, y).lightness() for x in range(18) for y in range(image.height())])
    assert max(pictures[1]) > 120  # its edge, on a ground of 40
    assert pictures[0] != pictures[1]


def test_a_field_has_an_edge_that_is_seen(qtbot, window: MainWindow) -> None:
    image = window.optimiser.weights["ssim"].grab().toImage()
    column = [image.pixelColor(image.width() // 3, y).lightness() for y in range(image.height())]
    ground = column[5]  # above the words
    assert max(abs(shade - ground) for shade in column[:3]) >= 30


def test_refining_keeps_every_thread_by_name(qtbot, window: MainWindow) -> None:
    session, panel = window.session, window.optimiser
    panel.steps.setValue(2)
    panel.begin.setCurrentIndex(panel.begin.findData("refine"))
    panel.start.click()
    qtbot.waitUntil(lambda: session.run.state == "ended", timeout=60_000)
    assert [t.name for t in session.run.candidate.threads] == [t.name for t in session.plan.threads]
    assert "given up" not in panel.outcome.change.text()
    assert "new" not in panel.outcome.change.text()
