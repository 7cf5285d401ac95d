"""What a verdict found broken, as a list: which thread breaks what and by how much."""

from __future__ import annotations

from math import inf, isinf
from typing import Final

import qtawesome as qta
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHeaderView, QTreeWidget, QTreeWidgetItem

from app import theme
from app.words import CONSTRAINT_WORDS, amount
from planner.design.limits import CONSTRAINTS, NO_WINDOW, Violation
from planner.plan.plan import Plan

ROW_PX: Final = 21  # of whatever is listed, so that nothing is cut in half
THREAD_PX: Final = 46
SIDE_PX, GAP_PX = 8, 6  # beside a row, and between what is in it
_CELL_PX = 3  # what Qt leaves free beside the words of a cell


class Violations(QTreeWidget):
    """Which thread breaks what and by how much, in the columns of the checks; as high as all of its rows.

    Signals
    -------
    chosen(name, constraint)
        By a click, or by Enter.
    """

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, ...]] = []
        self.hide()
        self.setColumnCount(3)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(0)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(QSize(15, 15))
        self.setStyleSheet(f"QTreeView {{ padding-left: {SIDE_PX - _CELL_PX}px; }} QTreeView::item {{ padding: 0; }}")
        self.setAccessibleName("Violations")
        for policy in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # what is around it scrolls
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(0)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(2, THREAD_PX + SIDE_PX + GAP_PX - _CELL_PX)
        self.itemClicked.connect(self._choose)
        self.itemActivated.connect(self._choose)

    def show_broken(self, plan: Plan | None) -> None:
        """List what the plan's verdict found, the worst first; what is listed already stays as it is."""
        broken = plan.verdict.violations if plan is not None and plan.verdict is not None else ()
        ordered = sorted(broken, key=lambda violation: violation.margin)
        rows: list[tuple[str, ...]] = [
            (*violation_words(one, plan), one.thread, one.message, one.constraint) for one in ordered
        ]
        if rows == self._rows:
            return
        self._rows = rows
        self.clear()
        for *texts, message, constraint in rows:
            item = QTreeWidgetItem(texts)
            item.setIcon(0, qta.icon("mdi6.square", color=theme.UNSAFE, scale_factor=0.75))
            item.setForeground(1, QColor(theme.UNSAFE))
            item.setForeground(2, QColor(theme.MUTED))
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setData(0, Qt.ItemDataRole.UserRole, constraint)
            item.setSizeHint(0, QSize(0, ROW_PX))
            for column in range(3):
                item.setToolTip(column, message)
            self.addTopLevelItem(item)
        self.setFixedHeight(len(rows) * ROW_PX)
        self.setVisible(bool(rows))

    def _choose(self, item: QTreeWidgetItem) -> None:
        self.chosen.emit(item.text(2), item.data(0, Qt.ItemDataRole.UserRole))


def violation_words(violation: Violation, plan: Plan | None) -> tuple[str, str]:
    """What is broken and near what, and by how much; else the whole sentence."""
    name = next((known for known in CONSTRAINTS if known == violation.constraint), None)
    if name == "access" and violation.margin == -inf:
        return CONSTRAINT_WORDS[name], NO_WINDOW
    if name is None or isinf(violation.margin):
        return violation.message, ""
    margins = plan.verdict.margins.get(violation.thread) if plan is not None and plan.verdict is not None else None
    near = {"vessel": margins.nearest_vessel, "spacing": margins.nearest_thread}.get(name, "") if margins else ""
    return CONSTRAINT_WORDS[name] + (f", {near}" if near else ""), amount(name, violation.margin)
