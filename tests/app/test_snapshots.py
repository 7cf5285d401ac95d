from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from app import dialogs, editing, files
from app.case import Case
from app.keeping import Left
from app.places import state_folder
from app.session import Session
from app.snapshots import LONGEST, Snapshots, restore
from app.views import compare_dialog
from app.views.compare_dialog import CompareDialog
from app.views.compare_lines import caution, lines_of
from app.views.recovery_dialog import RecoveryDialog
from app.views.vessel_dialog import VesselDialog
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


@pytest.mark.parametrize("name", ["", "   ", "x" * 51, "taken", "TAKEN"])
def test_a_name_that_cannot_be_is_refused(session: Session, snapshots: Snapshots, settled, name: str) -> None:
    snapshots.take("Taken")
    settled()
    with pytest.raises(InputError, match=r"name|snapshot"):
        snapshots.take(name)
    assert len(snapshots.all()) == 1


@pytest.mark.parametrize("letter", ["計", "🧠", "ä", "%", "/"])
def test_the_longest_name_is_a_files_name_in_any_script(
    session: Session, snapshots: Snapshots, settled, letter: str
) -> None:
    failures: list[Exception] = []
    session.worker.failed.connect(failures.append)
    snapshots.take(letter * LONGEST)
    settled()
    assert not failures
    assert [one.name for one in snapshots.all()] == [letter * LONGEST]


def test_the_name_that_is_proposed_can_be_taken(session: Session, snapshots: Snapshots, settled) -> None:
    snapshots.take("snapshot 1")
    assert snapshots.free_name() == "Snapshot 2"  # though the first is still being written
    settled()
    snapshots.take(snapshots.free_name())
    settled()
    assert {one.name for one in snapshots.all()} == {"snapshot 1", "Snapshot 2"}


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
    assert list(before.iterdir()) == []  # moved: a crash must not give it to another plan
    before = snapshots.folder
    session.saved(plan, tmp_path / "b.json")
    snapshots.follow(before)
    assert [p.parent.name for p in sorted(tmp_path.glob("*.snapshots/first.json"))] == ["a.snapshots", "b.snapshots"]


def test_one_whose_name_is_taken_where_it_comes_along_to_is_not_lost(
    session: Session, snapshots: Snapshots, plan: Plan, settled, tmp_path: Path
) -> None:
    snapshots.take("Snapshot 1")
    settled()
    theirs = tmp_path / "bert.snapshots" / "Snapshot 1.json"
    theirs.parent.mkdir()
    theirs.write_text("of the plan that was overwritten", encoding="utf-8")
    before = snapshots.folder
    session.saved(plan, tmp_path / "bert.json")
    snapshots.follow(before)
    assert {one.name for one in snapshots.all()} == {"Snapshot 1", "Snapshot 1 (2)"}
    (own,) = (one for one in snapshots.all() if one.name == "Snapshot 1 (2)")
    assert own.read() == plan
    assert theirs.read_text(encoding="utf-8") == "of the plan that was overwritten"
    before.mkdir(exist_ok=True)
    (before / "Snapshot 1.json").write_bytes(own.file.read_bytes())
    snapshots.follow(before)  # it is there already, and is not left behind for another plan either
    assert len(snapshots.all()) == 2
    assert list(before.iterdir()) == []


def test_those_that_could_not_come_along_count_as_work_and_come_with_the_next_save(
    session: Session, snapshots: Snapshots, plan: Plan, settled, tmp_path: Path
) -> None:
    snapshots.take("One")
    settled()
    (tmp_path / "bert.snapshots").write_text("in the way", encoding="utf-8")
    before = snapshots.folder
    session.saved(plan, tmp_path / "bert.json")
    with pytest.raises(InputError, match="come along"):
        snapshots.follow(before)
    assert snapshots.at_risk == 1
    former = snapshots.folder
    session.saved(plan, tmp_path / "free" / "ernie.json")
    snapshots.follow(former)
    assert [one.name for one in snapshots.all()] == ["One"]
    assert snapshots.at_risk == 0


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


