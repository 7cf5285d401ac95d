"""What is said to the user in dialogs: calm sentences for what they can mend, and the whole truth for a bug."""

from __future__ import annotations

import platform
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import qtawesome as qta
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.settings import Settings
from app.views.slice_mouse import WORDS as SLICES
from app.words import sentence
from planner import RESEARCH_NOTICE, __version__
from planner.errors import PlannerError

PLAN_FILES: Final = "Calcarine plans (*.json)"
QUESTION: Final = "mdi6.help-circle-outline"
MOST_REPORTS: Final = 20  # kept of faults that follow each other


def show_error(parent: QWidget, error: BaseException, save_plan: Callable[[], object]) -> None:
    """Show any exception: one that the user can act on as its sentence, any other as a crash; one crash at a time."""
    if isinstance(error, PlannerError):
        dialog: QDialog = calm(parent, error)
    else:
        open_one = next((d for d in parent.findChildren(CrashDialog) if d.isVisible()), None)
        if open_one is not None:
            open_one.add(error)
            return
        dialog = CrashDialog(parent, error, save_plan)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def calm(parent: QWidget, error: PlannerError) -> QMessageBox:
    """One sentence with its remedy."""
    box = _box(parent, "calm", "mdi6.alert-outline", sentence(error), colour=theme.WARNING)
    box.setWindowTitle("Calcarine: this cannot be done")
    return box


def _box(parent: QWidget, name: str, icon: str, text: str, more: str = "", colour: str = "") -> QMessageBox:
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setWindowTitle("Calcarine")
    box.setIconPixmap(qta.icon(icon, color=colour or theme.ACCENT).pixmap(36, 36))
    box.setText(text)
    box.setInformativeText(more)
    return box


class CrashDialog(QDialog):
    """A bug: the plan can be saved, the report copied, and the program goes on."""

    def __init__(self, parent: QWidget, error: BaseException, save_plan: Callable[[], object]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Calcarine: something went wrong")
        self.resize(640, 380)
        self.report = report(error)
        self.count = 1
        words = QLabel(
            "This is a fault of the program, not yours. The plan is as it was before; save it now to be safe. "
            "The report below tells developers what happened; it holds no patient data other than file names."
        )
        words.setWordWrap(True)
        self._text = text = QPlainTextEdit(self.report)
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

    def add(self, error: BaseException) -> None:
        """Count another fault, and keep its report, while this dialog is open; the first one tells most."""
        self.count += 1
        self.setWindowTitle(f"Calcarine: {self.count} things went wrong")
        if self.count <= MOST_REPORTS:
            self.report += f"\n\n--- fault {self.count} ---\n{report(error)}"
            self._text.setPlainText(self.report)


def report(error: BaseException) -> str:
    """The traceback, with what it ran on."""
    trace = "".join(traceback.format_exception(error))
    return f"Calcarine {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n{trace}"


def ask_to_save(parent: QWidget, name: str, changed: bool, snapshots: int) -> QMessageBox.StandardButton:
    """Save, Discard or Cancel, before unsaved changes, or snapshots that no saved plan has, would be lost."""
    kept = f"its {snapshots} snapshots" if snapshots != 1 else "its snapshot"
    question = f"Save the changes to {name}?" if changed else f"Save {name} with {kept}?"
    lost = "They are lost otherwise." if snapshots != 1 or changed else "It is lost otherwise."
    if changed and snapshots:
        lost = f"They and {kept} are lost otherwise."
    box = _box(parent, "unsaved", QUESTION, question, lost)
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


def ask_name(parent: QWidget, title: str, label: str, proposed: str) -> str | None:
    """A name for something; None where the user would rather not."""
    name, given = QInputDialog.getText(parent, title, label, QLineEdit.EchoMode.Normal, proposed)
    return name if given else None


def ask_group(parent: QWidget, groups: Sequence[str], its: str, threads: int) -> str | None:
    """Ask for the group of some threads, one of those there are or a new one; None where it was cancelled."""
    offered = list(dict.fromkeys([*filter(None, [its]), *groups]))
    words = "Group of the selected thread:" if threads == 1 else f"Group of the {threads} selected threads:"
    group, wanted = QInputDialog.getItem(parent, "Group threads", words, offered, 0, True)
    return group if wanted else None


def ask_to_replace(parent: QWidget, folder: Path, names: Sequence[str]) -> bool:
    """Whether files that are in the folder already may be replaced."""
    box = _box(
        parent,
        "replace",
        QUESTION,
        f"Replace {len(names)} file{'s' if len(names) != 1 else ''} in {folder}?",
        "\n".join(names),
    )
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Yes | kinds.Cancel)
    box.button(kinds.Yes).setText("Replace")
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Yes


