"""Two plans side by side: what is measured of them, their worst margins, and what would be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
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
from app.views.percept_sheet import PerceptSheet
from app.views.recovery_dialog import when
from app.views.status import begun, percent, verdict_words
from app.words import CONSTRAINT_WORDS, amount, sentence
from planner.errors import PlannerError
from planner.plan.compare import numbers_of, unlike, worst_margins
from planner.plan.make import case_difference, evaluated
from planner.plan.plan import Plan

VERDICT: Final = "Verdict"
NOW: Final = "The plan now"
NO_SNAPSHOT: Final = "There is no snapshot yet to compare the plan with: Ctrl+T takes one."
TITLES: Final[Mapping[str, str]] = {
    "mse": "MSE (less is better)",
    "ssim": "SSIM",
    "psnr": "PSNR, dB",
    "recognition": "Letters read, held-out fonts",
    "coverage": "Field covered",
    "usable_contacts": "Contacts in V1",
}
SHARES: Final = ("recognition", "coverage", "usable_contacts")


@dataclass(frozen=True, eq=False)
class Seen:
    """An examined plan and what is seen of it."""

    plan: Plan
    preview: Preview


class CompareDialog(QDialog):
    """Chooses two of the plan and its snapshots; the one at the left can be restored."""

    def __init__(self, parent: QWidget, session: Session, snapshots: Snapshots) -> None:
        super().__init__(parent)
        self.setObjectName("compare")
        self.setWindowTitle("Snapshots side by side")
        self.resize(1000, 700)
        self._session, self._snapshots = session, snapshots
        self._seen: dict[Path | None, Seen | str] = {}  # a sentence where one cannot be compared
        self._asked: dict[Path | None, Plan] = {}  # what is being examined, and the plan that was there then
        self.left, self.right = QComboBox(), QComboBox()
        self.left.setAccessibleName("Left plan")
        self.right.setAccessibleName("Right plan")
        self.sheets = PerceptSheet(), PerceptSheet()
        self.note = QLabel(wordWrap=True)
        self.note.setStyleSheet(f"color: {theme.WARNING};")
        self.table = QTreeWidget()
        self.table.setAccessibleName("Comparison")
        self.table.setRootIsDecorated(False)
        self.table.setAlternatingRowColors(True)
        self.table.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.table.setHeaderLabels(("", "Left", "Right", "Right − left"))
        self.table.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.header().setDefaultAlignment(Qt.AlignmentFlag.AlignRight)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.restore = QPushButton("Restore the left one")
        self.restore.setToolTip("Make it the plan, as one step that can be undone")
        self.delete = QPushButton("Delete the left one…")
        self.delete.setToolTip("Give the snapshot up for good, once you have said so again; the plan stays")
        for button in (self.restore, self.delete):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        self.restore.clicked.connect(self._restore)
        self.delete.clicked.connect(self._delete)
        grid = QGridLayout()
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for column, widgets in enumerate(((self.left, self.sheets[0]), (self.right, self.sheets[1]))):
            for row, widget in enumerate(widgets):
                grid.addWidget(widget, row, column)
        grid.setRowStretch(1, 1)
        column_box = QVBoxLayout(self)
        column_box.setSpacing(9)
        column_box.addLayout(grid, 1)
        column_box.addWidget(self.note)
        column_box.addWidget(self.table)
        self.table.setMinimumHeight(330)  # all lines of a plan with the usual limits
        column_box.addWidget(buttons)
        for box in (self.left, self.right):
            box.currentIndexChanged.connect(lambda _: self._compare())
        session.document_changed.connect(self._plan_changed)
        snapshots.changed.connect(self._list)
        self._list()

    # --- choosing --------------------------------------------------------------------------------

    def _list(self) -> None:
        """Offer all there are; the newest snapshot beside the plan at first, later what was chosen."""
        chosen = [box.currentData() for box in (self.left, self.right)]
        first = self.left.count() == 0
        for box in (self.left, self.right):
            box.blockSignals(True)
            box.clear()
            box.addItem(NOW, None)
            for one in self._snapshots.all():
                box.addItem(f"{one.name} · {when(one.taken_at)}", one)
            box.blockSignals(False)
        places = [next((i for i in range(self.left.count()) if self.left.itemData(i) == one), 0) for one in chosen]
        self.left.setCurrentIndex(min(1, self.left.count() - 1) if first else places[0])
        self.right.setCurrentIndex(0 if first else places[1])
        self._compare()

    def _plan_changed(self) -> None:
        self._seen.pop(None, None)
        if self.isVisible():
            self._compare()

    def _restore(self) -> None:
        one: Snapshot | None = self.left.currentData()
        seen = self._seen.get(one.file) if one is not None else None
        if one is not None and isinstance(seen, Seen):
            restore(self._session, one.name, seen.plan)

    def _delete(self) -> None:
        one: Snapshot | None = self.left.currentData()
        if one is not None and dialogs.ask_to_delete(self, one.name):
            self._seen.pop(one.file, None)
            self._snapshots.delete(one)

    # --- comparing -------------------------------------------------------------------------------

    def _compare(self) -> None:
        """Show both as soon as both are known."""
        both = [self._of(box.currentData()) for box in (self.left, self.right)]
        of_snapshot = self.left.currentData() is not None
        self.restore.setEnabled(of_snapshot and isinstance(both[0], Seen) and self._session.editable)
        self.delete.setEnabled(of_snapshot)
        self.table.clear()
        for sheet, seen in zip(self.sheets, both, strict=True):
            sheet.show_percepts(seen.preview if isinstance(seen, Seen) else None)
        left, right = both
        if not isinstance(left, Seen) or not isinstance(right, Seen):
            hindrances = dict.fromkeys(found for found in both if isinstance(found, str))
            self.note.setText(" ".join(hindrances) or "Measuring…")
            return
        alone = "" if self.left.count() > 1 else NO_SNAPSHOT
        self.note.setText(alone or caution(left.plan, right.plan))
        for line in lines_of(left.plan, right.plan):
            row = QTreeWidgetItem(list(line))
            for column in (1, 2, 3):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.addTopLevelItem(row)
            if line[0] == VERDICT:
                for column, seen in ((1, left), (2, right)):
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


def caution(left: Plan, right: Plan) -> str:
    """What keeps the two from being compared number by number; empty where nothing does."""
    differing = unlike(left, right)
    words = [f"Checked under different {', '.join(differing)}: do not compare verdicts."] if differing else []
    if left.task != right.task or left.seeing != right.seeing:
        words.append("Measured by another task or model: do not compare measures.")
    return " ".join(words)


def lines_of(left: Plan, right: Plan) -> list[tuple[str, str, str, str]]:
    """The table: a name, both values and their difference; both plans must have been examined."""
    one, other = numbers_of(left), numbers_of(right)
    lines = [
        ("Threads", *_pair(one, other, "threads", ".0f", "+.0f")),
        (VERDICT, begun(verdict_words(left)[0]), begun(verdict_words(right)[0]), ""),
    ]
    for name, title in TITLES.items():
        if name in one or name in other:
            lines.append((title, *_pair(one, other, name, ".4f", "+.4f")))
    worst = [worst_margins(plan.verdict) for plan in (left, right) if plan.verdict is not None]
    force = [name for name in CONSTRAINT_WORDS if name in left.limits.in_force or name in right.limits.in_force]
    for constraint in force:
        margins = [found.get(constraint) for found in worst]
        cells = [_margin(constraint, margin) for margin in margins]
        known = [margin for margin in margins if margin is not None and isfinite(margin)]
        difference = amount(constraint, known[1] - known[0]) if len(known) == 2 else ""
        lines.append((f"Worst: {CONSTRAINT_WORDS[constraint]}", cells[0], cells[1], difference))
    return lines


def _margin(constraint: str, value: float | None) -> str:
    if value is None:
        return "–"
    if isfinite(value):
        return amount(constraint, value)
    return "unknown" if value > 0 else "no window" if constraint == "access" else "impossible"


def _pair(
    one: Mapping[str, float], other: Mapping[str, float], name: str, plain: str, signed: str
) -> tuple[str, str, str]:
    values = [found.get(name) for found in (one, other)]
    whole = all(value is not None and value == int(value) for value in values) and name == "usable_contacts"
    share = name in SHARES and not whole and all(value is None or 0 <= value <= 1 for value in values)
    shown = [
        "–" if value is None else percent(value) if share else format(value, ".0f" if whole else plain)
        for value in values
    ]
    if values[0] is None or values[1] is None:
        return shown[0], shown[1], ""
    difference = values[1] - values[0]
    return (
        shown[0],
        shown[1],
        f"{round(100 * difference, 1) + 0.0:+.1f} points" if share else format(difference, "+.0f" if whole else signed),
    )
