"""A planner's day in parts, each asserting on plan, scene and pixels: the first ends by being killed.

`test_story` plays them; each runs in a process of its own (`tests.e2e.child`).
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QTableView

from app.views.brain_view import BrainView
from app.views.case_wizard import CaseWizard
from planner.anatomy.hemisphere import V1
from planner.anatomy.request import DEMO
from planner.plan.files import load_plan
from planner.plan.plan import Plan
from tests.e2e.hand import CONTROL, SHIFT, Hand, Picture, changed, patch

BUDGET, STEPS = 5, 3
APART_PX = 30  # so that threads do not compete for one place
_AROUND = (QPoint(4, 0), QPoint(-4, 0), QPoint(0, 4), QPoint(0, -4))


def work(hand: Hand, file: str) -> None:
    """From a new case to work that is not saved: says what the plan is worth, and waits to be killed."""
    hand.window.resize(1280, 800)
    answer_notice(hand)
    begin_case(hand)
    blank = hand.picture(hand.window.brain.plotter)
    place_by_click(hand)
    place_by_wish(hand)
    drag_and_think_again(hand)
    lock_first(hand)
    optimise(hand)
    go_through_history(hand, blank)
    save(hand, Path(file))
    leave_unsaved(hand)


# --- the parts -----------------------------------------------------------------------------------


def answer_notice(hand: Hand) -> None:
    """Before anything else one is told what the program is not for; it is asked once."""
    notice = hand.dialog("notice")
    assert "Not a medical device" in notice.informativeText()
    hand.click(notice.buttons()[0])
    hand.until(lambda: hand.window.settings.notice_seen)


def begin_case(hand: Hand) -> None:
    """Through the wizard, to an empty plan with a budget."""
    hand.loaded()
    former = hand.window.session.case
    hand.key(Qt.Key.Key_N, CONTROL)
    wizard = hand.dialog(CaseWizard)
    assert not wizard.load.isEnabled()  # no folder is chosen yet
    wizard.anatomy.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(wizard.anatomy.findData(DEMO)):
        hand.key(Qt.Key.Key_Down)
    hand.until(wizard.load.isEnabled, "what the wizard found")
    assert wizard.found.topLevelItemCount() > 0
    hand.type(wizard.budget, str(BUDGET))
    hand.click(wizard.load)
    hand.until(lambda: hand.window.session.case is not former, "another case", 120)
    hand.loaded()
    plan = plan_of(hand)
    assert (plan.threads, plan.limits.threads) == ((), BUDGET)
    assert not hand.window.isWindowModified()
    hand.rest()


def place_by_click(hand: Hand) -> None:
    """Three threads by clicks on the cortex."""
    session, brain = hand.window.session, hand.window.brain
    spots = spots_on_v1(brain, "lh", 3)
    hand.click(hand.window.commands.edit.add)
    for number, spot in enumerate(spots, start=1):
        aimed = brain.point_at(spot.toPointF())
        before = hand.picture(brain.plotter)
        hand.click(brain.plotter, spot)
        hand.until(lambda number=number: len(plan_of(hand).threads) == number, f"thread {number}")
        thread = plan_of(hand).threads[-1]
        assert thread.hemisphere == "lh"
        assert np.linalg.norm(np.subtract(thread.entry_mm, aimed.pial_mm)) < 10.0
        assert session.selection == thread.name
        hand.rest()
        assert_drawn(hand, thread.name, before)
    hand.key(Qt.Key.Key_Escape)
    assert not brain.bar.adding
    assert session.preview.plan is session.plan
    assert session.preview.field_deg[session.preview.usable, 0].mean() > 0  # left hemisphere, right half of the field
    assert session.preview.percepts.max() > 0.2
    assert hand.window.findChild(QTableView).model().rowCount() == 3


def place_by_wish(hand: Hand) -> None:
    """One thread by a double click where a phosphene should be seen, in the left half of the field."""
    window, session = hand.window, hand.window.session
    field, tabs = window.field, window.seen.tabBar()
    hand.click(tabs, tabs.tabRect(window.seen.indexOf(field)).center())
    hand.rest()
    wish = (-3.0, -1.5)
    at = QPoint(*np.round(field.frame.to_px(np.array([wish]))[0]).astype(int))
    before = hand.picture(field)
    hand.double_click(field, at)
    hand.until(lambda: len(plan_of(hand).threads) == 4, "the thread that was wished for")
    hand.rest()
    preview, thread = session.preview, plan_of(hand).threads[-1]
    assert thread.hemisphere == "rh"
    its = (preview.owner == 3) & preview.usable
    away = np.hypot(*(preview.field_deg[its] - wish).T)
    assert away.min() < 1.5
    nearest = preview.field_deg[its][[away.argmin()]]
    lit = QPoint(*np.round(field.frame.to_px(nearest)[0]).astype(int))
    assert changed(patch(before, lit, 12), patch(hand.picture(field), lit, 12)) > 0.05


def drag_and_think_again(hand: Hand) -> None:
    """A drag that Esc takes back leaves all as it was; one that is let go of is one step."""
    session, brain = hand.window.session, hand.window.brain
    view = brain.plotter
    name = next(t.name for t in plan_of(hand).threads if brain.entry_visible(t.name))
    placed, steps = plan_of(hand), session.history.count()
    start = brain.entry_position(name).toPoint()
    hand.click(view, start)  # selects it, which is seen as well
    hand.rest()
    before = hand.picture(view)
    at = hand.pull(view, start, QPoint(16, 12))
    assert session.draft is not None
    hand.until(lambda: session.preview.plan is session.draft, "the percept of the drag")
    hand.key(Qt.Key.Key_Escape)
    hand.release(view, at)
    assert session.draft is None
    assert session.plan is placed
    assert session.history.count() == steps
    hand.rest()
    assert session.preview.plan is placed
    assert changed(before, hand.picture(view)) < 0.005

    at = hand.pull(view, start, QPoint(16, 12))
    hand.release(view, at)
    hand.rest()
    moved = thread_named(hand, name)
    assert moved.entry_mm != next(t for t in placed.threads if t.name == name).entry_mm
    assert [t for t in plan_of(hand).threads if t.name != name] == [t for t in placed.threads if t.name != name]
    assert session.history.count() == steps + 1
    assert session.history.undoText() == f"Move {name}"
    away = brain.entry_position(name).toPoint() - start
    assert away.manhattanLength() > 6
    assert changed(patch(before, start + away), patch(hand.picture(view), start + away)) > 0.05


def lock_first(hand: Hand) -> None:
    """The key L locks what is selected."""
    name = click_row(hand, 0)
    hand.key(Qt.Key.Key_L)
    assert thread_named(hand, name).locked
    assert hand.window.session.history.undoText() == f"Lock {name}"


def optimise(hand: Hand) -> None:
    """Three threads are moved a little, one is locked; accepted, all are, and the verdict is the exact one's."""
    session, panel = hand.window.session, hand.window.optimiser
    before = plan_of(hand)
    (locked,) = [t for t in before.threads if t.locked]
    panel.begin.setFocus(Qt.FocusReason.TabFocusReason)
    hand.key(Qt.Key.Key_Down)
    assert panel.settings().start == "refine"
    hand.type(panel.steps, str(STEPS))
    hand.click(panel.start)
    hand.until(lambda: session.run is not None and session.run.state == "ended", "the end of the run", 150)
    assert session.run.losses[-1] < session.run.losses[0]
    result = session.run.candidate
    hand.click(panel.outcome.accept)
    assert plan_of(hand) is result
    assert locked in result.threads
    assert [t.name for t in result.threads] == [t.name for t in before.threads]
    assert any(t.entry_mm != next(o for o in before.threads if o.name == t.name).entry_mm for t in result.threads)
    assert all(t.locked for t in result.threads)
    assert result.verdict is not None
    assert result.verdict.feasible
    assert hand.window.status.verdict.text() == "verified feasible"
    assert session.history.undoText() == "Optimise 4 threads"


