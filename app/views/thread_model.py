"""What the table of threads shows: a row a thread, a pure function of what the session knows, and its Qt model."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import qtawesome as qta
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from app import theme
from app.preview import Preview
from app.views.status import State, fresh, margins_of, millimetres, outside_v1, states_of
from app.words import CONSTRAINT_WORDS
from planner.design.limits import CONSTRAINTS, ConstraintName, ThreadMargins
from planner.implant.device import Device
from planner.implant.thread import Thread
from planner.plan.plan import Plan

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Row:
    """One thread as the table shows it; lengths in mm."""

    thread: Thread
    device: Device
    margins: ThreadMargins | None
    eccentricity: str
    words: str
    state: State

    def margin(self, name: ConstraintName) -> float | None:
        """A margin, where it is known."""
        return None if self.margins is None else self.margins.margins.get(name)


def rows_of(plan: Plan | None, preview: Preview | None) -> tuple[Row, ...]:
    """The table's rows: a pure function of what the session knows."""
    if plan is None:
        return ()
    margins, states, outside = margins_of(plan, preview), states_of(plan, preview), outside_v1(plan, preview)
    preview = fresh(plan, preview)
    seen = eccentricities(preview) if preview is not None else {}
    return tuple(
        Row(
            t,
            plan.implant.device_of(t),
            margins.get(t.name),
            seen.get(t.name, UNKNOWN),
            _words(margins.get(t.name), states[t.name], outside.get(t.name, 0), plan, t),
            states[t.name],
        )
        for t in plan.threads
    )


def eccentricities(preview: Preview) -> dict[str, str]:
    """The median eccentricity of each thread's contacts in V1, and how many have left it: those have none."""
    words: dict[str, str] = {}
    seen = preview.usable & (preview.eccentricity_deg <= FARTHEST_DEG)
    for row, thread in enumerate(preview.plan.threads if preview.complete else ()):
        its = preview.owner == row
        mapped, values = seen[its], preview.eccentricity_deg[its]
        outside = int((~mapped).sum())
        if mapped.any():
            left = f" · {outside} outside" if outside else ""
            words[thread.name] = f"{float(np.median(values[mapped])):.1f}°{left}"
        else:
            words[thread.name] = "outside V1"
    return words


def _words(margins: ThreadMargins | None, state: State, outside: int, plan: Plan, thread: Thread) -> str:
    if state == "unsafe":
        found = margins.margins if margins is not None else {}
        broken = [CONSTRAINT_WORDS[c] for c in CONSTRAINTS if found.get(c, inf) < 0]
        return "breaks " + ", ".join(broken).lower() if broken else "breaks a limit"
    if margins is None:
        return UNKNOWN
    if state == "unknown":
        return VESSELS_UNKNOWN
    words = "verified" if plan.verdict is not None else "safe so far"
    count = plan.implant.device_of(thread).contact_count
    return f"{outside} of {count} outside V1, {words}" if state == "blind" else words


FARTHEST_DEG = 90.0  # no eccentricity beyond is seen
UNKNOWN, NOT_KNOWN, VESSELS_UNKNOWN = "…", "unknown", "vessels unknown"
_HEADERS = (
    *("", "Thread", "", "Side", "Depth\nmm", "Vessel\nmargin, mm", "Nearest vessel", "Gray\nmargin, mm"),
    *("Crossing\nmargin, mm", "Spacing\nmargin, mm", "Eccentricity\n° of field", "Status", "Device"),
)
_TIPS = (
    "Ball: no limit broken; square: a limit is broken; triangle: most contacts outside V1, so little is seen; "
    "gray diamond: not known (shapes as in the 3D view)",
    "Name; double-click or F2 to change it",
    "Locked threads are never moved, by hand or by the optimiser",
    "Hemisphere",
    "From the entry on pial to the tip, mm; double-click to change it",
    "Margin of the whole shaft to the nearest vessel wall beyond the clearance, mm; positive is safe",
    "The vessel that is nearest",
    "Margin of the contacts to pial and white beyond the required one, mm; negative is outside gray matter",
    "Single pial crossing: depth below pial along the contacts, mm; negative where the shaft leaves through pial again",
    "Margin to the nearest other shaft beyond the required spacing, mm",
    "Median eccentricity of the contacts in V1, degrees of visual angle, and how many contacts are outside it",
    "What is known of its safety (… while it is computed); only Verify gives the exact answer",
    "What it is: a thread, an array that moves as one, or discs on the surface",
)
NAME, LOCK, DEPTH, _VESSEL, _SEEN, STATUS, DEVICE = 1, 2, 4, 5, 10, 11, 12
_WORD_COLOURS = {"verified": theme.SAFE, VESSELS_UNKNOWN: theme.WARNING}
_ALARM: tuple[State, ...] = ("unsafe", "unknown", "blind", "safe")
_MARGIN_COLUMNS: dict[int, ConstraintName] = {5: "vessel", 7: "gray", 8: "path", 9: "spacing"}
_NUMBERS = (DEPTH, *_MARGIN_COLUMNS, _SEEN)


