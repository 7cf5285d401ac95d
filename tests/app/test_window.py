from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app import actions, dialogs
from app.window import MainWindow

CONTROL = Qt.KeyboardModifier.ControlModifier


def answer(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    asked: list[str] = []

    def ask(parent: object, name: str) -> QMessageBox.StandardButton:
        asked.append(name)
        return button

    monkeypatch.setattr(dialogs, "ask_to_save", ask)
    return asked


def test_it_fits_a_small_screen(window: MainWindow) -> None:
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 800
    assert window.brain.plotter.width() > 600
    assert window.brain.plotter.height() > 350


def test_saving_asks_for_a_file_once_and_then_never(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []

    def choose(*args: object) -> tuple[str, str]:
        asked.append(1)
        return str(tmp_path / "mine"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    for clearance in (0.5, 0.6):
        actions.set_clearance(window.session, clearance)
        assert window.isWindowModified()
        qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
        assert not window.isWindowModified()
    assert asked == [1]
    assert (tmp_path / "mine.json").is_file()
    assert "mine.json" in window.windowTitle()


def test_a_place_that_cannot_be_written_is_said_calmly_and_nothing_is_lost(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (str(tmp_path / "file" / "plan.json"), ""))
    actions.set_clearance(window.session, 0.5)
    window.commands.save.trigger()
    (box,) = [w for w in window.findChildren(QMessageBox) if w.isVisible()]
    box.accept()
    assert window.isWindowModified()


@pytest.mark.parametrize(
    ("button", "closes"), [(QMessageBox.StandardButton.Cancel, False), (QMessageBox.StandardButton.Discard, True)]
)
def test_closing_with_unsaved_changes_asks(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton, closes: bool
) -> None:
    asked = answer(monkeypatch, button)
    actions.set_clearance(window.session, 0.5)
    window.close()
    assert len(asked) == 1
    assert window.isVisible() is not closes


def test_closing_during_an_optimisation_is_clean(qtbot, window: MainWindow) -> None:
    window.optimiser.steps.setValue(5000)
    window.optimiser.begin.setCurrentIndex(1)
    window.optimiser.start.click()
    qtbot.waitUntil(lambda: window.session.run.step > 1, timeout=60_000)
    window.close()
    assert not window.isVisible()
    assert not [t for t in threading.enumerate() if t.name.startswith("calcarine")]
    qtbot.wait(50)


def test_undo_and_redo_carry_the_names_of_what_was_done(window: MainWindow) -> None:
    actions.set_clearance(window.session, 0.5)
    assert "Clearance 0.5 mm" in window.commands.undo.text()
    window.commands.undo.trigger()
    assert "Clearance 0.5 mm" in window.commands.redo.text()


def test_what_cannot_be_done_is_disabled(window: MainWindow, empty_plan) -> None:
    window.session.open(window.session.case, empty_plan)
    assert not window.commands.delete.isEnabled()
    assert not window.commands.verify.isEnabled()
    assert not any(action.isEnabled() for action in window.commands.exports.values())
    assert window.commands.optimise.isEnabled()


def test_escape_leaves_the_add_tool_then_the_selection(qtbot, window: MainWindow) -> None:
    window.session.select(window.session.plan.threads[0].name)
    window.commands.add.trigger()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.commands.add.isChecked()
    assert window.session.selection
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.session.selection


def test_the_research_notice_is_always_in_sight(window: MainWindow) -> None:
    from PySide6.QtWidgets import QLabel

    assert "Research use only" in [label.text() for label in window.statusBar().findChildren(QLabel)]


def test_export_goes_to_the_chosen_folder(
    qtbot, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    window.commands.exports["csv"].trigger()
    settled()
    assert list(tmp_path.glob("*.csv"))
