"""The main states of the window, one after the other, each as a function that brings it about.

To add one write a function with ``@state`` where it belongs in the order, which is that of this file. It is handed a
`Hand` on the demo as the state before left it, brings the window to what is to be seen and yields; the picture is taken
there, and what follows tidies up. `tests/e2e/screens.py` takes the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from app import actions, dialogs
from app.views.case_wizard import CaseWizard
from app.views.compare_dialog import CompareDialog
from app.views.vessel_dialog import VesselDialog
from tests.e2e.hand import CONTROL, SHIFT, Hand
from tests.e2e.story import spots_on_v1

State = Callable[[Hand], Iterator[None]]
STATES: dict[str, State] = {}
BUDGET, STEPS = 12, 8


def state(bring: State) -> State:
    """Make a function one of the states, under its name."""
    STATES[bring.__name__.replace("_", "-")] = bring
    return bring


def show(hand: Hand, folder: str, width: str, height: str, *names: str) -> None:
    """Bring about state after state, and take a picture of those named, or of all: ``01-notice.png`` and so on."""
    hand.window.resize(int(width), int(height))
    for number, (name, bring) in enumerate(STATES.items(), start=1):
        going = bring(hand)
        next(going)
        if not names or name in names:
            hand.wait(500)
            take(hand, Path(folder) / f"{number:02d}-{name}.png")
        for _ in going:
            raise AssertionError(f"{name} yields more than once")
        if names and name == names[-1]:
            return


def take(hand: Hand, file: Path) -> None:
    """What the screen shows where the window is, with all that lies over it."""
    place = hand.window.frameGeometry()
    shot = QGuiApplication.primaryScreen().grabWindow(0, place.x(), place.y(), place.width(), place.height())
    assert shot.save(str(file)), f"{file} could not be written"
    print(file, flush=True)


def close_dialog(hand: Hand, kind: type[QDialog] | str) -> None:
    """Close an open dialog."""
    hand.dialog(kind).close()
    hand.wait(100)
    hand.take_keys()


def tab(hand: Hand, panel: str) -> None:
    """Bring one of the panels of the two tab bars forward."""
    tabs, index = next(
        (tabs, index)
        for tabs in (hand.window.tabs, hand.window.seen)
        for index in range(tabs.count())
        if tabs.tabText(index) == panel
    )
    hand.click(tabs.tabBar(), tabs.tabBar().tabRect(index).center())
    hand.rest()


# --- the states ----------------------------------------------------------------------------------


@state
def notice(hand: Hand) -> Iterator[None]:
    """The first start."""
    dialog = hand.dialog("notice")
    hand.until(lambda: hand.window.session.preview is not None, "the demo", 120)
    hand.rest()
    yield
    hand.click(dialog.buttons()[0])
    hand.loaded()


@state
def empty(hand: Hand) -> Iterator[None]:
    """A case with a plan in which nothing is yet."""
    hand.rest()
    yield


@state
def wizard(hand: Hand) -> Iterator[None]:
    """A new case, and what was found of it."""
    hand.key(Qt.Key.Key_N, CONTROL)
    dialog = hand.dialog(CaseWizard)
    dialog.choose_source("demo")
    hand.until(dialog.load.isEnabled, "what is found")
    yield
    close_dialog(hand, CaseWizard)


@state
def vessels(hand: Hand) -> Iterator[None]:
    """How a vessel file is to be read."""
    hand.window.desk.add_vessels(Path("tof.nii.gz"))
    hand.dialog(VesselDialog)
    yield
    close_dialog(hand, VesselDialog)


@state
def loading_report(hand: Hand) -> Iterator[None]:
    """What is used of the case."""
    hand.choose("File", "Loading report…")
    hand.wait(300)
    yield
    for dialog in hand.window.findChildren(QDialog):
        dialog.close()
    hand.take_keys()


@state
def keys(hand: Hand) -> Iterator[None]:
    """F1."""
    hand.key(Qt.Key.Key_F1)
    hand.dialog("keys")
    yield
    close_dialog(hand, "keys")


@state
def placing(hand: Hand) -> Iterator[None]:
    """Threads are being added by clicks, the mouse over V1."""
    session, brain = hand.window.session, hand.window.brain
    actions.set_budget(session, BUDGET)
    spots = spots_on_v1(brain, "lh", 3)
    hand.click(hand.window.commands.edit.add)
    for number, spot in enumerate(spots[:2], start=1):
        hand.click(brain.plotter, spot)
        hand.until(lambda number=number: len(session.plan.threads) == number, f"thread {number}")
        hand.rest()
    hand.hover(brain.plotter, spots[2])
    hand.rest()
    yield
    hand.key(Qt.Key.Key_Escape)


@state
def dragging(hand: Hand) -> Iterator[None]:
    """A thread is in the hand."""
    brain, session = hand.window.brain, hand.window.session
    name = next(t.name for t in session.plan.threads if brain.entry_visible(t.name))
    at = hand.pull(brain.plotter, brain.entry_position(name).toPoint(), QPoint(18, 14))
    hand.rest()
    yield
    hand.key(Qt.Key.Key_Escape)
    hand.release(brain.plotter, at)
    hand.rest()


@state
def phosphene_map(hand: Hand) -> Iterator[None]:
    """Phosphenes over the field, one of them under the mouse."""
    field, session = hand.window.field, hand.window.session
    actions.cover(session)
    hand.until(lambda: len(session.plan.threads) == BUDGET, "V1 covered", 120)
    tab(hand, "Phosphenes")
    rows = np.flatnonzero(session.preview.usable)
    hand.hover(field, QPoint(*np.round(field.frame.to_px(session.preview.field_deg[rows[:1]]))[0].astype(int)))
    yield
    tab(hand, "Percept")


@state
def thread(hand: Hand) -> Iterator[None]:
    """The selected thread, and what lies along it."""
    session = hand.window.session
    session.select(session.plan.threads[3].name)
    tab(hand, "Thread")
    yield


@state
def limits(hand: Hand) -> Iterator[None]:
    """What the plan is kept to."""
    tab(hand, "Limits")
    yield


@state
def checking(hand: Hand) -> Iterator[None]:
    """A plan that breaks a limit, checked exactly, and the views at the culprit."""
    session = hand.window.session
    strict = replace(session.plan.limits, clearance_mm=session.plan.limits.clearance_mm + 0.4)
    session.edit("Clearance", replace(session.plan, limits=strict, measures=None, verdict=None))
    tab(hand, "Checks")
    hand.key(Qt.Key.Key_F5)
    hand.until(lambda: session.plan.verdict is not None, "the verdict", 120)
    assert not session.plan.verdict.feasible
    listed = hand.window.checks.violations
    hand.click(listed.viewport(), listed.visualItemRect(listed.topLevelItem(0)).center())
    hand.rest()
    yield
    hand.window.snapshots.take("Cover, too near to vessels")
    hand.key(Qt.Key.Key_Z, CONTROL)
    hand.rest()


@state
def before_a_run(hand: Hand) -> Iterator[None]:
    """What an optimisation is about to do."""
    tab(hand, "Optimise")
    yield


@state
def optimising(hand: Hand) -> Iterator[None]:
    """On its way."""
    window, session = hand.window, hand.window.session
    window.optimiser.begin.setCurrentIndex(window.optimiser.begin.findData("coverage"))
    window.optimiser.steps.setValue(STEPS)
    hand.click(window.optimiser.start)
    hand.until(lambda: session.run.step >= 2 or session.run.state == "ended", "a step", 150)
    hand.click(window.optimiser.pause)
    hand.wait(1500)
    yield
    hand.click(window.optimiser.pause)


@state
def result(hand: Hand) -> Iterator[None]:
    """To accept or to discard."""
    hand.until(lambda: hand.window.session.run.state == "ended", "the end of the run", 200)
    hand.rest()
    yield


@state
def baselines(hand: Hand) -> Iterator[None]:
    """The result beside what others would do."""
    hand.click(hand.window.optimiser.outcome.compare)
    hand.until(lambda: hand.window.session.run.candidate.baselines, "the baselines", 120)
    hand.rest()
    yield
    hand.click(hand.window.optimiser.outcome.accept)


@state
def accepted(hand: Hand) -> Iterator[None]:
    """A verified plan."""
    session = hand.window.session
    tab(hand, "Checks")
    session.select(session.plan.threads[3].name)
    hand.rest()
    yield


@state
def comparing(hand: Hand) -> Iterator[None]:
    """Two plans side by side."""
    hand.key(Qt.Key.Key_T, CONTROL | SHIFT)
    dialog = hand.dialog(CompareDialog)
    hand.until(lambda: dialog.table.topLevelItemCount() and not hand.window.session.worker.busy, "the comparison", 120)
    yield
    close_dialog(hand, CompareDialog)


@state
def four_panes(hand: Hand) -> Iterator[None]:
    """Three slices and 3D."""
    hand.key(Qt.Key.Key_1, CONTROL)
    hand.rest()
    yield


@state
def slice_maximised(hand: Hand) -> Iterator[None]:
    """One slice with all the room."""
    hand.window.slices.maximise("axial")
    hand.rest()
    yield
    hand.window.slices.maximise("axial")


@state
def solid_maximised(hand: Hand) -> Iterator[None]:
    """3D with all the room."""
    hand.window.slices.maximise("3D")
    hand.rest()
    yield
    hand.window.slices.maximise("3D")


@state
def inflated(hand: Hand) -> Iterator[None]:
    """The surface for looking, in 3D alone."""
    hand.key(Qt.Key.Key_2, CONTROL)
    hand.window.brain.bar.choose(surface="inflated")
    hand.rest()
    yield


@state
def fault(hand: Hand) -> Iterator[None]:
    """A bug, as its user meets it."""
    try:
        [][1]
    except IndexError as error:
        hand.window.show_error(error)
    hand.dialog(dialogs.CrashDialog)
    yield
    close_dialog(hand, dialogs.CrashDialog)


@state
def read_only(hand: Hand) -> Iterator[None]:
    """The anatomy is not the plan's any more."""
    hand.window.session.forbid("lh.pial is not the file that the plan was made on")
    hand.window.guard.look_again(at_once=True)
    hand.rest()
    yield
    hand.window.session.forbid("")
