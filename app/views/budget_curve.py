"""Quality over the number of insertions, as a picture that answers to mouse and keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy

from app import theme
from app.views.focused import FocusedWidget

MARK_PX: Final = 3.0
GAP_PX: Final = 10.0
LEAST_SPAN: Final = 0.01  # ours, of squared error and of letters read: less would make much of nothing


@dataclass(frozen=True)
class Point:
    """What a number of threads is worth.

    Attributes
    ----------
    threads : int
    mse : float
    read : float or None
        Share of letters read right, where the task is letters.
    """

    threads: int
    mse: float
    read: float | None = None


class BudgetPlot(FocusedWidget):
    """Mean squared error (discs) above the share of letters read (squares); a line marks the number looked at.

    Signals
    -------
    looked_at(place or None)
        The point under the mouse, or that the keys have stepped to, by its place in the list.
    chosen(place)
        A click, or Enter.
    """

    looked_at = Signal(object)
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.points: tuple[Point, ...] = ()
        self.place: int | None = None
        self.pinned: int | None = None
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Quality over the number of insertions")
        self.setToolTip(
            "Mean squared error (less is better) and, of letters, the share read right, over the number of threads "
            "that are kept. Click on a number, or step with the arrow keys and press Enter, to keep so many"
        )

    def sizeHint(self) -> QSize:
        """Room for both curves."""
        return QSize(380, 200)

    def show_points(self, points: Sequence[Point]) -> None:
        """Show these, by falling number of threads; none chosen yet."""
        self.points, self.place, self.pinned = tuple(points), None, None
        self.update()

    def at(self, place: int) -> QPointF:
        """Where a point of the upper curve is in the widget."""
        upper, _ = self._boxes()
        span = span_of([point.mse for point in self.points])
        return QPointF(self._x(upper, self.points[place].threads), self._y(upper, self.points[place].mse, span))

    # --- asking ----------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Look at the number under the mouse."""
        self._look(self._nearest(event.position().x()))

    def leaveEvent(self, event: object) -> None:
        """Look at what was chosen again."""
        self._look(self.pinned)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the number under the mouse."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose(self._nearest(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrows, choose with Enter."""
        steps = {Qt.Key.Key_Left: 1, Qt.Key.Key_Right: -1}  # fewer threads are farther on in the list, and at the left
        if event.key() in steps and self.points:
            here = self.place if self.place is not None else 0
            self._look(min(max(here + steps[Qt.Key(event.key())], 0), len(self.points) - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose(self.place)
        else:
            super().keyPressEvent(event)

    def _look(self, place: int | None) -> None:
        if place != self.place:
            self.place = place
            self.update()
            self.looked_at.emit(place)

    def _choose(self, place: int | None) -> None:
        if place is not None:
            self.pinned = place
            self._look(place)
            self.update()
            self.chosen.emit(place)

    def _nearest(self, x: float) -> int | None:
        upper, _ = self._boxes()
        away = [abs(self._x(upper, point.threads) - x) for point in self.points]
        return away.index(min(away)) if away else None

    # --- painting --------------------------------------------------------------------------------

    def _boxes(self) -> tuple[QRectF, QRectF | None]:
        line = self.fontMetrics().height()
        left, room = 46.0, QRectF(self.rect()).adjusted(0, 0, -10, 0)
        inner = QRectF(left, line + 2, room.width() - left, room.height() - 2.2 * line - 4)
        if not any(point.read is not None for point in self.points):
            return inner, None
        high = (inner.height() - line - GAP_PX) / 2
        return (
            QRectF(inner.left(), inner.top(), inner.width(), high),
            QRectF(inner.left(), inner.bottom() - high, inner.width(), high),
        )

    def _x(self, box: QRectF, threads: int) -> float:
        most = max((point.threads for point in self.points), default=1)
        return box.left() + GAP_PX + (box.width() - 2 * GAP_PX) * (threads - 1) / max(most - 1, 1)

    @staticmethod
    def _y(box: QRectF, value: float, span: tuple[float, float]) -> float:
        low, high = span
        return box.bottom() - box.height() * (value - low) / (high - low)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, curves and the line of the number looked at."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.BASE))
        small = QFont(self.font())
        small.setPointSizeF(max(7.0, small.pointSizeF() - 1.5))
        painter.setFont(small)
        if self.points:
            upper, lower = self._boxes()
            self._curve(painter, upper, "mean squared error", [(p.threads, p.mse) for p in self.points], "●")
            if lower is not None:
                share = [(p.threads, p.read) for p in self.points if p.read is not None]
                self._curve(painter, lower, "letters read", share, "■")
            self._numbers(painter, lower or upper)
            for place, style in ((self.pinned, Qt.PenStyle.SolidLine), (self.place, Qt.PenStyle.DashLine)):
                if place is not None:
                    x = self._x(upper, self.points[place].threads)
                    painter.setPen(QPen(QColor(theme.TEXT), 1.2, style))
                    painter.drawLine(QPointF(x, upper.top()), QPointF(x, (lower or upper).bottom()))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.FOCUS), 2))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _curve(
        self, painter: QPainter, box: QRectF, title: str, values: Sequence[tuple[int, float]], mark: str
    ) -> None:
        low, high = span = span_of([value for _, value in values])
        line = painter.fontMetrics().height()
        colour = QColor(theme.ACCENT if mark == "●" else theme.SAFE)
        painter.setPen(QPen(QColor(theme.LINE), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        step = _step((high - low) / 2)
        for value in (step * number for number in range(ceil(low / step - 1e-9), int(high / step + 1e-9) + 1)):
            y = self._y(box, value, span)
            painter.setPen(QPen(QColor(theme.GRID), 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            words = f"{value:.3g}" if mark == "●" else f"{value:.0%}"
            painter.setPen(QColor(theme.MUTED))
            beside = QRectF(0, y - line / 2, box.left() - 5, line)
            painter.drawText(beside, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)
        painter.setPen(colour)
        title_box = QRectF(box.left(), box.top() - line - 1, box.width(), line)
        painter.drawText(title_box, int(Qt.AlignmentFlag.AlignLeft), f"{mark} {title}")
        places = [QPointF(self._x(box, threads), self._y(box, value, span)) for threads, value in values]
        painter.setPen(QPen(colour, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF(places))
        painter.setBrush(colour)
        for place in places:
            square = QRectF(place.x() - MARK_PX, place.y() - MARK_PX, 2 * MARK_PX, 2 * MARK_PX)
            painter.drawEllipse(square) if mark == "●" else painter.drawRect(square)

    def _numbers(self, painter: QPainter, box: QRectF) -> None:
        """Numbers of threads below, as many as there is room for."""
        painter.setPen(QColor(theme.MUTED))
        line, last = painter.fontMetrics().height(), float("inf")
        wide = painter.fontMetrics().horizontalAdvance("000")
        for point in self.points:
            x = self._x(box, point.threads)
            if last - x >= wide or point is self.points[0]:
                words = QRectF(x - wide, box.bottom() + 1, 2 * wide, line)
                painter.drawText(words, int(Qt.AlignmentFlag.AlignHCenter), str(point.threads))
                last = x


def span_of(values: Sequence[float]) -> tuple[float, float]:
    """From where to where a curve's axis goes: about what there is, and no less than is worth looking at."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    more = max(LEAST_SPAN - (high - low), 0.16 * (high - low)) / 2
    return max(low - more, 0.0), high + more


def _step(most: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `most`."""
    power = 10.0 ** floor(log10(max(most, 1e-9)))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= most * (1 + 1e-9))
