from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from app import dialogs, editing
from app.keeping import Left
from app.places import state_folder
from app.session import Session
from app.snapshots import Snapshots, restore
from app.views.compare_dialog import CompareDialog, caution, lines_of
from app.views.recovery_dialog import RecoveryDialog
from app.window import MainWindow
from planner.anatomy.access import Access, Window
from planner.errors import InputError
from planner.plan.files import load_plan, save_plan
from planner.plan.make import evaluated
from planner.plan.plan import Plan

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def snapshots(session: Session, tmp_path: Path) -> Snapshots:
    return Snapshots(session, tmp_path / "unsaved")


def test_a_snapshot_lies_beside_the_plan_and_is_a_plan_file_like_any_other(
    session: Session, snapshots: Snapshots, plan: Plan, settled, tmp_path: Path
) -> None:
    session.saved(plan, tmp_path / "bert.json")
    snapshots.take("  vor / nach Äderung ")
    settled()
    (one,) = snapshots.all()
    assert one.name == "vor / nach Äderung"
    assert one.file.parent == tmp_path / "bert.snapshots"
    assert load_plan(one.file) == one.read() == plan


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "taken", "TAKEN"])
def test_a_name_that_cannot_be_is_refused(session: Session, snapshots: Snapshots, settled, name: str) -> None:
    snapshots.take("Taken")
    settled()
    with pytest.raises(InputError, match=r"name|snapshot"):
        snapshots.take(name)
    assert len(snapshots.all()) == 1


def test_those_of_an_unsaved_plan_come_along_when_it_gets_a_file(
    session: Session, snapshots: Snapshots, plan: Plan, settled, tmp_path: Path
) -> None:
    snapshots.take("first")
    settled()
    before = snapshots.folder
    session.saved(plan, tmp_path / "a.json")
    assert snapshots.all() == ()
    snapshots.follow(before)
    assert [one.name for one in snapshots.all()] == ["first"]
    before = snapshots.folder
    session.saved(plan, tmp_path / "b.json")
    snapshots.follow(before)
    assert [p.parent.name for p in sorted(tmp_path.glob("*.snapshots/first.json"))] == ["a.snapshots", "b.snapshots"]


def test_another_plan_has_none_of_them(session: Session, snapshots: Snapshots, plan: Plan, case, settled) -> None:
    snapshots.take("first")
    settled()
    session.open(case, plan)
    assert snapshots.all() == ()
    assert snapshots.free_name() == "Snapshot 1"


def test_restoring_is_one_step_that_can_be_undone(session: Session, plan: Plan) -> None:
    now = session.plan
    restore(session, "old", replace(plan, threads=plan.threads[:2]))
    assert len(session.plan.threads) == 2
    assert session.history.undoText() == "Restore old"
    session.history.undo()
    assert session.plan == now


def test_one_of_another_anatomy_is_not_restored(session: Session, plan: Plan) -> None:
    said: list[str] = []
    session.refused.connect(said.append)
    now = session.plan
    restore(session, "old", replace(plan, case=replace(plan.case, hashes={"spheres": "1" * 64}), threads=()))
    assert session.plan is now
    assert "another anatomy: spheres has changed" in said[0]


def test_the_table_says_both_and_their_difference(case, plan: Plan) -> None:
    whole = evaluated(plan, case.site)
    fewer = evaluated(replace(plan, threads=plan.threads[:4]), case.site)
    lines = {line[0]: line[1:] for line in lines_of(whole, fewer)}
    assert lines["Threads"] == ("6", "4", "-2")
    left, right, difference = (float(cell) for cell in lines["MSE (less is better)"])
    assert left == pytest.approx(whole.measures["mse"], abs=1e-4)
    assert difference == pytest.approx(right - left, abs=2e-4)
    worst = min(m.margins["vessel"] for m in whole.verdict.margins.values())
    assert lines["Worst: Vessel clearance"][0] == f"{worst:+.2f} mm"
    assert caution(whole, fewer) == ""
    strict = replace(fewer, limits=replace(fewer.limits, clearance_mm=1.0))
    assert "different limits" in caution(whole, strict)
    assert "another task" in caution(whole, replace(fewer, task=replace(fewer.task, pixels=64)))