def go_through_history(hand: Hand, blank: Picture) -> None:
    """Back to the empty plan and its picture, step by step; and forward to the result and its picture."""
    session, view = hand.window.session, hand.window.brain.plotter
    hand.rest()
    last, picture, steps = plan_of(hand), hand.picture(view), session.history.count()
    assert steps == 7  # four threads, a move, a lock, the result
    names = []
    while session.history.canUndo():
        names.append(session.history.undoText())
        hand.key(Qt.Key.Key_Z, CONTROL)
    assert len(names) == steps
    assert plan_of(hand).threads == ()
    assert not hand.window.isWindowModified()
    hand.rest()
    assert not session.preview.percepts.any()
    assert changed(blank, hand.picture(view)) < 0.005
    while session.history.canRedo():
        assert session.history.redoText() == names.pop()
        hand.key(Qt.Key.Key_Z, CONTROL | SHIFT)
    assert names == []
    assert plan_of(hand) == last
    hand.rest()
    assert changed(picture, hand.picture(view)) < 0.02  # nothing is selected now that was
    assert hand.window.status.verdict.text() == "verified feasible"


def save(hand: Hand, file: Path) -> None:
    """Ctrl+S asks for a file where there is none."""
    with hand.answering(lambda dialog: hand.give(dialog, file)):
        hand.key(Qt.Key.Key_S, CONTROL)
    assert load_plan(file) == plan_of(hand)
    assert not hand.window.isWindowModified()
    assert hand.window.windowTitle().startswith(file.name)
    hand.take_keys()


