"""What is said to the user in dialogs: calm sentences for what they can mend, and the whole truth for a bug."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from planner import RESEARCH_NOTICE, __version__
from planner.errors import PlannerError

PLAN_FILES: Final = "Calcarine plans (*.json)"


def show_error(parent: QWidget, error: BaseException, save_plan: Callable[[], object]) -> None:
    """Show any exception: one that the user can act on as its sentence, any other as a crash."""
    dialog = calm(parent, error) if isinstance(error, PlannerError) else CrashDialog(parent, error, save_plan)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def calm(parent: QWidget, error: PlannerError) -> QMessageBox:
    """One sentence with its remedy."""
    box = QMessageBox(parent)
    box.setObjectName("calm")
    box.setWindowTitle("Calcarine")
    box.setIcon(QMessageBox.Icon.Information)
    box.setText(str(error))
    return box


class CrashDialog(QDialog):
    """A bug: the plan can be saved, the report copied, and the program goes on."""

    def __init__(self, parent: QWidget, error: BaseException, save_plan: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Calcarine: something went wrong")
        self.resize(640, 380)
        self.report = report(error)
        words = QLabel(
            "This is a fault of the program, not of yours. The plan is as it was before; save it now to be safe. "
            "The report below tells developers what happened; it holds no patient data other than file names."
        )
        words.setWordWrap(True)
        text = QPlainTextEdit(self.report)
        text.setReadOnly(True)
        text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        copy, save = QPushButton("Copy report"), QPushButton("Save the plan…")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report))
        save.clicked.connect(save_plan)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(words)
        column.addWidget(text, 1)
        column.addWidget(buttons)


def report(error: BaseException) -> str:
    """The traceback, with what it ran on."""
    trace = "".join(traceback.format_exception(error))
    return f"Calcarine {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n{trace}"


def ask_to_save(parent: QWidget, name: str) -> QMessageBox.StandardButton:
    """Save, Discard or Cancel, before unsaved changes would be lost."""
    box = QMessageBox(parent)
    box.setObjectName("unsaved")
    box.setWindowTitle("Calcarine")
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText("They are lost otherwise.")
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
    box.setDefaultButton(kinds.Save)
    return kinds(box.exec())


def choose_plan_file(parent: QWidget, start: Path) -> Path | None:
    """A file to save a plan to, ending in .json if the user names no ending; asks before one is replaced."""
    dialog = QFileDialog(parent, "Save plan", str(start.parent), PLAN_FILES)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setDefaultSuffix("json")  # here, and not afterwards: the question must be about the file that is written
    dialog.selectFile(start.name)
    return Path(dialog.selectedFiles()[0]) if dialog.exec() else None


def ask_to_replace(parent: QWidget, folder: Path, names: Sequence[str]) -> bool:
    """Whether files that are in the folder already may be replaced."""
    box = QMessageBox(parent)
    box.setObjectName("replace")
    box.setWindowTitle("Calcarine")
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(f"Replace {len(names)} file{'s' if len(names) != 1 else ''} in {folder}?")
    box.setInformativeText("\n".join(names))
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Yes | kinds.Cancel)
    box.button(kinds.Yes).setText("Replace")
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Yes


def ask_about_run(parent: QWidget, ended: bool) -> QMessageBox.StandardButton:
    """Save (accept the result and save the plan; only where it has ended), Discard or Cancel, before a run is lost."""
    box = QMessageBox(parent)
    box.setObjectName("undecided")
    box.setWindowTitle("Calcarine")
    box.setIcon(QMessageBox.Icon.Question)
    kinds = QMessageBox.StandardButton
    if ended:
        box.setText("Accept the optimised threads?")
        box.setInformativeText("They are not part of the plan yet and are lost otherwise.")
        box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
        box.button(kinds.Save).setText("Accept and save")
        box.setDefaultButton(kinds.Save)
    else:
        box.setText("An optimisation is running.")
        box.setInformativeText("It ends if you go on, and its threads are lost.")
        box.setStandardButtons(kinds.Discard | kinds.Cancel)
        box.button(kinds.Discard).setText("Stop and discard")
        box.button(kinds.Cancel).setText("Keep running")
        box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec())


def about(parent: QWidget) -> None:
    """What this program is, and what it is not."""
    QMessageBox.about(
        parent,
        "About Calcarine",
        f"<h3>Calcarine {__version__}</h3><p>Plans penetrating electrode threads of a visual cortical prosthesis "
        f"on a patient's own anatomy, by what the patient would see.</p><p><b>{RESEARCH_NOTICE}</b></p>"
        "<p>Coordinates are scanner RAS in millimetres. Predicted percepts come from a model of phosphene vision and "
        "promise nothing of what is seen.</p>",
    )


MOUSE_AND_KEYS: Final = (
    ("Click", "Select the thread under the mouse; with Add threads on, add one"),
    ("Double click", "Add a thread at any time"),
    ("Drag an entry", "Move the thread over the surface; Esc puts it back"),
    ("Left, Right", "The letter before or after, while the percept has the focus"),
)
"""What no command of the menus stands for."""


def show_keys(parent: QWidget, commands: Iterable[tuple[str, str]]) -> None:
    """All keys: those of the commands, and what the mouse does."""
    rows = "".join(
        f"<tr><td style='padding-right:18px'><b>{key}</b></td><td>{what}</td></tr>"
        for key, what in (*commands, *MOUSE_AND_KEYS)
    )
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Keys", f"<table cellspacing='4'>{rows}</table>", parent=parent)
    box.setObjectName("keys")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