def ask_to_export(parent: QWidget, violations: int) -> bool:
    """Whether a plan that breaks limits is to be exported all the same."""
    broken = f"{violations} violation{'s' if violations != 1 else ''}"
    box = _box(
        parent,
        "infeasible",
        "mdi6.alert-outline",
        f"Export a plan with {broken}?",
        "It is not feasible. The export says so, but files are passed on without it.",
        theme.WARNING,
    )
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Yes | kinds.Cancel)
    box.button(kinds.Yes).setText(f"Export with {broken}")
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Yes


def ask_to_discard(parent: QWidget, threads: int) -> bool:
    """Whether a plan that a crash has left is to be given up for good."""
    count = f"{threads} thread{'s' if threads != 1 else ''}"
    box = _box(parent, "discard", QUESTION, f"Discard the plan of {count}?", "It is kept nowhere else.")
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Discard | kinds.Cancel)
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Discard


def ask_to_delete(parent: QWidget, snapshot: str) -> bool:
    """Whether a snapshot is to be given up for good."""
    box = _box(parent, "delete", QUESTION, f"Delete the snapshot {snapshot!r}?", "It cannot be brought back.")
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Yes | kinds.Cancel)
    box.button(kinds.Yes).setText("Delete")
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Yes


def ask_to_unlock(parent: QWidget) -> bool:
    """Whether threads that are all locked are to be unlocked, so that there is something to optimise."""
    box = _box(
        parent,
        "locked",
        QUESTION,
        "Every thread is locked.",
        "Nothing can move: unlock those that may, raise the budget, or unlock them all now. Undo locks them again.",
    )
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Yes | kinds.Cancel)
    box.button(kinds.Yes).setText("Unlock all and optimise")
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Yes


def ask_to_restart(parent: QWidget, theme_name: str) -> bool:
    """Whether the program is to start again now, since it takes another look only then."""
    box = _box(
        parent,
        "restart",
        QUESTION,
        f"Start again now with the {theme_name} theme?",
        "The plan is kept as it is, saved or not; its undo history ends. Later: the theme comes with the next start.",
    )
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Yes | kinds.Cancel)
    box.button(kinds.Yes).setText("Start again")
    box.button(kinds.Cancel).setText("Later")
    box.setDefaultButton(kinds.Cancel)
    return kinds(box.exec()) == kinds.Yes


def ask_about_run(parent: QWidget, ended: bool) -> QMessageBox.StandardButton:
    """Save (accept the result and save the plan; only where it has ended), Discard or Cancel, before a run is lost."""
    box = _box(parent, "undecided", QUESTION, "")
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
    box = _box(
        parent,
        "about",
        "mdi6.head-cog-outline",
        f"<h3>Calcarine {__version__}</h3><p>Plans penetrating electrode threads of a visual cortical prosthesis "
        f"on a patient's own anatomy, by what the patient would see.</p><p><b>{RESEARCH_NOTICE}</b></p>"
        "<p>Coordinates are scanner RAS in millimetres. Predicted percepts come from a model of phosphene vision and "
        "promise nothing of what is seen.</p>",
    )
    box.setWindowTitle("About Calcarine")
    box.exec()


def show_notice(parent: QWidget, settings: Settings) -> None:
    """Say once what the program is for; it is seen once it is answered, not when it is shown."""
    box = _box(
        parent,
        "notice",
        "mdi6.flask-outline",
        "<h3>Research use only</h3>",
        f"{RESEARCH_NOTICE} Predicted percepts come from a model of phosphene vision and promise nothing of what is "
        "seen. This is said once; it stays in the status bar, in About, and on every export.",
        theme.WARNING,
    )
    box.setWindowTitle("Before you begin")
    understood = box.addButton("I understand", QMessageBox.ButtonRole.AcceptRole)
    understood.setProperty("primary", True)
    box.setEscapeButton(understood)

    def seen() -> None:
        settings.notice_seen = True
        settings.sync()

    box.accepted.connect(seen)
    box.buttonClicked.connect(seen)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


