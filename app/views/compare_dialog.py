"""Two plans side by side: what is measured of them, their worst margins, and what would be seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import dialogs, theme
from app.preview import Preview, resolve
from app.session import Session
from app.snapshots import Snapshot, Snapshots, restore
from app.tasks import Job
from app.views.compare_lines import VERDICT, caution, lines_of
from app.views.percept_sheet import PerceptSheet
from app.views.recovery_dialog import when
from app.views.status import verdict_words
from app.words import sentence
from planner.errors import PlannerError
from planner.plan.make import case_difference, evaluated
from planner.plan.plan import Plan

NOW: Final = "The plan now"
NO_SNAPSHOT: Final = "There is no snapshot yet to compare the plan with: Ctrl+T takes one."


@dataclass(frozen=True, eq=False)
class Seen:
    """An examined plan and what is seen of it."""

    plan: Plan
    preview: Preview


class CompareDialog(QDialog):
    """Chooses two of the plan and its snapshots, A and B: left and right are said of patients. A can be restored."""

    def __init__(self, parent: QWidget, session: Session, snapshots: Snapshots) -> None:
        super().__init__(parent)
        self.setObjectName("compare")
        self.setWindowTitle("Snapshots side by side")
        self.resize(1000, 700)
        self._session, self._snapshots = session, snapshots
        self._seen: dict[Path | None, Seen | str] = {}  # a sentence where one cannot be compared
        self._asked: dict[Path | None, Plan] = {}  # what is being examined, and the plan that was there then
        self.one, self.other = QComboBox(), QComboBox()
        self.one.setAccessibleName("Plan A")
        self.other.setAccessibleName("Plan B")
        self.sheets = PerceptSheet(), PerceptSheet()
        self.note = QLabel(wordWrap=True)
        self.note.setStyleSheet(f"color: {theme.WARNING};")
        self.table = QTreeWidget()
        self.table.setAccessibleName("Comparison")
        self.table.setRootIsDecorated(False)
        self.table.setAlternatingRowColors(True)
        self.table.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.table.setHeaderLabels(("", "A", "B", "B − A"))
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.header().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.restore = QPushButton("Restore A")
        self.restore.setToolTip("Make it the plan, as one step that can be undone")
        self.delete = QPushButton("Delete A…")
        self.delete.setToolTip("Give the snapshot up for good, once you have said so again; the plan stays")
        for button in (self.restore, self.delete):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.restore.clicked.connect(self._restore)
        self.delete.clicked.connect(self._delete)
        grid = QGridLayout()
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for column, (letter, box, sheet) in enumerate(zip("AB", (self.one, self.other), self.sheets, strict=True)):
            chooser = QHBoxLayout()
            chooser.addWidget(QLabel(letter))
            chooser.addWidget(box, 1)
            grid.addLayout(chooser, 0, column)
            grid.addWidget(sheet, 1, column)
        grid.setRowStretch(1, 1)
        column_box = QVBoxLayout(self)
        column_box.setSpacing(9)
        column_box.addLayout(grid, 1)
        column_box.addWidget(self.note)
        column_box.addWidget(self.table)
        self.table.setMinimumHeight(330)  # all lines of a plan with the usual limits
        column_box.addWidget(buttons)
        for box in (self.one, self.other):
            box.currentIndexChanged.connect(lambda _: self._compare())
        session.document_changed.connect(self._plan_changed)
        snapshots.changed.connect(self._list)
        self._list()

    # --- choosing --------------------------------------------------------------------------------

    def _list(self) -> None:
        """Offer all there are; the newest snapshot beside the plan at first, later what was chosen."""
        chosen = [box.currentData() for box in (self.one, self.other)]
        first = self.one.count() == 0
        for box in (self.one, self.other):
            box.blockSignals(True)
            box.clear()
            box.addItem(NOW, None)
            for one in self._snapshots.all():
                box.addItem(f"{one.name} · {when(one.taken_at)}", one)
            box.blockSignals(False)
        places = [next((i for i in range(self.one.count()) if self.one.itemData(i) == one), 0) for one in chosen]
        self.one.setCurrentIndex(min(1, self.one.count() - 1) if first else places[0])
        self.other.setCurrentIndex(0 if first else places[1])
        self._compare()

    def _plan_changed(self) -> None:
        self._seen.pop(None, None)
        if self.isVisible():
            self._compare()

    def _restore(self) -> None:
        one: Snapshot | None = self.one.currentData()
        seen = self._seen.get(one.file) if one is not None else None
        if one is not None and isinstance(seen, Seen):
            restore(self._session, one.name, seen.plan)

    def _delete(self) -> None:
        one: Snapshot | None = self.one.currentData()
        if one is not None and dialogs.ask_to_delete(self, one.name):
            self._seen.pop(one.file, None)
            self._snapshots.delete(one)

    # --- comparing -------------------------------------------------------------------------------

    def _compare(self) -> None:
        """Show both as soon as both are known."""
        both = [self._of(box.currentData()) for box in (self.one, self.other)]
        of_snapshot = self.one.currentData() is not None
        self.restore.setEnabled(of_snapshot and isinstance(both[0], Seen) and self._session.editable)
        self.delete.setEnabled(of_snapshot)
        self.table.clear()
        for sheet, seen in zip(self.sheets, both, strict=True):
            sheet.show_percepts(seen.preview if isinstance(seen, Seen) else None)
        one, other = both
        if not isinstance(one, Seen) or not isinstance(other, Seen):
            hindrances = dict.fromkeys(found for found in both if isinstance(found, str))
            self.note.setText(" ".join(hindrances) or "Measuring…")
            return
        alone = "" if self.one.count() > 1 else NO_SNAPSHOT
        self.note.setText(alone or caution(one.plan, other.plan))
        for line in lines_of(one.plan, other.plan):
            row = QTreeWidgetItem(list(line))
            for column in (1, 2, 3):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.addTopLevelItem(row)
            if line[0] == VERDICT:
                for column, seen in ((1, one), (2, other)):
                    row.setForeground(column, QColor(verdict_words(seen.plan)[1]))

    def _of(self, one: Snapshot | None) -> Seen | str | None:
        """What is known of a snapshot or of the plan; where that is nothing yet, it is asked for, once."""
        key = None if one is None else one.file
        case, plan = self._session.case, self._session.plan
        if key in self._seen or case is None or plan is None:
            return self._seen.get(key)
        if key in self._asked and (one is not None or self._asked[key] is plan):
            return None
        self._asked[key] = plan

        def examine(job: Job) -> Seen | str:
            try:
                found = plan if one is None else one.read()
            except PlannerError as error:
                return sentence(error)
            if difference := case_difference(found.case, case.anatomy):
                return f"{one.name if one else NOW} is of another anatomy: {difference}."
            if found.verdict is None or found.measures is None:
                found = evaluated(found, case.site)
            return Seen(found, resolve(case.site, found))

        def hear(found: Seen | str) -> None:
            if self._asked.get(key) is plan:
                del self._asked[key]
            if one is not None or self._session.plan is plan:
                self._seen[key] = found
                self._compare()

        def fail() -> None:
            self._asked.pop(key, None)

        self._session.worker.submit("", examine, hear, failed=fail, key=f"compare {key}", aside=True)
        return None
