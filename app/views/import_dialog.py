"""Lines of another program, before they become threads: how they are read, and what becomes of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.importing import Found, Wanted
from app.views.case_report import Wrapped
from planner.design.limits import counted
from planner.errors import PlannerError
from planner.implant.device import Device
from planner.implant.thread import Vector
from planner.plan.plan import Plan

FILES: Final = "Trajectories (*.mrk.json *.ros);;3D Slicer markups (*.mrk.json);;ROSA (*.ros)"
HERE: Final = "here"
ORIGINS: Final = (
    ("Say where the file's origin is…", ""),
    ("The scanner's own origin", "scanner"),
    ("The middle of the case's volume", "volume"),
    ("At a point, scanner RAS", HERE),
)
Looker = Callable[[Wanted, Callable[[Found | PlannerError], None]], None]
"""Looks at lines beside all else, and tells what was found."""


class ImportDialog(QDialog):
    """What a file holds and what would become of it, as one settles device and origin; nothing is changed by it."""

    def __init__(
        self,
        parent: QWidget,
        file: Path,
        plan: Plan,
        devices: Sequence[Device],
        look: Looker,
        tell: Callable[[PlannerError], str],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("import")
        self.setWindowTitle("Import trajectories")
        self.resize(760, 520)
        self._file, self._look, self._tell = file, look, tell
        self._asked: Wanted | None = None
        self.found: Found | None = None
        self._devices = tuple(devices)
        self.device = QComboBox()
        for device in self._devices:
            self.device.addItem(device.title)
        self.device.setToolTip("What the new threads are of; its length says how deep their tips may go")
        self.origin = QComboBox()
        for words, where in ORIGINS:
            self.origin.addItem(words, where)
        self.origin.setToolTip(
            "A ROSA file does not say where its frame lies in the scanner. The middle of the case's volume is right "
            "where that volume is ROSA's first image and lies straight in the scanner"
        )
        self.point = [QDoubleSpinBox(minimum=-1000.0, maximum=1000.0, decimals=2, suffix=" mm") for _ in range(3)]
        for letter, box in zip("xyz", self.point, strict=True):
            box.setToolTip(f"{letter} of the file's origin in scanner RAS, mm")
            box.setKeyboardTracking(False)
        self.threads = QComboBox()
        self.threads.addItem("Stay; the new ones are added", False)
        self.threads.addItem("Give way, but for locked ones", True)
        self.threads.setToolTip("What becomes of the threads that the plan has; undo brings all of them back")
        self.summary, self.trouble = QLabel(wordWrap=True), QLabel(wordWrap=True)
        self.summary.setProperty("role", "muted")
        self.trouble.setStyleSheet(f"color: {theme.UNSAFE};")
        self.trouble.hide()
        self.lines = QTreeWidget()
        self.lines.setAccessibleName("What becomes of each line")
        self.lines.setHeaderLabels(("", "Line"))
        self.lines.setRootIsDecorated(False)
        self.lines.setWordWrap(True)
        self.lines.setItemDelegate(Wrapped(self.lines, 1))
        self.lines.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.take = buttons.addButton("Take over", QDialogButtonBox.ButtonRole.AcceptRole)
        self.take.setProperty("primary", True)
        self.take.setDefault(True)
        self.take.setToolTip("Make these threads of the plan, as one step that can be undone")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._lay_out(buttons, ros=file.name.lower().endswith(".ros"), threads=bool(plan.threads))
        for choice in (self.device, self.origin, self.threads):
            choice.currentIndexChanged.connect(self._ask)
        for number in self.point:
            number.valueChanged.connect(self._ask)
        self._ask()

    def wanted(self) -> Wanted | None:
        """How the file is to be read; None as long as nobody has said where its origin is."""
        origin: str | Vector | None = None
        if self._ros:
            origin = self.origin.currentData()
            if not origin:
                return None
            if origin == HERE:
                x, y, z = (box.value() for box in self.point)
                origin = (x, y, z)
        device = self._devices[self.device.currentIndex()]
        return Wanted(self._file, device, cast("Vector | None", origin), bool(self.threads.currentData()))

    def _lay_out(self, buttons: QDialogButtonBox, ros: bool, threads: bool) -> None:
        self._ros = ros
        place = QWidget()
        line = QHBoxLayout(place)
        line.setContentsMargins(0, 0, 0, 0)
        for box in self.point:
            line.addWidget(box)
        form = QFormLayout()
        form.setVerticalSpacing(7)
        form.addRow("File", QLabel(str(self._file), wordWrap=True))
        form.addRow("&Device", self.device)
        if ros:
            form.addRow("&Origin", self.origin)
            form.addRow("", place)
        if threads:
            form.addRow("&Threads of the plan", self.threads)
        self._place = place
        column = QVBoxLayout(self)
        column.setSpacing(9)
        column.addLayout(form)
        column.addWidget(self.lines, 1)
        for widget in (self.summary, self.trouble, buttons):
            column.addWidget(widget)

    def _ask(self) -> None:
        self._place.setVisible(self._ros and self.origin.currentData() == HERE)
        wanted = self._asked = self.wanted()
        self.found = None
        self.take.setEnabled(False)
        self.trouble.hide()
        if wanted is None:
            self.lines.clear()
            self.summary.setText("The file does not say where its frame lies: choose where its origin is.")
            return
        self.summary.setText("Reading…")

        def hear(found: Found | PlannerError) -> None:
            if self._asked == wanted:
                self._show(found)

        self._look(wanted, hear)

    def _show(self, found: Found | PlannerError) -> None:
        self.lines.clear()
        if isinstance(found, PlannerError):
            self.summary.clear()
            self.trouble.setText(self._tell(found))
            self.trouble.show()
            return
        self.found = found
        imported = found.imported
        for words in imported.moved:
            still = words.endswith("as it was.")
            self._add(*(("● placed", theme.SAFE) if still else ("▲ moved", theme.WARNING)), words)
        for words in imported.refused:
            self._add("■ refused", theme.UNSAFE, words)
        count = len(imported.threads)
        self.take.setEnabled(count > 0)
        self.take.setText(f"Take over {counted(count, 'thread')}" if count else "Take over")
        self.summary.setText(summary(found))

    def _add(self, mark: str, colour: str, words: str) -> None:
        row = QTreeWidgetItem([mark, words])
        row.setForeground(0, QColor(colour))
        row.setToolTip(1, words)
        self.lines.addTopLevelItem(row)


def summary(found: Found) -> str:
    """How many lines were read and placed, and what else of the plan changes with them."""
    imported, before, after = found.imported, found.before, found.after
    moved = sum(not words.endswith("as it was.") for words in imported.moved)
    read = len(imported.threads) + len(imported.refused)
    parts = [
        f"{counted(read, 'line')} read: {len(imported.threads)} can be placed, {moved} of them moved; "
        f"{len(imported.refused)} refused."
    ]
    if gone := len(before.threads) + len(imported.threads) - len(after.threads):
        parts.append(f"{counted(gone, 'thread')} of the plan {'give' if gone > 1 else 'gives'} way.")
    if after.limits.threads != before.limits.threads:
        parts.append(f"The budget becomes {after.limits.threads} threads.")
    if [device.name for device in after.devices] != [device.name for device in before.devices]:
        parts.append(f"The plan's devices become {' and '.join(device.title for device in after.devices)}.")
    if after.limits.clearance_mm != before.limits.clearance_mm:
        parts.append(f"The clearance becomes {after.limits.clearance_mm:g} mm.")
    if imported.threads:
        parts.append("Whether they keep every limit is said by the checks, once they are taken over.")
    return " ".join(parts)
