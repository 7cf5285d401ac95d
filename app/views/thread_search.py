"""The table of threads with a line over it in which threads are looked for."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.views.thread_table import ThreadTable
from app.views.typed_line import TypedLine


class _Line(TypedLine):
    """A line that Enter and Down leave, too.

    Signals
    -------
    entered()
    """

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """On to what was found."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class ThreadSearch(QWidget):
    """A table under a line, which is there only while something is looked for."""

    def __init__(self, table: ThreadTable) -> None:
        super().__init__()
        self.table = table
        self.line = _Line()
        self.line.setPlaceholderText("Name, group, status, vessel, side…")
        self.line.setAccessibleName("Search threads")
        self.line.setClearButtonEnabled(True)
        self.line.setToolTip(
            "Show only threads with this in their name, group, device, side, status or nearest vessel; "
            "Enter or Down goes to the table, Esc shows all again"
        )
        self.said = QLabel()
        self.said.setProperty("role", "muted")
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(QLabel("Find"))
        row.addWidget(self.line, 1)
        row.addWidget(self.said)
        self._row.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._row)
        column.addWidget(table, 1)
        self.line.textChanged.connect(table.search)
        self.line.entered.connect(self._enter)
        self.line.escaped.connect(self._escape)
        table.search_requested.connect(self.begin)
        table.filtered.connect(self._count)

    @property
    def searching(self) -> bool:
        """Whether only some threads may be shown."""
        return not self._row.isHidden()

    def begin(self) -> None:
        """Let something be typed."""
        self._row.show()
        self._count()
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def end(self) -> None:
        """Show all threads again."""
        self.line.clear()
        self._row.hide()

    def _enter(self) -> None:
        if not self.line.text().strip():
            self.end()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _escape(self) -> None:
        self.end()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count(self) -> None:
        self.said.setText(f"{len(self.table.names_shown())} of {len(self.table.threads.rows)}")
