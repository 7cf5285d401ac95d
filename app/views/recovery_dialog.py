"""What crashed sessions have left, to take up again, to give up, or to leave for another time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import dialogs
from app.keeping import Left

HEADERS: Final = ("Kept", "Case", "Threads", "Result to decide on", "Plan file")


class RecoveryDialog(QDialog):
    """One line a session.

    Signals
    -------
    recover_requested(Left)
        The user takes one up; the others are left for another time.
    """

    recover_requested = Signal(object)

    def __init__(self, parent: QWidget, lefts: Sequence[Left]) -> None:
        super().__init__(parent)
        self.setObjectName("recovery")
        self.setWindowTitle("Recover plans")
        self.resize(760, 300)
        self._lefts = list(lefts)
        many = len(self._lefts) > 1
        about = QLabel(
            f"Calcarine ended unexpectedly. {'These plans were' if many else 'This plan was'} kept as "
            f"{'they were' if many else 'it was'} a few seconds before at most. A recovered plan is not saved yet; its "
            "undo history is lost.",
            wordWrap=True,
        )
        self.table = QTreeWidget()
        self.table.setAccessibleName("Plans to recover")
        self.table.setHeaderLabels(HEADERS)
        self.table.setRootIsDecorated(False)
        self.table.setAlternatingRowColors(True)
        header = self.table.header()
        for column in range(len(HEADERS) - 1):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        for left in self._lefts:
            self.table.addTopLevelItem(_row(left))
        buttons = QDialogButtonBox()
        roles = QDialogButtonBox.ButtonRole
        self.recover = buttons.addButton("Recover", roles.AcceptRole)
        self.recover.setProperty("primary", True)
        self.recover.setDefault(True)
        self.discard = buttons.addButton("Discard…", roles.DestructiveRole)
        self.later = buttons.addButton("Decide later", roles.RejectRole)
        self.later.setToolTip("They are offered again at the next start")
        self.recover.clicked.connect(self._recover)
        self.discard.clicked.connect(self._discard)
        self.later.clicked.connect(self.reject)
        self.finished.connect(self._release)
        self.table.itemDoubleClicked.connect(lambda *_: self._recover())
        self.table.setCurrentIndex(self.table.model().index(0, 0))
        column_box = QVBoxLayout(self)
        column_box.setSpacing(10)
        column_box.addWidget(about)
        column_box.addWidget(self.table, 1)
        column_box.addWidget(buttons)

    def _chosen(self) -> Left | None:
        place = self.table.currentIndex().row()
        return self._lefts[place] if place >= 0 else None

    def _recover(self) -> None:
        left = self._chosen()
        if left is not None:
            self._lefts.remove(left)  # it is not to be released: it is the session's from now on
            self.accept()
            self.recover_requested.emit(left)

    def _discard(self) -> None:
        left = self._chosen()
        if left is not None and dialogs.ask_to_discard(self, len(left.plan.everyone.threads)):
            self.table.takeTopLevelItem(self._lefts.index(left))
            self._lefts.remove(left)
            left.discard()
            if not self._lefts:
                self.reject()

    def _release(self) -> None:
        for left in self._lefts:
            left.release()


def _row(left: Left) -> QTreeWidgetItem:
    file = "not saved yet" if left.path is None else left.path.name + (" (changed since)" if left.overtaken else "")
    result = "" if left.result is None else f"{len(left.result.threads)} optimised threads"
    source = left.plan.case.source
    case = Path(source).name or source
    row = QTreeWidgetItem([when(left.kept_at), case, str(len(left.plan.everyone.threads)), result, file])
    row.setTextAlignment(2, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    row.setToolTip(1, source)
    row.setToolTip(4, "" if left.path is None else str(left.path))
    return row


def when(moment: datetime) -> str:
    """A moment in the user's own time, to the minute."""
    return f"{moment.astimezone():%d %b %Y, %H:%M}"