def test_margins_from_different_limits_are_not_subtracted_and_say_their_limits(case, plan: Plan) -> None:
    plain = evaluated(plan, case.site)
    strict = evaluated(
        replace(plan, limits=replace(plan.limits, clearance_mm=plan.limits.clearance_mm + 0.4)), case.site
    )
    lines = {line[0]: line[1:] for line in lines_of(plain, strict)}
    here, there, difference = lines["Worst: Vessel clearance"]
    assert here.endswith(f"(limit {plan.limits.clearance_mm:g} mm)")
    assert there.endswith(f"(limit {strict.limits.clearance_mm:g} mm)")
    assert difference == "limits differ"
    assert lines["Worst: Depth"][2] == "+0.00 mm"
    vessels = tuple(replace(vessel, error_mm=vessel.error_mm + 0.1) for vessel in plan.case.vessels)
    surer = replace(plain, case=replace(plain.case, vessels=vessels))
    assert {line[0]: line[3] for line in lines_of(plain, surer)}["Worst: Vessel clearance"] == "limits differ"


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
    assert dialog.one.currentText().startswith("Snapshot 1 of mine · ")
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() > 0, timeout=30_000)
    assert [dialog.table.topLevelItem(0).text(column) for column in range(4)] == ["Threads", "6", "4", "-2"]
    assert dialog.sheets[0].count == dialog.sheets[1].count > 0
    qtbot.mouseClick(dialog.restore, LEFT)
    assert session.plan.threads == before.threads
    window.commands.edit.undo.trigger()
    assert len(session.plan.threads) == 4
    monkeypatch.setattr(dialogs, "ask_to_delete", lambda parent, name: False)
    qtbot.mouseClick(dialog.delete, LEFT)
    assert len(window.snapshots.all()) == 1
    monkeypatch.setattr(dialogs, "ask_to_delete", lambda parent, name: name == "Snapshot 1 of mine")
    qtbot.mouseClick(dialog.delete, LEFT)
    assert window.snapshots.all() == ()
    assert not dialog.restore.isEnabled()
    dialog.reject()


def test_each_of_two_is_measured_once_though_both_are_awaited(
    qtbot, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[Plan] = []

    def count(plan: Plan, site: object) -> Plan:
        measured.append(plan)
        return evaluated(plan, site)

    monkeypatch.setattr(compare_dialog, "evaluated", count)
    window.snapshots.take("first")
    settled()
    dialog = CompareDialog(window, window.session, window.snapshots)
    qtbot.waitUntil(lambda: dialog.table.topLevelItemCount() > 0, timeout=30_000)
    settled()
    assert len(measured) == 2
    dialog.deleteLater()


def test_one_that_cannot_be_compared_says_why_until_another_is_chosen(
    qtbot, window: MainWindow, settled, plan: Plan
) -> None:
    window.snapshots.take("first")
    settled()
    elsewhere = replace(plan, case=replace(plan.case, hashes={"spheres": "1" * 64}))
    save_plan(elsewhere, window.snapshots.all()[0].file)
    dialog = CompareDialog(window, window.session, window.snapshots)
    qtbot.waitUntil(lambda: "another anatomy" in dialog.note.text(), timeout=30_000)
    settled()
    assert dialog.note.text() == "first is of another anatomy: spheres has changed since the plan was made."
    assert not dialog.restore.isEnabled()
    dialog.deleteLater()


@pytest.mark.parametrize("saved", [False, True])
def test_those_of_a_plan_come_along_when_vessels_are_added(
    qtbot, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, saved: bool
) -> None:
    session = window.session
    if saved:
        session.saved(session.plan, tmp_path / "bert.json")
    window.snapshots.take("before")
    settled()
    again = replace(session.case.anatomy, vessels=(*session.case.anatomy.vessels, session.case.anatomy.vessels[0]))
    case = Case(replace(session.case.site, anatomy=again), session.case.cortices)
    monkeypatch.setattr(files, "load_case", lambda request, report: case)
    file = tmp_path / "tof.swc"
    file.write_text("1 0 0 0 0 1 -1\n")
    window.desk.add_vessels(file)
    window.findChild(VesselDialog).accept()
    qtbot.waitUntil(lambda: session.case is case, timeout=20_000)
    assert session.path is None
    assert [one.name for one in window.snapshots.all()] == ["before"]
    assert (tmp_path / "bert.snapshots" / "before.json").exists() is saved


def test_a_plan_that_was_never_edited_is_not_closed_with_its_snapshots_unasked(
    window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[bool, int]] = []

    def ask(parent: object, name: str, changed: bool, snapshots: int) -> QMessageBox.StandardButton:
        asked.append((changed, snapshots))
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(dialogs, "ask_to_save", ask)
    assert window.desk.may_lose()
    window.snapshots.take("only copy")
    assert not window.desk.may_lose()  # though it is still being written
    settled()
    assert not window.close()
    assert asked == [(False, 1), (False, 1)]


def test_closing_gives_them_up_where_that_was_said_and_leaves_no_file(
    window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.snapshots.take("only copy")
    settled()
    assert window.snapshots.folder.exists()
    monkeypatch.setattr(dialogs, "ask_to_save", lambda *_: QMessageBox.StandardButton.Discard)
    assert window.close()
    assert not window.keeper.folder.exists()


def test_a_crash_leaves_them_with_a_plan_that_was_never_edited(qtbot, window: MainWindow, settled) -> None:
    window.snapshots.take("only copy")
    qtbot.waitUntil(lambda: bool(list(window.keeper.folder.glob("*/record.json"))), timeout=20_000)
    assert list(window.keeper.folder.glob("*/plan.json"))


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
