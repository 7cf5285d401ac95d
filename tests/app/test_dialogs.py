from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QMessageBox, QPushButton, QTextBrowser, QWidget

from app import dialogs
from app.dialogs import CrashDialog
from app.window import MainWindow
from planner.errors import InfeasibleError, InputError


def shown(window: QWidget, kind: type) -> list:
    return [w for w in window.findChildren(kind) if w.isVisible()]


def test_what_a_user_can_mend_is_one_calm_sentence(qtbot, window: MainWindow) -> None:
    for error, said in (
        (InputError("is empty", source="lh.pial", remedy="give another"), "lh.pial is empty; give another."),
        (InputError("every label differs", source="a.label"), "a.label: every label differs."),
        (InputError("every thread is locked", remedy="unlock some"), "Every thread is locked; unlock some."),
        (InfeasibleError("No room."), "No room."),
    ):
        window.show_error(error)
        (box,) = shown(window, QMessageBox)
        assert box.text() == said
        assert box.windowTitle() != "Calcarine"
        assert "Traceback" not in box.text()
        box.accept()
        qtbot.waitUntil(lambda: not shown(window, QMessageBox))


def test_a_bug_shows_its_traceback_to_copy_and_offers_to_save(qtbot, window: MainWindow, monkeypatch) -> None:
    saved: list[bool] = []
    monkeypatch.setattr(window.desk, "save_as", lambda: saved.append(True))
    try:
        raise ValueError("deep inside")
    except ValueError as error:
        window.show_error(error)
    (dialog,) = shown(window, dialogs.CrashDialog)
    buttons = {button.text(): button for button in dialog.findChildren(QPushButton)}
    buttons["Copy report"].click()
    assert "ValueError: deep inside" in QGuiApplication.clipboard().text()
    assert "test_dialogs.py" in dialog.report
    buttons["Save the plan…"].click()
    assert saved == [True]
    dialog.reject()


@pytest.mark.parametrize(
    ("changed", "snapshots", "words"),
    [
        (True, 0, "Save the changes to a plan? They are lost otherwise."),
        (True, 1, "Save the changes to a plan? They and its snapshot are lost otherwise."),
        (False, 1, "Save a plan with its snapshot? It is lost otherwise."),
        (False, 3, "Save a plan with its 3 snapshots? They are lost otherwise."),
    ],
)
def test_it_is_said_what_would_be_lost(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, changed: bool, snapshots: int, words: str
) -> None:
    said: list[str] = []

    def answer(box: QMessageBox) -> int:
        said.append(f"{box.text()} {box.informativeText()}")
        return int(QMessageBox.StandardButton.Cancel.value)

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert dialogs.ask_to_save(window, "a plan", changed, snapshots) == QMessageBox.StandardButton.Cancel
    assert said == [words]


def test_a_name_without_ending_asks_before_the_file_with_the_ending_is_replaced(
    qtbot, window: MainWindow, tmp_path: Path
) -> None:
    (tmp_path / "old.json").write_text("precious")
    asked: list[str] = []

    def refuse() -> None:
        (dialog,) = shown(window, QFileDialog)
        (box,) = shown(dialog, QMessageBox)
        asked.append(box.text())
        box.button(QMessageBox.StandardButton.No).click()
        dialog.reject()

    def name_it() -> None:
        (dialog,) = shown(window, QFileDialog)
        dialog.findChild(QLineEdit).setText(str(tmp_path / "old"))
        QTimer.singleShot(100, refuse)
        dialog.accept()

    QTimer.singleShot(100, name_it)
    assert dialogs.choose_plan_file(window, tmp_path / "plan.json") is None
    assert "old.json" in asked[0]


def test_a_new_name_without_ending_gets_one(qtbot, window: MainWindow, tmp_path: Path) -> None:
    def name_it() -> None:
        (dialog,) = shown(window, QFileDialog)
        dialog.findChild(QLineEdit).setText(str(tmp_path / "new"))
        dialog.accept()

    QTimer.singleShot(100, name_it)
    assert dialogs.choose_plan_file(window, tmp_path / "plan.json") == tmp_path / "new.json"


def test_a_failure_in_the_worker_reaches_a_dialog(qtbot, window: MainWindow) -> None:
    def fail(job: object) -> None:
        raise InputError("is empty", source="lh.pial")

    window.session.worker.submit("Loading", fail, lambda _: None)
    qtbot.waitUntil(lambda: bool(shown(window, QMessageBox)))
    (box,) = shown(window, QMessageBox)
    assert box.text() == "lh.pial is empty."
    box.accept()


def test_faults_that_follow_each_other_are_counted_in_one_dialog(window: MainWindow) -> None:
    for number in range(3):
        window.show_error(ValueError(f"fault {number}"))
    (dialog,) = [d for d in window.findChildren(CrashDialog) if d.isVisible()]
    assert dialog.count == 3
    assert "3 things" in dialog.windowTitle()
    assert all(f"fault {number}" in dialog.report for number in range(3))
    dialog.reject()


def test_the_list_of_keys_fits_into_a_small_window_and_is_read_to_its_end_by_scrolling(
    qtbot, window: MainWindow
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F1)
    (dialog,) = (d for d in shown(window, QDialog) if d.objectName() == "keys")
    assert dialog.height() < window.height()
    text = dialog.findChild(QTextBrowser)
    assert "Drag an entry" in text.toPlainText()
    assert "Ctrl+Shift+Z" in text.toPlainText()
    bar = text.verticalScrollBar()
    for _ in range(10):
        qtbot.keyClick(text, Qt.Key.Key_PageDown)
    assert bar.value() == bar.maximum() > 0
    dialog.reject()