MOUSE: Final = (
    ("Drag", "Turn the view"),
    ("Shift + drag, or middle button", "Move the view sideways"),
    ("Wheel, or right button", "Nearer and farther"),
    ("Click", "Select the thread under the mouse; with Add threads on, add one"),
    ("Ctrl + click on a thread", "Select it beside the others, or take it from them"),
    ("Double click", "Add a thread at any time; on a thread, select it"),
    ("Shift + move", "Move the crosshair of all views over the cortex"),
    ("Drag an entry", "Move the thread over the surface, turning with it; Esc puts it back"),
    ("Ctrl + drag an entry", "Move the thread as it is"),
    ("Drag a tip", "Turn the thread about its entry, in the plane that you look at, and set its depth"),
    ("Click on a window's rim or arrow", "Choose that approach window"),
    (
        "Drag its centre, rim or arrow",
        "Move it (with Ctrl keeping its axis), set its radius, turn it; Esc puts it back",
    ),
    ("Drag with the brush", "Forbid cortex; with Ctrl or the right button allow it again; Esc gives the stroke up"),
)
TABLE: Final = (
    ("Double click, or Enter", "Have all views go to that thread; on a depth or a name, type another"),
    ("Click on a lock or a tick", "Lock that thread, or set it aside; again to undo it"),
    ("Click on a title", "Sort by that column; right click: which columns are shown"),
    ("/", "Search: only threads with these words are shown; Esc shows all again"),
)
FIELD: Final = (
    ("Move over a phosphene", "Mark its contact in all views, and say what it is"),
    ("Click on a phosphene", "Select its thread, and have all views go to its contact"),
    ("Double click beside them", "Add a thread that lights a phosphene there"),
    ("Wheel", "Show less or more of the visual field"),
)
PROFILE: Final = (("Click", "Have the crosshair of all views go to that depth of the thread"),)
BUDGET: Final = (
    ("Move over the curve, or left and right", "What the plan would be worth with so many threads"),
    ("Click, or Enter", "Choose that number, to be kept or not"),
)
DRAWING: Final = (
    ("Drag", "Draw, or erase with the eraser"),
    ("Arrows", "Move the pen; with Shift faster"),
    ("Space", "Put the pen down, and lift it"),
    ("Esc", "Take the stroke under way back"),
    ("Ctrl+Z", "Take the last stroke back"),
)
LETTERS: Final = (
    ("Click, or arrows", "Another picture; arrows while the strip of pictures has the focus"),
    ("Tab", "To the strip of pictures and the other views"),
)


def show_keys(parent: QWidget, commands: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """What the mouse does, and all keys: those of the commands by what they are about; no taller than the window."""
    rows = "".join(
        f"<tr><td colspan='2' style='padding-top:8px; color:{theme.MUTED}'>{about}</td></tr>"
        + "".join(f"<tr><td style='padding-right:18px'><b>{key}</b></td><td>{what}</td></tr>" for key, what in lines)
        for about, lines in {
            "Mouse in the 3D view": MOUSE,
            "Mouse in a slice": SLICES,
            "Table of threads": TABLE,
            "Phosphenes": FIELD,
            "Percept": LETTERS,
            "Depth profile of a thread": PROFILE,
            "Curve of the budget": BUDGET,
            "Draw what should be seen": DRAWING,
            **commands,
        }.items()
    )
    dialog = QDialog(parent)
    dialog.setObjectName("keys")
    dialog.setWindowTitle("Keys and mouse")
    dialog.resize(QSize(700, 760).boundedTo(parent.size() - QSize(40, 40)))  # all of it is never lower than a screen
    text = QTextBrowser()
    text.setAccessibleName("Keys and mouse")
    text.setHtml(f"<table cellspacing='3' width='100%'>{rows}</table>")
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(text, 1)
    column.addWidget(buttons)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
