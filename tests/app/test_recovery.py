from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import Qt

from app import dialogs, files
from app.keeping import left_behind
from app.places import state_folder
from app.views.recovery_dialog import RecoveryDialog
from app.window import MainWindow
from planner.plan.files import save_plan
from planner.plan.plan import Plan

LEFT = Qt.MouseButton.LeftButton


def leave(plan: Plan, result: Plan | None = None, path: Path | None = None, name: str = "1-dead") -> Path:
    """What a killed program leaves; that a real one does is shown in test_keeping."""
    place = state_folder() / "sessions" / name / "000001"
    place.mkdir(parents=True)
    save_plan(plan, place / "plan.json")
    if result is not None:
        save_plan(result, place / "result.json")
    record = {"kept_at": datetime.now(UTC).isoformat(), "path": path and str(path), "result": result is not None}
    (place / "record.json").write_text(json.dumps(record))
    return place.parent


def dialog_of(window: MainWindow) -> RecoveryDialog:
    (dialog,) = [d for d in window.findChildren(RecoveryDialog) if d.isVisible()]
    return dialog


def test_nothing_is_asked_where_nothing_was_left(window: MainWindow) -> None:
    window.desk.offer_recovery()
    assert not [d for d in window.findChildren(RecoveryDialog) if d.isVisible()]


def test_a_plan_and_its_result_are_taken_up_and_undo_leads_back_to_the_plan(
    qtbot, window: MainWindow, plan: Plan, tmp_path: Path, settled
) -> None:
    file = tmp_path / "mine.json"
    save_plan(plan, file)
    edited, result = replace(plan, seed=5), replace(plan, seed=5, threads=plan.threads[:2], method="percept")
    folder = leave(edited, result, file)
    window.desk.offer_recovery()
    dialog = dialog_of(window)
    row = dialog.table.topLevelItem(0)
    assert [row.text(1), row.text(2), row.text(4)] == ["spheres", str(len(plan.threads)), "mine.json"]
    assert "2 optimised" in row.text(3)
    qtbot.mouseClick(dialog.recover, LEFT)
    qtbot.waitUntil(lambda: window.session.plan == result, timeout=10_000)
    assert window.session.path == file
    window.commands.edit.undo.trigger()
    assert window.session.plan == edited
    assert window.isWindowModified()
    qtbot.waitUntil(lambda: not folder.exists(), timeout=10_000)  # only now, since it is kept here
    assert list(window.keeper.folder.glob("*/plan.json"))


def test_a_file_that_was_written_to_since_is_not_saved_over(
    window: MainWindow, plan: Plan, tmp_path: Path, settled
) -> None:
    leave(plan, path=tmp_path / "gone.json")
    window.desk.offer_recovery()
    assert "changed since" in dialog_of(window).table.topLevelItem(0).text(4)
    dialog_of(window).recover.click()
    settled()
    assert window.session.path is None
    assert window.isWindowModified()


def test_what_is_discarded_is_gone_and_what_is_left_for_later_is_offered_again(
    qtbot, window: MainWindow, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(plan, name="1-first")
    leave(replace(plan, threads=plan.threads[:1]), name="2-second")
    window.desk.offer_recovery()
    dialog = dialog_of(window)
    assert dialog.table.topLevelItemCount() == 2
    assert dialog.table.topLevelItem(0).text(2) == "1"  # the newest first
    monkeypatch.setattr(dialogs, "ask_to_discard", lambda *_: False)
    qtbot.mouseClick(dialog.discard, LEFT)
    assert dialog.table.topLevelItemCount() == 2
    monkeypatch.setattr(dialogs, "ask_to_discard", lambda *_: True)
    qtbot.mouseClick(dialog.discard, LEFT)
    assert dialog.table.topLevelItemCount() == 1
    qtbot.mouseClick(dialog.later, LEFT)
    assert not dialog.isVisible()
    (left,) = left_behind()
    assert left.plan == plan
    left.release()


def test_recovery_that_fails_leaves_what_was_left(
    qtbot, window: MainWindow, plan: Plan, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(replace(plan, case=replace(plan.case, request=replace(plan.case.request, source="/no/such/case"))))
    monkeypatch.setattr(dialogs, "show_error", lambda *_: None)
    window.desk.offer_recovery()
    dialog_of(window).recover.click()
    settled()
    assert window.session.editable
    (left,) = left_behind()
    left.release()


def test_recovery_that_is_cancelled_leaves_what_was_left(window: MainWindow, plan: Plan, held: Event) -> None:
    leave(replace(plan, seed=5))
    window.desk.offer_recovery()
    dialog_of(window).recover.click()
    files.cancel(window.session, window.session.worker.current)
    assert window.session.editable
    (left,) = left_behind()
    left.release()
