"""The threads as a table: where they are, how safe, what they reach."""

from __future__ import annotations

from typing import Any

import qtawesome as qta
from PySide6.QtCore import (
    QAbstractItemModel,
    QItemSelectionModel,
    QModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QDoubleSpinBox, QHeaderView, QStyledItemDelegate, QTableView, QWidget

from app import theme
from app.editing import groups_of
from app.session import Session
from app.settings import Settings
from app.views.thread_columns import ALWAYS, AT_FIRST_HIDDEN, COLUMNS, INDEX, NARROW_HIDDEN, SHOWN
from app.views.thread_inspector import DEEPEST_MM
from app.views.thread_model import DEPTH, LOCK, NAME, SEARCH_ROLE, SORT_ROLE, STATUS, USE, Index, ThreadModel
from app.views.thread_rows import rows_of

ICON_PX = 14  # over columns of icons
STATUS_PX = 162  # what breaks one limit
STATUS_WIDE_PX = 170  # all of its words
NARROW_PX = 960  # ours: all columns that are shown at first need more
LATE_MS = 120  # ours: how late numbers may be while something moves
_DARK = QColor(theme.CHOSEN).lightness() < 128


class _Cell(QStyledItemDelegate):
    """A cell that keeps its colour, a little farther from the ground, where its row is selected."""

    def initStyleOption(self, option: Any, index: Index) -> None:
        """Qt would write all of a selected row in white."""
        super().initStyleOption(option, index)
        colour = option.palette.color(QPalette.ColorRole.Text)  # the model's; asking an index for none leaks in PySide
        if colour != QColor(theme.TEXT):
            apart = colour.lighter(125) if _DARK else colour.darker(130)
            option.palette.setColor(QPalette.ColorRole.HighlightedText, apart)


class _DepthEditor(_Cell):
    """A spin box in mm."""

    def createEditor(self, parent: QWidget, option: Any, index: Index) -> QWidget:
        """Depth, 0.1 mm a step; what the device cannot do is said when it is entered."""
        spin = QDoubleSpinBox(parent, decimals=2, singleStep=0.1, maximum=DEEPEST_MM)
        spin.setFrame(False)
        return spin

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        """Enter what was changed: what was looked at only would be rounded."""
        assert isinstance(editor, QDoubleSpinBox)
        editor.interpretText()
        if editor.value() != round(index.data(Qt.ItemDataRole.EditRole), editor.decimals()):
            super().setModelData(editor, model, index)


class _Header(QHeaderView):
    """Titles of two lines that leave room for the sorting arrow only where it is."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._icons = {
            LOCK: qta.icon("mdi6.lock-outline", color=theme.MUTED),
            USE: qta.icon("mdi6.checkbox-marked-outline", color=theme.MUTED),
        }
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
        return QSize(width + 11 + arrow, super().sectionSizeFromContents(section).height())

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """Over a column of icons, which has no room for a title, the icon that it is about."""
        super().paintSection(painter, rect, section)
        if section in self._icons and self.sortIndicatorSection() != section:  # whose arrow needs the room
            side = ICON_PX
            place = QRect(0, 0, side, side)
            place.moveCenter(rect.center())
            self._icons[section].paint(painter, place)


class ThreadTable(QTableView):
    """The table; a click selects (with Ctrl or Shift several), Delete deletes, a click on lock or use changes it.

    Signals
    -------
    threads_selected(name, others)
        The current one, and all that are selected.
    jump_requested(name)
        Enter or a double click: have all views go to the thread.
    search_requested()
        A slash: begin to search.
    delete_requested()
    filtered()
        Other rows are shown, by what is searched for.
    """

    threads_selected = Signal(str, object)
    jump_requested = Signal(str)
    search_requested = Signal()
    delete_requested = Signal()
    filtered = Signal()

    def __init__(self, session: Session, settings: Settings) -> None:
        super().__init__()
        self._session, self._settings = session, settings
        self._narrow = True
        self.threads = ThreadModel()
        self.setHorizontalHeader(_Header())
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.threads)
        self.sorted.setSortRole(SORT_ROLE)
        self.sorted.setFilterRole(SEARCH_ROLE)
        self.sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setModel(self.sorted)
        self.setItemDelegate(_Cell(self))
        self.setItemDelegateForColumn(DEPTH, _DepthEditor(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab goes on to the next view
        self.setAlternatingRowColors(True)
        self.setSortingEnabled(True)
        header = self.horizontalHeader()
        for column in (0, LOCK, USE):  # icons alone
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, 27)
        header.setSectionResizeMode(STATUS, QHeaderView.ResizeMode.Interactive)  # or long words would push numbers away
        header.resizeSection(STATUS, STATUS_PX)
        for place, key in enumerate(SHOWN):
            header.moveSection(header.visualIndex(INDEX[key]), place)
        self.column_actions = [self._column_action(key) for key in SHOWN if key not in ALWAYS]
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        header.addActions(self.column_actions)
        self._show_columns()
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(23)
        self.selectionModel().selectionChanged.connect(self._row_chosen)  # the current row may change by focus alone
        self.clicked.connect(self._clicked)
        self.activated.connect(lambda index: self.jump_requested.emit(self._name(index)))
        self._late = QTimer(self, singleShot=True, interval=LATE_MS)
        self._late.timeout.connect(self._refresh)
        session.shown_changed.connect(self._follow)
        session.preview_changed.connect(self._follow)
        session.selected_changed.connect(self._mark)
        session.selection_changed.connect(self._mark)
        session.run_changed.connect(self._follow)

    def row_of(self, name: str) -> QModelIndex:
        """Where a thread is in the table; an invalid index where it is not."""
        for number, row in enumerate(self.threads.rows):
            if row.thread.name == name:
                return self.sorted.mapFromSource(self.threads.index(number, NAME))
        return QModelIndex()

    def rename(self) -> None:
        """Let the selected thread's name be typed."""
        index = self.row_of(self._session.selection)
        if index.isValid():
            self.setFocus()
            self.edit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is room, all words of the status and one column more."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW_PX
        if narrow != self._narrow:
            self._narrow = narrow
            self.horizontalHeader().resizeSection(STATUS, STATUS_PX if narrow else STATUS_WIDE_PX)
            self._show_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Where there is no row to show, say why."""
        super().paintEvent(event)
        if words := self.nothing:
            painter = QPainter(self.viewport())
            painter.setPen(QColor(theme.MUTED))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    @property
    def nothing(self) -> str:
        """Why no thread is listed; empty where one is, or where no plan is open."""
        if self.sorted.rowCount() or self._session.shown is None:
            return ""
        return "No thread has this in it" if self.threads.rows else "No threads yet"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete deletes the selected thread; a slash searches."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._session.selection:
            self.delete_requested.emit()
        elif event.text() == "/":
            self.search_requested.emit()
        else:
            super().keyPressEvent(event)

    def search(self, text: str) -> None:
        """Show only threads whose name, group, device, side, status or nearest vessel has this in it."""
        self.sorted.setFilterFixedString(text.strip())
        self._mark()
        self.filtered.emit()

    def names_shown(self) -> list[str]:
        """The names of the threads that are shown, as they are sorted."""
        return [self._name(self.sorted.index(row, NAME)) for row in range(self.sorted.rowCount())]

    def _follow(self) -> None:
        """At once, but at leisure while something is dragged or optimised: the picture of it comes first."""
        if self._session.draft is None:
            self._refresh()
        elif not self._late.isActive():
            self._late.start()

    def _refresh(self) -> None:
        self.threads.editable = self._session.editable
        before = [row.thread.name for row in self.threads.rows]
        self.threads.show(rows_of(self._session.shown, self._session.preview, bool(self._session.read_only)))
        self._show_columns()
        if before != [row.thread.name for row in self.threads.rows]:
            self._mark()
            self.filtered.emit()

    def _column_action(self, key: str) -> QAction:
        action = QAction(COLUMNS[INDEX[key]].name, self, checkable=True)
        action.setToolTip(COLUMNS[INDEX[key]].tip)
        action.triggered.connect(lambda shown: self._choose_column(key, shown))
        return action

    def _choose_column(self, key: str, shown: bool) -> None:
        hidden = set(self._hidden()) - {key} if shown else {*self._hidden(), key}
        self._settings.hidden_columns = sorted(hidden)
        self._show_columns()

    def _hidden(self) -> tuple[str, ...]:
        """What the user chose; else device and group only where there are several or any."""
        chosen, plan = self._settings.hidden_columns, self._session.shown
        if chosen is not None:
            return chosen
        one = () if plan is not None and len(plan.devices) > 1 else ("device",)
        none = () if groups_of(plan) else ("group",)
        return (*AT_FIRST_HIDDEN, *one, *none, *(NARROW_HIDDEN if self._narrow else ()))

    def _show_columns(self) -> None:
        hidden = self._hidden()
        for action, key in zip(self.column_actions, (key for key in SHOWN if key not in ALWAYS), strict=True):
            if self.isColumnHidden(INDEX[key]) != (key in hidden):
                self.setColumnHidden(INDEX[key], key in hidden)
            action.setChecked(key not in hidden)

    def _mark(self) -> None:
        model, flag = self.selectionModel(), QItemSelectionModel.SelectionFlag
        if self._chosen() == (self._session.selection, self._session.selected):
            return
        current = self.row_of(self._session.selection)
        model.blockSignals(True)
        if current.isValid():
            model.setCurrentIndex(current, flag.ClearAndSelect | flag.Rows)
            for name in self._session.selected:
                model.select(self.row_of(name), flag.Select | flag.Rows)
            self.scrollTo(current)
        else:
            model.clear()
        model.blockSignals(False)
        self.viewport().update()

    def _row_chosen(self) -> None:
        current, chosen = self._chosen()
        if chosen:
            self.threads_selected.emit(current, chosen)

    def _chosen(self) -> tuple[str, frozenset[str]]:
        """The current one of the rows that are selected, and all of them."""
        model = self.selectionModel()
        names = [self._name(index) for index in model.selectedRows()]
        current = self._name(model.currentIndex()) if model.currentIndex().isValid() else ""
        return (current if current in names else (names or [""])[0]), frozenset(names)

    def _name(self, index: QModelIndex) -> str:
        return self.threads.rows[self.sorted.mapToSource(index).row()].thread.name

    def _clicked(self, index: QModelIndex) -> None:
        row = self.threads.rows[self.sorted.mapToSource(index).row()]
        if index.column() == LOCK:
            self.threads.lock_requested.emit(row.thread.name, not row.thread.locked)
        elif index.column() == USE:
            self.threads.use_requested.emit(row.thread.name, not row.used)
