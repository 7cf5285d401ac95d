from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLineEdit

from app.window import MainWindow
from planner.percept.parameters import CorticalSheet, Dynaphos, Scoreboard
from planner.percept.settings import Stimulus

LEFT = Qt.MouseButton.LeftButton


def choose(qtbot, box: QComboBox, text: str) -> None:
    """Choose as keys do: focus, the list, down to it, Enter."""
    box.setFocus()
    steps = box.findText(text) - box.currentIndex()
    key = Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up
    for _ in range(abs(steps)):
        qtbot.keyClick(box, key)
        if box.currentText() == text:
            break
    assert box.currentText() == text


def test_task_model_and_encoder_are_chosen_by_keys_and_the_percept_follows(qtbot, window: MainWindow, settled) -> None:
    session, bar = window.session, window.percept.bar
    choose(qtbot, bar.model, "Scoreboard")
    assert session.plan.seeing.model == Scoreboard()
    assert session.history.undoText() == "Model scoreboard"
    choose(qtbot, bar.encoder, "Fitted")
    assert session.history.undoText() == "Currents fitted"
    assert session.plan.seeing.stimulus == Stimulus("fit")
    choose(qtbot, bar.task, "Words")
    qtbot.waitUntil(lambda: session.plan.task.name == "words", timeout=10_000)
    settled()
    assert session.preview.plan.task == session.plan.task
    assert session.preview.plan.seeing == session.plan.seeing
    assert len(session.preview.labels) == len(session.preview.percepts) != 26
    assert session.preview.read == ()
    session.history.setIndex(0)
    assert (bar.task.currentText(), bar.model.currentText(), bar.encoder.currentText()) == (
        "Letters",
        "dynaphos",
        "Sampled",
    )
    assert session.plan.seeing.model == Dynaphos()


def test_a_folder_of_pictures_is_chosen_in_a_dialog_and_named_in_the_bar(
    qtbot, window: MainWindow, settled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "faces"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(np.full((20, 20), 90, np.uint8)).save(folder / name)
    session, bar = window.session, window.percept.bar
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: "")
    bar.task.activated.emit(bar.task.findData("folder"))
    assert bar.task.currentText() == "Letters"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(folder))
    bar.task.activated.emit(bar.task.findData("folder"))
    settled()
    settled()
    assert len(session.plan.task.files) == 2
    assert bar.task.currentText() == "faces"


def test_settings_take_what_is_typed_and_refuse_what_cannot_be(qtbot, window: MainWindow, settled) -> None:
    session = window.session
    choose(qtbot, window.percept.bar.model, "Cortical sheet")
    qtbot.mouseClick(window.percept.bar.settings, LEFT)
    dialog = window.commands.aims._dialog
    assert dialog.isVisible()
    field = dialog.forms["Model: sheet"].fields["reach_mm"]
    assert isinstance(field, QLineEdit)
    retype(qtbot, field, "2.5")
    assert session.plan.seeing.model == CorticalSheet(reach_mm=2.5)
    retype(qtbot, field, "500")
    assert session.plan.seeing.model == CorticalSheet(reach_mm=2.5)
    assert "reach_mm" in dialog.complaint.text()
    assert field.text() == "2.5"
    retype(qtbot, field, "far")
    assert "no number" in dialog.complaint.text()
    window.session.refused.emit("Not about this")
    assert "no number" in dialog.complaint.text()
    total = dialog.forms["Currents"].fields["total_ua"]
    retype(qtbot, total, "900")
    assert session.plan.seeing.stimulus.total_ua == 900
    assert dialog.complaint.text() == ""
    retype(qtbot, total, "")
    assert session.plan.seeing.stimulus.total_ua is None
    height = dialog.forms["Task"].fields["height_deg"]
    retype(qtbot, height, "7")
    qtbot.waitUntil(lambda: session.plan.task.height_deg == 7.0, timeout=10_000)
    retype(qtbot, height, "500")  # which only drawing it finds out
    qtbot.waitUntil(lambda: dialog.complaint.text() != "", timeout=10_000)
    assert dialog.complaint.text()[:1].isupper()
    session.edit("Something else", replace(session.plan, seed=5))
    assert dialog.complaint.text() == ""
    dialog.close()


def retype(qtbot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text) if text else qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClick(field, Qt.Key.Key_Return)
