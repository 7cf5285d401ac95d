"""Panes in rows whose shares of the room can be dragged, columns of both rows alike."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QWidget

from app.settings import Shares

HANDLE_PX = 5
LEAST = 0.15  # ours: of the room, that a key leaves to a pane
WHOLE = 10_000  # what sizes are told to Qt in: it scales them to the room there is


class PaneSplitter(QSplitter):
    """Two rows of widgets. A widget may go from row to row, but for the one that must never be taken out of its place.

    Parameters
    ----------
    rooted : QWidget
        It stays in the upper row, shown or not: a 3D scene that is given another parent loses what it has drawn.

    Signals
    -------
    dragged()
        The user has moved a border.
    """

    dragged = Signal()

    def __init__(self, rooted: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._rooted = rooted
        self.rows = (QSplitter(Qt.Orientation.Horizontal), QSplitter(Qt.Orientation.Horizontal))
        self.rows[0].addWidget(rooted)
        for splitter in (self, *self.rows):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(HANDLE_PX)
        for row, other in zip(self.rows, self.rows[::-1], strict=True):
            self.addWidget(row)
            row.splitterMoved.connect(lambda _at, _which, row=row, other=other: self._follow(row, other))
            row.installEventFilter(self)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(lambda: self._align(*self.rows))
        self.splitterMoved.connect(lambda _at, _which: self.dragged.emit())

    def arrange(self, rows: Sequence[Sequence[QWidget]], shares: Shares | None = None) -> None:
        """Show widgets in one or two rows and hide all others; equal shares where none are given."""
        shown = [widget for row in rows for widget in row]
        for number, splitter in enumerate(self.rows):
            wanted = list(rows[number]) if number < len(rows) else []
            for place, widget in enumerate(wanted):
                if widget is not self._rooted and splitter.widget(place) is not widget:
                    splitter.insertWidget(place, widget)
            splitter.setVisible(bool(wanted))
        for splitter in self.rows:
            for widget in _within(splitter):
                widget.setVisible(widget in shown)
        for splitter in (self, *self.rows):
            splitter.refresh()  # at once, and not only when events say what is shown now
        heights, widths = shares if shares and len(shares) == 2 else ((), ())
        self.setSizes(_sizes([bool(row.count()) and row.isVisibleTo(self) for row in self.rows], heights))
        for splitter in self.rows:
            splitter.setSizes(_sizes([widget in shown for widget in _within(splitter)], widths))

    def shares(self) -> Shares:
        """How the room is shared among what is shown."""
        return _parts(self.sizes()), _parts(self.rows[0].sizes())

    def nudge(self, columns: float, rows: float) -> None:
        """Move the first border between columns, and that between the rows, by shares of the room; for the keys."""
        for splitter, by in ((self.rows[0], columns), (self, rows)):
            parts = _parts(splitter.sizes())
            if by and len(parts) > 1 and min(parts[0] + by, parts[1] - by) > LEAST:
                there = [size > 0 for size in splitter.sizes()]
                splitter.setSizes(_sizes(there, (parts[0] + by, parts[1] - by, *parts[2:])))
        self._follow(*self.rows)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rows that are given another size share it out by themselves, and not to the same pixel."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._soon.start()
        return False

    def _follow(self, row: QSplitter, other: QSplitter) -> None:
        self._align(row, other)
        self.dragged.emit()

    def _align(self, row: QSplitter, other: QSplitter) -> None:
        """The border between the columns of the other row goes where this one's is."""
        widths = [width for width in row.sizes() if width]
        there = [widget.isVisibleTo(other) for widget in _within(other)]
        if other.isVisible() and row.isVisible() and sum(there) == len(widths):
            left = iter(widths)
            other.setSizes([next(left) if shown else 0 for shown in there])


def _within(splitter: QSplitter) -> list[QWidget]:
    found = (splitter.widget(place) for place in range(splitter.count()))
    return [widget for widget in found if widget is not None]


def _sizes(there: Sequence[bool], shares: Sequence[float]) -> list[int]:
    """Sizes for Qt: what is not there has none, and the others theirs, or equal ones where these are not so many."""
    count = sum(there)
    given = list(shares) if len(shares) == count else [1 / max(count, 1)] * count
    left = iter(given)
    return [round(WHOLE * next(left)) if shown else 0 for shown in there]


def _parts(sizes: Sequence[int]) -> tuple[float, ...]:
    shown = [size for size in sizes if size > 0]
    return tuple(size / sum(shown) for size in shown)