def leave_unsaved(hand: Hand) -> None:
    """One change more, kept but not saved; then it is told what there was, and the end comes from outside."""
    window = hand.window
    name = click_row(hand, 0)
    hand.key(Qt.Key.Key_L)
    assert not thread_named(hand, name).locked
    assert window.isWindowModified()

    def kept() -> bool:
        records = sorted(window.keeper.folder.glob("*/record.json"))
        return bool(records) and load_plan(records[-1].with_name("plan.json")) == plan_of(hand)

    hand.until(kept, "the plan kept")
    print(json.dumps({"unlocked": name, "threads": [t.name for t in plan_of(hand).threads]}), flush=True)
    hand.wait(600_000)


# --- looking -------------------------------------------------------------------------------------


def plan_of(hand: Hand) -> Plan:
    """The document."""
    plan = hand.window.session.plan
    assert plan is not None
    return plan


def thread_named(hand: Hand, name: str):
    """A thread of the document."""
    return next(t for t in plan_of(hand).threads if t.name == name)


def click_row(hand: Hand, row: int) -> str:
    """Select a thread by its row of the table, in the order shown; gives its name."""
    table, across = hand.window.findChild(QTableView), Qt.Orientation.Horizontal
    model = table.model()
    column = next(i for i in range(model.columnCount()) if model.headerData(i, across) == "Thread")
    hand.click(table.viewport(), table.visualRect(model.index(row, column)).center())
    assert hand.window.session.selection == model.index(row, column).data()
    return hand.window.session.selection


def assert_drawn(hand: Hand, name: str, before: Picture) -> None:
    """A thread's entry is seen where there was none before, and the picture is the same elsewhere."""
    brain = hand.window.brain
    after, at = hand.picture(brain.plotter), brain.entry_position(name).toPoint()
    assert changed(patch(before, at), patch(after, at)) > 0.1
    assert changed(before, after) < 0.2


def spots_on_v1(brain: BrainView, side: str, count: int) -> list[QPoint]:
    """Pixels well within what is seen of a hemisphere's V1, apart from each other."""
    hemisphere = brain._session.case.cortices[side].hemisphere

    def open_cortex(spot: QPoint) -> bool:
        """Whether there is no edge near, so that a hand that trembles hits it too."""
        found = [brain.point_at((spot + by).toPointF()) for by in (QPoint(), *_AROUND)]
        if any(point is None or point.field_deg is None for point in found):
            return False
        return max(np.linalg.norm(np.subtract(point.pial_mm, found[0].pial_mm)) for point in found) < 4.0

    vertices = np.flatnonzero(hemisphere.retinotopy.area == V1)[::7]
    spots = [brain.widget_position(point).toPoint() for point in hemisphere.pial_mm[vertices]]
    chosen: list[QPoint] = []
    for spot in spots:
        if len(chosen) < count and all((spot - other).manhattanLength() > APART_PX for other in chosen):
            chosen += [spot] if open_cortex(spot) else []
    assert len(chosen) == count
    return chosen
