"""The loading report: what was found of the case, what of it is used, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import theme
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.report import Finding
from planner.frames import Space

HEADERS: Final = ("What", "State", "Space", "Details", "File")
DETAILS: Final = 3
PADDING: Final = 6
COLOURS: Final = {"used": theme.SAFE, "unused": theme.MUTED, "missing": theme.WARNING}


SPACES: Final[Mapping[str, str]] = {
    Space.SCANNER_RAS: "scanner RAS",
    Space.TKRAS: "tkRAS",
    Space.LPS: "LPS",
    Space.VOXEL: "voxel",
    Space.MNI305: "MNI305",
    Space.MNI152: "MNI152",
}


class Wrapped(QStyledItemDelegate):
    """Cells as high as all of their text needs at their column's width: Qt itself counts on one line.

    Parameters
    ----------
    table : QTreeWidget
    column : int
        The one that is wrapped.
    """

    def __init__(self, table: QTreeWidget, column: int) -> None:
        super().__init__(table)
        self._table, self._column = table, column

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """The text's height, with air; the width that the column would like."""
        font: QFont = option.font
        metrics, text = QFontMetrics(font), str(index.data() or "")
        wrapped = index.column() == self._column
        room = QRect(0, 0, self._table.columnWidth(self._column) - 2 * PADDING if wrapped else 10_000, 10_000)
        needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text or "x")
        return QSize(needed.width() + 2 * PADDING, needed.height() + PADDING)


class FindingsTable(QTreeWidget):
    """One line for each thing that a case may have."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What was found of the case")
        self.setHeaderLabels(HEADERS)
        self.setRootIsDecorated(False)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QTreeWidget.SelectionMode.NoSelection)
        self.setWordWrap(True)
        self.setItemDelegate(Wrapped(self, DETAILS))
        header = self.header()
        for column in (0, 1, 2, 4):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        header.sectionResized.connect(self.scheduleDelayedItemsLayout)  # other widths, other numbers of lines

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List these instead of what was listed."""
        self.clear()
        for finding in findings:
            name = Path(finding.file).name
            space = _space_words(finding.space)
            row = QTreeWidgetItem([finding.what, finding.state, space, finding.detail, name])
            row.setForeground(1, QColor(COLOURS[finding.state]))
            row.setToolTip(3, finding.detail)
            row.setToolTip(4, "\n".join(filter(None, (finding.file, finding.sha256 and f"SHA-256 {finding.sha256}"))))
            self.addTopLevelItem(row)


class CaseReport(QDialog):
    """One line for each thing that a case may have; notes, which a planner should read, above."""

    def __init__(self, parent: QWidget, anatomy: Anatomy) -> None:
        super().__init__(parent)
        self.setObjectName("case report")
        self.setWindowTitle(f"Loading report: {anatomy.name}")
        self.resize(1060, 620)
        heading = QLabel(_heading(anatomy), wordWrap=True)
        heading.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        spaces = ", ".join(SPACES[space] for space in (Space.SCANNER_RAS, *anatomy.spaces))
        about = QLabel(f"Retinotopy: {anatomy.retinotopy_source}. Spaces known: {spaces}.", wordWrap=True)
        about.setProperty("role", "muted")
        notes = QLabel("\n".join(f"•  {note}" for note in anatomy.notes), wordWrap=True)
        notes.setVisible(bool(anatomy.notes))
        self.table = FindingsTable()
        self.table.show_findings(anatomy.findings)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = QPushButton("Copy as text")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(as_text(anatomy)))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column_box = QVBoxLayout(self)
        column_box.setSpacing(9)
        for widget in (heading, about, notes):
            column_box.addWidget(widget)
        column_box.addWidget(self.table, 1)
        column_box.addWidget(buttons)


def _heading(anatomy: Anatomy) -> str:
    """The case's name, and where it comes from unless that is the same word."""
    return f"<b>{anatomy.name}</b>" + (f" · {anatomy.source}" if anatomy.source != anatomy.name else "")


def _space_words(text: str) -> str:
    """A finding's space as the rest of the window writes it."""
    name, more = text.split(" ", 1) if " " in text else (text, "")
    return " ".join(filter(None, (SPACES.get(name, name), more)))


def as_text(anatomy: Anatomy) -> str:
    """The report as tab-separated lines, with whole paths and hashes."""
    lines = [f"{anatomy.name}\t{anatomy.source}", *anatomy.notes]
    lines += ["\t".join((f.what, f.state, f.space, f.detail, f.file, f.sha256)) for f in anatomy.findings]
    return "\n".join(lines)
