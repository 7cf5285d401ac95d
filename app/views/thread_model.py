"""The table of threads as Qt sees it: rows, their columns, and what is asked for by typing into them."""

from __future__ import annotations

from typing import Any

import qtawesome as qta
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from app import theme
from app.views.thread_columns import COLUMNS, INDEX
from app.views.thread_rows import CHANGED, NOT_KNOWN, VERIFIED, VERIFIED_BEFORE, VESSELS_UNKNOWN, Row

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole
SEARCH_ROLE = Qt.ItemDataRole.UserRole + 1
NAME, LOCK, DEPTH, USE, STATUS = (INDEX[key] for key in ("name", "lock", "depth", "use", "status"))
_STATE, _VESSEL, _SEEN, _DEVICE = (INDEX[key] for key in ("state", "vessel", "eccentricity", "device"))
_WORD_COLOURS = {VERIFIED: theme.SAFE, **dict.fromkeys((VERIFIED_BEFORE, CHANGED, VESSELS_UNKNOWN), theme.WARNING)}
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class ThreadModel(QAbstractTableModel):
    """Rows for Qt; changes are asked for by signals, never made."""

    lock_requested = Signal(str, bool)
    use_requested = Signal(str, bool)
    depth_requested = Signal(str, float)
    name_requested = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self.editable = True
        self._icons = {
            "verified": qta.icon("mdi6.circle", color=theme.SAFE),
            "safe": qta.icon("mdi6.circle-outline", color=theme.SAFE),
            "unsafe": qta.icon("mdi6.square", color=theme.UNSAFE),
            "unknown": qta.icon("mdi6.rhombus-outline", color=theme.MUTED),
            "blind": qta.icon("mdi6.triangle", color=theme.WARNING),
            "aside": qta.icon("mdi6.minus-thick", color=theme.MUTED),
            "locked": qta.icon("mdi6.lock", color=theme.WARNING),
            "open": qta.icon("mdi6.lock-open-variant-outline", color=theme.MUTED, color_selected=theme.TEXT),
            "used": qta.icon("mdi6.checkbox-marked-outline", color=theme.MUTED, color_selected=theme.TEXT),
            "unused": qta.icon("mdi6.checkbox-blank-outline", color=theme.WARNING),
        }

    def show(self, rows: tuple[Row, ...]) -> None:
        """Show other rows; where the threads are the same ones, only their cells change."""
        if [r.thread.name for r in rows] == [r.thread.name for r in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One a thread."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """See `COLUMNS`."""
        return len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles, and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and COLUMNS[section].number:
            return _RIGHT
        return COLUMNS[section].tip if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, colour, icon, or what to sort by and to search in."""
        row, column = self.rows[index.row()], index.column()
        what = COLUMNS[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return what.text(row)
        if role == SORT_ROLE:
            return what.sorted_by(row)
        if role == SEARCH_ROLE:
            return row.found
        if role == Qt.ItemDataRole.EditRole:
            return row.thread.name if column == NAME else row.thread.depth_mm
        if role == Qt.ItemDataRole.ToolTipRole:
            said = {STATUS: row.words, _DEVICE: row.device.title}
            return f"{said[column]}\n{what.tip}" if column in said else what.tip
        if role == Qt.ItemDataRole.DecorationRole:
            return self._icons.get(_icon(row, column))
        if role == Qt.ItemDataRole.ForegroundRole:
            colour = _colour(row, column)
            return QColor(colour) if colour else None
        if role == Qt.ItemDataRole.TextAlignmentRole and what.number:
            return _RIGHT
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names can be typed, and the depth of a thread that may be moved; what lies on the surface has none."""
        flags, row = super().flags(index), self.rows[index.row()]
        if index.column() == NAME and self.editable:
            flags |= Qt.ItemFlag.ItemIsEditable
        movable = self.editable and row.used and not row.thread.locked
        if index.column() == DEPTH and movable and row.device.penetrates:
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name or depth."""
        name = self.rows[index.row()].thread.name
        if index.column() == NAME:
            self.name_requested.emit(name, str(value))
        else:
            self.depth_requested.emit(name, float(value))
        return False


def _icon(row: Row, column: int) -> str:
    """Which icon a cell has, if any."""
    if column == _STATE:
        return "verified" if row.state == "safe" and row.words == VERIFIED else row.state
    if column == LOCK:
        return "locked" if row.thread.locked else "open"
    if column == USE:
        return "used" if row.used else "unused"
    return ""


def _colour(row: Row, column: int) -> str:
    """The colour of a cell's words, where it is not that of all."""
    what = COLUMNS[column]
    if not row.used:
        return theme.MUTED
    margin = row.margin(what.margin) if what.margin is not None else None
    if (margin is not None and margin < 0) or (column == STATUS and row.state == "unsafe"):
        return theme.UNSAFE
    if row.state == "blind" and column in (_SEEN, STATUS):
        return theme.WARNING
    if column == STATUS:
        return _WORD_COLOURS.get(row.words, "")
    return theme.WARNING if column == _VESSEL and what.text(row) == NOT_KNOWN else ""
