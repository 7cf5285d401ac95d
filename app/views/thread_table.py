"""The threads as a table: where they are, how safe, what they reach."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QPalette
from PySide6.QtWidgets import QAbstractItemView, QDoubleSpinBox, QHeaderView, QStyledItemDelegate, QTableView, QWidget

from app import theme
from app.actions import depth_range, thread_of
from app.session import Session
from app.views.thread_model import DEPTH, DEVICE, LOCK, NAME, SORT_ROLE, Index, ThreadModel, rows_of


class _Cell(QStyledItemDelegate):
    """A cell that keeps its colour, a little lighter, where its row is selected."""

    def initStyleOption(self, option: Any, index: Index) -> None:
        """Qt would write all of a selected row in white."""
        super().initStyleOption(option, index)
        colour = option.palette.color(QPalette.ColorRole.Text)  # the model's; asking an index for none leaks in PySide
        if colour != QColor(theme.TEXT):
            option.palette.setColor(QPalette.ColorRole.HighlightedText, colour.lighter(125))


class _DepthEditor(_Cell):
    """A spin box in mm."""

    def __init__(self, parent: QWidget, session: Session) -> None:
        super().__init__(parent)
        self._session = session

    def createEditor(self, parent: QWidget, option: Any, index: Index) -> QWidget:
        """Depth, 0.1 mm a step, as far as the device allows."""
        plan = self._session.plan
        thread = thread_of(plan, index.sibling(index.row(), NAME).data())
        assert plan is not None  # or there would be no row
        assert thread is not None
        least, most = depth_range(plan.implant.device_of(thread), plan.limits)
        spin = QDoubleSpinBox(parent, decimals=2, singleStep=0.1, minimum=least, maximum=most)
        spin.setFrame(False)
        return spin


class _Header(QHeaderView):
    """Titles of two lines that leave room for the sorting arrow only where it is."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setMinimumSectionSize(26)
        self.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.setResizeContentsPrecision(-1)  # of all rows, not only those in sight
        self.setStretchLastSection(True)

    def sectionSizeFromContents(self, section: int) -> QSize:
        """As wide as the longer line."""
        font = QFont(self.font())
        font.setPointSizeF(theme.TITLE_PT)
        lines = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "").split("\n")
        width = max(QFontMetrics(font).horizontalAdvance(line) for line in lines)
        arrow = 18 if section == self.sortIndicatorSection() else 0
        return QSize(width + 14 + arrow, super().sectionSizeFromContents(section).height())


class ThreadTable(QTableView):
    """The table; a click selects, Delete deletes, a click on the lock locks.

    Signals
    -------
    thread_selected(name), delete_requested(name)
    """

    thread_selected = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.threads = ThreadModel()
        self.setHorizontalHeader(_Header())
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.threads)
        self.sorted.setSortRole(SORT_ROLE)
        self.setModel(self.sorted)
        self.setItemDelegate(_Cell(self))
        self.setItemDelegateForColumn(DEPTH, _DepthEditor(self, session))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab goes on to the next view
        self.setAlternatingRowColors(True)
        self.setSortingEnabled(True)
        for column in (0, LOCK):  # icons alone
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            self.horizontalHeader().resizeSection(column, 27)
        self.horizontalHeader().moveSection(DEVICE, NAME + 1)
        self.setColumnHidden(DEVICE, True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(23)
        self.selectionModel().selectionChanged.connect(self._row_chosen)  # the current row may change by focus alone
        self.clicked.connect(self._clicked)
        session.shown_changed.connect(self._refresh)
        session.preview_changed.connect(self._refresh)
        session.selection_changed.connect(self._mark)
        session.run_changed.connect(self._refresh)

    def row_of(self, name: str) -> QModelIndex:
        """Where a thread is in the table; an invalid index where it is not."""
        for number, row in enumerate(self.threads.rows):
            if row.thread.name == name:
                return self.sorted.mapFromSource(self.threads.index(number, NAME))
        return QModelIndex()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete deletes the selected thread."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._session.selection:
            self.delete_requested.emit(self._session.selection)
        else:
            super().keyPressEvent(event)

    def _refresh(self) -> None:
        self.threads.editable = self._session.editable
        plan = self._session.shown
        self.setColumnHidden(DEVICE, plan is None or len(plan.devices) == 1)
        before = [row.thread.name for row in self.threads.rows]
        self.threads.show(rows_of(self._session.shown, self._session.preview))
        if before != [row.thread.name for row in self.threads.rows]:
            self._mark()

    def _mark(self) -> None:
        index = self.row_of(self._session.selection)
        model = self.selectionModel()
        model.blockSignals(True)
        if index.isValid():
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            model.setCurrentIndex(index, flags)
            self.scrollTo(index)
        else:
            model.clear()
        model.blockSignals(False)
        self.viewport().update()

    def _row_chosen(self) -> None:
        for index in self.selectionModel().selectedRows():
            self.thread_selected.emit(self.threads.rows[self.sorted.mapToSource(index).row()].thread.name)

    def _clicked(self, index: QModelIndex) -> None:
        if index.column() == LOCK:
            thread = self.threads.rows[self.sorted.mapToSource(index).row()].thread
            self.threads.lock_requested.emit(thread.name, not thread.locked)