def test_a_hemisphere_without_a_window_has_no_margin_in_the_table(case, plan: Plan) -> None:
    window = Window("lh", "pial", (-45.0, -40.0, 0.0), (0.0, 1.0, 0.0), 25.0, 60.0)
    one = evaluated(replace(plan, limits=replace(plan.limits, access=Access("left", (window,)))), case.site)
    line = next(line for line in lines_of(one, one) if line[0] == "Worst: Access window")
    assert line[1:] == ("no window", "no window", "")


def test_from_the_keys_a_snapshot_is_taken_compared_and_restored(
    qtbot, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    before = session.plan
    monkeypatch.setattr(dialogs, "ask_name", lambda parent, title, label, proposed: f"{proposed} of mine")
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    settled()
    session.select(before.threads[0].name, [before.threads[1].name])
    editing.delete_selected(session)
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    (dialog,) = window.findChildren(CompareDialog)
    assert dialog.left.currentText().startswith("Snapshot 1 of mine · ")
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() > 0, timeout=30_000)
    assert [dialog.table.topLevelItem(0).text(column) for column in range(4)] == ["Threads", "6", "4", "-2"]
    assert dialog.sheets[0].count == dialog.sheets[1].count > 0
    qtbot.mouseClick(dialog.restore, LEFT)
    assert session.plan.threads == before.threads
    window.commands.edit.undo.trigger()
    assert len(session.plan.threads) == 4
    qtbot.mouseClick(dialog.delete, LEFT)
    assert window.snapshots.all() == ()
    assert not dialog.restore.isEnabled()
    dialog.reject()


def test_those_of_an_unsaved_plan_survive_a_crash(qtbot, window: MainWindow, plan: Plan) -> None:
    dead = state_folder() / "sessions" / "1-dead"
    for place in (dead / "000001", dead / "snapshots" / "1"):
        place.mkdir(parents=True)
    save_plan(plan, dead / "000001" / "plan.json")
    save_plan(plan, dead / "snapshots" / "1" / "good%20one.json")
    record = {"kept_at": datetime.now(UTC).isoformat(), "path": None, "result": False}
    (dead / "000001" / "record.json").write_text(json.dumps(record))
    window.desk.offer_recovery()
    (dialog,) = window.findChildren(RecoveryDialog)
    taken: list[Left] = []
    window.keeper.taken_over.connect(taken.append)
    qtbot.mouseClick(dialog.recover, LEFT)
    qtbot.waitUntil(lambda: bool(taken) and not dead.exists(), timeout=20_000)
    assert [one.name for one in window.snapshots.all()] == ["good one"]


def test_the_notice_is_shown_until_it_was_answered_and_never_again(qtbot, window: MainWindow) -> None:
    def notices() -> list[QMessageBox]:
        return [b for b in window.findChildren(QMessageBox) if b.objectName() == "notice" and b.isVisible()]

    window.greet()
    (box,) = notices()
    assert "Research use only" in box.text()
    assert not window.settings.notice_seen
    qtbot.mouseClick(box.buttons()[0], LEFT)
    assert window.settings.notice_seen
    qtbot.waitUntil(lambda: not notices())
    window.greet()
    assert notices() == []


def test_every_panel_can_be_reached_by_keys_and_has_a_name(qtbot, window: MainWindow) -> None:
    panels = (window.brain, window.threads, window.percept, window.tabs)
    reached = []
    for _ in panels:
        qtbot.keyClick(window, Qt.Key.Key_F6)
        focused = window.focusWidget()
        (panel,) = [p for p in panels if p is focused or p.isAncestorOf(focused)]
        reached.append(panel)
    assert set(reached) == set(panels)
    qtbot.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert reached[-2].isAncestorOf(window.focusWidget())
    assert len({panel.accessibleName() for panel in panels} - {""}) == len(panels)