class ThreadModel(QAbstractTableModel):
    """Rows for Qt; changes are asked for by signals, never made."""

    lock_requested = Signal(str, bool)
    depth_requested = Signal(str, float)
    name_requested = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        self.editable = True
        self._icons = {
            "safe": qta.icon("mdi6.circle", color=theme.SAFE),
            "unsafe": qta.icon("mdi6.square", color=theme.UNSAFE),
            "unknown": qta.icon("mdi6.rhombus-outline", color=theme.MUTED),
            "blind": qta.icon("mdi6.triangle", color=theme.WARNING),
            "locked": qta.icon("mdi6.lock", color=theme.WARNING),
            "open": qta.icon("mdi6.lock-open-variant-outline", color=theme.DISABLED),
        }

    def show(self, rows: tuple[Row, ...]) -> None:
        """Show other rows; where the threads are the same ones, only their cells change."""
        if [r.thread.name for r in rows] == [r.thread.name for r in self.rows]:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(_HEADERS) - 1))
        else:
            self.beginResetModel()
            self.rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """One a thread."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """See `_HEADERS`."""
        return len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles, and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _HEADERS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in _NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text, colour, icon, or what to sort by."""
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == SORT_ROLE:
            return self._sorted_by(row, column)
        if role == Qt.ItemDataRole.EditRole:
            return row.thread.name if column == NAME else row.thread.depth_mm
        if role == Qt.ItemDataRole.ToolTipRole:
            said = {STATUS: row.words, DEVICE: row.device.title}
            return f"{said[column]}\n{_TIPS[column]}" if column in said else _TIPS[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return self._icons[row.state]
        if role == Qt.ItemDataRole.DecorationRole and column == LOCK:
            return self._icons["locked" if row.thread.locked else "open"]
        if role == Qt.ItemDataRole.ForegroundRole:
            margin = row.margin(_MARGIN_COLUMNS[column]) if column in _MARGIN_COLUMNS else None
            if (margin is not None and margin < 0) or (column == STATUS and row.state == "unsafe"):
                return QColor(theme.UNSAFE)
            if row.state == "blind" and column in (_SEEN, STATUS):
                return QColor(theme.WARNING)
            if column == STATUS and row.words in _WORD_COLOURS:
                return QColor(_WORD_COLOURS[row.words])
            if column == _VESSEL and self._text(row, column) == NOT_KNOWN:
                return QColor(theme.WARNING)
        if role == Qt.ItemDataRole.TextAlignmentRole and column in _NUMBERS:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Names can be typed, and the depth of an unlocked thread; what lies on the surface has none."""
        flags, row = super().flags(index), self.rows[index.row()]
        if index.column() == NAME and self.editable:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.column() == DEPTH and self.editable and not row.thread.locked and row.device.penetrates:
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

    def _text(self, row: Row, column: int) -> str:
        thread = row.thread
        if column in _MARGIN_COLUMNS:
            margin = row.margin(_MARGIN_COLUMNS[column])
            if row.margins is None:
                return UNKNOWN
            nothing = margin == inf and column == _VESSEL and row.device.penetrates
            return NOT_KNOWN if nothing else millimetres(margin)
        near = row.margins.nearest_vessel if row.margins is not None else ""
        side = "left" if thread.hemisphere == "lh" else "right"
        depth = f"{thread.depth_mm:.2f}" if row.device.penetrates else "–"
        words = ("", thread.name, "", side, depth, "", near, "", "", "", row.eccentricity, row.words, row.device.name)
        return words[column]

    def _sorted_by(self, row: Row, column: int) -> Any:
        if column in _MARGIN_COLUMNS:
            margin = row.margin(_MARGIN_COLUMNS[column])
            return inf if margin is None else margin
        if column == 0:
            return _ALARM.index(row.state)
        if column == LOCK:
            return row.thread.locked
        if column == DEPTH:
            return row.thread.depth_mm
        if column == _SEEN:
            return float(row.eccentricity.partition("°")[0]) if "°" in row.eccentricity else inf
        return self._text(row, column)
